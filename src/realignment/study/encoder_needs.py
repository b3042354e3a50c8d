"""Whether the encoders of a profile are at hand, or will be made, and can do what the settings ask of them. Part of `study/feasibility.py`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from realignment.config import params, schema
from realignment.config.schema import CEILING, Settings
from realignment.config.validation import Fault
from realignment.core import network, outputs
from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import Workspace
from realignment.engine.bases import architecture, hub, locate
from realignment.engine.bases.kinds import KINDS
from realignment.study import decoders
from realignment.tasks import KINDS as KINDS_OF_TASKS

PRETRAINED = 512  # positions of an encoder that `pretrain` makes
BLOCKS = 12  # of an encoder whose config.json does not say


@dataclass(frozen=True)
class Asked:
    """What the settings ask of an encoder: tokens at most, by the key that says so; a layer and frozen blocks of the first verb; tasks.

    `entry` is its label and what study.encoders says under it; None for the one that aligns words.
    """

    lengths: dict[tuple[str, str], int]
    layer: int | str
    freeze: str = "none"
    tasks: tuple[str, ...] = ()
    entry: tuple[str, schema.Encoder] | None = None

    @property
    def verb(self) -> str:
        return next(iter(self.lengths))[0]


def faults(workspace: Workspace, settings: Settings) -> Iterator[Fault]:
    study, evaluate, align = settings.study, settings.evaluate, settings.align
    if not study.encoders and (study.tasks or evaluate.retrieval_pairs):
        said = "one is required; where none shall be trained, set study.tasks to [] and evaluate.retrieval_pairs to 0"
        yield ("study", "encoders"), f"study.encoders names no encoder; {said}"
    yield from pretraining(workspace, settings)
    lengths = {("realign", "max_length"): settings.realign.max_length}
    if study.tasks:
        kinds = {KINDS_OF_TASKS[task] for task in study.tasks}
        lengths |= {("finetune", "window"): settings.finetune.window} if "span" in kinds else {}
        lengths |= {("finetune", "max_length"): settings.finetune.max_length} if kinds - {"span"} else {}
        lengths[("evaluate", "max_length")] = max(evaluate.max_length[task] for task in study.tasks)
    if evaluate.retrieval_pairs:
        lengths[("evaluate", "retrieval_max_length")] = evaluate.retrieval_max_length
    for label, spec in study.encoders.items():
        asked = Asked(lengths, settings.realign.layer, settings.realign.freeze, tuple(study.tasks), (label, spec))
        yield from of_one(workspace, settings, spec["name"], ("study", "encoders", label, "name"), asked)
    if study.ceiling:
        tuned = {
            key: length
            for key, length in lengths.items()
            if key not in (("realign", "max_length"), ("evaluate", "retrieval_max_length"))
        }
        yield from of_ceiling(
            workspace,
            settings,
            study.ceiling["name"],
            Asked(tuned, -1, tasks=tuple(study.tasks), entry=(CEILING, study.ceiling)) if tuned else None,
        )
    if align.aligner == "encoder" and align.encoder:
        asked = Asked({("align", "max_length"): align.max_length}, align.layer)
        yield from of_one(workspace, settings, align.encoder, ("align", "encoder"), asked)


def of_ceiling(workspace: Workspace, settings: Settings, name: str, asked: Asked | None) -> Iterator[Fault]:
    """It is fine-tuned only, and is another encoder than those it stands beside."""
    at = ("study", "ceiling")
    if asked is None:
        yield at, "study.ceiling is fine-tuned only, and study.tasks is empty; set it to null, or name a task"
        return
    if same := next((label for label, spec in settings.study.encoders.items() if spec["name"] == name), None):
        yield at, f"study.ceiling is the encoder `{same}` of study.encoders itself; name one that was aligned already"
    yield from of_one(workspace, settings, name, (*at, "name"), asked)


def made(workspace: Workspace, settings: Settings) -> str:
    """The name of the encoder that stage `pretrain` makes, "" for none."""
    name = settings.pretrain.name
    return f"path:data/{workspace.profile}/encoders/{name}" if name else ""


def pretraining(workspace: Workspace, settings: Settings) -> Iterator[Fault]:
    """The encoder that is made is one of the study's."""
    encoders, name, place = settings.study.encoders, settings.pretrain.name, made(workspace, settings)
    if name is not None and name not in encoders:
        said = f"study.encoders must say what that encoder has seen; {nearest(name, encoders)}"
        yield ("pretrain", "name"), f"pretrain.name is `{name}`; {said}"
    elif name is not None and encoders[name]["name"] != place:
        said = f"encoder `{name}` is made in {place.removeprefix('path:')}, and study.encoders.{name}.name is {encoders[name]['name']}"
        yield ("study", "encoders", name, "name"), f"{said}; name it {place}, or set pretrain.name to null"


def of_one(workspace: Workspace, settings: Settings, name: str, key: tuple, asked: Asked) -> Iterator[Fault]:
    """Of an encoder that is to be made, one in a folder or a package; one of the hub is brought by the stage that needs it."""
    if name == made(workspace, settings):
        if settings.study.itself and not settings.pretrain.dropout:
            said = (
                "pairs a sentence with itself under two dropout masks, and pretrain.dropout is 0; raise it, or empty study.itself"
            )
            yield ("study", "itself"), f"control `self` {said}"
        yield from of_made(name, settings.pretrain.layers, asked)
        return
    if name.startswith("hub:"):
        if said := barred(workspace, name):
            yield key, said
        return
    place = workspace.root / Path(name.removeprefix("path:")).expanduser()
    try:
        folder = locate.resolve(name, workspace.root)
    except BadInput as fault:
        if name not in finished(workspace):
            absent = name.startswith("path:") and not place.exists()
            yield key, f"encoder `{name}`: {place} does not exist{unmade(place, workspace, settings)}" if absent else str(fault)
        return
    yield from of_folder(folder, name, asked)


