"""Sentences with a tag a word (POS, NER): CoNLL, CoNLL-U, JSONL and parquet files to examples."""

import functools
import importlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from realignment import text
from realignment.errors import BadInput
from realignment.sources.naming import Named, form
from realignment.sources.readers import Tally, lines, objects

STOPS = 20  # full stops from which their tag says something
WORDS, TAGS = ("words", "tokens"), ("tags", "upos", "pos_tags", "ner_tags")  # fields of JSONL and parquet
# Which tag a fused form takes among those of its parts, as XTREME's conversion of UD (ud-conversion-tools) ranks them.
RANK = (
    "VERB", "NOUN", "PROPN", "PRON", "ADJ", "NUM", "ADV", "INTJ", "AUX", "ADP", "DET", "PART", "CCONJ", "SCONJ",
    "X", "PUNCT", "SYM",
)  # fmt: skip


@dataclass
class Sentence:
    """Words, each with a tag and the line both stand in, as they are read."""

    words: list[str] = field(default_factory=list)
    tags: list[tuple[int, str]] = field(default_factory=list)
    mended: set[str] = field(default_factory=set)
    refused: str = ""

    def add(self, word: str, line: int, tag: str) -> None:
        """A word of nothing but invisible characters goes, with its tag."""
        word, changed = _word(word)
        self.mended.update(changed)
        if word:
            self.words.append(word)
            self.tags.append((line, tag.strip()))
        else:
            self.mended.add("invisible word")


_word = functools.lru_cache(maxsize=200_000)(text.normalise)


def sentences(what: Named, task: str, tally: Tally, numbers: tuple[str, ...]) -> Iterator[dict]:
    """Examples {line, words, tags, mended}; `line` is where the sentence starts. `numbers`: the tags 0, 1, ... stand for, where the
    set says so and the file does not."""
    stops: Counter = Counter()
    for start, sentence in _read(what.path, task, numbers):
        if sentence.refused or not sentence.words:
            tally.refuse(start, sentence.refused or "empty sentence")
            continue
        labels, mended = _labels(sentence.tags, task, what.path)
        changed = sentence.mended | mended
        tally.keep(changed)
        stops.update(label for word, label in zip(sentence.words, labels, strict=True) if word == ".")
        yield {"line": start, "words": sentence.words, "tags": labels, "mended": changed}
    if task == "pos" and stops.total() >= STOPS and stops["PUNCT"] < stops.total() / 2:
        most = stops.most_common(1)[0][0]
        raise BadInput(
            f"{what.path}: {stops.total()} full stops are tagged, most of them {most}, not PUNCT: the names of the tags are in another "
            "order than was taken; say it in a file labels.txt of the set, a name a line, 0 first"
        )


def _read(path: Path, task: str, numbers: tuple[str, ...]) -> Iterator[tuple[int, Sentence]]:
    kind = form(path)
    if kind in ("jsonl", "parquet"):
        for number, content in objects(path):
            yield number, _object(path, number, content, task, numbers)
    elif kind == "csv":
        raise BadInput(f"{path}: tagged sentences are read as CoNLL, CoNLL-U, JSONL or parquet, not as CSV; convert the file")
    else:
        reader = {"conllu": _conllu, "iob2": _iob2}.get(kind, _conll)
        for start, block in _blocks(path, comments=kind in ("conllu", "iob2")):
            yield start, reader(block)


def _object(path: Path, number: int, content: dict | str, task: str, numbers: tuple[str, ...]) -> Sentence:
    if isinstance(content, str):
        return Sentence(refused=content)
    words, tags = (next((content[name] for name in names if name in content), None) for names in (WORDS, TAGS))
    if not isinstance(words, list) or not isinstance(tags, list) or len(words) != len(tags):
        return Sentence(refused="words and tags are not two lists of one length")
    if any(isinstance(one, int) for one in tags):
        tags = [_numbered(path, number, one, task, numbers) for one in tags]
    if not all(isinstance(one, str) for one in (*words, *tags)) or any(map(text.has_surrogate, words)):
        return Sentence(refused="a word or tag is not text")
    sentence = Sentence()
    for word, tag in zip(words, tags, strict=True):
        sentence.add(word, number, tag)
    return sentence


