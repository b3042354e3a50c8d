"""A small random DistilBERT in the files of distilbert-base-multilingual-cased, as they lie on the hub."""

import json
from collections.abc import Iterable
from pathlib import Path

RELEASED = {  # config.json as it was released, key for key
    "activation": "gelu", "architectures": ["DistilBertForMaskedLM"], "attention_dropout": 0.1, "dim": 768, "dropout": 0.1,
    "hidden_dim": 3072, "initializer_range": 0.02, "max_position_embeddings": 512, "model_type": "distilbert", "n_heads": 12,
    "n_layers": 6, "output_past": True, "pad_token_id": 0, "qa_dropout": 0.1, "seq_classif_dropout": 0.2,
    "sinusoidal_pos_embds": False, "tie_weights_": True, "vocab_size": 119547,
}  # fmt: skip
SMALL = {"dim": 32, "hidden_dim": 48, "n_heads": 2, "n_layers": 2}


def release(folder: Path, sentences: Iterable[str] | None = None, **sizes: int) -> Path:
    """config.json, model.safetensors with the head of the language model, tokenizer.json, tokenizer_config.json and vocab.txt.

    The tokenizer knows the letters and pieces of `sentences`; `sizes` are keys of config.json.
    """
    import torch
    import transformers
    from tokenizers import trainers
    from tokenizers_made import BERT, word_piece

    raw, _ = word_piece()
    if sentences is not None:
        raw.train_from_iterator(sentences, trainers.WordPieceTrainer(vocab_size=2000, special_tokens=list(BERT.values())))
    told = {**RELEASED, **SMALL, **sizes, "vocab_size": raw.get_vocab_size()}
    torch.manual_seed(0)
    model = transformers.AutoModelForMaskedLM.from_config(transformers.DistilBertConfig(**told))
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "config.json").write_text(json.dumps(told, indent=2) + "\n")
    raw.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false, "model_max_length": 512}')
    entries = raw.get_vocab()
    (folder / "vocab.txt").write_text("".join(f"{entry}\n" for entry in sorted(entries, key=entries.get)), encoding="utf-8")
    return folder
