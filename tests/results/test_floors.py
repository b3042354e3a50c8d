"""Scores that their gold leaves undefined, and tasks in which no row is above a guess."""

import csv
import io

import pytest
from small_grid import record

from realignment import tasks
from realignment.core.errors import FailedWork
from realignment.engine import retrieval
from realignment.report import latex
from realignment.report.view import of_table
from realignment.results import averages, by_set, comparisons, floors, formatting, headings, oracle, scores, study_tables, tables
from realignment.results.scores import RETRIEVAL, Score
from realignment.tasks import MODULES
from realignment.tracking import fields

GROUP = {"eng": "English", "deu": "HRL", "fra": "HRL", "swa": "LRL seen", "yor": "LRL seen"}
SETS = {"pos": "udpos", "ner": "wikiann", "nli": "xnli", RETRIEVAL: "heldout"}
NAMES = {"swa": "Swahili", "deu": "German", "fra": "French"}


def score(task: str, language: str, value: float | None, **other) -> Score:
    about = {"subset": "none", "control": "", "seed": "17", "set": SETS[task], "n": 600} | other
    where = (about["subset"], about["control"], about["seed"], task, about["set"])
    return Score("xlmr", *where, language, GROUP[language], value, about["n"])


def study(*found: Score) -> tables.Study:
    return tables.Study(averages.collect(found), "xlmr", {"none": 0, "all_65": 65}, NAMES)


def test_f1_without_an_entity_in_the_gold_is_undefined_whatever_is_predicted():
    gold = [["O", "O"], ["O"]]
    assert tasks.score("ner", gold, [["O", "O"], ["O"]], "swa") is None
    assert tasks.score("ner", gold, [["B-PER", "O"], ["O"]], "swa") is None


def test_f1_of_gold_entities_of_which_none_is_found_is_zero():
    assert tasks.score("ner", [["B-PER", "O"]], [["O", "O"]], "swa") == 0.0


@pytest.mark.parametrize("task", ["pos", "ner", "nli"])
def test_a_score_over_nothing_is_undefined_and_so_is_its_floor(task):
    assert tasks.score(task, [], [], "swa") is None
    assert tasks.score(task, [], MODULES[task].majority([]), "swa") is None
    if task != "nli":
        assert tasks.score(task, [[]], MODULES[task].majority([[]]), "swa") is None


def test_retrieval_among_fewer_than_two_pairs_is_undefined():
    assert retrieval.share([]) is None
    assert retrieval.share([0]) is None


def test_a_mean_leaves_out_what_is_undefined():
    """Of 0.6 and nothing the mean is 0.6, not 0.3."""
    found = study(score("ner", "deu", 0.6), score("ner", "fra", None), score("pos", "fra", 0.8))
    items = found.items(["ner", "pos"], {"HRL"})
    assert found.runs.cell(scores.Row("xlmr", "none"), items).mean == pytest.approx((0.6 + 0.8) / 2)
    assert items.undefined == (("ner", "wikiann", "fra"),)


def test_the_general_set_counts_where_the_african_one_is_undefined():
    found = study(score("ner", "swa", 0.2), score("ner", "swa", None, set="masakhaner2"))
    assert found.runs.cell(scores.Row("xlmr", "none"), {"ner": ["swa"]}).mean == 0.2
    assert "NER masakhaner2 of Swahili swa" in found.warnings(["ner"])[0]


def test_fine_tuning_only_below_the_majority_label_is_said_with_the_distance():
    """By hand: fine-tuning only (0.30 + 0.20) / 2, the majority (0.28 + 0.28) / 2; another row is far above both, so the task is not at its floor."""
    plain = score("pos", "deu", 0.30), score("pos", "swa", 0.20)
    floor = (score("pos", code, 0.28, control="majority") for code in ("deu", "swa"))
    found = study(*plain, *floor, *(score("pos", code, 0.60, subset="all_65") for code in ("deu", "swa")))
    (said,) = found.warnings(["pos"])
    assert "fine-tuning only scores 25.00, below its floor (majority, 28.00); the first 3.00 points" in said


def test_of_two_floors_above_fine_tuning_only_the_higher_is_named():
    """An encoder of fresh weights is no guess, and a gain up to it brings nothing of the encoder."""
    floor = score("pos", "deu", 0.28, control="majority"), score("pos", "deu", 0.35, control="untrained")
    found = study(score("pos", "deu", 0.25), *floor, score("pos", "deu", 0.60, subset="all_65"))
    (said,) = found.warnings(["pos"])
    assert (
        "below its floor (untrained, 35.00); the first 10.00 points of a gain reach no more than an encoder of fresh weights"
        in said
    )


def test_fine_tuning_only_above_the_majority_label_is_not_remarked():
    floor = score("pos", "deu", 0.28, control="majority")
    assert study(score("pos", "deu", 0.30), floor, score("pos", "deu", 0.60, subset="all_65")).warnings(["pos"]) == []


