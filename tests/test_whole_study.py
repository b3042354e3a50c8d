"""From a profile with an encoder's own list of languages, through every job, to the report and the tables of the command line."""

import csv
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import small_world
from click.testing import CliRunner

from realignment import cli, tracking
from realignment.config import params
from realignment.corpora import manifest
from realignment.executors import page
from realignment.records.cell import Cell, Seeds
from realignment.results import floors
from realignment.sources.output import Counts, Origin, write_evalset
from realignment.stages import report, study
from realignment.study import evaluate

ROOT = Path(__file__).parents[1]
NO_ENTITY = "qad"


def without_entities(workspace) -> None:
    """The gold of one language's NER holds no entity."""
    path = workspace.evalset("ner", "made", NO_ENTITY)
    rows = [{**row, "tags": ["O"] * len(row["tags"])} for row in pq.read_table(path).to_pylist()]
    counts = Counts(len(rows), len(rows))
    made = write_evalset(workspace, "ner", "made", NO_ENTITY, rows, counts=counts, origin=Origin("test"))
    manifest = json.loads(workspace.manifest.read_text())
    manifest["files"] = [made if file["path"] == made["path"] else file for file in manifest["files"]]
    workspace.manifest.write_text(json.dumps(manifest))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store, bert_folder):
    """A checkout in which the study of a small world has run: NER on one subset and two seeds, floors, `seen` a list of codes."""
    root = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        small_world.checkout(root, empty_store, patch)
        workspace, settings = small_world.build(root, bert_folder)
        without_entities(workspace)
        small = {"small": {**settings.study.encoders["small"], "seen": ["QAB", "qac", "yo"]}}
        few = {
            "subsets": ["none", "latin_diverse"],
            "shuffled": [],
            "tasks": ["ner"],
            "seeds": [17],
            "workers": 1,
            "keep": "none",
        }
        settings = replace(
            settings,
            study=replace(settings.study, encoders=small, **few),
            evaluate=replace(settings.evaluate, retrieval_pairs=0),
            report=replace(settings.report, published=False),
        )
        patch.chdir(root)
        workspace.settings.write_text(params.dump(settings), encoding="utf-8")
        study.run(workspace, settings)
        report.run(workspace, settings)
    return workspace, settings


def scores(workspace) -> list[dict]:
    with (workspace.reports / "tables" / "scores.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_list_of_codes_decides_the_groups_of_the_report(finished):
    workspace, _ = finished
    groups = {row["language"]: row["group"] for row in scores(workspace)}
    assert groups == {"qaa": "English", "qab": "HRL", "qac": "MRL", "qad": "LRL unseen"}


def test_the_tables_of_the_paper_are_laid_out_for_an_encoder_with_a_list(finished, monkeypatch):
    workspace, _ = finished
    monkeypatch.chdir(workspace.root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = CliRunner().invoke(cli.group, ["tables", "8", "--source", "ours", "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert {(row["Name"], row["column"]) for row in json.loads(done.stdout) if row["n"]} == {("none", "NER")}


def test_an_undefined_score_is_none_in_every_record_zero_in_none_and_no_metric(finished):
    workspace, _ = finished
    records = [one for one in json.loads(workspace.study.read_text())["records"] if one["verb"] == "evaluate"]
    held = {one["name"]: {score["language"]: score["score"] for score in one["scores"]} for one in records}
    assert len(held) == 4, "two rows and two floors"
    for by_language in held.values():
        assert by_language[NO_ENTITY] is None and None not in {by_language[code] for code in ("qaa", "qab", "qac")}
    for run in tracking.search(workspace.root, "sample", "tags.verb = 'evaluate'"):
        metrics = run.data.metrics
        mine = held[run.info.run_name]
        assert f"ner/made/{NO_ENTITY}" not in metrics and metrics["ner/undefined"] == 1
        assert metrics["ner/mean"] == pytest.approx((mine["qab"] + mine["qac"]) / 2)


def test_the_page_and_the_tables_name_what_is_undefined(finished):
    workspace, _ = finished
    said = f"{floors.MARK} undefined, and in no mean: NER made of {NO_ENTITY} {NO_ENTITY} (no entity in the gold)."
    notice = workspace.page.read_text(encoding="utf-8").partition("<table")[0]
    assert said in notice
    assert said in (workspace.reports / "tables" / "small-levels.md").read_text(encoding="utf-8")
    assert {row["score"] for row in scores(workspace) if row["language"] == NO_ENTITY} == {""}
    assert json.loads((workspace.reports / "metrics.json").read_text()).keys() >= {"small.none"}


def test_the_page_of_a_study_that_runs_is_made_by_the_program_that_the_study_starts(finished, tmp_path):
    """After the last run, in a copy of the checkout."""
    workspace, _ = finished
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(workspace.root / name, tmp_path)
    for name in ("data", ".work"):
        shutil.copytree(workspace.root / name, tmp_path / name)
    words = [*page.PROGRAM, "--settings", str(tmp_path / workspace.settings.relative_to(workspace.root))]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count = len(json.loads(workspace.study.read_text())["records"])
    assert f"{count} of {count} runs are finished" in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert not (tmp_path / "mlflow.db").exists(), "the store is not asked"


def test_the_study_says_so_when_it_ends(finished):
    workspace, _ = finished
    (said, *_) = study.warnings(workspace)
    assert said.startswith(f"{floors.MARK} undefined, and in no mean: NER made of {NO_ENTITY}")


def test_retrieval_of_a_language_with_one_held_out_pair_is_undefined(finished, tmp_path):
    workspace, settings = finished
    settings = replace(settings, evaluate=replace(settings.evaluate, retrieval_pairs=1))
    job = evaluate.plan(workspace, settings, Cell("small", "none", Seeds.all(17)), "", None)
    outcome = evaluate.compute(workspace, job, Path(job.base), tmp_path)
    assert [(one["language"], one["score"], one["n"]) for one in outcome["scores"]] == [
        (code, None, 1) for code in manifest.load(workspace).bitexts()
    ]
