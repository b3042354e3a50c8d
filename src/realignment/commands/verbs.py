"""A click command for each verb: its settings as options, and what names a cell where it trains."""

import importlib
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from realignment import digests, outputs, params
from realignment.errors import BadInput, nearest

CELL = {  # verb: options that name what is computed, beside the settings
    "realign": ("encoder", "subset", "seed", "seed_subset", "seed_order", "seed_dropout", "shuffled", "self", "deterministic"),
    "finetune": ("encoder", "model", "task", "seed", "seed_head", "seed_order", "seed_dropout", "deterministic"),
    "evaluate": ("encoder", "model", "task"),
}
READS = dict.fromkeys(
    ("realign", "finetune", "evaluate", "study"), ("encoders", "alignments")
)  # beside what `inputs.load` asks for
SWITCH = {
    "is_flag": False,
    "flag_value": "true",
    "type": click.BOOL,
}  # `--shuffled`, or `--shuffled true` as `mlflow run` passes it
OPTIONS = {
    "subset": {"help": "A name `realignment subsets list` knows."},
    "task": {"help": "pos, ner or nli."},
    "model": {"help": "models:/NAME/VERSION of the registry."},
    "encoder": {"help": "Label of the profile's study.encoders; default: the first."},
    "seed": {"type": click.IntRange(0), "help": "Sets all seeds; default: the first of study.seeds."},
    "seed_subset": {"type": click.IntRange(0), "help": "Draw of a random subset."},
    "seed_order": {"type": click.IntRange(0), "help": "Which examples are seen, in which order."},
    "seed_head": {"type": click.IntRange(0), "help": "Initial weights of the head."},
    "seed_dropout": {"type": click.IntRange(0), "help": "Dropout masks."},
    "shuffled": {
        **SWITCH,
        "help": "Control: within each language, target sides moved by a fixed derangement.",
    },
    "deterministic": {**SWITCH, "help": "Train twice (again, beside a finished run) and require the same weights, by sha256."},
    "self": {**SWITCH, "help": "Control: the English sentence with itself under two dropout masks."},
}


def command(verb: str) -> click.Command:
    """The command of `verb`. Unknown options are refused by name, with the nearest known ones."""
    from realignment.cli import VERBS

    section = params.SECTIONS[verb]
    options: list[click.Parameter] = [
        click.Option(
            ["--settings", "settings_file"],
            type=click.Path(path_type=Path),
            help="Settings as stage `settings` wrote them; default: merged now.",
        )
    ]
    for name in CELL.get(verb, ()):
        options.append(click.Option([f"--{name.replace('_', '-')}", name], **OPTIONS[name]))
    taken = set(CELL.get(verb, ()))
    for one in fields(section):
        if one.name not in taken:
            spelling = [f"--{one.name.replace('_', '-')}", f"set_{one.name}"]
            switch = {"is_flag": False, "flag_value": "true"} if one.type in (bool, "bool") else {}
            options.append(click.Option(spelling, **switch, help=f"{verb}.{one.name}: {one.metadata['help']}"))
    options.append(click.Option(["--json", "as_json"], is_flag=True, help="Print the outcome as JSON."))
    either = {
        "token_normalize_func": lambda name: name.replace("_", "-")
    }  # MLproject passes learning_rate, people type learning-rate
    return Verb(
        verb,
        params=options,
        callback=lambda **given: run(verb, given),
        help=VERBS[verb].capitalize() + ".",
        context_settings=either,
    )


class Verb(click.Command):
    """Refuses unknown options by name, all the known ones at hand."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(context, args)
        except click.NoSuchOption as fault:
            wrong = fault.option_name.lstrip("-")
            if wrong == "profile":
                raise BadInput(
                    "`profile` is not a parameter; switch with `realignment profile NAME` (it edits params.yaml)"
                ) from None
            known = {name.lstrip("-").replace("-", "_") for one in self.params for name in one.opts}
            raise BadInput(f"unknown parameter `{wrong}` of {self.name}; {nearest(wrong, known)}") from None


def run(verb: str, given: dict[str, Any]) -> None:
    """Validate everything cheap, then import the stage and run it; the outcome it returns is printed."""
    from realignment.console import table
    from realignment.locks import writing
    from realignment.workspace import Workspace, project_root

    root = project_root()
    as_json, settings_file = given.pop("as_json"), given.pop("settings_file")
    overrides = {
        name.removeprefix("set_"): _parse(value) for name, value in given.items() if name.startswith("set_") and value is not None
    }
    cell = {name: value for name, value in given.items() if not name.startswith("set_")}
    if settings_file:
        if overrides:
            raise BadInput(f"--settings holds every setting; leave out {', '.join('--' + name for name in overrides)}")
        settings = params.read(settings_file)
    else:
        settings = params.load(Workspace(root, params.active_profile(root)), {verb: overrides} if overrides else None)
    workspace = Workspace(root, settings.profile)
    stage = importlib.import_module(f"realignment.stages.{verb}")
    if verb in READS:
        outputs.require(workspace, READS[verb])
    if verb in ("realign", "finetune"):
        cell["planned"] = lambda: planned(workspace)
    if os.environ.get("MLFLOW_RUN_ID"):
        from realignment import tracking

        tracking.claim(root, settings.profile)
    with writing(root, f"{verb} of profile `{settings.profile}`"), digests.kept(workspace.digests):
        outcome = stage.run(workspace, settings, **cell)
        outputs.wrote(workspace, verb)
    if outcome:
        table(outcome if isinstance(outcome, list) else [outcome], as_json=as_json)


def planned(workspace) -> list:
    """The jobs of the active profile's grid as its settings stand, without what a command line changes; none where it cannot be planned."""
    from realignment import grid
    from realignment.stages import evaluate, finetune, realign

    try:
        return grid.plan(workspace, params.load(workspace), grid.Verbs(realign.plan, finetune.plan, evaluate.plan))
    except BadInput:
        return []


def _parse(text: str) -> Any:
    """A value given on the command line, read as YAML: 10, 2e-5, true, [a, b], {pos: 3}."""
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    if isinstance(value, str):
        try:
            return float(value)  # 2e-5 is a string to YAML 1.1
        except ValueError:
            return value
    return value
