"""What config.json says of the encoders of a profile, and would say of those that are not here yet."""

from collections.abc import Mapping
from typing import Any

from realignment.config import params
from realignment.config.schema import Pretrain, Settings
from realignment.core.workspace import Workspace
from realignment.engine.bases import architecture, locate
from realignment.study import encoder_needs


def config_of(workspace: Workspace, settings: Settings, name: str) -> Mapping[str, Any] | None:
    """What config.json says, or would say, of an encoder by its name; None where nobody knows yet."""
    if name == encoder_needs.made(workspace, settings):
        return _made(settings.pretrain)
    if folder := locate.at_hand(name, workspace.root):
        return architecture.read(folder)
    known = params.known_models(workspace).values()
    return next(
        (one.sizes for one in known if one.sizes and name in (one.name, f"hub:{one.repository}@{name.rpartition('@')[2]}")), None
    )


def _made(how: Pretrain) -> dict[str, Any]:
    """Of the encoder that stage `pretrain` makes."""
    return {
        "model_type": "bert", "vocab_size": how.vocabulary, "hidden_size": how.hidden, "num_hidden_layers": how.layers,
        "num_attention_heads": how.heads, "intermediate_size": how.feedforward, "max_position_embeddings": encoder_needs.PRETRAINED,
        "type_vocab_size": 2,
    }  # fmt: skip
