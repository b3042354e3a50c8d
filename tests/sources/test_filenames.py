"""What the names of corpora say: the patterns of the field's own raw files, and why a file is not read."""

import json
import re

import pyarrow.parquet as pq
import pytest
from folders import bitext, conll, nli, settings, small, write

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.sources.filenames import bitexts, evalsets
from realignment.sources.folder import inventory, reader
from realignment.sources.folder.inventory import discover
from realignment.sources.spellings import Codes
from realignment.stages import fetch as stage


@pytest.fixture
def corpora(tmp_path):
    return small(tmp_path / "corpora")


def fetch(corpora, **how):
    target = Workspace(corpora.parent / "out", "made")
    return target, reader.fetch(target, settings(corpora, **how).fetch)


@pytest.mark.parametrize(
    ("path", "language", "split"),
    [
        ("swa_test.tsv", "swa", "test"),
        ("swa_dev.tsv", "swa", "dev"),
        ("swa-train.tsv", "swa", "train"),
        ("test_sw.conll", "swa", "test"),
        ("Test-SW.tsv", "swa", "test"),
        ("dev.swa.tsv", "swa", "dev"),
        ("swh_Latn.devtest.conll", "swa", "test"),
        ("swh_Latn_dev.tsv", "swa", "dev"),
        ("zh-CN_test.tsv", "zho", "test"),
        ("eng.testa", "eng", "dev"),
        ("eng.testb", "eng", "test"),
        ("sw/dev", "swa", "dev"),
        ("swa/swa_test.txt", "swa", "test"),
        ("test/test-sw.tsv", "swa", "test"),
        ("swa/swa.conll", "swa", "test"),
        ("data/swa/test.txt", "swa", "test"),
        ("sw/validation/0000.parquet", "swa", "dev"),
        ("xnli.test.sw.tsv", "swa", "test"),
        ("multinli.train.en.tsv", "eng", "train"),
        ("UD_Czech-PDT/cs_pdt-ud-train-l.conllu", "ces", "train"),
        ("de_hdt-ud-train-a-1.conllu", "deu", "train"),
    ],
)
def test_sets_are_named_as_their_makers_name_them(tmp_path, path, language, split):
    (found,) = evalsets.named(tmp_path / "xnli" / path, tmp_path / "xnli", Codes({}))
    assert (found.language, found.split) == (language, split)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("swa_heldout.tsv", "`heldout` is no split"),
        ("swa-test2.tsv", "`test2` is no split"),
        ("train.1.tsv", "`1` is no code of a language"),
        ("swa.eval.tsv", "`eval` is no split"),
        ("test_lay.conll", "`lay` is no code of a language"),
        ("old.tsv", "its name says no language"),
        ("dev.tsv", "its name says no language"),
        ("en-sw.tsv", "its name says two languages"),
        ("eng-swa.test.tsv", "its name says two languages"),
        ("zho_Hant.test.tsv", "its language is read in another script (zho_Hans)"),
        ("swa/test-yo.tsv", "two different things"),
        ("dev/swa.test.tsv", "two different things"),
        ("all_languages/test.tsv", "says `all_languages`"),
        ("swa/heldout.tsv", "says `heldout`"),
        ("a/b/c/swa.tsv", "too deep"),
        ("sw.tar.gz", "packed"),
        ("swa.docx", "the format .docx is not read"),
        ("swa", "its name says no format"),
    ],
)
def test_a_file_that_is_not_read_has_its_reason(tmp_path, path, why):
    found = evalsets.read(tmp_path / "set" / path, tmp_path / "set", Codes({}))
    assert isinstance(found, str) and why in found


def test_dev_beside_test_is_not_scored(corpora):
    for split, start in (("dev", 7000), ("test", 8000)):
        write(corpora / f"evalsets/pos/raw/yor_{split}.tsv", conll(4, start=start))
    _, fetched = fetch(corpora)
    (one,) = [one for one in fetched.files if one["path"] == "evalsets/pos/raw/yor.parquet"]
    assert one["rows_kept"] == 4 and [raw["path"] for raw in one["inputs"]] == ["evalsets/pos/raw/yor_test.tsv"]
    assert {"path": "evalsets/pos/raw/yor_dev.tsv", "reason": inventory.SPARE} in fetched.unread


@pytest.mark.parametrize("other", ["swa-test.tsv", "sw.tsv", "swh_Latn.conll", "swa.tsv.gz", "swa/test.txt"])
def test_one_split_of_a_language_in_two_files_is_refused_by_name(corpora, other):
    write(corpora / "pos/raw/swa.tsv", conll(4))
    write(corpora / "pos/raw" / other, conll(4, start=50))
    with pytest.raises(BadInput, match=r"raw: 2 files hold the test rows of swa: .*swa\.tsv.*; keep one of them"):
        fetch(corpora)


