"""Section 5: how averages grow with the number of languages."""

from realignment.paper.audit.chance import LEVEL, Lead, alone, between, together, told
from realignment.paper.audit.overview import DIVERSE, NONE, WHOLE, gap, named, same_size
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, chances, counted, few, heading, listed, row, spelled
from realignment.paper.paper import Paper
from realignment.results.headings import ENCODERS

FIXED = ("all", "xtreme_r", "african", NONE)
MIDDLE = 40  # languages; Figure 5's intermediate scales end below it


@check("five-are-enough", "Section 5, Figure 5", "conclusion")
def five_are_enough(paper: Paper) -> Result:
    """Averages with five languages less fine-tuning only."""
    family: dict[str, Lead] = {}
    n = int(paper.claims["five-enough"].numbers[0])
    for model in ENCODERS:
        fives = [named(paper, model, heuristic)[n] for heuristic in paper.sizes(model) if heuristic not in FIXED]
        family |= {row(model, subset): between(paper, model, (subset, NONE)) for subset in fives}
    losing = {name: one for name, one in family.items() if one.gap < 0}
    noise = [one for one in losing.values() if one.p >= 0.5]
    rest = {name: one for name, one in losing.items() if one not in noise}
    return Result(
        bool(losing),
        paper.quote("five-enough"),
        f"{counted(len(losing), 'average', len(family))} with five languages are below fine-tuning only. In {len(noise)} of them the difference is noise "
        f"({-min((one.gap for one in noise), default=0):.2f} points at most); the others are {listed(f'{name}, {one}' for name, one in rest.items())}.",
        {name: str(one) for name, one in losing.items()},
        f"{len(family) - len(losing)} of {len(family)} are above it, {alone(one for one in family.values() if one.gap > 0)} of them "
        f"with {below(LEVEL)} by itself.",
        settles="The rows that are told to be lower need nothing more; those within noise need more seeds.",
    )


@check("surpass-65", "Section 5, Figure 5", "conclusion")
def surpass_65(paper: Paper) -> Result:
    """mBERT: every selected row with fewer than 40 languages less all 65, then the larger ones of the two recommended heuristics."""
    rows = {one: n for name in paper.sizes("mbert") if name not in FIXED for n, one in named(paper, "mbert", name).items()}
    fewer = {subset: between(paper, "mbert", (subset, WHOLE)) for subset, n in rows.items() if n < MIDDLE}
    large = {row("mbert", one): between(paper, "mbert", (one, WHOLE)) for one, n in rows.items() if n >= MIDDLE}
    nearest = max(fewer, key=lambda subset: fewer[subset].gap)
    right = (
        f", by latin-20-swapped that of {heading(paper.put_right(nearest)[:-3])}" if paper.put_right(nearest) != nearest else ""
    )
    evidence = {f"{heading(name)} at {', '.join(map(str, held))}": ", ".join(str(between(paper, "mbert", (paper.put_right(one), WHOLE)))
                for one in held.values()) for name in DIVERSE for held in [named(paper, "mbert", name)]}  # fmt: skip
    above = {name: one for name, one in large.items() if one.gap > 0}
    return Result(
        fewer[nearest].gap <= 0,
        paper.quote("surpass"),
        f"No selected row of mBERT with fewer than {MIDDLE} languages does. The nearest is {row('mbert', nearest)} as printed{right}: "
        f"{fewer[nearest]}. Of the larger ones {listed(f'{name} stands above, by {one}' for name, one in above.items())}.",
        evidence | {name: str(one) for name, one in large.items()},
        "If 40 of 65 languages are an intermediate scale, mBERT matches the baseline there: neither URIEL nor Latin script can be "
        "told from it.",
        settles="More seeds of the rows with 40 and 41 languages and of all 65; below 40 the distance is larger than the noise.",
    )


@check("stronger-than-random", "Section 5, Figure 5", "wording")
def stronger_than_random(paper: Paper) -> Result:
    """The two recommended heuristics less random draws at equal size, as printed and with the swapped rows put right."""
    printed, right, evidence = {}, {}, {}
    for model, title in ENCODERS.items():
        for one in DIVERSE:
            pairs = same_size(paper, model, one, "random")
            printed |= {row(model, pair[0]): gap(paper, model, pair) for pair in pairs.values()}
            leads = {n: between(paper, model, (paper.put_right(mine), drawn)) for n, (mine, drawn) in pairs.items()}
            right |= {(row(model, f"{one}_{n}"), n): lead for n, lead in leads.items()}
            evidence[f"{title}, {heading(one)} at {', '.join(map(str, leads))}, rows put right"] = ", ".join(
                map(str, leads.values())
            )
    lost = {key: lead for key, lead in right.items() if lead.gap < 0}
    under = sum(one < 0 for one in printed.values())
    evidence |= {f"{name}, as printed": spelled([one]) for name, one in printed.items() if one < 0}
    return Result(
        bool(lost),
        paper.quote("scaling-random"),
        f"{_lost(lost, right)} As printed {under} of {len(printed)} are below.",
        evidence,
        f"{counted(alone(lost.values()), 'difference', len(lost))} below {'is' if alone(lost.values()) < 2 else 'are'} significant, each by itself, and “generally” may cover them."
        if lost
        else "",
    )


