"""Evaluation text in bitexts: equal, sharing a run of words, spelt almost alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realignment.corpora import contamination
from realignment.corpora.contamination import EQUAL, SHARES, SIMILAR, Index, Match

LONG = "the old man and the young woman walked slowly along the river to the big market"


def index(*sentences, shared_words=13, similar=0.8):
    return Index(dict.fromkeys(sentences, "pos/ud"), shared_words, similar)


def reason(found):
    return found and found.reason


def test_only_test_sentences_are_kept_out_of_bitexts():
    rows = [
        {"words": ["A", "dog", "."], "split": "test"},
        {"words": ["A", "cat"], "split": "train"},
        {"words": ["!"], "split": "test"},
    ]
    found = Index(contamination.known(rows, "pos/ud"), 13, 0.8)
    assert [reason(found.match(one)) for one in ("a DOG", "A cat", "!", None, "", "“A” dog!")] == [
        EQUAL,
        None,
        None,
        None,
        None,
        EQUAL,
    ]


def test_both_sentences_of_a_pair_are_evaluated():
    found = Index(contamination.known([{"premise": "One.", "hypothesis": "Two.", "split": "test"}], "nli/x"), 13, 0.8)
    assert [found.match(one) for one in ("two", "one", "three")] == [Match("nli/x", EQUAL), Match("nli/x", EQUAL), None]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (f"Yesterday, {LONG}, as he said.", SHARES),
        (LONG.upper(), EQUAL),
        (" ".join(LONG.split()[:13]), SHARES),
        (" ".join(LONG.split()[:12]), None),
        (LONG.replace("young", "tall"), None),
    ],
)
def test_thirteen_words_in_a_row_are_evaluation_text(sentence, expected):
    assert reason(index(LONG).match(sentence)) == expected


def test_a_script_without_spaces_counts_two_characters_as_a_word():
    chinese = "那位老人和那位年轻的女子慢慢地沿着河走到城里的大市场去买东西"
    assert reason(index(chinese).match("昨天" + chinese[:26])) == SHARES
    assert index(chinese).match("昨天" + chinese[:25] + "了") is None


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The quick brown fox jumps over the lazy dogs", SIMILAR),
        ("the quick brown fox jumps over the lazy dog!", EQUAL),
        ("a slow green fox sits under the lazy dog", None),
        ("fox", None),
    ],
)
def test_short_sentences_are_compared_by_their_character_grams(sentence, expected):
    assert reason(index("The quick brown fox jumps over the lazy dog", similar=0.8).match(sentence)) == expected


@given(st.lists(st.text("ab", min_size=15, max_size=24), min_size=1, max_size=12), st.text("ab", min_size=15, max_size=24))
def test_prefix_filtering_finds_what_comparing_all_finds(sentences, probe):
    def grams(one):
        return {one[start : start + 5] for start in range(len(one) - 4)}

    share = max(len(grams(one) & grams(probe)) / len(grams(one) | grams(probe)) for one in sentences)
    found = Index(dict.fromkeys(sentences, "x"), None, 0.8).match(probe)
    assert (found is not None) == (probe in sentences or share >= 0.8)


def test_what_is_switched_off_is_not_looked_for():
    assert index(LONG, shared_words=None).match(f"Yesterday, {LONG}, as he said, and so did everybody else there") is None
    assert index("The quick brown fox jumps over it", similar=None).match("The quick brown fox jumped over it") is None


def test_contamination_is_counted_by_side_set_and_reason():
    found = contamination.summary(9, {1: Match("a", EQUAL), 4: Match("a", SIMILAR)}, {4: Match("b", SHARES)})
    assert found == {
        "pairs": 9, "contaminated": 2, "reasons": {EQUAL: 1, SHARES: 1},
        "source_side": {"a": 2}, "target_side": {"b": 1}, "first_rows": [1, 4],
    }  # fmt: skip
