"""Every kind of cell of the page, clicked: the command it shows, run, prints the number that was clicked."""

import re
import shlex
import shutil
from dataclasses import replace

import made_up
import pytest
import record_chains
import shipped
import small_grid
from browser import CHROMIUM, browse
from click.testing import CliRunner
from encoders import build
from small_world import ROOT
from small_world import build as world

from realignment import cli, tracking
from realignment.core.errors import BadInput
from realignment.report import html, sections
from realignment.results import addresses, by_set, headings, study_tables, tables
from realignment.results.scores import RETRIEVAL
from realignment.study import grid, progress
from realignment.study.progress import Progress

STUDY = {
    "subsets": ["none", "latin_diverse", "uriel_diverse", "all"],
    "shuffled": ["all", "uriel_diverse"],
    "tasks": ["pos", "ner", "nli"],
    "seeds": [17, 23],
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store):
    """(workspace, page) of a finished study of every kind of row, with scores that follow from what each run is."""
    checkout = tmp_path_factory.mktemp("checkout")
    shutil.copy(empty_store, checkout / "mlflow.db")
    found, settings = world(checkout, build(tmp_path_factory.mktemp("encoder"), "bert"))
    settings = replace(settings, study=replace(settings.study, **STUDY))
    jobs = grid.plan(found, settings)
    progress = Progress(found, settings, jobs)
    for job in jobs:
        scored = [
            {
                "task": job.task or RETRIEVAL,
                "set": name,
                "language": code,
                "score": made_up.noise(job.name, name, code),
                "n": 20,
                "cut": 0,
            }
            for name in (("made", "other") if job.task else ("heldout",))
            for code in ("qaa", "qab", "qac", "qad")
            if job.verb == "evaluate" and (job.task or code != "qaa")
        ]
        progress.records[job.key] = small_grid.finished(job, scores=scored)
    progress.write()
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    sample = checkout / "profiles" / "sample.yaml"
    sample.write_text(sample.read_text().replace("reading: computed, n: 5", "reading: computed, n: 2"))
    return found, report(found)


def report(workspace) -> str:
    from realignment.corpora import manifest
    from realignment.report import links

    content, subsets = made_up.read(progress.read(workspace.study)), manifest.subsets(workspace)
    scores, made = tables.studies(content, manifest.load(workspace).languages, subsets)
    listed = [
        table
        for one in made
        for table in (*study_tables.of_study(one, STUDY["tasks"]), *by_set.of_study(one, scores, STUDY["tasks"]))
    ]
    behind = links.of_study(content, tracking.interface(workspace.root, "sample"), {})
    parts = sections.study_sections(listed, [], {"small": "profile=sample"})
    return html.render(html.Page("Study", "", {}, "", parts, behind))


CLICKS = """
const found = [];
for (const table of document.querySelectorAll("table[data-opens]"))
  for (const cell of table.querySelectorAll("td[data-s]")) {
    cell.click();
    const dialog = document.getElementById("behind");
    const pre = dialog.querySelector("pre");
    const heads = [...dialog.querySelectorAll("thead th")].map((one) => one.textContent);
    const values = [...dialog.querySelectorAll("tbody td")].map((one) => one.textContent);
    found.push({table: table.id, head: table.tHead.rows[0].cells[cell.cellIndex].textContent.trim(),
                row: cell.parentElement.cells[1].textContent.trim(), shown: cell.textContent.trim(),
                command: pre ? pre.textContent : null, heads, values});
    dialog.close();
  }
return found;
"""


@pytest.fixture(scope="module")
def clicked(finished, tmp_path_factory) -> list[dict]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; Debian's package `chromium` is used")
    return browse(finished[1], tmp_path_factory.mktemp("browser"), CLICKS)[0]


