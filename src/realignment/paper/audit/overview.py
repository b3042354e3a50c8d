"""Section 4.1: what Figure 2 and Tables 8 and 10 say of the heuristics."""

from realignment.paper.audit.chance import LEVEL, Lead, alone, between, together, told
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, chance, counted, heading, listed, rounded, row, spelled
from realignment.paper.paper import Paper
from realignment.paper.printed import MAIN, TASKS
from realignment.results.headings import ENCODERS
from realignment.results.scores import AVERAGED

RIVALS = (("uriel_diverse", "uriel_similar"), ("family_diverse", "family_indoeuropean"), ("latin_diverse", "latin_similar"))
DIVERSE = ("uriel_diverse", "latin_diverse")  # the two that the paper recommends
OTHERS = ("random", "xtreme_r", "african")  # the baselines of Figure 2 that are realigned on fewer than all 65
NONE, WHOLE = "none", "all_65"


def best(paper: Paper, model: str) -> dict[str, str]:
    """Heuristic -> the subset of its best size, as Figure 2 shows it."""
    return {
        heuristic: max(named(paper, model, heuristic).values(), key=lambda subset: paper.average(model, subset))
        for heuristic in paper.sizes(model)
    }


def named(paper: Paper, model: str, heuristic: str) -> dict[int, str]:
    """Size -> subset of a heuristic, as printed."""
    fixed = {NONE: NONE}
    return {n: fixed.get(heuristic, f"{heuristic}_{n}") for n in paper.sizes(model)[heuristic]}


def same_size(paper: Paper, model: str, one: str, other: str) -> dict[int, tuple[str, str]]:
    """Size -> the rows of two heuristics as printed; the largest Latin list counts as 40, as in Figure 5."""
    sizes = [{40 if n == 41 else n: subset for n, subset in named(paper, model, name).items()} for name in (one, other)]
    return {n: (subset, sizes[1][n]) for n, subset in sizes[0].items() if n in sizes[1]}


def gap(paper: Paper, model: str, pair: tuple[str, str]) -> float:
    """Printed average of one row less that of another."""
    return paper.average(model, pair[0]) - paper.average(model, pair[1])


@check("best-of-sizes", "Figure 2", "conclusion")
def best_of_sizes(paper: Paper) -> Result:
    """Whether choosing each heuristic's size on the test scores makes the lead of URIEL over random draws another one."""
    evidence, leads, apart = {}, [], False
    for model, title in ENCODERS.items():
        pairs = {n: between(paper, model, pair) for n, pair in same_size(paper, model, "uriel_diverse", "random").items()}
        top = best(paper, model)
        sizes = [int(top[name].rpartition("_")[2]) for name in ("uriel_diverse", "random")]
        apart |= sizes[0] != sizes[1]
        shown = between(paper, model, (top["uriel_diverse"], top["random"]))
        leads.append(f"{shown} for {title}")
        evidence[f"{title}, best size of URIEL and of random draws"] = sizes
        evidence[f"{title}, lead in Figure 2"] = str(shown)
        evidence[f"{title}, URIEL less random at {', '.join(map(str, pairs))}"] = ", ".join(map(str, pairs.values()))
    same = f"is the same, so that Figure 2's lead is that at equal size: {listed(leads)}"
    return Result(
        apart,
        paper.quote("figure-2"),
        "Each heuristic's size is chosen on the test scores by which it is judged. That of URIEL and of random draws "
        f"{'differs, so that the lead in Figure 2 is not one at equal size' if apart else same}. "
        "The other sizes, and all of them together: headline-power.",
        evidence,
    )


