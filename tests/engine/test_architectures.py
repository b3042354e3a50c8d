"""Every architecture that is known here: a batch, packed or padded by us, gives the states, gradients and logits of plain `transformers`."""

import json
import re
import shutil
from copy import deepcopy

import numpy as np
import pytest
import torch
import transformers
from architectures import LENGTHS, PAD, SMALL, configuration, make, tokens
from safetensors.torch import load_file, save_file

from realignment.core.errors import BadInput
from realignment.engine import batches, encoder, heads, lazy_adam, loops, reading
from realignment.engine.bases import weights
from realignment.engine.bases.kinds import KINDS

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
EXACT = {"rtol": 1e-9, "atol": 1e-9}  # in double precision, so that no difference can be rounding
ROUNDED = ("modernbert", "eurobert", "gemma3_text")  # whose code rounds to float32 within, and plain masks overflow there
OUT = "taken out"


@pytest.fixture(scope="module", params=SMALL)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def folder(name, tmp_path_factory):
    return make(tmp_path_factory.mktemp("encoder"), name)


@pytest.fixture(scope="module")
def batch(name):
    return batches.batch(tokens(name), np.arange(len(LENGTHS)))


def test_every_architecture_that_is_known_stands_in_the_oracle():
    assert {kind for kind, _ in SMALL.values()} == set(KINDS)


def types(model) -> bool:
    """By its own configuration, not by what we say of its kind."""
    return (getattr(model.config, "type_vocab_size", 0) or 0) > 1


def padded(plain, encoded, **options):
    """(outputs of plain `transformers` over one padded batch, where there is a token)."""
    longest, many = int(encoded.lengths.max()), len(encoded)
    ids, kinds, there = torch.full((many, longest), PAD), torch.zeros(many, longest, dtype=torch.long), torch.zeros(many, longest)
    for row, (start, length) in enumerate(zip(encoded.starts, encoded.lengths, strict=False)):
        ids[row, :length] = torch.from_numpy(encoded.tokens[start : start + length]).long()
        kinds[row, :length] = torch.from_numpy(encoded.types[start : start + length]).long()
        there[row, :length] = 1
    given = {"token_type_ids": kinds} if types(plain) else {}
    return plain(input_ids=ids, attention_mask=there.long(), **given, **options), there.bool()


def in_one_batch(plain, encoded) -> list[torch.Tensor]:
    """Each layer's states, the padding taken out."""
    found, there = padded(plain, encoded, output_hidden_states=True)
    return [one[there] for one in found.hidden_states]


def one_by_one(plain, encoded) -> list[torch.Tensor]:
    """The same, a sequence at a time: no padding, no mask."""
    rows = [batches.take(encoded, np.array([row])) for row in range(len(encoded))]
    each = [padded(plain, row, output_hidden_states=True)[0].hidden_states for row in rows]
    return [torch.cat([states[layer][0] for states in each]) for layer in range(len(each[0]))]


def gradients(model, states: list[torch.Tensor]) -> dict[str, torch.Tensor]:
    """Those of a loss that weighs every state of every layer differently."""
    model.zero_grad()
    sum((one * torch.linspace(-1, 1, one.numel()).view_as(one)).sum() for one in states).backward()
    return {name: one.grad for name, one in model.named_parameters() if one.grad is not None}


@pytest.mark.parametrize(
    ("other", "training"),
    [
        (in_one_batch, True),
        (one_by_one, False),
        pytest.param(in_one_batch, False, marks=pytest.mark.slow),
        pytest.param(one_by_one, True, marks=pytest.mark.slow),
    ],
)
def test_states_and_gradients_are_those_of_plain_transformers(name, folder, batch, other, training):
    ours = encoder.load(folder, 0).train(training)
    plain = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").train(training)
    with torch.no_grad():
        mine = reading.read(ours, batch, "hidden_states", output_hidden_states=True)
        torch.testing.assert_close(list(mine), other(plain, tokens(name)), **CLOSE)
    kind, limit = (torch.float32, CLOSE) if SMALL[name][0] in ROUNDED else (torch.float64, EXACT)
    mine = list(reading.read(ours.to(kind), batch, "hidden_states", output_hidden_states=True))
    theirs = other(plain.to(kind), tokens(name))
    alike(ours, mine, plain, theirs, limit)


