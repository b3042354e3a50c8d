"""The model without its parts."""

import gained
import numpy as np
import pytest

from realignment.predictor import ablation, departures, folds, likeness, model, protocol


def test_each_part_is_left_out_once_and_each_likeness_stands_alone_once():
    told = ablation.variants()
    assert len(told) == 1 + 2 * len(likeness.PARTS) + len(departures.PARTS)
    for part in likeness.PARTS:
        assert set(told[f"without {part}"]["parts"]) == {*likeness.PARTS} - {part}
        assert told[f"{part} alone"]["parts"] == (part,)


def test_without_slopes_a_distance_by_itself_and_without_similarity_another_language_says_nothing():
    measured, ground = gained.measured(), gained.ground()
    assert not model.fit(measured, ground, apart=(departures.SIMILARITY,)).departures.slopes.any()
    alone = model.fit(measured, ground, apart=(departures.SLOPES,)).departures
    assert (alone.alike == np.eye(len(measured.languages))).all()
    assert alone.slopes.any()


def test_the_whole_is_judged_as_the_predictor_itself():
    measured, ground = gained.measured(), gained.ground()
    rows = {row["predictor"]: row for row in ablation.rows(measured, ground)}
    said = folds.left_out(measured, protocol.of_model(ground))
    whole = protocol.judged(measured, said, protocol.of_tables(measured))
    assert {name: rows[ablation.WHOLE][name] for name in whole} == pytest.approx(whole, nan_ok=True)
    assert rows["size alone"]["error"] > whole["error"]  # of a rule about composition
