"""The weights of an encoder's folder: every one is accounted for, what is taken off or left is said, all else is refused by name."""

import json
import shutil

import pytest
import torch
import transformers
from encoders import build
from safetensors.torch import load_file, save_file, save_model

from realignment.core.errors import BadInput
from realignment.engine import encoder, heads
from realignment.engine.bases import architecture, blueprint, decisive, locate, weights
from realignment.engine.bases.kinds import KINDS, TABLED
from realignment.tasks import LABELS

OWN_NAMES = {  # BERT's -> DistilBERT's
    "encoder.layer": "transformer.layer",
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "output.LayerNorm": "output_layer_norm",
}


@pytest.fixture
def folder(encoder_folder, tmp_path):
    return shutil.copytree(encoder_folder, tmp_path / "encoder")


def stored(folder):
    return load_file(folder / "model.safetensors")


def store(folder, tensors, **metadata):
    save_file(
        {name: value.contiguous() for name, value in tensors.items()}, folder / "model.safetensors", {"format": "pt", **metadata}
    )


def configure(folder, **change):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))


def kind_of(folder) -> str:
    return architecture.read(folder)["model_type"]


def named(folder, name: str) -> str:
    """What the encoder of a folder calls what BERT calls `name`."""
    if kind_of(folder) == "distilbert":
        for theirs, own in OWN_NAMES.items():
            name = name.replace(theirs, own)
    return name


def key(folder, name: str) -> str:
    """The same of a key of config.json."""
    return decisive.key(kind_of(folder), name)


def same(first, second) -> bool:
    one, other = first.state_dict(), second.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("kind", TABLED)
def test_the_weights_an_encoder_consists_of_are_those_transformers_makes(kind):
    sizes = {"hidden_size": 8, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 12}
    own = {decisive.key(kind, name): value for name, value in sizes.items()}
    config = transformers.AutoConfig.for_model(kind, vocab_size=11, max_position_embeddings=14, **own)
    made = {name: tuple(value.shape) for name, value in transformers.AutoModel.from_config(config).state_dict().items()}
    told = architecture.told(config.to_dict())
    assert blueprint.expected(told) | blueprint.pooler(told) == made


@pytest.mark.parametrize(
    "wrapper", ["_orig_mod.", "module.", "model.", "module._orig_mod.", "base_model.model.", "text_encoder."]
)
def test_a_wrapper_is_taken_off_and_said(folder, wrapper, capfd):
    plain = encoder.load(folder, 0)
    store(folder, {wrapper + name: value for name, value in stored(folder).items()})
    assert same(encoder.load(folder, 0), plain)
    assert weights.account(folder).counts == {"weights/wrapped": len(stored(folder))}
    assert f"weights stand under a wrapper, which is taken off: {wrapper}" in capfd.readouterr().err


def test_a_wrapper_within_names_and_names_of_the_first_releases_are_read(folder):
    plain = encoder.load(folder, 0)
    old = {
        "LayerNorm.weight": "LayerNorm.gamma",
        "LayerNorm.bias": "LayerNorm.beta",
        "layer.1.": "layer.1._checkpoint_wrapped_module.",
    }

    def renamed(name):
        for now, then in old.items():
            name = name.replace(now, then)
        return name

    store(folder, {renamed(name): value for name, value in stored(folder).items()})
    assert same(encoder.load(folder, 0), plain)
    assert weights.account(folder).counts == {"weights/wrapped": 16}


def test_weights_saved_once_for_two_names_are_found_by_the_other_name(tmp_path):
    """As `safetensors.torch.save_model` leaves a language model whose output is tied to its words: the first name of the two stays."""
    folder = build(tmp_path / "encoder", "xlm-roberta")
    config = transformers.AutoConfig.from_pretrained(folder)
    language_model = transformers.AutoModelForMaskedLM.from_config(config)
    save_model(language_model, folder / "model.safetensors")
    assert f"roberta.{blueprint.WORDS}" not in stored(folder)
    loaded = encoder.load(folder, 0).state_dict()
    made = language_model.base_model.state_dict()
    assert all(torch.equal(made[name], value) for name, value in loaded.items())
    assert weights.account(folder).counts["weights/shared"] == 1


