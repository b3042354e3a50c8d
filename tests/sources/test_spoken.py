"""What a row says of itself counts, whatever its file is called: its split, its language, the languages of its sides."""

import json

import pyarrow.parquet as pq
import pytest
from folders import conll, nli, settings, small, write

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.sources.fields import spoken
from realignment.sources.filenames.evalsets import Named
from realignment.sources.folder import reader
from realignment.sources.formats import bitext_pairs
from realignment.sources.formats import labelled_pairs as nli_rows
from realignment.sources.formats.bitext_pairs import Tally

SWAHILI = ("swa", "sw", "swh", "swh_latn", "swahili")
PAIR = ("He brought coffee.", "Alileta kahawa.")
GENERIC = {"source": PAIR[0], "target": PAIR[1]}
TURNED = {"source": PAIR[1], "target": PAIR[0]}
NAMED = {"en": PAIR[0], "sw": PAIR[1]}
ELSEWHERE = {spoken.OTHER_LANGUAGE: 1}


@pytest.fixture
def corpora(tmp_path):
    return small(tmp_path / "corpora")


def fetch(corpora, **fetch):
    target = Workspace(corpora.parent, "made")
    return target, reader.fetch(target, settings(corpora, **fetch).fetch)


def of(fetched, task, language="swa"):
    return next(one for one in fetched.files if (one["task"], one["language"]) == (task, language))


def read(tmp_path, form, row, split=""):
    rows, path = [row, {**row}], tmp_path / f"swa.{form}"
    if form == "jsonl":
        write(path, json.dumps(rows[0]) + "\n")
    else:
        write(path, "\t".join(row) + "\n" + "\t".join(map(str, row.values())) + "\n")
    tally = Tally(path, split)
    return [pair[:2] for pair in bitext_pairs.pairs(path, tally, None, SWAHILI, set())], dict(tally.counts.refused)


def rows_of_nli(path, **fields):
    """Twelve rows; the fields are lists whose values the rows take in turn."""
    rows = [dict(zip(("premise", "hypothesis", "label"), line.split("\t"), strict=True)) for line in nli(12).splitlines()]
    said = [{name: values[n % len(values)] for name, values in fields.items()} for n in range(12)]
    return write(path, "".join(json.dumps(row | more) + "\n" for row, more in zip(rows, said, strict=True)))


