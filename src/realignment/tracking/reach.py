"""Whether a store that is no file answers, asked within seconds; and a database that MLflow has never seen, made ready by one process alone.

MLflow itself waits: 120 s for an answer, 100 s for a database whose password is wrong, and several that make its tables at once fail.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from urllib.parse import urlsplit

from realignment.core.errors import Away, BadInput
from realignment.core.secrets import hidden, shown

PATIENCE = 2.0  # seconds for an answer, which takes milliseconds where a server is there
PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
KEY = 7261  # of the lock in PostgreSQL that one process at a time holds while it makes MLflow's tables; any number


def said(where: str, why: str) -> str:
    return f"tracking store {where}: does not answer ({why}); start the server or unset MLFLOW_TRACKING_URI"


def fault(where: str) -> str:
    """Why the store at an address does not answer, as a line; "" where it does, and where it is a file."""
    scheme = where.partition("://")[0].partition("+")[0]
    try:
        why = _unheard(where) if scheme in ("http", "https") else _unconnected(where, PORTS.get(scheme))
    except ValueError:
        raise BadInput(
            f"MLFLOW_TRACKING_URI `{shown(where)}`: user and password are required percent-encoded (`@` as %40, `/` as %2F)"
        ) from None
    return said(shown(where), why) if why else ""


def _unheard(where: str) -> str:
    """A port that accepts and says nothing is no server. Any answer but a failure of its own (5xx) is one."""
    import requests

    place = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH")
    verify = place or os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() not in ("true", "1")
    try:
        with requests.get(f"{where.rstrip('/')}/health", timeout=PATIENCE, stream=True, verify=verify) as answer:
            return f"HTTP {answer.status_code}" if answer.status_code >= 500 else ""
    except (requests.exceptions.SSLError, requests.exceptions.InvalidURL):
        return ""  # MLflow says what is wrong
    except requests.Timeout:
        return f"no answer within {PATIENCE:.0f} s"
    except requests.RequestException as wrong:
        return _short(wrong)


def _unconnected(where: str, port: int | None) -> str:
    parts = urlsplit(where)
    if port is None or not parts.hostname:
        return ""  # a file, or a socket of this machine
    try:
        socket.create_connection((parts.hostname, parts.port or port), timeout=PATIENCE).close()
    except OSError as wrong:
        return _short(wrong)
    return ""


def driven(where: str) -> str:
    """The address with the driver that is installed: SQLAlchemy 2.1 takes `postgresql://` for psycopg 3, extra `server` brings psycopg2."""
    if where.startswith("postgresql://") and not find_spec("psycopg") and find_spec("psycopg2"):
        return where.replace("postgresql://", "postgresql+psycopg2://", 1)
    return where


@contextmanager
def alone(where: str) -> Iterator[None]:
    """Within, no other process makes MLflow's tables in a PostgreSQL database. BadInput where the database lets nobody in."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    try:
        engine = create_engine(where, poolclass=NullPool)
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except ImportError as wrong:
        raise BadInput(
            f"{shown(where)}: its driver is not installed ({wrong}); run `pip install 'realignment[server]'`"
        ) from None
    except (SQLAlchemyError, ValueError) as wrong:
        if _is_passing(wrong):
            raise Away(said(shown(where), _short(wrong))) from None
        raise BadInput(f"{shown(where)}: the tracking store cannot be opened: {_short(wrong)}") from None
    with connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": KEY})  # it falls with the connection
        yield


def _is_passing(wrong: Exception) -> bool:
    """A database that starts, stops, or has too many clients just now."""
    return any(word in str(wrong) for word in ("starting up", "shutting down", "too many clients", "refused", "timeout expired"))


def _short(wrong: Exception) -> str:
    text = " ".join(str(getattr(wrong, "orig", None) or wrong).split())
    return hidden(text.rpartition("Caused by ")[2] or type(wrong).__name__)[:200]
