"""What a cell opens: searches that find exactly its runs, and the languages of its subset."""

import made_up
import pytest
import small_grid
from paper_files import THE_PAPER

from realignment.paper import experiment
from realignment.paper.printed import TASKS
from realignment.records.record import Record
from realignment.report import html, links, methods

NAMES = {made_up.subsets()["subsets"]["latin_diverse_5"]["languages"][0]: "First"}
STORE = {"where": "http://x", "experiment": "7", "runs": {record.key: record.name for record in made_up.records()}}


@pytest.fixture(scope="module")
def rows():
    return links.of_study(made_up.read(), STORE, NAMES)["ours/small"]["rows"]


def test_the_runs_of_a_cell_are_all_those_of_its_row_and_task(rows):
    for label, one in rows.items():
        subset, _, control = label.partition(" ")
        for title, runs in one["runs"].items():
            task = "" if title == "Retrieval" else title.lower()
            wanted = {
                record.name
                for record in made_up.records()
                if (record.verb, record.task) == ("evaluate", task)
                and (record.cell.control or record.cell.subset) == (control or subset)
                and (control != "" or not record.cell.control or record.cell.control == label)
            }
            assert set(runs) == wanted


def test_a_run_that_the_store_lacks_has_no_link():
    rows = links.of_study(made_up.read(), {**STORE, "runs": {}}, {})["ours/small"]["rows"]
    assert all(one["runs"] == {} for one in rows.values())


def test_a_row_lists_the_languages_of_its_subset(rows):
    subsets = made_up.subsets()["subsets"]
    named = rows["latin_diverse_5"]["languages"].split(", ")
    assert [one.split()[-1] for one in named] == list(subsets["latin_diverse_5"]["languages"])
    assert named[0] == f"First {subsets['latin_diverse_5']['languages'][0]}"
    assert rows["none"]["languages"] == ""


def test_random_draws_of_the_authors_are_listed_by_seed():
    found = links.of_authors(THE_PAPER, {**STORE, "runs": {}})["authors/xlmr"]["rows"]
    assert found["random_5"]["languages"].count("draw ") == 4
    assert "draw" not in found["uriel_diverse_5"]["languages"]
    assert len(found["uriel_diverse_5"]["languages"].split(", ")) == 5
    assert "Thai tha" in found["all_65"]["languages"]


def test_the_runs_of_the_authors_are_read_back_from_their_page():
    """So that the page can be made again in a clone without a store."""
    keys = {
        experiment.key(row.encoder, row.subset, seed, task)
        for row, held in THE_PAPER.runs.rows.items()
        for seed in held
        for task in TASKS
    }
    store = {**STORE, "runs": {key: f"id of {key}" for key in keys}, "summaries": {}}
    page = html.render(html.Page("title", "lead", {}, "", (), links.of_authors(THE_PAPER, store)))
    again = links.store_of_authors(page, THE_PAPER)
    assert links.of_authors(THE_PAPER, again) == links.of_authors(THE_PAPER, store)
    assert links.store_of_authors("<p>no page of ours</p>", THE_PAPER)["runs"] == {}


def test_the_methods_say_every_value_of_a_setting_that_differs():
    def record(verb: str, task: str, **params) -> Record:
        return small_grid.record(verb, task=task, params=params, environment={"torch": "2", "device": "cpu", "threads": 1})

    study = {"records": [
        record("realign", "", steps=24544, pairs=16, temperature=0.1),
        record("realign", "", steps=24544, pairs=32, temperature=0.1),
        record("finetune", "pos", epochs=5, learning_rate=2e-5),
    ]}  # fmt: skip
    first, second, last = methods.paragraphs(study)
    assert "24,544 updates of 16 or 32 pairs" in first
    assert "POS 5 epochs at 2e-05" in second
    assert last == "Computed with torch 2, device cpu, threads 1."


def test_every_run_of_the_authors_stands_behind_a_row():
    """Those of XQuAD too, which no table of the paper shows."""
    keys = [one["tags"]["run_key"] for one in experiment.runs(THE_PAPER)]
    found = links.of_authors(THE_PAPER, {**STORE, "runs": {key: key for key in keys}})
    rows = [entry for part in found.values() for entry in part["rows"].values()]
    assert sorted(run for entry in rows for some in entry["runs"].values() for run in some) == sorted(keys)
