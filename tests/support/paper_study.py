"""Records of a study that has every row of the paper's tables, with scores and seconds drawn at random; nothing is trained."""

from collections.abc import Iterable
from random import Random

from small_grid import finished

from realignment.paper.paper import Paper
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.records.record import Record

SEED = "e" * 40
NAMES = {
    "mbert": f"hub:google-bert/bert-base-multilingual-cased@{SEED}",
    "xlmr": f"hub:FacebookAI/xlm-roberta-base@{SEED}",
    "llama": f"hub:meta-llama/Llama-3.1-8B@{SEED}",
    "gemma": f"hub:google/gemma-2-9b@{SEED}",
}
# Task -> evaluation set -> languages; Wolof, Swahili and Yoruba in two sets of a task, English in an African one, three out of distribution.
SETS = {
    "pos": {"udpos": ("eng", "deu", "wol", "tel"), "masakhapos": ("wol", "bam", "fon")},
    "ner": {"wikiann": ("eng", "deu", "yor", "swa"), "masakhaner2": ("yor", "swa", "fon")},
    "nli": {"xnli": ("eng", "deu", "swa"), "afrixnli": ("eng", "swa", "amh"), "americasnli": ("aym", "grn")},
}


def rows(paper: Paper, model: str) -> list[tuple[str, str]]:
    """(subset, control) of every row that the paper prints of a model."""
    found = [(cell.row.subset, "") for cell in paper.printed if cell.model == model and cell.subset]
    more = [("all_65", ""), ("all_65", "words")] if model in ("mbert", "xlmr") else [("all_65", "")] if model == "llama" else []
    return list(dict.fromkeys(found + more))


def records(paper: Paper, labels: dict[str, str], chance: Random, lost: float = 0.0, device: str = "H200") -> list[Record]:
    """`labels`: of an encoder -> the model whose rows it has; `lost`: the share of runs that are missing."""
    found = []
    for label, model in labels.items():
        for subset, control in rows(paper, model):
            for seed in (17, 23, 42) if model in ("mbert", "xlmr") else (42,):
                cell = Cell(label, subset, Seeds.all(seed), control)
                if subset != "none" and chance.random() >= lost:
                    found.append(record("realign", cell, "", seconds=chance.uniform(900, 9000), kernels=device))
                found += [evaluation(cell, task, chance) for task in SETS if chance.random() >= lost]
    return found


def evaluation(cell: Cell, task: str, chance: Random) -> Record:
    scores = [
        {"task": task, "set": name, "language": code, "score": chance.random(), "n": 9}
        for name, codes in SETS[task].items()
        for code in codes
    ]
    return record("evaluate", cell, task, scores=scores)


def record(verb: str, cell: Cell, task: str, **outcome) -> Record:
    inputs, place = {"encoder": cell.encoder}, {"device": "cuda", "threads": 1}
    job = Job(
        verb,
        cell,
        task,
        {"unit": "words" if cell.control == "words" else "sentences"} if verb == "realign" else {},
        inputs,
        environment=place,
    )
    return finished(job, **outcome)


def content(found: Iterable[Record], names: dict[str, str]) -> dict:
    """As study.json is read; `names`: of the encoders by label."""
    about = {
        label: {"name": name, "seen": label if label in ("mbert", "xlmr") else "xlmr", "sha256": "0" * 64}
        for label, name in names.items()
    }
    return {
        "profile": "own",
        "preset": "paper",
        "reading": "published",
        "device": "cuda",
        "encoders": about,
        "records": list(found),
    }
