"""Whether the authors' runs are whole: numbers that a score can be, each run once, and in all of them the same seeds, sets and languages."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

SCORES = "scores.csv.gz"
LIMITS = {
    SCORES: {"score": 1},
    "averages.tsv": {"score": 1},
    "mbert_none_pos.tsv": {"mean": 100, "std": 100},
}  # file -> column -> largest
METRICS = {"ner": {"f1"}, "nli": {"accuracy"}, "pos": {"accuracy"}, "xquad": {"exact_match", "f1"}}
KEY = ("model", "subset", "seed", "task", "evalset", "language", "metric")  # of SCORES
SEEDS, LANGUAGES = "seeds", "languages"
PARTLY = {  # (model, subset, task) -> what is missing of it, by the README of data/published
    ("bert-base-multilingual-cased", "none", "pos"): LANGUAGES,
    ("bert-base-multilingual-cased", "seen_mbert__script_diverse", "ner"): SEEDS,
}
Cell = tuple[str, str, str, str]  # model, subset, task, metric
Items = dict[str, set[tuple[str, str]]]  # seed -> (evaluation set, language)


def fault(name: str, rows: Sequence[Mapping]) -> str:
    """The first thing that cannot be in a file of data/published, in a line; "" where there is none."""
    return next(_faults(name, rows), "")


def _faults(name: str, rows: Sequence[Mapping]) -> Iterator[str]:
    columns = (*(KEY if name == SCORES else ()), *LIMITS.get(name, ()))
    if columns and not (rows and set(columns) <= set(rows[0])):
        yield f"{name}: rows with the columns {_text(columns)} are required; it has {_text(filter(None, rows[0])) if rows else 'none'}"
        return
    if not rows:
        yield f"{name}: at least one row is required; it has none"
    for line, row in enumerate(rows, 2):
        if None in row or None in row.values():
            known = [one for one in row if one is not None]
            got = sum(row[one] is not None for one in known) + len(row.get(None, ()))
            yield f"{name}, line {line}: {len(known)} cells are required ({', '.join(known)}); it has {got}"
    for column, most in LIMITS.get(name, {}).items():
        yield from _numbers(name, rows, column, most)
    if name == SCORES:
        yield from _metrics(rows)
        held: dict[Cell, Items] = {}
        yield from _collected(rows, held)
        yield from _seeds(held)
        yield from _items(held)


def _numbers(name: str, rows: Sequence[Mapping], column: str, most: float) -> Iterator[str]:
    for line, row in enumerate(rows, 2):
        try:
            good = 0 <= float(row[column]) <= most  # nan is not
        except ValueError:
            good = False
        if not good:
            yield f"{name}, {column}: number 0 to {most} is required; line {line} has `{row[column]}`"


def _metrics(rows: Sequence[Mapping]) -> Iterator[str]:
    for line, row in enumerate(rows, 2):
        if row["metric"] not in (known := METRICS.get(row["task"], ())):
            required = " or ".join(sorted(known)) or "a task among " + ", ".join(METRICS)
            yield f"{SCORES}, metric: of the task {row['task']} {required} is required; line {line} has `{row['metric']}`"


def _collected(rows: Sequence[Mapping], held: dict[Cell, Items]) -> Iterator[str]:
    """What there is of each cell, into `held`, and what is there twice."""
    for line, row in enumerate(rows, 2):
        items = held.setdefault((row["model"], row["subset"], row["task"], row["metric"]), {}).setdefault(row["seed"], set())
        item = row["evalset"], row["language"]
        if item in items:
            yield f"{SCORES}: each score once is required; line {line} has `{_text(row.values())}` again"
        items.add(item)


def _seeds(held: Mapping[Cell, Items]) -> Iterator[str]:
    """Cells of other seeds than most have."""
    required = set(_most(frozenset(items) for items in held.values()))
    for cell, items in held.items():
        partly = PARTLY.get(cell[:3]) == SEEDS and set(items) <= required
        if set(items) != required and not partly:
            yield f"{SCORES}, {_text(cell)}: seeds {_text(sorted(required))} are required; it has {_text(sorted(items))}"


def _items(held: Mapping[Cell, Items]) -> Iterator[str]:
    """Runs of other sets and languages than most of the task have; of a cell that is partly stored, than most of its seeds."""
    of_task = {what: [items for cell, items in held.items() if cell[2:] == what] for what in {cell[2:] for cell in held}}
    most = {what: _most(frozenset(one) for items in found for one in items.values()) for what, found in of_task.items()}
    for cell, items in held.items():
        partly = PARTLY.get(cell[:3]) == LANGUAGES
        required = _most(map(frozenset, items.values())) if partly else most[cell[2:]]
        for seed, found in items.items():
            if found != required:
                lacks, more = sorted(required - found), sorted(found - required)
                said = f"{_text(lacks[0], ' ')} is required and missing" if lacks else f"{_text(more[0], ' ')} is there alone"
                yield f"{SCORES}, {_text(cell)}, seed {seed}: the sets and languages of the other runs are required; {said}"


def _most(found: Iterable[frozenset]) -> frozenset:
    """What is found most often."""
    return max(Counter(found).items(), key=lambda one: (one[1], len(one[0])), default=(frozenset(), 0))[0]


def _text(values: Iterable[str], between: str = ", ") -> str:
    return between.join(values)
