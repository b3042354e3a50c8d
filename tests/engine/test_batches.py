"""Packed batches: no padding, no lost token, the same states as a padded forward pass."""

import numpy as np
import pytest
import torch
from encoders import ALPHABETS, sentences

from realignment.engine import batches, encoder


@pytest.fixture
def texts() -> list[str]:
    return [line for alphabet in ALPHABETS for line in sentences(6, 5, alphabet, words=14)]


def test_packed_states_are_those_of_a_padded_forward_pass(encoder_folder, texts):
    import transformers

    tokenizer, model = encoder.load_tokenizer(encoder_folder), encoder.load(encoder_folder, 0).eval()
    encoded = batches.encode_texts(tokenizer, texts, 64, "unicode")
    batch = batches.batch(encoded, np.arange(len(texts)))
    with torch.inference_mode():
        packed = encoder.states(model, batch)
        plain = transformers.AutoModel.from_pretrained(encoder_folder).eval()
        padded = plain(**tokenizer(texts, padding=True, return_tensors="pt", truncation=True, max_length=64)).last_hidden_state
    together = torch.cat([padded[row, :length] for row, length in enumerate(encoded.lengths)])
    torch.testing.assert_close(packed, together, rtol=1e-4, atol=1e-5)


def test_gradients_of_packed_and_padded_agree(encoder_folder, texts):
    import transformers

    tokenizer = encoder.load_tokenizer(encoder_folder)
    encoded = batches.encode_texts(tokenizer, texts, 64, "unicode")
    packed, plain = encoder.load(encoder_folder, 0).eval(), transformers.AutoModel.from_pretrained(encoder_folder).eval()
    encoder.states(packed, batches.batch(encoded, np.arange(len(texts)))).pow(2).sum().backward()
    given = tokenizer(texts, padding=True, return_tensors="pt", truncation=True, max_length=64)
    (plain(**given).last_hidden_state.pow(2) * given["attention_mask"][:, :, None]).sum().backward()
    for (name, one), (_, other) in zip(packed.named_parameters(), plain.named_parameters(), strict=True):
        if one.grad is not None and other.grad is not None:
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-3, atol=1e-4, msg=name)


def test_a_sequence_does_not_see_its_neighbours(encoder_folder, texts):
    tokenizer, model = encoder.load_tokenizer(encoder_folder), encoder.load(encoder_folder, 0).eval()
    encoded = batches.encode_texts(tokenizer, texts, 64, "unicode")
    with torch.inference_mode():
        alone = encoder.states(model, batches.batch(encoded, np.array([3])))
        among = encoder.states(model, batches.batch(encoded, np.array([0, 3, 7])))
    start = encoded.lengths[0]
    torch.testing.assert_close(among[start : start + len(alone)], alone, rtol=1e-4, atol=1e-5)


def test_groups_by_length_hold_every_row_once_within_the_budget(bert_folder, texts):
    encoded = batches.encode_texts(encoder.load_tokenizer(bert_folder), texts, 64, "unicode")
    groups = batches.by_length(encoded, 60)
    assert sorted(np.concatenate(groups).tolist()) == list(range(len(texts)))
    assert all(len(group) * encoded.lengths[group].max() <= 60 or len(group) == 1 for group in groups)


def test_words_of_treebanks_keep_their_number_when_the_length_limit_cuts(bert_folder):
    tokenizer = encoder.load_tokenizer(bert_folder)
    encoded = batches.encode_words(tokenizer, [["abc"] * 40, ["de", "fg"]], 10)
    assert encoded.totals.tolist() == [40, 2]
    assert encoded.lengths.max() <= 10


def test_joined_and_taken_sequences_are_the_originals(bert_folder, texts):
    tokenizer = encoder.load_tokenizer(bert_folder)
    one, two = (batches.encode_texts(tokenizer, part, 64, "unicode") for part in (texts[:4], texts[4:9]))
    both = batches.join([one, two])
    again = batches.take(both, np.array([5, 2]))
    whole = batches.encode_texts(tokenizer, [texts[5], texts[2]], 64, "unicode")
    for name in ("tokens", "types", "words", "starts", "totals"):
        assert np.array_equal(getattr(again, name), getattr(whole, name)), name


@pytest.mark.parametrize("pooling", ["words", "tokens", "reference-code"])
def test_pooling_weights_of_a_sentence_sum_to_one(bert_folder, texts, pooling):
    encoded = batches.encode_texts(encoder.load_tokenizer(bert_folder), texts, 64, "unicode")
    sums = np.add.reduceat(batches.pooling_weights(encoded, pooling), encoded.starts[:-1])
    np.testing.assert_allclose(sums, 1.0, rtol=1e-5)


def test_pooling_by_hand():
    # <s> a ##b ##c d </s>: two words of three and one tokens
    encoded = batches.Encoded(np.arange(6), np.zeros(6), np.array([-1, 0, 0, 0, 1, -1]), np.array([0, 6]), np.array([2]))
    assert batches.pooling_weights(encoded, "words").tolist() == pytest.approx([0, 1 / 6, 1 / 6, 1 / 6, 1 / 2, 0])
    assert batches.pooling_weights(encoded, "tokens").tolist() == pytest.approx([0, 1 / 4, 1 / 4, 1 / 4, 1 / 4, 0])
    assert batches.pooling_weights(encoded, "reference-code").tolist() == pytest.approx([1 / 2, 1 / 2, 0, 0, 0, 0])


def test_pooled_vectors_are_the_weighted_sums():
    states = torch.arange(12.0).reshape(6, 2)
    weights, lengths = np.array([0.5, 0.5, 0, 1, 0, 0], dtype=np.float32), np.array([3, 3])
    assert encoder.pool(states, weights, lengths).tolist() == [[1.0, 2.0], [6.0, 7.0]]


def test_pooling_sums_in_float32_whatever_the_arithmetic_of_the_states():
    states = torch.randn(6, 4)
    weights, lengths = np.full(6, 1 / 3, dtype=np.float32), np.array([3, 3])
    with torch.autocast("cpu", torch.bfloat16):
        pooled = encoder.pool(states.bfloat16(), weights, lengths)
    assert pooled.dtype == torch.float32
    torch.testing.assert_close(pooled, encoder.pool(states.bfloat16().float(), weights, lengths))
