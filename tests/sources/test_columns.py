"""Which column or field holds what: a language's own name wins over `source`, two that fit one side are refused, by name."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from folders import write

from realignment.core.errors import BadInput
from realignment.sources.fields import columns
from realignment.sources.filenames.evalsets import Named
from realignment.sources.formats import bitext_pairs, labelled_pairs, tagged_sentences
from realignment.sources.formats.bitext_pairs import Tally

SWAHILI = ("swa", "sw", "swh", "swh_latn", "swahili")
ROW = {"source": "mafand", "en": "He brought coffee.", "sw": "Alileta kahawa."}
PAIR = ("He brought coffee.", "Alileta kahawa.")


def read(path, called=SWAHILI):
    tally = Tally(path)
    return [pair[:2] for pair in bitext_pairs.pairs(path, tally, None, called, set())], tally


def file_of(tmp_path, form, rows):
    """The same rows as JSONL, as parquet, and as a TSV with a header."""
    path = tmp_path / f"swa.{form}"
    if form == "jsonl":
        write(path, "".join(json.dumps(row) + "\n" for row in rows))
    elif form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        write(path, "\n".join(["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]) + "\n")
    return path


@pytest.mark.parametrize("form", ["jsonl", "parquet", "tsv"])
@pytest.mark.parametrize(
    "row",
    [
        ROW,
        {"sw": PAIR[1], "target": "mafand", "eng_Latn": PAIR[0]},
        {"tgt": "news", "src": "mafand", "Swahili": PAIR[1], "English": PAIR[0]},
        {"id": "7", "target": PAIR[1], "source": PAIR[0]},
        {"text_en": PAIR[0], "text_sw": PAIR[1], "source": "mafand"},
        {"sentence_swh": PAIR[1], "sentence_eng": PAIR[0]},
    ],
    ids=" ".join,
)
def test_a_field_called_as_a_language_holds_it_whatever_else_there_is(tmp_path, form, row):
    assert read(file_of(tmp_path, form, [row]))[0] == [PAIR]


@pytest.mark.parametrize("form", ["jsonl", "parquet", "tsv"])
@pytest.mark.parametrize(
    ("row", "both", "side"),
    [
        ({"english": "a", "en": "b", "sw": "c"}, "`english` and `en`", "English"),
        ({"en": "a", "sw": "b", "swahili": "c"}, "`sw` and `swahili`", "target"),
        ({"source": "a", "src": "b", "target": "c"}, "`source` and `src`", "English"),
        ({"en": "a", "target": "b", "trg": "c"}, "`target` and `trg`", "target"),
    ],
)
def test_two_fields_that_fit_one_side_are_refused_by_name(tmp_path, form, row, both, side):
    with pytest.raises(BadInput, match=rf"swa\.{form} line 1: {both} name the {side} side"):
        read(file_of(tmp_path, form, [row]))


def test_the_sides_of_a_translation_are_found_among_three_languages(tmp_path):
    rows = [{"translation": {"yo": "ó gbé", "sw": PAIR[1], "en": PAIR[0]}}]
    assert read(file_of(tmp_path, "jsonl", rows))[0] == [PAIR]
    rows[0] |= {"en": "other", "sw": "nyingine"}
    with pytest.raises(BadInput, match="both sides stand in `translation` and beside it"):
        read(file_of(tmp_path, "jsonl", rows))


def test_id_is_indonesian_only_where_nothing_else_is(tmp_path):
    indonesian = ("ind", "id", "ind_latn", "indonesian")
    path = write(tmp_path / "ind.tsv", "id\tenglish\ttarget\nmade:1\tcoffee\tkopi\n")
    assert read(path, indonesian)[0] == [("coffee", "kopi")]
    path = write(tmp_path / "ind.jsonl", '{"translation": {"en": "coffee", "id": "kopi"}, "id": "made:1"}\n')
    assert list(bitext_pairs.pairs(path, Tally(path), None, indonesian, set())) == [("coffee", "kopi", "made:1")]
    path = write(tmp_path / "swa.jsonl", '{"en": "coffee", "id": "7", "sw": "kahawa"}\n')
    assert list(bitext_pairs.pairs(path, Tally(path), None, SWAHILI, set())) == [("coffee", "kahawa", "7")]


@pytest.mark.parametrize("header", ["\ufeffEnglish\tTarget", '"english"\t"target"', " EN \t SW ", "ENG\tSwahili"])
def test_a_header_is_seen_through_marks_quotes_spaces_and_case(tmp_path, header):
    assert read(write(tmp_path / "swa.tsv", f"{header}\ndog\tmbwa\n"))[0] == [("dog", "mbwa")]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("sw\ten", "no field names yor; swa is named; rename the file"),
        ("english\tFrench", "no field names yor; fra is named"),
        ("sentence1\tsentence2", "no field names English"),
        ("src_lang\ttgt_lang\tscore", "no field names English"),
        ("en\ten", "names a column twice"),
    ],
)
def test_a_first_row_of_names_that_are_not_both_sides_is_no_pair(tmp_path, header, message):
    with pytest.raises(BadInput, match=rf"yor\.tsv line 1: .*{message}"):
        read(write(tmp_path / "yor.tsv", f"{header}\ndog\taja\n"), ("yor", "yo", "yoruba"))


@pytest.mark.parametrize("first", ["English\tKiingereza", "it\tyeye", "new\tmpya", "source\tchanzo"])
def test_a_pair_of_single_words_is_no_header(tmp_path, first):
    assert read(write(tmp_path / "swa.tsv", f"{first}\ndog\tmbwa\n"))[0][0] == tuple(first.split("\t"))


def test_rows_that_say_their_languages_are_turned(tmp_path):
    one = {"source": "a", "target": "b", "source_lang": "en", "target_lang": "swh"}
    rows = [
        one,
        {"source": "d", "target": "c", "source_lang": "sw", "target_lang": "eng"},
        {**one, "target": "x", "target_lang": "fr"},
    ]
    pairs, tally = read(file_of(tmp_path, "jsonl", rows))
    assert pairs == [("a", "b"), ("c", "d")]
    assert dict(tally.counts.refused) == {"in other languages, by its own fields": 1}


@pytest.mark.parametrize("content", ['{"en": "a", "en": "b", "sw": "c"}\n', '{"EN": "a", "en": "b", "sw": "c"}\n'])
def test_a_field_that_stands_twice_has_no_value(tmp_path, content):
    assert dict(read(write(tmp_path / "swa.jsonl", content))[1].counts.refused) == {"a field stands twice": 1}


@pytest.mark.parametrize("row", ["{n}\tdog {w}\tmbwa {w}", "1.{n}\tdog {w}\tmbwa {w}", "dog {w}\t0.{n}\tmbwa {w}"])
def test_ids_and_scores_are_no_side(tmp_path, row):
    """CCMatrix puts a score before its pairs; other files a number."""
    words = ["".join(chr(97 + int(digit)) for digit in str(n)) for n in range(40)]
    path = write(tmp_path / "swa.tsv", "".join(row.format(n=n, w=word) + "\n" for n, word in enumerate(words)))
    with pytest.raises(BadInput, match=r"swa\.tsv: the (English|target) side of 40 of 40 pairs holds no letter: ids or scores"):
        read(path)


def test_what_a_file_without_known_fields_lacks_is_said(tmp_path):
    _, tally = read(write(tmp_path / "swa.jsonl", '{"en": "coffee", "fr": "café"}\n'))
    with pytest.raises(BadInput, match=r"1 not a pair \(first: line 1, no field names swa; fra is named"):
        tally.stop_past(0.01)


def read_tagged(tmp_path, task, row):
    path = write(tmp_path / "swa.jsonl", json.dumps(row) + "\n")
    tally = Tally(path)
    return [one["tags"] for one in tagged_sentences.sentences(Named(path, "swa", "test"), task, tally, ())], tally


CONLL_2003 = {"tokens": ["Asha"], "pos_tags": ["PROPN"], "chunk_tags": ["B-NP"], "ner_tags": ["B-PER"]}


def test_each_task_takes_its_own_tags(tmp_path):
    assert read_tagged(tmp_path, "ner", CONLL_2003)[0] == [["B-PER"]]
    assert read_tagged(tmp_path, "pos", CONLL_2003)[0] == [["PROPN"]]
    assert read_tagged(tmp_path, "pos", {"tokens": ["Asha"], "xpos": ["NNP"], "upos": ["PROPN"], "pos_tags": ["X"]})[0] == [
        ["PROPN"]
    ]
    assert read_tagged(tmp_path, "ner", {"words": ["Asha"], "upos": ["PROPN"], "tags": ["B-PER"]})[0] == [["B-PER"]]
    _, tally = read_tagged(tmp_path, "ner", {"tokens": ["Asha"], "pos_tags": ["PROPN"]})
    assert list(tally.counts.refused) == ["no field of ner tags (ner_tags, ner, tags)"]


def test_tags_and_words_of_two_names_must_agree(tmp_path):
    same = {"words": ["a"], "tokens": ["a"], "tags": ["X"], "pos_tags": ["X"]}
    assert read_tagged(tmp_path, "pos", same)[0] == [["X"]]
    with pytest.raises(BadInput, match="line 1: `pos_tags` and `tags` both name the tags of pos, and differ"):
        read_tagged(tmp_path, "pos", {**same, "tags": ["NOUN"]})
    with pytest.raises(BadInput, match="line 1: `words` and `tokens` both name the words"):
        read_tagged(tmp_path, "pos", {**same, "tokens": ["b"]})


def read_nli(path, numbers=()):
    tally = Tally(path)
    return [
        (one["premise"], one["label"]) for one in labelled_pairs.pairs(Named(path, "swa", "test"), "nli", tally, numbers)
    ], tally


def test_fields_of_nli_that_say_the_same_may_differ_in_spelling_and_no_more(tmp_path):
    row = {"premise": "p", "sentence1": "p", "hypothesis": "h", "label": 0, "gold_label": "entailment"}
    order = ("entailment", "neutral", "contradiction")
    assert read_nli(write(tmp_path / "x.jsonl", json.dumps(row)), order)[0] == [("p", "entailment")]
    for name, value, field in (("sentence1", "q", "premise"), ("gold_label", "neutral", "label")):
        with pytest.raises(BadInput, match=rf"line 1: `{field}` and `{name}` both name the {field}, and differ"):
            read_nli(write(tmp_path / "x.jsonl", json.dumps({**row, name: value})), order)
    table = "premise\tsentence1\thypothesis\tlabel\np\tq\th\tneutral\n"
    with pytest.raises(BadInput, match="line 2: `premise` and `sentence1` both name the premise"):
        read_nli(write(tmp_path / "x.tsv", table))


def test_xnlis_training_header_and_label_are_known(tmp_path):
    assert read_nli(write(tmp_path / "x.tsv", "premise\thypo\tlabel\np\th\tcontradictory\n"))[0] == [("p", "contradiction")]


def test_snlis_pairs_without_a_label_are_refused_as_rows(tmp_path):
    rows = [{"premise": "p", "hypothesis": "h", "label": label} for label in (-1, None, "-", "-1", 1)]
    pairs, tally = read_nli(write(tmp_path / "x.jsonl", "".join(json.dumps(row) + "\n" for row in rows)), ("x", "neutral", "y"))
    assert pairs == [("p", "neutral")] and dict(tally.counts.refused) == {"no label": 4}
    pq.write_table(pa.Table.from_pylist(rows[:1]), tmp_path / "x.parquet")
    assert dict(read_nli(tmp_path / "x.parquet")[1].counts.refused) == {"no label": 1}


def test_a_file_of_several_languages_says_so(tmp_path):
    path = write(tmp_path / "x.tsv", "language\tpremise\thypothesis\tlabel\nsw\tp\th\tneutral\nfr\tq\th\tneutral\n")
    _, tally = read_nli(path)
    with pytest.raises(BadInput, match=r"read as swa, and rows of it say they are in fra \(first: line 3\)"):
        tally.stop_foreign("swa")


def test_a_language_is_named_by_code_name_or_beside_what_every_column_is():
    named = {
        "swh_latn": "swa",
        "swahili": "swa",
        "text_sw": "swa",
        "en": "eng",
        "source": "",
        "id": "",
        "score": "",
        "sentence_fr": "fra",
    }
    assert {name: columns.language_of(name) for name in named} == named


@pytest.mark.parametrize("other", ["kiswahili", "Kiswahili", "Luganda", "lugha", "translation_sw2"])
def test_english_named_in_another_column_is_a_header_whatever_the_first_is_called(tmp_path, other):
    assert read(write(tmp_path / "swa.tsv", f"{other}\tEnglish\nmbwa\tdog\npaka\tcat\n"))[0] == [("dog", "mbwa"), ("cat", "paka")]
    assert read(write(tmp_path / "sw-en.tsv", f"English\t{other}\ndog\tmbwa\ncat\tpaka\n"))[0] == [
        ("dog", "mbwa"),
        ("cat", "paka"),
    ]
    rows = f"doc\t{other}\tenglish\tid\n7\tmbwa\tdog\tx:1\n"
    assert read(write(tmp_path / "swa.tsv", rows))[0] == [("dog", "mbwa")]
    with pytest.raises(BadInput, match="line 1: its first row names English in column 3, and not which column is the other"):
        read(write(tmp_path / "swa.tsv", f"{other}\tmaoni\tenglish\nmbwa\tx\tdog\n"))


@pytest.mark.parametrize("header", ['"english"\t"target"\t"id"\n', ""])
def test_a_table_whose_cells_all_stand_in_quotes_is_read_without_them(tmp_path, header):
    rows = [('He said "hi"', "Alisema"), ("a, dog", "mbwa"), ("a cat", "paka"), ('the "word"', "neno")]
    text = "".join('"{}"\t"{}"\t{}\n'.format(*(cell.replace('"', '""') for cell in row), n) for n, row in enumerate(rows))
    assert read(write(tmp_path / "swa.tsv", header + text))[0] == rows
    spoken = '"Go"\t"Nenda"\n"Stop"\t"Simama"\nCome\t"Njoo"\n"Sit"\t"Keti"\n'
    assert read(write(tmp_path / "swa.tsv", spoken))[0][0] == ('"Go"', '"Nenda"'), (
        "a quote is a character where one cell has none"
    )


def test_quotes_around_every_cell_of_nli_go_too(tmp_path):
    text = "".join(f'"p {n}"\t"h {n}"\t"neutral"\n' for n in range(4))
    assert read_nli(write(tmp_path / "x.tsv", text))[0] == [(f"p {n}", "neutral") for n in range(4)]
