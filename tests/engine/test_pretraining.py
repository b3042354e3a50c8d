"""Pretraining: a tokenizer that knows every character, sequences drawn by language, masks, and a loss that falls."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch
from encoders import ALPHABETS, sentences
from small_study import settings_of

from realignment.engine import batches, encoder, pretraining

SHAPE = {"layers": 1, "hidden": 16, "heads": 2, "feedforward": 24}
HOW = replace(settings_of().pretrain, **SHAPE, batch=8, learning_rate=0.01, mask=0.3, seed=0)
TEXT = sentences(120, 0)


@pytest.fixture(scope="module")
def tokenizer():
    return pretraining.tokenizer(TEXT, "".join(ALPHABETS), 300)


def test_every_character_of_the_alphabet_is_known_at_the_start_and_inside_of_a_word(tokenizer):
    chance = Random(0)
    words = ["".join(chance.choices("".join(ALPHABETS), k=6)) for _ in range(300)]
    encoded = batches.encode_words(tokenizer, [words], 10**6)
    assert tokenizer.unk_token_id not in encoded.tokens
    assert tokenizer.decode(encoded.tokens, skip_special_tokens=True) == " ".join(words)


def test_text_that_was_learnt_from_needs_fewer_tokens(tokenizer):
    def tokens_a_word(lines):
        encoded = batches.encode_words(tokenizer, [line.split() for line in lines], 512)
        return (encoded.lengths - 2).sum() / encoded.totals.sum()

    assert tokens_a_word(TEXT) < tokens_a_word(sentences(40, 0, ALPHABETS[1])) / 1.5


def test_every_text_is_read_once_alone_or_as_a_pair_with_itself(tokenizer):
    alone = batches.encode_words(tokenizer, [text.split() for text in TEXT[:7]], 512).lengths
    twice = 2 * alone - 1  # [CLS] a [SEP] a [SEP]
    assert pretraining.sequences(tokenizer, TEXT[:7], 512).lengths.tolist() == [*alone[1::2], *twice[::2]]


def test_sources_are_read_beside_the_first_texts(tokenizer):
    plain, beside = pretraining.sequences(tokenizer, TEXT[:7], 64), pretraining.sequences(tokenizer, TEXT[:7], 64, TEXT[7:10])
    extra = beside.lengths[len(plain) :]
    sides = [batches.encode_words(tokenizer, [text.split() for text in texts], 64).lengths for texts in (TEXT[7:10], TEXT[:3])]
    assert extra.tolist() == (sides[0] + sides[1] - 1).tolist()


def test_languages_are_drawn_by_size_to_the_power_of_upsampling():
    sizes = {"a": 900, "b": 100}
    for power in (0.0, 0.5, 1.0):
        order = pretraining.draw_order(sizes, 20_000, power, np.random.default_rng(0))
        expected = 900**power / (900**power + 100**power)
        assert (order < 900).mean() == pytest.approx(expected, abs=0.02)


def test_each_row_of_a_language_is_read_once_a_pass():
    order = pretraining.draw_order({"a": 5, "b": 3}, 400, 1.0, np.random.default_rng(0))
    for low, high in ((0, 5), (5, 8)):
        mine = order[(order >= low) & (order < high)]
        passes = mine[: len(mine) // (high - low) * (high - low)].reshape(-1, high - low)
        assert (np.sort(passes) == np.arange(low, high)).all()


def test_masks_spare_special_tokens_and_hide_the_share_asked_for():
    special = len(pretraining.SPECIAL)
    tokens = np.concatenate([np.arange(special), np.full(20_000, 77)])
    shown, places = pretraining.mask(tokens, 0.25, 1000, np.random.default_rng(0))
    assert places.min() >= special and (shown[:special] == tokens[:special]).all()
    assert len(places) / 20_000 == pytest.approx(0.25, abs=0.01)
    hidden = shown[places]
    assert (hidden == pretraining.SPECIAL.index("[MASK]")).mean() == pytest.approx(0.8, abs=0.02)
    assert (hidden == 77).mean() == pytest.approx(0.1, abs=0.02)
    untouched = np.delete(np.arange(len(tokens)), places)
    assert (shown[untouched] == tokens[untouched]).all()


def test_a_single_token_is_predicted_where_chance_picks_none():
    _, places = pretraining.mask(np.array([2, 50, 51, 3]), 1e-9, 100, np.random.default_rng(0))
    assert places.tolist() == [1]


def trained(tokenizer, steps: int = 60):
    encoded = pretraining.sequences(tokenizer, TEXT, 64)
    chance = np.random.default_rng(0)
    order = pretraining.draw_order({"a": len(encoded)}, steps * HOW.batch, 1.0, chance)
    model = pretraining.model(len(tokenizer), HOW)
    losses = []
    pretraining.train(model, encoded, order, HOW, chance, lambda step, loss: losses.append(loss.item()))
    return model, losses


def test_the_loss_starts_at_a_uniform_guess_and_falls(tokenizer):
    _, losses = trained(tokenizer)
    assert len(losses) == 60
    assert losses[0] == pytest.approx(np.log(len(tokenizer)), rel=0.1)
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.5


def test_training_again_gives_the_same_weights_bit_for_bit(tokenizer):
    (first, _), (second, _) = trained(tokenizer, 10), trained(tokenizer, 10)
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), second.parameters(), strict=True))


def test_packed_states_are_those_of_plain_transformers(tokenizer, tmp_path):
    """What the loop trains is what AutoModel computes on padded input."""
    from transformers import AutoModel, AutoTokenizer

    model, _ = trained(tokenizer, 2)
    encoder.save(model.bert, tokenizer, tmp_path, "# card")
    plain, reader = (
        AutoModel.from_pretrained(tmp_path, attn_implementation="eager").eval(),
        AutoTokenizer.from_pretrained(tmp_path),
    )
    batch = batches.batch(batches.encode_words(tokenizer, [text.split() for text in TEXT[:3]], 64), np.arange(3))
    with torch.no_grad():
        packed = encoder.states(model.eval(), batch)
        given = reader(TEXT[:3], padding=True, return_tensors="pt")
        padded = plain(**given).last_hidden_state[given["attention_mask"].bool()]
    assert torch.allclose(packed, padded, atol=1e-5)


def test_learning_the_tokenizer_again_gives_the_same_one():
    first, again = (pretraining.tokenizer(TEXT, "".join(ALPHABETS), 300) for _ in range(2))
    assert again.backend_tokenizer.to_str() == first.backend_tokenizer.to_str()
