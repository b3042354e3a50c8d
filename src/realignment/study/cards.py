"""Model cards: what a model is, what it was made from, how it is loaded."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from realignment.core import escaping
from realignment.engine.bases.kinds import BIDIRECTIONAL, CAUSAL, REPEATED
from realignment.records.job import Job

Called = tuple[str, str | None] | None

LOAD = """```python
from transformers import AutoTokenizer, {auto}

model = {auto}.from_pretrained("this folder")
tokenizer = AutoTokenizer.from_pretrained("this folder")
```
"""
WORDS = {  # finetune.words -> how to give the model what it was trained on
    "spaced": ' It was trained on words with the blanks before them: give its tokenizer running text, or words such as `" word"`.',
    "bare": " It was trained on bare words: give its tokenizer lists of words with `is_split_into_words=True`.",
}

LOAD_OVER = """```python
import torch
from peft import PeftModel
from transformers import AutoConfig, AutoTokenizer, {auto}

config = AutoConfig.from_pretrained("this folder")  # how it looks at a sentence, and its labels
base = {auto}.from_pretrained("{base}", config=config, dtype=torch.float32{revision})
model = PeftModel.from_pretrained(base, "this folder")
tokenizer = AutoTokenizer.from_pretrained("this folder")
```
"""
LOOKS = {
    CAUSAL: "A token sees what stands before it.",
    BIDIRECTIONAL: "A token sees the whole sentence: its configuration says `is_causal: false`, without which the numbers are others.",
    REPEATED: "It reads the tokens of each sentence twice in a row, special ones too, and the states of the second reading count.",
}


def encoder(job: Job, remarks: Sequence[str] = (), auto: str = "AutoModel", base: Called = None) -> str:
    """The card of a realigned encoder, which `auto` loads; `remarks` say what of its base was not taken as it stands.

    `base`: what the base of adapters is called, and its revision.
    """
    control = {
        "equal_pairs": " Each language gave as many pairs, whatever the number of languages.",
        "words": " Words were realigned, not sentences.",
        "shuffled": " Control: the pairs were shuffled within each language.",
        "self": " Control: each English sentence was paired with itself.",
    }
    return _card(
        job,
        "encoder",
        f"Realigned on {len(job.languages)} languages: {', '.join(map(escaping.markdown, job.languages))}."
        f"{control.get(job.cell.control, '')}{_of_base(remarks)}",
        auto,
        base,
    )


def model(job: Job, auto: str, sentence_vector: str, remarks: Sequence[str] = (), base: Called = None) -> str:
    """The card of a fine-tuned model."""
    note = f"Fine-tuned on English for {job.task}."
    if auto.endswith("SequenceClassification") and sentence_vector == "mean":
        one = "last" if base else "first"
        note += f" Its head reads the mean of the last states in the place of the {one} one: plain `transformers` inference reads the {one}"
        note += "." if base else ", but for ModernBERT and EuroBERT, whose configuration names it."
    note += WORDS.get(job.params.get("words"), "")
    return _card(job, "model", note + _of_base(remarks), auto, base)


def _of_base(remarks: Sequence[str]) -> str:
    return "".join(f" Of its base encoder, {remark}." for remark in remarks)


def _card(job: Job, kind: str, note: str, auto: str, base: Called) -> str:
    facts = {
        "run_key": job.key,
        "encoder": job.cell.encoder,
        "subset": job.cell.row,
        "seeds": job.to_json()["cell"]["seeds"],
        "settings": job.params,
        "inputs": job.inputs,
    }
    title = f"# {escaping.markdown(job.name)}\n\nA multilingual {kind} made by `realignment`. {note}\n"
    about = escaping.block(json.dumps(facts, indent=1, sort_keys=True), "json")
    if base is None:
        return f"{title}\n{LOAD.format(auto=auto)}\n{about}"
    name, revision = base
    told = f"Adapters (LoRA) in a frozen decoder, which is not in this folder: {escaping.markdown(name)}. {LOOKS[job.params['attention']]}"
    if job.params["quantized"]:
        told += " Its base was read in four bits (nf4, bitsandbytes): over the whole base its numbers are near those that were scored, not the same."
    load = LOAD_OVER.format(auto=auto, base=name, revision=f', revision="{revision}"' if revision else "")
    return f"{title}\n{told}\n\n{load}\n{about}"


def published(card: str, front: Mapping[str, Any], sections: str) -> str:
    """A card as hubs read it: what programs look for in front, as YAML, and what is known of the model since it was made behind."""
    import yaml

    head = yaml.safe_dump(dict(front), sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{head}---\n\n{card}\n{sections}"
