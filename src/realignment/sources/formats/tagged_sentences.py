"""Sentences with one tag per word (POS, NER): CoNLL, CoNLL-U, JSONL and parquet files to examples."""

import functools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.corpora import text
from realignment.languages import table as languages
from realignment.sources import sets
from realignment.sources.fields import columns, spoken
from realignment.sources.filenames.evalsets import Named
from realignment.sources.formats import nontext
from realignment.sources.formats.bitext_pairs import Tally
from realignment.sources.raw import form, lines, objects
from realignment.tasks import LABELS, SPANS

WIKIPEDIA = dict(sets.WIKIPEDIA)
STOPS = 20  # full stops from which their tag says something
WORDS = ("words", "tokens")  # fields of JSONL and parquet
TAGS = {  # task -> fields that hold its tags: the first that is there; those of one rank must agree
    "pos": (("upos", "upos_tags"), ("pos_tags", "pos", "tags")),
    "ner": (("ner_tags", "ner"), ("tags",)),
}
# Which tag a fused form takes among those of its parts, as XTREME's conversion of UD (ud-conversion-tools) ranks them.
RANK = (
    "VERB", "NOUN", "PROPN", "PRON", "ADJ", "NUM", "ADV", "INTJ", "AUX", "ADP", "DET", "PART", "CCONJ", "SCONJ",
    "X", "PUNCT", "SYM",
)  # fmt: skip
PLACE = re.compile(r"[0-9]{1,6}([-.][0-9]{1,6})?")  # of a word in CoNLL-U
# Columns 2 and 3 of CoNLL-2003: a part of speech as any tag set writes it, and a chunk; `_`, `-X-` and `O` where there is none.
POS_LIKE = re.compile(r"[^a-z\W\d_][^a-z\s]*|_|-X-|\W{1,5}")
CHUNK_LIKE = re.compile(r"[BI]-(NP|VP|PP|ADJP|ADVP|SBAR|PRT|CONJP|INTJ|LST|UCP|NC|VC|PC|AC|-X-|X)|O|_|-|-X-")
FOUR = "four columns that are not token, POS, chunk, NER; two are required, token and tag"
DISORDER = "its places or ranges do not follow one another"
NUMBERED = "its first column numbers the words; two columns are required, token and tag"
WORDLESS = 0.5  # share of a file's words without a letter from which they are no words
FEW = 20  # words from which a share says something


@dataclass
class Sentence:
    """Words, each with a tag and the line both stand in, as they are read."""

    words: list[str] = field(default_factory=list)
    tags: list[tuple[int, str]] = field(default_factory=list)
    mended: set[str] = field(default_factory=set)
    refused: str = ""
    said: dict[str, object] = field(default_factory=dict)  # fields of its row that say what it is

    def add(self, word: str, line: int, tag: str) -> None:
        """A word of nothing but invisible characters goes, with its tag."""
        word, changed = _word(word)
        self.mended.update(changed)
        if word:
            self.words.append(word)
            self.tags.append((line, tag.strip()))
        else:
            self.mended.add("invisible word")

    def no_text(self, language: str) -> str:
        """Why it is no sentence; "" where it is one. WikiANN's own files write the language before every word: that goes."""
        if all(map(nontext.is_mark, self.words)):
            return nontext.DOCUMENT if self.words or nontext.DOCUMENT in self.mended else "empty sentence"
        if nontext.withheld(self.words):
            return nontext.WITHHELD
        if "_" in (tag for _, tag in self.tags):
            return "no tag"
        if prefix := nontext.prefix(self.words):
            own = WIKIPEDIA.get(prefix, prefix)
            if own not in (language, *languages.spellings(language)):
                return nontext.FOREIGN if len(self.words) > 1 and (prefix in WIKIPEDIA or columns.language_of(prefix)) else ""
            self._without(len(prefix) + 1)
        return "" if self.words else "empty sentence"

    def _without(self, length: int) -> None:
        """The words without what stands before them; one that was nothing else goes."""
        kept = [(word[length:], tag) for word, tag in zip(self.words, self.tags, strict=True) if word[length:]]
        self.words, self.tags = [word for word, _ in kept], [tag for _, tag in kept]
        self.mended.add("prefix of the language")


