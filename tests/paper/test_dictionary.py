"""The data as released: the dictionary says of every column what it holds, and tools read the scores without being told how."""

import gzip
import itertools
import re
import shutil

import pytest
from click.testing import CliRunner
from paper_files import PUBLISHED, ROOT, THE_PAPER

from realignment.commands.published import command
from realignment.core.errors import BadInput
from realignment.lineage.exports import published
from realignment.lineage.proof import data
from realignment.paper import dictionary
from realignment.paper.paper import FOLDER, SCORES, Paper


@pytest.fixture(scope="module")
def at_hand(tmp_path_factory):
    """A copy of the folder whose scores are the first hundred, so that a change is found at once."""
    root = tmp_path_factory.mktemp("released")
    shutil.copytree(PUBLISHED, root / FOLDER)
    with gzip.open(PUBLISHED / SCORES, "rb") as file:
        (root / FOLDER / SCORES).write_bytes(gzip.compress(b"".join(itertools.islice(file, 100))))
    (root / "data/uriel").mkdir()
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, root / name)
    return root


def changed(root, name: str, old: str, new: str) -> Paper:
    path = root / FOLDER / name
    text = (PUBLISHED / name).read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return Paper(root)


def test_every_table_is_what_the_dictionary_says():
    assert dictionary.faults(THE_PAPER) == []


@pytest.mark.parametrize(("name", "old", "new", "said"), [
    ("averages.tsv", "0.619828", "62", "averages.tsv, score: number 0 to 1 is required; line 2 has `62`"),
    ("averages.tsv", "\t17\t", "\t31\t", "averages.tsv, seed: no row has 17"),
    ("xquad_sizes.tsv", "1190", "many", "xquad_sizes.tsv, questions: integer 1 to 20000 is required; line 2 has `many`"),
    ("table6.tsv", "method", "methods", "table6.tsv: the columns method, n, languages are required; it has methods, n, languages"),
    ("dictionary.tsv", "table6.tsv\t", "table12.tsv\t", "table12.tsv: dictionary.tsv describes it and it does not exist"),
])  # fmt: skip
def test_a_departure_is_named_by_file_column_and_line(at_hand, name, old, new, said):
    try:
        assert any(fault.startswith(said) for fault in dictionary.faults(changed(at_hand, name, old, new)))
    finally:
        shutil.copy(PUBLISHED / name, at_hand / FOLDER / name)


def test_what_follows_from_the_data_is_fresh():
    """`realignment published describe` writes both."""
    assert (PUBLISHED / "croissant.json").read_text(encoding="utf-8") == published.text(THE_PAPER)
    assert (ROOT / data.SUMS).read_text() == data.sums(ROOT / "data")


