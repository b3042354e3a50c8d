"""`realignment study --explain`: why runs behind a cell would be computed, by what was changed on purpose."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import small_grid
import yaml
from click.testing import CliRunner
from encoders import build
from small_world import build as world
from small_world import checkout as shipped_into
from small_world import exclude

from realignment import cli, tracking
from realignment.core.errors import BadInput
from realignment.records import keys
from realignment.study import grid, past_code
from realignment.tracking import asked

ROOT = Path(__file__).parents[2]
CELL = "small/all/pos"


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return build(tmp_path_factory.mktemp("encoder"), "bert")


@pytest.fixture
def finished(tmp_path, empty_store, encoder, monkeypatch):
    """A checkout whose small study is finished: (workspace, settings, jobs)."""
    shipped_into(tmp_path, empty_store, monkeypatch)
    workspace, settings = world(tmp_path, encoder)
    study = {"subsets": ["none", "all"], "shuffled": [], "tasks": ["pos"], "seeds": [17, 23], "floors": False, "keep": "none"}
    settings = replace(settings, study=replace(settings.study, **study))
    jobs = grid.plan(workspace, settings)
    for job in jobs:
        made = small_grid.made(tmp_path / "made" / job.key)
        files = (
            {"predictions.parquet": small_grid.files_of("predictions")["model/model.safetensors"]}
            if job.verb == "evaluate"
            else {}
        )
        tracking.save(
            tmp_path,
            "sample",
            small_grid.finished(job, seconds=5.0, files=files, counts={"sentences": 60, "steps": 6}),
            made,
            keep=False,
        )
    monkeypatch.chdir(tmp_path)
    return workspace, settings, jobs


def explain(finished, cell=CELL, **changed):
    """The rows on a cell, settings changed as said (`realign={"steps": 7}`)."""
    workspace, settings, _ = finished
    for section, values in changed.items():
        settings = replace(settings, **{section: replace(getattr(settings, section), **values)})
    workspace.settings.write_text(yaml.safe_dump(json.loads(json.dumps(_plain(settings)))))
    outcome = CliRunner().invoke(
        cli.group, ["study", "--explain", cell, "--settings", str(workspace.settings), "--json"], catch_exceptions=False
    )
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def _plain(settings):
    from dataclasses import asdict

    return asdict(settings)


def reasons(rows):
    return {row["run"]: (row["state"], row["why"]) for row in rows}


def test_nothing_is_computed_where_all_is_finished(finished):
    rows = explain(finished)
    assert [row["run"].split()[0] for row in rows] == ["realign", "finetune", "evaluate"] * 2
    assert {row["state"] for row in rows} == {"finished"}


def test_a_changed_setting_is_named_old_and_new_and_what_reads_the_model_follows(finished):
    told = reasons(explain(finished, realign={"steps": 7}))
    assert told["realign small all s17"] == ("to run", "setting steps: 6 -> 7")
    assert told["finetune small all pos s17"] == (
        "to run",
        "it reads the model of realign small all s17, which is to be computed",
    )
    assert told["evaluate small all pos s17"][1].startswith("it reads the model of finetune small all pos s17")


def test_a_changed_file_is_named_by_its_role(finished):
    workspace, _, jobs = finished
    exclude(workspace, [{"path": "bitext/qac.parquet", "row": 3}])
    told = reasons(explain(finished))["realign small all s17"]
    old = next(job for job in jobs if job.verb == "realign").inputs["bitext/qac"]
    assert told[1].startswith(f"file bitext/qac: {old[:12]} -> ") and ";" not in told[1]


def test_another_version_of_a_library_is_named(finished, monkeypatch):
    real = keys.environment
    monkeypatch.setattr(keys, "environment", lambda verb, *given, **more: real(verb, *given, **more) | {"torch": "99.0"})
    told = reasons(explain(finished))["realign small all s17"]
    assert told[1] == f"version or device torch: {real('realign', 'cpu', 'float32', 1)['torch']} -> 99.0"


def test_a_new_seed_was_not_run_yet(finished):
    rows = reasons(explain(finished, study={"seeds": [17, 23, 42]}))
    assert rows["realign small all s17"][0] == "finished"
    state, why = rows["realign small all s42"]
    assert (state, why.split(";")[0]) == ("to run", "not run with these seeds")


def test_files_that_are_gone_or_changed_are_named(finished):
    workspace, _, jobs = finished
    runs = asked.runs(workspace.root, "sample")
    scored = [job for job in jobs if job.verb == "evaluate" and job.task and job.cell.subset == "all"]
    gone, other = (asked.folder_of(workspace.root, runs[job.key].folder) / "predictions.parquet" for job in scored)
    gone.unlink()
    other.write_text("others")
    told = reasons(explain(finished))
    assert told[scored[0].name] == ("to run", "predictions.parquet of its run is gone")
    assert told[scored[1].name][0] == "to run" and told[scored[1].name][1].endswith("is not the file its record says")


def test_the_same_languages_under_another_name_are_shared(finished):
    workspace, _, _ = finished
    content = json.loads(workspace.subsets.read_text())
    content["subsets"]["my_three"] = content["subsets"]["all"]
    workspace.subsets.write_text(json.dumps(content))
    own = {"own": {"my_three": ["qab", "qac", "qad"]}}
    told = reasons(explain(finished, "small/my_three/pos", study={"subsets": ["none", "all", "my_three"]}, select=own))
    assert told["realign small my_three s17"] == (
        "shared",
        "the same languages as realign small all s17, which is finished",
    )


@pytest.mark.parametrize("of", ["", "/HRL", "/LRL unseen", "/Average without English", "/qab", "/made", "/gain"])
def test_every_column_of_a_row_leads_to_its_runs(finished, of):
    """A gain is over fine-tuning only, whose runs are behind it too."""
    wanted = {"all", "none"} if of == "/gain" else {"all"}
    assert {row["run"].split()[2] for row in explain(finished, CELL + of)} == wanted


def test_a_run_is_found_by_its_name_and_by_its_key(finished):
    job = finished[2][0]
    assert [row["key"] for row in explain(finished, job.name)][-1] == job.key
    assert [row["key"] for row in explain(finished, job.key[:12])][-1] == job.key


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("small/latin_diverse_2/pos", "has no cell `small/latin_diverse_2/pos`; nearest: "),
        ("small/all/chunking", "unknown task `chunking`"),
        ("small/all/pos/HLR", "`HLR` is no column of the report and no language of the profile; nearest: "),
        ("small/all/pos/zul", "`zul` is no column of the report and no language of the profile; "),
        ("realign small al s17", "no job of the plan is called `realign small al s17`; nearest: realign small all s17"),
        ("", "no job of the plan is called ``"),
        ("small/all", "`small/all` names no cell"),
        ("0123456789ab", "the beginning of one run key of the plan is required; `0123456789ab` fits 0"),
    ],
)
def test_what_the_plan_does_not_have_is_one_line_with_the_nearest(finished, cell, said):
    with pytest.raises(BadInput) as fault:
        explain(finished, cell)
    assert said in str(fault.value)


@pytest.fixture
def repository(tmp_path):
    """A repository with the modules of one verb, and the commit they are at."""
    folder = tmp_path / "src" / "realignment"
    for name in keys.NUMERICS["realign"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(f'"""{name}"""\nVALUE = 1\n')
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    return tmp_path, folder, commit


def test_the_module_whose_code_changed_is_named_and_a_comment_is_none(repository):
    root, folder, commit = repository
    then = keys.numerics("realign", folder)
    (folder / "engine" / "loops.py").write_text('"""another docstring"""\nVALUE = 1  # and a comment\n')
    (folder / "engine" / "objective.py").write_text("VALUE = 2\n")
    assert past_code.differing(root, ("realign",), commit, then) == ["engine/objective"]


def test_nothing_is_named_where_a_run_was_not_of_its_commit_or_the_commit_is_unknown(repository):
    root, _, commit = repository
    assert past_code.differing(root, ("realign",), commit, "other code") == []
    assert past_code.differing(root, ("realign",), "0" * 40, "other code") == []
