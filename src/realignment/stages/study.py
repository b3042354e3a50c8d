"""Verb `study`: plan the grid, skip what is finished, run the rest.

reads   settings, subsets.json, the manifest, the runs MLflow has, finished folders of a killed study in .work/<profile>/jobs
writes  study.json (one record per run), one MLflow run per job, registered models as `study.keep` says
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core import full
from realignment.core.console import note
from realignment.core.errors import Away, BadInput, FailedWork
from realignment.core.files import writable
from realignment.core.leases import TERM, held
from realignment.core.locks import writing
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.executors import base, faults, page
from realignment.executors.base import Executor
from realignment.executors.chosen import chosen
from realignment.executors.faults import Aside
from realignment.executors.local import CROWDED
from realignment.executors.queue import Keeper, Rules
from realignment.executors.room import Room
from realignment.executors.watching import Watch
from realignment.records import kernels
from realignment.records.job import Job
from realignment.results import averages, floors, headings, same_runs, scores
from realignment.study import (
    faster,
    forecast,
    grid,
    mending,
    modes,
    plan_file,
    progress,
    saver,
    sharing,
    space,
    study_file,
    twins,
)
from realignment.study.about import about
from realignment.study.progress import Progress

T = TypeVar("T")


def run(workspace: Workspace, settings: Settings, mode: str = modes.DEFAULT, watch: Watch | None = None) -> list[dict]:
    """One row per verb: jobs planned, and how each came to be finished."""
    writable(workspace.work, workspace.data)
    jobs = grid.plan(workspace, settings)
    with locked(workspace):
        rows = finish(workspace, settings, jobs, mode=mode, watch=watch)
    for text in warnings(workspace):
        note(text)
    return rows


def warnings(workspace: Workspace) -> list[str]:
    """What must be known before a number of study.json is read: scores that are undefined, tasks at their floor, rows that are the same runs."""
    content, known = progress.read(workspace.study), manifest.load(workspace).languages
    seen = {label: one["seen"] for label, one in content["encoders"].items()}
    study = study_file.of_json(content, workspace.study.name)
    runs = averages.collect(scores.of_records(study["records"], known, seen))
    names = {code: one.name for code, one in known.items()}
    found = [text for encoder in seen for text in floors.warnings(runs, encoder, list(headings.TASKS), names)]
    return found + same_runs.told(study["records"])


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """One study of a profile at a time, on all hosts that share its folder; the lease falls when its process dies."""
    what = f"study of profile `{workspace.profile}`"

    def refuse(owner: str) -> None:
        remedy = f"wait for it or stop it; where it or its host is gone, its lease falls {TERM:.0f} s after its last sign"
        raise BadInput(f"{owner} is running: {remedy}")

    with held(workspace.work / "study.lock", what, refuse), writing(workspace.root, what):
        yield


def finish(
    workspace: Workspace, settings: Settings, jobs: list[Job], executor: Executor | None = None, mode: str = modes.DEFAULT,
    watch: Watch | None = None,
) -> list[dict]:  # fmt: skip
    """Brings every job to a record: known, adopted, restored, shared, or computed now; the caller holds the lock. None: where the settings say.

    Jobs that cannot be computed are set aside, and named by the error that this ends with when all else is done.
    """
    profile, watch, work = workspace.profile, watch or Watch(), twins.works(jobs)
    prepare = partial(_prepared, workspace, work, mode, watch.say)
    try:
        kept, waited, taken = prepare(begun(workspace, settings, jobs))
    except Away as fault:  # while it was asked
        kept, waited, taken = prepare(_alone(workspace, settings, jobs, str(fault)))
    progress = kept.progress
    how = {job.key: progress.origin.get(job.key, "waited" if job.key in waited else "to run") for job in jobs}
    how |= {job.key: "shared" for job in taken}
    rows = plan_table(jobs, how)
    _announce(watch.say, progress, rows, Counter(how.values()), mode)
    watch.planned(rows)
    _patiently(workspace, "the plan", lambda: plan_file.write(workspace, about(workspace, settings, jobs), jobs))
    aside: dict[str, Aside] = {}
    if mode != modes.READ_ONLY and (waited or taken or progress.to_compute() or kept.best.aside()):
        before = faults.remembered(workspace, jobs) if mode == modes.CACHED else {}
        rules = Rules(settings.study.retries, before, work)
        aside = compute(workspace, kept, executor or chosen(settings), rules, watch)
    elif mode != modes.READ_ONLY:
        kept.spool.prune()  # what was saved by a study that was killed then
    progress.write()
    if progress.met:
        progress.point_aliases()
    if mixed := kernels.mixed(one.kernels for one in progress.records.values()):
        note(
            f"study {profile} combines runs of different kernels, which give other weights with the same settings: {'; '.join(mixed)}"
        )
    if progress.again:
        watch.say("computed once more: " + ", ".join(f"{count} {what}" for what, count in sorted(progress.again.items())))
    watch.left(aside, str(workspace.aside))
    if mode != modes.READ_ONLY:
        _patiently(workspace, workspace.aside.name, lambda: faults.remember(workspace, aside))
    _whole(workspace, progress, aside)
    if mode != modes.READ_ONLY:
        progress.forced.end()
    watch.rows = plan_table(jobs, {key: "run now" if what == "to run" else what for key, what in how.items()})
    return watch.rows


def _prepared(
    workspace: Workspace, work: Mapping[str, str], mode: str, say: Callable[[str], None], progress: Progress
) -> tuple[saver.Saver, set[str], list[Job]]:
    """Who saves, what waits for that, and what another row's runs hold; all that a study asks the store for before it computes."""
    if mode == modes.FORCE:
        progress.force()
    kept = saver.Saver(workspace, progress, say)
    try:
        waited = kept.found()
        taken = sharing.take(workspace, progress, kept.finish, work) if mode != modes.READ_ONLY else []
        if mode != modes.READ_ONLY:
            progress.to_compute()
    except Away:
        kept.turns.close()
        raise
    return kept, waited, taken


