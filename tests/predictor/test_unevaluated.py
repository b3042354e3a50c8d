"""The gain of a language that was not evaluated, held against dense arithmetic; and the predictors beside it."""

import gained
import numpy as np
import pytest

from realignment.predictor import departures, model, protocol, unevaluated

SETS = [("sna", "swa"), ("fin", "rus", "tur"), ("ara", "eus", "hau", "sna", "zho")]


@pytest.fixture(scope="module")
def rest():
    return gained.measured().within([code for code in gained.EVALUATED if code != "sna"])


def test_its_departure_is_that_of_the_whole_process_given_the_others(rest):
    """One covariance of all (set, language) pairs, the new language among them, conditioned on those that were measured."""
    ground, fitted = gained.ground(), model.fit(rest, gained.ground())
    apart, sets = fitted.departures, [one.languages for one in rest.sets]
    codes = (*rest.languages, "sna")
    seen = ground.seen(codes, "xlmr")
    alike = departures._alike(ground, codes, seen)
    kernel = departures._over_sets(fitted.likeness, [*SETS, *sets], [*SETS, *sets])
    new, old = len(SETS), len(sets)
    known = np.kron(kernel[new:, new:], alike[:-1, :-1]) + apart.ratio * np.kron(
        np.diag(1 / rest.runs), np.eye(len(rest.languages))
    )
    cross = np.kron(kernel[:new, new:], alike[-1:, :-1])
    far = ground.nearest(codes, sets)
    left = (rest.gains - rest.means[:, None]) - apart.slopes * (far[:, :-1] - far[:, :-1].mean(0))
    slope = apart.slopes[rest.languages.index("wol")]  # unseen as well
    moved = slope * (ground.nearest(["sna"], SETS)[:, 0] - far[:, -1].mean())
    assert apart.elsewhere(SETS, "sna", seen=False) == pytest.approx(
        cross @ np.linalg.solve(known, left.ravel()) + moved, abs=1e-6
    )
    assert old * len(rest.languages) == len(known)


def test_a_language_of_which_nothing_is_known_is_expected_to_gain_what_the_others_do(rest):
    fitted = model.fit(rest, gained.ground(), apart=())
    assert fitted.elsewhere(SETS, "sna") != pytest.approx(fitted.mean(SETS)[0])  # it is like the others, as they are near
    far = gained.ground().distances.copy()
    far[:] = np.nan
    ground = gained.Ground(gained.ground().languages, gained.ground().vectors)
    vars(ground)["distances"] = far
    alone = model.fit(rest, ground)
    assert alone.elsewhere(SETS, "sna") == pytest.approx(alone.mean(SETS)[0])


def test_the_language_left_out_is_unknown_to_every_predictor():
    whole = gained.measured()
    other = whole.gains.copy()
    other[:, whole.languages.index("wol")] += 7
    changed = type(whole)(**{**vars(whole), "gains": other})
    first, second = (
        next(row for row in unevaluated.rows(one, gained.ground()) if row["language"] == "wol") for one in (whole, changed)
    )
    assert second["gain"] == pytest.approx(first["gain"] + 7)
    for title in unevaluated.PREDICTORS:  # what they say is the same, and further from what was measured
        assert second[title] == pytest.approx(np.abs(first[title] + 7), abs=2.5)


def test_predictors_beside_it_are_those_of_their_names():
    measured, ground = gained.measured(), gained.ground()
    kept = protocol.of_tables(measured)
    row = next(row for row in unevaluated.rows(measured, ground) if row["language"] == "sna")
    gains = measured.gains[kept]
    place = measured.languages.index("sna")
    others = np.delete(gains, place, axis=1)
    distances = {
        code: ground.distances[ground.rows(["sna"])[0], ground.rows([code])[0]] for code in measured.languages if code != "sna"
    }
    near = measured.languages.index(min(distances, key=distances.get))
    assert row["sets"] == kept.sum()
    assert row[unevaluated.NOTHING] == pytest.approx(np.abs(gains[:, place]).mean())
    assert row[unevaluated.OTHERS] == pytest.approx(np.abs(gains[:, place] - others.mean(1)).mean())
    assert row[unevaluated.NEAREST] == pytest.approx(np.abs(gains[:, place] - gains[:, near]).mean())
