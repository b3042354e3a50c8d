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


def word_loss(
    vectors: Float[Tensor, "words hidden"], first: Int[Tensor, " links"], second: Int[Tensor, " links"], temperature: float
) -> Float[Tensor, ""]:
    """Mean over both ends of every link of -log softmax of the linked word among all other words of the batch, in nats.

    `first` and `second` number the two words of a link. Every word of both sides is a candidate, linked or not (the reference
    code's word mode); cosine similarity divided by `temperature`.
    """
    normed = F.normalize(vectors.float(), dim=-1)
    ends = torch.cat([first, second])
    similarity = normed[ends] @ normed.T / temperature  # (2 links, words)
    similarity = similarity.scatter(1, ends[:, None], float("-inf"))
    return F.cross_entropy(similarity, torch.cat([second, first]))
