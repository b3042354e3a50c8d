"""Section 4.2: resource levels (Figure 3), recomputed from the authors' scores."""

import statistics

from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.paper.audit.averages import MACROLANGUAGES
from realignment.paper.audit.chance import LEVEL, alone, between, together, told
from realignment.paper.audit.overview import NONE, WHOLE
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, chance, listed, rounded, row, spelled
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results import scores
from realignment.results.headings import ENCODERS
from realignment.results.scores import Row

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


def never(paper: Paper, model: str) -> dict[str, list[str]]:
    """Task -> languages of the averages that no subset realigns on, English apart (never-realigned)."""
    items = paper.runs.items(model, TASKS, scores.WITHOUT_ENGLISH)
    return {task: codes for task, held in items.items() if (codes := [code for code in held if code not in paper.pool])}


def named_never(code: str) -> str:
    return {**{one: held.name for one, held in languages.paper().items()}, **MACROLANGUAGES}[code]


def with_never(paper: Paper, model: str, subset: str) -> float:
    """The mean on unseen low-resource languages with those of `never` among them; mBERT's POS without realignment from its stored means."""
    found = []
    for task in TASKS:
        held = paper.runs.by_seed(Row(model, subset), wider(paper, model, task))
        found.append(100 * statistics.fmean(held.values()) if held else stored_pos(paper, UNSEEN))
    return statistics.fmean(found)


def wider(paper: Paper, model: str, *tasks: str) -> dict[str, list[str]]:
    """Task -> unseen low-resource languages, those of `never` too."""
    more = never(paper, model)
    return {task: [*codes, *more.get(task, ())] for task, codes in paper.runs.items(model, tasks, UNSEEN).items()}


@check("ten-points", "Section 4.2", "conclusion")
def ten_points(paper: Paper) -> Result:
    """Best gain on unseen low-resource languages over fine-tuning only."""
    gains, wider, names = {}, [], set()
    for model in ENCODERS:
        found = means(paper, model, UNSEEN)
        top = max(found, key=found.__getitem__)
        gains[row(model, top)] = found[top] - found[NONE]
        if held := never(paper, model):
            wider.append(with_never(paper, model, top) - with_never(paper, model, NONE))
            names |= {code for codes in held.values() for code in codes}
    left_out = (
        f"; {listed(map(named_never, sorted(names)))}, which no subset realigns on, left out (with them {spelled(wider, 1)})"
        if names
        else ""
    )
    limit = paper.claims["ten-points"].numbers[0]
    return Result(
        any(gain < limit - 1 for gain in gains.values()),
        paper.quote("ten-points"),
        f"The best gains are {listed(f'{spelled([gain], 1)} ({name})' for name, gain in gains.items())}, in points, averaged over languages and then over tasks{left_out}.",
        rounded(gains) | {"with languages that no subset realigns on": spelled(wider)},
        "The sentence says less than the runs give." if min(gains.values()) > limit else "",
    )


@check("slight-drops", "Section 4.2", "conclusion")
def slight_drops(paper: Paper) -> Result:
    """Rows of high- and medium-resource languages below fine-tuning only, and the largest drop."""
    evidence, above = {}, 0
    lower: dict[str, list[int]] = {"HRL": [], "MRL": []}
    shown: dict[str, list[str]] = {title: [] for title in ENCODERS.values()}
    for model, title in ENCODERS.items():
        for level, counts_ in lower.items():
            found = means(paper, model, {level})
            gaps = [mean - found[NONE] for subset, mean in found.items() if subset != NONE]
            above += sum(gap > 0 for gap in gaps)
            evidence[f"{title} {level}"] = (
                f"{sum(gap < 0 for gap in gaps)} of {len(gaps)} rows lower, by {-max(gaps):.2f} to {-min(gaps):.2f}"
            )
            counts_.append(sum(gap < 0 for gap in gaps))
            shown[title].append(
                f"{-max(gaps):.2f} to {-min(gaps):.2f} points ({level}{' without English' if level == 'HRL' else ''})"
            )
    told_of = "; ".join(f"{title} by {listed(parts)}" for title, parts in shown.items())
    total = len(gaps)
    counts = f"All {total} rows of either encoder are below fine-tuning only at either level" if not above else (
        "Rows below fine-tuning only are " + listed(f"{listed(held)} of {total} ({level}, {listed(ENCODERS.values())})" for level, held in lower.items()))  # fmt: skip
    return Result(
        above > 0,
        paper.quote("slight-drops"),
        f"{counts}: {told_of}.",
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
    shown = []
    for title in ENCODERS.values():
        parts = [f"{spread[title + ' ' + level]:.1f} ({level})" for level in LEVELS]
        shown.append(f"{listed(parts)} points apart for {title}")
    unseen = [value for name, value in spread.items() if name.endswith("unseen")]
    return Result(
        min(unseen) < 2 * high,
        paper.quote("little-influence"),
        f"Realigned rows lie up to {listed(shown)}{': the effect is on unseen LRLs above all' if min(unseen) >= 2 * high else ''}.",
        rounded(spread),
    )


@check("stems-from-lrls", "Section 4.2", "conclusion")
def stems_from_lrls(paper: Paper) -> Result:
    """URIEL less random at equal size, level by level: the mean over the four sizes."""
    evidence, fits, shown, tested = {}, [], [], []
    for model, title in ENCODERS.items():
        gaps = {}
        for level in LEVELS[2:]:
            one = together(
                [
                    (paper.seeds(model, f"uriel_diverse_{n}", {level}), paper.seeds(model, f"random_{n}", {level}))
                    for n in map(int, paper.claims["sizes"].numbers)
                ]
            )
            tested.append(f"{chance(one.p)} for {title} ({level})")
            evidence[f"{title} {level}, all sizes together by seed"] = str(one)
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
        f"URIEL minus random draws of equal size, mean over the sizes: {listed(shown)}. It is "
        f"{'largest on low-resource languages, for both encoders' if all(fits) else 'not largest on low-resource languages everywhere'}. By seed {listed(tested)}; the overall lead: headline-power.",
        evidence,
    )


