"""Verb `evaluate`: scores in every language with data, predictions kept, retrieval on held-out pairs."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import small_world
import tokenizers_made as made
from encoders import ALPHABETS

from realignment import tasks
from realignment.core.errors import BadInput
from realignment.corpora import bitext
from realignment.engine import examples
from realignment.engine.bases import vocabulary
from realignment.records.cell import Cell, Seeds
from realignment.stages import evaluate as stage
from realignment.study import evaluate, finetune


@pytest.fixture
def world(tmp_path, bert_folder):
    return small_world.build(tmp_path, bert_folder)


def fine_tuned(world, tmp_path, task: str, control: str = ""):
    workspace, settings = world
    job = finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17), control), task, None)
    (tmp_path / "model_of").mkdir()
    finetune.compute(workspace, job, Path(job.base), tmp_path / "model_of")
    return job, tmp_path / "model_of" / "model"


@pytest.mark.parametrize("task", ["pos", "ner", "nli"])
def test_scores_are_those_of_the_stored_predictions(world, tmp_path, task):
    workspace, settings = world
    parent, model = fine_tuned(world, tmp_path, task)
    job = evaluate.plan(workspace, settings, parent.cell, task, parent)
    (tmp_path / "out").mkdir()
    outcome = evaluate.compute(workspace, job, model, tmp_path / "out")
    assert {one["language"] for one in outcome["scores"]} == set(small_world.CODES)
    stored = pq.read_table(tmp_path / "out" / "predictions.parquet").to_pylist()
    for one in outcome["scores"]:
        gold = examples.read(workspace.evalset(task, "made", one["language"]), task, "test").gold
        mine = [row["predicted"] for row in stored if row["language"] == one["language"]]
        predicted = mine if task == "nli" else [["" if tag == "-" else tag for tag in row.split(" ")] for row in mine]
        assert one["score"] == tasks.score(task, gold, predicted, "eng")
        assert one["n"] == 20


def test_majority_needs_no_model_and_is_the_share_of_the_commonest_tag(world, tmp_path):
    workspace, settings = world
    job = evaluate.plan(workspace, settings, Cell("small", "none", Seeds.all(17), "majority"), "pos", None)
    (tmp_path / "out").mkdir()
    outcome = evaluate.compute(workspace, job, None, tmp_path / "out")
    assert {one["score"] for one in outcome["scores"]} == {2 / 5}  # NOUN is two of five words


def test_hypothesis_only_sees_no_premise(world, tmp_path, bert_folder):
    from realignment.engine import encoder

    tokenizer = encoder.load_tokenizer(bert_folder)
    workspace, _ = world
    rows = examples.read(workspace.evalset("nli", "made", "qaa"), "nli", "test")
    blank = examples.encode(rows, "nli", tokenizer, examples.Limits(32, hypothesis_only=True))
    other = examples.Examples(rows.ids, [("anything", hypothesis) for _, hypothesis in rows.texts], rows.gold)
    assert (blank.tokens == examples.encode(other, "nli", tokenizer, examples.Limits(32, hypothesis_only=True)).tokens).all()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_retrieval_reads_held_out_pairs_and_counts_candidates(world, tmp_path, dtype):
    workspace, settings = world
    settings = replace(settings, evaluate=replace(settings.evaluate, dtype=dtype))
    job = evaluate.plan(workspace, settings, Cell("small", "none", Seeds.all(17)), "", None)
    outcome = evaluate.compute(workspace, job, Path(job.base), tmp_path)
    assert [one["language"] for one in outcome["scores"]] == ["qab", "qac", "qad"]
    for one in outcome["scores"]:
        assert one["n"] == min(20, len(bitext.read_heldout(workspace.bitext(one["language"]))))
        assert 0 <= one["score"] <= 1


def test_the_base_encoder_has_one_retrieval_run_whatever_the_seed(world):
    workspace, settings = world
    keys = {evaluate.plan(workspace, settings, Cell("small", "none", Seeds.all(seed)), "", None).key for seed in (17, 23)}
    assert len(keys) == 1


def test_a_model_and_an_encoder_together_or_neither_are_refused(world):
    for given in ({}, {"model": "models:/a/1", "encoder": "small"}):
        with pytest.raises(BadInput, match="one of `model`"):
            stage.run(*world, **given)


def test_retrieval_finds_itself_and_chance_when_there_is_nothing_to_find():
    import torch

    from realignment.engine import retrieval

    torch.manual_seed(0)
    vectors = torch.randn(200, 16)
    assert retrieval.share(retrieval.closest(vectors, vectors * 3)) == 1.0
    assert retrieval.share(retrieval.closest(vectors, torch.randn(200, 16))) < 0.05


@pytest.mark.parametrize("task", ["pos", "nli", ""])
def test_tokens_that_an_encoder_does_not_know_are_counted_by_language(tmp_path, task):
    """It knows the letters of two of four languages; of the other two all words are unknown, the full stop is not."""
    folder = made.save(tmp_path / "encoder", *made.word_piece(alphabets=ALPHABETS[:1]), "bert")
    world = small_world.build(tmp_path / "world", folder)
    parent, model = fine_tuned(world, tmp_path, task) if task else (None, folder)
    job = evaluate.plan(*world, parent.cell if parent else Cell("small", "none", Seeds.all(0)), task, parent)
    (tmp_path / "out").mkdir()
    shares = vocabulary.shares(evaluate.compute(world[0], job, model, tmp_path / "out")["counts"])
    assert set(shares) == {"qac", "qad"}
    assert all(0.75 < share < 1 for share in shares.values())
