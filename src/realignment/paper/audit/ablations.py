"""Section 6: Table 1, ten languages of several pools against fine-tuning only and all 65 languages."""

from realignment.paper.audit.chance import LEVEL, lead, together
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import listed, row, spelled
from realignment.paper.paper import Paper
from realignment.paper.printed import POOLED, POOLS, TASKS
from realignment.results.headings import ENCODERS
from realignment.subsets import registry

LAST = 0.1  # points: the last printed place of Table 1
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


@check("table-1-cells", "Table 1 against Tables 8 to 11", "number")
def table_1_cells(paper: Paper) -> Result:
    """Cells of Table 1 against those of the appendix that they repeat, averages against the mean of the three: to the last printed place, rounded or cut off."""
    off, rounded_ = [], 0
    for (model, subset, task), mean in paper.first.items():
        whole = paper.average(model, subset) if task == "avg" else paper.source(model, subset, task).mean
        rounded_ += abs(mean - whole) <= LAST / 2 + 1e-9
        if abs(mean - whole) >= LAST + 1e-9:
            off.append(f"{row(model, subset)} {task.upper()} ({mean:.1f} against {whole:.2f})")
    return Result(
        bool(off),
        f"Table 1 prints {len(paper.first)} means.",
        f"{len(paper.first) - len(off)} of {len(paper.first)} are those of Tables 8 to 11 to the last printed place, {rounded_} of them rounded"
        + (f"; {len(off)} are others: {listed(off)}." if off else ", the others cut off or averaged from Table 1's own cells."),
        {"cells": len(paper.first), "rounded": rounded_, "others": off},
    )


@check("section-6-decrease", "Section 6 against Table 1", "number")
def section_6_decrease(paper: Paper) -> Result:
    """Averages of Table 1: all 65 languages less ten, row by row."""
    drops = {}
    for model, title in ENCODERS.items():
        whole = paper.first[model, "all_65", "avg"]
        drops[title] = sorted(round(whole - found["avg"], 1) for found in pools(paper, model).values())
    low, high = paper.claims["decrease"].numbers
    printed_range = (min(min(one) for one in drops.values()), max(max(one) for one in drops.values()))
    ranges = [f"{one[0]:.1f} to {one[-1]:.1f} points ({title})" for title, one in drops.items()]
    best = tuple(sorted(one[0] for one in drops.values()))
    return Result(
        printed_range != (low, high),
        paper.quote("decrease"),
        f"By the averages of Table 1 the decrease is {listed(ranges)}.",
        {f"{title}, points": one for title, one in drops.items()},
        "The printed pair is that of the best pool of each encoder." if best == (low, high) else "",
    )


@check("section-6-substitutes", "Section 6 against Table 1", "number")
def section_6_substitutes(paper: Paper) -> Result:
    """How far the pools of better-resourced languages stay behind the best pool of low-resource ones."""
    drops, unseen = {}, {}
    for model in ENCODERS:
        found = pools(paper, model)
        best = max(found[subset]["avg"] for subset in ("joshi_012__random", f"unseen_{model}__random"))
        drops |= {(model, subset): best - found[subset]["avg"] for subset in RICH[model]}
        unseen |= {(model, subset): found[f"unseen_{model}__random"]["avg"] - found[subset]["avg"] for subset in RICH[model]}
    limit = paper.claims["less-than-one"].numbers[0]
    over = {key: drop for key, drop in drops.items() if drop > limit}
    under = [f"{_rich(subset)} with {ENCODERS[model]} ({drop:.1f})" for (model, subset), drop in drops.items() if drop <= limit]
    behind = {
        _rich(subset): [
            listed(f"{held[key]:.1f} ({ENCODERS[key[0]]})" for key in over if _rich(key[1]) == _rich(subset))
            for held in (drops, unseen)
        ]
        for _, subset in over
    }
    return Result(
        bool(over),
        paper.quote("less-than-one"),
        "; ".join(f"{what[0].upper()}{what[1:]} stay {one} points behind the best low-resource pool of Table 1" for what, (one, _) in behind.items()) + "."
        if over else f"None of these pools stays more than {limit:g} behind the best low-resource pool of Table 1.",
        {row(*key): round(drop, 2) for key, drop in drops.items()}
        | {f"{row(*key)}, behind unseen languages": round(drop, 2) for key, drop in unseen.items()},
        ". ".join(
            [f"Against the pool of unseen languages, {'they' if len(behind) == 1 else what} stay {other} points behind" for what, (_, other) in behind.items()]
            + ([f"For {listed(under)} the sentence is right"] if under else [])
        ) + ".",
    )  # fmt: skip


def _rich(subset: str) -> str:
    """A pool of Table 1 in a sentence."""
    pool = subset.partition("__")[0]
    return "languages seen in pre-training" if pool.startswith("seen") else registry.POOLS[pool].text


