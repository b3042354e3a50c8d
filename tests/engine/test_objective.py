"""The contrastive loss against a calculation by the letter of Eq. 1, in float64."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from realignment.engine.objective import contrastive_loss, word_loss


def by_the_letter(source, target, temperature: float, same=None) -> float:
    vectors = [v / v.norm() for v in torch.cat([source, target]).double()]
    pairs, total = len(source), 0.0
    for i, vector in enumerate(vectors):
        j = (i + pairs) % (2 * pairs)
        others = [k for k in range(2 * pairs) if k != i]
        if same is not None:
            others = [k for k in others if k == j or same[k % pairs] != same[i % pairs]]
        total -= math.log(
            math.exp(float(vector @ vectors[j]) / temperature)
            / sum(math.exp(float(vector @ vectors[k]) / temperature) for k in others)
        )
    return total / (2 * pairs)


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_loss_is_eq_1_with_its_minus_sign(temperature):
    torch.manual_seed(0)
    source, target = torch.randn(5, 8), torch.randn(5, 8)
    assert contrastive_loss(source, target, temperature).item() == pytest.approx(
        by_the_letter(source, target, temperature), rel=1e-5
    )


def test_masked_false_negatives_are_left_out_of_the_denominator():
    torch.manual_seed(1)
    source, target = torch.randn(4, 8), torch.randn(4, 8)
    same = torch.tensor([7, 3, 7, 1])
    assert contrastive_loss(source, target, 0.1, same).item() == pytest.approx(
        by_the_letter(source, target, 0.1, same.tolist()), rel=1e-5
    )
    assert contrastive_loss(source, target, 0.1, same) < contrastive_loss(source, target, 0.1)


def test_equal_vectors_cost_the_log_of_the_number_of_candidates():
    same = torch.ones(8, 4)
    assert contrastive_loss(same, same, 0.1).item() == pytest.approx(math.log(15), rel=1e-5)


@given(st.integers(2, 6), st.integers(0, 1000))
def test_swapping_the_sides_changes_nothing(pairs, seed):
    generator = torch.Generator().manual_seed(seed)
    source, target = torch.randn(pairs, 3, generator=generator), torch.randn(pairs, 3, generator=generator)
    assert contrastive_loss(source, target, 0.5).item() == pytest.approx(
        contrastive_loss(target, source, 0.5).item(), rel=1e-4, abs=1e-6
    )


def test_translations_brought_together_cost_less():
    torch.manual_seed(2)
    source = torch.randn(6, 8)
    assert contrastive_loss(source, source + 0.01, 0.1) < contrastive_loss(source, torch.randn(6, 8), 0.1)


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_the_word_loss_is_that_of_every_end_of_every_link_among_all_other_words(temperature):
    torch.manual_seed(2)
    vectors, first, second = torch.randn(9, 6), torch.tensor([0, 1, 4]), torch.tensor([5, 7, 8])
    normed = [v / v.norm() for v in vectors.double()]
    total = 0.0
    for a, b in [*zip(first.tolist(), second.tolist(), strict=True), *zip(second.tolist(), first.tolist(), strict=True)]:
        others = [math.exp(float(normed[a] @ normed[k]) / temperature) for k in range(9) if k != a]
        total -= math.log(math.exp(float(normed[a] @ normed[b]) / temperature) / sum(others))
    assert word_loss(vectors, first, second, temperature).item() == pytest.approx(total / 6, rel=1e-5)
