"""The SQLite file of the store: killed while it is made, half-made by MLflow itself, damaged, edited."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from small_grid import record

from realignment import tracking
from realignment.core.errors import BadInput
from realignment.tracking import sqlite, store

MAKE = "import sys, pathlib; from realignment import tracking; print(tracking.experiment(pathlib.Path(sys.argv[1]), 'a'))"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A checkout without a store."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    root = tmp_path / "checkout"
    root.mkdir()
    return root


def fresh(root: Path):
    """As a new process sees the store."""
    store._prepare.cache_clear()
    return tracking.prepare(root)


def stopped(root: Path, how: signal.Signals, when) -> int:
    """Starts a process that makes the store and sends it a signal when `when()` holds; its exit status."""
    one = subprocess.Popen([sys.executable, "-c", MAKE, str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while one.poll() is None and not when():
        time.sleep(0.001)
    one.send_signal(how)
    return one.wait()


def begun(root: Path, size: int):
    """Whether the store, or the file it is made in, has at least so many bytes."""

    def reached() -> bool:
        for path in root.glob("mlflow.db*"):
            with suppress(FileNotFoundError):  # journals come and go
                if path.suffix != ".lock" and path.stat().st_size >= size:
                    return True
        return False

    return reached


def works(root: Path) -> None:
    """A store in which a run can be saved, and nothing left beside it."""
    fresh(root)
    tracking.save(root, "sample", record(), None, keep=False)
    assert len(tracking.finished(root, "sample")) == 1
    assert {path.name for path in root.glob("mlflow.db*")} == {"mlflow.db", "mlflow.db.lock", "mlflow.db.save"}


@pytest.mark.parametrize(
    ("how", "size"), [(signal.SIGKILL, 100_000), pytest.param(signal.SIGINT, 400_000, marks=pytest.mark.slow)]
)
@pytest.mark.slow
def test_a_stop_while_the_store_is_made_does_no_harm(place, how, size):
    assert stopped(place, how, begun(place, size)) != 0, "it was stopped before it was done"
    works(place)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("size", [0, 50_000, 300_000, 600_000, 900_000, 950_000])
def test_a_stop_at_any_moment_does_no_harm(place, how, size):
    stopped(place, how, begun(place, size))
    works(place)


def test_a_store_is_made_and_read_in_a_folder_of_any_name(tmp_path, monkeypatch):
    """MLflow and SQLAlchemy read a path as a URI."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = tmp_path / "a%20b ?c#d" / "e%f"
    root.mkdir(parents=True)
    works(root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking.uri(root).replace(" ", "%20"))  # as `mlflow run` hands it on
    with tracking.reading():
        (run,) = tracking.finished(root, "sample").values()
        assert tracking.load_record(root, run) and tracking.folder(root, run).is_relative_to(root)
    works_again = tracking.save(root, "sample", record(seed=2), None, keep=False)
    assert tracking.folder(root, works_again).is_relative_to(root)
    assert {path.name for path in tmp_path.iterdir()} == {"a%20b ?c#d"} and {path.name for path in root.parent.iterdir()} == {
        "e%f"
    }


def half_made(file: Path, whole: Path, tables: int) -> None:
    """What a kill leaves where MLflow itself makes a database in place: some of the tables, no revision."""
    with closing(sqlite3.connect(whole)) as source, closing(sqlite3.connect(file)) as target:
        made = source.execute("select sql from sqlite_master where type = 'table' and name not like 'alembic%'").fetchall()
        for (statement,) in made[:tables]:
            target.execute(statement)
        target.commit()


SLOW = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("all tables", "an unknown revision", "no byte")]


@pytest.mark.parametrize("kind", ["some tables", "an old revision", *SLOW])
def test_a_half_made_store_without_runs_is_set_aside_and_made_anew(place, kind, capfd, empty_store):
    file = place / "mlflow.db"
    if kind == "no byte":
        file.touch()
    elif kind.endswith("tables"):
        half_made(file, empty_store, 5 if kind == "some tables" else 1000)
    else:
        file.write_bytes(empty_store.read_bytes())
        with closing(sqlite3.connect(file)) as database:
            database.execute(
                "update alembic_version set version_num = ?", ["451aebb31d03" if kind == "an old revision" else "f" * 12]
            )
            database.commit()
    before = file.read_bytes()
    fresh(place)
    aside = place / "mlflow.db.half-made-1"
    if before:
        assert aside.read_bytes() == before and "set aside as mlflow.db.half-made-1" in capfd.readouterr().err
        aside.unlink()
    works(place)


