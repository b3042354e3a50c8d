"""Which pairs of a bitext are excluded, and why; and what can be measured in all of them, stayed or gone."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realignment.corpora import text
from realignment.corpora.contamination import EQUAL, SHARES, SIMILAR
from realignment.corpora.measures import BROKEN, ENTITY, REPLACEMENT, marked

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SCRIPT_ROWS = 2000  # evenly spaced rows of a bitext that tell the share of its script
EVALUATED = (EQUAL, SHARES, SIMILAR)
MOST = 8  # rows that are named


@dataclass
class Bitext:
    """A bitext, block by block: what stays and what goes, and shares over all its pairs."""

    path: str
    script: str  # of the target side; "" where unknown
    total: int  # pairs
    max_words: int
    max_ratio: float
    counts: Counter = field(default_factory=Counter)
    excluded: Counter = field(default_factory=Counter)  # by reason
    first: dict[str, list[int]] = field(
        default_factory=dict
    )  # rows that are identical, duplicate or contaminated; the first ones
    letters: Counter = field(default_factory=Counter)
    seen: set[bytes] = field(default_factory=set)

    def block(self, table: "pa.Table", start: int, matched: dict[int, str]) -> "pd.DataFrame":
        """One row per pair: words and characters of both sides, and `reason`, why the pair is excluded ("" where it stays).

        `start` is the position of the first row, `matched` the reason of rows that hold evaluation text.
        """
        import pandas as pd

        sources, targets = table.column("source").to_pylist(), table.column("target").to_pylist()
        both = [(source or "", target or "") for source, target in zip(sources, targets, strict=True)]
        frame = pd.DataFrame(
            {
                "path": self.path,
                "row": range(start, start + len(both)),
                "source": sources,
                "target": targets,
                "split": table.column("split").to_pylist(),
                "source_words": [len(source.split()) for source, _ in both],
                "target_words": [len(target.split()) for _, target in both],
                "ratio": [_ratio(source, target) for source, target in both],
                "control_characters": [not _clean(source) or not _clean(target) for source, target in both],
                "identical": [source == target for source, target in both],
                "duplicate": [self._again(source, target) for source, target in both],
            }
        )
        frame["reason"] = [matched.get(row, "") for row in frame["row"]]
        frame.loc[frame["ratio"] > self.max_ratio, "reason"] = "length ratio"
        frame.loc[frame[["source_words", "target_words"]].max(axis=1) > self.max_words, "reason"] = "too long"
        empty = frame["source"].notna() & frame["target"].notna() & (frame[["source_words", "target_words"]].min(axis=1) == 0)
        frame.loc[empty, "reason"] = "empty side"
        self._count(frame, targets)
        return frame

    def _again(self, source: str, target: str) -> bool:
        """Whether the pair came before."""
        before = len(self.seen)
        self.seen.add(text.marked(source, target))
        return len(self.seen) == before

    def _count(self, frame: "pd.DataFrame", targets: list[str | None]) -> None:
        step = max(1, self.total // SCRIPT_ROWS)
        self.letters += text.letters(targets[place] or "" for place in range(-frame["row"].iloc[0] % step, len(targets), step))
        held = frame["reason"].isin(EVALUATED)
        self.excluded.update(frame.loc[frame["reason"] != "", "reason"])
        for name, marks in (("identical", frame["identical"]), ("duplicate", frame["duplicate"]), ("contaminated", held)):
            known = self.first.setdefault(name, [])
            known += frame.loc[marks, "row"].tolist()[: MOST - len(known)]
            self.counts[name] += int(marks.sum())
        self.counts["kept"] += int((frame["reason"] == "").sum())
        self.counts["entities"] += int(frame["target"].str.contains(ENTITY, na=False).sum())
        self.counts["replaced"] += sum(
            int(frame[side].str.contains(REPLACEMENT, na=False).sum()) for side in ("source", "target")
        )
        broken = frame["source"].str.contains(BROKEN, na=False) | frame["target"].str.contains(BROKEN, na=False)
        self.counts["broken"] += int(broken.sum())
        self.counts["marks"] += sum(
            marked(source) or marked(target)
            for source, target in zip(*(frame[side].fillna("") for side in ("source", "target")), strict=True)
        )

    def row(self, contaminated: int) -> dict:
        """One row per bitext: pairs kept and shares over all pairs. `script_share` is None where there are no letters."""
        total = max(self.total, 1)
        return {
            "path": self.path,
            "row": None,
            "pairs": self.counts["kept"],
            "identical_share": self.counts["identical"] / total,
            "duplicate_share": self.counts["duplicate"] / total,
            "script_share": text.share_of(self.letters, self.script) if self.script else None,
            "contaminated_share": contaminated / total,
            "broken_share": self.counts["broken"] / total,
            "marks_share": self.counts["marks"] / total,
            "replacement_characters": self.counts["replaced"],
            "html_entities": self.counts["entities"],
            "excluded": dict(sorted(self.excluded.items())),
        }


def _ratio(source: str, target: str) -> float:
    """Characters of the longer side over those of the shorter."""
    longer, shorter = max(len(source), len(target)), min(len(source), len(target))
    return longer / shorter if shorter else 0.0


def _clean(sentence: str) -> bool:
    """Neither control nor invisible characters; cheap for the many lines that are printable."""
    return sentence.isprintable() or not text.STRANGE.search(sentence)
