"""What the store alone knows of a run: when it was, at which commit, and whether it is the run itself or was put back from study.json."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from realignment.tracking.store import FINISHED, WITH_KEY, ask, search

COMMIT, CHANGED, RESTORED = "mlflow.source.git.commit", "git.changed", "restored_from"
ASKED = f"""
select key.value, run.start_time, run.end_time, coalesce(made.value, ''), coalesce(changed.value, ''), coalesce(restored.value, '')
{WITH_KEY}
left join tags as made on made.run_uuid = run.run_uuid and made.key = ?
left join tags as changed on changed.run_uuid = run.run_uuid and changed.key = ?
left join tags as restored on restored.run_uuid = run.run_uuid and restored.key = ?
where {FINISHED}
order by run.start_time desc, run.run_uuid
"""


@dataclass(frozen=True)
class When:
    """Milliseconds; None of a run that was put back: its times are those of the restoring. `commit` is "" there too."""

    began: int | None = None
    ended: int | None = None
    commit: str = ""
    changed: bool = False  # the checkout had changes that no commit has


def of_runs(root: Path, profile: str) -> dict[str, When]:
    """By run key, of the newest FINISHED run with it."""
    return {key: _when(*rest) for key, *rest in reversed(list(_asked(root, profile)))}


def _when(began: int, ended: int | None, commit: str, changed: str, restored: str) -> When:
    return When() if restored else When(began, ended, commit, changed == "yes")


def _asked(root: Path, profile: str) -> Iterable[tuple]:
    if (found := ask(root, ASKED, (profile, COMMIT, CHANGED, RESTORED))) is not None:
        return found
    runs = search(root, profile, "attributes.status = 'FINISHED' and tags.run_key != ''")
    return [
        (tags["run_key"], run.info.start_time, run.info.end_time, *(tags.get(name, "") for name in (COMMIT, CHANGED, RESTORED)))
        for run in runs
        for tags in [run.data.tags]
    ]
