"""The chain of a cell in the page: the same as `realignment lineage` says, followed by mouse and by keyboard, broken where a link is broken."""

import csv
import io
import json
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from browser import CHROMIUM, browse, contrast
from chromium_keys import opened
from click.testing import CliRunner
from predicted_study import predicted
from small_world import ROOT
from told_study import copied, told

from realignment import cli
from realignment.commands.verify import write_page
from realignment.config import params
from realignment.core import outputs
from realignment.core.workspace import Workspace
from realignment.lineage import graph as questions
from realignment.lineage.graph import Graph
from realignment.lineage.proof import at_hand
from realignment.records import predictions
from realignment.report import chains
from realignment.results import addresses
from realignment.stages import report

__all__ = ["predicted", "told"]
SETTINGS = params.validate(params.merge("sample", ROOT), "the sample")
SETTINGS = replace(SETTINGS, report=replace(SETTINGS.report, published=False, latex=True))
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; Debian's package `chromium` is used")


@pytest.fixture(scope="module")
def reported(told, tmp_path_factory) -> Workspace:
    """A report of a study whose data say where they come from; nothing that a run made is at hand."""
    workspace = copied(told, tmp_path_factory.mktemp("reported"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(workspace.root)
        for verb in ("fetch", "check", "select"):
            outputs.wrote(workspace, verb)
        report.run(workspace, SETTINGS)
        yield workspace


@pytest.fixture(scope="module")
def broken(predicted, tmp_path_factory) -> tuple[Workspace, str]:
    """(a report made when the predictions of one run were gone, the name of the run)."""
    root = tmp_path_factory.mktemp("broken") / "checkout"
    shutil.copytree(predicted.root, root)
    workspace, name = Workspace(root, predicted.profile), "evaluate small all pos s17"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(root)
        place(workspace, name).unlink()
        report.run(workspace, SETTINGS)
    return workspace, name


def place(workspace: Workspace, name: str) -> Path:
    """The predictions of a run, by its name."""
    found = [path for path in (workspace.root / "mlruns").rglob("record.json") if json.loads(path.read_text())["name"] == name]
    return found[0].parent / predictions.FILE


def page(workspace: Workspace) -> str:
    return workspace.page.read_text(encoding="utf-8")


CHAINS = """
const found = {};
for (const name of NAMES) {
  const chain = chainOf(name);
  const about = (run) => [...tied.runs[run], ...tied.places[run]];
  const files = new Map();
  for (const run of [...chain.runs, ...chain.models]) for (const file of chain.read(run)) files.set(tied.files[file][0], tied.files[file]);
  found[name] = {runs: chain.runs.map(about), models: chain.models.map(about), base: [chain.base, ...tied.bases[chain.base]],
    data: [...files.values()].map((one) => [...one.slice(0, 5), ...tied.sources[one[5]], one[6].map((raw) => tied.raw[raw])])};
}
return found;
"""


@needs_browser
def test_the_chain_of_every_cell_is_the_one_that_lineage_prints(reported, tmp_path):
    graph = Graph.of(reported)
    names = graph.column("select address from cells")
    told, console = browse(page(reported), tmp_path, CHAINS.replace("NAMES", json.dumps(names)))
    assert console == "" and len(told) == len(names) > 200
    for name in names:
        wanted, drawn = questions.of_cell(graph, addresses.parse(name, 2)), told[name]
        for kind in ("runs", "models"):
            assert sorted((run[0], run[1], *run[5:]) for run in drawn[kind]) == sorted(
                (row["run"], row["key"][:12], row["run_id"], row["model"]) for row in wanted[kind]
            ), name
        assert drawn["base"] == [wanted["base"][part] for part in ("label", "name", "sha256")]
        assert sorted(drawn["data"]) == sorted(
            [
                *(row[part] for part in ("path", "sha256", "rows_kept", "rows_refused", "rows_excluded")),
                *(row[part] for part in ("origin", "revision", "licence", "checks")),
                [[raw[part] for part in ("path", "sha256", "bytes", "rows")] for raw in row["raw"]],
            ]
            for row in {row["path"]: row for row in wanted["data"]}.values()
        ), name


@needs_browser
def test_the_picture_shows_what_the_command_prints(reported, tmp_path):
    """One cell, by the command itself: every run, model and file of its JSON is a node once everything is unfolded."""
    name = "small/all/pos/LRL unseen/gain"
    script = """
    const all = nodesOf(NAME, "1.00", runs["ours/small"]);
    const opened = new Set([...folded(all, new Set()).keys()].filter((one) => one.startsWith("group/")));
    return [...folded(all, opened).values()].map((one) => [one.id, one.title, Object.fromEntries(one.about)]);
    """
    told, _ = browse(page(reported), tmp_path, script.replace("NAME", json.dumps(name)))
    done = CliRunner().invoke(cli.group, ["lineage", name, "--json"], catch_exceptions=False)
    wanted = json.loads(done.stdout)
    about = [about for _, _, about in told]
    assert {one["Run"] for one in about if "Run" in one} == {row["run"] for row in [*wanted["runs"], *wanted["models"]]}
    assert {one["File"]: one["sha256"] for one in about if "File" in one} == {
        row["path"]: row["sha256"] for row in wanted["data"]
    }
    assert {(one["Source"], one["Revision"], one["Licence"]) for one in about if "Source" in one} == {
        (row["origin"], row["revision"], row["licence"]) for row in wanted["data"]
    }
    raws = {raw["path"]: raw["sha256"] for row in wanted["data"] for raw in row["raw"]}
    assert {one["Raw file"]: one["sha256"] for one in about if "Raw file" in one} == raws
    assert sum("Base encoder" in one for one in about) == 1


CELL = """[...document.querySelectorAll("#t-small-levels tbody tr:not(.section)")].find((one) => one.cells[1].textContent === "all").querySelector("td[data-s]:last-child")"""
HERE = (
    "const one = document.activeElement; return [one.dataset.id ?? one.dataset.s ?? one.tagName, one.getAttribute('aria-label')];"
)


@needs_browser
def test_a_chain_is_followed_by_keyboard_from_the_cell_to_the_licence_and_back(reported, tmp_path):
    with opened(reported.page, tmp_path / "profile") as seen:
        seen.ask(f"{CELL}.closest('table').querySelector('td[tabindex=\"0\"]').focus()")
        for key, same in (("ArrowDown", "parentElement"), ("ArrowRight", "cellIndex")):
            for _ in range(20):
                if seen.ask(f"return document.activeElement.{same} === {CELL}.{same}"):
                    break
                seen.press(key)
        seen.press("Enter")
        assert seen.ask("return document.getElementById('behind').open")
        for _ in range(20):
            if seen.ask(HERE)[0] == "cell":
                break
            seen.press("Tab")
        seen.press(*["ArrowRight"] * 8)
        assert seen.ask(HERE)[0] == "base/small"
        seen.press("ArrowDown")
        assert seen.ask(HERE)[0].startswith("group/bitext in bitext ")
        seen.press("ArrowRight")
        told = seen.ask("return document.querySelector('.told').textContent")
        assert "LicenceCC0-1.0" in told and "Revisionr1" in told and "1 expectations, 0 failed" in told
        assert seen.ask(HERE)[1].startswith("Sources: corpus of ")
        for _ in range(8):
            seen.press("ArrowLeft")
        assert seen.ask(HERE)[0] == "cell"
        seen.press("Escape")
        seen.wait_for("!document.getElementById('behind').open")
        seen.wait_for(f"document.activeElement === {CELL}")


@needs_browser
def test_what_is_folded_opens_by_mouse_and_a_file_says_its_sha256(reported, tmp_path):
    group = """[...document.querySelectorAll(".node")].find((one) => one.dataset.id.startsWith("group/test file"))"""
    with opened(reported.page, tmp_path / "profile") as seen:
        seen.click(CELL)
        assert seen.ask(f"return {group}.getAttribute('aria-expanded')") == "false"
        before = seen.ask("return document.querySelectorAll('.node').length")
        seen.click(group)
        assert seen.ask(f"return {group}.getAttribute('aria-expanded')") == "true"
        assert seen.ask("return document.querySelectorAll('.node').length") > before
        seen.click("""document.querySelector('.node[data-id^="file/evalsets/"]')""")
        path = seen.ask("return document.activeElement.dataset.id").removeprefix("file/")
        known = {one["path"]: one["sha256"] for one in json.loads(reported.manifest.read_text())["files"]}
        assert known[path] in seen.ask("return document.querySelector('.told').textContent")
        seen.click("document.querySelector('#behind form button')")
        seen.wait_for(f"document.activeElement === {CELL}")


@needs_browser
def test_a_run_leads_to_its_page_in_mlflow(reported, tmp_path):
    script = f"""{CELL}.click();
    const one = document.querySelector('a.node');
    return [one.href, one.target, tied.places[one.dataset.id.slice(4)][0]];"""
    (href, target, run), _ = browse(page(reported), tmp_path, script)
    assert target == "_blank" and len(run) == 32
    assert re.fullmatch(rf"http://127\.0\.0\.1:5000/#/experiments/\d+/runs/{run}\?workflowType=machine_learning", href)


@needs_browser
def test_a_row_leads_to_the_chain_of_each_of_its_cells(reported, tmp_path):
    with opened(reported.page, tmp_path / "profile") as seen:
        seen.ask(f"{CELL}.parentElement.querySelector('button.more').focus()")
        seen.press("Enter")
        assert seen.ask("return document.querySelector('.chain')") is None
        seen.click("document.querySelector('#behind button.lead-on')")
        assert seen.ask(HERE)[0] == "cell"
        seen.press("Escape")
        seen.wait_for("document.activeElement.className === 'more'")


@needs_browser
@pytest.mark.parametrize("width", [390, 768, 1400])
def test_no_word_of_the_picture_is_cut_and_nothing_runs_out_of_the_dialog(broken, tmp_path, width):
    script = f"""for (const one of document.querySelectorAll("details")) one.open = true;
    const beyond = document.documentElement.scrollWidth;
    {CELL}.click();
    const dialog = document.getElementById("behind");
    const cut = [...dialog.querySelectorAll(".node")].filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
    const lines = document.querySelectorAll(".layers svg path").length;
    return [dialog.scrollWidth <= dialog.clientWidth, beyond <= {width}, cut.length, lines > 5];"""
    with opened(broken[0].page, tmp_path / "profile", width, 900) as seen:
        assert seen.ask(script) == [True, True, 0, True]


@needs_browser
def test_a_broken_link_shows_in_the_table_in_the_picture_and_in_what_is_downloaded(broken, tmp_path):
    workspace, name = broken
    script = f"""
    const table = document.getElementById("t-small-levels"), cell = {CELL};
    const other = [...table.querySelectorAll("tbody tr:not(.section)")].find((one) => one.cells[1].textContent === "none").querySelector("td[data-s]:last-child");
    const csv = commas(shownRows(table));
    cell.click();
    const nodes = [...document.querySelectorAll(".node.broken")].map((one) => [one.textContent, one.getAttribute("aria-label")]);
    const faults = [...document.querySelectorAll(".chain .fault")].map((one) => one.textContent);
    return {{shown: [cell.className, cell.textContent], other: [other.className, other.textContent], csv, nodes, faults,
             notice: document.querySelector(".notice.alarm").textContent, note: table.parentElement.nextElementSibling.parentElement.textContent}};
    """
    told, console = browse(page(workspace), tmp_path, script)
    assert console == ""
    assert "broken" in told["shown"][0].split() and told["shown"][1].endswith(" ✗ broken link")
    assert "broken" not in told["other"][0] and "✗" not in told["other"][1]
    why = "predictions.parquet of run"
    assert f"{name}: {why}" in told["notice"] and f"{name}: {why}" in told["note"]
    assert len(told["faults"]) == 1 and f"✗ Broken link: {name}: {why}" in told["faults"][0]
    assert [label for text, label in told["nodes"] if "✗ broken" in text and "✗ broken" in label]
    rows = list(csv.DictReader(io.StringIO(told["csv"])))
    assert {row["Name"] for row in rows if row["Broken link under"]} == {"all"}
    assert all("✗" not in value for row in rows for value in row.values())


@needs_browser
@pytest.mark.parametrize("theme", ["", "--blink-settings=preferredColorScheme=0"])
def test_what_is_broken_is_readable_in_both_themes(broken, tmp_path, theme):
    """At least 4.5 (WCAG AA), in the table and on the ground of a node."""
    script = f"""{CELL}.click();
    const colour = (one) => getComputedStyle(document.querySelector(one));
    return [[colour("td .mark").color, colour("body").backgroundColor],
            [colour(".node.broken .state").color, colour(".node.broken").backgroundColor],
            [colour(".node small").color, colour(".node").backgroundColor]];"""
    told, _ = browse(page(broken[0]), tmp_path, script, *filter(None, [theme]))
    assert min(contrast(*pair) for pair in told) >= 4.5


def test_the_tables_of_a_report_mark_the_cells_that_stand_on_a_broken_link_and_no_other(broken):
    """In Markdown and LaTeX; every cell is named with its reason in broken-links.csv, by the chain of `lineage`."""
    workspace, name = broken
    folder = workspace.reports / "tables"
    for kind, mark in (("md", "✗"), ("tex", r"$\times$")):
        text = (folder / f"small-levels-pos.{kind}").read_text()
        lines = [line for line in text.splitlines() if mark in line and "Broken link" not in line]
        assert lines and all("all" in line for line in lines)
        assert "Broken link" in text and "Broken link" not in (folder / f"small-levels-ner.{kind}").read_text()
    listed = {row["cell"]: row["broken link"] for row in csv.DictReader((folder / "broken-links.csv").open())}
    assert all(why.startswith(f"{name}: ") for why in listed.values())
    graph = Graph.of(workspace)
    addressed = graph.column("select address from cells")
    wanted = {
        one for one in addressed if name in {row["run"] for row in questions.of_cell(graph, addresses.parse(one, 2))["runs"]}
    }
    assert wanted == listed.keys() & set(addressed) and 10 < len(wanted) < len(addressed)


def test_a_report_made_again_is_the_same_although_the_link_holds_again(broken, predicted, tmp_path):
    """What a page says of links is what the report saw; whether they hold now is what `verify` says."""
    workspace, name = broken
    root = tmp_path / "checkout"
    shutil.copytree(workspace.root, root)
    again = Workspace(root, workspace.profile)
    shutil.copy(place(predicted, name), place(again, "evaluate small all pos s17"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(root)
        report.remake(again, SETTINGS, tmp_path / "made")
        assert (tmp_path / "made/index.html").read_text() == page(workspace)
        assert (tmp_path / "made/tables/small-levels.md").read_bytes() == (
            workspace.reports / "tables/small-levels.md"
        ).read_bytes()
        edited = page(workspace).replace("is gone", "is here")
        again.page.write_text(edited)
        report.remake(again, SETTINGS, tmp_path / "other")
        assert (tmp_path / "other/index.html").read_text() != edited


def test_verify_writes_the_page_with_what_is_broken_now(predicted, tmp_path, monkeypatch):
    """A report refuses changed predictions, so its page is of before; the page of `verify --html` shows them."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = tmp_path / "checkout"
    shutil.copytree(predicted.root, root)
    monkeypatch.chdir(root)
    workspace = Workspace(root, predicted.profile)
    file = place(workspace, "evaluate small all ner s23")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert "✗ Broken link" not in page(workspace).partition("<script")[0]
    write_page(at_hand.gather(workspace, SETTINGS), SETTINGS, [], tmp_path / "now.html")
    text = (tmp_path / "now.html").read_text()
    assert "evaluate small all ner s23: mlruns/" in text and "its sha256 is" in text and str(root) not in text
    found = chains.standing_of(chains.of_page(text))
    assert [why for verdict, why in found.values() if verdict == "broken"] and 'class="broken"' in text


def test_a_report_says_what_is_not_at_hand_and_marks_nothing(reported):
    text = page(reported).partition("<script")[0]
    found = chains.standing_of(chains.of_page(page(reported)))
    assert {verdict for verdict, _ in found.values()} == {"not at hand"}
    assert "its run was restored from study.json, without files" in {why for _, why in found.values()}
    assert 'class="broken"' not in text and "Broken link" not in text


def test_a_page_of_too_many_runs_says_how_to_see_a_chain(monkeypatch, reported):
    monkeypatch.setattr(chains, "MOST", 10)
    given = chains.of_page(page(reported))
    made = chains.embedded({name: given[name] for name in ("runs", "files")}, {}, [], {"runs": {}})
    assert made["left_out"] == 0 and "runs" not in made and made["sha256"]


def test_no_character_of_what_a_page_says_of_runs_and_links_can_change_unseen(reported):
    """A page made again repeats what the page at hand says of them, so it must not repeat what somebody changed."""
    text = page(reported)
    begin, end = text.index('"places":'), text.index("</script>", text.index('"places":'))
    chance = random.Random(17)
    for _ in range(300):
        place = chance.randrange(begin, end)
        other = chance.choice([one for one in '0123456789abcdef-/ "[],:' if one != text[place]])
        assert chains.of_page(f"{text[:place]}{other}{text[place + 1 :]}") == {}, text[place - 20 : place + 20]
    assert chains.of_page(text)
