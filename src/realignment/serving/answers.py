"""What is answered to the rows of a request, as JSON has it; `records/mlmodel.py` says the same as a schema."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from realignment.tasks import KINDS, SPANS, ner


def of(reader: Any, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """A row each. What a model could not read is counted: words without a token (`unread`), tokens or characters past its limit (`cut`)."""
    from realignment.engine import answering

    kind = KINDS[reader.task]
    if kind == "pair":
        return [
            {"label": one.label, "score": one.scores[one.label], "scores": one.scores, "cut": one.cut}
            for one in answering.pairs(reader, rows)
        ]
    if kind == "span":
        return [
            {"answer": context[one.start : one.end], "start": one.start, "end": one.end, "score": one.score, "cut": one.cut}
            for (_, context), one in zip(rows, answering.spans(reader, rows), strict=True)
        ]
    return [_tagged(reader.task, words, one) for words, one in zip(rows, answering.words(reader, rows), strict=True)]


def _tagged(task: str, words: Sequence[str], found: Any) -> dict[str, Any]:
    from realignment.tasks import MODULES

    tags = [MODULES[task].MISSING if tag is None else tag for tag in found.tags]
    every = [{"word": word, "tag": tag, "score": score} for word, tag, score in zip(words, tags, found.scores, strict=True)]
    answer = {"words": every, "unread": found.tags.count(None)}
    return answer | {"entities": entities(words, tags, found.scores)} if task in SPANS else answer


def entities(words: Sequence[str], tags: Sequence[str], scores: Sequence[float | None]) -> list[dict[str, Any]]:
    """Entities of BIO tags by the rule of the evaluation (`ner.repair`), with the number of their first word and of the one after their last.

    The score is the mean of those of its words that were read.
    """
    found: list[dict[str, Any]] = []
    for place, tag in enumerate(ner.repair(list(tags))):
        if tag.startswith("B-"):
            found.append({"type": tag[2:], "start": place, "end": place + 1})
        elif tag != "O":
            found[-1]["end"] = place + 1
    for one in found:
        inside = slice(one["start"], one["end"])
        one |= {"words": list(words[inside]), "score": fmean(score for score in scores[inside] if score is not None)}
    return found
