"""`realignment serve` and `mlflow models serve`: real servers on the loopback, and the printed command run by a shell."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import mlflow_server
import pytest
import served

from realignment import tracking
from realignment.records import mlmodel, sealing
from realignment.serving import flavor, names, server
from realignment.study import finetune

NAME = "sample.small.none.pos"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def here(tmp_path_factory, empty_store, bert_folder):
    return served.make(tmp_path_factory.mktemp("served") / "checkout", empty_store, bert_folder, ("pos",))


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}


def until(process: subprocess.Popen, address: str) -> None:
    """Waits until a server answers."""
    for _ in range(600):
        assert process.poll() is None, process.communicate()
        try:
            urllib.request.urlopen(f"{address}/ping", timeout=5)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("it does not answer")


def test_the_printed_command_gets_an_answer_and_ctrl_c_ends_the_server(here):
    words = [str(BIN / "realignment"), "serve", NAME, "--port", "0"]
    process = subprocess.Popen(
        words, cwd=here.root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        until(process, address)
        answer = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
        (row,) = json.loads(answer.stdout)["predictions"]
        assert [one["word"] for one in row["words"]] == ["Nairobi", "is", "a", "city", "in", "Kenya", "."]
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0 and out == "" and "Traceback" not in said
    assert f"model      models:/{NAME}/1: path:encoder" in said
    assert "task       POS: a tag for each word of a text" in said and "fine-tuned on qaa alone" in said
    assert "evaluated  no evaluation of it is at hand" in said and "licence    commercial use is not settled" in said
    assert said.splitlines()[-1] == "ended"


@pytest.mark.slow
def test_mlflow_serves_a_registered_model(here):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    words = [str(BIN / "mlflow"), "models", "serve", "-m", f"models:/{NAME}/1", "--env-manager", "local", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [*words, "--port", str(port)], cwd=here.root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        until(process, address := f"http://127.0.0.1:{port}")
        body = (here.folder("pos") / "serving_input_example.json").read_bytes()
        assert json.loads(posted(address, body))["predictions"][0]["words"][0]["word"] == "Nairobi"
        with pytest.raises(urllib.error.HTTPError) as refused:
            posted(address, b'{"dataframe_records": [{"words": ["pab", null]}]}')
        told = json.loads(refused.value.read())
        assert refused.value.code == 400 and told["message"].endswith("Error: row 1: word 2 must be a text, not null")
        assert "stack_trace" not in told
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.slow
def test_a_model_that_a_tracking_server_keeps_is_served(here, tmp_path, empty_store, monkeypatch):
    """What MLflow needs lies there too, and it comes back with the model."""
    with mlflow_server.served(tmp_path / "server", empty_store) as port:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
        record = served.register(here.workspace, finetune.plan(here.workspace, here.settings, served.CELL, "pos", None))
        run = tracking.finished(here.root, "sample")[record.key]
        kept = {Path(one.path).name for one in tracking.prepare(here.root).list_artifacts(run, "model")}
        assert kept == {name.removeprefix("model/") for name in record.files} | {*sealing.FOR_MLFLOW, "README.md"}
        with tracking.reading():
            chosen = names.choose(here.root, NAME)
        assert not mlmodel.fault(record, chosen.folder)
        with server.prepared(chosen) as folder:
            assert flavor._load_pyfunc(str(folder), served.config_of(folder)).predict([{"text": "pab leku"}])[0]["unread"] == 0


def posted(address: str, body: bytes) -> bytes:
    request = urllib.request.Request(f"{address}/invocations", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()
