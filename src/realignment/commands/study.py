"""`realignment study`: runs the grid of a profile, or answers what is asked of it without running anything."""

import importlib
from collections.abc import Callable
from typing import Any

import click

from realignment.commands import study_settle, verbs
from realignment.core.errors import BadInput, exit_code
from realignment.study import modes

Answer = Callable[
    [Any, Any, dict[str, Any]], list[dict] | None
]  # (workspace, settings, all options by name) -> rows to print, if any


def late(module: str) -> Answer:
    """The `answer` of a module of this package, imported when it is asked."""
    return lambda *given: importlib.import_module(f"realignment.commands.{module}").answer(*given)


QUESTIONS: dict[str, Answer] = {
    "plan": late("study_plan"),
    "explain": late("study_explain"),
    "settle": study_settle.answer,
}  # by the name of the option that asks
WITH = {  # options that are about a question
    **dict.fromkeys(("price", "watts"), "plan"),
    **dict.fromkeys(sorted(study_settle.NAMES - {"settle"}), "settle"),
}
OPTIONS: list[click.Parameter] = [
    click.Option(
        ["--plan"], is_flag=True, help="What is finished, and what the rest takes: hours, disk, energy, cost. Runs nothing."
    ),
    click.Option(["--price"], type=float, help="With --plan: what an hour of one worker costs."),
    click.Option(["--watts"], type=float, help="With --plan: what a worker's device takes, where no run has measured it."),
    click.Option(
        ["--explain"],
        metavar="CELL",
        help="Why the runs behind a cell of a table, or a run, would be computed, or not. Runs nothing.",
    ),
    click.Option(
        ["--mode"],
        type=click.Choice(modes.MODES),
        default=modes.DEFAULT,
        help="What becomes of jobs that an earlier call finished or set aside: cached takes both as they are; retry (the default) tries again what was "
        "set aside; force computes everything once more and compares; read-only computes nothing and says what is missing.",
    ),
    click.Option(["--quiet"], **verbs.SWITCH, help="Say nothing but faults, what is set aside, and what is missing at the end."),
    click.Option(
        ["--events"],
        **verbs.SWITCH,
        help="Print what happens as lines of JSON on stdout, an object an event; the last one holds the outcome: rows, missing, exit.",
    ),
    *study_settle.OPTIONS,
]


def command(does: str) -> click.Command:
    """The verb, with the questions it answers."""
    return verbs.command("study", does, OPTIONS, call)


def call(given: dict[str, Any]) -> None:
    """Answers the one question that is asked, or runs the grid where none is."""
    asked = [name for name in QUESTIONS if given.get(name) not in (None, False, ())]  # a blank is asked too, and refused
    if len(asked) > 1:
        raise BadInput(
            f"one question at a time is required, {' and '.join('--' + name for name in asked)} are given; leave one out"
        )
    if alone := [name for name, question in WITH.items() if given.get(name) is not None and question not in asked]:
        raise BadInput(f"--{alone[0]} is about --{WITH[alone[0]]}, which is not asked; add it, or leave --{alone[0]} out")
    if not asked:
        return _run({name: value for name, value in given.items() if name not in {*QUESTIONS, *WITH}})
    from realignment.core.console import table

    workspace, settings, options = verbs.prepared("study", given)
    rows = QUESTIONS[asked[0]](workspace, settings, options)
    return None if rows is None else table(rows, as_json=options["as_json"])


def _run(given: dict[str, Any]) -> None:
    """The grid, watched as the command line says; with events the outcome is the last of them."""
    from realignment.executors.watching import Watch

    watch = Watch(quiet=bool(given.pop("quiet")), events=bool(given.pop("events")))
    if watch.events and given["as_json"]:
        raise BadInput(
            "one of --json and --events is required, both are given; the last line of --events holds the rows of --json"
        )
    code, error = 0, ""
    try:
        verbs.run("study", {**given, "watch": watch}, silent=watch.events)
    except BaseException as fault:
        code, error = exit_code(fault), " ".join(str(fault).split())
        raise
    finally:
        if watch.events:
            watch.end(code, error)
