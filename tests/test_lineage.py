import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import shipped
from click.testing import CliRunner
from encoders import build
from small_world import build as world

from realignment import cli, grid, inputs, lineage, records, studies, tracking
from realignment.errors import BadInput, FailedWork
from realignment.identity import file_digest
from realignment.jobs import Job
from realignment.stages import evaluate, finetune, realign
from realignment.workspace import Workspace

ROOT = Path(__file__).parents[1]


EMPTY = {"files": {}, "read": "", "kernels": "AVX2"}


def outcome(job: Job, workspace: Workspace) -> dict:
    """What a job could have come to: scores that follow from its seed and language."""
    known = inputs.load(workspace)
    languages = known.languages if job.task else known.bitexts()
    seed = job.cell.seeds.order / 100
    scores = [
        {"task": job.task or "retrieval", "set": "made", "language": code, "score": (seed + place / 10) / 2, "n": 20, "cut": 0}
        for place, code in enumerate(languages)
    ]
    hashes = {"predictions" if job.verb == "evaluate" else "weights": job.key}
    return {
        "scores": scores if job.verb == "evaluate" else [],
        "curves": {},
        "counts": {},
        "hashes": hashes,
        "seconds": 1.0,
        **EMPTY,
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store) -> Workspace:
    """A checkout whose study is finished: its records in study.json, its runs in MLflow."""
    checkout = tmp_path_factory.mktemp("checkout")
    shutil.copy(empty_store, checkout / "mlflow.db")
    found, settings = world(checkout, build(tmp_path_factory.mktemp("encoder"), "bert"))
    how = {"subsets": ["none", "latin_diverse", "all"], "shuffled": ["all"], "tasks": ["pos"], "seeds": [17, 23], "floors": False}
    settings = replace(settings, study=replace(settings.study, **how))
    jobs = grid.plan(found, settings, grid.Verbs(realign.plan, finetune.plan, evaluate.plan))
    progress = studies.Progress(found, settings, jobs)
    for job in jobs:
        progress.records[job.key] = records.sealed(json.loads(json.dumps({**job.to_json(), **outcome(job, found)})))
    progress.write()
    tracking.restore(checkout, "sample", progress.records.values())
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    sample = checkout / "profiles" / "sample.yaml"
    sample.write_text(sample.read_text().replace("reading: computed, n: 5", "reading: computed, n: 2"))
    return found


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
    records = {record["key"]: record for record in studies.read(workspace.study)["records"]}
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
    ("small/latin_diverse", "a cell is named ENCODER/SUBSET/TASK"),
    ("small/all.shufled/pos", "nearest: shuffled"),
    ("small/all/pos/qax", "no language that has a score for pos"),
    ("abcdef123", "fits 0 records"),
])  # fmt: skip
def test_a_wrong_cell_is_answered_with_near_ones(workspace, cell, answer):
    with pytest.raises(BadInput, match=answer):
        chain_of(cell)


def test_people_get_tables(workspace):
    shown = CliRunner().invoke(cli.group, ["lineage", "small/none/retrieval"], catch_exceptions=False)
    assert shown.exit_code == 0 and "bitext/qab.parquet" in shown.stdout and "n = 1 seeds" in shown.stdout


def test_a_prefix_of_a_key_is_told_from_a_cell():
    assert lineage.is_key("0a1b2c3d") and not lineage.is_key("small/all/pos") and not lineage.is_key("abc")
