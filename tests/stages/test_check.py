"""Stage `check`: what is wrong stops the pipeline and is named; what is dispensable is left out and counted."""

import json
import shutil
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tokenizers_made as made
from folders import CHECKOUT, conll, settings, small, word, write
from folders import bitext as made_pairs
from made_text import bitext as spoken
from made_text import pos

from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.corpora import bitext
from realignment.engine.bases import vocabulary
from realignment.languages import uriel
from realignment.stages import check, fetch

SMALL = {"min_pairs": 10, "min_sentences": 5, "min_entities": 5}


@pytest.fixture
def workspace(tmp_path):
    """A folder of corpora, and language vectors of two cells."""
    small(tmp_path / "corpora")
    uriel.write(tmp_path / "data/uriel/small.tsv.gz", [("eng", "stan1293", ["1", "i0"])], ["S_A", "S_B"])
    return Workspace(tmp_path, "made")


def run(workspace, refetch=True, **thresholds):
    how = settings("corpora", {**SMALL, **thresholds})
    if refetch:
        fetch.run(workspace, how)
    return check.run(workspace, how)


def add(workspace, lines, language="yor"):
    fill = [f"pair number {n} of many\tnambari {n} ya wengi" for n in range(20)]
    write(workspace.root / f"corpora/bitext/{language}.tsv", "\n".join([*fill, *lines]) + "\n")


def excluded(workspace):
    return [(row["language"], row["row"], row["reason"]) for row in pq.read_table(workspace.excluded).to_pylist()]


def quality(workspace, name):
    return json.loads((workspace.quality / f"{name}.json").read_text())


@pytest.mark.parametrize(("entities", "least"), [(0, 1), (4, 5)])
@pytest.mark.slow
def test_a_set_with_too_few_entities_stops_and_is_named(workspace, entities, least):
    text = conll(entities, "B-LOC", "O", start=6000, by=" ") + "\n" + conll(9 - entities, "O", "O", start=6000 + entities, by=" ")
    write(workspace.root / "corpora/evalsets/ner/made/swa/test.txt", text)
    named = rf"entities ExpectColumnValuesToBeBetween \(min_value {least}\): 1 of 6 unexpected: path evalsets/ner/made/swa.parquet, entities {entities}"
    with pytest.raises(FailedWork, match=named):
        run(workspace, min_entities=least)
    assert all(one["success"] for one in run(workspace, refetch=False, min_entities=0))


def test_good_data_pass_every_expectation(workspace):
    """With the vectors that ship."""
    shutil.rmtree(workspace.vectors)
    shutil.copytree(CHECKOUT / "data/uriel", workspace.vectors)
    outcomes = run(workspace)
    assert all(one["success"] for one in outcomes)
    assert {one["suite"] for one in outcomes} == {
        "tagged sentences",
        "sentence pairs",
        "evaluation files",
        "bitext rows",
        "bitext files",
        "bitext sides",
        "languages of bitexts",
        "languages of evaluation sets",
        "vector cells",
        "vector languages of uriel_plus_66.tsv.gz",
    }
    assert excluded(workspace) == []


def test_an_evaluation_sentence_is_left_out_of_the_bitexts_of_its_language(workspace):
    write(workspace.root / "corpora/evalsets/pos/made/test-yo.tsv", "Ajá\tNOUN\nsáré\tVERB\n.\tPUNCT\n\n" * 5)
    add(workspace, ["the dog runs\tajá SÁRÉ", "Bbbbx, runs!\tkitu kingine"])
    add(workspace, ["the dog runs\tajá sáré"], "hau")
    write(workspace.root / "corpora/evalsets/pos/made/test-en.tsv", "bbbbx\tNOUN\nruns\tVERB\n\n" * 5)
    run(workspace)
    assert excluded(workspace) == [("yor", row, "equal to an evaluation sentence") for row in (20, 21)]
    assert quality(workspace, "contamination")["languages"]["yor"] == {
        "pairs": 22,
        "contaminated": 2,
        "reasons": {"equal to an evaluation sentence": 2},
        "source_side": {"pos/made": 1},
        "target_side": {"pos/made": 1},
        "first_rows": [20, 21],
    }
    left_out = bitext.excluded_rows(workspace.excluded, "yor")
    texts = [pair[0] for pair in bitext.read_train(workspace.bitext("yor"), left_out)]
    assert "the dog runs" not in texts and "Bbbbx, runs!" not in texts


