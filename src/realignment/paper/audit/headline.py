"""The paper's headline: whether its two recommended heuristics are better than random draws of equal size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from realignment.paper.audit.chance import LEVEL, SEEDS, Lead, alone, between, detectable, deviation, holm, told
from realignment.paper.audit.overview import DIVERSE, named
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, chance, heading, listed, row, spelled, subset
from realignment.paper.model import AVERAGE, CHOSEN, SIZES, AuthorsModel
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results.headings import ENCODERS


def pairs(paper: Paper, model: str, heuristic: str) -> dict[int, tuple[str, str]]:
    """Size -> the row of a heuristic, put right, and that of random draws. Of 41 languages there is no draw."""
    drawn = named(paper, model, "random")
    return {n: (paper.put_right(name), drawn[n]) for n, name in named(paper, model, heuristic).items() if n in drawn}


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
    evidence |= {f"largest Latin-script list, {name}": str(one) for name, one in unmatched(paper).items()}
    evidence |= {
        f"smallest true difference that {SEEDS} seeds would find 80 times in 100 (no test), {name}": value
        for name, value in expected(paper).items()
    }
    sure = told(averages)
    return Result(
        len(told(whole)) < len(whole),
        paper.quote("random-wins", "scaling-random"),
        f"With the two swapped rows put right {sum(one.gap > 0 for one in averages.values())} of {len(averages)} averages are above random draws of equal size: "
        f"{_alone(averages)}, {len(sure)} after Holm's correction over all {len(averages)}"
        + (f" ({listed(f'{name}, {spelled([averages[name].gap])}' for name in sure)})" if sure else "")
        + f". Of the {len(cells)} cells behind them {_alone(cells)}, {len(told(cells)) or 'none'} after Holm's correction over all. "
        "With all sizes together, under one model over all runs that takes draws as nested, the leads are "
        f"{listed(f'{one} for {name}' for name, one in whole.items())}: "
        f"{len(told(whole))} of {len(whole)} differ significantly from zero after Holm's correction over all {len(whole)}{_which(whole)}.",
        evidence,
        f"{sum(one.gap > 0 for one in whole.values())} of the {len(whole)} leads over all sizes point the way of the sentence, and so does Figure 2. {_largest(paper, averages)}"
        f"Tested seed by seed, with three degrees of freedom, the leads over all sizes have {listed(chance(one.by_seed) for one in whole.values())}: {_by_seed(whole)} of {len(whole)} "
        f"are significant after Holm's correction.{_undrawn(authors)}",
        f"{_widths(authors)} `realignment published model --what settling` has every task and level.",
    )


def unmatched(paper: Paper) -> dict[str, Lead]:
    """The largest list of Latin script, which has no draw of its size, less the largest draw: the pair of Figure 2."""
    found = {}
    for model in ENCODERS:
        latin, drawn = (named(paper, model, heuristic) for heuristic in ("latin_diverse", "random"))
        if (most := max(latin)) not in drawn:
            pair = (paper.put_right(latin[most]), drawn[max(drawn)])
            found[f"{row(model, pair[0])} less {subset(pair[1])}"] = between(paper, model, pair)
    return found


def _largest(paper: Paper, averages: Mapping[str, Lead]) -> str:
    """What the pair without a draw of equal size adds."""
    if not (found := unmatched(paper)):
        return ""
    family = {**averages, **found}
    return (
        f"The largest Latin-script list has no draw of equal size (latin-41-no-choice): {listed(f'{name} {one}' for name, one in found.items())}. "
        f"With {'this pair' if len(found) == 1 else 'these pairs'} {len(told(family))} of {len(family)} averages differ significantly after Holm's correction. "
    )


def _undrawn(authors: AuthorsModel) -> str:
    """Where the model puts the variance between draws of the average at zero, so that its p is that of independent runs."""
    size = len(authors.paper.pool)
    none = [ENCODERS[one] for one in ENCODERS if authors.model(one, AVERAGE).variances(SIZES, size)["sd of languages"] == 0]
    return (
        f" The model finds no variance between draws of the average for {listed(none)}, so that its p there is that of independent runs; for single tasks see "
        "`realignment published model --what variances`."
        if none
        else ""
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
    """Half of the 95 % interval of a lead with the variances taken as known, and what it would be with twice the chains of draws or twice the seeds."""
    parts, gains = [], []
    for model, title in ENCODERS.items():
        held = authors.model(model, AVERAGE).settling(SIZES, len(authors.paper.pool))
        now, chains, seeds = (f"{held[name]:.2f}" for name in ("half-width now", "twice the chains", "twice the seeds"))
        either = f"{chains} with twice the chains or twice the seeds"
        parts.append(
            f"{title} {now}, and would be {either if chains == seeds else f'{chains} with twice the chains and {seeds} with twice the seeds'}"
        )
        gains += [title] if chains < seeds else []
    first = (
        f"More chains of draws rather than more seeds on the same draws for {listed(gains)}"
        if gains
        else "More chains of draws or more seeds"
    )
    return f"{first}. With variances taken as known, half of the 95 % interval of the mean lead of {heading(DIVERSE[0])} is for {'; for '.join(parts)}."


def _alone(family: Mapping[str, Lead]) -> str:
    """`5 have p < .05 by themselves`, and how many of these point the heuristics' way, if not all do."""
    sure = [one for one in family.values() if one.p < LEVEL]
    above = sum(one.gap > 0 for one in sure)
    return f"{len(sure)} have {below(LEVEL)} by themselves" + (
        f" ({above} for the heuristics, {len(sure) - above} against)" if above < len(sure) else ""
    )


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
        for name in paper.subsets(model):
            if not name.startswith("random"):
                yield paper.cell(model, name, AVERAGED, tasks).std
