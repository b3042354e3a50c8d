"""What a model may be used for: the licences of what its weights are made from, and of nothing it is only tested on."""

import json

import pytest
from click.testing import CliRunner
from told_study import told

from realignment import cli
from realignment.core.errors import BadInput
from realignment.lineage.graph import Graph

__all__ = ["told"]  # a fixture
TRAINED = {"bitext/qab.parquet", "bitext/qac.parquet", "evalsets/pos/made/qaa.parquet"}  # of latin_diverse_2, see READ


@pytest.fixture
def workspace(told, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(told.root)
    return told


def licences(model: str) -> dict:
    return json.loads(CliRunner().invoke(cli.group, ["licences", model, "--json"], catch_exceptions=False).stdout)


def test_a_model_stands_on_its_encoder_its_bitexts_and_its_training_rows_and_on_no_test_file(workspace):
    parts = {one["part"]: one["licence"] for one in licences("small/latin_diverse/pos")["parts"]}
    (encoder,) = parts.keys() - TRAINED
    assert parts == {encoder: "unknown", **dict.fromkeys(TRAINED, "CC0-1.0")} and encoder.startswith("encoder ")
    assert "not settled" in licences("small/latin_diverse/pos")["may"]


def test_a_run_and_a_model_are_answered_as_their_cell_is(workspace):
    (run,) = Graph.of(workspace).runs("run.name = 'finetune small latin_diverse_2 pos s17'")
    wanted = licences("small/latin_diverse/pos")
    for name in (run["key"][:12], run["name"], run["model"]):
        assert licences(name) == {**wanted, "model": name}


@pytest.mark.parametrize(("name", "said"), [
    ("bitext/qab.parquet", "is a file of the data, whose licence `realignment lineage bitext/qab.parquet` says"),
    ("models:/sample.small.all.computed/77", "no model is registered here"),
    ("small/al/pos", "nearest: all"),
])  # fmt: skip
def test_what_is_no_model_is_refused_in_one_line(workspace, name, said):
    with pytest.raises(BadInput, match=said) as fault:
        licences(name)
    assert "\n" not in str(fault.value)
