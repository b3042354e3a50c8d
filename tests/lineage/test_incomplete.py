"""Chains with a link that is not there: said to be incomplete, with the reason, and neither held nor broken."""

import json

import pytest
from finished_study import finished

from realignment import tracking
from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.lineage import verify
from realignment.lineage.proof import at_hand, pages
from realignment.lineage.proof.verdict import AWAY, BROKEN, HELD, Link
from realignment.records import sealing
from realignment.study import study_file

__all__ = ["finished"]  # a fixture


@pytest.fixture
def workspace(finished, monkeypatch):
    """A study put back from study.json: runs without models and predictions."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(finished.root)
    text = finished.study.read_text()
    yield finished
    finished.study.write_text(text)


def links(workspace: Workspace) -> dict[str, list[Link]]:
    """By group; no report is at hand."""
    with tracking.reading():
        found = verify.proven(at_hand.gather(workspace, params.load(workspace)), {pages.STUDY: lambda folder: None})
    return {group: [one for one in found if one.group == group] for group in {one.group for one in found}}


def rewritten(workspace: Workspace, change) -> None:
    """study.json with `change` done to its list of records, its seal right."""
    content = json.loads(workspace.study.read_text())
    change(content["records"])
    workspace.study.write_text(study_file.text(content))


def test_a_study_restored_without_its_models_lacks_them_and_nothing_is_guessed(workspace):
    found = links(workspace)
    models = [
        one for group in ("realigned encoders", "fine-tuned models") for one in found[group] if one.name.endswith("its model")
    ]
    assert {(one.verdict, one.why) for one in models} == {(AWAY, "its run was restored from study.json, without files")}
    assert {one.verdict for group in ("predictions", "scores") for one in found[group] if not one.name.endswith("read")} == {AWAY}
    assert not [one for group in found.values() for one in group if one.verdict == BROKEN]
    assert {one.verdict for one in found["MLflow runs"]} == {HELD}


def test_a_chain_whose_middle_is_missing_says_so_at_the_run_that_stands_on_it(workspace):
    def without(records: list) -> None:
        records[:] = [one for one in records if one["name"] != "finetune small all pos s17"]

    rewritten(workspace, without)
    (lacking,) = [one for one in links(workspace)["predictions"] if "no record of the run that made it" in one.why]
    assert lacking.name == "evaluate small all pos s17: the model it read" and lacking.verdict == AWAY


def test_a_record_of_an_older_version_without_a_sha256_is_incomplete(workspace):
    def older(records: list) -> None:
        del records[0][sealing.SEAL]

    rewritten(workspace, older)
    name = json.loads(workspace.study.read_text())["records"][0]["name"]
    (found,) = [one for one in links(workspace)["study.json"] if one.name == name]
    assert found.verdict == AWAY and found.why.startswith("the chain is incomplete: an older version wrote its record")


def test_a_run_of_an_older_version_without_a_tag_of_today_is_incomplete(workspace):
    run = next(iter(tracking.finished(workspace.root, "sample").values()))
    name = tracking.prepare(workspace.root).get_run(run).info.run_name
    tracking.prepare(workspace.root).delete_tag(run, "kind")
    try:
        (found,) = [one for one in links(workspace)["MLflow runs"] if one.verdict != HELD]
    finally:
        tracking.prepare(workspace.root).set_tag(run, "kind", "run")
    assert (
        found.verdict == AWAY
        and found.name.startswith(name)
        and found.why.endswith("an older version wrote it without the tags kind")
    )


def test_a_key_that_does_not_follow_from_the_record_is_broken(workspace):
    def other(records: list) -> None:
        one = next(one for one in records if one["verb"] == "finetune")
        one["params"]["batch"] = 9999
        one[sealing.SEAL] = sealing.seal(one)

    rewritten(workspace, other)
    assert any("its key is not the one that follows from what it holds" in one.why for one in links(workspace)["study.json"])
