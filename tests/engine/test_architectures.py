"""Every architecture that is known here: a batch, packed or padded by us, gives the states, gradients and logits of plain `transformers`."""

import json
import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from architectures import (
    LENGTHS,
    LLAMA3,
    NO_DROPOUT,
    PAD,
    SMALL,
    configuration,
    gradients,
    in_one_batch,
    load,
    looks,
    make,
    one_by_one,
    padded,
    plain_load,
    tokens,
)
from safetensors.torch import load_file, save_file

from realignment.core.errors import BadInput
from realignment.engine import batches, checkpoint, encoder, heads, lazy_adam, loops, reading
from realignment.engine.bases import decisive, weights
from realignment.engine.bases.kinds import KINDS

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
EXACT = {"rtol": 1e-9, "atol": 1e-9}  # in double precision, so that no difference can be rounding
ROUNDED = (
    "modernbert",
    "eurobert",
    "gemma3_text",
    "t5",
    "mt5",
    "umt5",
    "llama",
    "gemma2",
    "mistral",
    "t5gemma",
)  # whose code rounds to float32 within
WINDOWED = ("modernbert", "gemma3_text", "gemma2", "mistral", "t5gemma")  # whose plain masks overflow in double precision


FEW = ("nomic_bert", "modernbert", "eurobert", "gemma3_text", "t5", "deberta-v2", "llama", "gemma2, bidirectional")
each = pytest.mark.parametrize("name", SMALL, scope="module")
few = pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.slow) for name in SMALL], scope="module"
)


@pytest.fixture(scope="module")
def folder(name, tmp_path_factory):
    return make(tmp_path_factory.mktemp("encoder"), name)


@pytest.fixture(scope="module")
def batch(name):
    return batches.batch(tokens(name), np.arange(len(LENGTHS)))


def test_every_architecture_that_is_known_stands_in_the_oracle():
    assert {kind for kind, _ in SMALL.values()} == set(KINDS)


@pytest.mark.parametrize(
    ("other", "training"),
    [
        (in_one_batch, True),
        (one_by_one, False),
        pytest.param(in_one_batch, False, marks=pytest.mark.slow),
        pytest.param(one_by_one, True, marks=pytest.mark.slow),
    ],
)
@each
def test_states_and_gradients_are_those_of_plain_transformers(name, folder, batch, other, training):
    ours = load(name, folder).train(training)
    plain = plain_load(name, folder, attn_implementation="eager").train(training)
    with torch.no_grad():
        mine = reading.read(ours, batch, "hidden_states", output_hidden_states=True)
        torch.testing.assert_close(list(mine), other(plain, tokens(name)), **CLOSE)
    kind, limit = precision(name), CLOSE if SMALL[name][0] in ROUNDED else EXACT
    mine = list(reading.read(ours.to(kind), batch, "hidden_states", output_hidden_states=True))
    theirs = other(plain.to(kind), tokens(name))
    alike(ours, mine, plain, theirs, limit)


@few
def test_the_last_states_are_what_plain_transformers_calls_last(name, folder, batch):
    ours, plain = (
        load(name, folder).eval(),
        plain_load(name, folder, attn_implementation="eager").eval(),
    )
    found, there = padded(plain, tokens(name))
    torch.testing.assert_close(encoder.states(ours, batch), found.last_hidden_state[there], **CLOSE)


@few
def test_half_precision_is_rounding_and_no_other_arithmetic(name, folder, batch):
    """bfloat16 has 8 bits: states and gradients stay near those of float32."""
    model = load(name, folder).train()
    exact = encoder.states(model, batch)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = encoder.states(model, batch)
    assert float((rounded.float() - exact).detach().norm() / exact.detach().norm()) < 0.03
    found, wanted = (gradients(model, [one.float()]) for one in (rounded, exact))
    assert found.keys() == wanted.keys() and all(bool(torch.isfinite(one).all()) for one in found.values())


@few
def test_a_sequence_is_read_alike_in_any_company(name, folder):
    """What stands beside it in a batch, and in which order, changes nothing."""
    ours, encoded = load(name, folder).eval(), tokens(name)
    rows = [5, 8, 0]
    few = encoder.states(ours, batches.batch(encoded, np.array(rows)))
    every = encoder.states(ours, batches.batch(encoded, np.arange(len(encoded))))
    torch.testing.assert_close(few, every[encoded.positions(np.array(rows))], **CLOSE)


