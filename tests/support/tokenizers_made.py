"""Small tokenizers of the kinds that encoders come with, trained on made-up text, in a folder with the encoder they fit."""

from collections.abc import Sequence
from pathlib import Path

from encoders import ALPHABETS, sentences

ROBERTA = {
    "bos_token": "<s>",
    "pad_token": "<pad>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "mask_token": "<mask>",
}
BERT = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}


def text(alphabets: Sequence[str] = ALPHABETS) -> list[str]:
    return [line for alphabet in alphabets for line in sentences(200, 1, alphabet)]


def byte_level(add_prefix_space: bool = False):
    """As RoBERTa's."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space), decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    raw.train_from_iterator(text(), trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=letters))
    raw.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, add_prefix_space)
    return raw, ROBERTA


SPLIT = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"  # of Llama 3, English clitics left out


def whole_words():
    """As Llama 3's: bytes, a word that is in the vocabulary whatever its merges are, and texts that are begun and not ended."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    raw, bytes_ = Tokenizer(models.BPE(ignore_merges=True)), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    raw.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(SPLIT), "isolated"), bytes_])
    raw.decoder = decoders.ByteLevel()
    letters, special = pre_tokenizers.ByteLevel.alphabet(), ["<s>", "<pad>", "</s>"]
    raw.train_from_iterator(text(), trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=letters))
    begun = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 0)])
    raw.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), begun])
    return raw, {"bos_token": "<s>", "eos_token": "</s>"}


def metaspace(prepend: str = "always", split: bool = True):
    """As XLM-R's: Unigram over pieces that begin with the blank."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    raw = Tokenizer(models.Unigram())
    pieces = pre_tokenizers.Metaspace(prepend_scheme=prepend, split=split)
    raw.pre_tokenizer, raw.decoder = pieces, decoders.Metaspace(prepend_scheme=prepend)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    raw.train_from_iterator(text(), trainers.UnigramTrainer(vocab_size=400, special_tokens=special, unk_token="<unk>"))
    pair = "<s> $A </s> </s> $B </s>"
    raw.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair=pair, special_tokens=[("<s>", 0), ("</s>", 2)])
    return raw, ROBERTA


def word_piece(lowercase: bool = False, alphabets: Sequence[str] = ALPHABETS):
    """As BERT's; it knows the letters of `alphabets`."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    raw.normalizer, raw.pre_tokenizer = normalizers.BertNormalizer(lowercase=lowercase), pre_tokenizers.BertPreTokenizer()
    raw.decoder = decoders.WordPiece()
    raw.train_from_iterator(text(alphabets), trainers.WordPieceTrainer(vocab_size=400, special_tokens=list(BERT.values())))
    pair = "[CLS] $A [SEP] $B:1 [SEP]:1"
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair=pair, special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return raw, BERT


def save(folder: Path, raw, special: dict[str, str], kind: str) -> Path:
    """The tokenizer, and an encoder of `kind` with as many rows."""
    import torch
    import transformers

    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=512, **special)
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(
        kind, vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24,
        max_position_embeddings=260, pad_token_id=tokenizer.pad_token_id, type_vocab_size=2 if kind == "bert" else 1,
    )  # fmt: skip
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
