"""The paper's headline: whether its two recommended heuristics are better than random draws of equal size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from realignment.paper.audit.chance import LEVEL, Lead, alone, between, detectable, deviation, holm, told
from realignment.paper.audit.overview import DIVERSE, named
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, chance, heading, listed, row, spelled
from realignment.paper.model import AVERAGE, CHOSEN, SIZES, AuthorsModel
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results.headings import ENCODERS


def pairs(paper: Paper, model: str, heuristic: str) -> dict[int, tuple[str, str]]:
    """Size -> the row of a heuristic, put right, and that of random draws. Of 41 languages there is no draw."""
    drawn = named(paper, model, "random")
    return {n: (paper.put_right(subset), drawn[n]) for n, subset in named(paper, model, heuristic).items() if n in drawn}


@check("headline-power", "Sections 4.1 and 5, Tables 8 and 10", "conclusion")
def headline_power(paper: Paper) -> Result:
    """Averages at equal size, the cells behind them, and all sizes of a heuristic together, each with a family of its own."""
    authors = AuthorsModel(paper)
    averages, cells, whole = families(paper, authors)
    evidence: dict[str, object] = {
        "averages": counts(averages),
        "cells of single tasks": counts(cells),
        "heuristics, all sizes together": counts(whole),
    }
    adjusted = dict(zip(averages, holm(averages.values()), strict=True))
    evidence |= {f"average, {name}": f"{one}; Holm {chance(adjusted[name])}" for name, one in averages.items()}
    adjusted = dict(zip(whole, holm(whole.values()), strict=True))
    evidence |= {f"all sizes together, {name}": f"{one}; Holm {chance(adjusted[name])}" for name, one in whole.items()}
    evidence |= {f"found in 80 of 100 repetitions, {name}": value for name, value in expected(paper).items()}
    sure = told(averages)
    return Result(
        len(told(whole)) < len(whole),
        paper.quote("random-wins", "scaling-random"),
        f"With the two swapped rows put right {sum(one.gap > 0 for one in averages.values())} of {len(averages)} averages are above random draws of equal size: "
        f"{alone(averages.values())} have {below(LEVEL)} by themselves, {len(sure)} when all {len(averages)} are looked at (Holm"
        + (f": {listed(f'{name}, {spelled([averages[name].gap])}' for name in sure)}" if sure else "")
        + f"). Of the {len(cells)} cells behind them {alone(cells.values())} have {below(LEVEL)} by themselves, {len(told(cells))} when all are looked at. "
        "With all sizes together, under one model over all runs that takes draws as nested, the leads are "
        f"{listed(f'{one} for {name}' for name, one in whole.items())}: "
        f"{len(told(whole))} of {len(whole)} can be told when all {len(whole)} are looked at{_which(whole)}.",
        evidence,
        f"{sum(one.gap > 0 for one in whole.values())} of the {len(whole)} leads over all sizes point the way of the sentence, and so does Figure 2. Tested seed by "
        f"seed, with three degrees of freedom, they have {listed(chance(one.by_seed) for one in whole.values())}: {_by_seed(whole)} of {len(whole)} can be told.",
        f"More chains of draws before more seeds of the same draws: the 95 % interval of the mean lead of {heading(DIVERSE[0])} {_widths(authors)}. "
        "`realignment published model --what settling` has every task and level.",
    )


@dataclass(frozen=True)
class Whole(Lead):
    """A lead over all sizes under one model, with its 95 % interval and the p of Student's t over seeds."""

    low: float
    high: float
    by_seed: float

    def __str__(self) -> str:
        return f"{spelled([self.gap])} [{spelled([self.low])} to {spelled([self.high])}] ({chance(self.p)})"


def _widths(authors: AuthorsModel) -> str:
    """What the interval of a lead is, and would be with twice the chains of draws or twice the seeds on these."""
    parts = []
    for model, title in ENCODERS.items():
        held = authors.model(model, AVERAGE).settling(SIZES, len(authors.paper.pool))
        now, chains, seeds = (held[name] for name in ("half-width now", "twice the chains", "twice the seeds"))
        parts.append(
            f"is ±{now:.2f} for {title}, and would be ±{chains:.2f} with twice the chains and ±{seeds:.2f} with twice the seeds"
        )
    return listed(parts)


def _which(whole: Mapping[str, Lead]) -> str:
    """Names those that can be told."""
    return f" ({listed(names)})" if (names := told(whole)) and len(names) < len(whole) else ""


def _by_seed(whole: Mapping[str, Whole]) -> int:
    return len(told({name: Lead(one.gap, one.by_seed) for name, one in whole.items()}))


def families(paper: Paper, authors: AuthorsModel) -> tuple[dict[str, Lead], dict[str, Lead], dict[str, Whole]]:
    """Leads over random draws: of averages, of the tasks behind them, and of all sizes together."""
    averages, cells, whole = {}, {}, {}
    for model in ENCODERS:
        questions = {one.title: one for one in authors.questions(model)}
        for heuristic in DIVERSE:
            held = pairs(paper, model, heuristic)
            for n, pair in held.items():
                name = row(model, f"{heuristic}_{n}")
                averages[name] = between(paper, model, pair)
                cells |= {f"{name}, {task}": between(paper, model, pair, tasks=(task,)) for task in TASKS}
            if lead := authors.model(model, AVERAGE).lead(questions[CHOSEN[heuristic]]):
                parts = (lead[name] for name in ("difference", "p", "low", "high", "p by seed"))
                whole[f"{ENCODERS[model]}, {heading(heuristic)}"] = Whole(*parts)
    return averages, cells, whole


def counts(family: dict[str, Lead]) -> str:
    """`14: 11 above, 5 with p < 0.05 by themselves, 1 of all (Holm)`."""
    above = sum(one.gap > 0 for one in family.values())
    return f"{len(family)}: {above} above, {alone(family.values())} with {below(LEVEL)} by themselves, {len(told(family))} of all (Holm)"


def expected(paper: Paper) -> dict[str, float]:
    """What -> the true difference (points) that four seeds would find in 80 of 100 repetitions; rows that draw languages left out."""
    found = {}
    for name, tasks in {"average": TASKS, **{task.upper(): (task,) for task in TASKS}}.items():
        found[name] = round(detectable(deviation(_stds(paper, tasks))), 2)
    return found


def _stds(paper: Paper, tasks: tuple[str, ...]) -> Iterable[float | None]:
    from realignment.results.scores import AVERAGED

    for model in ENCODERS:
        for subset in paper.subsets(model):
            if not subset.startswith("random"):
                yield paper.cell(model, subset, AVERAGED, tasks).std
