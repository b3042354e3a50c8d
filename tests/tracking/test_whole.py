"""What is written into the store at once is what MLflow's own client writes."""

import sqlite3

import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag

from realignment import tracking
from realignment.tracking import places, whole
from realignment.tracking.whole import Made, Whole

DATA = [
    DatasetInput(Dataset(f"bitext/{code}", f"digest of {code}", "local", '{"uri": "data"}'), [InputTag("sha256", code * 9)])
    for code in ("qaa", "qab")
]
RUN = Whole(
    "realign small all s17",
    {"run_key": "k" * 64, "verb": "realign", "mlflow.user": "somebody"},
    {"subset": "all", "steps": "40"},
    [("loss", 2.5, 0), ("loss", 1.25, 10), ("loss", 1.25, 10), ("pos/mean", 0.1 + 0.2, 0), ("seconds", -3.0, 0)],
    DATA,
    {"record.json": '{"é": 1}'},
    began=1_000,
    ended=5_000,
    made=Made("small all s17", "realigned encoder", {"seed": "17"}, {"run_key": "k" * 64}),
    reads="p" * 64,
    measured={"pos/mean": ("bitext/qaa", "digest of qaa"), "seconds": None},
    note=lambda place: "made a model" if place.model and place.above else "nothing is known of it",
)
PARENT = Whole("its parent", {"run_key": "p" * 64, "verb": "realign"}, made=Made("an encoder", "realigned encoder"))
UNLIKE = {
    "run_uuid", "artifact_uri", "input_uuid", "source_id", "destination_id", "dataset_uuid", "model_id", "source_run_id", "run_id",
    "artifact_location", "creation_timestamp_ms", "last_updated_timestamp_ms",
}  # fmt: skip  # ids, and what they are part of; of models, see the next test, and when they were made


def rows(root, table: str, run: str) -> list[dict]:
    """Of the rows of a table that belong to a run, what does not hold an id; the order is no part of it."""
    model = "model_id in (select model_id from logged_models where source_run_id = ?)"
    where = {
        "inputs": "destination_id = ?1 or source_id = ?1",
        "input_tags": "input_uuid in (select input_uuid from inputs where destination_id = ?)",
        "datasets": "dataset_uuid in (select source_id from inputs where destination_id = ?)",
        "logged_models": model, "logged_model_params": model, "logged_model_tags": model, "logged_model_metrics": "run_id = ?",
    }  # fmt: skip
    with sqlite3.connect(root / "mlflow.db") as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute(f"select * from {table} where {where.get(table, 'run_uuid = ?')}", (run,)).fetchall()
    return sorted(({name: value for name, value in dict(row).items() if name not in UNLIKE} for row in found), key=repr)


TABLES = (
    "runs", "tags", "params", "metrics", "latest_metrics", "inputs", "input_tags", "datasets", "logged_models", "logged_model_params",
    "logged_model_tags", "logged_model_metrics",
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_a_run_written_at_once_is_row_by_row_what_the_client_of_mlflow_writes(checkout, table):
    home = tracking.experiment(checkout, "sample")
    whole.insert(checkout, home, [PARENT])
    theirs = whole._call_by_call(tracking.prepare(checkout), home, RUN, places.known(checkout, home, [RUN.reads]))
    (ours,) = whole.insert(checkout, home, [RUN])
    assert rows(checkout, table, ours) == rows(checkout, table, theirs) != []


def test_its_files_lie_where_the_store_looks_for_them(checkout):
    home = tracking.experiment(checkout, "sample")
    found = [whole._call_by_call(tracking.prepare(checkout), home, RUN, {}), *whole.insert(checkout, home, [RUN])]
    assert [(tracking.folder(checkout, run) / "record.json").read_text() for run in found] == ['{"é": 1}'] * 2
    places = [tracking.prepare(checkout).get_run(run).info.artifact_uri.replace(run, "RUN") for run in found]
    assert places[0] == places[1]


def test_a_data_set_that_two_runs_read_stands_once(checkout):
    home = tracking.experiment(checkout, "sample")
    whole.insert(checkout, home, [RUN, RUN])
    whole.insert(checkout, home, [RUN])
    with sqlite3.connect(checkout / "mlflow.db") as connection:
        assert connection.execute("select count(*) from datasets").fetchone() == (2,)
        assert connection.execute("select count(*) from inputs where source_type = 'DATASET'").fetchone() == (6,)


def test_a_number_that_is_none_is_refused_and_nothing_of_the_run_stays(checkout):
    home = tracking.experiment(checkout, "sample")
    with pytest.raises(ValueError, match="pos/mean is nan"):
        whole.insert(checkout, home, [RUN, Whole("evaluate", {"run_key": "x"}, metrics=[("pos/mean", float("nan"), 0)])])
    assert list(tracking.search(checkout, "sample")) == []


def test_an_open_run_is_running_until_it_is_finished(checkout):
    (run,) = whole.insert(checkout, tracking.experiment(checkout, "sample"), [Whole("a", {"run_key": "k"}, open=True)])
    assert tracking.finished(checkout, "sample") == {}
    assert tracking.prepare(checkout).get_run(run).info.end_time is None
    tracking.store.finish(checkout, run)
    assert tracking.finished(checkout, "sample") == {"k": run}
    assert tracking.prepare(checkout).get_run(run).info.end_time > 0
