"""The tag of a run that is RUNNING: the checkout and the processes that write it."""

import json
import os
from pathlib import Path

from realignment.core import pids

OWNER = "owner"  # tag: the checkout and the processes that write the run
STARTER = "REALIGNMENT_STARTED_BY"  # variable: the `mlflow run` process, as `pids.me` tells it


def tag(root: Path) -> dict[str, str]:
    """The tag of a run that this process writes, and the `mlflow run` that started it, if one did."""
    starter = os.environ.get(STARTER)
    writers = [*([json.loads(starter)] if starter else []), pids.me()]
    return {OWNER: json.dumps({"checkout": str(root.resolve()), "processes": writers}, sort_keys=True)}


def of(tags: dict[str, str]) -> tuple[str, list[dict]]:
    """(checkout, processes) of a run by its tags; empty where nobody said."""
    try:
        content = json.loads(tags.get(OWNER, "{}"))
        return content.get("checkout", ""), content.get("processes", [])
    except (ValueError, AttributeError):
        return "", []
