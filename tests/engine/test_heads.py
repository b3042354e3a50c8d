"""Heads: what a seed draws, what comes from the folder, and losses against a calculation in numpy."""

import numpy as np
import pytest
import torch
from encoders import sentences

from realignment.engine import batches, encoder, examples, heads
from realignment.tasks import LABELS, PAIRS, QUESTIONS


def weights(model, own: bool) -> dict:
    """Those of the head (`own`), or those of the encoder under it."""
    prefix = f"{model.base_model_prefix}."
    return {name: one for name, one in model.state_dict().items() if name.startswith(prefix) is not own and "pooler" not in name}


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


@pytest.mark.parametrize("task", sorted(LABELS))
def test_the_seed_draws_the_head_and_nothing_of_the_encoder(encoder_folder, task):
    one, again, other = (heads.build(task, encoder_folder, seed) for seed in (1, 1, 2))
    assert same(weights(one, own=True), weights(again, own=True))
    assert not same(weights(one, own=True), weights(other, own=True))
    assert same(weights(one, own=False), weights(other, own=False))


def test_an_untrained_encoder_has_the_shape_of_the_folder_and_none_of_its_weights(encoder_folder):
    one, drawn = (weights(heads.build("pos", encoder_folder, 1, untrained=it), own=False) for it in (False, True))
    assert {name: value.shape for name, value in one.items()} == {name: value.shape for name, value in drawn.items()}
    linear = [name for name in one if name.endswith(("dense.weight", "lin.weight"))]
    assert linear and not any(torch.equal(one[name], drawn[name]) for name in linear)


@pytest.mark.parametrize("task", sorted(LABELS))
def test_a_model_names_the_labels_of_its_task_in_their_order(bert_folder, task):
    names = heads.build(task, bert_folder, 1).config.id2label
    assert [names[number] for number in range(len(names))] == list(LABELS[task])


def test_a_saved_model_is_loaded_weight_for_weight(encoder_folder, tmp_path):
    model = heads.build("nli", encoder_folder, 1)
    encoder.save(model, encoder.load_tokenizer(encoder_folder), tmp_path, "card")
    assert same(model.state_dict(), heads.load("nli", tmp_path).state_dict())


def made(task: str, folder) -> tuple[examples.Examples, batches.Encoded]:
    if task in PAIRS:
        sides = list(zip(sentences(5, 1), sentences(5, 2), strict=True))
        rows = examples.Examples(list("abcde"), sides, [LABELS[task][number % 3] for number in range(5)])
    else:
        texts = [one.split() for one in sentences(5, 1)]
        rows = examples.Examples(list("abcde"), texts, [[LABELS[task][len(word) % 4] for word in one] for one in texts])
    return rows, examples.encode(rows, task, encoder.load_tokenizer(folder), examples.Limits(48))


def cross_entropy(logits: np.ndarray, gold: np.ndarray) -> float:
    """In nats, the mean over rows."""
    scores = np.exp(logits - logits.max(1, keepdims=True))
    return float(-np.log((scores / scores.sum(1, keepdims=True))[np.arange(len(gold)), gold]).mean())


@pytest.mark.parametrize("vector", ["first", "mean"])
def test_the_loss_of_pairs_is_the_mean_cross_entropy_of_their_labels(encoder_folder, vector):
    rows, encoded = made("nli", encoder_folder)
    model, chosen = heads.build("nli", encoder_folder, 1).eval(), np.array([4, 0, 3])
    batch = batches.batch(encoded, chosen)
    with torch.inference_mode():
        found = heads.loss("nli", examples.labels(rows, "nli", encoded), encoded, vector)(model, batch, chosen)
        logits = heads.pair_logits(model, batch, vector).numpy()
    gold = np.array([LABELS["nli"].index(rows.gold[row]) for row in chosen])
    assert float(found) == pytest.approx(cross_entropy(logits, gold), rel=1e-5)


@pytest.mark.parametrize("task", sorted(set(LABELS) - PAIRS - QUESTIONS))
def test_the_loss_of_words_is_that_of_their_first_tokens_alone(encoder_folder, task):
    rows, encoded = made(task, encoder_folder)
    model, chosen = heads.build(task, encoder_folder, 1).eval(), np.array([4, 0, 3])
    batch = batches.batch(encoded, chosen)
    with torch.inference_mode():
        found = heads.loss(task, examples.labels(rows, task, encoded), encoded, "first")(model, batch, chosen)
        logits = heads.token_logits(model, batch).numpy()
    places, gold, start = [], [], 0
    for row in chosen:
        words = encoded.words[encoded.starts[row] : encoded.starts[row + 1]].tolist()
        places += [start + words.index(number) for number in range(len(rows.texts[row]))]
        gold += [LABELS[task].index(tag) for tag in rows.gold[row]]
        start += len(words)
    assert float(found) == pytest.approx(cross_entropy(logits[places], np.array(gold)), rel=1e-5)


def plain_head(model):
    """Logits of sentence vectors, as the class of `transformers` has it, without dropout."""
    if model.config.model_type == "distilbert":
        return lambda one: model.classifier(torch.relu(model.pre_classifier(one)))
    pooler = getattr(model.base_model, "pooler", None)
    return (lambda one: model.classifier(pooler(one[:, None]))) if pooler else (lambda one: model.classifier(one[:, None]))


def test_the_head_of_pairs_reads_the_first_state_or_the_mean_of_all(encoder_folder):
    model, tokenizer = heads.build("nli", encoder_folder, 1).eval(), encoder.load_tokenizer(encoder_folder)
    encoded = batches.encode_pairs(tokenizer, sentences(3, 1), sentences(3, 2), 48)
    batch = batches.batch(encoded, np.arange(3))
    with torch.inference_mode():
        states = encoder.states(model, batch).split(batch.lengths.tolist())
        means = torch.stack([one.mean(0) for one in states])
        head = plain_head(model)
        wanted = {"first": head(torch.stack([one[0] for one in states])), "mean": head(means)}
        found = {vector: heads.pair_logits(model, batch, vector) for vector in wanted}
    for vector, logits in wanted.items():
        torch.testing.assert_close(found[vector], logits, rtol=1e-5, atol=1e-6)