def begun(workspace: Workspace, settings: Settings, jobs: list[Job]) -> Progress:
    """What is finished, by the tracking store; where that does not answer, by what lies here, which is said."""
    root, profile = workspace.root, workspace.profile
    fault = tracking.away(root)
    if not fault:
        try:
            tracking.sweep(root, profile)
            progress = Progress(workspace, settings, jobs)
            tracking.renew(root, profile, progress.records)
            return progress
        except Away as gone:
            fault = str(gone)
    return _alone(workspace, settings, jobs, fault)


def _alone(workspace: Workspace, settings: Settings, jobs: list[Job], fault: str) -> Progress:
    note(
        f"{fault}; the study begins without it: what study.json and {workspace.work} hold counts as finished, the rest is computed"
    )
    return Progress(workspace, settings, jobs, away=True)


def _announce(say: Callable[[str], None], progress: Progress, rows: list[dict], counts: Counter, mode: str) -> None:
    """What is planned, and what of it is finished."""
    say(
        f"study {progress.workspace.profile}: {len(progress.jobs)} jobs; "
        + ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    )
    for row in rows:
        say("  " + ", ".join(f"{name} {value}" for name, value in row.items() if value))
    for line in mending.lines(progress.jobs, {key: why for key, why in progress.unfit.items() if why != modes.ASKED}):
        note(f"  {'not as its run left it' if mode == modes.READ_ONLY else 'computed again'}: {line}")
    for line in faster.lines(progress.to_compute()):
        say(f"  {line}")


def _whole(workspace: Workspace, progress: Progress, aside: Mapping[str, Aside]) -> None:
    """Raises where a job of the plan has no record, or its files are not those of the record: what is missing, why, and the command that goes on."""
    if fault := faults.raised(aside, len(progress.jobs), str(workspace.work / "logs")):
        raise fault
    unlike = mending.unlike_shared(progress.records)
    if missing := [job for job in progress.jobs if job.key not in progress.records or job.key in {*progress.unfit, *unlike}]:
        names = ", ".join(job.name for job in missing[:3]) + (" and more" if len(missing) > 3 else "")
        raise FailedWork(
            f"{len(missing)} of {len(progress.jobs)} jobs are not finished: {names}; `realignment study` computes them, and only them"
        )


