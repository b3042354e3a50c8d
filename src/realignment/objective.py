"""The contrastive loss of Eq. 1 (section 2), with its minus sign: tensors in, a number out."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def contrastive_loss(
    source: Float[Tensor, "pairs hidden"],
    target: Float[Tensor, "pairs hidden"],
    temperature: float,
    same: Int[Tensor, " pairs"] | None = None,
) -> Float[Tensor, ""]:
    """Mean over all 2B vectors of -log softmax of the translation among the other 2B - 1 vectors, in nats.

    Cosine similarity divided by `temperature`; vectors of the same language count among the negatives. Where `same` numbers
    the English sentences, pairs of one number are left out of each other's negatives.
    """
    vectors = F.normalize(torch.cat([source, target]).float(), dim=-1)
    similarity = vectors @ vectors.T / temperature  # (2 pairs, 2 pairs)
    pairs = len(source)
    partner = torch.arange(2 * pairs, device=source.device).roll(pairs)
    left_out = torch.eye(2 * pairs, dtype=torch.bool, device=source.device)
    if same is not None:
        number = same.repeat(2)
        left_out = left_out | (number[:, None] == number[None, :])
        left_out[torch.arange(2 * pairs, device=source.device), partner] = False
    return F.cross_entropy(similarity.masked_fill(left_out, float("-inf")), partner)