@pytest.mark.parametrize(
    "lost", ["encoder.layer.1.", "embeddings.position", "encoder.layer.0.attention.self.key.bias", "embeddings.word"]
)
def test_missing_weights_are_never_random(folder, lost):
    every, lost = stored(folder), named(folder, lost)
    store(folder, {name: value for name, value in every.items() if not name.startswith(lost)})
    expected = blueprint.expected(architecture.whole(folder))
    first = next(name for name in expected if name.startswith(lost))
    with pytest.raises(BadInput, match=first) as fault:
        locate.resolve(f"path:{folder}", folder)
    many = sum(name.startswith(lost) for name in every)
    assert lost == "embeddings.word" or f"would be random: {many} of {len(expected)}: {first}" in str(fault.value)
    assert "\n" not in str(fault.value)
    with pytest.raises(BadInput):
        encoder.load(folder, 0)


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "distilbert"])
def test_weights_of_another_kind_than_the_configuration_says_are_refused(tmp_path, kind):
    """Where their shapes are alike, their positions, and what a layer norm adds, are not."""
    folder = build(tmp_path, kind)
    other = {"bert": "roberta", "xlm-roberta": "distilbert", "distilbert": "bert"}[kind]
    store(folder, {f"{other}.{name}": value for name, value in stored(folder).items()})
    with pytest.raises(BadInput, match=rf"weights are named `{other}\.`"):
        encoder.resolve(f"path:{folder}", folder)


def test_more_blocks_than_the_configuration_has_are_not_dropped(folder):
    configure(folder, **{key(folder, "num_hidden_layers"): 1})
    with pytest.raises(BadInput, match=rf"would be dropped: 16: {named(folder, 'encoder.layer')}\.1\."):
        encoder.resolve(f"path:{folder}", folder)


def test_what_was_added_within_the_encoder_is_not_dropped(folder):
    every = stored(folder)
    store(folder, {**every, named(folder, "encoder.layer.0.attention.self.query.lora_A.weight"): torch.ones(2, 32)})
    with pytest.raises(BadInput, match=r"would be dropped: 1: .*lora_A"):
        encoder.load(folder, 0)


@pytest.mark.parametrize("name", ["lora.encoder.0.A", "adapters.layer.0.down.weight", "delta.embeddings.word_embeddings"])
@pytest.mark.parametrize("wrapper", ["", "model."])
def test_what_was_added_beside_the_encoder_is_not_taken_for_a_head(folder, name, wrapper):
    """The head of the same file is."""
    prefix = KINDS[kind_of(folder)].own
    whole = {wrapper + prefix + one: value for one, value in stored(folder).items()}
    whole[f"{wrapper}classifier.weight"] = torch.ones(2, 2)
    store(folder, whole)
    assert weights.account(folder).counts["weights/head"] == 1
    store(folder, {**whole, name: torch.ones(2, 2)})
    with pytest.raises(BadInput, match=f"would be dropped: 1: {name}"):
        locate.resolve(f"path:{folder}", folder)


def broken(kind, folder):
    """What is done to the weights, and what is said of it."""
    word, query = "embeddings.word_embeddings.weight", named(folder, "encoder.layer.0.attention.self.query.weight")
    position, norm = "embeddings.position_embeddings.weight", named(folder, "encoder.layer.1.output.LayerNorm.weight")
    return {
        "shape": (lambda all_: {**all_, query: all_[query][:16]}, "another shape than config.json says: 1: "),
        "rows": (lambda all_: {**all_, word: all_[word][:-1]}, r"word_embeddings.weight \[399, 32\], not \[400, 32\]"),
        "integers": (lambda all_: {**all_, query: (all_[query] * 100).to(torch.int8)}, r"not so: 1: .*weight \(I8\)"),
        "two encoders": (
            lambda all_: {**all_, **{f"teacher.{name}": one.clone() for name, one in all_.items()}},
            "holds 2 encoders",
        ),
        "twice": (lambda all_: {**all_, f"module.{query}": all_[query] * 2}, "two weights for one place"),
        "not a number": (lambda all_: {**all_, query: all_[query] / 0}, "NaN or infinity: 1: "),
        "no positions": (
            lambda all_: {**all_, position: torch.zeros_like(all_[position])},
            "one number throughout: 1: embeddings.position",
        ),
        "no norm": (lambda all_: {**all_, norm: torch.zeros_like(all_[norm])}, f"one number throughout: 1: {norm}"),
        "emptied": (lambda all_: {**all_, query: torch.zeros_like(all_[query])}, "one number throughout"),
    }[kind]


@pytest.mark.parametrize(
    "kind", ["shape", "rows", "integers", "two encoders", "twice", "not a number", "emptied", "no positions", "no norm"]
)
def test_weights_that_cannot_be_meant_are_refused(folder, kind):
    change, said = broken(kind, folder)
    store(folder, change(stored(folder)))
    with pytest.raises(BadInput, match=said) as fault:
        encoder.load(folder, 0)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float64"])
