"""What holds on every executor: worker processes, Ray on loopback, submitit's own processes."""

import hashlib
import importlib.util
from dataclasses import replace
from pathlib import Path

import fake_verbs
import pytest
from small_grid import chain, changed, retrieval

from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.executors import base, faults, queue
from realignment.executors.local import Local
from realignment.executors.on_ray import OnRay
from realignment.executors.on_slurm import OnSlurm
from realignment.executors.queue import Keeper

ROOT = Path(__file__).parents[2]
SUPPORT = str(ROOT / "tests" / "support")
MADE = {
    "local": lambda settings: Local(settings, fake_verbs.WORKERS),
    "ray": lambda settings: OnRay(settings, ("fake_verbs", "answer")),
    "slurm": lambda settings: OnSlurm(settings, fake_verbs.WORKERS),
}
NEEDS = {"ray": "ray", "slurm": "submitit"}


@pytest.fixture
def settings():
    found = params.load(Workspace(ROOT, "sample"))
    site = {**found.study.slurm, "cluster": "local", "hours": 0.2}
    return replace(found, study=replace(found.study, workers=2, threads=1, slurm=site))


@pytest.fixture(params=MADE)
def executor(request, settings, monkeypatch):
    package = NEEDS.get(request.param)
    if package and importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: `pip install -e '.[{request.param}]'`")
    monkeypatch.setenv("PYTHONPATH", SUPPORT)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(queue, "WAIT", 0.05)
    return MADE[request.param](settings)


def test_a_grid_is_computed_each_job_once_a_failing_one_set_aside_a_killed_one_tried_again(checkout, executor):
    workspace, records = Workspace(checkout, "sample"), []
    good = [*chain(1), *chain(2), retrieval(chain(1)[0])]
    realign, tuned, scored = chain(3)
    bad = changed(tuned, fail="bad input")
    jobs = [*good, realign, bad, replace(scored, parent=bad.key), changed(chain(4)[0], fail="once killed")]
    keeper = Keeper(lambda job, record, folder: (records.append(record), folder / "model")[1], {})
    aside = base.grid(workspace, jobs, keeper, executor)
    begun = (workspace.root / "computed").read_text().split()
    assert {key: one.fault.kind for key, one in aside.items()} == {bad.key: faults.INPUT, jobs[-2].key: faults.ABOVE}
    assert sorted(begun) == sorted([*(job.key for job in [*good, realign, bad, jobs[-1]]), jobs[-1].key])
    made = by_hand([*good, realign, jobs[-1]])
    assert {record.key: [*record.hashes.values()] for record in records} == {key: [made[key]] for key in made if key}
    assert not list((workspace.work / "jobs").iterdir())


def by_hand(jobs) -> dict[str, str]:
    """What fake verbs make of jobs, parents before their readers: a hash of what was made before and of the key."""
    made = {"": "nothing"}
    for job in jobs:
        made[job.key] = hashlib.sha256(f"{made[job.parent]} {job.key}".encode()).hexdigest()
    return made
