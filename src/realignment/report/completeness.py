"""Whether every row has the runs that another one has, and which tasks say nothing although they have."""

from collections.abc import Mapping, Sequence

from realignment.records import validate
from realignment.report import clauses
from realignment.report.clauses import NONE
from realignment.report.comparison_tables import TASKS, Rows
from realignment.results import floors, headings, same_runs, wording
from realignment.results.tables import Study
from realignment.study import study_file
from realignment.subsets import naming


def told(content: Mapping, studies: Sequence[Study], rows: Mapping[str, Rows]) -> str:
    """What is not there, and what says nothing although it is there; "" where nothing lacks what another row has."""
    halves = validate.incomplete(content["records"])
    parts = [f"{wording.counted(len(halves), 'run')} ended half-way"] if halves else []
    if missing := content.get(study_file.MISSING, 0):
        parts.append(f"{missing} of {missing + len(content['records'])} planned runs are not there")
    stuck = []
    for study in studies:
        title = f" of {clauses.title(study)}" if len(studies) > 1 else ""
        counts = _whole_runs(rows[study.encoder])
        most = max(counts.values(), default=0)
        if not counts:
            there = any(row.subset == "none" and not row.control for row in study.rows(TASKS))
            parts.append(f"{'no subset' if there else NONE}{title} has {'a' if there else 'no'} run")
        for names, what in (
            ([name for name, count in counts.items() if not count], "no whole run"),
            ([name for name, count in counts.items() if 0 < count < most], "fewer whole runs than other rows"),
        ):
            parts += [f"{clauses.named(names, 'row')}{title} {clauses.has(names)} {what} in some column"] if names else []
        stuck += [text] if (text := _at_floor(study, title)) else []
    stuck += same_runs.told(content["records"])
    return " ".join([*([f"Incomplete: {'; '.join(parts)}."] if parts else []), *(f"{text}." for text in stuck)])


def _whole_runs(told: Rows) -> dict[str, int]:
    """Row -> its whole runs in the column where they are fewest; random subsets, which count draws, are left out."""
    counts: dict[str, int] = {}
    for row in clauses.against(told, "verdicts-levels", "none"):
        for name, count in ((NONE, row["n against"]), (row["subset"], row["n"])):
            if not naming.split(name.partition(" ")[0]).drawn:
                counts[name] = min(count, counts.get(name, count))
    return counts


def _at_floor(study: Study, title: str) -> str:
    """The tasks in which no row is told from a guess."""
    stuck = [headings.task(one.task) for one in floors.at_floor(study.runs, study.encoder, headings.TASKS)]
    stay = "stay at their floors" if len(stuck) > 1 else "stays at its floor"
    nothing = "so that differences there say nothing of realignment"
    return f"{wording.listed(stuck)}{title} {stay} in every row, {nothing}" if stuck else ""
