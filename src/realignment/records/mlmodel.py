"""What MLflow reads beside the weights of a fine-tuned model so that `mlflow.pyfunc` loads and serves it: made of its record alone, the same bytes each time.

No id, no time, no pickle and no copy of code: `MLmodel` names the module of this package that answers, what it has to be told, and the sha256 of every
file it may read. Records do not list these files, since they follow from the record; `fault` says where they do not.
"""

import json
from pathlib import Path
from typing import Any

from realignment.records import sealing
from realignment.records.record import Record
from realignment.tasks import KINDS, LABELS

FILE, EXAMPLE, REQUEST = sealing.FOR_MLFLOW
LOADER = "realignment.serving.flavor"
TEXT, NUMBER, WHOLE = ({"type": name} for name in ("string", "double", "long"))
ANY = {"type": "any"}  # MLflow makes texts of one length of a list that it is told is of texts: ["a", null] would be "a" and "n"
OF_PREDICTION = ("max_length", "stride", "words", "sentence_vector", "hypothesis_only")  # of a job's settings, what is read by
EXAMPLES = {  # of the kinds of tasks: columns -> what a row may hold
    "words": {"text": "Nairobi is a city in Kenya ."},
    "pair": {"premise": "A woman reads a book .", "hypothesis": "A woman is asleep ."},
    "span": {"question": "Where is Nairobi?", "context": "Nairobi is a city in Kenya ."},
}


def files(record: Record) -> dict[str, str]:
    """Name -> text, of a fine-tuned model; {} of an encoder, which answers nothing."""
    if not record.task or not record.model:
        return {}
    import yaml

    kind = KINDS[record.task]
    example = EXAMPLES[kind]
    inputs, outputs = _signature(kind, record.task)
    about = {
        "flavors": {"python_function": {"loader_module": LOADER, "config": _config(record)}},
        "signature": {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs), "params": None},
        "saved_input_example_info": {
            "artifact_path": EXAMPLE, "serving_input_path": REQUEST, "type": "dataframe", "pandas_orient": "split",
        },
    }  # fmt: skip
    columns = {"columns": list(example), "data": [list(example.values())]}
    return {
        FILE: yaml.safe_dump(about, sort_keys=True, allow_unicode=True, width=1000),
        EXAMPLE: json.dumps(columns),
        REQUEST: json.dumps({"dataframe_split": columns}),
    }


def write(record: Record, folder: Path) -> None:
    for name, text in files(record).items():
        (folder / name).write_text(text, encoding="utf-8")


def fault(record: Record, folder: Path) -> str:
    """How the files for MLflow that lie in `folder` differ from what follows from the record; "" where they do not, or none lies there, as beside
    models of older versions of this program."""
    wanted, there = files(record), {name: folder / name for name in sealing.FOR_MLFLOW if (folder / name).exists()}
    wrong = [name for name, path in there.items() if name not in wanted or path.read_bytes() != wanted[name].encode()]
    wrong += [name for name in wanted if there and name not in there]
    return f"in {folder}: {', '.join(wrong)} not as the record gives it" if wrong else ""


def _config(record: Record) -> dict[str, Any]:
    """What the loader is told."""
    told = {name: record.params[name] for name in OF_PREDICTION if name in record.params}
    found = {"task": record.task, "predict": told, "files": sealing.model(record)}
    if "attention" in record.params:
        decoder = {
            name: value for name, value in record.params.items() if name in ("attention", "quantized") or name.startswith("lora_")
        }
        found |= {"decoder": decoder, "dtype": record.params["dtype"], "encoder": record.inputs["encoder"]}
    return found


def _signature(kind: str, task: str) -> tuple[list[dict], list[dict]]:
    """(inputs, outputs) as MLflow's schemas spell columns."""
    if kind == "words":
        word = _object(word=TEXT, tag=TEXT, score=_optional(NUMBER))
        entity = _object(type=TEXT, start=WHOLE, end=WHOLE, words=_many(TEXT), score=NUMBER)
        outputs = {"words": _many(word), "unread": WHOLE} | ({"entities": _many(entity)} if _spans(task) else {})
        return [_column("text", ANY, required=False), _column("words", ANY, required=False)], _columns(outputs)
    if kind == "pair":
        scores = _object(**dict.fromkeys(LABELS[task], NUMBER))
        return _columns({"premise": TEXT, "hypothesis": TEXT}), _columns(
            {"label": TEXT, "score": NUMBER, "scores": scores, "cut": WHOLE}
        )
    outputs = {"answer": TEXT, "start": WHOLE, "end": WHOLE, "score": NUMBER, "cut": WHOLE}
    return _columns({"question": TEXT, "context": TEXT}), _columns(outputs)


def _spans(task: str) -> bool:
    return any(label.startswith("B-") for label in LABELS[task])


def _columns(given: dict[str, dict]) -> list[dict]:
    return [_column(name, kind) for name, kind in given.items()]


def _column(name: str, kind: dict, *, required: bool = True) -> dict:
    return {**kind, "name": name, "required": required}


def _many(kind: dict) -> dict:
    return {"type": "array", "items": kind}


def _optional(kind: dict) -> dict:
    return {**kind, "required": False}


def _object(**properties: dict) -> dict:
    return {"type": "object", "properties": {name: {"required": True, **kind} for name, kind in properties.items()}}
