"""Waiting for what must happen. The limit only ends what hangs: it says nothing of how fast a machine is."""

import time
from collections.abc import Callable

LIMIT = 900.0  # seconds


def until(condition: Callable[[], object], alive: Callable[[], object] = lambda: True) -> None:
    """Returns when `condition` holds; fails where `alive` (what is to bring it about) no longer does, or nothing happens."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert alive() or condition(), "it ended before it happened"
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
