"""outline.py of a bundle: no table, column or line can be taken out unseen, and no number stands under another name."""

import random
import runpy
import shutil
from pathlib import Path

import bundled
import pytest
from random_scores import drawn, reported

from realignment.lineage.bundle import write
from realignment.results import headings
from realignment.results.scores import Row
from realignment.subsets.registry import KNOWN

OUTLINE = runpy.run_path(str(write.PROGRAM.with_name("outline.py")))


def outlined(folder: Path) -> list[str]:
    """The faults that outline.py finds in the tables of a folder."""
    verify, verdicts = bundled.program(folder), runpy.run_path(str(write.PROGRAM.with_name("verdicts.py")))
    OUTLINE["check"](verdicts["Tables"](verify, bundled.scores_of(verify)))
    return verify.faults


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("random") / "study"
    reported(drawn(8), folder, judged=True)
    return folder


@pytest.fixture
def study(whole, tmp_path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "study"))


def test_rows_are_called_as_the_report_calls_them():
    subsets = [*KNOWN, *(f"{one}_10" for one in KNOWN), "joshi_3__random_10", "own_mine", "own_mine_5", "latin__uriel_diverse_7"]
    for row in (Row("small", subset, control) for subset in subsets for control in ("", *headings.CONTROLS)):
        assert OUTLINE["place"](headings.label(row)) == headings.place(row)


@pytest.mark.parametrize(
    "number", [*range(44, 50), *(pytest.param(one, marks=pytest.mark.slow) for one in (40, 41, 42, 43, 50, 51))]
)
def test_tables_of_random_studies_are_whole(number, tmp_path):
    reported(drawn(number), tmp_path / "study", judged=True)
    assert outlined(tmp_path / "study") == []


def test_a_table_that_was_taken_out_with_its_line_of_the_manifest_is_named(study):
    for path in sorted((study / "tables").glob("*.csv")):
        if path.name != "scores.csv":
            path.rename(study / path.name)
            assert f"tables/{path.name}: given 'missing', recomputed 'there'" in outlined(study)
            (study / path.name).rename(path)


def test_a_column_that_no_table_of_its_kind_has_is_named(study):
    """Also of words, which nobody counts."""
    for path in sorted((study / "tables").glob("small-*.csv")):
        before = path.read_bytes()
        bundled.rewritten(path, [{"in truth": "better", **line} for line in bundled.lines_of(path)])
        assert outlined(study) == [f"tables/{path.name}, column in truth: given 'there', recomputed 'missing'"]
        path.write_bytes(before)


def test_a_column_that_was_taken_out_is_named(study):
    chance = random.Random(1)
    for path in sorted((study / "tables").glob("small-*.csv")):
        lines = bundled.lines_of(path)
        if columns := [one for one in lines[0] if one.endswith((" mean", " std", " error", " n"))]:
            column, before = chance.choice(columns), path.read_bytes()
            bundled.rewritten(path, [{name: value for name, value in line.items() if name != column} for line in lines])
            wanted = f"tables/{path.name}, column {column.replace(' †', '')}: given 'missing', recomputed 'there'"
            assert outlined(study) == [wanted]
            path.write_bytes(before)


@pytest.mark.parametrize("kind", ["languages-pos", "draws", "standings", "detectable-levels", "correlation", "paired", "best"])
def test_a_line_that_was_taken_out_or_doubled_is_named(kind, study):
    path = study / "tables" / ("best.csv" if kind == "best" else f"small-{kind}.csv")
    lines = bundled.lines_of(path)
    for changed, count in ((lines[:-1], 0), ([*lines, lines[-1]], 2)):
        bundled.rewritten(path, [*changed, *([] if changed else [dict.fromkeys(lines[0], "")])])
        assert any(
            one.startswith(f"tables/{path.name}, lines of") and f"given {count}, recomputed 1" in one for one in outlined(study)
        )


@pytest.mark.parametrize(
    ("kind", "column"), [("levels", "Subset"), ("gains", "Section"), ("languages-pos", "Language"), ("languages-pos", "Section")]
)
def test_a_number_under_another_name_is_named(kind, column, study):
    path = study / "tables" / f"small-{kind}.csv"
    lines = bundled.lines_of(path)
    first = lines[0]
    other = next(one for one in lines if one[column] != first[column])
    first[column], other[column] = other[column], first[column]
    bundled.rewritten(path, lines)
    faults = outlined(study)
    assert len(faults) == 2 and faults[0].startswith(f"tables/{path.name}, line 2, {column}: given {first[column]!r}")
