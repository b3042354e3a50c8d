"""The grid of a profile: encoders x subsets, controls and rows realigned otherwise x seeds x tasks, with floors; planned, nothing computed."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from realignment.config.schema import CEILING, Settings
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.engine import recipes
from realignment.engine.bases import locate
from realignment.records.cell import ALIGNED, Cell, Seeds
from realignment.records.job import Job
from realignment.study import decoders, evaluate, finetune, inputs, realign
from realignment.subsets import naming
from realignment.tasks import PAIRS


@dataclass(frozen=True)
class Planners:
    """What makes the job of each verb: (workspace, settings, cell) and, of the last two, task and the job whose model it reads."""

    realign: Callable[..., Job]
    finetune: Callable[..., Job]
    evaluate: Callable[..., Job]


def rows(settings: Settings) -> list[tuple[str, str]]:
    """(canonical subset, control) of every row of the grid, in table order, once each."""
    study, n = settings.study, settings.select.n
    listed = {
        "subsets": "", "equal_pairs": "equal_pairs", "words": "words", "shuffled": "shuffled", "itself": "self",
    }  # fmt: skip
    found = [(naming.canonical(name, n), control) for key, control in listed.items() for name in getattr(study, key)]
    if wrong := [key for key, control in listed.items() if control and "none" in getattr(study, key)]:
        raise BadInput(f"subset `none` realigns nothing, so it has no row `{listed[wrong[0]]}`; take it out of study.{wrong[0]}")
    return list(dict.fromkeys(found))


def rows_of(settings: Settings, label: str | None) -> list[tuple[str, str]]:
    """Those of an encoder: all, or the rows of its own `subsets`."""
    own = settings.study.encoders[label].get("subsets") if label else None
    wanted = None if own is None else {naming.canonical(name, settings.select.n) for name in own}
    return [row for row in rows(settings) if wanted is None or row[0] in wanted]


def sown(settings: Settings, subset: str) -> list[Seeds]:
    """The seeds a row is run with; of a random subset every draw of `study.draws` with every training seed."""
    study = settings.study
    if study.draws is None or not Cell("", subset, Seeds.all(0)).drawn:
        return [Seeds.all(seed) for seed in study.seeds]
    return [Seeds.all(seed, subset=draw) for draw in study.draws for seed in study.seeds]


def plan(workspace: Workspace, settings: Settings, by: Planners | None = None) -> list[Job]:
    """Every job of the grid, parents before those that read them. All subsets that cannot be made are named at once.

    Without planners jobs are those that can be computed, by the files that are here.
    """
    by = by or Planners(realign.plan, finetune.plan, evaluate.plan)
    jobs: dict[str, Job] = {}
    faults: list[str] = []
    for label in settings.study.encoders or [None]:
        for subset, control in rows_of(settings, label):
            for seeds in sown(settings, subset):
                try:
                    cell = Cell(inputs.encoder_spec(settings, label)[0], subset, seeds, control)
                    _add(jobs, workspace, settings, cell, by)
                except BadInput as fault:
                    faults.append(str(fault))
        if settings.study.floors and not faults:
            _add_floors(jobs, workspace, settings, label, by)
        if settings.study.ceiling and not faults:
            _add_ceiling(jobs, workspace, settings, label, by)
    if faults:
        raise BadInput("; ".join(dict.fromkeys(faults)))
    _apart(workspace, settings)
    return list(jobs.values())


def _add(jobs: dict[str, Job], workspace: Workspace, settings: Settings, cell: Cell, by: Planners) -> None:
    """The encoder of a cell (none for `none`), its retrieval, and its model and scores for every task."""
    given = (workspace, settings, cell)
    parent = None
    if cell.subset != "none":
        parent = by.realign(*given)
        _put(jobs, parent)
    if settings.evaluate.retrieval_pairs:
        _put(jobs, by.evaluate(*given, "", parent))
    for task in settings.study.tasks:
        model = by.finetune(*given, task, parent)
        _put(jobs, model, by.evaluate(*given, task, model))


def of_cells(workspace: Workspace, settings: Settings, cells: Iterable[Cell], tasks: Sequence[str]) -> list[Job]:
    """The jobs of single cells and tasks, parents before those that read them; without retrieval."""
    jobs: dict[str, Job] = {}
    for cell in cells:
        given = (workspace, settings, cell)
        parent = None if cell.subset == "none" else realign.plan(*given)
        _put(jobs, *filter(None, [parent]))
        for task in tasks:
            model = finetune.plan(*given, task, parent)
            _put(jobs, model, evaluate.plan(*given, task, model))
    return list(jobs.values())


def _add_floors(jobs: dict[str, Job], workspace: Workspace, settings: Settings, label: str, by: Planners) -> None:
    """What scores are worth: the commonest answer, an untrained encoder, NLI that reads the hypothesis alone. First seed only.

    A decoder has no untrained floor: of adapters in weights that were drawn nothing could be saved without the whole of them.
    """
    seeds = Seeds.all(settings.study.seeds[0])
    decodes = any(recipes.OF_DECODERS & job.params.keys() for job in jobs.values() if job.cell.encoder == label)
    if decodes:
        note(f"encoder `{label}` is a decoder: its untrained floor is left out")
    for task in settings.study.tasks:
        for control in ("majority", "untrained", *(["hypothesis"] if task in PAIRS else [])):
            if control == "untrained" and decodes:
                continue
            given = (workspace, settings, Cell(label, "none", seeds, control), task)
            if control == "majority":
                _put(jobs, by.evaluate(*given, None))
                continue
            model = by.finetune(*given, None)
            _put(jobs, model, by.evaluate(*given, model))


def _add_ceiling(jobs: dict[str, Job], workspace: Workspace, settings: Settings, label: str, by: Planners) -> None:
    """What an encoder scores that was aligned already, fine-tuned only. First seed only, as the floors."""
    cell = Cell(label, "none", Seeds.all(settings.study.seeds[0]), ALIGNED)
    for task in settings.study.tasks:
        model = by.finetune(workspace, settings, cell, task, None)
        _put(jobs, model, by.evaluate(workspace, settings, cell, task, model))


def _put(jobs: dict[str, Job], *several: Job) -> None:
    """BadInput where two labels would have one run: the same files, and what differs of them is not read here."""
    for job in several:
        known = jobs.setdefault(job.key, job)
        if known.cell.encoder != job.cell.encoder:
            raise BadInput(
                f"study.encoders: `{known.cell.encoder}` and `{job.cell.encoder}` are the same files, and {known.name} and {job.name} would be the same "
                "run, which can be of one encoder alone; give them learning rates that differ everywhere, or leave one out"
            )


def _apart(workspace: Workspace, settings: Settings) -> None:
    """BadInput where two labels are the same files read in the same way, whatever their names and rows, or the ceiling those of an encoder."""
    known: dict[str, list[str]] = {}
    for label, spec in settings.study.bases.items():
        if folder := locate.at_hand(spec["name"], workspace.root):
            known.setdefault(locate.encoder_digest(folder), []).append(label)
    for one, *others in known.values():
        if CEILING in others:
            raise BadInput(
                f"study.ceiling and the encoder `{one}` of study.encoders are the same files; name one that was aligned already"
            )
        ways = {label: _way(workspace, settings, label) for label in (one, *others) if others}
        for label, other in itertools.combinations(ways, 2):
            if ways[label] == ways[other]:
                raise BadInput(
                    f"study.encoders: `{label}` and `{other}` are the same files, and a run can be of one encoder alone; leave one out"
                )


def _way(workspace: Workspace, settings: Settings, label: str) -> tuple:
    """How the files of an encoder are trained and read: at which rates, and as which decoder."""
    spec, usual = settings.study.encoders[label], settings.finetune.learning_rate
    rates = [settings.realign.learning_rate, *(usual[task] for task in settings.study.tasks)]
    folder = locate.resolve(spec["name"], workspace.root)
    return [spec.get("learning_rate", rate) for rate in rates], decoders.params(folder, label, spec)
