"""Section 5: how averages grow with the number of languages."""

from realignment import published
from realignment.audit import Result, check
from realignment.audit.overview import DIVERSE, NONE, same_size
from realignment.audit.paper import Paper, rounded, spelled

FIXED = ("all", "xtreme_r", "african", NONE)


@check("five-are-enough", "Section 5, Figure 5", "conclusion")
def five_are_enough(paper: Paper) -> Result:
    """Averages with five languages less fine-tuning only."""
    losing, total = {}, 0
    for model, title in published.TITLES.items():
        sizes = paper.sizes(model)
        for heuristic, found in sizes.items():
            if heuristic not in FIXED:
                total += 1
                gap = found[5] - sizes[NONE][0]
                if gap < 0:
                    losing[f"{title} {heuristic}_5"] = round(gap, 2)
    return Result(
        bool(losing),
        paper.quote("five-enough"),
        f"{len(losing)} of {total} averages with five languages are below fine-tuning only: {', '.join(losing)}",
        losing,
    )


@check("surpass-65", "Section 5, Figure 5", "conclusion")
def surpass_65(paper: Paper) -> Result:
    """mBERT: the two recommended heuristics less all 65 languages, size by size; intermediate is fewer than the largest list."""
    sizes = paper.sizes("mbert")
    (whole,) = sizes["all"].values()
    gaps = {heuristic: {n: mean - whole for n, mean in sizes[heuristic].items()} for heuristic in DIVERSE}
    between = [gap for found in gaps.values() for n, gap in found.items() if n < max(found)]
    above = [f"{heuristic}_{n} {gap:+.2f}" for heuristic, found in gaps.items() for n, gap in found.items() if gap > 0]
    return Result(
        max(between) <= 0,
        paper.quote("surpass"),
        f"none of mBERT's does at 5, 10 or 20 languages (best {spelled([max(between)])}, rows as printed); above it stands only "
        f"{', '.join(above) or 'no row'}",
        {f"{heuristic} at {', '.join(map(str, found))}": spelled(found.values()) for heuristic, found in gaps.items()},
    )


@check("stronger-than-random", "Section 5, Figure 5", "number")
def stronger_than_random(paper: Paper) -> Result:
    """The two recommended heuristics less random draws at equal size."""
    found = {(title, one): same_size(paper, model, one, "random") for model, title in published.TITLES.items() for one in DIVERSE}
    lost = [f"{title} {one}_{n} {spelled([gap])}" for (title, one), gaps in found.items() for n, gap in gaps.items() if gap < 0]
    total = sum(map(len, found.values()))
    return Result(
        bool(lost),
        paper.quote("stronger-gains"),
        f"{len(lost)} of {total} averages are below random draws of equal size: {', '.join(lost)}",
        {f"{title} {one}": spelled(gaps.values()) for (title, one), gaps in found.items()},
    )


@check("lag-behind-random", "Section 5, Figure 5", "number")
def lag_behind_random(paper: Paper) -> Result:
    found = {
        f"{title} {one}": same_size(paper, model, one, "random")
        for model, title in published.TITLES.items()
        for one in ("family_diverse", "script_diverse")
    }
    return Result(
        any(gap > 0 for gaps in found.values() for gap in gaps.values()),
        paper.quote("lag-random"),
        "distinct families and scripts are below random draws at every size both have",
        {name: spelled(gaps.values()) for name, gaps in found.items()},
    )


@check("dip-at-20", "Section 5, Figure 5", "conclusion")
def dip_at_20(paper: Paper) -> Result:
    """The curve of diverse Latin-script subsets, with the row printed as least diverse in the place of 20."""
    evidence, gone = {}, []
    for model, title in published.TITLES.items():
        sizes = paper.sizes(model)
        curve, mended = sizes["latin_diverse"], {**sizes["latin_diverse"], 20: sizes["latin_similar"][20]}
        evidence[f"{title}, as printed"] = ", ".join(f"{n}: {mean:.2f}" for n, mean in sorted(curve.items()))
        evidence[f"{title}, rows put right"] = ", ".join(f"{n}: {mean:.2f}" for n, mean in sorted(mended.items()))
        gone.append(curve[20] < curve[10] and list(mended.values()) == sorted(mended.values()))
    return Result(
        all(gone),
        paper.quote("dip"),
        "with the two swapped rows put right the curve rises at every step for both encoders: there is no dip to explain",
        evidence,
    )


@check("plateau-at-20", "Section 5, Figure 5", "number")
def plateau_at_20(paper: Paper) -> Result:
    """XLM-R: what the step from 20 to 40 languages adds, beside the largest gap between 10 and 20."""
    sizes = paper.sizes("xlmr")
    steps = {name: found[max(found)] - found[20] for name, found in sizes.items() if 20 in found and max(found) >= 40}
    rising = [name for name, step in steps.items() if step > 0.5]
    return Result(
        len(rising) > len(steps) / 2 or "uriel_similar" in rising,
        paper.quote("plateau"),
        f"of {len(steps)} curves that go on to 40, {len(rising)} rise by more than half a point: {', '.join(rising)}; the text names diverse Latin script as the one exception",
        rounded(steps),
    )
