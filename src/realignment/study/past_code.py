"""Which modules decide a verb's numbers otherwise than they did at an earlier commit."""

import functools
import subprocess
from pathlib import Path

from realignment.core.hashing import digest
from realignment.records import keys

SOURCE = "src/realignment"


@functools.cache
def differing(root: Path, verbs: tuple[str, ...], commit: str, numerics: str) -> list[str]:
    """Of what decides the numbers of `verbs`, the modules whose syntax is another at `commit`; [] where the repository does not have that commit, or
    where its code is not what `numerics` stands for (a run of a checkout with changes that no commit has)."""
    names = [name for verb in verbs for name in keys.NUMERICS[verb]]
    then = {name: _at(root, commit, name) for name in dict.fromkeys(names)}
    if None in then.values() or numerics not in _numerics(verbs, {name: str(text) for name, text in then.items()}):
        return []
    now = {name: (root / SOURCE / f"{name}.py").read_text(encoding="utf-8") for name in then}
    return [name for name in then if keys.syntax(str(then[name])) != keys.syntax(now[name])]


def _numerics(verbs: tuple[str, ...], texts: dict[str, str]) -> tuple[str, ...]:
    """As `keys.environment` makes them, of the first verb alone and of all together."""
    each = [digest([[name, keys.syntax(texts[name])] for name in keys.NUMERICS[verb]]) for verb in verbs]
    return each[0], digest(each)


def _at(root: Path, commit: str, name: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "show", f"{commit}:{SOURCE}/{name}.py"], capture_output=True, check=True, timeout=30
        )
        return done.stdout.decode()
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
