import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import profiles_made
import pytest
import shipped
from click.testing import CliRunner
from small_grid import record

from realignment import cli, tracking
from realignment.commands import doctor_checks
from realignment.core import dvc_rwlock
from realignment.paper import experiment
from realignment.tracking import projects, store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def at_hand(checkout, monkeypatch, tmp_path) -> Path:
    """A checkout with a prepared store, three of the authors' runs to import, and an environment folder of its own."""
    monkeypatch.setenv("MLFLOW_ENV_ROOT", str(tmp_path / "envs"))
    for name in ("requirements.txt", "python_env.yaml"):
        shutil.copy(ROOT / name, checkout / name)
    shipped.settings(checkout)
    for name in ("profiles", ".dvc"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("cache", "tmp"))
    runs = [{"name": f"run {n}", "tags": {"run_key": str(n)}, "metrics": {"xnli/deu": 0.5}} for n in range(3)]
    monkeypatch.setattr(experiment, "runs", lambda paper: iter(runs))
    monkeypatch.setattr(experiment, "count", lambda paper: len(runs))
    monkeypatch.chdir(checkout)
    return checkout


def call(*words: str) -> tuple[int, dict[str, dict]]:
    outcome = CliRunner().invoke(cli.group, ["doctor", *words, "--json"])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome.exit_code, {row["check"]: row for row in json.loads(outcome.stdout)}


def test_setup_prepares_what_is_missing_and_does_it_once(at_hand):
    _, before = call()
    assert (before["published"]["ok"], before["mlflow run"]["ok"]) == ("no", "no")
    assert call("--setup")[0] == 0
    code, after = call()
    assert code == 0 and {row["ok"] for row in after.values()} <= {"yes", "no"}
    assert (after["published"]["ok"], after["mlflow run"]["ok"]) == ("yes", "yes")
    call("--setup")
    assert tracking.count(at_hand, "published") == 3
    assert projects.folder(at_hand).is_dir()


def test_a_version_beside_its_pin_is_broken(at_hand):
    pins = at_hand / "requirements.txt"
    pins.write_text("torch==1.0\nno-such-package==2.0\n")
    code, rows = call()
    assert code == 1 and rows["packages"]["ok"] == "broken"
    detail = rows["packages"]["detail"]
    assert "torch 1.0 is pinned" in detail and "no-such-package 2.0 is pinned, nothing" in detail


def test_a_local_part_of_a_version_is_not_compared():
    assert doctor_checks.packages(ROOT)[0] == "yes", "torch is installed as +cpu here or there"


def test_a_profile_that_is_not_valid_is_broken(at_hand):
    (at_hand / "profiles" / "sample.yaml").write_text("realign: {stepz: 3}\n")
    code, rows = call()
    assert code == 1 and "stepz" in rows["profile"]["detail"]


def test_an_old_database_is_broken_with_the_command_that_upgrades_it(at_hand):
    tracking.save(at_hand, "sample", record(), None, keep=False)
    with sqlite3.connect(at_hand / "mlflow.db") as database:
        database.execute("update alembic_version set version_num = '451aebb31d03'")
    store._prepare.cache_clear()
    code, rows = call("--setup")
    assert code == 1 and "mlflow db upgrade" in rows["store"]["detail"]


def test_telemetry_that_was_switched_on_is_said(at_hand, monkeypatch):
    assert doctor_checks.telemetry(at_hand)[0] == "yes"
    monkeypatch.setenv("DVC_NO_ANALYTICS", "0")
    assert doctor_checks.telemetry(at_hand) == ("no", "DVC_NO_ANALYTICS allow it")


def test_clean_removes_what_can_be_made_again_and_the_store_only_when_asked(at_hand):
    left = at_hand / ".work" / "sample" / "jobs" / "key.part"
    left.mkdir(parents=True)
    (left / "weights").write_text("half")
    clean = ["clean"]
    assert "jobs" in CliRunner().invoke(cli.group, [*clean, "--dry-run"]).stdout and left.exists()
    assert CliRunner().invoke(cli.group, clean).exit_code == 0
    assert not left.parent.exists() and (at_hand / "mlflow.db").exists()
    assert CliRunner().invoke(cli.group, [*clean, "--all"], input="n\n").exit_code != 0
    assert (at_hand / "mlflow.db").exists()
    assert CliRunner().invoke(cli.group, [*clean, "--all", "--yes"]).exit_code == 0
    assert not (at_hand / "mlflow.db").exists() and (at_hand / "params.yaml").exists()


def test_a_damaged_list_of_dvc_locks_is_told_by_doctor_and_mended_by_its_setup(at_hand):
    place = dvc_rwlock.file(at_hand)
    place.parent.mkdir(parents=True)
    place.write_text("")
    code, rows = call()
    assert code == 1 and "doctor --setup` mends it" in rows["dvc"]["detail"] and place.read_text() == ""
    call("--setup")
    assert call()[1]["dvc"]["ok"] == "yes"


def test_looking_makes_no_store(at_hand):
    (at_hand / "mlflow.db").unlink()
    code, rows = call()
    assert (code, rows["store"]["ok"]) == (0, "no") and not (at_hand / "mlflow.db").exists()


def test_setup_ends_runs_of_processes_that_are_gone(at_hand):
    study = tracking.begin_study(at_hand, "sample")
    call("--setup")
    assert tracking.prepare(at_hand).get_run(study).info.status == "KILLED"


def test_nothing_warns_where_the_environment_is_looked_at_before_mlflow_is_imported():
    """MLflow imports a plugin of this package while it is imported itself."""
    program = "from pathlib import Path; from realignment.commands import doctor_checks; from realignment.core.workspace import project_root; doctor_checks.environment(project_root())"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=shipped.ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "realignment" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize(("token", "said"), [("", "is gated: accept its licence"), ("hf_x", "")])
def test_a_gated_encoder_that_is_not_at_hand_is_named_where_no_token_may_read_it(tmp_path, monkeypatch, token, said):
    root = profiles_made.checkout(tmp_path / "checkout")
    defaults = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(defaults.replace("profile: sample", "profile: paper-decoders"))
    for name in ("HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "hub"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    rows = {row["check"]: row for row in doctor_checks.needs(root)}
    assert (rows["needs of llama"]["ok"] == "no") == bool(said) and said in rows["needs of llama"]["detail"]
    assert rows["needs of xlmr"]["ok"] == "yes" and "1 realignment takes" in rows["needs of llama"]["detail"]
