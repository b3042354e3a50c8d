"""The page: one file, nothing fetched, every table with a caption, ours apart from the authors'."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import made_up
import pytest
from paper_files import THE_PAPER

from realignment.report import html, paper_sections, provenance, sections
from realignment.results import tables
from realignment.results.averages import collect
from realignment.results.scores import of_records
from realignment.results.study_tables import of_study

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
    parts = [
        *sections.study_sections(built, [], {"small": "profile=sample"}),
        *sections.evidence_sections(content),
        sections.runs_section("sample", {"where": "http://127.0.0.1:5000", "experiment": "1"}),
    ]
    parts += sections.authors_sections(THE_PAPER, paper_sections.authors_tables(THE_PAPER))
    return html.render(html.Page("Study <1>", "lead", {"Profile": "sample"}, sections.GENERATED, parts))


@pytest.fixture(scope="module")
def outline(text) -> Outline:
    return Outline(text)


def test_no_request_leaves_the_page(text, outline):
    for tag, attributes, _ in outline.found:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert "src" not in attributes
        for name in ("href", "xlink:href", "action"):
            assert attributes.get(name, "#").startswith("#"), (tag, attributes)
    assert not re.search(r"url\((?!#|&quot;#)", text)
    assert "@import" not in text
    assert "fetch(" not in text


def test_every_table_has_a_caption_and_scoped_headings(outline):
    tags = [tag for tag, _, _ in outline.found]
    assert tags.count("table") == tags.count("caption") > 12
    assert all(attributes.get("scope") in {"col", "row", "rowgroup"} for tag, attributes, _ in outline.found if tag == "th")


def test_ids_are_unique_and_every_link_has_its_target(outline):
    ids = [attributes["id"] for _, attributes, _ in outline.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"][1:] for tag, attributes, _ in outline.found if tag == "a"}
    assert targets <= set(ids)


def test_text_is_escaped(text):
    assert "<title>Study &lt;1&gt;</title>" in text


def test_the_page_says_that_generated_languages_prove_nothing(text):
    assert "known-answer test" in text


def test_the_page_is_small_enough_to_mail(text):
    assert len(text.encode()) < 5_000_000


def test_the_authors_numbers_stand_in_their_own_marked_section(text):
    ours, theirs = text.split('id="authors"')
    assert 'class="foreign"' in theirs[:200]
    assert "66.87 ± 0.27" in theirs  # Table 8, all 65 languages, POS
    assert "66.87 ± 0.27" not in ours
    assert "the authors&#39; runs" in theirs or "the authors' runs" in theirs


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
    assert sections.notice(False, 0.0) == ""
    assert "known-answer test" in sections.notice(True, 0.0)
    assert "50% of the training pairs" in sections.notice(False, 0.5)


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
    shown = html.render(html.Page("Study", "lead", {}, "", sections.evidence_sections(content, 0.1)))
    assert "more than 10% of their tokens are unknown" in shown and "95.0%" in shown


def test_weights_of_a_base_encoder_not_taken_as_they_stand_are_on_the_page():
    records = made_up.records()
    assert provenance.bases(records) == []
    records[0].counts["weights/head"] = 2
    (row,) = provenance.bases(records)
    assert (row["encoder"], row["of a head, not used"], row["taken out of a wrapper"]) == (records[0].cell.encoder, 2, 0)
