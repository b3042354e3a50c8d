"""Rows of a file in another language than the file says, told by the text of all other files."""

import pytest
from made_text import sentences

from realignment.corpora import row_languages, sides
from realignment.corpora.row_languages import File, Rows

UNLIKE = 0.5
RELATED = {"eng": {"eng", "afr", "deu"}, "afr": {"afr", "deu", "eng"}, "deu": {"afr", "deu", "eng"}, "swa": {"swa", "zul"}}


def rows(**files):
    """Files named `language_number`, a list of sentences each, and English ones."""
    found = Rows("eng")
    for name, text in {**files, "eng_1": sentences("eng", 200, 9)}.items():
        code = name.partition("_")[0]
        found.add(File.of(name, code, "Latin", frozenset(RELATED.get(code, {code})), text))
    return found


def mixed(first, second, every):
    return [two if row % every == 0 else one for row, (one, two) in enumerate(zip(first, second, strict=True))]


def share(name, of):
    return of.measured(UNLIKE)[name]["foreign_share"], of.measured(UNLIKE)[name]["foreign"]


GOOD = {f"{code}_{number}": sentences(code, 200, number) for code in ("swa", "deu", "yor") for number in (1, 2)}


def test_nothing_is_told_of_good_files():
    for one in rows(**GOOD).measured(UNLIKE).values():
        assert one == {"foreign_share": 0, "foreign": None}


@pytest.mark.parametrize("every", [1, 2, 4])
@pytest.mark.parametrize("other", ["deu", "eng"])
def test_the_share_of_rows_in_another_language_is_told_with_its_name(other, every):
    text = mixed(GOOD["swa_1"], sentences(other, 200, 5), every)
    found, name = share("swa_1", rows(**{**GOOD, "swa_1": text}))
    assert (found, name) == (pytest.approx(1 / every, abs=0.05), other)


def test_rows_in_english_are_told_in_a_related_language_and_those_of_another_relative_are_not():
    good = {**GOOD, **{f"afr_{number}": sentences("afr", 200, number) for number in (1, 2)}}
    for other, least, most in (("eng", 0.45, 0.55), ("deu", 0, 0.1)):
        text = mixed(good["afr_1"], sentences(other, 200, 5), 2)
        assert least <= share("afr_1", rows(**{**good, "afr_1": text}))[0] <= most


def test_letters_of_another_script_are_another_language():
    cyrillic = ["".join(chr(ord(letter) + 980) if letter.isalpha() else letter for letter in one) for one in GOOD["swa_1"]]
    assert share("swa_1", rows(**{**GOOD, "swa_1": mixed(GOOD["swa_1"], cyrillic, 3)})) == (
        pytest.approx(1 / 3, abs=0.05),
        "another script",
    )


def test_a_set_that_is_the_only_file_of_its_language_is_told_as_a_whole():
    known = sides.Known("eng")
    for code in ("eng", "deu", "swa"):
        known.add(code, sentences(code, 300, 3))
    for spoken, expected in (("zul", None), ("deu", "deu"), ("eng", "eng")):
        of = rows(deu_1=sentences("deu", 200, 1), zul_1=sentences(spoken, 300, 4))
        assert of.alone("zul") and of.alone("deu")
        assert row_languages.set_reads_as(of.files[1], known, UNLIKE) == expected


def test_too_few_rows_tell_nothing():
    assert share("swa_1", rows(**{**GOOD, "swa_1": sentences("deu", 10, 1)})) == (None, None)
