"""Which numbers a figure holds, against the printed tables, the rules of the paper, and sums by hand."""

from dataclasses import replace

import made_up
import numpy as np
import pytest
from paper_files import TASKS, THE_PAPER
from scipy import stats

from realignment.report.figures import captions, contents
from realignment.results import averages, correlation, scores, tables
from realignment.results.scores import AVERAGED, Row

SIZES = (5, 10, 20, 40)


@pytest.fixture(scope="module")
def authors() -> dict[str, tables.Study]:
    return {study.encoder: study for study in THE_PAPER.studies}


@pytest.fixture(scope="module")
def study() -> tables.Study:
    known = {language.code: language for language in made_up.world()}
    return tables.Study(
        averages.collect(scores.of_records(made_up.records(), known, {"small": "mbert"})), "small", made_up.SUBSETS
    )


def printed(model: str, subset: str) -> float:
    return THE_PAPER.average(model, subset)


@pytest.mark.parametrize("model", ["mbert", "xlmr"])
def test_figure_2_holds_the_best_printed_size_of_each_heuristic(authors, model):
    dots = contents.best_dots(authors[model], TASKS, AVERAGED)
    found = dict(zip(dots.names, dots.values, strict=True))
    for heuristic, title, sizes in (
        ("uriel_diverse", "Most diverse from English", SIZES),
        ("latin_diverse", "Most diverse using Latin script", (5, 10, 20, 41)),
        ("random", "Random, seeded", SIZES),
    ):
        means = {size: printed(model, f"{heuristic}_{size}") for size in sizes}
        best = max(means, key=means.get)
        assert 100 * found[f"{title} ({best})"].mean == pytest.approx(means[best], abs=0.02)
        row = dots.names.index(f"{title} ({best})")
        assert sorted(dots.others[row]) == pytest.approx(sorted(mean for size, mean in means.items() if size != best), abs=0.02)


def test_fine_tuning_only_of_mbert_stands_where_the_print_has_it_though_its_pos_is_known_by_averages(authors):
    dots = contents.best_dots(authors["mbert"], TASKS, AVERAGED)
    assert 100 * dots.values[dots.names.index(contents.NONE)].mean == pytest.approx(printed("mbert", "none"), abs=0.01)


@pytest.mark.parametrize("model", ["mbert", "xlmr"])
def test_at_equal_size_a_difference_is_that_of_the_printed_averages(authors, model):
    panels = contents.contrasts(authors[model], TASKS, AVERAGED)
    assert [panel.title.split(", ")[1] for panel in panels] == [f"{size} languages" for size in SIZES]
    for panel, size in zip(panels, SIZES, strict=True):
        value = panel.values[panel.names.index("Most diverse from English")]
        expected = printed(model, f"uriel_diverse_{size}") - printed(model, f"random_{size}")
        assert 100 * value.mean == pytest.approx(expected, abs=0.02)


def test_a_size_without_a_random_subset_of_that_size_is_in_no_panel(authors):
    five = contents.contrasts(authors["xlmr"], TASKS, AVERAGED)[-1]  # 40 languages
    held = [name for name, value in zip(five.names, five.values, strict=True) if value is not None]
    assert held == ["Most diverse from English", "Least diverse from English"]  # latin_diverse has 41


def test_figure_4_bears_out_what_the_paper_says_of_it(authors):
    """Section 4.3; and it does not where mBERT's size is the one of Figure 2."""
    for model, one in authors.items():
        dots = contents.best_dots(one, TASKS, {"OOD"})
        found = {name.rpartition(" (")[0] or name: value.mean for name, value in zip(dots.names, dots.values, strict=True)}
        assert found[contents.NONE] == min(found.values()), model
        assert found["Most diverse from English"] > max(found["All languages"], found["Random, seeded"])
        assert found["Most diverse from English"] > found["Least diverse from English"]
        assert found["Most diverse families"] > found["Most diverse families within Indo-European"]
        assert found["Most diverse using Latin script"] < found["Least diverse using Latin script"]
    mbert, items = authors["mbert"], authors["mbert"].items(TASKS, {"OOD"})
    of = {name: mbert.runs.cell(Row("mbert", name), items).mean for name in ("uriel_diverse_40", "all_65")}
    dots = contents.best_dots(mbert, TASKS, AVERAGED)
    assert "Most diverse from English (40)" in dots.names
    assert of["uriel_diverse_40"] < of["all_65"]


def test_the_map_holds_the_gain_of_a_language_over_the_tasks_it_has(study):
    panel = contents.language_panel(study, ["nli", "pos", "ner"])
    row, column = panel.rows.index("qag"), panel.columns.index("uriel_diverse_5")
    means = {}
    for subset in ("uriel_diverse_5", "none"):
        found = [
            score.score
            for record in made_up.records()
            if record.verb == "evaluate" and record.task and (record.cell.subset, record.cell.control) == (subset, "")
            for score in record.scores
            if score.language == "qag"
        ]
        assert len(found) == 6  # three tasks, two seeds
        means[subset] = sum(found) / len(found)
    assert panel.values[row][column].mean == pytest.approx(means["uriel_diverse_5"] - means["none"])


