"""Sentence pairs with a label: rows of TSV, JSONL and parquet files to examples."""

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
    else:
        yield from _tsv(what)


def _tsv(what: Named) -> Iterator[tuple[int, dict | str]]:
    places, width = {"premise": 0, "hypothesis": 1, "label": 2}, 3
    for number, line in lines(what.path):
        cells = line.split("\t")
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
