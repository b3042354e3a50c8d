"""Fixtures that several files share. Torch on one thread; MLflow on a copy of one prepared database (making one costs a second)."""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", "900")  # seconds that a server on the loopback has, however busy the machine is
os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "900")

import hypothesis
import pytest

import realignment.core.hardening  # noqa: F401

hypothesis.settings.register_profile("any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("any machine")

# A commit of SQLite waits for the disk, 5 to 20 ms, and the tests make thousands: their folders lie in memory where there is room.
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30  # bytes


def takes(place: Path) -> bool:
    """Whether there is room for the tests' folders, and programs in them can be run."""
    if not (place.is_dir() and os.access(place, os.W_OK)):
        return False
    state = os.statvfs(place)
    return state.f_bavail * state.f_frsize > ROOM and not state.f_flag & os.ST_NOEXEC


if takes(MEMORY):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# A file is one worker's: the longest begin first, so that none of them is left to one worker at the end.
LONGEST = (
    "lineage/test_verify.py", "stages/test_check.py", "stages/test_study.py", "engine/test_checkpoint.py", "tracking/test_server.py",
    "stages/test_report.py", "report/test_browser.py", "results/test_addresses.py", "paper/test_audit.py", "paper/test_audited_audit.py", "stages/test_authors.py",
    "results/test_verdicts.py", "commands/test_compare.py", "engine/test_loops.py", "tracking/test_tracking.py", "test_contract.py",
    "report/test_summary.py", "test_rows_otherwise.py", "test_whole_study.py", "tracking/test_left.py",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {Path(__file__).parent / name: number for number, name in enumerate(LONGEST)}
    if gone := [str(path) for path in place if not path.is_file()]:
        raise pytest.UsageError(f"tests/conftest.py: LONGEST names files that exist; not there: {', '.join(gone)}")
    items.sort(key=lambda item: place.get(item.path, len(place)))


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    # A background job of a shell ignores Ctrl-C, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    """An SQLite file with MLflow's schema and nothing in it."""
    from realignment import tracking

    root = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        tracking.prepare(root)
    return root / "mlflow.db"


@pytest.fixture
def checkout(tmp_path, empty_store, monkeypatch) -> Path:
    """A folder with a prepared tracking store of its own."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "REALIGNMENT_NOT_ISOLATED"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copy(empty_store, root / "mlflow.db")
    return root


@pytest.fixture
def elsewhere(tmp_path) -> Iterator[Path]:
    """A folder on another file system than `tmp_path`."""
    for place in (Path("/dev/shm"), Path("/run/shm"), Path("/var/tmp"), Path.home()):
        if place.is_dir() and os.access(place, os.W_OK) and place.stat().st_dev != tmp_path.stat().st_dev:
            with tempfile.TemporaryDirectory(dir=place) as folder:
                yield Path(folder)
            return
    pytest.skip("there is one file system alone")


@pytest.fixture(scope="session", params=["bert", "xlm-roberta", "distilbert"])
def encoder_folder(request, tmp_path_factory):
    """A saved small encoder of each of the paper's two architectures, and of DistilBERT. Read only."""
    from encoders import build

    return build(tmp_path_factory.mktemp("encoder") / request.param, request.param)


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory):
    """One small encoder, where the architecture does not matter. Read only."""
    from encoders import build

    return build(tmp_path_factory.mktemp("encoder") / "bert", "bert")


@pytest.fixture
def evidence() -> dict[str, dict]:
    """The numbers behind each finding of the audit, by its id."""
    import paper_files

    return {name: row["evidence"] for name, row in paper_files.findings().items()}


@pytest.fixture
def raw() -> dict:
    """The authors' scores as the tests read them, see `paper_files.raw_scores`."""
    import paper_files

    return paper_files.raw_scores()
