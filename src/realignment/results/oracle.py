"""S* of Equation 2: the subset that is best on the test scores themselves, and what is left of it on a seed that did not choose."""

from collections.abc import Mapping, Sequence

from realignment.results import floors, formatting, headings
from realignment.results.scores import Row
from realignment.results.tables import Items, Study, marked
from realignment.statistics.summary import Difference, Summary

CHOSEN = (
    "S* of Equation 2 is chosen on test scores, so its score flatters it: the best of many rows is partly the luckiest. "
    "A seed apart: chosen by the mean of the other seeds, read on the seed left out, averaged over seeds."
)


def subsets(study: Study, tasks: Sequence[str], errors: float) -> list[dict]:
    """One row per average: the best subset, its lead over the next one, its gain over fine-tuning only.

    A subset that lacks a run which another has is no candidate, and named: its mean would be over other seeds.
    """
    return [_row(study, title, items, errors) for title, items in study.group_columns(tasks).items()]


def _row(study: Study, title: str, items: Items, errors: float) -> dict:
    held = {row: study.runs.by_seed(row, items) for row in study.rows(list(items)) if not row.control}
    most = max(map(len, held.values()), default=0)
    full = {row: values for row, values in held.items() if values and len(values) == most}
    ranked = sorted(full, key=lambda row: (-_summary(full[row]).mean, headings.order(row)))
    best, second = (ranked[0] if ranked else None), (ranked[1] if len(ranked) > 1 else None)
    lead = Difference(_summary(full.get(best, {})), _summary(full.get(second, {})))
    none = Row(study.encoder, "none")
    gain = Difference(_summary(full.get(best, {})), _summary({} if best == none else full.get(none, {})))
    lacking = [headings.label(row) for row in held if row not in full]
    return {
        "encoder": study.title,
        "average over": f"{title} {floors.MARK}" if marked({title: items}) else title,
        "S*": headings.label(best) if best else formatting.MISSING,
        "score": formatting.text(_summary(full.get(best, {})), most),
        "n": most,
        "a seed apart": formatting.text(Summary(apart(full)), most),
        "next": headings.label(second) if second else formatting.MISSING,
        "lead": formatting.text(lead, most, errors),
        "gain over fine-tuning only": formatting.text(gain, most, errors),
        "candidates": len(full),
        "not complete": ", ".join(lacking),
    }


def _summary(values: Mapping[str, float]) -> Summary:
    return Summary(tuple(values.values()))


def apart(full: Mapping[Row, Mapping[str, float]]) -> tuple[float, ...]:
    """One value per seed: the score there of the subset that is best by the mean of the other seeds; none below two common seeds."""
    seeds = set.intersection(*(set(values) for values in full.values())) if full else set()
    if len(seeds) < 2:
        return ()
    found = []
    for seed in sorted(seeds):
        others = {row: sum(values[one] for one in seeds if one != seed) for row, values in full.items()}
        chosen = min(others, key=lambda row: (-others[row], headings.order(row)))
        found.append(full[chosen][seed])
    return tuple(found)
