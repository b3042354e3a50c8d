"""A batch through a model: packed where its attention can be told to look at each sequence alone, padded where it cannot.

Either way what comes out has one row a token of the batch, and is what plain `transformers` makes of each sequence by itself. A decoder looks back
alone (`causal`), both ways (`bidirectional`), or reads each sequence twice in a row and gives the states of its second reading (`repeated`).
"""

from typing import TYPE_CHECKING, Any

from jaxtyping import Float

from realignment.engine.bases.kinds import BIDIRECTIONAL, KINDS, REPEATED, Kind

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # torch is imported where it is used: a grid is planned without it; shapes are checked all the same


def kind_of(model) -> Kind:
    return KINDS[model.config.model_type]


def typed(model) -> bool:
    """Whether it tells the sentences of a pair apart."""
    return kind_of(model).types and getattr(model.config, "type_vocab_size", 2) > 0


LOOKS = "realignment_attention"  # the key of a model's configuration that holds one of them


def looks(model) -> str:
    """How a decoder looks at a sentence; "" of an encoder."""
    return getattr(model.config, LOOKS) if kind_of(model).decodes else ""


def arguments(model, batch) -> dict:
    """What a model's forward takes for a packed batch. RoBERTa counts positions from after its padding index."""
    shift = model.config.pad_token_id + 1 if kind_of(model).shifted else 0
    return {
        "input_ids": batch.tokens,
        **({"token_type_ids": batch.types} if typed(model) else {}),
        "position_ids": batch.positions + shift,
        "layout": batch.layout,
        **({"is_causal": looks(model) != BIDIRECTIONAL} if kind_of(model).decodes else {}),
        **({"is_causal": False} if kind_of(model).wide else {}),
    }


def read(model, batch, *what: str, **options) -> tuple[Float[Tensor, "tokens ..."], ...]:
    """`what` of the outputs of `model` (last_hidden_state, hidden_states, logits, start_logits), each with a row for each token of the batch."""
    if looks(model) == REPEATED:
        from realignment.engine import batches

        doubled, second = batches.twice(batch)
        every = _taken(model(**arguments(model, doubled), **options), what)
        return tuple(one[0].index_select(0, second) for one in every)
    if kind_of(model).packs:
        return tuple(one[0] for one in _taken(model(**arguments(model, batch), **options), what))
    return _padded(model, batch, what, options)


def _padded(model, batch, what: tuple[str, ...], options: dict) -> tuple[Float[Tensor, "tokens ..."], ...]:
    """The grids of the batch one after the other; words are embedded once, so that a table trained by rows sees them once a step."""
    import torch

    embedded, parts = model.get_input_embeddings()(batch.tokens)[0], []
    for grid in batch.layout.grids:
        places, shape = grid.tokens.view(-1), grid.tokens.shape
        given = {
            "inputs_embeds": embedded.index_select(0, places).view(*shape, -1),
            "attention_mask": grid.mask.view(shape).long(),
        }
        if typed(model):
            given["token_type_ids"] = batch.types[0].index_select(0, places).view(shape)
        parts.append([one.flatten(0, 1) for one in _taken(model(**given, **options), what)])
    return tuple(torch.cat(same).index_select(0, batch.layout.place) for same in zip(*parts, strict=True))


def _taken(found, names: tuple[str, ...]) -> tuple:
    """What an output holds under these names, one after the other; of all blocks one each."""
    values = [getattr(found, name) for name in names]
    return tuple(one for value in values for one in (value if isinstance(value, tuple) else (value,)))
