"""The cells that the data files hold are those that the paper prints."""

import csv
import subprocess
import sys

import pytest
from paper_files import ROOT, THE_PAPER

from realignment.paper.printed import TABLES, TASKS
from realignment.results.headings import ENCODERS

PAPER = next((path for up in ROOT.parents[:2] if (path := up / "shared/paper/paper.txt").is_file()), None)
PARSE = [sys.executable, ROOT / "data/published/parse.py"]


def test_captions_of_tables_8_and_10_are_swapped_in_print():
    """Their rows `none` are those of the other model in Table 1, to one decimal."""
    printed = {(cell.table, cell.model, cell.subset, cell.task): cell for cell in THE_PAPER.printed}
    for table, model in TABLES.items():
        for task in TASKS:
            cell = printed[table, model, "none", task]
            assert cell.caption_as_printed != ENCODERS[model]
            assert cell.mean == pytest.approx(printed["1", model, "none", task].mean, abs=0.06)


def test_a_row_without_a_method_belongs_to_the_method_above_it(tmp_path):
    paper = tmp_path / "paper.txt"
    rows = ["| a | b |", "|---|---|", "| Fine-tuning only | 0 | 50.00 ± 0.10 | 60.00 ± 0.20 | 70.00 ± 0.30 | |"]
    rows += ["| <i>Most diverse scripts</i> | 5 | 51.00 ± 0.10 | 61.00 ± 0.20 | 71.00 ± 0.30 | |"]
    rows += ["| | 10 | 52.00 ± 1.00 | 62.00 ± 0.20 | 72.00 ± 0.30 | |"]
    paper.write_text("\n\n".join("\n".join([*rows, "", f"Table {number}: Accuracy."]) for number in (1, 8, 9, 10, 11)))
    text = subprocess.run([*PARSE, paper], check=True, capture_output=True, text=True).stdout
    printed = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    found = {(row["table"], row["subset"], row["task"]): (row["model"], row["mean"], row["std"]) for row in printed}
    assert found["8", "script_diverse_10", "nli"] == ("mbert", "52.00", "1.00")
    assert found["10", "none", "ner"] == ("xlmr", "70.00", "0.30")


@pytest.mark.skipif(PAPER is None, reason="the text of the paper is not in the repository; shared/paper/paper.txt is not there")
@pytest.mark.parametrize("name", ["printed.tsv", "table5.tsv", "table6.tsv", "table7.tsv"])
def test_the_data_files_are_what_the_text_of_the_paper_says(name):
    text = subprocess.run([*PARSE, PAPER, name], check=True, capture_output=True, text=True).stdout
    assert text == (THE_PAPER.path(name)).read_text(encoding="utf-8")


@pytest.mark.parametrize(("table", "model", "subset", "task", "what", "shown"), [
    ("1", "mbert", "seen_mbert__random", "avg", "", "56.1"), ("2", "xlmr", "", "nli", "words", "60.65 ± 0.33"),
    ("2", "", "", "hours", "words", "1.93 ± 0.039"), ("3", "llama", "", "ner", "after", "30.2"),
    ("4", "gemma", "none", "ner", "cross-lingual", "35.9"), ("9", "mbert", "joshi_45__script_diverse", "pos", "", "63.54 ± 0.35"),
    ("11", "xlmr", "unseen_xlmr__random", "ner", "", "53.54 ± 1.42"),
])  # fmt: skip
def test_cells_read_by_hand_in_the_paper_are_in_the_file(table, model, subset, task, what, shown):
    cells = [(one.table, one.model, one.subset, one.task, one.what, one.shown) for one in THE_PAPER.printed]
    assert cells.count((table, model, subset, task, what, shown)) == 1
