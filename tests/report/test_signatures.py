"""The line under a table."""

from dataclasses import replace

import made_up

from realignment.report import signatures


def test_pairs_of_each_language_stand_in_it_where_the_plain_rows_are_realigned_so():
    content = made_up.read()
    assert "pairs a language" not in signatures.of_study(content, "small")

    def line(control: str) -> str:
        changed = [
            replace(one, params={"allocation": "equal_pairs_per_language", "pairs_per_language": 6_042})
            if one.verb == "realign" and one.cell.control == control
            else one
            for one in content["records"]
        ]
        return signatures.of_study({**content, "records": changed}, "small")

    assert " | reading=computed | pairs a language=6042 | encoder=" in line("")
    assert "pairs a language" not in line("equal_pairs"), "a row that says so by its name"
