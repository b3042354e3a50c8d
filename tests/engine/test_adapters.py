"""Adapters in decoders: what plain `peft` and `transformers` make of what is saved, and what of it a task model gets."""

import json
import shutil

import numpy as np
import pytest
import torch
import transformers
from architectures import LENGTHS, build, make, padded, plain_class, tokens
from encoders import ALPHABETS
from peft import PeftModel
from safetensors.torch import load_file, save_file
from tokenizers_made import text

from realignment.core.errors import BadInput, FailedWork
from realignment.engine import adapters, batches, checkpoint, encoder, heads, loops, recipes
from realignment.engine.bases import vocabulary

HOW = recipes.Decoder("causal", 4, 8.0, 0.0, "down_proj,q_proj,v_proj", "")
NAMES = ("llama", "gemma2, bidirectional")
AUTOS = {
    "": transformers.AutoModel,
    "pos": transformers.AutoModelForTokenClassification,
    "nli": transformers.AutoModelForSequenceClassification,
}


@pytest.fixture(scope="module", params=NAMES)
def base(request, tmp_path_factory):
    folder = build(tmp_path_factory.mktemp("decoder"), request.param)
    looks = request.param.partition(", ")[2] or "causal"
    return adapters.Base(folder, recipes.Decoder(looks, 4, 8.0, 0.0, "down_proj,q_proj,v_proj", ""))


@pytest.fixture(scope="module")
def realigned(base, tmp_path_factory):
    """A folder as a realignment leaves it: adapters that were trained for two steps."""
    return saved(base, trained(adapters.draw(base, 3)), tmp_path_factory.mktemp("realigned"))


@pytest.fixture(scope="module")
def batch():
    return batches.batch(tokens("llama"), np.arange(len(LENGTHS)))


def trained(model, read=encoder.states, steps: int = 2):
    """In place; what is read of it, weighed, is the loss."""
    optimizer = loops.adam([model.train()], 1e-2)
    for _ in range(steps):
        found = read(model, batches.batch(tokens("llama"), np.arange(len(LENGTHS))))
        optimizer.zero_grad()
        (found * torch.linspace(-1, 1, found.numel()).view_as(found)).sum().backward()
        optimizer.step()
    return model.eval()


def saved(base, model, folder):
    adapters.save(model, vocabulary.load(base.folder), folder, "", ("./base", None))
    return folder


def plainly(base, folder, task: str = ""):
    """Base, configuration and adapters, as the card of a folder says."""
    config = transformers.AutoConfig.from_pretrained(folder)
    plain = AUTOS[task].from_pretrained(base.folder, config=config, attn_implementation="eager", dtype=torch.float32)
    plain.config.pad_token_id = 1
    return PeftModel.from_pretrained(plain, folder).eval()


def test_new_adapters_change_nothing_and_alone_are_trained(base, batch):
    model, bare = adapters.draw(base, 3).eval(), encoder.load(base.folder, 0, looks=base.how.attention).eval()
    assert torch.equal(encoder.states(model, batch), encoder.states(bare, batch))
    free = {name for name, one in model.named_parameters() if one.requires_grad}
    assert free and all(".lora_" in name for name in free)
    assert {name.split(".")[-4] for name in free} == set(base.how.targets)


def test_plain_peft_loads_what_is_saved_and_gives_our_states(base, realigned, batch):
    assert {path.name for path in realigned.iterdir()} >= {adapters.WEIGHTS, adapters.ABOUT, "config.json", "tokenizer.json"}
    assert not list(realigned.glob("model*.safetensors"))
    ours = adapters.restore(base, realigned)
    found, there = padded(plainly(base, realigned), tokens("llama"))
    torch.testing.assert_close(encoder.states(ours.eval(), batch), found.last_hidden_state[there], rtol=1e-5, atol=1e-5)
    bare = encoder.load(base.folder, 0, looks=base.how.attention).eval()
    assert float((encoder.states(ours, batch) - encoder.states(bare, batch)).detach().abs().max()) > 0.01


def test_what_is_saved_is_restored_to_the_bit_and_saved_again_as_the_same_bytes(base, realigned, batch, tmp_path):
    model, again = adapters.restore(base, realigned), adapters.restore(base, realigned)
    assert torch.equal(encoder.states(model.eval(), batch), encoder.states(again.eval(), batch))
    saved(base, model, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in realigned.iterdir()
    }


