"""The two loops: what is drawn, what is learned, and that the same seeds give the same weights."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from encoders import ALPHABETS, sentences
from hypothesis import given
from hypothesis import strategies as st
from recipes_made import FINETUNE, PREDICT, REALIGN, RETRIEVE

from realignment import tasks
from realignment.engine import batches, encoder, examples, heads, loops, retrieval


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=1), st.integers(0, 60), st.integers(0, 99))
def test_a_language_is_passed_through_whole_before_it_repeats(sizes, draws, seed):
    rows, start = {}, 0
    for name, size in sorted(sizes.items()):
        rows[name] = np.arange(start, start + size)
        start += size
    order = loops.draw_order(rows, draws, seed)
    assert len(order) == draws
    for mine in rows.values():
        drawn = [row for row in order.tolist() if mine[0] <= row <= mine[-1]]
        for begin in range(0, len(drawn), len(mine)):
            one_pass = drawn[begin : begin + len(mine)]
            assert len(set(one_pass)) == len(one_pass)


def test_languages_are_drawn_uniformly_whatever_their_size():
    rows = {"big": np.arange(1000), "small": np.arange(1000, 1010)}
    order = loops.draw_order(rows, 4000, 17)
    assert 0.45 < (order < 1000).mean() < 0.55


def test_the_order_follows_the_seed_and_not_the_order_of_the_dictionary():
    one, two = {"a": np.arange(5), "b": np.arange(5, 9)}, {"b": np.arange(5, 9), "a": np.arange(5)}
    assert np.array_equal(loops.draw_order(one, 50, 3), loops.draw_order(two, 50, 3))
    assert not np.array_equal(loops.draw_order(one, 50, 3), loops.draw_order(one, 50, 4))


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=1), st.integers(2, 30), st.integers(0, 99))
def test_equal_pairs_take_exactly_as_many_of_each_language_and_no_pair_more_often_than_a_pass_asks_for(sizes, each, seed):
    rows, start = {}, 0
    for name, size in sorted(sizes.items()):
        rows[name] = np.arange(start, start + size)
        start += size
    order = loops.order_of(rows, replace(REALIGN, steps=None, pairs_per_language=each), seed).tolist()
    assert len(order) == each * len(rows)
    for mine in rows.values():
        times = [order.count(row) for row in mine]
        assert sum(times) == each and {count - each // len(mine) for count in times} <= {0, 1}


def test_equal_pairs_mix_languages():
    rows = {"a": np.arange(100), "b": np.arange(100, 200)}
    first = loops.equal_order(rows, 500, 17)[:500]
    assert 0.4 < (first < 100).mean() < 0.6 and not np.array_equal(first, loops.equal_order(rows, 500, 18)[:500])


@given(st.integers(1, 200), st.integers(2, 17))
def test_as_few_steps_as_hold_all_pairs_and_none_is_left_with_one_of_many(draws, pairs):
    order = np.arange(draws)
    steps = loops.in_steps(order, pairs)
    sizes = [len(step) for step in steps]
    assert np.concatenate(steps).tolist() == order.tolist()
    assert (len(steps) - 1) * pairs < draws <= len(steps) * pairs and max(sizes) <= pairs and max(sizes) - min(sizes) <= 1


def test_the_papers_own_pairs_of_each_of_its_65_languages_are_its_steps():
    """24,544 steps of 16 pairs; 6,042 is the next whole number above what each of 65 languages gives, hence two steps more."""
    rows = {f"{number:02}": np.arange(number * 5, number * 5 + 5) for number in range(65)}
    assert math.ceil(24_544 * 16 / 65) == 6_042
    assert len(loops.in_steps(loops.equal_order(rows, 6_042, 17), 16)) == 24_546


def test_repeated_english_counts_pairs_after_the_first_in_a_batch():
    numbers = np.array([0, 0, 0, 1, 2, 3, 4, 5])
    assert loops.repeated_english(numbers, np.arange(8), 4) == 2


def test_an_epoch_holds_every_example_once():
    order = loops.epochs_order(10, 2, 4, seed=1)
    assert [len(rows) for rows in order] == [4, 4, 2, 4, 4, 2]
    assert sorted(np.concatenate(order[:3]).tolist()) == list(range(10)) == sorted(np.concatenate(order[3:]).tolist())


@pytest.fixture(scope="module")
def pairs(bert_folder):
    tokenizer = encoder.load_tokenizer(bert_folder)
    latin, cyrillic = sentences(64, 9, ALPHABETS[0]), sentences(64, 9, ALPHABETS[1])
    sides = [batches.encode_texts(tokenizer, text, 48, "unicode") for text in (latin, cyrillic)]
    return loops.Pairs(*sides, np.arange(64), {"xxx": np.arange(64)}), list(zip(latin, cyrillic, strict=True)), tokenizer


def realigned(folder, pairs, **change):
    torch.manual_seed(5)
    model = encoder.load(folder, 5)
    losses = []
    torch.manual_seed(6)
    loops.realign(
        model,
        pairs,
        loops.draw_order(pairs.languages, 40 * 8, 17),
        replace(REALIGN, **change),
        loops.Watch(lambda _, loss: losses.append(float(loss))),
    )
    return model, losses


def found(model, texts, tokenizer) -> float:
    return retrieval.share(retrieval.nearest(model, retrieval.encode(texts, tokenizer, RETRIEVE), RETRIEVE))


def test_realigning_lowers_the_loss_and_finds_translations(bert_folder, pairs):
    given_pairs, texts, tokenizer = pairs
    before = found(encoder.load(bert_folder, 5), texts, tokenizer)
    model, losses = realigned(bert_folder, given_pairs)
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    assert found(model, texts, tokenizer) > before + 0.2


def test_same_seeds_same_weights_to_the_bit(bert_folder, pairs):
    one, other = (realigned(bert_folder, pairs[0])[0].state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_an_earlier_layer_leaves_the_last_block_alone(bert_folder, pairs):
    before = encoder.load(bert_folder, 5).state_dict()
    after = realigned(bert_folder, pairs[0], layer=-2)[0].state_dict()
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert all(name in same for name in before if "layer.1." in name or "pooler" in name)
    assert not any(name in same for name in before if "layer.0." in name)


def test_all_layers_is_the_mean_of_the_loss_over_the_blocks(bert_folder, pairs):
    def first_loss(layer) -> float:
        torch.manual_seed(5)
        model = encoder.load(bert_folder, 5)
        model.config.hidden_dropout_prob = 0.0
        for part in model.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
        losses = loops.realign(model, pairs[0], np.arange(8), replace(REALIGN, layer=layer), loops.Watch(lambda *_: None))
        return float(losses[0])

    assert first_loss("all") == pytest.approx((first_loss(1) + first_loss(2)) / 2, rel=1e-6)
    assert first_loss(2) == pytest.approx(first_loss(-1), rel=1e-6)


def test_rows_and_dense_leave_the_same_weights_up_to_rounding(bert_folder, pairs):
    """A whole realignment with dropout: the same draws, so the two differ by rounding alone."""
    before = encoder.load(bert_folder, 5).state_dict()
    dense, rows = (
        realigned(bert_folder, pairs[0], embedding=how, learning_rate=1e-4)[0].state_dict() for how in ("dense", "rows")
    )
    for name in ("embeddings.word_embeddings.weight", "encoder.layer.1.output.dense.weight"):
        moved = (dense[name] - before[name]).norm()
        assert moved > 0
        assert (rows[name] - dense[name]).norm() < 1e-3 * moved
    assert dense.keys() == rows.keys()


def test_a_projection_head_is_trained_along(bert_folder, pairs):
    model = encoder.load(bert_folder, 5)
    head = loops.projection_head(model.config.hidden_size, 1)
    before = head[0].weight.clone()
    loops.realign(model, pairs[0], loops.draw_order(pairs[0].languages, 16, 1), REALIGN, loops.Watch(lambda *_: None), head=head)
    assert not torch.equal(before, head[0].weight)


WORDS = [
    sorted({word for line in sentences(200, 1, alphabet) for word in line.split() if word != "."}) for alphabet in ALPHABETS[:2]
]


def tagging(count: int, seed: int) -> examples.Examples:
    """Words of two alphabets; the tag says which: a rule that can be learned from words alone."""
    chance = np.random.default_rng(seed)
    texts = [[str(chance.choice(WORDS[chance.integers(2)])) for _ in range(5)] for _ in range(count)]
    return examples.Examples(
        [str(i) for i in range(count)], texts, [["NOUN" if word in WORDS[0] else "VERB" for word in words] for words in texts]
    )


def test_fine_tuning_learns_a_rule_and_a_saved_model_predicts_the_same(encoder_folder, tmp_path):
    import transformers

    from realignment.engine import prediction

    tokenizer, rows = encoder.load_tokenizer(encoder_folder), tagging(128, 1)
    encoded = examples.encode(rows, "pos", tokenizer, examples.Limits(32))
    model = heads.build("pos", encoder_folder, seed=3)
    torch.manual_seed(7)  # dropout
    loops.finetune(
        model,
        encoded,
        loops.epochs_order(len(rows), 12, 16, 1),
        heads.loss("pos", examples.labels(rows, "pos", encoded), encoded, "first"),
        FINETUNE,
        loops.Watch(lambda *_: None),
    )
    test = tagging(40, 2)
    tokens = examples.encode(test, "pos", tokenizer, examples.Limits(PREDICT.max_length))
    predicted, cut = prediction.predict(model, test, tokens, "pos", PREDICT)
    assert cut == 0
    assert tasks.score("pos", test.gold, predicted, "eng") > 0.95
    encoder.save(model, tokenizer, tmp_path, "card")
    assert prediction.predict(heads.load("pos", tmp_path), test, tokens, "pos", PREDICT)[0] == predicted
    plain = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    given = tokenizer(test.texts[0], is_split_into_words=True, return_tensors="pt")
    labels = [plain.config.id2label[index] for index in plain(**given).logits[0].argmax(-1).tolist()]
    assert [labels[given.word_ids().index(word)] for word in range(5)] == predicted[0]


@pytest.mark.parametrize("vector", ["first", "mean"])
def test_pair_heads_learn_the_alphabet_of_a_pair(encoder_folder, vector):
    from realignment.engine import prediction

    def make(count: int, seed: int) -> examples.Examples:
        chance = np.random.default_rng(seed)
        sides = [tuple(str(word) for word in chance.choice(WORDS[chance.integers(2)], 2)) for _ in range(count)]
        gold = ["entailment" if one in WORDS[0] else "contradiction" for one, _ in sides]
        return examples.Examples([str(i) for i in range(count)], sides, gold)

    tokenizer, rows = encoder.load_tokenizer(encoder_folder), make(192, 1)
    encoded = examples.encode(rows, "nli", tokenizer, examples.Limits(32))
    model = heads.build("nli", encoder_folder, seed=3)
    torch.manual_seed(7)  # dropout
    loops.finetune(
        model,
        encoded,
        loops.epochs_order(len(rows), 16, 16, 1),
        heads.loss("nli", examples.labels(rows, "nli", encoded), encoded, vector),
        FINETUNE,
        loops.Watch(lambda *_: None),
    )
    test = make(60, 2)
    tokens = examples.encode(test, "nli", tokenizer, examples.Limits(PREDICT.max_length))
    predicted, _ = prediction.predict(model, test, tokens, "nli", replace(PREDICT, sentence_vector=vector))
    assert tasks.score("nli", test.gold, predicted, "eng") > 0.8  # half of the answers are right by chance


def test_the_first_state_gives_the_logits_of_plain_transformers(encoder_folder):
    import transformers

    tokenizer = encoder.load_tokenizer(encoder_folder)
    torch.manual_seed(0)
    model = heads.build("nli", encoder_folder, seed=3).eval()
    encoded = batches.encode_pairs(tokenizer, ["abc de", "ab"], ["de fg h", "a"], 32)
    with torch.inference_mode():
        ours = heads.pair_logits(model, batches.batch(encoded, np.arange(2)), "first")
        plain = transformers.AutoModelForSequenceClassification.from_config(model.config, attn_implementation="sdpa")
        plain.load_state_dict(model.state_dict())
        types = getattr(model.config, "type_vocab_size", 1) > 1
        given = {"padding": True, "return_tensors": "pt", "return_token_type_ids": types}
        theirs = plain.eval()(**tokenizer(["abc de", "ab"], ["de fg h", "a"], **given)).logits
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_labels_stand_on_the_first_token_of_each_word(bert_folder):
    tokenizer = encoder.load_tokenizer(bert_folder)
    rows = examples.Examples(["1"], [["abcdefg", "k"]], [["NOUN", "VERB"]])
    encoded = examples.encode(rows, "pos", tokenizer, examples.Limits(32))
    found = examples.labels(rows, "pos", encoded)
    number = examples.label_numbers("pos")
    places = [list(encoded.words).index(0), list(encoded.words).index(1)]
    assert found[places].tolist() == [number["NOUN"], number["VERB"]]
    assert (found != examples.NO_LABEL).sum() == 2


def test_words_beyond_the_length_limit_count_as_errors(bert_folder):
    from realignment.engine import prediction

    tokenizer = encoder.load_tokenizer(bert_folder)
    model = heads.build("pos", bert_folder, seed=1)
    long = examples.Examples(["1"], [["ab"] * 50], [["NOUN"] * 50])
    tokens = examples.encode(long, "pos", tokenizer, examples.Limits(12))
    predicted, cut = prediction.predict(model, long, tokens, "pos", replace(PREDICT, batch_tokens=64))
    assert len(predicted[0]) == 50
    assert cut == predicted[0].count("") >= 38
    assert tasks.score("pos", long.gold, predicted, "eng") <= 12 / 50


@pytest.mark.parametrize(("half", "still"), [("front", "first"), ("back", "last")])
def test_a_frozen_half_stays_and_the_other_moves(bert_folder, pairs, half, still):
    before = {name: one.clone() for name, one in encoder.load(bert_folder, 5).named_parameters()}
    model = encoder.load(bert_folder, 5)
    order = loops.draw_order(pairs[0].languages, 16, 1)
    loops.realign(model, pairs[0], order, replace(REALIGN, freeze=half), loops.Watch(lambda *_: None))
    blocks = len(model.encoder.layer)
    moved = {number for number in range(blocks) for name, one in model.encoder.layer[number].named_parameters()
             if not torch.equal(one, before[f"encoder.layer.{number}.{name}"])}  # fmt: skip
    assert moved == set(range(blocks // 2, blocks) if still == "first" else range(blocks // 2))
    assert not torch.equal(model.embeddings.word_embeddings.weight, before["embeddings.word_embeddings.weight"])
