"""An evaluation: planned without heavy imports; scores of a model in every language with data, or retrieval of an encoder."""

import functools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from realignment.config.schema import Settings
from realignment.core import digests, hashing
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.engine import adapters, encoder, hardware, recipes
from realignment.engine.bases import locate, vocabulary
from realignment.records import keys, predictions
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.study import adapted, decoders, gradients, inputs

SMALL = 2**18  # bytes of a file, some ten times as much in memory


def plan(workspace: Workspace, settings: Settings, cell: Cell, task: str, parent: Job | None) -> Job:
    """Scores of a fine-tuned model (`parent`), retrieval of an encoder (task "": realigned, or the base), or the majority floor."""
    known = manifest.load(workspace)
    label, spec = inputs.spec_of(settings, cell)
    device = inputs.device(settings)
    dtype = hardware.dtype(settings.evaluate.dtype, device)
    if task:
        most = settings.evaluate.max_length[task]
        vector = parent.params["sentence_vector"] if parent else ""
        params = {"max_length": most, "hypothesis_only": cell.control == "hypothesis", "sentence_vector": vector}
        params |= {name: parent.params[name] for name in ("words", "stride") if parent and name in parent.params}
        given = {_role(task, path): known.digest(path) for path in known.evalsets(task)}
        if not given:
            raise BadInput(
                f"task `{task}`: an evaluation set is required; profile `{settings.profile}` has none; see fetch.evalsets"
            )
    else:
        most = settings.evaluate.retrieval_max_length
        params = {
            "max_length": most,
            "pairs": settings.evaluate.retrieval_pairs,
            "pooling": "words",
            "layer": -1,
            "splitter": "unicode",
        }
        given = {f"bitext/{code}": known.digest(f"bitext/{code}.parquet") for code in known.bitexts()}
        if parent is None:
            cell = replace(cell, seeds=Seeds.all(0))  # the base encoder is the same whatever the seed
    params |= {"batch_tokens": settings.evaluate.batch_tokens, "dtype": dtype}
    more = (gradients.NAME,) if gradients.asked(settings, cell.control, parent) else ()
    if more:
        params[gradients.NAME], read = gradients.plan(settings, known, task)
        given |= read
    base, decoder = str(adapted.folder(workspace, parent, spec)) if parent else "", adapted.of_parent(parent) if parent else {}
    if parent is None and cell.control != "majority":
        base = str(encoder.resolve(spec["name"], workspace.root))
        decoder = decoders.params(Path(base), label, spec)
    if base:
        encoder.require(Path(base), spec["name"], "evaluate", most, copies=decoders.copies(decoder))
        given |= adapted.read(Path(base), parent, decoder)
    params |= decoder
    return Job(
        "evaluate", replace(cell, encoder=label), task, params, given, languages=parent.languages if parent else (), parent=parent.key if parent else "",
        parent_cell=parent.cell_key if parent else "", base=base,
        environment=keys.environment("evaluate", device, dtype, settings.study.threads, *more, params=params),
    )  # fmt: skip


def _role(task: str, path: str) -> str:
    """What an evaluation set is among the inputs of a job: those that came later are none of its."""
    return f"evalset/{path.removeprefix(f'evalsets/{task}/').removesuffix('.parquet')}"


@inputs.as_planned
def compute(workspace: Workspace, job: Job, parent: Path | None, out: Path) -> dict:
    """Scores by set and language, None where the gold leaves one undefined; `out/predictions.parquet`, which they follow from."""
    start = time.monotonic()
    hardware.prepare(job.environment["threads"])
    unknown = Counter[str]()
    model, tokenizer = load(workspace, job, parent)
    make = task_scores if job.task else retrieval_scores
    scores = make(workspace, job, tokenizer, model, out / predictions.FILE, unknown)
    hashes = {"predictions": hashing.file_digest(out / predictions.FILE)}
    counts = {"sentences": sum(one["n"] for one in scores), "cut": sum(one["cut"] for one in scores), **unknown}
    more = {gradients.NAME: gradients.compute(workspace, job, tokenizer, model)} if gradients.NAME in job.params else {}
    seconds = round(time.monotonic() - start, 3)
    return {"scores": scores, "curves": {}, "counts": counts, "hashes": hashes, "seconds": seconds, **more}


def load(workspace: Workspace, job: Job, parent: Path | None):
    """(the model that is evaluated, or the encoder whose retrieval is; its tokenizer); the majority needs neither.

    Of a decoder adapters and head lie in `parent`, the rest in its base.
    """
    from realignment.engine import heads

    if job.cell.control == "majority":
        return None, None
    if base := adapted.base(workspace, job):
        if job.task:
            model = heads.restore(job.task, base, parent)
        else:
            model = adapters.restore(base, parent) if job.parent else adapters.draw(base, 0)
        return model, locate.Tokenizer.of(base.folder)
    device = job.environment["device"]
    model = heads.load(job.task, parent, device) if job.task else encoder.load(parent, 0, device=device)
    return model, locate.Tokenizer.of(parent)


