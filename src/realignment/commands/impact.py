"""`realignment impact`: what falls if a file, a source, a run or a language is withdrawn, and which verdicts change."""

import json

import click


@click.command(
    help="What falls if WHAT is withdrawn: every cell, registered model, figure and verdict that is based on it, and which verdicts would be "
    "others without it. WHAT is a file (its path, or the beginning of its sha256), a source as the manifest names it, a run, a registered "
    "model, a language, or the language vectors."
)
@click.argument("what")
@click.option("--pretraining", is_flag=True, help="Count runs of base encoders that were pretrained on it as well.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(what: str, pretraining: bool, as_json: bool) -> None:
    from realignment.commands import lineage
    from realignment.core import digests
    from realignment.lineage import impact, targets

    workspace, _ = lineage.active()
    with digests.kept(workspace.digests, write=False):
        graph = lineage.of(workspace)
        with lineage.unfinished(workspace, graph):
            withdrawn = impact.of_target(graph, targets.required(graph, what))
            found = impact.of(graph, impact.with_pretraining(graph, withdrawn) if pretraining else withdrawn)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    show(found, pretraining)


def show(found: dict, pretraining: bool) -> None:
    """Counts, then a row for each row of the tables that loses cells, the models, and the verdicts that change."""
    from collections import Counter

    from realignment.core.console import note, table
    from realignment.lineage import impact

    verdicts, about = found["verdicts"], found["withdrawn"]
    counts = {
        "runs": len(found["runs"]), "registered models": len(found["models"]), "cells": len(found["cells"]), "figures": len(found["figures"]),
        "verdicts": len(verdicts["fall"]),
    }  # fmt: skip
    told = ", ".join(f"{number} {name}" for name, number in counts.items())
    print(f"Without the {about['kind']} {about['name']} fall: {told}; {len(verdicts['change'])} verdicts would change.")
    for text in found["pretraining"] if not pretraining else ():
        note(f"{text}; its runs are not counted here, --pretraining counts them.")
    rows = Counter("/".join(one["cell"].split("/")[:2]) for one in found["cells"])
    of = found["rows"]
    table(
        [{"row": row, "cells_that_fall": many, "of": of[row]} for row, many in rows.items()],
        columns=["row", "cells_that_fall", "of"],
        title="cells",
    )
    direct = [one for one in found["runs"] if one["why"] != "stands on a run that falls"]
    if direct:
        table(direct, columns=["run", "why", "model"], title="runs that fall themselves; all that stands on them falls too")
    if found["figures"]:
        print(f"figures: {', '.join(found['figures'])}")
    others = [one for one in verdicts["change"] if one["after"] != impact.GONE]
    if gone := len(verdicts["change"]) - len(others):
        print(f"{gone} verdicts are gone with their rows or columns; --json lists them.")
    if others:
        columns = ["encoder", "family", "subset", "against", "column", "before", "after"]
        table(others, columns=columns, title="verdicts that would be others")
