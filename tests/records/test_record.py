"""A record is read as one type, named by what it lacks, and gives back the very bytes it was read from."""

import json

import pytest
from small_grid import SCORES, chain, finished, record

from realignment.core.errors import FailedWork
from realignment.records import sealing
from realignment.records.cell import Cell, Seeds
from realignment.records.record import OPTIONAL, REQUIRED, VERSION, Record

NUMBERS = ("seconds", "scores.1.score", "cell.seeds.subset", "cell.seeds.order", "cell.seeds.head", "cell.seeds.dropout")


def reached(content: dict, path: str) -> tuple:
    """(a copy, what in it holds the last name of `path`, that name): `cell.seeds.head`, `scores.0.language`."""
    held = copy = json.loads(json.dumps(content))
    *above, last = (int(name) if name.isdigit() else name for name in path.split("."))
    for name in above:
        held = held[name]
    return copy, held, last


def without(content: dict, path: str) -> dict:
    copy, held, last = reached(content, path)
    del held[last]
    return copy


def with_value(content: dict, path: str, value: object) -> dict:
    copy, held, last = reached(content, path)
    held[last] = value
    return copy


@pytest.mark.parametrize("verb", ["realign", "finetune", "evaluate"])
def test_a_record_comes_back_byte_for_byte(verb):
    """As a job's record.json is written, whatever the order of its keys."""
    for text in (
        json.dumps(record(verb).to_json(), ensure_ascii=False, sort_keys=True, indent=1),
        json.dumps(dict(reversed(record(verb).to_json().items())), ensure_ascii=False, indent=1),
    ):
        again = Record.of(json.loads(text), "record.json")
        assert json.dumps(again.to_json(), ensure_ascii=False, indent=1) == text
        assert sealing.fault(again.to_json()) == ""


def test_a_record_holds_the_job_it_is_of_and_its_outcome():
    for job in chain(17):
        one = finished(job, seconds=2.5)
        assert one.job == job and (one.key, one.cell_key, one.name) == (job.key, job.cell_key, job.name)
    one = record("evaluate", seed=23)
    assert one.cell == Cell("small", "latin_diverse_5", Seeds.all(23))
    assert {score.language: score.score for score in one.scores} == SCORES
    assert {(score.task, score.set, score.n, score.cut) for score in one.scores} == {("pos", "mini", 9, 1)}
    assert one.seal == sealing.seal(one.to_json())


def test_a_run_keeps_the_key_it_was_written_with():
    """Keys are hashes of code as well; one of another version of this package is still its own."""
    assert record("realign", key="f" * 64).key == "f" * 64


@pytest.mark.parametrize("path", [
    *REQUIRED, "cell", "scores", "cell.encoder", "cell.subset", "cell.control", "cell.seeds", "cell.seeds.subset", "cell.seeds.order",
    "cell.seeds.head", "cell.seeds.dropout", "scores.1.task", "scores.1.set", "scores.1.language", "scores.1.score",
])  # fmt: skip
def test_a_key_that_is_missing_or_of_another_type_is_named_with_the_record_and_the_place(path):
    content, value = record("evaluate").to_json(), "7" if path in NUMBERS else 7
    shown = path.replace("scores.1", "scores[1]")
    named = r"study\.json: the record of .+"
    with pytest.raises(FailedWork, match=named) as fault:
        Record.of(without(content, path), "study.json")
    assert f"lacks `{shown}`" in str(fault.value) and "\n" not in str(fault.value)
    with pytest.raises(FailedWork, match=named) as fault:
        Record.of(with_value(content, path, value), "study.json")
    assert f"as `{shown}`; got {value!r}" in str(fault.value) and "\n" not in str(fault.value)


@pytest.mark.parametrize(("path", "value"), [
    *((name, 7) for name in OPTIONAL), ("scores.0", "0.5"), ("scores.0.score", "0.5"), ("scores.0.n", 1.5), ("scores.0.cut", "1"),
    ("inputs", {"bitext/qaa": 7}), ("hashes", {"weights": None}), ("counts", {"tokens": "70"}), ("languages", ["qaa", 7]), ("sha256", 7),
    ("cell.seeds.head", True), ("seconds", True),
])  # fmt: skip
def test_a_value_within_is_named_too(path, value):
    with pytest.raises(FailedWork, match=r"study\.json: the record of evaluate small latin_diverse_5 pos s17 must have"):
        Record.of(with_value(record("evaluate").to_json(), path, value), "study.json")


@pytest.mark.parametrize("content", [None, [], "text", {}])
def test_what_is_no_record_at_all_is_refused(content):
    with pytest.raises(FailedWork, match=r"study\.json: the record of a run without a name"):
        Record.of(content, "study.json")


def test_a_key_that_nobody_knows_is_kept():
    content = {**record("realign").to_json(), "of later": {"deep": [1]}}
    assert Record.of(content, "study.json").to_json() == content


@pytest.mark.parametrize("given", [
    {"layer_01": 0.5}, {"layer_01": {"cosine": 0.5, "mean": 0.5}}, {"layer_01": {"cosine": "0.5", "mean": 0.5, "error": None}},
    {"layer_01": {"cosine": 0.5, "mean": 0.5, "error": 0.1, "more": 1}},
])  # fmt: skip
def test_cosines_that_are_none_are_refused(given):
    with pytest.raises(FailedWork, match="must have an object of objects of numbers or nulls as `gradients`"):
        Record.of({**record("evaluate").to_json(), "gradients": given}, "study.json")


def test_cosines_are_under_the_seal():
    content = finished(record("evaluate").job, gradients={"layer_01": {"cosine": 0.5, "mean": None, "error": None}}).to_json()
    assert Record.of(content, "study.json").gradients["layer_01"]["cosine"] == 0.5 and sealing.fault(content) == ""
    assert sealing.fault(with_value(content, "gradients.layer_01.cosine", 0.4))


def test_a_record_from_before_kernels_trials_and_usage_were_written_has_none():
    content = {name: value for name, value in record("realign").to_json().items() if name not in OPTIONAL}
    one = Record.of(content, "study.json")
    assert (one.kernels, one.trial, one.usage) == ("", {}, {}) and one.to_json() == content


def test_a_score_without_counts_has_none():
    content = record("evaluate").to_json()
    del content["scores"][0]["n"]
    content["scores"][1]["cut"] = None
    first, second, _ = Record.of(content, "study.json").scores
    assert (first.n, second.cut) == (0, 0)


def test_a_record_of_another_version_of_the_format_is_not_read():
    content = record("realign").to_json()
    assert Record.of({**content, "version": VERSION}, "study.json").key == content["key"]
    with pytest.raises(FailedWork, match=rf"is of version {VERSION + 1}; this program reads version {VERSION}"):
        Record.of({**content, "version": VERSION + 1}, "study.json")
