"""`study.ceiling`, from training to the bundle: an encoder that was aligned already, fine-tuned only, on a row that nothing is compared with."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import architectures
import bundled
import predicted_study
import pytest
import small_world
from click.testing import CliRunner
from encoders import build
from small_grid import finished as finished_record

from realignment import cli
from realignment.core.workspace import Workspace
from realignment.lineage import replay
from realignment.records import predictions
from realignment.records.cell import ALIGNED, Cell, Seeds
from realignment.study import evaluate, finetune, grid

ROW = "Aligned already, fine-tuned only"


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    """The encoder of the study, and one of another kind that stands for an aligned one."""
    return tuple(build(tmp_path_factory.mktemp(kind), kind) for kind in ("bert", "xlm-roberta"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store, folders) -> Workspace:
    checkout = tmp_path_factory.mktemp("checkout")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        (checkout / "mlflow.db").write_bytes(empty_store.read_bytes())
        above = {"name": f"path:{folders[1]}", "seen": "english"}
        return predicted_study.write(checkout, folders[0], tasks=["pos", "nli"], floors=True, ceiling=above)


@pytest.fixture
def workspace(finished, monkeypatch) -> Workspace:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(finished.root)
    return finished


def told(*given: str) -> str:
    outcome = CliRunner().invoke(cli.group, list(given), catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_it_is_fine_tuned_as_the_encoder_that_has_its_weights_would_be(tmp_path, folders):
    workspace, settings = small_world.build(tmp_path / "one", folders[0])
    above = {"name": f"path:{folders[1]}", "seen": "english"}
    settings = replace(settings, study=replace(settings.study, ceiling=above))
    above = finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17), "aligned"), "pos", None)
    workspace, settings = small_world.build(tmp_path / "two", folders[1])
    plain = finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17)), "pos", None)
    made = [finetune.compute(workspace, job, Path(job.base), tmp_path / job.key) for job in (above, plain)]
    assert made[0]["hashes"] == made[1]["hashes"] and above.base == str(folders[1])


def test_its_row_stands_in_the_tables_of_scores_and_in_none_that_compares(workspace):
    tables = {path.name: bundled.lines_of(path) for path in sorted((workspace.reports / "tables").glob("small-*.csv"))}
    names = ("small-levels.csv", "small-levels-pos.csv", "small-tasks.csv")
    for name in names:
        held = [line for line in tables[name] if line["Section"] == "Ceiling"]
        assert [line["Subset"] for line in held] == [ROW]
        assert {value for key, value in held[0].items() if key.endswith(" n")} <= {"1", ""}
    for name, lines in tables.items():
        if any(word in name for word in ("gains", "verdicts", "detectable", "random", "retrieval")):
            assert lines and "ligned" not in json.dumps(lines)


def test_its_lineage_leads_to_its_own_files(workspace, folders):
    chain = json.loads(told("lineage", "small/aligned/pos", "--json"))
    plain = json.loads(told("lineage", "small/none/pos", "--json"))
    assert chain["base"]["name"] == f"path:{folders[1]}" and plain["base"]["name"] == f"path:{folders[0]}"
    assert len(chain["runs"]) < len(plain["runs"])


def test_a_bundle_confirms_its_scores_and_names_its_files(workspace, tmp_path, folders):
    told("bundle", str(tmp_path / "bundle"))
    done = bundled.checked(tmp_path / "bundle")
    assert done.returncode == 0 and done.stdout.endswith("all that is recomputed agrees\n"), done.stdout
    based = {
        line["model"]: line["file"]
        for line in bundled.lines_of(tmp_path / "bundle" / "models.csv")
        if line["run"] == "base encoder"
    }
    assert based == {"small": f"path:{folders[0]}", "ceiling": f"path:{folders[1]}"}


def test_the_report_is_made_where_a_profile_names_it(workspace):
    page = workspace.page.read_text(encoding="utf-8")
    assert ROW in page and "Ceiling" in page


def test_a_replay_of_a_ceiling_that_is_a_decoder_reads_the_ceiling_s_base(tmp_path, folders):
    workspace, settings = small_world.build(tmp_path, folders[0])
    decoder = architectures.build(tmp_path / "decoder", "llama")
    above = {
        "name": f"path:{decoder}", "seen": "mbert", "attention": "causal",
        "lora": {"rank": 2, "alpha": 4, "dropout": 0.0, "targets": ["q_proj"]},
    }  # fmt: skip
    study = replace(settings.study, ceiling=above, subsets=["none"], shuffled=[], floors=False, seeds=[17], tasks=["pos"])
    tune, scored = [job for job in grid.plan(workspace, replace(settings, study=study)) if job.cell.control == ALIGNED]
    for folder in ("tuned", "scored"):
        (tmp_path / folder).mkdir()
    finetune.compute(workspace, tune, decoder, tmp_path / "tuned")
    outcome = evaluate.compute(workspace, scored, tmp_path / "tuned" / "model", tmp_path / "scored")
    kept = tmp_path / "scored" / predictions.FILE
    record = finished_record(scored, **outcome, files={predictions.FILE: outcome["hashes"]["predictions"]})
    content = {"encoders": {"small": {"name": f"path:{folders[0]}"}}, "ceiling": {"name": above["name"]}}
    here = SimpleNamespace(workspace=workspace, content=content, artifact=lambda *_: (kept, "", False))
    assert replay.again(here, record, tmp_path / "tuned" / "model").outcome == replay.SAME
