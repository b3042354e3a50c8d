"""Stage `align`: with aligner `none`, a folder that says so; else links of the training pairs, which realign reads."""

from dataclasses import replace

import pyarrow.parquet as pq
import pytest
import small_world
import tokenizers_made
from folders import settings

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import bitext
from realignment.records.cell import Cell, Seeds
from realignment.stages import align
from realignment.study import grid, realign


def test_the_folder_says_that_the_word_mode_is_off(tmp_path):
    workspace = Workspace(tmp_path, "made")
    (row,) = align.run(workspace, settings("x"))
    assert row["aligner"] == "none"
    assert [path.name for path in workspace.alignments.iterdir()] == ["README.md"]
    assert "`none`" in (workspace.alignments / "README.md").read_text()


def test_links_stand_beside_the_training_pairs_and_words_are_realigned_on_them(tmp_path, bert_folder):
    world, how = small_world.build(tmp_path, bert_folder)
    how = replace(how, align=replace(how.align, aligner="fastalign"), realign=replace(how.realign, unit="words", steps=4))
    rows = {row["language"]: row for row in align.run(world, how)}
    assert {"qab", "qac"} <= set(rows) and all(rows[code]["links"] > rows[code]["pairs"] for code in ("qab", "qac"))
    table = pq.read_table(world.alignments / "qab.parquet").to_pylist()
    pairs = bitext.read_train(world.bitext("qab"))
    assert len(table) == len(pairs) == rows["qab"]["pairs"]
    for (source, target), links in zip(pairs, table, strict=True):
        assert max(links["source"], default=0) < len(align.split(source, "unicode"))
        assert max(links["target"], default=0) < len(align.split(target, "unicode"))
    shuffled = {}
    for control in ("", "shuffled", "self"):
        job = realign.plan(world, how, Cell("small", "latin_diverse", Seeds.all(17), control))
        assert {"alignment/qab", "alignment/qac"} <= set(job.inputs)
        out = tmp_path / f"out{control}"
        out.mkdir()
        shuffled[control] = realign.compute(world, job, bert_folder, out)["hashes"]["weights"]
    assert len(set(shuffled.values())) == 3


def test_rows_of_words_stand_beside_those_of_sentences(tmp_path, bert_folder):
    world, how = small_world.build(tmp_path, bert_folder)
    how = replace(how, align=replace(how.align, aligner="fastalign"), study=replace(how.study, subsets=["all"], words=["all"]))
    align.run(world, how)
    made = {job.cell.row: job for job in grid.plan(world, how) if job.verb == "realign" and job.cell.seeds.order == 17}
    plain, words = made["all"], made["all.words"]
    assert {name for name in words.params if words.params[name] != plain.params[name]} == {"unit"}
    assert words.params["unit"] == "words" and set(words.inputs) - set(plain.inputs) == {
        f"alignment/{code}" for code in words.languages
    }
    assert words.model == f"{plain.model}.words" and words.key != plain.key


def test_words_need_a_fast_tokenizer_which_is_said_before_anything_is_trained(tmp_path):
    """As every realignment does: what tokens stand for which characters is asked for in both modes."""
    folder = tokenizers_made.save(tmp_path / "encoder", *tokenizers_made.metaspace(), "xlm-roberta")
    (folder / "tokenizer.json").rename(folder / "sentencepiece.bpe.model")
    world, how = small_world.build(tmp_path, folder)
    how = replace(how, realign=replace(how.realign, unit="words"))
    with pytest.raises(BadInput, match=r"holds no tokenizer: tokenizer\.json is required") as fault:
        realign.plan(world, how, Cell("small", "latin_diverse", Seeds.all(17), ""))
    assert "\n" not in str(fault.value)


def test_an_encoder_aligns_and_must_be_named(tmp_path, bert_folder):
    world, how = small_world.build(tmp_path, bert_folder)
    with pytest.raises(BadInput, match=r"align\.encoder names none"):
        align.run(world, replace(how, align=replace(how.align, aligner="encoder")))
    how = replace(how, align=replace(how.align, aligner="encoder", encoder=f"path:{bert_folder}", layer=1))
    rows = {row["language"]: row for row in align.run(world, how)}
    assert rows["qab"]["links"] > rows["qab"]["pairs"]
    how = replace(how, realign=replace(how.realign, unit="words", steps=2))
    assert "alignment/qab" in realign.plan(world, how, Cell("small", "latin_diverse", Seeds.all(17), "")).inputs


def test_words_without_alignments_say_how_they_are_made(tmp_path, bert_folder):
    world, how = small_world.build(tmp_path, bert_folder)
    with pytest.raises(BadInput, match=r"realigning words requires .*dvc repro align"):
        realign.plan(
            world, replace(how, realign=replace(how.realign, unit="words")), Cell("small", "latin_diverse", Seeds.all(17), "")
        )


def test_aligning_again_gives_the_same_bytes(tmp_path, bert_folder):
    world, how = small_world.build(tmp_path, bert_folder)
    how = replace(how, align=replace(how.align, aligner="fastalign"))
    align.run(world, how)
    first = (world.alignments / "qab.parquet").read_bytes()
    align.run(world, how)
    assert (world.alignments / "qab.parquet").read_bytes() == first


def test_a_switch_that_would_do_nothing_is_refused(tmp_path, bert_folder):
    world, how = small_world.build(tmp_path, bert_folder)
    how = replace(how, realign=replace(how.realign, unit="words", mask_false_negatives=True))
    with pytest.raises(BadInput, match="mask_false_negatives is about sentences"):
        realign.plan(world, how, Cell("small", "latin_diverse", Seeds.all(17), ""))
