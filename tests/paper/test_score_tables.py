"""The paper's tables: ours by hand from a small study, the authors' against print, sources never in one cell."""

import csv
import gzip
import math
from dataclasses import replace

import pytest
from paper_files import ROOT, THE_PAPER

from realignment.paper import explained, layout, recomputed, score_tables
from realignment.paper import ours as places
from realignment.paper.layout import AUTHORS, OURS, PRINTED
from realignment.paper.paper import FOLDER, SCORES, Paper
from realignment.paper.printed import SCORED, TABLES
from realignment.results import averages, tables
from realignment.results.scores import Score
from realignment.results.tables import Stated
from realignment.statistics.summary import Summary

XLMR = {"name": "hub:FacebookAI/xlm-roberta-base@e73636d", "seen": "xlmr"}
GROUP = {"eng": "English", "deu": "HRL", "fon": "LRL unseen"}
SETS = {"nli": "xnli", "pos": "udpos", "ner": "wikiann"}


def value(subset: str, seed: str, task: str, language: str) -> float:
    """Numbers one can follow: one base per task, one step per language, a seed and a subset."""
    base = {"nli": 0.50, "pos": 0.60, "ner": 0.40}[task] + {"eng": 0.09, "deu": 0.03, "fon": 0.0}[language]
    return (
        base
        + (0.02 if seed == "23" else 0.0)
        + {"none": 0.0, "uriel_diverse_5": 0.1, "joshi_3__random_10": 0.2, "all_65": 0.3}[subset]
    )


def registry(subsets=("none", "uriel_diverse_5"), tasks=("nli", "pos", "ner"), encoder="xlmr") -> list[Score]:
    return [
        Score(encoder, subset, "", seed, task, SETS[task], language, group, value(subset, seed, task, language))
        for subset in subsets for seed in ("17", "23") for task in tasks for language, group in GROUP.items()
    ]  # fmt: skip


def ours(found: list[Score], about=XLMR, unit="sentences") -> places.Ours:
    (encoder,) = {one.encoder for one in found}
    return places.ours(tables.Study(averages.collect(found), encoder), about, unit, found)


def cells(table) -> dict:
    return {(line.head[1], column): one for line in table.lines for column, one in zip(table.columns, line.values, strict=True)}


def table(found, number: str, **given):
    return next(one for one in score_tables.of_study([ours(found, **given)], THE_PAPER) if one.kind == f"paper-{number}")


def test_every_cell_of_ours_is_the_mean_over_languages_then_seeds_english_in():
    found = cells(table(registry(), "10"))
    assert {name for name, _ in found} == {"none", "uriel_diverse_5"}
    for (subset, column), cell in found.items():
        task = column.lower()
        first = (value(subset, "17", task, "eng") + value(subset, "17", task, "deu") + value(subset, "17", task, "fon")) / 3
        assert cell.mean == pytest.approx(first + 0.01)  # the second seed is .02 higher everywhere
        assert cell.std == pytest.approx(0.02 / math.sqrt(2))  # ddof = 1
        assert cell.n == 2


def test_table_1_averages_tasks_within_a_run_and_table_4_reads_english_apart():
    found = registry(("none", "joshi_3__random_10"))
    average = cells(table(found, "1"))["joshi_3__random_10", "Avg."]
    runs = [sum(value("joshi_3__random_10", s, task, x) for task in SETS for x in GROUP) / 9 for s in ("17", "23")]
    assert average.values == pytest.approx(runs)
    english = {line.head: line.values[0].mean for line in table(found, "4").lines}
    assert english["POS", "english"] == pytest.approx(0.69 + 0.01)
    assert english["POS", "cross-lingual"] == pytest.approx(0.6 + 0.015 + 0.01)


def test_table_1_needs_a_row_of_a_pool():
    assert "paper-1" not in {one.kind for one in score_tables.of_study([ours(registry())], THE_PAPER)}


def test_a_run_that_lacks_a_language_is_not_averaged_over_the_others():
    found = [one for one in registry() if (one.subset, one.seed, one.task, one.language) != ("none", "23", "ner", "fon")]
    mended = cells(table(found, "10"))
    assert mended["none", "NER"].n == 1
    assert mended["none", "NER"].mean == pytest.approx(cells(table(registry(), "10"))["none", "NER"].values[0])
    assert mended["none", "POS"].n == 2


def test_an_average_over_tasks_is_missing_where_a_task_is():
    found = cells(table(registry(("none", "joshi_3__random_10"), tasks=("pos", "ner")), "1"))
    assert ("none", "Avg.") not in found
    assert ("none", "POS") in found


def test_rows_without_runs_are_named_and_so_are_rows_the_paper_does_not_have():
    extra = [replace(one, subset="latin_diverse_7") for one in registry(("none",))]
    extra += [replace(one, control="shuffled") for one in registry(("uriel_diverse_5",))]
    without, other, *_ = table([*registry(), *extra], "10").notes
    assert "all_65" in without
    assert "uriel_diverse_5" not in without
    assert "latin_diverse_7" in other
    assert "uriel_diverse_5 shuffled" in other


