"""What stands where text should be: placeholders, withheld words, document marks, prefixes of known releases."""

import re
from collections.abc import Sequence

DOCUMENT = "a document mark"  # -DOCSTART-: reason of a block that is no sentence
WITHHELD = "its words are withheld"
BINARY = "full of NUL characters (UTF-16?)"
FOREIGN = "its words carry the prefix of another language"
WITHOUT = ("_", "<unk>", "<UNK>", "[UNK]")  # `_`: a form that may not be given away (UD_Arabic-NYUAD, UD_French-FTB)
SHARE = 0.5  # of a sentence's words from which it counts as withheld
# As spreadsheets and tokenizers write what is missing. `NA`, `null` and `None` are words too: `check` sees where they are most of a side.
PLACEHOLDERS = frozenset(
    (
        "NULL",
        "N/A",
        "n/a",
        "#N/A",
        "undefined",
        "\\N",
        "<null>",
        "<none>",
        "<empty>",
        "<missing>",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#DIV/0!",
    )
) | frozenset(
    ("#NULL!", "#NUM!", "#ERROR!", "Loading...", "<unk>", "<UNK>", "[UNK]", "<pad>", "[PAD]", "<s>", "</s>", "[CLS]", "[SEP]")
)
MARK = re.compile(r"-DOC(START|END)-")
# `# sent_id = 3`, `# newdoc id = x`: comments of CoNLL-U, also where a file is called .tsv or .txt. `# SYM` is a word with its tag.
COMMENT = re.compile(r"#\s*((newdoc|newpar)\b|[\w.]+ = )")
PREFIX = re.compile(r"([a-z]{2,3}(?:[-_][a-z]+)*):(.*)", re.DOTALL)


def is_binary(line: str) -> bool:
    """Whether a quarter of a line are NUL characters: UTF-16 or no text at all. Fewer are taken out, as other control characters."""
    return line.count("\0") * 4 > len(line)


def is_placeholder(sentence: str) -> bool:
    return sentence in PLACEHOLDERS


def is_mark(word: str) -> bool:
    """Whether what stands in a word's place parts documents."""
    return bool(MARK.fullmatch(word))


def withheld(words: Sequence[str]) -> bool:
    """Whether most words of a sentence are not there."""
    return sum(word in WITHOUT for word in words) > SHARE * len(words)


def prefix(words: Sequence[str]) -> str:
    """What all words begin with in WikiANN's own files (`sw:Nairobi`), without the colon; "" where they do not."""
    found = {match[1] if (match := PREFIX.fullmatch(word)) else "" for word in words}
    return found.pop() if len(found) == 1 else ""
