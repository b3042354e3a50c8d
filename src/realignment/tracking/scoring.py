"""MLflow's scoring server, and what it takes from a model that refuses a request: it answers in HTTP what this package says in a line."""

import logging
import warnings
from pathlib import Path
from typing import Any

import realignment.core.hardening  # noqa: F401  telemetry off, before mlflow is imported


def app(folder: Path) -> Any:
    """The ASGI application that answers for the model in `folder`, which holds an MLmodel; it is loaded here."""
    from mlflow.pyfunc import load_model, scoring_server

    for name in ("mlflow", "mlflow.pyfunc.scoring_server"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"mlflow\.")
    return scoring_server.init(load_model(str(folder), suppress_warnings=True))


def refusal(line: str) -> Exception:
    """What a model raises for a request that cannot be answered: status 400, without a trace."""
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

    return MlflowException(line, error_code=INVALID_PARAMETER_VALUE)
