"""What no memory would hold: long lines, large cells, bombs. Each stops with file and place, and little is ever in memory."""

import gzip
import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from folders import write

from realignment.core.errors import BadInput, FailedWork
from realignment.sources import parquet
from realignment.sources.filenames.evalsets import Named
from realignment.sources.formats import bitext_pairs, labelled_pairs
from realignment.sources.formats.bitext_pairs import Tally
from realignment.sources.public import web
from realignment.sources.public.head import Head


def read(path):
    tally = Tally(path)
    return list(bitext_pairs.pairs(path, tally, None, ("swa", "sw"), set())), tally


LONG = "a" * (parquet.LINE + 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("swa.tsv", f"dog\tmbwa\n{LONG}\tb\n"),
        ("swa.tsv.gz", f"dog\tmbwa\ncat\t{LONG}"),
        ("swa.jsonl", f'{{"en": "dog", "sw": "mbwa"}}\n{LONG}\n'),
    ],
)
def test_a_line_that_no_sentence_has_stops_with_its_number(tmp_path, name, content):
    with pytest.raises(BadInput, match=rf"{name} line 2: longer than 1,048,576 bytes"):
        read(write(tmp_path / name, content))


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
def test_sets_have_the_same_limit(tmp_path, form):
    row = json.dumps({"premise": LONG}) if form == "jsonl" else LONG
    path = write(tmp_path / f"x.{form}", f"premise,hypothesis,label\n{row}\n" if form == "csv" else row)
    with pytest.raises(BadInput, match="longer than 1,048,576 bytes"):
        list(labelled_pairs.pairs(Named(path, "swa", "test"), "nli", Tally(path), ()))


def test_a_cell_and_a_row_group_of_parquet_have_limits_too(tmp_path, monkeypatch):
    path = tmp_path / "swa.parquet"
    pq.write_table(pa.table({"en": ["dog", LONG], "sw": ["mbwa", "b"]}), path)
    with pytest.raises(BadInput, match=r"swa\.parquet rows 1 to 2: a cell of column en is longer than 1,048,576 bytes"):
        read(path)
    monkeypatch.setattr(parquet, "GROUP", 1000)
    with pytest.raises(BadInput, match=r"swa\.parquet: row group 1 holds .* bytes uncompressed; .* smaller row groups"):
        read(path)


def test_columns_without_end_are_no_table(tmp_path):
    path = tmp_path / "swa.parquet"
    pq.write_table(pa.table({f"c{n}": ["x"] for n in range(parquet.COLUMNS + 1)}), path)
    with pytest.raises(BadInput, match=r"swa\.parquet: 1,001 columns; at most 1,000 are read"):
        read(path)
    pairs, tally = read(write(tmp_path / "swa.tsv", "dog\tmbwa\n" + "\t" * 100_000 + "\n"))
    assert len(pairs) == 1 and dict(tally.counts.refused) == {"wrong column count": 1}


def test_nesting_without_end_is_no_json(tmp_path):
    _, tally = read(write(tmp_path / "swa.jsonl", "[" * 500_000 + "\n"))
    assert dict(tally.counts.refused) == {"not JSON": 1}


def test_a_bomb_of_one_line_is_refused_within_a_small_memory(tmp_path):
    """300 MB of one line from 300 KB, in a process that may hold little more than Python and its libraries."""
    path = tmp_path / "swa.tsv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(300):
            file.write(b"a" * 2**20)
    program = (
        "import resource, sys; from pathlib import Path; from realignment.core.errors import BadInput; from realignment.sources.raw import lines\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: list(lines(Path(sys.argv[1])))\n"
        "except BadInput as fault: print(fault)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    said, kilobytes = done.stdout.splitlines()
    assert "swa.tsv.gz line 1: longer than 1,048,576 bytes" in said and int(kilobytes) < 50_000


def test_a_stream_of_one_line_is_left_before_it_fills_the_memory(tmp_path):
    packed, came = gzip.compress(b"a" * 2**27, compresslevel=1), []
    blocks = (packed[start : start + 4096] for start in range(0, len(packed), 4096))
    with pytest.raises(FailedWork, match="a line longer than 1,048,576 bytes"):
        web.head("https://nowhere", Head(tmp_path / "x.gz", 5), 0, came.append, blocks)
    assert sum(came) < len(packed) / 10
