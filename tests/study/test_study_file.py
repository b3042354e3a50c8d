"""study.json is believed only where its seals, the tags of its runs, and DVC or the study that wrote it say the same."""

import hashlib
import json

import made_up
import pytest
import yaml
from small_grid import record

from realignment import tracking
from realignment.core import outputs
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.records import sealing
from realignment.study import study_file

RUNS = [record("realign"), record("evaluate"), record("evaluate", seed=23)]
ABOUT = {"profile": "sample", "encoders": {"small": {"name": "path:x", "seen": "mbert", "sha256": "1" * 64}}}


@pytest.fixture
def workspace(checkout) -> Workspace:
    """A study whose runs are in the store and whose file is in no dvc.lock."""
    found = Workspace(checkout, "sample")
    study_file.write(found, {**ABOUT, "records": [one.to_json() for one in RUNS]})
    for one in RUNS:
        tracking.save(checkout, "sample", one, None, keep=False)
    return found


def edit(workspace: Workspace, change, *, seal: bool) -> None:
    content = json.loads(workspace.study.read_text())
    change(content)
    workspace.study.write_text(json.dumps(made_up.resealed(content) if seal else content))


def better(content: dict) -> None:
    content["records"][1]["scores"][0]["score"] = 0.9999


def without_store(workspace: Workspace) -> None:
    (workspace.root / "mlflow.db").unlink()


def listed(workspace: Workspace) -> None:
    """As `dvc repro` leaves it."""
    md5 = hashlib.md5(workspace.study.read_bytes()).hexdigest()
    out = {"path": "data/sample/study.json", "hash": "md5", "md5": md5}
    workspace.lock.write_text(yaml.safe_dump({"schema": "2.0", "stages": {"study@sample": {"cmd": "x", "outs": [out]}}}))


def test_a_study_as_it_was_written_is_trusted(workspace):
    assert study_file.trusted(workspace)["records"] == RUNS
    assert study_file.believed(workspace) == ({one.key: one for one in RUNS}, {})


def test_without_the_file_there_is_an_empty_study(checkout):
    assert study_file.trusted(Workspace(checkout, "sample")) == {"records": []}


def test_a_file_that_is_no_study_is_refused(workspace):
    workspace.study.write_text("[]")
    with pytest.raises(BadInput, match="JSON of a study is required"):
        study_file.trusted(workspace)


def test_an_edited_score_is_refused_by_the_name_of_its_run(workspace):
    edit(workspace, better, seal=False)
    with pytest.raises(
        FailedWork, match="the record of evaluate small latin_diverse_5 pos s17 was changed after it was written"
    ) as fault:
        study_file.trusted(workspace)
    assert "dvc repro -s -f study" in str(fault.value) and "\n" not in str(fault.value)
    good, wrong = study_file.believed(workspace)
    assert set(wrong) == {RUNS[1].key} and set(good) == {RUNS[0].key, RUNS[2].key}


def test_an_edit_that_seals_everything_again_is_refused_by_the_tag_of_the_run(workspace):
    edit(workspace, better, seal=True)
    with pytest.raises(FailedWork, match="pos s17 is not the one its run was saved with"):
        study_file.trusted(workspace)


@pytest.mark.parametrize("change", [
    lambda content: content["records"].pop(),  # a bad seed left out
    lambda content: content["encoders"]["small"].update(seen="xlmr"),  # moves languages between groups
    lambda content: content.update(preset="paper"),
])  # fmt: skip
@pytest.mark.parametrize("seal", [False, True])
def test_a_run_left_out_or_another_head_of_the_file_is_refused(workspace, change, seal):
    edit(workspace, change, seal=seal)
    with pytest.raises(FailedWork, match=r"study\.json (was changed after the study wrote it|is neither the file of dvc\.lock)"):
        study_file.trusted(workspace)


def test_what_dvc_pulled_needs_no_store_and_no_work_folder(workspace):
    listed(workspace)
    without_store(workspace)
    workspace.outputs.unlink()
    assert study_file.trusted(workspace)["records"] == RUNS


def test_an_edit_of_what_dvc_pulled_is_refused_however_it_is_sealed(workspace):
    listed(workspace)
    without_store(workspace)
    workspace.outputs.unlink()
    edit(workspace, better, seal=True)
    with pytest.raises(
        FailedWork, match=r"is neither the file of dvc\.lock nor the one the last study here wrote; `dvc checkout"
    ):
        study_file.trusted(workspace)
    wrong = study_file.believed(workspace)[1]
    assert set(wrong) == {one.key for one in RUNS}, "nothing speaks for any of its records"
    assert "has no run in the tracking store, and the file is neither that of dvc.lock" in wrong[RUNS[0].key]


def test_a_study_that_is_newer_than_dvc_lock_is_trusted_where_it_was_written(workspace):
    listed(workspace)
    study_file.write(workspace, {**ABOUT, "records": [one.to_json() for one in RUNS[:2]]})
    assert study_file.trusted(workspace)["records"] == RUNS[:2]


def test_a_study_pulled_over_an_older_one_of_ours_is_trusted(workspace):
    theirs = [*RUNS, record("evaluate", seed=99)]
    workspace.study.write_text(json.dumps(study_file.sealed({**ABOUT, "records": [one.to_json() for one in theirs]})))
    listed(workspace)
    assert study_file.trusted(workspace)["records"] == theirs


def test_a_sealed_record_that_is_of_another_shape_is_named_and_not_believed(workspace):
    without_store(workspace)
    odd = sealing.sealed({**RUNS[1].to_json(), "scores": "none"})
    study_file.write(workspace, {**ABOUT, "records": [RUNS[0].to_json(), odd]})
    good, wrong = study_file.believed(workspace)
    said = "the record of evaluate small latin_diverse_5 pos s17 must have a list as `scores`; got 'none'"
    assert set(good) == {RUNS[0].key} and wrong == {RUNS[1].key: said}
    with pytest.raises(
        FailedWork, match=r"data/sample/study\.json: the record of evaluate small latin_diverse_5 pos s17 must have"
    ):
        study_file.trusted(workspace)


def test_records_of_an_older_version_are_called_that(workspace):
    old = [{name: value for name, value in one.to_json().items() if name != sealing.SEAL} for one in RUNS]
    workspace.study.write_text(json.dumps({**ABOUT, "records": old}))
    outputs.wrote(workspace, "study")
    with pytest.raises(FailedWork, match="an older version of this program wrote it"):
        study_file.trusted(workspace)
