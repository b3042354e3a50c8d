"""Stage `fetch`: a source's files whole in place, or none."""

import json

import pyarrow.parquet as pq
import pytest
from folders import settings, small, write

from realignment.core import hashing
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.stages import fetch


@pytest.fixture
def workspace(tmp_path):
    small(tmp_path / "corpora")
    return Workspace(tmp_path, "made")


def run(workspace, **how):
    return fetch.run(workspace, settings("corpora", **how))


def state(workspace):
    return {path.relative_to(workspace.data): path.read_bytes() for path in sorted(workspace.data.rglob("*")) if path.is_file()}


def test_the_manifest_holds_the_hash_of_every_file(workspace):
    run(workspace)
    for one in json.loads(workspace.manifest.read_text())["files"]:
        assert hashing.file_digest(workspace.data / one["path"]) == one["sha256"]
    assert set(languages.read(workspace.languages)) == {"eng", "swa"}


def test_a_relative_folder_is_one_of_the_checkout(workspace, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert [row["kind"] for row in run(workspace)] == ["bitext", "evalset", "evalset", "evalset"]


def test_a_row_a_kind_says_what_was_read_kept_refused_and_left_out(workspace):
    write(workspace.root / "corpora/bitext/yor.tsv", "a\tb\na\tb\n")
    rows = {(row["kind"], row["task"]): row for row in run(workspace, max_test=4)}
    assert rows["bitext", ""] == {
        "kind": "bitext",
        "task": "",
        "set": "",
        "files": 2,
        "read": 62,
        "kept": 61,
        "refused": 1,
        "left_out": 0,
    }
    assert (rows["evalset", "pos"]["refused"], rows["evalset", "pos"]["left_out"]) == (0, 10)


def test_fetching_again_gives_the_same_bytes(workspace):
    run(workspace)
    first = state(workspace)
    run(workspace)
    assert state(workspace) == first


def test_a_language_that_is_gone_leaves_no_file_behind(workspace):
    write(workspace.root / "corpora/bitext/yor.tsv", "a\tb\n")
    run(workspace)
    assert workspace.bitext("yor").exists()
    (workspace.root / "corpora/bitext/yor.tsv").unlink()
    run(workspace)
    assert not workspace.bitext("yor").exists()


def test_a_failed_fetch_leaves_what_was_there(workspace):
    run(workspace)
    before = state(workspace)
    write(workspace.root / "corpora/evalsets/pos/made/test-yo.tsv", "a NOMEN\n")
    with pytest.raises(BadInput, match="unknown tag"):
        run(workspace)
    assert state(workspace) == before
    assert not list(workspace.work.iterdir())


def test_a_source_without_bitext_is_refused(workspace):
    (workspace.root / "corpora/bitext/swa.tsv.gz").unlink()
    with pytest.raises(BadInput, match="holds no bitext"):
        run(workspace)


def test_held_out_sentences_are_the_same_in_every_language(workspace):
    pairs = [f"sentence {n}" for n in range(200)]
    for code in ("yor", "hau"):
        write(workspace.root / f"corpora/bitext/{code}.tsv", "".join(f"{one}\t{code} {one}\n" for one in pairs))
    run(workspace, heldout=0.3)
    splits = [pq.read_table(workspace.bitext(code)).column("split").to_pylist() for code in ("yor", "hau")]
    assert splits[0] == splits[1] and set(splits[0]) == {"train", "heldout"}
