"""What is expected of an encoder that was never run, and how wide its intervals are."""

from dataclasses import replace

import gained
import numpy as np
import pytest

from realignment.core.errors import BadInput
from realignment.predictor import calibrated, elsewhere, encoders_left_out
from realignment.predictor.measured import Measured

UNSEEN = {"sna", "wol"}  # by mBERT and by XLM-R, of those evaluated; Yoruba is seen by mBERT alone
SETS = [("sna", "swa"), ("eus", "fin", "zho"), ("hau", "ibo", "rus", "tur")]
ALL = [*gained.EVALUATED, "eng"]


def unseen_gain(codes, language):
    """Six points more in what neither encoder has seen."""
    return gained.planted(codes, language) + 6 * (language in UNSEEN)


def encoder(name: str, rule=gained.planted, seed: int = 0) -> Measured:
    return replace(gained.measured(rule, seed=seed), encoder=name, seen=name)


def fitted(*some: Measured) -> list[calibrated.Calibrated]:
    return [calibrated.fit(one, gained.ground()) for one in some]


@pytest.fixture(scope="module")
def both():
    return fitted(encoder("mbert", seed=1), encoder("xlmr", seed=2))


@pytest.fixture(scope="module")
def unlike():
    """Both gain in what they have not seen."""
    return fitted(encoder("mbert", unseen_gain, 1), encoder("xlmr", unseen_gain, 2))


def test_of_languages_that_are_seen_alike_the_mean_of_what_the_models_say_is_expected(both):
    made = elsewhere.fit("new", ["deu", "fra", "swa", "eng"], both)  # as XLM-R has
    said = [one.expected(SETS) for one in both]
    for code in ("deu", "fra", "swa", "sna", "wol"):
        columns = [one.left_out.columns.names.index(code) for one in both]
        wanted = np.mean([found.means[:, column] for found, column in zip(said, columns, strict=True)], axis=0)
        assert made.expected(SETS).means[:, made.columns.names.index(code)] == pytest.approx(wanted)
    assert made.otherwise == ("yor",)


def test_a_language_that_is_seen_here_alone_is_expected_half_way_to_the_seen_ones_and_its_interval_holds_both(unlike):
    made = elsewhere.fit("new", ALL, unlike)
    found, half = made.expected(SETS), made.half_widths(made.expected(SETS), 4)
    column = made.columns.names.index("wol")
    own, seen = [], []
    for one in unlike:
        means = one.expected(SETS).means
        names, known = one.left_out.columns.names, gained.ground().seen(one.measured.languages, one.measured.seen)
        own.append(means[:, names.index("wol")])
        seen.append(
            np.mean(
                [means[:, names.index(code)] for code, held in zip(one.measured.languages, known, strict=True) if held], axis=0
            )
        )
    own, seen = np.mean(own, axis=0), np.mean(seen, axis=0)
    assert (own - seen > 4).all()
    assert found.means[:, column] == pytest.approx((own + seen) / 2)
    low, high = found.means[:, column] - half[:, column], found.means[:, column] + half[:, column]
    assert (low < seen).all()
    assert (high > own).all()


def test_the_mean_and_the_levels_are_means_of_the_languages(unlike):
    made = elsewhere.fit("new", ALL, unlike)
    found, names = made.expected(SETS).means, made.columns.names
    of = {code: found[:, names.index(code)] for code in gained.EVALUATED}
    assert found[:, 0] == pytest.approx(np.mean(list(of.values()), axis=0))
    assert found[:, names.index("LRL seen")] == pytest.approx(
        np.mean([of[code] for code in ("swa", "sna", "yor", "wol")], axis=0)
    )
    assert "LRL unseen" not in names


def test_a_language_that_the_averages_leave_out_stays_out_of_them_whoever_has_seen_it(both):
    out = [replace(one.measured, groups=tuple("OOD" if code == "wol" else group for code, group in zip(one.measured.languages, one.measured.groups, strict=True))) for one in both]  # fmt: skip
    made = elsewhere.fit("new", ALL, fitted(*out))
    place = made.languages.index("wol")
    weights = dict(zip(made.columns.names, made.columns.weights, strict=True))
    assert weights["mean"][place] == weights["LRL seen"][place] == 0
    assert weights["OOD"][place] == weights["wol"][place] == 1


