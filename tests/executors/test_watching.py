"""How a study is watched: in a terminal, as events, in quiet; and the screen that it ends with."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import small_study
import terminal
from in_process import Here
from small_study import planned, settings_of

from realignment import cli
from realignment.core.workspace import Workspace
from realignment.engine import monitor
from realignment.executors import gpus
from realignment.executors.watching import Watch

SUPPORT = Path(__file__).parents[1] / "support"
FAILS = "finetune small latin_diverse_2 pos s2"


@pytest.fixture
def workspace(checkout) -> Workspace:
    encoder = checkout / "encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text("{}")
    (encoder / "model.safetensors").write_text("weights")
    return Workspace(checkout, "sample")


def in_terminal(workspace: Workspace, sleep: float, look=lambda *_: None) -> tuple[int, str, str]:
    command = [sys.executable, str(SUPPORT / "watched_study.py"), str(workspace.root), str(sleep), FAILS]
    return terminal.run(command, workspace.root, {"PYTHONPATH": str(SUPPORT)}, look=look)


@pytest.mark.slow
def test_in_a_terminal_a_view_stands_below_what_is_said_and_is_gone_at_the_end(workspace):
    views = []
    code, screen, _ = in_terminal(workspace, 0.7, lambda text, _: views.append(text))
    view = next(text for text in views if "set aside, " in text and "worker 0" in text and "fault" in text)
    lines = view.splitlines()
    said = next(place for place, line in enumerate(lines) if line == f"set aside: {FAILS}: a language without pairs")
    title = next(place for place, line in enumerate(lines) if line.startswith("study sample  "))
    assert said < title, "what is said goes above"
    assert max(map(len, lines[title:])) <= 80, "no line of it is wider than the terminal"
    assert len([line for line in lines if line.startswith("study sample  ")]) == 1, "one view, whole"
    assert code == 2
    assert "worker" not in screen
    assert "study: 11 of 13 done, 2 set aside after" in screen
    assert "a language without pairs" in screen[screen.index("┏") :], "the last screen"
    assert screen.index("┏") < screen.index("error: 1 of 13 jobs")


@pytest.mark.slow
def test_ctrl_c_leaves_a_whole_terminal_and_says_what_is_kept(workspace):
    def stop(screen: str, process) -> None:
        if "worker 1" in screen and "3 done" in screen and not asked:
            asked.append(process.send_signal(signal.SIGINT))

    asked: list = []
    code, screen, _ = in_terminal(workspace, 0.7, stop)
    assert code == 130
    assert "worker" not in screen
    assert "study sample: interrupted; 3 of 13 jobs are kept" in screen
    assert screen.splitlines()[-1].startswith("error: interrupted")


def call(workspace: Workspace, monkeypatch, *words: str, fail=lambda job: False) -> int:
    """`realignment study WORDS` in this process, its jobs too."""

    def run(verb, given, *, silent):
        small_study.run(workspace, fail=fail, executor=Here(), watch=given["watch"])

    monkeypatch.setattr("realignment.commands.verbs.run", run)
    with pytest.raises(SystemExit) as ended:
        cli.main(["study", *words])
        raise SystemExit(0)
    return ended.value.code


def test_events_are_a_line_of_json_each_and_the_last_one_is_the_outcome(workspace, monkeypatch, capsys):
    code = call(workspace, monkeypatch, "--events", fail=lambda job: job.name == FAILS)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    jobs = {job.name for job in planned(workspace, settings_of())}
    done = [one["run"] for one in events if one["event"] == "done"]
    aside = [one["run"] for one in events if one["event"] in ("set aside", "left out")]
    assert sorted([*done, *aside]) == sorted(jobs), "each job ends once"
    assert max(one["done"] + one["aside"] for one in events[1:-1]) == len(jobs)
    first, last = events[0], events[-1]
    assert (first["event"], [row["planned"] for row in first["rows"]]) == ("planned", [2, 4, 7])
    assert (last["event"], last["exit"], code) == ("end", 1, 1)
    assert {one["run"]: one["kind"] for one in last["missing"]} == {
        FAILS: "error",
        FAILS.replace("finetune", "evaluate"): "above",
    }
    assert last["error"].startswith("1 of 13 jobs could not be computed")


def test_quiet_says_faults_and_what_is_missing_alone(workspace, monkeypatch, capsys):
    monkeypatch.setattr("traceback.print_exc", lambda: None)  # goes into the log of a worker
    assert call(workspace, monkeypatch, "--quiet", fail=lambda job: job.name == FAILS) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines if line.strip()] == [
        FAILS, "set aside", "run\ttries\tkind\twhy", f"{FAILS}\t2\terror\tRuntimeError", "and 1 that read their models", "error",
    ]  # fmt: skip
    small_study.run(workspace, executor=Here(), watch=Watch(quiet=True))
    assert capsys.readouterr().err == "", "nothing is missing"


def test_an_outcome_is_json_or_events(workspace, monkeypatch, capsys):
    assert call(workspace, monkeypatch, "--events", "--json") == 2
    assert capsys.readouterr().err.startswith("error: one of --json and --events is required, both are given")


def test_a_reader_of_events_that_goes_away_ends_no_study():
    program = "from realignment.executors.json_lines import say; [say('done', run=n) for n in range(30_000)]; import sys; print('whole', file=sys.stderr)"
    study = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert json.loads(study.stdout.readline())["run"] == 0
    study.stdout.close()
    assert study.stderr.read().splitlines() == ["nobody reads the events any more; the study goes on without them", "whole"]
    assert study.wait() == 0


def test_the_run_of_a_study_says_how_many_are_missing_and_why(workspace):
    from realignment import tracking

    with pytest.raises(Exception, match="could not be computed"):
        small_study.run(workspace, fail=lambda job: job.name == FAILS, executor=Here())
    (above,) = [one for one in tracking.search(workspace.root, "sample") if one.data.tags["verb"] == "study"]
    assert above.info.status == "FAILED"
    counts = {name: value for name, value in above.data.metrics.items() if name.startswith("counts/")}
    assert counts == {"counts/planned": 13, "counts/finished": 11, "counts/aside": 2, "counts/shared": 0}
    assert above.data.tags["mlflow.note.content"].startswith(
        "2 of 13 jobs are missing:\n\n- `finetune small latin_diverse_2 pos s2`"
    )


def test_a_training_says_how_far_it_is_until_it_ends(tmp_path):
    place = tmp_path / "steps" / "key"
    with monitor.told(place):
        monitor.leave(120, 500, 340.24, "pairs")
        assert monitor.far(place) == "step 120 of 500, 340 pairs/s"
        place.write_text('{"step": 1')
        assert monitor.far(place) == "", "half a word is none"
    assert not place.exists()


def test_of_the_gpus_those_are_told_that_the_study_may_use():
    said = "0, GPU-aa, 1024, 81920, 97\n1, GPU-bb, 2048, 81920, [N/A]\n"
    assert [str(one) for one in gpus.read(said)] == ["1.0 of 80 GiB, 97 % busy", "2.0 of 80 GiB"]
    assert [one.index for one in gpus.read(said, "1")] == [one.index for one in gpus.read(said, "GPU-bb")] == ["1"]
