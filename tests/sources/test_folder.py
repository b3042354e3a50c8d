"""A folder of one's own: what its names mean, what the settings pick from it, and what is written."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from folders import bitext, conll, nli, settings, small, word, write
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.sources.filenames import evalsets
from realignment.sources.folder import inventory, reader
from realignment.sources.spellings import Codes


@pytest.fixture
def corpora(tmp_path):
    return small(tmp_path / "corpora")


def fetch(corpora: Path, out: Path | None = None, **how):
    target = Workspace(out or corpora.parent / "out", "made")
    return target, reader.fetch(target, settings(corpora, **how).fetch)


def entry(fetched, path):
    return next(one for one in fetched.files if one["path"] == path)


@pytest.mark.parametrize(
    ("path", "language", "split"),
    [
        ("swa.tsv", "swa", "test"),
        ("sw.conll", "swa", "test"),
        ("swh_Latn.txt", "swa", "test"),
        ("sw.dev.tsv", "swa", "dev"),
        ("train-en.tsv", "eng", "train"),
        ("test-zh.tsv.gz", "zho", "test"),
        ("swa/test.txt", "swa", "test"),
        ("test/aym.tsv", "aym", "test"),
        ("en/validation-00000-of-00001.parquet", "eng", "dev"),
        ("UD_English-EWT/en_ewt-ud-train.conllu", "eng", "train"),
        ("pl_pdb-ud-test.conllu", "pol", "test"),
        ("xyz.jsonl", "xyz", "test"),
        ("valid-qaa.bio", "qaa", "dev"),
    ],
)
def test_names_tell_language_and_split(tmp_path, path, language, split):
    (found,) = evalsets.named(tmp_path / path, tmp_path, Codes({}))
    assert (found.language, found.split) == (language, split)


@pytest.mark.parametrize(
    "path", ["corpus.tsv", "test.tsv", "swa.docx", "a/b/swa.tsv", "zz.tsv", "swa.held.tsv", "old/en_ewt-ud-test.conllu"]
)
def test_names_that_say_neither_language_nor_split_fit_nothing(tmp_path, path):
    assert evalsets.named(tmp_path / path, tmp_path, Codes({})) == []


def test_indonli_is_one_language_whose_test_is_the_experts(tmp_path):
    base = tmp_path / "indonli"
    found = [evalsets.named(base / f"{name}.jsonl", base, Codes({})) for name in ("test_expert", "val", "test_lay")]
    assert [[(one.language, one.split) for one in each] for each in found] == [[("ind", "test")], [("ind", "dev")], []]


def test_a_file_of_several_languages_is_named_once_a_language(tmp_path):
    base = tmp_path / "myxnli"
    path = write(base / "my.genre.test.tsv", "genre\tlabel\tsentence1_en\tsentence2_en\tsentence1_my\tsentence2_my\n")
    found = evalsets.named(path, base, Codes({}))
    assert [(one.language, one.split, one.columns) for one in found] == [("eng", "test", "en"), ("mya", "test", "my")]


def test_what_is_written_and_what_the_manifest_says_add_up(corpora):
    target, fetched = fetch(corpora)
    written = {path.relative_to(target.data).as_posix() for path in target.data.rglob("*.parquet")}
    assert {one["path"] for one in fetched.files} == written
    for one in fetched.files:
        assert pq.read_metadata(target.data / one["path"]).num_rows == one["rows_kept"]
        assert (
            one["rows_read"] == one["rows_kept"] + sum(one["rows_refused"].values()) == sum(raw["rows"] for raw in one["inputs"])
        )
        assert all((corpora / raw["path"]).stat().st_size == raw["bytes"] for raw in one["inputs"])


def test_only_english_trains(corpora):
    write(corpora / "evalsets/pos/made/train-sw.tsv", conll(5))
    target, _ = fetch(corpora)
    for task in ("pos", "ner", "nli"):
        splits = {
            code: set(pq.read_table(target.evalset(task, "made", code)).column("split").to_pylist()) for code in ("eng", "swa")
        }
        assert splits == {"eng": {"train", "test"}, "swa": {"test"}}


def test_a_dev_file_stands_in_for_a_missing_test_file_and_the_manifest_says_so(corpora):
    write(corpora / "evalsets/pos/made/dev-yo.tsv", conll(4))
    write(corpora / "evalsets/pos/made/dev-sw.tsv", conll(4))
    _, fetched = fetch(corpora)
    assert [(one["split"], one["used_as"]) for one in entry(fetched, "evalsets/pos/made/yor.parquet")["inputs"]] == [
        ("dev", "test")
    ]
    assert [(one["split"], one["used_as"]) for one in entry(fetched, "evalsets/pos/made/swa.parquet")["inputs"]] == [
        ("test", "test")
    ]


def test_treebanks_of_a_language_are_joined_in_order(corpora):
    for name in ("UD_Polish-B/pl_b", "UD_Polish-A/pl_a"):
        rows = "".join(f"{n + 1}\t{name[-1]}{n}\t_\tNOUN\t_\t_\t_\t_\t_\t_\n\n" for n in range(2))
        write(corpora / f"pos/ud/{name}-ud-test.conllu", rows)
    target, _ = fetch(corpora)
    table = pq.read_table(target.evalset("pos", "ud", "pol"))
    assert table.column("words").to_pylist() == [["a0"], ["a1"], ["b0"], ["b1"]]
    assert table.column("id").to_pylist()[0] == "UD_Polish-A/pl_a-ud-test.conllu:1"


def test_several_training_sets_must_be_chosen_from(corpora):
    write(corpora / "pos/other/train-en.tsv", conll(3))
    with pytest.raises(BadInput, match=r"task pos .* several have them: made, other; name it in fetch.train"):
        fetch(corpora)
    _, fetched = fetch(corpora, train={"pos": "other"})
    assert [one["used_as"] for one in entry(fetched, "evalsets/pos/other/eng.parquet")["inputs"]] == ["train"]
    assert [one["used_as"] for one in entry(fetched, "evalsets/pos/made/eng.parquet")["inputs"]] == ["test"]


def test_a_set_named_for_training_may_train_on_its_dev_file(corpora):
    path = corpora / "evalsets/nli/made/en.train.tsv"
    path.rename(path.with_name("en.dev.tsv"))
    with pytest.raises(BadInput, match=r"task nli .* none has them"):
        fetch(corpora)
    _, fetched = fetch(corpora, train={"nli": "made"})
    inputs = entry(fetched, "evalsets/nli/made/eng.parquet")["inputs"]
    assert [(one["split"], one["used_as"]) for one in inputs] == [("test", "test"), ("dev", "train")]


def test_limits_are_kept_and_counted(corpora):
    write(corpora / "bitext/swa.tsv.gz", bitext(60) + bitext(60))
    target, fetched = fetch(corpora, max_pairs=20, max_test=4, max_train=5)
    assert entry(fetched, "bitext/swa.parquet")["rows_kept"] == 20
    english = entry(fetched, "evalsets/pos/made/eng.parquet")
    assert (english["rows_read"], english["rows_kept"], english["rows_refused"]) == (18, 9, {"beyond the limit": 9})
    first = pq.read_table(target.bitext("swa")).column("origin").to_pylist()
    assert first == [f"made:{n}" for n in range(20)], "the head of the file"


def test_what_is_mended_is_counted_among_the_kept(corpora):
    write(corpora / "evalsets/ner/made/swa/test.txt", conll(9, "B-DATE", "O", by=" "))
    _, fetched = fetch(corpora, max_test=4)
    assert entry(fetched, "evalsets/ner/made/swa.parquet")["rows_mended"] == {"DATE to O": 4}


def test_a_sample_takes_the_same_places_of_every_language_and_not_the_head():
    one, other = ([{"place": n, "words": [f"{code}{n}"]} for n in range(500)] for code in "ab")
    taken, beyond = reader.drawn(one, 50)
    assert beyond == 450
    assert (
        [row["place"] for row in taken]
        == [row["place"] for row in reader.drawn(other, 50)[0]]
        == sorted(row["place"] for row in taken)
    )
    assert max(row["place"] for row in taken) > 400


@pytest.mark.parametrize("missing", [0, 30, 59])
def test_a_refused_row_moves_no_other_of_a_sample(corpora, missing):
    rows = nli(60).splitlines()
    write(corpora / "evalsets/nli/made/swh_Latn.test.tsv", "\n".join(rows) + "\n")
    rows[missing] = "\t" + rows[missing].split("\t", 1)[1]
    write(corpora / "evalsets/nli/made/fra.test.tsv", "premise\thypothesis\tlabel\n" + "\n".join(rows) + "\n")
    target, _ = fetch(corpora, max_test=20, refused=0.5)
    one, other = (
        set(pq.read_table(target.evalset("nli", "made", code)).column("premise").to_pylist()) for code in ("swa", "fra")
    )
    assert len(one) == len(other) == 20 and len(one - other) <= 1


def test_files_no_pattern_fits_are_named_and_licences_are_not(corpora, capsys):
    write(corpora / "evalsets/pos/made/notes.conll", "x")
    write(corpora / "evalsets/pos/made/LICENSE_of_it.txt", "x")
    write(corpora / "evalsets/pos/made/README.md", "x")
    write(corpora / "bitext/swa.csv", "x")
    fetch(corpora)
    shown = capsys.readouterr().err
    assert "1 file is not read (its name says no language): evalsets/pos/made/notes.conll\n" in shown
    assert "1 file is not read (the format .csv is not read): bitext/swa.csv\n" in shown
    assert "LICENSE" not in shown and "README" not in shown


def test_sets_with_other_labels_do_not_disturb_a_run_that_leaves_them_out(corpora):
    write(corpora / "ner/other/test-en.conll", "x B-product\n")
    with pytest.raises(BadInput, match=r"test-en\.conll line 1: unknown tag `B-product` .* fetch\.evalsets"):
        fetch(corpora)
    fetch(corpora, evalsets=["made"])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"languages": ["swe"]}, "`swe` has no bitext and no evaluation data .* nearest: swa"),
        ({"evalsets": ["maid"]}, "`maid` is no evaluation set .* nearest: made"),
        ({"train": {"pos": "maid"}}, "fetch.train: `maid` .* nearest: made"),
    ],
)
def test_unknown_filters_name_the_nearest(corpora, how, message):
    with pytest.raises(BadInput, match=message):
        fetch(corpora, **how)


def test_filters_keep_what_they_name_and_english(corpora):
    write(corpora / "bitext/deu.tsv", bitext(5))
    _, fetched = fetch(corpora, languages=["sw"], tasks=["pos"])
    assert [one["path"] for one in fetched.files] == [
        "bitext/swa.parquet",
        "evalsets/pos/made/eng.parquet",
        "evalsets/pos/made/swa.parquet",
    ]
    assert [one.code for one in fetched.languages] == ["eng", "swa"]


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("bitext/yor.tsv", "", "a bitext needs at least one pair"),
        ("bitext/yor.tsv", "a\tb\nc\nd\n", "2 of 3 rows refused: 2 wrong column count"),
        ("pos/x/yor.tsv", "\n\n", "an evaluation set needs at least one example"),
        ("bitext/yor.tsv", b"\xe9\tb\n", "UTF-8 is required"),
    ],
)
def test_bad_files_stop_by_name(corpora, path, content, message):
    write(corpora / path, content)
    with pytest.raises(BadInput, match=f"{Path(path).name}.*{message}"):
        fetch(corpora)


def test_a_missing_folder_and_a_missing_task_are_named(corpora, tmp_path):
    with pytest.raises(BadInput, match="nowhere: the data folder is required"):
        fetch(tmp_path / "nowhere")
    for path in sorted((corpora / "evalsets/ner").rglob("*.txt")):
        path.unlink()
    with pytest.raises(BadInput, match="task ner needs an evaluation set"):
        fetch(corpora)


def test_one_set_in_two_places_is_refused(corpora):
    write(corpora / "pos/made/test-sw.tsv", conll(3))
    with pytest.raises(BadInput, match="evaluation set pos/made stands twice"):
        fetch(corpora)


def test_known_languages_come_from_the_table_and_others_from_the_text_or_the_folder(corpora):
    write(corpora / "bitext/kpv.tsv", "".join(f"the {word(n)}\tюм {n}\n" for n in range(9)))
    _, fetched = fetch(corpora)
    found = {one.code: one for one in fetched.languages}
    assert found["swa"] == languages.paper()["swa"] and found["eng"].is_pivot
    assert (found["kpv"].script, found["kpv"].joshi, found["kpv"].pool) == ("Cyrillic", -1, True)
    own = languages.Language("kpv", "Komi", "Cyrillic", "Uralic", "Uralic", 1, ("mbert",), True, "")
    languages.write([own], corpora / "languages.csv")
    _, fetched = fetch(corpora)
    assert {one.code: one for one in fetched.languages}["kpv"] == own


def test_licences_come_from_the_table_or_a_file_beside_the_data(corpora):
    write(corpora / "LICENCES.tsv", "set\tlicence\nmade\tCC0\npos/made\tCC BY 4.0\n")
    write(corpora / "pos/other/test-sw.tsv", conll(3))
    write(corpora / "pos/other/LICENSE.txt", "...")
    write(corpora / "bitext/yor.tsv", "a\tb\n")
    _, fetched = fetch(corpora)
    said = {one["path"]: one["licence"] for one in fetched.files}
    assert said["bitext/swa.parquet"] == "CC0", "by the source its ids name"
    assert said["bitext/yor.parquet"] == "unknown"
    assert said["evalsets/pos/made/swa.parquet"] == "CC BY 4.0"
    assert said["evalsets/ner/made/swa.parquet"] == "CC0"
    assert said["evalsets/pos/other/swa.parquet"] == "see pos/other/LICENSE.txt"


@pytest.mark.parametrize(("line", "said"), [
    ("bitext/xyz\tCC0", "line 2: unknown language code `xyz`"),
    ("poss/made\tCC0", "line 2: `poss/made` begins with no task and is no bitext; nearest: pos"),
    ("bitext/swa\tCC0\nbitext/sw\tMIT", "line 3: bitext/swa is there twice"),
])  # fmt: skip
def test_a_licence_of_what_cannot_be_is_refused_by_its_line(corpora, line, said):
    write(corpora / "LICENCES.tsv", f"set\tlicence\n{line}\n")
    with pytest.raises(BadInput, match=said):
        fetch(corpora)


def test_a_licence_names_a_language_in_any_spelling_and_names_that_fit_nothing_are_said(corpora, capsys):
    write(corpora / "LICENCES.tsv", "bitext/sw\tMIT\nmaed\tCC0\n")
    _, fetched = fetch(corpora)
    assert {one["path"]: one["licence"] for one in fetched.files}["bitext/swa.parquet"] == "MIT"
    assert "LICENCES.tsv: nothing that was read is named maed\n" in capsys.readouterr().err


def test_three_letters_that_are_no_code_of_the_standard_are_refused_by_their_file(corpora):
    write(corpora / "bitext/xyz.tsv", bitext(5))
    with pytest.raises(BadInput, match=r"xyz.tsv: unknown language code `xyz`.*rename the file, by a code of qaa-qtz"):
        fetch(corpora)


def test_a_table_of_the_folder_may_spell_codes_and_marks_as_a_spreadsheet_does(corpora):
    write(corpora / "bitext/kpv.tsv", "".join(f"the {word(n)}\tюм {n}\n" for n in range(9)))
    header = "code;name;script;family;top_family;joshi;seen;pool;vector;shadow_of"
    write(corpora / "languages.csv", f"\ufeff{header}\r\nKPV;Komi;cyrillic;Uralic;Uralic;;mBERT, XLM-R;TRUE;;\r\n")
    _, fetched = fetch(corpora)
    komi = {one.code: one for one in fetched.languages}["kpv"]
    assert (komi.script, komi.joshi, komi.seen, komi.pool, komi.level) == ("Cyrillic", -1, ("mbert", "xlmr"), True, "unknown")


def test_a_table_of_the_folder_that_contradicts_the_paper_is_said(corpora, capsys):
    swahili = replace(languages.paper()["swa"], joshi=5, pool=False)
    languages.write([swahili], corpora / "languages.csv")
    assert {one.code: one for one in fetch(corpora)[1].languages}["swa"] == swahili
    said = "languages.csv of the folder, not the package's table, says of swa: joshi 5 (not 2), pool no (not yes)\n"
    assert said in capsys.readouterr().err
    languages.write([languages.paper()["swa"]], corpora / "languages.csv")
    fetch(corpora)
    assert "not the package's table" not in capsys.readouterr().err


def test_a_vector_of_a_language_that_does_not_exist_is_refused_by_its_line(corpora):
    languages.write([replace(languages.paper()["swa"], vector="swhh")], corpora / "languages.csv")
    with pytest.raises(
        BadInput, match=r"languages.csv line 2: column vector: a code of ISO 639-3 is required.*got `swhh`; nearest: swh"
    ):
        fetch(corpora)


def test_a_language_beyond_the_tables_has_the_name_of_the_standard(corpora):
    write(corpora / "bitext/gl.tsv", bitext(5))
    _, fetched = fetch(corpora)
    assert {one.code: one.name for one in fetched.languages}["glg"] == "Galician"


def test_the_same_folder_gives_the_same_bytes_whatever_the_order_of_its_files(corpora, tmp_path):
    moved = tmp_path / "moved"
    paths = [path for path in corpora.rglob("*") if path.is_file()]
    for path in random.Random(1).sample(paths, len(paths)):
        write(moved / path.relative_to(corpora), "").write_bytes(path.read_bytes())
    first, second = fetch(corpora, tmp_path / "a")[1], fetch(moved, tmp_path / "b")[1]
    assert json.dumps(first.files) == json.dumps(second.files)
    assert [one["sha256"] for one in first.files] == [one["sha256"] for one in second.files]


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.sampled_from(["good", "repeated", "empty", "narrow"]), min_size=1, max_size=30))
def test_rows_of_a_bitext_add_up_whatever_is_in_it(tmp_path, rows):
    spelt = {"repeated": "same\tsame", "empty": "\tx", "narrow": "x"}
    lines = ["fixed\tpair", *(spelt.get(kind, f"{word(n)}\tna {word(n)}") for n, kind in enumerate(rows))]
    base = small(tmp_path / "c")
    write(base / "bitext/yor.tsv", "\n".join(lines) + "\n")
    done, _ = reader.read_bitext(
        reader.Reading(
            Workspace(tmp_path / "o", "made"),
            settings(base, refused=1.0).fetch,
            inventory.discover(base),
            {},
            reader.Licences(base),
        ),
        "yor",
    )
    assert done["rows_read"] == len(lines) == done["rows_kept"] + sum(done["rows_refused"].values())
    assert done["rows_refused"].get("duplicate pair", 0) == max(0, rows.count("repeated") - 1)


def test_nli_rows_keep_their_labels_by_name(corpora):
    target, _ = fetch(corpora)
    labels = pq.read_table(target.evalset("nli", "made", "swa")).column("label").to_pylist()
    assert labels == [line.split("\t")[2] for line in nli(12).splitlines()]


def test_a_folder_called_as_a_language_holds_sets_in_it(corpora, tmp_path):
    for name in ("sick/SICK_train.txt", "sick/SICK_test_annotated.txt", "deep/original/test.tsv", "sick/readme.txt"):
        write(corpora / "evalsets/nli/english" / name, nli(12))
    found = inventory.discover(corpora)
    sets = {
        one.name: [(file.path.name, file.language, file.split) for file in one.files]
        for one in found.evalsets
        if one.task == "nli"
    }
    assert sets["sick"] == [("SICK_test_annotated.txt", "eng", "test"), ("SICK_train.txt", "eng", "train")]
    assert sets["deep-original"] == [("test.tsv", "eng", "test")]


def test_a_set_with_other_entity_types_is_left_out_by_name(corpora, capsys):
    write(corpora / "evalsets/ner/wnut17/en.conll", "Ann\tB-person\n")
    fetch(corpora)
    assert "ner/wnut17 is left out: its entity types are person" in capsys.readouterr().err
    with pytest.raises(BadInput, match="`wnut17` is no set of task ner"):
        fetch(corpora, evalsets=["made", "wnut17"])