@pytest.mark.parametrize("task", ["pos", "nli"])
def test_the_adapters_of_a_realignment_move_the_task_model_and_go_on_being_trained(base, realigned, batch, task):
    """Under the name of the model that they were trained in they would have no place in it, and change nothing."""
    with_it, without = heads.over(task, base, 5, realigned).eval(), heads.over(task, base, 5, None).eval()
    assert torch.equal(with_it.score.weight, without.score.weight)
    assert float((logits(task, with_it, batch) - logits(task, without, batch)).detach().abs().max()) > 1e-3
    bare = adapters.restore(base, realigned).eval()
    assert torch.equal(encoder.states(with_it, batch), encoder.states(bare, batch))
    free = {name for name, one in with_it.named_parameters() if one.requires_grad}
    assert {name.partition(".")[0] for name in free} == {"model", "score"}
    assert all(".lora_" in name or name.startswith("score.modules_to_save.") for name in free)


def logits(task: str, model, batch):
    return heads.token_logits(model, batch) if task == "pos" else heads.pair_logits(model, batch, "first")


@pytest.mark.parametrize("task", ["pos", "nli"])
def test_a_fine_tuned_model_is_what_plain_peft_makes_of_its_folder_also_merged(base, realigned, batch, task, tmp_path):
    """Head and adapters restored exactly; merged into the base they agree but for rounding."""
    model = trained(heads.over(task, base, 5, realigned), lambda model, some: logits(task, model, some))
    saved(base, model, tmp_path)
    ours = heads.restore(task, base, tmp_path).eval()
    assert torch.equal(logits(task, ours, batch), logits(task, model, batch))
    plain = plainly(base, tmp_path, task)
    for whole in (plain, plain.merge_and_unload()):
        found, there = padded(whole, tokens("llama"))
        theirs = found.logits[there] if task == "pos" else found.logits
        torch.testing.assert_close(logits(task, ours, batch), theirs, rtol=1e-5, atol=5e-6 * float(theirs.detach().abs().max()))


def test_a_merged_model_is_a_base_that_is_read_as_it_was_trained(base, realigned, batch, tmp_path):
    plainly(base, realigned).merge_and_unload().save_pretrained(tmp_path)
    merged = encoder.load(tmp_path, 0, looks=base.how.attention).eval()
    ours = encoder.states(adapters.restore(base, realigned).eval(), batch)
    torch.testing.assert_close(encoder.states(merged, batch), ours, rtol=1e-5, atol=1e-5)
    other = "causal" if base.how.attention == "bidirectional" else "bidirectional"
    with pytest.raises(BadInput, match=r"is_causal is .* correct one of the two"):
        encoder.load(tmp_path, 0, looks=other)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda held: held.pop(next(iter(held))), "weights of the adapter and places for them differ: 1"),
        (lambda held: held.update({"base_model.model.layers.7.mlp.up_proj.lora_A.weight": torch.ones(4, 4)}), "differ: 1: model.layers.7"),
        (lambda held: held.update({next(iter(held)): torch.ones(3, 3)}), "weights have another shape than the model: 1"),
        (lambda held: next(iter(held.values())).fill_(float("nan")), "weights hold NaN or infinity: 1"),
    ],
)  # fmt: skip
def test_every_weight_of_an_adapter_finds_its_place_or_the_job_fails(base, realigned, tmp_path, change, said):
    shutil.copytree(realigned, tmp_path, dirs_exist_ok=True)
    change(held := load_file(tmp_path / adapters.WEIGHTS))
    save_file(held, tmp_path / adapters.WEIGHTS)
    with pytest.raises((BadInput, FailedWork), match=said) as fault:
        heads.over("pos", base, 5, tmp_path)
    assert "\n" not in str(fault.value)


def test_adapters_of_another_form_and_a_model_in_their_place_are_refused(base, realigned, tmp_path):
    shutil.copytree(realigned, tmp_path, dirs_exist_ok=True)
    about = json.loads((tmp_path / adapters.ABOUT).read_text())
    (tmp_path / adapters.ABOUT).write_text(json.dumps(about | {"lora_alpha": 16.0}))
    with pytest.raises(FailedWork, match=r"lora_alpha is 16.0, the job says 8.0; run again"):
        adapters.restore(base, tmp_path)
    with pytest.raises(BadInput, match=r"an adapter is required .* and a whole model"):
        adapters.restore(base, base.folder)


def test_a_frozen_base_is_kept_in_half_precision_and_what_is_trained_in_float32(base):
    model = heads.over("nli", adapters.Base(base.folder, base.how, "cpu", "bfloat16"), 5, None)
    kinds = {
        one.dtype for name, one in model.named_parameters() if not one.requires_grad and not name.startswith("score.original")
    }
    assert kinds == {torch.bfloat16}
    assert {one.dtype for one in model.parameters() if one.requires_grad} == {torch.float32}


