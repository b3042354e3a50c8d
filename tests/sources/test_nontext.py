"""Text that is not text: withheld words, placeholders, document marks and prefixes of known releases are removed or refused, counted."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from folders import conll, settings, small, write

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.sources.filenames.evalsets import Named
from realignment.sources.folder import reader
from realignment.sources.formats import bitext_pairs, tagged_sentences
from realignment.sources.formats.bitext_pairs import Tally


def read(path, task="pos", language="swa", numbers=()):
    tally = Tally(path)
    rows = [
        (one["words"], one["tags"]) for one in tagged_sentences.sentences(Named(path, language, "test"), task, tally, numbers)
    ]
    assert tally.counts.add_up
    return rows, tally


def conllu(*words):
    return "".join(f"{place}\t{word}\t_\tNOUN\t_\t_\t_\t_\t_\t_\n" for place, word in enumerate(words, 1)) + "\n"


def test_sentences_whose_words_are_withheld_are_refused(tmp_path):
    path = write(
        tmp_path / "ar_nyuad-ud-test.conllu", conllu("_", "_", "_") + conllu("kitabu", "_", "kipya") + conllu("_", "_", "x")
    )
    kept, tally = read(path)
    assert kept == [(["kitabu", "_", "kipya"], ["NOUN"] * 3)], "a lone underscore may be a word"
    assert dict(tally.counts.refused) == {"its words are withheld": 2}
    for form, content in (("tsv", "_\tNOUN\n_\tVERB\n"), ("jsonl", json.dumps({"words": ["_", "_"], "tags": ["X", "X"]}))):
        assert dict(read(write(tmp_path / f"swa.{form}", content))[1].counts.refused) == {"its words are withheld": 1}


def test_a_treebank_without_its_words_stops_and_is_named(tmp_path):
    corpora = small(tmp_path / "corpora")
    write(corpora / "pos/ud/UD_Arabic-NYUAD/ar_nyuad-ud-test.conllu", conllu("_", "_") * 60)
    with pytest.raises(BadInput, match=r"ar_nyuad-ud-test\.conllu: 60 of 60 rows refused: 60 its words are withheld"):
        reader.fetch(Workspace(tmp_path / "out", "made"), settings(corpora).fetch)


def test_documents_of_conll_2003_are_no_sentences(tmp_path):
    text = "-DOCSTART- -X- -X- O\n\nAsha NNP B-NP B-PER\nspoke VBD B-VP O\n\n-DOCSTART- -X- -X- O\nNairobi NNP B-NP B-LOC\n"
    kept, tally = read(write(tmp_path / "eng.testb", text), "ner")
    assert kept == [(["Asha", "spoke"], ["B-PER", "O"]), (["Nairobi"], ["B-LOC"])]
    assert dict(tally.counts.refused) == {"a document mark": 1} and tally.counts.mended == {"a document mark": 1}
    tally.stop_past(0.0)
    assert read(write(tmp_path / "x.jsonl", '{"tokens": ["-DOCSTART-"], "ner_tags": ["O"]}'), "ner")[0] == []
    assert dict(read(write(tmp_path / "eng.testa", text))[1].counts.refused) == {"a document mark": 1, "wrong column count": 2}


def test_comments_of_conllu_go_in_any_file_and_a_number_sign_stays_a_word(tmp_path):
    text = "# newdoc id = a\n# sent_id = 1\n# text = Asha\nAsha\tPROPN\n#\tSYM\n\n#\tSYM\n"
    assert read(write(tmp_path / "swa.tsv", text))[0] == [(["Asha", "#"], ["PROPN", "SYM"]), (["#"], ["SYM"])]


def test_wikianns_own_files_write_the_language_before_every_word(tmp_path):
    text = "sw:Nairobi\tB-LOC\nsw::\tO\n\nfr:Paris\tB-LOC\nfr:est\tO\n\n10:30\tO\nsw:x\tO\n"
    kept, tally = read(write(tmp_path / "test", text), "ner")
    assert kept == [(["Nairobi", ":"], ["B-LOC", "O"]), (["10:30", "sw:x"], ["O", "O"])]
    assert dict(tally.counts.refused) == {"its words carry the prefix of another language": 1}
    assert tally.counts.mended == {"prefix of the language": 1}


def test_a_tag_that_is_not_given_refuses_its_sentence_whatever_the_format(tmp_path):
    names = [
        "NOUN",
        "PUNCT",
        "ADP",
        "NUM",
        "SYM",
        "SCONJ",
        "ADJ",
        "PART",
        "DET",
        "CCONJ",
        "PROPN",
        "PRON",
        "X",
        "_",
        "ADV",
        "INTJ",
        "VERB",
        "AUX",
    ]
    features = {"upos": {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}}
    table = pa.table({"tokens": [["du", "de", "le"], ["chat"]], "upos": [[13, 2, 8], [0]]})
    pq.write_table(
        table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})}), tmp_path / "fra.parquet"
    )
    kept, tally = read(tmp_path / "fra.parquet")
    assert kept == [(["chat"], ["NOUN"])] and dict(tally.counts.refused) == {"no tag": 1}
    assert dict(read(write(tmp_path / "x.tsv", "du\t_\nchat\tNOUN\n"))[1].counts.refused) == {"no tag": 1}


@pytest.mark.parametrize("kind", ["feature", "list", "future"])
def test_names_of_labels_are_read_whatever_version_of_datasets_wrote_them(tmp_path, kind):
    """`datasets` itself refuses a file as soon as one column has a type it does not know."""
    names = {"names": ["O", "B-PER", "I-PER"], "_type": "ClassLabel"}
    spelt = {"feature": {"feature": names, "_type": "List"}, "list": [names], "future": {"feature": names, "_type": "Ragged"}}[
        kind
    ]
    features = {
        "tokens": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "Ragged"},
        "ner_tags": spelt,
        "x": {"_type": "Hologram"},
    }
    table = pa.table({"tokens": [["Asha", "leo"]], "ner_tags": [[1, 0]], "x": [1]})
    pq.write_table(
        table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})}), tmp_path / "x.parquet"
    )
    assert read(tmp_path / "x.parquet", "ner")[0] == [(["Asha", "leo"], ["B-PER", "O"])]
    pq.write_table(table.replace_schema_metadata({"huggingface": "{"}), tmp_path / "y.parquet")
    with pytest.raises(BadInput, match=r"y\.parquet line 1: tag 1 of task ner: numbers have no names there"):
        read(tmp_path / "y.parquet", "ner")


@pytest.mark.parametrize("target", ["NULL", "#REF!", "<unk>", "n/a", "[UNK]", "\\N"])
def test_a_placeholder_is_no_translation(tmp_path, target):
    tally = Tally(write(tmp_path / "swa.tsv", f"one\tmoja\ntwo\t{target}\n{target}\ttatu\nnone\tNone\n"))
    assert [pair[1] for pair in bitext_pairs.pairs(tally.path, tally, None, ("swa",), set())] == ["moja", "None"]
    assert dict(tally.counts.refused) == {"a placeholder for text": 2}


def test_a_place_that_is_no_number_refuses_its_sentence(tmp_path):
    kept, tally = read(write(tmp_path / "x.conllu", conllu("a") + conllu("b").replace("1\t", "1-x\t", 1)))
    assert len(kept) == 1 and list(tally.counts.refused) == ["no place of a word in its first column"]


def test_utf_16_without_a_mark_is_no_text(tmp_path):
    tally = Tally(write(tmp_path / "swa.tsv", b"one\tmoja\n" + "two\tmbili\n".encode("utf-16-le")))
    assert len(list(bitext_pairs.pairs(tally.path, tally, None, ("swa",), set()))) == 1
    assert tally.counts.refused["full of NUL characters (UTF-16?)"] >= 1
    _, tally = read(write(tmp_path / "x.tsv", conll(2).encode("utf-16-le")))
    assert list(tally.counts.refused) == ["full of NUL characters (UTF-16?)"]