def test_what_an_encoder_gained_says_nothing_of_it_where_it_is_left_out(both):
    """Other numbers of one change what is expected of the other alone."""
    moved = replace(both[0].measured, gains=both[0].measured.gains + 30)
    first, second = (elsewhere.fit("new", "xlmr", some).left_out for some in (both, fitted(moved, both[1].measured)))
    mine = np.array(first.fold) == "mbert"
    assert second.expected[mine] == pytest.approx(first.expected[mine], nan_ok=True)
    assert np.nanmin(second.expected[~mine] - first.expected[~mine]) > 20


def test_nor_do_the_others_runs_of_the_same_heuristic(both):
    other = both[1].measured
    hidden = np.array([one.heuristic == "latin_diverse" for one in other.sets])
    moved = replace(other, gains=other.gains + 30 * hidden[:, None])
    first, second = (elsewhere.fit("new", "xlmr", some).left_out.expected for some in (both, fitted(both[0].measured, moved)))
    asked = np.append(
        np.array([one.heuristic == "latin_diverse" for one in both[0].measured.sets]), np.zeros(len(other.sets), bool)
    )
    # The fits begin elsewhere and end at the same place to their tolerance.
    assert second[asked] == pytest.approx(first[asked], abs=0.05, nan_ok=True)
    rest = ~asked & (np.array(elsewhere.fit("new", "xlmr", both).left_out.fold) == "mbert")
    assert np.nanmax(np.abs(second[rest] - first[rest])) > 1


def test_a_set_of_another_name_is_hidden_from_the_models_too(both):
    """The others ran the very set that is asked for, as a heuristic of another name."""
    first, second = both[0].measured, both[1].measured
    renamed = replace(second, sets=tuple(replace(one, subset=f"labs_{place}") for place, one in enumerate(second.sets)))
    for rows, models in encoders_left_out._without(first, fitted(renamed)):
        asked = {first.sets[row].languages for row in rows}
        assert not asked & {one.languages for model in models for one in model.measured.sets}


def test_encoders_that_are_apart_make_intervals_wide_also_of_sets_that_every_model_knows():
    """Three points apart in everything: intervals of sets that both ran hold either encoder, which those of the models themselves are too narrow for."""
    apart = fitted(encoder("mbert", seed=1), encoder("xlmr", lambda codes, language: 3 + gained.planted(codes, language), 2))
    made = elsewhere.fit("new", ["deu", "fra", "swa", "eng"], apart)
    sets = [one.languages for one in apart[0].measured.sets]
    half, own = made.half_widths(made.expected(sets), 3)[:, 0], apart[0].half_widths(apart[0].expected(sets), 3)[:, 0]
    assert np.median(half) == pytest.approx(3, abs=0.7)
    assert np.median(own) < 1


def test_the_shift_is_what_encoders_are_apart_beyond_the_spread_of_a_prediction():
    columns = calibrated.Columns(("mean",), ("mean",), np.ones((1, 1)))
    off = np.array([[3.0], [3.0], [5.0], [5.0]])
    one = encoders_left_out.EncodersLeftOut(columns, off, 0 * off, np.ones_like(off), np.ones_like(off), ("a", "a", "b", "b"))
    assert one.shift("mean") == pytest.approx(np.sqrt((2**2 + 4**2) / 2 - 1))  # the margin of one point taken off
    assert one.shift("mean", without="b") == pytest.approx(np.sqrt(2**2 - 1))
    more = replace(
        one,
        **{name: np.repeat(getattr(one, name), 5, axis=0) for name in ("measured", "expected", "spread", "margin")},
        fold=("a",) * 10 + ("b",) * 10,
    )
    assert more.factor("mean", without="b") == pytest.approx(1)  # of ten that needed 2, in units of the root of 1 + 3
    assert more.inside()[:, 0].tolist() == [True] * 10 + [False] * 10  # the others needed 4 and 2


def test_one_encoder_says_nothing_of_another(both):
    with pytest.raises(BadInput, match=r"predicted from two others or more.*with runs at hand: mbert"):
        elsewhere.fit("new", "xlmr", both[:1])


def test_encoders_without_a_language_in_common_are_refused(both):
    parts = fitted(both[0].measured.within(["deu", "fra", "swa"]), both[1].measured.within(["sna", "yor", "wol"]))
    with pytest.raises(BadInput, match="no language in common"):
        elsewhere.fit("new", "xlmr", parts)