def test_evaluation_text_of_another_language_is_left_out_of_a_bitext_too(workspace):
    """As issued: test sentences of one language among the targets of another. A name or two that both have is no such text."""
    shown = "neno hili ni refu sana"
    write(
        workspace.root / "corpora/evalsets/pos/made/test-yo.tsv",
        "\n".join(f"{one}\tNOUN" for one in shown.split()) + "\n\nAsha\tPROPN\n\n" * 5,
    )
    add(workspace, [f"the dog runs\t{shown.upper()}!", "the name of it\tAsha"], "hau")
    run(workspace)
    assert excluded(workspace) == [("hau", 20, "equal to an evaluation sentence")]
    assert quality(workspace, "contamination")["languages"]["hau"]["target_side"] == {"pos/made": 1}


def test_contamination_may_be_reported_only(workspace):
    write(workspace.root / "corpora/evalsets/pos/made/test-yo.tsv", "Ajá\tNOUN\n\n" * 5)
    add(workspace, ["the dog\tajá"])
    run(workspace, contamination="report")
    assert excluded(workspace) == []
    assert quality(workspace, "contamination")["languages"]["yor"]["contaminated"] == 1


def test_a_text_that_is_mostly_evaluated_stops_the_pipeline(workspace):
    words = [f"neno{n}" for n in range(20)]
    write(workspace.root / "corpora/evalsets/pos/made/test-yo.tsv", "".join(f"{one}\tNOUN\n\n" for one in words))
    add(workspace, [f"word {one}\t{one}" for one in words])
    with pytest.raises(
        FailedWork,
        match=r"suite bitext files: contaminated_share .* path bitext/yor\.parquet, contaminated_share 0\.5, rows 20, 21, 22",
    ):
        run(workspace)
    assert not workspace.excluded.exists()


def test_dispensable_rows_are_left_out_by_reason(workspace):
    add(workspace, [f"{'very ' * 600}long\tndefu {'sana ' * 600}", f"no\t{'hapana ' * 9}"])
    run(workspace)
    assert excluded(workspace) == [("yor", 20, "too long"), ("yor", 21, "length ratio")]
    (file,) = [one for one in quality(workspace, "bitext")["files"] if one["path"] == "bitext/yor.parquet"]
    assert file["excluded"] == {"length ratio": 1, "too long": 1} and file["pairs"] == 20


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            [f"copy {n}\tcopy {n}" for n in range(10)],
            r"identical_share .* bitext/yor\.parquet, identical_share 0\.3333, rows 20, 21",
        ),
        ([f"word {n}\t{'слово ' * 9}{n}" for n in range(60)], r"script_share .* bitext/yor\.parquet, script_share 0\."),
    ],
)
def test_shares_out_of_bounds_name_suite_file_and_rows(workspace, lines, message):
    add(workspace, lines)
    with pytest.raises(FailedWork, match=f"suite bitext files: {message}"):
        run(workspace)


def test_a_short_bitext_and_a_short_evaluation_set_stop_the_pipeline(workspace):
    with pytest.raises(FailedWork) as fault:
        run(workspace, min_pairs=61, min_sentences=10)
    assert "bitext/swa.parquet, pairs 60" in str(fault.value) and "evalsets/pos/made/swa.parquet, tests 9" in str(fault.value)


def test_a_training_file_without_test_rows_is_no_short_evaluation_set(workspace):
    for path in (workspace.root / "corpora/evalsets/pos/made").glob("test-en*"):
        path.unlink()
    assert all(one["success"] for one in run(workspace))


def test_a_damaged_row_is_named(workspace):
    run(workspace)
    path = workspace.evalset("ner", "made", "swa")
    table = pq.read_table(path)
    tags = table.column("tags").to_pylist()
    tags[3] = ["O", "I-PER", "O"]
    pq.write_table(table.set_column(table.schema.get_field_index("tags"), "tags", pa.array(tags, pa.list_(pa.string()))), path)
    with pytest.raises(FailedWork) as fault:
        run(workspace, refetch=False)
    assert "suite tagged sentences: words,tags" in str(fault.value) and "path evalsets/ner/made/swa.parquet, row 3" in str(
        fault.value
    )
    assert "broken_spans" in str(fault.value)


