"""The page in a browser: nothing on the console, cells open, rows are filtered and sorted, nothing runs over a phone's width."""

import base64
import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import made_up
import pytest
from browser import CHROMIUM, browse, contrast
from paper_files import THE_PAPER

from realignment.core import escaping
from realignment.paper.model import AuthorsModel
from realignment.report import authors_sections, comparison_tables, header, html, links, paper_sections, sections
from realignment.report.figures import captions
from realignment.results import study_tables, tables
from realignment.results.averages import collect
from realignment.results.scores import of_records

ROOT = Path(__file__).parents[2]
WHERE = "http://127.0.0.1:5000"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; Debian's package `chromium` is used")


@pytest.fixture(scope="module")
def authors() -> str:
    found = paper_sections.authors_tables(THE_PAPER)
    parts = authors_sections.page_sections(AuthorsModel(THE_PAPER), found, [], {"where": WHERE, "experiment": "2"})
    return html.render(html.Page("Theirs", authors_sections.LEAD, authors_sections.facts(THE_PAPER), "", parts))


@pytest.fixture(scope="module")
def text() -> str:
    known = {language.code: language for language in made_up.world()}
    study = made_up.read()
    runs = collect(of_records(study["records"], known, {"small": "mbert"}))
    one = tables.Study(runs, "small", made_up.SUBSETS)
    tasks = ["pos", "ner", "nli"]
    views = comparison_tables.views(one, comparison_tables.of_study(one, tasks))
    first, *drawn = captions.of_study([one], tasks, study["records"])
    content = {"manifest": made_up.manifest(), "subsets": made_up.subsets(), "quality": {}, "records": study["records"]}
    parts = [
        sections.found(["One sentence."], first),
        *sections.study_sections(study_tables.of_study(one, tasks), drawn, {"small": "profile=sample | " * 9}, views),
        sections.trust_section(content, views, 1.0, ROOT),
    ]
    runs = {record.key: f"id of {record.name}" for record in study["records"]}
    behind = links.of_study(study, {"where": WHERE, "experiment": "1", "runs": runs}, {"qab": "Second"})
    return html.render(html.Page("Study", "lead", {"Profile": "sample"}, header.GENERATED, parts, behind))


def test_the_console_is_free_of_errors_and_nothing_is_asked_for(text, tmp_path):
    told, console = browse(text, tmp_path, "return performance.getEntriesByType('resource').map((one) => one.name)")
    assert told == []
    assert console == ""


def test_a_cell_opens_what_each_seed_gave_its_languages_and_its_runs(text, tmp_path):
    script = """
    const row = [...document.querySelectorAll("#t-small-levels tbody tr")].find((one) => one.cells[1]?.textContent === "latin_diverse_5");
    row.querySelector("td[data-s]").click();
    const dialog = document.getElementById("behind");
    return {open: dialog.open, text: dialog.textContent, seeds: row.querySelector("td[data-s]").dataset.s, named: row.closest("table").dataset.seeds,
            links: [...dialog.querySelectorAll("a")].map((one) => one.href)};
    """
    told, _ = browse(text, tmp_path, script)
    assert told["open"]
    assert "seed 17" in told["text"] and "seed 23" in told["text"]
    values = dict(zip(told["named"].split(), told["seeds"].split(), strict=True))
    assert set(values) == {"17", "23"} and all(value in told["text"] for value in values.values())
    first, *others = made_up.subsets()["subsets"]["latin_diverse_5"]["languages"]
    assert "Realigned on: " + ", ".join([f"Second {first}", *others]) in told["text"]
    links = [urlparse(link) for link in told["links"]]
    assert all(f"{one.scheme}://{one.netloc}" == WHERE and one.fragment.startswith("/compare-runs?") for one in links)
    asked = [parse_qs(one.fragment.partition("?")[2]) for one in links]
    assert [json.loads(one["runs"][0]) for one in asked] == [
        [f"id of evaluate small latin_diverse_5 {task} s{seed}" for seed in (17, 23)]
        for task in ("nli", "pos", "ner", "retrieval")
    ]
    assert {one["workflowType"][0] for one in asked} == {"machine_learning"}


def test_a_row_s_button_opens_all_its_cells_by_keyboard(text, tmp_path):
    script = """
    const button = document.querySelector("#t-small-tasks tbody tr:not(.section) button.more");
    button.focus();
    button.click();
    return {focused: document.activeElement !== document.body, label: button.getAttribute("aria-label"),
            rows: document.querySelectorAll("#behind tbody tr").length,
            cells: button.closest("tr").querySelectorAll("td[data-s]").length};
    """
    told, _ = browse(text, tmp_path, script)
    assert told["focused"] and told["label"].startswith("What is behind All languages")
    assert told["rows"] == told["cells"] > 3


def test_a_language_table_opens_by_its_column(text, tmp_path):
    script = """
    const table = document.querySelector("table[data-across]");
    table.querySelectorAll("tbody tr:not(.section)")[0].querySelectorAll("td[data-s]")[1].click();
    return document.getElementById("behind").textContent;
    """
    told, _ = browse(text, tmp_path, script)
    assert "in MLflow" in told and "realignment lineage small/" in told


def test_rows_are_filtered_with_their_headings(text, tmp_path):
    script = """
    const field = document.querySelector("input.filter");
    field.value = "latin";
    field.dispatchEvent(new Event("input"));
    const table = document.querySelector("table.sortable");
    return {rows: [...table.querySelectorAll("tbody tr")].filter((one) => !one.hidden).map((one) => one.cells[0].textContent.trim()),
            said: document.querySelector("output").textContent};
    """
    told, _ = browse(text, tmp_path, script)
    assert [row.removesuffix(" ⋯") for row in told["rows"]] == ["Script diversity", "Most diverse using Latin script"]
    assert re.fullmatch(r"1 of \d+ rows", told["said"])


