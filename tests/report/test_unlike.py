"""What the head of the page says is not as in the paper."""

from pathlib import Path

import pytest
import small_grid

from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.paper.printed import TASKS
from realignment.records.record import Record
from realignment.report import unlike

ROOT = Path(__file__).parents[2]
PAPERS = params.papers(ROOT)


def record(verb: str, task: str = "", **given) -> Record:
    return small_grid.record(verb, task=task, params=given, environment={"device": "cpu"})


def test_the_defaults_of_the_package_are_the_papers_own_settings():
    """Appendix A.6 of the paper."""
    epochs = {task: PAPERS["finetune"]["epochs"][task] for task in TASKS}
    assert PAPERS["realign"]["steps"] == 24_544 and epochs == {"pos": 5, "ner": 5, "nli": 2}
    assert PAPERS["study"]["seeds"] == [17, 23, 42, 66]


def test_a_profile_and_the_preset_change_nothing_of_what_is_the_papers():
    assert params.load(Workspace(ROOT, "sample")).realign.steps < PAPERS["realign"]["steps"] == 24_544
    assert params.load(Workspace(ROOT, "reference-code")).finetune.max_length == 96
    assert params.papers(ROOT)["finetune"]["max_length"] == 200


def test_a_run_as_in_the_paper_differs_in_nothing():
    runs = [
        record("realign", **{name: value for name, value in PAPERS["realign"].items() if name != "preset"}),
        *(
            record("finetune", task, epochs=epochs, batch=32, learning_rate=2e-5)
            for task, epochs in PAPERS["finetune"]["epochs"].items()
        ),
        record("evaluate", "pos", max_length=200),
        record("evaluate", max_length=96),
    ]
    assert unlike.settings(runs, PAPERS) == []


def test_settings_that_differ_are_named_with_both_values():
    runs = [record("realign", steps=500, learning_rate=2e-3, pairs=16), record("evaluate", "ner", max_length=128)]
    assert unlike.settings(runs, PAPERS) == [
        "steps 500, not 24,544",
        "realignment rate 0.002, not 2e-05",
        "evaluation length NER 128, not 200",
    ]


def test_a_row_realigned_otherwise_is_no_other_experiment_but_an_allocation_of_all_rows_is():
    one = {"allocation": "equal_pairs_per_language", "pairs_per_language": 6_042, "unit": "sentences"}
    assert unlike.settings([small_grid.record("realign", control="equal_pairs", params=one)], PAPERS) == []
    assert unlike.settings([small_grid.record("realign", control="words", params={"unit": "words"})], PAPERS) == []
    assert unlike.settings([record("realign", **one)], PAPERS) == ["allocation equal_pairs_per_language, not equal_steps"]
    few = {**one, "pairs_per_language": 10}
    assert unlike.settings([small_grid.record("realign", control="equal_pairs", params=few)], PAPERS) == [
        "pairs per language 10, not 6,042"
    ]


def test_a_setting_that_differs_in_some_tasks_is_named_for_those():
    runs = [record("finetune", "pos", epochs=3), record("finetune", "nli", epochs=2), record("finetune", "ner", epochs=4)]
    assert unlike.settings(runs, PAPERS) == ["epochs POS 3, NER 4, not 5"]


@pytest.mark.parametrize(("name", "said"), [("hub:google-bert/bert-base-multilingual-cased@1", []), ("path:tiny", ["encoder one, not mBERT or XLM-R"])])  # fmt: skip
def test_an_encoder_is_the_papers_by_its_name(name, said):
    study = {"encoders": {"one": {"name": name}}, "reading": "published"}
    assert unlike.choice(study, 10, 4, PAPERS) == said


def test_the_reading_the_size_and_the_seeds_count_too():
    study = {"encoders": {}, "reading": "computed"}
    assert unlike.choice(study, 5, 2, PAPERS) == [
        "subsets computed, not published",
        "5 languages a subset, not 10",
        "2 seeds, not 4",
    ]
