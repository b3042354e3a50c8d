"""Jobs and records that nothing was computed for."""

import hashlib
import json
from dataclasses import replace

from realignment.records import sealing
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.records.record import Record

BYTES = "".join(f"{n:02x}" for n in range(32))  # stands for a sha256
MODEL = {"model/model.safetensors": hashlib.sha256(b"weights").hexdigest()}
EMPTY = {"scores": [], "curves": {}, "counts": {}, "hashes": {}, "files": {}, "seconds": 1.0, "read": "", "kernels": "AVX2"}
SCORES = {"eng": 0.9, "qaa": 0.5, "qab": 0.25}


def chain(seed: int, **params) -> list[Job]:
    """realign -> finetune -> evaluate of one seed."""
    cell = Cell("small", "latin_diverse_2", Seeds.all(seed))
    base = {"params": params, "inputs": {"bitext/qaa": "0" * 64}, "environment": {"device": "cpu", "threads": 1}}
    realign = Job("realign", cell, "", languages=("qaa",), model="test.small.latin_diverse_2", **base)
    name = f"{realign.model}.pos"
    tuned = Job("finetune", cell, "pos", parent=realign.key, parent_cell=realign.cell_key, model=name, **base)
    scored = Job("evaluate", cell, "pos", parent=tuned.key, parent_cell=tuned.cell_key, **base)
    return [realign, tuned, scored]


def retrieval(job: Job) -> Job:
    return Job("evaluate", job.cell, "", job.params, job.inputs, parent=job.key, environment=job.environment)


def changed(job: Job, **params) -> Job:
    return replace(job, params={**job.params, **params})


def finished(job: Job, **outcome) -> Record:
    """The sealed record of a job; what `outcome` does not say is empty."""
    content = json.loads(json.dumps({**job.to_json(), **EMPTY, **outcome}))
    return Record.of(sealing.sealed(content), "made up")


def record(verb="evaluate", subset="latin_diverse_5", seed=17, **given) -> Record:
    cell = Cell("small", subset, Seeds.all(seed), given.pop("control", ""))
    task = given.pop("task", "pos" if verb != "realign" else "")
    languages = given.pop("languages", ("qaa", "qab"))
    model = "" if verb == "evaluate" else f"sample.small.{subset}" + (f".{task}" if task else "")
    params = {"preset": "paper", "steps": 500, "learning_rate": {"pos": 0.001}}
    inputs = {"bitext/qaa": BYTES, "encoder": BYTES[::-1]}
    job = Job(verb, cell, task, params, inputs, languages, model=model, environment={"device": "cpu", "threads": 1})
    scores = [{"task": task, "set": "mini", "language": code, "score": value, "n": 9, "cut": 1} for code, value in SCORES.items()]
    outcome = {"scores": scores if verb == "evaluate" else [], "curves": {"loss": [[1, 2.5], [2, 1.25]]}}
    outcome |= {"counts": {"tokens": 70}, "hashes": {"weights": BYTES}, "seconds": 3.0, "read": "", "kernels": "AVX2"}
    files = {} if verb == "evaluate" else MODEL
    return finished(job, **{**outcome, "files": files, **given})


def trained(seed=17, **more) -> list[Record]:
    """realign -> finetune -> evaluate, each reading the model of the one before."""
    realigned = record("realign", seed=seed, **more)
    tuned = record("finetune", seed=seed, parent=realigned.key, inputs={"train": BYTES}, **more)
    sets = {f"evalset/mini/{code}": BYTES for code in SCORES}
    return [realigned, tuned, record(seed=seed, parent=tuned.key, inputs=sets, **more)]


def made(folder, text="weights"):
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "model.safetensors").write_text(text)
    (folder / "predictions.parquet").write_text("predictions")
    return folder


def files_of(text: str) -> dict[str, str]:
    """What a record says of a model that `made` makes."""
    return {"model/model.safetensors": hashlib.sha256(text.encode()).hexdigest()}
