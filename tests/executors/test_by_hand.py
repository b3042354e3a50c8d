"""One job by hand: a key is computed once, whoever asks, and what was half made goes."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import fake_verbs
import pytest
from small_grid import chain
from waiting import LIMIT

from realignment import tracking
from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.executors import by_hand, worker

ROOT = Path(__file__).parents[2]
TESTS = str(ROOT / "tests" / "support")


@pytest.fixture
def workspace(checkout, monkeypatch) -> Workspace:
    monkeypatch.setenv("PYTHONPATH", TESTS)
    return Workspace(checkout, "sample")


@pytest.fixture
def settings():
    found = params.load(Workspace(ROOT, "sample"))
    return replace(found, study=replace(found.study, workers=2, threads=1))


def test_by_hand_a_finished_key_is_not_computed_again(workspace, settings, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(TESTS)
    calls = []
    real = worker.compute
    monkeypatch.setattr(worker, "compute", lambda *given: (calls.append(given), real(*given, verbs=fake_verbs.VERBS))[1])
    job = chain(1)[0]
    first = by_hand.one(workspace, settings, job, None)
    assert first["model"] == "models:/test.small.latin_diverse_2/1"
    assert by_hand.one(workspace, settings, job, None) == first
    assert len(calls) == 1
    model, record = tracking.model_folder(workspace.root, first["model"])
    shutil.rmtree(model)
    assert by_hand.one(workspace, settings, job, None) == first, "the model was gone: made again, in the same run"
    assert len(calls) == 2 and tracking.model_folder(workspace.root, first["model"])[1] == record
    assert not list((workspace.work / "hand").iterdir())


def other_waits(monkeypatch) -> threading.Event:
    """Set when a second process or thread has said that it waits for the first."""
    waiting = threading.Event()
    monkeypatch.setattr(by_hand, "note", lambda text: waiting.set() if text.endswith("waiting for that one") else None)
    return waiting


def test_by_hand_two_at_once_compute_a_key_once(workspace, settings, monkeypatch):
    monkeypatch.syspath_prepend(TESTS)
    calls, waiting = [], other_waits(monkeypatch)

    def slowly(*given):
        calls.append(given)
        assert waiting.wait(LIMIT)
        return real(*given, verbs=fake_verbs.VERBS)

    real = worker.compute
    monkeypatch.setattr(worker, "compute", slowly)
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: by_hand.one(workspace, settings, chain(1)[0], None), range(2))
    assert len(calls) == 1 and first == second


def test_by_hand_what_a_killed_run_left_half_made_is_removed(workspace, settings, monkeypatch):
    monkeypatch.syspath_prepend(TESTS)
    real = worker.compute
    monkeypatch.setattr(worker, "compute", lambda *given: real(*given, verbs=fake_verbs.VERBS))
    job = chain(1)[0]
    left = workspace.work / "hand" / f"{job.key}.99999.part"
    left.mkdir(parents=True)
    by_hand.one(workspace, settings, job, None)
    assert not left.exists()


def test_by_hand_nobody_takes_a_key_that_is_computed_once_more(workspace, settings, monkeypatch):
    monkeypatch.syspath_prepend(TESTS)
    job, begun, may = chain(1)[0], threading.Event(), threading.Event()
    real, waiting = worker.compute, other_waits(monkeypatch)

    def watched(*given):
        if given[-1].name.endswith(".again"):
            begun.set()
            assert may.wait(LIMIT)
        return real(*given, verbs=fake_verbs.VERBS)

    monkeypatch.setattr(worker, "compute", watched)
    with ThreadPoolExecutor(2) as both:
        first = both.submit(by_hand.one, workspace, settings, job, None, twice=True)
        assert begun.wait(LIMIT)
        second = both.submit(by_hand.one, workspace, settings, job, None)
        assert waiting.wait(LIMIT) and not second.done()
        may.set()
        assert first.result()["twice"] == "the same"
        assert second.result()["run"] == first.result()["run"]
