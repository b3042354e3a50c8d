"""The folder that a reviewer gets: written beside its place, checked by the programs in it, put there whole or not at all."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from realignment.core import digests, signatures
from realignment.core.errors import FailedWork
from realignment.core.files import sync
from realignment.lineage.bundle import signing
from realignment.lineage.folder import whole

VERSION = 1  # of the layout; verify.py reads this one alone
PROGRAM = Path(__file__).with_name("verify.py")
OTHERS = [
    PROGRAM.with_name(f"{name}.py")
    for name in (
        "verdicts",
        "scored",
        "outline",
        "rows",
        "likelihood",
        "model",
        "power",
        "draws",
        "paired",
        "layout",
        "cosines",
        "chance",
        "metrics",
    )
]  # which it calls
MANIFEST, SIGNATURE, KEY = "MANIFEST", "bundle.sig", "bundle.pub"


def put(out: Path, files: Mapping[str, bytes], key: Path | None) -> list[str]:
    """Writes the files with the programs, MANIFEST and, with a private key, the signature; what the programs said, as lines.

    FailedWork where the bundle does not confirm itself: nothing is left at `out` then.
    """
    programs = {one.name: one.read_bytes() for one in (PROGRAM, *OTHERS)}
    with whole(out) as folder:
        for name, content in sorted({**files, **programs, **({KEY: signatures.public(key)} if key else {})}.items()):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        manifest(folder)
        if key:
            signing.sign(folder, key, folder / SIGNATURE)
        said = confirmed(folder)
        for path in sorted(folder.rglob("*")):
            sync(path)
    sync(out.absolute().parent)
    return said


def manifest(folder: Path) -> None:
    """Every file with its sha256, as `sha256sum -c MANIFEST` reads it; the first line tells the version, and how many lines follow."""
    listed = digests.of_folder(folder)
    first = f"# realignment bundle, version {VERSION}, {len(listed)} files"
    lines = [first, *(f"{value}  {name}" for name, value in listed.items())]
    (folder / MANIFEST).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def confirmed(folder: Path) -> list[str]:
    """What the bundle's program says of it, run as a reviewer runs it."""
    words = [sys.executable, "-I", str(folder / PROGRAM.name)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={})
    lines = done.stdout.splitlines()
    if done.returncode:
        why = (lines or done.stderr.splitlines() or ["it says nothing"])[-1]
        raise FailedWork(
            f"the bundle must confirm itself, and its {PROGRAM.name} says: {why}; run `dvc repro report`, then bundle again"
        )
    return lines
