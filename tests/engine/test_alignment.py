"""Word alignments, the words of a batch, and realignment of words."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from encoders import ALPHABETS, sentences
from hypothesis import given
from hypothesis import strategies as st
from recipes_made import REALIGN

from realignment.engine import alignment, batches, encoder, loops, recipes

LINKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12, unique=True)


@given(LINKS)
def test_one_to_one_links_have_no_other_and_none_is_lost(links):
    words, others = [f"s{n}" for n in range(6)], [f"t{n}" for n in range(6)]
    source, target = alignment.one_to_one(links, words, others, identical=True)
    kept = list(zip(source, target, strict=True))
    first, second = Counter(a for a, _ in links), Counter(b for _, b in links)
    assert set(kept) == {(a, b) for a, b in links if first[a] == 1 and second[b] == 1}


def test_words_spelt_alike_are_dropped_where_asked_for():
    given = ([(0, 0), (1, 1)], ["Ann", "runs"], ["Ann", "anakimbia"])
    assert alignment.one_to_one(*given, identical=False) == ([1], [1])
    assert alignment.one_to_one(*given, identical=True) == ([0, 1], [0, 1])


def lexicon(pairs: int, seed: int = 0):
    """Sentences of a made-up lexicon, word for word, two neighbours swapped now and then; with the true links."""
    chance = random.Random(seed)
    sources, targets, gold = [], [], []
    for _ in range(pairs):
        numbers = [chance.randrange(200) for _ in range(chance.randint(3, 9))]
        order = list(range(len(numbers)))
        if chance.random() < 0.3:
            place = chance.randrange(len(order) - 1)
            order[place], order[place + 1] = order[place + 1], order[place]
        sources.append([f"w{number}" for number in numbers])
        targets.append([f"x{numbers[place]}" for place in order])
        gold.append({(place, position) for position, place in enumerate(order)})
    return sources, targets, gold


def test_fastalign_finds_the_words_of_a_lexicon(tmp_path):
    sources, targets, gold = lexicon(1500)
    found = list(alignment.fastalign(sources, targets, tmp_path, identical=False))
    links = [set(zip(*one, strict=True)) for one in found]
    right = sum(len(one & true) for one, true in zip(links, gold, strict=True))
    assert right / sum(map(len, links)) > 0.95 and right / sum(map(len, gold)) > 0.8


def test_a_side_without_words_and_a_bar_among_them_disturb_nobody(tmp_path):
    sources, targets, _ = lexicon(200)
    sources[3], targets[7], sources[9] = [], [], [*sources[9], "|||"]
    found = list(alignment.fastalign(sources, targets, tmp_path, identical=False))
    assert len(found) == 200 and found[3] == found[7] == ([], []) and found[4][0]


def test_eflomal_finds_the_words_of_a_lexicon(tmp_path):
    pytest.importorskip("eflomal", reason="eflomal needs a C compiler and is not among the requirements")
    sources, targets, gold = lexicon(1500)
    sources[4], gold[4] = [], set()
    links = [set(zip(*one, strict=True)) for one in alignment.eflomal(sources, targets, tmp_path, identical=False)]
    right = sum(len(one & true) for one, true in zip(links, gold, strict=True))
    assert links[4] == set()
    assert right / sum(map(len, links)) > 0.95 and right / sum(map(len, gold)) > 0.8


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 99))
def test_mutual_links_are_each_other_s_largest(rows, columns, seed):
    table = torch.rand(rows, columns, generator=torch.Generator().manual_seed(seed))
    found = set(zip(*alignment.mutual(table), strict=True))
    brute = {(a, b) for a in range(rows) for b in range(columns) if table[a, b] == table[a].max() == table[:, b].max()}
    assert found == brute


def test_an_encoder_links_the_words_of_a_sentence_with_themselves(bert_folder):
    """A sentence beside itself: every word is its own nearest in the embeddings, unless it stands there twice."""
    model, tokenizer = encoder.load(bert_folder, 5), encoder.load_tokenizer(bert_folder)
    texts = [*sentences(70, 6, ALPHABETS[0]), ""]
    how = recipes.Align(layer=0, max_length=48, splitter="unicode", dtype="float32")
    found = list(alignment.by_encoder(model, tokenizer, [texts, texts], how))
    assert len(found) == len(texts) and found[-1] == ([], [])
    assert all(source == target for source, target in found)
    assert sum(len(source) for source, _ in found) > 0.8 * sum(len(text.split()) for text in texts)


@pytest.fixture(scope="module")
def encoded(bert_folder):
    tokenizer = encoder.load_tokenizer(bert_folder)
    return [batches.encode_texts(tokenizer, sentences(40, 9, ALPHABETS[which]), 24, "unicode") for which in (0, 1)]


def test_the_words_of_a_batch_are_found_by_sequence_and_number(encoded):
    rows = np.array([5, 0, 17])
    batch = batches.batch(encoded[0], rows)
    found = batches.words_of(encoded[0], batch)
    place = 0
    for sequence, row in enumerate(rows):
        words = encoded[0].words[encoded[0].starts[row] : encoded[0].starts[row + 1]]
        for word in range(int(words.max()) + 1):
            number = found.find(np.array([sequence]), np.array([word]))[0]
            assert found.first[number] == place + int(np.flatnonzero(words == word)[0])
        assert found.find(np.array([sequence]), np.array([words.max() + 1]))[0] == -1
        place += len(words)


def test_a_word_is_its_first_token_or_the_mean_of_its_tokens(encoded):
    batch = batches.batch(encoded[0], np.arange(6))
    found = batches.words_of(encoded[0], batch)
    states = torch.randn(len(batch.flat), 5)
    first, mean = (encoder.word_vectors(states, found, how) for how in ("first", "mean"))
    for number in range(len(found.key)):
        tokens = np.flatnonzero(found.word == number)
        assert torch.equal(first[number], states[tokens[0]]) and torch.allclose(mean[number], states[tokens].mean(0), atol=1e-6)


@pytest.mark.parametrize("subwords", ["first", "mean"])
def test_linked_words_come_together(bert_folder, encoded, subwords):
    links = tuple((np.arange(4), np.arange(4)) for _ in range(40))
    pairs = loops.Pairs(*encoded, np.arange(40), {"xxx": np.arange(40)}, links)
    model, losses = encoder.load(bert_folder, 5), []
    order, how = loops.draw_order(pairs.languages, 40 * 8, 17), replace(REALIGN, unit="words", subwords=subwords)
    torch.manual_seed(6)
    loops.realign(model, pairs, order, how, loops.Watch(lambda _, loss: losses.append(float(loss))))
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
