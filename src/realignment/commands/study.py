"""`realignment study`: runs the grid of a profile, or answers what is asked of it without running anything."""

from collections.abc import Callable
from typing import Any

import click

from realignment.commands import verbs
from realignment.core.errors import BadInput
from realignment.study import modes

Answer = Callable[[Any, Any, dict[str, Any]], list[dict]]  # (workspace, settings, all options by name) -> rows to print
QUESTIONS: dict[str, Answer] = {}  # by the name of the option that asks
OPTIONS: list[click.Parameter] = [
    click.Option(
        ["--mode"],
        type=click.Choice(modes.MODES),
        default=modes.DEFAULT,
        help="What becomes of jobs that an earlier call finished or set aside: cached takes both as they are; retry (the default) tries again what was "
        "set aside; force computes everything once more and compares; read-only computes nothing and says what is missing.",
    )
]


def command(does: str) -> click.Command:
    """The verb, with the questions it answers."""
    return verbs.command("study", does, OPTIONS, call)


def call(given: dict[str, Any]) -> None:
    """Answers the one question that is asked, or runs the grid where none is."""
    asked = [name for name in QUESTIONS if given.get(name)]
    if len(asked) > 1:
        raise BadInput(
            f"one question at a time is required, {' and '.join('--' + name for name in asked)} are given; leave one out"
        )
    if not asked:
        return verbs.run("study", {name: value for name, value in given.items() if name not in QUESTIONS})
    from realignment.core.console import table

    as_json = given.pop("as_json")
    workspace, settings, options = verbs.prepared("study", given)
    return table(QUESTIONS[asked[0]](workspace, settings, options), as_json=as_json)
