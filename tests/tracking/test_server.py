"""Against a real `mlflow server`: artifacts it serves itself, artifacts in a folder of its own, artifacts it does not serve."""

from pathlib import Path

import fake_verbs
import pytest
import small_study as small
from mlflow_server import gated, served
from small_grid import SCORES, made, record, trained

from realignment import tracking
from realignment.core.errors import Away, BadInput
from realignment.core.workspace import Workspace
from realignment.executors import by_hand, worker
from realignment.tracking import client, files
from realignment.tracking.store import NOTE

KINDS = {
    "as it is": lambda home: (),
    "destination": lambda home: ("--artifacts-destination", str(home / "kept")),
    "not served": lambda home: ("--no-serve-artifacts", "--default-artifact-root", str(home / "mlruns")),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory, empty_store):
    with served(tmp_path_factory.mktemp("server"), empty_store) as port:
        yield port


@pytest.fixture
def gate(port, monkeypatch, checkout):
    """The store is a server behind a gate."""
    with gated(port, monkeypatch) as one:
        yield one


@pytest.fixture
def workspace(gate, checkout, monkeypatch, request) -> Workspace:
    """A checkout with a profile of its own on the server."""
    monkeypatch.setenv("PYTHONPATH", str(small.ROOT / "tests" / "support"))
    encoder = checkout / "encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text("{}")
    (encoder / "model.safetensors").write_text("weights")
    return Workspace(checkout, "".join(one for one in request.node.name if one.isalnum()))


def keys(workspace: Workspace) -> list[str]:
    """The key of every FINISHED run."""
    runs = tracking.search(workspace.root, workspace.profile, "attributes.status = 'FINISHED' and tags.run_key != ''")
    return sorted(run.data.tags["run_key"] for run in runs)


@pytest.mark.slow
def test_a_server_links_runs_with_data_sets_models_and_scores_as_a_file_does(workspace, tmp_path):
    records, root, profile = trained(), workspace.root, workspace.profile
    first = tracking.save(root, profile, records[0], made(tmp_path / "one"), keep=True)
    client = tracking.prepare(root)
    realign, tuned, evaluated = (client.get_run(run) for run in (first, *tracking.restore(root, profile, records[1:])))
    models = [one.outputs.model_outputs[0].model_id for one in (realign, tuned)]
    assert [[one.model_id for one in run.inputs.model_inputs] for run in (tuned, evaluated)] == [models[:1], models[1:]]
    scores = {one.key: (one.value, one.dataset_name) for one in client.get_logged_model(models[1]).metrics}
    assert {name: value for name, (value, _) in scores.items() if "mini" in name} == {
        f"pos/mini/{code}": one for code, one in SCORES.items()
    }
    assert {data for _, data in scores.values()} == {"evalsets/pos/mini"}
    kept = client.get_logged_model(models[0])
    assert kept.tags["weights"] == "with the run" and f"/models/{models[0]}?" in kept.tags[NOTE]
    assert (
        f"[sample.small.latin_diverse_5, version {tracking.version_of(root, first).rpartition('/')[2]}]" in tuned.data.tags[NOTE]
    )
    assert tracking.renew(root, profile, {}) == 0


def planned(workspace: Workspace, **given) -> list:
    return small.planned(workspace, small.settings_of(**given))


def test_a_model_kept_on_a_server_is_read_back_by_name(workspace, tmp_path):
    root, profile = workspace.root, workspace.profile
    check_kept(root, profile, tmp_path)


def check_kept(root: Path, profile: str, tmp_path: Path) -> None:
    one = record("realign", model=profile)
    run = tracking.save(root, profile, one, made(tmp_path / "one"), keep=True)
    model, found = tracking.model_folder(root, f"models:/{profile}/1")
    assert found.key == one.key and (model / "model.safetensors").read_text() == "weights"
    assert tracking.load_record(root, run) == one
    assert {path.name for path in tracking.folder(root, run).iterdir()} == {"record.json", "predictions.parquet", "model"}


