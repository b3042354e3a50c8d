"""Evaluation sets are not believed: copies, repetitions, and training rows that are test rows, through the stage `check`."""

import json
import shutil

import pyarrow.parquet as pq
import pytest
from folders import CHECKOUT, settings, small, write
from made_text import pos

from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.corpora.overlap import Sets
from realignment.stages import check, fetch

SMALL = {"min_pairs": 10, "min_sentences": 5, "min_entities": 5}


def checked(root, files, **thresholds):
    """The workspace after `check`, of evaluation files of task POS {name: text} beside the small folder."""
    small(root / "corpora")
    shutil.copytree(CHECKOUT / "data/uriel", root / "data/uriel")
    (root / "corpora/evalsets/pos/made").rename(root / "corpora/evalsets/pos/small")
    for name, text in files.items():
        write(root / f"corpora/evalsets/pos/other/{name}.tsv", text)
    workspace = Workspace(root, "made")
    how = settings(
        root / "corpora",
        {**SMALL, **thresholds},
        train={"pos": "other" if "eng.train" in files else "small", "ner": None, "nli": None},
    )
    fetch.run(workspace, how)
    check.run(workspace, how)
    return workspace


def refusal(root, files):
    with pytest.raises(FailedWork) as fault:
        checked(root, files)
    return str(fault.value)


def test_a_language_that_is_a_copy_of_another_stops(tmp_path):
    same = pos("swa", 100)
    text = refusal(tmp_path, {"swa.test": same, "afr.test": same, "zul.test": pos("zul", 100)})
    assert "path evalsets/pos/other/afr.parquet, shared_with evalsets/pos/other/swa.parquet (100% of its sentences)" in text
    assert "evalsets/pos/other/zul.parquet" not in text


def test_a_language_that_is_half_english_stops(tmp_path):
    half = pos("eng", 60, seed=7) + "\n" + pos("swa", 60)
    text = refusal(tmp_path, {"eng.test": pos("eng", 60, seed=7), "swa.test": half})
    assert "path evalsets/pos/other/swa.parquet, shared_with evalsets/pos/other/eng.parquet (100% of its sentences)" in text


def test_a_file_that_repeats_its_rows_stops(tmp_path):
    text = refusal(tmp_path, {"swa.test": "\n".join([pos("swa", 20)] * 5)})
    assert "repeated_share" in text and "path evalsets/pos/other/swa.parquet, repeated_share 0.8" in text


def test_training_rows_that_are_the_test_rows_stop(tmp_path):
    same = pos("eng", 60)
    text = refusal(tmp_path, {"eng.train": same, "eng.test": same})
    assert "path evalsets/pos/other/eng.parquet, trained_share 1" in text


def test_a_training_row_that_is_a_test_row_of_its_task_is_left_out_of_training(tmp_path):
    """Whatever set and language holds it; it is counted in quality/evalsets.json."""
    train = pos("eng", 60) + "\n" + pos("swa", 2, seed=9)
    workspace = checked(tmp_path, {"eng.train": train, "swa.test": pos("swa", 40, seed=9)}, unlike=None)
    rows = [row for row in pq.read_table(workspace.excluded).to_pylist() if row["kind"] == "evalset"]
    assert [(row["path"], row["row"], row["reason"]) for row in rows] == [
        ("evalsets/pos/other/eng.parquet", row, "equal to an evaluation sentence") for row in (60, 61)
    ]
    files = json.loads((workspace.quality / "evalsets.json").read_text())["files"]
    assert {one["path"]: one["trained_share"] for one in files}["evalsets/pos/other/eng.parquet"] == pytest.approx(2 / 62)


def test_short_sentences_that_two_languages_share_are_no_copy():
    sets = Sets()
    for code in ("eng", "swa"):
        own = [f"{code} one two three {number}" for number in range(30)]
        sets.add({"path": code, "task": "pos", "set": "x", "language": code}, ["test"] * 60, [*own, *["Amina Juma ."] * 30])
    assert {one["shared_with"] for one in sets.measured(0.0).values()} == {None}


def test_a_question_is_left_out_of_training_where_its_context_is_tested_whatever_is_asked():
    """Several questions of one context are no repetition."""
    sets = Sets()
    contexts = ["The tower fell in May.", "the Tower fell in may", "The mill burned down.", "The mill burned down."]
    asked = [f"{number}? {context}" for number, context in enumerate(contexts)]
    entry = {"path": "squad", "task": "xquad", "set": "squad", "language": "eng"}
    sets.add(entry, ["test", "train", "train", "train"], asked, contexts)
    sets.add({**entry, "path": "xquad", "language": "swa"}, ["test"] * 4, asked, ["Mnara.", "Mnara.", "Kinu.", "Kinu."])
    assert sets.trained == {"squad": [1], "xquad": []}
    assert len(set(sets.files[1].tests)) == 4
