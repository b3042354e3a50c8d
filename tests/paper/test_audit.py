"""The audit of the paper: quotes stand in the paper, findings hang on the data, the command shows them."""

import csv
import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shipped
from click.testing import CliRunner
from paper_files import ROOT, THE_PAPER, findings

from realignment import cli
from realignment.core.errors import BadInput
from realignment.paper.audit import findings as audit
from realignment.paper.audit import registry
from realignment.paper.paper import Paper
from realignment.subsets import table6

PAPER = next((path for up in ROOT.parents[:2] if (path := up / "shared/paper/paper.txt").is_file()), None)
WORDS = {1: "one", 2: "two", 4: "four", 5: "five", 6: "six"}


@pytest.fixture
def found():
    return findings()


def claims(folder: Path = ROOT) -> list[dict]:
    with (folder / "data/published/claims.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", claims(), ids=lambda row: row["id"])
def test_the_numbers_of_a_claim_stand_in_its_quote(row):
    held = [float(one.replace(",", "")) for one in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?(?:e-\d+)?", row["quote"])]
    for number in map(float, row["numbers"].split()):
        assert number in held or re.search(rf"\b{WORDS.get(int(number), '-')}", row["quote"]), number


def plain(text: str) -> str:
    """Without marks of emphasis and of mathematics, footnote marks and line breaks."""
    text = re.sub(r"</?i>|\*+|\$|_(?=\{65\})|[¹²³](?= |$)", "", text)
    for mark, sign in ((r"\in", "∈"), (r"\{", "{"), (r"\}", "}"), ("{65}", "65")):
        text = text.replace(mark, sign)
    return re.sub(r"\s+", " ", text).replace(" ,", ",")


def running(text: str) -> str:
    """The text without the tables, captions and footnotes that a page break puts into the middle of a sentence."""
    between = r"\s*(Figure \d+:|Table \d+:|\||\^\{?\*|[¹²³]\S)"
    whole = plain(" ".join(part for part in re.split(r"\n\s*\n", text) if not re.match(between, part)))
    return re.sub(r"(?<=[a-z])- (?=ual\b|ment\b)", "", whole)  # words that a page break divides


@pytest.mark.skipif(PAPER is None, reason="the text of the paper is not in the repository; shared/paper/paper.txt is not there")
def test_a_quotation_begins_and_ends_where_a_sentence_of_the_paper_does():
    """Before it: the end of a sentence, a mark of a list, or a heading that stands in the line. After it: anything."""
    text = PAPER.read_text(encoding="utf-8")
    places = {"sentence": running(text), "caption": plain(text)}
    begins = re.compile(r"(?:[.:;)] |- |\d\. |Datasets |Results |Languages )$")
    cut = {}
    for row in claims():
        if row["kind"] in places:
            before, found, _ = places[row["kind"]].partition(plain(row["quote"]))
            if not found or not begins.search(before) or not row["quote"].endswith((".", ":")):
                cut[row["id"]] = before[-20:] if found else "not in the paper"
    assert cut == {}


@pytest.mark.skipif(PAPER is None, reason="the text of the paper is not in the repository; shared/paper/paper.txt is not there")
def test_quoted_rows_and_equations_stand_in_the_paper_to_the_letter():
    whole = re.sub(r"\s+", " ", re.sub(r"</?i>", "", PAPER.read_text(encoding="utf-8")))
    quoted = [row for row in claims() if row["kind"] in ("row", "equation", "footnote")]
    assert [row["id"] for row in quoted if row["quote"] not in whole] == []


@pytest.mark.parametrize("row", claims(), ids=lambda row: row["id"])
def test_a_quotation_is_a_whole_sentence_or_says_what_else_it_is(row):
    assert row["kind"] in ("sentence", "caption", "footnote", "row", "equation")
    if row["kind"] in ("sentence", "caption"):
        assert row["quote"][0].isupper()
        assert row["quote"].endswith((".", ":"))
        assert row["quote"].count("(") == row["quote"].count(")") or re.search(r"\d\) ", row["quote"])
    else:
        assert row["where"].startswith(("Table", "Equation", "Footnote"))


def test_a_finding_quotes_whole_claims_or_says_what_a_table_prints(found):
    """What stands between quotation marks is a claim of claims.tsv, from its first word to its last."""
    known = {row["quote"] for row in claims()}
    for row in found.values():
        if not row["printed"].startswith("“"):
            assert re.match(r"(Tables?|Equation) \d", row["printed"]), row["id"]
            continue
        for part in row["printed"].split(" / "):
            assert part[1:-1] in known or part.startswith("Table "), (row["id"], part)


def test_a_finding_is_told_in_whole_sentences(found):
    for row in found.values():
        for text in filter(None, (row["follows"], row["in_fairness"])):
            assert (text[0].isupper() or text[0].isdigit() or text[0] == "“") and text.endswith("."), (row["id"], text)
        assert row["printed"].endswith((".", ".”", ":”", "}”", "Indo-European.")), (row["id"], row["printed"])
        assert not re.search(r"\[\]|\{\}|\bNone,|  |\(\)", row["printed"] + row["follows"]), row["id"]


def test_evidence_can_be_read_as_it_stands(found):
    """Numbers, sentences and lists of them; no dictionary within a cell."""
    for row in found.values():
        assert row["evidence"] or row["verdict"] == registry.AGREES, row["id"]
        for value in row["evidence"].values():
            parts = value if isinstance(value, (list, tuple)) else [value]
            assert all(isinstance(part, (str, int, float)) for part in parts), (row["id"], value)


def test_what_can_be_told_is_told_by_a_test(found):
    """Who says that something can (or cannot) be told shows the p behind it, in the finding or in its evidence."""
    for row in found.values():
        whole = f"{row['follows']} {row['in_fairness']} {json.dumps(row['evidence'], ensure_ascii=False)}"
        if "be told" in row["follows"] + row["in_fairness"]:
            assert re.search(r"p [=<] \.\d|\(Holm\)", whole), row["id"]


TWO_READINGS = (
    "unseen-better-than-all",
    "surpass-65",
    "significantly",
    "five-are-enough",
    "below-the-baseline",
    "headline-power",
)


@pytest.mark.parametrize("name", [*TWO_READINGS, "ood-over-all", "families-repeated", "table-6-recomputed", "licences"])
def test_where_two_readings_are_possible_the_authors_is_given(found, name):
    assert found[name]["in_fairness"]


def test_petty_findings_are_one_line_together(found):
    gone = {
        "codes-of-table-6",
        "names-of-table-7",
        "forty-four",
        "unscored",
        "americas-sizes",
        "missing-rows",
        "coverage",
        "other-sizes",
    }
    gone |= {"table-1-rounding", "table-4-baseline", "ten-languages-mbert-ner", "one-set-three-names"}
    assert not gone & set(found)
    assert found["small-things"]["group"] == found["small-phrases"]["group"] == "wording"


def test_every_claim_is_held_against_the_data_by_some_check():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/realignment/paper/audit").glob("*.py"))
    spelled = {row["id"] for row in claims() if f'"{row["id"]}"' in code}
    made = {row["id"] for row in claims() if row["id"].startswith(("table-", "caption-", "licence-"))}
    assert {row["id"] for row in claims()} == spelled | (made & {row["id"] for row in claims()})


def test_tags_are_counted_word_by_word(tmp_path):
    (tmp_path / "qaa").mkdir()
    (tmp_path / "qaa" / "test.txt").write_text("a NOUN\nb VERB\n\nc NOUN\n", encoding="utf-8")
    program = [sys.executable, ROOT / "data/published/count_tags.py", tmp_path]
    lines = subprocess.run(program, check=True, capture_output=True, text=True).stdout.splitlines()
    assert lines == ["language\tsentences\ttag\twords", "qaa\t2\tNOUN\t2", "qaa\t2\tVERB\t1"]


def test_counted_sentences_are_those_of_table_7():
    with (ROOT / "data/published/african_tags.tsv").open(encoding="utf-8", newline="") as file:
        counted = {row["language"]: int(row["sentences"]) for row in csv.DictReader(file, delimiter="\t")}
    with (ROOT / "src/realignment/data/table7.csv").open(encoding="utf-8", newline="") as file:
        known = {row["language"]: int(row["sentences"]) for row in csv.DictReader(file) if row["set"] == "masakhapos"}
    assert len(counted) == 15
    assert counted == {code: known[code] for code in counted}


def test_table_7_as_printed_agrees_with_the_sizes_that_are_known():
    """Two readings of one table: its rows with ticks, and the sizes by language, task and set."""
    from realignment.languages import table as languages

    names = {one.name: code for code, one in languages.paper().items()} | {"Chichewa": "nya", "Setswana": "tsn"}
    with (ROOT / "data/published/table7.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if not row["language"].startswith("English")]
    printed = {(names[row["language"]], task): row[task] for row in rows for task in ("nli", "pos", "ner") if row[task]}
    with (ROOT / "src/realignment/data/table7.csv").open(encoding="utf-8", newline="") as file:
        known = {(row["language"], row["task"]): row["printed"] for row in csv.DictReader(file) if row["printed"]}
    assert printed == {key: value for key, value in known.items() if key[0] != "eng"}
    assert {task for code, task in known if code == "eng"} == {"nli", "pos", "ner"}


def copy(folder: Path) -> Path:
    """A checkout with all that the audit reads."""
    for name in ("data/published", "data/uriel", "profiles"):
        shutil.copytree(ROOT / name, folder / name)
    shipped.settings(folder)
    return folder


def edited(path: Path, change) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    head, *rows = [line.split("\t") for line in lines]
    changed = [list(change(dict(zip(head, row, strict=True))).values()) for row in rows]
    assert changed != rows
    path.write_text("\n".join("\t".join(row) for row in [head, *changed]) + "\n", encoding="utf-8")


def captions_put_right(row):
    if row["id"] in ("caption-8", "caption-10"):
        row["quote"] = re.sub("mBERT|XLM-R", lambda one: {"mBERT": "XLM-R", "XLM-R": "mBERT"}[one[0]], row["quote"])
    return row


def no_better_than_averages(row):
    numbers = row["numbers"].split()
    return {**row, "numbers": " ".join(numbers[:2] * 2)} if row["id"].startswith("table-2-") else row


def oromo_put_right(row):
    return {**row, "opus100": "no", "nllb": "yes"} if row["language"] == "Oromo" else row


def range_put_right(row):
    return {**row, "numbers": "0.8 3.5"} if row["id"] == "decrease" else row


def dip_that_is_one(row):
    return {**row, "mean": "50.00"} if row["subset"] == "latin_similar_20" else row


def no_dip(row):
    return {**row, "mean": "70.00"} if row["subset"] == "latin_diverse_20" else row


def seeds_put_right(row):
    return {**row, "numbers": "4"} if row["id"] == "five-seeds" else row


def another_run(row):
    return {**row, "mean": "50.00"} if row["subset"] == "seen_xlmr__script_diverse" else row


@pytest.mark.parametrize(
    ("name", "file", "change"),
    [
        ("swapped-captions", "claims.tsv", captions_put_right),
        ("slightly-better", "claims.tsv", no_better_than_averages),
        ("oromo-ticks", "table7.tsv", oromo_put_right),
        ("section-6-decrease", "claims.tsv", range_put_right),
        ("dip-at-20", "printed.tsv", dip_that_is_one),
        ("dip-at-20", "printed.tsv", no_dip),
        ("seeds", "claims.tsv", seeds_put_right),
        ("printed-twice", "printed.tsv", another_run),
    ],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_a_finding_goes_when_the_data_no_longer_show_it(tmp_path, found, name, file, change):
    assert found[name]["verdict"] == registry.SLIP
    root = copy(tmp_path)
    edited(root / "data/published" / file, change)
    (row,) = audit.findings(Paper(root), name)
    assert row["group"] == registry.STANDS


def test_a_finding_goes_when_the_scores_no_longer_show_it(tmp_path, found):
    """Fine-tuning only at half of its scores: five languages are enough everywhere."""
    assert found["five-are-enough"]["verdict"] == registry.SLIP
    root = copy(tmp_path)
    scores = root / "data/published/scores.csv.gz"
    head, *rows = gzip.decompress(scores.read_bytes()).decode().splitlines()
    cells = [row.split(",") for row in rows]
    halved = [",".join([*row[:-1], str(float(row[-1]) / 2) if row[1] == "none" else row[-1]]) for row in cells]
    scores.write_bytes(gzip.compress("\n".join([head, *halved, ""]).encode()))
    edited(root / "data/published/averages.tsv", lambda row: {**row, "score": "0.3"} if row["subset"] == "none" else row)
    (row,) = audit.findings(Paper(root), "five-are-enough")
    assert row["verdict"] == registry.AGREES


def test_an_agreement_turns_into_a_slip_when_the_data_part(tmp_path, found):
    assert found["steps"]["verdict"] == registry.AGREES
    root = copy(tmp_path)
    edited(
        root / "data/published/table7.tsv", lambda row: {**row, "nli": "100"} if row["language"] == "English (training)" else row
    )
    (row,) = audit.findings(Paper(root), "steps")
    assert row["group"] == "number"


def test_a_cell_that_does_not_come_out_of_the_scores_is_a_slip(tmp_path, found):
    assert found["cells-recomputed"]["verdict"] == registry.AGREES
    root = copy(tmp_path)
    edited(root / "data/published/averages.tsv", lambda row: {**row, "score": "0.7"})
    (row,) = audit.findings(Paper(root), "cells-recomputed")
    assert row["verdict"] == registry.SLIP
    assert row["evidence"]["do not come out"] == ["mBERT none pos"]


def test_a_file_that_is_gone_is_named(tmp_path):
    root = copy(tmp_path)
    (root / "data/published/claims.tsv").unlink()
    with pytest.raises(BadInput, match=r"claims\.tsv is required and does not exist; `git checkout"):
        audit.findings(Paper(root))


def test_what_stands_comes_first_then_the_gravest(found):
    ranks = [(row["group"], registry.CHECKS[name].severity) for name, row in found.items()]
    assert ranks == sorted(ranks, key=lambda one: (registry.GROUPS.index(one[0]), registry.SEVERITIES.index(one[1])))
    assert ranks[0] == ("stands", "conclusion")
    assert all((row["group"] == registry.STANDS) == (row["verdict"] == registry.AGREES) for row in found.values())


def test_the_documents_list_conclusions_in_the_order_of_the_audit(found):
    text = " ".join((ROOT / "docs/paper.md").read_text(encoding="utf-8").split())
    shown = text[text.index("1. **What stands**") : text.index("3. **Numbers**")]
    counts = [int(count) for count in re.findall(r"\*\* \((\d+)", text)]
    assert counts == [sum(row["group"] == group for row in found.values()) for group in registry.GROUPS]
    graver = [
        name
        for name, row in found.items()
        if row["group"] in registry.GROUPS[:2] and registry.CHECKS[name].severity == "conclusion"
    ]
    assert re.findall(r"`([a-z0-9-]+)`", shown) == graver


def test_a_conclusion_that_reads_otherwise_says_what_speaks_for_it_and_what_would_settle_it(found):
    for row in found.values():
        if row["group"] == "conclusion":
            assert row["in_fairness"].endswith(".") and row["settled_by"].endswith("."), row["id"]


def test_at_least_fifteen_findings_and_no_table_6_remark_without_one(found):
    slips = {name for name, row in found.items() if row["verdict"] == registry.SLIP}
    assert len(slips) >= 15
    noted = {row.name for row in table6.rows().values() if row.erratum}
    shown = json.dumps([row for row in found.values() if row["id"] in slips], ensure_ascii=False)
    assert {name for name in noted if name not in shown and table6.rows()[name].printed_as not in shown} == set()


def test_every_command_of_a_finding_exists(found):
    for row in found.values():
        words = row["command"].split()
        assert words[0] == "realignment" and words[1] in cli.LOOKING
        outcome = CliRunner().invoke(cli.group, [*words[1:2], *[one for one in words[2:3] if one.isalnum()], "--help"])
        assert outcome.exit_code == 0
        assert all(option in outcome.output for option in words if option.startswith("--")), row["command"]


def test_a_command_shows_the_finding_it_is_named_for(found):
    """The finding itself, or a listing of what it is about: Table 6 with its slips, Table 4, the licences."""
    listings = {
        "latin-20-swapped": "subsets table6",
        "table-6-recomputed": "subsets table6",
        "table-4-one-run": "tables 4",
        "licences": "licences",
    }
    for name, row in found.items():
        assert row["command"] == f"realignment {listings.get(name, f'audit-paper --finding {name}')}"


def invoke(*words: str, monkeypatch) -> str:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("realignment.paper.paper.Paper", lambda root: THE_PAPER)  # which has read its files already
    outcome = CliRunner().invoke(cli.group, ["audit-paper", *words])
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_the_command_prints_a_line_for_each_check_in_one_order(monkeypatch, found):
    lines = [line.split("\t") for line in invoke(monkeypatch=monkeypatch).splitlines()]
    assert lines[0][:2] == ["id", "group"]
    assert [tuple(line[:2]) for line in lines[1:]] == [(name, row["group"]) for name, row in found.items()]
    asked = json.loads(invoke("--group", "conclusion", "--json", monkeypatch=monkeypatch))
    assert [row["id"] for row in asked] == [name for name, row in found.items() if row["group"] == "conclusion"]


def test_an_unknown_group_is_refused(monkeypatch):
    monkeypatch.chdir(ROOT)
    outcome = CliRunner().invoke(cli.group, ["audit-paper", "--group", "conclusions"])
    assert isinstance(outcome.exception, BadInput) or outcome.exit_code == 2
    assert "unknown group `conclusions`; nearest: conclusion" in outcome.output + str(outcome.exception)


def test_one_finding_is_shown_with_its_evidence(monkeypatch, found):
    lines = dict(line.split("\t", 1) for line in invoke("--finding", "sixfold", monkeypatch=monkeypatch).splitlines())
    assert (lines["group"], lines["ratio"]) == ("stands", "6.5")
    lines = dict(line.split("\t", 1) for line in invoke("--finding", "surpass-65", monkeypatch=monkeypatch).splitlines())
    assert lines["in fairness"] == found["surpass-65"]["in_fairness"]
    (row,) = json.loads(invoke("--finding", "list-sizes", "--json", monkeypatch=monkeypatch))
    assert row["evidence"] == found["list-sizes"]["evidence"]


def test_an_unknown_finding_is_refused_with_the_nearest():
    with pytest.raises(BadInput, match="unknown finding `list-size`; nearest: list-sizes"):
        audit.findings(THE_PAPER, "list-size")