def test_describe_refuses_data_that_are_not_what_the_dictionary_says(at_hand, monkeypatch):
    changed(at_hand, "averages.tsv", "0.619828", "62")
    monkeypatch.chdir(at_hand)
    with pytest.raises(BadInput, match=r"averages\.tsv, score: number 0 to 1 is required; line 2 has `62`"):
        CliRunner().invoke(command, ["describe"], catch_exceptions=False)
    shutil.copy(PUBLISHED / "averages.tsv", at_hand / FOLDER)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A copy of the folder with the runs of a few rows, whole and therefore as the dictionary says."""
    root = tmp_path_factory.mktemp("whole")
    shutil.copytree(PUBLISHED, root / FOLDER)
    with gzip.open(PUBLISHED / SCORES, "rt", encoding="utf-8") as file:
        kept = "".join(line for line in file if line.split(",", 2)[1] in {"subset", *ROWS})
    (root / FOLDER / SCORES).write_bytes(gzip.compress(kept.encode()))
    listed = (PUBLISHED / "subsets.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
    (root / FOLDER / "subsets.tsv").write_text("".join(one for one in listed if one.split("\t")[1] in {"subset", *ROWS}))
    assert dictionary.faults(Paper(root)) == []
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, root / name)
    return root


ROWS = {
    "none",
    "african_21",
    "joshi_012__random",
    "latin_diverse_5",
    "latin_diverse_10",
    "random_10",
    "seen_mbert__script_diverse",
}
AFRICAN = "bert-base-multilingual-cased\tafrican_21\t17\tner\t"


@pytest.mark.parametrize(("name", "old", "new", "said"), [
    (SCORES, r"(.*,bam,f1,.*\n)", r"\1\1", "scores.csv.gz: each score once is required; line 3 has `bert-base-multilingual-cased, african_21, 17,"),
    (SCORES, r".*,random_10,66,nli,.*\n", "", "scores.csv.gz, bert-base-multilingual-cased, random_10, nli, accuracy: seeds 17, 23, 42, 66 are required"),
    (SCORES, r"(.*,bam,f1),.*\n", r"\1,\n", "scores.csv.gz, score: number 0 to 1 is required; line 2 has ``"),
    (SCORES, r"bam,f1,", "bam,accuracy,", "scores.csv.gz, metric: of the task ner f1 is required; line 2 has `accuracy`"),
    (SCORES, r".*-cased,latin_diverse_10,\d+,nli,.*\n", "", "scores.csv.gz: scores are required for each run of subsets.tsv; .* has none"),
    ("subsets.tsv", rf"{AFRICAN}.*\n", "", "subsets.tsv: a list is required for each run of scores.csv.gz; bert-base-multilingual-cased, african_21, 17, ner has none"),
    ("subsets.tsv", rf"({AFRICAN}.*\n)", r"\1\1", "subsets.tsv: each model, subset, seed, task once is required; line 3 has .* as line 2 does"),
    ("subsets.tsv", r"(\trandom_10\t17\tner\t)(\w+ ){3}", r"\1", "subsets.tsv, line .*: random_10: 10 languages are required; it has 7, `"),
    ("subsets.tsv", r"(\tjoshi_012__random\t17\tner\t)\w+", r"\1deu_Latn", "subsets.tsv, line .*: joshi_012__random_10: languages of Joshi classes 0-2 are required; it has `deu`"),
    ("subsets.tsv", r"(\tlatin_diverse_5\t17\tner\t)\w+", r"\1cym_Latn", "subsets.tsv, line .*: latin_diverse_5: languages of Table 5 are required; it has `cym`"),
    ("table5.tsv", r"(\tafr\t.*)", r"\1\tmore", "table5.tsv, line 2: 6 cells are required"),
    ("table5.tsv", r"(.*\tafr\t.*\n)", r"\1\1", "table5.tsv: each code once is required; line 3 has `afr` as line 2 does"),
])  # fmt: skip
def test_a_changed_release_is_refused_and_nothing_is_written(released, monkeypatch, name, old, new, said):
    path, packed = released / FOLDER / name, name.endswith(".gz")
    stored = path.read_bytes()
    text = (gzip.decompress(stored) if packed else stored).decode()
    found, count = re.subn(old, new, text, count=0 if not new else 1)
    assert count
    path.write_bytes(gzip.compress(found.encode(), 1) if packed else found.encode())
    before = {one: one.read_bytes() for one in released.rglob("*") if one.is_file()}
    monkeypatch.chdir(released)
    try:
        with pytest.raises(BadInput, match=f"^data/published and dictionary.tsv part: ({said})") as told:
            CliRunner().invoke(command, ["describe"], catch_exceptions=False)
        assert "\n" not in str(told.value)
        assert {one: one.read_bytes() for one in released.rglob("*") if one.is_file()} == before
    finally:
        path.write_bytes(stored)


def test_pandas_reads_the_scores_without_being_told_how():
    pandas = pytest.importorskip("pandas")
    found = pandas.read_csv(PUBLISHED / SCORES)
    assert list(found.columns) == [one.column for one in dictionary.columns(THE_PAPER) if one.file == SCORES]
    assert len(found) == len(THE_PAPER.raw) and not found.isna().any().any()
    assert found["score"].dtype == "float64" and found["seed"].dtype == "int64"
    assert not found.duplicated(list(found.columns[:-1])).any()  # a score per run, set, language and metric


def test_mlcroissant_finds_no_error_and_reads_the_scores():
    croissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed: `make validators` brings it")
    dataset = croissant.Dataset(jsonld=str(PUBLISHED / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    first = next(iter(dataset.records("averages")))
    assert (first["averages/seed"], first["averages/score"]) == (17, 0.619828)
