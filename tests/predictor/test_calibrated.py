"""Intervals hold what they promise, and folds hide what they should."""

import math
from dataclasses import replace

import gained
import numpy as np
import pytest

from realignment.core.errors import BadInput
from realignment.predictor import calibrated, folds
from realignment.predictor.calibrated import Columns, LeftOut
from realignment.predictor.measured import Realigned


@pytest.fixture(scope="module")
def fitted():
    return calibrated.fit(gained.measured(), gained.ground())


def test_a_fold_hides_a_heuristic_of_every_size_and_pool_and_its_sets_under_other_names():
    found = gained.measured(per_heuristic=8)
    twin = replace(found.sets[0], subset="labs_copy_3")
    found = replace(found, sets=(*found.sets, twin), gains=np.vstack([found.gains, found.gains[:1]]))
    for out, rest in folds.folds(found, folds.HEURISTIC):
        hidden, left = [found.sets[place] for place in out], [found.sets[place] for place in rest]
        assert len({one.heuristic for one in hidden}) == 1
        assert not {one.heuristic for one in hidden} & {one.heuristic for one in left}
        assert not {one.languages for one in hidden} & {one.languages for one in left}
    assert any(one.pooled for one in found.sets)


def test_no_prediction_of_a_left_out_set_knows_its_measurement():
    """Other numbers in a heuristic change what is expected of other sets alone."""
    measured = gained.measured()
    mine = np.array([one.heuristic == "latin_diverse" for one in measured.sets])
    other = replace(measured, gains=measured.gains + 30 * mine[:, None])
    first, second = (calibrated.fit(one, gained.ground()).left_out.expected for one in (measured, other))
    # The fit begins elsewhere, at the variances of all sets, and ends at the same place to its tolerance.
    assert second[mine] == pytest.approx(first[mine], abs=0.02)
    assert np.abs(second[~mine] - first[~mine]).max() > 1


def _left_out(off, fold):
    off = np.array(off, float)[:, None]
    columns = Columns(("mean",), ("mean",), np.ones((1, 1)))
    return LeftOut(columns, off, np.zeros_like(off), np.ones_like(off), tuple(fold))


def test_the_factor_is_the_ninth_tenth_of_what_was_needed_counted_as_conformal_prediction_does():
    off = list(range(1, 20))  # ceil(.9 * 20) = the 18th of 19
    assert _left_out(off, ["a"] * 19).factor("mean") == 18
    assert _left_out(off[:9], ["a"] * 9).factor("mean") == 9  # ceil(.9 * 10) = the 9th of 9
    assert _left_out(off[:8], ["a"] * 8).factor("mean") == math.inf


def test_coverage_is_judged_by_the_factor_of_the_other_folds():
    found = _left_out([1] * 10 + [5] * 10, ["a"] * 10 + ["b"] * 10)
    assert found.inside()[:, 0].tolist() == [True] * 10 + [False] * 10  # b needs 5 and has 1; a has 5


def test_intervals_hold_nine_tenths_of_new_runs_of_new_sets():
    """Over worlds with other noise, sets that no heuristic of the world chose."""
    random, inside, total = np.random.default_rng(5), 0, 0
    sets = [tuple(sorted(random.choice(gained.POOL, size, replace=False))) for size in (3, 4, 5, 6, 8) for _ in range(4)]
    for seed in range(6):
        made = calibrated.fit(gained.measured(noise=1.0, seed=seed), gained.ground())
        found = made.expected(sets)
        half = made.half_widths(found, 3)
        truth = np.array([[gained.planted(one, code) for code in made.measured.languages] for one in sets])
        run = truth - (made.measured.base - 50) + random.normal(0, 1 / np.sqrt(3), truth.shape)
        means = run @ made.measured.average
        inside += (np.abs(found.means[:, 0] - means) <= half[:, 0]).sum()
        total += len(sets)
    assert 0.8 <= inside / total <= 1.0


def test_more_runs_make_an_interval_narrower_but_not_that_of_what_is_unknown(fitted):
    found = fitted.expected([("sna", "swa", "zho")])
    one, four, many = (fitted.half_widths(found, runs)[0, 0] for runs in (1, 4, 10**6))
    assert one > four > many > 0
    assert many == pytest.approx(fitted.factors["mean"] * found.spreads[0, 0])


def test_too_few_sets_are_refused_in_one_line():
    with pytest.raises(BadInput, match=r"runs of 12 distinct sets of languages .* 10 are at hand"):
        calibrated.fit(gained.measured(per_heuristic=2), gained.ground())


def test_a_realigned_set_that_is_alone_of_its_heuristic_is_predicted_too(fitted):
    measured = fitted.measured
    alone = Realigned("made_up", "all_65", frozenset(gained.POOL), ("1",))
    more = replace(measured, sets=(*measured.sets, alone), gains=np.vstack([measured.gains, measured.gains.mean(0)]))
    assert not np.isnan(calibrated.fit(more, gained.ground()).left_out.expected).any()


def test_a_left_out_set_is_expected_at_the_level_of_the_source_that_ran_it():
    """Of two sources whose gains are seven points apart, either order."""
    from realignment.predictor import experiment

    def higher(codes, code):
        return 7 + gained.planted(codes, code)

    one, other = gained.experiment(source="one"), gained.experiment(higher, source="other")
    for both in ([one, other], [other, one]):
        left = calibrated.fit(experiment.together(both)["xlmr", "pos"], gained.ground()).left_out
        assert np.abs(left.expected[:, 0] - left.measured[:, 0]).max() < 3


def test_a_source_that_ran_one_heuristic_alone_has_no_level_without_it():
    from realignment.predictor import experiment

    one, other = gained.experiment(source="one"), gained.experiment(source="other")
    lists = {run: codes for run, codes in other.lists.items() if run[1].startswith("random")}
    made = calibrated.fit(experiment.together([one, replace(other, lists=lists)])["xlmr", "pos"], gained.ground())
    alone = np.array([realigned.source == "other" for realigned in made.measured.sets])
    assert np.isnan(made.left_out.expected[alone]).all()
    assert not np.isnan(made.left_out.expected[~alone]).any()
