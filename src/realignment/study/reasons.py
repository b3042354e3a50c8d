"""Why a planned job would be computed: in what its run key differs from that of the nearest finished run, or what is the matter with its own run."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from realignment.core import digests
from realignment.core.workspace import Workspace
from realignment.records import predictions, sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import past_code, standing
from realignment.study.standing import Standing
from realignment.tracking import asked
from realignment.tracking.history import COMMIT

SETTING, FILE, LIBRARY, CODE, LANGUAGES, MODEL = "setting", "file", "version or device", "code", "languages", "model it reads"
NOTHING = "nothing like it was ever run here"


@dataclass(frozen=True)
class Difference:
    """A part of a run key that is another: `old` in the finished run, `new` in the plan; "" where one has none."""

    what: str
    name: str
    old: str
    new: str

    def __str__(self) -> str:
        if self.what == CODE:
            return f"code of {self.name}"
        old, new = (one[:12] if self.what == FILE else one for one in (self.old or "nothing", self.new or "nothing"))
        return f"{self.what} {self.name}: {old} -> {new}".replace("  ", " ")


def differences(workspace: Workspace, job: Job, record: Record, parents: Mapping[str, Job]) -> list[Difference]:
    """In what a planned job is another than a finished run, the seeds left out; what follows from another model that it reads is told by that one."""
    found = _values(SETTING, record.params, job.params)
    found += _values(FILE, record.inputs, job.inputs)
    code = {"numerics"}
    found += _values(
        LIBRARY, *({name: one[name] for name in one if name not in code} for one in (record.environment, job.environment))
    )
    if (old := record.environment.get("numerics")) != job.environment.get("numerics"):
        verbs = (job.verb, *(["gradients"] if job.params.get("gradients") else []))
        commit = asked.tagged(workspace.root, workspace.profile, COMMIT).get(record.key, "")
        modules = past_code.differing(workspace.root, verbs, commit, str(old)) if commit else []
        found += [Difference(CODE, name, str(old), str(job.environment.get("numerics"))) for name in modules or [f"`{job.verb}`"]]
    if set(record.languages) != set(job.languages) and job.verb == "realign":
        left, came = (
            ", ".join(sorted(set(a) - set(b))) for a, b in ((record.languages, job.languages), (job.languages, record.languages))
        )
        found.append(Difference(LANGUAGES, "", left, came))
    if record.parent != job.parent and not found:
        above = parents.get(job.parent)
        found.append(Difference(MODEL, above.name if above else "", record.parent[:12], job.parent[:12]))
    return found


def _values(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    names = sorted({*old, *new})
    return [
        Difference(what, name, _text(old.get(name)), _text(new.get(name))) for name in names if old.get(name) != new.get(name)
    ]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def nearest(job: Job, records: Iterable[Record]) -> Record | None:
    """The finished run most like a job of another key: of the same cell and seeds, then of the same cell, by how few parts of the key differ."""

    def apart(one: Record) -> tuple:
        seeds = asdict(one.cell.seeds) != asdict(job.cell.seeds)
        parts = [(one.params, job.params), (one.inputs, job.inputs), (one.environment, job.environment)]
        unlike = sum(len({name for name in {**a, **b} if a.get(name) != b.get(name)}) for a, b in parts)
        return seeds, unlike, one.key

    cell = (job.verb, job.task, job.cell.encoder, job.cell.row)
    same = [one for one in records if (one.verb, one.task, one.cell.encoder, one.cell.row) == cell and one.key != job.key]
    return min(same, key=apart, default=None)


def of(workspace: Workspace, found: Standing, job: Job) -> tuple[str, list[Difference]]:
    """(why a job is in its state, in what it differs from the nearest finished run)."""
    state = found.how[job.key]
    if state == standing.FINISHED:
        return _finished(found, job), []
    if state == standing.SHARED:
        leader = next(one for one in found.jobs if found.work[one.key] == found.work[job.key])
        how = {standing.FINISHED: "is finished", standing.ASIDE: "was set aside"}.get(
            found.how[leader.key], "is computed for both"
        )
        return f"the same languages as {leader.name}, which {how}", []
    if job.key in found.why:
        return found.why[job.key], []
    like = nearest(job, found.records.values())
    return (NOTHING, []) if like is None else _unlike(workspace, found, job, like)


def _unlike(workspace: Workspace, found: Standing, job: Job, like: Record) -> tuple[str, list[Difference]]:
    """Of a job that is to be computed, beside the finished run nearest to it."""
    planned = {one.key: one for one in found.jobs}
    above, told = planned.get(job.parent), differences(workspace, job, like, planned)
    if above and found.how[above.key] != standing.FINISHED and not [one for one in told if one.what != MODEL]:
        state = found.how[above.key]
        return f"it reads the model of {above.name}, which is {'to be computed' if state == standing.LEFT else state}", told
    if like.cell.seeds != job.cell.seeds:
        others = [one for one in told if one.what not in (MODEL, FILE, LANGUAGES)]
        return f"not run with these seeds; of other seeds {like.name} is finished" + (
            ", with other settings" if others else ""
        ), others
    return "; ".join(map(str, told)) or "another run key, by the name of its row", told


def _finished(found: Standing, job: Job) -> str:
    record = found.records.get(job.key)
    if record is None:
        return "computed, and saved when the study is called"
    return f"computed as run {record.shared[:12]}, of the same languages" if record.shared else ""


def damaged(workspace: Workspace, found: Standing, job: Job) -> str:
    """What is wrong with the files of a finished run, their bytes read; "" where nothing is, or where they are not here."""
    kept, record = found.runs.get(job.key), found.records.get(job.key)
    folder = asked.folder_of(workspace.root, kept.folder) if kept and kept.folder else None
    if folder is None or record is None or not folder.is_dir():
        return ""
    wanted, file = record.files.get(predictions.FILE), folder / predictions.FILE
    if wanted and file.exists() and digests.of(file) != wanted:
        return (
            f"{file.relative_to(workspace.root) if file.is_relative_to(workspace.root) else file} is not the file its record says"
        )
    if record.model and (folder / "model").is_dir():
        wrong = sealing.model_fault(record, folder / "model")
        return f"its model is not the one its run made, {wrong}" if wrong else ""
    return ""
