"""Which registered model a name means: NAME, NAME/VERSION, NAME@ALIAS, or the beginning of the name of one fine-tuned model."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from realignment import tracking
from realignment.core.errors import BadInput, nearest
from realignment.records.record import Record
from realignment.tasks import TASKS

SHOWN = 5
FORM = re.compile(r"(?:models:/)?([^/@]+)(?:/(\d+)|@([\w-]+))?")


@dataclass(frozen=True)
class Chosen:
    """A version of a registered fine-tuned model, whose files are those of its record."""

    address: str  # models:/NAME/VERSION, or models:/NAME@ALIAS
    folder: Path
    record: Record


def known(root: Path) -> dict[str, list[int]]:
    """Name of each registered model -> its versions."""
    found: dict[str, list[int]] = {}
    for address in tracking.versions(root).values():
        name, _, number = address.removeprefix("models:/").rpartition("/")
        found.setdefault(name, []).append(int(number))
    return {name: sorted(found[name]) for name in sorted(found)}


def answering(names: Iterable[str]) -> list[str]:
    """Those of fine-tuned models, whose names end with their task."""
    return [name for name in names if name.rpartition(".")[2] in TASKS]


def choose(root: Path, given: str) -> Chosen:
    """BadInput names the nearest, the ones that begin so, or what an encoder lacks."""
    parts = FORM.fullmatch(given)
    if parts is None:
        raise BadInput(f"NAME, NAME/VERSION or NAME@ALIAS of a registered model is required; got `{given}`")
    versions = known(root)
    name = _whole(parts[1], versions)
    if name not in answering(versions):
        raise BadInput(_encoder(name, versions))
    address = f"models:/{name}@{parts[3]}" if parts[3] else f"models:/{name}/{parts[2] or versions[name][-1]}"
    return Chosen(address, *tracking.model_folder(root, address))


def _whole(given: str, versions: Mapping[str, list[int]]) -> str:
    if given in versions:
        return given
    if not versions:
        raise BadInput(f"no model is registered yet, so none is called `{given}`; `realignment finetune` makes one")
    begun = [name for name in versions if name.startswith(given)]
    found = answering(begun) or begun
    if len(found) == 1:
        return found[0]
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise BadInput(f"{len(found)} models begin with `{given}`: {', '.join(found[:SHOWN])}{more}; give one of them")
    raise BadInput(f"no registered model is called `{given}`; {nearest(given, answering(versions) or versions)}")


def _encoder(name: str, versions: Mapping[str, list[int]]) -> str:
    tuned = [one for one in answering(versions) if one.rpartition(".")[0] == name]
    remedy = (
        f"serve {' or '.join(tuned)}"
        if tuned
        else f"`realignment finetune --task pos --model models:/{name}/{versions[name][-1]}` gives it one"
    )
    return f"`{name}` is an encoder without a head, which has nothing to answer; {remedy}"
