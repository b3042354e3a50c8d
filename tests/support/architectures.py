"""A small encoder of each architecture that is known here: random weights of a configuration, and batches of random tokens of chosen lengths."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from realignment.engine import batches, encoder
from realignment.engine.bases import decisive
from realignment.engine.bases.kinds import KINDS

if TYPE_CHECKING:
    import torch

WINDOW = 12  # tokens that see each other in the layers that have a window; ModernBERT's stands to both sides: half of it
ROWS, FIRST, PAD = 60, 6, 1  # of the vocabulary; the first that is no special token
SIZES = {
    "vocab_size": ROWS, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 40,
    "max_position_embeddings": 80, "pad_token_id": PAD,
}  # fmt: skip
NAMED = {"bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3, "mask_token_id": 4}
NO_DROPOUT = dict.fromkeys(
    ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout", "seq_classif_dropout", "qa_dropout", "classifier_dropout_prob"),
    0.0,
)  # fmt: skip
DEBERTA = {
    "relative_attention": True, "position_buckets": 16, "norm_rel_ebd": "layer_norm", "share_att_key": True, "type_vocab_size": 0,
    "pos_att_type": ["p2c", "c2p"], "max_relative_positions": -1, "position_biased_input": False,
}  # fmt: skip
GEMMA = {
    "num_key_value_heads": 2,
    "head_dim": 8,
    "use_bidirectional_attention": True,
    "layer_types": ["sliding_attention", "full_attention"],
}
T5 = {
    "d_kv": 8,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 20,
    "dropout_rate": 0.0,
    "decoder_start_token_id": 1,
}
SMALL = {  # name -> (kind, its own settings)
    "bert": ("bert", {}),
    "distilbert": ("distilbert", {}),
    "xlm-roberta": ("xlm-roberta", {"type_vocab_size": 1}),
    "roberta": ("roberta", {"type_vocab_size": 1}),
    "camembert": ("camembert", {"type_vocab_size": 1}),
    "electra": ("electra", {"embedding_size": 16}),
    "ernie": ("ernie", {}),
    "rembert": ("rembert", {"input_embedding_size": 16}),
    "megatron-bert": ("megatron-bert", {}),
    "xlm-roberta-xl": ("xlm-roberta-xl", {"type_vocab_size": 1}),
    "roberta-prelayernorm": ("roberta-prelayernorm", {}),
    "data2vec-text": ("data2vec-text", {}),
    "mpnet": ("mpnet", {}),
    "nomic_bert": ("nomic_bert", {}),
    "modernbert": ("modernbert", {"num_hidden_layers": 4, "local_attention": WINDOW, **NAMED}),
    "eurobert": ("eurobert", {"num_key_value_heads": 2, **NAMED}),
    "gemma3_text": ("gemma3_text", {"sliding_window": WINDOW, **GEMMA, **NAMED}),
    "t5": ("t5", {"feed_forward_proj": "relu", **T5}),
    "mt5": ("mt5", {"feed_forward_proj": "gated-gelu", "num_heads": 3, **T5}),
    "umt5": ("umt5", {"feed_forward_proj": "gated-gelu", **T5}),
    "deberta-v2": ("deberta-v2", DEBERTA),
    "deberta-v2, own keys": ("deberta-v2", {**DEBERTA, "share_att_key": False, "type_vocab_size": 2}),
    "modernbert, no pad token": ("modernbert", {"local_attention": WINDOW, **NAMED, "pad_token_id": None}),
    "eurobert, no pad token": ("eurobert", {"num_key_value_heads": 1, **NAMED, "pad_token_id": None}),
}  # fmt: skip
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 50.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}  # fmt: skip
GROUPED = {"num_key_value_heads": 2, "head_dim": 8, **NAMED}
LLAMA = {"rope_parameters": LLAMA3, **GROUPED, "pad_token_id": None}
GEMMA2 = {"sliding_window": WINDOW, "query_pre_attn_scalar": 8, "attn_logit_softcapping": 0.5, **GROUPED}
MISTRAL = {"sliding_window": WINDOW, **GROUPED, "pad_token_id": None}
SMALL["t5gemma"] = ("t5gemma", {**GEMMA2, "dropout_rate": 0.0, "is_encoder_decoder": False})
SMALL |= {  # decoders, which look back alone, or both ways
    "llama": ("llama", LLAMA), "llama, bidirectional": ("llama", LLAMA),
    "gemma2": ("gemma2", GEMMA2), "gemma2, bidirectional": ("gemma2", GEMMA2),
    "mistral": ("mistral", MISTRAL), "mistral, bidirectional": ("mistral", MISTRAL),
    "mistral, no window": ("mistral", {**MISTRAL, "sliding_window": None}),
}  # fmt: skip
LENGTHS = (3, 7, 9, 1, 40, 12, 13, 14, 60, 6, 8, 2)  # past WINDOW, and at it; of several groups


def configuration(name: str, **change):
    """`change` are settings of it, such as the classes of a head."""
    import transformers

    kind, own = SMALL[name]
    settings = {decisive.key(kind, key): value for key, value in {**SIZES, **NO_DROPOUT, **own, **change}.items()}
    if inside := KINDS[kind].inside:
        around = {key: value for key, value in settings.items() if key in KINDS[kind].outside or key in change}
        settings = {**around, inside: settings, "decoder": {**settings, "hidden_size": 16}}
    return transformers.AutoConfig.for_model(kind, **settings)


def plain_class(name: str):
    """The class of `transformers` that makes it without a head."""
    import transformers

    return (
        transformers.AutoModelForTextEncoding
        if KINDS[SMALL[name][0]].bare == "AutoModelForTextEncoding"
        else transformers.AutoModel
    )


def looks(name: str) -> str:
    """How a decoder looks at a sentence; "" of an encoder."""
    return "" if not KINDS[SMALL[name][0]].decodes else "bidirectional" if name.endswith("bidirectional") else "causal"


def load(name: str, folder: Path, seed: int = 0, **options):
    """As we load it."""
    return encoder.load(folder, seed, looks=looks(name), **options)


def plain_load(name: str, folder: Path, **options):
    """As plain `transformers` does, which is told in the configuration to look both ways."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(folder)
    if looks(name) == "bidirectional":
        config.is_causal = False
    return plain_class(name).from_pretrained(folder, config=config, **options)


