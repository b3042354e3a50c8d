"""Parallel sentences: which are held out; what text looks like once it is normal."""

import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realignment.corpora import bitext, text

SENTENCES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def write(path, rows):
    columns = dict(zip(("source", "target", "split"), map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), path)


@given(SENTENCES)
def test_normal_text_is_normal(sentence):
    once, _ = text.normalise(sentence)
    assert text.normalise(once) == (once, ())


@given(SENTENCES)
def test_what_is_not_mended_only_loses_white_space_at_its_ends(sentence):
    normal, mended = text.normalise(sentence)
    assert mended or normal == sentence.strip()


@given(SENTENCES)
def test_normal_text_is_nfc_and_prints(sentence):
    normal, _ = text.normalise(sentence)
    assert unicodedata.is_normalized("NFC", normal)
    assert not any(unicodedata.category(one) == "Cc" for one in normal)


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
def test_joiners_are_part_of_a_spelling(joiner):
    assert text.normalise(f"می{joiner}خواهم") == (f"می{joiner}خواهم", ())


def test_what_was_mended_is_said():
    assert text.normalise("\ufeffe\u0301\x07 a\u2028b ") == ("é a b", ("invisible character", "control character", "not NFC"))


def test_two_spellings_of_a_sentence_share_their_bare_form():
    assert "".join(text.spelt("Don't stop, “Ｚoë”!")) == "".join(text.spelt('do n\'t STOP " zoë "'))
    assert "".join(text.spelt("हिन्दी")) != "".join(text.spelt("हनद")), "vowel signs count"
    assert "".join(text.spelt("... !?")) == ""


@pytest.mark.parametrize(
    ("sentence", "script"),
    [("Habari ya asubuhi", "Latin"), ("Доброе утро", "Cyrillic"), ("おはようございます世界", "Japanese"), ("你好世界", "Chinese"),
     ("안녕하세요", "Korean"), ("ሰላም ለዓለም", "Amharic"), ("မင်္ဂလာပါ", "Burmese"), ("12 :-)", "")],
)  # fmt: skip
def test_a_script_is_told_by_the_letters(sentence, script):
    assert text.script_of([sentence]) == script
    assert script == "" or text.share_of(text.letters([sentence]), script) == 1


@given(SENTENCES, st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_larger_share_holds_out_what_a_smaller_one_does(sentence, one, other):
    small, large = sorted((one, other))
    assert bitext.split_of(sentence, small) == "train" or bitext.split_of(sentence, large) == "heldout"


def test_the_share_held_out_is_the_one_asked_for():
    held = sum(bitext.split_of(f"sentence {n}", 0.1) == "heldout" for n in range(4000))
    assert held == pytest.approx(400, abs=4 * (4000 * 0.1 * 0.9) ** 0.5)  # four standard deviations


def test_spelling_does_not_decide_what_is_held_out():
    assert all(bitext.split_of(f"Ａ  {n}", 0.3) == bitext.split_of(f"a {n}", 0.3) for n in range(200))


def test_training_rows_leave_out_held_out_and_excluded_ones(tmp_path):
    write(tmp_path / "x.parquet", [("a", "1", "train"), ("b", "2", "heldout"), ("c", "3", "train"), ("d", "4", "train")])
    assert bitext.read_train(tmp_path / "x.parquet", {2}) == [("a", "1"), ("d", "4")]


def test_held_out_pairs_repeat_no_side(tmp_path):
    rows = [("a", "1", "heldout"), ("a", "2", "heldout"), ("b", "1", "heldout"), ("c", "3", "heldout"), ("d", "4", "train")]
    write(tmp_path / "x.parquet", rows)
    assert sorted(bitext.read_heldout(tmp_path / "x.parquet")) == [("a", "1"), ("c", "3")]


def test_a_head_of_the_held_out_pairs_does_not_depend_on_file_order(tmp_path):
    rows = [(f"s{n}", f"t{n}", "heldout") for n in range(50)]
    write(tmp_path / "x.parquet", rows)
    write(tmp_path / "y.parquet", rows[::-1])
    assert bitext.read_heldout(tmp_path / "x.parquet") == bitext.read_heldout(tmp_path / "y.parquet")
