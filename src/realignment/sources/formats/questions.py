"""Questions with a context and the answers that stand in it: rows of SQuAD's JSON, JSONL and parquet files to examples.

An answer that does not stand where it is said to begin is never looked for elsewhere: its row is refused and counted.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from realignment.core import strictjson
from realignment.core.errors import BadInput
from realignment.core.git_lfs import stop_pointer
from realignment.corpora import text
from realignment.sources.fields import columns, spoken
from realignment.sources.filenames.evalsets import Named
from realignment.sources.formats import nontext
from realignment.sources.formats.bitext_pairs import Tally
from realignment.sources.raw import form, objects

FIELDS = {"question": ("question",), "context": ("context", "passage", "paragraph"), "answers": ("answers", "answer")}
FORMATS = ("json", "jsonl", "parquet")
LARGEST = 2**28  # bytes of a JSON file, which is read whole; SQuAD's are a tenth of that
ASTRAY = "an answer does not stand where it is said to begin"
CHANGED = "an answer is no part of the context once both are normalised"


def questions(what: Named, task: str, tally: Tally, numbers: tuple[str, ...]) -> Iterator[dict]:
    """{line, question, context, answers, starts, mended} a kept row; `line` of a JSON file is the number of the question."""
    for number, row in _rows(what):
        said = {} if isinstance(row, str) else spoken.of(row)
        if reason := row if isinstance(row, str) else spoken.astray(said, what.split):
            tally.refuse(number, reason)
            continue
        tally.say(number, said)
        try:
            found = example(row)
        except BadInput as fault:
            raise BadInput(f"{what.path} line {number}: {fault}") from None
        if isinstance(found, str):
            tally.refuse(number, found)
        else:
            tally.keep(found["mended"])
            yield {"line": number, **found}


def example(row: dict) -> dict | str:
    """A row normalised, its answers where they stand then; or why there is none."""
    given = {field: columns.agreed(row, spellings, field) for field, spellings in FIELDS.items()}
    asked, within = given["question"], given["context"]
    answers = _unfit(asked, within) or _answers(given["answers"])
    if isinstance(answers, str):
        return answers
    (question, mended), (context, more) = text.normalise(asked), text.normalise(within)
    placed = [_placed(within, context, *one) for one in answers]
    if reason := next((one for one in placed if isinstance(one, str)), ""):
        return reason
    texts, starts = [list(column) for column in zip(*placed, strict=True)]
    return {"question": question, "context": context, "answers": texts, "starts": starts, "mended": {*mended, *more}}


def _unfit(question: object, context: object) -> str:
    """Why the texts of a row are none."""
    for name, given in (("question", question), ("context", context)):
        if not isinstance(given, str):
            return f"no field {name}"
        if text.has_surrogate(given):
            return f"half a character in {name}"
        if nontext.is_binary(given):
            return nontext.BINARY
        if not text.normalise(given)[0]:
            return f"empty {name}"
    return ""


def _answers(given: Any) -> list[tuple[str, int]] | str:
    """(text, where it begins) of each; SQuAD lists objects, `datasets` an object of lists."""
    if isinstance(given, dict):
        names = {str(name).casefold(): value for name, value in given.items()}
        texts, starts = names.get("text"), names.get("answer_start")
        if isinstance(texts, str):
            texts, starts = [texts], [starts]
        if not isinstance(texts, list) or not isinstance(starts, list) or len(texts) != len(starts):
            return "no field answers with text and answer_start"
        given = [{"text": one, "answer_start": start} for one, start in zip(texts, starts, strict=True)]
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return "no field answers with text and answer_start"
    found = [(one.get("text"), one.get("answer_start")) for one in given]
    if not found:
        return "no answer"
    wrong = any(not isinstance(one, str) or isinstance(start, bool) or not isinstance(start, int) for one, start in found)
    return "no field answers with text and answer_start" if wrong else found


def _placed(given: str, context: str, answer: str, start: int) -> tuple[str, int] | str:
    """(an answer, where it begins) in the normalised context, or why it has no place there; `given` is the context as it came."""
    if not answer.strip():
        return "empty answer"
    if start < 0 or given[start : start + len(answer)] != answer:
        return ASTRAY
    before = given[:start] + answer[: len(answer) - len(answer.lstrip())]
    answer, begin = text.normalise(answer)[0], len(text.normalise(f"{before}x")[0]) - 1  # the x keeps blanks before it
    return (answer, begin) if answer and context[begin : begin + len(answer)] == answer else CHANGED


def _rows(what: Named) -> Iterator[tuple[int, dict | str]]:
    """(line, fields of a row, or why there are none)."""
    if form(what.path) == "json":
        yield from enumerate(_of_squad(what.path), 1)
        return
    for number, content in objects(what.path):
        if what.by_rows and isinstance(content, dict) and what.language not in spoken.languages_of(spoken.of(content)):
            continue
        yield number, content


def _of_squad(path: Path) -> Iterator[dict]:
    """A row per question of SQuAD's JSON: articles, their paragraphs, the questions of each."""
    stop_pointer(path)
    if path.stat().st_size > LARGEST:
        raise BadInput(
            f"{path}: {path.stat().st_size:,} bytes; at most {LARGEST:,} of JSON are read at once; give it as JSONL or parquet"
        )
    try:
        content = strictjson.loads(path.read_text(encoding="utf-8-sig"))
        for article in content["data"]:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    yield {
                        "question": asked.get("question"),
                        "context": paragraph.get("context"),
                        "answers": asked.get("answers"),
                    }
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise BadInput(
            f"{path}: JSON as SQuAD has it is required (data, paragraphs, qas); {type(fault).__name__}: {fault}; give it as JSONL or parquet"
        ) from None
