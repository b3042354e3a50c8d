"""Registered predictions beside runs that are made here, so that every comparison is known."""

from dataclasses import replace

import gained
import numpy as np
import pytest

from realignment.predictor import calibrated, registered, scored
from realignment.predictor.asked import Asked
from realignment.predictor.measured import Measured, Realigned

CODES = ("sna", "swa", "eus", "fin", "hau", "hin", "tur", "zho")
SETS = [
    Asked(f"my_{place}", "xlmr", tuple(sorted(CODES[: place + 2])), "") for place in range(6)
]  # each next one is expected to gain less
ABOUT = {"date": "2026-11-30", "data": {}, "addresses": {}}
SEEDS = ("17", "23", "42", "66")


@pytest.fixture(scope="module")
def before() -> Measured:
    return gained.measured()


@pytest.fixture(scope="module")
def file(before):
    return registered.content(SETS, {("xlmr", "pos"): calibrated.fit(before, gained.ground())}, ABOUT)


def ran(file, before: Measured, more=lambda place, code: 0.0, seeds=SEEDS, sets=SETS) -> dict:
    """Runs of the sets, under other names, that gained what was expected, and `more` points."""
    said = {one["name"]: one["tasks"]["pos"]["languages"] for one in file["sets"]}
    gains = [[said[one.name][code][0] + more(place, code) for code in before.languages] for place, one in enumerate(sets)]
    held = tuple(Realigned("ours", f"labs_{place}", one.set, seeds) for place, one in enumerate(sets))
    return {("xlmr", "pos"): replace(before, sets=held, gains=np.array(gains))}


def verdicts(file, runs) -> dict:
    return {row["what"]: (row["value"], row["verdict"]) for row in scored.verdicts(file, scored.compare(file, runs, "ours"))}


def test_what_gains_as_was_foretold_is_inside_everywhere_and_in_the_order(file, before):
    found = scored.compare(file, ran(file, before), "ours")
    assert all(abs(row.error) < 0.02 and row.inside for row in found.rows)
    assert len(found.rows) == len(SETS) * (1 + len(before.levels()) + len(before.languages))
    assert (found.pending, found.remarks) == ([], [])
    said = verdicts(file, ran(file, before))
    assert {verdict for _, verdict in said.values()} == {"holds"}
    assert (
        said["means in their intervals"][0]
        == said["languages in their intervals"][0]
        == said["rank correlation of means"][0]
        == 1
    )


def test_what_is_far_off_is_in_no_interval_and_fails_however_well_it_is_ordered(file, before):
    said = verdicts(file, ran(file, before, lambda place, code: 50.0))
    assert said["means in their intervals"] == said["languages in their intervals"] == (0, "fails")
    assert said["rank correlation of means"] == (pytest.approx(1), "holds")
    assert said[scored.BEATEN] == (pytest.approx(50, abs=0.02), "holds")  # all of them gained more than fifty


def test_an_order_that_is_turned_round_fails(file, before):
    means = [one["tasks"]["pos"]["mean"][0] for one in file["sets"]]
    said = verdicts(file, ran(file, before, lambda place, code: -2 * means[place]))
    assert said["rank correlation of means"] == (pytest.approx(-1), "fails")


def test_saying_no_gain_of_every_set_is_to_be_beaten(file, before):
    means = [one["tasks"]["pos"]["mean"][0] for one in file["sets"]]
    value, verdict = verdicts(file, ran(file, before, lambda place, code: -means[place]))[scored.BEATEN]
    assert (value, verdict) == (pytest.approx(np.mean(np.abs(means)), abs=0.02), "fails")


