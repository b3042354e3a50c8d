"""What the models of an import are: a label for tables, and what they have seen, which decides the groups of languages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from realignment.config import models
from realignment.core.errors import BadInput, nearest

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Encoder:
    label: str
    seen: str | list[str]  # as study.encoders says it: mbert, xlmr, english or codes


def of(root: Path, names: Sequence[str], declared: Mapping[str, str]) -> dict[str, Encoder | str]:
    """Name in a file -> the encoder, or what is wrong with the name. `declared` are those of --seen: name -> a word or codes."""
    known = models.known(root)
    by_name = {
        alias: key
        for key, one in known.items()
        for alias in (key, one.repository, (one.repository or "").rpartition("/")[2])
        if alias
    }
    if idle := sorted(set(declared) - set(names)):
        raise BadInput(f"--seen {idle[0]}=...: a model of the files is required, one of {', '.join(names)}")
    found: dict[str, Encoder | str] = {}
    for name in names:
        one = known.get(by_name.get(name, ""))
        label = one.key if one else name.replace("/", "-")
        if one and one.seen is not None and name in declared:
            raise BadInput(f"--seen {name}=...: what {one.key} has seen is known (`realignment models {one.key}`); leave it out")
        if not LABEL.fullmatch(label):
            found[name] = f"a name of letters, digits, _, - and . is required of a model; got `{name}`"
        elif name in declared:
            found[name] = Encoder(label, seen(declared[name]))
        elif one and one.seen is not None:
            found[name] = Encoder(label, models.written_out(one.seen))
        else:
            remedy = f"--seen {name}=mbert|xlmr|english|CODE,CODE says what it has seen"
            found[name] = f"unknown model `{name}`; {nearest(name, by_name)}; {remedy}"
    labels: dict[str, str] = {}
    for name, one in found.items():
        if isinstance(one, Encoder) and (other := labels.setdefault(one.label, name)) != name:
            found[name] = f"one name for each model is required; `{name}` and `{other}` are both {one.label}"
    return found


def seen(text: str) -> str | list[str]:
    """BadInput for what is no word of `seen` and no list of codes."""
    words = re.split(r"[,\s]+", text.strip())
    return models.written_out(words[0] if len(words) == 1 and words[0] in ("mbert", "xlmr", "english") else words)


def options(given: Iterable[str]) -> dict[str, str]:
    """Of `--seen MODEL=WHAT`."""
    found = {}
    for one in given:
        name, sign, what = one.partition("=")
        if not (name and sign and what) or name in found:
            raise BadInput(f"--seen MODEL=mbert|xlmr|english|CODE,CODE is required, once for a model; got `{one}`")
        found[name] = what
    return found
