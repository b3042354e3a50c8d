"""How well predictors do on an encoder that was left out, held against arithmetic by hand."""

import json
from dataclasses import replace

import gained
import numpy as np
import pytest

from realignment.predictor import between_encoders, calibrated, protocol

APART = 2.0  # points that XLM-R gains more than mBERT


@pytest.fixture(scope="module")
def measured():
    moved = gained.measured(lambda codes, language: APART + gained.planted(codes, language), seed=2)
    return {"mbert": replace(gained.measured(seed=1), encoder="mbert", seen="mbert"), "xlmr": moved}


@pytest.fixture(scope="module")
def rows(measured):
    made = {(name, "pos"): calibrated.fit(one, gained.ground()) for name, one in measured.items()}
    return {(row["encoder"], row["predictor"]): row for row in between_encoders.table(made, gained.ground())}


def test_every_predictor_is_judged_on_every_encoder_over_the_same_sets(measured, rows):
    assert {encoder for encoder, _ in rows} == {"mbert", "xlmr"}
    assert {row["sets"] for row in rows.values()} == {len(measured["mbert"].sets)}
    assert len(rows) == 2 * 5


def test_saying_no_gain_is_off_by_what_was_gained(measured, rows):
    for name, one in measured.items():
        assert rows[name, "no gain"]["error"] == pytest.approx(np.abs(one.means).mean())
        assert rows[name, "no gain"]["error_language"] == pytest.approx(np.abs(one.gains).mean())


def test_the_others_runs_are_off_by_what_the_encoders_differ(measured, rows):
    for name in measured:
        off = np.abs(measured["mbert"].means - measured["xlmr"].means).mean()
        assert rows[name, between_encoders.OTHERS_RUNS]["error"] == pytest.approx(off)
        assert off == pytest.approx(APART, abs=0.3)


def test_the_language_mean_is_that_of_the_other_without_the_heuristic(measured, rows):
    out, other = measured["mbert"], measured["xlmr"]
    off = []
    for one, mean in zip(out.sets, out.means, strict=True):
        rest = [place for place, some in enumerate(other.sets) if some.heuristic != one.heuristic]
        off.append(abs(other.means[rest].mean() - mean))
    assert rows["mbert", "language mean of the others"]["error"] == pytest.approx(np.mean(off))


def test_a_shift_between_encoders_costs_the_error_and_not_the_order(rows):
    for name in ("mbert", "xlmr"):
        ours = rows[name, protocol.OURS]
        assert ours["error"] == pytest.approx(APART, abs=0.4)
        assert ours["rank"] > 0.7 > rows[name, "language mean of the others"]["rank"]
        assert {kind for kind in ours if kind.startswith("inside")} == {"inside_mean", "inside_level", "inside_language"}


def test_the_page_has_the_numbers_that_were_measured():
    """docs/registered.md against benchmarks/results/elsewhere.json."""
    text = (gained.ROOT / "docs" / "registered.md").read_text(encoding="utf-8")
    found = json.loads((gained.ROOT / "benchmarks" / "results" / "elsewhere.json").read_text(encoding="utf-8"))
    told = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")][1:]
    titles = list(dict.fromkeys(row["predictor"] for row in found))
    assert len(told) == len(titles)
    for (_, *cells), title in zip(told, titles, strict=True):
        some = [row for row in found if row["predictor"] == title]
        means = [
            np.mean([row[name] for row in some]) if None not in [row[name] for row in some] else None
            for name in ("error", "error_language", "rank")
        ]
        assert [float(cell) if cell else None for cell in cells] == [
            None if one is None else pytest.approx(one, abs=0.0051) for one in means
        ]
