"""`realignment published`: the paper's own runs, into the tracking store and as recomputed tables."""

from pathlib import Path

import click

from realignment.commands.picture import Picture


@click.group("published")
def command() -> None:
    """The authors' own runs (data/published), never mixed with ours."""


@command.command("import")
def import_() -> None:
    """Put the runs into the MLflow experiment `published`; those already there are left alone."""
    from realignment import tracking
    from realignment.core.console import note
    from realignment.core.locks import writing
    from realignment.core.workspace import project_root
    from realignment.paper import experiment
    from realignment.paper.paper import Paper

    root = project_root()
    with writing(root, "import of the authors' runs"):
        added = tracking.import_runs(root, experiment.NAME, experiment.runs(Paper(root)))
    note(f"published: {added} runs imported" if added else "published: all runs are there")


@command.command("show")
@click.option(
    "--table",
    "number",
    default="8",
    show_default=True,
    help="A table of scores (`realignment tables` shows it in the paper's layout), or xquad, which the authors ran and did not print.",
)
@click.option(
    "--by", type=click.Choice(["task", "level", "language"]), default="task", show_default=True, help="Columns of Tables 8 to 11."
)
@click.option("--figure", type=Picture(), help="Write the picture of gains (.svg, .png) instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(number: str, by: str, figure: Path | None, as_json: bool) -> None:
    """A table recomputed from the runs, beside the printed numbers and the difference (points); by resource level or language without print."""
    from realignment.commands.tables import show as show_tables
    from realignment.core.console import note, table
    from realignment.core.workspace import project_root
    from realignment.paper import explained, layout, xquad
    from realignment.paper.paper import Paper
    from realignment.report import paper_sections, signatures

    root = project_root()
    paper = Paper(root)
    if figure:
        from realignment.report.figures import captions, style

        style.write(captions.published_gains(paper), figure, captions.gains_caption(paper))
        note(f"wrote {figure}")
        return
    if by != "task" or number == xquad.TASK:
        show_tables([(one, signatures.of_authors(paper)) for one in paper_sections.of_one(paper, number, by)], as_json)
        return
    cells = explained.table(paper, number)
    table([_row(cell) for cell in cells], as_json=as_json, title=f"Table {number}, the authors' runs")
    note(layout.agreement(cells))


@command.command("model")
@click.option(
    "--what",
    type=click.Choice(["leads", "sizes", "variances", "settling"]),
    default="leads",
    show_default=True,
    help="leads: chosen sets minus random ones of equal size; sizes: each size by itself; variances: what a score varies by; "
    "settling: how wide intervals are with more draws or more seeds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def model(what: str, as_json: bool) -> None:
    """One model over all of the runs, by encoder, task and resource level; points, 95 % intervals."""
    from realignment.core.console import note, table
    from realignment.core.workspace import project_root
    from realignment.paper.model import AuthorsModel
    from realignment.paper.paper import Paper

    made = AuthorsModel(Paper(project_root()))
    table(getattr(made, what)(), as_json=as_json, title=f"The authors' runs under one model: {what}")
    note("rows fixed; training seed, nested draws of languages and residual random (REML, Satterthwaite's degrees of freedom)")


@command.command("figure")
@click.argument("number", type=click.Choice([str(one) for one in range(1, 9)]))
@click.argument("file", type=Picture())
def figure_(number: str, file: Path) -> None:
    """Write figure NUMBER of the paper to FILE (.svg, .png): 1 and 6 to 8 by our own drawing, 2 to 5 from the authors' runs."""
    from realignment.core.console import note
    from realignment.core.workspace import project_root
    from realignment.paper.paper import Paper
    from realignment.report.figures import captions, style

    figure, caption = captions.numbered(Paper(project_root()), number)
    style.write(figure, file, caption)
    note(f"wrote {file}")


@command.command("describe")
def describe() -> None:
    """Hold data/published against its dictionary, and write what follows from both: croissant.json, and the sums of data/SHA256SUMS."""
    from realignment.core.console import note
    from realignment.core.errors import BadInput
    from realignment.core.files import write_whole
    from realignment.core.workspace import project_root
    from realignment.lineage.exports import croissant, published
    from realignment.lineage.proof import data
    from realignment.paper import dictionary
    from realignment.paper.paper import Paper

    paper = Paper(project_root())
    if faults := dictionary.faults(paper):
        raise BadInput(f"data/published and {dictionary.FILE} part: {'; '.join(faults)}; mend the one that is wrong")
    write_whole(paper.path(croissant.FILE_NAME), published.text(paper))
    write_whole(paper.root / data.SUMS, data.sums(paper.root / "data"))
    note(f"wrote {paper.path(croissant.FILE_NAME)} and {data.SUMS}")


def _row(cell) -> dict:
    value, printed = cell.recomputed, cell.printed
    return {
        "model": printed.model,
        "subset": printed.subset,
        "languages": printed.n,
        "task": printed.task,
        "what": printed.what,
        "recomputed": None if value.mean is None else round(100 * value.mean, 2),
        "std": None if value.std is None else round(100 * value.std, 2),
        "runs": value.n,
        "printed": printed.mean,
        "printed_std": printed.std,
        "difference": None if cell.difference is None else round(cell.difference, 3),
        "agrees": cell.agrees,
    }
