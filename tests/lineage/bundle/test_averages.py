"""verify.py is a second program on purpose: on studies drawn at random it must come to the same digits as the report's tables."""

import json
import math
import random
from pathlib import Path

import bundled
import pytest
from random_scores import EXACT, drawn, reported

from realignment import tasks
from realignment.languages import grouping
from realignment.results import averages, headings, scores
from realignment.tasks import LABELS, MODULES, xquad


def recomputed(folder: Path, program=None):
    """verify.py after it has been through the tables of a folder."""
    program = program or bundled.program(folder)
    found = bundled.scores_of(program)
    for path in sorted((folder / "tables").glob("*.csv")):
        if path.name != "scores.csv":
            exact = [(*one, EXACT * score) for *one, score in found]
            program.check_table(path.name, exact if "-exact-" in path.name else found)
    return program


@pytest.mark.parametrize("number", [*range(12), *(pytest.param(number, marks=pytest.mark.slow) for number in range(12, 24))])
def test_both_programs_come_to_the_same_digits_on_random_studies(number, tmp_path):
    found = drawn(number)
    if not any(one.score is not None for one in found):
        pytest.skip("a study without a score")
    reported(found, tmp_path, judged=number % 8 == 3)
    program = recomputed(tmp_path)
    assert program.faults == []
    assert program.total == program.agree and sum(program.total.values()) > 20


def test_the_random_studies_hold_what_the_rule_is_about(tmp_path):
    """African sets beside general ones, runs and scores that are missing, undefined ones, draws with several seeds, two encoders."""
    studies = [drawn(number) for number in range(40)]
    runs = [averages.collect(found) for found in studies]
    assert any(one.undefined for one in runs) and any(len({one.encoder for one in found}) == 2 for found in studies)
    both = [{(one.task, one.language, one.set) for one in found} for found in studies]
    assert any({(task, code, "masakhapos"), (task, code, "udpos")} <= one for one in both for task, code, _ in one)
    assert any(
        {(task, code, "udpos own"), (task, code, "udpos")} <= one and (task, code, "masakhapos") not in one
        for one in both
        for task, code, _ in one
    )


def test_tasks_groups_sets_and_controls_are_those_of_the_package(tmp_path):
    """A second program has its own list of each: what is new in the package is to be put there too."""
    program = bundled.program(tmp_path)
    assert {title: name for name, title in tasks.TITLES.items()} == program.TASKS and averages.AFRICAN == program.AFRICAN
    assert set(tasks.TASKS) - tasks.AVERAGED == program.BESIDE == tasks.QUESTIONS, "verify.py takes the two for one"
    titles = {headings.group(one): {one} for one in grouping.GROUPS}
    titles |= {"Average": scores.AVERAGED, "Average without English": scores.WITHOUT_ENGLISH}
    assert {title: program.GROUPS.get(title, {title}) for title in titles} == titles
    for control, (section, _) in headings.CONTROLS.items():
        line = f"small,all,{control},17,pos,made,qab,HRL,0.5,9"
        (tmp_path / "tables").mkdir(exist_ok=True)
        (tmp_path / "tables" / "scores.csv").write_text(f"encoder,subset,control,seed,task,set,language,group,score,n\n{line}\n")
        (tmp_path / "study.json").write_text('{"records": []}')
        ((((_, row), *_),), _) = program.check_scores({f"predictions/small/all.{control}/pos/s17.csv.gz"})
        assert row == headings.label(scores.Row("small", "all", control)) and section


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("AFRICAN", set()),  # the mean over all sets
        ("IN", {"HRL"}),
        ("fmean", lambda values: math.fsum(values) / 2),
    ],
)
def test_another_averaging_rule_does_not_agree(name, broken, tmp_path):
    reported(drawn(3), tmp_path)
    program = bundled.program(tmp_path)
    setattr(program, name, broken)
    if name == "IN":
        program.GROUPS["Average without English"] = broken
    assert recomputed(tmp_path, program).faults


def test_answers_by_hand_are_scored_as_the_task_scores_them(tmp_path):
    """In each language that has a rule of its own, and in one that has none."""
    program, chance = bundled.program(tmp_path), random.Random("xquad")
    letters = "theéladerال北京 của ab.,-«»"
    for language in (*xquad.ARTICLES, *xquad.MIXED, "tha"):
        for _ in range(60):
            gold = [
                ["".join(chance.choices(letters, k=chance.randint(0, 9))) for _ in range(chance.randint(1, 3))]
                for _ in range(chance.randint(0, 4))
            ]
            guesses = [chance.choice([*answers, "".join(chance.choices(letters, k=6))]) for answers in gold]
            held = [json.dumps(answers, ensure_ascii=False) for answers in gold]
            assert program.score("xquad", held, guesses, language) == xquad.score(gold, guesses, language)
            assert program.score("xquad", held, guesses, language, "exact") == xquad.exact(gold, guesses, language)


@pytest.mark.parametrize("task", ["pos", "ner", "nli"])
def test_a_score_by_hand_is_that_of_the_task(task, tmp_path):
    """Any tags, also such as begin with I- or change their kind within an entity; words that were cut off; no entity at all."""
    program, chance = bundled.program(tmp_path), random.Random(task)
    for _ in range(300):
        sizes = [chance.randint(1, 9) for _ in range(chance.randint(1, 6))]
        share = chance.random()
        gold, guesses = (
            [[chance.choice(LABELS[task]) if chance.random() < share else LABELS[task][0] for _ in range(size)] for size in sizes]
            for _ in "ab"
        )
        if task == "nli":
            gold, guesses = ([one[0] for one in side] for side in (gold, guesses))
        elif task == "pos":
            guesses = [[tag if chance.random() < 0.9 else "" for tag in one] for one in guesses]
        held = [bundled.held(one) for one in (gold, guesses)]
        assert program.score(task, *held) == MODULES[task].score(gold, guesses)


def test_the_share_of_nearest_pairs_is_a_float32_and_none_below_two_pairs(tmp_path):
    from realignment.engine import retrieval

    program, chance = bundled.program(tmp_path), random.Random(7)
    for size in range(60):
        nearest = [chance.randrange(max(size, 1)) for _ in range(size)]
        gold = bundled.held(list(map(str, range(size))))
        assert program.score("retrieval", gold, bundled.held(list(map(str, nearest)))) == retrieval.share(nearest)