def test_a_checkpoint_holds_what_is_trained_and_goes_on_to_the_bit(base, tmp_path):
    """Dropout in the adapters included."""
    how = recipes.Decoder(base.how.attention, 4, 8.0, 0.5, base.how.lora_targets, "")
    over = adapters.Base(base.folder, how)

    def run(steps: int, keeper):
        model = heads.over("pos", over, 5, None).train()
        optimizer = loops.adam([model], 1e-2)
        loop = checkpoint.Loop([model], optimizer, keeper)
        torch.manual_seed(1)
        for step, _ in loop.steps(range(steps)):
            loss = heads.token_logits(model, batches.batch(tokens("llama", seed=step), np.arange(len(LENGTHS)))).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loop.losses.append(loss.detach())
        return adapters.weights(model)

    whole = run(6, None)
    keeper = checkpoint.Keeper(tmp_path, {}, every=0.0)
    run(3, keeper)
    held = load_file(keeper.there()[-1] / checkpoint.STATE)
    assert all(".lora_" in name or ".score." in name for name in held if name.startswith("0."))
    resumed = run(6, keeper)
    assert all(torch.equal(one, resumed[name]) for name, one in whole.items())


def test_words_of_a_text_get_their_tokens_whether_they_are_given_as_text_or_as_words(base):
    """Offsets of tokenizers that take a whole word from their vocabulary have been wrong before."""
    tokenizer, lines = vocabulary.load(base.folder), [line.removesuffix(" .") for line in text(ALPHABETS[:1])[::20]]
    given = batches.encode_words(tokenizer, [line.split() for line in lines], 256)
    running = batches.encode_texts(tokenizer, lines, 256, "unicode")
    for what in ("tokens", "words", "starts", "totals"):
        assert getattr(given, what).tolist() == getattr(running, what).tolist()


def test_a_later_token_reaches_an_earlier_state_where_the_decoder_looks_both_ways_alone(base):
    """In ours and in plain `transformers`, which is told by `is_causal` in its configuration; alone and in a padded batch."""
    encoded = tokens("llama", (9, 20, 5))
    for looks in ("causal", "bidirectional"):
        config = transformers.AutoConfig.from_pretrained(base.folder)
        config.is_causal = looks == "causal"
        plain = plain_class("llama").from_pretrained(base.folder, config=config).eval()
        ours = encoder.load(base.folder, 0, looks=looks).eval()
        for rows in ([0], [0, 1, 2]):
            for read in (mine, theirs):
                before, after = (read(ours if read is mine else plain, one, rows) for one in (encoded, otherwise(encoded, 8)))
                assert bool((before != after).any()) == (looks == "bidirectional")


def otherwise(encoded, place: int):
    """With another token at a place."""
    drawn = encoded.tokens.copy()
    drawn[place] = 6 + (drawn[place] - 5) % 50
    return batches.Encoded(drawn, encoded.types, encoded.words, encoded.starts, encoded.totals)


def mine(model, encoded, rows: list[int]):
    """Of the first sequence, all states but the last."""
    return encoder.states(model, batches.batch(encoded, np.array(rows)))[:8].detach()


def theirs(model, encoded, rows: list[int]):
    return padded(model, batches.take(encoded, np.array(rows)))[0].last_hidden_state[0, :8].detach()


def test_repeated_sentences_are_read_twice_and_the_second_reading_counts(base, batch):
    """As plain `transformers` reads the same tokens twice in a row, positions running on."""
    ours = encoder.load(base.folder, 0, looks="repeated").eval()
    plain = plain_class("llama").from_pretrained(base.folder, attn_implementation="eager").eval()
    encoded, wanted = tokens("llama"), []
    for start, length in zip(encoded.starts, encoded.lengths, strict=False):
        ids = torch.from_numpy(np.tile(encoded.tokens[start : start + length], 2)).long()[None]
        wanted.append(plain(input_ids=ids).last_hidden_state[0, length:])
    torch.testing.assert_close(encoder.states(ours, batch), torch.cat(wanted), rtol=1e-5, atol=1e-5)
    once = encoder.states(encoder.load(base.folder, 0, looks="causal").eval(), batch)
    assert bool((once[0] != encoder.states(ours, batch)[0]).any())


def test_over_four_bits_adapters_are_trained_saved_and_restored(tmp_path, batch):
    """Where the extra is installed; the head is none of the layers that are kept in four bits."""
    pytest.importorskip("bitsandbytes")
    folder = make(tmp_path / "base", "llama", hidden_size=128, intermediate_size=256, head_dim=64)
    base = adapters.Base(folder, recipes.Decoder("causal", 4, 8.0, 0.0, "down_proj,q_proj", "4bit"))
    model = trained(heads.over("pos", base, 3, None), heads.token_logits)
    assert {type(one).__name__ for name, one in model.named_modules() if name.endswith("o_proj")} == {"Linear4bit"}
    tokenizer = vocabulary.load(build(tmp_path / "other", "llama"))
    adapters.save(model, tokenizer, tmp_path / "mine", "", ("./base", None))
    with torch.inference_mode():
        assert torch.equal(
            heads.token_logits(heads.restore("pos", base, tmp_path / "mine").eval(), batch), heads.token_logits(model, batch)
        )
