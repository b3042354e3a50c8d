"""From scores to tables, against studies small enough to work out by hand."""

import csv

import pytest
import small_grid

from realignment.core.errors import FailedWork
from realignment.records.record import Record
from realignment.results import averages, formatting, headings, oracle, scores, study_tables, tables, verdicts
from realignment.results.scores import AVERAGED, WITHOUT_ENGLISH, Row, Score
from realignment.statistics.summary import Difference, Summary

GROUP = {"eng": "English", "deu": "HRL", "fra": "HRL", "swa": "LRL seen", "fon": "LRL unseen", "quy": "OOD"}


def score(task: str, language: str, value: float, seed: str = "17", subset: str = "none", **other: str) -> Score:
    kind = other.get("set", {"pos": "udpos", "ner": "wikiann", "nli": "xnli"}.get(task, "heldout"))
    return Score("xlmr", subset, other.get("control", ""), seed, task, kind, language, GROUP[language], value)


def study(*found: Score) -> tables.Study:
    return tables.Study(averages.collect(found), "xlmr", {"none": 0, "all_65": 65})


def test_a_group_is_the_mean_over_languages_within_a_task_then_over_tasks():
    found = study(score("pos", "deu", 0.5), score("pos", "fra", 0.7), score("ner", "deu", 0.2))
    items = found.runs.items("xlmr", ["pos", "ner"], {"HRL"})
    assert items == {"pos": ["deu", "fra"], "ner": ["deu"]}
    assert found.runs.cell(Row("xlmr", "none"), items).mean == pytest.approx(
        ((0.5 + 0.7) / 2 + 0.2) / 2
    )  # not the mean of the three


def test_the_average_leaves_out_of_distribution_languages_apart_and_comes_without_english_too():
    found = study(score("nli", "eng", 0.9), score("nli", "deu", 0.6), score("nli", "quy", 0.3))
    row = Row("xlmr", "none")
    assert found.runs.cell(row, found.runs.items("xlmr", ["nli"], AVERAGED)).mean == pytest.approx(0.75)
    assert found.runs.cell(row, found.runs.items("xlmr", ["nli"], WITHOUT_ENGLISH)).mean == pytest.approx(0.6)


def test_seeds_are_summed_up_last():
    found = study(score("pos", "deu", 0.5), score("pos", "deu", 0.9, seed="23"))
    cell = found.runs.cell(Row("xlmr", "none"), {"pos": ["deu"]})
    assert (cell.values, cell.n) == ((0.5, 0.9), 2)


@pytest.mark.parametrize(
    ("task", "general", "african"),
    [("pos", "udpos", "masakhapos"), ("ner", "wikiann", "masakhaner2"), ("nli", "xnli", "afrixnli")],
)
def test_the_african_set_counts_where_a_language_has_both(task, general, african):
    found = study(score(task, "swa", 0.2, set=general), score(task, "swa", 0.8, set=african))
    assert found.runs.cell(Row("xlmr", "none"), {task: ["swa"]}).mean == pytest.approx(0.8)


def test_other_sets_of_a_language_are_averaged():
    found = study(score("nli", "deu", 0.2, set="xnli"), score("nli", "deu", 0.6, set="mine"))
    assert found.runs.cell(Row("xlmr", "none"), {"nli": ["deu"]}).mean == pytest.approx(0.4)


def test_a_run_without_the_set_that_counts_has_no_score_for_that_language():
    """The general set alone would compare two different measures."""
    full = [score("pos", "swa", 0.2, subset="all_65"), score("pos", "swa", 0.8, subset="all_65", set="masakhapos")]
    found = study(*full, score("pos", "swa", 0.3))
    assert found.runs.cell(Row("xlmr", "none"), {"pos": ["swa"]}).mean is None


def test_a_run_that_lacks_a_language_is_left_out_not_averaged_over_fewer():
    found = study(
        score("pos", "deu", 0.4), score("pos", "fra", 0.6),
        score("pos", "deu", 0.9, seed="23"),
    )  # fmt: skip
    cell = found.runs.cell(Row("xlmr", "none"), found.runs.items("xlmr", ["pos"], {"HRL"}))
    assert cell.values == pytest.approx((0.5,))


def test_a_cell_without_runs_is_marked():
    assert formatting.text(Summary(()), 4) == "—"
    assert formatting.text(Difference(Summary((0.5, 0.6)), Summary(())), 2) == "—"


def test_a_metric_of_fewer_seeds_than_the_others_has_another_name():
    rows = study(
        score("pos", "swa", 0.4, seed="17"),
        score("pos", "swa", 0.6, seed="23"),
        score("pos", "swa", 0.8, seed="17", subset="all"),
    )
    assert tables.headline(rows, ["pos"]) == pytest.approx({"xlmr.none": 0.5, "xlmr.all.n=1": 0.8})


def test_gains_are_differences_to_fine_tuning_only():
    found = study(score("pos", "deu", 0.5), score("pos", "deu", 0.75, subset="all_65"))
    table = study_tables.gains(verdicts.of_study(found, ["pos"]), "gains", "", found.group_columns(["pos"]), ["pos"])
    (line,) = table.lines
    assert line.head == ("All languages", "all_65", "65")
    assert [value.mean for value in line.values] == pytest.approx([0.25, 0.25])


