"""Model cards: what a model is, what it was made from, how it is loaded."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from realignment.core import escaping
from realignment.records.job import Job

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


def encoder(job: Job, remarks: Sequence[str] = (), auto: str = "AutoModel") -> str:
    """The card of a realigned encoder, which `auto` loads; `remarks` say what of its base was not taken as it stands."""
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
    )


def model(job: Job, auto: str, sentence_vector: str, remarks: Sequence[str] = ()) -> str:
    """The card of a fine-tuned model."""
    note = f"Fine-tuned on English for {job.task}."
    if auto.endswith("SequenceClassification") and sentence_vector == "mean":
        note += " Its head reads the mean of the last states in the place of the first one: plain `transformers` inference reads the first, but for ModernBERT and EuroBERT, whose configuration names it."
    note += WORDS.get(job.params.get("words"), "")
    return _card(job, "model", note + _of_base(remarks), auto)


def _of_base(remarks: Sequence[str]) -> str:
    return "".join(f" Of its base encoder, {remark}." for remark in remarks)


def _card(job: Job, kind: str, note: str, auto: str) -> str:
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
    return f"{title}\n{LOAD.format(auto=auto)}\n{about}"


def published(card: str, front: Mapping[str, Any], sections: str) -> str:
    """A card as hubs read it: what programs look for in front, as YAML, and what is known of the model since it was made behind."""
    import yaml

    head = yaml.safe_dump(dict(front), sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{head}---\n\n{card}\n{sections}"
