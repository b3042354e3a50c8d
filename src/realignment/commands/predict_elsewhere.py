"""`realignment predict --encoder` of an encoder that no run is at hand of: what the models of the others say."""

from collections.abc import Iterator, Mapping, Sequence

from realignment.commands.predict_sources import Asked, Sources
from realignment.core.errors import BadInput, nearest
from realignment.predictor.calibrated import Calibrated
from realignment.predictor.elsewhere import Elsewhere
from realignment.predictor.experiment import Key
from realignment.predictor.ground import Seen


def never_run(encoders: Sequence[str], sources: Sources) -> dict[str, Seen]:
    """Those of `encoders` without runs -> what they have seen; BadInput where a name is no known model, or that is not known of it."""
    from realignment.config import models
    from realignment.core.workspace import project_root

    own = {encoder for encoder, _ in sources.measured}
    known = models.known(project_root()) if set(encoders) - own else {}
    found: dict[str, Seen] = {}
    for name in dict.fromkeys(one for one in encoders if one not in own):
        if name not in known:
            raise BadInput(
                f"no runs of encoder `{name}` are at hand, and no model is called so; {nearest(name, {*own, *known})}; or give another --source"
            )
        if (seen := known[name].seen) is None:
            raise BadInput(f"no runs of encoder `{name}` are at hand, and no list of the languages that it has seen is published")
        found[name] = models.written_out(seen)
    return found


def fitted(away: Mapping[str, Seen], models: Mapping[Key, Calibrated]) -> dict[Key, Elsewhere]:
    from realignment.predictor import elsewhere

    tasks = list(dict.fromkeys(task for _, task in models)) if away else []
    return {
        (name, task): elsewhere.fit(name, seen, [made for (_, same), made in models.items() if same == task])
        for name, seen in away.items()
        for task in tasks
    }


def predicted(key: Key, made: Elsewhere, wanted: Sequence[Asked], by: str, runs: int) -> Iterator[dict]:
    """One row per set and column, as `predict.predicted` has them; nothing was measured."""
    from realignment.commands.predict import row_of

    found = made.expected([one.languages for one in wanted])
    halves = made.half_widths(found, runs)
    for row, one in enumerate(wanted):
        for place, (name, kind) in enumerate(zip(made.columns.names, made.columns.kinds, strict=True)):
            if kind == by:
                yield {**row_of(key, one, name, (found.means[row, place], halves[row, place])), "measured": None}


def told(others: Mapping[Key, Elsewhere]) -> list[str]:
    """A line per encoder."""
    found = {}
    for (name, _), one in others.items():
        have = ", ".join(dict.fromkeys(made.measured.encoder for made in one.models))
        found[name] = (
            f"{name} was never run: the mean of what the models of {have} say, as wide as one of these needed when it was left out; that is "
            f"{len(one.models)} encoders, and no promise for another (docs/registered.md)"
        )
    return list(found.values())
