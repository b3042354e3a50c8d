"""What the names of a folder's files say: language and split. README.md beside this file lists the patterns."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from realignment import languages
from realignment.errors import BadInput
from realignment.tasks.pos import LABELS as UPOS

SPLITS = {"train": "train", "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev", "trial": "dev", "test": "test"}
FORMATS = ("tsv", "csv", "txt", "conll", "bio", "iob", "iob2", "conllu", "jsonl", "parquet")
ALIGNED = ("s1", "s2", "labels")  # e-SNLI: files <part>.<split> whose lines belong together
BITEXT_FORMATS = ("tsv", "jsonl", "parquet")
PASSED_OVER = re.compile(r"(?i)(licen[cs]e|readme|copying|labels\.txt$|\.)|.*\.md$")  # these hold no examples


@dataclass(frozen=True)
class Known:
    """What a published set says of itself elsewhere than in its file names."""

    language: str = ""  # of a set in one language
    splits: tuple[tuple[str, str], ...] = ()  # file name -> split, where it differs
    labels: tuple[str, ...] = ()  # what 0, 1, 2 stand for
    refused: str = ""  # why it cannot be read as a set of its task


XNLI_LABELS = ("entailment", "neutral", "contradiction")  # the dataset card of facebook/xnli
KNOWN = {
    "indonli": Known(language="ind", splits=(("test_expert", "test"), ("val", "dev"))),  # Table 7 counts test_expert
    "xnli": Known(labels=XNLI_LABELS),
    "afrixnli": Known(labels=XNLI_LABELS),
    "americasnli": Known(labels=XNLI_LABELS),
    "wnut17": Known(
        refused="its entity types are person, location, corporation, product, creative-work and group, not PER, ORG, LOC"
    ),
    "udpos": Known(
        labels=tuple(sorted(UPOS))
    ),  # izhx/xtreme-r-udpos, as the reference code reads it; `tagged` checks the full stop
}


@dataclass(frozen=True, order=True)
class Named:
    """A file (or some of its columns) of one language and split."""

    path: Path
    language: str
    split: str  # train | dev | test
    columns: str = ""  # code in the names of its columns, where a file holds several languages
    beside: tuple[Path, ...] = ()  # files whose lines belong to its lines


class Codes:
    """Codes as files are named by -> ISO 639-3. The folder's own languages.csv comes before the package's table."""

    def __init__(self, own: dict) -> None:
        self.own = own
        self._found: dict[str, str | None] = {}

    def __call__(self, text: str) -> str | None:
        """The code of a language, or None where the text cannot be one; `folder.require_codes` refuses three letters that are no code."""
        if text not in self._found:
            self._found[text] = self._resolve(text)
        return self._found[text]

    def _resolve(self, text: str) -> str | None:
        if text in self.own:
            return text
        if not re.fullmatch(r"[a-zA-Z]{2,3}([_-][A-Za-z]{2,4})?", text) or text in SPLITS:
            return None
        try:
            return languages.resolve(text)
        except BadInput:
            return text if re.fullmatch("[a-z]{3}", text) else None


def form(path: Path) -> str:
    """The format a file name ends in, `.gz` left out; "" for none of FORMATS."""
    ending = path.name.removesuffix(".gz").rpartition(".")[2]
    return ending if ending in FORMATS else ""


def named(path: Path, folder: Path, codes: Codes) -> list[Named]:
    """What `path` inside the set `folder` holds; empty where no pattern fits."""
    if not form(path):
        return []
    *above, name = path.relative_to(folder).parts
    stem = re.sub(r"-\d{5}-of-\d{5}$", "", name.removesuffix(".gz").rpartition(".")[0])
    if columns := re.fullmatch(r"[a-z]{2,3}\.genre\.(\w+)", stem):
        return _by_columns(path, SPLITS.get(columns[1], ""), codes) if not above else []
    known = KNOWN.get(folder.name.casefold(), Known())
    split = dict(known.splits).get(stem, "" if stem.startswith("test_") else SPLITS.get(stem, ""))
    if known.language and not above and split:
        return [Named(path, known.language, split)]
    language, split = _parts(above, stem)
    code = codes(language) if language else None
    return [Named(path, code, SPLITS[split])] if code and split in SPLITS else []


def of_one_language(path: Path, language: str) -> list[Named]:
    """What a file holds of a set in one language: its name says the split with one of its words (`SICK_train`, `conj_dev`)."""
    first, *_ = parts = [path.with_name(f"{part}{path.suffix}") for part in ALIGNED]
    if path in parts:
        split = SPLITS.get(path.suffix.removeprefix("."), "")
        whole = path == first and split and all(part.is_file() for part in parts)
        return [Named(path, language, split, beside=tuple(parts[1:]))] if whole else []
    words = re.split(r"[._-]", path.name.removesuffix(".gz").rpartition(".")[0].casefold())
    found = {SPLITS[word] for word in words if word in SPLITS}
    return [Named(path, language, found.pop())] if form(path) and len(found) == 1 else []


def _parts(above: list[str], stem: str) -> tuple[str, str]:
    """(language, split) as the path spells them; ("", "") where no pattern fits."""
    if treebank := re.fullmatch(r"([a-z]+)_[a-z0-9]+-ud-(\w+)", stem):  # UD_English-EWT/en_ewt-ud-test
        inside = not above or (len(above) == 1 and above[0].startswith("UD_"))
        return (treebank[1], treebank[2]) if inside else ("", "")
    if len(above) == 1:  # <lang>/<split> or <split>/<lang>
        return (stem, above[0]) if above[0] in SPLITS else (above[0], stem)
    if above:
        return "", ""
    first, dot, last = stem.rpartition(".")
    if dot:  # <lang>.<split>
        return first, last
    first, dash, last = stem.partition("-")
    if dash and first in SPLITS:  # <split>-<lang>
        return last, first
    return stem, "test"  # <lang>


def _by_columns(path: Path, split: str, codes: Codes) -> list[Named]:
    """myXNLI's files: one language a pair of columns sentence1_<code>, sentence2_<code>."""
    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "rb") as file:
        header = file.readline().decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r\n").split("\t")
    spelt = [name.removeprefix("sentence1_") for name in header if name.startswith("sentence1_")]
    found = [(codes(code), code) for code in spelt if f"sentence2_{code}" in header]
    return [Named(path, language, split, code) for language, code in found if language and split]


def bitext_language(path: Path, codes: Codes) -> str | None:
    """The language of `<lang>.{tsv,jsonl,parquet}[.gz]`; None where the name does not fit."""
    stem, _, ending = path.name.removesuffix(".gz").rpartition(".")
    return codes(stem) if ending in BITEXT_FORMATS else None
