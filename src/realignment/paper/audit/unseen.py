"""The abstract's claim of unseen low-resource languages, in either reading: unseen in pre-training, unseen in realignment."""

from realignment.paper.audit.americas import diverse_over_whole, over_whole
from realignment.paper.audit.chance import LEVEL, Lead, alone, between, lead, told
from realignment.paper.audit.levels import UNSEEN, means, named_never, never, wider
from realignment.paper.audit.overview import NONE, WHOLE
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import below, listed, row
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results.headings import ENCODERS
from realignment.results.scores import Row


@check("unseen-better-than-all", "Abstract", "conclusion")
def unseen_better_than_all(paper: Paper) -> Result:
    """Rows above all 65 on LRLs unseen in pre-training, and URIEL on those unseen in realignment: what of either is significant."""
    family: dict[str, Lead] = {}
    with_all: dict[str, Lead] = {}
    for model in ENCODERS:
        whole = [one for one in means(paper, model, UNSEEN) if one not in (NONE, WHOLE)]
        family |= {row(model, one): between(paper, model, (one, WHOLE), UNSEEN) for one in whole}
        with_all |= {row(model, one): _wider(paper, model, one) for one in whole}
    above = {name: one for name, one in family.items() if one.gap > 0}
    americas, uriel = diverse_over_whole(paper), over_whole(paper)
    best = [f"{max(held.values(), key=lambda one: one.gap)} for {title}" for title, held in uriel.items()]
    higher = {name: one for name, one in americas.items() if one.gap > 0}
    sure = [name for one in (family, americas) for name in told(one) if one[name].gap > 0]
    low = [f"{name}, {one}" for name, one in higher.items() if one.p < LEVEL]
    lower = [len([name for name in told(one) if one[name].gap < 0]) for one in (family, americas)]
    return Result(
        not sure,
        paper.quote("unseen-better", "ood-all"),
        f"LRLs unseen in pre-training (Figure 3): above all {len(paper.pool)} is {len(above)} of {len(family)} realigned rows, {listed(f'{name}, {one}' for name, one in above.items())}. "
        f"LRLs unseen in realignment (AmericasNLI, Figure 4): {len(higher)} of {len(americas)} diverse rows are, rows put right; the best size of URIEL leads by "
        f"{listed(best)}. Rows above it with {below(LEVEL)} by themselves: {listed(low)}. After Holm's correction over all rows of a reading {listed(sure) if sure else 'none of the rows above it'} "
        f"differs significantly from all {len(paper.pool)}; {lower[0]} of {len(family)} and {lower[1]} of {len(americas)} are significantly below it.{_never(paper, with_all)}",
        {f"unseen in pre-training, {name}": str(one) for name, one in above.items()}
        | {f"unseen in realignment, {name}": str(one) for name, one in higher.items()}
        | {f"with languages that no subset realigns on, {name}": str(one) for name, one in with_all.items() if one.gap > 0},
        "The second reading is that of Section 4.3, and in it the sentence has the direction right for both encoders."
        if all(max(one.gap for one in held.values()) > 0 for held in uriel.values())
        else "",
        "More seeds of one row that is named beforehand, and of all 65, on AmericasNLI.",
    )


def _wider(paper: Paper, model: str, name: str) -> Lead:
    """Of a row over all 65, with the languages that no subset realigns on."""
    sides = []
    for one in (name, WHOLE):
        held = [paper.runs.by_seed(Row(model, one), wider(paper, model, task)) for task in TASKS]
        seeds = sorted(set.intersection(*map(set, held)))
        sides.append({seed: 100 * sum(part[seed] for part in held) / len(held) for seed in seeds})
    return lead(*sides)


def _never(paper: Paper, leads: dict[str, Lead]) -> str:
    """What the first reading gives with the languages that no subset realigns on."""
    names = sorted({code for model in ENCODERS for codes in never(paper, model).values() for code in codes})
    if not names:
        return ""
    above = {name: one for name, one in leads.items() if one.gap > 0}
    sure = [name for name in told(leads) if name in above]
    return (
        f" {listed(map(named_never, names))}, which no subset realigns on, are left out of the first reading; with them {len(above)} of {len(leads)} rows are above, "
        f"{listed(f'{name}, {one}' for name, one in above.items())}, {alone(above.values())} with {below(LEVEL)} by itself and {len(sure) or 'none'} after Holm's correction."
    )
