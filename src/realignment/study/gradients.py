"""The diagnostic of an evaluation that asks whether realignment and its task pull the model the same way (`evaluate.gradients`).

The same batches for every row of a seed: held-out pairs of all languages with bitext, and English training rows. The loss is that of
sentences also where words are realigned, because links are known of training pairs alone.
"""

import functools
import math
from pathlib import Path

import numpy as np

from realignment.config.schema import Settings
from realignment.core import digests
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.engine import recipes
from realignment.engine.bases import locate
from realignment.records.cell import ALIGNED
from realignment.records.job import Job
from realignment.tasks import QUESTIONS

NAME = "gradients"  # of the settings of it among those of an evaluation, of the modules it adds, of what a record holds of it


def asked(settings: Settings, control: str, parent: Job | None) -> bool:
    """Of a fine-tuned model that was realigned, or not (`none`); floors have none, nor has a ceiling."""
    return (
        settings.evaluate.gradients > 0
        and parent is not None
        and parent.verb == "finetune"
        and control not in (ALIGNED, "untrained", "hypothesis")
    )


def plan(settings: Settings, known: manifest.Inputs, task: str) -> tuple[dict, dict[str, str]]:
    """(settings, inputs) that an evaluation has more."""
    realign, finetune = settings.realign, settings.finetune
    params = {
        name: getattr(realign, name)
        for name in ("pairs", "max_length", "temperature", "pooling", "splitter", "layer", "mask_false_negatives")
    }
    length = finetune.window if task in QUESTIONS else finetune.max_length
    params |= {"batches": settings.evaluate.gradients, "examples": finetune.batch, "examples_length": length}
    bitexts = {f"bitext/{code}": known.digest(f"bitext/{code}.parquet") for code in known.bitexts()}
    if not bitexts:
        raise BadInput(
            f"evaluate.gradients requires bitext, whose held-out pairs it reads; profile `{settings.profile}` has none; set it to 0"
        )
    return params, {"train": known.digest(known.train(task)), **bitexts}


def compute(workspace: Workspace, job: Job, tokenizer: locate.Tokenizer, model) -> dict[str, dict]:
    """Group of parameters -> cosine, mean over batches and its standard error, see `gradients.Cosine`."""
    from realignment.engine import examples, gradients, heads, loops

    how, known = recipes.of(recipes.Gradients, job.params[NAME], job.name), manifest.load(workspace)
    seed, device = job.cell.seeds.order, model.device
    sides, numbers, languages = heldout(known, tokenizer, how, job.name)
    drawn = loops.draw_order(languages, how.batches * how.pairs, seed)
    rows = training_rows(known.file(known.train(job.task)), job.task, known.rows_out(known.train(job.task)))
    passes = math.ceil(how.batches / math.ceil(len(rows) / how.examples))
    order = loops.epochs_order(len(rows), passes, how.examples, seed)[: how.batches]
    chosen = np.unique(np.concatenate(order))
    few = examples.take(rows, chosen)
    limits = examples.Limits(how.examples_length, words=job.params.get("words"), stride=job.params.get("stride"))
    encoded = examples.encode(few, job.task, tokenizer.load(), limits)
    loss_of = heads.loss(job.task, examples.labels(few, job.task, encoded), encoded, job.params["sentence_vector"])
    found = gradients.cosines(
        model,
        gradients.alignment(sides, numbers, drawn, how, device),
        gradients.of_task(loss_of, encoded, [examples.sequences(encoded, np.searchsorted(chosen, one)) for one in order], device),
    )
    return gradients.to_json(found)


def heldout(known: manifest.Inputs, tokenizer: locate.Tokenizer, how: recipes.Gradients, job: str):
    """(both sides of held-out pairs, the English sentence of each by a number, language -> its rows); no language needs more than are drawn."""
    from realignment.engine import batches

    firsts, seconds, texts, rows = [], [], [], {}
    for code in known.bitexts():
        path = f"bitext/{code}.parquet"
        source, target, english = pairs(known.file(path), known.rows_out(path), tokenizer, how)
        if len(english):
            rows[code] = np.arange(len(texts), len(texts) + len(english))
            firsts.append(source)
            seconds.append(target)
            texts += english
    if len(texts) < how.pairs:
        raise BadInput(
            f"{job}: evaluate.gradients compares batches of {how.pairs} held-out pairs (realign.pairs), and there are {len(texts)}; set it to 0"
        )
    number = {text: index for index, text in enumerate(dict.fromkeys(texts))}
    return (batches.join(firsts), batches.join(seconds)), np.array([number[text] for text in texts]), rows


@functools.lru_cache(maxsize=256)
def pairs(file: tuple[Path, str], excluded: tuple[int, ...], tokenizer: locate.Tokenizer, how: recipes.Gradients):
    """(English sides, other sides, English texts) of the first held-out pairs of a file with a word on both sides."""
    from realignment.corpora import bitext
    from realignment.engine import batches

    found = bitext.read_heldout(digests.pinned(*file), excluded)[: how.batches * how.pairs]
    if not found:
        return None, None, []
    sides = [
        batches.encode_texts(tokenizer.load(), list(side), how.max_length, how.splitter) for side in zip(*found, strict=True)
    ]
    keep = np.flatnonzero((sides[0].totals > 0) & (sides[1].totals > 0))
    return batches.take(sides[0], keep), batches.take(sides[1], keep), [found[row][0] for row in keep]


@functools.lru_cache(maxsize=8)
def training_rows(file: tuple[Path, str], task: str, excluded: tuple[int, ...]):
    """The English training rows of a task; `file` has its sha256 beside it."""
    from realignment.engine import examples

    rows = examples.read(digests.pinned(*file), task, "train", excluded)
    if not len(rows):
        raise BadInput(f"{file[0]}: training rows are required and none is left")
    return rows
