"""The registry of tasks: whatever is asked of a task, its module says."""

import inspect
import re

import pytest
import shipped

from realignment import tasks
from realignment.results import floors, headings

ASKED = {"TITLE", "COLUMN", "LABELS", "METRIC", "KIND", "AVERAGED", "MISSING", "UNDEFINED", "score", "majority"}


@pytest.mark.parametrize("name", tasks.TASKS)
def test_a_task_says_all_that_is_asked_of_it(name):
    module = tasks.MODULES[name]
    assert set(vars(module)) >= ASKED
    assert module.KIND in ("words", "pair", "span")
    assert (name in tasks.PAIRS, name in tasks.QUESTIONS) == (module.KIND == "pair", module.KIND == "span")
    assert headings.TASKS[name] == module.TITLE and floors.WHY[name] == module.UNDEFINED
    assert len(set(module.LABELS)) == len(module.LABELS)


@pytest.mark.parametrize("name", tasks.TASKS)
def test_gold_scores_one_and_nothing_scores_nothing(name):
    module = tasks.MODULES[name]
    labels = [label for label in module.LABELS if not label.startswith("I-")]
    gold = {"pair": labels, "words": [labels, labels[::-1]], "span": [["red"], ["old house"], ["old house"]]}[module.KIND]
    right = [answers[0] for answers in gold] if name in tasks.QUESTIONS else gold
    assert tasks.score(name, gold, right, "eng") == 1
    assert tasks.score(name, [], [], "eng") is None
    assert 0 <= tasks.score(name, gold, module.majority(gold), "eng") < 1


def test_columns_of_tables_stand_in_one_order():
    assert list(tasks.TITLES) == ["nli", "pos", "ner", "xquad"], "as in Tables 8 and 10, then what stands beside them"
    assert {"nli", "pos", "ner"} == tasks.AVERAGED, "the paper's averages are over these"
    assert len({module.COLUMN for module in tasks.MODULES.values()}) == len(tasks.MODULES)


def test_no_module_asks_for_a_task_by_its_name():
    """But readers of published sets, whose columns have names of their own, the paper, which has these three, and the programs of a bundle,
    which share no code with the rest."""
    asked = re.compile(r"""[!=]= ["'](pos|ner|nli|xquad)["']""")
    found = [path for path in (shipped.ROOT / "src/realignment").rglob("*.py") if asked.search(path.read_text(encoding="utf-8"))]
    places = {path.relative_to(shipped.ROOT / "src/realignment").as_posix() for path in found}
    assert {place for place in places if not place.startswith(("paper/", "sources/", "lineage/bundle/"))} == set()


def test_a_score_is_of_gold_and_predictions_in_this_order():
    for name, module in tasks.MODULES.items():
        asked = ("gold", "predicted", *(["language"] if name in tasks.QUESTIONS else []))
        assert tuple(inspect.signature(module.score).parameters) == asked
