"""Columns that are not what they are taken for: numbers for words, places of CoNLL-U that skip or repeat, four columns of another kind."""

import pytest
from folders import write

from realignment.core.errors import BadInput
from realignment.sources.filenames.evalsets import Named
from realignment.sources.formats import tagged_sentences
from realignment.sources.formats.bitext_pairs import Tally


def read(path, task="ner"):
    tally = Tally(path)
    return [(one["words"], one["tags"]) for one in tagged_sentences.sentences(Named(path, "swa", "test"), task, tally, ())], dict(
        tally.counts.refused
    )


NAIROBI = [("Juma", "NNP", "B-PER"), ("anaishi", "VBZ", "O"), ("Nairobi", "NNP", "B-LOC")]


@pytest.mark.parametrize("by", ["\t", " "])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    "rows",
    [
        [(word, pos, tag) for word, pos, tag in NAIROBI],
        [(word, tag, "O") for word, _, tag in NAIROBI],
        [(tag,) for _, _, tag in NAIROBI],
    ],
    ids=["index token POS NER", "index token NER nested", "index NER"],
)
def test_a_running_number_is_no_word(tmp_path, rows, first, by):
    lines = [by.join((str(n), *row)) for n, row in enumerate(rows, first)]
    assert read(write(tmp_path / "x.txt", "\n".join(lines) + "\n")) == ([], {tagged_sentences.NUMBERED: 1})


@pytest.mark.parametrize(
    "middle",
    [("nairobi", "B-LOC"), ("Nairobi", "NNP"), ("NNP", "B-LOC"), ("B-LOC", "B-GPE"), ("PROPN", "Case=Nom"), ("NNP", "nsubj")],
    ids=str,
)
def test_four_columns_are_conll_2003_only_where_the_middle_ones_are_pos_and_chunk(tmp_path, middle):
    assert read(write(tmp_path / "x.txt", "\t".join(("Nairobi", *middle, "B-LOC")) + "\n")) == ([], {tagged_sentences.FOUR: 1})


@pytest.mark.parametrize(
    ("token", "middle"),
    [
        ("Nairobi", ("NNP", "B-NP")),
        ("his", ("PRP$", "I-NP")),
        ("1996-08-22", ("CD", "I-NP")),
        (".", (".", "O")),
        ('"', ("''", "O")),
        ("Nairobi", ("_", "_")),
        ("Nairobi", ("-X-", "O")),
        ("Nairobi", ("PROPN", "O")),
        ("one", ("NN|SYM", "B-NP")),
        ("Berlin", ("NE", "I-NC")),
    ],
    ids=str,
)
def test_four_columns_of_conll_2003_are_read(tmp_path, token, middle):
    assert read(write(tmp_path / "x.txt", " ".join((token, *middle, "B-LOC")) + "\n")) == ([([token], ["B-LOC"])], {})


def test_a_number_that_runs_on_through_the_file_is_no_word_either(tmp_path):
    assert read(write(tmp_path / "x.txt", "".join(f"{n}\tO\n" for n in range(17, 22)))) == ([], {tagged_sentences.NUMBERED: 1})


def test_a_sentence_of_one_number_is_one(tmp_path):
    assert read(write(tmp_path / "x.txt", "1 CD B-NP O\n\n2 O\n"))[0] == [(["1"], ["O"]), (["2"], ["O"])]


@pytest.mark.parametrize("form", ["tsv", "jsonl"])
def test_words_without_letters_are_none(tmp_path, form):
    ids = [f"{n}-{n + 7}" for n in range(30)]
    if form == "tsv":
        path = write(tmp_path / "x.tsv", "\n".join(f"{word}\tO" for word in ids) + "\n")
    else:
        path = write(tmp_path / "x.jsonl", f'{{"words": {ids}, "ner_tags": {["O"] * 30}}}\n'.replace("'", '"'))
    with pytest.raises(BadInput, match="30 of 30 words hold no letter: numbers or marks stand in their column"):
        read(path)


def conllu(*places):
    rows = [(place, f"w{place}", "_", "_" if "-" in place else "NOUN", *"______") for place in places]
    return "\n".join("\t".join(row) for row in rows) + "\n\n"


@pytest.mark.parametrize(
    "places",
    [
        ("1-2", "2-3", "1", "2", "3"),
        ("1-2", "1", "2-3", "2", "3"),
        ("1-3", "1-2", "1", "2", "3"),
        ("1", "2-3", "2"),
        ("1", "3-2", "2", "3"),
        ("1", "3"),
        ("1", "2", "1", "2"),
        ("2", "1"),
        ("1", "2-2", "2"),
    ],
    ids=str,
)
def test_places_that_overlap_skip_or_end_early_refuse_their_sentence(tmp_path, places):
    kept, refused = read(write(tmp_path / "x.conllu", conllu(*places) + conllu("1", "2-3", "2", "3", "3.1", "4")), "pos")
    assert kept == [(["w1", "w2-3", "w4"], ["NOUN"] * 3)]
    assert refused == {tagged_sentences.DISORDER: 1}


def test_words_in_quotes_are_refused_and_quotes_that_are_words_are_not(tmp_path):
    words = [f"{chr(97 + n)}na" for n in range(24)]
    with pytest.raises(BadInput, match="24 of 24 words stand in quotes; take the quotes off"):
        read(write(tmp_path / "x.tsv", "".join(f'"{word}"\tO\n' for word in words)))
    assert len(read(write(tmp_path / "x.tsv", "".join(f'"\tO\n{word}\tO\n"\tO\n{word}\tO\n' for word in words)))[0][0][0]) == 96
