"""Stage `authors`: their tables, figures and page, from the files of the checkout alone."""

import csv
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import shipped

from realignment import tracking
from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.paper import experiment
from realignment.paper.model import KINDS
from realignment.report import protocol_views
from realignment.stages import authors

ROOT = Path(__file__).parents[2]


def settings(**given):
    known = params.load(Workspace(ROOT, "sample"))
    return replace(known, report=replace(known.report, **given))


def checkout(root: Path) -> Workspace:
    shipped.settings(root)
    shutil.copytree(ROOT / "profiles", root / "profiles")
    for name in ("published", "uriel"):
        shutil.copytree(ROOT / "data" / name, root / "data" / name)
    (root / protocol_views.RESULTS).parent.mkdir(parents=True)
    shutil.copy(ROOT / protocol_views.RESULTS, root / protocol_views.RESULTS)
    return Workspace(root, "sample")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Workspace, list[str]]:
    """(workspace without any data of a profile, experiments that runs were imported to)."""
    workspace, imported = checkout(tmp_path_factory.mktemp("authors")), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracking, "import_runs", lambda root, name, runs, about: imported.append(name))
        patch.setattr(tracking, "interface", lambda root, name: {"where": "http://127.0.0.1:5000", "experiment": "2", "runs": {}})
        authors.run(workspace, settings(latex=True))
    return workspace, imported


def test_every_table_of_theirs_comes_in_three_formats_with_a_signature_of_theirs(made):
    folder = made[0].authors / "tables"
    names = {path.stem for path in folder.glob("*.md")}
    assert names >= {"authors-paper-8", "authors-xlmr-levels", "authors-mbert-sets-pos"}
    predicted = (f"authors-predicted-{kind}" for kind in ("protocol", "coverage", "languages", "ablation", "left-out"))
    plain = {"authors-counts", "authors-helps", *predicted, *(f"authors-model-{kind}" for kind in KINDS)}
    assert names == {path.stem for path in folder.glob("*.tex")} == {path.stem for path in folder.glob("*.csv")} - plain
    assert all((folder / f"{name}.md").read_text().splitlines()[-1].startswith("`source=authors |") for name in names)
    assert "55.43 ± 0.29" in (folder / "authors-paper-8.md").read_text()


def test_every_figure_of_the_page_is_a_file(made):
    workspace, _ = made
    shown = set(re.findall(r'<figure id="f-([^"]+)"', workspace.authors_page.read_text()))
    assert (
        shown
        == {path.stem for path in (workspace.authors / "figures").glob("*.svg")}
        >= {"authors-gains", "authors-map-xlmr", "authors-predicted", "authors-helps"}
    )


def test_what_was_predicted_stands_on_the_page_where_the_benchmark_was_run_on_these_runs(made):
    workspace, _ = made
    assert 'id="predicted"' in workspace.authors_page.read_text()
    with (workspace.authors / "tables" / "authors-predicted-protocol.csv").open() as file:
        errors = [one["error"] for one in csv.DictReader(file)]
    held = [one["error"] for one in protocol_views.rows(ROOT) if one["encoder"]]
    assert errors == ["" if error is None else repr(error) for error in held]


def test_the_page_needs_no_study_and_leads_to_that_of_the_study(made):
    workspace, imported = made
    assert not workspace.data.exists() and not workspace.page.exists()
    assert 'href="../index.html"' in workspace.authors_page.read_text()
    assert imported == [experiment.NAME]


def test_a_profile_that_leaves_the_papers_numbers_out_gets_a_page_that_says_so(tmp_path, monkeypatch):
    workspace = checkout(tmp_path)
    monkeypatch.setattr(tracking, "import_runs", lambda *given: pytest.fail("runs are imported"))
    authors.run(workspace, settings(published=False))
    assert "report.published" in workspace.authors_page.read_text()
    assert not list(workspace.authors.rglob("*.*"))


def test_the_runs_stay_out_of_the_store_where_that_is_asked_for(tmp_path, monkeypatch):
    workspace = checkout(tmp_path)
    known = settings()
    monkeypatch.setattr(authors, "write", lambda *given: "")
    monkeypatch.setattr(tracking, "import_runs", lambda *given: pytest.fail("runs are imported"))
    authors.run(workspace, replace(known, authors=replace(known.authors, runs=False)))
