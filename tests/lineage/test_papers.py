"""The paper's cells: what is printed, what the authors' stored runs give, and the files both stand in."""

import json

import paper_files
import pytest
from click.testing import CliRunner

from realignment import cli
from realignment.core.errors import BadInput
from realignment.core.hashing import file_digest
from realignment.lineage import papers, tree
from realignment.paper import explained

ROOT = paper_files.ROOT


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.chdir(ROOT)


def asked(name: str) -> dict:
    return json.loads(CliRunner().invoke(cli.group, ["lineage", name, "--json"], catch_exceptions=False).stdout)


def test_a_printed_cell_is_recomputed_from_the_rows_of_its_runs(raw):
    found = asked("table10:xlmr/latin_diverse_10/ner")["paper"]
    assert found["printed"] == found["recomputed"] == "56.27 ± 0.34" and found["seeds"] == ["17", "23", "42", "66"]
    codes = found["languages"]["ner"]
    assert len(codes) == 64
    mine = paper_files.average(raw, "xlm-roberta-base", "latin_diverse_10", "ner", codes)
    assert 100 * found["mean"] == pytest.approx(mine)


def test_its_files_have_their_own_hashes_and_the_number_of_rows_that_were_read():
    files = {row["path"]: row for row in asked("table10:xlmr/latin_diverse_10/ner")["data"]}
    assert set(files) == {f"data/published/{name}" for name in ("printed.tsv", "scores.csv.gz", "subsets.tsv")}
    assert files["data/published/scores.csv.gz"]["rows_used"] == 64 * 4
    for path, row in files.items():
        assert row["sha256"] == file_digest(ROOT / path) and row["revision"] and row["licence"] and row["origin"]


@pytest.mark.slow
def test_a_table_with_the_other_encoders_caption_is_answered_with_the_right_one():
    found = asked("table8:xlmr/latin_diverse_10/ner")["paper"]
    assert found["encoder"] == "mbert" and "captioned XLM-R and holds the scores of mBERT" in found["remark"]
    assert found["printed"] == asked("table8:mbert/latin_diverse_10/ner")["paper"]["printed"]


def test_a_cell_without_stored_runs_says_why_it_is_not_recomputed():
    found = asked("table9:mbert/seen_mbert__script_diverse/nli")
    assert found["paper"]["n"] == 0 and found["incomplete"] == [f"Not recomputed: {explained.TWIN}."]


def test_a_cell_of_averages_names_the_file_that_holds_them():
    found = asked("table8:mbert/none/pos")
    files = {row["path"].rpartition("/")[2]: row["rows_used"] for row in found["data"]}
    assert found["paper"]["agrees"] and files["averages.tsv"] == found["paper"]["n"] == 4


@pytest.mark.slow
def test_every_printed_cell_of_scores_has_a_name_of_its_own_and_an_answer():
    paper = papers.paper()
    names = list(papers.names(paper))
    assert len(names) == len(set(names)) > 400
    for name in names[::7]:
        answer = papers.of(paper, name)
        assert answer["paper"]["printed"] and answer["data"] and tree.of(answer).text.startswith(name)


@pytest.mark.parametrize(("name", "answer"), [
    ("table8:mbert/latin_diverse/ner", "nearest: mbert/latin_diverse_"),
    ("table5:mbert/all/ner", "a table of scores is required"),
    ("table10:bert/all_65/ner", "Table 10 prints no `bert/all_65/ner`"),
])  # fmt: skip
def test_a_cell_that_is_not_printed_is_answered_with_near_ones(name, answer):
    with pytest.raises(BadInput, match=answer):
        CliRunner().invoke(cli.group, ["lineage", name], catch_exceptions=False)
