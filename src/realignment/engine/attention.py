"""Attention of packed tokens, registered with `transformers` as `packed`: each sequence sees itself alone, without padding.

Grouped key and value heads are repeated; a window lets a token see what is nearer to it than the window is wide, causal attention what stands
before it, and a soft cap bends what it makes of that (Gemma 2).
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
    is_causal=None,
    sliding_window=None,
    softcap=None,
    **more,
) -> tuple[Float[Tensor, "1 tokens heads width"], None]:
    """What each token takes of its sequence; ValueError where a model asks for what is not done here, such as a bias of its own."""
    import torch

    if layout is None:
        raise ValueError("packed attention requires the layout of its batch")
    if is_causal is None and getattr(module, "is_causal", False):
        raise ValueError(f"packed attention requires to know whether {type(module).__name__} looks back alone")
    if is_causal is False and sliding_window is not None:
        sliding_window += 1  # `transformers` counts the window of a decoder that is told to look both ways to its last place, others to the one before
    dropout = dropout if module.training else 0.0
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
        if softcap is not None:
            one = capped(*spread, visible(grid.mask, sliding_window, bool(is_causal)), scaling, softcap, dropout)
        elif is_causal and not windowed(grid.mask, sliding_window):  # what stands before a token is no padding: no mask is needed
            one = torch.nn.functional.scaled_dot_product_attention(*spread, is_causal=True, dropout_p=dropout, scale=scaling)
        else:
            mask = visible(grid.mask, sliding_window, bool(is_causal))
            one = torch.nn.functional.scaled_dot_product_attention(*spread, attn_mask=mask, dropout_p=dropout, scale=scaling)
        seen.append(one.transpose(1, 2).flatten(0, 1))  # (sequences x longest, heads, width)
    return torch.cat(seen).index_select(0, layout.place)[None], None


def windowed(mask: Bool[Tensor, "sequences 1 1 longest"], window: int | None) -> bool:
    """Whether a sequence is long enough for its window to hide something."""
    return window is not None and mask.shape[-1] > window


def visible(
    mask: Bool[Tensor, "sequences 1 1 longest"], window: int | None = None, causal: bool = False
) -> Bool[Tensor, "sequences 1 ..."]:
    """What each place sees: of the tokens of `mask` what is nearer than `window`, and what stands before it where it is `causal`.

    A place sees itself, also one that is padding: of a row without anything to see, softmax makes NaN, whose gradient reaches every token.
    """
    import torch

    if not causal and not windowed(mask, window):
        return mask
    places = torch.arange(mask.shape[-1], device=mask.device)
    behind = places[:, None] - places[None, :]
    near = behind.abs() < window if windowed(mask, window) else torch.ones_like(behind, dtype=torch.bool)
    return (mask & near & (behind >= 0 if causal else True)) | (behind == 0)


def capped(  # noqa: PLR0913, PLR0917  as scaled_dot_product_attention
    query: Float[Tensor, "sequences heads longest width"],
    key: Float[Tensor, "sequences heads longest width"],
    value: Float[Tensor, "sequences heads longest width"],
    mask: Bool[Tensor, "sequences 1 ..."],
    scaling: float,
    cap: float,
    dropout: float,
) -> Float[Tensor, "sequences heads longest width"]:
    """Attention whose logits stay between -`cap` and `cap`: cap * tanh(logit / cap), before the mask."""
    import torch

    logits = torch.tanh(query @ key.transpose(-2, -1) * scaling / cap) * cap
    shares = logits.masked_fill(~mask, float("-inf")).softmax(-1, dtype=torch.float32).to(query.dtype)
    return torch.nn.functional.dropout(shares, dropout) @ value