def test_an_interval_holds_its_own_ends_and_nothing_beyond(file, before):
    ends = {
        (place, code): one["tasks"]["pos"]["languages"][code]
        for place, one in enumerate(file["sets"])
        for code in before.languages
    }
    for at in (1, 2):
        inside = scored.compare(file, ran(file, before, lambda place, code, at=at: ends[place, code][at] - ends[place, code][0] - 0.001 * (2 * at - 3)), "ours")  # fmt: skip
        outside = scored.compare(file, ran(file, before, lambda place, code, at=at: ends[place, code][at] - ends[place, code][0] + 0.001 * (2 * at - 3)), "ours")  # fmt: skip
        assert all(row.inside for row in inside.rows if row.kind == "language")
        assert not any(row.inside for row in outside.rows if row.kind == "language")


def test_sets_that_were_not_run_are_named_and_count_in_nothing(file, before):
    found = scored.compare(file, ran(file, before, sets=SETS[:2]), "ours")
    assert found.pending == [("xlmr", one.name, "pos") for one in SETS[2:]]
    assert {row.set for row in found.rows} == {"my_0", "my_1"}
    assert {row["verdict"] for row in scored.verdicts(file, found)} == {"not yet"}


def test_runs_that_are_fewer_than_an_interval_is_of_are_shown_and_not_judged(file, before):
    runs = ran(file, before, seeds=("17",))
    found = scored.compare(file, runs, "ours")
    assert found.rows
    assert {(row.runs, row.inside) for row in found.rows} == {(1, None)}
    assert {verdict for _, verdict in verdicts(file, runs).values()} == {"not yet"}


def test_runs_of_one_set_under_two_names_are_runs_of_the_set(file, before):
    one = ran(file, before, lambda place, code: 3.0, seeds=("1",))["xlmr", "pos"]
    other = ran(file, before, lambda place, code: -1.0, seeds=("2", "3", "4"))["xlmr", "pos"]
    both = replace(one, sets=one.sets + other.sets, gains=np.vstack([one.gains, other.gains]))
    rows = scored.compare(file, {("xlmr", "pos"): both}, "ours").rows
    assert {row.runs for row in rows} == {4}
    assert all(abs(row.error) < 0.02 for row in rows)  # (3 - 1 - 1 - 1) / 4


def test_where_other_languages_were_evaluated_means_are_of_those_in_common_and_no_interval_applies(file, before):
    runs = ran(file, before, lambda place, code: 0.05)["xlmr", "pos"].within([code for code in before.languages if code != "wol"])
    found = scored.compare(file, {("xlmr", "pos"): runs}, "ours")
    assert any(
        "ours was not evaluated in wol; means are compared over the languages that both have, without an interval" in said
        for said in found.remarks
    )
    means = [row for row in found.rows if row.kind == "mean"]
    assert all(row.error == pytest.approx(0.05, abs=0.02) and row.inside is None and row.low is None for row in means)
    assert not [row for row in found.rows if row.name == "wol"]
    unseen = [row for row in found.rows if row.name == "LRL unseen"]
    assert all(row.error == pytest.approx(0.05, abs=0.02) for row in unseen)
    said = {row["what"]: row["verdict"] for row in scored.verdicts(file, found)}
    assert said["means in their intervals"] == "not yet"
    assert said["languages in their intervals"] == said["rank correlation of means"] == "holds"


def test_languages_of_which_nothing_was_foretold_and_another_baseline_are_said(file, before):
    runs = ran(file, before)["xlmr", "pos"]
    more = replace(
        runs, languages=(*runs.languages, "zul"), groups=(*runs.groups, "LRL unseen"), gains=np.column_stack([runs.gains, runs.gains[:, 0]]),
        base=np.append(runs.base - 7, 40.0), apart=np.column_stack([runs.apart, runs.apart[:, 0]]),
    )  # fmt: skip
    said = scored.compare(file, {("xlmr", "pos"): more}, "ours").remarks
    base = runs.base.mean()
    assert any("of zul, evaluated in ours, nothing was predicted" in one for one in said)
    assert any(
        f"fine-tuning only scores {base - 7:.2f} in ours, {base:.2f} in the runs that were predicted from" in one for one in said
    )


def test_an_encoder_without_runs_has_them_all_pending(file):
    assert len(scored.compare(file, {}, "ours").pending) == len(SETS)
