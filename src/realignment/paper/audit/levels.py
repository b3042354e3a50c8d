"""Section 4.2: resource levels (Figure 3), recomputed from the authors' scores."""

import statistics

from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.paper.audit.americas import diverse_over_whole, over_whole
from realignment.paper.audit.chance import LEVEL, Lead, between, told
from realignment.paper.audit.overview import NONE, WHOLE
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, listed, rounded, row, spelled
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results.headings import ENCODERS

SEEN, UNSEEN = {"LRL seen"}, {"LRL unseen"}
LEVELS = ("HRL", "MRL", "LRL seen", "LRL unseen")


def means(paper: Paper, model: str, groups: set[str]) -> dict[str, float]:
    """Subset -> mean of the groups over the three tasks, of the subsets whose scores are whole; the baseline of mBERT always is."""
    found = {subset: paper.cell(model, subset, groups).mean for subset in paper.subsets(model)}
    if found[NONE] is None:
        found[NONE] = baseline(paper, groups)
    return {subset: mean for subset, mean in found.items() if mean is not None}


def baseline(paper: Paper, groups: set[str]) -> float:
    """mBERT fine-tuned only over the three tasks, its POS from `stored_pos`."""
    tasks = [paper.cell("mbert", NONE, groups, (task,)).mean for task in TASKS if task != "pos"]
    return statistics.fmean([stored_pos(paper, groups), *(mean for mean in tasks if mean is not None)])


def stored_pos(paper: Paper, groups: set[str]) -> float:
    """POS of mBERT fine-tuned only, from mbert_none_pos.tsv: means of languages without their seeds."""
    known = languages.paper()
    pos = [
        float(one["mean"])
        for one in paper.rows("mbert_none_pos.tsv")
        if grouping.group(known[one["language"]], "mbert") in groups
    ]
    return statistics.fmean(pos)


@check("ten-points", "Section 4.2", "conclusion")
def ten_points(paper: Paper) -> Result:
    """Best gain on unseen low-resource languages over fine-tuning only."""
    gains = {}
    for model in ENCODERS:
        found = means(paper, model, UNSEEN)
        top = max(found, key=found.__getitem__)
        gains[row(model, top)] = found[top] - found[NONE]
    limit = paper.claims["ten-points"].numbers[0]
    return Result(
        any(gain < limit - 1 for gain in gains.values()),
        paper.quote("ten-points"),
        f"The best gains are {listed(f'{spelled([gain], 1)} ({name})' for name, gain in gains.items())}, averaged as in Figure 3.",
        rounded(gains),
        "The sentence says less than the runs give." if min(gains.values()) > limit else "",
    )


@check("slight-drops", "Section 4.2", "conclusion")
def slight_drops(paper: Paper) -> Result:
    """Rows of high- and medium-resource languages below fine-tuning only, and the largest drop."""
    evidence, above = {}, 0
    for model, title in ENCODERS.items():
        for level in ("HRL", "MRL"):
            found = means(paper, model, {level})
            gaps = [mean - found[NONE] for subset, mean in found.items() if subset != NONE]
            above += sum(gap > 0 for gap in gaps)
            evidence[f"{title} {level}"] = (
                f"{sum(gap < 0 for gap in gaps)} of {len(gaps)} rows lower, by {-max(gaps):.2f} to {-min(gaps):.2f}"
            )
    told_of = listed(f"{name}: {text}" for name, text in evidence.items())
    return Result(
        above > 0,
        paper.quote("slight-drops"),
        f"Of each encoder and level so many rows are below fine-tuning only: {told_of} points.",
        evidence,
    )


@check("little-influence", "Section 4.2", "number")
def little_influence(paper: Paper) -> Result:
    """How far the realigned rows of a level lie apart."""
    spread = {}
    for model, title in ENCODERS.items():
        for level in LEVELS:
            found = [mean for subset, mean in means(paper, model, {level}).items() if subset != NONE]
            spread[f"{title} {level}"] = max(found) - min(found)
    high = max(value for name, value in spread.items() if "LRL" not in name)
    seen = [value for name, value in spread.items() if name.endswith("LRL seen")]
    unseen = [value for name, value in spread.items() if name.endswith("unseen")]
    return Result(
        min(unseen) < 2 * high,
        paper.quote("little-influence"),
        f"Realigned rows lie up to {high:.1f} points apart on HRLs and MRLs, {max(seen):.1f} on seen and {max(unseen):.1f} on unseen LRLs.",
        rounded(spread),
    )


@check("stems-from-lrls", "Section 4.2", "conclusion")
def stems_from_lrls(paper: Paper) -> Result:
    """URIEL less random at equal size, level by level: the mean over the four sizes."""
    evidence, fits, shown = {}, [], []
    for model, title in ENCODERS.items():
        gaps = {}
        for level in LEVELS:
            found = means(paper, model, {level})
            gaps[level] = [found[f"uriel_diverse_{n}"] - found[f"random_{n}"] for n in map(int, paper.claims["sizes"].numbers)]
            evidence[f"{title} {level} at 5, 10, 20, 40"] = spelled(gaps[level])
        means_ = {level: statistics.fmean(one) for level, one in gaps.items()}
        fits.append(max(means_, key=means_.__getitem__).startswith("LRL"))
        shown.append(f"{title} {', '.join(f'{spelled([mean])} ({level})' for level, mean in means_.items())}")
    return Result(
        not all(fits),
        paper.quote("stems-from-lrl"),
        f"URIEL less random draws of equal size, mean over the sizes: {listed(shown)}. It is "
        f"{'largest on low-resource languages, for both encoders' if all(fits) else 'not largest on low-resource languages everywhere'}.",
        evidence,
    )


