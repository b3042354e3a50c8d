"""Which jobs are left to compute, what a finished one must have read, and which model is the best; records made up, the store real."""

import json
from pathlib import Path

import pytest
from in_process import Here
from small_grid import files_of
from small_study import planned, records, run, settings_of

from realignment import tracking
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.engine.bases import locate
from realignment.records import sealing
from realignment.records.record import Record
from realignment.study import about
from realignment.study.best import Best
from realignment.study.progress import Progress

SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture
def workspace(checkout, monkeypatch) -> Workspace:
    monkeypatch.setenv("PYTHONPATH", str(SUPPORT))
    encoder = checkout / "encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text("{}")
    (encoder / "model.safetensors").write_text("weights")
    return Workspace(checkout, "sample")


def begun(workspace, **study) -> Progress:
    settings = settings_of(**study)
    return Progress(workspace, settings, planned(workspace, settings))


def named(jobs) -> list[str]:
    return [job.name for job in jobs]


def record(job, scores=(), text="weights", read="") -> Record:
    """What a job could have come to."""
    found = [{"task": job.task, "set": "mini", "language": "qaa", "score": score, "n": 5, "cut": 0} for score in scores]
    outcome = {"scores": found, "files": files_of(text) if job.model else {}, "read": read, "kernels": "AVX2"}
    outcome |= {"curves": {}, "counts": {}, "hashes": {}, "seconds": 0.0}
    return Record.of(sealing.sealed(json.loads(json.dumps({**job.to_json(), **outcome}))), job.name)


def test_of_a_new_grid_every_job_is_to_be_computed_in_the_order_of_the_plan(workspace):
    found = begun(workspace)
    assert found.to_compute() == found.jobs and found.origin == {}


def test_of_a_finished_grid_nothing_is_to_be_computed(workspace):
    run(workspace, executor=Here())
    found = begun(workspace)
    assert found.to_compute() == [] and set(found.origin.values()) == {"finished"}


def test_a_run_made_by_hand_that_the_grid_holds_is_the_study_s_from_then_on(workspace):
    job = begun(workspace).jobs[0]
    run = tracking.save(workspace.root, "sample", record(job), None, keep=False)
    found = begun(workspace)
    assert found.origin == {job.key: "adopted"}
    assert tracking.prepare(workspace.root).get_run(run).data.tags["origin"] == "study"


@pytest.mark.parametrize(("keep", "again"), [("none", ["realign small latin_diverse_2 s1"]), ("encoders", [])])
def test_a_finished_encoder_is_computed_again_only_where_nobody_kept_it(workspace, keep, again):
    run(workspace, settings_of(seeds=[1], keep=keep), executor=Here())
    left = named(begun(workspace, seeds=[1], keep=keep, tasks=["pos", "ner"]).to_compute())
    new = [f"{verb} small {subset} ner s1" for subset in ("none", "latin_diverse_2") for verb in ("finetune", "evaluate")]
    assert sorted(left) == sorted(again + new)
    assert not again or left.index(again[0]) < left.index("finetune small latin_diverse_2 ner s1")


def chain(found: Progress) -> list:
    """realign -> finetune -> evaluate of the first seed."""
    tuned = next(job for job in found.jobs if job.verb == "finetune" and job.parent)
    scored = next(job for job in found.jobs if job.parent == tuned.key)
    return [found.planned[tuned.parent], tuned, scored]


def test_a_job_that_read_another_model_than_its_parents_run_made_is_refused_and_not_saved(workspace):
    found = begun(workspace)
    parent, tuned, _ = chain(found)
    found.records[parent.key] = record(parent)
    with pytest.raises(FailedWork, match=f"{tuned.name}: the model it read is not the one that the run of {parent.name} made"):
        found.finish(tuned, record(tuned, read="0" * 64), workspace.root)
    assert tuned.key not in found.records and tuned.key not in found.runs


def test_models_are_ranked_by_their_mean_score_and_undefined_scores_count_in_none(workspace):
    found = begun(workspace, seeds=[1, 2, 3])
    models = [job for job in found.jobs if job.verb == "finetune" and job.cell.subset == "none"]
    for model, scores in zip(models, ([0.2, 0.6], [0.5, None], [0.45, 0.46]), strict=True):
        scored = next(job for job in found.jobs if job.parent == model.key)
        found.records[scored.key] = record(scored, scores)
    assert named(sorted(models, key=Best(found).rank)) == [f"finetune small none pos s{seed}" for seed in (2, 3, 1)]


def test_models_of_the_same_score_are_ranked_by_name_and_one_without_a_score_last(workspace):
    found = begun(workspace, seeds=[1, 2, 3])
    models = [job for job in found.jobs if job.verb == "finetune" and job.cell.subset == "none"]
    for model in models[1:]:
        scored = next(job for job in found.jobs if job.parent == model.key)
        found.records[scored.key] = record(scored, [0.5])
    models.reverse()  # the order of the plan is no reason
    assert named(sorted(models, key=Best(found).rank)) == [f"finetune small none pos s{seed}" for seed in (2, 3, 1)]


def test_records_are_written_in_one_order_whatever_order_they_came_in(workspace):
    found = begun(workspace)
    for job in reversed(found.jobs):
        found.records[job.key] = record(job)
    found.write()
    written = [(one["verb"], one["name"]) for one in records(workspace)]
    assert written == sorted(written) and len(written) == len(found.jobs)


def test_a_study_says_which_bytes_its_encoders_had(workspace):
    settings = settings_of()
    said = about.about(workspace, settings, planned(workspace, settings))
    digest = locate.encoder_digest(workspace.root / "encoder")
    assert said["encoders"] == {"small": {"name": "path:encoder", "seen": "mbert", "sha256": digest}}
    assert (said["profile"], said["device"]) == ("sample", "cpu")
