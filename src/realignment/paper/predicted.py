"""How long each table of the paper is predicted to take, by configs and published sizes alone: on one GPU and on several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from realignment.config import params
from realignment.config.schema import Settings
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.paper.ours import WHOLE
from realignment.paper.paper import Paper
from realignment.paper.printed import SCORED, Printed
from realignment.records.job import Job
from realignment.statistics.sums import LEVEL, Interval
from realignment.study import amounts_published, forecast, sketch, speeds, twins
from realignment.study.devices import H100
from realignment.study.forecast import HOUR, Forecast
from realignment.study.workload import LENGTHS

PROFILES = {
    "2": ("paper-words",),
    "3": ("paper-decoders",),
    "4": ("paper-decoders",),
}  # of a table; of others the two of sentences
SENTENCES = ("paper", "paper-pools")
SEVERAL = 8  # GPUs
BASIS = (
    f"Predicted, not measured: by the sizes of the models, Table 7, and what the maker of the {H100.name} says; in brackets what holds {LEVEL:.0%} of cases. "
    f"Speeds are assumed: {speeds.SHARE[0]:.0%} to {speeds.SHARE[1]:.0%} of its arithmetic, {LENGTHS[0]} to {LENGTHS[1]} tokens a sentence, "
    f"{1000 * speeds.WAIT[0]:g} to {1000 * speeds.WAIT[1]:g} milliseconds of waiting for each block of an update."
)


@dataclass(frozen=True)
class Hours:
    """Of a table: how many jobs of each verb, and hours on one GPU and on SEVERAL."""

    table: str
    profiles: tuple[str, ...]
    jobs: dict[str, int]
    one: Interval
    several: Interval


def of(paper: Paper) -> list[Hours]:
    """Of each table, and of all together, where what several tables need is computed once. Retrieval, controls and floors, which the paper does
    not have, are left out."""
    names = dict.fromkeys((*SENTENCES, *(one for several in PROFILES.values() for one in several)))
    read = {name: _settings(paper, name) for name in names}
    grids = {name: sketch.plan(Workspace(paper.root, name), one) for name, one in read.items()}
    predicted, found, every = _forecast(paper, list(read.values())), [], dict[str, Job]()
    for number in sorted(SCORED, key=int):
        profiles = PROFILES.get(number, SENTENCES)
        jobs, used = _needed(paper, number, {name: grids[name] for name in profiles})
        found.append(_hours(number, used, jobs, predicted))
        every |= {job.key: job for job in jobs}
    return [*found, _hours("all", tuple(names), list(every.values()), predicted)]


def _settings(paper: Paper, profile: str) -> Settings:
    settings = params.load(Workspace(paper.root, profile))
    return replace(settings, study=replace(settings.study, device="cuda"))


def _forecast(paper: Paper, several: Sequence[Settings]) -> Forecast:
    """For the encoders of several profiles of the same corpora."""
    encoders = {label: spec for one in reversed(several) for label, spec in one.study.encoders.items()}
    settings = replace(several[0], study=replace(several[0].study, encoders=encoders))
    workspace = Workspace(paper.root, settings.profile)
    return forecast.of(workspace, settings, [], amounts_published.of(workspace, settings))


def _needed(paper: Paper, number: str, grids: Mapping[str, list[Job]]) -> tuple[list[Job], tuple[str, ...]]:
    """The jobs behind the printed cells of a table, parents first, and the profiles they are of; of rows that two profiles have, those of the first."""
    rows = {
        (model, *_row(number, cell)) for cell in paper.printed if cell.table == number for model in _models(paper, number, cell.model)
    }  # fmt: skip
    found: dict[str, Job] = {}
    used = []
    for name, jobs in grids.items():
        of_row = {
            job.key: (job.cell.encoder, job.cell.subset, job.cell.control) for job in jobs if job.verb == "evaluate" and job.task
        }
        wanted = {key for key, row in of_row.items() if row in rows}
        used += [name] if wanted else []
        rows -= {of_row[key] for key in wanted}
        for job in reversed(jobs):
            if job.key in wanted:
                wanted.add(job.parent)
        found |= {job.key: job for job in jobs if job.key in wanted}
    if rows:
        raise BadInput(
            f"Table {number}: a profile with the rows {', '.join(' '.join(row).strip() for row in sorted(rows))} is required"
        )
    return list(found.values()), tuple(used)


def _models(paper: Paper, number: str, model: str) -> list[str]:
    """The encoders behind a cell: hours, which name none, are of all encoders of their table."""
    return [model] if model else sorted({cell.model for cell in paper.printed if cell.table == number and cell.model})


def _row(number: str, cell: Printed) -> tuple[str, str]:
    """(subset, control) behind a cell; those of Tables 2 to 4 stand in their columns."""
    if number == "2":
        return WHOLE, "words" if cell.what == "words" else ""
    if number == "3":
        return ("none" if cell.what == "before" else WHOLE), ""
    return ("none" if number == "4" else cell.row.subset), ""


def _hours(number: str, profiles: tuple[str, ...], jobs: Sequence[Job], predicted: Forecast) -> Hours:
    work = twins.works(jobs)
    once = list({work[job.key]: job for job in reversed(jobs)}.values())[::-1]
    counts = {verb: sum(job.verb == verb for job in once) for verb in forecast.VERBS}
    one, several = (predicted.wall(once, gpus).times(1 / HOUR) for gpus in (1, SEVERAL))
    return Hours(number, profiles, counts, one, several)


def shown(one: Hours) -> dict[str, str | int]:
    """A line as people read it."""
    title = f"Table {one.table}" if one.table != "all" else "all, each run once"
    return {
        "table": title,
        "profile": ", ".join(one.profiles),
        "realignments": one.jobs["realign"],
        "fine-tunings": one.jobs["finetune"],
        "hours on one GPU": _text(one.one),
        f"on {SEVERAL}": _text(one.several),
    }


def markdown(found: Sequence[Hours]) -> str:
    """A table of docs/scale.md."""
    lines = [shown(one) for one in found]
    rows = [list(lines[0]), ["---"] * 2 + ["---:"] * (len(lines[0]) - 2), *(list(map(str, one.values())) for one in lines)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) + f"\n{BASIS}\n"


def _text(found: Interval) -> str:
    mean, low, high = (f"{value:,.0f}" if value >= 10 else f"{value:.2g}" for value in (found.mean, found.low, found.high))
    return f"{mean} ({low} to {high})"
