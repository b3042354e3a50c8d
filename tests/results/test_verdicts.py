"""One verdict per difference: families by hand, Holm by hand, over studies drawn by chance."""

import functools
import math
from collections import defaultdict

import pytest
import random_studies
from random_studies import tasks as tasks_of

from realignment.languages import grouping
from realignment.lineage import columns as named
from realignment.report import comparison_tables, latex
from realignment.report.figures import contents, plots
from realignment.report.view import of_table
from realignment.results import addresses, averages, comparisons, draws, formatting, headings, study_tables, verdicts
from realignment.results.scores import AVERAGED, RETRIEVAL, WITHOUT_ENGLISH, Row, Score
from realignment.results.tables import Items, Study
from realignment.statistics.summary import Difference

NUMBERS = range(12)
EVERY = [*NUMBERS, *(pytest.param(number, marks=pytest.mark.slow) for number in range(12, 25))]
TOLD = (comparisons.BETTER, comparisons.WORSE)


def holm(p: list[float]) -> list[bool]:
    """Which p pass at 5 %, step by step; nan never, and counts for nothing."""
    known = sorted(place for place, one in enumerate(p) if not math.isnan(one))
    passed = [False] * len(p)
    for step, place in enumerate(sorted(known, key=lambda place: p[place])):
        if not p[place] * (len(known) - step) < 0.05:
            break
        passed[place] = True
    return passed


def certain(study: Study, columns: list[Items], *, random: bool = False, gains_alone: bool = False) -> dict:
    """(row, reference, column) -> whether its difference is told from none; `columns` are one family."""
    titled = {str(place): items for place, items in enumerate(columns)}
    pairs = comparisons.random_pairs(study, titled) if random else comparisons.pairs(study, titled)
    pairs = [(row, base) for row, base in pairs if not gains_alone or base.subset == "none"]
    found = comparisons.compare(study, titled, pairs)
    return {
        (one.row, one.base, key(titled[one.column])): passed
        for one, passed in zip(found, holm([one.p for one in found]), strict=True)
    }


def key(items: Items) -> frozenset:
    return frozenset((task, code) for task, codes in items.items() for code in codes)


def levels(study: Study, tasks: list[str]) -> list[Items]:
    """Resource levels and the average, without English."""
    groups = [{group} for group in grouping.GROUPS if group != "English"]
    return [items for group in (*groups, WITHOUT_ENGLISH) if (items := study.items(tasks, group))]


def languages(study: Study, tasks: list[str]) -> list[Items]:
    held = defaultdict(dict)
    for task, code in study.runs.group[study.encoder]:
        if task in tasks:
            held[code][task] = [code]
    return list(held.values())


def expected(study: Study) -> dict:
    """What every gain and every difference to random should say, each column in its first family."""
    tasks = tasks_of(study)
    with_english = [items for group in ({"English"}, AVERAGED) if (items := study.items(tasks, group))]
    families = [
        (levels(study, tasks), False),
        ([items for task in tasks if (items := study.items([task], WITHOUT_ENGLISH))], False),
        (with_english if study.items(tasks, {"English"}) else [], False),
        (levels(study, [RETRIEVAL]), False),
        *((list(study.group_columns([task]).values()), True) for task in tasks),
        (languages(study, tasks), True),
    ]
    found, known = {}, set()
    for listed, gains_alone in families:
        columns = [items for items in listed if key(items) not in known]
        found |= certain(study, columns, gains_alone=gains_alone) | certain(study, columns, random=True)
        known |= set(map(key, columns))
    return found


@functools.cache
def shown_of(number: int) -> list[tuple[str, Row, Row, Items, Difference]]:
    return shown(random_studies.study(number))


def shown(study: Study) -> list[tuple[str, Row, Row, Items, Difference]]:
    """Every difference of every table and figure: where, row, reference, column, value."""
    tasks, none = tasks_of(study), Row(study.encoder, "none")
    found = []
    for kind, held in (("gains", tasks), (f"gains-{RETRIEVAL}", [RETRIEVAL])):
        for table in study_tables.of_study(study, tasks):
            if table.kind == kind:
                columns = study.group_columns(held)
                rows = {headings.label(row): row for row in study.rows(held)}
                found += [
                    (kind, rows[line.head[1]], none, columns[title], value)
                    for line in table.lines
                    for title, value in zip(table.columns, line.values, strict=True)
                ]
    panel, columns = contents.gain_panel(study, tasks), study.group_columns(tasks)
    rows = study_tables.realigned(study, tasks)
    found += [
        ("figure", row, none, items, value)
        for row, line in zip(rows, panel.values, strict=True)
        for items, value in zip(columns.values(), line, strict=True)
    ]
    panel, by_code = contents.language_panel(study, tasks), verdicts.by_language(study, tasks)
    found += [
        ("map", row, none, by_code[name.rpartition(" ")[2]], value)
        for name, line in zip(panel.rows, panel.values, strict=True)
        for row, value in zip(rows, line, strict=True)
    ]
    for panel in contents.contrasts(study, tasks, WITHOUT_ENGLISH):
        for row in rows:
            base = draws.same_size(study, row)
            if (
                base
                and headings.place(row)[1] in panel.names
                and panel.title.endswith(f" {base.subset.rpartition('_')[2]} languages")
            ):
                value = panel.values[panel.names.index(headings.place(row)[1])]
                found.append(("equal", row, base, study.items(tasks, WITHOUT_ENGLISH), value))
    return found


