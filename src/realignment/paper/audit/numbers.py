"""How much the number of languages counts, and how much their diversity: Sections 1, 5 and 8, AmericasNLI too."""

import math
from collections.abc import Mapping
from itertools import pairwise

from realignment.paper.audit.americas import DIVERSE as CHOSEN
from realignment.paper.audit.americas import NLI, OOD
from realignment.paper.audit.chance import LEVEL, Lead, between, together
from realignment.paper.audit.headline import pairs
from realignment.paper.audit.overview import WHOLE, named, same_size
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, listed, spelled
from realignment.paper.paper import Paper
from realignment.paper.printed import MAIN, TASKS
from realignment.results.headings import ENCODERS
from realignment.subsets import naming

SMALL = 25  # languages: every size but those near the whole pool
EVEN = 2.0  # a curve is nearly linear while its steepest step gains at most this many times as much per language as its flattest


def growth(paper: Paper, model: str, *where) -> Lead:
    """What random draws gain from the smallest to the largest number of languages, seed by seed: the draws of a seed are nested."""
    drawn = named(paper, model, "random")
    return together([(paper.seeds(model, drawn[max(drawn)], *where), paper.seeds(model, drawn[min(drawn)], *where))])


def advantage(paper: Paper, model: str, *where) -> Lead:
    """URIEL less random draws at equal number, all sizes together."""
    held = pairs(paper, model, "uriel_diverse").values()
    return together([(paper.seeds(model, one, *where), paper.seeds(model, other, *where)) for one, other in held])


def contrast(paper: Paper, model: str) -> Lead:
    """The most diverse sets by URIEL less the least diverse at equal number, all sizes together."""
    held = same_size(paper, model, "uriel_diverse", "uriel_similar").values()
    return together([(paper.seeds(model, one), paper.seeds(model, other)) for one, other in held])


def _among_similar(paper: Paper, model: str) -> tuple[Lead, tuple[int, int, Lead]]:
    """What the least diverse sets gain from the smallest to the largest, and the smallest diverse set that is told to be above that largest one."""
    similar, diverse = (named(paper, model, name) for name in ("uriel_similar", "uriel_diverse"))
    small, large = min(similar), max(similar)
    leads = {n: between(paper, model, (name, similar[large])) for n, name in sorted(diverse.items())}
    n = next((n for n, one in leads.items() if one.gap > 0 and one.p < LEVEL), max(leads))
    return together([(paper.seeds(model, similar[large]), paper.seeds(model, similar[small]))]), (n, large, leads[n])


@check("number-or-diversity", "Section 1", "conclusion")
def number_or_diversity(paper: Paper) -> Result:
    """The gain of more languages drawn at random, against that of choosing as many by URIEL; in distribution and on AmericasNLI."""
    inside = {title: (growth(paper, model), advantage(paper, model)) for model, title in ENCODERS.items()}
    outside = {title: (growth(paper, model, OOD, NLI), advantage(paper, model, OOD, NLI)) for model, title in ENCODERS.items()}
    ends = {title: contrast(paper, model) for model, title in ENCODERS.items()}
    similar = {title: _among_similar(paper, model) for model, title in ENCODERS.items()}
    sizes = sorted(named(paper, "mbert", "random"))
    more = [f"{number} for {title}" for title, (number, _) in inside.items()]
    chosen = [f"{diverse} for {title}" for title, (_, diverse) in inside.items()]
    fair = [f"{diverse} for {title}, where random draws gain {number}" for title, (number, diverse) in outside.items()]
    larger = {ends[title].gap > number.gap for title, (number, _) in inside.items()}
    said = paper.quote("ood-number")
    turned = all(diverse.gap > number.gap for number, diverse in outside.values())
    return Result(
        any(number.gap > diverse.gap for number, diverse in inside.values()),
        paper.quote("matters-more"),
        f"From {sizes[0]} to {sizes[-1]} languages random draws gain {listed(more)}; at equal number URIEL gains {listed(chosen)} over random draws "
        f"(all sizes together, by seed; one model over all runs: headline-power). From the least to the most diverse sets of URIEL of equal size it is "
        f"{_for(ends)}; the least diverse sets themselves gain {_for({title: one for title, (one, _) in similar.items()})} from {sizes[0]} to {sizes[-1]}. "
        f"{'Neither is shown to matter more' if len(larger) > 1 else 'The range of diversity counts for more than that of number' if True in larger else 'The range of number counts for more than that of diversity'}.",
        {f"{title}: random {sizes[0]} to {sizes[-1]}; URIEL less random": f"{number}; {diverse}" for title, (number, diverse) in inside.items()}
        | {f"{title}: URIEL most less least diverse": str(one) for title, one in ends.items()}
        | {f"AmericasNLI, {title}: random {sizes[0]} to {sizes[-1]}; URIEL less random": f"{number}; {diverse}" for title, (number, diverse) in outside.items()},
        f"{_few_diverse({title: one for title, (_, one) in similar.items()})}On AmericasNLI {'it is so' if turned else 'it is not so either'}, as Section 4.3 says ({said}): "
        f"URIEL less random draws is {listed(fair)}.",
        "More chains of random draws, for both encoders: four leave the test by seed three degrees of freedom.",
    )  # fmt: skip


def _for(leads: Mapping[str, Lead]) -> str:
    return listed(f"{one} for {title}" for title, one in leads.items())


