"""The server: MLflow's own for a model, on a port of the loopback, whose faults are one line each."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from realignment.core.errors import BadInput
from realignment.core.network import LOOPBACK
from realignment.records import mlmodel, sealing
from realignment.serving.names import Chosen
from realignment.serving.one_line import OneLine

OWN = (LOOPBACK, "localhost")  # what a server on the loopback is called by


@contextmanager
def prepared(chosen: Chosen) -> Iterator[Path]:
    """A folder of links to the model's files, with what MLflow needs beside them made anew of the record: models that were registered before there
    was any have it too, and nothing that somebody wrote into the store says what is run."""
    with tempfile.TemporaryDirectory(prefix="realignment-serve-") as scratch:
        folder = Path(scratch)
        for name in sealing.model(chosen.record):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to((chosen.folder / name).resolve())
        mlmodel.write(chosen.record, folder)
        yield folder


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; 0 takes any port that is free. BadInput where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen()
    except (OSError, OverflowError) as fault:
        found.close()
        why = fault.strerror if isinstance(fault, OSError) else fault
        raise BadInput(
            f"port {port} of {host} cannot be used ({why}); give another with --port, or 0 for any that is free"
        ) from None
    return found


def address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def application(folder: Path, host: str = LOOPBACK) -> Any:
    """MLflow's ASGI application for the model in `folder`; on the loopback it answers those alone who call it by that name."""
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from realignment.tracking import scoring

    made = scoring.app(folder)
    return OneLine(TrustedHostMiddleware(made, list(OWN)) if host in OWN else made)


def run(app: Any, listening: socket.socket) -> None:
    """Answers until it is interrupted."""
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=5)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        return
    finally:
        listening.close()
