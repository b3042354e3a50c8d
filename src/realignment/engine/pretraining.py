"""A small encoder from nothing: its tokenizer, and masked language modelling on sentences of several languages."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from realignment.config import schema
from realignment.engine import attention, batches, reading

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")  # numbered in this order
CONTINUES = "##"  # marks a token that does not begin a word
POSITIONS = 512  # as BERT has; those past the longest sequence read stay as they were drawn
REPEATED = 2  # one text in so many is read as a pair with itself, the others alone
WARMUP = 0.06  # share of steps with rising rate, then linear to 0
SPREAD = 0.05  # standard deviation of first weights; BERT's 0.02 is too little for narrow states
REPLACED, KEPT = 0.1, 0.1  # of the predicted tokens: a random token instead, itself; the rest is [MASK] (Devlin et al. 2019)

Log = Callable[[int, Tensor], None]  # step (from 1), loss in nats


def tokenizer(texts: list[str], alphabet: str, vocabulary: int):
    """A fast BPE tokenizer learnt from `texts`; every character of `alphabet` has an entry, at the start of a word and inside.

    The library numbers inside characters in an order that changes from run to run; given to it as special tokens they keep
    theirs, and the tokenizer is then made anew from vocabulary and merges, where they are plain entries.
    """
    import json

    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    letters = sorted({character for character in alphabet if not character.isspace()})
    learner = Tokenizer(models.BPE(unk_token="[UNK]", continuing_subword_prefix=CONTINUES))
    learner.normalizer, learner.pre_tokenizer = normalizers.NFC(), pre_tokenizers.BertPreTokenizer()
    fixed = [*SPECIAL, *letters, *(CONTINUES + letter for letter in letters)]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=fixed,
        initial_alphabet=letters,
        continuing_subword_prefix=CONTINUES,
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    learnt = json.loads(learner.to_str())["model"]
    merges = [tuple(merge) for merge in learnt["merges"]]
    made = Tokenizer(models.BPE(learnt["vocab"], merges, unk_token="[UNK]", continuing_subword_prefix=CONTINUES))
    made.normalizer, made.pre_tokenizer, made.decoder = (
        learner.normalizer,
        learner.pre_tokenizer,
        decoders.WordPiece(prefix=CONTINUES),
    )
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, SPECIAL.index(name)) for name in SPECIAL[2:4]],
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=POSITIONS, **names)


def model(entries: int, how: schema.Pretrain):
    """BERT with a masked language modelling head, drawn from the seed of `how`."""
    from transformers import BertConfig, BertForMaskedLM

    attention.register()
    torch.manual_seed(how.seed)
    config = BertConfig(
        vocab_size=entries, num_hidden_layers=how.layers, hidden_size=how.hidden, num_attention_heads=how.heads,
        intermediate_size=how.feedforward, max_position_embeddings=POSITIONS, pad_token_id=0, initializer_range=SPREAD,
        hidden_dropout_prob=how.dropout, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    config._attn_implementation = attention.NAME
    return BertForMaskedLM(config)


def sequences(tokenizer, texts: list[str], max_length: int, sources: list[str] | None = None) -> batches.Encoded:
    """Every second text as a pair with itself (both segments are known, and words are found again across them), the others alone.

    Where `sources` are given, they are paired with the first texts: translation language modelling (Conneau & Lample 2019).
    """
    again = texts[::REPEATED]
    once = [text.split() for place, text in enumerate(texts) if place % REPEATED]
    alone = batches.encode_words(tokenizer, once, max_length)
    pairs = [(again, again)] + ([(sources, texts[: len(sources)])] if sources else [])
    return batches.join([alone, *(batches.encode_pairs(tokenizer, first, second, max_length) for first, second in pairs)])


def draw_order(sizes: dict[str, int], draws: int, upsampling: float, chance: np.random.Generator) -> np.ndarray:
    """Row numbers in the order they are read; languages stand one after the other, sorted, each with `sizes` rows.

    A language is drawn in proportion to its size to the power `upsampling`, its rows in passes over a new shuffle.
    """
    names = sorted(sizes)
    weights = np.array([sizes[name] for name in names], dtype=np.float64) ** upsampling
    language = chance.choice(len(names), size=draws, p=weights / weights.sum())
    order, start = np.empty(draws, dtype=np.int64), 0
    for index, name in enumerate(names):
        places = np.flatnonzero(language == index)
        passes = -(-len(places) // sizes[name])
        stream = [chance.permutation(sizes[name]) for _ in range(passes)]
        order[places] = start + np.concatenate([*stream, np.empty(0, dtype=np.int64)])[: len(places)].astype(np.int64)
        start += sizes[name]
    return order


def mask(tokens: np.ndarray, share: float, entries: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(tokens as they are shown, places to predict): about `share` of the tokens that are not special, one at least."""
    real = np.flatnonzero(tokens >= len(SPECIAL))
    chosen = real[chance.random(len(real)) < share]
    if not len(chosen):
        chosen = real[:1]
    shown, how = tokens.copy(), chance.random(len(chosen))
    shown[chosen[how >= REPLACED + KEPT]] = SPECIAL.index("[MASK]")
    replaced = chosen[how < REPLACED]
    shown[replaced] = chance.integers(len(SPECIAL), entries, len(replaced))
    return shown, chosen


def train(
    model, encoded: batches.Encoded, order: np.ndarray, how: schema.Pretrain, chance: np.random.Generator, log: Log
) -> None:
    """Train `model` in place on the rows of `order`, `how.batch` a step, without dropout: so small a model underfits."""
    from transformers import get_linear_schedule_with_warmup

    steps = len(order) // how.batch
    optimizer = torch.optim.Adam(model.parameters(), lr=how.learning_rate, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARMUP * steps), steps)
    model.eval()
    for step, rows in enumerate(order.reshape(steps, how.batch), start=1):
        batch = batches.batch(encoded, rows)
        gold = batch.tokens[0].numpy()
        shown, places = mask(gold, how.mask, model.config.vocab_size, chance)
        loss = masked_loss(model, batch, torch.from_numpy(shown), torch.from_numpy(places))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        log(step, loss.detach())


def masked_loss(
    model, batch: batches.Batch, shown: Int[Tensor, " tokens"], places: Int[Tensor, " predicted"]
) -> Float[Tensor, ""]:
    """Cross-entropy in nats of the true tokens at `places`; the vocabulary is scored at those places alone."""
    given = {**reading.arguments(model, batch), "input_ids": shown[None]}
    states = model.bert(**given).last_hidden_state[0]
    return F.cross_entropy(model.cls(states[places]), batch.tokens[0][places])
