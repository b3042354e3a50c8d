"""What can be measured in bitexts, evaluation sets and vectors: a row a pair, a sentence or a cell, and a row a file."""

import importlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from realignment import text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SCRIPT_ROWS = 2000  # evenly spaced rows of a bitext that tell the share of its script
ENTITY = r"&(?:amp|lt|gt|quot|apos|nbsp|#\d+);"  # of HTML; it stays, counted
REPLACEMENT = "\ufffd"  # what a decoder puts where it could not read


def pairs(table: "pa.Table", path: str, matched: Collection[int], max_words: int, max_ratio: float) -> "pd.DataFrame":
    """A row a pair: words and characters of both sides, and `reason`, why the pair is excluded ("" where it stays).

    `matched` are the rows equal to an evaluation sentence.
    """
    import pandas as pd

    sources, targets = table.column("source").to_pylist(), table.column("target").to_pylist()
    both = list(zip(sources, targets, strict=True))
    frame = pd.DataFrame(
        {
            "path": path,
            "row": range(len(both)),
            "source": sources,
            "target": targets,
            "split": table.column("split").to_pylist(),
            "source_words": [len((one or "").split()) for one in sources],
            "target_words": [len((one or "").split()) for one in targets],
            "ratio": [_ratio(source or "", target or "") for source, target in both],
            "control_characters": [not _clean(source or "") or not _clean(target or "") for source, target in both],
            "identical": [source == target for source, target in both],
            "duplicate": pd.Series(both, dtype=object).duplicated().to_numpy() if both else [],
        }
    )
    frame["reason"] = ""
    frame.loc[frame["row"].isin(set(matched)), "reason"] = "equal to an evaluation sentence"
    frame.loc[frame["ratio"] > max_ratio, "reason"] = "length ratio"
    frame.loc[frame[["source_words", "target_words"]].max(axis=1) > max_words, "reason"] = "too long"
    empty = frame["source"].notna() & frame["target"].notna() & (frame[["source_words", "target_words"]].min(axis=1) == 0)
    frame.loc[empty, "reason"] = "empty side"
    return frame


def _ratio(source: str, target: str) -> float:
    """Characters of the longer side over those of the shorter."""
    longer, shorter = max(len(source), len(target)), min(len(source), len(target))
    return longer / shorter if shorter else 0.0


def _clean(sentence: str) -> bool:
    """Neither control nor invisible characters; cheap for the many lines that are printable."""
    return sentence.isprintable() or not text.STRANGE.search(sentence)


def bitext_file(frame: "pd.DataFrame", script: str, contaminated: int) -> dict:
    """A row a bitext: pairs kept and shares over all pairs. `script_share` is None where there are no letters."""
    total = max(len(frame), 1)
    targets = frame["target"].dropna()
    spaced = targets.iloc[:: max(1, len(targets) // SCRIPT_ROWS)]
    return {
        "path": frame["path"].iloc[0] if len(frame) else "",
        "row": None,
        "pairs": int((frame["reason"] == "").sum()),
        "identical_share": float(frame["identical"].sum() / total),
        "duplicate_share": float(frame["duplicate"].sum() / total),
        "script_share": text.script_share(spaced, script) if script else None,
        "contaminated_share": contaminated / total,
        "replacement_characters": int(
            frame["source"].str.contains(REPLACEMENT, na=False).sum() + targets.str.contains(REPLACEMENT).sum()
        ),
        "html_entities": int(targets.str.contains(ENTITY).sum()),
    }


def examples(table: "pa.Table", task: str, path: str) -> "pd.DataFrame":
    """A row an example; of tagged ones the words and tags, and how many are empty, unknown, or I- that continues nothing."""
    import pandas as pd

    frame = pd.DataFrame({"path": path, "row": range(table.num_rows), "split": table.column("split").to_pylist()})
    if task == "nli":
        return frame.assign(**{name: table.column(name).to_pylist() for name in ("premise", "hypothesis", "label")})
    words, tags = table.column("words").combine_chunks(), table.column("tags").combine_chunks()
    frame["words"], frame["tags"] = (one.value_lengths().fill_null(0).to_pylist() for one in (words, tags))
    labels = importlib.import_module(f"realignment.tasks.{task}").LABELS
    flat = tags.flatten().to_pandas()
    place = tags.value_parent_indices().to_numpy()
    frame["empty_words"] = _count(
        words.value_parent_indices().to_numpy(), ~words.flatten().to_pandas().fillna("").astype(bool), len(frame)
    )
    frame["unknown_tags"] = _count(place, ~flat.isin(labels), len(frame))
    frame["broken_spans"] = _count(place, _broken(flat, place), len(frame))
    return frame


def _broken(tags: "pd.Series", place) -> "pd.Series":
    """Where I-X follows neither B-X nor I-X in its sentence."""
    import pandas as pd

    before = tags.shift(fill_value="O").where(pd.Series(place).eq(pd.Series(place).shift(fill_value=-1)), "O")
    return tags.str.startswith("I-", na=False) & (before.str[2:] != tags.str[2:])


def _count(place, marks: "pd.Series", rows: int) -> list[int]:
    """Marks a row, given the row each of them lies in."""
    import numpy as np

    return np.bincount(place[marks.to_numpy(dtype=bool)], minlength=rows).tolist()


def evalset_file(frame: "pd.DataFrame") -> dict:
    """A row an evaluation set: test sentences; None where the file holds training rows alone (the pivot's)."""
    tests = int((frame["split"] == "test").sum())
    return {"path": frame["path"].iloc[0] if len(frame) else "", "row": None, "tests": tests if tests or not len(frame) else None}


def cells(path: Path) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """(a row a cell; a row a language: its known features as stated and as counted) of a snapshot of vectors."""
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
