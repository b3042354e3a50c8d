"""Sentence pairs with a label: rows of TSV, JSONL and parquet files to examples."""

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

from realignment import text
from realignment.errors import BadInput
from realignment.sources.naming import Named, form
from realignment.sources.readers import Tally, lines, objects
from realignment.tasks.nli import LABELS

FIELDS = {  # what a column may be called, casefolded, in order of preference
    "premise": ("premise", "sentence1", "sentence_a"),
    "hypothesis": ("hypothesis", "sentence2", "sentence_b"),
    "label": ("label", "gold_label", "labels", "entailment_judgment"),
}
ABBREVIATED = {"e": "entailment", "n": "neutral", "c": "contradiction"}  # IndoNLI
NO_LABEL = ("", "-")  # SNLI's annotators did not agree


def pairs(what: Named, task: str, tally: Tally, numbers: tuple[str, ...]) -> Iterator[dict]:
    """{line, premise, hypothesis, label, mended} a kept row of task nli. `numbers`: the labels 0, 1, 2 stand for, where the set says so."""
    for number, row in rows(what):
        if isinstance(row, str):
            tally.refuse(number, row)
            continue
        if half := next((name for name in ("premise", "hypothesis") if text.has_surrogate(row[name])), ""):
            tally.refuse(number, f"half a character in {half}")
            continue
        (premise, mended), (hypothesis, more) = text.normalise(row["premise"]), text.normalise(row["hypothesis"])
        spelt = row["label"].strip()
        if not premise or not hypothesis:
            tally.refuse(number, "empty side")
        elif spelt in NO_LABEL:
            tally.refuse(number, "no label")
        else:
            label = label_of(spelt, numbers, what.path, number)
            changed = {*mended, *more}
            tally.keep(changed)
            yield {"line": number, "premise": premise, "hypothesis": hypothesis, "label": label, "mended": changed}


def label_of(spelt: str, numbers: tuple[str, ...], path: Path, line: int) -> str:
    """The label by name, whatever its case; e, n, c; or a number where the set says what it means."""
    name = ABBREVIATED.get(spelt.casefold(), spelt.casefold())
    if name in LABELS:
        return name
    if spelt.isascii() and spelt.isdigit() and int(spelt) < len(numbers):
        return numbers[int(spelt)]
    hint = "say what numbers mean in a file labels.txt of the set, a name a line, 0 first; or " if spelt.isdigit() else ""
    remedy = f"{hint}leave the set out with fetch.evalsets"
    raise BadInput(f"{path} line {line}: unknown label `{spelt}`; known: {', '.join(LABELS)}; {remedy}")


def rows(what: Named) -> Iterator[tuple[int, dict | str]]:
    """(line, {premise, hypothesis, label} or the reason why there is none)."""
    if form(what.path) in ("jsonl", "parquet"):
        for number, content in objects(what.path):
            yield number, _fields(content)
    elif what.beside:
        yield from _aligned(what)
    else:
        yield from _table(what)


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
    """Of a CSV with its quotes; of anything else by tabs, where a quote is a character."""
    if form(what.path) != "csv":
        yield from ((number, line.split("\t")) for number, line in lines(what.path))
        return
    rows = csv.reader((line + "\n" for _, line in lines(what.path)), strict=True)
    try:
        for cells in rows:
            yield rows.line_num, cells
    except csv.Error as fault:
        raise BadInput(f"{what.path} line {rows.line_num}: not CSV: {fault}; mend the quotes, or give it as TSV") from None


def _table(what: Named) -> Iterator[tuple[int, dict | str]]:
    places, width = {"premise": 0, "hypothesis": 1, "label": 2}, 3
    for number, cells in _cells(what):
        if number == 1 and (found := _places(cells, what.columns)):
            places, width = found, len(cells)
            continue
        if number == 1 and what.columns:
            raise BadInput(f"{what.path}: a header with label, sentence1_{what.columns} and sentence2_{what.columns} is required")
        if len(cells) != width:
            yield number, "wrong column count"
        else:
            yield number, {name: cells[place] for name, place in places.items()}


def _places(cells: list[str], columns: str) -> dict[str, int]:
    """Field -> position, where the first row is a header that names all three."""
    names = [cell.strip().casefold() for cell in cells]
    found = {}
    for field, spellings in FIELDS.items():
        spelt = (*(f"{one}_{columns}" for one in spellings), *spellings) if columns else spellings
        if present := [names.index(one) for one in spelt if one in names]:
            found[field] = present[0]
    return found if len(found) == len(FIELDS) else {}


def _fields(content: dict | str) -> dict | str:
    """The three fields of an object as text, or why there are none."""
    if isinstance(content, str):
        return content
    found = {}
    for field, spellings in FIELDS.items():
        value = next((content[one] for one in spellings if one in content), None)
        if value is None or isinstance(value, (dict, list, bool, float)):
            return f"no field {field}"
        found[field] = str(value)
    return found
