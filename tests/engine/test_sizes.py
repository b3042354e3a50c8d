"""The sizes of models by their config.json alone: what plain `transformers` builds, on a device without memory, is as large."""

import pytest
from architectures import SMALL, configuration

from realignment.config import models
from realignment.engine.bases import sizes
from realignment.engine.bases.kinds import KINDS


def built(config: dict) -> int:
    """Parameters of the class of `transformers` for a config, without a head."""
    import torch
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = config["model_type"]
    made = CONFIG_MAPPING[kind](**{name: value for name, value in config.items() if name != "model_type"})
    with torch.device("meta"):
        model = getattr(transformers, KINDS[kind].bare if kind in KINDS else "AutoModel").from_config(made)
    return sum(one.numel() for one in model.parameters())


@pytest.mark.parametrize("name", [name for name, one in models.known(None).items() if one.sizes])
def test_a_model_that_ships_has_the_parameters_of_its_class(name):
    config = models.known(None)[name].sizes
    assert sizes.parameters(config) == built(config)


@pytest.mark.parametrize("name", SMALL)
def test_so_has_a_small_one_of_each_architecture_by_the_config_that_it_is_saved_with(name):
    config = configuration(name).to_dict()
    assert sizes.parameters(config) == built(config)


@pytest.mark.parametrize("kind", ["llama", "gemma2", "eurobert", "modernbert"])
def test_the_matrices_of_a_block_are_those_of_its_class(kind):
    """What a token is multiplied by: all weights of two dimensions but the words."""
    import torch
    import transformers

    config = {"num_key_value_heads": 2} if kind != "modernbert" else {}
    made = transformers.AutoConfig.for_model(
        kind,
        vocab_size=60,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=40,
        pad_token_id=0,
        **config,
    )
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(made)
    matrices = [one for one in model.parameters() if one.ndim == 2 and one is not model.get_input_embeddings().weight]
    assert sizes.Shape.of(made.to_dict()).multiplied == sum(one.numel() for one in matrices)


def test_adapters_are_two_matrices_a_target():
    """By hand: rank 3; q 32 -> 32 and k 32 -> 16 (two key heads of 8) in each of 2 blocks."""
    shape = sizes.Shape("llama", vocabulary=60, hidden=32, inner=40, blocks=2, heads=4, queries=32, keys=16, gated=True)
    assert shape.adapters(3, ["q_proj", "k_proj"]) == 2 * (3 * (32 + 32) + 3 * (32 + 16))
