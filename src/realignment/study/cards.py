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

ASK = {  # the class of a model -> how it answers, loaded as above, in plain `transformers`
    "AutoModelForTokenClassification": """from transformers import pipeline

ask = pipeline("token-classification", model=model, tokenizer=tokenizer)
for token in ask("Nairobi is a city in Kenya ."):  # the tag of a word is that of its first token
    print(token["word"], token["entity"], token["score"])
""",
    "AutoModelForSequenceClassification": """from transformers import pipeline

ask = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None)
print(ask({"text": "A woman reads a book .", "text_pair": "A woman is asleep ."}))
""",
    "AutoModelForQuestionAnswering": """import torch  # transformers 5 has no pipeline for questions

context = "Nairobi is a city in Kenya ."
given = tokenizer("Where is Nairobi?", context, return_tensors="pt", return_offsets_mapping=True)
offsets, inside = given.pop("offset_mapping")[0], torch.tensor([one == 1 for one in given.sequence_ids(0)])
with torch.inference_mode():
    found = model(**given)
sums = found.start_logits[0, :, None] + found.end_logits[0]  # of every first and last token
sums[~(inside[:, None] & inside).triu().tril(29)] = float("-inf")
first, last = divmod(int(sums.argmax()), len(offsets))
print(context[offsets[first][0] : offsets[last][1]].strip())
""",
}
SERVE = """
In a checkout where it is registered, `realignment serve {name}` answers on a port of the loopback, and so does
`mlflow models serve -m models:/{name}/1 --env-manager local --host 127.0.0.1` (with the number of its version): {gives}.
"""
GIVES = {
    "AutoModelForTokenClassification": "words as they were given, each with its tag and score, longer texts in windows; of tags in BIO entities too",
    "AutoModelForSequenceClassification": "the label with the scores of all labels",
    "AutoModelForQuestionAnswering": "a part of the context with its place and score, longer contexts in windows",
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
    about = f"{_use(job, auto)}\n{escaping.block(json.dumps(facts, indent=1, sort_keys=True), 'json')}"
    if base is None:
        return f"{title}\n{LOAD.format(auto=auto)}{about}"
    name, revision = base
    told = f"Adapters (LoRA) in a frozen decoder, which is not in this folder: {escaping.markdown(name)}. {LOOKS[job.params['attention']]}"
    if job.params["quantized"]:
        told += " Its base was read in four bits (nf4, bitsandbytes): over the whole base its numbers are near those that were scored, not the same."
    load = LOAD_OVER.format(auto=auto, base=name, revision=f', revision="{revision}"' if revision else "")
    return f"{title}\n{told}\n\n{load}{about}"


def _use(job: Job, auto: str) -> str:
    """How a fine-tuned model answers."""
    if not job.task:
        return ""
    read_twice = job.params.get("attention") == REPEATED
    plain = (
        "\nPipelines of plain `transformers` read a text once, and so answer otherwise.\n"
        if read_twice
        else f"\n```python\n{ASK[auto]}```\n"
    )
    return plain + SERVE.format(name=job.model, gives=GIVES[auto])


def published(card: str, front: Mapping[str, Any], sections: str) -> str:
    """A card as hubs read it: what programs look for in front, as YAML, and what is known of the model since it was made behind."""
    import yaml

    head = yaml.safe_dump(dict(front), sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{head}---\n\n{card}\n{sections}"