def test_the_last_states_are_what_plain_transformers_calls_last(name, folder, batch):
    ours, plain = (
        encoder.load(folder, 0).eval(),
        transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval(),
    )
    found, there = padded(plain, tokens(name))
    torch.testing.assert_close(encoder.states(ours, batch), found.last_hidden_state[there], **CLOSE)


def test_a_sequence_is_read_alike_in_any_company(name, folder):
    """What stands beside it in a batch, and in which order, changes nothing."""
    ours, encoded = encoder.load(folder, 0).eval(), tokens(name)
    rows = [5, 8, 0]
    few = encoder.states(ours, batches.batch(encoded, np.array(rows)))
    every = encoder.states(ours, batches.batch(encoded, np.arange(len(encoded))))
    torch.testing.assert_close(few, every[encoded.positions(np.array(rows))], **CLOSE)


@pytest.mark.parametrize("sentence_vector", ["first", "mean"])
def test_logits_and_gradients_of_the_nli_head_are_those_of_its_plain_class(name, folder, batch, sentence_vector):
    """`mean` where the class of `transformers` can do that too."""
    model = heads.build("nli", folder, 3, sentence_vector=sentence_vector)
    if sentence_vector == "mean" and not hasattr(model.config, "classifier_pooling"):
        pytest.skip("its class reads one state")
    plain = plainly(model, "SequenceClassification")
    mine, theirs = heads.pair_logits(model.train(), batch, sentence_vector), padded(plain.train(), tokens(name))[0].logits
    alike(model, [mine], plain, [theirs])


def test_logits_and_gradients_of_the_pos_head_are_those_of_its_plain_class(name, folder, batch):
    if KINDS[SMALL[name][0]].last:
        with pytest.raises(BadInput, match="transformers has no AutoModelForTokenClassification for gemma3_text"):
            heads.build("pos", folder, 3)
        return
    model = heads.build("pos", folder, 3)
    plain = plainly(model, "TokenClassification")
    found, there = padded(plain.train(), tokens(name))
    alike(model, [heads.token_logits(model.train(), batch)], plain, [found.logits[there]])


def plainly(model, auto: str):
    """The same weights in the class of `transformers`, attention as it comes."""
    kind = getattr(transformers, f"AutoModelFor{auto}")
    plain = kind.from_config(deepcopy(model.config), attn_implementation="eager")
    plain.load_state_dict(model.state_dict())
    return plain


def alike(ours, mine: list[torch.Tensor], plain, theirs: list[torch.Tensor], limit=CLOSE) -> None:
    """Outputs and the gradients of all weights, these as shares of the largest."""
    torch.testing.assert_close(mine, theirs, **limit)
    found, wanted = gradients(ours, mine), gradients(plain, theirs)
    scale = max(float(one.abs().max()) for one in wanted.values())
    torch.testing.assert_close(*({name: one / scale for name, one in every.items()} for every in (found, wanted)), **limit)


