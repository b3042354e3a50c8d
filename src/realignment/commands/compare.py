"""`realignment compare A B`: runs of two settings beside each other, or what there is to compare."""

import json

import click

KINDS = ("levels", "tasks", "retrieval")


@click.command(
    help="Runs of two settings or more beside each other, with differences to the first and verdicts. A SIDE is settings of any verb "
    "(steps=40, or realign.steps=40,finetune.batch=16), a profile (its name, or profile=NAME), preset=NAME, or code=PREFIX as the "
    "signature of a table says it; joined by commas. Without SIDES: in what the runs of the active profile differ."
)
@click.argument("sides", nargs=-1)
@click.option(
    "--by", "kind", default=KINDS[0], show_default=True, help="Columns: levels (with the average), tasks, or retrieval."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: what differs, what is left out, and one row per number.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one row per number as CSV, full precision.")
def command(sides: tuple[str, ...], kind: str, as_json: bool, as_csv: bool) -> None:
    from realignment.config import params
    from realignment.core.console import note, table
    from realignment.core.errors import BadInput, nearest
    from realignment.core.workspace import project_root
    from realignment.report.side_by_side import Runs
    from realignment.results import formatting

    if kind not in KINDS:
        raise BadInput(f"unknown columns `{kind}`; {nearest(kind, KINDS)}")
    if as_json and as_csv:
        raise BadInput("--json and --csv are two forms of one output; give one")
    root = project_root()
    runs = Runs(root, params.active_profile(root))
    if not sides:
        found = runs.differing(runs.active)
        for text in runs.notes:
            note(text)
        if as_csv:
            print(formatting.plain(found), end="")
        else:
            table(found, as_json=as_json, columns=None if found else ("setting", "value", "evaluations", "rows"))
        if not found:
            note(f"all finished runs of profile `{runs.active}` have the same settings, data and code: nothing to compare")
        return
    made = runs.compared(sides, kind)
    if as_json:
        print(json.dumps({**made.to_json(), "not_used": runs.notes}, ensure_ascii=False, indent=1))
        return
    for text in (
        *runs.notes,
        *(f"also different: {text}" for text in made.differences),
        *(f"left out: {text}" for text in made.left_out),
    ):
        note(text)
    if as_csv:
        print(formatting.plain(made.numbers), end="")
        return
    table(made.shown, title=made.caption)
    for text in made.notes:
        note(text)
