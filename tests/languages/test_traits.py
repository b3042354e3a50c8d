"""Marks that describe a language, as people, spreadsheets and this package write them."""

import pytest

from realignment.core.errors import BadInput
from realignment.languages import traits


@pytest.mark.parametrize(("text", "means"), [
    ("yes", True), ("YES", True), ("TRUE", True), ("True", True), ("1", True), ("ja", True), (" y ", True),
    ("no", False), ("FALSE", False), ("0", False), ("", False), ("nein", False),
])  # fmt: skip
def test_yes_and_no_in_every_spelling(text, means):
    assert traits.flag(text) is means


@pytest.mark.parametrize(("text", "means"), [
    ("mbert xlmr", ("mbert", "xlmr")), ("mbert, xlmr", ("mbert", "xlmr")), ("xlmr;mbert", ("mbert", "xlmr")),
    ("mBERT,XLM-R", ("mbert", "xlmr")), ("xlm_r", ("xlmr",)), ("", ()), ("nan", ()), ("mbert mbert", ("mbert",)),
])  # fmt: skip
def test_encoders_in_every_spelling(text, means):
    assert traits.seen(text) == means


@pytest.mark.parametrize(("text", "means"), [("5", 5), ("0", 0), ("3.0", 3), ("-1", -1), ("", -1), ("NaN", -1), ("unknown", -1)])
def test_classes_in_every_spelling(text, means):
    assert traits.joshi(text) == means


@pytest.mark.parametrize(("text", "means"), [
    ("latin", "Latin"), ("Latn", "Latin"), ("CYRILLIC", "Cyrillic"), ("Ethiopic", "Amharic"), ("Hans", "Chinese"),
    ("lao", "Lao"), ("Ol Chiki", "Ol chiki"), ("N'Ko", "Nko"), ("", ""),
])  # fmt: skip
def test_scripts_in_every_spelling(text, means):
    assert traits.script(text) == means


@pytest.mark.parametrize(("reader", "text", "said"), [
    (traits.flag, "maybe", "yes or no is required, got `maybe`"),
    (traits.seen, "mbrt", "`mbrt` is no encoder .*nearest: mbert"),
    (traits.seen, "mbert xlmrr", "`xlmrr` is no encoder .*nearest: xlmr"),
    (traits.joshi, "6", "a class 0-5 is required.*`6`"),
    (traits.joshi, "-2", "a class 0-5 is required.*`-2`"),
    (traits.joshi, "2.5", "a class 0-5"),
    (traits.joshi, "five", "a class 0-5"),
    (traits.level, "LLR", "one of HRL, MRL, LRL, unknown"),
    (traits.script, "Latinn", "`Latinn` is no script; nearest: latin"),
])  # fmt: skip
def test_a_mark_that_means_nothing_is_refused(reader, text, said):
    with pytest.raises(BadInput, match=said):
        reader(text)
