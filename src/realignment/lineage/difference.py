"""In what two cells or runs differ: data, code, settings, environment; the likeliest cause of their difference first, and why it is.

What a factor usually moves is measured in the study itself: by how much the rows of the same column differ that differ in it alone.
"""

import math
import statistics
from collections.abc import Mapping, Sequence

import numpy as np

from realignment.lineage.graph import Graph
from realignment.lineage.sides import (
    CODE,
    COLUMN,
    CONTROL,
    DATA,
    ENCODER,
    ENVIRONMENT,
    ORDER,
    SEEDS,
    SETTINGS,
    SUBSET,
    Fact,
    Side,
    comparable,
)
from realignment.results import addresses, headings
from realignment.results.scores import Row
from realignment.statistics import inference


def of(graph: Graph, a: Side, b: Side) -> dict:
    """What differs, and causes in the order of what they explain. BadInput where the two cannot be subtracted."""
    comparable(a, b)
    differences = [_told(fact, a.facts.get(fact), b.facts.get(fact)) for fact in _differing(a, b)]
    gap = statistics.fmean(a.values) - statistics.fmean(b.values) if a.values and b.values else None
    by_what: dict[str, list[dict]] = {}
    for one in differences:
        by_what.setdefault(one["what"], []).append(one)
    causes = [_cause(graph, what, found, a, b) for what, found in by_what.items() if what != SEEDS]
    causes = sorted(causes, key=lambda one: (one["what"] != COLUMN, -(one["points"] or 0.0), ORDER.index(one["what"])))
    causes = _with_seeds(graph, causes, a, b, gap) if differences or gap else []
    return {
        "a": a.name,
        "b": b.name,
        "headline": _headline(a, b, gap, len(causes), bool(differences)),
        "difference": gap,
        "causes": causes,
        "differences": differences,
        "parted_at": _parted(a, b),
    }


def _differing(a: Side, b: Side) -> list[Fact]:
    """Facts whose values are not the same; a file that one side alone read follows from its subset, and is not told again."""
    found = [fact for fact in {**a.facts, **b.facts} if a.facts.get(fact) != b.facts.get(fact)]
    both = [fact for fact in found if fact[0] not in (DATA, SETTINGS, CODE, ENVIRONMENT) or (fact in a.facts and fact in b.facts)]
    return sorted(both, key=lambda fact: (ORDER.index(fact[0]), fact[1:]))


def _told(fact: Fact, a: frozenset[str] | None, b: frozenset[str] | None) -> dict:
    what, where, name = fact
    first, second = a or frozenset(), b or frozenset()
    if name == "languages":
        first, second = first - second, second - first
    return {"what": what, "where": where, "name": name, "a": ", ".join(sorted(first)), "b": ", ".join(sorted(second))}


def _headline(a: Side, b: Side, gap: float | None, causes: int, differ: bool) -> str:
    """What stands above the list of causes, and how many those are."""
    apart = f"{a.name} minus {b.name}: {100 * gap:+.2f} points" if gap is not None else f"{a.name} and {b.name}"
    same = "" if differ else " They have the same data, code, settings and environment."
    many = "" if not causes else " One possible cause:" if causes == 1 else f" {causes} possible causes, the likeliest first:"
    return f"{apart}.{same}{many}"


def _cause(graph: Graph, what: str, found: Sequence[Mapping[str, str]], a: Side, b: Side) -> dict:
    names = ", ".join(dict.fromkeys(" ".join(filter(None, (one["where"], one["name"]))) for one in found))
    points, why = None, f"{names}; no two rows of this study differ in it alone, so what it moves is not known here."
    if what == COLUMN:
        why = f"{names}. The two are not means over the same scores, so their difference says nothing of the runs."
    elif a.column and a.column == b.column and (measured := _usual(graph, what, a, b)):
        points, pairs = measured
        comparison = "pair of cells" if pairs == 1 else "pairs of cells"
        why = f"{names}. In this column, {pairs} {comparison} that differ in nothing else are {points:.2f} points apart (median)."
    elif what == DATA:
        why = f"the bytes of {names} are others."
    return {"what": what, "why": why, "points": points}


