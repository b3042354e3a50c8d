"""The averaging rule against a calculation by hand: sets of a language, languages of a task, tasks."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from realignment.results import averages
from realignment.results.scores import AVERAGED, WITHOUT_ENGLISH, Row, Score

GROUP = {"eng": "English", "deu": "HRL", "fra": "HRL", "swa": "LRL seen", "yor": "LRL unseen", "quy": "OOD"}
NONE = Row("xlmr", "none")


def score(task: str, name: str, language: str, value: float | None, seed: str = "17", n: int = 100) -> Score:
    return Score("xlmr", "none", "", seed, task, name, language, GROUP[language], value, n)


def test_the_mean_of_two_tasks_by_hand():
    """POS: deu 0.9, fra 0.7, swa the mean of two general sets (0.4 + 0.6) / 2 = 0.5; mean 2.1 / 3 = 0.7.

    NER: deu 0.3, swa 0.5 by its African set, whatever the general one says; mean 0.4. Both: (0.7 + 0.4) / 2 = 0.55.
    """
    runs = averages.collect(
        [
            score("pos", "udpos", "deu", 0.9), score("pos", "udpos", "fra", 0.7),
            score("pos", "udpos", "swa", 0.4), score("pos", "other", "swa", 0.6),
            score("ner", "wikiann", "deu", 0.3), score("ner", "wikiann", "swa", 0.99), score("ner", "masakhaner2", "swa", 0.5),
        ]
    )  # fmt: skip
    items = runs.items("xlmr", ["pos", "ner"], AVERAGED)
    assert items == {"pos": ["deu", "fra", "swa"], "ner": ["deu", "swa"]}
    assert runs.by_seed(NONE, items) == {"17": pytest.approx(0.55)}


VALUES = some.floats(0, 1)
RUN = some.dictionaries(
    some.tuples(some.sampled_from(["pos", "ner", "nli"]), some.sampled_from(["udpos", "masakhapos", "xnli"]), some.sampled_from(sorted(GROUP))),
    VALUES,
    min_size=1,
)  # fmt: skip


def by_hand(run: dict, groups) -> float | None:
    """The rule, written as it is said: of a language its African sets or all, then its task, then the tasks."""
    tasks = []
    for task in sorted({task for task, _, _ in run}):
        languages = []
        for code in sorted({code for one, _, code in run if one == task and GROUP[code] in groups}):
            sets = {name: value for (one, name, language), value in run.items() if (one, language) == (task, code)}
            counted = [value for name, value in sets.items() if name == "masakhapos"] or list(sets.values())
            languages.append(sum(counted) / len(counted))
        if languages:
            tasks.append(sum(languages) / len(languages))
    return sum(tasks) / len(tasks) if tasks else None


@given(RUN, some.sampled_from([AVERAGED, WITHOUT_ENGLISH, {"HRL"}]))
def test_a_mean_is_that_of_the_rule(run, groups):
    runs = averages.collect([score(*where, value) for where, value in run.items()])
    found = runs.by_seed(NONE, runs.items("xlmr", ["pos", "ner", "nli"], groups))
    wanted = by_hand(run, groups)
    assert found == ({} if wanted is None else {"17": pytest.approx(wanted)})


def test_a_run_that_lacks_a_language_of_one_task_gives_no_value_to_a_mean_of_two_and_one_to_the_other_task():
    whole = [score("pos", "udpos", "deu", 0.5), score("ner", "wikiann", "deu", 0.5)]
    runs = averages.collect([*whole, score("pos", "udpos", "deu", 0.7, seed="23")])
    assert runs.by_seed(NONE, {"pos": ["deu"], "ner": ["deu"]}) == {"17": 0.5}
    assert runs.by_seed(NONE, {"pos": ["deu"]}) == {"17": 0.5, "23": 0.7}


def test_a_run_that_lacks_a_set_of_a_language_has_no_score_for_it():
    """Whether the other set is the better one nobody can say."""
    whole = [score("pos", "udpos", "deu", 0.5), score("pos", "other", "deu", 0.7)]
    runs = averages.collect([*whole, score("pos", "udpos", "deu", 0.5, seed="23"), score("pos", "udpos", "fra", 0.4, seed="23")])
    assert runs.rows[NONE] == {"17": {("pos", "deu"): pytest.approx(0.6)}, "23": {("pos", "fra"): 0.4}}


def test_the_order_of_the_scores_changes_nothing():
    scores = [
        score(task, name, language, place / 8 + int(seed) / 1000, seed=seed)
        for seed in ("17", "23", "42")
        for place, (task, name, language) in enumerate(
            [("pos", "udpos", "deu"), ("pos", "other", "deu"), ("ner", "wikiann", "swa"), ("ner", "masakhaner2", "swa")]
        )
    ]
    by_run = averages.collect(scores)
    for number in range(10):
        Random(number).shuffle(scores)
        assert averages.collect(scores) == by_run


def test_what_was_measured_of_a_language_is_its_largest_set():
    runs = averages.collect([score("pos", "udpos", "deu", 0.5, n=200), score("pos", "other", "deu", 0.5, n=90)])
    assert runs.sizes["pos", "deu"] == 200


def test_nothing_is_averaged_over_no_language():
    runs = averages.collect([score("pos", "udpos", "quy", 0.5)])
    assert runs.items("xlmr", ["pos"], AVERAGED) == {}
    assert runs.cell(NONE, {}).n == 0