def test_a_score_that_is_undefined_for_some_runs_only_is_refused():
    with pytest.raises(FailedWork, match="of ner wikiann deu xlmr none s23 has 0 and xlmr none s17 has none"):
        averages.collect([score("ner", "deu", None), score("ner", "deu", 0.0, seed="23")])


@pytest.fixture
def lacking() -> tables.Study:
    """NER of Swahili is undefined, in every run; the rest is not."""
    found = []
    for subset, gain in (("none", 0.0), ("all_65", 0.1)):
        for seed, luck in (("17", 0.0), ("23", 0.02)):
            for code, value in (("deu", 0.6), ("fra", 0.5), ("yor", 0.2), ("swa", None)):
                found.append(score("ner", code, None if value is None else value + gain + luck, subset=subset, seed=seed))
                found.append(score("pos", code, (value or 0.4) + gain + luck, subset=subset, seed=seed))
    return study(*found)


def table(lacking: tables.Study, kind: str) -> tables.Table:
    return next(one for one in study_tables.of_study(lacking, ["pos", "ner"]) if one.kind == kind)


def test_a_column_that_leaves_something_out_is_marked_in_every_form_and_the_note_says_what(lacking):
    levels = table(lacking, "levels")
    said = f"{floors.MARK} undefined, and in no mean: NER wikiann of Swahili swa (no entity in the gold)."
    assert levels.marked == ("LRL seen", "Average")
    assert said in levels.notes
    text = formatting.markdown(levels)
    assert f"| LRL seen {floors.MARK} |" in text and "| HRL |" in text and said in text
    header = next(csv.reader(io.StringIO(formatting.comma_separated(levels))))
    assert f"LRL seen {floors.MARK} mean" in header and "HRL mean" in header
    assert r"LRL seen $\dagger$" in latex.table(levels)
    assert f"LRL seen {floors.MARK}" in of_table(levels).columns


def test_a_language_without_a_score_is_shown_as_such_beside_the_others(lacking):
    rows = {line.head[0]: line for line in table(lacking, "languages-ner").lines}
    texts = {code: [formatting.text(value, 2) for value in line.values] for code, line in rows.items()}
    assert texts["swa"] == ["undefined", "undefined"] and rows["swa"].section == "LRL seen"
    assert texts["yor"] == ["31.00 ± 1.41", "21.00 ± 1.41"]
    cells = next(csv.DictReader(io.StringIO(formatting.comma_separated(table(lacking, "languages-ner")))))
    assert "undefined" not in cells.values()
    shown = of_table(table(lacking, "languages-ner"))
    assert all(shown.numeric[shown.heads :]), "a column of numbers stays one"


def test_the_list_of_scores_leaves_an_undefined_one_empty():
    lines = formatting.long([score("ner", "swa", None)]).splitlines()
    assert lines[1] == "xlmr,none,,17,ner,wikiann,swa,LRL seen,,600"


@pytest.mark.parametrize(("values", "mean"), [((0.5, None), 0.5), ((None, None), None)])
def test_the_store_gets_no_metric_of_what_is_undefined(values, mean):
    listed = [
        {"task": "ner", "set": "wikiann", "language": code, "score": value, "n": 9, "cut": 1}
        for code, value in zip(("deu", "fra"), values, strict=True)
    ]
    found = {name: value for name, value, _ in fields.metrics(record("evaluate", task="ner", scores=listed), "eng")}
    assert (found.get("ner/mean"), found["ner/undefined"], found["ner/cut"]) == (mean, values.count(None), 2)
    assert {name for name in found if name.startswith("ner/wikiann/")} == {"ner/wikiann/deu"} - (
        {"ner/wikiann/deu"} if mean is None else set()
    )


def test_verdicts_gains_and_the_best_subset_stand_on_what_is_defined(lacking):
    whole = study(*[one for one in _scores(lacking) if one.score is not None])
    for columns in (comparisons.task_columns, comparisons.level_columns):
        ours, theirs = columns(lacking, ["pos", "ner"]), columns(whole, ["pos", "ner"])
        assert comparisons.against_references(lacking, ours) == comparisons.against_references(whole, theirs)
    chosen = [row["average over"] for row in oracle.subsets(lacking, ["pos", "ner"])]
    assert chosen == ["HRL", f"LRL seen {floors.MARK}", f"Average {floors.MARK}"]


def _scores(one: tables.Study) -> list[Score]:
    return [
        score(task, code, value, subset=row.subset, control=row.control, seed=seed)
        for row, seeds in one.runs.rows.items()
        for seed, held in seeds.items()
        for (task, code), value in held.items()
    ]


