"""The page: one file, nothing fetched, every table with a caption, ours apart from the authors'."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import made_up
import pytest
from paper_files import THE_PAPER, findings

from realignment.paper.audit.registry import CHECKS
from realignment.paper.model import AuthorsModel
from realignment.report import authors_sections, header, html, paper_sections, provenance, sections
from realignment.report.view import Link
from realignment.results import tables
from realignment.results.averages import collect
from realignment.results.scores import of_records
from realignment.results.study_tables import of_study

WHERE = "http://127.0.0.1:5000"
AUTHORS = Link("Theirs", "sample/authors.html")
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Outline(HTMLParser):
    """Elements with their attributes; fails where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.found = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes), tuple(self.open)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text() -> str:
    known = {language.code: language for language in made_up.world()}
    study = made_up.read()
    runs = collect(of_records(study["records"], known, {"small": "mbert"}))
    built = of_study(tables.Study(runs, "small", made_up.SUBSETS), ["pos", "ner", "nli"])
    content = {
        "manifest": made_up.manifest(),
        "subsets": made_up.subsets(),
        "quality": {"bitext": made_up.quality()},
        "records": study["records"],
    }
    store = {"where": WHERE, "experiment": "1"}
    parts = [
        sections.found(["`Realignment` helps."]),
        *sections.study_sections(built, [], {"small": "profile=sample"}, (), sections.subsets_section(content)),
        sections.trust_section(content),
        sections.runs_section("sample", store),
    ]
    facts = {"Profile": "sample", "Runs": header.runs(study, store)}
    return html.render(html.Page("Study <1>", "lead", facts, header.GENERATED, parts, other=AUTHORS, files="sample/tables/"))


@pytest.fixture(scope="module")
def authors() -> str:
    """The authors' page, without their figures."""
    found = paper_sections.authors_tables(THE_PAPER)
    parts = authors_sections.page_sections(AuthorsModel(THE_PAPER), found, [], {"where": WHERE, "experiment": "2"})
    return html.render(html.Page("Theirs", authors_sections.LEAD, authors_sections.facts(THE_PAPER), "", parts))


@pytest.fixture(params=["text", "authors"])
def page(request) -> str:
    return request.getfixturevalue(request.param)


@pytest.fixture
def outline(page) -> Outline:
    return Outline(page)


def test_no_request_leaves_the_page(page, outline):
    """Links lead into the page, to the other page and to MLflow on the loopback, and wait for a click."""
    for tag, attributes, _ in outline.found:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert "src" not in attributes
        for name in ("href", "xlink:href", "action"):
            target = attributes.get(name, "#")
            assert target.startswith("#") or (tag == "a" and target.startswith((f"{WHERE}/#", AUTHORS.address))), (
                tag,
                attributes,
            )
    assert not re.search(r"url\((?!#|&quot;#)", page)
    assert "@import" not in page
    assert "fetch(" not in page


def test_every_table_has_a_caption_and_scoped_headings(outline):
    tags = [tag for tag, _, _ in outline.found]
    assert tags.count("table") == tags.count("caption") > 12
    assert all(attributes.get("scope") in {"col", "row", "rowgroup"} for tag, attributes, _ in outline.found if tag == "th")