@pytest.mark.parametrize("sentence_vector", ["first", "mean"])
@few
def test_logits_and_gradients_of_the_nli_head_are_those_of_its_plain_class(name, folder, batch, sentence_vector):
    """`mean` where the class of `transformers` can do that too."""
    if not KINDS[SMALL[name][0]].pairs:
        with pytest.raises(BadInput, match=r"transformers has no AutoModelForSequenceClassification for the encoder of u?m?t5"):
            heads.build("nli", folder, 3)
        return
    model = headed(name, "nli", folder, sentence_vector).to(precision(name))
    if sentence_vector == "mean" and not hasattr(model.config, "classifier_pooling"):
        pytest.skip("its class reads one state")
    plain = plainly(model, "SequenceClassification")
    mine, theirs = heads.pair_logits(model.train(), batch, sentence_vector), padded(plain.train(), tokens(name))[0].logits
    alike(model, [mine], plain, [theirs])


@few
def test_logits_and_gradients_of_the_pos_head_are_those_of_its_plain_class(name, folder, batch):
    if not KINDS[SMALL[name][0]].tags:
        with pytest.raises(BadInput, match="transformers has no AutoModelForTokenClassification for the encoder of gemma3_text"):
            heads.build("pos", folder, 3)
        return
    model = headed(name, "pos", folder).to(precision(name))
    plain = plainly(model, "TokenClassification")
    found, there = padded(plain.train(), tokens(name))
    alike(model, [heads.token_logits(model.train(), batch)], plain, [found.logits[there]])


@few
def test_logits_and_gradients_of_the_span_head_are_those_of_its_plain_class(name, folder, batch):
    if not KINDS[SMALL[name][0]].spans:
        with pytest.raises(BadInput, match="transformers has no AutoModelForQuestionAnswering for the encoder of"):
            headed(name, "xquad", folder)
        return
    model = headed(name, "xquad", folder).to(precision(name))
    plain = plainly(model, "QuestionAnswering")
    found, there = padded(plain.train(), tokens(name))
    theirs = torch.stack([found.start_logits[there], found.end_logits[there]])
    alike(model, [heads.span_logits(model.train(), batch)], plain, [theirs])


def headed(name: str, task: str, folder, sentence_vector: str = "first"):
    if looks(name):  # without adapters, so that all of it has a gradient
        return load(name, folder, 3, auto=heads.AUTO[task], classifier_dropout=0.0, **heads.labelled(task))
    return heads.build(task, folder, 3, sentence_vector=sentence_vector)


def precision(name: str) -> torch.dtype:
    return torch.float32 if SMALL[name][0] in WINDOWED else torch.float64


def plainly(model, auto: str):
    """The same weights in the class of `transformers`, attention as it comes."""
    kind = getattr(transformers, f"AutoModelFor{auto}")
    plain = kind.from_config(deepcopy(model.config), attn_implementation="eager").to(model.dtype)
    plain.load_state_dict(model.state_dict())
    plain.config.pad_token_id = PAD  # of Llama's it has to be said, or it reads what stands last in the row, the padding
    return plain


def alike(ours, mine: list[torch.Tensor], plain, theirs: list[torch.Tensor], limit=CLOSE) -> None:
    """Outputs and the gradients of all weights, these as shares of the largest."""
    torch.testing.assert_close(mine, theirs, **limit)
    found, wanted = gradients(ours, mine), gradients(plain, theirs)
    scale = max(float(one.abs().max()) for one in wanted.values())
    torch.testing.assert_close(*({name: one / scale for name, one in every.items()} for every in (found, wanted)), **limit)


