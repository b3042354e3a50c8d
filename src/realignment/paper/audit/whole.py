"""Section 4.1 and Limitations: the recommended heuristics against all languages and against the baselines."""

from realignment.paper.audit.americas import diverse_over_whole
from realignment.paper.audit.chance import LEVEL, Lead, alone, between, interval, told
from realignment.paper.audit.overview import DIVERSE, OTHERS, WHOLE, best, named
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, counted, heading, listed, rounded, row, spelled, subset
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results.headings import ENCODERS


@check("match-all", "Abstract, Section 4.1", "conclusion")
def match_all(paper: Paper) -> Result:
    """The two recommended heuristics less all 65 languages, size by size; one of the largest lists told to be lower is a slip."""
    evidence, largest, sizes_ = {}, {}, set()
    fewer: dict[int, list[Lead]] = {10: [], 20: []}
    for model, title in ENCODERS.items():
        for heuristic in DIVERSE:
            sizes = {n: paper.put_right(subset) for n, subset in named(paper, model, heuristic).items()}
            leads = {n: between(paper, model, (subset, WHOLE)) for n, subset in sizes.items()}
            most = max(leads)
            sizes_.add(most)
            ends = interval(paper.seeds(model, sizes[most]), paper.seeds(model, WHOLE))
            largest[f"{title}, {heading(heuristic)} ({most})"] = (leads[most], f"{spelled(ends[:1])} to {spelled(ends[1:])}")
            for n, held in fewer.items():
                held.append(leads[n])
            evidence[f"{title}, {heading(heuristic)} at {', '.join(map(str, leads))}"] = ", ".join(map(str, leads.values()))
    apart = [name for name, (one, _) in largest.items() if one.p < LEVEL]
    return Result(
        any(one.p < LEVEL and one.gap < 0 for one, _ in largest.values()),
        paper.quote("better-than-all"),
        f"With {' or '.join(map(str, sorted(sizes_)))} languages {len(apart) or 'none'} of the {len(largest)} averages {'differs' if len(apart) < 2 else 'differ'} significantly from "
        f"those of all 65: {listed(f'{name} {one}, 95 % interval {ends}' for name, (one, ends) in largest.items())}. "
        f"{' '.join(_behind(n, held) for n, held in fewer.items())}",
        evidence,
        settles="A margin stated beforehand within which two averages are said to match, and an equivalence test.",
    )


def _behind(n: int, held: list[Lead]) -> str:
    """Of the averages with few languages: the smallest and the largest distance, each with its own p."""
    ends = sorted(held, key=lambda one: -one.gap)
    lower = [one for one in held if one.gap < 0]
    sure = alone(lower)
    tail = f", {sure or 'none'} of them significantly by {'themselves' if sure > 1 else 'itself'}" if lower else ""
    return f"With {n} languages {len(lower)} of {len(held)} are lower, from {ends[0]} to {ends[-1]}{tail}."


@check("over-baselines", "Section 4.1, Figure 2", "conclusion")
def over_baselines(paper: Paper) -> Result:
    """The lower of the two recommended heuristics' best sizes less the best of random draws, XTREME-R only and Africa only; single tasks."""
    leads, alone_ = {}, []
    for model, title in ENCODERS.items():
        top = best(paper, model)
        means = {name: paper.average(model, subset) for name, subset in top.items()}
        leads[title] = min(means[name] for name in DIVERSE) - max(means[name] for name in OTHERS)
        for task in TASKS:
            held = {name: paper.source(model, top[name], task).mean for name in (*DIVERSE, *OTHERS)}
            highest = max(held[name] for name in DIVERSE)
            alone_ += [
                f"{title} {task.upper()}, {heading(name)} ({held[name]:.2f} against {highest:.2f})"
                for name in OTHERS
                if held[name] > highest
            ]
    return Result(
        min(leads.values()) <= 0,
        paper.quote("random-wins"),
        f"This {'holds' if min(leads.values()) > 0 else 'does not hold'} for the averages of Figure 2, in which every heuristic has its best size. In single tasks a baseline is above both in "
        f"{counted(len(alone_), 'case').lower()}{f': {listed(alone_)}' if alone_ else ''}. Whether the lead over random draws exceeds chance: headline-power.",
        rounded({f"{title}, lower of the two over the best other baseline": one for title, one in leads.items()})
        | {"single tasks in which a baseline is above both": alone_},
    )


@check("more-effective", "Limitations", "wording")
def more_effective(paper: Paper) -> Result:
    """The best average of an encoder less all 65 languages."""
    leads, tops, abroad = {}, {}, diverse_over_whole(paper)
    for model, title in ENCODERS.items():
        tops[title] = max(paper.subsets(model), key=lambda name, model=model: paper.average(model, name))
        leads[title] = between(paper, model, (tops[title], WHOLE))
    sure = [name for name in told(leads) if leads[name].gap > 0]
    shown = [f"{one} for {title}, {subset(tops[title])}" for title, one in leads.items()]
    if len(set(tops.values())) == 1:
        shown = [f"{one} for {title}" for title, one in leads.items()]
    same = f", each with {subset(next(iter(tops.values())))}" if len(set(tops.values())) == 1 else ""
    ahead = {name: one for name, one in abroad.items() if one.gap > 0}
    return Result(
        not sure,
        paper.quote("more-effective"),
        f"The best averages lead all 65 languages by {listed(shown)}{same}: "
        + ("more efficient, but not demonstrably more effective." if not sure else f"significantly for {listed(sure)}."),
        {row(model, tops[title]): str(leads[title]) for model, title in ENCODERS.items()},
        f"That fewer languages do as well agrees with the data (match-all). On AmericasNLI {len(ahead)} of {len(abroad)} diverse rows lead all 65, {alone(ahead.values())} of them with "
        f"{below(LEVEL)} each by itself (unseen-better-than-all).",
    )