def make(folder: Path, name: str, **change) -> Path:
    """Saved as `transformers` saves it, with norms and biases that are not all alike; its folder."""
    import torch

    torch.manual_seed(0)
    model = plain_class(name).from_config(configuration(name, **change))
    with torch.no_grad():
        for one in model.parameters():
            one.add_(0.1 * torch.randn_like(one))
    model.save_pretrained(folder)
    return folder


def tokens(name: str, lengths=LENGTHS, seed: int = 0) -> batches.Encoded:
    """Random tokens, none of them special; the second half of each sequence is its second sentence, but where one row stands for both."""
    told = SMALL[name][1].get("type_vocab_size") != 1
    chance, starts = np.random.default_rng(seed), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    drawn = chance.integers(FIRST, ROWS, starts[-1]).astype(np.int32)
    types = np.concatenate([told & (np.arange(length) >= (length + 1) // 2) for length in lengths]).astype(np.int8)
    return batches.Encoded(drawn, types, np.zeros(len(drawn), np.int32), starts, np.ones(len(lengths), np.int32))


def build(folder: Path, name: str) -> Path:
    """`make` with a tokenizer of the kind that it comes with; long enough for the settings of the sample."""
    import transformers
    from tokenizers import processors
    from tokenizers_made import ROBERTA, byte_level, metaspace, whole_words, word_piece

    kind = KINDS[SMALL[name][0]]
    ends = {
        token: content for token, content in ROBERTA.items() if token not in ("cls_token", "sep_token")
    }  # as decoders name them
    if not kind.pairs:
        raw, special = metaspace()[0], ends
        raw.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)])
    elif name.startswith("llama"):
        raw, special = whole_words()
    elif kind.decodes:  # as Gemma's
        raw, special = metaspace()[0], ends
        raw.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)])
    elif kind.padding is None:
        raw, special = byte_level()[0] if name.startswith("eurobert") else metaspace()[0], ends
    else:
        raw, special = metaspace() if kind.shifted else word_piece()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=256, **special)
    lengths = {"max_position_embeddings": 520 if kind.decodes else 260, "vocab_size": len(tokenizer)}
    lengths |= {} if kind.decodes else {"pad_token_id": tokenizer.pad_token_id}
    make(folder, name, **lengths)
    tokenizer.save_pretrained(folder)
    return folder


def types(model) -> bool:
    """By its own configuration, not by what we say of its kind."""
    return (getattr(model.config, "type_vocab_size", 0) or 0) > 1


def padded(plain, encoded, **options):
    """(outputs of plain `transformers` over one padded batch, where there is a token)."""
    import torch

    longest, many = int(encoded.lengths.max()), len(encoded)
    ids, kinds, there = torch.full((many, longest), PAD), torch.zeros(many, longest, dtype=torch.long), torch.zeros(many, longest)
    for row, (start, length) in enumerate(zip(encoded.starts, encoded.lengths, strict=False)):
        ids[row, :length] = torch.from_numpy(encoded.tokens[start : start + length]).long()
        kinds[row, :length] = torch.from_numpy(encoded.types[start : start + length]).long()
        there[row, :length] = 1
    given = {"token_type_ids": kinds} if types(plain) else {}
    return plain(input_ids=ids, attention_mask=there.long(), **given, **options), there.bool()


def in_one_batch(plain, encoded) -> "list[torch.Tensor]":
    """Each layer's states, the padding taken out."""
    found, there = padded(plain, encoded, output_hidden_states=True)
    return [one[there] for one in found.hidden_states]


def one_by_one(plain, encoded) -> "list[torch.Tensor]":
    """The same, a sequence at a time: no padding, no mask."""
    import torch

    rows = [batches.take(encoded, np.array([row])) for row in range(len(encoded))]
    each = [padded(plain, row, output_hidden_states=True)[0].hidden_states for row in rows]
    return [torch.cat([states[layer][0] for states in each]) for layer in range(len(each[0]))]


def gradients(model, states: "list[torch.Tensor]") -> "dict[str, torch.Tensor]":
    """Those of a loss that weighs every state of every layer differently."""
    import torch

    model.zero_grad()
    sum((one * torch.linspace(-1, 1, one.numel()).view_as(one)).sum() for one in states).backward()
    return {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
