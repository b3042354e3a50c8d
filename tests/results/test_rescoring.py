"""Scores must follow from the predictions they came from; they are computed once more before a report is made of them."""

import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import small_grid
import small_world

from realignment.core.errors import FailedWork
from realignment.core.hashing import file_digest
from realignment.corpora import manifest
from realignment.engine import examples
from realignment.records import predictions
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.results import rescoring
from realignment.tasks import LABELS, MODULES, PAIRS, ner


@pytest.fixture
def world(tmp_path, bert_folder):
    return small_world.build(tmp_path, bert_folder)[0]


def guessed(task: str, gold: list, rng: random.Random) -> list:
    def one(label: str) -> str:
        return label if rng.random() < 0.6 else rng.choice([*LABELS[task], *([""] if task == "pos" else [])])

    return [one(label) if task in PAIRS else [one(tag) for tag in label] for label in gold]


def evaluation(workspace, task: str, folder: Path) -> Record:
    """A record of predictions at random, with the scores the task itself gives them."""
    known, rng = manifest.load(workspace), random.Random(task)
    scores, rows, given = [], [], {}
    for path in known.evalsets(task):
        language = Path(path).stem
        found = examples.read(workspace.data / path, task, "test")
        predicted = guessed(task, found.gold, rng)
        score = MODULES[task].score(found.gold, predicted)
        scores.append({"task": task, "set": "made", "language": language, "score": score, "n": len(found), "cut": 0})
        rows += predictions.rows("made", language, found.ids, predicted)
        given[f"evalset/made/{language}"] = known.digest(path)
    return finished(Job("evaluate", Cell("small", "none", Seeds.all(17)), task, {}, given), scores, rows, folder)


def finished(job: Job, scores: list, rows: list, folder: Path) -> Record:
    folder.mkdir(exist_ok=True)
    predictions.write(rows, folder / predictions.FILE)
    hashes = {"predictions": file_digest(folder / predictions.FILE)}
    return small_grid.finished(job, scores=scores, hashes=hashes)


def changed(record: Record, scores: list) -> Record:
    return Record.of({**record.to_json(), "scores": scores}, "made up")


@pytest.mark.parametrize("task", ["pos", "ner", "nli"])
def test_scores_that_follow_from_their_predictions_agree(world, tmp_path, task):
    record = evaluation(world, task, tmp_path / "run")
    counts = rescoring.check(world, [record], lambda key: tmp_path / "run" / predictions.FILE)
    assert counts == rescoring.Counts(1, 0) and str(counts) == "the scores of 1 evaluation agree with its predictions"


@pytest.mark.parametrize("task", ["pos", "ner", "nli"])
def test_a_score_that_does_not_is_refused_with_both_numbers(world, tmp_path, task):
    record = evaluation(world, task, tmp_path / "run")
    scores = record.to_json()["scores"]
    true, scores[1]["score"] = scores[1]["score"], 0.9999
    record = changed(record, scores)
    with pytest.raises(
        FailedWork, match=rf"evaluate small none {task} s17 has 0\.9999 for made qab, its predictions give {true}"
    ):
        rescoring.check(world, [record], lambda key: tmp_path / "run" / predictions.FILE)


def test_a_language_that_was_left_out_or_made_up_is_refused(world, tmp_path):
    record = evaluation(world, "pos", tmp_path / "run")
    *scores, left = record.to_json()["scores"]
    record = changed(record, scores)
    with pytest.raises(FailedWork, match=f"has none for made {left['language']}, its predictions give {left['score']}"):
        rescoring.check(world, [record], lambda key: tmp_path / "run" / predictions.FILE)


def test_changed_predictions_are_named(world, tmp_path):
    record = evaluation(world, "pos", tmp_path / "run")
    table = pq.read_table(tmp_path / "run" / predictions.FILE)
    pq.write_table(table.slice(0, 10), tmp_path / "run" / predictions.FILE)
    with pytest.raises(FailedWork, match=r"pos s17: .*predictions\.parquet was changed after it was written"):
        rescoring.check(world, [record], lambda key: tmp_path / "run" / predictions.FILE)