@pytest.mark.parametrize("half", ["front", "back"])
@few
def test_half_of_the_blocks_is_frozen_and_nothing_else(name, folder, half):
    model = load(name, folder)
    encoder.freeze(model, half)
    held = {name for name, one in model.named_parameters() if not one.requires_grad}
    many, path = encoder.own(model.config).num_hidden_layers, KINDS[model.config.model_type].blocks
    frozen = range(many // 2) if half == "front" else range(many // 2, many)
    assert held == {one for one, _ in model.named_parameters() if one.startswith(tuple(f"{path}.{number}." for number in frozen))}


@few
def test_words_trained_by_rows_end_where_dense_adam_ends_them(name, folder):
    after = {}
    for how in ("dense", "rows"):
        model, encoded = load(name, folder), tokens(name)
        with lazy_adam.updated(model, how, 3) as rows:
            optimizer = loops.adam([model], 1e-3, rows)
            for step in range(3):
                states = encoder.states(model, batches.batch(encoded, np.arange(step, len(encoded), 3)))
                optimizer.zero_grad()
                (states * torch.linspace(-1, 1, states.numel()).view_as(states)).mean().backward()
                optimizer.step()
        after[how] = model.state_dict()
    torch.testing.assert_close(after["rows"], after["dense"], rtol=1e-4, atol=3e-5)


@pytest.mark.parametrize("how", ["dense", "rows"])
@few
def test_a_checkpoint_brings_every_weight_back_to_the_bit(name, folder, tmp_path, how):
    """Also a table that has two names, as T5's words."""
    model, encoded = load(name, folder), tokens(name)
    with lazy_adam.updated(model, how, 2) as rows:
        loop = checkpoint.Loop([model], loops.adam([model], 1e-3, rows), checkpoint.Keeper(tmp_path, {}))
        encoder.states(model, batches.batch(encoded, np.arange(4))).sum().backward()
        loop.optimizer.step()
        loop.losses.append(torch.zeros(()))
        loop._save(1)
        kept = {key: one.clone() for key, one in model.state_dict().items()}
        with torch.no_grad():
            [one.zero_() for one in model.state_dict().values()]
        loop._restore()
        assert all(torch.equal(one, kept[key]) for key, one in model.state_dict().items())


@few
def test_a_saved_encoder_is_read_by_plain_transformers_and_by_us_bit_for_bit(name, folder, tmp_path):
    model = load(name, folder)
    model.save_pretrained(tmp_path)
    plain, told = plain_load(name, tmp_path, output_loading_info=True)
    assert not any(told[what] for what in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    again = load(name, tmp_path, 1)
    for other in (plain, again):
        assert all(torch.equal(one, other.state_dict()[name]) for name, one in model.state_dict().items())
    assert again.config.to_dict() == model.config.to_dict()


@few
def test_positions_and_layers_that_it_does_not_have_are_refused(name, folder):
    model = load(name, folder)
    blocks = encoder.own(model.config).num_hidden_layers
    most = 80 - (PAD + 1 if KINDS[model.config.model_type].shifted else 0)
    encoder.require(folder, "small", "realign", most, blocks)
    with pytest.raises(BadInput, match=f"reads {most} tokens at most"):
        encoder.require(folder, "small", "realign", most + 1)
    with pytest.raises(BadInput, match=f"has hidden states 0 to {blocks}"):
        encoder.require(folder, "small", "realign", most, blocks + 1)


UNUSUAL = {  # other values than the defaults of any class, so that a default is seen where it takes their place
    "relu": ("hidden_act", "hidden_activation", "activation"),
    1e-4: ("layer_norm_eps", "norm_eps", "rms_norm_eps"),
    0.05: ("initializer_range",),
    1.5: ("initializer_cutoff_factor",),
    0.2: (*NO_DROPOUT, "embedding_dropout", "mlp_dropout"),
    16: ("query_pre_attn_scalar", "max_relative_positions"),
}


def unusual(told: dict) -> dict:
    """config.json with those values, and rotary positions that turn otherwise."""
    told = told | {key: value for value, keys in UNUSUAL.items() for key in keys if key in told}
    return json.loads(re.sub(r'"rope_theta": [0-9.]+', '"rope_theta": 70.0', json.dumps(told)))


def without(told: dict) -> Iterator[tuple[str, dict]]:
    """Each key with the configuration that does not say it, or says nothing under it; those within another too."""
    for key, value in told.items():
        yield key, {other: one for other, one in told.items() if other != key}
        yield key, told | {key: None}
        for inner, changed in without(value) if isinstance(value, dict) and key not in ("id2label", "label2id") else ():
            yield inner, told | {key: changed}


@few
def test_a_key_that_config_json_does_not_say_is_asked_for_or_changes_nothing(name, folder, tmp_path):
    """Of every key: either the folder is refused by that name, or states, and weights that are drawn, stay what they were.

    But for what BERT's releases do not say, and a pad token, which the tokenizer names as well.
    """
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    told, asked = unusual(json.loads((folder / "config.json").read_text())), []
    (tmp_path / "config.json").write_text(json.dumps(told))
    whole = arithmetic(name, tmp_path)
    kind = KINDS[told["model_type"]]
    known = {"layer_norm_eps" if name == "bert" else "", "pad_token_id" if kind.padding is not None or kind.decodes else ""}
    for key, rest in without(told):
        if key in known or (key in ("pad_token_id", *kind.empty) and key in rest):  # null: there is none
            continue
        (tmp_path / "config.json").write_text(json.dumps(rest))
        try:
            found = arithmetic(name, tmp_path)
        except BadInput as fault:
            asked.append(key)
            assert "\n" not in str(fault)
            assert (
                key in str(fault)
                or key == "model_type"
                or re.search("correct config.json|describes no encoder|config.json says", str(fault))
            )
        else:
            assert all(torch.equal(one, other) for one, other in zip(found, whole, strict=True)), f"{key} is left to a default"
    assert {"model_type", "vocab_size", decisive.key(told["model_type"], "hidden_size")} <= set(asked) and len(asked) >= 9


def arithmetic(name: str, folder) -> list[torch.Tensor]:
    """States in training, with what drops; weights of the same shape, drawn."""
    model, encoded = load(name, folder).train(), tokens(name, (20, 3))
    torch.manual_seed(1)
    return [
        encoder.states(model, batches.batch(encoded, np.arange(2))),
        *encoder.untrained(folder, 0, looks=looks(name)).state_dict().values(),
    ]


OLDER = {  # config.json of before: what is said there -> what it says now
    "modernbert": (
        {"global_attn_every_n_layers": 2, "global_rope_theta": 70.0, "local_rope_theta": 40.0},
        {
            "layer_types": ["full_attention", "sliding_attention"] * 2,
            "rope_parameters": {
                "full_attention": {"rope_type": "default", "rope_theta": 70.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 40.0},
            },
        },
    ),
    "eurobert": ({"rope_theta": 70.0}, {"rope_parameters": {"rope_type": "default", "rope_theta": 70.0}}),
    "llama": (
        {"rope_theta": 70.0, "rope_scaling": {key: value for key, value in LLAMA3.items() if key != "rope_theta"}},
        {"rope_parameters": {**LLAMA3, "rope_theta": 70.0}},
    ),
    "gemma3_text": (
        {"sliding_window_pattern": 2, "rope_theta": 70.0, "rope_local_base_freq": 40.0},
        {
            "layer_types": ["sliding_attention", "full_attention"],
            "rope_parameters": {
                "full_attention": {"rope_type": "default", "rope_theta": 70.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 40.0},
            },
        },
    ),
}


@pytest.mark.parametrize("name", OLDER, scope="module")
def test_older_keys_say_what_newer_ones_say_and_none_of_them_can_be_left_out(name, folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (older, newer), told = OLDER[name], json.loads((folder / "config.json").read_text())
    rest = {key: value for key, value in told.items() if key not in newer and key != "_sliding_window_pattern"}

    def states(config: dict):
        (tmp_path / "config.json").write_text(json.dumps(config))
        return arithmetic(name, tmp_path)[0]

    assert torch.equal(states(rest | older), states(rest | newer))
    assert not torch.equal(states(rest | newer), states(told))
    for key in older.keys() - {"rope_scaling"}:  # where nothing is stretched, nothing is said
        with pytest.raises(BadInput, match=rf"{key}|{next(iter(newer))}|rope_parameters must be said"):
            states(rest | {other: value for other, value in older.items() if other != key})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"auto_map": {"AutoModel": "modeling.OwnModel"}}, "auto_map names modeling.OwnModel"),
        ({"use_bidirectional_attention": False}, "use_bidirectional_attention is False; an encoder of type gemma3_text"),
        ({"attn_logit_softcapping": 50.0}, "attn_logit_softcapping is 50.0"),
        ({"quantization_config": {"quant_method": "gptq"}}, "quantization_config"),
        ({"num_attention_heads": 5}, "not a multiple of the number of attention heads"),
        ({"attention_dropout": 0.9}, "attention_dropout must be a number from 0 to 0.5"),
        ({"rms_norm_eps": "small"}, "rms_norm_eps must be a number"),
        ({"num_hidden_layers": "2"}, "num_hidden_layers must be a whole number"),
        ({"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}, "rotary positions of rope_type dynamic are not known here"),
        ({"layer_types": ["full_attention"]}, "describes no encoder of type gemma3_text"),
    ],
)
def test_a_configuration_of_another_arithmetic_is_refused(tmp_path, change, said):
    folder = make(tmp_path, "gemma3_text")
    (folder / "config.json").write_text(json.dumps(json.loads((folder / "config.json").read_text()) | change))
    with pytest.raises(BadInput, match=said) as fault:
        encoder.load(folder, 0)
    assert "\n" not in str(fault.value)


def test_a_release_that_brings_the_code_that_transformers_has_by_now_is_read(tmp_path):
    """As EuroBERT's: its own code is not run."""
    folder = make(tmp_path, "eurobert")
    plain = encoder.load(folder, 0).state_dict()
    own = {"auto_map": {"AutoModel": "modeling_eurobert.EuroBertModel", "AutoConfig": "configuration_eurobert.EuroBertConfig"}}
    (folder / "config.json").write_text(json.dumps(json.loads((folder / "config.json").read_text()) | own))
    assert all(torch.equal(one, plain[name]) for name, one in encoder.load(folder, 0).state_dict().items())


@few
def test_a_weight_that_is_missing_added_or_of_another_shape_is_refused_by_name(name, folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    every = load_file(folder / "model.safetensors")
    where = {name: one for name, one in every.items() if not name.startswith("pooler.")}

    def refused(weights, said):
        save_file({name: one.contiguous() for name, one in weights.items()}, tmp_path / "model.safetensors", {"format": "pt"})
        with pytest.raises(BadInput, match=said) as fault:
            load(name, tmp_path)
        assert "\n" not in str(fault.value)

    for lost, one in list(where.items())[:: max(1, len(where) // 4)]:
        rest = {other: value for other, value in every.items() if other != lost}
        refused(rest, f"missing.*{re.escape(lost)}|no weight of an encoder")
        refused({**every, lost: torch.cat([one, one])}, rf"another shape.*{re.escape(lost)}")
    refused({**every, f"{max(every)}.lora_A": torch.ones(2)}, r"would be dropped: 1: .*lora_A")


@few
def test_the_language_model_s_head_beside_it_is_left_out_and_said(name, folder, tmp_path):
    """As most releases are: the encoder within a model that guesses words."""
    kind = SMALL[name][0]
    autos = dict.fromkeys(("gemma3_text", "llama", "gemma2", "mistral"), transformers.AutoModelForCausalLM) | dict.fromkeys(
        ("t5", "mt5", "umt5", "t5gemma"), transformers.AutoModelForSeq2SeqLM
    )
    made = configuration(name, **({"is_encoder_decoder": True} if kind == "t5gemma" else {}))
    whole = autos.get(kind, transformers.AutoModelForMaskedLM).from_config(made)
    whole.base_model.load_state_dict(plain_load(name, folder).state_dict(), strict=False)
    whole.save_pretrained(tmp_path)
    state, bare = load(name, tmp_path).state_dict(), load(name, folder).state_dict()
    assert all(torch.equal(one, bare[name]) for name, one in state.items())
    beside = ("decoder.", "lm_head.") if kind.endswith("t5") else ("model.decoder.", "lm_head.") if kind == "t5gemma" else ()
    stored = load_file(tmp_path / "model.safetensors")
    held = sum(one.startswith(beside) if beside else not one.startswith(whole.base_model_prefix) for one in stored)
    assert weights.account(tmp_path).counts.get("weights/head", 0) == held or kind == "nomic_bert"


def test_the_page_of_encoders_has_a_measured_row_for_every_architecture():
    """As `benchmarks/architectures.py` wrote them: none further from plain transformers than rounding."""
    root = Path(__file__).parents[2]
    rows = json.loads((root / "benchmarks/results/architectures.json").read_text())["rows"]
    assert set(rows) == set(KINDS)
    assert {name: row["packed"] for name, row in rows.items()} == {name: kind.packs for name, kind in KINDS.items()}
    assert max(max(row["states"], row["gradients"]) for row in rows.values()) < 1e-5
    page = (root / "docs/models.md").read_text(encoding="utf-8")
    assert all(
        f"| `{name}` | {'packed' if row['packed'] else 'padded'} | {row['states']:.0e} |" in page for name, row in rows.items()
    )


@pytest.mark.parametrize(
    "key", ["attn_logit_softcapping", "query_pre_attn_scalar", "sliding_window", "rope_parameters", "layer_types"]
)
def test_what_stands_around_the_settings_of_an_encoder_is_not_taken_for_its_own(tmp_path, key):
    """The class reads it within alone, and takes its default where it stands outside."""
    folder = make(tmp_path, "t5gemma")
    config = json.loads((folder / "config.json").read_text())
    config[key] = config["encoder"].pop(key)
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match=f"{key} must be said"):
        load("t5gemma", folder)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("llama", {"partial_rotary_factor": 0.5}),
        ("llama", {"layer_types": ["sliding_attention"] * 2}),
        ("mistral", {"layer_types": ["full_attention"] * 2}),
    ],
)
def test_a_decoder_of_another_arithmetic_is_refused_in_a_line(tmp_path, name, change):
    folder = make(tmp_path, name)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(BadInput, match=f"{next(iter(change))} is .* is known here with None alone"):
        load(name, folder)
