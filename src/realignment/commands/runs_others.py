"""`realignment runs import`, `imported` and `forget`: runs of others, checked, kept under a name of their own."""

from datetime import UTC, datetime
from pathlib import Path

import click

BY = ("level", "task", "language")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--name", required=True, help="What they are called in every table: letters, digits, - and _.")
@click.option(
    "--subsets",
    "lists",
    type=click.Path(path_type=Path),
    help="A file with the realigned languages of each run, where FILE has no such column.",
)
@click.option("--subset", default="", help="The subset of reference-code files without a column or a folder that says it.")
@click.option("--percent", is_flag=True, help="The scores are from 0 to 100.")
@click.option(
    "--seen", multiple=True, metavar="MODEL=WHAT", help="What a model has seen: mbert, xlmr, english, or codes joined by commas."
)
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="When the scores were made [the newest file's].")
@click.option("--citation", default="", help="What to cite, and the licence.")
@click.option("--replace", "replace_", is_flag=True, help="Put them in the place of an import of this name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(name: str, date: datetime | None, citation: str, replace_: bool, as_json: bool, **given) -> None:
    """Read runs of others under a name of their own.

    FILE is a CSV or TSV with the columns of data/published/scores.csv.gz, or one of the reference code's own result files. They go to
    data/others/NAME and the MLflow experiment others.NAME; nothing is written unless every score holds.
    """
    from realignment.config import params
    from realignment.core.console import note, table
    from realignment.core.locks import writing
    from realignment.core.workspace import project_root
    from realignment.paper.others import gathering, stored

    root = project_root()
    stored.named(name, params.profiles(root))
    asked = gathering.Asked(**given)
    found = gathering.gather(root, asked)
    if found.tally.faults:
        table(found.tally.rows(), as_json=as_json)
        found.tally.stop()
    day = date or datetime.fromtimestamp(max(one.stat().st_mtime for one in asked.files), UTC)
    with writing(root, f"import of runs as {name}"):
        new = stored.write(
            root,
            name,
            stored.content(found.checked),
            {**found.about, "date": day.date().isoformat(), "citation": citation},
            replace_,
        )
        added = _track(root, name)
    for one in found.tally.remarks:
        note(f"remark: {one}")
    table(found.tally.rows(), as_json=as_json)
    where = stored.place(root, name).relative_to(root)
    note(
        f"{where}: {'written' if new else 'is there, unchanged'}; {added} runs put into the MLflow experiment `{_experiment(name)}`"
    )


def _experiment(name: str) -> str:
    from realignment.paper.others import experiment

    return experiment.of(name)


def _track(root: Path, name: str) -> int:
    """The runs of an import, and no others, are in its experiment; how many were added."""
    from realignment import tracking
    from realignment.core.console import track
    from realignment.paper.others import experiment
    from realignment.paper.others.imported import load

    given = load(root, name)
    runs = list(track(experiment.runs(given), "runs", len(given.sets)))
    tracking.forget_runs(root, experiment.of(name), {run["tags"]["run_key"] for run in runs})
    return tracking.import_runs(root, experiment.of(name), runs, experiment.ABOUT.format(name=name))


def put_back(root: Path) -> None:
    """The runs of imports that the tracking store lacks: a fresh clone, a deleted database."""
    from realignment import tracking
    from realignment.core.console import note
    from realignment.core.locks import writing
    from realignment.paper.others import stored

    for name in stored.names(root):
        if tracking.count(root, _experiment(name)) != stored.about(root, name)["runs"]:
            with writing(root, f"restoring the import {name}"):
                note(f"{_experiment(name)}: {_track(root, name)} runs restored from {stored.place(root, name).relative_to(root)}")


@click.command("imported")
@click.argument("name", required=False)
@click.option("--by", type=click.Choice(BY), default="level", show_default=True, help="Columns of the tables of NAME.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def imported(name: str | None, by: str, as_json: bool) -> None:
    """The imports; of NAME the tables by resource level with gains over fine-tuning only, by task, or by language. Subsets are NAME:subset."""
    from realignment.commands.tables import show
    from realignment.core.console import note, table
    from realignment.core.workspace import project_root
    from realignment.paper.others import stored
    from realignment.paper.others.imported import load

    root = project_root()
    if name is not None:
        given = load(root, name)
        show([(one, given.signature) for one in given.tables(by)], as_json)
        return
    table([load(root, one).summary for one in stored.names(root)], as_json=as_json)
    if not stored.names(root):
        note("nothing was imported; `realignment runs import FILE... --name NAME` does it")


@click.command("forget")
@click.argument("name")
def forget(name: str) -> None:
    """Remove the import NAME: its folder, and its runs from MLflow."""
    from realignment import tracking
    from realignment.core.console import note
    from realignment.core.locks import writing
    from realignment.core.workspace import project_root
    from realignment.paper.others import stored

    root = project_root()
    stored.required(root, name)
    with writing(root, f"removing the import {name}"):
        gone = tracking.forget_runs(root, _experiment(name))
        stored.forget(root, name)
    note(f"{stored.place(root, name).relative_to(root)} and {gone} runs of the experiment `{_experiment(name)}` are removed")
