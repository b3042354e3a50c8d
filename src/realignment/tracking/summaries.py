"""The summary runs of a study: one per row of its tables, with mean, standard deviation and number of its seeds.

They carry `kind: summary` and no run key, so that nothing takes one for the run of a job. They follow the tables: what the tables no longer
say is deleted, what changed is written anew, what is right stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from realignment.tracking import fields, write
from realignment.tracking.store import experiment, lock, prepare, search
from realignment.tracking.whole import Whole, insert, now

KIND = "summary"
OF = "sha256.study"  # tag: the seal of the study that a summary was made from
COUNT = "rows"  # tag: how many summaries that study has
WHICH = f"tags.kind = '{KIND}'"


def summarise(root: Path, profile: str, rows: Sequence[Mapping[str, Any]], seal: str) -> int:
    """Brings the summary runs of an experiment to `rows`, {name, tags, params, metrics} in the order of the tables; how many were written.

    Those written together are dated so that the first row is the newest run: MLflow shows them in the order of the report.
    """
    store, home = prepare(root), experiment(root, profile)
    with lock(write.saving(root)):
        when = now()
        wanted = {row["name"]: _whole(root, profile, row, when - place) for place, row in enumerate(rows)}
        marks = {OF: seal, COUNT: str(len(rows))}
        for run in list(search(root, profile, WHICH)):
            one = wanted.get(run.info.run_name)
            if one is None or not _shows(run, one):
                store.delete_run(run.info.run_id)
                continue
            del wanted[run.info.run_name]
            if any(run.data.tags.get(name) != value for name, value in marks.items()):
                write.set_tags(root, run.info.run_id, marks)
        insert(root, home, [replace(one, tags={**one.tags, **marks}) for one in wanted.values()])
    return len(wanted)


def _whole(root: Path, profile: str, row: Mapping[str, Any], when: int) -> Whole:
    tags = write.about(root, {"kind": KIND, "verb": "report", "profile": profile, "origin": write.STUDY, **row["tags"]})
    metrics = [(fields.name_of(name), float(value), 0) for name, value in row["metrics"].items()]
    params = {name: fields.text(value) for name, value in row["params"].items()}
    return Whole(row["name"], tags, params, metrics, began=when, ended=when)


def _shows(run: Any, one: Whole) -> bool:
    """Whether a run of the store says what the tables say, to the last bit."""
    tags = {
        name: value for name, value in one.tags.items() if not name.startswith(("mlflow.source", "mlflow.user", "git.", "owner"))
    }
    same = all(run.data.tags.get(name) == value for name, value in tags.items())
    return (
        same
        and run.info.status == "FINISHED"
        and run.data.params == dict(one.params)
        and run.data.metrics == {name: value for name, value, _ in one.metrics}
    )


def summarised(root: Path, profile: str, seal: str) -> bool:
    """Whether all summary runs of the study with this seal are there, and no others."""
    found = list(search(root, profile, WHICH))
    return bool(found) and all(run.data.tags.get(OF) == seal and run.data.tags.get(COUNT) == str(len(found)) for run in found)


def summaries(root: Path, profile: str) -> dict[str, str]:
    """ENCODER/ROW as the tables name it -> id of its summary run."""
    found = search(root, profile, WHICH)
    return {f"{run.data.tags['encoder']}/{run.data.tags['row']}": run.info.run_id for run in found}
