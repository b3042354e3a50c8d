"""Sentence pairs with a label: rows of TSV, JSONL and parquet files to examples."""

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from realignment.core.errors import BadInput
from realignment.corpora import text
from realignment.sources.fields import columns, spoken
from realignment.sources.filenames.evalsets import Named
from realignment.sources.formats import nontext
from realignment.sources.formats.bitext_pairs import Tally
from realignment.sources.raw import form, lines, objects, table
from realignment.tasks import LABELS

FIELDS = {  # what a column may be called, casefolded; where several are there they must agree
    "premise": ("premise", "sentence1", "sentence_a"),
    "hypothesis": ("hypothesis", "sentence2", "sentence_b", "hypo"),
    "label": ("label", "gold_label", "labels", "entailment_judgment"),
}
ABBREVIATED = {
    "e": "entailment",
    "n": "neutral",
    "c": "contradiction",
    "contradictory": "contradiction",
}  # IndoNLI; XNLI's training file
NO_LABEL = ("", "-", "-1", "-1.0")  # SNLI's annotators did not agree


def pairs(what: Named, task: str, tally: Tally, numbers: tuple[str, ...]) -> Iterator[dict]:
    """{line, premise, hypothesis, label, mended} a kept row. `numbers`: the labels 0, 1, 2 stand for, where the set says so."""
    labels = Labels(LABELS[task], numbers)
    for number, row in rows(what, labels):
        if reason := row if isinstance(row, str) else spoken.astray(row["said"], what.split) or row.get("refused"):
            tally.refuse(number, reason)
            continue
        tally.say(number, row["said"])
        if half := next((name for name in ("premise", "hypothesis") if text.has_surrogate(row[name])), ""):
            tally.refuse(number, f"half a character in {half}")
            continue
        (premise, mended), (hypothesis, more) = text.normalise(row["premise"]), text.normalise(row["hypothesis"])
        spelt = row["label"].strip()
        if nontext.is_binary(row["premise"]) or nontext.is_binary(row["hypothesis"]):
            tally.refuse(number, nontext.BINARY)
        elif not premise or not hypothesis:
            tally.refuse(number, "empty side")
        elif spelt in NO_LABEL:
            tally.refuse(number, "no label")
        else:
            label = label_of(spelt, labels, what.path, number)
            changed = {*mended, *more}
            tally.keep(changed)
            yield {"line": number, "premise": premise, "hypothesis": hypothesis, "label": label, "mended": changed}


class Labels(NamedTuple):
    """Those of a task, and what numbers mean in a set."""

    known: tuple[str, ...]
    numbers: tuple[str, ...]

    def named(self, spelt: str) -> str:
        """The label by name, whatever its case; e, n, c; or a number where the set says what it means; "" for anything else."""
        for name in (spelt.casefold(), ABBREVIATED.get(spelt.casefold(), "")):
            if name in self.known:
                return name
        return self.numbers[int(spelt)] if spelt.isascii() and spelt.isdigit() and int(spelt) < len(self.numbers) else ""


def label_of(spelt: str, labels: Labels, path: Path, line: int) -> str:
    if name := labels.named(spelt):
        return name
    hint = "say what numbers mean in a file labels.txt of the set, one name per line, 0 first; or " if spelt.isdigit() else ""
    remedy = f"{hint}leave the set out with fetch.evalsets"
    raise BadInput(f"{path} line {line}: unknown label `{spelt}`; known: {', '.join(labels.known)}; {remedy}")


def rows(what: Named, labels: Labels) -> Iterator[tuple[int, dict | str]]:
    """(line, {premise, hypothesis, label} or the reason why there is none)."""
    if form(what.path) in ("jsonl", "parquet"):
        found = objects(what.path)
    elif what.beside:
        found = _aligned(what)
    else:
        found = _table(what)
    for number, content in found:
        said = {} if isinstance(content, str) else spoken.of(content)
        if what.by_rows and not isinstance(content, str):
            if not (own := spoken.languages_of(said)):
                yield number, "it says no language"
            if what.language not in own:
                continue
        try:
            yield number, content if isinstance(content, str) else {**_fields(content, labels), "said": said}
        except BadInput as fault:
            raise BadInput(f"{what.path} line {number}: {fault}") from None