@pytest.mark.slow
def test_a_copy_that_was_changed_is_brought_again_and_what_the_server_changed_is_refused(workspace, tmp_path):
    root, profile = workspace.root, workspace.profile
    run = tracking.save(root, profile, record("realign", model=profile), made(tmp_path / "one"), keep=True)
    copy = tracking.model_folder(root, f"models:/{profile}/1")[0]
    assert copy.is_relative_to(files.copies(root))
    (copy / "model.safetensors").write_text("others")
    (copy.parent / "record.json").write_text("{}")
    model, _ = tracking.model_folder(root, f"models:/{profile}/1")
    assert (model / "model.safetensors").read_text() == "weights"
    (tmp_path / "model.safetensors").write_text("others")
    tracking.prepare(root).log_artifact(run, str(tmp_path / "model.safetensors"), "model")
    assert (tracking.model_folder(root, f"models:/{profile}/1")[0] / "model.safetensors").read_text() == "weights", (
        "the copy is whole"
    )
    files.discard(root, run, "model")
    with pytest.raises(BadInput, match=r"is not the model its run made: .*model\.safetensors changed"):
        tracking.model_folder(root, f"models:/{profile}/1")
    tracking.keep_model(root, run, tracking.load_record(root, run), tmp_path / "one" / "model")
    assert tracking.model_folder(root, f"models:/{profile}/1")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_read_back_from_every_kind_of_server(kind, checkout, tmp_path, empty_store, monkeypatch):
    home = tmp_path / "server"
    with served(home, empty_store, *KINDS[kind](home)) as port:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
        check_kept(checkout, "sample", tmp_path)


@pytest.mark.slow
def test_a_study_on_a_server_computes_nothing_twice_and_brings_no_model_it_does_not_need(workspace):
    small.run(workspace, small.settings_of(keep="all"))
    wanted = sorted(job.key for job in planned(workspace))
    assert keys(workspace) == wanted
    workspace.study.unlink()
    assert small.run(workspace, small.settings_of(keep="all")) == {"adopted": len(wanted)}
    assert keys(workspace) == wanted, "one FINISHED run a key"
    assert not list(files.copies(workspace.root).rglob("model"))


@pytest.mark.slow
def test_a_new_task_reads_the_encoders_that_the_server_keeps(workspace):
    small.run(workspace, small.settings_of(keep="encoders"))
    counts = small.run(workspace, small.settings_of(keep="encoders", tasks=["pos", "ner"]))
    assert set(counts) == {"finished", "run now"}
    assert keys(workspace) == sorted(job.key for job in planned(workspace, tasks=["pos", "ner"])), "no encoder twice"


def test_a_hand_run_on_a_server_is_computed_once(workspace, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(small.ROOT / "tests" / "support"))
    real = worker.compute
    monkeypatch.setattr(worker, "compute", lambda *given: real(*given, verbs=fake_verbs.VERBS))
    job = planned(workspace)[0]
    for _ in range(2):
        by_hand.one(workspace, small.settings_of(), job, None)
    assert keys(workspace) == [job.key] and "nothing was computed" in capsys.readouterr().err


@pytest.mark.slow
def test_a_download_that_was_cut_off_is_never_trusted(workspace, tmp_path, monkeypatch):
    root, profile = workspace.root, workspace.profile
    one = record("realign", model=profile)
    run = tracking.save(root, profile, one, made(tmp_path / "one"), keep=True)
    before = root / ".work" / "artifacts" / run / "model"  # where one lay that nobody compared with anything
    before.mkdir(parents=True)
    real = client.MlflowClient.download_artifacts

    def cut(self, *given):
        got = Path(real(self, *given))
        for file in got.rglob("*.safetensors"):
            file.write_bytes(file.read_bytes()[:3])
        return str(got)

    with monkeypatch.context() as patch:
        patch.setattr(client.MlflowClient, "download_artifacts", cut)
        with pytest.raises(Away, match=r"model/model.safetensors of run .*: 7 bytes are required, 3 came"):
            tracking.model_folder(root, f"models:/{profile}/1")
    model, _ = tracking.model_folder(root, f"models:/{profile}/1")
    assert (model / "model.safetensors").read_text() == "weights"


@pytest.mark.slow
def test_what_is_read_alone_from_a_server_leaves_nothing_in_the_checkout(workspace):
    run = tracking.save(workspace.root, workspace.profile, record("realign"), None, keep=False)
    before = sorted(workspace.root.rglob("*"))
    with tracking.reading():
        assert tracking.load_record(workspace.root, run).key == record("realign").key
    assert sorted(workspace.root.rglob("*")) == before


def test_a_download_is_no_missing_artifact_while_the_server_is_away(workspace, gate):
    run = tracking.save(workspace.root, workspace.profile, record("realign"), None, keep=False)
    gate.shut()
    with pytest.raises(Away, match="does not answer"):
        tracking.load_record(workspace.root, run)


def test_a_model_is_not_gone_because_its_server_is(workspace, gate):
    store = tracking.prepare(workspace.root)
    gate.shut()
    with pytest.raises(Away, match="does not answer"):
        store.set_logged_model_tags("m-1", {"a": "b"})  # MLflow says that there is no such model
