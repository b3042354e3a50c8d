"""MLflow's own objects for the models that runs made: linked to the run, to its data, and to the scores that evaluations gave them.

The registry holds versions of what was kept. These stand for every model of a study, kept or not; the interface's column Models shows them.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from realignment.records import sealing
from realignment.records.record import Record
from realignment.tracking import fields as shown
from realignment.tracking import places
from realignment.tracking.datasets import Files
from realignment.tracking.places import Place
from realignment.tracking.sqlite import tell
from realignment.tracking.store import artifact_uri, database, prepare
from realignment.tracking.whole import Made

VERSIONS = "mlflow.modelVersions"  # the tag by which the interface shows the version that a model was registered as
KEPT = "weights"  # the tag that says whether this store holds the files
STATES = {True: "with the run", False: "not in this store"}
RETRIEVAL = "retrieval"  # what stands before the scores of an encoder
COUNTS = ("cut", "undefined")  # of a task, which are no scores
KINDS = {"realign": "realigned encoder", "finetune": "fine-tuned model"}


def made(record: Record, origin: str) -> Made | None:
    """The model a job made, its weights not kept yet; None where it made none."""
    if not record.model:
        return None
    cell = record.cell
    parts = (cell.encoder, cell.subset, cell.control, record.task, shown.alias(record), "trial" if record.trial else "")
    name = re.sub(r"[/:.%\"']", "-", " ".join(filter(None, parts)))
    params, _ = shown.params(record)
    names = ("encoder", "subset", "control", "seed", "task", "language_count")
    tags = {
        "run_key": record.key, "parent_key": record.parent, "verb": record.verb, "languages": " ".join(record.languages),
        "sha256.model": sealing.model_digest(record), "registered_model": record.model, "trial": shown.trial(record), "origin": origin,
        KEPT: STATES[False],
    }  # fmt: skip
    about = {name: value for name, value in tags.items() if value}
    return Made(name, KINDS.get(record.verb, record.verb), {one: params[one] for one in names if one in params}, about)


def measured(
    record: Record, sets: Sequence[Files], metrics: Sequence[tuple[str, float, int]]
) -> dict[str, tuple[str, str] | None]:
    """Which metrics of an evaluation are scores of the model it read -> the data set they were measured on; None for a mean over several."""
    if record.verb != "evaluate":
        return {}
    found: dict[str, tuple[str, str] | None] = {}
    for name, _, _ in metrics:
        task, _, rest = name.partition("/")
        if task == (record.task or RETRIEVAL) and rest not in COUNTS:
            mine = [one for one in sets if len(sets) == 1 or rest.startswith(f"{shown.name_of(one.name.rpartition('/')[2])}/")]
            found[name] = (mine[0].name, mine[0].digest) if len(mine) == 1 else None
    return found


def place_of(root: Path, run: str) -> Place:
    return places.of_run(root, prepare(root).get_run(run))


def beside_run(root: Path, place: Place) -> None:
    """Has the object of a model that MLflow's client made point at the files of its run, as those written at once do."""
    if place.model and (file := database(root)):
        where = f"{artifact_uri(root, place.run)}/model"
        tell(file, "update logged_models set artifact_location = ? where model_id = ?", (where, place.model))


def tag(root: Path, run: str, tags: dict[str, str]) -> None:
    """Says something of the model that a run made; of a run without one nothing."""
    if (place := place_of(root, run)).model:
        prepare(root).set_logged_model_tags(place.model, tags)


def registered(root: Path, place: Place) -> None:
    """The model's files are kept, and it has a version in the registry."""
    if place.model:
        prepare(root).set_logged_model_tags(place.model, kept(place))


def kept(place: Place) -> dict[str, str]:
    """What a model says that has a version."""
    name, _, number = place.version.rpartition("/")
    return {VERSIONS: json.dumps([{"name": name, "version": int(number)}]), KEPT: STATES[True]}


def forget(root: Path, run: str) -> None:
    """Removes the model of a run that never came to be."""
    store = prepare(root)
    for one in store.get_run(run).outputs.model_outputs:
        store.delete_logged_model(one.model_id)
