"""What plain `transformers` has to be told so that it reads a saved model as we do: whether its tokenizer tells the sentences of a pair apart.

A tokenizer is saved as the general class, which makes no `token_type_ids` by itself: a pair would be read as one sentence, and answered otherwise,
without a word.
"""

import json
from pathlib import Path

from realignment.core import strictjson
from realignment.engine.bases.kinds import KINDS

FILE, NAMES, TYPES = "tokenizer_config.json", "model_input_names", "token_type_ids"
READ = ["input_ids", "attention_mask"]


def tell(folder: Path) -> None:
    """Writes into the tokenizer's settings what the model in `folder` reads, where they do not say it."""
    if not (folder / FILE).is_file():
        return
    config, about = (strictjson.loads((folder / name).read_text(encoding="utf-8")) for name in ("config.json", FILE))
    typed = KINDS[config["model_type"]].types and config.get("type_vocab_size", 2) > 1
    if typed != (TYPES in about.get(NAMES, READ)):
        about[NAMES] = [READ[0], *([TYPES] if typed else []), *READ[1:]]
        (folder / FILE).write_text(json.dumps(about, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
