"""The profiles of the paper plan the rows of its tables, and no others."""

from collections.abc import Iterable

import pytest
from paper_files import ROOT, THE_PAPER

from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.paper import ours
from realignment.study import grid
from realignment.subsets import naming


def planned(name: str) -> dict[str, set[str]]:
    """Encoder -> rows of the grid, without controls."""
    settings = params.load(Workspace(ROOT, name))
    return {
        label: {subset for subset, control in grid.rows_of(settings, label) if not control} for label in settings.study.encoders
    }


def printed(numbers: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cell in THE_PAPER.printed:
        if cell.table in numbers:
            found.setdefault(cell.model, set()).add(cell.row.subset)
    return found


@pytest.mark.parametrize(("name", "numbers"), [("paper", ("8", "10")), ("paper-pools", ("1", "9", "11"))])
def test_a_profile_has_the_rows_of_its_tables(name, numbers):
    assert planned(name) == printed(numbers)


def test_words_stand_beside_sentences_on_the_row_of_table_2():
    settings = params.load(Workspace(ROOT, "paper-words"))
    assert grid.rows(settings) == [(ours.WHOLE, ""), (ours.WHOLE, "words")]
    assert len(settings.study.seeds) == 5 and set(settings.study.seeds) > set(params.load(Workspace(ROOT, "paper")).study.seeds)
    assert {*settings.study.encoders} == {cell.model for cell in THE_PAPER.printed if cell.table == "2"} - {""}


def test_the_stand_in_has_every_row_of_tables_1_2_9_and_11_in_the_sizes_of_its_world():
    found = planned("stand-in")
    of_pools, of_paper = (
        {(naming.split(row).pool, naming.split(row).heuristic) for row in rows}
        for rows in (found["xlmr-like"], printed(("1", "9", "11"))["xlmr"])
    )
    assert of_pools == of_paper
    assert found["mbert-like"] == found["xlmr-like"]
    assert ("all", "words") in grid.rows(params.load(Workspace(ROOT, "stand-in")))


@pytest.mark.parametrize(("name", "ending", "whole"), [("paper-decoders", "", ours.WHOLE), ("stand-in-decoders", "-like", "all")])
def test_llama_is_realigned_and_the_others_of_table_4_are_fine_tuned_alone(name, ending, whole):
    settings, rows = params.load(Workspace(ROOT, name)), {"xlmr": {"none"}, "gemma": {"none"}, "llama": {"none", whole}}
    assert planned(name) == {f"{model}{ending}": held for model, held in rows.items()}
    assert rows.keys() == {cell.model for cell in THE_PAPER.printed if cell.table == "4"}
    assert len(settings.study.seeds) == 1
    named = {label: ours.model_of(one["name"]) for label, one in settings.study.encoders.items()}
    assert named == (dict.fromkeys(named, "") if ending else {label: label for label in named})