def test_floors_and_controls_are_rows_after_the_subsets():
    rows = [
        ("all_65", ""),
        ("none", ""),
        ("uriel_diverse_5", "shuffled"),
        ("none", "majority"),
        ("none", "untrained"),
        ("uriel_diverse_5", ""),
    ]
    found = study(*(score("pos", "deu", 0.5, subset=subset, control=control) for subset, control in rows))
    table = found.scores("levels", "caption", found.group_columns(["pos"]), ["pos"])
    assert [line.head[1] for line in table.lines] == [
        "all_65",
        "none",
        "uriel_diverse_5",
        "uriel_diverse_5 shuffled",
        "untrained",
        "majority",
    ]
    assert [line.section for line in table.lines][-3:] == ["Controls", "Floors", "Floors"]


def test_rows_stand_in_the_order_of_the_printed_tables():
    """Oracle: Table 8 as printed."""
    from paper_files import THE_PAPER

    printed = list(dict.fromkeys(cell.subset for cell in THE_PAPER.printed if cell.table == "8"))
    rows = sorted((Row("mbert", subset) for subset in printed), key=headings.order)
    assert [row.subset for row in rows] == printed


def record(seed: int, cell_key: str, subset: str = "none", task: str = "pos") -> Record:
    return small_grid.record("evaluate", subset, seed, task=task, cell_key=cell_key)


def test_a_cell_whose_runs_differ_in_cell_key_is_an_error_naming_them():
    with pytest.raises(FailedWork, match="evaluate small none pos s17 and evaluate small none pos s23"):
        scores.one_key_a_cell([record(17, "a"), record(23, "b")])
    scores.one_key_a_cell([record(17, "a"), record(23, "a"), record(17, "b", subset="all_65"), record(17, "c", task="ner")])


def test_two_scores_of_one_run_and_language_are_an_error():
    with pytest.raises(FailedWork, match="two are given for"):
        averages.collect([score("pos", "deu", 0.5), score("pos", "deu", 0.6)])


@pytest.mark.parametrize(("value", "seeds", "text"), [
    (Summary((0.5, 0.6)), 2, "55.00 ± 7.07"),
    (Summary((0.5,)), 2, "50.00 (n=1)"),
    (Difference(Summary((0.5, 0.5)), Summary((0.6, 0.6)), 0.02, certain=True), 2, "−10.00 ± 2.00"),
    (Difference(Summary((0.5, 0.7)), Summary((0.6, 0.6)), 0.1), 2, "0.00 ± 10.00 ~"),
])  # fmt: skip
def test_a_score_is_written_in_percent_with_two_decimals(value, seeds, text):
    assert formatting.text(value, seeds) == text


def test_csv_holds_the_numbers_of_the_runs_in_full():
    value = 1 / 3
    found = study(score("pos", "deu", value))
    table = found.scores("tasks", "caption", found.task_columns(["pos"]), ["pos"])
    (row,) = csv.DictReader(formatting.comma_separated(table).splitlines())
    assert float(row["POS mean"]) == value
    (one,) = csv.DictReader(formatting.long([score("pos", "deu", value)]).splitlines())
    assert float(one["score"]) == value


def test_markdown_has_as_many_cells_in_every_row():
    found = study(score("pos", "deu", 0.5), score("pos", "eng", 0.9), score("ner", "deu", 0.3))
    table = found.scores("levels", "caption", found.group_columns(["pos", "ner"]), ["pos", "ner"])
    lines = [line for line in formatting.markdown(table).splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 1 + len(table.lines)  # head, rule, one section
    assert len({line.count("|") for line in lines}) == 1


def test_no_average_over_tasks_holds_questions_and_what_is_best_does_not_depend_on_them():
    """XQuAD turns the order of two subsets round; averages, gains, the best subset and the map of languages are as without it."""
    values = {"none": (0.5, 0.9), "all_65": (0.7, 0.1)}
    plain = [
        score(task, "deu", pos, seed, subset)
        for subset, (pos, _) in values.items()
        for task in ("pos", "nli")
        for seed in ("17", "23")
    ]
    beside = [
        score("xquad", code, asked, seed, subset)
        for subset, (_, asked) in values.items()
        for code in ("deu", "swa")
        for seed in ("17", "23")
    ]
    names, every = ["nli", "pos"], ["nli", "pos", "xquad"]
    without, found = study(*plain), study(*plain, *beside)
    for title, items in without.group_columns(names).items():
        assert found.group_columns(every)[title] == items
    assert tables.headline(found, every) == tables.headline(without, names)
    assert oracle.subsets(found, every) == oracle.subsets(without, names)
    assert verdicts.families(found, every)["languages"] == {"deu": {"nli": ["deu"], "pos": ["deu"]}}
    assert list(found.task_columns(every)) == [
        "NLI",
        "POS",
        "XQuAD",
        "NLI without English",
        "POS without English",
        "XQuAD without English",
    ]
    levels = next(one for one in study_tables.of_study(found, every) if one.kind == "levels")
    assert levels.notes[0] == "XQuAD stands beside: no average over tasks holds it, here as in the paper."
    alone = study(*beside)
    assert alone.group_columns(["xquad"])["Average"] == {"xquad": ["deu", "swa"]}, (
        "of a study of nothing else it is the average over languages"
    )
