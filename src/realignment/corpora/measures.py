"""What can be measured in bitexts, evaluation sets and vectors: one row per pair, sentence or cell, and one row per file."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.tasks import KINDS, LABELS, PAIRS, QUESTIONS, SPANS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

TEXTS = {
    "words": ("words",),
    "pair": ("premise", "hypothesis"),
    "span": ("question", "context"),
}  # columns with text, by the kind of task
FEW = 20  # examples from which a share says something
ENTITY = r"&(?:amp|lt|gt|quot|apos|nbsp|#\d+);"  # of HTML; it stays, counted
REPLACEMENT = "\ufffd"  # what a decoder puts where it could not read


# What programs write for a missing value, as they spell it. Some are words too (Hausa `nan`, 3 % of the lines of a bitext hold it), so that
# only their share says something; `na` is too common a word (Igbo, Swahili) to say anything.
MISSING = frozenset(("nan", "NaN", "None", "null", "NULL", "N/A", "n/a", "<NA>", "NaT"))
SPECIAL = (
    r"</?s>|<pad>|<unk>|<mask>|<bos>|<eos>|\[(?:CLS|SEP|PAD|UNK|MASK)\]|<\|endoftext\|>"  # of tokenizers; no text holds them
)
BROKEN = rf"{ENTITY}|{REPLACEMENT}"


def marked(side: str | None) -> bool:
    """Whether a side or word is a mark for what is missing, or holds a tokenizer's own."""
    return bool(side) and (side in MISSING or bool(re.search(SPECIAL, side)))


def examples(table: "pa.Table", task: str, path: str) -> "pd.DataFrame":
    """One row per example; of tagged ones the words and tags, and how many are empty, unknown, or I- that continues nothing.

    Of NER the entities too.
    """
    import pandas as pd

    frame = pd.DataFrame({"path": path, "row": range(table.num_rows), "split": table.column("split").to_pylist()})
    if task in PAIRS:
        return frame.assign(**{name: table.column(name).to_pylist() for name in ("premise", "hypothesis", "label")})
    if task in QUESTIONS:
        return frame.assign(**_questions(table))
    words, tags = table.column("words").combine_chunks(), table.column("tags").combine_chunks()
    frame["words"], frame["tags"] = (one.value_lengths().fill_null(0).to_pylist() for one in (words, tags))
    labels = LABELS[task]
    flat = tags.flatten().to_pandas()
    place = tags.value_parent_indices().to_numpy()
    frame["empty_words"] = _count(
        words.value_parent_indices().to_numpy(), ~words.flatten().to_pandas().fillna("").astype(bool), len(frame)
    )
    frame["unknown_tags"] = _count(place, ~flat.isin(labels), len(frame))
    frame["broken_spans"] = _count(place, _broken(flat, place), len(frame))
    if task in SPANS:
        frame["entities"] = _count(place, flat.str.startswith("B-", na=False), len(frame))
    return frame


def _questions(table: "pa.Table") -> dict[str, list]:
    """Columns of questions: both texts, how many answers each has, and how many of them do not stand where they are said to begin."""
    question, context, answers, starts = (table.column(name).to_pylist() for name in (*TEXTS["span"], "answers", "starts"))
    astray = [
        abs(len(texts or ()) - len(places or ()))
        + sum(text[place : place + len(one)] != one for one, place in zip(texts or (), places or (), strict=False))
        for text, texts, places in zip(context, answers, starts, strict=True)
    ]
    return {"question": question, "context": context, "answers": [len(texts or ()) for texts in answers], "astray": astray}


def _broken(tags: "pd.Series", place) -> "pd.Series":
    """Where I-X follows neither B-X nor I-X in its sentence."""
    import pandas as pd

    before = tags.shift(fill_value="O").where(pd.Series(place).eq(pd.Series(place).shift(fill_value=-1)), "O")
    return tags.str.startswith("I-", na=False) & (before.str[2:] != tags.str[2:])


def _count(place, marks: "pd.Series", rows: int) -> list[int]:
    """Marks a row, given the row each of them lies in."""
    import numpy as np

    return np.bincount(place[marks.to_numpy(dtype=bool)], minlength=rows).tolist()


def evalset_file(frame: "pd.DataFrame", table7: int | None = None) -> dict:
    """One row per evaluation set: test sentences, None where the file holds training rows alone (the pivot's); how many Table 7 says;
    entities of the test sentences, None but for NER."""
    mine = frame["split"] == "test"
    tests = int(mine.sum()) or (None if len(frame) else 0)
    entities = int(frame.loc[mine, "entities"].sum()) if tests and "entities" in frame else None
    path = frame["path"].iloc[0] if len(frame) else ""
    return {"path": path, "row": None, "tests": tests, "table7": table7 if tests else None, "entities": entities}


def sentences(table: "pa.Table", task: str) -> list[str]:
    """The text of an evaluation set, one sentence per row; of NLI both sides, of questions with their contexts."""
    if KINDS[task] != "words":
        return [
            f"{one} {other}" for one, other in zip(*(table.column(name).to_pylist() for name in TEXTS[KINDS[task]]), strict=True)
        ]
    return [" ".join(words or ()) for words in table.column("words").to_pylist()]


def same(table: "pa.Table", task: str) -> dict[str, float | None]:
    """Of an evaluation set: the shares of its commonest sentence, word, and tag or label, of rows that were not decoded, and of
    words or sides that are marks for what is missing.

    None where there are too few to say; NER is mostly `O`, so that its tags say nothing.
    """
    if table.num_rows < FEW:
        return dict.fromkeys(("same_sentence", "same_word", "same_label", "broken_share", "marks_share"))
    if (kind := KINDS[task]) != "words":
        parts = [one for name in TEXTS[kind] for one in table.column(name).to_pylist()]
        repeated, words = max(top_share(table.column(name).to_pylist()) or 0 for name in TEXTS[kind]), None
        labels = table.column("label" if kind == "pair" else "answers").to_pylist()
        labels = [one if isinstance(one, str) else "\t".join(one) for one in labels]
    else:
        repeated, words = (
            top_share(sentences(table, task)),
            top_share(parts := table.column("words").combine_chunks().flatten().to_pylist()),
        )
        labels = table.column("tags").combine_chunks().flatten().to_pylist()
    broken = sum(bool(re.search(BROKEN, one)) for one in sentences(table, task))
    return {
        "same_sentence": repeated,
        "same_word": words,
        "same_label": None if task in SPANS else top_share(labels),
        "broken_share": broken / table.num_rows,
        "marks_share": sum(map(marked, parts)) / max(len(parts), 1),
    }


def top_share(values: Iterable[str | None]) -> float | None:
    """Share of the commonest value; None where there is none."""
    counts = Counter(values)
    return max(counts.values()) / counts.total() if counts else None


def cells(path: Path) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """(one row per cell; one row per language: its known features as stated and as counted) of a snapshot of vectors."""
    import pandas as pd

    wide = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    wide = wide.rename(columns={wide.columns[0]: "language"})
    features = list(wide.columns[3:])
    long = wide.melt(id_vars=["language"], value_vars=features, var_name="feature", value_name="cell")
    long.insert(0, "path", path.name)
    stated = pd.to_numeric(wide["known_features"], errors="coerce")
    rows = pd.DataFrame({"path": path.name, "language": wide["language"], "stated": stated})
    rows["counted"] = wide[features].isin(["0", "1"]).sum(axis=1)
    return long, rows


def present(names: Sequence[str], most: int = 5) -> str:
    """The first of some names, and how many more."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
