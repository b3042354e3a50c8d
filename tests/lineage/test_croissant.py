"""The corpora as Croissant: what is stated is what the manifest has, and rows are read through it where mlcroissant is installed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from locked_study import RAW, finished, locked

from realignment import cli
from realignment.core.hashing import file_digest
from realignment.lineage.exports import croissant

__all__ = ["finished", "locked"]  # fixtures


@pytest.fixture(scope="module")
def exported(locked, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("out") / "croissant"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(locked.root)
        CliRunner().invoke(cli.group, ["export", "croissant", str(out)], catch_exceptions=False)
    return out


def read(folder: Path) -> dict:
    return json.loads((folder / "croissant.json").read_text(encoding="utf-8"))


def test_there_is_one_for_each_bitext_and_each_evaluation_set(exported):
    assert sorted(path.parent.relative_to(exported).as_posix() for path in exported.rglob("croissant.json")) == [
        *(f"bitext/{code}" for code in ("qab", "qac", "qad")), *(f"evalsets/{task}/made" for task in ("ner", "nli", "pos")),
    ]  # fmt: skip


def test_every_file_is_stated_with_its_sha256_and_lies_where_it_is_said_to(exported, locked):
    files = [one for path in exported.rglob("croissant.json") for one in json.loads(path.read_text())["distribution"]]
    assert len(files) == len(json.loads(locked.manifest.read_text())["files"])
    assert all(one["sha256"] == file_digest(locked.root / one["contentUrl"]) for one in files)


def test_licence_source_and_raw_file_are_those_of_the_manifest(exported):
    bitext = read(exported / "bitext" / "qab")
    assert bitext["license"] == "CC BY 4.0" and bitext["isBasedOn"] == ["folder: bitext"]
    assert RAW["sha256"] in bitext["distribution"][0]["description"]
    assert read(exported / "bitext" / "qac")["license"] == "unknown"


def test_the_counts_of_rows_are_stated(exported):
    (said,) = read(exported / "bitext" / "qab")["rai:dataPreprocessingProtocol"]
    assert (
        said
        == "bitext/qab.parquet: 80 rows were read, 80 kept and 0 refused; 0 of the kept rows were left out of the study by its checks."
    )


def test_a_column_of_numbers_is_called_one():
    """Where the answers of a question begin."""
    import pyarrow as pa

    starts, answers = pa.field("starts", pa.list_(pa.int32())), pa.field("answers", pa.list_(pa.string()))
    assert [croissant._field("x", one, "y")["dataType"] for one in (starts, answers)] == ["sc:Integer", "sc:Text"]


def test_mlcroissant_finds_no_error_and_reads_the_rows(exported, locked):
    croissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed: `make validators` brings it")
    for path in sorted(exported.rglob("croissant.json")):
        place = locked.root / "croissant.json"  # the addresses of files are relative to the checkout
        place.write_text(path.read_text())
        try:
            dataset = croissant.Dataset(jsonld=str(place))
            assert not dataset.metadata.ctx.issues.errors
            name = dataset.metadata.record_sets[0].id
            first = next(iter(dataset.records(name)))
            assert {column.rpartition("/")[2] for column in first} >= {"split"}
        finally:
            place.unlink()