def plan_table(jobs: list[Job], how: dict[str, str]) -> list[dict]:
    rows = []
    for verb in ("realign", "finetune", "evaluate"):
        mine = [job for job in jobs if job.verb == verb]
        counts = Counter(how[job.key] for job in mine)
        rows.append({"verb": verb, "planned": len(mine), **{what: counts[what] for what in sorted(set(how.values()))}})
    return rows


def compute(workspace: Workspace, kept: saver.Saver, executor: Executor, rules: Rules, watch: Watch) -> dict[str, Aside]:
    """Runs the rest under an MLflow run of its own, which says how it ended and what is missing; what was set aside."""
    progress = kept.progress
    status, aside = "KILLED", dict[str, Aside]()
    try:
        kept.begin()
        todo = progress.to_compute()
        if again := [job for job in todo if job.key in progress.records and job.key not in progress.unfit]:
            watch.say(f"  computed again for their models, which are not at hand: {', '.join(job.name for job in again)}")
        fresh = [job for job in todo if job.key not in progress.records]  # what is computed once more keeps the hours of its run
        _patiently(
            workspace, "the forecast", lambda: forecast.begin(workspace, progress.settings, fresh, [*progress.records.values()])
        )
        room = _room(workspace, progress, todo, watch)
        with page.growing(workspace) as grown, watch.over(workspace, todo, rules.work, room) as listeners:
            keeper = Keeper(grown.after(room.after(kept.finish)), progress.models, kept.known, kept.saved, kept.turns)
            aside = base.grid(workspace, todo, keeper, executor, replace(rules, listeners=listeners, pause=room))
        _patiently(
            workspace, workspace.aside.name, lambda: faults.remember(workspace, aside)
        )  # also where the store is away, which `close` raises
        kept.close()
        room.kept += sum(full.size(one / "model") for one in kept.best.aside())
        kept.best.keep()
        watch.say(room.summary())
        status = "FAILED" if aside else "FINISHED"
        return aside
    except KeyboardInterrupt:
        missing = sum(1 for job in progress.jobs if job.key not in progress.records and job.key not in progress.waiting)
        note(f"study {workspace.profile}: interrupted; {len(progress.jobs) - missing} of {len(progress.jobs)} jobs are kept")
        raise
    except Exception:
        status = "FAILED"
        raise
    finally:
        kept.stop(drain=status == "FAILED")
        progress.write()
        _end(workspace, kept, status, aside)


def _room(workspace: Workspace, progress: Progress, todo: list[Job], watch: Watch) -> Room:
    """Says what the study needs on the disk, and what there is; who looks after it while it runs."""
    settings = progress.settings
    models = space.of_models(workspace, settings, progress)
    need = space.of(todo, settings, models, CROWDED * settings.study.workers, workspace.work)
    if todo:
        (watch.say if need.fits else note)(f"  {need}")
    expected = {job.verb: max((size or 0 for size in models.values()), default=0) for job in todo if job.model}
    return Room([workspace.work, tracking.artifacts(workspace.root)], expected, progress)


def _patiently(workspace: Workspace, what: str, call: Callable[[], T]) -> T:
    return full.patiently(call, workspace.work, what)


def _end(workspace: Workspace, kept: saver.Saver, status: str, aside: Mapping[str, Aside]) -> None:
    """Says what was predicted and what it took, and ends the MLflow run of the study."""
    progress, took = kept.progress, forecast.ledger(workspace, kept.progress.records)
    for line in forecast.lines(took):
        note(f"  {line}")
    records = progress.records.values()
    shared = sum(1 for one in records if one.shared)
    counts = {"planned": len(progress.jobs), "finished": len(records), "aside": len(aside), "shared": shared}
    if progress.run is None or kept.is_away:
        return
    try:
        missing = faults.listed(aside.values(), len(progress.jobs))
        ended = tracking.Ended(counts, forecast.metrics(took), missing)
        _patiently(workspace, "the run of the study", lambda: tracking.end_study(workspace.root, progress.run, status, ended))
    except Away as fault:
        note(f"{fault}; the run of this study stays RUNNING until the next one ends it")
