"""How well a study's own runs tell what its sets gain: predicted beside measured, where enough sets were run."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from realignment.core.errors import BadInput
from realignment.languages import uriel
from realignment.predictor import calibrated, protocol
from realignment.predictor.calibrated import LEAST, MEAN, Calibrated
from realignment.predictor.experiment import Experiment, Key
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured
from realignment.report.figures import captions
from realignment.report.figures.predicted import Mark, predicted
from realignment.report.protocol_views import number
from realignment.report.view import Figure, Section, View, of_rows
from realignment.results import headings

ID = "predicted"
WHOLE, POOLS = "subsets of the whole pool", "subsets of smaller pools"
TITLE = "Can gains be told before a run?"
LEAD = (
    "From the sets that were run, `realignment predict` says what another set is expected to gain and `realignment recommend` which to run next. Here each set is predicted "
    "from the sets of all other heuristics."
)
FEW = "{name}: {count} distinct {sets} of languages beside fine-tuning only; a prediction from this study's own runs requires {least}."
PICTURE = (
    "Each set of languages as it was measured (across) and as it was predicted from the runs of all other heuristics (up): the task's mean, points over fine-tuning only. On "
    "the dashed line the two are equal; bars are 90 % intervals of the prediction, with the noise of as many runs as the set has. A bar that does not reach the line is a "
    "miss. Without a bar: the other heuristics are too few to say how wide one is. Numbered and named: the three largest misses."
)
NOTE = (
    "Points; mean distance between what was said and what was measured, over sets. Noise of runs: the error of someone who knows what each set gains in truth; not known where "
    "every set was run once. Rank: Spearman's coefficient. Inside: sets within their 90 % intervals."
)
COLUMNS = {"sets": "Sets", "error": "Error of a task mean", "error_language": "Error of a language", "rank": "Rank"}


def of_study(experiment: Experiment, vectors: Callable[[], uriel.Vectors]) -> Section | None:
    """None where no set was measured against fine-tuning only. `vectors` is asked where a model is fitted."""
    found = {key: one for key, one in experiment.measured().items() if one.averaged.any()}
    if not found:
        return None
    order = sorted(found, key=lambda key: (key[0], list(headings.TASKS).index(key[1])))
    enough = [key for key in order if distinct(found[key]) >= LEAST]
    text = [LEAD] if enough else []
    text += few({key: found[key] for key in order if key not in enough})
    models: dict[Key, Calibrated] = {}
    try:
        ground = Ground(experiment.languages, vectors()) if enough else None
        models = {key: calibrated.fit(found[key], ground) for key in enough if ground}
    except BadInput as fault:  # the vectors are those of a package that is not installed here
        text.append(f"Not predicted here: {fault}")
    drawn, view = _picture(models), _table(models)
    return Section(ID, TITLE, text, figures=[drawn] if drawn else [], tables=[view] if view else [], short="Predicted")


def distinct(measured: Measured) -> int:
    return len({one.languages for one in measured.sets})


def few(found: Mapping[Key, Measured]) -> list[str]:
    """How many sets are at hand, and how many are required: a line for the tasks of an encoder that have as many."""
    held: dict[tuple[str, int], list[str]] = {}
    for (encoder, task), one in found.items():
        held.setdefault((encoder, distinct(one)), []).append(headings.task(task))
    return [
        FEW.format(
            name=f"{headings.encoder(encoder)}, {', '.join(tasks)}",
            count=count,
            sets="set" if count == 1 else "sets",
            least=LEAST,
        )
        for (encoder, count), tasks in held.items()
    ]


def _name(key: Key) -> str:
    return f"{headings.encoder(key[0])}, {headings.task(key[1])}"


def _picture(models: Mapping[Key, Calibrated]) -> Figure | None:
    panels = []
    for (encoder, task), one in models.items():
        held: dict[str, list[Mark]] = {}
        for pooled, name in ((True, POOLS), (False, WHOLE)):
            marks = [_mark(one, place) for place, realigned in enumerate(one.measured.sets) if realigned.pooled is pooled]
            held |= {name: some} if (some := [mark for mark in marks if not math.isnan(mark.expected)]) else {}
        if held:
            panels.append((headings.encoder(encoder), headings.task(task), held))
    return captions.captioned(ID, predicted(panels), PICTURE) if panels else None


def _mark(one: Calibrated, place: int) -> Mark:
    found = one.left_out
    return Mark(
        one.measured.sets[place].subset, *(float(held[place, 0]) for held in (found.measured, found.expected, found.halves))
    )


def _table(models: Mapping[Key, Calibrated]) -> View | None:
    rows = []
    for key, one in models.items():
        measured, found = one.measured, one.left_out
        every = np.ones(len(measured.sets), bool)
        said = found.expected[:, [kind != calibrated.LEVEL for kind in found.columns.kinds]]
        told = protocol.judged(measured, said, every)
        noise = protocol.noise(measured, every)["error"]
        inside = next(row for row in protocol.coverage(found, every) if row["kind"] == MEAN)
        row = {"Of": _name(key), **{title: _shown(told[name]) for name, title in COLUMNS.items()}}
        rows.append({**row, "Noise of runs": _shown(noise), "Inside": f"{inside['inside']:.0%}"})
    return of_rows(ID, "How far off predictions of this study's own sets are, without the sets of their heuristic", rows, (NOTE,))


def _shown(value: float | int) -> object:
    return value if isinstance(value, int) else number(None if math.isnan(value) else value)
