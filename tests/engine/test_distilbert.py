"""DistilBERT: the states, gradients and heads of plain `transformers`, and a release's own files read as they lie on the hub."""

import json
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers
from encoders import ALPHABETS, build, sentences
from recipes_made import REALIGN
from released import RELEASED, release
from safetensors.torch import load_file

from realignment.core.errors import BadInput
from realignment.engine import batches, encoder, heads, loops, reading
from realignment.engine.bases import architecture, blueprint, locate, weights
from realignment.languages import table as languages

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
EXACT = {"rtol": 1e-9, "atol": 1e-9}  # in double precision, so that no difference can be rounding
LAYERS = (0, 1, 2, -1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small one, without dropout: so that training and evaluation can be compared."""
    folder = build(tmp_path_factory.mktemp("encoder") / "distilbert", "distilbert")
    told = json.loads((folder / "config.json").read_text())
    no_dropout = {"dropout": 0.0, "attention_dropout": 0.0, "seq_classif_dropout": 0.0}
    (folder / "config.json").write_text(json.dumps({**told, **no_dropout}))
    return folder


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Of lengths from a few tokens to more than a hundred."""
    return [line for alphabet in ALPHABETS for words in (4, 14, 60) for line in sentences(2, 5, alphabet, words=words)]


def packed(model, encoded, layer: int) -> torch.Tensor:
    return encoder.states(model, batches.batch(encoded, np.arange(len(encoded))), layer)


def padded(plain, tokenizer, texts, layer: int) -> torch.Tensor:
    """The same of plain `transformers` over one padded batch, the padding taken out."""
    given = tokenizer(texts, padding=True, return_tensors="pt", return_token_type_ids=False)
    every = plain(**given, output_hidden_states=True).hidden_states[layer]
    return every[given["attention_mask"].bool()]


def alone(plain, tokenizer, texts, layer: int) -> torch.Tensor:
    """The same, one text at a time."""
    every = (tokenizer([text], return_tensors="pt", return_token_type_ids=False) for text in texts)
    return torch.cat([plain(**given, output_hidden_states=True).hidden_states[layer][0] for given in every])


def gradients(model, states: torch.Tensor) -> dict[str, torch.Tensor]:
    """Those of a loss that weighs every state differently."""
    model.zero_grad()
    (states * torch.linspace(-1, 1, states.numel()).view_as(states)).sum().backward()
    return {name: one.grad for name, one in model.named_parameters() if one.grad is not None}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("other", [padded, alone])
def test_packed_states_and_gradients_are_those_of_plain_transformers(folder, texts, other, layer, training):
    tokenizer = encoder.load_tokenizer(folder)
    encoded = batches.encode_texts(tokenizer, texts, 260, "unicode")
    ours = encoder.load(folder, 0).train(training)
    plain = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").train(training)
    with torch.no_grad():
        torch.testing.assert_close(packed(ours, encoded, layer), other(plain, tokenizer, texts, layer), **CLOSE)
    mine, theirs = packed(ours.double(), encoded, layer), other(plain.double(), tokenizer, texts, layer)
    torch.testing.assert_close(mine, theirs, **EXACT)
    found, wanted = gradients(ours, mine), gradients(plain, theirs)
    assert any("embeddings" in name for name in found)
    torch.testing.assert_close(found, wanted, **EXACT)


@pytest.mark.parametrize(("task", "auto"), [("nli", "SequenceClassification"), ("pos", "TokenClassification")])
def test_logits_and_gradients_of_a_head_are_those_of_its_plain_class(folder, task, auto):
    tokenizer, model = encoder.load_tokenizer(folder), heads.build(task, folder, 3).double().train()
    kind = getattr(transformers, f"AutoModelFor{auto}")
    plain = kind.from_config(deepcopy(model.config), attn_implementation="eager").double().train()
    plain.load_state_dict(model.state_dict())
    sides = sentences(5, 1), sentences(5, 2)
    encoded = batches.encode_pairs(tokenizer, *sides, 64)
    batch = batches.batch(encoded, np.arange(5))
    given = tokenizer(*sides, padding=True, return_tensors="pt", return_token_type_ids=False)
    mine = heads.pair_logits(model, batch, "first") if task == "nli" else heads.token_logits(model, batch)
    theirs = plain(**given).logits
    theirs = theirs if task == "nli" else theirs[given["attention_mask"].bool()]
    torch.testing.assert_close(mine, theirs, **EXACT)
    found, wanted = gradients(model, mine), gradients(plain, theirs)
    assert any("classifier" in name for name in found)
    torch.testing.assert_close(found, wanted, **EXACT)


def test_the_dropout_of_the_pair_head_is_the_one_its_release_says(folder, tmp_path):
    told = json.loads((folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**told, "seq_classif_dropout": 0.3}))
    for name in ("model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    assert heads.build("nli", tmp_path, 1).dropout.p == 0.3


def test_the_sentences_of_a_pair_are_not_told_apart(folder):
    """It has no weights for it: what would be swallowed unread is not given."""
    model = encoder.load(folder, 0)
    encoded = batches.encode_pairs(encoder.load_tokenizer(folder), ["ab cd"], ["ef"], 64)
    assert encoded.types.max() == 1
    assert "token_type_ids" not in reading.arguments(model, batches.batch(encoded, np.array([0])))


@pytest.mark.parametrize(("half", "moving"), [("front", {1}), ("back", {0})])
def test_a_frozen_half_of_its_blocks_stays(folder, half, moving):
    tokenizer = encoder.load_tokenizer(folder)
    sides = [batches.encode_texts(tokenizer, sentences(16, 9, alphabet), 48, "unicode") for alphabet in ALPHABETS[:2]]
    before, model = encoder.load(folder, 5).state_dict(), encoder.load(folder, 5)
    order = loops.draw_order({"xxx": np.arange(16)}, 16, 1)
    given = loops.Pairs(*sides, np.arange(16), {"xxx": np.arange(16)})
    loops.realign(model, given, order, replace(REALIGN, freeze=half), loops.Watch(lambda *_: None))
    moved = {name for name, one in model.state_dict().items() if not torch.equal(one, before[name])}
    assert {int(name.split(".")[2]) for name in moved if name.startswith("transformer.layer.")} == moving


def test_a_realigned_encoder_is_read_by_plain_transformers(folder, texts, tmp_path):
    model, tokenizer = encoder.load(folder, 0).eval(), encoder.load_tokenizer(folder)
    encoder.save(model, tokenizer, tmp_path, "card")
    plain, told = transformers.AutoModel.from_pretrained(tmp_path, output_loading_info=True)
    assert type(plain).__name__ == "DistilBertModel" and not any(told[name] for name in ("missing_keys", "unexpected_keys"))
    again = transformers.AutoTokenizer.from_pretrained(tmp_path)
    encoded = batches.encode_texts(tokenizer, texts, 260, "unicode")
    torch.testing.assert_close(packed(model, encoded, -1), padded(plain.eval(), again, texts, -1), **CLOSE)
    assert all(torch.equal(one, encoder.load(tmp_path, 1).state_dict()[name]) for name, one in model.state_dict().items())


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    return release(tmp_path_factory.mktemp("hub"))


def test_a_release_is_read_whole_and_its_language_model_is_dropped_and_recorded(hub):
    stored = load_file(hub / "model.safetensors")
    head = [name for name in stored if name.startswith("vocab_")]
    assert len(head) == 5 and all(name.startswith("distilbert.") for name in stored if name not in head)
    assert locate.resolve(f"path:{hub}", hub) == hub
    found = weights.account(hub)
    assert found.counts == {"weights/head": len(head)}
    assert found.remarks == (
        "weights are a head's and are not used, a head is drawn from the seed: "
        "vocab_layer_norm.bias, vocab_layer_norm.weight, vocab_projector.bias and 2 more (5)",
    )
    loaded = encoder.load(hub, 0).state_dict()
    assert {f"distilbert.{name}" for name in loaded} == set(stored) - set(head)
    assert all(torch.equal(one, stored[f"distilbert.{name}"]) for name, one in loaded.items())


def test_the_tokenizer_of_a_release_keeps_capitals_and_accents(hub):
    """Its files name no special token and say that case is kept; the pad, cls and sep token are found all the same."""
    assert json.loads((hub / "tokenizer_config.json").read_text()) == {"do_lower_case": False, "model_max_length": 512}
    tokenizer = encoder.load_tokenizer(hub)
    assert tokenizer.backend_tokenizer.normalizer.normalize_str("ABÉ") == "ABÉ"


def test_the_release_is_as_long_as_the_one_on_the_hub():
    """466 bytes of config.json and 541,795,680 of weights, the language model's head and its names among them."""
    assert len(json.dumps(RELEASED, indent=2)) + 1 == 466
    told = architecture.told(RELEASED)
    hidden, rows = told["hidden_size"], told["vocab_size"]
    encoder_ = {f"distilbert.{name}": shape for name, shape in blueprint.expected(told).items()}
    head = {"vocab_transform.weight": (hidden, hidden), "vocab_projector.bias": (rows,)}
    head |= dict.fromkeys(("vocab_transform.bias", "vocab_layer_norm.weight", "vocab_layer_norm.bias"), (hidden,))
    assert sum(int(np.prod(shape)) for shape in encoder_.values()) == 134_734_080
    values = 4 * sum(int(np.prod(shape)) for shape in {**encoder_, **head}.values())
    assert 0 < 541_795_680 - values < 200 * len({**encoder_, **head})


def test_its_languages_are_those_of_mbert(hub):
    """Its card: trained on the Wikipedias of mBERT's 104 languages."""
    known = languages.paper()
    assert {code: "mbert" in known[code].seen for code in ("ara", "tel", "hau")} == {"ara": True, "tel": True, "hau": False}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n_heads": None}, "n_heads must be said"),
        ({"seq_classif_dropout": None}, "seq_classif_dropout must be said"),
        ({"dropout": 0.7}, "dropout must be a number from 0 to 0.5"),
        ({"num_attention_heads": 4}, "n_heads is 2 and num_attention_heads is 4; distilbert reads n_heads"),
        ({"sinusoidal_pos_embds": True}, "sinusoidal_pos_embds is True"),
        ({"layer_norm_eps": 1e-5}, "layer_norm_eps is 1e-05"),
        ({"n_layers": 1}, "would be dropped: 16: transformer.layer.1."),
        ({"model_type": "bert"}, "must be said"),
    ],
)
def test_a_configuration_of_another_encoder_is_refused(hub, tmp_path, change, said):
    told = {**json.loads((hub / "config.json").read_text()), **change}
    for path in hub.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({name: value for name, value in told.items() if value is not None}))
    with pytest.raises(BadInput, match=said) as fault:
        encoder.resolve(f"path:{tmp_path}", tmp_path)
    assert "\n" not in str(fault.value)


def test_layers_and_positions_are_read_under_its_own_keys(hub):
    encoder.require(hub, "small", "realign", 512, 2)
    with pytest.raises(BadInput, match="reads 512 tokens at most"):
        encoder.require(hub, "small", "realign", 513)
    with pytest.raises(BadInput, match="has hidden states 0 to 2"):
        encoder.require(hub, "small", "realign", 64, 3)
