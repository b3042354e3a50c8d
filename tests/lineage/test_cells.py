"""The verdicts that the graph holds are those of the report's tables, over studies drawn by chance."""

import pytest
import random_studies

from realignment.lineage import cells
from realignment.report import comparison_tables
from realignment.results import headings


@pytest.mark.parametrize("number", range(0, 25, 2))
def test_the_verdicts_of_every_family_are_those_of_its_table(number):
    study = random_studies.study(number)
    tables = comparison_tables.of_study(study, random_studies.tasks(study))
    wanted = {
        (kind, row["subset"], row["against"], row["column"]): row["verdict"]
        for kind, rows in tables.items()
        if kind.startswith(("verdicts-", "random-", "otherwise-"))
        for row in rows
        if row["verdict"] != "missing"
    }
    found = {
        (one.column.task, headings.label(one.row), headings.label(one.base), one.column.title): one.verdict
        for one in cells.verdicts_of([study])
    }
    assert found == wanted
