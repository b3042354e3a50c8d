"""The SQLite file of the store: made beside and renamed when whole, told from a half-made one, mended after a move."""

import atexit
import functools
import importlib.util
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.files import sync

BESIDE = ("-journal", "-wal", "-shm")  # ends of the names of what SQLite keeps beside a file
QUOTED = str.maketrans({"%": "%25", "?": "%3F"})  # what SQLAlchemy takes for something else in a path; it unquotes
NAMED = r""" = ["'](\w+)["']"""  # behind a name in a script of MLflow's migrations
WORTH = ("runs", "registered_models", "logged_models", "trace_info")  # a file without a row in any of these holds nothing


def address(file: Path) -> str:
    """The URI by which MLflow opens an SQLite file."""
    return f"sqlite:///{str(file).translate(QUOTED)}"


def file_of(address: str) -> Path | None:
    """The SQLite file a URI names; None where it names a server or another database."""
    return Path(unquote(address.removeprefix("sqlite:///").split("?")[0])) if address.startswith("sqlite:///") else None


@contextmanager
def tidy(where: str) -> Iterator[None]:
    """MLflow makes the folder of a database by its URI, quoted where that is: what was not there before goes again."""
    folder = Path(where.removeprefix("sqlite:///")).parent
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        yield
    finally:
        for one in made:
            with suppress(OSError):
                one.rmdir()


