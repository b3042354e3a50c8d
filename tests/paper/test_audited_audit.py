"""The audit audited: on a made-up paper that agrees with itself it finds nothing, and of every slip that is planted exactly that one."""

import re
from collections.abc import Iterator

import made_up_paper as made
import numpy as np
import pytest
import watched
from paper_files import ROOT
from plants import NOTES, PLANTS

from realignment.paper.audit import findings as audit
from realignment.paper.audit.registry import CHECKS
from realignment.paper.paper import Paper
from realignment.report import authors_sections
from realignment.results import averages, one_model
from realignment.statistics import nested
from realignment.statistics.design import Design


def slips(paper: Paper) -> set[str]:
    return {row["id"] for row in audit.findings(paper) if row["verdict"] == "slip"}


@pytest.fixture(scope="module", autouse=True)
def designs() -> Iterator[None]:
    """The one model's design, the same for every paper with these rows and draws, is worked out once, and so is how draws covary."""
    known: dict[tuple, Design] = {}
    kernels: dict[tuple, np.ndarray] = {}
    whole = nested.kernel

    def kernel(draws) -> np.ndarray:
        key = tuple(draws)
        if key not in kernels:
            kernels[key] = whole(draws)
        return kernels[key]

    def design(row, seed, draws, draw) -> Design:
        key = (tuple(row), tuple(seed), draws.tobytes(), tuple(draw))
        if key not in known:
            known[key] = Design(row, seed, draws, draw)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_model, "Design", design)
        patch.setattr(nested, "kernel", kernel)
        yield


@pytest.fixture(scope="module")
def clean() -> Paper:
    paper = made.paper()
    slips(paper)  # what slips share is computed once
    return paper


def test_nothing_is_found_in_a_paper_that_agrees_with_itself(clean):
    assert slips(clean) == set()


@pytest.fixture(scope="module")
def read(clean) -> dict[str, set]:
    return watched.reading(clean)


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_slip_is_found_and_nothing_but_what_follows_from_it(clean, read, name):
    """Run are the checks that read anything that the slip changed: the others say what they said of the clean paper."""
    planted = PLANTS[name].slip(clean)
    checks = watched.affected(read, watched.differing(clean, planted))
    assert {check.id for check in checks if check.run(planted).slip} == {name} | PLANTS[name].follows


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTS)
def test_no_other_check_finds_anything_either(clean, name):
    assert slips(PLANTS[name].slip(clean)) == {name} | PLANTS[name].follows


def test_every_check_has_a_slip_to_find():
    assert audit.findings  # which registers them
    assert set(CHECKS) == set(PLANTS) | NOTES


def test_what_a_slip_leaves_alone_is_that_of_the_clean_paper(clean):
    """The runs of a paper with one row moved, collected anew from all of its scores."""
    planted = PLANTS["least-diverse"].slip(clean)
    assert planted.runs.rows == averages.collect(planted.scored).rows != clean.runs.rows


def test_its_tables_are_averaged_without_the_code_of_the_audit(clean):
    """One cell by hand: African sets first, seeds apart, AmericasNLI out."""
    rows = [
        row for row in clean.raw if row["model"] == made.LABELS["xlmr"] and row["subset"] == "all_65" and row["task"] == "nli"
    ]
    held = {}
    for row in rows:
        if row["evalset"] != "americasnli":
            held.setdefault(row["seed"], []).append(100 * float(row["score"]))
    means = [sum(values) / len(values) for values in held.values()]
    assert clean.cells["10", "all_65", "nli"].mean == pytest.approx(sum(means) / 4, abs=0.0051)


def test_the_documents_say_how_the_audit_was_audited(clean):
    text = " ".join((ROOT / "docs/paper.md").read_text(encoding="utf-8").split())
    (checks, false, planted) = re.search(r"(\d+) checks: (\d+) false alarms on it, (\d+) of \d+ planted slips", text).groups()
    assert (int(checks), int(false), int(planted)) == (len(CHECKS), 0, len(PLANTS))
    (said,) = authors_sections.audited(ROOT)  # what the page says, by the last run of benchmarks/audit.py
    assert f"its {len(CHECKS)} checks give 0 false alarms, and of {len(PLANTS)} slips" in said