@check("significantly", "Section 4.1", "wording")
def significantly(paper: Paper) -> Result:
    """No test is reported: Welch's of the average of every row against fine-tuning only, Holm's over the rows of an encoder."""
    evidence: dict[str, object] = {}
    sure, total, bars = [], 0, []
    for model, title in ENCODERS.items():
        rows = {subset: between(paper, model, (subset, NONE)) for subset in paper.subsets(model) if subset != NONE}
        shown = {subset: rows[subset] for heuristic, subset in best(paper, model).items() if heuristic != NONE}
        higher = [len([name for name in told(family) if family[name].gap > 0]) for family in (rows, shown)]
        evidence[f"{title}, rows of its table"] = (
            f"{higher[0]} of {len(rows)} higher (Holm), {alone(rows.values())} each by itself"
        )
        evidence[f"{title}, bars of Figure 2"] = f"{higher[1]} of {len(shown)} higher (Holm)"
        sure.append(f"{higher[0]} of the {len(rows)} averages of {title}")
        bars.append(f"{higher[1]} of {len(shown)} for {title}")
        total += len(rows) - higher[0]
    return Result(
        total > 0,
        paper.quote("significantly"),
        f"The paper reports no test. By Welch's test over seeds {listed(sure)} are higher than fine-tuning only when all rows of "
        "the encoder are looked at (Holm).",
        evidence,
        f"Figure 2 shows the best size of each heuristic alone: of its bars {listed(bars)} are higher (Holm).",
        "To print the test; Figure 2 would stand with most of its bars.",
    )


@check("one-point", "Section 4.1, Figure 2", "number")
def one_point(paper: Paper) -> Result:
    """Gains of each heuristic's best size over fine-tuning only; two of an encoder may be below one point."""
    allowed, least = paper.claims["one-point"].numbers
    below: dict[str, dict[str, float]] = {}
    for model, title in ENCODERS.items():
        gains = {name: gap(paper, model, (subset, NONE)) for name, subset in best(paper, model).items() if name != NONE}
        below[title] = {heading(name): gain for name, gain in gains.items() if gain < least}
    small = [f"{title}, {name} {spelled([gain])}" for title, found in below.items() for name, gain in found.items()]
    return Result(
        any(len(found) > allowed for found in below.values()),
        paper.quote("one-point"),
        f"Below one point are the best sizes of {listed(small)}: no more than {allowed:.0f} of an encoder.",
        {f"{title}, {name}": round(gain, 2) for title, found in below.items() for name, gain in found.items()},
    )


@check("below-the-baseline", "Section 5, Tables 8 and 10", "wording")
def below_the_baseline(paper: Paper) -> Result:
    """Averages below fine-tuning only, at any size, and which of them can be told."""
    family: dict[str, Lead] = {}
    for model in ENCODERS:
        family |= {row(model, one): between(paper, model, (one, NONE)) for one in paper.subsets(model) if one != NONE}
    losing = {name: one for name, one in family.items() if one.gap < 0}
    sure = [name for name in told(family) if name in losing]
    return Result(
        bool(losing),
        paper.quote("consistently"),
        f"{counted(len(losing), 'average', len(family))} are below fine-tuning only. By itself {below(LEVEL)} holds for "
        f"{alone(losing.values())} of them, when all {len(family)} are looked at (Holm) for {len(sure)}.",
        {name: str(one) for name, one in losing.items()},
        f"{len(family) - len(losing)} of {len(family)} are above it, and Section 4.1 names two selection methods as exceptions.",
    )


@check("least-diverse", "Section 4.1, Tables 8 and 10", "conclusion")
def least_diverse(paper: Paper) -> Result:
    """Diverse less least diverse at equal size, the two swapped rows put right: averages, and cells of single tasks."""
    printed, gaps, cells = [], [], []
    for model, table in MAIN.items():
        for one, other in RIVALS:
            for pair in same_size(paper, model, one, other).values():
                right = (paper.put_right(pair[0]), paper.put_right(pair[1]))
                printed.append(gap(paper, model, pair))
                gaps.append(gap(paper, model, right))
                cells += [paper.cells[table, right[0], task].mean - paper.cells[table, right[1], task].mean for task in TASKS]
    above = sum(one > 0 for one in gaps)
    return Result(
        above < len(gaps),
        paper.quote("least-diverse"),
        f"With the two swapped rows put right (latin-20-swapped) it holds for {above} of {len(gaps)} averages at equal size, and "
        f"for {sum(one > 0 for one in cells)} of {len(cells)} cells of single tasks ({sum(one < 0 for one in cells)} the other way, {cells.count(0.0)} equal).",
        {
            "averages, rows put right": f"{above} of {len(gaps)}",
            "averages, as printed": f"{sum(one > 0 for one in printed)} of {len(printed)}",
            "cells, rows put right": f"{sum(one > 0 for one in cells)} of {len(cells)}",
            "least lead of an average": round(min(gaps), 2),
        },
    )