@pytest.mark.parametrize("number", EVERY)
def test_a_difference_is_marked_exactly_where_its_verdict_is_neither_better_nor_worse(number):
    study = random_studies.study(number)
    truth = expected(study)
    for where, row, base, items, value in shown_of(number):
        assert value.certain is truth.get((row, base, key(items)), False), (where, row, base, items)


@pytest.mark.parametrize("number", EVERY)
def test_tables_of_verdicts_say_what_the_tables_and_figures_mark(number):
    study = random_studies.study(number)
    told = comparison_tables.of_study(study, tasks_of(study))
    families = verdicts.of_study(study, tasks_of(study)).families
    listed = {
        (row["subset"], row["against"], key(families[name.partition("-")[2]][row["column"]])): row["verdict"] in TOLD
        for name, rows in told.items()
        if name.startswith(("verdicts-", "random-"))
        for row in rows
    }
    seen = {
        (headings.label(row), headings.label(base), key(items)): value.certain for _, row, base, items, value in shown_of(number)
    }
    assert all(seen[one] is listed[one] for one in seen.keys() & listed.keys())
    assert {one for one in seen if seen[one] and one not in listed} <= {
        one
        for one in seen
        if len({code for _, code in one[2]}) == 1  # languages, which have no table of verdicts
    }


def test_the_studies_hold_differences_that_are_told_and_others_in_every_place():
    kinds = {(where, value.certain) for number in NUMBERS for where, _, _, _, value in shown_of(number)}
    assert kinds == {(where, mark) for where in ("gains", "gains-retrieval", "figure", "map", "equal") for mark in (True, False)}


@pytest.mark.parametrize("number", EVERY)
def test_text_page_and_latex_mark_the_same_cells(number):
    study = random_studies.study(number)
    for table in study_tables.of_study(study, tasks_of(study)):
        values = [value for line in table.lines for value in line.values if value.mean is not None]
        doubtful = sum(not getattr(value, "certain", True) for value in values)
        view = of_table(table)
        assert sum(cell.uncertain for _, rows in view.parts for row in rows for cell in row) == doubtful
        assert sum(row["text"].endswith("~") or "~ (n=" in row["text"] for row in formatting.records(table, "")) == doubtful
        assert (
            sum(
                " ~" in part
                for line in formatting.markdown(table).splitlines()
                if line.startswith("|")
                for part in line.split("|")
            )
            == doubtful
        )
        source = latex.table(table).partition(r"\midrule")[2].partition(r"\bottomrule")[0]
        assert source.count(r"\textasciitilde{}") == doubtful


def test_a_hollow_dot_is_a_difference_that_cannot_be_told_from_random():
    for number in NUMBERS:
        study = random_studies.study(number)
        panels = contents.contrasts(study, tasks_of(study), WITHOUT_ENGLISH)
        if not panels:
            continue
        axes = plots.contrasts([panels], "").axes
        for axis, panel in zip(axes, panels, strict=False):
            dots = [line for line in axis.lines if line.get_marker() == "o"]
            values = [value for value in panel.values if value and value.mean is not None]
            assert [line.get_markerfacecolor() != "none" for line in dots] == [value.certain for value in values]


def test_one_seed_tells_nothing():
    held = {number: random_studies.study(number).runs.rows.values() for number in NUMBERS}
    ones = [number for number, rows in held.items() if len({seed for seeds in rows for seed in seeds}) == 1]
    assert ones
    assert not any(value.certain for one in ones for _, _, _, _, value in shown_of(one))


def test_a_column_of_two_families_belongs_to_the_first():
    """The only task of a study is its average; the only language of a level is the level."""
    for number in NUMBERS:
        study = random_studies.study(number)
        families = verdicts.of_study(study, tasks_of(study)).families
        keys = [key(items) for columns in families.values() for items in {key(one): one for one in columns.values()}.values()]
        assert len(keys) == len(set(keys))


def scored(sets: dict[str, str]) -> list[Score]:
    """POS and NER of two rows and four seeds; `sets`: evaluation set -> language of POS."""
    return [
        Score("small", subset, "", seed, task, name, code, "LRL unseen", 0.5 + gain + noise, 100)
        for subset, gain in (("none", 0.0), ("all", 0.1))
        for seed, noise in (("17", -0.001), ("23", 0.001), ("42", -0.0005), ("66", 0.0007 + gain / 90))
        for task, name, code in [*(("pos", name, code) for name, code in sets.items()), ("ner", "wikiann", "fon")]
    ]


@pytest.mark.parametrize("sets", [{"udpos": "fon"}, {"udpos": "fon", "mine": "fon"}])
def test_a_cell_of_the_lineage_has_the_verdict_of_its_family(sets):
    """A set that is the only one of its languages is its task; each of two has the family of the table by set."""
    found = scored(sets)
    one = Study(averages.collect(found), "small")
    asked = {
        name: named.gain(addresses.parse(f"small/all/{name}/gain", 5), found, [one])
        for name in ("all", "pos/LRL unseen", "pos/udpos LRL unseen", "pos/fon")
    }
    judged = verdicts.of_study(one, ["pos", "ner"])
    whole = judged.gain(Row("small", "all"), {"pos": ["fon"]})
    assert asked["all"] == judged.gain(Row("small", "all"), one.items(["pos", "ner"], WITHOUT_ENGLISH))
    assert asked["pos/LRL unseen"] == asked["pos/fon"] == whole
    assert all(value.certain and value.error for value in asked.values())
    if len(sets) == 1:
        assert asked["pos/udpos LRL unseen"] == whole
