"""`realignment lineage`: what a number, a run, a model or a file is based on, down to the bytes of its data; and in what two of them differ."""

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realignment.core.workspace import Workspace
    from realignment.lineage.graph import Graph

DIFF = "diff"


@click.command(
    help="What a number is based on. CELL is ENCODER/SUBSET/TASK[/WHAT][/gain] as the report's page prints it when a cell is clicked "
    "(WHAT: a column of its tables or a language); a cell of the paper, such as table8:xlmr/latin_diverse_10/ner; a run (its name, or the "
    "beginning of its key or id); a registered model (models:/NAME/VERSION, models:/NAME@s17); a file (its path); or the beginning of the "
    "sha256 of a file, a model or a set of files. "
    "`realignment lineage diff A B` says in what two cells or runs differ, the likeliest cause of their difference first."
)
@click.argument("cell", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole chain as JSON.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the tree as a page that needs nothing but itself."
)
def command(cell: tuple[str, ...], as_json: bool, html: Path | None) -> None:
    from realignment.core import digests
    from realignment.core.errors import BadInput

    if cell[0] == DIFF:
        if len(cell) != 3:
            raise BadInput(f"`realignment lineage diff` requires two cells or runs; got {len(cell) - 1}")
        differ(cell[1], cell[2], as_json)
        return
    if len(cell) > 1:
        raise BadInput(
            f"one cell, run, model or file is required, in quotation marks where it holds blanks; got {' '.join(cell)}"
        )
    from realignment.lineage import papers

    if papers.is_named(cell[0]):
        answer, data, raw = papers.of(papers.paper(), cell[0]), "", ""
    else:
        workspace, settings = active()
        with digests.kept(workspace.digests, write=False):
            graph = of(workspace)
            with unfinished(workspace, graph):
                answer = asked(graph, settings, cell[0])
        data, raw = workspace.data.relative_to(workspace.root).as_posix(), folder_of(settings, workspace.root)
    if html:
        from realignment.core.files import write_whole
        from realignment.lineage import tree

        write_whole(html, tree.page(tree.of(answer), cell[0]))
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    elif not html:
        show(answer, data, raw)


def active() -> tuple:
    """(workspace, settings) of the active profile."""
    from realignment.config import params
    from realignment.core.workspace import Workspace, project_root

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    return workspace, params.load(workspace)


def of(workspace: "Workspace") -> "Graph":
    from realignment.lineage.graph import Graph

    return Graph.of(workspace)


@contextmanager
def unfinished(workspace: "Workspace", graph: "Graph") -> "Iterator[None]":
    """Says of an answer, and of a question that has none, that the study is not finished, where it is not."""
    from realignment.core.console import note
    from realignment.core.errors import BadInput
    from realignment.study import plan_file

    left = plan_file.left(workspace, graph.column("select key from runs where in_study"))
    try:
        yield
    except BadInput as fault:
        raise BadInput(f"{fault}; {left}" if left else str(fault)) from None
    if left:
        note(left)


def asked(graph: "Graph", settings, text: str) -> dict:
    """The answer about whatever is called `text`, its files looked at; BadInput names the nearest."""
    from realignment.core.errors import BadInput, nearest
    from realignment.lineage import answers, bytes_at_hand, targets
    from realignment.lineage import graph as questions
    from realignment.results import addresses

    target = targets.find(graph, text)
    if target is None and "/" not in text:
        near = nearest(text, targets.names(graph))
        raise BadInput(f"a cell, {targets.FORM} is required; nothing here is called `{text}`; {near}")
    if target is None and (Path(text).is_absolute() or Path(text).suffix in (".parquet", ".gz", ".tsv", ".csv", ".json", ".txt")):
        raise BadInput(f"no file of the study is called `{text}`; {nearest(text, targets.names(graph))}")
    cell = addresses.parse(text, settings.select.n) if target is None else None
    answer = answers.of(graph, target) if cell is None else questions.of_cell(graph, cell)
    bytes_at_hand.look(graph, answer)
    return answer


def differ(first: str, second: str, as_json: bool) -> None:
    from realignment.core import digests
    from realignment.core.console import table
    from realignment.lineage import difference, sides

    workspace, settings = active()
    with digests.kept(workspace.digests, write=False):
        graph = of(workspace)
        with unfinished(workspace, graph):
            both = [sides.side(graph, text, settings.select.n) for text in (first, second)]
            answer = difference.of(graph, *both)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    print(answer["headline"])
    for number, cause in enumerate(answer["causes"], 1):
        print(f"{number}. {cause['what']}: {cause['why']}")
    if answer["differences"]:
        table(answer["differences"], columns=["what", "where", "name", "a", "b"], title="what differs")


def folder_of(settings, root) -> str:
    """The folder raw files are named in: of the sample profile none, its text is generated."""
    from realignment.sources.output import located

    return located(settings.fetch, root).folder or ""


def show(chain: dict, data: str, raw: str) -> None:
    """The tree, then tables with whole hashes; paths of data are below `data`, those of raw files below `raw`."""
    from realignment.core.console import note, table
    from realignment.lineage import bytes_at_hand, tree

    for line in tree.lines(tree.of(chain)):
        print(line)
    short = ("key", "run_id", "sha256_weights", "sha256_predictions")
    for title, rows in (("runs", chain["runs"]), ("models they are based on, nearest first", chain["models"])):
        if rows:
            columns = [
                "run",
                "score" if "cell" in chain and title == "runs" else "model",
                *(one for one in short if any(one in row for row in rows)),
            ]
            columns += ["bytes"] if any("bytes" in row for row in rows) else []
            table([{**row, **{one: str(row.get(one, ""))[:12] for one in short}} for row in rows], columns=columns, title=title)
    if "base" in chain:
        base = chain["base"]
        print(
            f"base encoder {base['label']}: {base['name']}, sha256 {base['sha256']}{', ' + base['bytes'] if 'bytes' in base else ''}"
        )
    columns = [
        "role",
        "path",
        "sha256",
        "rows_kept",
        "rows_excluded",
        "origin",
        "revision",
        "licence",
        "checks",
        "changed",
        "bytes",
    ]
    print(f"data, paths in {data}/" if data else "data")
    table(chain["data"], columns=[one for one in columns if any(one in row for row in chain["data"])], title="data")
    files = [{"role": row["role"], **one} for row in chain["data"] for one in row["raw"]]
    if files:
        print(f"raw files, paths in {raw}/" if raw else "raw files")
        table(files, columns=["role", "path", "sha256", "bytes", "rows"], title="raw files")
    for text in (*chain["incomplete"], *bytes_at_hand.broken([*chain["runs"], *chain["models"]])):
        note(text)
