"""From base encoder to scores: what each run read, the models that were made, predictions, and the scores that follow from them."""

from collections.abc import Iterator, Mapping
from typing import Any

from realignment.core import digests
from realignment.core.errors import BadInput, FailedWork
from realignment.engine.bases import locate
from realignment.lineage.proof.at_hand import AtHand, written
from realignment.lineage.proof.verdict import Link, away, judged
from realignment.records import mlmodel, predictions, sealing
from realignment.records.record import Record
from realignment.results import rescoring
from realignment.study import study_file

BASE, REALIGNED, TUNED = "base encoder", "realigned encoders", "fine-tuned models"
PREDICTIONS, SCORES = "predictions", "scores"
MADE = {"realign": REALIGNED, "finetune": TUNED, "evaluate": PREDICTIONS}
GRADIENTS = "gradients"
UNREPEATED = "cosines of gradients follow from the weights and from no file of predictions; --replay computes those of a few evaluations again"
WEIGHTS = tuple(f"{sealing.MODEL}{name}" for name in ("model.safetensors", "adapter_model.safetensors"))  # one of them is there


def links(here: AtHand) -> Iterator[Link]:
    yield from bases(here)
    for verb in ("realign", "finetune", "evaluate"):
        for record in here.records:
            if record.verb == verb:
                yield from read(here, record)
                yield predicted(here, record) if verb == "evaluate" else model(here, record)
    yield from (scored(here, record) for record in here.records if record.verb == "evaluate")
    yield from (away(GRADIENTS, f"{record.name}: its cosines", UNREPEATED) for record in here.records if record.gradients)


def bases(here: AtHand) -> Iterator[Link]:
    """Each encoder of study.json against its files, where they lie now; what a profile pretrained, against its stage."""
    if (here.workspace.data / "encoders").is_dir():
        yield written(here, BASE, "encoders")
    yield from (base(here, label, about) for label, about in study_file.bases(here.content).items())


def base(here: AtHand, label: str, about: Mapping[str, Any]) -> Link:
    """One encoder of study.json against its files."""
    name = f"{label} ({about['name']})"
    try:
        folder = locate.at_hand(about["name"], here.workspace.root)
        now = locate.encoder_digest(folder) if folder else None
    except BadInput as fault:
        return judged(BASE, name, str(fault))
    if now is None:
        return away(BASE, name, "its files are not here")
    fault = "" if now == about["sha256"] else f"its sha256 is {now[:12]}..., study.json has {about['sha256'][:12]}..."
    return judged(BASE, name, fault)


def read(here: AtHand, record: Record) -> Iterator[Link]:
    """What a run read: files of data with the rows left out, and the model of the run before it."""
    group = MADE[record.verb]
    faults, lacking = [], 0
    for role, used in sorted(record.inputs.items()):
        path, now = at_present(here, record, role)
        if not now:
            lacking += 1
        elif now != used:
            faults.append(other(role, used, path, now))
    name = f"{record.name}: the files it read"
    if faults or not lacking:
        yield judged(group, name, faults[0] if faults else "")
    else:
        yield away(group, name, "files it read are not here")
    if record.parent:
        yield parent(here, record)


def other(role: str, used: str, path: str, now: str) -> str:
    """In words, that an input is no longer what was read."""
    return f"it read {role} {used[:12]}..., {path} is {now[:12]}... now"


def at_present(here: AtHand, record: Record, role: str) -> tuple[str, str]:
    """(the file of an input, its content as it would be used now); "" where it is not here."""
    if role == "encoder":
        label = record.cell.base
        return f"encoder {label}", study_file.bases(here.content).get(label, {}).get("sha256", "")
    if here.inputs is None:
        return role, ""
    try:
        path = here.inputs.path_of(role, record.task) or role
        if role.startswith("alignment/"):
            return path, digests.of(here.workspace.data / path)
        return (path, here.inputs.used(path)) if path in here.inputs.entries else (path, "")
    except (BadInput, FailedWork, OSError):
        return role, ""


def parent(here: AtHand, record: Record) -> Link:
    """Whether the model that a run read is the one that the run before it made."""
    group, name, above = MADE[record.verb], f"{record.name}: the model it read", here.by_key.get(record.parent)
    if above is None:
        return away(group, name, "the chain is incomplete: study.json has no record of the run that made it")
    if not record.read:
        return away(group, name, "the chain is incomplete: its record names no model")
    fault = "" if record.read == sealing.model_digest(above) else f"is not the one that {above.name} made"
    return judged(group, name, fault)


def model(here: AtHand, record: Record) -> Link:
    """The files of a model, and what MLflow reads to serve it; its card (README.md) is free, people may write in it."""
    name = f"{record.name}: its model"
    if any(record.files.get(file, record.hashes.get("weights")) != record.hashes.get("weights") for file in WEIGHTS):
        return judged(MADE[record.verb], name, "its record names two sha256 of its weights")
    folder, why, gone = here.artifact(record, "model")
    if folder is None:
        return judged(MADE[record.verb], name, why) if gone else away(MADE[record.verb], name, why)
    return judged(MADE[record.verb], name, sealing.model_fault(record, folder) or mlmodel.fault(record, folder))


def predicted(here: AtHand, record: Record) -> Link:
    name = f"{record.name}: its predictions"
    if record.files.get(predictions.FILE, record.hashes.get("predictions")) != record.hashes.get("predictions"):
        return judged(PREDICTIONS, name, "its record names two sha256 of them")
    file, why, gone = here.artifact(record, predictions.FILE)
    if file is None:
        return judged(PREDICTIONS, name, why) if gone else away(PREDICTIONS, name, why)
    now, wanted = digests.of(file), record.hashes.get("predictions", "")
    return judged(
        PREDICTIONS, name, "" if now == wanted else f"{file}: its sha256 is {now[:12]}..., its record has {wanted[:12]}..."
    )


def scored(here: AtHand, record: Record) -> Link:
    """The scores of an evaluation, computed once more from its predictions and the gold."""
    file, why, _ = here.artifact(record, predictions.FILE)
    if file is None or here.inputs is None:
        return away(SCORES, record.name, why or "the manifest cannot be read")
    if digests.of(file) != record.hashes.get("predictions"):
        return away(SCORES, record.name, "its predictions are not those it made")
    try:
        wrong = rescoring.again(here.workspace, here.inputs, record, file)
    except Exception as fault:  # of gold that a changed byte made unreadable
        return judged(SCORES, record.name, f"cannot be computed from {file} ({' '.join(str(fault).split())[:160]})")
    if wrong is None:
        return away(SCORES, record.name, "an evaluation file is not here, or not the one that was read")
    return judged(SCORES, record.name, wrong[0] if wrong else "")