@check("ten-languages", "Section 6 against Table 1", "number")
def ten_languages(paper: Paper) -> Result:
    """Cells of Table 1 above fine-tuning only, and the those that are not."""
    evidence, above, total, exceptions = {}, 0, 0, {}
    for model, title in ENCODERS.items():
        for task in TASKS:
            gaps = [found[task] - paper.first[model, "none", task] for found in pools(paper, model).values()]
            won = sum(gap > 0 for gap in gaps)
            evidence[f"{title} {task.upper()}"] = f"{won} of {len(gaps)}: {spelled(gaps, 1)}"
            above, total = above + won, total + len(gaps)
            if lost := [round(gap, 1) + 0.0 for gap in gaps if round(gap, 1) <= 0]:
                exceptions[f"{title} {task.upper()}"] = lost
    return Result(
        above <= total / 2,
        paper.quote("ten-languages"),
        f"In {above} of {total} cells it does."
        + (
            f" The other {total - above} are {listed(f'{len(lost)} of {name} ({spelled(lost, 1)})' for name, lost in exceptions.items())}."
            if exceptions
            else ""
        ),
        evidence,
    )


@check("sixfold", "Section 6", "number")
def sixfold(paper: Paper) -> Result:
    whole, ten = len(paper.lists["all_65"].languages), paper.claims["ten-languages"].numbers[0]
    return Result(
        whole / ten <= paper.claims["sixfold"].numbers[0],
        paper.quote("sixfold"),
        f"The reduction is {whole} / {ten:g} = {whole / ten:g}-fold.",
        {"ratio": whole / ten},
    )


@check("low-resource-pools", "Section 6 against Table 1", "conclusion")
def low_resource_pools(paper: Paper) -> Result:
    """The two best averages of Table 1 for each encoder."""
    best = {}
    for model in ENCODERS:
        found = pools(paper, model)
        best[model] = sorted(found, key=lambda subset, found=found: -found[subset]["avg"])[:2]
    fits = all(set(names) == {"joshi_012__random", f"unseen_{model}__random"} for model, names in best.items())
    averages = {title: [paper.first[model, name, "avg"] for name in pools(paper, model)] for model, title in ENCODERS.items()}
    shown = [
        f"{title} {found[0]:.1f} and {found[1]:.1f}, the others {found[2]:.1f} at most"
        for title, one in averages.items()
        for found in [sorted(one, reverse=True)]
    ]
    return Result(
        not fits,
        paper.quote("low-resource-pools"),
        f"The two best pools of ten in Table 1 {'are these, for both encoders' if fits else 'are others'}: {listed(shown)}. What the first of them contains: joshi-pools.",
        best,
    )


@check("uriel-within-pools", "Tables 9 and 11", "wording")
def uriel_within_pools(paper: Paper) -> Result:
    """URIEL less random draws within each pool, ten languages of either, and all pools together by seed."""
    evidence, told_of, open_, large = {}, [], [], []
    for model, title in ENCODERS.items():
        names = [
            name for table, name, task in paper.cells if (table, task) == (POOLS[model], TASKS[0]) and name.endswith("__random")
        ]
        held = {name.partition("__")[0]: (name.replace("random", "uriel_diverse"), name) for name in names}
        held = {pool: pair for pool, pair in held.items() if (POOLS[model], pair[0], TASKS[0]) in paper.cells}
        gaps = {pool: paper.average(model, one) - paper.average(model, other) for pool, (one, other) in held.items()}
        seeds = [[paper.seeds(model, f"{name}_{POOLED}") for name in pair] for pair in held.values()]
        whole = together([(one, other) for one, other in seeds if one and other])
        not_higher = [pool for pool, gap in gaps.items() if round(gap, 2) <= 0]
        told_of.append(f"{whole} for {title}, and it is not higher in {len(not_higher)} of {len(gaps)} pools")
        open_.append(whole.gap <= 0 or whole.p >= LEVEL)
        for pool, gap in gaps.items():
            sides = [paper.seeds(model, f"{name}_{POOLED}") for name in held[pool]]
            evidence[f"{title}, {registry.POOLS[pool].text}"] = str(lead(*sides)) if all(sides) else spelled([gap])
        largest = sorted(gaps, key=lambda pool: -len(paper.members(pool)))[:2]
        large.append(f"{listed(evidence[f'{title}, {registry.POOLS[pool].text}'] for pool in sorted(largest))} for {title}")
        evidence[f"{title}, all pools together"] = str(whole)
    return Result(
        all(open_),
        paper.quote("consistently"),
        f"Within the pools of Tables 9 and 11 the lead of URIEL over random draws is {listed(told_of)}; the text does not speak of it.",
        evidence,
        "The sentence is of Section 5, which chooses from all 65 languages, and Section 6 sets out to compare pools alone. In a small pool ten languages leave little choice; in the two "
        f"largest ({listed(registry.POOLS[pool].text for pool in sorted(largest))}) the leads of URIEL are {listed(large)}, each by itself.",
        "Further draws within each pool.",
    )
