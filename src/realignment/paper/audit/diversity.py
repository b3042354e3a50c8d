"""Section 5: how averages grow with the number of languages."""

from realignment.paper.audit.chance import LEVEL, Lead, alone, between, together, told
from realignment.paper.audit.overview import DIVERSE, NONE, WHOLE, gap, named, same_size
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, chance, chances, counted, few, heading, listed, row, spelled
from realignment.paper.paper import Paper
from realignment.results.headings import ENCODERS

FIXED = ("all", "xtreme_r", "african", NONE)
NAMED = ("uriel_diverse", "family_diverse", "script_diverse", "latin_diverse", "random")  # in Section 5
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
    sure = {name: one for name, one in losing.items() if one.p < LEVEL}
    rest = {name: one for name, one in losing.items() if name not in sure}
    corrected = [name for name in told(family) if name in sure]
    above = [one for one in family.values() if one.gap > 0]
    return Result(
        bool(losing),
        paper.quote("five-enough"),
        f"{counted(len(losing), 'average', len(family))} with five languages {'is' if len(losing) == 1 else 'are'} below fine-tuning only."
        + (f" {_split(sure, rest)}, {len(corrected) or 'none'} after Holm's correction over all {len(family)}." if losing else "")
        + (
            f" The other {len(rest)} do not differ significantly from it ({chance(min(one.p for one in rest.values()))} at least)."
            if rest
            else ""
        ),
        {name: str(one) for name, one in losing.items()},
        f"{len(above)} of {len(family)} are above it, {alone(above)} of them with {below(LEVEL)} by itself and {len([n for n in told(family) if family[n].gap > 0])} after the correction. "
        f"{_of_section_5(paper, family, n)}",
        settles="More seeds of the rows that do not differ significantly from fine-tuning only.",
    )


def _split(sure: dict[str, Lead], rest: dict[str, Lead]) -> str:
    """How many of the lower rows have p below the level by themselves, by name."""
    shown = f" ({listed(f'{name}, {one}' for name, one in sure.items())})" if sure else ""
    whose = f"{len(sure) or 'None'} of these {len(sure) + len(rest)} {'has' if len(sure) == 1 else 'have'}"
    return f"{whose} {below(LEVEL)} by {'itself' if len(sure) == 1 else 'themselves'}{shown}"


def _of_section_5(paper: Paper, family: dict[str, Lead], n: int) -> str:
    """Of the strategies that the section names: URIEL, families, scripts, Latin script, random draws."""
    names = [row(model, named(paper, model, one)[n]) for model in ENCODERS for one in NAMED]
    under = {name: family[name] for name in names if family[name].gap < 0}
    shown = f"; below are {listed(f'{name}, {one}' for name, one in under.items())}" if under else ""
    return f"Of the strategies that Section 5 names {len(names) - len(under)} of {len(names)} are above{shown}."


