"""Where a run lies in the store, with the model it made: what others that read this model are linked to."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realignment.tracking.store import FINISHED, ask, prepare

TOGETHER = 500  # keys a question: SQLite takes some thousand values

FOUND = f"""
select key.value, run.run_uuid, coalesce(run.name, ''), coalesce(made.destination_id, ''), coalesce((
    select version.name || '/' || version.version from model_versions as version
    where version.run_id = run.run_uuid and version.current_stage != 'Deleted_Internal' order by version.version desc limit 1), '')
from runs as run
join tags as key on key.run_uuid = run.run_uuid and key.key = 'run_key' and key.value in ({{keys}})
left join inputs as made on made.source_type = 'RUN_OUTPUT' and made.source_id = run.run_uuid
where run.experiment_id = ? and {FINISHED}
order by run.start_time, run.run_uuid desc
"""


@dataclass(frozen=True)
class Place:
    """A run of the experiment of id `experiment`."""

    experiment: str
    run: str
    name: str = ""
    model: str = ""  # id of MLflow's object for the model it made; "" where it made none, and of runs from before there were any
    version: str = ""  # NAME/VERSION of that model in the registry
    above: "Place | None" = None  # the run whose model it read


def known(root: Path, home: str, keys: Collection[str]) -> dict[str, Place]:
    """Run key -> the newest FINISHED run with it in the experiment of id `home`; those that have none are left out."""
    wanted, found = sorted(set(keys) - {""}), {}
    for start in range(0, len(wanted), TOGETHER):
        some = wanted[start : start + TOGETHER]
        rows = ask(root, FOUND.format(keys=", ".join("?" * len(some))), (*some, int(home)))
        rows = [_row(root, run) for run in _searched(root, home, some)] if rows is None else rows
        found |= {key: Place(home, run, name, model, version) for key, run, name, model, version in rows}
    return found


def _searched(root: Path, home: str, keys: list[str]) -> list[Any]:
    """Runs of a server, the newest last."""
    store, found = prepare(root), []
    for key in keys:
        found += store.search_runs([home], f"attributes.status = 'FINISHED' and tags.run_key = '{key}'")[:1]
    return found


def _row(root: Path, run: Any) -> tuple[str, ...]:
    one = of_run(root, run)
    return run.data.tags["run_key"], one.run, one.name, one.model, one.version


def of_run(root: Path, run: Any) -> Place:
    """Of a run as MLflow gives it; `above` is left out."""
    made = [one.model_id for one in (run.outputs.model_outputs if run.outputs else [])]
    versions = prepare(root).search_model_versions(f"run_id = '{run.info.run_id}'")
    newest = max(versions, key=lambda one: int(one.version), default=None)
    version = f"{newest.name}/{newest.version}" if newest else ""
    return Place(run.info.experiment_id, run.info.run_id, run.info.run_name, made[0] if made else "", version)
