"""A disk that is full, for real: the study waits, says so, believes nothing half-written, and ends as on another disk; and how little it keeps."""

import os
import pkgutil
import re
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import small_study
from in_process import Here
from small_disk import Ballast, mounted
from small_grid import chain
from small_study import LANGUAGES, settings_of

from realignment import tracking
from realignment.core import full
from realignment.core.workspace import Workspace
from realignment.executors import events, faults, queue, room
from realignment.executors.events import Event
from realignment.executors.room import Room
from realignment.executors.watching import Watch

MODEL = 300_000  # bytes


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Looks again at once."""
    monkeypatch.setattr(queue, "WAIT", 0.01)
    monkeypatch.setattr(full, "LOOK", 0.01)
    monkeypatch.setattr(full, "AGAIN", 0.05)
    monkeypatch.setattr(room, "ASKED", 0.0)
    monkeypatch.setattr(room, "PATIENCE", 0.05)
    monkeypatch.setattr("traceback.print_exc", lambda: None)


def made(root: Path, empty_store: Path) -> Workspace:
    (root / "encoder").mkdir(parents=True)
    (root / "encoder" / "config.json").write_text("{}")
    (root / "encoder" / "model.safetensors").write_text("weights")
    shutil.copy(empty_store, root / "mlflow.db")
    return Workspace(root, "sample")


@pytest.fixture
def roomy(tmp_path, empty_store, monkeypatch) -> Workspace:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return made(tmp_path / "roomy" / "checkout", empty_store)


@pytest.fixture
def tight(tmp_path, empty_store, roomy):
    with mounted(tmp_path / "tight", 12) as disk:
        yield made(disk / "checkout", empty_store)


class Heard(Watch):
    """A watch that does something at each event."""

    def __init__(self, do) -> None:
        super().__init__(quiet=True)
        self.do, self.heard = do, []

    @contextmanager
    def over(self, *given):
        with (
            super().over(*given) as listeners,
            full.heard(lambda why: hear(Event(events.PAUSED if why else events.GOES_ON, None, why))),
        ):

            def hear(event: Event) -> None:
                self.heard.append(event)
                self.do(event)

            yield (*listeners, hear)


def run(workspace: Workspace, do=lambda event: None, **settings) -> Heard:
    watch = Heard(do)
    small_study.run(
        workspace, settings_of(**settings), executor=Here(), watch=watch,
        params=lambda job: {"bytes": MODEL} if job.model else {},
    )  # fmt: skip
    return watch


def test_a_study_on_a_full_disk_pauses_goes_on_by_itself_and_ends_as_elsewhere(tight, roomy, capsys):
    ballast = Ballast(tight.root.parent)
    began = []

    def do(event: Event) -> None:
        if event.what == events.BEGAN and not began:
            began.append(ballast.fill(left=MODEL // 2))
        elif event.what == events.PAUSED:
            ballast.drop()

    told = [event.what for event in run(tight, do).heard]
    assert events.FULL in told, "the job that had begun found the disk full"
    assert events.ASIDE not in told
    assert told.count(events.PAUSED) == told.count(events.GOES_ON) > 0
    said = capsys.readouterr().err
    assert "are free on the disk of" in said
    assert re.search("MiB are required before another (realign|finetune|evaluate) begins; remove something there", said)
    run(roomy)
    assert tight.study.read_bytes() == roomy.study.read_bytes()


TWO_NAMES = ["none", "latin_diverse_2", "uriel_similar_2"]  # the last two of the same languages
WRITES = (
    *(f"realignment.tracking.{name}" for name in ("begin_study", "insert", "write.log_artifacts", "register", "finish", "keep_model", "end_study")),
    *(f"realignment.study.{name}" for name in ("best._copied", "study_file.write", "plan_file.write", "twins.share")),
    "realignment.study.turns.Turns.take", "fake_verbs.compute",
)  # fmt: skip
RECORD = "realignment.executors.worker.kernels.measured"  # what is called before the record of a job is written


def test_every_write_of_a_study_may_meet_a_full_disk(tight, roomy, monkeypatch):
    monkeypatch.setitem(LANGUAGES, "uriel_similar_2", LANGUAGES["latin_diverse_2"])
    ballast, met, alone = Ballast(tight.root.parent), [], threading.RLock()  # jobs are saved by a thread

    def filling(name: str):
        call = pkgutil.resolve_name(name)

        def tried(*given, **named):
            if name in met:
                return call(*given, **named)
            with alone, ballast.kept():
                try:
                    return call(*given, **named)
                except Exception as fault:
                    met.extend([name] if full.is_full(fault) else [])
                    raise

        return tried

    measured = pkgutil.resolve_name(RECORD)

    def before_the_record(*given):
        if RECORD not in met:
            met.append(RECORD)
            ballast.fill()
        return measured(*given)

    def do(event: Event) -> None:
        if event.what in (events.FULL, events.PAUSED):
            waited.append(event.what)
            ballast.drop()

    waited: list[str] = []
    with monkeypatch.context() as patch:
        for name in WRITES:
            patch.setattr(name, filling(name))
        patch.setattr(RECORD, before_the_record)
        run(tight, do, keep="best", subsets=TWO_NAMES)
        tight = made(tight.root.parent / "second", roomy.root / "mlflow.db")
        run(tight, keep="all", subsets=TWO_NAMES)
    assert set(met) == {*WRITES, RECORD}
    assert waited.count(events.FULL) >= 2, "in the middle of a job, and at its record"
    assert not [*tight.root.rglob("*.part")], "nothing half-written is left"
    runs = [one for one in tracking.search(tight.root, "sample") if one.data.tags.get("run_key")]
    keys = [one.data.tags["run_key"] for one in runs]
    assert len(keys) == len(set(keys)) == len(small_study.records(tight))
    assert {one.info.status for one in runs} == {"FINISHED"}
    run(roomy, keep="all", subsets=TWO_NAMES)
    assert tight.study.read_bytes() == roomy.study.read_bytes()


def test_room_for_what_is_small_is_used_while_there_is_none_for_what_is_large(tmp_path, monkeypatch):
    free = [1000]
    monkeypatch.setattr(full, "free", lambda place: free[0])
    monkeypatch.setattr(full, "total", lambda place: 1000)
    there = Room([tmp_path], {"realign": 600, "finetune": 600}, None)
    realign = chain(1)[0]
    assert [there(verb) for verb in ("realign", "finetune", "evaluate")] == ["", "", ""]
    there.hear(Event(events.BEGAN, realign))
    assert there("finetune").startswith("0.0 MiB are free on the disk of"), "600 more beside the 600 of the one that runs"
    assert there("evaluate") == "", "it may begin, and frees the model that it reads"
    there.hear(Event(events.DONE, realign))
    assert there("finetune") == ""
    there.largest["finetune"] = 100
    free[0] = 120
    assert there("finetune") == "", "what was seen stands for what was expected"
    free[0] = 105
    assert there("finetune"), "a hundredth is left to what is small"


def test_a_job_that_met_a_full_disk_waits_until_more_is_free(tmp_path, monkeypatch):
    free = [1000]
    monkeypatch.setattr(full, "free", lambda place: free[0])
    monkeypatch.setattr(full, "total", lambda place: 1000)
    monkeypatch.setattr(room, "PATIENCE", 60.0)
    there, job = Room([tmp_path], {}, None), chain(1)[0]
    there.hear(Event(events.FULL, job, "no space left"))
    assert there("realign")
    assert there("evaluate") == ""
    free[0] = 1001
    assert there("realign") == ""


@pytest.mark.parametrize(("keep", "stay"), [("none", 0), ("best", 1), ("encoders", 2), ("all", 6)])
def test_the_disk_never_holds_more_models_than_run_wait_for_readers_or_are_kept(roomy, keep, stay):
    most: list[int] = []

    def look(event: Event) -> None:
        if event.what in (events.BEGAN, events.DONE):
            assert len(models(roomy.work / "jobs")) <= 3, (
                "the one that was made, the one that is being saved, and the one that waits for readers"
            )
            waiting = models(roomy.work / "spool")  # to be saved, and then removed
            most.append(len(models(roomy.root) - waiting))

    run(roomy, look, keep=keep)
    assert len(models(roomy.root)) == stay
    assert not models(roomy.work)
    assert 1 <= max(most) <= stay + 3 + (keep == "best")  # which lies aside until all are known


def models(root: Path) -> set[Path]:
    """The folders of models below another; a thread may move them meanwhile."""
    return {Path(folder) for folder, _, files in os.walk(root) if "bulk" in files}


def test_what_is_kept_and_what_is_not_is_said(roomy, capsys):
    small_study.run(
        roomy, settings_of(keep="encoders"), executor=Here(), params=lambda job: {"bytes": 2**20} if job.model else {}
    )
    said = capsys.readouterr().err
    assert "disk: 2.0 MiB of models are kept, 4.0 MiB were removed as study.keep says (encoders);" in said


def test_only_a_full_disk_is_one():
    for fault in (
        OSError(28, "No space left on device"),
        OSError(122, "quota"),
        shutil.Error([("a", "b", "[Errno 28] No space left on device")]),
    ):
        assert full.is_full(fault)
        assert faults.of(fault).kind == faults.FULL
    wrapped = RuntimeError("the store cannot be used")
    wrapped.__cause__ = OSError(28, "No space left on device")
    assert full.is_full(wrapped)
    assert not full.is_full(OSError(5, "Input/output error"))
    assert not full.is_full(MemoryError())
