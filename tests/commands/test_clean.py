"""`realignment clean`: nothing goes from under anybody, and nothing that cost hours without a question."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import shipped
from click.testing import CliRunner

from realignment import cli
from realignment.core import dvc_rwlock, locks
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.stages import study

ROOT = Path(__file__).parents[2]
HOLD = """
import pathlib, sys
from realignment.core.locks import writing
from realignment.stages.study import locked
from realignment.core.workspace import Workspace
root = pathlib.Path(sys.argv[1])
with locked(Workspace(root, "mini")) if sys.argv[2] == "study" else writing(root, "realign xlmr all s17 of profile `mini`"):
    print("in", flush=True)
    input()
"""


@pytest.fixture
def at_hand(checkout, monkeypatch) -> Path:
    """A checkout whose active profile is `sample`, with a finished job and a checkpoint that a stop left."""
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    work = Workspace(checkout, "sample").work
    for number, hours in (("a", 1.5), ("b", 1.0)):
        (work / "jobs" / number).mkdir(parents=True)
        (work / "jobs" / number / "record.json").write_text(json.dumps({"seconds": 3600 * hours}))
    (work / "checkpoints" / "c" / "step-50").mkdir(parents=True)
    (work / "checkpoints" / "c" / "step-50" / "weights").write_text("half")
    monkeypatch.chdir(checkout)
    return checkout


def clean(*words: str, answer: str = ""):
    return CliRunner().invoke(cli.group, ["clean", *words], input=answer)


def holder(root: Path, what: str) -> subprocess.Popen:
    """Another process that writes in the checkout, until a line is sent to it."""
    one = subprocess.Popen([sys.executable, "-c", HOLD, str(root), what], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert one.stdout.readline()
    return one


@pytest.mark.parametrize("words", [["--all", "--yes"], ["--yes"]])
@pytest.mark.parametrize(
    ("what", "said"), [("study", "study of profile `mini`"), ("hand", "realign xlmr all s17 of profile `mini`")]
)
def test_nothing_is_removed_under_a_study_or_a_hand_run_of_any_profile(at_hand, what, said, words):
    other = holder(at_hand, what)
    outcome = clean(*words)
    assert isinstance(outcome.exception, BadInput) and f"running here: {said} (process {other.pid} on host" in str(
        outcome.exception
    )
    assert (at_hand / "mlflow.db").exists() and (at_hand / ".work" / "sample" / "jobs").exists()
    other.communicate(b"\n")
    assert clean(*words).exit_code == 0


def test_a_killed_study_does_not_keep_clean_away(at_hand):
    other = holder(at_hand, "study")
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert clean("--all", "--yes").exit_code == 0 and not (at_hand / "mlflow.db").exists()


def test_nothing_is_removed_between_two_stages_of_dvc(at_hand):
    place = dvc_rwlock.file(at_hand)
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"write": {"/a": {"pid": os.getpid(), "cmd": "dvc repro"}}}))
    outcome = clean("--all", "--yes")
    assert f"`dvc repro` (pid {os.getpid()})" in str(outcome.exception) and (at_hand / "mlflow.db").exists()


def test_many_may_write_at_once_and_none_while_clean_removes(at_hand):
    def refuse(what: str):
        raise BadInput(what)

    with ExitStack() as several:
        several.enter_context(study.locked(Workspace(at_hand, "sample")))
        several.enter_context(study.locked(Workspace(at_hand, "mini")))
        several.enter_context(locks.writing(at_hand, "report"))
        with pytest.raises(BadInput, match=r"report .*study of profile `sample`"):
            several.enter_context(locks.alone(at_hand, refuse))
    with locks.alone(at_hand, refuse), pytest.raises(BadInput, match="another `realignment clean`"):
        locks.alone(at_hand, refuse).__enter__()


def test_finished_jobs_of_a_stopped_study_go_only_after_a_question_that_says_what_is_lost(at_hand):
    work = at_hand / ".work" / "sample"
    outcome = clean(answer="n\n")
    assert "loses 2 finished jobs (2.5 hours of computing) and the checkpoints of 1 trainings" in outcome.output
    assert outcome.exit_code != 0 and (work / "jobs" / "a").exists() and (work / "checkpoints").exists()
    assert clean(answer="").exit_code != 0 and (work / "jobs" / "a").exists(), "no answer is no leave"
    assert clean(answer="y\n").exit_code == 0 and not (work / "jobs").exists()


def test_yes_asks_nothing_and_what_is_made_again_in_minutes_is_not_asked_about(at_hand):
    assert clean("--yes").exit_code == 0 and not (at_hand / ".work" / "sample" / "jobs").exists()
    tokens = at_hand / ".work" / "sample" / "tokens"
    tokens.mkdir(parents=True)
    (tokens / "one").write_text("x")
    assert clean().exit_code == 0 and not tokens.exists()
