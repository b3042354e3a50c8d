"""Small encoders of the paper's two architectures, and of DistilBERT, built from a configuration: nothing to download."""

import random
from pathlib import Path

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
SHAPES = {
    "bert": SIZES,
    "xlm-roberta": {**SIZES, "type_vocab_size": 1},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
}
ALPHABETS = ("abcdefghijklmnoprstu", "абвгдежзиклмнопрст", "กขคงจชซดตถทนบปผ")


def sentences(count: int, seed: int, alphabet: str = ALPHABETS[0], words: int = 8) -> list[str]:
    """Pseudo-sentences over one alphabet."""
    chance = random.Random(seed)
    vocabulary = ["".join(chance.choices(alphabet, k=chance.randint(2, 6))) for _ in range(60)]
    return [" ".join(chance.choices(vocabulary, k=chance.randint(3, words))) + " ." for _ in range(count)]


def build(folder: Path, kind: str, seed: int = 0) -> Path:
    """A two-layer encoder of `kind` (bert, distilbert or xlm-roberta) with a tokenizer trained on pseudo-sentences; its folder."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    text = [line for alphabet in ALPHABETS for line in sentences(200, 1, alphabet)]
    if kind != "xlm-roberta":
        special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
        raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        raw.normalizer, raw.pre_tokenizer = normalizers.BertNormalizer(lowercase=False), pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=list(special.values()))
    else:
        special = {
            "bos_token": "<s>",
            "pad_token": "<pad>",
            "eos_token": "</s>",
            "unk_token": "<unk>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "mask_token": "<mask>",
        }
        raw = Tokenizer(models.BPE(unk_token="<unk>"))
        raw.pre_tokenizer, raw.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=list(dict.fromkeys(special.values())))
    raw.train_from_iterator(text, trainer)
    first, last = special["cls_token"], special["sep_token"]
    raw.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:{int(kind != 'xlm-roberta')} {last}:{int(kind != 'xlm-roberta')}",
        special_tokens=[(token, raw.token_to_id(token)) for token in (first, last)],
    )
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=512, **special)
    torch.manual_seed(seed)
    rows = {"vocab_size": raw.get_vocab_size(), "max_position_embeddings": 260, "pad_token_id": tokenizer.pad_token_id}
    transformers.AutoModel.from_config(transformers.AutoConfig.for_model(kind, **rows, **SHAPES[kind])).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
