"""What must be said of a decoder, what may not be said of an encoder, and how it enters the settings of a job."""

import json
import math
import re
from dataclasses import replace

import pytest
import small_world
from architectures import build

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.engine import adapters, recipes
from realignment.engine.bases import architecture, blueprint, vocabulary
from realignment.records.cell import Cell, Seeds
from realignment.study import decoders, encoder_needs, evaluate, finetune, grid, realign

LORA = {"rank": 4, "alpha": 8, "dropout": 0.0, "targets": ["v_proj", "q_proj"]}
CELL = Cell("small", "latin_diverse", Seeds.all(17))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("world")
    return small_world.build(root, build(root / "encoder", "llama"), attention="causal", lora=LORA)


def needs(workspace, settings) -> list[str]:
    """What stage `settings` finds wrong with the encoders of a profile."""
    settings = replace(settings, pretrain=replace(settings.pretrain, name=None))
    return [text for _, text in encoder_needs.faults(workspace, settings)]


def said(settings, **changed):
    """The settings with another entry of study.encoders; None takes a key out."""
    entry = {**settings.study.encoders["small"], **changed}
    entry = {key: value for key, value in entry.items() if value is not None}
    return replace(settings, study=replace(settings.study, encoders={"small": entry}))


def test_what_is_said_of_a_decoder_is_in_the_key_of_each_of_its_jobs(world):
    workspace, settings = world

    def keys(settings) -> set[str]:
        job = realign.plan(workspace, settings, CELL)
        tuned = finetune.plan(workspace, settings, CELL, "pos", job)
        alone = finetune.plan(workspace, settings, replace(CELL, subset="none"), "pos", None)
        return {one.key for one in (job, tuned, alone, evaluate.plan(workspace, settings, CELL, "pos", tuned))}

    before = keys(settings)
    assert keys(said(settings, lora={**LORA, "targets": ["q_proj", "v_proj"]})) == before
    for changed in (
        {"attention": "bidirectional"},
        {"lora": {**LORA, "rank": 8}},
        {"lora": {**LORA, "alpha": 16}},
        {"lora": {**LORA, "dropout": 0.1}},
        {"lora": {**LORA, "targets": ["q_proj"]}},
    ):
        assert not keys(said(settings, **changed)) & before


def test_a_decoder_may_stand_under_two_labels_where_it_is_read_in_two_ways(world):
    workspace, settings = world
    spec = settings.study.encoders["small"]

    def planned(**other):
        both = {"small": {**spec, "subsets": ["none"]}, "other": {**spec, "subsets": ["all"], **other}}
        given = {"subsets": ["none", "all"], "shuffled": [], "floors": False, "tasks": ["pos"], "seeds": [17]}
        return grid.plan(workspace, replace(settings, study=replace(settings.study, encoders=both, **given)))

    assert {job.cell.encoder for job in planned(attention="bidirectional")} == {"small", "other"}
    for same in ({}, {"lora": {**LORA, "targets": LORA["targets"][::-1]}}):
        with pytest.raises(BadInput, match="`small` and `other` are the same files"):
            planned(**same)


def test_jobs_of_an_encoder_say_nothing_of_adapters(tmp_path, bert_folder):
    workspace, settings = small_world.build(tmp_path, bert_folder)
    job = realign.plan(workspace, settings, CELL)
    tuned = finetune.plan(workspace, settings, CELL, "pos", job)
    for one in (job, tuned, evaluate.plan(workspace, settings, CELL, "pos", tuned)):
        assert not {"attention", "lora_rank", "quantized"} & one.params.keys() and "peft" not in one.environment
    assert "encoder" not in tuned.inputs


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        (
            {"attention": None, "lora": None},
            r"is a decoder \(llama\), of which must be said attention: causal .* and lora: \{rank",
        ),
        (
            {"lora": {**LORA, "targets": ["q_proj", "query"]}},
            r"lora.targets: query is no linear layer of its blocks; they are down_proj,",
        ),
        ({"lora": {**LORA, "targets": ["score"]}}, r"lora.targets: score is no linear layer"),
    ],
)
def test_a_decoder_of_which_too_little_or_something_else_is_said_is_refused(world, changed, wanted):
    workspace, settings = world
    settings = said(settings, **changed)
    for plan in (lambda: realign.plan(workspace, settings, CELL), lambda: evaluate.plan(workspace, settings, CELL, "", None)):
        with pytest.raises(BadInput, match=wanted) as fault:
            plan()
        assert "\n" not in str(fault.value)
    assert any(re.search(wanted, text) for text in needs(workspace, settings))


def test_what_is_said_of_an_encoder_as_of_a_decoder_is_refused(tmp_path, bert_folder):
    workspace, settings = small_world.build(tmp_path, bert_folder, attention="causal", lora=LORA)
    with pytest.raises(
        BadInput, match=r"study.encoders.small says attention, lora, and `path:.*` \(bert\) is no decoder; take that out"
    ):
        realign.plan(workspace, settings, CELL)


@pytest.mark.parametrize("half", ["front", "back"])
def test_blocks_of_a_decoder_cannot_be_left_out(world, half):
    workspace, settings = world
    settings = replace(settings, realign=replace(settings.realign, freeze=half))
    with pytest.raises(BadInput, match=f"realign.freeze is `{half}`: the base of a decoder is frozen as it is"):
        realign.plan(workspace, settings, CELL)
    (text,) = needs(workspace, settings)
    assert f"realign.freeze is `{half}`" in text


