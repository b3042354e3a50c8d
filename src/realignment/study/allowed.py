"""What a model's card says of the data that the model stands on: in which languages it was trained and is evaluated, and what licences leave of it."""

from pathlib import Path

from realignment.core import escaping
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.records.job import Job
from realignment.tracking import described

CARD = Path("model") / "README.md"


def add(workspace: Workspace, job: Job, made: Path) -> None:
    """Behind the card of the model that a job made into `made`, where it made one. People may write in a card: no number depends on it."""
    if (made / CARD).is_file():
        with (made / CARD).open("a", encoding="utf-8") as card:
            card.write(section(workspace, job))


def section(workspace: Workspace, job: Job) -> str:
    known, parts = manifest.load(workspace), described.made_of(workspace, job)
    trained = f" Fine-tuned on `{known.pivot}` alone: in every other language it was never told a label." if job.task else ""
    realigned = f"Realigned on {_listed(job.languages)}." if job.languages else "Not realigned."
    said = ["\n## Languages\n", f"{realigned}{trained}"]
    if job.task:
        codes = sorted({known.entries[path]["language"] for path in known.evalsets(job.task)})
        said.append(
            f"Profile `{workspace.profile}` evaluates it in {_listed(codes)}; `realignment serve {job.model}` says what it scores."
        )
    said += ["\n## Licences of what it was made of\n", "| part | licence |", "|---|---|"]
    said += [f"| {escaping.markdown(part)} | {escaping.markdown(licence)} |" for part, licence in parts.items()]
    said.append(f"\nTogether: {described.allowed(parts)}. A reading of the licences' names, no legal advice.")
    return "\n".join(said) + "\n"


def _listed(codes) -> str:
    return ", ".join(f"`{code}`" for code in codes) or "no language"
