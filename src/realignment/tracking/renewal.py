"""Runs that show their lineage as an earlier version of this package wrote it, or a parent that is gone: in an SQLite file they are brought up
to date from their records. MLflow has no call that takes an input from a run, so those on a server stay, and are said to be older.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realignment.core.console import note
from realignment.core.errors import FailedWork
from realignment.records.record import Record
from realignment.tracking import described, logged, places, run_rows, store, write
from realignment.tracking import fields as shown
from realignment.tracking.models import load_record
from realignment.tracking.places import Place
from realignment.tracking.store import NOTE, ask, database, lock, prepare, search
from realignment.tracking.whole import Whole, change

if TYPE_CHECKING:
    from sqlalchemy import Connection

VERBS = ("realign", "finetune", "evaluate")
SLOW = 20  # runs from which on it is said that they are being written

OLDER = """
with run as (
    select runs.run_uuid, key.value as key, coalesce(form.value, '') as form from runs
    join experiments as home on home.experiment_id = runs.experiment_id and home.name = ?
    join tags as key on key.run_uuid = runs.run_uuid and key.key = 'run_key' and key.value != ''
    left join tags as form on form.run_uuid = runs.run_uuid and form.key = ?
    where runs.status = 'FINISHED' and runs.lifecycle_stage = 'active'),
made as (select distinct run.key from run join inputs on inputs.source_type = 'RUN_OUTPUT' and inputs.source_id = run.run_uuid)
select run_uuid from run where form != ?
union
select run.run_uuid from run
join tags as parent on parent.run_uuid = run.run_uuid and parent.key = 'parent_key'
left join made on made.key = parent.value
left join inputs as link on link.source_type = 'RUN_INPUT' and link.source_id = run.run_uuid
left join logged_models as model on model.model_id = link.destination_id and model.lifecycle_stage = 'active'
where link.source_id is null and made.key is not null or link.source_id is not null and model.model_id is null
"""
OF_RUN = (  # what ties a run to others, in the order in which it goes
    "delete from input_tags where input_uuid in (select input_uuid from inputs where destination_type = 'RUN' and destination_id = :run)",
    "delete from inputs where destination_type = 'RUN' and destination_id = :run",
    "delete from inputs where source_type in ('RUN_INPUT', 'RUN_OUTPUT') and source_id = :run",
    "delete from logged_model_metrics where run_id = :run",
    "delete from logged_model_params where model_id in (select model_id from logged_models where source_run_id = :run)",
    "delete from logged_model_tags where model_id in (select model_id from logged_models where source_run_id = :run)",
    "delete from logged_models where source_run_id = :run",
    f"delete from tags where run_uuid = :run and key in ('{NOTE}', '{shown.FORM}')",
)
UNUSED = "delete from datasets where experiment_id = :home and dataset_uuid not in (select source_id from inputs where source_type = 'DATASET')"
ABOUT = "update model_versions set description = :about where name = :name and version = :version"
FOLLOW = """
update logged_models set lifecycle_stage = (select run.lifecycle_stage from runs as run where run.run_uuid = source_run_id)
where experiment_id = :home and model_id in (select model_id from logged_model_tags where tag_key = 'run_key')
and lifecycle_stage != (select run.lifecycle_stage from runs as run where run.run_uuid = source_run_id)
"""  # a model is there as long as its run is: MLflow leaves it where the run is deleted


def is_older(tags: Mapping[str, str]) -> bool:
    """Whether a run with a key shows its lineage as an earlier version wrote it."""
    return tags.get(shown.FORM) != shown.FORMS


@dataclass(frozen=True)
class Renewed:
    """A run with what ties it to others, where it lies, and what the registry says of its model: (description, tags), if it has one."""

    run: Whole
    place: Place
    version: tuple[str, dict[str, str]] | None = None


def older(root: Path, profile: str) -> set[str]:
    """Run ids of a profile's runs that show their lineage as an earlier version wrote it, or that of a parent that is gone; of a server none."""
    return {run for (run,) in ask(root, OLDER, (profile, shown.FORM, shown.FORMS)) or ()}


