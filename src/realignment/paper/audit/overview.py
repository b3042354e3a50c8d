"""Section 4.1: what Figure 2 and Tables 8 and 10 say of the heuristics."""

from realignment.paper.audit.chance import LEVEL, Lead, alone, between, told
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, counted, few, heading, listed, row, spelled
from realignment.paper.paper import Paper
from realignment.results.headings import ENCODERS

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
    evidence, leads, latin, apart = {}, [], [], False
    for model, title in ENCODERS.items():
        pairs = {n: between(paper, model, pair) for n, pair in same_size(paper, model, "uriel_diverse", "random").items()}
        top = best(paper, model)
        sizes = {name: int(top[name].rpartition("_")[2]) for name in (*DIVERSE, "random")}
        apart |= sizes["uriel_diverse"] != sizes["random"]
        shown = between(paper, model, (top["uriel_diverse"], top["random"]))
        leads.append(f"{shown} for {title}")
        if sizes["latin_diverse"] != sizes["random"]:
            lead = between(paper, model, (top["latin_diverse"], top["random"]))
            latin.append(f"{sizes['latin_diverse']} languages against {sizes['random']} random ones for {title}, {lead}")
        evidence[f"{title}, best size of URIEL and of random draws"] = [sizes["uriel_diverse"], sizes["random"]]
        evidence[f"{title}, lead in Figure 2"] = str(shown)
        evidence[f"{title}, URIEL less random at {', '.join(map(str, pairs))}"] = ", ".join(map(str, pairs.values()))
    same = f"have the same best size, so that URIEL's lead in Figure 2 is one at equal size: {listed(leads)}"
    return Result(
        apart,
        paper.quote("figure-2"),
        "Each heuristic's size is chosen on the test scores by which it is judged. URIEL and random draws "
        f"{'have different best sizes, so that the lead in Figure 2 is not one at equal size' if apart else same}. "
        + (f"Diverse Latin script has another: {listed(latin)}. " if latin else "")
        + "The other sizes, and all of them together: headline-power.",
        evidence,
    )


@check("significantly", "Section 4.1", "wording")
def significantly(paper: Paper) -> Result:
    """No test is reported: Welch's of the average of every row against fine-tuning only, Holm's over the rows of an encoder."""
    evidence: dict[str, object] = {}
    sure, total, bars, family = [], 0, [], set()
    for model, title in ENCODERS.items():
        rows = {subset: between(paper, model, (subset, NONE)) for subset in paper.subsets(model) if subset != NONE}
        shown = {subset: rows[subset] for heuristic, subset in best(paper, model).items() if heuristic != NONE}
        higher = [len([name for name in told(family) if family[name].gap > 0]) for family in (rows, shown)]
        evidence[f"{title}, rows of its table"] = (
            f"{higher[0]} of {len(rows)} higher (Holm); each by itself {alone(one for one in rows.values() if one.gap > 0)} higher, "
            f"{alone(one for one in rows.values() if one.gap < 0)} lower"
        )
        evidence[f"{title}, bars of Figure 2"] = f"{higher[1]} of {len(shown)} higher (Holm)"
        sure.append(f"{higher[0]} averages of {title}" if not sure else f"{higher[0]} of {title}")
        family.add(len(rows))
        bars.append(f"{higher[1]} of {len(shown)} for {title}")
        total += len(rows) - higher[0]
    return Result(
        total > 0,
        paper.quote("significantly"),
        f"The paper reports no test. By Welch's test over seeds, with Holm's correction over the {listed(sorted(family))} rows of each encoder, "
        f"{listed(sure)} are significantly above the fine-tuning baseline.",
        evidence,
        f"Figure 2 shows the best size of each heuristic alone: of its bars {listed(bars)} are significantly higher after Holm's correction over them.",
        "To print the test; Figure 2 would stand with most of its bars.",
    )


@check("one-point", "Section 4.1, Figure 2", "number")
def one_point(paper: Paper) -> Result:
    """Gains of each heuristic's best size over fine-tuning only; two of an encoder may be below one point."""
    allowed, least = paper.claims["one-point"].numbers
    below: dict[str, dict[str, float]] = {}
    for model, title in ENCODERS.items():
        gains = {name: between(paper, model, (subset, NONE)).gap for name, subset in best(paper, model).items() if name != NONE}
        below[title] = {heading(name): gain for name, gain in gains.items() if gain < least}
    small = [f"{title}, {name} {spelled([gain])}" for title, found in below.items() for name, gain in found.items()]
    counts = [f"{counted(len(found), 'selection method').lower()} for {title}" for title, found in below.items()]
    fits = all(len(found) <= allowed for found in below.values())
    return Result(
        not fits,
        paper.quote("one-point"),
        f"Below one point are the best sizes of {listed(small)}: {listed(counts)}, {'as the sentence allows' if fits else f'where the sentence allows {allowed:.0f}'}.",
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
        f"{counted(len(losing), 'average', len(family))} are below fine-tuning only, {few(alone(losing.values()))} of them with {below(LEVEL)} each by itself and "
        f"{few(len(sure))} after Holm's correction over all {len(family)}.",
        {name: str(one) for name, one in losing.items()},
        f"{len(family) - len(losing)} of {len(family)} are above it, and Section 4.1 names two selection methods as exceptions.",
    )
