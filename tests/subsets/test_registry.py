"""The registry of subsets: one list of their kinds, one grammar of their names."""

import pytest

from realignment.results import headings
from realignment.results.scores import Row
from realignment.subsets import naming, registry


@pytest.mark.parametrize(("name", "parts"), [
    ("joshi_3__random_10", ("joshi_3", "random", 10)), ("all_65", ("", "all", 65)), ("xtreme_r_47", ("", "xtreme_r", 47)),
    ("none", ("", "none", None)), ("my_own_7", ("", "my_own", 7)), ("my_own", ("", "my_own", None)), ("7", ("", "7", None)),
])  # fmt: skip
def test_any_name_is_taken_apart(name, parts):
    found = naming.split(name)
    assert (found.pool, found.heuristic, found.n) == parts and str(found) == name


@pytest.mark.parametrize("name", registry.KNOWN)
def test_every_kind_has_its_row_in_the_tables(name):
    one = registry.KNOWN[name]
    assert headings.place(Row("mbert", f"{name}_10" if one.text else name)) == (one.section, one.title)
    assert one.section in headings.SECTIONS


def test_what_is_chosen_by_rule_is_told_apart_by_what_the_command_asks():
    asked = [(one.asked, one.rule.most) for one in registry.KNOWN.values() if one.rule]
    assert len(set(asked)) == len(asked) == len(registry.RULES) == 7 and all(kind for kind, _ in asked)


def test_ablations_of_the_paper_are_within_its_pools():
    held = [one for one in map(naming.parse, naming.names()) if one.pool]
    assert {one.heuristic for one in held} == set(naming.ABLATIONS) and {one.pool for one in held} == set(registry.POOLS)
