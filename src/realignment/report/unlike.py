"""In what a study is not the paper's experiment: settings by name and value, read from its runs, beside the defaults, which are the paper's."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from realignment.paper.ours import model_of
from realignment.records.cell import OTHERWISE
from realignment.records.record import Record
from realignment.results import headings

NAMED = {  # section -> keys of the paper's experiment, and what they are called where a verb's name has to stand with them
    "realign": {
        "allocation": "allocation", "steps": "steps", "pairs_per_language": "pairs per language", "pairs": "pairs a step", "max_length": "realignment length", "learning_rate": "realignment rate",
        "temperature": "temperature", "unit": "unit", "subwords": "subwords", "pooling": "pooling", "splitter": "splitter",
        "layer": "layer", "freeze": "freeze", "projection": "projection", "mask_false_negatives": "mask_false_negatives",
        "embedding": "embedding of realignment",
    },
    "finetune": {
        "epochs": "epochs", "batch": "batch", "learning_rate": "fine-tuning rate", "warmup": "warmup", "max_length": "fine-tuning length",
        "sentence_vector": "sentence_vector", "words": "words", "embedding": "embedding of fine-tuning",
    },
    "evaluate": {"max_length": "evaluation length"},
}  # fmt: skip


def settings(records: Iterable[Record], papers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """`steps 500, not 24,544` for each setting of the runs that is not the paper's; one that goes by task as `epochs POS 3, NER 4, not 5`."""
    records, found = list(records), []
    for verb, names in NAMED.items():
        for key, name in names.items():
            paper = papers.get(verb, {}).get(key)
            unlike = [one for one in _values(records, verb, key) if one[1] != _of(paper, one[0])]
            if paper in (None, "auto") or not unlike:  # `auto` is settled by the machine, and does not change what is computed
                continue
            by_task = isinstance(paper, Mapping)
            ours = [f"{headings.task(task)} {_shown(value)}" if by_task else _shown(value) for task, value in unlike]
            theirs = [_shown(_of(paper, task)) for task, _ in unlike]
            shown = theirs[:1] if len(set(theirs)) == 1 else theirs
            found.append(f"{name} {(', ' if by_task else ' or ').join(dict.fromkeys(ours))}, not {', '.join(shown)}")
    return found


def _values(records: list[Record], verb: str, key: str) -> Iterator[tuple[str, Any]]:
    """(task, value), each once, in the order of the tasks; floors and controls without the setting say nothing, nor do rows that are
    realigned otherwise say what they are named after."""
    tasks = [*headings.TASKS, ""]
    mine = [one for one in records if one.verb == verb and key in one.params and _counts(one)]
    held = {(one.task, _hashable(one.params[key])) for one in mine if key not in OTHERWISE.get(one.cell.control, ())}
    yield from sorted(held, key=lambda one: (tasks.index(one[0]), str(one[1])))


def _counts(record: Record) -> bool:
    """Retrieval has a length of its own, which the paper does not know."""
    return record.verb != "evaluate" or bool(record.task)


def _of(paper: Any, task: str) -> Any:
    return paper.get(task) if isinstance(paper, Mapping) else _hashable(paper)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def choice(study: Mapping[str, Any], n: int, seeds: int, papers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The same of what was chosen rather than set: the encoder, how many languages a subset has, by which reading of Table 6, how many
    seeds."""
    others = [label for label, one in study["encoders"].items() if model_of(one["name"]) not in headings.ENCODERS]
    found = [f"encoder {', '.join(others)}, not {' or '.join(headings.ENCODERS.values())}"] if others else []
    select, trained = papers.get("select", {}), papers.get("study", {}).get("seeds", [])
    if select and study["reading"] != select["reading"]:
        found.append(f"subsets {study['reading']}, not {select['reading']}")
    if select and n != select["n"]:
        found.append(f"{n} languages a subset, not {select['n']}")
    if trained and seeds != len(trained):
        found.append(f"{seeds} {'seed' if seeds == 1 else 'seeds'}, not {len(trained)}")
    return found
