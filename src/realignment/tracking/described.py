"""What the registry says of a model: what it is, what it was made of, and under which licences."""

import functools
from collections.abc import Iterable
from pathlib import Path

from realignment.config import params
from realignment.config.schema import CEILING
from realignment.core import network
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import licences, manifest
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.tracking import fields as shown
from realignment.tracking.places import Place

CONTROLS = {
    "": "realigned on {subset}",
    "equal_pairs": "realigned on {subset} with equal pairs per language",
    "words": "realigned on {subset} on words in place of sentences",
    "shuffled": "realigned on {subset}, a control whose pairs are shuffled within each language",
    "self": "realigned on {subset}, a control whose English sentences are paired with themselves",
    "aligned": "not realigned but another encoder in its place, aligned already: a ceiling",
    "untrained": "of fresh weights, a floor",
    "hypothesis": "not realigned, a floor that reads the hypothesis alone",
    "majority": "not realigned, a floor",
}
LONGEST = 5000  # characters that the registry takes of a description
LISTED = 100  # languages that a description lists; the tag lists all of them


def model(root: Path, record: Record, profile: str) -> tuple[str, dict[str, str]]:
    """(description, tags) of a registered model: what holds for all its versions; of a drawn subset no licence, which follows the draw."""
    text = f"{_made(record)}; profile `{profile}`. Each version is of one seed; an alias such as `{shown.alias(record)}` leads to the version of that seed "
    text += "with the settings of the profile. `transformers` loads it as it is. Each version states the licences of what it was made of."
    licence = {} if record.cell.drawn else {"licence": allowed(made_of(Workspace(root, profile), record))}
    return text, _tags(record, profile) | licence


def version(root: Path, record: Record, profile: str, above: Place | None = None) -> tuple[str, dict[str, str]]:
    """(description, tags) of the version that a record's run registered; `above` is the run whose model it was made from.

    Tags hold every language and licence; a description with more than the registry takes of it gives their number.
    """
    parts = made_of(Workspace(root, profile), record)
    verdict, held = allowed(parts), [f"{part}: {licence}" for part, licence in _together(parts)]
    tags = {"licence": verdict, "licences": "; ".join(sorted(set(parts.values()))), "languages": " ".join(record.languages)}
    tags |= {"base_encoder": encoder(root, record, profile)[0], "sha256.model": sealing.model_digest(record)}
    tags |= {"parent": f"models:/{above.version}" if above and above.version else "", "parent_key": record.parent}
    about = _tags(record, profile) | {name: value for name, value in tags.items() if value}
    text = _told(record, above, "; ".join(held), verdict)
    if len(text) > LONGEST:
        text = _told(record, above, f"{len(set(parts.values()))} different ones, in the tag `licences`", verdict)
    return text, about | shown.version_tags(record)


def _told(record: Record, above: Place | None, held: str, verdict: str) -> str:
    """The description of a version."""
    few = len(record.languages) <= LISTED
    languages = ", ".join(record.languages) if few else f"{len(record.languages)} languages, in the tag `languages`"
    text = f"{record.name}: {_made(record, languages)}"
    if above and above.version:
        name, _, number = above.version.rpartition("/")
        text += f"; made from [{name}, version {number}](#/models/{name}/versions/{number}?{network.RUNS_VIEW})"
    if trial := shown.trial(record):
        text += f"; a trial with {trial}"
    return f"{text}. Licences of what it was made of: {held}. Together: {verdict} (a reading of the licences' names, no legal advice)."


def allowed(parts: dict[str, str]) -> str:
    """What a model of these parts (see `made_of`) may be used for, in one clause."""
    return licences.verdict([licences.terms(licence) for licence in parts.values()])


def _made(record: Record, languages: str = "") -> str:
    """What was done to the encoder, with the `languages` it was realigned on where they are named."""
    cell = record.cell
    subset = f"`{cell.subset}`" + (f" ({languages})" if languages else "")
    how = "not realigned" if cell.subset == "none" and not cell.control else CONTROLS[cell.control].format(subset=subset)
    tuned = f", then fine-tuned on English for {record.task}" if record.task else ""
    return f"The encoder `{cell.encoder}`, {how}{tuned}"


def _tags(record: Record, profile: str) -> dict[str, str]:
    cell = record.cell
    tags = {"profile": profile, "encoder": cell.encoder, "subset": cell.subset, "control": cell.control, "task": record.task}
    return {name: value for name, value in tags.items() if value}


def encoder(root: Path, record: Record, profile: str) -> tuple[str, str]:
    """(name, licence) of the base encoder of a record; its label and `unknown` where nobody says."""
    workspace = Workspace(root, profile)
    try:
        name = _encoders(workspace).get(record.cell.base, record.cell.base)
        return name, licences.of_encoder(name, workspace, manifest.load(workspace).entries.values())
    except BadInput:
        return record.cell.base, "unknown"


def made_of(workspace: Workspace, record: Record | Job) -> dict[str, str]:
    """What its weights are made from -> licence, part by part as `realignment licences` lists them; `unknown` where nobody says."""
    try:
        given = manifest.load(workspace)
        name = _encoders(workspace).get(record.cell.base, record.cell.base)
        files = [f"bitext/{code}.parquet" for code in record.languages] + ([given.train(record.task)] if record.task else [])
    except BadInput:
        return {"all of it": "unknown"}
    parts = {f"encoder {name}": licences.of_encoder(name, workspace, given.entries.values())}
    return parts | {path: given.entries.get(path, {}).get("licence") or "unknown" for path in files}


@functools.cache
def _encoders(workspace: Workspace) -> dict[str, str]:
    """What it goes by (`Cell.base`) -> `hub:...`, `package:...` or `path:...` of the base encoders of a profile."""
    study = params.layered(workspace.profile, workspace.root)[0]["study"]
    ceiling = {CEILING: study[CEILING]} if study.get(CEILING) else {}
    return {label: one["name"] for label, one in {**study["encoders"], **ceiling}.items()}


def _together(parts: dict[str, str]) -> Iterable[tuple[str, str]]:
    """The parts by kind: bitexts of one licence are one part."""
    found: dict[tuple[str, str], int] = {}
    for path, licence in parts.items():
        kind = "bitext" if path.startswith("bitext/") else path.removesuffix(".parquet")
        found[kind, licence] = found.get((kind, licence), 0) + 1
    return [(f"{kind} of {count} languages" if kind == "bitext" else kind, licence) for (kind, licence), count in found.items()]