@pytest.mark.parametrize("half", ["front", "back"])
def test_half_of_the_blocks_is_frozen_and_nothing_else(folder, half):
    model = encoder.load(folder, 0)
    encoder.freeze(model, half)
    held = {name for name, one in model.named_parameters() if not one.requires_grad}
    many, path = model.config.num_hidden_layers, KINDS[model.config.model_type].blocks
    frozen = range(many // 2) if half == "front" else range(many // 2, many)
    assert held == {one for one, _ in model.named_parameters() if one.startswith(tuple(f"{path}.{number}." for number in frozen))}


def test_words_trained_by_rows_end_where_dense_adam_ends_them(name, folder):
    after = {}
    for how in ("dense", "rows"):
        model, encoded = encoder.load(folder, 0), tokens(name)
        with lazy_adam.updated(model, how, 3) as rows:
            optimizer = loops.adam([model], 1e-3, rows)
            for step in range(3):
                states = encoder.states(model, batches.batch(encoded, np.arange(step, len(encoded), 3)))
                optimizer.zero_grad()
                (states * torch.linspace(-1, 1, states.numel()).view_as(states)).mean().backward()
                optimizer.step()
        after[how] = model.state_dict()
    torch.testing.assert_close(after["rows"], after["dense"], rtol=1e-4, atol=3e-5)


def test_a_saved_encoder_is_read_by_plain_transformers_and_by_us_bit_for_bit(folder, tmp_path):
    model = encoder.load(folder, 0)
    model.save_pretrained(tmp_path)
    plain, told = transformers.AutoModel.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(told[what] for what in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    again = encoder.load(tmp_path, 1)
    for other in (plain, again):
        assert all(torch.equal(one, other.state_dict()[name]) for name, one in model.state_dict().items())
    assert again.config.to_dict() == model.config.to_dict()


def test_positions_and_layers_that_it_does_not_have_are_refused(folder):
    model = encoder.load(folder, 0)
    blocks = model.config.num_hidden_layers
    most = 80 - (PAD + 1 if KINDS[model.config.model_type].shifted else 0)
    encoder.require(folder, "small", "realign", most, blocks)
    with pytest.raises(BadInput, match=f"reads {most} tokens at most"):
        encoder.require(folder, "small", "realign", most + 1)
    with pytest.raises(BadInput, match=f"has hidden states 0 to {blocks}"):
        encoder.require(folder, "small", "realign", most, blocks + 1)


def configured(folder, tmp_path, change: dict):
    """A copy of the folder with another config.json; None takes a key out."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    told = {**json.loads((folder / "config.json").read_text()), **change}
    (tmp_path / "config.json").write_text(json.dumps({name: value for name, value in told.items() if value != OUT}))
    return tmp_path


def test_a_key_that_config_json_does_not_say_is_asked_for_or_changes_nothing(folder, tmp_path):
    """Of every key: either the folder is refused by that name, or states stay what they were, and so does what is read."""
    told, asked = json.loads((folder / "config.json").read_text()), []
    whole = states_of(folder)
    for key in set(told) - {"model_type"}:
        place = configured(folder, tmp_path, {key: OUT})
        try:
            assert torch.equal(states_of(place), whole), key
        except BadInput as fault:
            asked.append(key)
            assert key in str(fault) or "correct config.json" in str(fault)
    assert {"vocab_size", "max_position_embeddings"} <= set(asked) and len(asked) >= 9


def states_of(folder):
    """Of an encoder in training, with what drops set, so that a dropout that is left to a default is seen."""
    model = encoder.load(folder, 0).train()
    name = next(one for one, (kind, _) in SMALL.items() if kind == model.config.model_type)
    encoded = tokens(name, (20, 3))
    torch.manual_seed(1)
    return encoder.states(model, batches.batch(encoded, np.arange(2)))


def test_a_weight_that_is_missing_added_or_of_another_shape_is_refused_by_name(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    every = load_file(folder / "model.safetensors")
    where = {name: one for name, one in every.items() if not name.startswith("pooler.")}

    def refused(weights, said):
        save_file({name: one.contiguous() for name, one in weights.items()}, tmp_path / "model.safetensors", {"format": "pt"})
        with pytest.raises(BadInput, match=said) as fault:
            encoder.load(tmp_path, 0)
        assert "\n" not in str(fault.value)

    for name, one in list(where.items())[:: max(1, len(where) // 4)]:
        refused(
            {other: value for other, value in every.items() if other != name},
            f"missing.*{re.escape(name)}|no weight of an encoder",
        )
        refused({**every, name: torch.cat([one, one])}, rf"another shape.*{re.escape(name)}")
    refused({**every, f"{max(every)}.lora_A": torch.ones(2)}, r"would be dropped: 1: .*lora_A")


def test_the_language_model_s_head_beside_it_is_left_out_and_said(name, folder, tmp_path):
    """As most releases are: the encoder within a model that guesses words."""
    kind = SMALL[name][0]
    auto = transformers.AutoModelForCausalLM if kind == "gemma3_text" else transformers.AutoModelForMaskedLM
    whole = auto.from_config(configuration(name))
    whole.base_model.load_state_dict(transformers.AutoModel.from_pretrained(folder).state_dict(), strict=False)
    whole.save_pretrained(tmp_path)
    state, bare = encoder.load(tmp_path, 0).state_dict(), encoder.load(folder, 0).state_dict()
    assert all(torch.equal(one, bare[name]) for name, one in state.items())
    held = sum(not one.startswith(whole.base_model_prefix) for one in load_file(tmp_path / "model.safetensors"))
    assert weights.account(tmp_path).counts.get("weights/head", 0) == held or kind == "nomic_bert"
