"""`realignment doctor`: is everything in place; with --setup, what can be put in place is."""

import sys

import click


@click.command(help="Check environment, tracking store and checkout; exit 1 where something is broken.")
@click.option("--setup", is_flag=True, help="Prepare the store, what `mlflow run` needs, and the authors' runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(setup: bool, as_json: bool) -> None:
    from realignment import health
    from realignment.console import table
    from realignment.workspace import project_root

    root = project_root()
    rows = health.setup(root) if setup else health.check(root)
    if not setup or as_json or any(row["ok"] == "broken" for row in rows):
        table(rows, columns=["check", "ok", "detail"], as_json=as_json)
    if any(row["ok"] == "broken" for row in rows):
        sys.exit(1)