def _usual(graph: Graph, what: str, a: Side, b: Side) -> tuple[float, int] | None:
    """(median difference in points of cells that differ in the factor alone, how many pairs); None where there are none. Controls are
    those of the two sides."""
    task, title = a.column or ("", "")
    rows = graph.ask(
        "select cells.encoder, subset, control, mean from cells join columns on columns.id = column_id where task = ? and title = ? and gain = ?",
        task, title, int(a.kind.startswith(addresses.GAIN)),
    )  # fmt: skip
    held = {Row(one["encoder"], one["subset"], one["control"]): one["mean"] for one in rows}
    held = {row: mean for row, mean in held.items() if not headings.apart(row)}
    both = {a.row.control, b.row.control}
    alone = {
        ENCODER: lambda x, y: (x.subset, x.control) == (y.subset, y.control) and x.encoder != y.encoder,
        CONTROL: lambda x, y: (x.encoder, x.subset) == (y.encoder, y.subset) and {x.control, y.control} == both != {x.control},
        SUBSET: lambda x, y: (x.encoder, x.control) == (y.encoder, y.control) and x.subset != y.subset,
    }.get(what)
    if alone is None:
        return None
    gaps = [abs(held[x] - held[y]) for number, x in enumerate(held) for y in list(held)[number + 1 :] if alone(x, y)]
    return (100 * statistics.median(gaps), len(gaps)) if gaps else None


def _with_seeds(graph: Graph, causes: list[dict], a: Side, b: Side, gap: float | None) -> list[dict]:
    """Seeds first where they alone may well give such a difference, else last."""
    error, freedom = _error(graph, a, b)
    if gap is None or not error:
        first, second = (", ".join(sorted(side.facts[SEEDS, "", "seeds"])) for side in (a, b))
        other = {"what": SEEDS, "why": f"{first} and {second}; nothing here says what seeds move.", "points": None}
        return [*causes, other] if first != second else causes
    p = float(inference.two_sided(np.asarray(gap / error), np.asarray(freedom)))
    alone = p >= inference.LEVEL
    reach = f"seeds alone give a difference of {100 * abs(gap):.2f} points or more in {p:.1%} of cases (standard error {100 * error:.2f}, Student's t)"
    why = f"{reach}, so it may be nothing else." if alone else f"{reach}, so they are not enough."
    seeds = {"what": SEEDS, "why": why, "points": 100 * error}
    first = causes[:1] if causes and causes[0]["what"] == COLUMN else []
    rest = causes[len(first) :]
    return [*first, seeds, *rest] if alone else [*first, *rest, seeds]


def _error(graph: Graph, a: Side, b: Side) -> tuple[float, float]:
    """(standard error of the difference of two means over seeds, degrees of freedom); of single runs by what seeds do in the cells of their task.

    (0, 0) where nothing says it. Two gains over one score of fine-tuning only differ as their scores do: what its seeds do is in neither.
    """
    one_base = a.column == b.column and a.row.encoder == b.row.encoder
    values = [one.scores if one_base and one.scores else one.values for one in (a, b)]
    several = [held for held in values if len(held) > 1]
    if len(several) == 2:
        parts = [statistics.variance(values) / len(values) for values in several]
        frees = [len(values) - 1.0 for values in several]
        most = float(sum(frees))
        return math.sqrt(sum(parts)), float(inference.satterthwaite((parts[0], frees[0]), (parts[1], frees[1]), most))
    tasks = {name.partition(" ")[2] for side in (a, b) for name in side.facts.get((COLUMN, "", "verb"), ())}
    found = graph.ask(
        f"select spread, n from cells join columns on columns.id = column_id where gain = 0 and spread is not null and title = 'Average' "
        f"and task in ({', '.join('?' * len(tasks))})",
        *tasks,
    )
    freedom = sum(one["n"] - 1 for one in found)
    pooled = math.sqrt(sum(one["spread"] ** 2 * (one["n"] - 1) for one in found) / freedom) if freedom else 0.0
    return pooled * math.sqrt(2), float(freedom)


def _parted(a: Side, b: Side) -> str:
    """Of runs of the same seeds: the first model that came out another."""
    for verb in ("realign", "finetune"):
        for key in sorted(a.outputs.keys() & b.outputs.keys()):
            if key[0] == verb and a.outputs[key] != b.outputs[key]:
                return " ".join(filter(None, key[:2]))
    return ""
