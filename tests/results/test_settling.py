"""What a question is, what is known of its spread and costs, and that the procedure as a whole errs as rarely as it says."""

import random

import numpy as np
import pytest
import small_grid

from realignment.core.errors import BadInput
from realignment.engine.monitor import RESUMED
from realignment.results import averages, comparisons, noise, settling, tables
from realignment.results.scores import Row, Score
from realignment.results.settling import Question, Spread
from realignment.statistics.two_batches import Batch

GROUP = {"eng": "English", "deu": "HRL", "swa": "LRL seen"}
ROWS = ("none", "all_65", "uriel_diverse_10", "latin_diverse_10", "random_10")


def study(seeds=("17", "23", "42", "66"), rows=ROWS, sd: float = 0.005, effect: dict | None = None) -> tables.Study:
    draw = random.Random(1)
    found = [
        Score("small", row, "", seed, task, task, language, GROUP[language], 0.5 + (effect or {}).get((row, seed), noise))
        for row in rows
        for seed in seeds
        for task in ("pos", "ner")
        for noise in [draw.gauss(0, sd)]
        for language in GROUP
    ]
    return tables.Study(averages.collect(found), "small")


def question(ours="uriel_diverse_10", theirs="random_10", **given) -> Question:
    return Question(
        Row("small", ours), Row("small", theirs), **{"tasks": ("pos", "ner"), "delta": 0.5, "power": 0.8, "most": 40, **given}
    )


@pytest.mark.parametrize("theirs", ["latin_diverse_10", "random_10"])
def test_the_spread_of_a_pair_is_what_verdicts_go_by(theirs):
    held, asked = study(), question(theirs=theirs)
    (one,) = comparisons.compare(held, {"": settling.items_of(held, asked.tasks)}, [asked.pair])
    found = settling.spread(held, asked)
    assert found.sd == pytest.approx(100 * one.error * 4**0.5)  # the error of a mean of four seeds
    assert found.freedom == pytest.approx(one.freedom)
    low, high = found.limits
    assert low < found.sd < high


def test_a_run_of_a_draw_with_several_seeds_varies_by_both_parts():
    draws = {("random_10", f"{draw}.{seed}.{seed}.{seed}"): 0.01 * draw + 0.003 * seed for draw in (1, 2, 3) for seed in (4, 5)}
    labels = tuple(label for _, label in draws)
    held, asked = study(labels, effect=draws), question()
    (one,) = settling.parts(held, asked)
    assert (one["draws"], one["runs"]) == (3, 6)
    items = settling.items_of(held, asked.tasks)
    means = noise.of_column(held, items, comparisons.rows(held, {"": items})).apart
    whole = (
        means.variance[asked.theirs] + (one["training seed"] / 100) ** 2 / 2
    )  # of a draw's mean over two seeds half is left out
    assert settling.spread(held, asked).sd == pytest.approx(100 * (means.variance[asked.ours] + whole) ** 0.5)


def test_one_seed_knows_no_spread_and_seeds_that_agree_none_either():
    with pytest.raises(BadInput, match="two finished seeds"):
        settling.spread(study(("17",)), question())
    with pytest.raises(BadInput, match="no spread is known"):
        settling.spread(study(sd=0.0), question())


def test_rows_are_named_by_subset_control_and_encoder():
    held = study()
    assert settling.row_of(held, "uriel_diverse", 10) == Row("small", "uriel_diverse_10")
    assert settling.row_of(held, "small/none", 10) == Row("small", "none")
    for text, words in (
        ("untrained", "a floor or a ceiling"), ("all_65.shufled", "nearest: shuffled"), ("all_65.shuffled", "no row `all_65 shuffled`"),
        ("other/none", "no row `none` of encoder `other`"), ("nothing_10", "unknown subset"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            settling.row_of(held, text, 10)


def test_a_cost_is_the_mean_seconds_of_each_rows_runs_else_of_its_encoders():
    records = [
        small_grid.record("realign", "uriel_diverse_10", seconds=100.0), small_grid.record("realign", "uriel_diverse_10", seed=23, seconds=300.0),
        small_grid.record("finetune", "uriel_diverse_10", seconds=50.0), small_grid.record("evaluate", "uriel_diverse_10", seconds=10.0),
        small_grid.record("realign", "random_10", seconds=9000.0, usage={RESUMED: [[0, 1.0]]}),
    ]  # fmt: skip
    asked = question(tasks=("pos",))
    runs, hours = settling.cost(settling.seconds(records, asked), asked, 3)
    assert runs == 3 * 2 * 3
    assert hours == pytest.approx(3 * 2 * (200 + 50 + 10) / 3600)
    against_none = question("uriel_diverse_10", "none", tasks=("pos",))
    assert settling.cost({}, against_none, 1) == (3 + 2, None)


def whole(truth: float, sd: float, guess: Spread, chance: np.random.Generator, asked: Question) -> tuple[str, int]:
    looks, plan = settling.first(asked, guess)
    batches = [Batch.of(chance.normal(truth, sd, plan.n).tolist())]
    if not settling.outcome(asked, looks, batches):
        further = settling.second(asked, looks, batches[0], guess)
        batches.append(Batch.of(chance.normal(truth, sd, further.n).tolist()))
    return settling.outcome(asked, looks, batches), sum(one.n for one in batches)


def test_a_question_always_ends_within_its_most_and_errs_as_rarely_as_it_says():
    """The spread is guessed with six degrees of freedom, so that it is often half or double; 4 standard errors are allowed."""
    chance, asked, count = np.random.default_rng(1), question(), 400
    for truth in (0.0, 0.5):
        said = []
        for _ in range(count):
            outcome, n = whole(truth, 0.5, Spread(0.5 * (chance.chisquare(6) / 6) ** 0.5, 6.0), chance, asked)
            assert outcome and n <= asked.most
            said.append(outcome)
        rate = {
            name: sum(one.startswith(name) for one in said) / count
            for name in ("better", "worse", "no difference", "cannot tell")
        }
        slack = 4 * (0.05 * 0.95 / count) ** 0.5
        if truth:
            assert rate["better"] > 0.8
            assert rate["no difference"] < 0.05 + slack and rate["worse"] < 0.005
        else:
            assert rate["better"] + rate["worse"] < 0.05 + slack
            assert rate["no difference"] > 0.8
