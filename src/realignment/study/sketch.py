"""The grid of a profile before its corpora and encoders are here: which jobs there will be, with the settings that say how long they take.

Such a job has no run key of its own: what names a run are the bytes that it reads.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from realignment.config.schema import Settings
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.engine import hardware
from realignment.engine.bases import locate
from realignment.records.cell import OTHERWISE, Cell, Seeds
from realignment.records.job import Job
from realignment.study import feasibility, grid, inputs, needs
from realignment.study.finetune import resolved
from realignment.subsets import naming, table6


def lacks(workspace: Workspace, settings: Settings) -> list[str]:
    """What a grid of jobs that can be computed requires and is not here: data, encoders, a GPU."""
    found = [f"data/{workspace.profile}/{name}" for name in manifest.READ if not (workspace.data / name).is_file()]
    found += [
        f"encoder `{label}`"
        for label, spec in settings.study.bases.items()
        if locate.at_hand(spec["name"], workspace.root) is None
    ]
    here = settings.study.executor == "local" and settings.study.device == "cuda"
    return found + (["a GPU"] if here and hardware.device("auto") != "cuda" else [])


def plan(workspace: Workspace, settings: Settings) -> list[Job]:
    """As `grid.plan`, by names and settings alone. BadInput where a subset is unknown."""
    return grid.plan(workspace, settings, grid.Planners(realign, finetune, evaluate))


def realign(workspace: Workspace, settings: Settings, cell: Cell) -> Job:
    label, _ = inputs.encoder_spec(settings, cell.encoder)
    cell = replace(cell, encoder=label, subset=naming.canonical(cell.subset, settings.select.n))
    how = replace(settings.realign, **OTHERWISE.get(cell.control, {}))
    languages = _languages(workspace, settings, cell.subset)
    many = len(languages) or needs.languages_of(workspace, settings, cell.subset) or 0
    params = {**asdict(how), **_decoder(settings, label), "steps": needs.steps(how, many)}
    unknown = {} if languages else {"subset": cell.subset}
    given = {"encoder": label, **unknown}
    return _job(
        settings, "realign", cell, "", params, languages=languages, inputs=given, model=f"{settings.profile}.{label}.{cell.row}"
    )


def finetune(workspace: Workspace, settings: Settings, cell: Cell, task: str, parent: Job | None) -> Job:
    label, _ = inputs.spec_of(settings, cell)
    params = {**resolved(settings.finetune, task), **_decoder(settings, label), "epochs": settings.finetune.epochs[task]}
    params |= {"learning_rate": settings.finetune.learning_rate[task]}
    return _job(settings, "finetune", cell, task, params, parent=parent, model=f"{settings.profile}.{label}.{cell.row}.{task}")


def evaluate(workspace: Workspace, settings: Settings, cell: Cell, task: str, parent: Job | None) -> Job:
    how = settings.evaluate
    label, _ = inputs.spec_of(settings, cell)
    if parent is None and not task:
        cell = replace(cell, seeds=Seeds.all(0))
    params = (
        {"max_length": how.max_length[task]} if task else {"max_length": how.retrieval_max_length, "pairs": how.retrieval_pairs}
    )
    params |= {"batch_tokens": how.batch_tokens, "dtype": how.dtype, **_decoder(settings, label)}
    return _job(settings, "evaluate", replace(cell, encoder=label), task, params, parent=parent)


def _job(settings: Settings, verb: str, cell: Cell, task: str, params: Mapping[str, Any], **more: Any) -> Job:
    parent = more.pop("parent", None)
    device = _device(settings)
    params = {**params, "dtype": hardware.dtype(params["dtype"], device)}
    above = {"parent": parent.key, "parent_cell": parent.cell_key, "languages": parent.languages} if parent else {}
    where = {"device": device, "threads": settings.study.threads}
    given = {} if parent else {"encoder": cell.base}
    return Job(verb, cell, task, params, **{"inputs": given, "environment": where, **above, **more})


def _languages(workspace: Workspace, settings: Settings, subset: str) -> tuple[str, ...]:
    """Of a subset, sorted; () where the data or a draw will tell."""
    name = naming.split(subset)
    if subset in settings.select.own:
        return tuple(sorted(settings.select.own[subset]))
    if subset == "all":
        return tuple(sorted(feasibility.Profile(workspace, settings).pool or ()))
    if name.drawn or settings.select.reading != "published":
        return ()
    return tuple(sorted(naming.published(subset).used)) if subset in table6.rows() else ()


def _decoder(settings: Settings, label: str) -> dict[str, Any]:
    """As `decoders.params`, which reads files."""
    spec = settings.study.bases.get(label, {})
    if "lora" not in spec:
        return {}
    lora = spec["lora"]
    return {
        "attention": spec.get("attention", ""), "lora_rank": lora["rank"], "lora_targets": ",".join(sorted(lora["targets"])),
        "quantized": spec.get("quantized", ""),
    }  # fmt: skip


def _device(settings: Settings) -> str:
    """As `hardware.device`; a GPU that is asked for may be on another machine."""
    return "cuda" if settings.study.device == "cuda" else hardware.device(settings.study.device)