def make(file: Path) -> None:
    """An empty store at `file`, which appears whole or not at all; the caller holds the store's lock."""
    for old in file.parent.glob(f"{file.name}.*.part*"):  # of one that was killed: nobody else is here
        old.unlink(missing_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        upgrade(part)
        sync(part)
        part.replace(file)
        sync(file.parent)
    finally:
        for left in file.parent.glob(f"{part.name}*"):
            left.unlink(missing_ok=True)


def upgrade(file: Path) -> None:
    """Brings a file, or one that is not there yet, to the schema of the MLflow that is installed."""
    from mlflow.store.db import utils
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = utils.create_sqlalchemy_engine(address(file))
        try:
            utils._upgrade_db(engine) if file.exists() else utils._initialize_tables(engine)
        finally:
            engine.dispose()
    except SQLAlchemyError as fault:
        reason = " ".join(str(getattr(fault, "orig", None) or fault).split())[:200]
        remedy = "make the folder writable, free the disk, or set MLFLOW_TRACKING_URI"
        raise BadInput(f"{file}: the tracking store cannot be written ({reason}); {remedy}") from None


def snapshot(file: Path | None) -> Path:
    """A copy of the store as it is (of none: an empty store) in a folder of its own, of the schema that MLflow wants.

    The file itself is opened for reading; where SQLite cannot do that without writing (a left journal, no leave to write), it is
    copied with what lies beside it.
    """
    place = Path(tempfile.mkdtemp(prefix="realignment-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    copy = place / "mlflow.db"
    if file is not None and file.stat().st_size:
        try:
            with closing(_read_only(file)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        except sqlite3.DatabaseError:
            for beside in (file, *(file.with_name(file.name + end) for end in BESIDE)):
                if beside.exists():
                    shutil.copyfile(beside, copy.with_name(beside.name.replace(file.name, copy.name, 1)))
        with closing(sqlite3.connect(copy)) as connection:  # what a journal beside it says is undone now, in the copy
            if wrong := _fault(connection):
                raise damaged(file, wrong)
        if revision(copy) == newest_revision():
            return copy
        if not holds_nothing(copy):
            _brought_up(copy, file)
            return copy
        for beside in place.iterdir():
            beside.unlink()
    upgrade(copy)
    return copy


def _brought_up(copy: Path, file: Path) -> None:
    from alembic.util.exc import CommandError

    try:
        upgrade(copy)
    except (BadInput, CommandError) as fault:
        raise BadInput(
            f"{file}: cannot be read by the MLflow that is installed ({fault}); use the version that made it"
        ) from None


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)


def settle(file: Path) -> None:
    """Makes the file where there is none, or sets a half-made one without runs aside and makes it anew; else it is as MLflow wants it.

    A kill while MLflow itself makes a database (`mlflow ui` in an empty folder) leaves tables that it stumbles over ever after.
    """
    if not file.exists() or file.stat().st_size == 0:
        make(file)
        return
    found, wanted = revision(file), newest_revision()
    if found == wanted:
        return
    if holds_nothing(file):
        if pids := opened_by(file):
            raise BadInput(
                f"{file}: process {pids[0]} is making the tracking store; wait for it, then run the same command again"
            )
        aside = _aside(file)
        note(f"{file}: its making was stopped half-way (no run in it); set aside as {aside.name} and made anew")
        make(file)
        return
    remedy = f"copy the file, then run `mlflow db upgrade {address(file)}`, and start again"
    if found is None:
        remedy = f"move it away and run `realignment runs restore`, or {remedy}"
    raise BadInput(f"{file}: made by another version of MLflow (schema {found or 'unknown'}, {wanted} is required); {remedy}")


def _aside(file: Path) -> Path:
    number = 1
    while (aside := file.with_name(f"{file.name}.half-made-{number}")).exists():
        number += 1
    file.rename(aside)
    for suffix in BESIDE:
        if (beside := file.with_name(file.name + suffix)).exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return aside


@functools.cache
def newest_revision() -> str:
    """The schema of the MLflow that is installed: the one of its migrations that no other builds on. They are read as text, because
    importing them takes seconds."""
    (package,) = importlib.util.find_spec("mlflow").submodule_search_locations
    scripts = [path.read_text(encoding="utf-8") for path in Path(package, "store", "db_migrations", "versions").glob("*.py")]
    names = ("^revision", "^down_revision")
    revisions, below = ({one for text in scripts for one in re.findall(name + NAMED, text, re.M)} for name in names)
    (newest,) = revisions - below
    return newest


def revision(file: Path) -> str | None:
    """The schema a file says it has; None where it says none, or several."""
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        try:
            rows = connection.execute("select version_num from alembic_version").fetchall()
        except sqlite3.OperationalError as fault:
            if "no such table" not in str(fault):
                raise
            return None
    return rows[0][0] if len(rows) == 1 else None


def holds_nothing(file: Path) -> bool:
    """No run, model or trace is in the file."""
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        there = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
        return not any(connection.execute(f"select 1 from {table} limit 1").fetchone() for table in WORTH if table in there)


def opened_by(file: Path) -> list[int]:
    """Other processes that have the file open, as far as /proc tells."""
    target, found = str(file.resolve()), []
    for process in Path("/proc").glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        try:
            if any(str(one.readlink()) == target for one in (process / "fd").iterdir()):
                found.append(int(process.name))
        except OSError:  # gone, or another user's
            continue
    return sorted(found)


def check_whole(file: Path) -> None:
    """BadInput where SQLite finds the file damaged; some 2 ms for each MB."""
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        if wrong := _fault(connection):
            raise damaged(file, wrong)


def _fault(connection: sqlite3.Connection) -> str:
    try:
        found = [str(row[0]) for row in connection.execute("pragma quick_check(1)")]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as fault:
        found = [str(fault)]
    return "" if found == ["ok"] else " ".join(found)


def damaged(where: Path | str, what: object) -> BadInput:
    """What is said of a store whose content cannot be read."""
    detail = " ".join(str(what).split())[:200]
    remedy = "move it away and run `realignment runs restore`, which puts back the runs of study.json; or take it from a backup"
    return BadInput(f"{where}: the tracking store is damaged ({detail}); {remedy}")


def ask(file: Path, question: str, given: tuple = ()) -> list[tuple]:
    """The rows that answer a question in SQL."""
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        return connection.execute(question, given).fetchall()


def tell(file: Path, statement: str, given: tuple = ()) -> None:
    """Changes what a statement in SQL says, whole or not at all."""
    with closing(sqlite3.connect(file, timeout=30)) as connection, connection:
        connection.execute(statement, given)


def check_writable(file: Path) -> None:
    """Takes SQLite's write lock and gives it back; nothing is changed."""
    try:
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            connection.execute("begin immediate")
            connection.execute("create table if not exists writable_probe (x)")
            connection.rollback()
    except sqlite3.DatabaseError as fault:
        remedy = "change its permissions, move it away, or set MLFLOW_TRACKING_URI"
        raise BadInput(f"{file}: the tracking store cannot be written ({fault}); {remedy}") from None


@contextmanager
def unsynced() -> Iterator[None]:
    """SQLite does not wait for the disk in here: several times faster on a busy one.

    A killed process does no harm; a power cut can spoil the file. So for a store that holds nothing but what can be put back.
    """
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    def set_to(mode: str):
        def checkout(connection, *_) -> None:
            if isinstance(connection, sqlite3.Connection):
                connection.execute(f"pragma synchronous = {mode}")

        return checkout

    off, on = set_to("off"), set_to("full")
    event.listen(Pool, "checkout", off)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", off)
        event.listen(Pool, "checkout", on)  # pooled connections keep what they were told last
