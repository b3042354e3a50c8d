"""`realignment study --plan`: what of the grid is finished and what the rest takes; nothing is run, written or downloaded."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from realignment.config.schema import Settings
from realignment.core.console import note, table
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.records.job import Job
from realignment.statistics.sums import LEVEL, Interval
from realignment.study import forecast, outlook, standing
from realignment.study.outlook import Outlook

EVERY = "all"
GIB = 2**30
SHOWN = 5  # jobs that were set aside, told by name


@dataclass(frozen=True)
class Rates:
    """What an hour of one worker costs, and the watts it takes, where that is given."""

    price: float | None = None
    watts: float | None = None


def answer(workspace: Workspace, settings: Settings, options: dict[str, Any]) -> None:
    rates = Rates(*(_positive(name, options.get(name)) for name in ("price", "watts")))
    found = outlook.of(workspace, settings)
    groups = outlook.grouped(found.jobs, lambda job: (job.cell.encoder, job.verb))
    rows = [{"encoder": encoder, "verb": verb, **counted(found, jobs, rates)} for (encoder, verb), jobs in _ordered(groups)]
    total = {"encoder": EVERY, "verb": EVERY, **counted(found, found.jobs, rates)}
    ledger = forecast.ledger(workspace, found.standing.records)
    if options["as_json"]:
        by_row = outlook.grouped(found.jobs, lambda job: (job.cell.encoder, job.cell.row))
        content = {
            "profile": settings.profile, "interval": LEVEL, "workers": found.workers, "lacks": list(found.lacks), "based_on": outlook.basis(found),
            "verbs": rows, "rows": [{"encoder": encoder, "row": row, **counted(found, jobs, rates)} for (encoder, row), jobs in by_row.items()], "all": total,
            "set_aside": {job.name: found.standing.why[job.key] for job in _aside(found)}, "afterwards": ledger,
        }  # fmt: skip
        print(json.dumps(content, ensure_ascii=False, indent=1))
        return
    shown = [_shown(one) for one in [*rows, total]]
    empty = {name for name in shown[0] if not any(one[name] for one in shown)}
    table(shown, columns=[name for name in shown[0] if name not in empty], title=f"study of profile {settings.profile}")
    for line in notes(found, rates):
        note(line)
    if ledger:
        table(ledger, title="predicted and real hours of what is finished since the last study began")


def notes(found: Outlook, rates: Rates) -> list[str]:
    """What must be read beside the table."""
    many = f"{found.workers} worker{'s' * (found.workers != 1)}"
    said = [
        f"An interval holds what it is of in {LEVEL:.0%} of cases. hours: of one worker; wall: with {many}, were the line alone computed; "
        "disk: models that study.keep keeps, and predictions."
    ]
    if found.lacks:
        listed = ", ".join(found.lacks[:3]) + (f" and {len(found.lacks) - 3} more" if len(found.lacks) > 3 else "")
        source = found.forecast.loads.amounts.assumed
        where = "a GPU is taken for an H100" if found.device == "cuda" else "--device cuda plans for a GPU, here or elsewhere"
        said.append(
            f"Before the corpora are here (lacking: {listed}): no job is known to be finished; amounts of data by {source}; {where}."
        )
    said += [f"Predicted: {one}." for one in outlook.basis(found)]
    if found.measured or rates.watts:
        power = f"{rates.watts:g} watts, as given" if rates.watts else f"{found.measured:.0f} watts, as finished runs measured"
        said.append(f"Energy: hours of one worker at {power}.")
    if rates.price:
        said.append(f"Cost: hours of one worker at {rates.price:g} each.")
    aside = _aside(found)
    said += [f"set aside: {job.name}: {found.standing.why[job.key]}" for job in aside[:SHOWN]]
    if aside:
        more = f"{len(aside) - SHOWN} more are set aside; " if len(aside) > SHOWN else ""
        said.append(f"{more}`realignment study` tries again what was set aside, which is in no hours here")
    again = [job for job in found.standing.left if job.key in found.standing.why]
    said += [f"computed again: {job.name}: {found.standing.why[job.key]}" for job in again[:SHOWN]]
    return said + ([f"and {len(again) - SHOWN} more are computed again"] if len(again) > SHOWN else [])


def _aside(found: Outlook) -> list[Job]:
    return [job for job in found.jobs if found.standing.how[job.key] == standing.ASIDE]


def _positive(name: str, value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise BadInput(f"--{name} takes a number above 0; got {value:g}")
    return value


def _ordered(groups: dict[tuple[str, ...], list[Job]]) -> list[tuple[tuple[str, ...], list[Job]]]:
    """By encoder in the order of the profile, then by verb in the order of work."""
    encoders = list(dict.fromkeys(encoder for encoder, _ in groups))
    return sorted(groups.items(), key=lambda one: (encoders.index(one[0][0]), forecast.VERBS.index(one[0][1])))


def counted(found: Outlook, jobs: Sequence[Job], rates: Rates) -> dict[str, Any]:
    """Numbers of some jobs; hours and what follows from them are of what is left."""
    states = [found.standing.how[job.key] for job in jobs]
    hours, power = found.hours(jobs), rates.watts or found.measured
    return {
        "planned": len(jobs),
        **{name.replace(" ", "_"): states.count(name) for name in standing.STATES},
        "hours": _json(hours),
        "wall_hours": _json(found.wall(jobs)),
        "disk_bytes": _json(found.disk(jobs)),
        "energy_kwh": _json(hours.times(power / 1000)) if power else None,
        "cost": _json(hours.times(rates.price)) if rates.price else None,
        "based_on": found.forecast.sources(found.left(jobs)),
    }


def _json(found: Interval) -> dict[str, float]:
    return {"mean": found.mean, "low": found.low, "high": found.high}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the table, numbers as people read them."""
    names = {"hours": "hours", "wall_hours": "wall", "energy_kwh": "kWh", "cost": "cost"}
    counts = {name: row[name.replace(" ", "_")] for name in ("planned", *standing.STATES)}
    return {
        "encoder": row["encoder"],
        "verb": row["verb"],
        **counts,
        **{title: _text(row[name]) for name, title in names.items()},
        "disk": _text(row["disk_bytes"], 1 / GIB, " GiB"),
        "based on": ", ".join(row["based_on"]),
    }


def _text(given: dict[str, float] | None, factor: float = 1.0, unit: str = "") -> str:
    """`3.4 (1.9 to 6.1)`; "" of nothing."""
    if given is None or not given["high"]:
        return ""
    mean, low, high = (number(given[name] * factor) for name in ("mean", "low", "high"))
    return f"{mean}{unit} ({low} to {high})"


def number(value: float) -> str:
    """To two digits, or to the unit above 100."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
