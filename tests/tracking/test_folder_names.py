"""A checkout may lie in a folder of any name: what MLflow takes for a URI is quoted, and nothing is written beside the checkout."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import small_grid

from realignment import tracking
from realignment.records import sealing
from realignment.tracking import fields, store

NAMES = ["p%20q", "p%2Fq", "100%", "p?q=1&r", "p#q", "file:x", "a b;c+d@e:f", 'it\'s "é" 日本', "[x] $HOME `y` \\z", "-dash"]

KEY = "0123"


@pytest.fixture
def named(tmp_path, empty_store, monkeypatch):
    """Makes the checkout of a name, with a prepared store, in a folder that holds nothing else."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)

    def make(name: str) -> Path:
        root = tmp_path / "all" / name
        root.mkdir(parents=True)
        shutil.copy(empty_store, root / "mlflow.db")
        return root

    return make


def model(root: Path) -> str:
    """A run with a sealed record and a registered model, made through MLflow's client; its id."""
    made = root / "made"
    (made / "model").mkdir(parents=True)
    (made / "model/weights").write_text("weights")
    record = small_grid.record("realign", name="made", key=KEY, files=sealing.files(made))
    (made / sealing.FILE).write_text(json.dumps(record.to_json()))
    store = tracking.prepare(root)
    tags = {"run_key": KEY, fields.SEAL: record.seal}
    run = store.create_run(tracking.experiment(root, "sample"), tags=tags).info
    store.log_artifacts(run.run_id, str(made))
    store.create_registered_model("made")
    store.create_model_version("made", run.artifact_uri + "/model", run.run_id, await_creation_for=0)
    return run.run_id


def read(root: Path, run: str) -> None:
    """The model is found in the checkout itself, by the package and by MLflow's client."""
    folder, record = tracking.model_folder(root, "models:/made/1")
    assert folder == root / "mlruns/sample" / run / "artifacts/model" and record.name == "made"
    assert (folder / "weights").read_text() == "weights"
    brought = Path(tracking.prepare(root).download_artifacts(run, "model/weights"))
    assert brought.read_text() == "weights"


@pytest.mark.parametrize("name", NAMES)
def test_database_and_models_lie_in_the_checkout_whatever_its_folder_is_called(named, name):
    root = named(name)
    read(root, model(root))
    with closing(sqlite3.connect(root / "mlflow.db")) as connection:
        assert connection.execute("select count(*) from runs").fetchone() == (1,)
    assert store.database(root) == root / "mlflow.db"
    assert [path.name for path in root.parent.iterdir()] == [name], "nothing beside it"


@pytest.mark.parametrize(("before", "after"), [("plain", "p%20q"), ("p?q", "plain"), ("p%20q", "p#q")])
def test_a_checkout_keeps_its_models_when_its_folder_is_renamed(named, before, after):
    old = named(before)
    run = model(old)
    new = old.rename(old.with_name(after))
    assert tracking.load_record(new, run).name == "made"
    read(new, run)


@pytest.mark.parametrize("name", ["a b", "p%20q", "p?q"])
def test_the_address_that_mlflow_itself_makes_of_the_folder_is_understood(named, name, monkeypatch):
    """`mlflow run` hands it on to what it starts."""
    from mlflow.tracking import get_tracking_uri

    root = named(name)
    monkeypatch.chdir(root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", get_tracking_uri())
    assert store.database(root) == root / "mlflow.db"
    read(root, model(root))


def test_a_database_in_a_folder_that_is_not_there_is_refused_at_once(named, monkeypatch, tmp_path):
    from realignment.core.errors import BadInput

    root = named("plain")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/away/p%2520q/mlflow.db")
    with pytest.raises(BadInput, match=r"away/p%20q: the tracking store cannot be written"):
        tracking.prepare(root)
    assert not (tmp_path / "away").exists()
