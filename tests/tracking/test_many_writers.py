"""Sixteen processes that begin at once on a store that nobody has opened before: an SQLite file, a server, PostgreSQL."""

import subprocess
import sys
from pathlib import Path

import mlflow_server
import postgres
import pytest
import small_grid
import writers

from realignment import tracking
from realignment.core import secrets
from realignment.core.errors import BadInput
from realignment.tracking import fields, reach

ALL = 16


@pytest.fixture
def fresh(tmp_path, monkeypatch) -> Path:
    """A checkout without a store."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(reach, "PATIENCE", 60.0)
    root = tmp_path / "checkout"
    root.mkdir()
    return root


def nothing_is_lost(root: Path, count: int = ALL) -> None:
    """A finished run per record, with its metrics, its files and a registered model; one experiment."""
    runs = list(tracking.search(root, "sample"))
    records = [small_grid.record("realign", seed=seed, model=f"sample.small.{seed}") for seed in range(count)]
    wanted = {one.key: {name: value for name, value, _ in fields.metrics(one, "eng")} for one in records}
    assert sorted(run.data.tags["run_key"] for run in runs) == sorted(wanted)
    assert {run.info.status for run in runs} == {"FINISHED"}
    for run in runs:
        assert run.data.metrics == wanted[run.data.tags["run_key"]] and run.data.metrics
        assert {path.name for path in tracking.folder(root, run.info.run_id).iterdir()} == {
            "record.json",
            "predictions.parquet",
            "model",
        }
    assert len(tracking.versions(root)) == count


@pytest.mark.slow
def test_sixteen_processes_on_a_fresh_file_lose_nothing(fresh):
    assert writers.at_once(fresh, ALL) == ""
    nothing_is_lost(fresh)


@pytest.mark.slow
def test_sixteen_processes_on_a_fresh_server_lose_nothing(fresh, tmp_path, monkeypatch):
    with mlflow_server.served(tmp_path / "server", None) as port:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
        assert writers.at_once(fresh, ALL) == ""
        nothing_is_lost(fresh)


@pytest.fixture(scope="module")
def database():
    with postgres.served() as port:
        yield port


@pytest.mark.slow
def test_sixteen_processes_on_a_server_with_a_fresh_postgresql_lose_nothing(fresh, database, tmp_path, monkeypatch):
    backend = postgres.address(database, database=postgres.another(database, "served")).replace("://", "+psycopg2://")
    kept = ("--artifacts-destination", str(tmp_path / "kept"))
    with mlflow_server.served(tmp_path / "server", None, *kept, backend=backend) as port:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
        assert writers.at_once(fresh, ALL) == ""
        nothing_is_lost(fresh)
        assert not (fresh / "mlruns").exists() and list((tmp_path / "kept").iterdir()), "the server keeps the files"


@pytest.mark.slow
def test_sixteen_processes_on_a_fresh_postgresql_lose_nothing(fresh, database, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", postgres.address(database, database=postgres.another(database, "direct")))
    assert writers.at_once(fresh, ALL) == ""
    nothing_is_lost(fresh)
    assert (fresh / "mlruns" / "sample").is_dir(), "files lie in the checkout, as those of SQLite do"


SAY = """
import pathlib, sys
from realignment import cli
from realignment.core.console import note
import small_grid
from realignment import tracking
root = pathlib.Path(sys.argv[1])
tracking.save(root, "sample", small_grid.record("realign"), small_grid.made(root / sys.argv[2]), keep=True)
note(tracking.called(root)), note(tracking.uri(root)), print(tracking.address(root))
"""


@pytest.mark.slow
def test_a_password_stands_in_no_output_and_no_file(fresh, database, monkeypatch):
    """Of PostgreSQL, which is asked with the right one, a wrong one, and while it does not answer."""
    support = str(Path(__file__).parents[1] / "support")
    right, said = postgres.address(database), ""
    monkeypatch.setenv("PYTHONPATH", support)
    for address in (right, right.replace(postgres.QUOTED, "another%2Fsecret"), right.replace(f":{database}/", ":1/")):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        done = subprocess.run(
            [sys.executable, "-c", SAY, str(fresh), f"made-{len(said)}"], capture_output=True, text=True, check=False
        )
        said += done.stdout + done.stderr
    assert (
        "postgresql://***@127.0.0.1" in said
        and "password authentication failed" in said
        and "does not answer" in said.replace("cannot be reached", "does not answer")
    )
    every = said.encode() + b"".join(path.read_bytes() for path in fresh.rglob("*") if path.is_file())
    for secret in (postgres.QUOTED, postgres.PASSWORD, "another%2Fsecret", "another/secret"):
        assert secret.encode() not in every
    assert list(fresh.rglob("record.json")), "a run was saved"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ada:pass-word@example.org/mlflow", "https://***@example.org/mlflow"),
        ("postgresql://ada:p%40ss@host:5432/db", "postgresql://***@host:5432/db"),
        ("postgresql://host/db?user=ada&password=hidden&x=1", "postgresql://host/db?user=ada&password=***&x=1"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("sqlite:////home/ada@work/mlflow.db", "sqlite:////home/ada@work/mlflow.db"),
    ],
)
def test_an_address_is_shown_without_user_and_password(address, shown):
    assert secrets.shown(address) == shown


def test_a_password_that_is_not_percent_encoded_is_refused_without_being_said(fresh, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://ada:pa/ss@w@host/db")
    with pytest.raises(BadInput, match="percent-encoded") as said:
        tracking.prepare(fresh)
    assert "pa/ss" not in str(said.value) and "ss@w" not in str(said.value)