def _lost(lost: dict[tuple[str, int], Lead], right: dict[tuple[str, int], Lead]) -> str:
    """Which averages are below random draws, rows put right: by size where all of a size are."""
    sizes = sorted({n for _, n in lost})
    if not lost:
        return "With the swapped rows put right no average is below random draws of equal size."
    gaps = sorted(one.gap for one in lost.values())
    ends = f"{spelled([gaps[-1]])} to {spelled([gaps[0]])}, {chances(one.p for one in lost.values())}"
    if len(lost) == sum(n in sizes for _, n in right):
        who = f"With {listed(map(few, sizes))} languages both are below random draws of equal size, for both encoders ({ends})"
    else:
        who = f"Below random draws of equal size are {listed(f'{name}, {one}' for (name, _), one in lost.items())}"
    return f"{who}; with other numbers every lead is positive once the swapped rows are put right."


@check("lag-behind-random", "Section 5, Figure 5", "number")
def lag_behind_random(paper: Paper) -> Result:
    found = {}
    for model, title in ENCODERS.items():
        for one in ("family_diverse", "script_diverse"):
            pairs = same_size(paper, model, one, "random")
            found[f"{title}, {heading(one)} at {', '.join(map(str, pairs))}"] = [
                gap(paper, model, pair) for pair in pairs.values()
            ]
    return Result(
        any(one > 0 for gaps in found.values() for one in gaps),
        paper.quote("scaling-random"),
        f"Distinct families and distinct scripts are below random draws in {sum(one < 0 for gaps in found.values() for one in gaps)} of "
        f"{sum(map(len, found.values()))} averages of equal size: {listed(f'{name}: {spelled(gaps)}' for name, gaps in found.items())}.",
        {name: spelled(gaps) for name, gaps in found.items()},
    )


@check("dip-at-20", "Section 5, Figure 5", "conclusion")
def dip_at_20(paper: Paper) -> Result:
    """The curve of diverse Latin-script subsets, with the row printed as least diverse in the place of 20."""
    evidence, gone = {}, []
    for model, title in ENCODERS.items():
        sizes = paper.sizes(model)
        curve = sizes["latin_diverse"]
        mended = {n: paper.average(model, paper.put_right(subset)) for n, subset in named(paper, model, "latin_diverse").items()}
        evidence[f"{title}, as printed"] = ", ".join(f"{n}: {mean:.2f}" for n, mean in sorted(curve.items()))
        evidence[f"{title}, rows put right"] = ", ".join(f"{n}: {mean:.2f}" for n, mean in sorted(mended.items()))
        gone.append(curve[20] < curve[10] and list(mended.values()) == sorted(mended.values()))
    return Result(
        all(gone),
        paper.quote("dip"),
        "With the two swapped rows put right (latin-20-swapped) "
        + ("the curve rises at every step for both encoders: there is no dip to explain." if all(gone) else "a dip remains."),
        evidence,
        "The sentence describes faithfully what Figure 5 and the printed rows show." if all(gone) else "",
        settles="A corrected table: the lists in the authors' own files already decide it.",
    )


@check("plateau-at-20", "Section 5, Figure 5", "wording")
def plateau_at_20(paper: Paper) -> Result:
    """XLM-R: what the step from 20 languages to a heuristic's largest set adds, and which steps can be told from chance."""
    steps: dict[str, Lead] = {}
    for heuristic in paper.sizes("xlmr"):
        sizes = {n: paper.put_right(subset) for n, subset in named(paper, "xlmr", heuristic).items()}
        if 20 in sizes and max(sizes) > 20:
            sides = [paper.seeds("xlmr", sizes[n]) for n in (max(sizes), 20)]
            drawn = heuristic == "random"  # nested draws: the seeds are not independent
            steps[f"{heading(heuristic)} to {max(sizes)}"] = (
                together([(sides[0], sides[1])]) if drawn else between(paper, "xlmr", (sizes[max(sizes)], sizes[20]))
            )
    printed = gap(paper, "xlmr", ("latin_diverse_41", "latin_diverse_20"))
    rising = [name for name in told(steps) if steps[name].gap > 0]
    others = [name for name in rising if not name.startswith(heading("latin_diverse"))]
    latin = next(one for name, one in steps.items() if name.startswith(heading("latin_diverse")))
    return Result(
        bool(others),
        paper.quote("plateau", "plateau-exception"),
        f"Of the {len(steps)} curves that go beyond 20 languages, {listed(f'{name} rises too, by {steps[name]}' for name in others) if others else 'no other rises'}; Latin script rises by {latin} "
        f"once its rows are put right, where {spelled([printed])} is printed. Random draws are tested by seed, as they are nested, the others by Welch's test.",
        {name: str(one) for name, one in steps.items()},
        f"Most curves do level off: {few(len(steps) - len(rising))} of {len(steps)} steps do not differ significantly from zero after Holm's correction over all.",
    )
