"""Files to pairs and examples: no row is lost in silence, nothing is guessed."""

import gzip
import json

import pytest
from folders import write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realignment.core.errors import BadInput
from realignment.sources.filenames.evalsets import Named, of_one_language
from realignment.sources.folder.inventory import Evalset
from realignment.sources.folder.reader import labels_file
from realignment.sources.formats import bitext_pairs, labelled_pairs, tagged_sentences
from realignment.sources.formats.bitext_pairs import Tally

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"), max_size=8)
per_example = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_pairs(path, limit=None):
    tally = Tally(path)
    return list(bitext_pairs.pairs(path, tally, limit, ("swa", "swahili"), set())), tally.counts


def read_tagged(path, task="pos"):
    tally = Tally(path)
    return [
        (one["words"], one["tags"]) for one in tagged_sentences.sentences(Named(path, "swa", "test"), task, tally, ())
    ], tally.counts


def read_nli(path, numbers=(), columns=""):
    tally = Tally(path)
    rows = list(labelled_pairs.pairs(Named(path, "swa", "test", columns), "nli", tally, numbers))
    return [(one["premise"], one["hypothesis"], one["label"]) for one in rows], tally.counts


@per_example
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12))
def test_rows_of_any_tsv_add_up(tmp_path, rows):
    path = write(tmp_path / "swa.tsv", "".join("\t".join(row) + "\n" for row in rows))
    kept, counts = read_pairs(path)
    assert counts.add_up
    assert counts.kept == len(kept) == len({pair[:2] for pair in kept})
    assert len(rows) - counts.read in (0, 1), "all rows are read, but a header"


@per_example
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=80))
def test_rows_of_any_json_lines_add_up(tmp_path, content):
    path = write(tmp_path / "swa.jsonl", content)
    assert read_tagged(path)[1].add_up
    assert read_nli(path)[1].add_up


def test_a_quote_is_a_character(tmp_path):
    path = write(tmp_path / "swa.tsv", 'He said "no\tAlisema "hapana\n"Go\tNenda\n')
    assert [pair[:2] for pair in read_pairs(path)[0]] == [('He said "no', 'Alisema "hapana'), ('"Go', "Nenda")]


@pytest.mark.parametrize("header", ["english\ttarget\tid", "id\tSwahili\tEnglish", "Target\tEN\tscore"])
def test_columns_follow_the_header_by_name(tmp_path, header):
    names = [name.casefold() for name in header.split("\t")]
    row = "\t".join({"english": "dog", "en": "dog", "target": "mbwa", "swahili": "mbwa"}.get(name, "7") for name in names)
    assert read_pairs(write(tmp_path / "swa.tsv", f"{header}\n{row}\n"))[0] == [("dog", "mbwa", "7")]


def test_a_first_row_that_is_a_pair_is_no_header(tmp_path):
    assert read_pairs(write(tmp_path / "swa.tsv", "English\tKiingereza\n"))[0] == [("English", "Kiingereza", "line:1")]


def test_refused_pairs_are_counted_by_reason(tmp_path):
    path = write(tmp_path / "swa.tsv", "a\tb\na\tb\n\u200b\tc\nonly\nd\te\tf\ng\th\n")
    kept, counts = read_pairs(path)
    assert [pair[0] for pair in kept] == ["a", "g"]
    assert dict(counts.refused) == {"duplicate pair": 1, "empty side": 1, "wrong column count": 2}


def test_a_limit_takes_the_head(tmp_path):
    path = write(tmp_path / "swa.tsv", "a\t1\nb\t2\nc\t3\n")
    assert [pair[0] for pair in read_pairs(path, 2)[0]] == ["a", "b"]


def test_byte_order_mark_and_carriage_returns_are_no_text(tmp_path):
    path = write(tmp_path / "swa.tsv", "\ufeffa\tb\r\nc\u2028d\te\r\n".encode())
    assert [pair[:2] for pair in read_pairs(path)[0]] == [("a", "b"), ("c d", "e")]


def test_a_byte_order_mark_does_not_hide_a_header(tmp_path):
    assert read_pairs(write(tmp_path / "swa.tsv", "\ufeffenglish\ttarget\na\tb\n"))[0] == [("a", "b", "line:2")]
    assert read_nli(write(tmp_path / "x.tsv", "\ufeffPremise\tHypothesis\tLabel\np\th\tn\n"))[0] == [("p", "h", "neutral")]


def test_bad_utf8_names_file_line_and_byte(tmp_path):
    path = write(tmp_path / "swa.tsv", b"a\tb\nc\td\xff\n")
    with pytest.raises(BadInput, match=r"swa\.tsv line 2: UTF-8 is required; byte 4 of the line is 0xff"):
        read_pairs(path)


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[: len(raw) // 2], lambda raw: b"plain\ttext\n", lambda raw: raw[:-8] + b"\0" * 8]
)
def test_a_damaged_gzip_is_named(tmp_path, damage):
    lines = "".join(f"sentence {n * n}\tsentensi {n}\n" for n in range(500))
    path = tmp_path / "swa.tsv.gz"
    path.write_bytes(damage(gzip.compress(lines.encode())))
    with pytest.raises(BadInput, match=r"swa\.tsv\.gz: the gzip file is cut off or damaged after line"):
        read_pairs(path)


