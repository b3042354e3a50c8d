"""Section 4.1 and Limitations: the recommended heuristics against all languages and against the baselines."""

from realignment.paper.audit.americas import diverse_over_whole
from realignment.paper.audit.chance import LEVEL, Lead, alone, between, told
from realignment.paper.audit.overview import DIVERSE, OTHERS, WHOLE, best, named
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, chance, heading, listed, rounded, row, subset
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results.headings import ENCODERS


@check("match-all", "Abstract, Section 4.1", "conclusion")
def match_all(paper: Paper) -> Result:
    """The two recommended heuristics less all 65 languages, size by size; one of the largest lists told to be lower is a slip."""
    evidence, largest = {}, {}
    fewer: dict[int, list[Lead]] = {10: [], 20: []}
    for model, title in ENCODERS.items():
        for heuristic in DIVERSE:
            sizes = {n: paper.put_right(subset) for n, subset in named(paper, model, heuristic).items()}
            leads = {n: between(paper, model, (subset, WHOLE)) for n, subset in sizes.items()}
            largest[f"{title}, {heading(heuristic)} ({max(leads)})"] = leads[max(leads)]
            for n, held in fewer.items():
                held.append(leads[n])
            evidence[f"{title}, {heading(heuristic)} at {', '.join(map(str, leads))}"] = ", ".join(map(str, leads.values()))
    lower = [
        f"with {n} by {-max(one.gap for one in held):.2f} to {-min(one.gap for one in held):.2f} "
        f"({listed(chance(p) for p in sorted({min(one.p for one in held), max(one.p for one in held)}))} at the ends)"
        for n, held in fewer.items()
    ]
    return Result(
        any(one.p < LEVEL and one.gap < 0 for one in largest.values()),
        paper.quote("better-than-all"),
        f"With 40 or 41 languages the averages cannot be told from those of all 65: {listed(f'{name} {one}' for name, one in largest.items())}. "
        f"With fewer they are lower, {listed(lower)}, rows put right: it is the large sets that match.",
        evidence,
    )


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
        f"So it is in the averages of Figure 2, where every heuristic has its best size. In single tasks a baseline is above both in {len(alone_)} cases: "
        f"{listed(alone_)}. The lead over random draws is tested in headline-power.",
        rounded(leads) | {"single tasks in which a baseline is above both": alone_},
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
