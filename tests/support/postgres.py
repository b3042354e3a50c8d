"""A real PostgreSQL in a temporary folder, on a socket of its own and the loopback; Debian's package or any on PATH."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from mlflow_server import free_port

USER, PASSWORD = "tracker", "s3cret/with@signs"
QUOTED = "s3cret%2Fwith%40signs"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")  # of a database that is thrown away


def programs() -> Path:
    """The folder of initdb and postgres; skips where there is none."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    pytest.skip("no PostgreSQL is installed (initdb on PATH, or Debian's package `postgresql`)")


def _other_user() -> dict:
    """PostgreSQL refuses to run as root: whom it runs as then, as arguments of subprocess."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            one = pwd.getpwnam(name)
            return {"user": one.pw_uid, "group": one.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root, and there is no user postgres or nobody")


@contextlib.contextmanager
def served():
    """The port of a server on 127.0.0.1 that asks for the password; an empty database `mlflow` is there."""
    bin, who, port = programs(), _other_user(), free_port()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        home = Path(folder)
        if who:
            os.chown(home, who["user"], who["group"])
        secret, log = home / "password", home / "log"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        how = {**who, "cwd": home, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGPASSWORD": PASSWORD}}
        words = ["-D", str(home / "data"), "-U", USER, "--pwfile", str(secret), "-A", "scram-sha-256", "--no-sync"]
        subprocess.run([bin / "initdb", *words], check=True, stdout=subprocess.DEVNULL, **how)
        options = [word for one in FAST for word in ("-c", one)]
        with log.open("w") as out:
            process = subprocess.Popen(
                [bin / "postgres", "-D", home / "data", "-h", "127.0.0.1", "-p", str(port), "-k", str(home), *options],
                stdout=out, stderr=out, **how,
            )  # fmt: skip
        try:
            _wait(bin, port, process, log, how)
            subprocess.run([bin / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", USER, "mlflow"], check=True, **how)
            yield port
        finally:
            process.send_signal(signal.SIGINT)  # at once, whoever is connected
            process.wait(60)


def _wait(bin: Path, port: int, process: subprocess.Popen, log: Path, how: dict) -> None:
    import time

    end = time.monotonic() + 300
    while time.monotonic() < end and process.poll() is None:
        ready = subprocess.run([bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False, **how)
        if ready.returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")


def address(port: int, password: str = QUOTED, database: str = "mlflow") -> str:
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"


def another(port: int, name: str) -> str:
    """Makes one more database, which is empty."""
    words = ["-h", "127.0.0.1", "-p", str(port), "-U", USER, name]
    subprocess.run([programs() / "createdb", *words], check=True, env={"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD})
    return name