def test_retrieval_is_counted_from_what_was_nearest(world, tmp_path):
    rows = predictions.rows("heldout", "qab", range(7), map(str, [0, 1, 2, 0, 4, 0, 0]))
    rows += predictions.rows("heldout", "qac", range(1), ["0"])
    known = {"qab": (4 / 7, 7), "qac": (None, 1), "qad": (None, 0)}  # below two pairs there is no choice
    scores = [
        {"task": "retrieval", "set": "heldout", "language": code, "score": score, "n": n, "cut": 0}
        for code, (score, n) in known.items()
    ]
    record = finished(Job("evaluate", Cell("small", "all", Seeds.all(17)), "", {}, {}), scores, rows, tmp_path / "run")
    assert rescoring.check(world, [record], lambda key: tmp_path / "run" / predictions.FILE).agree == 1


def test_without_predictions_or_with_other_evaluation_files_a_run_is_counted_and_said(world, tmp_path):
    some = [evaluation(world, task, tmp_path / task) for task in ("pos", "nli")]
    small_world.exclude(world, [{"path": "evalsets/nli/made/qab.parquet", "row": 0}])
    counts = rescoring.check(world, some, lambda key: None if key == some[0].key else tmp_path / "nli" / predictions.FILE)
    assert counts == rescoring.Counts(0, 2)
    assert str(counts).endswith("of 2 the predictions or evaluation files are not at hand")


def test_a_second_report_computes_nothing_and_still_notices(world, tmp_path):
    record = evaluation(world, "ner", tmp_path / "run")
    rescoring.check(world, [record], lambda key: tmp_path / "run" / predictions.FILE)
    again = rescoring.check(world, [record], lambda key: None)
    assert again == rescoring.Counts(1, 0, 1)
    assert str(again).endswith("; for 1 of them that was found earlier, and the predictions are not at hand now")
    first, *others = record.to_json()["scores"]
    record = changed(record, [{**first, "score": 0.9999}, *others])
    with pytest.raises(FailedWork, match="its predictions give"):
        rescoring.check(world, [record], lambda key: None)


def test_predictions_that_change_after_they_were_compared_are_named(world, tmp_path):
    record = evaluation(world, "pos", tmp_path / "run")
    file = tmp_path / "run" / predictions.FILE
    rescoring.check(world, [record], lambda key: file)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(FailedWork, match=r"predictions\.parquet was changed after it was written"):
        rescoring.check(world, [record], lambda key: file)


def test_a_damaged_memory_of_scores_is_none(world, tmp_path):
    record = evaluation(world, "pos", tmp_path / "run")
    rescoring.check(world, [record], lambda key: tmp_path / "run" / predictions.FILE)
    world.rescored.write_text(world.rescored.read_text().replace("0.", "0.1", 1))
    assert rescoring.check(world, [record], lambda key: None) == rescoring.Counts(0, 1)


def test_the_quick_count_of_entities_is_that_of_seqeval():
    rng, tags = random.Random(0), list(ner.LABELS)
    for _ in range(400):
        weights = [rng.choice([0.2, 0.6, 3.0]), *[0.1] * 6]
        gold = [rng.choices(tags, weights, k=rng.randint(1, 7)) for _ in range(rng.randint(1, 6))]
        predicted = [[tag if rng.random() < 0.7 else rng.choice(tags) for tag in sentence] for sentence in gold]
        if any(tag != "O" for sentence in gold for tag in sentence):
            assert rescoring.quick_f1(gold, predicted) == ner.score(gold, predicted)


def test_what_is_kept_of_a_prediction_gives_it_back():
    for label in (["NOUN", "", "VERB"], ["O"]):
        assert predictions.tags(predictions.text(label)) == label
