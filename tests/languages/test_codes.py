"""One reader of language codes: what a file, a setting or an option may call a language."""

import pytest

from realignment.core.errors import BadInput
from realignment.languages import codes


@pytest.mark.parametrize(
    ("spelt", "iso"),
    [
        ("sw", "swa"), ("SW", "swa"), (" swa ", "swa"), ("swh", "swa"), ("swh_Latn", "swa"), ("swh-Latn", "swa"),
        ("zh-CN", "zho"), ("zh_Hant", "zho"), ("cmn", "zho"), ("pt-BR", "por"), ("arb", "ara"), ("arb_Arab", "ara"),
        ("gaz", "orm"), ("ekk", "est"), ("zsm", "msa"), ("pes", "fas"), ("azj", "aze"), ("aka", "twi"), ("qu", "quy"),
        ("lv", "lav"), ("lvs", "lav"), ("als", "sqi"), ("uz", "uzb"), ("uzn", "uzb"), ("khk", "mon"), ("pbt", "pus"), ("npi", "nep"),
        ("gl", "glg"), ("glg", "glg"), ("nb", "nob"), ("no", "nor"), ("arz", "arz"), ("QAB", "qab"),
    ],
)  # fmt: skip
def test_every_spelling_of_a_language_is_one_code(spelt, iso):
    assert codes.resolve(spelt) == iso


@pytest.mark.parametrize(
    ("bibliographic", "iso"),
    [
        ("ger", "deu"),
        ("fre", "fra"),
        ("chi", "zho"),
        ("per", "fas"),
        ("alb", "sqi"),
        ("dut", "nld"),
        ("gre", "ell"),
        ("iw", "heb"),
    ],
)
def test_bibliographic_and_withdrawn_codes_are_those_of_today(bibliographic, iso):
    assert codes.resolve(bibliographic) == iso


@pytest.mark.parametrize("word", ["xyz", "zz", "", " ", "swaa", "und", "mul", "swa_dev", "eng-test", "sw-en", "123", "sw,yo"])
def test_what_is_no_code_is_refused(word):
    with pytest.raises(BadInput, match="unknown language code"):
        codes.resolve(word)


def test_the_name_of_a_language_beyond_the_papers_is_answered_with_its_code():
    with pytest.raises(BadInput, match="`Galician`; the code of Galician is glg"):
        codes.resolve("Galician")


def test_no_code_of_the_standard_is_another_language_of_the_papers():
    """A two-letter or bibliographic code of one language must not be what the corpora call another."""
    for code, row in codes.standard().items():
        for part in ("iso639_1", "iso639_2b"):
            if row[part]:
                assert codes.resolve(row[part]) == codes.resolve(code), row


def test_resolving_twice_changes_nothing():
    for code in [*codes.table(), *codes.standard()]:
        assert codes.resolve(codes.resolve(code)) == codes.resolve(code)


def test_a_list_of_codes_is_read_in_our_spelling_and_every_fault_of_it_is_named():
    assert codes.resolved(["sw", "yo", "en"], "seen") == ["swa", "yor", "eng"]
    with pytest.raises(BadInput, match=r"^seen: .*`xyz`.*; `swh` is swa, which is there twice"):
        codes.resolved(["sw", "xyz", "swh"], "seen")


def test_spellings_of_a_language_hold_those_of_the_standard():
    assert {"sw", "swh", "swh_latn"} <= set(codes.spellings("swa"))
    assert {"sq", "alb", "als"} <= set(codes.spellings("sqi"))
