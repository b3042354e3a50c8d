"""What a hash or a name that MLflow shows stands for: oracle is the store, as MLflow's own client reads and writes it."""

import sqlite3

import pytest
from mlflow import MlflowClient
from told_study import mine, told

from realignment.core.errors import BadInput
from realignment.lineage import file_sets, targets
from realignment.lineage.graph import Graph

__all__ = ["mine", "told"]  # a fixture
SHOWN = (
    "select distinct d.name, d.digest, run.value from datasets d join inputs i on i.source_id = d.dataset_uuid "
    "join tags run on run.run_uuid = i.destination_id and run.key = 'run_key'"
)


def stored(workspace, question: str) -> list[tuple]:
    with sqlite3.connect(workspace.root / "mlflow.db") as connection:
        return connection.execute(question).fetchall()


def test_every_digest_of_a_data_set_in_mlflow_leads_to_the_files_that_its_runs_read(mine):
    graph, shown = Graph.of(mine), stored(mine, SHOWN)
    assert {name.partition("/")[0] for name, _, _ in shown} == {"bitext", "evalsets", "train"}
    for name, digest, key in shown:
        found = targets.find(graph, digest[:12])
        read = graph.column("select path from inputs join runs on runs.input_set = inputs.input_set where key = ?", key)
        assert {one["path"] for one in found.rows} <= set(read), name
        alone = found.kind == "file" and found.name == found.rows[0]["path"]
        assert alone if len(found.rows) == 1 else (found.kind == "set" and name in found.name.split(", "))


def test_a_set_is_every_file_of_its_subset(mine):
    (digest,) = {one for name, one, _ in stored(mine, SHOWN) if name == "bitext/latin_diverse_2"}
    found = targets.find(Graph.of(mine), digest)
    assert [one["path"] for one in found.rows] == ["bitext/qab.parquet", "bitext/qac.parquet"]


def test_a_set_of_which_the_manifest_lists_other_bytes_now_is_refused_with_a_run_that_read_it(mine):
    (digest,) = {one for name, one, _ in stored(mine, SHOWN) if name == "bitext/latin_diverse_2"}
    known = Graph.of(mine).column("select sha256 from files where path = 'bitext/qab.parquet'")[0]
    mine.manifest.write_text(mine.manifest.read_text().replace(known, "0" * 64))
    with pytest.raises(BadInput, match=r"lists 1 of 2 as they were read; `realignment lineage [0-9a-f]{12}` shows what realign"):
        targets.find(Graph.of(mine), digest)


def test_the_digest_of_a_model_in_mlflow_leads_to_the_run_that_made_it(mine):
    graph = Graph.of(mine)
    shown = stored(mine, "select tag_value, value from logged_model_tags m join logged_models l using (model_id) join tags t "
                   "on t.run_uuid = l.source_run_id and t.key = 'run_key' where tag_key = 'sha256.model'")  # fmt: skip
    assert len(shown) == len(graph.column("select key from runs where verb != 'evaluate'"))
    for digest, key in shown:
        assert [one["key"] for one in targets.find(graph, digest[:12]).rows] == [key]


def test_an_alias_leads_to_the_version_that_mlflow_leads_it_to(mine):
    store, name = MlflowClient(f"sqlite:///{mine.root}/mlflow.db"), "sample.small.all.computed"
    places, versions = Graph.of(mine).places, {}
    runs = {one["seed"]: one for one in Graph.of(mine).runs("name like 'realign small all s%'")}
    store.create_registered_model(name)
    for seed in ("23", "17"):
        versions[seed] = store.create_model_version(name, str(mine.root), places[runs[seed]["key"]].run).version
        store.set_registered_model_alias(name, f"s{seed}", versions[seed])
    graph = Graph.of(mine)
    for seed in ("17", "23"):
        found = targets.find(graph, f"models:/{name}@s{seed}")
        assert (found.kind, found.name) == ("model", f"models:/{name}/{versions[seed]}")
        assert [one["key"] for one in found.rows] == [runs[seed]["key"]]
    with pytest.raises(BadInput, match="an alias of a registered model is required; none here is called"):
        targets.find(graph, f"models:/{name}@s99")


def test_a_hash_that_fits_nothing_says_what_was_looked_through(mine):
    with pytest.raises(BadInput, match="0 models or files of runs and 0 sets of files"):
        targets.find(Graph.of(mine), "0123456789abcdef")
    assert file_sets.by_hash(Graph.of(mine), "0123456789abcdef") == []
