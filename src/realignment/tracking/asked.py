"""What the file of a store says of runs, asked in SQL where it lies: no MLflow, no copy. For questions that must be answered at once."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from realignment.tracking import moves
from realignment.tracking import sqlite as databases
from realignment.tracking.fields import SEAL
from realignment.tracking.store import FINISHED, WITH_KEY, database

QUESTION = f"""
select key.value, run.run_uuid, coalesce(seal.value, ''), run.artifact_uri,
       coalesce('models:/' || version.name || '/' || version.version, '')
{WITH_KEY}
left join tags as seal on seal.run_uuid = run.run_uuid and seal.key = ?
left join model_versions as version on version.run_id = run.run_uuid and version.current_stage != 'Deleted_Internal'
where {FINISHED}
order by run.start_time, run.run_uuid desc
"""
TAGGED = f"""
select key.value, tag.value
{WITH_KEY}
join tags as tag on tag.run_uuid = run.run_uuid and tag.key = ? and tag.value != ''
where {FINISHED}
order by run.start_time, run.run_uuid desc
"""


@dataclass(frozen=True)
class Kept:
    """A finished run: its id, the seal of its record, where its files lie, and the registered version it made ("" for none)."""

    run: str
    seal: str
    folder: str
    model: str


def runs(root: Path, profile: str) -> dict[str, Kept] | None:
    """By run key, the newest FINISHED run; none where there is no store, None where the store is no file and has to be asked by MLflow."""
    file = database(root)
    if file is None:
        return None
    if not file.exists():
        return {}
    rows = _rows(file, QUESTION, (profile, SEAL))
    return {key: Kept(run, seal, folder, model) for key, run, seal, folder, model in rows}


def tagged(root: Path, profile: str, tag: str) -> dict[str, str]:
    """By run key, what the FINISHED runs that carry a tag have in it; none where the store is no file, or there is none."""
    file = database(root)
    if file is None or not file.exists():
        return {}
    return dict(_rows(file, TAGGED, (profile, tag)))


def version(root: Path, name: str, alias: str) -> str:
    """`models:/NAME/VERSION` that an alias leads to; "" where it leads nowhere, or where the store is no file."""
    file = database(root)
    if file is None or not file.exists():
        return ""
    rows = _rows(file, "select version from registered_model_aliases where name = ? and alias = ?", (name, alias))
    return f"models:/{name}/{rows[0][0]}" if len(rows) == 1 else ""


def _rows(file: Path, question: str, given: tuple[str, ...]) -> list[tuple]:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(question, given).fetchall()
    except sqlite3.OperationalError:  # a journal that was left, or no leave to lock: a copy can be asked
        return databases.ask(databases.snapshot(file), question, given)
    except sqlite3.DatabaseError as fault:
        raise databases.damaged(file, fault) from None


def folder_of(root: Path, kept: str) -> Path | None:
    """The files of a run on this machine, also where the checkout was moved since; None where they lie on a server."""
    where, old = moves.place(kept), moves.folder_of(kept)
    if where is not None and old is not None and (here := root.resolve() / "mlruns" / where.relative_to(old)).exists():
        return here
    return where