def test_weights_stored_in_another_precision_are_read_as_float32_and_said(folder, kind):
    every = {name: value.to(getattr(torch, kind)) for name, value in stored(folder).items()}
    store(folder, every)
    configure(folder, dtype=kind)
    model = encoder.load(folder, 0)
    assert all(torch.equal(value, every[name].float()) for name, value in model.state_dict().items())
    assert {value.dtype for value in encoder.untrained(folder, 0).state_dict().values()} == {torch.float32}
    assert any(f"are stored as {kind} and read as float32" in one for one in weights.account(folder).remarks)


def test_files_of_weights_that_are_cut_off_missing_or_ambiguous_are_refused(folder):
    whole, index = (folder / "model.safetensors").read_bytes(), folder / "model.safetensors.index.json"

    def refused(said):
        with pytest.raises(BadInput, match=said):
            locate.resolve(f"path:{folder}", folder)

    (folder / "model.safetensors").write_bytes(whole[:-100])
    refused("bytes are announced")
    (folder / "model.safetensors").write_bytes(whole[:50])
    refused("no safetensors file")
    (folder / "model.safetensors").write_bytes(whole)
    (folder / "other.safetensors").write_bytes(whole)
    refused("holds other.safetensors beside the weights")
    (folder / "other.safetensors").rename(folder / "adapter_model.safetensors")
    refused("an adapter")
    (folder / "model.safetensors").unlink()
    refused("an adapter")
    (folder / "adapter_model.safetensors").rename(folder / "weights.safetensors")
    refused("model.safetensors .* is required; safetensors files there: weights.safetensors")
    index.write_text(json.dumps({"weight_map": {"a": "weights.safetensors", "b": "model-2-of-2.safetensors"}}))
    refused("1 of 2 files of model.safetensors.index.json are missing: model-2-of-2.safetensors")


def test_shards_are_read_as_one(folder, tmp_path):
    plain = encoder.load(folder, 0)
    transformers.AutoModel.from_pretrained(folder).save_pretrained(tmp_path / "shards", max_shard_size="20KB")
    (folder / "model.safetensors").unlink()
    shutil.copytree(tmp_path / "shards", folder, dirs_exist_ok=True)
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    assert same(encoder.load(locate.resolve(f"path:{folder}", folder), 0), plain)


def test_a_module_behind_the_encoder_is_said_not_to_be_used(folder):
    (folder / "2_Dense").mkdir()
    save_file({"linear.weight": torch.ones(2, 2)}, folder / "2_Dense/model.safetensors")
    assert weights.account(folder).remarks == ("what stands behind the encoder is not used: 2_Dense",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_decoder": True}, "is_decoder is True"),
        ({"add_cross_attention": True}, "add_cross_attention is True"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type is 'relative_key'"),
        ({"pruned_heads": {"0": [1]}}, "pruned_heads"),
        ({"quantization_config": {"quant_method": "gptq"}}, "quantization_config"),
        ({"auto_map": {"AutoModel": "modeling.Own"}}, "auto_map"),
        ({"chunk_size_feed_forward": 3}, "chunk_size_feed_forward is 3"),
        ({"hidden_dropout_prob": None}, "hidden_dropout_prob must be said"),
        ({"hidden_dropout_prob": 0.9}, "hidden_dropout_prob must be a number from 0 to 0.5, got 0.9"),
        ({"attention_probs_dropout_prob": 1.0}, "attention_probs_dropout_prob must be a number from 0 to 0.5"),
        ({"hidden_dropout_prob": "much"}, "hidden_dropout_prob must be a number"),
        ({"layer_norm_eps": 1.0}, "layer_norm_eps must be a number"),
        ({"initializer_range": 0.0}, "initializer_range must be a number"),
        ({"num_attention_heads": True}, "num_attention_heads must be a whole number"),
        ({"hidden_act": None}, "hidden_act must be said"),
        ({"num_attention_heads": None, "vocab_size": None}, "vocab_size, num_attention_heads must be said"),
        ({"num_attention_heads": 5}, "no multiple of num_attention_heads 5"),
        ({"vocab_size": "400"}, "vocab_size must be a whole number"),
    ],
)
def test_a_configuration_of_another_arithmetic_is_refused(folder, change, said):
    """Under the keys of its kind."""
    for name in change:
        said = said.replace(name, key(folder, name))
    configure(folder, **{key(folder, name): value for name, value in change.items()})
    with pytest.raises(BadInput, match=said) as fault:
        encoder.resolve(f"path:{folder}", folder)
    assert "encoder `path:" in str(fault.value) and "\n" not in str(fault.value)


