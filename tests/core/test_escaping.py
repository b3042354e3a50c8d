import pytest

from realignment.core import escaping


@pytest.mark.parametrize("text", ["=1+1", "+31 6", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_compute_is_marked_as_text(text):
    assert escaping.cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-0.25", "+3", "-1e-05", "1=1", "−0.3 ± 0.1", "", "all", -0.25, 3, None])
def test_numbers_and_plain_text_stay_as_they_are(value):
    assert escaping.cell(value) == value


@pytest.mark.parametrize(("text", "shown"), [
    ("a|b", r"a\|b"), ("`x`", r"\`x\`"), ("[a](b)", r"\[a\](b)"), ("<img src=x>", r"\<img src=x\>"), ("*b* **c**", r"\*b\* \*\*c\*\*"),
    ("_i_ latin_diverse_5", r"\_i\_ latin_diverse_5"), ("a\nb", "a b"), ("a\\b", r"a\\b"), ("&lt; & x", r"\&lt; & x"), ("~~s~~ 1 ~", r"\~\~s\~\~ 1 ~"),
])  # fmt: skip
def test_no_character_of_a_name_has_a_meaning_in_markdown(text, shown):
    assert escaping.markdown(text) == shown


def test_code_that_holds_backticks_is_still_code():
    assert escaping.code("a``b") == "``` a``b ```" and escaping.code("plain") == "`plain`"
    assert escaping.block("```\nx", "json").startswith("````json\n")
