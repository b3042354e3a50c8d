"""MLflow's client whose faults are one line each: a damaged file, a server that is away, an address nobody knows.

Imported late: it imports mlflow.
"""

import functools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException, RestException
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from realignment.core.errors import Away, BadInput, FailedWork
from realignment.core.secrets import hidden, shown
from realignment.tracking import reach
from realignment.tracking.sqlite import damaged

KNOWN = ("sqlite", "http", "https", "postgresql", "mysql", "mssql")
WRITES = ("create_", "delete_", "finalize_", "log_", "rename_", "restore_", "set_", "transition_", "update_", "link_")
READS = ("get_", "list_", "search_")
ANSWERS = ("RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "INVALID_STATE")
BUSY = ("database is locked", "database or disk is full", "readonly database", "disk I/O error")


def opened(where: str, name: str, *, reading: bool = False) -> MlflowClient:
    """A client of the store at the URI `where`, called `name` in messages, that has answered once."""
    scheme = where.partition(":")[0].partition("+")[0]
    if scheme not in KNOWN or "://" not in where:
        known = ", ".join(f"{one}://" for one in KNOWN)
        raise BadInput(
            f"MLFLOW_TRACKING_URI `{shown(where)}`: an address that begins with one of {known} is required; correct or unset it"
        )
    where = reach.driven(where)
    is_database = scheme not in ("sqlite", "http", "https")
    try:
        if fault := reach.fault(where):
            raise Away(fault)
        with reach.alone(where) if is_database else nullcontext():
            store = Client(where, where, name, reading=reading)
            store.search_experiments(max_results=1)
            if is_database or "%" in where:  # the registry opens it on its own: now, see `reach.alone` and sqlite.tidy
                store.search_registered_models(max_results=1)
    except Away as fault:
        raise BadInput(str(fault).replace("does not answer", "cannot be reached")) from None
    except BadInput:
        raise
    except (MlflowException, SQLAlchemyError, ImportError, ValueError) as fault:
        raise BadInput(f"{name}: the tracking store cannot be opened: {_short(fault)}") from None
    return store


class Client(MlflowClient):
    """Translates what goes wrong below MLflow; where it is for reading alone, refuses to write."""

    def __init__(self, tracking_uri: str, registry_uri: str, name: str, *, reading: bool) -> None:
        super().__init__(tracking_uri, registry_uri)
        self.where, self.reading, self.is_file = name, reading, tracking_uri.startswith("sqlite")

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found):
            return found
        if self.reading and name.startswith(WRITES):
            raise RuntimeError(f"{name} on a store that was opened for reading")
        return guarded(found, self.where, self.is_file)


def guarded(call: Callable, where: str, is_file: bool) -> Callable:
    """`call`, a method of the client, with its faults told in one line."""

    @functools.wraps(call)
    def told(*given: Any, **named: Any) -> Any:
        try:
            return call(*given, **named)
        except (Away, BadInput, FailedWork):
            raise
        except Exception as fault:
            better = _spoilt(fault, where, call.__name__.startswith(READS)) if is_file else _away(fault, where)
            if better is None:
                raise
            raise better from fault

    return told


def _away(fault: Exception, where: str) -> Away | None:
    return Away(reach.said(where, _short(fault))) if _is_away(fault) else None


def _spoilt(fault: Exception, where: str, reads: bool) -> Exception | None:
    """What is said of a file that cannot be used; None where the file is not at fault."""
    if isinstance(fault, MlflowException) and fault.error_code in ANSWERS:
        return None
    chain = list(_chain(fault))
    if any(word in str(one) for one in chain for word in BUSY):
        return FailedWork(f"{where}: the tracking store cannot be used now ({_short(fault)}); run the same command again")
    if any(isinstance(one, (UnicodeDecodeError, sqlite3.DatabaseError, SQLAlchemyError)) for one in chain):
        return damaged(where, _short(chain[-1]))
    if reads and any(not isinstance(one, (MlflowException, OSError)) for one in chain):  # what it says makes no sense to MLflow
        return damaged(where, f"{type(chain[-1]).__name__}: {_short(chain[-1])}")
    return None


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    """The fault and what caused it."""
    while fault is not None:
        yield fault
        fault = fault.__cause__


def _is_away(fault: Exception) -> bool:
    """No answer, or one from something in between; an answer that says what was wrong is none of these. MLflow answers some faults of the
    connection with one of its own."""
    inner = fault.__cause__ or fault.__context__
    if type(fault) is MlflowException and isinstance(inner, Exception) and _is_away(inner):
        return True
    if isinstance(fault, RestException):
        return fault.get_http_status_code() >= 500
    if isinstance(fault, (requests.ConnectionError, requests.Timeout, ConnectionError, TimeoutError)):
        return True
    if isinstance(fault, requests.HTTPError):
        return fault.response is not None and fault.response.status_code >= 500
    if any(isinstance(one, OperationalError) for one in _chain(fault)):  # a database server
        return True
    text = str(fault)
    return isinstance(fault, MlflowException) and ("failed with exception" in text or "failed with error code 5" in text)


def _short(fault: Exception) -> str:
    text = " ".join(str(fault).split()).partition(" (Background on this error")[0]
    inner = text.rpartition("Caused by ")[2] if "Caused by " in text else text
    return hidden(inner or type(fault).__name__)[:200]
