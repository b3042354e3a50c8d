"""Hours of the paper's tables: which runs are behind each, and the page that prints them."""

from pathlib import Path

import pytest

from realignment.paper import predicted
from realignment.paper.paper import Paper
from realignment.subsets import naming, table6

ROOT = Path(__file__).parents[2]
SEEDS = 4


@pytest.fixture(scope="module")
def paper() -> Paper:
    return Paper(ROOT)


@pytest.fixture(scope="module")
def hours(paper) -> dict[str, predicted.Hours]:
    return {one.table: one for one in predicted.of(paper)}


@pytest.mark.parametrize("number", ["1", "8", "9", "10", "11"])
def test_every_printed_set_of_languages_is_run_with_four_seeds_and_three_tasks(paper, hours, number):
    """A set that the table prints under two names once, a draw by its name."""
    rows = {(cell.model, cell.row.subset) for cell in paper.printed if cell.table == number}
    fixed = {name: row.used for name, row in table6.rows().items() if not naming.split(name).drawn}
    sets = {(model, frozenset(fixed.get(subset, [subset]))) for model, subset in rows}
    realigned = {one for one in sets if one[1] != {"none"}}
    trained = {"finetune": 3 * SEEDS * len(sets), "evaluate": 3 * SEEDS * len(sets)}
    assert hours[number].jobs == {"realign": SEEDS * len(realigned), **trained}


def test_tables_2_to_4_are_those_of_their_profiles(hours):
    assert hours["2"].jobs["realign"] == 2 * 2 * 5, "two encoders, sentences and words, five seeds"
    assert hours["3"].jobs == {"realign": 1, "finetune": 6, "evaluate": 6}
    assert hours["4"].jobs == {"realign": 0, "finetune": 9, "evaluate": 9}


def test_together_they_take_less_than_one_by_one_since_they_share_runs(hours):
    every = hours.pop("all")
    assert every.jobs["realign"] < sum(one.jobs["realign"] for one in hours.values())
    assert every.jobs["realign"] >= sum(hours[number].jobs["realign"] for number in ("8", "9", "10", "11"))
    assert every.one.mean < sum(one.one.mean for one in hours.values())
    assert every.one.low < every.one.mean < every.one.high
    hours["all"] = every


def test_eight_gpus_take_an_eighth_where_there_are_many_runs_and_a_chain_where_there_are_few(hours):
    assert hours["8"].several.mean == pytest.approx(hours["8"].one.mean / 8, rel=0.02)
    assert hours["3"].several.mean > hours["3"].one.mean / 4


def test_the_page_has_the_hours_that_the_command_prints(hours):
    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("<!-- hours: realignment tables --hours --markdown -->\n")
    assert rest.partition("<!-- end of hours -->")[0] == predicted.markdown(list(hours.values()))