@pytest.mark.parametrize(
    "fields",
    [
        {"split": ["test", "train"]},
        {"set": ["TEST", "TRAIN"]},
        {"subset": ["devtest", "validation_matched"]},
        {"partition": ["testb", "dev"]},
        {"SemEval_set": ["TEST", "TRIAL"]},
        {"Data_Split": ["test_expert", "train-r1"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("task", ["nli", "pos"])
def test_rows_of_another_split_are_not_scored(corpora, task, fields):
    if task == "nli":
        (corpora / "evalsets/nli/made/swh_Latn.test.tsv").unlink()
        rows_of_nli(corpora / "evalsets/nli/made/swa.jsonl", **fields)
    else:
        (corpora / "evalsets/pos/made/test-sw.tsv").unlink()
        blocks = [[line.split("\t") for line in block.splitlines()] for block in conll(12).strip().split("\n\n")]
        rows = [{"tokens": [word for word, _ in block], "upos": [tag for _, tag in block]} for block in blocks]
        said = [{name: values[n % 2] for name, values in fields.items()} for n in range(12)]
        write(corpora / "evalsets/pos/made/swa.jsonl", "".join(json.dumps(a | b) + "\n" for a, b in zip(rows, said, strict=True)))
    target, fetched = fetch(corpora)
    assert of(fetched, task)["rows_kept"] == 6
    assert of(fetched, task)["rows_refused"] == {spoken.OTHER_SPLIT: 6}
    ids = pq.read_table(target.evalset(task, "made", "swa")).column("id").to_pylist()
    assert ids == [f"swa.jsonl:{line}" for line in (1, 3, 5, 7, 9, 11)]


def test_a_table_of_nli_may_say_the_split_of_each_row(corpora):
    rows = nli(12).splitlines()
    named = "".join(f"{'TRAIN' if n % 3 else 'TEST'}\t{row}\n" for n, row in enumerate(rows))
    write(corpora / "evalsets/nli/made/swh_Latn.test.tsv", "SemEval_set\tpremise\thypothesis\tlabel\n" + named)
    assert of(fetch(corpora)[1], "nli")["rows_refused"] == {spoken.OTHER_SPLIT: 8}


def test_a_field_split_that_says_none_is_no_row_to_score_and_other_fields_may_say_something_else(corpora):
    (corpora / "evalsets/nli/made/swh_Latn.test.tsv").unlink()
    path = corpora / "evalsets/nli/made/swa.jsonl"
    rows_of_nli(path, split=["heldout"])
    with pytest.raises(BadInput, match=r"12 of 12 rows refused: 12 its field split says no split"):
        fetch(corpora)
    rows_of_nli(path, set=["mafand"], subset=["news"], part=["the test of time"], partition=[3], split=[None])
    assert of(fetch(corpora)[1], "nli")["rows_kept"] == 12


def test_a_set_without_a_row_of_its_split_is_refused_with_the_reason(corpora):
    rows_of_nli(corpora / "evalsets/nli/made/fra.test.jsonl", split=["train"])
    with pytest.raises(BadInput, match=rf"12 read, none kept \(12 {spoken.OTHER_SPLIT}\)"):
        fetch(corpora)


@pytest.mark.parametrize("form", ["jsonl", "tsv"])
def test_pairs_of_test_are_not_trained_on_beside_those_of_train(tmp_path, form):
    assert read(tmp_path, form, {**NAMED, "split": "test"}, "train") == ([], {spoken.OTHER_SPLIT: 1})
    assert read(tmp_path, form, {**NAMED, "split": "training"}, "train") == ([PAIR], {})


def test_a_bitext_reads_its_train_rows_and_a_file_called_dev_its_dev_rows(corpora):
    rows = [{"english": f"a {n} dog", "target": f"mbwa {n} na", "split": "test" if n % 2 else "train"} for n in range(20)]
    write(corpora / "bitext/swa.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    write(corpora / "bitext/fra.dev.jsonl", "".join(json.dumps({**row, "split": "dev"}) + "\n" for row in rows))
    (corpora / "bitext/swa.tsv.gz").unlink()
    _, fetched = fetch(corpora)
    kept = {one["language"]: (one["rows_kept"], one["rows_refused"]) for one in fetched.files if one["kind"] == "bitext"}
    assert kept == {"swa": (10, {spoken.OTHER_SPLIT: 10}), "fra": (20, {})}


def scored(path):
    """Rows kept of a Swahili test file; BadInput where some are in another language."""
    tally = Tally(path)
    kept = list(nli_rows.pairs(Named(path, "swa", "test"), "nli", tally, ()))
    tally.stop_foreign("swa")
    return len(kept)


@pytest.mark.parametrize("field", ["language", "lang", "lang_code", "language_code", "locale", "ISO_639_3", "language_name"])
@pytest.mark.parametrize("value", ["afr", "af", "Afrikaans", "afr_Latn", "af-ZA", "bem", "Bemba"])
def test_rows_of_another_language_are_not_taken_for_the_files(tmp_path, field, value):
    path = rows_of_nli(tmp_path / "swa.test.jsonl", **{field: ["swh", value]})
    with pytest.raises(BadInput, match=r"read as swa, and rows of it say they are in (afr|bem) \(first: line 2\)"):
        scored(path)


@pytest.mark.parametrize("value", ["swa", "sw", "swh_Latn", "Swahili", "sw-KE", "", None, "und"])
def test_rows_of_the_files_own_language_are_kept_however_it_is_spelt(tmp_path, value):
    assert scored(rows_of_nli(tmp_path / "swa.test.jsonl", lang_code=[value])) == 12


def test_a_language_called_as_a_common_word_is_one_where_a_field_says_languages():
    assert spoken.languages_of({"lang": "id"}) == ["ind"] and spoken.languages_of({"lang": "no"}) == ["nor"]


@pytest.mark.parametrize(
    "said",
    [
        {"source_lang": "swh_Latn"},
        {"target_lang": "eng"},
        {"src_lang": "sw", "tgt_lang": "en"},
        {"from": "sw", "to": "en"},
        {"from": "Swahili"},
        {"sourceLanguage": "swa"},
        {"direction": "sw-en"},
        {"lang_pair": "swh_Latn-eng_Latn"},
        {"translation_direction": "sw->en"},
        {"lp": "sw2en"},
        {"language_pair": "Swahili to English"},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["jsonl", "tsv"])
def test_one_side_whose_language_a_row_says_turns_it(tmp_path, form, said):
    assert read(tmp_path, form, {**TURNED, **said}) == ([PAIR], {})


@pytest.mark.parametrize(
    "said",
    [
        {"source_lang": "eng_Latn"},
        {"target_lang": "sw"},
        {"direction": "en-sw"},
        {"direction": "forward"},
        {"from": "mafand", "to": "print"},
        {"pair": "12-13"},
    ],
    ids=str,
)
def test_rows_in_the_order_of_their_names_stay(tmp_path, said):
    assert read(tmp_path, "jsonl", {**GENERIC, **said}) == ([PAIR], {})


@pytest.mark.parametrize(
    "said",
    [
        {"source_lang": "fra"},
        {"target_lang": "yo"},
        {"direction": "en-yo"},
        {"from": "fr"},
        {"lang_code": "afr"},
        {"source_lang": "tongue"},
        {"to": "Ganda"},
    ],
    ids=str,
)
@pytest.mark.parametrize("row", [GENERIC, NAMED], ids=["generic", "named"])
def test_a_pair_in_another_language_by_its_own_word_is_refused(tmp_path, row, said):
    assert read(tmp_path, "jsonl", {**row, **said}) == ([], ELSEWHERE)


def test_a_side_called_by_its_language_is_not_turned_by_the_direction_it_was_translated_in(tmp_path):
    assert read(tmp_path, "jsonl", {**NAMED, "source_lang": "sw", "target_lang": "en"}) == ([PAIR], {})


@pytest.mark.parametrize("field", ["language", "lang_code"])
def test_a_file_of_all_languages_is_read_by_any_name_of_its_field(corpora, field):
    rows_of_nli(corpora / "evalsets/nli/xnli/xnli.test.jsonl", **{field: ["sw", "id", "en", None]})
    with pytest.raises(BadInput, match="3 it says no language"):
        fetch(corpora)
    rows_of_nli(corpora / "evalsets/nli/xnli/xnli.test.jsonl", **{field: ["sw", "id", "en"]})
    kept = {one["language"]: one["rows_kept"] for one in fetch(corpora)[1].files if one["set"] == "xnli"}
    assert kept == {"swa": 4, "ind": 4, "eng": 4}
