"""How word embeddings are updated where the settings leave it open, and what is said of settings that cost time on this machine."""

from dataclasses import replace
from pathlib import Path

import pytest
import small_world
from transformers import AutoModel

from realignment.engine import hardware
from realignment.engine.bases import locate
from realignment.study import faster, grid


@pytest.fixture(scope="module")
def world(tmp_path_factory, bert_folder):
    workspace, settings = small_world.build(tmp_path_factory.mktemp("world"), bert_folder)
    return workspace, replace(settings, study=replace(settings.study, subsets=["none", "all"], shuffled=[], tasks=["pos"]))


def planned(world, embedding: str):
    workspace, settings = world
    chosen = {name: replace(getattr(settings, name), embedding=embedding) for name in ("realign", "finetune")}
    return [job for job in grid.plan(workspace, replace(settings, **chosen)) if job.verb != "evaluate"]


def ways(jobs) -> set[str]:
    return {job.params["embedding"] for job in jobs}


def test_the_numbers_of_a_word_embedding_are_those_of_its_table(bert_folder):
    table = AutoModel.from_pretrained(bert_folder).get_input_embeddings().weight
    assert locate.entries(Path(bert_folder)) == table.numel()


@pytest.mark.parametrize(("more", "wanted"), [(0, "rows"), (1, "dense")])
def test_left_open_a_large_table_is_trained_by_rows_on_a_cpu_and_a_small_one_whole(world, bert_folder, monkeypatch, more, wanted):
    monkeypatch.setattr(hardware, "LARGE", locate.entries(Path(bert_folder)) + more)
    assert ways(planned(world, "auto")) == {wanted}


def test_what_is_written_out_holds_whatever_the_table(world, monkeypatch):
    monkeypatch.setattr(hardware, "LARGE", 1)
    assert [ways(planned(world, how)) for how in ("dense", "rows")] == [{"dense"}, {"rows"}]


def test_on_a_gpu_every_table_is_trained_whole():
    assert [hardware.embedding("auto", device, 10**9) for device in ("cuda", "cpu")] == ["dense", "rows"]


def test_a_setting_left_open_and_the_same_written_out_are_one_run(world):
    assert [job.key for job in planned(world, "auto")] == [job.key for job in planned(world, "dense")]


@pytest.mark.parametrize(("bfloat16", "said"), [(True, 2), (False, 1)])
def test_what_costs_time_is_said_of_large_encoders(world, monkeypatch, bfloat16, said):
    monkeypatch.setattr(hardware, "LARGE", 1)
    monkeypatch.setattr(hardware, "multiplies_bfloat16", lambda: bfloat16)
    lines = faster.lines(planned(world, "dense"))
    assert len(lines) == said and "realign and finetune update the whole word embedding" in lines[-1]


def test_nothing_is_said_of_small_encoders(world):
    assert faster.lines(planned(world, "dense")) == []