def test_too_many_refused_rows_stop_with_the_first_line_of_each_reason(tmp_path):
    tally = Tally(tmp_path / "x.tsv")
    tally.refuse(3, "wrong column count")
    tally.refuse(9, "wrong column count")
    for _ in range(8):
        tally.keep()
    tally.stop_past(0.2)
    with pytest.raises(BadInput, match=r"x\.tsv: 2 of 10 rows refused: 2 wrong column count \(first: line 3\)"):
        tally.stop_past(0.19)


def test_duplicates_never_stop_a_file(tmp_path):
    tally = Tally(tmp_path / "x.tsv")
    tally.refuse(2, "duplicate pair")
    tally.stop_past(0.0)


@pytest.mark.parametrize("by", [" ", "\t"])
def test_conll_by_space_or_tab_with_any_number_of_blank_lines(tmp_path, by):
    path = write(tmp_path / "x.txt", f"\n\nA{by}DET\ndog{by}NOUN\n\n \nRuns{by}verb")
    assert read_tagged(path)[0] == [(["A", "dog"], ["DET", "NOUN"]), (["Runs"], ["VERB"])]


def test_a_word_may_be_a_wide_space_or_a_number_sign(tmp_path):
    kept, counts = read_tagged(write(tmp_path / "x.tsv", "#\tSYM\n\u3000\tX\n1\tNUM\n"))
    assert kept == [(["#", "1"], ["SYM", "NUM"])], "white space alone is no word"
    assert counts.mended["invisible word"] == 1


def test_a_sentence_with_a_broken_line_is_refused_whole(tmp_path):
    kept, counts = read_tagged(write(tmp_path / "x.tsv", "A\tDET\ndog\n\nruns\tVERB\n"))
    assert kept == [(["runs"], ["VERB"])]
    assert dict(counts.refused) == {"wrong column count": 1}


CONLLU = """# text = Nel 1990 miał dom
1-2\tNel\t_\t_\t_\t_\t_\t_\t_\t_
1\tIn\tin\tADP\t_\t_\t3\tcase\t_\t_
2\til\til\tDET\t_\t_\t3\tdet\t_\t_
3\t1990\t1990\tNUM\t_\t_\t0\troot\t_\t_
3.1\tghost\t_\tVERB\t_\t_\t_\t_\t_\t_
4-5\tmiałem\t_\t_\t_\t_\t_\t_\t_\t_
4\tmiał\tmieć\tVERB\t_\t_\t3\tx\t_\t_
5\tem\tbyć\tAUX\t_\t_\t4\taux\t_\t_
6\tTân Sơn\tTân Sơn\tPROPN\t_\t_\t3\tx\t_\t_

1\tbare\t_\t_\t_\t_\t_\t_\t_\t_
"""


def test_conllu_gives_the_words_one_sees(tmp_path):
    kept, counts = read_tagged(write(tmp_path / "x.conllu", CONLLU))
    assert kept == [(["Nel", "1990", "miałem", "Tân Sơn"], ["ADP", "NUM", "VERB", "PROPN"])]
    assert dict(counts.refused) == {"no tag": 1}


def test_dates_become_o_and_spans_are_repaired(tmp_path):
    path = write(tmp_path / "x.txt", "In O\nMay B-DATE\n1990 I-DATE\nJo I-PER\nLee I-PER\nUN I-ORG\nspoke O\n")
    kept, counts = read_tagged(path, "ner")
    assert kept[0][1] == ["O", "O", "O", "B-PER", "I-PER", "B-ORG", "O"]
    assert dict(counts.mended) == {"DATE to O": 1, "I- without B-": 1}


def test_an_unknown_tag_names_file_line_and_tag(tmp_path):
    path = write(tmp_path / "x.txt", "A DET\n\ndog NOMEN\n")
    with pytest.raises(BadInput, match=r"x\.txt line 3: unknown tag `NOMEN` of task pos"):
        read_tagged(path)


def test_words_and_tags_of_json_lines_must_fit(tmp_path):
    rows = [{"tokens": ["a", "b"], "ner_tags": ["O", "B-LOC"]}, {"words": ["a"], "tags": []}, {"words": ["a"], "tags": [None]}]
    path = write(tmp_path / "x.jsonl", "\n".join(map(json.dumps, rows)) + "\nnot json\n[1]\n")
    kept, counts = read_tagged(path, "ner")
    assert kept == [(["a", "b"], ["O", "B-LOC"])]
    assert counts.read == 5 and counts.add_up


def test_parquet_reads_as_json_lines_do(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"tokens": [["a", "b"]], "upos": [["DET", "NOUN"]]}), tmp_path / "x.parquet")
    assert read_tagged(tmp_path / "x.parquet")[0] == [(["a", "b"], ["DET", "NOUN"])]
    write(tmp_path / "y.parquet", b"no parquet")
    with pytest.raises(BadInput, match=r"y\.parquet: cannot be read as parquet"):
        read_tagged(tmp_path / "y.parquet")


