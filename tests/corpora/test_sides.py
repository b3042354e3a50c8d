"""Which language the sides of a bitext are in, told by nothing but the text that is at hand."""

import math
from collections import Counter

import pytest
from made_text import bitext, sentences

from realignment.corpora import sides
from realignment.corpora.sides import Known, Sample
from realignment.corpora.trigrams import Model, runs

LANGUAGES = ("eng", "afr", "swa", "deu", "zul")
UNLIKE = 0.5


def known(*languages, number=300):
    found = Known("eng")
    for code in languages:
        found.add(code, sentences(code, number, seed=2))
    return found


def sample(language, pairs, related=()):
    one = Sample(language, len(pairs), frozenset(related))
    one.add(0, *(list(side) for side in zip(*pairs, strict=True)))
    return one


def exchanged(pairs, every=1):
    return [pair[::-1] if row % every == 0 else pair for row, pair in enumerate(pairs)]


def told(files, of=None):
    """What is told of bitexts {language: pairs}, with evaluation text of all languages."""
    return sides.told({code: sample(code, pairs) for code, pairs in files.items()}, of or known(*LANGUAGES), UNLIKE)


def test_runs_do_not_depend_on_case_and_punctuation():
    assert runs("The DOG!") == runs("the dog") == [" th", "the", "he ", "e d", " do", "dog", "og "]
    assert runs(" - ") == []


def test_the_cost_of_a_text_is_its_cross_entropy():
    model = Model.of(Counter({"aaa": 3, "bbb": 1}))
    assert model.cost(Counter({"aaa": 1, "bbb": 1})) == pytest.approx(-(math.log(3 / 6) + math.log(1 / 6)) / 2)
    assert model.cost(Counter({"ccc": 1})) == pytest.approx(math.log(6) + 3), "what was never seen costs most"
    assert model.known(Counter({"aaa": 1, "ccc": 3})) == 0.25


def test_nothing_is_told_of_good_bitexts():
    for one in told({code: bitext(code, 300) for code in ("afr", "swa", "zul")}).values():
        assert one["swapped_share"] == 0 and one["source_reads_as"] is one["target_reads_as"] is None
        assert max(one["same_source"], one["same_target"]) < 0.02


def test_exchanged_sides_are_told_and_the_others_are_not_blamed():
    files = {code: bitext(code, 300) for code in ("afr", "swa", "zul")}
    found = told({**files, "afr": exchanged(files["afr"])})
    assert found["afr"]["swapped_share"] == 1 and (found["afr"]["source_reads_as"], found["afr"]["target_reads_as"]) == (
        "afr",
        "eng",
    )
    assert all(found[code]["swapped_share"] == 0 and not found[code]["source_reads_as"] for code in ("swa", "zul"))


@pytest.mark.parametrize("every", [2, 3, 4, 5])
def test_the_share_of_exchanged_rows_is_told_whatever_their_period(every):
    pairs = bitext("afr", 3000)
    assert told({"afr": exchanged(pairs, every)})["afr"]["swapped_share"] == pytest.approx(1 / every, abs=0.06)


def test_english_is_told_by_the_other_bitexts_where_no_set_holds_any():
    pairs = {code: bitext(code, 300, seed=seed) for seed, code in enumerate(("afr", "swa", "zul"), 1)}
    pairs["afr"] = exchanged(pairs["afr"])
    found = told(pairs, Known("eng"))
    assert found["afr"]["swapped_share"] == 1 and found["swa"]["swapped_share"] == found["zul"]["swapped_share"] == 0


def test_a_source_that_is_another_language_is_named_or_said_not_to_be_english():
    pairs = bitext("swa", 300, source="deu")
    assert told({"swa": pairs})["swa"]["source_reads_as"] == "deu"
    assert told({"swa": pairs}, known("eng", "swa"))["swa"]["source_reads_as"] == "not eng"
    assert told({"swa": bitext("swa", 300, source="eng")})["swa"]["source_reads_as"] is None
    cyrillic = [
        ("".join(chr(ord(letter) + 980) if letter.isalpha() else letter for letter in one), other)
        for one, other in bitext("swa", 300)
    ]
    assert told({"swa": cyrillic})["swa"]["source_reads_as"].startswith("script ")


def test_a_target_in_another_language_is_named():
    assert told({"afr": bitext("deu", 300)})["afr"]["target_reads_as"] == "deu"
    both = list(zip(sentences("eng", 300, seed=5), sentences("eng", 300, seed=6), strict=True))
    assert told({"afr": both})["afr"]["target_reads_as"] == "eng", "both sides English"


def test_without_text_of_its_own_a_target_is_told_from_english_and_from_other_families_alone():
    of = known("eng", "deu", "zul")
    asked = {"deu": ({"afr", "deu", "eng"}, None), "zul": ({"afr", "deu", "eng"}, "zul"), "eng": ({"afr", "deu", "eng"}, "eng")}
    for other, (related, expected) in asked.items():
        pairs = list(zip(sentences("eng", 300, seed=5), sentences(other, 300, seed=6), strict=True))
        assert sides.target_reads_as(sample("afr", pairs, related), of, UNLIKE) == expected
    assert sides.target_reads_as(sample("swa", bitext("swa", 300)), of, UNLIKE) is None


def test_too_little_text_tells_nothing():
    few = {"afr": exchanged(bitext("afr", 10))}
    assert set(told(few)["afr"].values()) == {None}
    assert told({"afr": bitext("deu", 300)}, known(*LANGUAGES, number=10))["afr"]["target_reads_as"] is None


def test_sides_that_look_alike_are_not_said_to_be_exchanged():
    both = list(zip(sentences("eng", 300, seed=5), sentences("eng", 300, seed=6), strict=True))
    assert told({"afr": both})["afr"]["swapped_share"] is None


def test_one_value_in_most_rows_is_counted():
    pairs = [("mafand" if row % 2 else source, target) for row, (source, target) in enumerate(bitext("swa", 400))]
    found = told({"swa": pairs})["swa"]
    assert found["same_source"] == pytest.approx(0.5) and found["same_target"] < 0.02


def test_a_sample_is_even_and_of_the_size_that_is_asked_for():
    rows = [row for row in range(100_000) if sides.chosen(row, 100_000, 500)]
    assert len(rows) == pytest.approx(500, abs=5)
    assert Counter(row // 10_000 for row in rows) == pytest.approx(dict.fromkeys(range(10), 50), abs=3)
    assert all(sides.chosen(row, 500, 500) for row in range(500))