def _aligned(what: Named) -> Iterator[tuple[int, dict | str]]:
    """Line by line of three files: premises, hypotheses, labels."""
    ended = object()
    for parts in itertools.zip_longest(*(lines(path) for path in (what.path, *what.beside)), fillvalue=ended):
        if ended in parts:
            names = ", ".join(path.name for path in (what.path, *what.beside))
            raise BadInput(
                f"{what.path.parent}: {names} must have as many lines as one another; one of them ends before the others"
            )
        (number, premise), (_, hypothesis), (_, label) = parts
        yield number, {"premise": premise, "hypothesis": hypothesis, "label": label}


def _cells(what: Named) -> Iterator[tuple[int, list[str]]]:
    """Of a CSV with its quotes; of anything else by tabs, see `raw.table`."""
    if form(what.path) != "csv":
        yield from table(what.path)
        return
    rows = csv.reader((line + "\n" for _, line in lines(what.path)), strict=True)
    try:
        for cells in rows:
            yield rows.line_num, cells
    except csv.Error as fault:
        raise BadInput(f"{what.path} line {rows.line_num}: not CSV: {fault}; correct the quotes, or give it as TSV") from None


def _table(what: Named) -> Iterator[tuple[int, dict | str]]:
    """Rows by the names of their columns; premise, hypothesis and label where the first row names none."""
    names: list[str] = ["premise", "hypothesis", "label"]
    for number, cells in _cells(what):
        if number == 1 and (found := _header(cells, what)):
            names = found
        elif len(cells) != len(names):
            yield number, "wrong column count"
        else:
            yield number, dict(zip(names, cells, strict=True))


def _header(cells: list[str], what: Named) -> list[str]:
    """Names of the columns, where the first row names all three fields; of a file of several languages those of the one it is read for."""
    names = [columns.plain(cell) for cell in cells]
    if what.columns:
        ending = f"_{what.columns.casefold()}"
        own = {spelt + ending for some in FIELDS.values() for spelt in some}
        names = [name.removesuffix(ending) if name in own else name for name in names]
    found = [name for some in FIELDS.values() if (name := next((one for one in some if one in names), ""))]
    if len(found) == len(FIELDS):
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            raise BadInput(f"{what.path} line 1: column `{twice[0]}` stands twice; keep one of them")
        return names
    if what.columns:
        raise BadInput(f"{what.path}: a header with label, sentence1_{what.columns} and sentence2_{what.columns} is required")
    if found and all(name in columns.OTHERS or any(name in some for some in FIELDS.values()) for name in names):
        raise BadInput(f"{what.path} line 1: a header with premise, hypothesis and label is required; it has {', '.join(names)}")
    return []


def _fields(content: dict, labels: Labels) -> dict[str, str]:
    """The three fields of an object as text; `refused` says why there are none."""
    found = {}
    for field, spellings in FIELDS.items():
        same = (
            (lambda one, other: _label(one, labels) == _label(other, labels))
            if field == "label"
            else (lambda one, other: one == other)
        )
        value = columns.agreed(content, spellings, field, same)
        if value is None and field == "label" and any(one in content for one in spellings):
            return {"refused": "no label"}
        if value is None or isinstance(value, (dict, list, bool)) or (isinstance(value, float) and value != -1):
            return {"refused": f"no field {field}"}
        found[field] = str(value)
    return found


def _label(value: object, labels: Labels) -> str:
    spelt = str(value).strip()
    return "" if spelt in NO_LABEL else labels.named(spelt) or spelt