_word = functools.lru_cache(maxsize=200_000)(text.normalise)


def sentences(what: Named, task: str, tally: Tally, numbers: tuple[str, ...]) -> Iterator[dict]:
    """Examples {line, words, tags, mended}; `line` is where the sentence starts. `numbers`: the tags 0, 1, ... stand for, where the
    set says so and the file does not."""
    stops: Counter = Counter()
    letters: Counter = Counter()  # whether a word holds one
    quoted = 0
    for start, sentence in _read(what, task, numbers):
        if reason := spoken.astray(sentence.said, what.split) or sentence.refused or sentence.no_text(what.language):
            tally.refuse(start, reason)
            continue
        tally.say(start, sentence.said)
        labels, mended = _labels(sentence.tags, task, what.path)
        changed = sentence.mended | mended
        tally.keep(changed)
        quoted += sum(len(word) > 2 and word[0] == word[-1] == '"' for word in sentence.words)
        letters.update(map(text.has_letter, sentence.words))
        stops.update(label for word, label in zip(sentence.words, labels, strict=True) if word == ".")
        yield {"line": start, "words": sentence.words, "tags": labels, "mended": changed}
    if letters.total() >= FEW and letters[False] > WORDLESS * letters.total():
        raise BadInput(
            f"{what.path}: {letters[False]} of {letters.total()} words hold no letter: numbers or marks stand in their column; "
            "two columns are required, token and tag"
        )
    if letters.total() >= FEW and quoted > WORDLESS * letters.total():
        raise BadInput(f"{what.path}: {quoted} of {letters.total()} words stand in quotes; take the quotes off")
    if "PUNCT" in LABELS[task] and stops.total() >= STOPS and stops["PUNCT"] < stops.total() / 2:
        most = stops.most_common(1)[0][0]
        raise BadInput(
            f"{what.path}: {stops.total()} full stops are tagged, most of them {most}, not PUNCT: the names of the tags are in another "
            "order than was taken; say it in a file labels.txt of the set, one name per line, 0 first"
        )


def _read(what: Named, task: str, numbers: tuple[str, ...]) -> Iterator[tuple[int, Sentence]]:
    path, kind = what.path, form(what.path)
    if kind in ("jsonl", "parquet"):
        for number, content in objects(path):
            yield number, _object(what, number, content, task, numbers)
    elif kind == "csv":
        raise BadInput(f"{path}: tagged sentences are read as CoNLL, CoNLL-U, JSONL or parquet, not as CSV; convert the file")
    else:
        reader = {"conllu": _conllu, "iob2": _iob2}.get(kind, functools.partial(_conll, entities=task in SPANS))
        for start, block in _blocks(path, comments=kind in ("conllu", "iob2")):
            broken = any(nontext.is_binary(line) for _, line in block)
            yield start, Sentence(refused=nontext.BINARY) if broken else reader(block)


def _object(what: Named, number: int, content: dict | str, task: str, numbers: tuple[str, ...]) -> Sentence:
    if isinstance(content, str):
        return Sentence(refused=content)
    try:
        words = columns.agreed(content, WORDS, "words")
        tags = next(
            (found for some in TAGS[task] if (found := columns.agreed(content, some, f"tags of {task}")) is not None), None
        )
    except BadInput as fault:
        raise BadInput(f"{what.path} line {number}: {fault}") from None
    if tags is None:
        return Sentence(refused=f"no field of {task} tags ({', '.join(name for some in TAGS[task] for name in some)})")
    if not isinstance(words, list) or not isinstance(tags, list) or len(words) != len(tags):
        return Sentence(refused="words and tags are not two lists of one length")
    if any(isinstance(one, int) for one in tags):
        tags = [_numbered(what.path, number, one, task, numbers) for one in tags]
    if not all(isinstance(one, str) for one in (*words, *tags)) or any(map(text.has_surrogate, words)):
        return Sentence(refused="a word or tag is not text")
    sentence = Sentence(said=spoken.of(content))
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
        f"{path} line {line}: tag {tag} of task {task}: {names}; say what they mean in a file labels.txt of the set, one name per line, "
        "0 first; or leave the set out with fetch.evalsets"
    )


