"""Stores of an earlier version: their runs get what is written today, once; or are said to be older."""

import sqlite3

import pytest
from click.testing import CliRunner
from mlflow.entities import Dataset, DatasetInput, InputTag
from small_grid import files_of, made, trained

from realignment import tracking
from realignment.commands import runs as command
from realignment.records.record import Record
from realignment.tracking import fields, places, write
from realignment.tracking.store import NOTE
from realignment.tracking.whole import Whole, insert

TABLES = (
    "inputs",
    "input_tags",
    "datasets",
    "logged_models",
    "logged_model_params",
    "logged_model_tags",
    "logged_model_metrics",
    "tags",
)
UNLIKE = (
    "input_uuid",
    "source_id",
    "destination_id",
    "dataset_uuid",
    "model_id",
    "run_id",
    "run_uuid",
    "source_run_id",
    "artifact_location",
)
OF_ONE_STORE = (NOTE, "owner", "restored_from")  # tags that hold ids or paths, or say how the run came to be


def old(root, records: list[Record]) -> list[str]:
    """Runs as an earlier version wrote them: a data set a language, no model, no note."""
    found = []
    for one in records:
        tags = {name: text for name, text in fields.tags(one, "sample").items() if name != fields.FORM} | {"origin": write.STUDY}
        roles = sorted((role, sha256) for role, sha256 in one.inputs.items() if fields.is_data(role))
        inputs = [
            DatasetInput(Dataset(fields.dataset(role, one.task), sha256[:36], "local", "{}"), [InputTag("sha256", sha256)])
            for role, sha256 in roles
        ]
        texts, _ = fields.params(one)
        files = {"record.json": write._text(one.to_json())}
        found.append(Whole(one.name, write.about(root, tags), texts, fields.metrics(one, "eng"), inputs, files, 1_000, 5_000))
    return insert(root, tracking.experiment(root, "sample"), found)


def content(root) -> dict[str, list[dict]]:
    """What ties runs to others; without ids and what holds them."""
    with sqlite3.connect(root / "mlflow.db") as connection:
        connection.row_factory = sqlite3.Row
        found = {table: [dict(row) for row in connection.execute(f"select * from {table}")] for table in TABLES}
    for some in found.values():
        for row in some:
            for name in (*UNLIKE, *(name for name in row if name.endswith("timestamp_ms"))):
                row.pop(name, None)
        some[:] = [row for row in some if row.get("key", row.get("tag_key")) not in OF_ONE_STORE]
        some.sort(key=repr)
    return found


def test_an_older_store_becomes_what_is_written_today_and_keeps_its_runs(checkout, tmp_path, empty_store):
    records = trained()
    before = old(checkout, records)
    assert tracking.renew(checkout, "sample", {one.key: one for one in records}) == 3
    assert set(tracking.finished(checkout, "sample").values()) == set(before)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "mlflow.db").write_bytes(empty_store.read_bytes())
    tracking.restore(fresh, "sample", records)
    ours, theirs = content(checkout), content(fresh)
    for table in TABLES:
        assert ours[table] == theirs[table] != [], table


def test_what_is_up_to_date_is_left_alone(checkout):
    tracking.restore(checkout, "sample", trained())
    before = content(checkout)
    assert tracking.renew(checkout, "sample", {}) == 0 and content(checkout) == before


def test_records_that_are_in_no_study_are_read_from_their_runs(checkout):
    old(checkout, trained())
    assert tracking.renew(checkout, "sample", {}) == 3
    assert all(NOTE in run.data.tags for run in tracking.search(checkout, "sample"))


def test_a_run_whose_record_cannot_be_believed_stays_as_it_is_and_is_named(checkout, capsys):
    realign, *_ = old(checkout, trained())
    (tracking.folder(checkout, realign) / "record.json").write_text("{}")
    assert tracking.renew(checkout, "sample", {}) == 2
    assert "realign small latin_diverse_5 s17: the record.json of run" in capsys.readouterr().err
    assert NOTE not in tracking.prepare(checkout).get_run(realign).data.tags


