"""What the head of the authors' page says of their runs."""

import re

from paper_files import THE_PAPER

from realignment.report import authors_sections


def test_the_scores_that_count_and_those_that_do_not_are_all_that_are_stored():
    numbers = [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\d", authors_sections.facts(THE_PAPER)["Scores"])]
    assert len(numbers) == 3
    assert sum(numbers) == len(THE_PAPER.raw)
