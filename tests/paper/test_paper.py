"""The value that stands for the paper: files are read when they are asked for, and once."""

import gzip
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from paper_files import ROOT, TASKS, THE_PAPER

from realignment.core.errors import BadInput
from realignment.paper import whole
from realignment.paper.paper import FOLDER, SCORES, Paper


def test_nothing_is_read_until_it_is_asked_for(tmp_path):
    paper = Paper(tmp_path)
    with pytest.raises(BadInput, match=r"printed\.tsv is required and does not exist; `git checkout"):
        _ = paper.printed


def test_a_file_is_read_once(tmp_path):
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    paper = Paper(tmp_path)
    known, cells = paper.rows("printed.tsv"), paper.printed
    shutil.rmtree(tmp_path / FOLDER)
    assert paper.rows("printed.tsv") is known and paper.printed is cells
    assert cells == THE_PAPER.printed


def test_rows_of_the_pools_are_judged_apart_from_those_of_tables_8_and_10():
    printed = {
        number: {cell.row.subset for cell in THE_PAPER.printed if cell.table == number} for number in ("8", "9", "10", "11")
    }
    for main, pools, (first, second) in zip(THE_PAPER.studies, THE_PAPER.pools, (("8", "9"), ("10", "11")), strict=True):
        assert {row.subset for row in main.rows(TASKS)} == printed[first]
        assert {row.subset for row in pools.rows(TASKS)} == printed[second] | {"none", "all_65"}


def edited(root: Path, name: str, edit: Callable[[list[str]], object]) -> Paper:
    """A folder with one file of data/published, whose lines were changed in place."""
    path, packed = root / FOLDER / name, name.endswith(".gz")
    lines = (gzip.decompress if packed else bytes)((ROOT / FOLDER / name).read_bytes()).decode().splitlines(keepends=True)
    edit(lines)
    path.parent.mkdir(parents=True)
    text = "".join(lines).encode()
    path.write_bytes(gzip.compress(text, 1) if packed else text)
    return Paper(root)


def cell(line: int, value: str, column: int = -1) -> Callable[[list[str]], None]:
    """Line of the file -> another value in a column."""

    def edit(lines: list[str]) -> None:
        between = "," if "," in lines[0] else "\t"
        cells = lines[line - 1].rstrip("\n").split(between)
        cells[column] = value
        lines[line - 1] = between.join(cells) + "\n"

    return edit


WORSE = "scores.csv.gz, score: number 0 to 1 is required; line 9 has"
RUN = "bert-base-multilingual-cased, african_21, ner, f1"


@pytest.mark.parametrize(("name", "edit", "said"), [
    (SCORES, cell(9, "1.20"), f"{WORSE} `1.20`"),
    (SCORES, cell(9, "31.567"), f"{WORSE} `31.567`"),
    (SCORES, cell(9, "nan"), f"{WORSE} `nan`"),
    (SCORES, cell(9, ""), f"{WORSE} ``"),
    (SCORES, lambda lines: lines.__setitem__(8, lines[8].rpartition(",")[0] + "\n"), "scores.csv.gz, line 9: 8 cells are required"),
    (SCORES, cell(9, "0.5,0.6"), "scores.csv.gz, line 9: 8 cells are required"),
    (SCORES, cell(1, "points"), "scores.csv.gz: rows with the columns model, subset,"),
    (SCORES, lambda lines: lines.insert(8, lines[8]), "scores.csv.gz: each score once is required; line 10 has"),
    (SCORES, cell(9, "accuracy", 6), "scores.csv.gz, metric: of the task ner f1 is required; line 9 has `accuracy`"),
    (SCORES, cell(9, "qaa", 5), f"scores.csv.gz, {RUN}, seed 17: the sets and languages of the other runs are required; masakhaner2 "),
    (SCORES, lambda lines: lines.pop(8), f"scores.csv.gz, {RUN}, seed 17: the sets and languages of the other runs are required; masakhaner2 "),
    (SCORES, lambda lines: lines.__setitem__(slice(1, None), [one for one in lines[1:] if not one.startswith("bert-base-multilingual-cased,african_21,17,")]),
     f"scores.csv.gz, {RUN}: seeds 17, 23, 42, 66 are required; it has 23, 42, 66"),
    (SCORES, lambda lines: lines.__setitem__(slice(1, None), [one for one in lines[1:] if ",all_65," not in one or ",wikiann,tha," not in one]),
     "scores.csv.gz, bert-base-multilingual-cased, all_65, ner, f1, seed 17: the sets and languages of the other runs are required; wikiann tha"),
    ("averages.tsv", cell(3, "62.0"), "averages.tsv, score: number 0 to 1 is required; line 3 has `62.0`"),
    ("mbert_none_pos.tsv", cell(3, "", 5), "mbert_none_pos.tsv, mean: number 0 to 100 is required; line 3 has ``"),
])  # fmt: skip
def test_what_no_score_can_be_and_what_is_not_whole_is_refused_by_file_line_and_value(tmp_path, name, edit, said):
    with pytest.raises(BadInput) as told:
        edited(tmp_path, name, edit).rows(name)
    text = str(told.value)
    assert text.startswith(f"{FOLDER}/{said}") and text.endswith(f"; `git checkout -- {FOLDER / name}` restores it")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (SCORES, b""),
        (SCORES, b"\x89PNG\r\n\x1a\n\x00\xff"),
        (SCORES, gzip.compress(b"\xff\xfe\x00")),
        (SCORES, gzip.compress(b"model,subset\n" * 50)[:30]),
        ("printed.tsv", b""),
        ("printed.tsv", b"table\tmodel\n"),
        ("printed.tsv", b"\x89PNG\r\n\x1a\n\x00\xff"),
        ("claims.tsv", b""),
    ],
)
def test_a_file_that_is_empty_binary_or_cut_off_is_refused_in_one_line(tmp_path, name, content):
    path = tmp_path / FOLDER / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(BadInput) as told:
        Paper(tmp_path).rows(name)
    assert name in str(told.value) and "required" in str(told.value) and "\n" not in str(told.value)
    assert str(told.value).endswith(f"; `git checkout -- {FOLDER / name}` restores it")


def test_the_whole_scores_are_held_against_the_rule_in_well_under_a_second():
    rows = THE_PAPER.raw
    began = time.process_time()
    assert whole.fault(SCORES, rows) == ""
    assert time.process_time() - began < 1
