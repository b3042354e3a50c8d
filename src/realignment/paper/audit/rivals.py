"""Section 4.1: diverse sets against their counterparts, families and scripts."""

from realignment.paper.audit.chance import LEVEL, alone, between, together, told
from realignment.paper.audit.overview import NONE, RIVALS, best, gap, same_size
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, counted, heading, listed, row, spelled
from realignment.paper.paper import Paper
from realignment.paper.printed import MAIN, TASKS
from realignment.results.headings import ENCODERS
from realignment.results.scores import AVERAGED


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
        f"{alone(single)} with {below(LEVEL)} (each by itself), in {len(told(dict(enumerate(single))))} after Holm's correction over all {len(single)}. All sizes together, seed by seed: "
        f"{listed(f'{one} for {title}' for title, one in whole.items())}.",
        evidence,
    )


@check("worst-scripts", "Section 4.1", "number")
def worst_scripts(paper: Paper) -> Result:
    """The lowest best size of each encoder, and distinct families beside random draws; gains over fine-tuning only."""
    lowest, shown, families, drawn = {}, [], [], []
    for model, title in ENCODERS.items():
        gains = {name: between(paper, model, (subset, NONE)).gap for name, subset in best(paper, model).items() if name != NONE}
        lowest[title] = min(gains, key=gains.__getitem__)
        shown.append(f"{heading(lowest[title])} for {title} ({spelled([gains[lowest[title]]])})")
        families.append(gains["family_diverse"])
        drawn.append(gains["random"])
    return Result(
        set(lowest.values()) != {"script_diverse"},
        paper.quote("worst-scripts"),
        f"Of the best sizes in Figure 2 the lowest are {listed(shown)}, in points against fine-tuning only. Distinct families gain {listed(spelled([one]) for one in families)}, "
        f"random draws {listed(spelled([one]) for one in drawn)} ({listed(ENCODERS.values())}).",
        {title: heading(name) for title, name in lowest.items()},
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
        f"None of the {len(found)} differences to random draws of equal size is above zero, AmericasNLI included: no row shows a "
        "benefit of distinct scripts."
        if not above
        else f"{counted(len(above), 'difference', len(found))} to random draws of equal size are above zero.",
        {name: str(one) for name, one in found.items()},
        "The sentence is a conjecture (“can be”), and gives the reason why these rows cannot show it: they leave Latin script out.",
        "Sets with Latin script among several scripts, against sets of Latin script alone, at equal number and featural diversity.",
    )