@pytest.mark.slow
def test_checking_again_gives_the_same_bytes(workspace):
    def state():
        return {path: path.read_bytes() for path in [workspace.excluded, *sorted(workspace.quality.iterdir())]}

    add(workspace, [f"no\t{'hapana ' * 9}"])
    run(workspace)
    first = state()
    assert [path.name for path in first] == [
        "excluded.parquet",
        "bitext.json",
        "contamination.json",
        "evalsets.json",
        "vectors.json",
    ]
    run(workspace)
    assert state() == first


def test_missing_data_say_how_they_are_made(workspace):
    with pytest.raises(BadInput, match="dvc repro fetch"):
        run(workspace, refetch=False)
    run(workspace)
    workspace.bitext("swa").write_bytes(b"x")
    with pytest.raises(BadInput, match=r"swa\.parquet.*dvc repro fetch"):
        run(workspace, refetch=False)


def test_an_encoder_that_cannot_read_a_language_is_named_with_the_share(workspace, capsys):
    """No violation: it may be what is studied. Measured where the encoder is at hand; `study` counts for all."""
    folder = made.save(workspace.root / "mine", *made.word_piece(), "bert")
    add(workspace, [])
    how = settings("corpora", SMALL)
    names = {"mine": f"path:{folder}", "later": "path:data/made/encoders/later"}
    study = replace(how.study, encoders={label: {"name": name, "seen": "english"} for label, name in names.items()})
    how = replace(how, study=study, check=replace(how.check, max_unknown=0.01))
    fetch.run(workspace, how)
    tokenizer = vocabulary.load(folder)
    words = [pq.read_table(workspace.evalset(*place)).column("words")[0].as_py() for place in [("pos", "made", "swa")]]
    assert vocabulary.unknown(tokenizer, [" ".join(one) for one in words])[0] > 0
    rows = [row for row in check.run(workspace, how) if row["suite"] == f"encoder path:{folder}"]
    share = quality(workspace, "encoders")[f"path:{folder}"]["swa"]
    (row,) = [row for row in rows if row["column"] == "swa"]
    assert share == row["unexpected"] / row["checked"] and not row["success"]
    assert f"encoder `path:{folder}` cannot read swa: {share:.1%} of its tokens are unknown" in capsys.readouterr().err
    assert list(quality(workspace, "encoders")) == [f"path:{folder}"]
    check.run(workspace, replace(how, study=replace(study, encoders={})))
    assert not (workspace.quality / "encoders.json").exists()


def speak(workspace, *languages):
    """Evaluation text of languages that can be told apart."""
    for code in languages:
        write(workspace.root / f"corpora/pos/made/{code}.test.tsv", pos(code, 200))
    (workspace.root / "corpora/evalsets/pos/made").rename(workspace.root / "corpora/evalsets/pos/small")


def lines(pairs):
    return "".join("\t".join(pair) + "\n" for pair in pairs)


def told(workspace, *languages, files):
    speak(workspace, "eng", *languages)
    for code, pairs in files.items():
        write(workspace.root / f"corpora/bitext/{code}.tsv", lines(pairs))
    with pytest.raises(FailedWork) as fault:
        run(workspace)
    return str(fault.value)


def test_exchanged_sides_stop_the_pipeline_and_say_what_to_do(workspace):
    """As issued: English second in the file, so that evaluation text in it was never found."""
    text = told(workspace, "afr", files={"afr": [pair[::-1] for pair in spoken("afr", 200)]})
    assert "swapped_share" in text and "path bitext/afr.parquet, swapped_share 1" in text
    assert "exchange the sides of these rows, or name the columns in the file's first row" in text
    assert "source_reads_as afr" in text and "target_reads_as eng" in text


def test_a_third_of_exchanged_rows_is_enough(workspace):
    pairs = [pair[::-1] if row % 10 < 3 else pair for row, pair in enumerate(spoken("afr", 400))]
    text = told(workspace, "afr", files={"afr": pairs})
    assert "path bitext/afr.parquet, swapped_share 0.3" in text


def test_a_bitext_of_another_language_is_named(workspace):
    text = told(workspace, "afr", "deu", files={"afr": spoken("deu", 200)})
    assert "target_reads_as" in text and "path bitext/afr.parquet, target_reads_as deu" in text
    assert run(workspace, unlike=None)


def test_a_side_that_is_one_value_in_most_rows_stops_the_pipeline(workspace):
    """As issued: a column `source` that says where a pair is from was read as English."""
    rows = [{"source": "mafand", "text": "a", "sw": f"Alileta kahawa {word(n)}."} for n in range(60)]
    write(workspace.root / "corpora/bitext/swa.tsv.gz", made_pairs(60))
    write(workspace.root / "corpora/bitext/sw.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(
        FailedWork, match=r"same_source .* path bitext/swa\.parquet, same_source 0\.5 \(another column was taken for English"
    ):
        run(workspace)


