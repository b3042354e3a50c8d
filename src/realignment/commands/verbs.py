"""A click command for each verb: its settings as options, and what names a cell where it trains."""

import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from realignment.config import params, yaml_lines
from realignment.config.schema import SEED
from realignment.core import digests, outputs
from realignment.core.errors import BadInput, nearest
from realignment.tasks import TASKS

CELL = {  # verb: options that name what is computed, beside the settings
    "realign": (
        "encoder",
        "subset",
        "seed",
        "seed_subset",
        "seed_order",
        "seed_dropout",
        "shuffled",
        "self",
        "equal_pairs",
        "words",
        "deterministic",
    ),
    "finetune": ("encoder", "model", "task", "seed", "seed_head", "seed_order", "seed_dropout", "deterministic"),
    "evaluate": ("encoder", "model", "task"),
    "report": ("so_far",),
}
READS = dict.fromkeys(
    ("realign", "finetune", "evaluate", "study"), ("encoders", "alignments")
)  # beside what `manifest.load` asks for
SWITCH = {
    "is_flag": False,
    "flag_value": "true",
    "type": click.BOOL,
}  # `--shuffled`, or `--shuffled true` as `mlflow run` passes it
NUMBER = {"type": click.IntRange(0, SEED)}
OPTIONS = {
    "subset": {"help": "A name `realignment subsets list` knows."},
    "task": {"help": f"One of {', '.join(TASKS)}."},
    "model": {"help": "models:/NAME/VERSION or models:/NAME@ALIAS of the registry."},
    "encoder": {"help": "Label of the profile's study.encoders; default: the first."},
    "seed": {**NUMBER, "help": "Sets all seeds; default: the first of study.seeds."},
    "seed_subset": {**NUMBER, "help": "Draw of a random subset."},
    "seed_order": {**NUMBER, "help": "Which examples are seen, in which order."},
    "seed_head": {**NUMBER, "help": "Initial weights of the head."},
    "seed_dropout": {**NUMBER, "help": "Dropout masks."},
    "shuffled": {
        **SWITCH,
        "help": "Control: within each language, target sides moved by a fixed derangement.",
    },
    "deterministic": {**SWITCH, "help": "Train twice (again, beside a finished run) and require the same weights, by sha256."},
    "self": {**SWITCH, "help": "Control: the English sentence with itself under two dropout masks."},
    "equal_pairs": {
        **SWITCH,
        "help": "As many pairs of each language whatever their number: the row SUBSET.equal_pairs of a study.",
    },
    "words": {**SWITCH, "help": "Words in place of sentences, which needs word alignments: the row SUBSET.words of a study."},
    "so_far": {**SWITCH, "help": "The page of a study that is running, from the runs that are finished; no other file."},
}


def command(
    verb: str, does: str, more: Sequence[click.Parameter] = (), call: Callable[[dict], None] | None = None
) -> click.Command:
    """The command of `verb`. Unknown options are refused by name, with the nearest known ones. `more` options, and who is called with all
    that was given, where that is not `run`."""
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
            switch = SWITCH if one.type in (bool, "bool") else {}
            options.append(click.Option(spelling, **switch, help=f"{verb}.{one.name}: {one.metadata['help']}"))
    options += more
    options.append(click.Option(["--json", "as_json"], is_flag=True, help="Print the outcome as JSON."))
    either = {
        "token_normalize_func": lambda name: name.replace("_", "-")
    }  # MLproject passes learning_rate, people type learning-rate
    return Verb(
        verb,
        params=options,
        callback=lambda **given: call(given) if call else run(verb, given),
        help=does.capitalize() + ".",
        context_settings=either,
    )


class Verb(click.Command):
    """Refuses unknown options by name, all the known ones at hand."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        names = [word.partition("=")[0].replace("_", "-") for word in args if word.startswith("--")]
        if twice := next((name for place, name in enumerate(names) if name in names[:place]), ""):
            raise BadInput(f"{twice} is given twice; one of them would be dropped: give it once")
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


def run(verb: str, given: dict[str, Any], *, silent: bool = False) -> None:
    """Validate everything cheap, then import the stage and run it; the outcome it returns is printed, unless `silent`."""
    from realignment.core.console import table
    from realignment.core.files import writable
    from realignment.core.locks import writing

    as_json = given.pop("as_json")
    workspace, settings, cell = prepared(verb, given)
    if verb in CELL:
        writable(workspace.work)
    stage = importlib.import_module(f"realignment.stages.{verb}")
    if verb in READS:
        outputs.require(workspace, READS[verb])
    if verb in ("realign", "finetune"):
        cell["planned"] = lambda: planned(workspace)
    if os.environ.get("MLFLOW_RUN_ID"):
        from realignment import tracking

        tracking.claim(workspace.root, settings.profile)
    with writing(workspace.root, f"{verb} of profile `{settings.profile}`"), digests.kept(workspace.digests):
        outcome = stage.run(workspace, settings, **cell)
        outputs.wrote(workspace, verb)
    if outcome and not silent:
        table(outcome if isinstance(outcome, list) else [outcome], as_json=as_json)


def prepared(verb: str, given: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """(workspace, settings, what names a cell) of a command line whose settings are `set_*` and `settings_file`."""
    from realignment.core.workspace import Workspace, project_root

    root, settings_file = project_root(), given.pop("settings_file")
    words = {name.removeprefix("set_"): word for name, word in given.items() if name.startswith("set_") and word is not None}
    overrides = {name: read(word, params.SECTIONS[verb], name) for name, word in words.items()}
    cell = {name: value for name, value in given.items() if not name.startswith("set_")}
    if settings_file:
        if overrides:
            raise BadInput(f"--settings holds every setting; leave out {', '.join('--' + name for name in overrides)}")
        settings = params.read(settings_file)
    else:
        workspace = Workspace(root, params.active_profile(root))
        more = ready(workspace) if verb == "settings" else None
        settings = params.load(workspace, {verb: overrides} if overrides else None, more)
    return Workspace(root, settings.profile), settings, cell


def planned(workspace) -> list:
    """The jobs of the active profile's grid as its settings stand, without what a command line changes; none where it cannot be planned."""
    from realignment.study import grid

    try:
        return grid.plan(workspace, params.load(workspace))
    except BadInput:
        return []


def ready(workspace: Any) -> params.More:
    """What stage `settings` would say of settings that it does not get to see, because some keys are wrong."""

    def more(settings: Any) -> list:
        from realignment.study import feasibility

        return feasibility.faults(workspace, settings, whole=False)

    return more


def read(word: str | bool, section: type, name: str) -> Any:
    """A value given on the command line: text where the key takes text, else as YAML has it (10, 2e-5, [a, b], {pos: 3})."""
    (hint,) = [one.type for one in fields(section) if one.name == name]
    if not isinstance(word, str) or hint is str or (hint == str | None and word not in ("", "null")):
        return word
    option = f"--{name.replace('_', '-')}"
    return yaml_lines.parse(word, option).content
