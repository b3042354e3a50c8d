"""The diagnostic of gradients in an evaluation: what turns it on, what it reads, and whose runs it concerns."""

from dataclasses import replace
from pathlib import Path

import pytest
import small_world

from realignment.core.errors import BadInput
from realignment.corpora import bitext, manifest
from realignment.engine.bases import locate
from realignment.records import keys
from realignment.records.cell import Cell, Seeds
from realignment.study import evaluate, finetune, gradients, realign

ON = 3


@pytest.fixture(scope="module")
def world(tmp_path_factory, bert_folder):
    return small_world.build(tmp_path_factory.mktemp("world"), bert_folder)


def with_gradients(settings, batches: int = ON, **realigned):
    return replace(
        settings, evaluate=replace(settings.evaluate, gradients=batches), realign=replace(settings.realign, **realigned)
    )


def planned(world, settings, subset: str = "none", control: str = "", seed: int = 17):
    """The evaluation of a fine-tuned model, and the fine-tuning."""
    workspace, cell = world[0], Cell("small", subset, Seeds.all(seed), control)
    above = realign.plan(workspace, settings, cell) if subset != "none" else None
    parent = finetune.plan(workspace, settings, cell, "pos", above)
    return evaluate.plan(workspace, settings, parent.cell, "pos", parent), parent


@pytest.fixture(scope="module")
def computed(world, tmp_path_factory) -> dict:
    settings = with_gradients(world[1])
    job, parent = planned(world, settings)
    place = tmp_path_factory.mktemp("run")
    finetune.compute(world[0], parent, Path(parent.base), place)
    (place / "out").mkdir()
    return {
        "job": job,
        "model": place / "model",
        "outcome": evaluate.compute(world[0], job, place / "model", place / "out"),
        "place": place,
    }


def test_an_evaluation_gives_a_cosine_a_block_and_one_of_the_embedding(computed):
    found = computed["outcome"]["gradients"]
    assert list(found) == ["embedding", "layer_01", "layer_02"]
    for told in found.values():
        assert -1 <= told["cosine"] <= 1 and -1 <= told["mean"] <= 1 and told["error"] >= 0


def test_scores_are_those_of_an_evaluation_without_it(world, computed, tmp_path):
    job, _ = planned(world, world[1])
    plain = evaluate.compute(world[0], job, computed["model"], tmp_path)
    assert "gradients" not in plain
    assert plain["scores"] == computed["outcome"]["scores"] and plain["hashes"] == computed["outcome"]["hashes"]


def test_the_same_job_gives_the_same_numbers(world, computed, tmp_path):
    assert (
        evaluate.compute(world[0], computed["job"], computed["model"], tmp_path)["gradients"] == computed["outcome"]["gradients"]
    )


def test_a_replay_holds_the_cosines_against_those_of_the_record(world, computed):
    """The whole outcome as it was, and with one cosine of another value."""
    from types import SimpleNamespace

    from small_grid import finished

    from realignment.lineage import replay

    files = {"predictions.parquet": computed["outcome"]["hashes"]["predictions"]}
    kept = computed["place"] / "out" / "predictions.parquet"
    here = SimpleNamespace(workspace=world[0], artifact=lambda record, name: (kept, "", False))
    honest = finished(computed["job"], **computed["outcome"], files=files)
    assert replay.again(here, honest, computed["model"]).outcome == replay.SAME
    forged = {**computed["outcome"]["gradients"], "layer_01": {**computed["outcome"]["gradients"]["layer_01"], "cosine": 0.123}}
    told = replay.again(
        here, finished(computed["job"], **{**computed["outcome"], "gradients": forged}, files=files), computed["model"]
    )
    assert told.outcome.startswith(replay.OTHER) and "cosines of gradients differ" in told.outcome


def test_off_it_is_in_no_key_and_on_in_those_of_fine_tuned_models_alone(world):
    off, on = world[1], with_gradients(world[1])
    for subset, control in (("none", ""), ("all", ""), ("all", "shuffled")):
        plain, asked = planned(world, off, subset, control)[0], planned(world, on, subset, control)[0]
        assert "gradients" not in plain.params and set(plain.inputs) == {
            role for role in asked.inputs if role.startswith("evalset/")
        }
        assert plain.environment["numerics"] == keys.numerics("evaluate") != asked.environment["numerics"]
        assert plain.key != asked.key
        assert {"train", "bitext/qab", "bitext/qac", "bitext/qad"} <= set(asked.inputs)
    for control in ("untrained", "hypothesis"):
        assert planned(world, off, "none", control)[0].key == planned(world, on, "none", control)[0].key
    for settings in (off, on):
        assert "gradients" not in evaluate.plan(world[0], settings, Cell("small", "none", Seeds.all(17)), "", None).params
        assert (
            "gradients"
            not in evaluate.plan(world[0], settings, Cell("small", "none", Seeds.all(17), "majority"), "pos", None).params
        )


def test_every_row_of_a_seed_reads_the_same_pairs_and_training_rows(world):
    """What is drawn follows from the settings, the files and the seed of the order: all the same for every row."""
    none, realigned = (planned(world, with_gradients(world[1]), subset)[0] for subset in ("none", "all"))
    assert (
        none.params == realigned.params
        and none.inputs == realigned.inputs
        and none.cell.seeds.order == realigned.cell.seeds.order
    )
    assert none.key != realigned.key
    other = planned(world, with_gradients(world[1], steps=7), "none")[0]
    assert other.key == none.key, "how a model was realigned is no part of the measure"


def test_pairs_are_held_out_ones_of_every_language_with_bitext(world, computed):
    from realignment.engine import recipes

    known, how = manifest.load(world[0]), recipes.of(recipes.Gradients, computed["job"].params["gradients"], "job")
    sides, numbers, rows = gradients.heldout(known, locate.Tokenizer.of(computed["model"]), how, "job")
    assert sorted(rows) == known.bitexts() == ["qab", "qac", "qad"]
    assert len(sides[0]) == len(sides[1]) == len(numbers) == sum(map(len, rows.values()))
    for code, own in rows.items():
        held = {source for source, _ in bitext.read_heldout(world[0].bitext(code))}
        trained = {source for source, _ in bitext.read_train(world[0].bitext(code))}
        _, _, english = gradients.pairs(
            known.file(f"bitext/{code}.parquet"),
            known.rows_out(f"bitext/{code}.parquet"),
            locate.Tokenizer.of(computed["model"]),
            how,
        )
        assert len(english) == len(own) and set(english) <= held - trained


def test_more_pairs_than_are_held_out_are_refused_in_a_line(world, computed, tmp_path):
    settings = with_gradients(world[1], pairs=5_000)
    job, _ = planned(world, settings)
    with pytest.raises(
        BadInput, match=r"compares batches of 5000 held-out pairs \(realign\.pairs\), and there are \d+; set it to 0"
    ):
        evaluate.compute(world[0], job, computed["model"], tmp_path)
