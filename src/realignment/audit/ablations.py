"""Section 6: Table 1, ten languages of several pools against fine-tuning only and all 65 languages."""

from realignment import published
from realignment.audit import Result, check
from realignment.audit.paper import Paper, rounded, spelled

REFERENCES = ("none", "all_65")
RICH = {
    "mbert": ("seen_mbert__random",),
    "xlmr": ("joshi_45__random", "seen_xlmr__random"),
}  # pools said to substitute low-resource ones


def pools(paper: Paper, model: str) -> dict[str, dict[str, float]]:
    """Row of Table 1 -> task -> mean, fine-tuning only and all 65 languages left out."""
    found: dict[str, dict[str, float]] = {}
    for (one, subset, task), mean in paper.first.items():
        if one == model and subset not in REFERENCES:
            found.setdefault(subset, {})[task] = mean
    return found


@check("section-6-decrease", "Section 6 against Table 1", "number")
def section_6_decrease(paper: Paper) -> Result:
    """Averages of Table 1: all 65 languages less ten, row by row."""
    drops = {}
    for model, title in published.TITLES.items():
        whole = paper.first[model, "all_65", "avg"]
        drops[title] = sorted(round(whole - row["avg"], 1) for row in pools(paper, model).values())
    low, high = paper.claims["decrease"].numbers
    printed_range = (min(min(one) for one in drops.values()), max(max(one) for one in drops.values()))
    ranges = [f"{one[0]:.1f} to {one[-1]:.1f} ({title})" for title, one in drops.items()]
    best = tuple(sorted(one[0] for one in drops.values()))
    return Result(
        printed_range != (low, high),
        paper.quote("decrease"),
        f"the decrease is {' and '.join(ranges)} points"
        + ("; the printed pair is that of the best pool of each encoder" if best == (low, high) else ""),
        {f"{title}, points": one for title, one in drops.items()},
    )


@check("section-6-substitutes", "Section 6 against Table 1", "number")
def section_6_substitutes(paper: Paper) -> Result:
    """How far the pools of better-resourced languages stay behind the best pool of low-resource ones."""
    drops = {}
    for model, title in published.TITLES.items():
        found = pools(paper, model)
        best = max(found[subset]["avg"] for subset in ("joshi_012__random", f"unseen_{model}__random"))
        drops |= {f"{title} {subset}": best - found[subset]["avg"] for subset in RICH[model]}
    limit = paper.claims["less-than-one"].numbers[0]
    over = [name for name, drop in drops.items() if drop > limit]
    return Result(
        bool(over),
        paper.quote("less-than-one"),
        f"{', '.join(f'{name} {drops[name]:.1f}' for name in over)} points behind the best low-resource pool",
        rounded(drops),
    )


@check("ten-languages", "Section 6 against Table 1", "number")
def ten_languages(paper: Paper) -> Result:
    """Cells of Table 1 above fine-tuning only."""
    evidence, above, total = {}, 0, 0
    for model, title in published.TITLES.items():
        for task in published.TASKS:
            gaps = [row[task] - paper.first[model, "none", task] for row in pools(paper, model).values()]
            evidence[f"{title} {task.upper()}"] = f"{sum(gap > 0 for gap in gaps)} of {len(gaps)}"
            above, total = above + sum(gap > 0 for gap in gaps), total + len(gaps)
    return Result(
        above <= total / 2, paper.quote("ten-languages"), f"{above} of {total} cells are above fine-tuning only", evidence
    )


@check("ten-languages-mbert-ner", "Section 6 against Table 1", "number")
def ten_languages_mbert_ner(paper: Paper) -> Result:
    """The tasks of an encoder in which most pools of ten lose against fine-tuning only."""
    losing = {}
    for model, title in published.TITLES.items():
        for task in published.TASKS:
            gaps = [row[task] - paper.first[model, "none", task] for row in pools(paper, model).values()]
            if sum(gap < 0 for gap in gaps) > len(gaps) / 2:
                losing[f"{title} {task.upper()}"] = spelled(gaps, 1)
    return Result(
        bool(losing),
        paper.quote("ten-languages"),
        f"not in {', '.join(losing)}, where most pools of ten lose against fine-tuning only",
        losing,
    )


@check("sixfold", "Section 6", "number")
def sixfold(paper: Paper) -> Result:
    ratio = len(paper.lists["all_65"].languages) / paper.claims["ten-languages"].numbers[0]
    return Result(ratio <= paper.claims["sixfold"].numbers[0], paper.quote("sixfold"), f"65 / 10 = {ratio:g}", {"ratio": ratio})


@check("low-resource-pools", "Section 6 against Table 1", "number")
def low_resource_pools(paper: Paper) -> Result:
    """The two best averages of Table 1 for each encoder."""
    best = {}
    for model in published.TITLES:
        found = pools(paper, model)
        best[model] = sorted(found, key=lambda subset, found=found: -found[subset]["avg"])[:2]
    fits = all(set(names) == {"joshi_012__random", f"unseen_{model}__random"} for model, names in best.items())
    return Result(not fits, paper.quote("low-resource-pools"), "the two best pools of ten are these for both encoders", best)
