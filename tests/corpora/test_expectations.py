"""What is expected of bitexts, evaluation sets and vectors, and which sentences of a bitext are evaluated elsewhere."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from folders import settings
from hypothesis import given
from hypothesis import strategies as st

from realignment.corpora import contamination, exclusion, expectations, measures
from realignment.tasks.ner import LABELS

CHECK = settings().check


@pytest.fixture(scope="module")
def examiner():
    return expectations.Examiner()


def bitext_table(pairs):
    sources, targets = ([pair[side] for pair in pairs] for side in (0, 1))
    text = pa.string()
    return pa.table({"source": pa.array(sources, text), "target": pa.array(targets, text), "split": ["train"] * len(pairs)})


def reasons(pairs, matched=(), max_words=5, max_ratio=9.0):
    return measured(pairs, matched, max_words, max_ratio)[1]["reason"].tolist()


def measured(pairs, matched=(), max_words=500, max_ratio=9.0, path="bitext/x.parquet"):
    """(the bitext as a whole, its frame), read in one block."""
    whole = exclusion.Bitext(path, "Latin", len(pairs), max_words, max_ratio)
    return whole, whole.block(bitext_table(pairs), 0, dict.fromkeys(matched, contamination.EQUAL))


def tagged(rows):
    lists = pa.list_(pa.string())
    columns = {name: pa.array([row[name] for row in rows], lists) for name in ("words", "tags")}
    return measures.examples(pa.table({**columns, "split": ["test"] * len(rows)}), "ner", "evalsets/ner/x/swa.parquet")


def test_pairs_are_excluded_by_reason():
    long, short = "a b c d e f", "ab"
    pairs = [("one", "moja"), (long, "a b c d e"), (short, "x" * 19), (short, "x" * 18), (" ", "x"), ("same", "sawa")]
    assert reasons(pairs, matched=[5]) == ["", "too long", "length ratio", "", "empty side", "equal to an evaluation sentence"]


@given(st.text("ab. ", min_size=1, max_size=12), st.text("ab. ", min_size=1, max_size=12))
def test_the_ratio_does_not_depend_on_the_side(source, target):
    assert reasons([(source, target)], max_ratio=2.0) == reasons([(target, source)], max_ratio=2.0)


def test_shares_are_of_all_pairs():
    pairs = [("a", "a"), ("a", "a"), ("b", "ж"), ("c", "d")]
    row = measured(pairs)[0].row(contaminated=1)
    assert (row["identical_share"], row["duplicate_share"], row["script_share"], row["contaminated_share"]) == (
        0.5,
        0.25,
        0.75,
        0.25,
    )


def test_tags_and_words_are_counted_in_their_sentence():
    frame = tagged(
        [
            {"words": ["a", "b"], "tags": ["B-PER", "I-PER"]},
            {"words": [], "tags": []},
            {"words": ["a", ""], "tags": ["I-PER", "I-LOC"]},
            {"words": ["a"], "tags": ["B-DATE", "O"]},
        ]
    )
    assert frame["empty_words"].tolist() == [0, 0, 1, 0]
    assert frame["unknown_tags"].tolist() == [0, 0, 0, 1]
    assert frame["broken_spans"].tolist() == [0, 0, 2, 0]


@given(st.lists(st.lists(st.sampled_from(LABELS), min_size=1, max_size=6), min_size=1, max_size=6))
def test_broken_spans_are_those_a_reader_mends(rows):
    from realignment.sources.formats.tagged_sentences import _labels

    mended = [
        sum(a != b for a, b in zip(_labels([(1, tag) for tag in row], "ner", Path("x"))[0], row, strict=True)) for row in rows
    ]
    broken = tagged([{"words": row, "tags": row} for row in rows])["broken_spans"].tolist()
    assert [number > 0 for number in broken] == [number > 0 for number in mended]


def test_a_violation_names_suite_file_and_rows(examiner):
    suite = expectations.bitext_suites(CHECK)["bitext rows"]
    _, frame = measured([("a", "b"), (None, "c"), ("d", "e\x07")], path="bitext/swa.parquet")
    outcomes = examiner.validate("some rows", suite, frame, ("path", "row"))
    wrong = {one["column"]: one["examples"] for one in outcomes if not one["success"]}
    assert wrong["source"] == [{"path": "bitext/swa.parquet", "row": 1, "source": None}]
    assert wrong["control_characters"] == [{"path": "bitext/swa.parquet", "row": 2, "control_characters": True}]
    assert any(
        clause.startswith("suite some rows: source") and "bitext/swa.parquet, row 1" in clause
        for clause in expectations.violations(outcomes)
    )


def test_every_threshold_of_the_settings_is_expected_of_a_file(examiner):
    good = {
        "path": "a",
        "pairs": CHECK.min_pairs,
        "identical_share": CHECK.max_identical,
        "duplicate_share": CHECK.max_duplicates,
        "script_share": CHECK.min_script,
        "contaminated_share": CHECK.max_contaminated,
    }
    bad = {
        "path": "b",
        "pairs": CHECK.min_pairs - 1,
        **{name: good[name] + 0.01 for name in list(good)[2:]},
        "script_share": CHECK.min_script - 0.01,
    }
    suite = expectations.bitext_suites(CHECK)["bitext files"]
    outcomes = examiner.validate("files", suite, pd.DataFrame([good, bad]), ("path",))
    assert [[row["path"] for row in one["examples"]] for one in outcomes] == [["b"]] * 5


def test_outcomes_are_in_the_order_of_their_suite_and_hold_no_chance(examiner):
    suite = expectations.bitext_suites(CHECK)["bitext rows"]
    _, frame = measured([("a", "b")])
    first, second = (examiner.validate(f"again {n}", suite, frame, ("path", "row")) for n in range(2))
    assert [one["column"] for one in first] == [one.column for one in suite]
    assert [{**one, "suite": ""} for one in first] == [{**one, "suite": ""} for one in second]


def test_cells_of_vectors_are_known_or_imputed_and_none_is_missing(examiner, tmp_path):
    text = "iso639_3\tglottocode\tknown_features\tS_A\tS_B\neng\tx\t2\t1\t0\nswa\ty\t0\ti0\t\nswa\ty\t3\t1\t2\n"
    (tmp_path / "v.tsv").write_text(text)
    cells, rows = measures.cells(tmp_path / "v.tsv")
    suites = expectations.vector_suites()
    (outcome,) = examiner.validate("cells", suites["vector cells"], cells, ("path", "language", "feature"))
    assert [(row["language"], row["feature"], row["cell"]) for row in outcome["examples"]] == [
        ("swa", "S_B", ""),
        ("swa", "S_B", "2"),
    ]
    unique, counted = examiner.validate("rows", suites["vector languages"], rows, ("path", "language"))
    assert unique["unexpected"] == 2
    assert [row["stated"] for row in counted["examples"]] == [3]


def test_a_bitext_read_in_blocks_is_the_bitext_read_at_once():
    pairs = [("a", "a"), ("b", "ж"), ("a", "a"), ("c", "x" * 30), ("d", "&amp; e"), ("b", "ж"), ("f", "g")]
    once, _ = measured(pairs, matched=[6])
    blocks = exclusion.Bitext("bitext/x.parquet", "Latin", len(pairs), 500, 9.0)
    for start in range(0, len(pairs), 2):
        part = pairs[start : start + 2]
        blocks.block(bitext_table(part), start, {6: contamination.EQUAL} if start == 6 else {})
    assert blocks.row(1) == once.row(1) and blocks.first == once.first


def test_a_suite_over_parts_is_the_suite_over_the_whole(examiner, monkeypatch):
    suite = expectations.bitext_suites(CHECK)["bitext rows"]
    pairs = [("a", "b"), ("", "c"), ("d", "e\x07"), ("f", "g\x07")]
    whole = expectations.Rows(examiner, "whole", suite, ("path", "row"))
    whole.add(measured(pairs)[1])
    expected = whole.outcomes()
    monkeypatch.setattr(expectations, "TOGETHER", 1)
    parts = expectations.Rows(examiner, "parts", suite, ("path", "row"))
    for row in range(len(pairs)):
        frame = measured(pairs)[1]
        parts.add(frame.iloc[row : row + 1])
    assert [{**one, "suite": ""} for one in parts.outcomes()] == [{**one, "suite": ""} for one in expected]


@pytest.mark.parametrize(("side", "expected"), [
    ("nan", True), ("None", True), ("NULL", True), ("<s> a b </s>", True), ("[CLS] a", True),
    ("na", False), ("Na", False), ("none", False), ("nan ne", False), ("a <i>b</i>", False), ("", False), (None, False),
])  # fmt: skip
def test_what_programs_write_is_a_mark_and_common_words_are_none(side, expected):
    """`na` is 7 % of the words of Igbo sets."""
    assert measures.marked(side) is expected
