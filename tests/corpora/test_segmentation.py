"""Word boundaries: Unicode's, and the reference code's that break words of many scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realignment.corpora import segmentation


def cut(text: str, splitter: str = "unicode") -> list[str]:
    return [text[start:end] for start, end in segmentation.spans(text, splitter)]


def test_punctuation_is_a_word_and_space_is_none():
    assert cut("It can't be, no.") == ["It", "can't", "be", ",", "no", "."]


def test_combining_marks_stay_in_their_word():
    assert cut("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
    assert len(segmentation.REFERENCE.findall("हिन्दी भाषा")) > 2  # what the reference code makes of it


def test_reference_code_joins_its_pieces_by_spaces():
    assert segmentation.normalise("a,b c", "reference-code") == "a , b c"
    assert cut(segmentation.normalise("a,b c", "reference-code"), "reference-code") == ["a", ",", "b", "c"]


@pytest.mark.parametrize("splitter", segmentation.SPLITTERS)
@given(text=st.text(max_size=40))
def test_every_character_belongs_to_a_word_and_words_come_in_order(splitter, text):
    found = segmentation.spans(text, splitter)
    owner, total = segmentation.words_at(text, range(len(text)), splitter)
    assert total == len(found)
    assert owner == sorted(owner)
    for index, (start, end) in enumerate(found):
        assert owner[start:end] == [index] * (end - start)
