"""Stage `authors`: the authors' own runs as tables, figures and a page, before any study has run.

reads   data/published, data/uriel, profiles/reference-code.yaml over profiles/paper.yaml
writes  reports/<profile>/authors/{tables,figures}/, reports/<profile>/authors.html; the MLflow experiment `published`
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core.console import note
from realignment.core.files import put_in_place, writable
from realignment.core.workspace import Workspace
from realignment.paper import experiment
from realignment.paper.model import AuthorsModel
from realignment.paper.paper import Paper
from realignment.report import authors_sections, html, links, paper_sections, predicted_sections, protocol_views, written
from realignment.report.figures import captions
from realignment.report.view import Link
from realignment.results import formatting

TITLE = "The authors' own runs"


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """One row per kind of file. Where the profile leaves the paper's numbers out, a page that says so."""
    writable(workspace.work, workspace.reports)
    paper = Paper(workspace.root)
    if settings.authors.runs and settings.report.published:
        import_runs(paper)
    workspace.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="authors-", dir=workspace.work) as folder:
        staging = Path(folder)
        put(staging, workspace, paper, settings, tracking.interface(paper.root, experiment.NAME))
        counts = {
            name: len(list((staging / "authors" / name).glob(f"*.{kind}")))
            for name, kind in (("tables", "md"), ("figures", "svg"))
        }
        put_in_place([(staging / path.name, path) for path in (workspace.authors, workspace.authors_page)])
    note(f"the authors' runs: {workspace.authors_page}")
    return [{"what": name, "files": count} for name, count in counts.items()]


def import_runs(paper: Paper) -> None:
    if added := tracking.import_runs(paper.root, experiment.NAME, experiment.runs(paper), experiment.ABOUT):
        note(f"{added} of the authors' runs imported")


def remake(workspace: Workspace, settings: Settings, folder: Path) -> Mapping:
    """Tables, figures and page once more, into `folder` and nowhere else; the page leads to the runs that the page at hand leads to, which are
    returned."""
    paper, page = Paper(workspace.root), workspace.authors_page
    text = page.read_text(encoding="utf-8", errors="replace") if page.is_file() else ""
    store = links.store_of_authors(text, paper)
    put(folder, workspace, paper, settings, store)
    return store


def put(folder: Path, workspace: Workspace, paper: Paper, settings: Settings, store: Mapping) -> None:
    """All that the stage writes, below `folder`; `store` is what `tracking.interface` says."""
    for name in ("tables", "figures"):
        (folder / workspace.authors.name / name).mkdir(parents=True)
    told = settings.report.published
    text = write(folder / workspace.authors.name, paper, settings, store) if told else off(workspace)
    written.put(folder / workspace.authors_page.name, text)


def write(folder: Path, paper: Paper, settings: Settings, store: Mapping) -> str:
    """The tables and figures; the page of them."""
    found = paper_sections.authors_tables(paper)
    written.tables(folder / "tables", found, latex=settings.report.latex)
    written.put_new(folder / "tables" / "authors-counts.csv", formatting.plain(paper_sections.counts(paper)))
    model = AuthorsModel(paper)
    for what, rows in model.tables().items():
        written.put_new(folder / "tables" / f"{authors_sections.MODEL}-{what}.csv", formatting.plain(rows))
    ahead = protocol_views.read(paper.root)
    for name, rows in predicted_sections.files(ahead):
        written.put_new(folder / "tables" / f"{name}.csv", formatting.plain(rows))
    note("drawing the authors' figures")
    drawn = [*captions.of_paper(paper), *captions.of_authors(paper), *filter(None, [authors_sections.figure(model)])]
    predicted = predicted_sections.figures(ahead)
    written.figures(folder / "figures", [*drawn, *predicted])
    parts = authors_sections.page_sections(model, found, drawn, store, predicted_sections.section(ahead, predicted))
    behind = links.of_authors(paper, store)
    return html.render(
        html.Page(
            TITLE, authors_sections.LEAD, authors_sections.facts(paper), "", parts, behind, other=study(), files="authors/tables/"
        )
    )


def study() -> Link:
    """The page of the study, seen from the authors' page."""
    return Link("The study of this checkout", "../index.html")


def off(workspace: Workspace) -> str:
    return html.render(html.Page(TITLE, authors_sections.OFF, {"Profile": workspace.profile}, "", (), other=study()))