@pytest.mark.parametrize(
    ("words", "tags", "column"),
    [
        (lambda n: ["neno", "neno", "neno", word(n)], ["NOUN", "VERB", "ADJ", "X"], "same_word"),
        (lambda n: [word(n), word(n + 1)], ["X", "X"], "same_label"),
        (lambda n: [word(n % 3), word(n % 3 + 9)], ["NOUN", "X"], "same_sentence"),
        (lambda n: [word(n), word(n + 7) + "\ufffd"], ["NOUN", "X"], "broken_share"),
    ],
)
def test_a_set_that_is_one_value_stops_the_pipeline(workspace, words, tags, column):
    blocks = ("".join(f"{one}\t{tag}\n" for one, tag in zip(words(n), tags, strict=True)) for n in range(40))
    write(workspace.root / "corpora/evalsets/pos/made/test-sw.tsv", "\n".join(blocks))
    with pytest.raises(FailedWork, match=rf"suite evaluation files: {column} .* path evalsets/pos/made/swa\.parquet, {column}"):
        run(workspace)


def test_text_that_was_not_decoded_stops_the_pipeline(workspace):
    add(workspace, [f"caf\ufffd number {word(n)}\tmkahawa {word(n)}" for n in range(5)])
    with pytest.raises(FailedWork, match=r"broken_share .* path bitext/yor\.parquet, broken_share 0\.2 \(decode the text again"):
        run(workspace)


@pytest.mark.parametrize("target", ["nan", "None", "<s> mkahawa {} </s>"])
def test_marks_for_what_is_missing_stop_a_bitext(workspace, target):
    add(workspace, [f"number {word(n)}\t{target.format(word(n))}" for n in range(4)])
    with pytest.raises(FailedWork, match=r"marks_share .* path bitext/yor\.parquet, marks_share 0\.1667 \(a program wrote them"):
        run(workspace)


def test_words_that_are_marks_stop_a_set(workspace):
    """As issued: a sixth of the words of a POS set."""
    blocks = (
        "".join(f"{word(n + k)}\t{tag}\n" for k, tag in enumerate(("NOUN", "VERB", "ADJ", "DET", "ADP")))
        for n in range(0, 400, 10)
    )
    write(workspace.root / "corpora/evalsets/pos/made/test-sw.tsv", "\n".join(f"{one}null\tX\n" for one in blocks))
    with pytest.raises(FailedWork, match=r"marks_share .* path evalsets/pos/made/swa\.parquet, marks_share 0\.1667"):
        run(workspace)


def test_a_bitext_that_is_half_in_another_language_is_named(workspace):
    """The mean of both halves fits its own language."""
    both = [(source, target if row % 2 else other) for row, ((source, target), (_, other)) in enumerate(
        zip(spoken("swa", 300), spoken("deu", 300), strict=True)
    )]  # fmt: skip
    text = told(workspace, "swa", "deu", files={"swa": both})
    assert (
        "suite languages of bitexts: foreign_share" in text and "path bitext/swa.parquet, foreign deu, foreign_share 0.5" in text
    )


def test_a_set_in_another_language_is_named_where_its_rows_stand_in_no_other(workspace):
    speak(workspace, "eng", "deu", "swa")
    write(workspace.root / "corpora/bitext/swa.tsv", lines(spoken("swa", 300)))
    write(workspace.root / "corpora/evalsets/pos/other/test-sw.tsv", pos("deu", 300, seed=8))
    with pytest.raises(
        FailedWork,
        match=r"suite languages of evaluation sets: foreign_share .* path evalsets/pos/other/swa\.parquet, foreign deu",
    ):
        run(workspace)
    assert run(workspace, unlike=None)


def test_a_set_in_another_script_stops_the_pipeline(workspace):
    text = pos("swa", 300).translate({ord(letter): chr(ord(letter) + 980) for letter in "abcdefghijklmnopqrstuvwxyz"})
    write(workspace.root / "corpora/evalsets/pos/other/test-sw.tsv", text)
    with pytest.raises(FailedWork, match=r"script_share .* path evalsets/pos/other/swa\.parquet, script_share 0 "):
        run(workspace)