@pytest.fixture
def checkout(finished, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(finished[0].root)
    return finished[0]


@pytest.fixture(scope="module")
def chains(finished, clicked) -> list[dict]:
    """What each cell's command answers, the files read once for all."""
    from realignment.lineage import content

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        given = content.read(finished[0])
    named = [shlex.split(one["command"]) for one in clicked]
    assert {tuple(words[:2]) for words in named} == {("realignment", "lineage")}
    return [record_chains.of_cell(addresses.parse(words[2], 2), given) for words in named]


def test_the_command_prints_the_number_in_its_first_line(clicked, checkout):
    for one in {one["table"]: one for one in clicked}.values():  # one cell of each table
        words = shlex.split(one["command"])[1:]
        first = CliRunner().invoke(cli.group, words, catch_exceptions=False).stdout.splitlines()[0]
        assert re.sub(r" \(n=\d+\)", "", one["shown"]) in first


def test_every_cell_shows_one_command_that_prints_its_number(clicked, chains):
    kinds = {one["table"].removeprefix("t-small-") for one in clicked}
    assert {"levels", "gains", "tasks", "retrieval", "levels-pos", "languages-ner", "sets-nli"} <= kinds
    rows = {one["row"] for one in clicked}
    assert {"none", "all", "all shuffled", "uriel_diverse_2 shuffled", "untrained", "majority", "hypothesis"} <= rows
    commands = [one["command"] for one in clicked]
    assert None not in commands and len(set(commands)) > 200
    for one, chain in zip(clicked, chains, strict=True):
        printed = re.sub(r" \(n=\d+\)", "", one["shown"])  # where a cell has fewer seeds than its table
        assert chain["score"]["text"] == printed, one


def test_the_values_of_the_seeds_stand_under_their_seeds(clicked, chains):
    for one, chain in zip(clicked, chains, strict=True):
        shown = dict(zip(one["heads"][2:], one["values"][1:], strict=True))
        wanted = {
            f"seed {seed}": f"{100 * value:.2f}"
            for seed, value in zip(chain["score"]["seeds"], chain["score"]["values"], strict=True)
        }
        assert shown == wanted, one


def test_the_runs_of_a_command_are_those_of_its_row(clicked, chains):
    for one, chain in zip(clicked, chains, strict=True):
        cell = chain["cell"]
        row = f"{cell['subset']}.{cell['control']}" if cell["control"] else cell["subset"]
        allowed = {row, "none"} if cell["gain"] else {row}
        assert chain["runs"] and {run["run"].split()[2] for run in chain["runs"]} <= allowed, one


def test_a_row_s_button_lists_a_command_per_cell(finished, tmp_path):
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; Debian's package `chromium` is used")
    script = """
    const row = [...document.querySelectorAll("#t-small-tasks tbody tr")].find((one) => one.cells[1]?.textContent === "all shuffled");
    row.querySelector("button.more").click();
    return document.querySelector("#behind pre").textContent.split("\\n");
    """
    told, _ = browse(finished[1], tmp_path, script)
    assert told[0] == "realignment lineage 'small/all shuffled/nli/Average'" and len(told) == len(set(told)) == 6


@pytest.mark.parametrize(("text", "wanted"), [
    ("small/latin_diverse/pos", ("latin_diverse_2", "", "pos", "", False)),
    ("levels:small/all.shuffled/all/HRL", ("all", "shuffled", "all", "HRL", False)),
    ("small/all shuffled/all/LRL unseen/gain", ("all", "shuffled", "all", "LRL unseen", True)),
    ("small/untrained/ner/qab", ("none", "untrained", "ner", "qab", False)),
    ("small/none.majority/nli", ("none", "majority", "nli", "", False)),
])  # fmt: skip
def test_a_cell_is_named_as_the_report_prints_it(text, wanted):
    found = addresses.parse(text, 2)
    assert (found.subset, found.control, found.task, found.of, found.gain) == wanted


def test_the_name_of_a_cell_reads_back():
    for row in ("all", "all shuffled", "untrained", "majority"):
        for rest in ("pos", "all/HRL", "nli/Average/gain"):
            found = addresses.parse(f"small/{row}/{rest}", 5)
            assert addresses.parse(str(found), 5) == found and str(found) == f"small/{row}/{rest}"


@pytest.mark.parametrize(("text", "answer"), [
    ("small/all/poss", "unknown task `poss`"),
    ("small/all/pos/a/b", "`small/all/pos/a/b` names no cell; a cell is named ENCODER/SUBSET/TASK"),
    ("small/all shufled/pos", "nearest: shuffled"),
])  # fmt: skip
def test_a_name_that_names_no_cell_is_refused(text, answer):
    with pytest.raises(BadInput, match=answer):
        addresses.parse(text, 5)


def test_every_column_of_the_study_s_tables_has_a_name_of_its_own():
    titles = ["HRL", "Average", "Average without English"]
    for kind in ("levels", "gains", "retrieval", "levels-pos", "sets-ner"):
        names = [addresses.of_column(kind, title) for title in titles]
        assert all(names) and len(set(names)) == len(titles)
    for task, shown in headings.TASKS.items():
        assert addresses.of_column("tasks", f"{shown} without English") == f"{task}/Average without English"