@check("unseen-better-than-all", "Abstract", "conclusion")
def unseen_better_than_all(paper: Paper) -> Result:
    """Rows above all 65 on LRLs unseen in pre-training, and URIEL on those unseen in realignment: what of either can be told."""
    family: dict[str, Lead] = {}
    for model in ENCODERS:
        whole = [one for one in means(paper, model, UNSEEN) if one not in (NONE, WHOLE)]
        family |= {row(model, one): between(paper, model, (one, WHOLE), UNSEEN) for one in whole}
    above = {name: one for name, one in family.items() if one.gap > 0}
    americas, uriel = diverse_over_whole(paper), over_whole(paper)
    best = [f"{max(held.values(), key=lambda one: one.gap)} for {title}" for title, held in uriel.items()]
    higher = {name: one for name, one in americas.items() if one.gap > 0}
    sure = [name for one in (family, americas) for name in told(one) if one[name].gap > 0]
    low = [f"{name}, {one}" for name, one in higher.items() if one.p < LEVEL]
    return Result(
        not sure,
        paper.quote("unseen-better", "ood-unseen"),
        f"LRLs unseen in pre-training (Figure 3): above all 65 is {len(above)} of {len(family)} realigned rows, {listed(f'{name}, {one}' for name, one in above.items())}. "
        f"LRLs unseen in realignment (AmericasNLI, Figure 4): {len(higher)} of {len(americas)} diverse rows are, rows put right; the best size of URIEL leads by "
        f"{listed(best)}. By itself {below(LEVEL)} holds for {listed(low)}. When all rows of a reading are looked at (Holm), {listed(sure)} can be told from noise.",
        {f"unseen in pre-training, {name}": str(one) for name, one in above.items()}
        | {f"unseen in realignment, {name}": str(one) for name, one in higher.items()},
        "The second reading is that of Section 4.3, and in it the sentence has the direction right for both encoders."
        if all(max(one.gap for one in held.values()) > 0 for held in uriel.values())
        else "",
        "More seeds of one row that is named beforehand, and of all 65, on AmericasNLI.",
    )


@check("seen-lrls", "Section 4.2, Figure 3", "conclusion")
def seen_lrls(paper: Paper) -> Result:
    """Low-resource languages that the encoder has seen: rows below fine-tuning only, task by task, and what can be told of them."""
    evidence, losing, told_of, unseen, best = {}, [], [], [], []
    for model, title in ENCODERS.items():
        found = means(paper, model, SEEN)
        gaps = {name: mean - found[NONE] for name, mean in found.items() if name != NONE}
        lower = [name for name, gap in gaps.items() if gap < 0]
        tasks = [task for task in TASKS if paper.seeds(model, NONE, SEEN, (task,))]  # of which fine-tuning only has its seeds
        leads = [between(paper, model, (name, NONE), SEEN, tasks) for name in gaps]
        sure = sum(one.gap < 0 and one.p < LEVEL for one in leads)
        losing.append(len(lower) > len(gaps) / 2)
        told_of.append(
            f"{title} {len(lower)} of {len(gaps)} rows are below fine-tuning only ({spelled([min(gaps.values()), max(gaps.values())])} at the ends, {spelled([gaps[WHOLE]])} with "
            f"all 65 languages); in {listed(task.upper() for task in tasks)} together {sum(one.gap < 0 for one in leads)} are, {sure} with {below(LEVEL)} each by itself"
        )
        evidence |= {f"{title} {task.upper()}, rows lower": _lower(paper, model, task) for task in TASKS}
        evidence[f"{title}, rows lower, all rows"] = (len(lower), len(gaps))
        gained = means(paper, model, UNSEEN)
        best.append(max(gained.values()) - gained[NONE])
        unseen.append(f"{sum(one > gained[NONE] for one in gained.values())} of {len(gained) - 1} for {title}")
    return Result(
        any(losing),
        paper.quote("lrl-consistent", "figure-3"),
        f"On low-resource languages that the encoder has seen: of {'; of '.join(told_of)}.",
        evidence,
        f"On unseen low-resource languages rows above fine-tuning only are {listed(unseen)}, up to {spelled([max(best)], 1)} points, and Section 4.2 stresses the unseen ones.",
        "The seeds of mBERT's POS without realignment, of which means alone are stored, and more seeds of a few rows.",
    )


def _lower(paper: Paper, model: str, task: str) -> str:
    """`32 of 32`: rows below fine-tuning only in a task, which mBERT's stored means of languages give where seeds do not."""
    found = {name: paper.cell(model, name, SEEN, (task,)).mean for name in paper.subsets(model)}
    base = found.pop(NONE)
    base = stored_pos(paper, SEEN) if base is None else base
    return f"{sum(mean is not None and mean < base for mean in found.values())} of {len(found)}"