@check("surpass-65", "Section 5, Figure 5", "conclusion")
def surpass_65(paper: Paper) -> Result:
    """mBERT: every selected row with fewer than 40 languages less all 65, then the larger ones of the two recommended heuristics."""
    rows = {one: n for name in paper.sizes("mbert") if name not in FIXED for n, one in named(paper, "mbert", name).items()}
    fewer = {subset: between(paper, "mbert", (subset, WHOLE)) for subset, n in rows.items() if n < MIDDLE}
    large = {row("mbert", one): between(paper, "mbert", (one, WHOLE)) for one, n in rows.items() if n >= MIDDLE}
    nearest = max(fewer, key=lambda subset: fewer[subset].gap)
    leads = {name: {n: between(paper, "mbert", (paper.put_right(one), WHOLE)) for n, one in named(paper, "mbert", name).items()} for name in DIVERSE}  # fmt: skip
    evidence = {
        f"{heading(name)} at {', '.join(map(str, held))}": ", ".join(map(str, held.values())) for name, held in leads.items()
    }
    above = {name: one for name, one in large.items() if one.gap > 0}
    reach = sum(one.gap > 0 for one in fewer.values())
    same = [name for name, one in large.items() if one.p >= LEVEL]
    open_ = sorted({n for held in leads.values() for n, one in held.items() if one.p >= LEVEL})
    sure = sorted({n for held in leads.values() for n in held} - set(open_))
    return Result(
        fewer[nearest].gap <= 0,
        paper.quote("surpass"),
        f"{counted(reach, 'row', len(fewer)) if reach else 'No row'} of mBERT with fewer than {MIDDLE} languages {'do' if reach > 1 else 'does'}. The {'highest' if reach else 'nearest'} is {row('mbert', paper.put_right(nearest))}, rows put right, "
        f"{fewer[nearest]}. Among larger sets {listed(f'{name} stands above, by {one}' for name, one in above.items())}.",
        evidence | {name: str(one) for name, one in large.items()},
        f"If {MIDDLE} of {len(paper.pool)} languages are an intermediate scale, mBERT comes up to the baseline there: {listed(same)} do not differ significantly from it."
        if same
        else "",
        settles=_more_seeds(paper, open_, sure),
    )


def _more_seeds(paper: Paper, open_: list[int], sure: list[int]) -> str:
    """Sizes whose distance to all 65 is not significant yet, and those where it is."""
    if not open_:
        return ""
    told_already = f"; with {listed(sure)} the distance is significant already" if sure else ""
    return f"More seeds of the rows with {listed(open_)} languages and of all {len(paper.pool)}{told_already}."


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
    """Distinct families and scripts less random draws of equal size, from the runs."""
    found: dict[str, list[Lead]] = {}
    for model, title in ENCODERS.items():
        for one in ("family_diverse", "script_diverse"):
            pairs = same_size(paper, model, one, "random")
            found[f"{title}, {heading(one)} at {', '.join(map(str, pairs))}"] = [
                between(paper, model, pair) for pair in pairs.values()
            ]
    leads = [one for held in found.values() for one in held]
    lower = [one for one in leads if one.gap < 0]
    return Result(
        len(lower) < len(leads),
        paper.quote("scaling-random"),
        f"Distinct families and distinct scripts are below random draws in {len(lower)} of {len(leads)} averages of equal size, {alone(lower)} with {below(LEVEL)} by themselves: "
        f"{listed(f'{name}: {spelled(one.gap for one in held)}' for name, held in found.items())}. The second half of the sentence: stronger-than-random, headline-power.",
        {name: ", ".join(map(str, held)) for name, held in found.items()},
    )


@check("dip-at-20", "Section 5, Figure 5", "conclusion")
def dip_at_20(paper: Paper) -> Result:
    """The curve of diverse Latin-script subsets, with the row printed as least diverse in the place of 20."""
    evidence, printed, gone = {}, [], []
    for model, title in ENCODERS.items():
        sizes = paper.sizes(model)
        curve = sizes["latin_diverse"]
        mended = {n: paper.average(model, paper.put_right(subset)) for n, subset in named(paper, model, "latin_diverse").items()}
        evidence[f"{title}, as printed, from printed cells"] = ", ".join(f"{n}: {mean:.2f}" for n, mean in sorted(curve.items()))
        evidence[f"{title}, rows put right, from printed cells"] = ", ".join(
            f"{n}: {mean:.2f}" for n, mean in sorted(mended.items())
        )
        printed.append(curve[20] < curve[10])
        gone.append(printed[-1] and list(mended.values()) == sorted(mended.values()))
    return Result(
        all(gone),
        paper.quote("dip"),
        "With the two swapped rows put right (latin-20-swapped) the curve rises at every step for both encoders: there is no dip to explain."
        if all(gone)
        else f"The printed curves dip at 20 languages for {sum(printed)} of {len(printed)} encoders"
        + (", with rows put right too." if any(printed) else "."),
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
