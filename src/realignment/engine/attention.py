"""Attention of packed tokens, registered with `transformers` as `packed`: each sequence sees itself alone, without padding.

Grouped key and value heads are repeated; a window lets a token see what is nearer to it than the window is wide.
"""

from typing import TYPE_CHECKING, Any

from jaxtyping import Bool, Float

from realignment.engine.bases.kinds import KINDS

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # torch is imported where it is used: a grid is planned without it; shapes are checked all the same

NAME = "packed"
# What models hand to their attention and what changes nothing here: positions are in the states already, no state is kept for later.
WITHOUT_EFFECT = {"position_ids", "deterministic", "use_cache", "output_hidden_states", "output_attentions"}


def register() -> None:
    """Make `packed` known to transformers as an attention implementation; harmless when called again."""
    from transformers import AttentionInterface
    from transformers.utils import logging

    logging.disable_progress_bar()
    AttentionInterface.register(NAME, attend)


def of(config) -> str:
    """The attention of a model of this configuration: packed, or the plainest of `transformers`, which every model has."""
    return NAME if KINDS[config.model_type].packs else "eager"


def attend(  # noqa: PLR0913, PLR0917  as transformers calls it
    module,
    query: Float[Tensor, "1 heads tokens width"],
    key: Float[Tensor, "1 groups tokens width"],
    value: Float[Tensor, "1 groups tokens width"],
    attention_mask,
    scaling=None,
    dropout=0.0,
    layout=None,
    sliding_window=None,
    **more,
) -> tuple[Float[Tensor, "1 tokens heads width"], None]:
    """What each token takes of its sequence; ValueError where a model asks for what is not done here, such as a bias of its own."""
    import torch

    if layout is None:
        raise ValueError("packed attention requires the layout of its batch")
    if unknown := sorted(name for name, asked in more.items() if asked is not None and name not in WITHOUT_EFFECT):
        raise ValueError(f"packed attention does not know {', '.join(unknown)} of {type(module).__name__}")
    shared = query.shape[1] // key.shape[1]  # query heads that share one key and one value
    query, key, value = (states[0].transpose(0, 1) for states in (query, key, value))  # (tokens, heads, width)
    seen = []
    for grid in layout.grids:
        spread = [
            states.index_select(0, grid.tokens.view(-1)).view(*grid.tokens.shape, *states.shape[1:]).transpose(1, 2)
            for states in (query, key, value)
        ]
        if shared > 1:
            spread[1:] = [states.repeat_interleave(shared, dim=1) for states in spread[1:]]
        mask = grid.mask if sliding_window is None else within(grid.mask, sliding_window)
        one = torch.nn.functional.scaled_dot_product_attention(
            *spread, attn_mask=mask, dropout_p=dropout if module.training else 0.0, scale=scaling
        )
        seen.append(one.transpose(1, 2).flatten(0, 1))  # (sequences x longest, heads, width)
    return torch.cat(seen).index_select(0, layout.place)[None], None


def within(mask: Bool[Tensor, "sequences 1 1 longest"], window: int) -> Bool[Tensor, "sequences 1 ..."]:
    """`mask`, with what is nearer than `window` alone; as it is where no sequence is that long.

    A place sees itself, also one that is padding: of a row without anything to see, softmax makes NaN, whose gradient reaches every token.
    """
    import torch

    longest = mask.shape[-1]
    if longest <= window:
        return mask
    places = torch.arange(longest, device=mask.device)
    apart = (places[:, None] - places[None, :]).abs()
    return (mask & (apart < window)) | (apart == 0)
