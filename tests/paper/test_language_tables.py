"""Tables 5 to 7: every cell that differs from the data is named, and no other."""

import shutil

import pytest
from paper_files import ROOT, THE_PAPER

from realignment.core.errors import BadInput
from realignment.paper import language_tables
from realignment.paper.paper import FOLDER, Paper
from realignment.subsets import table6


def differing(paper: Paper, number: str, *columns: str) -> set[tuple[str, str, str]]:
    return {
        (one["row"], one["column"], one["printed"])
        for one in language_tables.of(paper, number).mismatches
        if not columns or one["column"] in columns
    }


def test_table_5_is_the_table_of_languages():
    found = language_tables.of(THE_PAPER, "5")
    assert (len(found.rows), found.mismatches) == (65, ())


def test_table_6_prints_another_number_than_it_lists_in_six_rows():
    by_hand = {("uriel_diverse_20", "20"), ("joshi_345__random_10", "23"), ("seen_mbert__random_10", "47"),
        ("seen_xlmr__random_10", "51"), ("unseen_mbert__random_10", "34"), ("unseen_xlmr__random_10", "30")}  # fmt: skip
    assert {(row, printed) for row, _, printed in differing(THE_PAPER, "6", "#")} == by_hand


def test_table_6_has_three_languages_outside_their_pool():
    assert differing(THE_PAPER, "6", "pool") == {
        ("joshi_345__random_10", "pool", "pan"), ("joshi_45__random_10", "pool", "tam"), ("unseen_mbert__random_10", "pool", "yor"),
    }  # fmt: skip


def test_table_6_spells_two_languages_otherwise_than_table_5():
    codes = {printed for _, _, printed in differing(THE_PAPER, "6", "code")}
    assert codes == {"gaz", "swh"}
    lists = [row["languages"].split() for row in language_tables.printed(THE_PAPER, "6")]
    assert len(differing(THE_PAPER, "6", "code")) == sum(("gaz" in one) + ("swh" in one) for one in lists)


def test_the_lists_as_printed_are_those_the_package_chooses_from():
    for row, data in zip(language_tables.printed(THE_PAPER, "6"), table6.rows().values(), strict=True):
        renamed = {"gaz": "orm", "swh": "swa"}
        assert [renamed.get(code, code) for code in row["languages"].split()] == list(data.languages)
        assert int(row["n"]) == data.printed_n


def test_table_7_differs_in_ticks_of_oromo_and_in_sets_it_does_not_count():
    assert differing(THE_PAPER, "7") == {
        ("Oromo", "opus100", "yes"), ("Oromo", "nllb", "no"), ("Nahuatl", "nli", "750"), ("Otomí", "nli", "750"),
        ("Asháninka", "nli", "-"), ("Akan", "nli", "-"), ("Chichewa", "pos", "-"), ("Naija", "pos", "-"),
    }  # fmt: skip


@pytest.mark.parametrize(("number", "old", "new", "found"), [
    ("5", "Afrikaans\tafr\tLatin", "Afrikaans\tafr\tGreek", ("afr", "script", "Greek")),
    ("6", "Present in Africa\t21", "Present in Africa\t22", ("african_21", "#", "22")),
    ("7", "Afrikaans\t\t425", "Afrikaans\t\t426", ("Afrikaans", "pos", "426")),
])  # fmt: skip
def test_a_slip_that_is_put_in_is_found(tmp_path, number, old, new, found):
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    path = tmp_path / FOLDER / f"table{number}.tsv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert differing(Paper(tmp_path), number) - differing(THE_PAPER, number) == {found}


def test_a_missing_file_and_a_table_that_is_no_list_are_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match=r"table5\.tsv is required and does not exist; `git checkout"):
        language_tables.of(Paper(tmp_path), "5")
    with pytest.raises(BadInput, match="one of 5, 6, 7; got 8"):
        language_tables.of(THE_PAPER, "8")


def test_english_is_a_side_of_every_bitext_as_table_7_ticks_it():
    (row,) = [one for one in language_tables.of(THE_PAPER, "7").rows if one["code"] == "eng"]
    assert (row["opus100"], row["nllb"], row["in print"]) == ("yes", "yes", "")
