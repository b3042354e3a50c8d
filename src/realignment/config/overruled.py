"""Values that somebody changed and that do not count, because the profile or the preset sets the same key.

`dvc exp run -S realign.steps=40` changes params.yaml; under a profile that says `realign: {steps: 500}` it is a run of 500 steps. So does
a change of a profile that the active one extends.
"""

import json
import os
from pathlib import Path
from typing import Any

from realignment.config import params
from realignment.config.extending import EXTENDS
from realignment.core.errors import BadInput

BASELINE = "DVC_EXP_BASELINE_REV"  # set by DVC for the stages of an experiment: the commit it starts from


def check(root: Path, profile: str) -> list[str]:
    """A line for each value that differs from the last commit and does not count; BadInput in an experiment of DVC."""
    revision = os.environ.get(BASELINE)
    merged, (own, *extended) = params.merge(profile, root), params.files(profile, root)
    found = []
    for name in (params.DEFAULTS, *extended):
        if before := params.committed(root, revision or "HEAD", name):
            found += [(name, *one) for one in changed(before, params.read_yaml(root / name), merged)]
    lines = [
        f"{key} is {_spelt(holds)} in profile `{profile}`, not {_spelt(now)} as {name} says" for name, key, now, holds in found
    ]
    if not found or not revision:
        return lines
    content = params.read_yaml(root / own)
    words = [f"-S '{own}:{'' if _has(content, key) else '+'}{key}={_spelt(now)}'" for _, key, now, _ in found]
    raise BadInput(f"the experiment would change nothing: {'; '.join(lines)}; use `dvc exp run {' '.join(words)}`")


def changed(before: dict, now: dict, merged: dict, above: str = "") -> list[tuple[str, Any, Any]]:
    """(key, its value now, the value that holds) of each value of the sections that was changed and does not hold."""
    found = []
    for key, value in now.items():
        if not above and key in (*params.TOP, EXTENDS):
            continue
        was, holds = before.get(key), merged.get(key)
        if all(isinstance(one, dict) for one in (was, value, holds)):
            found += changed(was, value, holds, f"{above}{key}.")
        elif value not in (was, holds):
            found.append((f"{above}{key}", value, holds))
    return found


def _has(content: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(content, dict) or part not in content:
            return False
        content = content[part]
    return True


def _spelt(value: Any) -> str:
    """As YAML and the command line of DVC read it."""
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
