"""Data folders made up for tests: bitext and evaluation sets of a few languages, and the settings that read them."""

import gzip
from dataclasses import replace
from pathlib import Path

from realignment.config import params
from realignment.config.schema import Settings
from realignment.core.workspace import Workspace

CHECKOUT = Path(__file__).parents[2]
LETTERS = "abcdefghijklmnopqrst"


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw, mtime=0) if path.name.endswith(".gz") else raw)
    return path


def word(number: int) -> str:
    """A made-up word for a number: digits as letters."""
    return "".join(LETTERS[int(digit)] for digit in str(number))


def bitext(rows: int, start: int = 0) -> str:
    """`rows` different pairs, with a header."""
    pairs = (f"the {word(n)} sees {word(n + 7)}\tna {word(n)} ona {word(n + 7)}\tmade:{n}" for n in range(start, start + rows))
    return "\n".join(["english\ttarget\tid", *pairs]) + "\n"


def conll(sentences: int, tag: str = "NOUN", other: str = "VERB", start: int = 0, by: str = "\t") -> str:
    blocks = (f"{word(n)}x{by}{tag}\nruns{by}{other}\n" for n in range(start, start + sentences))
    return "\n".join(blocks)


def nli(rows: int, header: str = "", start: int = 0) -> str:
    labels = ("entailment", "neutral", "contradiction")
    lines = (f"A {word(n)} stands.\tIt is {word(n)}.\t{labels[n % 3]}" for n in range(start, start + rows))
    return header + "\n".join(lines) + "\n"


def small(folder: Path) -> Path:
    """Swahili with bitext and all tasks, English with train and test."""
    write(folder / "bitext/swa.tsv.gz", bitext(60))
    for split in ("train", "test"):
        write(folder / f"evalsets/pos/made/{split}-en.tsv", conll(9, start=1000 if split == "test" else 2000))
        write(
            folder / f"evalsets/ner/made/eng/{split}.txt", conll(9, "B-PER", "O", start=3000 if split == "test" else 4000, by=" ")
        )
        write(folder / f"evalsets/nli/made/en.{split}.tsv", nli(12, start=120 if split == "test" else 0))
    write(folder / "evalsets/pos/made/test-sw.tsv", conll(9, start=5000))
    write(folder / "evalsets/ner/made/swa/test.txt", conll(9, "B-LOC", "O", start=6000, by=" "))
    write(folder / "evalsets/nli/made/swh_Latn.test.tsv", nli(12, "premise\thypothesis\tlabel\n", start=240))
    return folder


def settings(folder: Path | None = None, check: dict | None = None, **fetch) -> Settings:
    """The package's defaults, reading `folder`; `check` and the rest are keys of these sections."""
    base = params.load(Workspace(CHECKOUT, "sample"))
    how = replace(base.fetch, source="folder", folder=str(folder), world={}, **fetch)
    return replace(base, profile="made", fetch=how, check=replace(base.check, **(check or {})))
