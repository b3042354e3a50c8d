"""Row-wise Adam: what a row missed is replayed, so that the table is the one dense Adam leaves."""

import numpy as np
import pytest
import torch
from torch import nn

from realignment.engine import lazy_adam

ENTRIES, WIDTH, STEPS = 40, 16, 400


class Small(nn.Module):
    """An encoder as far as its word embedding goes."""

    def __init__(self, entries: int = ENTRIES) -> None:
        super().__init__()
        self.embeddings = nn.Module()
        self.embeddings.word_embeddings = nn.Embedding(entries, WIDTH, padding_idx=0)

    @property
    def base_model(self):
        return self

    def get_input_embeddings(self):
        return self.embeddings.word_embeddings

    def set_input_embeddings(self, one):
        self.embeddings.word_embeddings = one


def drawn(steps: int = STEPS) -> list[torch.Tensor]:
    """Tokens by Zipf's law: a few in every step, the rare ones once in hundreds; entry 39 never."""
    chance = np.random.default_rng(3)
    share = 1 / np.arange(1, ENTRIES) ** 1.6
    return [torch.from_numpy(chance.choice(ENTRIES - 1, (1, 6), p=share / share.sum())) for _ in range(steps)]


def trained(how: str, rate=lambda step: 1e-2, steps: int = STEPS):
    """(table before, table after) of a quadratic loss whose target depends on the token's place in the batch."""
    torch.manual_seed(0)
    model = Small()
    before = model.embeddings.word_embeddings.weight.detach().clone()
    with lazy_adam.updated(model, how, steps) as rows:
        if rows is None:
            optimizer = torch.optim.Adam(model.parameters(), lr=0.0, betas=lazy_adam.BETAS, eps=lazy_adam.EPSILON)
        for number, tokens in enumerate(drawn(steps), start=1):
            loss = (model.embeddings.word_embeddings(tokens) - torch.linspace(-1, 1, 6)[None, :, None]).square().sum()
            if rows is None:
                optimizer.param_groups[0]["lr"] = rate(number)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            else:
                loss.backward()
                rows.step(rate(number))
    return before, model.embeddings.word_embeddings.weight.detach()


@pytest.mark.parametrize("rate", [lambda step: 1e-2, lambda step: 1e-2 * min(1.0, (step - 1) / 40) * (1 - step / STEPS)])
def test_the_table_is_that_of_dense_adam_within_a_hundred_thousandth_of_its_movement(rate):
    before, dense = trained("dense", rate)
    _, rows = trained("rows", rate)
    assert (rows - dense).abs().max() < 1e-5 * (dense - before).abs().max()


def test_the_rule_of_sparse_adam_is_another_optimiser(monkeypatch):
    """What the replay is for: without it the table is far from dense Adam's."""
    before, dense = trained("dense")
    monkeypatch.setattr(lazy_adam.Rows, "replay", lambda *_: None)
    _, frozen = trained("rows")
    assert (frozen - dense).norm() > 0.05 * (dense - before).norm()


def test_rows_never_used_stay_to_the_bit():
    before, rows = trained("rows")
    assert torch.equal(rows[ENTRIES - 1], before[ENTRIES - 1])


def test_the_padding_row_has_no_gradient():
    before, rows = trained("rows")
    assert any(0 in tokens for tokens in drawn())
    assert torch.equal(rows[0], before[0])


def test_a_replay_in_two_parts_is_the_replay_in_one():
    def left(parts: list[int]) -> torch.Tensor:
        torch.manual_seed(0)
        rows = lazy_adam.Rows(nn.Embedding(8, WIDTH), 200)
        rows(torch.tensor([[1, 2, 3]])).square().sum().backward()
        rows.step(1e-2)
        rows.rates[2:] = 1e-2
        for now in parts:
            rows.done.fill_(now)
            rows.finish()
        return rows.weight.detach()

    torch.testing.assert_close(left([7, 60]), left([60]), rtol=0, atol=1e-7)


def test_the_model_has_its_embedding_back_afterwards_and_a_gradient_again():
    model = Small()
    own = model.embeddings.word_embeddings
    with lazy_adam.updated(model, "rows", 1) as rows:
        assert model.embeddings.word_embeddings is rows
        assert not own.weight.requires_grad
    assert model.embeddings.word_embeddings is own
    assert own.weight.requires_grad
