"""The paper's languages, the codes of other sources, and the resource groups."""

from collections import Counter
from dataclasses import replace

import pytest

from realignment import languages
from realignment.errors import BadInput


@pytest.fixture(scope="module")
def paper():
    return languages.paper()


def test_the_pool_is_the_47_of_xtreme_r_and_the_21_of_africa_less_the_three_in_both(paper):
    assert sum(one.pool for one in paper.values()) == 47 + 21 - 3


def test_the_table_survives_writing_and_reading(paper, tmp_path):
    languages.write(paper.values(), tmp_path / "languages.csv")
    assert languages.read(tmp_path / "languages.csv") == paper


def test_english_alone_is_the_pivot_and_never_in_the_pool(paper):
    assert [code for code, one in paper.items() if one.is_pivot] == ["eng"]
    assert not paper["eng"].pool


def test_only_languages_of_the_pool_and_english_have_a_vector(paper):
    assert {code for code, one in paper.items() if one.vector} == {code for code, one in paper.items() if one.pool} | {"eng"}
    assert {code: one.vector for code, one in paper.items() if one.vector not in ("", code)} == {"orm": "gaz", "swa": "swh"}


def test_the_family_rule_merges_two_families_into_malayic_and_one_into_atlantic_congo(paper):
    merged = {one.family: one.top_family for one in paper.values() if one.top_family != one.family}
    assert merged == {"Javanic": "Malayic", "Philippine": "Malayic", "Benue-Congo": "Atlantic-Congo", "N/A": "Basque"}


def test_branches_of_indo_european_are_families_apart_and_indo_european_all_the_same(paper):
    branches = {one.top_family for one in paper.values() if one.indo_european}
    assert branches == {"Germanic", "Romance", "Balto-Slavic", "Indo-Iranian", "Hellenic"}
    assert not paper["eus"].indo_european


def test_every_language_is_in_one_group_and_out_of_distribution_means_outside_the_pool(paper):
    groups = {code: languages.group(one, "xlmr") for code, one in paper.items()}
    assert set(groups.values()) <= set(languages.GROUPS)
    assert all(not paper[code].pool for code, group in groups.items() if group in ("OOD", "English"))
    assert groups["yor"] == "LRL unseen"
    assert languages.group(paper["yor"], "mbert") == "LRL seen"


def test_no_code_of_another_source_names_two_languages():
    named: dict[str, set[str]] = {}
    for code, row in languages.codes().items():
        for alias in {code, *(word for column in languages.ALIASES for word in row[column].split())}:
            named.setdefault(alias.casefold(), set()).add(code)
    assert {alias: found for alias, found in named.items() if len(found) > 1} == {}


def test_every_language_has_a_row_of_codes(paper):
    assert set(languages.codes()) == set(paper)


@pytest.mark.parametrize(
    ("code", "iso"),
    [("az", "aze"), ("azj_Latn", "aze"), ("gaz", "orm"), ("swh", "swa"), ("zsm", "msa"), ("mand1415", "zho"), ("deu", "deu")],
)
def test_a_code_of_any_source_resolves_to_iso_639_3(code, iso):
    assert languages.resolve(code) == iso


def test_local_use_codes_stand_for_themselves():
    assert languages.resolve("qab") == "qab"


def test_an_unknown_code_names_the_nearest():
    with pytest.raises(BadInput, match=r"`xhosa`.*xho"):
        languages.resolve("xhosa")


def test_the_order_of_the_authors_pool_is_a_permutation_of_it(paper):
    order = sorted(int(row["draw_order"]) for row in languages.codes().values() if row["draw_order"])
    assert order == list(range(sum(one.pool for one in paper.values())))


def test_a_table_without_a_column_or_with_a_word_for_a_class_says_where(tmp_path, paper):
    path = tmp_path / "languages.csv"
    languages.write([paper["deu"]], path)
    text = path.read_text()
    path.write_text(text.replace("joshi", "class"))
    with pytest.raises(BadInput, match="joshi missing"):
        languages.read(path)
    path.write_text(text.replace(",5,", ",five,"))
    with pytest.raises(BadInput, match=r"line 2: column joshi.*five"):
        languages.read(path)


def test_classes_of_joshi_are_the_levels_of_footnote_3(paper):
    levels = [replace(paper["deu"], joshi=joshi).level for joshi in range(6)]
    assert Counter(levels) == {"LRL": 3, "MRL": 2, "HRL": 1}
