"""The head of a study's page: what was trained, on what, how often and where, and in what that is not the paper's experiment."""

from collections.abc import Mapping, Sequence
from typing import Any

from realignment.config.schema import Settings
from realignment.report import sections, signatures, unlike
from realignment.report.view import Link
from realignment.results import headings, wording
from realignment.results.scores import Row
from realignment.study import study_file

GENERATED = (
    "These numbers are a known-answer test of the machinery, not evidence about languages: every language of this profile is generated after a "
    "real one (shadow_of), with cognates and typology planted, so a diversity effect here proves nothing."
)
TRANSLATED = (
    "The encoder was pretrained here, and has read {:.0%} of the training pairs of its languages beside their English: they are "
    "partly aligned before any realignment, which reads the same pairs again."
)
LINEAGE = "a click on a cell of a table, or Enter, shows what its number is based on: runs, models, files, sources and licences"
LEAD = "Which languages to realign a multilingual encoder on, and what it does to the others. {}."
Facts = dict[str, str | Link]


def lead(settings: Settings) -> str:
    about = settings.settings.description
    return LEAD.format(about[:1].upper() + about[1:])


def notice(generated: bool, translations: float, warnings: Sequence[str] = ()) -> str:
    """What must be known before a number is read: generated languages, an encoder that has read translations (a share), `warnings`."""
    return " ".join([*warnings] + [GENERATED] * generated + [TRANSLATED.format(translations)] * bool(translations))


def facts(study: Mapping[str, Any], n: int, settings: Settings, papers: Mapping[str, Mapping[str, Any]]) -> Facts:
    """`n`: languages of a subset; `papers`: the settings of the paper, see `params.papers`."""
    records = study["records"]
    seeds, scored = signatures.seeds(records), [one for one in records if one.verb == "evaluate" and one.task]
    languages = {score.language for one in scored for score in one.scores}
    tasks = [headings.task(task) for task in headings.TASKS if any(one.task == task for one in scored)]
    rows = {Row(one.cell.encoder, one.cell.subset, one.cell.control) for one in scored}
    subsets = list(dict.fromkeys(row.subset for row in sorted(rows, key=headings.order) if row.subset != "none"))
    differs = [*unlike.settings(records, papers), *unlike.choice(study, n, len(seeds), papers)]
    found: Facts = {
        "Encoders": "; ".join(encoder(label, one["name"], settings) for label, one in study_file.bases(study).items()),
        "Realigned on": f"{wording.counted(len(subsets), 'subset')} ({study['reading']}, n = {n}): {', '.join(subsets)}; beside fine-tuning only",
        "Tasks": f"{', '.join(tasks)} in {len(languages)} languages",
        "Seeds": ", ".join(seeds),
        "Device": ", ".join(dict.fromkeys(filter(None, (study["device"], *(one.kernels for one in records))))),
    }
    if papers:
        found["Unlike the paper"] = "; ".join(differs) or "no setting"
    return found


def encoder(label: str, name: str, settings: Settings) -> str:
    """An encoder that the profile pretrains is called by its size; any other by where it is from."""
    if settings.pretrain.name and name.rpartition("/")[2] == settings.pretrain.name:
        how = settings.pretrain
        return f"{label}, pretrained here ({how.layers} layers, {how.hidden} dimensions)"
    return f"{label} ({name})"


def runs(study: Mapping[str, Any], store: Mapping) -> Link:
    """Where all runs of the study are; `store` is what `tracking.interface` says."""
    return Link(f"{len(study['records']):,} in MLflow (`mlflow ui` first)", sections.experiment(store))