def test_a_store_that_another_process_is_making_is_not_taken_from_it(place, empty_store):
    file = place / "mlflow.db"
    half_made(file, empty_store, 5)
    before = file.read_bytes()
    other = subprocess.Popen(
        [sys.executable, "-c", f"held = open({str(file)!r}); print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    other.stdout.readline()
    with pytest.raises(BadInput, match=f"process {other.pid} is making the tracking store"):
        fresh(place)
    other.communicate(b"\n")
    assert file.read_bytes() == before


def test_a_half_made_store_that_holds_runs_is_never_set_aside(checkout):
    tracking.save(checkout, "sample", record(), None, keep=False)
    file = checkout / "mlflow.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("delete from alembic_version")
        database.commit()
    with pytest.raises(BadInput, match=r"schema unknown, \w+ is required\); move it away and run `realignment runs restore`"):
        fresh(checkout)
    assert file.exists() and not list(checkout.glob("*half-made*"))


def flipped(file: Path, count: int, seed: int) -> None:
    """Flips one bit in `count` bytes behind the header page."""
    content, chance = bytearray(file.read_bytes()), random.Random(seed)
    for place in chance.sample(range(4096, len(content)), count):
        content[place] ^= 1 << chance.randrange(8)
    file.write_bytes(content)


def spoilt_text(file: Path) -> None:
    """Bytes that are no UTF-8 in the middle of a value: SQLite itself sees no fault in them."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("update tags set value = cast(x'ff41ff' as text) where key = 'verb'")
        database.commit()


def refused(read) -> str:
    with pytest.raises(BadInput) as caught:
        read()
    return str(caught.value)


@pytest.mark.parametrize("reading", [True, False])
def test_text_that_is_no_text_in_the_store_is_a_fault_that_names_the_file(checkout, reading):
    tracking.save(checkout, "sample", record(), None, keep=False)
    file = checkout / "mlflow.db"
    spoilt_text(file)

    def read():
        store._prepare.cache_clear()
        if reading:
            with tracking.reading():
                return list(tracking.search(checkout, "sample"))
        return list(tracking.search(checkout, "sample"))

    said = refused(read)
    assert said.startswith(f"{file}: the tracking store is damaged") and "realignment runs restore" in said


def test_a_key_that_is_no_text_is_a_fault_that_names_the_file(checkout):
    tracking.save(checkout, "sample", record(), None, keep=False)
    with sqlite3.connect(checkout / "mlflow.db") as connection:
        connection.execute("update tags set value = cast(x'ff' as text) where key = 'run_key'")
    assert f"{checkout / 'mlflow.db'}: the tracking store is damaged" in refused(lambda: tracking.finished(checkout, "sample"))


@pytest.mark.parametrize("seed", range(6))
def test_flipped_bytes_are_a_fault_that_names_the_file_or_change_nothing_that_is_read(checkout, seed):
    """Whatever they hit: never another exception, never another key."""
    one = record()
    tracking.save(checkout, "sample", one, None, keep=False)
    file = checkout / "mlflow.db"
    flipped(file, 40 * 40, seed)
    store._prepare.cache_clear()
    try:
        with tracking.reading():
            assert tracking.finished(checkout, "sample").keys() <= {one.key}
    except BadInput as fault:
        assert str(fault).startswith(f"{file}: ")


def test_a_store_that_was_damaged_can_be_moved_away_and_made_again(checkout):
    file = checkout / "mlflow.db"
    flipped(file, 4000, 0)
    assert "move it away" in refused(lambda: fresh(checkout))
    file.rename(checkout / "broken.db")
    works(checkout)


def test_the_copy_that_is_read_is_never_written_to(checkout):
    tracking.save(checkout, "sample", record(), None, keep=False)
    with tracking.reading(), pytest.raises(RuntimeError, match="opened for reading"):
        tracking.prepare(checkout).create_experiment("new")


def test_a_copy_shows_what_was_saved_since_it_was_read_last(checkout):
    for number in (1, 2):
        tracking.save(checkout, "sample", record(seed=number), None, keep=False)
        with tracking.reading():
            assert len(tracking.finished(checkout, "sample")) == number


def test_a_store_of_an_older_schema_can_be_read_and_stays_as_it_is(checkout, empty_store):
    """One step back, as the migration itself goes back."""
    from alembic import command
    from mlflow.store.db import utils

    tracking.save(checkout, "sample", record(), None, keep=False)
    file = checkout / "mlflow.db"
    engine = utils.create_sqlalchemy_engine(f"sqlite:///{file}")
    config = utils._get_alembic_config(str(engine.url))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "-1")
    engine.dispose()
    before = file.read_bytes()
    with tracking.reading():
        assert len(tracking.finished(checkout, "sample")) == 1
    assert file.read_bytes() == before


@pytest.mark.parametrize("where", ["nosuch://host/db", "mlflow.db", "ftp://host", "databricks", "postgresql+nosuch://host/db"])
def test_an_address_nobody_knows_is_refused_in_one_line(tmp_path, monkeypatch, where):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", where)
    with pytest.raises(BadInput) as caught:
        tracking.prepare(tmp_path)
    assert where in str(caught.value) and "\n" not in str(caught.value) and not list(tmp_path.iterdir())


def test_the_schema_that_is_required_is_the_one_mlflow_names():
    from mlflow.store.db.utils import _get_latest_schema_revision

    assert sqlite.newest_revision() == _get_latest_schema_revision()