def test_the_map_has_every_language_once_under_its_group_the_largest_gain_first(study):
    panel = contents.language_panel(study, ["nli", "pos", "ner"])
    assert sorted(panel.rows) == sorted(language.code for language in made_up.world())
    assert "none" not in panel.columns
    assert not {"majority", "untrained", "hypothesis"} & set(panel.columns)
    assert [title for title, _ in panel.sections] == ["HRL", "MRL", "LRL seen", "LRL unseen", "OOD", "English"]
    start = 0
    for _, size in panel.sections:
        means = [sum(value.mean for value in line) / len(line) for line in panel.values[start : start + size]]
        assert means == sorted(means, reverse=True)
        start += size
    assert start == len(panel.rows)


@pytest.mark.slow
def test_no_cell_of_the_authors_maps_is_without_a_gain():
    """mBERT's African languages have means of POS where its fine-tuning-only runs have no scores by seed."""
    for study in THE_PAPER.studies:
        panel = contents.language_panel(study, TASKS)
        assert {"Fon fon", "Wolof wol", "Yoruba yor"} <= set(panel.rows)
        assert all(value.mean is not None and value.error for line in panel.values for value in line)


def test_a_line_of_losses_is_the_mean_over_seeds_between_the_lowest_and_the_highest():
    assert contents.spread([[[1, 4.0], [2, 2.0]], [[1, 2.0], [2, 2.0], [3, 1.0]]]) == (
        (1, 3.0, 2.0, 4.0),
        (2, 2.0, 2.0, 2.0),
        (3, 1.0, 1.0, 1.0),
    )


def test_long_losses_are_averaged_in_blocks_and_keep_their_mean():
    curve = [[step, float(step)] for step in range(1, 4 * contents.POINTS + 1)]
    found = contents.spread([curve])
    assert len(found) == contents.POINTS
    assert found[-1][0] == 4 * contents.POINTS
    assert sum(mean for _, mean, _, _ in found) / len(found) == pytest.approx(sum(loss for _, loss in curve) / len(curve))


def test_the_dots_of_a_language_are_its_gains_in_retrieval_and_in_the_task_of_the_row_of_all_languages(study):
    figure = contents.paired(study, ("nli", "pos", "ner"))
    rows = [one for one in correlation.paired(study, ("nli", "pos", "ner")) if one["subset"] == "all"]
    for axis, (task, title) in zip(figure.axes, (("NLI", "NLI, all"), ("POS", "POS, all"), ("NER", "NER, all")), strict=True):
        drawn = [place for line in axis.lines[2:] for place in zip(*line.get_data(), strict=True)]
        wanted = [(one["retrieval gain"], one["task gain"]) for one in rows if one["column"] == task]
        assert np.allclose(sorted(drawn), sorted(wanted)) and len(wanted) == len(made_up.world()) - 1
        rho = stats.spearmanr(*zip(*wanted, strict=True)).statistic
        assert axis.get_title() == f"{title}: n = {len(wanted)}, ρ = {rho:.2f}".replace("-", "−")
    assert contents.paired(replace(study, runs=averages.Runs()), ("pos",)) is None


def test_many_losses_stand_in_a_panel_a_heuristic_and_few_in_one():
    few = contents.losses(made_up.records(), "small")
    assert [axis.get_title() for axis in few.axes if axis.get_visible()] == [""]
    records = [
        replace(record, name=f"{record.name} {size}", cell=replace(record.cell, subset=f"{name}_{size}"))
        for record in made_up.records()
        if record.verb == "realign" and record.cell.subset == "uriel_diverse_5"
        for name in ("uriel_diverse", "latin_diverse", "random")
        for size in SIZES
    ]
    many = contents.losses(records, "small")
    titles = [axis.get_title() for axis in many.axes if axis.get_visible()]
    assert titles == [
        "Most diverse from English",
        "Most diverse using Latin script",
        "Random, seeded",
        "Realigned otherwise",
        "Controls",
    ]
    labels = [text.get_text() for text in many.axes[0].get_legend().get_texts()]
    assert labels == [f"uriel_diverse_{size}" for size in SIZES]
    assert len({line.get_color() for line in many.axes[0].lines}) == len(SIZES)


def test_a_study_without_random_subsets_has_no_figure_at_equal_size(study):
    runs = averages.Runs({row: held for row, held in study.runs.rows.items() if "random" not in row.subset}, study.runs.group)
    assert contents.equal_sizes([tables.Study(runs, "small")], ["pos"], AVERAGED) is None


def test_ids_of_a_study_s_figures_are_its_kinds(study):
    found = captions.of_study([study], ["nli", "pos", "ner"], made_up.records())
    assert [one.id for one in found] == [
        f"{kind}-small" for kind in ("gains", "equal", "ood", "scaling", "map", "paired", "loss")
    ]


@pytest.mark.parametrize("kept", [{"none"}, {"none", "latin_diverse_5"}, {"latin_diverse_5"}])
def test_a_study_that_has_only_begun_is_drawn_with_what_it_has(study, kept):
    runs = averages.Runs({row: held for row, held in study.runs.rows.items() if row.subset in kept}, study.runs.group)
    records = [record for record in made_up.records() if record.cell.subset in kept]
    found = captions.of_study([tables.Study(runs, "small", made_up.SUBSETS)], ["nli", "pos", "ner"], records)
    kinds = {one.id.removesuffix("-small") for one in found}
    assert "scaling" in kinds
    assert ({"gains", "map", "loss"} <= kinds) == (kept != {"none"})