def test_a_language_in_no_group_is_named():
    found = [replace(one, group="") if one.language == "fon" else one for one in registry()]
    assert "Languages in no group, counted in averages alone: fon." in table(found, "10").notes


def test_a_study_of_sentences_fills_the_column_of_sentences_alone():
    for unit, column in (("sentences", "Avg. tokens"), ("words", "FastAlign")):
        assert table(registry(("none", "all_65")), "2", unit=unit).columns == (column,)


def test_table_2_without_links_has_the_scores_of_all_languages():
    """The paper does not name the subset; this is why `all_65` is taken."""
    printed = THE_PAPER.printed
    rows = {(one.model, one.task): one.mean for one in printed if one.table in TABLES and one.subset == places.WHOLE}
    found = [one for one in printed if (one.table, one.what) == ("2", "sentences") and one.task != "hours"]
    assert len(found) == 6
    assert all(abs(one.mean - rows[one.model, one.task]) < 0.2 for one in found)


def test_another_encoder_is_laid_out_but_stands_beside_nothing_printed():
    study = ours(registry(encoder="small"), {"name": "path:encoders/small", "seen": "xlmr"})
    built = score_tables.of_study([study], THE_PAPER)
    assert {one.name for one in built} >= {"small-paper-10"}
    assert all(isinstance(value, Summary) for one in built for line in one.lines for value in line.values)
    assert score_tables.beside([study], THE_PAPER) == []


@pytest.mark.parametrize("seen", [["sw", "yo"], "english"])
def test_an_encoder_with_a_list_of_its_own_is_laid_out_like_the_first_of_the_papers(seen):
    study = ours(registry(encoder="small"), {"name": "path:encoders/small", "seen": seen})
    assert (study.model, study.same) == ("mbert", False)
    assert {one.name for one in score_tables.of_study([study], THE_PAPER)} >= {"small-paper-8"}


def test_a_column_of_ours_that_leaves_something_out_is_marked_and_named():
    found = [replace(one, score=None) if (one.task, one.language) == ("ner", "fon") else one for one in registry()]
    assert any(one.score is None for one in found)
    (table,) = [one for one in score_tables.of_study([ours(found)], THE_PAPER) if one.kind == "paper-10"]
    assert set(table.marked) == set(table.columns) & {"NER", "Avg."}
    assert any("NER" in note and "fon" in note and "undefined, and in no mean" in note for note in table.notes)
    (beside,) = [one for one in score_tables.beside([ours(found)], THE_PAPER) if one.kind == "paper-10"]
    assert "NER ours" in beside.marked and not any("authors" in column or "printed" in column for column in beside.marked)


def test_sources_never_share_a_column():
    """Other numbers of ours change the columns of ours, and no other."""
    first, second = registry(), [replace(one, score=one.score / 2) for one in registry()]
    one, two = (
        next(t for t in score_tables.beside([ours(found)], THE_PAPER) if t.kind == "paper-10") for found in (first, second)
    )
    assert one.columns == two.columns
    assert set(one.columns[:5]) == {
        f"NLI {what}" for what in (OURS, AUTHORS, PRINTED, f"{OURS} − {PRINTED}", f"{AUTHORS} − {PRINTED}")
    }
    for key, found in cells(one).items():
        differs = found != cells(two)[key]
        assert differs == (OURS in key[1] and found.mean is not None), key


def test_a_difference_is_recomputed_minus_printed():
    found = cells(next(one for one in score_tables.beside([ours(registry())], THE_PAPER) if one.kind == "paper-10"))
    mine, stated = found["none", f"POS {OURS}"], found["none", f"POS {PRINTED}"]
    assert stated.text == "65.98 ± 0.73"
    assert found["none", f"POS {OURS} − {PRINTED}"].mean == pytest.approx(mine.mean - 0.6598)


@pytest.mark.parametrize("number", SCORED)
def test_every_printed_cell_stands_once_in_its_layout_as_printed(number):
    printed = [cell for cell in THE_PAPER.printed if cell.table == number]
    built = layout.lay_out(number, explained.table(THE_PAPER, number), (PRINTED,))
    shown = [one.text for line in built.lines for one in line.values if isinstance(one, Stated) and one.text]
    assert sorted(shown) == sorted(cell.shown for cell in printed)
    assert len({(line.section, line.head) for line in built.lines}) == len(built.lines)


@pytest.mark.parametrize("number", ["8", "9", "10", "11"])
def test_rows_stand_in_printed_order(number):
    printed = dict.fromkeys(cell.row.subset for cell in THE_PAPER.printed if cell.table == number)
    built = layout.lay_out(number, explained.table(THE_PAPER, number), (PRINTED,))
    assert [line.head[1] for line in built.lines] == list(printed)


