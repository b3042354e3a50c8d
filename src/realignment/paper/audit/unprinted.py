"""XQuAD: a task that the authors ran on every row and that stands in no table of the paper, beside its claims."""

import statistics
from collections import defaultdict

from realignment.paper.audit.chance import LEVEL, Lead, alone, lead, together, told
from realignment.paper.audit.overview import NONE, RIVALS
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, counted, listed
from realignment.paper.paper import Paper
from realignment.paper.runs import LABELS, subset
from realignment.paper.xquad import APART, METRICS, TASK
from realignment.results.headings import ENCODERS
from realignment.subsets import naming

ENGLISH = "eng"
Scores = dict[str, dict[str, float]]  # subset -> seed -> points


def averages(paper: Paper, model: str, metric: str = METRICS["F1"], *, english: bool = False) -> Scores:
    """The mean over the languages of its averages, or English alone, seed by seed, of every row that is stored."""
    held: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in paper.raw:
        counts = row["language"] == ENGLISH if english else row["language"] not in APART
        if counts and (row["task"], row["metric"]) == (TASK, metric) and LABELS[row["model"]] == model:
            held[subset(row), row["seed"]].append(100 * float(row["score"]))
    found: Scores = defaultdict(dict)
    for (name, seed), values in held.items():
        found[name][seed] = statistics.fmean(values)
    return dict(found)


def contrast(found: Scores) -> Lead:
    """The most diverse less the least diverse sets of one size, all of them together, seed by seed."""
    names = [
        (f"{one}_{n}", f"{other}_{n}")
        for one, other in RIVALS
        for n in sorted({naming.split(name).n or 0 for name in found})
        if {f"{one}_{n}", f"{other}_{n}"} <= set(found)
    ]
    return together([(found[one], found[other]) for one, other in names])


def mended(paper: Paper, found: Scores) -> Scores:
    return {paper.put_right(name): seeds for name, seeds in found.items()}


@check("xquad-left-out", "Section 5, and no table", "conclusion")
def xquad_left_out(paper: Paper) -> Result:
    """F1 of every realigned row less that of fine-tuning only, rows of Tables 8 to 11; the least diverse sets beside the most diverse."""
    evidence: dict[str, object] = {}
    losing, told_of, sides, sides_exact, home = [], [], [], [], []
    for model, title in ENCODERS.items():
        found = mended(paper, averages(paper, model))
        if NONE not in found:
            continue
        base = statistics.fmean(found[NONE].values())
        leads = {name: lead(seeds, found[NONE]) for name, seeds in found.items() if name != NONE}
        main = {name: one for name, one in leads.items() if "__" not in name}
        lower = {name: one for name, one in main.items() if one.gap < 0}
        pools = [one for name, one in leads.items() if name not in main]
        values = [base + one.gap for one in main.values()]
        told_of.append(
            f"{title} {base:.1f} without realignment, {min(values):.1f} to {max(values):.1f} with it; {len(lower)} of {len(main)} rows are lower, "
            f"{alone(lower.values())} of them with {below(LEVEL)} each by itself and {len([n for n in told(main) if n in lower])} after Holm's correction over all, "
            f"{_none(alone(one for one in main.values() if one.gap > 0))} higher with {below(LEVEL)}"
        )
        losing.append(len(lower) > len(main) / 2 and bool(alone(lower.values())))
        sides.append(f"{contrast(found)} for {title}")
        plain = {
            name: statistics.fmean(one.values()) for name, one in averages(paper, model, english=True).items() if "__" not in name
        }
        if NONE in plain:
            lower_at_home = f"{sum(value < plain[NONE] for value in plain.values())} of {len(plain) - 1} rows"
            home.append(f"{plain[NONE]:.1f} for {title}, lower with realignment in {lower_at_home}")
        evidence[f"{title}, F1 without realignment"] = round(base, 2)
        evidence[f"{title}, rows lower, all rows"] = (len(lower), len(main))
        evidence[f"{title}, pool rows lower, all pool rows"] = (sum(one.gap < 0 for one in pools), len(pools))
        evidence[f"{title}, most less least diverse, all sizes together"] = str(contrast(found))
        matches = averages(paper, model, METRICS["Exact match"])
        exact = {name: statistics.fmean(seeds.values()) for name, seeds in matches.items() if "__" not in name}
        sides_exact.append(f"{contrast(mended(paper, matches))} for {title}")
        evidence[f"{title}, exact match without realignment, rows lower"] = (
            round(exact[NONE], 2), sum(value < exact[NONE] for value in exact.values()))  # fmt: skip
    if not evidence:
        return Result(False, paper.quote("consistently"), "No score of a further task is stored.")
    names = sorted({row["language"] for row in paper.raw if row["task"] == TASK} - set(APART))
    return Result(
        any(losing),
        paper.quote("consistently"),
        f"The authors' repository also contains runs of {counted(len(told_of), 'encoder').lower()} on XQuAD for the rows of Tables 8 to 11; the paper does not print them. F1 over its {len(names)} languages besides "
        f"English: {'. '.join(told_of)}. The most diverse sets less the least diverse of equal size: {listed(sides)}; by exact match {listed(sides_exact)}.",
        evidence | {"languages": " ".join(names)},
        "The paper announces three tasks and draws its averages from these alone, so that no number of it is wrong. "
        f"{f'F1 in English, which needs no transfer, is without realignment {listed(home)}. ' if home else ''}These may be preliminary runs, which there may be good reason not to print, and a question-answering head may ask for other settings.",
        "To print the XQuAD rows that exist. To repeat them with hyperparameters tuned for extraction would show whether the loss is one of realignment.",
    )


def _none(count: int) -> str:
    return f"and {count if count else 'none'} {'is' if count < 2 else 'are'}"
