"""A fine-tuning: planned without heavy imports, computed on the English training rows of a task."""

import functools
import time
from dataclasses import asdict
from pathlib import Path

from realignment.config import schema
from realignment.config.schema import Settings
from realignment.core import digests, hashing
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.engine import encoder, hardware, recipes
from realignment.engine.bases import locate, weights
from realignment.records import keys
from realignment.records.cell import Cell
from realignment.records.job import Job
from realignment.study import adapted, cards, decoders, inputs
from realignment.tasks import KINDS


def plan(workspace: Workspace, settings: Settings, cell: Cell, task: str, parent: Job | None) -> Job:
    """The job of a cell and task on the encoder of `parent`, or on the base encoder (subset `none` and the floors)."""
    known = manifest.load(workspace)
    label, spec = inputs.spec_of(settings, cell)
    path = known.train(task)
    device = inputs.device(settings)
    how = settings.finetune
    params = resolved(how, task)
    dtype = hardware.dtype(how.dtype, device)
    params |= {
        "epochs": how.epochs[task],
        "learning_rate": spec.get("learning_rate", how.learning_rate[task]),
        "dtype": dtype,
    }
    params |= {"untrained": cell.control == "untrained", "hypothesis_only": cell.control == "hypothesis"}
    base = adapted.folder(workspace, parent, spec) if parent else encoder.resolve(spec["name"], workspace.root)
    decoder = adapted.of_parent(parent) if parent else decoders.params(base, label, spec)
    encoder.require(base, spec["name"], "finetune", params["max_length"], copies=decoders.copies(decoder))
    params["embedding"] = hardware.embedding(how.embedding, device, locate.entries(base))
    params = decoders.trained(params, decoder, "finetune")
    given = {"train": known.digest(path)} | adapted.read(base, parent, decoder)
    name = parent.model if parent else ".".join(filter(None, [settings.profile, label, cell.subset, cell.control]))
    return Job(
        "finetune", cell, task, params, given, languages=parent.languages if parent else (), parent=parent.key if parent else "",
        parent_cell=parent.cell_key if parent else "", base=str(base), model=f"{name}.{task}",
        environment=keys.environment("finetune", device, dtype, settings.study.threads, params=params),
    )  # fmt: skip


def resolved(how: schema.Finetune, task: str) -> dict:
    """The settings of a task but for its epochs and rate; what it does not read is left out."""
    params = {name: value for name, value in asdict(how).items() if name not in ("epochs", "learning_rate")}
    window, stride = params.pop("window"), params.pop("stride")
    if KINDS[task] != "words":
        del params["words"]  # running text
    return params | ({"max_length": window, "stride": stride} if KINDS[task] == "span" else {})


@inputs.as_planned
def compute(workspace: Workspace, job: Job, parent: Path, out: Path) -> dict:
    """Train the encoder in `parent` with a new head and save both to `out/model`; the curve is the loss."""
    import torch

    from realignment.engine import examples, heads, loops
    from realignment.engine.checkpoint import Keeper
    from realignment.engine.monitor import watching

    start, how, seeds = time.monotonic(), recipes.of(recipes.Finetune, job.params, job.name), job.cell.seeds
    hardware.prepare(job.environment["threads"])
    known = manifest.load(workspace)
    path = known.train(job.task)
    limits = examples.Limits(how.max_length, how.hypothesis_only, how.words, how.stride)
    base = adapted.base(workspace, job)
    tokenizer = locate.Tokenizer.of(base.folder if base else parent)
    rows, encoded = training_rows(known.file(path), job.task, known.rows_out(path), tokenizer, limits)
    if not len(rows):
        raise BadInput(f"{path}: training rows are required and none is left")
    made = {"device": job.environment["device"], "untrained": how.untrained, "sentence_vector": how.sentence_vector}
    if base:
        model = heads.over(job.task, base, seeds.head, parent if job.parent else None)
    else:
        model = heads.build(job.task, parent, seeds.head, **made)
    found = weights.account(base.folder if base else parent) if not how.untrained else weights.NOTHING
    loss_of = heads.loss(job.task, examples.labels(rows, job.task, encoded), encoded, how.sentence_vector)
    order = loops.epochs_order(len(encoded), how.epochs, how.batch, seeds.order)
    keeper = Keeper(workspace.checkpoints(job.key), job.configuration)
    torch.manual_seed(seeds.dropout)
    rate = loops.rates(len(order), how)
    with watching(job.name, len(order), "examples", how.batch, rate) as monitor:
        losses = loops.finetune(model, encoded, order, loss_of, how, loops.Watch(monitor, keeper))
    card = cards.model(job, heads.AUTO[job.task], how.sentence_vector, found.remarks, adapted.called(workspace, job))
    kept = adapted.save(workspace, job, model, tokenizer.load(), out / "model", card)
    return {
        "scores": [], "curves": {"loss": loops.curve(losses)}, "usage": monitor.usage, "seconds": round(time.monotonic() - start, 3),
        "counts": {
            "sentences": len(rows), "steps": len(order), "cut": examples.cut(rows, job.task, encoded), **found.counts,
            **({"windows": len(encoded)} if KINDS[job.task] == "span" else {}),
        },
        "hashes": {"weights": hashing.file_digest(kept), "order": hashing.digest([one.tolist() for one in order])},
    }  # fmt: skip


@functools.lru_cache(maxsize=8)
def training_rows(
    file: tuple[Path, str],
    task: str,
    excluded: tuple[int, ...],
    tokenizer: locate.Tokenizer,
    limits,
):
    """The English training rows, tokenised once per process; `file` has its sha256 beside it, `limits` are `examples.Limits`."""
    from realignment.engine import examples

    rows = examples.read(digests.pinned(*file), task, "train", excluded)
    return rows, examples.encode(rows, task, tokenizer.load(), limits)
