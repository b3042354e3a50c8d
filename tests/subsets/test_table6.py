"""Table 6 as published, and what a subset may be called."""

from pathlib import Path

import pytest
from authors_runs import authors_runs

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.subsets import naming, table6

ROOT = Path(__file__).parents[2]


def test_every_row_holds_languages_of_the_pool_none_twice():
    for row in table6.rows().values():
        assert len(set(row.languages)) == len(row.languages)
        assert all(languages.paper()[code].pool for code in row.languages), row.name


def test_rows_whose_list_is_not_as_long_as_the_table_says_carry_an_erratum():
    assert all(row.erratum for row in table6.rows().values() if len(row.languages) != row.printed_n)
    listed = [row for row in table6.rows().values() if not naming.parse(row.name).drawn]
    assert all(len(row.used) == row.n for row in listed)


def test_every_list_is_what_the_authors_runs_used():
    runs = authors_runs()
    compared = {name for name, _ in runs if not naming.split(name).drawn}
    for (name, seed), used in runs.items():
        if name in compared:
            assert set(naming.published(name).used) == used, (name, seed)
    assert len(compared) == 28 + 21  # the three pools and 25 heuristics; the ablations but for their draws


def test_the_65_are_those_of_xtreme_r_and_of_africa():
    lists = {name: set(naming.published(name).languages) for name in ("all_65", "xtreme_r_47", "african_21")}
    assert lists["all_65"] == lists["xtreme_r_47"] | lists["african_21"]
    assert lists["all_65"] == {code for code, one in languages.paper().items() if one.pool}


def test_the_two_latin_rows_of_20_are_as_printed_that_is_swapped():
    assert set(naming.published("latin_similar_10").languages) < set(naming.published("latin_diverse_20").languages)
    assert set(naming.published("latin_diverse_10").languages) < set(naming.published("latin_similar_20").languages)
    assert all("swapped" in naming.published(name).erratum for name in ("latin_diverse_20", "latin_similar_20"))


def test_ablation_rows_hold_languages_of_the_printed_pool():
    for row in table6.rows().values():
        pool = naming.parse(row.name).pool
        if pool and pool != "joshi_012":  # whose pool is cut short in print
            assert set(row.languages) <= set(naming.published(f"{pool}__random_10").languages), row.name


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("latin_diverse", "latin_diverse_7"),
        ("latin_diverse_20", "latin_diverse_20"),
        ("random", "random_7"),
        ("none", "none"),
        ("all_65", "all_65"),
        ("seen_mbert__random", "seen_mbert__random_7"),
        ("joshi_3__uriel_diverse_10", "joshi_3__uriel_diverse_10"),
    ],
)
def test_a_name_without_a_size_takes_the_profiles(name, full):
    assert naming.canonical(name, 7) == full


def test_every_canonical_name_stands_for_itself():
    assert [naming.canonical(name, 10) for name in naming.names()] == naming.names()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("latin_divers", "nearest: latin_diverse"),
        ("joshi_3__latin_diverse", "unknown subset"),
        ("joshi_7__random", "nearest: joshi_3__random"),
        ("", "unknown subset"),
        ("latin_diverse_ten", "nearest: latin_diverse"),
        ("random_0", "at least one language"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name, says):
    with pytest.raises(BadInput, match=says):
        naming.canonical(name, 10)


def test_a_size_the_paper_did_not_run_names_those_it_did():
    with pytest.raises(BadInput, match="5, 10, 20, 40"):
        naming.published("uriel_diverse_7")
