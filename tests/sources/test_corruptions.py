"""What goes wrong in text files, one line per kind: each is repaired or refused with its count, or stops the run with its place.

`rows read = kept + refused` holds in every line of the tables (`base.entry` asserts it too).
"""

import gzip
from collections import Counter
from pathlib import Path

import pytest
from folders import write

from realignment.core.errors import BadInput
from realignment.sources.filenames.evalsets import Named
from realignment.sources.formats import labelled_pairs, tagged_sentences
from realignment.sources.formats.bitext_pairs import Tally, pairs

GOOD = b"one\tmoja\ntwo\tmbili\n"
JSON = b'{"english": "one", "target": "moja"}\n'

BITEXT = [  # kind, file, bytes, kept, refused, mended
    ("nothing wrong", "tsv", GOOD, 2, {}, {}),
    ("a byte order mark", "tsv", b"\xef\xbb\xbf" + GOOD, 2, {}, {}),
    ("Windows line ends", "tsv", GOOD.replace(b"\n", b"\r\n"), 2, {}, {}),
    ("no line end at the end", "tsv", GOOD[:-1], 2, {}, {}),
    ("a lone quote", "tsv", GOOD + b'he said "no\thapana\nyes\tndiyo\n', 4, {}, {}),
    ("NA is a word", "tsv", GOOD + b"NA\tnull\n", 3, {}, {}),
    ("a tab inside a side", "tsv", GOOD + b"a\tb\tc\n", 2, {"wrong column count": 1}, {}),
    ("one column", "tsv", GOOD + b"alone\n", 2, {"wrong column count": 1}, {}),
    ("a blank line", "tsv", GOOD + b"\n", 2, {"wrong column count": 1}, {}),
    ("an empty side", "tsv", GOOD + b"\tmoja\nthree\t\n", 2, {"empty side": 2}, {}),
    ("a side of spaces", "tsv", GOOD + b"three\t   \n", 2, {"empty side": 1}, {}),
    ("a side of invisible characters", "tsv", GOOD + "three\t\u200b\ufeff\n".encode(), 2, {"empty side": 1}, {}),
    ("20 % duplicates", "tsv", b"".join(b"w%d\tx%d\n" % (n, n) for n in range(8)) + b"w0\tx0\nw1\tx1\n", 8, {"duplicate pair": 2}, {}),
    ("duplicates but for spaces", "tsv", GOOD + b" one \tmoja\n", 2, {"duplicate pair": 1}, {}),
    ("zero-width characters", "tsv", GOOD + "th\u200bree\ttatu\n".encode(), 3, {}, {"invisible character": 1}),
    ("right-to-left marks", "tsv", GOOD + "three\t\u200fثلاثة\u200e\n".encode(), 3, {}, {"invisible character": 1}),
    ("bidi overrides", "tsv", GOOD + "three\t\u202etatu\u202c\n".encode(), 3, {}, {"invisible character": 1}),
    ("a control character", "tsv", GOOD + b"thr\x07ee\ttatu\n", 3, {}, {"control character": 1}),
    ("a null byte", "tsv", GOOD + b"thr\x00ee\ttatu\n", 3, {}, {"control character": 1}),
    ("a line separator inside", "tsv", GOOD + "three\u2028four\ttatu\n".encode(), 3, {}, {"control character": 1}),
    ("a next-line character inside", "tsv", GOOD + "three\u0085four\ttatu\n".encode(), 3, {}, {"control character": 1}),
    ("decomposed letters", "tsv", GOOD + "cafe\u0301\tkahawa\n".encode(), 3, {}, {"not NFC": 1}),
    ("joiners are spelling", "tsv", GOOD + "three\tمی\u200cخواهم\n".encode(), 3, {}, {}),
    ("JSONL, nothing wrong", "jsonl", JSON, 1, {}, {}),
    ("broken JSON", "jsonl", JSON + b'{"english": "two"\n', 1, {"not JSON": 1}, {}),
    ("JSON that is no object", "jsonl", JSON + b"[1, 2]\n", 1, {"not a JSON object": 1}, {}),
    ("a missing field", "jsonl", JSON + b'{"english": "two"}\n', 1, {"not a pair": 1}, {}),
    ("null as a side", "jsonl", JSON + b'{"english": "two", "target": null}\n', 1, {"not a pair": 1}, {}),
    ("a number as a side", "jsonl", JSON + b'{"english": "two", "target": 2}\n', 1, {"a side is not text": 1}, {}),
    ("half a character in JSON", "jsonl", JSON + b'{"english": "two", "target": "\\ud800"}\n', 1, {"half a character": 1}, {}),
    ("fields in another order", "jsonl", JSON + b'{"sw": "mbili", "en": "two"}\n', 2, {}, {}),
    ("a translation field", "jsonl", JSON + b'{"translation": {"en": "two", "sw": "mbili"}}\n', 2, {}, {}),
]  # fmt: skip

STOPS = [  # kind, file name, bytes, what the error says
    ("half a UTF-8 sequence", "swa.tsv", GOOD + b"three\tt\xc3\n", "line 3: UTF-8 is required"),
    ("Latin-1 text", "swa.tsv", GOOD + "café\tkahawa\n".encode("latin-1"), "line 3: UTF-8 is required"),
    ("UTF-16 text", "swa.tsv", GOOD.decode().encode("utf-16"), "line 1: UTF-8 is required"),
    ("a truncated gzip", "swa.tsv.gz", gzip.compress(GOOD * 5000)[:-20], "cut off or damaged"),
    ("a changed byte in a gzip", "swa.tsv.gz", gzip.compress(GOOD)[:-6] + b"\0" + gzip.compress(GOOD)[-5:], "cut off or damaged"),
    ("no gzip at all", "swa.tsv.gz", GOOD, "cut off or damaged"),
    ("no parquet at all", "swa.parquet", GOOD, "cannot be read as parquet"),
]  # fmt: skip

