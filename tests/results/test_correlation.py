"""Retrieval gain beside task gain by language: counted again by hand, and by brute force on studies drawn at random."""

from statistics import fmean

import numpy as np
import pytest
import random_studies
from random_studies import tasks as tasks_of
from scipy import stats

from realignment.engine import retrieval
from realignment.results import averages, correlation, headings
from realignment.results.scores import RETRIEVAL, Row, Score
from realignment.results.tables import Study

GAINS = {"deu": (0.30, 0.03), "fin": (0.20, 0.02), "hau": (0.10, 0.05), "fon": (0.00, -0.01)}  # retrieval, POS
GROUPS = {"eng": "English", "deu": "HRL", "fin": "MRL", "hau": "LRL seen", "fon": "LRL unseen"}
SEEDS = ("17", "23")


@pytest.fixture(scope="module")
def study() -> Study:
    """All languages realigned; a seed moves what it gains in POS by as much up as down. Retrieval before has the label of no seed."""
    found = [Score("small", "none", "", "0", RETRIEVAL, "heldout", code, group, 0.2) for code, group in GROUPS.items()]
    for sign, seed in zip((1, -1), SEEDS, strict=True):
        for code, group in GROUPS.items():
            retrieval, gain = GAINS.get(code, (0.0, 0.9))
            found.append(Score("small", "none", "", seed, "pos", "udpos", code, group, 0.5))
            luck = 0.04 * sign * (code == "fon")
            found.append(
                Score("small", "all", "", seed, "pos", "udpos", code, group, 0.5 + (gain + luck if code in GAINS else 0.4))
            )
            found.append(Score("small", "all", "", seed, RETRIEVAL, "heldout", code, group, 0.2 + retrieval))
    return Study(averages.collect(found), "small", {"all": 4})


def test_by_hand(study):
    points = {one.language: one for one in correlation.points(study, Row("small", "all"), "pos")}
    assert set(points) == set(GAINS), "English is the other side of every pair, whatever is given for it"
    assert {code: (one.retrieval, one.task) for code, one in points.items()} == {
        code: pytest.approx(gains) for code, gains in GAINS.items()
    }
    (row,) = correlation.of_rows(study, ["pos"])
    assert (row["subset"], row["column"], row["n"], row["seeds"]) == ("all", "POS", 4, 2)
    assert row["spearman"] == pytest.approx(0.4)  # ranks 4 3 2 1 beside 3 2 4 1: 1 - 6 * 6 / 60


def test_of_one_seed_alone_it_may_be_another(study):
    (row,) = correlation.of_rows(study, ["pos"])
    wanted = []
    for sign in (1, -1):
        task = [gain + 0.04 * sign * (code == "fon") for code, (_, gain) in GAINS.items()]
        wanted.append(stats.spearmanr([one for one, _ in GAINS.values()], task).statistic)
    assert (row["lowest"], row["highest"]) == (pytest.approx(min(wanted)), pytest.approx(max(wanted))) and min(wanted) < max(
        wanted
    )


@pytest.mark.parametrize("number", range(12))
def test_of_random_studies_each_point_is_a_difference_of_means(number):
    study = random_studies.study(number)
    scores, none = study.runs.rows, Row("small", "none")

    def mean(row: Row, task: str, code: str) -> float | None:
        held = [one[task, code] for one in scores.get(row, {}).values() if (task, code) in one]
        return fmean(held) if held else None

    wanted = {}
    for row in scores:
        for task in tasks_of(study) if row != none and headings.place(row)[0] != headings.FLOORS else ():
            for code in {code for one, code in study.runs.group["small"] if one == task and code != "eng"}:
                four = [mean(one, kind, code) for kind in (RETRIEVAL, task) for one in (row, none)]
                if None not in four:
                    gains = 100 * (four[0] - four[1]), 100 * (four[2] - four[3])
                    wanted[headings.label(row), headings.task(task), code] = pytest.approx(gains, abs=1e-9)
    found = {(one["subset"], one["column"], one["language"]): one for one in correlation.paired(study, tasks_of(study))}
    assert {place: (one["retrieval gain"], one["task gain"]) for place, one in found.items()} == wanted
    for row in correlation.of_rows(study, tasks_of(study)):
        mine = [one for place, one in found.items() if place[:2] == (row["subset"], row["column"])]
        assert row["n"] == len(mine) and (row["n"] > 2 or row["spearman"] is None)


def test_the_page_shows_the_row_of_all_languages(study):
    assert correlation.shown(study, ["pos"]) == Row("small", "all")
    without = Study(averages.Runs(), "small")
    assert correlation.shown(without, ["pos"]) is None


def counted(number: int, pairs: int) -> float:
    return retrieval.share([*range(number), *[pairs] * (pairs - number)])


def as_kept_before(number: int, pairs: int) -> float:
    """Records once held the float32 nearest to a share."""
    return float(np.float32(number) / np.float32(pairs))


def of_counts(share, pairs: int, found: dict[str, tuple[int, list[int]]], task: dict[str, float]) -> list[correlation.Point]:
    """`found`: language -> translations found before realignment, and by each seed after it."""
    scores = []
    for code, (before, after) in found.items():
        place = code, "HRL"
        scores.append(Score("small", "none", "", "0", RETRIEVAL, "heldout", *place, share(before, pairs)))
        scores.append(Score("small", "none", "", "1", "pos", "udpos", *place, 0.5))
        for seed, one in enumerate(after, 1):
            scores.append(Score("small", "all", "", str(seed), RETRIEVAL, "heldout", *place, share(one, pairs)))
        scores.append(Score("small", "all", "", "1", "pos", "udpos", *place, 0.5 + task[code]))
    return correlation.points(Study(averages.collect(scores), "small", {"all": 4}), Row("small", "all"), "pos")


@pytest.mark.parametrize("share", [counted, as_kept_before])
@pytest.mark.parametrize("pairs", [9, 640, 1000, 8192, 10_000])
def test_languages_that_gain_as_many_translations_are_tied(share, pairs):
    """Against scipy's coefficient of the counts, which are whole numbers."""
    draw = np.random.default_rng(pairs)
    for languages, seeds in ((4, 1), (20, 3), (65, 5)):
        codes = [f"{number:02}" for number in range(languages)]
        before = draw.integers(0, pairs // 2, languages)
        after = before[:, None] + draw.integers(0, 4, (languages, seeds))
        task = {code: float(one) for code, one in zip(codes, draw.normal(0, 0.02, languages), strict=True)}
        found = {code: (int(one), several.tolist()) for code, one, several in zip(codes, before, after, strict=True)}
        gained = (after - before[:, None]).sum(axis=1)
        points = of_counts(share, pairs, found, task)
        assert correlation.coefficient(points) == pytest.approx(stats.spearmanr(gained, [*task.values()]).statistic)


@pytest.mark.parametrize("share", [counted, as_kept_before])
def test_where_all_gain_as_many_translations_there_is_no_coefficient(share):
    found = {"deu": (0, [2]), "fin": (1, [3]), "hau": (4, [6])}
    assert correlation.coefficient(of_counts(share, 9, found, {"deu": 0.1, "fin": 0.2, "hau": 0.3})) is None


def test_one_translation_in_ten_thousand_is_no_tie():
    found = {"deu": (9, [10]), "fin": (9, [11]), "hau": (9, [12])}
    assert correlation.coefficient(of_counts(counted, 10_000, found, {"deu": 0.3, "fin": 0.2, "hau": 0.1})) == -1