def test_a_click_on_a_heading_sorts_by_the_numbers(text, tmp_path):
    script = """
    const table = document.querySelector("#t-small-levels");
    table.tHead.rows[0].cells[3].querySelector("button").click();
    return [...table.querySelectorAll("tbody tr:not(.section) td:nth-child(4)")].map((one) => parseFloat(one.textContent));
    """
    told, _ = browse(text, tmp_path, script)
    known = [value for value in told if value is not None]
    assert known == sorted(known, reverse=True) and len(known) > 5


FRAME = """<!DOCTYPE html><html><body><iframe id="frame" style="border: 0; width: {width}px; height: 900px"></iframe>
<script type="text/plain" id="page">{page}</script></body></html>"""


def in_frame(text: str, width: int) -> str:
    """The page in a frame: the narrowest window of the browser is wider than a phone."""
    return FRAME.format(width=width, page=base64.b64encode(text.encode()).decode())


MEASURE = """
const page = new TextDecoder().decode(Uint8Array.from(atob(document.getElementById("page").textContent), (one) => one.charCodeAt(0)));
const inside = document.getElementById("frame").contentDocument;
inside.open(); inside.write(page); inside.close();
for (const one of inside.querySelectorAll("details")) one.open = true;
const root = inside.documentElement, width = root.clientWidth;
const out = [...inside.querySelectorAll("h2, h3, p, dl, .tools, .scroll, figure, article, details")].filter((one) => one.getBoundingClientRect().right > width + 1);
return {wide: root.scrollWidth, width, out: out.map((one) => one.outerHTML.slice(0, 120))};
"""


@pytest.mark.parametrize(("name", "width"), [("text", 390), ("text", 768), ("text", 1400), ("authors", 390)])
def test_nothing_runs_out_of_the_page_on_a_phone_a_tablet_or_a_screen(request, name, width, tmp_path):
    """With everything open. Tables and figures scroll within their boxes."""
    told, _ = browse(in_frame(request.getfixturevalue(name), width), tmp_path, MEASURE)
    assert told["wide"] <= told["width"] <= width and told["out"] == []


def test_figures_stand_beside_each_other_on_a_screen_and_under_each_other_on_a_phone(text, tmp_path):
    script = (
        MEASURE.rpartition("const root")[0]
        + """
    const tops = [...inside.querySelectorAll("#helps .figures figure")].map((one) => one.getBoundingClientRect().top);
    return tops.length === 2 && tops[0] === tops[1];
    """
    )
    assert [browse(in_frame(text, width), tmp_path, script)[0] for width in (390, 1400)] == [False, True]


SHOWN = """
const table = document.querySelector("#t-small-tasks");
const field = table.parentElement.previousElementSibling.querySelector("input.filter");
field.value = "uriel";
field.dispatchEvent(new Event("input"));
return {rows: shownRows(table), csv: commas(shownRows(table)), tabs: tabs(shownRows(table))};
"""


def test_a_table_leaves_the_page_as_it_is_shown_with_its_section_as_a_column(text, tmp_path):
    told, _ = browse(text, tmp_path, SHOWN)
    head, *rows = told["rows"]
    assert head[:4] == ["Section", "Subset", "Name", "Languages"] and len({len(row) for row in told["rows"]}) == 1
    assert [(row[0], row[2]) for row in rows] == [
        ("Featural diversity", "uriel_diverse_5"),
        ("Featural diversity", "uriel_similar_5"),
        ("Realigned otherwise", "uriel_diverse_5 equal_pairs"),
        ("Realigned otherwise", "uriel_diverse_5 words"),
        ("Controls", "uriel_diverse_5 shuffled"),
    ]
    assert list(csv.reader(io.StringIO(told["csv"]))) == told["rows"]
    assert [line.split("\t") for line in told["tabs"].splitlines()] == told["rows"]


def test_a_table_by_csv_marks_what_a_spreadsheet_would_compute(text, tmp_path):
    """As the files of the report have it, see `escaping.cell`."""
    given = ["=1+1", "+4.09 ± 1.24", "-3.5", "a, b", 'say "so"', "@x"]
    told, _ = browse(text, tmp_path, f"return commas([{json.dumps(given)}]);")
    assert next(csv.reader(io.StringIO(told))) == [escaping.cell(one) for one in given]


def test_every_table_has_a_button_to_copy_it_and_one_to_download_it(text, tmp_path):
    script = """
    const made = [];
    HTMLAnchorElement.prototype.click = function () { made.push([this.download, this.href.slice(0, 5)]); };
    const tables = [...document.querySelectorAll("table.sortable")];
    const tools = tables.map((one) => [...one.parentElement.previousElementSibling.querySelectorAll("button")].map((button) => button.textContent));
    [...tables[0].parentElement.previousElementSibling.querySelectorAll("button")].find((one) => one.textContent === "CSV").click();
    return {tools, made, name: tables[0].id};
    """
    told, console = browse(text, tmp_path, script)
    assert len(told["tools"]) > 8 and all(one == ["Copy", "CSV"] for one in told["tools"])
    assert told["made"] == [[told["name"].removeprefix("t-") + ".csv", "blob:"]] and console == ""


def test_dark_and_light_have_readable_text(text, tmp_path):
    """Contrast of the text to its ground is at least 7 (WCAG AAA) in both themes."""
    script = """
    const style = getComputedStyle(document.body);
    return [style.color, style.backgroundColor];
    """
    grounds = set()
    for flags in ((), ("--blink-settings=preferredColorScheme=0",)):
        told, _ = browse(text, tmp_path, script, *flags)
        assert contrast(*told) >= 7
        grounds.add(told[1])
    assert len(grounds) == 2, "both themes were seen"