def test_pieces_of_a_file_are_joined_and_a_missing_one_is_named(corpora):
    for piece in (0, 1):
        path = write(
            corpora / f"pos/raw/yor/test-{piece:05d}-of-00002.jsonl", json.dumps({"words": [f"neno{piece}"], "tags": ["X"]})
        )
    target, _ = fetch(corpora)
    assert pq.read_table(target.evalset("pos", "raw", "yor")).column("words").to_pylist() == [["neno0"], ["neno1"]]
    path.unlink()
    with pytest.raises(BadInput, match="test comes in 2 pieces; 1 are missing, the first 00001"):
        fetch(corpora)


def test_xnlis_own_file_of_all_languages_is_read_a_language_at_a_time(corpora):
    rows = "".join(f"{code}\tneutral\tp {code} {n}\th {n}\n" for n in range(3) for code in ("sw", "en", "fr"))
    write(corpora / "nli/xnli/xnli.test.tsv", "language\tgold_label\tsentence1\tsentence2\n" + rows)
    target, fetched = fetch(corpora)
    assert pq.read_table(target.evalset("nli", "xnli", "fra")).column("premise").to_pylist() == [f"p fr {n}" for n in range(3)]
    assert {one["language"] for one in fetched.files if one["set"] == "xnli"} == {"swa", "eng", "fra"}


PATTERNS = [  # bitext file -> whether English comes first in it
    ("swa.tsv", True),
    ("sw.train.tsv", True),
    ("train_sw.tsv", True),
    ("en-sw.tsv", True),
    ("eng-swa.tsv", True),
    ("sw-en.tsv", False),
    ("eng_Latn-swh_Latn.gz", True),
    ("swh_Latn-eng_Latn.tsv", False),
    ("en-sw.train.tsv", True),
    ("opus/CCMatrix.en-sw.tsv", True),
    ("en_sw/train.tsv", True),
    ("sw-en/train.tsv", False),
    ("nllb/swa/train.tsv", True),
]


@pytest.mark.parametrize(("path", "first"), PATTERNS)
def test_a_bitext_is_named_by_its_language_or_by_both_in_the_order_of_its_columns(corpora, path, first):
    (corpora / "bitext/swa.tsv.gz").unlink()
    rows = [("a coffee", "kahawa"), ("a dog", "mbwa")]
    write(corpora / "bitext" / path, "".join("\t".join(row if first else row[::-1]) + "\n" for row in rows))
    target, _ = fetch(corpora)
    assert (
        list(zip(*(pq.read_table(target.bitext("swa")).column(side).to_pylist() for side in ("source", "target")), strict=True))
        == rows
    )


PLAIN = [  # English file, the other
    ("opus.en-sw-train.en", "opus.en-sw-train.sw"),
    ("en-sw.txt/OPUS.en-sw.en", "en-sw.txt/OPUS.en-sw.sw"),
    ("flores/dev/eng_Latn.dev", "flores/dev/swh_Latn.dev"),
    ("newstest2019-src.eng.txt", "newstest2019-ref.swa.txt"),
    ("tico19-test.en", "tico19-test.sw"),
    ("train.eng.txt", "train.swa.txt"),
    ("eng.txt.gz", "swa.txt.gz"),
]


@pytest.mark.parametrize(("english", "other"), PLAIN)
def test_two_plain_files_are_a_bitext_line_by_line(corpora, english, other):
    (corpora / "bitext/swa.tsv.gz").unlink()
    write(corpora / "bitext" / english, "a coffee\na dog\n")
    write(corpora / "bitext" / other, "kahawa\nmbwa\n")
    target, fetched = fetch(corpora)
    table = pq.read_table(target.bitext("swa"))
    assert (table.column("source").to_pylist(), table.column("target").to_pylist()) == (["a coffee", "a dog"], ["kahawa", "mbwa"])
    (one,) = [one for one in fetched.files if one["kind"] == "bitext"]
    assert [raw["path"] for raw in one["inputs"]] == [f"bitext/{other}", f"bitext/{english}"] and not fetched.unread
    write(corpora / "bitext" / other, "kahawa\nmbwa\nziada\n")
    with pytest.raises(BadInput, match=r"3 lines, .* beside it has 2; their lines are the pairs"):
        fetch(corpora)


def test_a_parallel_corpus_of_many_languages_is_a_bitext_each(tmp_path):
    paths = [write(tmp_path / f"bitext/{code}.devtest", "x\n") for code in ("eng_Latn", "swh_Latn", "yor_Latn", "zho_Hant")]
    found, unread = bitexts.discover(sorted(paths), Codes({}))
    assert {code: [(one.path.name, one.english.name) for one in files] for code, files in found.items()} == {
        "swa": [("swh_Latn.devtest", "eng_Latn.devtest")],
        "yor": [("yor_Latn.devtest", "eng_Latn.devtest")],
    }
    assert [path.name for path in unread] == ["zho_Hant.devtest"]