def test_labels_are_names_in_any_case_or_initials(tmp_path):
    path = write(tmp_path / "x.tsv", "p\th\tNeutral\np\th\tentailment\np\th\tc\np\th\t-\n\th\tn\n")
    kept, counts = read_nli(path)
    assert [label for _, _, label in kept] == ["neutral", "entailment", "contradiction"]
    assert dict(counts.refused) == {"no label": 1, "empty side": 1}


def test_numbers_are_labels_only_where_the_set_says_so(tmp_path):
    path = write(tmp_path / "x.tsv", "p\th\t2\n")
    with pytest.raises(BadInput, match=r"x\.tsv line 1: unknown label `2`.*labels\.txt"):
        read_nli(path)
    assert read_nli(path, ("entailment", "neutral", "contradiction"))[0] == [("p", "h", "contradiction")]


def test_a_labels_file_gives_the_order(tmp_path):
    made = Evalset("nli", "made", tmp_path, ())
    assert labels_file(made) == ()
    write(tmp_path / "labels.txt", "contradiction\nneutral\nentailment\n")
    assert labels_file(made) == ("contradiction", "neutral", "entailment")
    write(tmp_path / "labels.txt", "yes\nno\n")
    with pytest.raises(BadInput, match="got yes, no"):
        labels_file(made)


def test_a_header_names_and_orders_the_columns_of_nli(tmp_path):
    path = write(tmp_path / "x.tsv", "id\tlanguage\tlabel\tHypothesis\tpremise\n1\tquy\tneutral\th\tp\n")
    assert read_nli(path)[0] == [("p", "h", "neutral")]


def test_a_file_of_two_languages_is_read_by_its_column_names(tmp_path):
    header = "genre\tlabel\tsentence1_en\tsentence2_en\tsentence1_my\tsentence2_my\n"
    path = write(tmp_path / "my.genre.test.tsv", header + "fiction\tneutral\tp\th\tပ\tဟ\n")
    assert read_nli(path, columns="my")[0] == [("ပ", "ဟ", "neutral")]
    assert read_nli(path, columns="en")[0] == [("p", "h", "neutral")]


def test_half_a_character_is_refused(tmp_path):
    path = write(tmp_path / "x.jsonl", '{"premise": "\\ud800", "hypothesis": "h", "label": "n"}\n')
    assert read_nli(path)[1].refused == {"half a character in premise": 1}


def test_csv_has_its_quotes(tmp_path):
    path = write(tmp_path / "x.csv", 'premise,hypothesis,label\n"One, two",He said ""x"",neutral\n"NA","a ""b""",entailment\n')
    assert read_nli(path)[0] == [("One, two", 'He said ""x""', "neutral"), ("NA", 'a "b"', "entailment")]
    path = write(tmp_path / "y.csv", 'premise,hypothesis,label\n"One, two,neutral\n')
    with pytest.raises(BadInput, match=r"y\.csv line 2: not CSV"):
        read_nli(path)


def test_three_files_are_read_line_by_line_and_must_be_as_long(tmp_path):
    for part, rows in (("s1", "a\nb\n"), ("s2", "c\nd\n"), ("labels", "neutral\nentailment\n")):
        write(tmp_path / f"{part}.test", rows)
    (named,) = of_one_language(tmp_path / "s1.test", "eng")
    tally = Tally(named.path)
    rows = [(one["premise"], one["hypothesis"], one["label"]) for one in labelled_pairs.pairs(named, "nli", tally, ())]
    assert rows == [("a", "c", "neutral"), ("b", "d", "entailment")]
    write(tmp_path / "labels.test", "neutral\n")
    with pytest.raises(BadInput, match="must have as many lines"):
        list(labelled_pairs.pairs(named, "nli", Tally(named.path), ()))


def test_universal_ner_is_read_with_its_comments(tmp_path):
    path = write(tmp_path / "en_ewt-ud-test.iob2", "# text = Ann runs\n1\tAnn\tB-PER\t-\t-\n2\truns\tO\t-\t-\n")
    assert read_tagged(path, "ner")[0] == [(["Ann", "runs"], ["B-PER", "O"])]


def test_lines_that_end_in_carriage_returns_alone_are_not_one_pair(tmp_path):
    path = write(tmp_path / "swa.tsv", "")
    path.write_bytes(b"one\tmoja\rtwo\tmbili\r")
    with pytest.raises(BadInput, match=r"swa\.tsv: its lines end in \\r alone; .* convert the file"):
        read_pairs(path)
    path.write_bytes(b"o\rne\tmoja\r\ntwo\tmbili\r\n")
    assert [pair[:2] for pair in read_pairs(path)[0]] == [("o ne", "moja"), ("two", "mbili")]


@pytest.mark.parametrize("name", ["swa.tsv", "swa.tsv.gz", "swa.jsonl", "swa.parquet"])
def test_a_pointer_of_git_lfs_is_called_one(tmp_path, name):
    (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    with pytest.raises(BadInput, match=rf"{name}: is a pointer of Git LFS, .* `git lfs pull`"):
        read_pairs(tmp_path / name)
