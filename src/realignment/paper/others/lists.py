"""The languages of runs as others give them: one list a run, and one of all runs of a subset that is not drawn."""

import re

from realignment.core.errors import BadInput
from realignment.languages import codes
from realignment.languages.table import ENGLISH
from realignment.paper import runs as authors
from realignment.paper.others import tidy
from realignment.paper.others.given import Given, Refused
from realignment.subsets import naming, registry

Run = tuple[str, str, str, str]  # model, subset, seed, task


class Lists:
    """The languages of runs: one list a run, and one of all runs of a subset of an encoder that is not drawn."""

    def __init__(self, given: tidy.Lists | None) -> None:
        self._given = given
        self._read: dict[tuple[str, str], tuple[str, ...]] = {}
        self._sizes: dict[tuple[str, str], int] = {}
        self._held: dict[tuple[str, ...], tuple[tuple[str, ...], str]] = {}

    def of(self, one: Given, run: Run) -> tuple[str, ...]:
        model, subset, *_ = run
        where, text = self._text(one, run)
        if (subset, text) not in self._read:
            self._read[subset, text] = self._codes(subset, text, where)
        found = self._read[subset, text]
        drawn = naming.split(subset).drawn
        wanted = run if drawn else (model, subset)
        other, above = self._held.setdefault(wanted, (found, f"{one.file} line {one.line}"))
        if found != other:
            text = f"`{' '.join(found)}`, and {above} has `{' '.join(other)}`; only those of random_N differ by seed"
            raise Refused(
                "lists of languages", "languages", f"one list of languages is required of {', '.join(wanted)}; it has {text}"
            )
        if drawn and len(found) != (size := self._sizes.setdefault((model, subset), len(found))):
            text = f"as many languages are required of each draw of {subset}; it has {len(found)}, and another {size}"
            raise Refused("lists of languages", "languages", text)
        return found

    def _text(self, one: Given, run: Run) -> tuple[str, str]:
        if one.languages is not None or self._given is None:
            return "", one.languages or ""
        if run not in self._given:
            if run[1] == "none":
                return "", ""
            raise Refused(
                "lists of languages",
                "model",
                f"a list of languages is required of each run; the second file has none of {', '.join(run)}",
            )
        file, line, text = self._given[run]
        return f"{file} line {line}: ", text

    def _codes(self, subset: str, text: str, where: str) -> tuple[str, ...]:
        words, name = re.split(r"[,\s]+", text.strip()) if text.strip() else [], naming.split(authors.subset({"subset": subset}))
        if (subset == "none") != (not words):
            required = "none is fine-tuning only, without languages" if subset == "none" else "at least one language is required"
            raise Refused("lists of languages", "languages", f"{where}{required}; `{subset}` has `{text}`")
        try:
            found = codes.resolved(words, subset)
        except BadInput as fault:
            raise Refused("unknown language", "languages", f"{where}{fault}") from None
        if ENGLISH in found:
            text = f"{where}languages other than English are required, which is one side of every pair; `{subset}` has `{text}`"
            raise Refused("lists of languages", "languages", text)
        known = subset in naming.FIXED or name.heuristic in registry.HEURISTICS
        if known and name.n not in (None, len(found)):
            raise Refused(
                "lists of languages",
                "languages",
                f"{where}{name.n} languages are required by the name {subset}; it has {len(found)}; give it another name",
            )
        return tuple(sorted(found))