def test_dev_and_test_of_a_bitext_are_not_trained_on_where_it_has_a_train_file(tmp_path):
    names = ["af-en/train-00000-of-00001.parquet", "af-en/validation-00000-of-00001.parquet", "af-en/test-00000-of-00001.parquet"]
    names += ["swa.tsv", "swa-test.tsv", "yor.dev", "eng.dev", "xho.train", "eng.train", "xho.test", "eng.test"]
    paths = [write(tmp_path / "bitext" / name, "x\n") for name in names]
    found, unread = bitexts.discover(sorted(paths), Codes({}))
    assert {code: [one.path.name for one in files] for code, files in found.items()} == {
        "afr": ["train-00000-of-00001.parquet"], "swa": ["swa.tsv"], "yor": ["yor.dev"], "xho": ["xho.train"],
    }  # fmt: skip
    assert sorted(path.name for path, why in unread.items() if why == bitexts.HELD_OUT) == [
        "eng.test", "swa-test.tsv", "test-00000-of-00001.parquet", "validation-00000-of-00001.parquet", "xho.test",
    ]  # fmt: skip


UNREAD = [
    ("bitext/en-sw.tmx", "the format .tmx is not read"),
    ("bitext/swa.csv", "the format .csv is not read"),
    ("bitext/en-sw.zip", "packed"),
    ("bitext/swa.tar.gz", "packed"),
    ("bitext/train.sw", "no file beside it holds the other side"),
    ("bitext/eng.tsv", "called by the language beside English"),
    ("bitext/swa_final.tsv", "`final` is no split"),
    ("bitext/fr-sw.tsv", "says two languages, neither of them English"),
    ("bitexts/swa.tsv", "bitext/, evalsets/ and the folders of tasks are read"),
    ("evalsets/pos/yor.tsv", "it lies in no set; pos/<set>/<file>"),
    ("evalsets/qa/set/yor.tsv", "tasks are pos, ner, nli"),
    ("evalsets/pos/made/dev-sw.tsv", inventory.SPARE),
    ("evalsets/pos/made/yor_old.tsv", "`old` is no split"),
    ("ner", "a folder ner/ is required"),
]


@pytest.mark.parametrize(("path", "why"), UNREAD)
def test_every_file_that_is_not_read_is_named_with_its_reason_on_screen_and_in_the_manifest(corpora, capsys, path, why):
    write(corpora / path, bitext(3) if "bitext" in path else conll(3))
    workspace = Workspace(corpora.parent, "made")
    stage.run(workspace, settings(corpora))
    (one,) = json.loads(workspace.manifest.read_text())["unread"]
    assert path.startswith(one["path"]) and why in one["reason"]
    assert f"1 file is not read ({one['reason']}): {one['path']}" in capsys.readouterr().err


def test_languages_that_the_settings_leave_out_are_named_too(corpora):
    write(corpora / "bitext/yor.tsv", bitext(3))
    _, fetched = fetch(corpora, languages=["sw"])
    assert fetched.unread == [{"path": "bitext/yor.tsv", "reason": "fetch.languages leaves its language out"}]


def test_links_to_folders_are_followed_once(corpora, tmp_path):
    write(tmp_path / "elsewhere/yor.tsv", bitext(3))
    (corpora / "bitext/more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(corpora / "bitext")
    assert sorted(discover(corpora).bitexts) == ["swa", "yor"]


def test_words_that_name_files_are_no_languages_and_the_folders_own_table_says_otherwise():
    codes = Codes({})
    assert [codes(word) for word in ("swa_dev", "dev", "src", "tmx", "new", "sw_dev", "eng-swa", "xyz", "xyz_Latn", "sw_TZ")] == [
        *[None] * 7, "xyz", "xyz", "swa",
    ]  # fmt: skip
    assert Codes({"new": object()})("new") == "new"


def test_every_code_of_the_papers_corpora_is_read_as_one():
    named = {alias: code for code, row in languages.codes().items() for name in languages.ALIASES for alias in row[name].split()}
    spelt = {alias: code for alias, code in named.items() if re.fullmatch("[A-Za-z]{2,3}(_[A-Z][a-z]{3})?", alias)}
    assert {alias: Codes({})(alias) for alias in spelt} == spelt
    assert Codes({})("tar") == "tar", "of AmericasNLI"


def test_a_set_in_one_language_has_one_file_a_split(corpora):
    for name in ("a_test.tsv", "b_test.tsv"):
        write(corpora / "evalsets/nli/english/sick" / name, nli(6))
    with pytest.raises(BadInput, match=r"2 files hold the test rows of eng: a_test\.tsv, b_test\.tsv"):
        fetch(corpora)
