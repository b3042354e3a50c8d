"""Shapes that signatures name are checked while tests run: arrays of another shape do not come in."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError
from recipes_made import REALIGN

from realignment.engine import attention, batches, encoder, loops
from realignment.languages import uriel
from realignment.statistics import inference

STATES, WEIGHTS, LENGTHS = torch.ones(5, 4), np.ones(5), np.array([2, 3])  # 5 tokens of two sentences


def words() -> batches.BatchWords:
    return batches.BatchWords(np.arange(5), np.arange(5), np.arange(5))


def attended(width: int):
    query = torch.ones(1, 2, 5, 3)
    layout = batches.Layout((batches.Grid(torch.arange(5)[None], torch.ones(1, 1, 1, 5, dtype=torch.bool)),), torch.arange(5))
    return attention.attend(torch.nn.Module(), query, query, torch.ones(1, 2, 5, width), None, layout=layout)


def loss(pairs: tuple[int, ...]):
    both = batches.Encoded(*(np.zeros(4, dtype=np.int32) for _ in range(3)), np.arange(5), np.ones(4, dtype=np.int32))
    sides = [batches.take(both, np.array(rows)) for rows in ((0, 1), (2, 3))]
    given = loops.Pairs(*sides, np.arange(2), {"xxx": np.arange(2)})
    measure = loops.Measure(given, both, np.ones(4, dtype=np.float32), REALIGN, None)
    return measure(torch.eye(4), batches.batch(both, np.arange(4)), np.arange(2).reshape(pairs))


def vectors(features: int):
    return uriel.Vectors(
        ("qaa",), ("",), ("S_1", "S_2"), np.ones((1, 2), dtype=np.int8), np.ones((1, features), dtype=bool), "made"
    )


FITTING_AND_NOT = {
    "a weight a token": (lambda tokens: encoder.pool(STATES, np.ones(tokens), LENGTHS), 5, 4),
    "states of a packed batch have two axes": (lambda axes: encoder.pool(STATES.view(*[1] * (axes - 2), 5, 4), WEIGHTS, LENGTHS), 2, 3),
    "words are read from states of tokens": (lambda shape: encoder.word_vectors(STATES.reshape(shape), words(), "mean"), (5, 4), (5, 4, 1)),
    "values are as wide as queries": (attended, 3, 4),
    "the pairs of a batch stand in one row": (loss, (2,), (2, 1)),
    "what is known is known feature by feature": (vectors, 2, 3),
    "vectors of languages are a table": (lambda shape: uriel.angular(np.ones(4).reshape(shape)), (2, 2), (4,)),
    "a degree of freedom a row": (lambda rows: inference.spread(np.ones((2, 3)), np.ones(rows)), 3, 2),
    "one variance per row": (lambda rows: inference.even(np.arange(3.0), np.ones(rows)), 3, 4),
}  # fmt: skip


@pytest.mark.parametrize(("call", "fits", "other"), FITTING_AND_NOT.values(), ids=FITTING_AND_NOT)
def test_an_array_of_another_shape_is_refused_where_it_comes_in(call, fits, other):
    call(fits)
    with pytest.raises(TypeCheckError):
        call(other)