@check("clear-benefits", "Section 4.1", "conclusion")
def clear_benefits(paper: Paper) -> Result:
    """Distinct families less Indo-European at equal size: one by one, and all sizes together."""
    evidence, whole, single = {}, {}, []
    for model, title in ENCODERS.items():
        pairs = same_size(paper, model, "family_diverse", "family_indoeuropean")
        leads = [between(paper, model, pair) for pair in pairs.values()]
        whole[title] = together([(paper.seeds(model, one), paper.seeds(model, other)) for one, other in pairs.values()])
        evidence[f"{title} at {', '.join(map(str, pairs))}"] = ", ".join(map(str, leads))
        evidence[f"{title}, all sizes together"] = str(whole[title])
        single += leads
    return Result(
        min(one.gap for one in whole.values()) <= 0 or not alone(whole.values()),
        paper.quote("clear-benefits"),
        f"Distinct families are above in {sum(one.gap > 0 for one in single)} of {len(single)} averages at equal size, in "
        f"{alone(single)} with {below(LEVEL)} (each by itself). All sizes together, seed by seed: "
        f"{listed(f'{one} for {title}' for title, one in whole.items())}.",
        evidence,
    )


@check("worst-scripts", "Section 4.1", "number")
def worst_scripts(paper: Paper) -> Result:
    lowest = {}
    for model, title in ENCODERS.items():
        top = {name: subset for name, subset in best(paper, model).items() if name != NONE}
        lowest[title] = min(top, key=lambda name, model=model, top=top: paper.average(model, top[name]))
    return Result(
        set(lowest.values()) != {"script_diverse"},
        paper.quote("worst-scripts"),
        "The best size of distinct scripts is the lowest of all realigned rows in Figure 2, for both encoders.",
        {title: heading(name) for title, name in lowest.items()},
    )


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


@check("script-beneficial", "Section 4.1", "wording")
def script_beneficial(paper: Paper) -> Result:
    """Distinct scripts less random draws of equal size: averages, and AmericasNLI."""
    found = {}
    for where, groups, tasks in (("averages", AVERAGED, TASKS), ("AmericasNLI", {"OOD"}, ("nli",))):
        for model in ENCODERS:
            for name, drawn in same_size(paper, model, "script_diverse", "random").values():
                found[f"{where}, {row(model, name)}"] = between(paper, model, (name, drawn), groups, tasks)
    above = [name for name, one in found.items() if one.gap > 0]
    return Result(
        not above,
        paper.quote("script-beneficial"),
        f"{counted(len(above), 'difference', len(found))} to random draws of equal size {'is' if len(above) == 1 else 'are'} above zero, AmericasNLI included: no row shows a "
        "benefit of distinct scripts."
        if not above
        else f"{counted(len(above), 'difference', len(found))} to random draws of equal size are above zero.",
        {name: str(one) for name, one in found.items()},
        "The sentence is a conjecture (“can be”), and gives the reason why these rows cannot show it: they leave Latin script out.",
        "Sets with Latin script among several scripts, against sets of Latin script alone, at equal number and featural diversity.",
    )


@check("more-effective", "Limitations", "wording")
def more_effective(paper: Paper) -> Result:
    """The best average of an encoder less all 65 languages."""
    leads = {}
    for model in ENCODERS:
        top = max(paper.subsets(model), key=lambda name, model=model: paper.average(model, name))
        leads[row(model, top)] = between(paper, model, (top, WHOLE))
    sure = [name for name in told(leads) if leads[name].gap > 0]
    return Result(
        not sure,
        paper.quote("more-effective"),
        f"The best averages lead all 65 languages by {listed(f'{one} ({name})' for name, one in leads.items())}: "
        + ("more efficient they are, more effective cannot be told." if not sure else f"{listed(sure)} can be told."),
        {name: str(one) for name, one in leads.items()},
        "That fewer languages do as well is what the paper needs, and it holds (match-all).",
    )
