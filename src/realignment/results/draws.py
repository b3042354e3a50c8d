"""Random subsets: the draw of languages as a source of chance of its own, and where a chosen subset stands among the draws."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from realignment.results import headings
from realignment.results.scores import Row
from realignment.results.tables import Items, Study
from realignment.statistics.summary import Summary
from realignment.subsets import naming

ONE = "draw and training seed change together: not told apart"
SINGLE = "one draw"
UNEVEN = "training seeds neither the same for every draw nor different: not told apart"
SHARED = "every draw with one and the same training seed: its spread is not told apart"
CROSSED = "every draw with the same training seeds"
NESTED = "every draw with training seeds of its own"


def drawn(row: Row) -> bool:
    """Whether the row's languages are drawn anew for each subset seed."""
    return naming.split(row.subset).drawn


def by_draw(values: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Draw (the subset seed) -> training seed, or seeds where they differ -> value; a seed label of one part is both."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for seed, value in values.items():
        found[seed.partition(".")[0]][training(seed)] = value
    return dict(found)


def training(seed: str) -> str:
    """The training seed of a run by its label, or its seeds where they differ."""
    draw, _, rest = seed.partition(".")
    parts = dict.fromkeys((rest or draw).split("."))
    return rest if len(parts) > 1 else next(iter(parts))


def units(row: Row, values: Mapping[str, float]) -> Summary:
    """What counts as one observation: a run of a fixed subset, the mean of a draw's runs of a random one."""
    if not drawn(row):
        return Summary(tuple(values.values()))
    return Summary(tuple(math.fsum(runs.values()) / len(runs) for runs in by_draw(values).values()))


@dataclass(frozen=True)
class Parts:
    """Standard deviations of a random subset: of draws, of training seeds; None where not told apart, 0 where below nothing."""

    draws: int
    runs: int
    total: float | None  # of the draws' means
    draw: float | None
    seed: float | None
    how: str


def parts(values: Mapping[str, float]) -> Parts:
    """Analysis of variance by the method of moments; draws and training seeds as random effects."""
    draws = by_draw(values)
    means = [math.fsum(runs.values()) / len(runs) for runs in draws.values()]
    about = (len(draws), len(values), Summary(tuple(means)).std)
    seeds = [frozenset(runs) for runs in draws.values()]
    if len(draws) < 2:
        return Parts(*about, None, None, SINGLE)
    if len(set(seeds)) == 1 and len(seeds[0]) > 1:
        return Parts(*about, *_crossed([list(map(runs.get, sorted(seeds[0]))) for runs in draws.values()]), CROSSED)  # type: ignore[arg-type]
    if len(set(seeds)) == 1:
        return Parts(*about, None, None, SHARED)
    if len(frozenset().union(*seeds)) < len(values):
        return Parts(*about, None, None, UNEVEN)
    if len(values) == len(draws):
        return Parts(*about, None, None, ONE)
    return Parts(*about, *_nested(list(draws.values()), means), NESTED)


def _crossed(table: list[list[float]]) -> tuple[float, float]:
    """sd of draws and of seeds; what is left when both means are taken out is the noise that both carry."""
    draws, seeds = len(table), len(table[0])
    rows = [math.fsum(row) / seeds for row in table]
    columns = [math.fsum(column) / draws for column in zip(*table, strict=True)]
    whole = math.fsum(rows) / draws
    rest = math.fsum((table[i][j] - rows[i] - columns[j] + whole) ** 2 for i in range(draws) for j in range(seeds))
    noise = rest / ((draws - 1) * (seeds - 1))
    draw = math.fsum((mean - whole) ** 2 for mean in rows) / (draws - 1) - noise / seeds
    seed = math.fsum((mean - whole) ** 2 for mean in columns) / (seeds - 1) - noise / draws
    return math.sqrt(max(draw, 0.0)), math.sqrt(max(seed, 0.0) + noise)


def _nested(draws: list[dict[str, float]], means: list[float]) -> tuple[float, float]:
    counts = [len(runs) for runs in draws]
    runs, whole = sum(counts), math.fsum(n * mean for n, mean in zip(counts, means, strict=True)) / sum(counts)
    within = math.fsum((value - mean) ** 2 for one, mean in zip(draws, means, strict=True) for value in one.values())
    seed = within / (runs - len(draws))
    between = math.fsum(n * (mean - whole) ** 2 for n, mean in zip(counts, means, strict=True)) / (len(draws) - 1)
    size = (runs - sum(n * n for n in counts) / runs) / (len(draws) - 1)  # runs per draw; not even: a little below their mean
    return math.sqrt(max((between - seed) / size, 0.0)), math.sqrt(seed)


def same_size(study: Study, row: Row) -> Row | None:
    """The random row of a row's pool and size; None where there is none, and for a random row or a control."""
    name = naming.split(row.subset)
    pool, size = name.pool, name.n or 0
    size = size or study.size(row)  # a list of one's own has no number in its name
    name = f"{pool}__random_{size}" if pool else f"random_{size}"
    found = Row(row.encoder, name)
    return found if found in study.runs.rows and not drawn(row) and not row.control else None


def spreads(study: Study, columns: Mapping[str, Items]) -> list[dict]:
    """One row per random subset and column: its draws and runs, and how much either moves a score, in points."""
    found = []
    for row in study.rows(_tasks(columns)):
        if not drawn(row) or row.control:
            continue
        for title, items in columns.items():
            one = parts(study.runs.by_seed(row, items))
            spelled = {"total": one.total, "draw": one.draw, "training seed": one.seed}
            points = {f"sd of {name}": None if value is None else 100 * value for name, value in spelled.items()}
            found.append(
                {"subset": headings.label(row), "column": title, "draws": one.draws, "runs": one.runs, **points, "how": one.how}
            )
    return found


def standings(study: Study, columns: Mapping[str, Items]) -> list[dict]:
    """One row per subset and column that has random draws of its size: how many draws it is above, ties for half.

    Of k draws a subset that is no better than a draw is above all of them once in k + 1 times.
    """
    found = []
    for row in study.rows(_tasks(columns)):
        if not (against := same_size(study, row)):
            continue
        for title, items in columns.items():
            ours = study.runs.cell(row, items).mean
            draws = units(against, study.runs.by_seed(against, items)).values
            if ours is None or not draws:
                continue
            above = sum((draw < ours) + (draw == ours) / 2 for draw in draws)
            found.append(
                {
                    "subset": headings.label(row),
                    "column": title,
                    "random": headings.label(against),
                    "draws": len(draws),
                    "above": above,
                    "percentile": 100 * above / len(draws),
                }
            )
    return found


def _tasks(columns: Mapping[str, Items]) -> set[str]:
    return {task for items in columns.values() for task in items}