def _blocks(path: Path, comments: bool) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """(first line, its numbered lines) of each block between blank lines, without the format's comments (`#`); elsewhere a `#` is a
    word, and only what CoNLL-U writes before a sentence goes (`# sent_id = 3`)."""
    block: list[tuple[int, str]] = []
    for number, line in lines(path):
        if line.strip(" \t") == "":
            if block:
                yield block[0][0], block
            block = []
        elif not (line.startswith("#") and (comments or nontext.COMMENT.match(line))):
            block.append((number, line))
    if block:
        yield block[0][0], block


def _conll(block: list[tuple[int, str]], entities: bool) -> Sentence:
    """Lines `token tag`, parted by one tab or, where there is none, one space; of CoNLL-2003 (`token POS chunk NER`) the `entities`."""
    sentence = Sentence()
    rows = [(number, line.split("\t" if "\t" in line else " ")) for number, line in block]
    if _running([cells[0] for _, cells in rows]):
        return Sentence(refused=NUMBERED)
    for number, cells in rows:
        if nontext.is_mark(cells[0]):
            sentence.mended.add(nontext.DOCUMENT)
        elif len(cells) not in ((2, 4) if entities else (2,)) or not cells[-1]:
            return Sentence(refused="wrong column count")
        elif len(cells) == 4 and not (POS_LIKE.fullmatch(cells[1]) and CHUNK_LIKE.fullmatch(cells[2])):
            return Sentence(refused=FOUR)
        else:
            sentence.add(cells[0], number, cells[-1])
    return sentence


def _running(cells: list[str]) -> bool:
    """Whether the cells count the words: from 0 or 1 in each sentence, or on through the file."""
    if not all(cell.isascii() and cell.isdigit() and len(cell) < 8 for cell in cells):
        return False
    first = int(cells[0])
    return len(cells) > (1 if first < 2 else 3) and [int(cell) for cell in cells] == list(range(first, first + len(cells)))


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
    sentence, fused, last, parts, before = Sentence(), "", 0, [], None
    for number, line in block:
        cells = line.split("\t")
        if len(cells) != 10:
            return Sentence(refused="wrong column count")
        place, word, tag = cells[0], cells[1], cells[3]
        if not PLACE.fullmatch(place):
            return Sentence(refused="no place of a word in its first column")
        if "." in place:
            continue
        first, *end = map(int, place.split("-"))
        if (before is not None and first != before + 1) or (end and (fused or end[0] <= first)):
            return Sentence(refused=DISORDER)
        if end:
            fused, last, parts = word, end[0], []
            continue
        before = first
        if tag == "_":
            return Sentence(refused="no tag")
        if fused:
            parts.append(tag)
            if first < last:
                continue
            word, tag, fused = fused, min(parts, key=lambda one: RANK.index(one) if one in RANK else len(RANK)), ""
        sentence.add(word, number, tag)
    return Sentence(refused=DISORDER) if fused else sentence


def _labels(tags: list[tuple[int, str]], task: str, path: Path) -> tuple[list[str], set[str]]:
    """Labels of the task. Dates (MasakhaNER) become O; I- that continues nothing becomes B-, as in Wu & Dredze's repair."""
    known = LABELS[task]
    labels, mended, before = [], set(), "O"
    for number, tag in tags:
        label = tag.upper()
        if task in SPANS and label in ("B-DATE", "I-DATE"):
            label = "O"
            mended.add("DATE to O")
        if label not in known:
            remedy = "correct the file, or leave its set out with fetch.evalsets"
            raise BadInput(f"{path} line {number}: unknown tag `{tag}` of task {task}; known: {', '.join(known)}; {remedy}")
        if task in SPANS and label.startswith("I-") and before[2:] != label[2:]:
            label = "B-" + label[2:]
            mended.add("I- without B-")
        labels.append(label)
        before = label
    return labels, mended