def _few_diverse(found: Mapping[str, tuple[int, int, Lead]]) -> str:
    """How few diverse languages are above the most of the least diverse ones, where any are told to be."""
    sure = [
        f"{n} against {large} for {title}, {one}" for title, (n, large, one) in found.items() if one.gap > 0 and one.p < LEVEL
    ]
    return f"Fewer diverse languages are above more of the least diverse: {listed(sure)}. " if sure else ""


@check("often-match", "Section 8", "conclusion")
def often_match(paper: Paper) -> Result:
    """Rows of 5 to 25 languages against all 65, rows put right: printed cells and averages, and what of them can be told."""
    cells, averages, same = [], [], []
    ood: dict[bool, list[Lead]] = {True: [], False: []}  # of the diverse heuristics, and of the others
    for model in MAIN:
        for name in paper.subsets(model):
            n = paper.cells[MAIN[model], name, TASKS[0]].n or 0
            if 0 < n <= SMALL and not name.startswith("african"):
                right = paper.put_right(name)
                tasks = [paper.source(model, name, task).mean - paper.source(model, WHOLE, task).mean for task in TASKS]
                cells += tasks
                averages.append(sum(tasks) / len(TASKS))
                same.append(between(paper, model, (name, WHOLE)))
                ood[naming.split(name).heuristic in CHOSEN].append(between(paper, model, (right, WHOLE), OOD, NLI))
    reach = sum(one >= 0 for one in averages)
    close = sum(one.gap >= 0 or one.p >= LEVEL for one in same)
    alike = sum(one.p >= LEVEL for one in same)
    beyond = {which: sum(one.gap >= 0 for one in held) for which, held in ood.items()}
    open_ = {which: sum(one.p >= LEVEL for one in held) for which, held in ood.items()}
    total = sum(map(len, ood.values()))
    return Result(
        reach < len(averages) / 2 and close < len(averages) / 2,
        paper.quote("often-match"),
        f"Of the rows with 5 to {SMALL} languages {sum(one >= 0 for one in cells)} of {len(cells)} cells and {reach} of {len(averages)} averages reach all 65; "
        f"{alike} averages do not differ significantly from it, each by itself (Welch's test, {below(LEVEL).replace('<', '≥')}). Larger sets: match-all.",
        {"cells at or above all 65": (sum(one >= 0 for one in cells), len(cells)), "averages at or above": (reach, len(averages)),
         "averages that do not differ significantly": alike, "AmericasNLI, rows at or above": (sum(beyond.values()), total),
         "AmericasNLI, rows that do not differ significantly": (sum(open_.values()), total)},
        f"On AmericasNLI, which the sentence names, {beyond[True]} of {len(ood[True])} rows of the diverse heuristics with at most {SMALL} languages are at or above all 65, rows put right, "
        f"and {beyond[False]} of the {len(ood[False])} others; {open_[True]} of the {len(ood[True])} do not differ significantly from it. "
        f"{max(named(paper, 'mbert', 'uriel_diverse'))} of {len(paper.pool)} languages are a smaller subset too (match-all).",
        "A margin within which two results are said to match, and an equivalence test with enough seeds for it.",
    )  # fmt: skip


@check("nearly-linear", "Section 5, Figure 5", "wording")
def nearly_linear(paper: Paper) -> Result:
    """What a further language gains between the sizes of a curve, rows put right."""
    slopes, doublings = {}, {}
    for model, title in ENCODERS.items():
        for heuristic, what in (("uriel_diverse", "URIEL"), ("random", "random draws")):
            curve = {n: paper.average(model, paper.put_right(name)) for n, name in named(paper, model, heuristic).items()}
            steps = [(small, large, curve[large] - curve[small]) for small, large in pairwise(sorted(curve))]
            slopes[title, what] = [gain / (large - small) for small, large, gain in steps]
            doublings[title, what] = [gain / math.log2(large / small) for small, large, gain in steps]
    (mine, other), start = ENCODERS.values(), sorted(named(paper, "mbert", "uriel_diverse"))[1]
    mbert, xlmr = (
        {what: [f"{gain:+.2f}".replace("-", "−") for gain in doublings[title, what]] for what in ("URIEL", "random draws")}
        for title in (mine, other)
    )
    later = [gain for what in mbert for gain in doublings[mine, what][1:]]
    even, more = max(later) <= EVEN * min(later), paper.quote("dynamics")
    steps, theirs = slopes[mine, "URIEL"], slopes[other, "URIEL"]
    uneven = max(steps) > EVEN * max(min(steps), 0.0)
    steadier = steps[-1] / steps[0] > theirs[-1] / theirs[0]
    return Result(
        uneven,
        paper.quote("nearly-linear"),
        f"Per additional language URIEL gains {mine} {listed(spelled([gain], 3) for gain in steps)} points between its sizes: {'not' if uneven else 'nearly'} linear in the number of languages.",
        {f"{title}, {what}, points per additional language": spelled(one, 3) for (title, what), one in slopes.items()}
        | {f"{title}, {what}, points per doubling": spelled(one) for (title, what), one in doublings.items()},
        f"Per doubling it gains {listed(mbert['URIEL'])}, and random draws {listed(mbert['random draws'])}"
        + (f": from {start} languages on close to linear in the logarithm of their number" if even else "")
        + f". {other} gains {listed(xlmr['URIEL'])} with URIEL"
        + (f", and the section makes the comparison ({more})." if steadier else "."),
        "The axis of Figure 5.",
    )  # fmt: skip