def test_the_versions_of_older_runs_say_what_they_were_made_from(checkout, tmp_path):
    records = trained(files=files_of("weights"))
    runs = [tracking.save(checkout, "sample", one, made(tmp_path / str(n)), keep=True) for n, one in enumerate(records)]
    client = tracking.prepare(checkout)
    for run in runs:
        client.delete_tag(run, fields.FORM)
    version = f"name = '{records[1].model}'"
    for name in ("parent", "base_encoder", "origin"):
        client.delete_model_version_tag(records[1].model, "1", name)
    (before,) = client.search_model_versions(version)
    assert tracking.renew(checkout, "sample", {}) == 3
    (after,) = client.search_model_versions(version)
    assert "parent" not in before.tags and after.tags["parent"] == f"models:/{records[0].model}/1"
    assert after.tags["origin"] == "by hand" and client.get_registered_model(records[1].model).aliases == {"s17": 1}
    model = client.get_logged_model(
        places.known(checkout, tracking.experiment(checkout, "sample"), [records[1].key])[records[1].key].model
    )
    assert model.tags["weights"] == "with the run" and records[1].model in model.tags["mlflow.modelVersions"]


def test_runs_follow_a_parent_that_was_deleted_and_restored(checkout):
    records = trained()
    known = {one.key: one for one in records}
    first, tuned, _ = tracking.restore(checkout, "sample", records)
    client, home = tracking.prepare(checkout), tracking.experiment(checkout, "sample")
    client.delete_run(first)
    assert tracking.renew(checkout, "sample", known) == 1
    assert "which this store does not hold" in client.get_run(tuned).data.tags[NOTE]
    assert tracking.renew(checkout, "sample", known) == 0
    (again,) = tracking.restore(checkout, "sample", records[:1])
    assert tracking.renew(checkout, "sample", known) == 1
    found = client.get_run(tuned)
    assert f"/runs/{again}?" in found.data.tags[NOTE]
    assert [one.model_id for one in found.inputs.model_inputs] == [client.get_run(again).outputs.model_outputs[0].model_id]
    assert len(client.search_logged_models([home])) == 2, "the model of the deleted run is gone with it"


def test_a_run_that_is_brought_back_brings_its_model_back(checkout):
    first, *_ = tracking.restore(checkout, "sample", trained())
    client, home = tracking.prepare(checkout), tracking.experiment(checkout, "sample")
    for change, count in ((client.delete_run, 1), (client.restore_run, 2)):
        change(first)
        assert tracking.renew(checkout, "sample", {}) == 1 and tracking.renew(checkout, "sample", {}) == 0
        assert len(client.search_logged_models([home])) == count


def test_the_description_of_an_older_experiment_is_brought_up_to_date_and_somebody_s_own_is_kept(checkout):
    old(checkout, trained())
    client, home = tracking.prepare(checkout), tracking.experiment(checkout, "sample")
    for said, wanted in (("The study of profile `sample`. As it was.", "[Models]"), ("My own words.", "My own words.")):
        client.set_experiment_tag(home, NOTE, said)
        tracking.renew(checkout, "sample", {})
        assert wanted in client.get_experiment(home).tags[NOTE]


@pytest.mark.parametrize("uri", ["", "http://127.0.0.1:9"])
def test_older_runs_are_named_where_runs_are_listed(uri, monkeypatch):
    tags = {"run_key": "k", "origin": "study"}
    row = dict.fromkeys(command.COLUMNS, "") | {"key": "k", "tags": tags, "run_id": "r"}
    monkeypatch.setattr(command, "rows", lambda **_: [row])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    said = CliRunner().invoke(command.command, []).output
    remedy = "on a server they stay as they are" if uri else "`realignment runs restore` brings them up to date"
    assert f"1 runs lack the data sets, models and note on their lineage that this version writes; {remedy}" in said