@check("seen-lrls", "Section 4.2, Figure 3", "conclusion")
def seen_lrls(paper: Paper) -> Result:
    """Low-resource languages that the encoder has seen: rows below fine-tuning only, task by task, and what can be told of them."""
    evidence, losing, told_of, unseen, best, right = {}, [], [], [], [], []
    for model, title in ENCODERS.items():
        found = means(paper, model, SEEN)
        gaps = {name: mean - found[NONE] for name, mean in found.items() if name != NONE}
        lower = [name for name, gap in gaps.items() if gap < 0]
        losing.append(len(lower) > len(gaps) / 2)
        told_of.append(f"{_rows(title, gaps, down=losing[-1])} {_tested(paper, model, gaps, down=losing[-1])}")
        right += [] if losing[-1] else [title]
        evidence |= {f"{title} {task.upper()}, rows lower": _lower(paper, model, task) for task in TASKS}
        evidence[f"{title}, rows lower, all rows"] = (len(lower), len(gaps))
        gained = means(paper, model, UNSEEN)
        best.append(max(gained.values()) - gained[NONE])
        unseen.append(f"{sum(one > gained[NONE] for one in gained.values())} of {len(gained) - 1} for {title}")
    fair = f"For {listed(right)} the sentence has the direction right. " if right else ""
    return Result(
        any(losing),
        paper.quote("lrl-consistent", "figure-3"),
        f"On low-resource languages that the encoder has seen {' '.join(told_of)}",
        evidence,
        f"{fair}On unseen low-resource languages rows above fine-tuning only are {listed(unseen)}, up to {spelled([max(best)], 1)} points, and Section 4.2 stresses the unseen ones.",
        "The seeds of mBERT's POS without realignment, of which means alone are stored, and more seeds of a few rows.",
    )


def _rows(title: str, gaps: dict[str, float], *, down: bool) -> str:
    """How many rows of an encoder are below fine-tuning only, or above it where most are."""
    count = sum(gap < 0 for gap in gaps.values()) if down else sum(gap > 0 for gap in gaps.values())
    ends = [spelled([one]) for one in (min(gaps.values()), max(gaps.values()), gaps[WHOLE])]
    return f"{count} of {len(gaps)} rows of {title} are {'below' if down else 'above'} fine-tuning only (from {ends[0]} to {ends[1]}; all 65: {ends[2]})."


def _tested(paper: Paper, model: str, gaps: dict[str, float], *, down: bool) -> str:
    """The same rows by Welch's test, in the tasks of which fine-tuning only has its seeds."""
    tasks = [task for task in TASKS if paper.seeds(model, NONE, SEEN, (task,))]
    leads = {name: between(paper, model, (name, NONE), SEEN, tasks) for name in gaps}
    side = {name: one for name, one in leads.items() if (one.gap < 0) == down and one.gap}
    where = (
        ""
        if len(tasks) == len(TASKS)
        else f"In {listed(task.upper() for task in tasks)}, the tasks of which its seeds are stored, {len(side)} are; "
    )
    corrected = len([name for name in told(leads) if name in side])
    tail = f"{alone(side.values())} have {below(LEVEL)} by themselves, {corrected or 'none'} after Holm's correction over all {len(leads)}."
    return f"{where}{tail}" if where else f"{tail}"


def _lower(paper: Paper, model: str, task: str) -> str:
    """`32 of 32`: rows below fine-tuning only in a task, which mBERT's stored means of languages give where seeds do not."""
    found = {name: paper.cell(model, name, SEEN, (task,)).mean for name in paper.subsets(model)}
    base = found.pop(NONE)
    base = stored_pos(paper, SEEN) if base is None else base
    return f"{sum(mean is not None and mean < base for mean in found.values())} of {len(found)}"
