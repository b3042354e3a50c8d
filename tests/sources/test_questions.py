"""Questions of published layouts: answers stand where they are said to begin, or their row is refused by name; nothing is looked for elsewhere."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from folders import settings, write

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.sources.folder import reader
from realignment.sources.formats import questions


def row(context: str, answer: str, start: int | None = None, question: str = "who?") -> dict:
    begin = context.index(answer) if start is None else start
    return {"question": question, "context": context, "answers": {"text": [answer], "answer_start": [begin]}}


def squad(rows: list[dict]) -> str:
    """The file that SQuAD's makers give."""
    paragraphs = [
        {
            "context": one["context"],
            "qas": [
                {
                    "id": str(number),
                    "question": one["question"],
                    "answers": [
                        {"text": text, "answer_start": start}
                        for text, start in zip(one["answers"]["text"], one["answers"]["answer_start"], strict=True)
                    ],
                }
            ],
        }
        for number, one in enumerate(rows)
    ]
    return json.dumps({"version": "1.1", "data": [{"title": "made", "paragraphs": paragraphs}]}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("context", "answer"),
    [
        ("\ufeffParis is old", "Paris"),  # XQuAD's Spanish and Thai contexts begin with a byte order mark
        ("\ufeffParis is old", "old"),
        ("a\u200bb  the cafe\u0301 is open", "cafe\u0301"),
        ("  the\ttower fell", "tower"),
        ("one\x00two three", "three"),
        ("the tower  fell", " tower "),
    ],
)
def test_an_answer_stands_where_it_stood_when_its_context_is_normalised(context, answer):
    found = questions.example(row(context, answer))
    (text,), (start,) = found["answers"], found["starts"]
    assert found["context"][start : start + len(text)] == text
    assert text == questions.text.normalise(answer)[0]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (row("the old tower, the old mill", "old", 5), questions.ASTRAY),
        (row("the old tower", "old", -9), questions.ASTRAY),
        (row("the old tower", "Old", 4), questions.ASTRAY),
        (row("the cafe\u0301", "cafe", 4), questions.CHANGED),
        (row("the old tower", " ", 3), "empty answer"),
        ({"question": "who?", "context": "the tower", "answers": {"text": [], "answer_start": []}}, "no answer"),
        ({"question": "who?", "context": "the tower", "answers": ["tower"]}, "no field answers with text and answer_start"),
        ({"question": "who?", "answers": {"text": ["tower"], "answer_start": [0]}}, "no field context"),
        (row("the tower", "tower", question=" "), "empty question"),
        (row("the \ud800 tower", "the"), "half a character in context"),
    ],
)
def test_a_row_without_its_answer_is_refused_by_reason(given, why):
    assert questions.example(given) == why


@pytest.fixture
def corpora(tmp_path):
    """SQuAD's JSON to train on, JSONL and parquet to test on; one of ten test rows has a wrong offset."""
    rows = [
        row(f"in year {n} the tower of {n} fell and rose", f"tower of {n}", question=f"what fell in {n}?")
        for n in range(100, 110)
    ]
    folder = tmp_path / "corpora/xquad"
    write(folder / "squad/en.train.json", squad(rows))
    wrong = [*rows[:9], row(rows[9]["context"], "rose", 0)]
    write(folder / "xquad/xquad.sw.jsonl", "".join(json.dumps(one) + "\n" for one in wrong))
    (folder / "xquad/en").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), folder / "xquad/en/validation-00000-of-00001.parquet")
    write(folder / "xquad/de.tsv", "question\tcontext\n")
    return folder.parent


def fetch(corpora: Path, **how):
    target = Workspace(corpora.parent / "out", "made")
    return target, reader.fetch(target, settings(corpora, tasks=["xquad"], **how).fetch)


def test_json_jsonl_and_parquet_of_a_folder_come_to_the_same_rows(corpora):
    target, fetched = fetch(corpora, refused=0.2)
    train, english, swahili = (
        pq.read_table(target.evalset("xquad", *place)).to_pylist()
        for place in (("squad", "eng"), ("xquad", "eng"), ("xquad", "swa"))
    )
    texts = [
        [(one["question"], one["context"], one["answers"], one["starts"]) for one in rows] for rows in (train, english, swahili)
    ]
    assert texts[0] == texts[1] and texts[2] == texts[1][:9]
    assert {one["split"] for one in train} == {"train"} and {one["split"] for one in english} == {"test"}
    (told,) = [one for one in fetched.files if one["language"] == "swa"]
    assert (told["rows_read"], told["rows_kept"], told["rows_refused"]) == (10, 9, {questions.ASTRAY: 1})
    assert fetched.unread == [{"path": "xquad/xquad/de.tsv", "reason": "the format .tsv is not read"}]


def test_many_wrong_offsets_stop_the_run_and_name_the_first(corpora):
    with pytest.raises(BadInput, match=rf"xquad.sw.jsonl: 1 of 10 rows refused: 1 {questions.ASTRAY} \(first: line 10\)"):
        fetch(corpora)
