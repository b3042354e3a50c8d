"""Packed attention: what a window lets a token see, and what is refused because it is not done here."""

import pytest
import torch

from realignment.engine import attention

LENGTHS = (9, 3, 1)


@pytest.mark.parametrize("window", [1, 2, 4, 8, 9, 20])
def test_a_token_sees_what_is_nearer_than_the_window_and_a_place_of_padding_itself(window):
    """By going over every pair of places; no row is without a place to see, of which softmax would make NaN."""
    longest = max(LENGTHS)
    there = torch.tensor([[place < length for place in range(longest)] for length in LENGTHS])
    seen = attention.visible(there[:, None, None, :], window).expand(len(LENGTHS), 1, longest, longest)
    for row, length in enumerate(LENGTHS):
        for first in range(length):
            wanted = [second < length and abs(first - second) < window for second in range(longest)]
            assert seen[row, 0, first].tolist() == wanted
    assert bool(seen.any(-1).all())


@pytest.mark.parametrize("asked", ["position_bias", "s_aux"])
def test_what_a_model_asks_of_attention_and_is_not_done_is_refused(asked):
    states = torch.ones(1, 2, 5, 4)
    with pytest.raises(ValueError, match=f"does not know {asked}"):
        attention.attend(torch.nn.Module(), states, states, states, None, layout=object(), **{asked: 50.0})
    with pytest.raises(ValueError, match="requires the layout"):
        attention.attend(torch.nn.Module(), states, states, states, None)