TAGGED = [  # kind, task, file name, text, sentences or what the error says
    ("a tag nobody knows", "pos", "swa.txt", "paka NOUN\nana VRB\n", r"line 2: unknown tag `VRB`"),
    ("an empty tag", "pos", "swa.tsv", "paka\t\n", 0),
    ("a tab where spaces were", "pos", "swa.txt", "paka\tNOUN\n\nmbwa NOUN\n", 2),
    ("several blank lines", "pos", "swa.txt", "paka NOUN\n\n\n\nmbwa NOUN\n", 2),
    ("a word of two", "pos", "swa.txt", "paka mkubwa NOUN\n", 0),
    ("Windows line ends", "pos", "swa.txt", "paka NOUN\r\n\r\nmbwa NOUN\r\n", 2),
    ("I- that continues nothing", "ner", "swa.txt", "Asha I-PER\nleo O\n", 1),
    ("a date", "ner", "swa.txt", "leo B-DATE\n", 1),
    ("an entity nobody asked for", "ner", "swa.txt", "Bia B-product\n", r"line 1: unknown tag `B-product`"),
    ("fewer tags than words", "pos", "swa.jsonl", '{"words": ["a", "b"], "tags": ["X"]}\n', 0),
    ("a number as a tag", "pos", "swa.jsonl", '{"words": ["a"], "tags": [3]}\n', r"line 1: tag 3 of task pos.*labels\.txt"),
    ("nine columns of CoNLL-U", "pos", "swa.conllu", "1\ta\t_\tX\t_\t_\t_\t_\t_\n", 0),
]  # fmt: skip

NLI = [  # kind, file name, text, pairs or what the error says
    ("a label nobody knows", "swa.tsv", "a\tb\tmaybe\n", r"line 1: unknown label `maybe`"),
    ("a number as a label", "swa.tsv", "a\tb\t1\n", r"line 1: unknown label `1`.*labels\.txt"),
    ("no agreement", "swa.tsv", "a\tb\t-\n", 0),
    ("a lone quote", "swa.tsv", 'he said "x\tb\tneutral\nc\td\tneutral\n', 2),
    ("NA as a sentence", "swa.tsv", "NA\tnull\tneutral\n", 1),
    ("an empty premise", "swa.tsv", "\tb\tneutral\n", 0),
]  # fmt: skip


def ids(table):
    return [row[0].replace(" ", "-") for row in table]


@pytest.mark.parametrize(("kind", "form", "content", "kept", "refused", "mended"), BITEXT, ids=ids(BITEXT))
def test_a_bitext_loses_nothing_in_silence(tmp_path, kind, form, content, kept, refused, mended):
    tally = Tally(write(tmp_path / f"swa.{form}", content))
    rows = list(pairs(tally.path, tally, None, ("swa", "sw"), set()))
    assert (len(rows), tally.counts.refused, tally.counts.mended) == (kept, Counter(refused), Counter(mended)), kind
    assert tally.counts.add_up and tally.counts.kept == kept


@pytest.mark.parametrize(("kind", "name", "content", "message"), STOPS, ids=ids(STOPS))
def test_a_damaged_bitext_stops_and_names_the_place(tmp_path, kind, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        list(pairs(path, Tally(path), None, ("swa",), set()))


def read(reader, path: Path, task: str):
    tally = Tally(path)
    rows = list(reader(Named(path, "swa", "test"), task, tally, ()))
    assert tally.counts.add_up and tally.counts.read > 0
    return len(rows)


@pytest.mark.parametrize(("kind", "task", "name", "text", "expected"), TAGGED, ids=ids(TAGGED))
def test_tagged_sentences_are_kept_refused_or_stop(tmp_path, kind, task, name, text, expected):
    path = write(tmp_path / name, text)
    if isinstance(expected, str):
        with pytest.raises(BadInput, match=expected):
            read(tagged_sentences.sentences, path, task)
    else:
        assert read(tagged_sentences.sentences, path, task) == expected


@pytest.mark.parametrize(("kind", "name", "text", "expected"), NLI, ids=ids(NLI))
def test_sentence_pairs_are_kept_refused_or_stop(tmp_path, kind, name, text, expected):
    path = write(tmp_path / name, text)
    if isinstance(expected, str):
        with pytest.raises(BadInput, match=expected):
            read(labelled_pairs.pairs, path, "nli")
    else:
        assert read(labelled_pairs.pairs, path, "nli") == expected


def test_there_are_forty_kinds():
    assert len(BITEXT) + len(STOPS) + len(TAGGED) + len(NLI) >= 40


def test_tags_given_as_numbers_in_another_order_are_noticed_by_the_full_stop(tmp_path):
    rows = "".join('{"words": ["a", "."], "tags": [7, 11]}\n' for _ in range(20))
    path = write(tmp_path / "udpos" / "swa.jsonl", rows)
    numbers = ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT")
    with pytest.raises(BadInput, match="most of them PROPN, not PUNCT"):
        list(tagged_sentences.sentences(Named(path, "swa", "test"), "pos", Tally(path), numbers))