def test_the_column_of_xlmr_in_table_4_is_one_run_and_no_average_of_four():
    """By hand from the file: seed 42, English's own set, and the plain mean of every other stored score."""
    path = ROOT / FOLDER / SCORES
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row["model"], row["subset"]) == ("xlm-roberta-base", "none")]
    own = {("udpos", "eng"), ("wikiann", "eng"), ("xnli", "eng")}
    cells = [cell for cell in THE_PAPER.printed if (cell.table, cell.model) == ("4", "xlmr")]
    right = {}
    for seed in ("17", "23", "42", "66"):
        right[seed] = 0
        for cell in cells:
            mine = [row for row in rows if (row["seed"], row["task"]) == (seed, cell.task)]
            kept = [float(r["score"]) for r in mine if ((r["evalset"], r["language"]) in own) == (cell.what == "english")]
            right[seed] += f"{100 * sum(kept) / len(kept):.1f}" == cell.shown
    assert right.pop("42") == len(cells) == 6
    assert max(right.values()) < 6
    reasons = {one.reason for one in explained.table(THE_PAPER, "4") if one.recomputed.n and not one.agrees}
    assert len(reasons) == 1
    assert "seed 42 alone" in reasons.pop()


def test_counts_add_up_and_every_cell_that_does_not_come_out_has_a_reason():
    """Of the 372 cells of Tables 8 to 11, 365 come out of scores of languages, one of averages, and six are another row's run."""
    counts = {row["table"]: row for row in score_tables.counts(THE_PAPER)}
    assert sum(row["printed"] for row in counts.values()) == len(THE_PAPER.printed)
    told = {number: {name: tallied(row[name]) for name in ("out of", "why not")} for number, row in counts.items()}
    for number, row in counts.items():
        assert all(one.agrees != bool(one.reason) for one in explained.table(THE_PAPER, number))
        assert sum(told[number]["out of"].values()) == row["agreeing"]
        assert sum(told[number]["why not"].values()) == row["printed"] - row["agreeing"]
        assert not {recomputed.NO_FILE, recomputed.DIFFERS} & set(told[number]["why not"])
    appendix = [told[number] for number in ("8", "9", "10", "11")]
    assert sum(one["out of"][recomputed.SCORES] for one in appendix) == 365
    assert sum(one["out of"].get(recomputed.AVERAGES, 0) for one in appendix) == 1
    assert [one["why not"] for one in appendix] == [{}, {explained.TWIN: 3}, {}, {explained.TWIN: 3}]


def tallied(text: str) -> dict[str, int]:
    """`a (3); b (1)` -> each with its count."""
    return {one.rpartition(" (")[0]: int(one.rpartition(" (")[2][:-1]) for one in text.split("; ") if one}


def test_a_run_printed_twice_is_found_by_its_print_its_lists_and_the_scores_of_the_other():
    """A print of one of the two rows that is another takes the reason away."""
    cells = recomputed.table(THE_PAPER, "9")
    (nli,) = [one for one in cells if (one.printed.subset, one.printed.task) == ("seen_mbert__script_diverse", "nli")]
    other = explained.twin(nli.printed, cells, THE_PAPER)
    assert other.printed.subset == "seen_xlmr__script_diverse"
    assert abs(100 * other.recomputed.mean - nli.printed.mean) < 0.01 and abs(100 * other.recomputed.std - nli.printed.std) < 0.01
    changed = [
        replace(one, printed=replace(one.printed, shown="1.00"))
        if (one.printed.subset, one.printed.task) == (other.printed.subset, "ner")
        else one
        for one in cells
    ]
    assert explained.twin(nli.printed, changed, THE_PAPER) is None


def test_cells_of_table_1_that_are_no_rounding_are_cut_off():
    """By hand from Table 11: 58.69 stands as 58.6."""
    found = {
        (one.printed.model, one.printed.subset, one.printed.task): one
        for one in explained.table(THE_PAPER, "1")
        if not one.agrees
    }
    assert len(found) == 5
    assert THE_PAPER.source("xlmr", "joshi_45__random", "nli").shown.startswith("58.69")
    assert found["xlmr", "joshi_45__random", "nli"].printed.shown == "58.6"
    for one in found.values():
        assert one.reason.startswith(explained.CUT)
        assert str(100 * one.recomputed.mean).startswith(one.printed.shown)


def test_two_rows_of_other_languages_are_no_run_printed_twice():
    """The print alone does not make them one: a list of one seed that is another takes the reason away."""
    paper = Paper(ROOT)
    for row in paper.rows("subsets.tsv"):
        if (row["subset"], row["seed"]) == ("seen_xlmr__script_diverse", "17"):
            row["languages"] = "swh_Latn"
    reasons = {one.printed.row.subset: one.reason for one in explained.table(paper, "9") if not one.agrees}
    assert set(reasons) == {"seen_mbert__script_diverse_10", "seen_xlmr__script_diverse_10"}
    assert explained.TWIN not in reasons.values()