def test_four_bits_without_the_extra_are_refused_by_its_name(world, monkeypatch):
    workspace, settings = world
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        BadInput, match=r"quantized: 4bit requires bitsandbytes, which is not installed; `pip install -e .\[4bit\]`"
    ):
        realign.plan(workspace, said(settings, quantized="4bit"), CELL)


def test_a_sentence_that_is_read_twice_needs_positions_for_both(world):
    """520 positions."""
    workspace, settings = world
    settings = replace(said(settings, attention="repeated"), realign=replace(settings.realign, max_length=261))
    with pytest.raises(BadInput, match=r"reads 520 tokens at most, realign.max_length asks for 261, each read twice"):
        realign.plan(workspace, settings, CELL)
    assert realign.plan(workspace, said(settings, attention="causal"), CELL)


def test_a_decoder_cannot_align_words(world):
    workspace, settings = world
    name = settings.study.encoders["small"]["name"]
    settings = replace(settings, align=replace(settings.align, aligner="encoder", encoder=name, layer=1))
    (text,) = needs(workspace, settings)
    assert text.startswith(f"align.encoder `{name}` is a decoder")


def test_an_adapter_in_the_place_of_an_encoder_is_refused(world, tmp_path):
    workspace, settings = world
    how = recipes.decoder(realign.plan(workspace, settings, CELL).params, "a job")
    model = adapters.draw(adapters.Base(workspace.root / "encoder", how), 0)
    adapters.save(model, vocabulary.load(workspace.root / "encoder"), tmp_path / "mine", "", ("./encoder", None))
    with pytest.raises(BadInput, match=r"holds an adapter .*, which is no encoder; merge it into its base"):
        realign.plan(workspace, said(settings, name=f"path:{tmp_path / 'mine'}"), CELL)


def test_a_decoder_has_no_untrained_floor_and_that_is_said(world, capsys):
    workspace, settings = world
    settings = replace(settings, study=replace(settings.study, subsets=["none", "latin_diverse"], shuffled=[], floors=True))
    planned = grid.plan(workspace, settings)
    assert {job.cell.control for job in planned} == {"", "majority", "hypothesis"}
    assert "encoder `small` is a decoder: its untrained floor is left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"lora": LORA}, "says lora, as of a decoder, and leaves out attention; add attention"),
        ({"attention": "causal", "quantized": "4bit"}, "says attention and quantized, as of a decoder, and leaves out lora"),
        ({"attention": "both", "lora": LORA}, "attention` must be one of causal, bidirectional, repeated, got 'both'"),
        ({"attention": "causal", "lora": {**LORA, "rank": 0}}, "lora.rank` must be at least 1, got 0"),
        ({"attention": "causal", "lora": {**LORA, "dropout": 1.5}}, "lora.dropout` must be at most 0.99, got 1.5"),
        ({"attention": "causal", "lora": {**LORA, "targets": []}}, "lora.targets` must hold at least one"),
        ({"attention": "causal", "lora": {**LORA, "targets": ["all-linear"]}}, "must name a linear layer, such as q_proj, got 'all-linear'"),
        ({"attention": "causal", "lora": {"rank": 4, "alpha": 8, "dropout": 0.0}}, "missing key `study.encoders.small.lora.targets`"),
        ({"attention": "causal", "lora": LORA, "quantized": "8bit"}, "quantized` must be one of 4bit, got '8bit'"),
    ],
)  # fmt: skip
def test_an_entry_that_says_of_a_decoder_what_cannot_be_is_refused_by_the_settings(entry, wanted):
    merged = params.merge("sample", small_world.ROOT)
    merged["study"]["encoders"] = {"small": {"name": "path:encoder", "seen": "mbert", **entry}}
    with pytest.raises(BadInput) as fault:
        params.validate(merged, "a profile")
    assert wanted in str(fault.value) and "\n" not in str(fault.value)


def test_names_of_linear_layers_are_those_of_the_blocks(world):
    workspace, _ = world
    config = json.loads((workspace.root / "encoder/config.json").read_text())
    assert decoders.linear(config) == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


LLAMA = {  # as config.json of the release says it, in the spelling of its day
    "model_type": "llama", "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": 128001, "hidden_act": "silu",
    "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 131072, "mlp_bias": False,
    "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
    "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
    "tie_word_embeddings": False, "torch_dtype": "bfloat16", "use_cache": True, "vocab_size": 128256,
}  # fmt: skip
GEMMA = {
    "model_type": "gemma2", "attention_bias": False, "attention_dropout": 0.0, "attn_logit_softcapping": 50.0, "cache_implementation": "hybrid",
    "final_logit_softcapping": 30.0, "head_dim": 256, "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 3584,
    "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 8192, "num_attention_heads": 16, "num_hidden_layers": 42,
    "num_key_value_heads": 8, "pad_token_id": 0, "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "sliding_window": 4096,
    "sliding_window_size": 4096, "torch_dtype": "float32", "use_cache": True, "vocab_size": 256000,
}  # fmt: skip


@pytest.mark.parametrize(("told", "billions", "beside"), [(LLAMA, 8, 128256 * 4096), (GEMMA, 9, 0)])
def test_the_releases_of_tables_3_and_4_say_all_that_is_asked_of_a_config(tmp_path, told, billions, beside):
    """And describe as many weights as their names say, with the table of the language model's head where it is not the words' own."""
    (tmp_path / "config.json").write_text(json.dumps(told))
    config = architecture.whole(tmp_path)
    weights = blueprint.expected(config)
    assert int((sum(math.prod(shape) for shape in weights.values()) + beside) / 1e9) == billions
    assert len(decoders.linear(config)) == 7
