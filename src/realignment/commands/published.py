"""`realignment published`: the paper's own runs, into the tracking store and as recomputed tables."""

from pathlib import Path

import click


@click.group("published")
def command() -> None:
    """The authors' own runs (data/published), never mixed with ours."""


@command.command("import")
def import_() -> None:
    """Put the 788 runs into the MLflow experiment `published`; those already there are left alone."""
    from realignment import published, tracking
    from realignment.console import note
    from realignment.workspace import project_root

    root = project_root()
    added = tracking.import_runs(root, published.EXPERIMENT, published.runs(root))
    note(f"published: {added} runs imported" if added else "published: all runs are there")


@command.command("show")
@click.option("--table", "number", default="8", show_default=True, help="8 (mBERT) or 10 (XLM-R); captions are swapped in print.")
@click.option("--figure", type=click.Path(path_type=Path), help="Write the picture of gains (.svg, .png) instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(number: str, figure: Path | None, as_json: bool) -> None:
    """A table recomputed from the runs, beside the printed numbers and the difference (points)."""
    from realignment import published
    from realignment.console import note, table
    from realignment.workspace import project_root

    root = project_root()
    if figure:
        from realignment import figures, illustrations, params
        from realignment.workspace import Workspace

        errors = params.load(Workspace(root, params.active_profile(root))).report.uncertain
        figures.write(illustrations.published_gains(root, errors), figure, illustrations.AUTHORS["gains"].format(errors=errors))
        note(f"wrote {figure}")
        return
    cells = published.table(root, number)
    title = f"Table {number} ({published.TITLES[published.TABLES[number]]}), the authors' runs"
    table([_row(cell) for cell in cells], as_json=as_json, title=title)
    differing = [cell for cell in cells if not cell.agrees]
    reasons = "".join(f"; {cell.printed.subset} {cell.printed.task}: {cell.reason}" for cell in differing)
    note(f"{len(cells) - len(differing)} of {len(cells)} cells come out to 0.01, mean and std{reasons}")


def _row(cell) -> dict:
    value, printed = cell.recomputed, cell.printed
    return {
        "subset": printed.subset,
        "languages": printed.n,
        "task": printed.task,
        "recomputed": None if value.mean is None else round(100 * value.mean, 2),
        "std": None if value.std is None else round(100 * value.std, 2),
        "runs": value.n,
        "printed": printed.mean,
        "printed_std": printed.std,
        "difference": None if cell.difference is None else round(cell.difference, 3),
        "agrees": cell.agrees,
    }