def renew(root: Path, profile: str, records: Mapping[str, Record]) -> int:
    """Brings older runs of a profile to what is written today; how many. A record that is not among `records` is read from its run."""
    from sqlalchemy import text

    file = database(root)
    home = prepare(root).get_experiment_by_name(profile) if file and file.exists() else None
    if home is None:
        return 0
    with lock(write.saving(root)):
        change(file, lambda connection: connection.execute(text(FOLLOW), {"home": int(home.experiment_id)}))
        about, said = store.about_study(profile, home.experiment_id), home.tags.get(NOTE, "")
        if said != about and said.startswith(store.BEGINS):
            prepare(root).set_experiment_tag(home.experiment_id, NOTE, about)
        wanted = older(root, profile)
        if len(wanted) >= SLOW:
            note(f"{profile}: {len(wanted)} runs show their lineage as an earlier version wrote it; they are brought up to date")
        found = search(root, profile, "attributes.status = 'FINISHED' and tags.run_key != ''") if wanted else ()
        runs = sorted([run for run in found if run.info.run_id in wanted], key=_turn)
        renewed = _renewed(root, profile, home.experiment_id, runs, records)
        if renewed:
            change(file, lambda connection: _rewrite(connection, home, renewed))
    return len(renewed)


def _turn(run: Any) -> tuple[int, int]:
    """Models before what reads them; of runs with one key the newest last."""
    verb = run.data.tags.get("verb", "")
    return VERBS.index(verb) if verb in VERBS else len(VERBS), run.info.start_time


def _renewed(root: Path, profile: str, home: str, runs: list[Any], records: Mapping[str, Record]) -> list[Renewed]:
    """Runs whose record cannot be believed are left out."""
    keys = {one for run in runs for one in (run.data.tags.get("parent_key", ""), run.data.tags["run_key"])}
    known, found = places.known(root, home, keys), []
    for run in runs:
        key, where = run.data.tags["run_key"], run.info.run_id
        try:
            record = records.get(key) or load_record(root, where)
        except FailedWork as fault:
            note(f"{fault}; it stays as it is")
            continue
        newest = known.get(key, Place(home, where))
        place = newest if newest.run == where else Place(home, where, run.info.run_name)
        model = place.model or (f"m-{uuid.uuid4().hex}" if record.model else "")
        place = replace(place, model=model, above=known.get(record.parent))
        if newest.run == where:
            known[key] = place
        found.append(_one(root, record, profile, run, place))
    return found


def _one(root: Path, record: Record, profile: str, run: Any, place: Place) -> Renewed:
    metrics = shown.metrics(record, write.pivot(root, profile))
    whole = Whole(record.name, run.data.tags, metrics=metrics, began=run.info.start_time, ended=run.info.end_time)
    whole = write.linked(root, record, profile, whole)
    if not place.version or whole.made is None:
        return Renewed(whole, place)
    about, tags = described.version(root, record, profile, place.above)
    made = replace(whole.made, tags={**whole.made.tags, **logged.kept(place)})
    return Renewed(replace(whole, made=made), place, (about, {**tags, "origin": run.data.tags.get("origin", "")}))


def _rewrite(connection: "Connection", home: Any, renewed: list[Renewed]) -> None:
    from mlflow.store.model_registry.dbmodels.models import SqlModelVersionTag
    from mlflow.store.tracking.dbmodels.models import SqlTag
    from sqlalchemy import text

    placed = {one.place.run: (one.run, one.place) for one in renewed}
    for statement in OF_RUN:
        connection.execute(text(statement), [{"run": run} for run in placed])
    connection.execute(text(UNUSED), {"home": int(home.experiment_id)})
    for table, some in run_rows.of_lineage(connection, home.artifact_location, placed):
        if some:
            connection.execute(table.insert(), some)
    tags = [(one.place.run, {shown.FORM: shown.FORMS, NOTE: one.run.note(one.place)}) for one in renewed]
    own = [{"run_uuid": run, "key": key, "value": value} for run, about in tags for key, value in about.items()]
    connection.execute(SqlTag.__table__.insert(), own)
    for one in renewed:
        if one.version:
            (about, tags), (name, _, number) = one.version, one.place.version.rpartition("/")
            version = {"name": name, "version": int(number)}
            connection.execute(text(ABOUT), {**version, "about": about})
            own = [{**version, "key": key, "value": value} for key, value in tags.items()]
            connection.execute(SqlModelVersionTag.__table__.insert().prefix_with("or replace"), own)
