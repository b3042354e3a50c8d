"""Preset `reference-code`: every switch it turns does something, each seen where it acts; none can be ignored unnoticed."""

from dataclasses import replace
from pathlib import Path

import pytest
import small_world
import tokenizers_made as made
import yaml

from realignment import tasks
from realignment.config import params
from realignment.config.schema import Settings
from realignment.core import hashing
from realignment.records.cell import Cell, Seeds
from realignment.sources import catalogue
from realignment.study import evaluate, finetune, realign

ROOT = Path(__file__).parents[2]
SWITCHES = [
    (section, key)
    for section, keys in yaml.safe_load(params.PRESETS.read_text(encoding="utf-8"))["reference-code"].items()
    for key in keys
]


@pytest.fixture
def world(tmp_path, bert_folder):
    return small_world.build(tmp_path, bert_folder)


def reference(section: str, key: str):
    return getattr(getattr(params.validate(params.merge("reference-code", ROOT), "preset"), section), key)


def changed(settings: Settings, section: str, **values) -> Settings:
    return replace(settings, **{section: replace(getattr(settings, section), **values)})


def realigned(world, out, **values) -> str:
    """sha256 of the weights."""
    workspace, settings = world
    job = realign.plan(workspace, changed(settings, "realign", **values), Cell("small", "latin_diverse", Seeds.all(17)))
    out.mkdir()
    return realign.compute(workspace, job, Path(job.base), out)["hashes"]["weights"]


@pytest.mark.parametrize("key", [key for section, key in SWITCHES if section == "realign"])
def test_a_switch_of_realignment_changes_the_weights(world, tmp_path, key):
    """The made-up text has a combining mark in it, which the reference code's pattern leaves out."""
    workspace, _ = world
    mark(workspace)
    paper, other = realigned(world, tmp_path / "paper"), realigned(world, tmp_path / "other", **{key: reference("realign", key)})
    assert paper != other


def mark(workspace) -> None:
    """As if `fetch` had written it so."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in workspace.bitexts.glob("*.parquet"):
        table = pq.read_table(path)
        source = pa.array([text.replace("o", "o\u0331") for text in table["source"].to_pylist()])
        before = hashing.file_digest(path)
        pq.write_table(table.set_column(table.schema.get_field_index("source"), "source", source), path)
        workspace.manifest.write_text(workspace.manifest.read_text().replace(before, hashing.file_digest(path)))


def test_the_length_limit_of_fine_tuning_cuts_words(world, tmp_path):
    workspace, settings = world
    cut = {}
    for limit in (settings.finetune.max_length, 5):
        job = finetune.plan(
            workspace, changed(settings, "finetune", max_length=limit), Cell("small", "none", Seeds.all(17)), "pos", None
        )
        (tmp_path / str(limit)).mkdir()
        cut[limit] = finetune.compute(workspace, job, Path(job.base), tmp_path / str(limit))["counts"]["cut"]
    assert cut[5] > cut[settings.finetune.max_length] == 0


def test_bare_words_are_others_where_a_tokenizer_has_the_blank_in_a_token_and_evaluation_follows_the_model(world, tmp_path):
    """A byte-level encoder; of BERT's tokenizer both are the same. NLI reads running text, so its runs are the same ones."""
    workspace, settings = world
    folder = made.save(tmp_path / "roberta", *made.byte_level(), "roberta")
    settings = changed(settings, "study", encoders={"small": {"name": f"path:{folder}", "seen": "mbert"}})
    made_of, scored, cell = {}, {}, Cell("small", "none", Seeds.all(17))
    for words in ("spaced", reference("finetune", "words")):
        how = changed(settings, "finetune", words=words)
        job = finetune.plan(workspace, how, cell, "pos", None)
        (tmp_path / words).mkdir()
        made_of[words] = finetune.compute(workspace, job, folder, tmp_path / words)["hashes"]["weights"]
        scored[words] = evaluate.plan(workspace, settings, cell, "pos", job).params["words"]  # settings say `spaced`
        assert finetune.plan(workspace, how, cell, "nli", None).key == finetune.plan(workspace, settings, cell, "nli", None).key
    assert made_of["spaced"] != made_of["bare"] and scored == {"spaced": "spaced", "bare": "bare"}


def test_the_length_limit_of_evaluation_is_the_task_s_and_is_read(world):
    workspace, settings = world
    own = {task: limit for task, limit in reference("evaluate", "max_length").items() if task in tasks.AVERAGED}
    assert own == {"pos": 128, "ner": 128, "nli": 256}
    for task, limit in own.items():
        parent = finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17)), task, None)
        job = evaluate.plan(workspace, changed(settings, "evaluate", max_length=own), parent.cell, task, parent)
        assert job.params["max_length"] == limit


def test_the_bitexts_of_the_reference_code_are_others():
    both = {
        rule: replace(params.validate(params.merge("paper", ROOT), "paper").fetch, bitext=rule)
        for rule in ("paper", "reference-code")
    }
    paths = {rule: {one.path for one in catalogue.plan(how)} for rule, how in both.items()}
    assert paths["paper"] != paths["reference-code"]


def test_every_switch_of_the_preset_is_seen_to_act_here():
    """A switch added to presets.yaml needs a test above."""
    acted = {("realign", key) for section, key in SWITCHES if section == "realign"}
    assert {*SWITCHES} - acted == {
        ("fetch", "bitext"),
        ("finetune", "max_length"),
        ("finetune", "words"),
        ("evaluate", "max_length"),
    }


def test_device_threads_and_arithmetic_are_part_of_the_run_key(world):
    job = realign.plan(*world, Cell("small", "latin_diverse", Seeds.all(17)))
    for name, value in (("device", "cuda"), ("threads", 7), ("dtype", "bfloat16"), ("torch", "0.1")):
        assert replace(job, environment={**job.environment, name: value}).key != job.key