def task_scores(
    workspace: Workspace, job: Job, tokenizer: locate.Tokenizer | None, model, kept: Path, unknown: Counter[str]
) -> list[dict]:
    """One score per set and language, predictions into `kept`; majority needs no model. `unknown` counts tokens, see `vocabulary.counts`."""
    from realignment import tasks
    from realignment.core.console import track
    from realignment.engine import examples, prediction

    params = {name: value for name, value in job.params.items() if name != gradients.NAME}
    known, how = manifest.load(workspace), recipes.of(recipes.Predict, params, job.name)
    majority = job.cell.control == "majority"
    limits, scores, rows = examples.Limits(how.max_length, how.hypothesis_only, how.words, how.stride), [], []
    for path in track([path for path in known.evalsets(job.task) if _role(job.task, path) in job.inputs], job.name):
        entry = known.entries[path]
        found, encoded, lost = small(test_rows, known.file(path), job.task, known.rows_out(path), tokenizer, limits)
        if not len(found):
            raise BadInput(f"{path}: an evaluation set must hold a test sentence; every one was excluded")
        unknown.update(vocabulary.counts(entry["language"], lost))
        predicted, cut = (
            (tasks.MODULES[job.task].majority(found.gold), 0)
            if majority
            else prediction.predict(model, found, encoded, job.task, how)
        )
        scores.append(
            {
                "task": job.task,
                "set": entry["set"],
                "language": entry["language"],
                "score": tasks.score(job.task, found.gold, predicted, entry["language"]),
                **(
                    {"exact": tasks.exact(job.task, found.gold, predicted, entry["language"])}
                    if job.task in tasks.QUESTIONS
                    else {}
                ),
                "n": len(found),
                "cut": cut,
            }
        )
        rows += predictions.rows(entry["set"], entry["language"], found.ids, predicted)
    predictions.write(rows, kept)
    return scores


def retrieval_scores(
    workspace: Workspace, job: Job, tokenizer: locate.Tokenizer, model, kept: Path, unknown: Counter[str]
) -> list[dict]:
    """Top-1 retrieval, English to each language with bitext; `n` held-out pairs, so chance is 1 / n. None below two pairs.

    What was nearest goes into `kept`.
    """
    from realignment.core.console import track
    from realignment.engine import retrieval

    known, how = manifest.load(workspace), recipes.of(recipes.Retrieve, job.params, job.name)
    scores, rows = [], []
    for code in track([code for code in known.bitexts() if f"bitext/{code}" in job.inputs], job.name):
        path = f"bitext/{code}.parquet"
        sides, lost = small(heldout_pairs, known.file(path), known.rows_out(path), tokenizer, how)
        unknown.update(vocabulary.counts(code, lost))
        pairs = len(sides[0])
        nearest = retrieval.nearest(model, sides, how) if pairs > 1 else []
        score = retrieval.share(nearest)
        scores.append({"task": "retrieval", "set": "heldout", "language": code, "score": score, "n": pairs, "cut": 0})
        rows += predictions.rows("heldout", code, range(len(nearest)), map(str, nearest))
    predictions.write(rows, kept)
    return scores


def small(make: Callable, file: tuple[Path, str], *given):
    """`make(file, *given)`; what comes of a small file stays in memory, since every model of a grid is tested on it."""
    return (make if file[0].stat().st_size <= SMALL else make.__wrapped__)(file, *given)


@functools.lru_cache(maxsize=256)
def test_rows(file: tuple[Path, str], task: str, excluded: tuple[int, ...], tokenizer: locate.Tokenizer | None, limits):
    """(test rows; their tokens; how many tokens are unknown, and all); without a tokenizer no tokens. `file` has its sha256 beside it,
    `limits` are `examples.Limits`."""
    from realignment.engine import examples

    found = examples.read(digests.pinned(*file), task, "test", excluded)
    if tokenizer is None or not len(found):
        return found, None, (0, 0)
    lost = vocabulary.unknown(tokenizer.load(), examples.sentences(found))
    return found, examples.encode(found, task, tokenizer.load(), limits), lost


@functools.lru_cache(maxsize=256)
def heldout_pairs(file: tuple[Path, str], excluded: tuple[int, ...], tokenizer: locate.Tokenizer, how: recipes.Retrieve):
    """(both sides of the first held-out pairs, tokenised; how many tokens of the other language are unknown, and all)."""
    from realignment.corpora import bitext
    from realignment.engine import retrieval

    pairs = bitext.read_heldout(digests.pinned(*file), excluded)[: how.pairs]
    return retrieval.encode(pairs, tokenizer.load(), how), vocabulary.unknown(tokenizer.load(), [target for _, target in pairs])
