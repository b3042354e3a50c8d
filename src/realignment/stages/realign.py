"""Verb `realign`: encoder + subset + seed -> encoder, trained so that translations get the same representation.

reads   bitext/<lang>.parquet of the subset less excluded.parquet, subsets.json, a base encoder
writes  a registered model; its MLflow run holds loss, pairs per language and the hash of the data order
"""

from pathlib import Path

from realignment.config.schema import Settings
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.records.cell import OTHERWISE, Cell, Seeds
from realignment.records.job import differing
from realignment.study import inputs
from realignment.study.realign import plan
from realignment.subsets import naming


def run(
    workspace: Workspace,
    settings: Settings,
    *,
    subset: str | None,
    encoder: str | None = None,
    seed: int | None = None,
    **options,
) -> dict:
    """By hand: validate, reuse a finished run, else train, track and register."""
    if subset is None:
        raise BadInput("a subset is required: -P subset=NAME or --subset NAME; `realignment subsets list` names them")
    subset = naming.canonical(subset, settings.select.n)
    asked = [control for control in ("shuffled", "self", *OTHERWISE) if options.get(control)]
    if len(asked) > 1:
        raise BadInput(f"`{asked[0]}` and `{asked[1]}` are two rows; give one")
    seeds = Seeds.all(
        settings.study.seeds[0] if seed is None else seed,
        subset=options.get("seed_subset"),
        order=options.get("seed_order"),
        dropout=options.get("seed_dropout"),
    )
    label, _ = inputs.encoder_spec(settings, encoder)
    job = plan(workspace, settings, Cell(label, subset, seeds, *asked))
    from realignment.executors import by_hand

    planned = options.get("planned", lambda: [job])
    return by_hand.one(
        workspace,
        settings,
        job,
        Path(job.base),
        twice=bool(options.get("deterministic")),
        trial=lambda: differing(job, None, planned()),
    )