def test_ids_are_unique_and_every_link_has_its_target(outline):
    ids = [attributes["id"] for _, attributes, _ in outline.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {
        attributes["href"][1:] for tag, attributes, _ in outline.found if tag == "a" and attributes["href"].startswith("#")
    }
    assert targets <= set(ids)


def test_text_is_escaped(text):
    assert "<title>Study &lt;1&gt;</title>" in text


def test_the_page_says_that_generated_languages_prove_nothing(text):
    assert "known-answer test" in text


def test_the_page_is_small_enough_to_mail(page):
    assert len(page.encode()) < 5_000_000


def test_the_questions_are_the_sections_in_the_order_a_reader_asks_them(text):
    assert re.findall(r'<h2 id="h-[^"]*">([^<]*)</h2>', text) == [
        "What was found",
        "Does realignment help, and where?",
        "Does it matter which languages?",
        "Is it alignment that does it?",
        "Can the numbers be trusted?",
        "Where are the runs?",
    ]


def test_controls_and_floors_stand_beside_the_subsets_they_are_controls_of(text):
    table = text[text.index('id="t-small-controls"') :].partition("</table>")[0]
    names = re.findall(r'<td class="head">([^<]*)</td>', table)
    assert names == ["none", "uriel_diverse_5", "uriel_diverse_5 shuffled", "untrained", "hypothesis", "majority"]


def test_the_conclusions_of_the_audit_stand_open_before_every_table_and_what_holds_comes_first(authors):
    """With what is said in the paper's favour and what would settle it, where there is something."""
    gravest = [row for name, row in findings().items() if CHECKS[name].severity == "conclusion"]
    first = authors.partition("<table")[0]
    places = [first.index(f'id="card-{row["id"]}"') for row in gravest]
    assert places == sorted(places) and gravest[0]["group"] == "stands"
    assert first.replace('<details class="facts" open>', "").count("<details") == 0
    for row in gravest:
        card = first[first.index(f'id="card-{row["id"]}"') :].partition("</article>")[0]
        for text in filter(None, (row["printed"], row["follows"], row["in_fairness"], row["settled_by"])):
            assert unescape(re.sub(r"</?code>", "`", card)).count(text) == 1


def test_every_check_of_the_audit_is_folded_behind(authors):
    folded = "".join(re.findall(r"<details>.*?</details>", authors, re.S))
    assert all(f">{one}<" in folded for one in findings())


def test_the_authors_page_holds_their_numbers(authors):
    assert "66.87 ± 0.27" in authors  # Table 8, all 65 languages, POS
    assert "the authors' runs" in unescape(authors)


def test_uncertain_gains_are_marked_in_text_and_in_style(outline, text):
    assert any("uncertain" in attributes.get("class", "").split() for _, attributes, _ in outline.found)
    assert re.search(r"uncertain[^>]*>[^<]* ~<", text)


def test_rows_of_the_data_table_add_up():
    rows = provenance.data(made_up.manifest()["files"])
    assert all(row["rows read"] == row["kept"] + row["refused"] for row in rows)
    assert sum(row["rows read"] for row in rows) == sum(file["rows_read"] for file in made_up.manifest()["files"])


def test_failed_checks_come_first_wherever_they_lie_in_a_file():
    nested = {
        "a": [{"suite": "s", "expectation": "e", "success": True}],
        "b": {"outcomes": [{"suite": "s", "expectation": "f", "success": False}]},
    }
    assert [row["outcome"] for row in provenance.checks(provenance.outcomes(nested))] == [provenance.FAILED, "passed"]


def test_excluded_rows_are_counted_by_reason():
    (row,) = provenance.excluded({"bitext": made_up.quality()})
    assert (row["excluded"], row["reasons"]) == (2, "equal to an evaluation sentence 2")


def test_the_notice_says_what_is_generated_and_what_the_encoder_has_read_beside_it():
    assert header.notice(False, 0.0) == ""
    assert "known-answer test" in header.notice(True, 0.0)
    assert "50% of the training pairs" in header.notice(False, 0.5)


def test_languages_an_encoder_cannot_read_are_on_the_page_with_the_share():
    """The worst run of each encoder and language; shares up to `check.max_unknown` are left out."""
    counts = [{"unknown/amh": 9, "tokens/amh": 10, "unknown/swa": 1, "tokens/swa": 100}, {"unknown/amh": 19, "tokens/amh": 20}]
    records = [replace(record, counts={**record.counts, **some}) for record, some in zip(made_up.records(), counts, strict=False)]
    records[1] = replace(records[1], cell=records[0].cell)
    assert [row["unknown tokens"] for row in provenance.unknown(records, 0.1)] == ["95.0%"]
    assert [(row["language"], row["unknown tokens"]) for row in provenance.unknown(records, 0.0)] == [
        ("amh", "95.0%"),
        ("swa", "1.0%"),
    ]
    content = {"manifest": made_up.manifest(), "subsets": made_up.subsets(), "quality": {}, "records": records}
    shown = html.render(html.Page("Study", "lead", {}, "", [sections.trust_section(content, (), 0.1)]))
    assert "more than 10% of their tokens are unknown" in shown and "95.0%" in shown


def test_weights_of_a_base_encoder_not_taken_as_they_stand_are_on_the_page():
    records = made_up.records()
    assert provenance.bases(records) == []
    records[0].counts["weights/head"] = 2
    (row,) = provenance.bases(records)
    assert (row["encoder"], row["of a head, not used"], row["taken out of a wrapper"]) == (records[0].cell.encoder, 2, 0)
