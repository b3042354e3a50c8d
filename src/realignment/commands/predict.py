"""`realignment predict`: what realigning on a set of languages is expected to gain, before anything is trained."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import click
import numpy as np

from realignment.commands import predict_register, predict_sources
from realignment.commands.predict_sources import Asked, Sources
from realignment.core.console import note, table, track
from realignment.core.errors import BadInput, nearest
from realignment.predictor import elsewhere, registered
from realignment.predictor.calibrated import KINDS, SHARE, Calibrated
from realignment.predictor.elsewhere import Elsewhere
from realignment.predictor.experiment import Key

WIDTHS = 4  # runs of a set that an interval is of, as the authors have them
LEAST = 1


@click.command(
    help="What realigning on each SET is expected to gain over fine-tuning only, in points, with 90 % intervals. A SET is a list of Table 6 "
    "(latin_diverse_10), codes (swa,yor,ibo), or a name and codes (my_set=swa,yor,ibo)."
)
@click.argument("sets", nargs=-1, metavar="SET...")
@predict_sources.SOURCE
@predict_sources.ENCODER
@predict_sources.TASK
@click.option(
    "--by",
    type=click.Choice(KINDS),
    default="mean",
    show_default=True,
    help="Rows: the mean of a task, its resource levels, its languages.",
)
@click.option(
    "--runs",
    type=click.IntRange(LEAST, 1000),
    default=WIDTHS,
    show_default=True,
    help="An interval is of the mean of so many runs (seeds).",
)
@click.option(
    "--protocol", "protocol_", is_flag=True, help="How far this and other predictors are off, on the authors' runs, instead."
)
@predict_register.options
@predict_sources.JSON
def command(sets: tuple[str, ...], *, by: str, runs: int, as_json: bool, **how: Any) -> None:
    if predict_register.handled(sets, {**how, "by": by, "as_json": as_json}):
        return
    if how["protocol_"]:
        if sets:
            raise BadInput(f"--protocol tells of the sets that the authors ran; `{sets[0]}` is given beside it; leave it out")
        protocol(how["encoders"], how["tasks"], as_json)
        return
    if not sets:
        raise BadInput("at least one SET is required: latin_diverse_10, or codes such as swa,yor,ibo")
    sources = predict_sources.gather(how["source"], how["encoders"], how["tasks"], elsewhere=True)
    wanted = predict_sources.asked(sets, sources.known)
    for one in wanted:
        predict_sources.with_bitext(one.languages, f"set `{one.name}`")
    fitted = sources.fitted()
    shown = {key: one for key, one in fitted.items() if key[0] in (how["encoders"] or [key[0]])} | never_run(sources, fitted)
    rows = [row for key, made in shown.items() for row in predicted(key, made, wanted, by, runs)]
    rows.sort(key=lambda row: [one.name for one in wanted].index(row["set"]))
    table(rows, as_json=as_json, title="expected gain over fine-tuning only, points")
    tell(sources, fitted, wanted, runs)
    if any(row["measured"] is not None for row in rows):
        note("a set with a measured gain was predicted without the runs of its heuristic")


def protocol(encoders: Collection[str], tasks: Collection[str], as_json: bool) -> None:
    """How far this and other predictors are off, by benchmarks/predictor.py; of some encoders and tasks, without means over them."""
    from realignment.core.workspace import project_root
    from realignment.report import protocol_views

    rows = protocol_views.rows(project_root())
    if not rows:
        raise BadInput(f"{protocol_views.RESULTS} is not there, or is of other runs; `python benchmarks/predictor.py` makes it")
    for what, wanted in (("encoder", encoders), ("task", tasks)):
        for name in wanted:
            if name not in (there := sorted({row[what] for row in rows if row["encoder"]})):
                raise BadInput(f"the protocol has no {what} `{name}`; {nearest(name, there)}")
        rows = [row for row in rows if not wanted or row[what] in wanted]
    title = "predictors on the authors' runs: points off, rank correlation, regret of the first choice"
    table(rows, columns=[name for name in rows[0] if name != "why"], as_json=as_json, title=title)
    for why in dict.fromkeys(row["why"] for row in rows if row["why"] and not as_json):
        without = dict.fromkeys(f"{row['predictor']} ({row['left_out']} left out)" for row in rows if row["why"] == why)
        note(f"{'; '.join(without)}: {why}")


def never_run(sources: Sources, fitted: Mapping[Key, Calibrated]) -> dict[Key, Elsewhere]:
    """Of the encoders that were never run, in every task: what the models of the others say."""
    found = {}
    for name, seen in track(list(sources.unrun.items()), "encoders left out"):
        for task in dict.fromkeys(task for _, task in fitted):
            found[name, task] = elsewhere.fit(name, seen, [one for (_, same), one in fitted.items() if same == task])
        note(f"{name}: {registered.words(found[name, task])}")
    return found


def predicted(key: Key, made: Calibrated | Elsewhere, wanted: Sequence[Asked], by: str, runs: int) -> list[dict]:
    """One row per set and column. A set that was run is predicted without the runs of its heuristic, and stands beside what was measured."""
    columns, found = elsewhere.columns_of(made), made.expected([one.languages for one in wanted])
    halves = made.half_widths(found, runs)  # type: ignore[arg-type]
    shown = [place for place, kind in enumerate(columns.kinds) if kind == by]
    rows = []
    for row, one in enumerate(wanted):
        measured, instead = known(made, one, runs)
        means, half = (found.means[row], halves[row]) if instead is None else instead
        for place in shown:
            rows.append(
                {
                    "set": one.name, "n": len(one.languages), "encoder": key[0], "task": key[1], "what": columns.names[place],
                    "gain": _round(means[place]), "low": _round(means[place] - half[place]), "high": _round(means[place] + half[place]),
                    "measured": None if measured is None else _round(measured[place]),
                }
            )  # fmt: skip
    return rows


def known(made: Calibrated | Elsewhere, one: Asked, runs: int) -> tuple[np.ndarray | None, tuple[np.ndarray, np.ndarray] | None]:
    """Of a set that was run: (what it gained, what was expected of it without its heuristic, and half widths)."""
    if isinstance(made, Elsewhere):
        return None, None
    places = [place for place, other in enumerate(made.measured.sets) if other.languages == frozenset(one.languages)]
    if not places:
        return None, None
    source = made.measured.sets[places[-1]].source  # gains of two sources are not mixed: the last one's count
    places = [place for place in places if made.measured.sets[place].source == source]
    left = made.left_out
    measured = np.average(left.measured[places], axis=0, weights=made.measured.runs[places])
    if np.isnan(left.expected[places[0], 0]):
        return measured, None
    return measured, (left.expected[places[0]], made.half_of(places[0], runs))


def tell(sources: Sources, fitted: Mapping[Key, Calibrated], wanted: Sequence[Asked], runs: int) -> None:
    """What must be known before a number is read."""
    sources.told()
    sets = sorted({len(one.measured.sets) for one in fitted.values()})
    note(
        f"fitted on {sets[0] if len(sets) == 1 else f'{sets[0]} to {sets[-1]}'} sets per encoder and task; {SHARE:.0%} intervals of the mean of {runs} "
        "runs, as wide as sets of heuristics that were left out needed them (docs/predict.md)"
    )
    sources.told_of(code for one in wanted for code in one.languages)


def _round(value: float) -> float:
    return round(float(value), 3) + 0.0  # no minus before nothing
