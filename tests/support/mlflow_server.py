"""A real `mlflow server` on a free port of the loopback, and a gate before it that can be shut: nobody answers then."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

QUICK = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # seven processes that no test asks anything


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextlib.contextmanager
def served(home: Path, store: Path | None, *options: str, backend: str = "sqlite:///server.db"):
    """The port of a server whose database (a copy of `store`, or a new one) and artifacts lie in `home`; it answers when this is entered."""
    home.mkdir(parents=True, exist_ok=True)
    if store:
        (home / "server.db").write_bytes(store.read_bytes())
    port, log = free_port(), home / "log"
    words = ["--backend-store-uri", backend, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *words, *options],
            cwd=home, stdout=out, stderr=out, start_new_session=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")} | QUICK,
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, log)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)  # its workers too
        process.wait()


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 600
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


class Gate:
    """Passes connections on to a port; shut, it refuses them, as a server that is away does."""

    def __init__(self, port: int) -> None:
        self.behind, self.port = port, free_port()
        self.listener: socket.socket | None = None
        self.address = f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def shut(self) -> None:
        """Those that are being served are cut off too."""
        if self.listener is not None:
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if self.listener is not listener:
                near.close()
                return
            far = socket.create_connection(("127.0.0.1", self.behind))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, other, listener), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while self.listener is listener and (data := one.recv(1 << 16)):
                if self.listener is not listener:
                    break
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def gated(port: int, patch: pytest.MonkeyPatch):
    """The store is a server behind a gate, which is open; what it does not answer is not asked again."""
    one = Gate(port)
    one.open()
    patch.setenv("MLFLOW_TRACKING_URI", one.address)
    patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    try:
        yield one
    finally:
        one.shut()
