"""A study whose tracking server is away at the start, half-way, or all the time: a real `mlflow server` behind a gate that can be shut."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import small_study as small
from in_process import Here
from mlflow_server import Gate, gated, served

from realignment import tracking
from realignment.core import leases
from realignment.core.errors import Away, FailedWork
from realignment.core.workspace import Workspace
from realignment.study import saver
from realignment.study.progress import Progress
from realignment.study.saver import Saver
from realignment.tracking import reach


@pytest.fixture(scope="module")
def port(tmp_path_factory, empty_store):
    with served(tmp_path_factory.mktemp("server"), empty_store) as port:
        yield port


@pytest.fixture
def workspace(checkout, monkeypatch, request) -> Workspace:
    """A checkout with a profile of its own; a store that is away is asked again at once, and given up soon."""
    monkeypatch.setattr(saver, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(saver, "LAST_PAUSE", 0.01)
    monkeypatch.setattr(saver, "FRESH", 0.0)
    monkeypatch.setattr(reach, "PATIENCE", 60.0)  # a gate that is shut refuses at once, and a busy machine is no absent server
    monkeypatch.setattr(saver, "PATIENCE", 60.0)
    monkeypatch.setenv("PYTHONPATH", str(small.ROOT / "tests" / "support"))
    encoder = checkout / "encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text("{}")
    (encoder / "model.safetensors").write_text("weights")
    return Workspace(checkout, "".join(one for one in request.node.name if one.isalnum()))


@pytest.fixture
def gate(port, monkeypatch, workspace):
    """The store is a server behind a gate, which is open."""
    with gated(port, monkeypatch) as one:
        yield one


SMALL = {"seeds": [1], "keep": "encoders", "subsets": ["latin_diverse_2"]}


def run(workspace: Workspace, **given) -> dict:
    return small.run(workspace, small.settings_of(**{**SMALL, **given}), executor=Here())


def planned(workspace: Workspace, **given) -> list:
    return small.planned(workspace, small.settings_of(**{**SMALL, **given}))


def runs(workspace: Workspace, where: str = "attributes.status = 'FINISHED' and tags.run_key != ''") -> dict:
    """Key -> its run; fails where a key has two."""
    found = list(tracking.search(workspace.root, workspace.profile, where))
    keys = [one.data.tags["run_key"] for one in found]
    assert sorted(keys) == sorted(set(keys)), "one run a key"
    return dict(zip(keys, found, strict=True))


def computed(workspace: Workspace) -> list[str]:
    return (workspace.root / "computed").read_text().split()


def whole(workspace: Workspace, **given) -> None:
    """Every job has one finished run, linked to the one whose model it read; nothing is half-saved, nothing waits."""
    jobs, found = planned(workspace, **given), runs(workspace)
    assert found.keys() == {job.key for job in jobs}
    assert {one["key"] for one in small.records(workspace)} == found.keys()
    assert not list(workspace.spool.glob("*"))
    assert not list(tracking.search(workspace.root, workspace.profile, "attributes.status = 'RUNNING'"))
    job = next(job for job in jobs if job.verb == "evaluate" and job.parent)
    reads, made = (tracking.prepare(workspace.root).get_run(found[key].info.run_id) for key in (job.key, job.parent))
    assert [one.model_id for one in reads.inputs.model_inputs] == [one.model_id for one in made.outputs.model_outputs]


def at(monkeypatch, name: str, number: int, what, *, before: bool = True) -> None:
    """Does `what` before (or after) call `number` of a function of `tracking`."""
    real, calls = getattr(tracking, name), []

    def called(*given, **named):
        calls.append(1)
        if before and len(calls) == number:
            what()
        came = real(*given, **named)
        if not before and len(calls) == number:
            what()
        return came

    monkeypatch.setattr(tracking, name, called)


def when_done(monkeypatch, number: int, what) -> None:
    """Does `what` when job `number` has been computed."""
    real, calls = Saver.finish, []

    def finish(self, *given):
        calls.append(1)
        if len(calls) == number:
            what()
        return real(self, *given)

    monkeypatch.setattr(Saver, "finish", finish)


def test_a_study_begins_without_its_server_and_the_next_call_saves_what_it_computed_in_order_and_computes_nothing(
    workspace, gate, capsys
):
    gate.shut()
    jobs = planned(workspace)
    with pytest.raises(Away, match=rf"does not answer .*{len(jobs)} finished jobs wait in .*run the same command again"):
        run(workspace)
    assert "the study begins without it" in capsys.readouterr().err
    assert sorted(computed(workspace)) == sorted(job.key for job in jobs)
    done = {one.name: (one / "record.json").stat().st_mtime_ns // 1_000_000 for one in workspace.spool.glob("*")}
    gate.open()
    assert run(workspace) == {"waited": len(jobs)}
    assert len(computed(workspace)) == len(jobs), "nothing was computed again"
    whole(workspace)
    found = runs(workspace)
    assert {key: one.info.end_time for key, one in found.items()} == done, "a run ended when its job did, not when it was saved"


@pytest.mark.slow
def test_a_server_that_comes_while_a_study_runs_gets_everything_below_one_run_of_the_study(workspace, gate, monkeypatch, capsys):
    gate.shut()
    when_done(monkeypatch, 3, gate.open)
    began = time.time()
    run(workspace)
    whole(workspace)
    assert "finished jobs that waited for the tracking store are saved" in capsys.readouterr().err
    (study,) = tracking.search(workspace.root, workspace.profile, "tags.kind = 'study'")
    assert {one.data.tags["mlflow.parentRunId"] for one in runs(workspace).values()} == {study.info.run_id}
    assert study.info.status == "FINISHED" and abs(study.info.start_time / 1000 - began) < 5


@pytest.mark.slow
def test_jobs_are_replayed_in_the_order_they_were_done(workspace, gate, monkeypatch):
    gate.shut()
    with pytest.raises(Away):
        run(workspace)
    gate.open()
    order, real = [], tracking.save
    monkeypatch.setattr(
        tracking, "save", lambda root, profile, record, *a, **b: order.append(record.key) or real(root, profile, record, *a, **b)
    )
    run(workspace)
    assert order == computed(workspace)


@pytest.mark.slow
def test_what_the_store_has_already_is_no_second_run_of_its_key(workspace, gate):
    """The study was finished, its study.json is gone, and the server that knows of it is away."""
    run(workspace)
    before = {key: one.info.run_id for key, one in runs(workspace).items()}
    workspace.study.unlink()
    gate.shut()
    with pytest.raises(Away):
        run(workspace)
    assert len(computed(workspace)) == 2 * len(before), "nobody could know better"
    gate.open()
    run(workspace)
    whole(workspace)
    assert {key: one.info.run_id for key, one in runs(workspace).items()} == before


@pytest.mark.slow
def test_what_study_json_holds_counts_as_finished_without_the_server(workspace, gate):
    run(workspace)
    gate.shut()
    assert run(workspace) == {"finished": len(planned(workspace))}
    with pytest.raises(Away, match="finished jobs wait"):
        run(workspace, seeds=[1, 2])
    new = {job.key for job in planned(workspace, seeds=[1, 2])} - {job.key for job in planned(workspace)}
    assert {one.parent.name for one in workspace.spool.glob("*/record.json")} == new
    gate.open()
    run(workspace, seeds=[1, 2])
    whole(workspace, seeds=[1, 2])


def test_what_a_killed_study_saved_and_study_json_lacks_is_not_computed_again_where_the_server_is_away(workspace, gate):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Progress, "write", lambda _: None)  # killed before it could
        run(workspace)
    assert not workspace.study.is_file()
    before = sorted(computed(workspace))
    with (workspace.work / "saved.jsonl").open("a") as file:
        file.write('{"key": "cut sh')
    gate.shut()
    assert run(workspace) == {"finished": len(before)}
    assert sorted(computed(workspace)) == before
    gate.open()
    run(workspace)
    assert sorted(computed(workspace)) == before
    whole(workspace)
    assert not (workspace.work / "saved.jsonl").exists()


def test_a_server_that_goes_away_while_a_study_asks_what_is_finished_holds_no_job_up(workspace, gate, monkeypatch):
    run(workspace)
    more = {"tasks": ["pos", "ner"]}
    at(monkeypatch, "model_at_hand", 1, gate.shut)
    missing = {job.key for job in planned(workspace, **more)} - set(computed(workspace))
    with pytest.raises(Away, match="finished jobs wait in"):
        run(workspace, **more)
    assert missing <= set(computed(workspace))
    gate.open()
    before = computed(workspace)
    run(workspace, **more)
    assert computed(workspace) == before
    whole(workspace, **more)


@pytest.mark.slow
def test_a_run_whose_end_was_saved_but_not_answered_is_not_saved_again(workspace, gate, monkeypatch):
    def lost() -> None:
        gate.shut()
        raise Away("tracking store: does not answer")

    at(monkeypatch, "save", 2, lost, before=False)
    back(monkeypatch, gate)
    run(workspace)
    whole(workspace)


@pytest.mark.slow
def test_what_was_half_saved_when_the_server_went_away_is_deleted_and_saved_whole(workspace, gate, monkeypatch):
    at(monkeypatch, "finish", 2, gate.shut)
    back(monkeypatch, gate)
    run(workspace)
    whole(workspace)
    (half,) = tracking.search(workspace.root, workspace.profile, "tags.run_key != ''", deleted=True)
    assert half.data.tags["run_key"] in runs(workspace)


def back(monkeypatch, gate: Gate) -> None:
    """The server is back as soon as the study has noticed that it is away."""
    real = Saver._put_off

    def noticed(self, fault) -> None:
        real(self, fault)
        if gate.listener is None:
            gate.open()

    monkeypatch.setattr(Saver, "_put_off", noticed)


CALL = """
import sys, pathlib, small_study, in_process, json
from realignment.core.workspace import Workspace
workspace = Workspace(pathlib.Path(sys.argv[1]), sys.argv[2])
small_study.run(workspace, small_study.settings_of(**json.loads(sys.argv[3])), executor=in_process.Here())
"""


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_replay_loses_nothing_and_saves_nothing_twice(workspace, gate):
    gate.shut()
    with pytest.raises(Away):
        run(workspace, seeds=[1, 2, 3])
    before = computed(workspace)
    gate.open()
    tracking.experiment(workspace.root, workspace.profile)
    words = [sys.executable, "-c", CALL, str(workspace.root), workspace.profile, json.dumps({**SMALL, "seeds": [1, 2, 3]})]
    one = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    while one.poll() is None and len(list(tracking.search(workspace.root, workspace.profile, "tags.run_key != ''"))) < 3:
        time.sleep(0.01)
    one.kill()
    assert one.wait() == -9 and 2 <= len(runs(workspace)) < len(before), "it was killed while it saved"
    run(workspace, seeds=[1, 2, 3])
    whole(workspace, seeds=[1, 2, 3])
    assert computed(workspace) == before


@pytest.mark.slow
def test_a_server_that_goes_away_in_the_middle_of_every_save_and_comes_back_gets_everything_once(workspace, gate, monkeypatch):
    real, calls = tracking.finish, []

    def cut(*given) -> None:
        calls.append(1)
        if len(calls) % 2:
            gate.shut()
        real(*given)

    monkeypatch.setattr(tracking, "finish", cut)
    back(monkeypatch, gate)
    run(workspace)
    whole(workspace)
    halves = list(tracking.search(workspace.root, workspace.profile, "tags.run_key != ''", deleted=True))
    assert len(halves) == len(planned(workspace)) == len(calls) / 2


@pytest.mark.slow
@pytest.mark.parametrize("keep", ["none", "best"])
def test_while_the_server_is_away_no_model_stays_on_disk_that_nobody_will_read(workspace, gate, keep):
    gate.shut()
    with pytest.raises(Away):
        run(workspace, keep=keep, seeds=[1, 2])
    assert not list(workspace.spool.glob("*/model")) and not list((workspace.work / "jobs").glob("*"))
    gate.open()
    run(workspace, keep=keep, seeds=[1, 2])
    whole(workspace, keep=keep, seeds=[1, 2])
    assert len(tracking.versions(workspace.root).keys() & {one.info.run_id for one in runs(workspace).values()}) == (
        keep == "best"
    )


@pytest.fixture
def silent(workspace, monkeypatch):
    """The store is a port that accepts and never answers; how often it was called."""
    listener, calls, kept = socket.create_server(("127.0.0.1", 0), backlog=50), [], []

    def accept() -> None:
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            calls.append(1)
            kept.append(one)

    threading.Thread(target=accept, daemon=True).start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{listener.getsockname()[1]}")
    monkeypatch.setattr(reach, "PATIENCE", 0.3)
    yield calls
    listener.close()


def test_a_port_that_never_answers_holds_no_job_up_and_is_asked_rarely(workspace, silent, monkeypatch):
    monkeypatch.setattr(saver, "PAUSES", (60.0, 60.0))
    jobs, held = planned(workspace), []
    real = Saver.finish

    def finish(self, *given):
        began = time.monotonic()
        place = real(self, *given)
        held.append(time.monotonic() - began)
        return place

    monkeypatch.setattr(Saver, "finish", finish)
    with pytest.raises(Away, match="no answer within"):
        run(workspace)
    assert len(held) == len(jobs) and max(held) < 0.3, "seconds that a job waited"
    assert len(silent) <= 2 + saver.TRIES, "once at the start, at most once while it computes, the last tries"


def test_a_model_can_be_read_before_its_job_is_saved(workspace, monkeypatch):
    """A slow store: the grid is computed while the first job is being saved."""
    done, real = threading.Event(), tracking.save
    monkeypatch.setattr(tracking, "save", lambda *given, **named: done.wait(30) and real(*given, **named))
    when_done(monkeypatch, len(planned(workspace)), done.set)
    run(workspace)
    assert done.is_set()
    whole(workspace)


def test_what_cannot_be_saved_is_said_with_what_waits_and_saved_by_the_next_call(workspace, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tracking, "save", lambda *given, **named: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        with pytest.raises(Exception, match=r"Input/output error; \d+ finished jobs wait in .*run the same command again"):
            run(workspace)
    run(workspace)
    assert len(computed(workspace)) == len(planned(workspace))
    whole(workspace)


def test_a_model_that_a_failed_job_was_to_read_is_there_for_the_next_call(workspace):
    def failing(job) -> bool:
        return job.verb == "evaluate" and job.task == "pos" and bool(job.parent)

    settings = small.settings_of(**{**SMALL, "keep": "none", "subsets": ["none"]})
    with pytest.raises(FailedWork):
        small.run(workspace, settings, fail=failing, executor=Here())
    before = computed(workspace)
    small.run(workspace, settings, executor=Here())
    tuned = [job.key for job in small.planned(workspace, settings) if job.verb == "finetune"]
    assert [computed(workspace).count(key) for key in tuned] == [1] * len(tuned) and len(before) >= len(tuned)


@pytest.mark.slow
def test_folders_are_replayed_parents_first_whatever_their_clocks_say(workspace, gate):
    gate.shut()
    with pytest.raises(Away):
        run(workspace)
    for number, job in enumerate(planned(workspace)):  # a parent stands before its readers in the plan
        file: Path = workspace.spool / job.key / "record.json"
        os.utime(file, (1e9 - number, 1e9 - number))
    gate.open()
    run(workspace)
    whole(workspace)


def test_a_key_is_held_until_its_job_is_saved(workspace, monkeypatch):
    held, job = [], next(job for job in planned(workspace) if job.verb == "realign")
    real = tracking.save

    def save(root, profile, record, *given, **named):
        if record.key == job.key:
            held.append(leases.owner(workspace.turn(job.key)))
        return real(root, profile, record, *given, **named)

    monkeypatch.setattr(tracking, "save", save)
    run(workspace)
    assert len(held) == 1 and held[0].startswith(f"study of profile `{workspace.profile}`")
    assert not leases.owner(workspace.turn(job.key))


def test_what_waits_is_not_saved_while_somebody_else_has_its_key_and_his_run_is_the_only_one(workspace, gate, monkeypatch):
    gate.shut()
    with pytest.raises(Away):
        run(workspace)
    gate.open()
    job = next(job for job in planned(workspace) if job.verb == "realign")
    with (
        leases.held(workspace.turn(job.key), "a run by hand"),
        pytest.raises(FailedWork, match=r"a run by hand .* has its key; 4 finished jobs wait"),
    ):
        run(workspace)
    assert job.key not in runs(workspace)
    run(workspace)
    whole(workspace)


@pytest.mark.slow
def test_a_further_name_of_a_set_whose_jobs_wait_is_computed_by_nobody(workspace, gate, monkeypatch):
    gate.shut()
    with pytest.raises(Away):
        run(workspace)
    before = computed(workspace)
    monkeypatch.setitem(small.LANGUAGES, "my_pair", small.LANGUAGES["latin_diverse_2"])
    rows = {"subsets": ["latin_diverse_2", "my_pair"]}
    with pytest.raises(Away):
        run(workspace, **rows)
    gate.open()
    run(workspace, **rows)
    assert computed(workspace) == before
    whole(workspace, **rows)


def test_the_best_model_is_put_aside_before_anybody_may_remove_it(workspace, monkeypatch):
    """A model goes when all that read it are done; another thread settles it at any moment."""
    real = saver.Best.note

    def note(best, job, record):
        for one in planned(workspace):
            settled.settle(one.key)
        real(best, job, record)

    def made(*given, **named):
        nonlocal settled
        one = Saver(*given, **named)
        settled = one.spool
        return one

    settled = None
    monkeypatch.setattr(saver.Best, "note", note)
    monkeypatch.setattr("realignment.stages.study.saver.Saver", made)
    run(workspace, keep="best")
    assert [one.name.endswith(".pos") for one in tracking.prepare(workspace.root).search_model_versions()] == [True]
