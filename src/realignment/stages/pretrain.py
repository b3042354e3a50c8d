"""Stage `pretrain`: a small encoder by masked language modelling, where the profile has none of its own.

reads   bitext/<lang>.parquet (training rows less excluded.parquet), languages.csv, manifest.json
writes  encoders/<name>/: weights, tokenizer, README.md, encoder.json; without `pretrain.name` a README.md alone
"""

import json
import shutil
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from realignment.config import schema
from realignment.config.schema import Settings
from realignment.core import escaping, hashing
from realignment.core.errors import BadInput, nearest
from realignment.core.files import as_folder, put_in_place, writable
from realignment.core.workspace import Workspace
from realignment.corpora import bitext
from realignment.languages import grouping
from realignment.languages import table as languages

NOTHING = "# No encoder\n\nThis profile pretrains none (`pretrain.name` is null); its encoders are named in `study.encoders`.\n"
TRANSLATIONS = "It has also read {share:.0%} of the training pairs of its languages side by side with their English: its languages are partly aligned before any realignment. "
CARD = """# {name}

A small multilingual encoder (BERT, {parameters:,} weights) made by `realignment pretrain` for the profile `{profile}`: masked language
modelling on {sentences:,} sentences of {languages}. {translations}{generated}

```python
from transformers import AutoModel, AutoTokenizer

model = AutoModel.from_pretrained("this folder")
tokenizer = AutoTokenizer.from_pretrained("this folder")
```

Settings, hashes of the text and the loss: `encoder.json`.
"""


def run(workspace: Workspace, settings: Settings) -> dict:
    """Pretrains into a folder beside the data and renames it into place; what was made."""
    writable(workspace.work, workspace.data)
    how = settings.pretrain
    if how.name is None:
        _replace(workspace, lambda folder: (folder / "README.md").write_text(NOTHING, encoding="utf-8"))
        return {"encoder": None}
    text = read_text(workspace, settings)
    made: dict = {}
    _replace(workspace, lambda folder: made.update(pretrain(workspace, how, text, folder / how.name)))
    return {"encoder": how.name, "languages": len(text), "sentences": sum(map(len, text.values())), **made}


def read_text(workspace: Workspace, settings: Settings) -> dict[str, list[str]]:
    """Language -> its sentences, sorted by code: the pivot's distinct sides and the bitexts of the languages to read. Held-out rows stay out."""
    if not workspace.manifest.is_file() or not workspace.excluded.is_file():
        verb = "check" if workspace.manifest.is_file() else "fetch"
        raise BadInput(
            f"{workspace.excluded if verb == 'check' else workspace.manifest} is required and does not exist; make it with `dvc repro {verb}`"
        )
    known = languages.read(workspace.languages)
    seen = _seen(settings)
    pivot = next(code for code, language in known.items() if language.is_pivot)
    text: dict[str, list[str]] = {}
    sources: dict[str, None] = {}
    for path in sorted(workspace.bitexts.glob("*.parquet")):
        code = path.stem
        pairs = bitext.read_train(path, bitext.excluded_rows(workspace.excluded, code))
        sources |= dict.fromkeys(source for source, _ in pairs)
        if settings.pretrain.languages == "all" or grouping.seen_by(known[code], seen):
            text[code] = [target for _, target in pairs]
    text[pivot] = list(sources)
    return {code: text[code] for code in sorted(text) if text[code]}


def english_sides(workspace: Workspace, code: str, share: float) -> list[str]:
    """English sides of the first `share` of a language's rows, as `read_text` orders them; none for the pivot."""
    path = workspace.bitext(code)
    if not share or not path.is_file():
        return []
    pairs = bitext.read_train(path, bitext.excluded_rows(workspace.excluded, code))
    return [source for source, _ in pairs[: round(share * len(pairs))]]


def _seen(settings: Settings) -> str | list[str]:
    """The `seen` setting of the encoder that is to be made."""
    encoders, name = settings.study.encoders, settings.pretrain.name
    if name not in encoders:
        raise BadInput(
            f"pretrain.name is `{name}`; study.encoders must say what that encoder has seen; {nearest(name, encoders)}"
        )
    return encoders[name]["seen"]


def pretrain(workspace: Workspace, how: schema.Pretrain, text: dict[str, list[str]], folder: Path) -> dict:
    """Trains and saves to `folder`; counts, seconds and the loss at the end."""
    import numpy as np
    import torch

    from realignment.core.console import progress
    from realignment.engine import batches, encoder, hardware, pretraining

    start = time.monotonic()
    hardware.prepare(how.threads)
    chance = np.random.default_rng(how.seed)
    tokenizer = pretraining.tokenizer(
        [one for texts in text.values() for one in texts], alphabet(workspace, text), how.vocabulary
    )
    parts = {
        code: pretraining.sequences(tokenizer, texts, how.max_length, english_sides(workspace, code, how.translations))
        for code, texts in text.items()
    }
    encoded = batches.join([parts[code] for code in sorted(parts)])
    order = pretraining.draw_order(
        {code: len(part) for code, part in parts.items()}, how.steps * how.batch, how.upsampling, chance
    )
    model = pretraining.model(len(tokenizer), how)
    losses: list = []
    with progress(f"pretrain {how.name}", how.steps) as advance:
        pretraining.train(model, encoded, order, how, chance, lambda _, loss: (losses.append(loss), advance()))
    curve = [round(float(block.mean()), 6) for block in torch.stack(losses).split(max(1, how.steps // 100))]
    facts = {
        "settings": asdict(how), "sentences": {code: len(texts) for code, texts in text.items()},
        "text": {code: hashing.digest(texts) for code, texts in text.items()},
        "loss": curve,
    }  # fmt: skip
    encoder.save(model.bert, tokenizer, folder, card(workspace, how, facts, model.bert.num_parameters()))
    as_folder(folder, "*.safetensors")
    (folder / "encoder.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return {"loss": curve[-1], "seconds": round(time.monotonic() - start, 1)}


def alphabet(workspace: Workspace, text: dict[str, list[str]]) -> str:
    """Every character of every bitext, also of languages that are not read: no script is unknown to the tokenizer."""
    characters = {character for texts in text.values() for one in texts for character in one}
    for path in sorted(workspace.bitexts.glob("*.parquet")):
        characters.update(character for _, target in bitext.read_train(path) for character in target)
    return "".join(sorted(characters))


def card(workspace: Workspace, how: schema.Pretrain, facts: dict, parameters: int) -> str:
    known = languages.read(workspace.languages)
    names = ", ".join(escaping.markdown(f"{known[code].name} ({code})") for code in facts["sentences"])
    generated = (
        "The languages are generated: the encoder knows nothing of any real one."
        if any(known[code].shadow_of for code in facts["sentences"])
        else ""
    )
    return CARD.format(
        name=escaping.markdown(how.name),
        parameters=parameters,
        profile=escaping.markdown(workspace.profile),
        sentences=sum(facts["sentences"].values()),
        languages=names,
        generated=generated,
        translations=TRANSLATIONS.format(share=how.translations) if how.translations else "",
    )


def _replace(workspace: Workspace, fill) -> None:
    """`fill(folder)`, then the folder takes the place of encoders/ in one rename."""
    workspace.work.mkdir(parents=True, exist_ok=True)
    workspace.data.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix="pretrain-", dir=workspace.work))
    try:
        fill(staging)
        staging.chmod(0o755)
        put_in_place([(staging, workspace.encoders)])
    finally:
        shutil.rmtree(staging, ignore_errors=True)
