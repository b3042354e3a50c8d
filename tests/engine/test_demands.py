"""What a step of realignment takes: bytes and operations by hand, and by what torch itself keeps for the way back."""

import contextlib

import numpy as np
import pytest

from realignment.engine import attention, batches, encoder
from realignment.engine.bases import demands, sizes

BERT = {"model_type": "bert", "vocab_size": 60, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 12,
    "max_position_embeddings": 20, "type_vocab_size": 2}  # fmt: skip
LLAMA = {"model_type": "llama", "vocab_size": 60, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
    "intermediate_size": 12}  # fmt: skip
LORA = {"rank": 3, "targets": ["q_proj", "down_proj"]}


def test_bytes_of_an_encoder_that_is_trained_whole():
    """By hand. 82 rows of 8 for words, places and types, a norm of 16; a block has 4 x (64 + 8), 96 + 12, 96 + 8 and two norms of 16; a pooler 72."""
    count = 82 * 8 + 16 + 2 * (4 * 72 + 108 + 104 + 32) + 72
    held = demands.memory(BERT, demands.Step(pairs=5, max_length=7, dtype="float32"))
    assert sizes.parameters(BERT) == count
    assert (held.weights, held.gradients, held.moments) == (4 * count, 4 * count, 8 * count)
    a_token_and_block = 4 * (2 * 2 * 8) + 4 * (8 + 4 * 8 + 2 * 12)
    assert held.activations == 2 * 5 * 7 * 2 * a_token_and_block
    assert held.total == 16 * count + held.activations


def test_bytes_of_a_decoder_beneath_adapters():
    """By hand. A block has q 64, k and v 32 each, o 64 and three of 96; norms of 8 are two a block and one. Adapters: 3 x (8 + 8) and 3 x (12 + 8)."""
    blocks = 2 * (64 + 2 * 32 + 64 + 3 * 96)
    count, adapters = 60 * 8 + blocks + 5 * 8, 2 * (3 * 16 + 3 * 20)
    step = demands.Step(5, 7, "bfloat16", LORA)
    held = demands.memory(LLAMA, step)
    assert demands.trained(LLAMA, step) == adapters and sizes.parameters(LLAMA) == count
    assert (held.weights, held.gradients, held.moments) == (2 * count + 4 * adapters, 4 * adapters, 8 * adapters)
    assert held.activations == 2 * 5 * 7 * 2 * (4 * (2 * 3 * 8) + 2 * (8 + 4 * 8 + 4 * 12))
    quantized = demands.memory(LLAMA, demands.Step(5, 7, "bfloat16", LORA, quantized=True))
    assert quantized.weights == 2 * (count - blocks) + 4 * adapters + 0.5625 * blocks


def test_operations_of_a_step():
    """By hand: six a weight of the blocks and token; attention four a token, place and token of the sentence, three times. Frozen weights: four."""
    step = demands.Step(5, 7, "float32")
    assert demands.operations(BERT, step) == 70 * (6 * 2 * (4 * 64 + 2 * 96) + 3 * 4 * 2 * 8 * 7)
    blocks, adapters = 2 * (64 + 2 * 32 + 64 + 3 * 96), 2 * (3 * 16 + 3 * 20)
    lora = demands.Step(5, 7, "float32", LORA)
    assert demands.operations(LLAMA, lora) == 70 * (4 * blocks + 6 * adapters + 3 * 4 * 2 * 8 * 7)
    assert demands.moved(BERT, step) == 28 * sizes.parameters(BERT)


def test_operations_are_those_that_torch_counts():
    """Of matrix products, there and back, of a batch whose sentences are all of one length."""
    from torch.utils.flop_counter import FlopCounterMode

    model, batch = made("bert", 3), batch_of(4, 8)
    with FlopCounterMode(display=False) as counter:
        encoder.states(model, batch).sum().backward()
    config = model.config.to_dict()
    expected = demands.operations(config, demands.Step(2, 8, "float32"))
    assert counter.get_total_flops() == pytest.approx(expected, rel=0.03)


KINDS = {
    "bert": {}, "xlm-roberta": {}, "modernbert": {"cls_token_id": 2, "sep_token_id": 3}, "eurobert": {"num_key_value_heads": 2, "mask_token_id": 4},
    "deberta-v2": {"relative_attention": True, "position_buckets": 16, "norm_rel_ebd": "layer_norm", "share_att_key": True, "type_vocab_size": 0,
        "pos_att_type": ["p2c", "c2p"], "position_biased_input": False},
}  # fmt: skip


@pytest.mark.parametrize("dtype", demands.WIDTH)
@pytest.mark.parametrize("kind", KINDS)
def test_activations_are_what_torch_keeps_for_the_way_back(kind, dtype):
    """To 20 %: of a block more, so that embeddings and the last norm do not count. Dropout is left out: its masks are the device's own."""
    few, many = (keeps(kind, blocks, dtype) for blocks in (1, 3))
    shape = sizes.Shape.of(made(kind, 1).config.to_dict())
    assert (many - few) / 2 == pytest.approx(demands.kept(shape, demands.Step(4, 32, dtype)), rel=0.2)


def made(kind: str, blocks: int):
    import torch
    import transformers

    attention.register()
    torch.manual_seed(0)
    none = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0} if kind not in ("modernbert", "eurobert") else {}
    sizes_ = {
        "vocab_size": 60,
        "hidden_size": 64,
        "num_attention_heads": 4,
        "intermediate_size": 160,
        "num_hidden_layers": blocks,
        "pad_token_id": 1,
    }
    config = transformers.AutoConfig.for_model(kind, bos_token_id=2, eos_token_id=3, **sizes_, **none, **KINDS[kind])
    return transformers.AutoModel.from_config(config, attn_implementation=attention.of(config)).train()


def batch_of(rows: int, length: int):
    starts = np.arange(rows + 1, dtype=np.int64) * length
    tokens = np.random.default_rng(0).integers(6, 60, starts[-1]).astype(np.int32)
    encoded = batches.Encoded(
        tokens, np.zeros(len(tokens), np.int8), np.zeros(len(tokens), np.int32), starts, np.ones(rows, np.int32)
    )
    return batches.batch(encoded, np.arange(rows))


def keeps(kind: str, blocks: int, dtype: str) -> float:
    """Bytes a token of what autograd keeps, each storage once, weights left out."""
    import torch

    model, batch, held, alive = made(kind, blocks), batch_of(8, 32), {}, []
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}

    def keep(tensor):
        alive.append(tensor)  # so that no address is given to another
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            held[storage.data_ptr()] = storage.nbytes()
        return tensor

    arithmetic = torch.autocast("cpu", dtype=torch.bfloat16) if dtype == "bfloat16" else contextlib.nullcontext()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), arithmetic:
        encoder.states(model, batch)
    return sum(held.values()) / (8 * 32)
