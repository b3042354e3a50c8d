"""An archived copy, which nobody may write to: what looks at things works, and changes nothing."""

import ctypes
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from finished_study import finished
from small_grid import record

from realignment import tracking
from realignment.tracking import store

ROOT = Path(__file__).parents[2]
__all__ = ["finished"]  # a fixture
KEY = record("realign").key
LOOKING = {
    "runs": ["runs"],
    "one run": ["runs", "show", KEY[:12]],
    "lineage": ["lineage", "small/all/pos"],
    "compare": ["compare"],
    "licences": ["licences"],
    "licences of a model": ["licences", "small/all/pos"],
    "languages": ["languages"],
    "subsets": ["subsets", "list"],
    "tables": ["tables", "8", "--source", "published"],
    "published": ["published", "show"],
    "audit": ["audit-paper"],
    "doctor": ["doctor"],
    "profile": ["profile"],
}
DEFAULT = ("runs", "one run", "lineage", "doctor")
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in LOOKING if name not in DEFAULT]


@pytest.fixture(scope="module")
def archive(tmp_path_factory, finished) -> Path:
    """A checkout with a finished study and a model, moved since; nobody may write to it."""
    first, root = tmp_path_factory.mktemp("first") / "checkout", tmp_path_factory.mktemp("archive") / "checkout"
    shutil.copytree(finished.root, first)
    shutil.copytree(ROOT / ".dvc", first / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    for name in ("requirements.txt", "python_env.yaml"):
        shutil.copy(ROOT / name, first / name)
    for name in ("published", "uriel"):
        shutil.copytree(ROOT / "data" / name, first / "data" / name, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        model = tmp_path_factory.mktemp("made")
        (model / "model").mkdir()
        (model / "model" / "model.safetensors").write_text("weights")
        tracking.save(first, "sample", record("realign"), model, keep=True)
    first.rename(root)
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    yield root
    for path in (root, *root.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


def state(root: Path) -> dict[str, tuple]:
    """Every file and folder: bytes and time of change."""
    return {
        path.relative_to(root).as_posix(): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted((root, *root.rglob("*")))
    }


def as_anybody() -> None:
    """Takes from root, before a command begins, what lets it write where nobody may."""
    for capability in (1, 2, 3):  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}


def call(root: Path, *words: str) -> subprocess.CompletedProcess:
    before = as_anybody if os.geteuid() == 0 and sys.platform == "linux" else None
    given = {"cwd": root, "env": environment(), "capture_output": True, "text": True, "preexec_fn": before}
    return subprocess.run([sys.executable, "-m", "realignment", *words], check=False, **given)


FORKS = """
import json, os, sys, tempfile
import realignment.core.hardening
import mlflow.store.tracking.sqlalchemy_store
from realignment import cli, tracking
from realignment.commands import doctor, lineage, runs
for line in sys.stdin:
    root, words = json.loads(line)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if not child:
            os.dup2(out.fileno(), 1), os.dup2(errors.fileno(), 2), os.chdir(root)
            try:
                cli.main(words)
                code = 0
            except SystemExit as end:
                code = end.code or 0
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0), errors.seek(0)
        print(json.dumps([code, out.read(), errors.read()]), flush=True)
"""


@pytest.fixture(scope="module")
def forked():
    """As `call`, each command in a process of its own that has its imports already."""
    before = as_anybody if os.geteuid() == 0 and sys.platform == "linux" else None
    given = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment(), "preexec_fn": before}
    with subprocess.Popen([sys.executable, "-c", FORKS], **given) as process:

        def run(root: Path, *words: str) -> subprocess.CompletedProcess:
            process.stdin.write(json.dumps([str(root), words]) + "\n")
            process.stdin.flush()
            return subprocess.CompletedProcess(words, *json.loads(process.stdout.readline()))

        yield run
        process.stdin.close()


@pytest.mark.parametrize("name", [*DEFAULT, *SLOW])
def test_what_looks_at_things_reads_an_archive_and_changes_nothing(archive, forked, name):
    before = state(archive)
    done = (call if name == "runs" else forked)(archive, *LOOKING[name])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() and "Traceback" not in done.stderr
    assert state(archive) == before


@pytest.mark.slow
def test_the_model_of_a_run_in_a_moved_archive_is_found(archive):
    done = call(archive, "runs", "show", KEY[:12])
    assert "models:/sample.small.latin_diverse_5/1" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["report"], ["realign"], ["runs", "restore"], ["published", "import"], ["clean", "--yes"], ["doctor", "--setup"]]
)
def test_what_writes_says_in_one_line_that_it_cannot(archive, words):
    before = state(archive)
    done = call(archive, *words)
    assert done.returncode in (1, 2) or words[0] == "clean", done.stdout
    assert "Traceback" not in done.stderr and state(archive) == before
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")] or done.stdout.splitlines()
    assert any(str(archive) in line or "nothing to remove" in done.stderr for line in [*lines, ""])


def writable(archive: Path, root: Path) -> Path:
    """A copy of the archive that may be written to."""
    shutil.copytree(archive, root)
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    return root


@pytest.mark.parametrize("command", [["runs"], ["doctor"], pytest.param(LOOKING["lineage"], marks=pytest.mark.slow)])
def test_looking_makes_no_store_where_there_is_none(archive, forked, tmp_path, command):
    root = writable(archive, tmp_path / "clone")
    (root / "mlflow.db").unlink()
    before = state(root)
    done = forked(root, *command)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and state(root) == before


def test_a_read_only_archive_with_a_left_journal_is_read_as_it_was_before_the_kill(archive, tmp_path, monkeypatch):
    """A writer was killed in the middle: SQLite rolls back, in the copy."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = writable(archive, tmp_path / "left")
    code = (
        "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1]); c.execute('pragma cache_size = 1'); "
        "c.execute('begin immediate'); c.execute('delete from tags'); c.execute('create table filler (x)'); "
        "c.executemany('insert into filler values (?)', [('x' * 4000,)] * 500); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(root / "mlflow.db")], check=False)
    assert (root / "mlflow.db-journal").stat().st_size
    before = state(root)
    store._copy.cache_clear()
    with tracking.reading():
        assert KEY in tracking.finished(root, "sample")
    assert state(root) == before


@pytest.mark.slow
def test_a_score_edited_in_the_store_is_named(archive, tmp_path):
    root = writable(archive, tmp_path / "edited")
    run = tracking.save(root, "sample", record("evaluate"), None, keep=False)
    (mean,) = [row["score"] for row in json.loads(call(root, "runs", "--json").stdout) if row["run_id"] == run]
    with sqlite3.connect(root / "mlflow.db") as database:
        database.execute("update latest_metrics set value = 0.9999 where key = 'pos/mean' and run_uuid = ?", [run])
    done = call(root, "runs")
    assert done.returncode == 2 and f"(run {run}): pos/mean is 0.9999 there and {mean} in its record" in done.stderr
    with sqlite3.connect(root / "mlflow.db") as database:
        database.execute("update latest_metrics set value = ? where key = 'pos/mean' and run_uuid = ?", [mean, run])
        database.execute("update tags set value = 'all' where key = 'subset' and run_uuid = ?", [run])
    assert "subset is `all` there and `latin_diverse_5` in its record" in call(root, "runs").stderr
