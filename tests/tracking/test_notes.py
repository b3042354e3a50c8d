"""The lineage note on the page of a run: what it read and made, with links that lead somewhere in the same store."""

import re

import pytest
import record_chains
import small_grid
from finished_study import finished  # noqa: F401  a fixture
from small_grid import BYTES, files_of, made, trained

from realignment import tracking
from realignment.core.network import RUNS_VIEW
from realignment.records import sealing
from realignment.study import study_file
from realignment.tracking import notes
from realignment.tracking.store import NOTE


def note(root, run: str) -> str:
    return tracking.prepare(root).get_run(run).data.tags[NOTE]


def leads(root, link: str) -> str:
    """The name of what a link of the interface shows; MLflow's own fault where nothing is there."""
    client, where = tracking.prepare(root), link.removeprefix("#/").removesuffix(f"?{RUNS_VIEW}")
    assert link == f"#/{where}?{RUNS_VIEW}", "or the interface changes its view"
    kind, home, *rest = where.split("/")
    if kind == "models":
        return client.get_model_version(home, rest[1]).name
    name = client.get_experiment(home).name
    if rest == ["runs"]:
        return name
    return client.get_run(rest[1]).info.run_name if rest[0] == "runs" else client.get_logged_model(rest[1]).name


def links(root, run: str) -> dict[str, str]:
    return {words: leads(root, link) for words, link in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", note(root, run))}


def test_the_links_of_a_note_lead_to_the_parent_the_versions_and_the_experiment(checkout, tmp_path):
    records = trained(files=files_of("weights"))
    runs = [tracking.save(checkout, "sample", one, made(tmp_path / str(n)), keep=True) for n, one in enumerate(records)]
    realign, tuned, evaluated = (links(checkout, run) for run in runs)
    assert realign == {
        "sample.small.latin_diverse_5, version 1": "sample.small.latin_diverse_5",
        "metrics and data sets": "small latin_diverse_5 s17",
        "all runs of this experiment": "sample",
    }
    assert tuned["realign small latin_diverse_5 s17"] == "realign small latin_diverse_5 s17"
    assert {"sample.small.latin_diverse_5, version 1", "sample.small.latin_diverse_5.pos, version 1"} <= tuned.keys()
    assert evaluated["finetune small latin_diverse_5 pos s17"] == "finetune small latin_diverse_5 pos s17"


def test_the_note_of_a_restored_run_links_what_the_store_holds_and_no_version(checkout):
    for run in tracking.restore(checkout, "sample", trained()):
        assert "version" not in note(checkout, run) and links(checkout, run)["all runs of this experiment"] == "sample"


def test_a_note_gives_the_hashes_of_the_record(checkout):
    realign, tuned, _ = trained(read="e" * 64, files=files_of("weights"))
    _, run = tracking.restore(checkout, "sample", [realign, tuned])
    text = note(checkout, run)
    for sha256 in (tuned.read, BYTES, sealing.model_digest(tuned), tuned.key):
        assert sha256[: notes.SHORT] in text
    assert f"`realignment lineage {tuned.key[:12]}`" in text


def test_a_parent_that_the_store_does_not_hold_is_said_to_be_missing(checkout):
    _, tuned, _ = trained()
    (run,) = tracking.restore(checkout, "sample", [tuned])
    assert f"the run with key `{tuned.parent[:12]}`, which this store does not hold" in note(checkout, run)


def test_every_note_of_a_study_names_what_the_command_lineage_finds(finished, monkeypatch):  # noqa: F811
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    records = study_file.trusted(finished)["records"]
    known = tracking.finished(finished.root, "sample")
    for record in records:
        text = note(finished.root, known[record.key])
        assert ("**read** the model that" in text) == bool(record.parent)
        for name in {role.split("/")[1] for role in record.inputs if role.startswith("evalset/")}:
            assert f"**read** `evalsets/pos/{name}` (4 languages: qaa, qab, qac, qad)" in text
        for parent in record_chains.parents([record], records)[:1]:
            assert f"[{parent.name}](#/experiments/" in text


@pytest.mark.parametrize("count", [100, 101])
def test_of_very_many_languages_the_note_gives_the_number(checkout, count):
    given = {f"bitext/x{n:03}": BYTES for n in range(count)}
    run = tracking.save(checkout, "sample", small_grid.record("realign", inputs=given), None, keep=False)
    assert ("x000, x001" in note(checkout, run)) == (count <= 100) and f"({count} languages: " in note(checkout, run)