def test_more_kinds_of_sentences_than_there_are_rows_for_them_are_refused(bert_folder, tmp_path):
    folder = shutil.copytree(bert_folder, tmp_path / "encoder")
    configure(folder, type_vocab_size=3)
    with pytest.raises(BadInput, match="token_type_embeddings"):
        encoder.resolve(f"path:{folder}", folder)


@pytest.mark.parametrize("change", [{"hidden_act": "gelo"}, {"hidden_dropout_prob": "much"}])
def test_a_configuration_that_transformers_cannot_read_is_one_line(folder, change):
    change = {key(folder, name): value for name, value in change.items()}
    configure(folder, **change)
    with pytest.raises(BadInput, match=r"config\.json: .*" + next(iter(change))) as fault:
        encoder.load(folder, 0)
    assert "\n" not in str(fault.value)


def test_what_a_configuration_says_of_outputs_and_kernels_changes_nothing(folder):
    plain = heads.build("nli", folder, 3)
    configure(
        folder, return_dict=False, output_hidden_states=True, output_attentions=True, torchscript=True, attn_implementation="eager",
        _attn_implementation="sdpa", torch_dtype="float16", problem_type="multi_label_classification", num_labels=1, classifier_dropout=0.9,
    )  # fmt: skip
    changed = heads.build("nli", folder, 3)
    assert same(changed, plain)
    assert (changed.config.num_labels, changed.config.problem_type, changed.config.return_dict) == (3, None, True)
    assert (changed.config._attn_implementation, changed.config.classifier_dropout) == ("packed", None)


@pytest.mark.parametrize("task", ["pos", "nli"])
@pytest.mark.parametrize("carried", ["7 NER labels", "3 NLI labels", "language model"])
def test_a_head_is_drawn_from_the_seed_whatever_head_the_files_hold(encoder_folder, tmp_path, task, carried):
    """The base alone, and the same base within a model that has a head of its own."""
    make, size = {
        "7 NER labels": (transformers.AutoModelForTokenClassification, {"num_labels": 7}),
        "3 NLI labels": (transformers.AutoModelForSequenceClassification, {"num_labels": 3, "problem_type": "regression"}),
        "language model": (transformers.AutoModelForMaskedLM, {}),
    }[carried]
    whole = make.from_pretrained(encoder_folder, **size)
    shutil.copytree(encoder_folder, tmp_path / "whole")
    whole.save_pretrained(tmp_path / "whole")
    whole.base_model.save_pretrained(tmp_path / "base")
    shutil.copy(encoder_folder / "tokenizer.json", tmp_path / "base")
    built = [heads.build(task, tmp_path / name, 5) for name in ("whole", "base")]
    assert same(*built)
    assert built[0].config.id2label == dict(enumerate(LABELS[task]))
    assert weights.account(tmp_path / "whole").counts["weights/head"] > 0


@pytest.mark.parametrize("task", ["pos", "nli"])
@pytest.mark.parametrize("pooler", [True, False])
def test_the_bare_encoder_and_one_saved_again_begin_fine_tuning_alike(folder, tmp_path, task, pooler):
    """Where the base holds no pooler, BERT's NLI head draws one: as much of it for `none` as for a realigned row."""
    if not pooler:
        store(folder, {name: value for name, value in stored(folder).items() if not name.startswith("pooler")})
    encoder.save(encoder.load(folder, 9), encoder.load_tokenizer(folder), tmp_path / "again", "")
    assert same(heads.build(task, folder, 5), heads.build(task, tmp_path / "again", 5))


def test_a_fine_tuned_model_keeps_its_head_and_lacks_no_weight(encoder_folder, tmp_path):
    model = heads.build("pos", encoder_folder, 5)
    encoder.save(model, encoder.load_tokenizer(encoder_folder), tmp_path, "")
    assert same(heads.load("pos", tmp_path), model)
    every = stored(tmp_path)
    for lost in ("classifier.bias", next(name for name in every if "layer.1." in name)):
        store(tmp_path, {name: value for name, value in every.items() if name != lost})
        with pytest.raises(BadInput, match=f"missing weights of the fine-tuned model: 1: {lost}"):
            heads.load("pos", tmp_path)


def test_a_pointer_of_git_lfs_is_no_damaged_file(tmp_path):
    (tmp_path / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    with pytest.raises(BadInput, match=r"model.safetensors: is a pointer of Git LFS"):
        weights.header(tmp_path / "model.safetensors")
