"""Beside the means of a page: interquartile means, how often a run is above another, and how many languages gain how much."""

from collections.abc import Mapping, Sequence

from realignment.report.view import View, of_rows
from realignment.results import formatting, headings, robust
from realignment.results.tables import Study

MIDDLES = (
    "Points, without English; over languages within a task, then over tasks (after Agarwal et al. 2021). The interquartile mean leaves the lowest and the highest quarter "
    "of a task's scores out, so that a few languages (Thai NER is near zero) turn it less. ± is the error of seeds: what another seed, or another draw of a random "
    "subset, would change. `above`: how often a run scores more in a language than a run of the reference, 50 % where neither is better, with a 95 % interval over "
    "seeds; languages are a fixed set."
)
ITEMS = (
    "The error of items, of NLI alone, is what other test pairs would change: of one run, from its scores and the number of pairs, as if every language had pairs of its own; "
    "where sets are translations of one another it is larger, by the square root of the number of languages at most. It is the same pairs in every row, so "
    "most of it is in no difference; the words of a sentence are no independent items, so that POS and NER have none here."
)
NO_ITEMS = "There is no error of items here: it is known of NLI alone, and only where the number of pairs is."
PROFILES = "Share of languages, over tasks and runs, that gain more than so many points over the mean of fine-tuning only."


def of_study(study: Study, tasks: Sequence[str]) -> list[View]:
    found = robust.middles(study, tasks)
    items = any(one[robust.ITEMS] is not None for one in found)
    notes = (MIDDLES, ITEMS if items else NO_ITEMS, *study.warnings(tasks))
    shown = [_middle(one, items) for one in found]
    profiles = [
        {name[:1].upper() + name[1:]: _share(value) for name, value in one.items()} for one in robust.profiles(study, tasks)
    ]
    listed = (
        of_rows(
            f"{study.encoder}-robust",
            f"{study.title}: means, interquartile means, and how often a run is above another",
            shown,
            notes,
        ),
        of_rows(f"{study.encoder}-profiles", f"{study.title}: how many languages gain how much", profiles, (PROFILES,)),
    )
    return [view for view in listed if view]


def _middle(one: Mapping, items: bool) -> dict[str, str]:
    told = {"Subset": one["subset"]}
    for name in ("mean", "interquartile mean"):
        told[name.capitalize()] = f"{one[name]:.2f}" + (
            "" if one[f"seed error of the {name}"] is None else f" ± {one[f'seed error of the {name}']:.2f}"
        )
    if items:
        told[f"Item error, {headings.task(robust.COUNTED)}"] = _number(one[robust.ITEMS])
    for stem in robust.REFERENCES:
        share, low, high = (one[f"above {stem}{end}"] for end in ("", ", low", ", high"))
        told[f"Above {stem}"] = _share(share) + (f" [{_share(low)}, {_share(high)}]" if low is not None else "")
    return told


def _number(value: float | None) -> str:
    return formatting.MISSING if value is None else f"{value:.2f}"


def _share(value: object) -> str:
    if value is None:
        return formatting.MISSING
    return f"{value:.0%}" if isinstance(value, float) else str(value)