def test_a_task_that_is_undefined_everywhere_has_no_table_and_is_named():
    found = study(score("ner", "deu", None), score("pos", "deu", 0.5))
    kinds = [one.kind for one in study_tables.of_study(found, ["pos", "ner"])]
    assert "levels-pos" in kinds and "levels-ner" not in kinds
    assert "NER wikiann of German deu" in found.warnings(["pos", "ner"])[0]


def test_by_set_tables_name_what_they_leave_out(lacking):
    found = [*_scores(lacking), *(score("ner", "swa", None, subset=subset) for subset in ("none", "all_65"))]
    (one,) = by_set.of_study(lacking, found, ["ner"])
    assert "wikiann LRL seen" in one.marked and f"{floors.MARK} undefined, and in no mean: wikiann of Swahili swa." in one.notes


def grid(task: str, rows: dict[str, tuple[float, ...]], n: int = 600, **guesses: float) -> tables.Study:
    """Every row's value of each seed, the same in two languages; floors of the first seed."""
    found = [
        score(task, code, value, subset=subset, seed=str(17 + seed), n=n)
        for subset, values in rows.items()
        for seed, value in enumerate(values)
        for code in ("deu", "fra")
    ]
    found += [score(task, code, value, control=name, n=n) for name, value in guesses.items() for code in ("deu", "fra")]
    return study(*found)


THIRD = 1 / 3


@pytest.mark.parametrize(
    ("task", "rows", "guesses"),
    [
        ("nli", {"none": (THIRD, THIRD), "all_65": (THIRD, THIRD)}, {"majority": THIRD}),
        ("nli", {"none": (0.30, 0.32), "all_65": (0.31, 0.33)}, {"majority": THIRD}),
        ("nli", {"none": (0.35, 0.33), "all_65": (0.34, 0.35)}, {"majority": THIRD}),  # by the 1,200 items: ± 1.36 points
        ("nli", {"none": (0.44,), "all_65": (0.45,)}, {"majority": THIRD, "hypothesis": 0.46}),
        ("ner", {"none": (0.0, 0.0), "all_65": (0.0, 0.0)}, {"majority": 0.0}),
        ("pos", {"none": (0.2, 0.6), "all_65": (0.25, 0.25)}, {"majority": 0.25}),  # by seeds that disagree: ± 20 points
    ],
)
def test_a_task_that_no_row_has_learnt_is_named(task, rows, guesses):
    found = grid(task, rows, **guesses)
    (one,) = floors.at_floor(found.runs, "xlmr", [task])
    assert (one.task, one.floor) == (task, max(guesses.values()))
    assert str(one).startswith(f"{headings.task(task)} of XLM-R stays at its floor in every row")
    assert str(one) in found.warnings([task])
    assert all(str(one) in table.notes for table in study_tables.of_study(found, [task]))


@pytest.mark.parametrize(
    ("task", "rows", "guesses"),
    [
        ("nli", {"none": (THIRD, THIRD), "all_65": (0.45, 0.46)}, {"majority": THIRD}),  # one row has
        ("nli", {"none": (0.5, 0.5)}, {"majority": THIRD}),
        ("ner", {"none": (0.01, 0.01)}, {"majority": 0.0}),
        ("nli", {"none": (THIRD, THIRD)}, {}),  # no floor to hold it against
        ("nli", {"none": (0.34, 0.34)}, {"untrained": 0.9}),  # an untrained encoder that was fine-tuned is no guess
    ],
)
def test_a_task_that_a_row_has_learnt_is_not(task, rows, guesses):
    assert floors.at_floor(grid(task, rows, **guesses).runs, "xlmr", [task]) == []


def test_retrieval_is_held_against_chance():
    assert floors.at_floor(grid(RETRIEVAL, {"none": (0.05, 0.05)}, n=20).runs, "xlmr", [RETRIEVAL])[0].floor == 1 / 20
    assert floors.at_floor(grid(RETRIEVAL, {"none": (0.5, 0.5)}, n=20).runs, "xlmr", [RETRIEVAL]) == []


def test_what_is_learnt_in_english_alone_is_no_transfer():
    found = grid("nli", {"none": (THIRD, THIRD)}, majority=THIRD)
    english = [score("nli", "eng", 0.9, seed=seed) for seed in ("17", "18")] + [score("nli", "eng", THIRD, control="majority")]
    assert floors.at_floor(study(*_scores(found), *english).runs, "xlmr", ["nli"])


def test_a_control_above_the_floor_says_that_the_task_can_be_learnt():
    found = grid("nli", {"none": (THIRD, THIRD)}, majority=THIRD)
    shuffled = [score("nli", code, 0.6, subset="all_65", control="shuffled") for code in ("deu", "fra")]
    assert floors.at_floor(study(*_scores(found), *shuffled).runs, "xlmr", ["nli"]) == []
