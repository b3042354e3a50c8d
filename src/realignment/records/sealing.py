"""A record vouches for itself by its seal, and for the files of its job by their sha256. Each fault is one clause that names what differs.

The seal is kept twice: in the record, and as a tag of its run, where an edit of the record does not reach it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from realignment.core import digests, hashing
from realignment.core.errors import FailedWork
from realignment.records.record import SEAL, Record

FILE = "record.json"  # written last: its presence says that a job's folder is whole
MODEL = "model/"  # the files of a job that are its model
FREE = ("README.md",)  # the model card is for people: they may write in it
FOR_MLFLOW = ("MLmodel", "input_example.json", "serving_input_example.json")  # follow from the record, see `mlmodel`
BY_MLFLOW = ("registered_model_meta",)  # MLflow writes the name of a model into its folder, when it loads it by that name
UNLISTED = (*FREE, *FOR_MLFLOW, *BY_MLFLOW)
REMEDY = "run `dvc repro -s -f study`: it computes again what does not fit, and only that"


def sealed(record: Mapping) -> dict:
    """The JSON of a record with the sha256 of its canonical JSON."""
    return {**record, SEAL: seal(record)}


def seal(record: Mapping) -> str:
    return hashing.digest({name: value for name, value in record.items() if name != SEAL})


def fault(record: Mapping, tag: str | None = None) -> str:
    """Why the record cannot be believed; "" where it can. `tag` is the seal its run carries, None where there is no run."""
    if SEAL not in record:
        return "carries no sha256: an older version of this program wrote it"
    if record[SEAL] != seal(record):
        return "was changed after it was written: its sha256 is another"
    if tag == "":
        return "belongs to a run without the sha256 of its record: an older version of this program saved it"
    if tag not in (None, record[SEAL]):
        return "is not the one its run was saved with: the tag sha256.record of the run is another"
    return ""


def files(folder: Path) -> dict[str, str]:
    """Relative path -> sha256 of what a job made; the card, what is there for MLflow or by it, and the record itself left out."""
    found = digests.of_folder(folder)
    return {name: value for name, value in found.items() if name.rpartition("/")[2] not in UNLISTED and name != FILE}


def model(record: Record) -> dict[str, str]:
    """File name -> sha256 of the record's model: weights, configuration, tokenizer."""
    return {name.removeprefix(MODEL): value for name, value in record.files.items() if name.startswith(MODEL)}


def model_digest(record: Record) -> str:
    """One sha256 for the whole model; "" where the record has none."""
    return hashing.digest(model(record)) if model(record) else ""


def differs(folder: Path, wanted: Mapping[str, str], without: str | None = None) -> str:
    """How the files of `folder` differ from `wanted`, as a clause that names the first ones; "" where they do not. Names that begin with
    `without` are left out."""
    if not folder.is_dir():
        return f"{folder} is gone"
    here = files(folder)
    if without:
        here, wanted = ({name: value for name, value in one.items() if not name.startswith(without)} for one in (here, wanted))
    kinds = {
        "missing": sorted(wanted.keys() - here.keys()),
        "changed": sorted(name for name in wanted.keys() & here.keys() if wanted[name] != here[name]),
        "not of the run": sorted(here.keys() - wanted.keys()),
    }
    parts = [f"{', '.join(names[:3])}{' and more' if len(names) > 3 else ''} {kind}" for kind, names in kinds.items() if names]
    return f"in {folder}: {'; '.join(parts)}" if parts else ""


def differs_from(folder: Path, digest: str) -> bool:
    """Whether the files of a model are not those that `digest` (of `model_digest`) stands for."""
    return hashing.digest(files(folder)) != digest


def model_fault(record: Record, folder: Path) -> str:
    """Why the model in `folder` is not the record's, before anybody reads it; "" where it is."""
    return differs(folder, model(record)) if model(record) else f"{folder}: its record names no file of a model"


def read(folder: Path) -> dict | None:
    """The JSON of the record of a finished job's folder; None where it is gone or cannot be read."""
    try:
        return json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def of_job(key: str, folder: Path, without: str | None = None) -> tuple[Record | None, str]:
    """(the record in the finished folder of the job of a run key, ""), or (None, why the folder cannot be taken). Of files whose names begin
    with `without` nothing is required."""
    content = read(folder)
    if content is None:
        return None, "its record.json is gone or cannot be read"
    if content.get("key") != key:
        return None, f"the record in {folder} is of another key"
    if wrong := fault(content):
        return None, wrong
    try:
        record = Record.of(content, str(folder))
    except FailedWork as unread:
        return None, str(unread)
    wrong = differs(folder, record.files, without)
    return (None, wrong) if wrong else (record, "")
