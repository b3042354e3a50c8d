import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from finished_study import finished

from realignment import cli, tracking
from realignment.core.errors import BadInput, FailedWork
from realignment.core.hashing import file_digest
from realignment.core.workspace import Workspace
from realignment.lineage import targets
from realignment.study import progress

ROOT = Path(__file__).parents[2]


__all__ = ["finished"]  # a fixture


@pytest.fixture
def workspace(finished, monkeypatch) -> Workspace:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(finished.root)
    return finished


def chain_of(cell: str) -> dict:
    result = CliRunner().invoke(cli.group, ["lineage", cell, "--json"], catch_exceptions=False)
    return json.loads(result.stdout)


def test_a_cell_leads_to_runs_models_base_and_files(workspace):
    chain = chain_of("pos:small/latin_diverse/pos")
    records = {record["key"]: record for record in progress.read(workspace.study)["records"]}
    known = tracking.finished(workspace.root, "sample")
    assert [run["run"] for run in chain["runs"]] == [f"evaluate small latin_diverse_2 pos s{seed}" for seed in (17, 23)]
    assert {model["run"].split()[0] for model in chain["models"]} == {"finetune", "realign"}
    for link in [*chain["runs"], *chain["models"]]:
        assert link["run_id"] == known[link["key"]]
        assert not link["parent"] or link["parent"] in records
    assert len(chain["base"]["sha256"]) == 64
    roles = {row["role"] for row in chain["data"]}
    assert {"bitext/qab", "bitext/qac", "train", "evalset/made/qad"} <= roles and "bitext/qad" not in roles


def test_a_language_is_found_by_any_of_its_codes(workspace):
    """The made-up languages have one code each, which may be written large."""
    typed, meant, other = (chain_of(f"small/all/pos/{code}") for code in ("QAB", "qab", "qac"))
    assert typed["cell"]["languages"] == {"pos": ["qab"]} and typed["score"] == meant["score"] != other["score"]


def test_the_score_is_the_mean_and_std_over_seeds_without_english(workspace):
    score = chain_of("small/all/pos")["score"]
    values = [(seed / 100 + sum(place / 10 for place in (1, 2, 3)) / 3) / 2 for seed in (17, 23)]
    assert score["values"] == pytest.approx(values) and score["n"] == 2
    assert score["mean"] == pytest.approx(sum(values) / 2)
    assert score["std"] == pytest.approx(abs(values[1] - values[0]) / 2**0.5)


def test_a_language_narrows_the_score_and_the_evaluation_files(workspace):
    chain = chain_of("small/all.shuffled/pos/qad")
    assert chain["score"]["values"] == pytest.approx([(0.17 + 0.3) / 2, (0.23 + 0.3) / 2])
    assert [row["role"] for row in chain["data"] if row["role"].startswith("evalset")] == ["evalset/made/qad"]


def test_a_file_is_shown_with_its_bytes_and_marked_where_they_changed(workspace):
    def bitext() -> dict:
        return next(row for row in chain_of("small/latin_diverse/pos")["data"] if row["role"] == "bitext/qab")

    before = bitext()
    assert before["sha256"] == file_digest(workspace.bitext("qab")) and not before["changed"]
    text = workspace.manifest.read_text()
    try:
        workspace.manifest.write_text(text.replace(before["sha256"], "f" * 64))
        assert bitext()["changed"]
    finally:
        workspace.manifest.write_text(text)


def test_a_file_whose_bytes_are_no_longer_those_used_is_marked_whatever_the_manifest_says(workspace):
    path = workspace.bitext("qab")
    before = path.read_bytes()
    try:
        path.write_bytes(before[:-1])
        assert [row["changed"] for row in chain_of("small/latin_diverse/pos")["data"] if row["role"] == "bitext/qab"] == [True]
    finally:
        path.write_bytes(before)


def test_a_score_edited_in_study_json_has_no_lineage(workspace):
    text = workspace.study.read_text()
    try:
        workspace.study.write_text(text.replace('"score": 0.', '"score": 0.9', 1))
        with pytest.raises(FailedWork, match="was changed after it was written"):
            chain_of("small/latin_diverse/pos")
    finally:
        workspace.study.write_text(text)


def test_a_key_leads_to_the_same_chain(workspace):
    run = chain_of("small/latin_diverse/pos")["runs"][0]
    chain = chain_of(run["key"][:10])
    assert [one["key"] for one in chain["runs"]] == [run["key"]]
    assert [model["run"].split()[0] for model in chain["models"]] == ["finetune", "realign"]


@pytest.mark.parametrize(("cell", "answer"), [
    ("small/latin_divers/pos", "nearest: latin_diverse"),
    ("smal/latin_diverse/pos", "nearest: small/latin_diverse_2/pos"),
    ("small/latin_diverse", "`small/latin_diverse` names no cell; a cell is named ENCODER/SUBSET/TASK"),
    ("/etc/passwd", "no file of the study is called `/etc/passwd`"),
    ("small/all.shufled/pos", "nearest: shuffled"),
    ("small/all/pos/qax", "no language that has a score for pos"),
    ("abcdef123", "fits 0 records"),
])  # fmt: skip
def test_a_wrong_cell_is_answered_with_near_ones(workspace, cell, answer):
    with pytest.raises(BadInput, match=answer):
        chain_of(cell)


def test_people_get_tables(workspace):
    shown = CliRunner().invoke(cli.group, ["lineage", "small/none/retrieval"], catch_exceptions=False)
    assert shown.exit_code == 0 and "bitext/qab.parquet" in shown.stdout and "n = 1 seed," in shown.stdout


def test_a_prefix_of_a_key_is_told_from_a_cell():
    assert targets.KEY.fullmatch("0a1b2c3d") and not targets.KEY.fullmatch("small/all/pos") and not targets.KEY.fullmatch("abc")