def _numbered(path: Path, line: int, tag: object, task: str, numbers: tuple[str, ...]) -> object:
    """The name of a number, where the set says what it stands for."""
    if not isinstance(tag, int):
        return tag
    if 0 <= tag < len(numbers):
        return numbers[tag]
    names = f"the numbers 0 to {len(numbers) - 1} have names" if numbers else "numbers have no names there"
    raise BadInput(
        f"{path} line {line}: tag {tag} of task {task}: {names}; say what they mean in a file labels.txt of the set, a name a line, "
        "0 first; or leave the set out with fetch.evalsets"
    )


def _blocks(path: Path, comments: bool) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """(first line, its numbered lines) of each block between blank lines; where the format has comments (`#`), without them."""
    block: list[tuple[int, str]] = []
    for number, line in lines(path):
        if line.strip(" \t") == "":
            if block:
                yield block[0][0], block
            block = []
        elif not (comments and line.startswith("#")):
            block.append((number, line))
    if block:
        yield block[0][0], block


def _conll(block: list[tuple[int, str]]) -> Sentence:
    """Lines `token tag`, parted by one tab or, where there is none, one space."""
    sentence = Sentence()
    for number, line in block:
        cells = line.split("\t" if "\t" in line else " ")
        if len(cells) != 2 or not cells[1]:
            return Sentence(refused="wrong column count")
        sentence.add(cells[0], number, cells[1])
    return sentence


def _iob2(block: list[tuple[int, str]]) -> Sentence:
    """Lines `place, token, tag, ...`, parted by tabs, as Universal NER has them."""
    sentence = Sentence()
    for number, line in block:
        cells = line.split("\t")
        if len(cells) < 3 or not cells[2]:
            return Sentence(refused="wrong column count")
        sentence.add(cells[1], number, cells[2])
    return sentence


def _conllu(block: list[tuple[int, str]]) -> Sentence:
    """A range (`3-4 du`) stands for its parts with their highest ranked tag, as in XTREME; empty nodes (`8.1`) go."""
    sentence, fused, last, parts = Sentence(), "", 0, []
    for number, line in block:
        cells = line.split("\t")
        if len(cells) != 10:
            return Sentence(refused="wrong column count")
        place, word, tag = cells[0], cells[1], cells[3]
        if "." in place:
            continue
        if "-" in place:
            fused, last, parts = word, int(place.split("-")[1]), []
            continue
        if tag == "_":
            return Sentence(refused="no tag")
        if fused:
            parts.append(tag)
            if int(place) < last:
                continue
            word, tag, fused = fused, min(parts, key=lambda one: RANK.index(one) if one in RANK else len(RANK)), ""
        sentence.add(word, number, tag)
    return sentence


def _labels(tags: list[tuple[int, str]], task: str, path: Path) -> tuple[list[str], set[str]]:
    """Labels of the task. Dates (MasakhaNER) become O; I- that continues nothing becomes B-, as in Wu & Dredze's repair."""
    known = importlib.import_module(f"realignment.tasks.{task}").LABELS
    labels, mended, before = [], set(), "O"
    for number, tag in tags:
        label = tag.upper()
        if task == "ner" and label in ("B-DATE", "I-DATE"):
            label = "O"
            mended.add("DATE to O")
        if label not in known:
            remedy = "mend the file, or leave its set out with fetch.evalsets"
            raise BadInput(f"{path} line {number}: unknown tag `{tag}` of task {task}; known: {', '.join(known)}; {remedy}")
        if task == "ner" and label.startswith("I-") and before[2:] != label[2:]:
            label = "B-" + label[2:]
            mended.add("I- without B-")
        labels.append(label)
        before = label
    return labels, mended