def barred(workspace: Workspace, name: str) -> str:
    """Why an encoder of the hub that is not at hand cannot be had, "" for nothing that is known. Of models that are known to be open the hub
    is not asked."""
    repository = hub.parts(name)[0]
    known = [one.gated for one in params.known_models(workspace).values() if one.repository == repository]
    if (known and not any(known)) or network.forbidden() or name in finished(workspace) or locate.at_hand(name, workspace.root):
        return ""
    return hub.gate(name) if any(known) and not hub.token() else hub.refusal(name)


def unmade(place: Path, workspace: Workspace, settings: Settings) -> str:
    """Why an encoder below data/ is not one that stage `pretrain` will make."""
    if not place.is_relative_to(workspace.root / "data"):
        return ""
    maker = made(workspace, settings)
    return f", and stage `pretrain` does not make it: {f'it makes {maker}' if maker else 'pretrain.name is null'}"


def finished(workspace: Workspace) -> set[str]:
    """Names of the encoders of a finished study, at hand or in dvc.lock: its report needs them no more."""
    try:
        locked = outputs.settings(workspace).get("study", {}) if "study.json" in outputs.listed(workspace) else {}
        study = json.loads(workspace.study.read_text(encoding="utf-8")) if workspace.study.is_file() else {"records": []}
        kept = [locked, *([study] if study["records"] else [])]
        return {one["name"] for told in kept for one in (*told.get("encoders", {}).values(), told.get(CEILING)) if one}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def of_folder(folder: Path, name: str, asked: Asked) -> Iterator[Fault]:
    """Positions, layers and heads by the encoder's config.json, and whether what is said of a decoder is said of one."""
    try:
        decoder = of_decoder(folder, name, asked)
    except BadInput as fault:
        label = asked.entry[0] if asked.entry else ""
        at = ("study", CEILING) if label == CEILING else ("study", "encoders", label) if label else ("align", "encoder")
        yield at, str(fault)
        return
    for (verb, key), length in asked.lengths.items():
        try:
            locate.require(folder, name, verb, length, asked.layer if verb == asked.verb else -1, decoders.copies(decoder))
        except BadInput as fault:
            yield (
                (verb, "layer" if f"{verb}.layer" in str(fault) else key),
                str(fault).replace(f"{verb}.max_length", f"{verb}.{key}"),
            )
    try:
        config = architecture.told(architecture.read(folder))
    except BadInput:
        return
    kind = KINDS[config["model_type"]]
    has = {"words": kind.tags, "pair": kind.pairs, "span": kind.spans}
    if without := [task for task in asked.tasks if not has[KINDS_OF_TASKS[task]]]:
        said = f"transformers has no head of that kind for the encoder of {config['model_type']}"
        if kind.decodes:
            said = f"{config['model_type']} is a decoder, and spans are read off encoders alone here"
        yield (
            ("study", "tasks"),
            f"encoder `{name}` cannot be fine-tuned for {', '.join(without)}: {said}; choose another one, or leave them out",
        )
    if decoder:
        try:
            decoders.trained({"freeze": asked.freeze}, decoder, "realign")
        except BadInput as fault:
            yield ("realign", "freeze"), str(fault)
        return
    yield from frozen(config.get("num_hidden_layers", BLOCKS), asked)


def of_decoder(folder: Path, name: str, asked: Asked) -> dict:
    """What is said of a decoder, {} of an encoder; BadInput where that does not fit the files."""
    if asked.entry:
        return decoders.params(folder, *asked.entry)
    if KINDS[architecture.supported(architecture.read(folder))].decodes:
        raise BadInput(
            f"align.encoder `{name}` is a decoder, whose words know nothing of what stands behind them; choose an encoder"
        )
    return {}


def of_made(name: str, blocks: int, asked: Asked) -> Iterator[Fault]:
    """Positions and layers of an encoder by the settings that it is to be made with."""
    for (verb, key), length in asked.lengths.items():
        if length > PRETRAINED:
            yield (verb, key), f"encoder `{name}` will read {PRETRAINED} tokens at most, {verb}.{key} asks for {length}; lower it"
    if asked.layer != "all" and not -blocks - 1 <= int(asked.layer) <= blocks:
        said = f"encoder `{name}` will have hidden states 0 to {blocks} (pretrain.layers)"
        yield (asked.verb, "layer"), f"{asked.verb}.layer asks for {asked.layer}; {said}"
        return
    yield from frozen(blocks, asked)


def frozen(blocks: int, asked: Asked) -> Iterator[Fault]:
    """Blocks that are frozen stand before the layer that is aligned, or freezing them does nothing."""
    if asked.freeze != "back" or asked.layer == "all":
        return
    layer = int(asked.layer) % (blocks + 1)  # hidden states 0 to `blocks`
    if layer <= blocks // 2:
        said = f"leaves the last half of {blocks} blocks as they are, and realign.layer {asked.layer} does not reach them"
        yield ("realign", "freeze"), f"realign.freeze `back` {said}, so it would do nothing; leave one out"
