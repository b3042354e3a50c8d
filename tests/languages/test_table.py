"""The paper's languages, the codes of other sources, and the resource groups."""

from collections import Counter
from dataclasses import replace

import pytest

from realignment.core.errors import BadInput
from realignment.languages import grouping
from realignment.languages import table as languages


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
    groups = {code: grouping.group(one, "xlmr") for code, one in paper.items()}
    assert set(groups.values()) <= set(grouping.GROUPS)
    assert all(not paper[code].pool for code, group in groups.items() if group in ("OOD", "English"))
    assert groups["yor"] == "LRL unseen"
    assert grouping.group(paper["yor"], "mbert") == "LRL seen"


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


def table(tmp_path, text: str, encoding: str = "utf-8"):
    path = tmp_path / "languages.csv"
    path.write_bytes(text.encode(encoding))
    return path


HEADER = "code,name,script,family,top_family,joshi,seen,pool,vector,shadow_of"
SWAHILI = "swa,Swahili,Latin,Atlantic-Congo,Atlantic-Congo,2,mbert xlmr,yes,swh,"


@pytest.mark.parametrize("text", [
    f"\ufeff{HEADER}\n{SWAHILI}\n",  # as Excel saves UTF-8
    f"{HEADER}\r\n{SWAHILI}\r\n\r\n".replace(",", ";"),  # and where a comma is a decimal point
    f"{HEADER}\n{SWAHILI}\n".replace(",", "\t"),
    f"{HEADER}\n{SWAHILI}\n".replace(",2,", ",2.0,").replace(",yes,", ",True,"),  # as pandas writes it
    f"{HEADER}\n{SWAHILI}\n".replace(",yes,", ",TRUE,").replace("swa,", "SW,", 1),
    f"{HEADER.title()}\n{SWAHILI}\n".replace("mbert xlmr", '"mBERT, XLM-R"').replace("Latin", " latin "),
    f"{HEADER},remarks\n{SWAHILI},mine\n",
])  # fmt: skip
def test_a_table_of_any_spreadsheet_holds_the_same_language(tmp_path, paper, text):
    assert languages.read(table(tmp_path, text)) == {"swa": paper["swa"]}


@pytest.mark.parametrize(("text", "said"), [
    (SWAHILI.replace("mbert xlmr", "mbrt"), "line 2: column seen: `mbrt` is no encoder .*nearest: mbert"),
    (SWAHILI.replace(",2,", ",6,"), "line 2: column joshi: a class 0-5"),
    (SWAHILI.replace(",2,", ",-2,"), "line 2: column joshi: a class 0-5"),
    (SWAHILI.replace(",yes,", ",perhaps,"), "line 2: column pool: yes or no"),
    (SWAHILI.replace("Latin", "Lattin"), "line 2: column script: `Lattin` is no script"),
    (SWAHILI.replace("swa,", "xyz,", 1), "line 2: column code: unknown language code `xyz`"),
    (f"{SWAHILI}\n{SWAHILI.replace('swa,', 'sw,', 1)}", "line 3: language swa is there twice"),
    (f"{SWAHILI},more", "line 2: 10 cells are required.*got 11"),
    (SWAHILI.rpartition(",")[0], "line 2: 10 cells are required.*got 9"),
])  # fmt: skip
def test_a_row_that_means_nothing_is_refused_by_its_line(tmp_path, text, said):
    with pytest.raises(BadInput, match=said):
        languages.read(table(tmp_path, f"{HEADER}\n{text}\n"))


def test_a_level_that_the_class_is_not_is_refused(tmp_path, paper):
    assert languages.read(table(tmp_path, f"{HEADER},level\n{SWAHILI},LRL\n")) == {"swa": paper["swa"]}
    with pytest.raises(BadInput, match="line 2: class 2 is level LRL, column level says HRL"):
        languages.read(table(tmp_path, f"{HEADER},level\n{SWAHILI},HRL\n"))


def test_a_table_that_is_not_utf_8_is_named(tmp_path):
    with pytest.raises(BadInput, match="UTF-8 is required"):
        languages.read(table(tmp_path, f"{HEADER}\n{SWAHILI}é\n", "latin-1"))


def test_a_language_without_a_class_is_in_no_resource_level(paper):
    unknown = replace(paper["swa"], joshi=-1)
    assert unknown.level == "unknown"
    assert {grouping.group(unknown, seen) for seen in ("mbert", "english", ["sw"])} == {grouping.UNKNOWN}
    assert grouping.group(replace(unknown, pool=False), "english") == "OOD", (
        "evaluated alone: out of distribution, as in the paper"
    )


def test_an_encoders_list_of_codes_may_spell_them_as_it_likes(paper):
    seen = ["sw", "yo", "en"]
    assert [code for code, one in paper.items() if grouping.seen_by(one, seen)] == ["eng", "swa", "yor"]
    assert grouping.group(paper["yor"], seen) == "LRL seen" and grouping.group(paper["zul"], seen) == "LRL unseen"
    with pytest.raises(BadInput, match="unknown language code `xyz`"):
        grouping.seen_by(paper["yor"], ["xyz"])


def test_a_language_is_found_by_any_spelling(paper):
    assert languages.known("sw", paper) is paper["swa"]
    with pytest.raises(BadInput, match="unknown language `glg`"):
        languages.known("glg", paper)


def test_classes_of_joshi_are_the_levels_of_footnote_3(paper):
    levels = [replace(paper["deu"], joshi=joshi).level for joshi in range(6)]
    assert Counter(levels) == {"LRL": 3, "MRL": 2, "HRL": 1}
