"""Leave to use the network: off by default, lifted by what a profile asks for, unless the user forbade it; and the address on the loopback."""

import os
from contextlib import contextmanager

MLFLOW_UI = "http://127.0.0.1:5000"  # where `mlflow ui` answers
LOOPBACK, SERVING = "127.0.0.1", 5001  # where a served model answers: a port beside that of the interface
RUNS_VIEW = "workflowType=machine_learning"  # of its two views the one with tables of runs; any other word is ignored and shows the GenAI view

ROWS = "rows"  # the view that an experiment keeps of its summary runs
ROWS_VIEW = f"viewStateShareKey={ROWS}&{RUNS_VIEW}"


def forbidden() -> bool:
    """Whether the user set HF_HUB_OFFLINE=1 (the package sets it too, as a default that may be lifted)."""
    return os.environ.get("HF_HUB_OFFLINE") == "1" and not os.environ.get("REALIGNMENT_OFFLINE_BY_DEFAULT")


def endpoint() -> str | None:
    """The address in HF_ENDPOINT; None for the hub's own."""
    return os.environ.get("HF_ENDPOINT") or None


@contextmanager
def online():
    """Within, huggingface_hub may make requests."""
    from huggingface_hub import constants

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, False
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
