"""A table as the page draws it: rows that say nothing are named, not shown."""

from realignment.report import sections
from realignment.report.view import Figure, of_table
from realignment.results.tables import Line, Stated, Table
from realignment.statistics.summary import Summary

HEAD = ("Subset", "Name", "Languages")


def table(*lines: Line) -> Table:
    return Table("small", "levels", "caption", HEAD, ("HRL", "MRL"), lines)


def line(name: str, *values) -> Line:
    return Line("Baselines", (name.title(), name, "5"), values)


def test_a_row_without_any_number_is_left_out_and_named_in_one_line():
    held, none = Summary((0.5, 0.7)), Summary(())
    view = of_table(table(line("all", held, none), line("none", none, none), line("random_5", none, Stated())))
    assert [row[1].text for _, rows in view.parts for row in rows] == ["all"]
    assert [note for note in view.notes if note.startswith("Left out")] == [
        "Left out, as no cell of theirs holds a number: 2 rows (none, random_5)."
    ]


def test_a_row_that_says_why_it_has_no_number_is_shown():
    view = of_table(table(line("all", Stated("undefined"), Summary(()))))
    assert len(view.parts[0][1]) == 1 and not any(note.startswith("Left out") for note in view.notes)


def test_a_row_of_zeros_holds_numbers():
    view = of_table(table(line("all", Summary((0.0, 0.0)), Summary(()))))
    assert view.parts[0][1][0][3].text == "0.00 ± 0.00"


def test_a_figure_wider_than_half_the_page_takes_the_whole_of_it():
    assert Figure("a", "", '<svg role="img" height="10pt" width="900.5pt">').wide
    assert not Figure("a", "", '<svg role="img" width="300pt">').wide


def test_the_names_of_seeds_stand_once_and_a_cell_of_other_seeds_keeps_its_own():
    usual, other = (Summary((0.5, 0.7), names) for names in (("17", "23"), ("17", "42")))
    view = of_table(table(line("all", usual, usual), line("none", usual, other)), opens="ours/small")
    assert view.seeds == "17 23"
    assert [view.bare(row[4].seeds) for _, rows in view.parts for row in rows] == ["50.00 70.00", "17=50.00 42=70.00"]


def test_a_wide_table_by_language_shows_the_baselines_and_the_largest_sets_and_names_the_file_of_all():
    names = [
        "all_65",
        "none",
        *(f"{pool}{kind}_{size}" for pool in ("", "joshi_3__") for kind in ("uriel_diverse", "random") for size in range(1, 9)),
    ]
    wide = Table(
        "small",
        "languages-ner",
        "caption",
        ("Code", "Language"),
        tuple(names),
        (Line("HRL", ("deu", "German"), (Summary((0.5,), ("17",)),) * len(names)),),
    )
    (section,) = sections.study_sections([wide], [], {"small": "signature"})
    (view,) = section.folded
    assert view.columns == ("Code", "Language", "all_65", "none", "uriel_diverse_8", "random_8")
    assert len(view.parts[0][1][0]) == len(view.columns)
    assert any(
        note.startswith(f"Of {len(names)} subsets the page shows 4") and "small-languages-ner.csv" in note for note in view.notes
    )
    assert view.file == "small-languages-ner.csv"
