"""Windows over long contexts: nothing of a context is lost, answers are where they are, the best span is the best of all."""

import itertools

import encoders
import numpy as np
import pytest
import tokenizers_made
import torch
import transformers

from realignment.config import rules
from realignment.engine import windows

WORDS = [word for line in encoders.sentences(30, 1) for word in line.split(" ") if word != "."]
KINDS = {"bert": tokenizers_made.word_piece, "xlm-roberta": tokenizers_made.metaspace, "roberta": tokenizers_made.byte_level}


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(request):
    raw, special = KINDS[request.param]()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=512, **special)


def context(words: int, seed: int) -> str:
    chance = np.random.default_rng(seed)
    return " ".join(chance.choice(WORDS, words))


def encoded(tokenizer, sizes, max_length=32, stride=6):
    contexts = [context(size, seed) for seed, size in enumerate(sizes)]
    return contexts, windows.encode(tokenizer, ["abc des ?"] * len(sizes), contexts, max_length, stride)


def test_windows_cover_every_context_and_overlap_by_the_stride(tokenizer):
    contexts, found = encoded(tokenizer, [5, 40, 90, 1])
    assert found.lengths.max() <= 32 and sorted(set(found.owners)) == [0, 1, 2, 3]
    for owner, text in enumerate(contexts):
        mine = windows.of(found, np.array([owner]))
        seen = [places for one in mine if len(places := windows.context(found, int(one)))]
        held = np.zeros(len(text), dtype=bool)
        for places in seen:
            for first, after in zip(found.begins[places], found.ends[places], strict=True):
                held[first:after] = True
        assert all(one or text[place] == " " for place, one in enumerate(held))
        for before, after in itertools.pairwise(seen):
            assert found.begins[before][-6:].tolist() == found.begins[after][:6].tolist()


def test_a_window_knows_where_its_answer_is_and_that_it_has_none(tokenizer):
    contexts, found = encoded(tokenizer, [60, 60, 60])
    spans = [(20, 23), (0, 1), (58, 60)]  # words
    answers = [" ".join(text.split(" ")[first:after]) for text, (first, after) in zip(contexts, spans, strict=True)]
    starts = [len(" ".join(text.split(" ")[:first])) + (first > 0) for text, (first, _) in zip(contexts, spans, strict=True)]
    targets = windows.targets(found, starts, answers)
    for window, (first, last) in enumerate(targets):
        owner, base = found.owners[window], found.starts[window]
        there = windows.context(found, window)
        whole = found.begins[there[0]] <= starts[owner] and starts[owner] + len(answers[owner]) <= found.ends[there[-1]]
        assert ((first, last) != (0, 0)) == whole
        if whole:
            assert contexts[owner][found.begins[base + first] : found.ends[base + last]].strip() == answers[owner]
    assert {found.owners[window] for window in np.flatnonzero(targets[:, 1])} == {0, 1, 2}
    assert windows.lost(found, [[one] for one in starts], [[one] for one in answers]) == 0


def test_an_answer_longer_than_a_window_is_counted_as_lost_unless_another_fits(tokenizer):
    (text,), found = encoded(tokenizer, [60])
    assert windows.lost(found, [[0]], [[text]]) == 1
    assert windows.lost(found, [[0, 0]], [[text, text.split(" ")[0]]]) == 0


def test_the_best_span_is_that_of_all_spans(tokenizer, monkeypatch):
    monkeypatch.setattr(windows, "LONGEST", 4)
    _, found = encoded(tokenizer, [40])
    chance = np.random.default_rng(0)
    for window in range(len(found)):
        start, end = chance.normal(size=(2, found.lengths[window])).astype(np.float32)
        places = windows.context(found, window)
        spans = [(one, other) for one in places for other in places if 0 <= other - one < 4]
        base = found.starts[window]
        one, other = max(spans, key=lambda span: start[span[0] - base] + end[span[1] - base])
        score, first, after = windows.best(found, window, start, end)
        assert (first, after) == (found.begins[one], found.ends[other])
        assert score == pytest.approx(start[one - base] + end[other - base], rel=1e-6)


def test_the_loss_is_the_mean_cross_entropy_of_each_window_by_itself():
    lengths = np.array([3, 5, 2])
    logits, gold = torch.randn(2, 10, generator=torch.manual_seed(0)), torch.tensor([[0, 0], [1, 4], [1, 1]])
    parts = [
        -side.log_softmax(0)[gold[row, which]]
        for which in (0, 1)
        for row, side in enumerate(logits[which].split(lengths.tolist()))
    ]
    assert windows.loss(logits, lengths, gold).item() == pytest.approx(torch.stack(parts).mean().item(), rel=1e-6)


def test_the_widest_stride_that_settings_allow_leaves_every_window_something_new(tokenizer):
    """Also where the question takes all that it may, and is cut there."""
    for window in (32, 64, 384):
        most = window // 2 - rules.AROUND
        found = windows.encode(tokenizer, ["abc des " * 300], [context(300, 1)], window, most)
        begun = [found.begins[windows.context(found, one)[-1]] for one in range(len(found))]
        assert found.lengths.max() <= window and begun == sorted(set(begun))


def test_questions_that_are_tokenised_in_parts_come_to_the_same(tokenizer, monkeypatch):
    _, whole = encoded(tokenizer, [5, 40, 90, 1, 33])
    monkeypatch.setattr(windows.batches, "AT_ONCE", 2)
    _, parts = encoded(tokenizer, [5, 40, 90, 1, 33])
    assert all(np.array_equal(one, vars(parts)[name]) for name, one in vars(whole).items())
    assert len(windows.encode(tokenizer, [], [], 32, 6)) == 0
