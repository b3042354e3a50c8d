"""verify.py of a bundle as a module, and bundles changed as somebody would change them who wants to deceive."""

import csv
import gzip
import importlib.util
import io
import runpy
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from realignment.core.hashing import file_digest
from realignment.lineage.bundle import write
from realignment.records import predictions


def program(folder: Path) -> ModuleType:
    """A fresh copy of verify.py that looks at `folder`."""
    about = importlib.util.spec_from_file_location("verify_of_a_bundle", write.PROGRAM)
    assert about and about.loader
    module = importlib.util.module_from_spec(about)
    about.loader.exec_module(module)
    module.HERE = folder
    return module


def scores_of(module: ModuleType) -> list[tuple]:
    """What `check_scores` gives, of tables/scores.csv alone: nothing is recomputed."""
    found = []
    for line in module.rows("tables/scores.csv"):
        control = line["control"]
        row = control if control in ("aligned", "untrained", "hypothesis", "majority") else f"{line['subset']} {control}".strip()
        if line["score"]:
            place = (line["task"], line["set"], line["language"], line["group"])
            found.append(((line["encoder"], row), line["seed"], *place, float(line["score"])))
    return found


def verdicts() -> ModuleType:
    """A fresh copy of verdicts.py."""
    about = importlib.util.spec_from_file_location("verdicts_of_a_bundle", write.PROGRAM.with_name("verdicts.py"))
    assert about and about.loader
    module = importlib.util.module_from_spec(about)
    about.loader.exec_module(module)
    return module


def judged(folder: Path, pattern: str = "*.csv") -> ModuleType:
    """verify.py after verdicts.py has been through the tables of a folder."""
    verify = program(folder)
    tables = verdicts().Tables(verify, scores_of(verify))
    for path in sorted((folder / "tables").glob(pattern)):
        tables.check(path.name)
    return verify


def numbers(folder: Path) -> ModuleType:
    """verify.py after both programs have been through every number of a folder's tables."""
    verify = program(folder)
    scores = scores_of(verify)
    for path in sorted((folder / "tables").glob("*.csv")):
        if path.name != "scores.csv":
            verify.check_table(path.name, scores)
    verdicts().check_tables(verify, scores)
    return verify


def held(labels: Iterable[str | list[str]]) -> list[str]:
    """Labels as a file of predictions holds them."""
    return [predictions.text(one) for one in labels]


def checked(folder: Path, *given: object) -> subprocess.CompletedProcess:
    """verify.py as a reviewer runs it: in an environment of its own, without any package."""
    words = [sys.executable, "-I", "-S", str(folder / "verify.py"), *map(str, given)]
    return subprocess.run(words, capture_output=True, text=True, check=False, env={}, cwd=folder)


def relisted(folder: Path) -> None:
    """MANIFEST as it would be if the files had been so from the beginning."""
    (folder / "MANIFEST").unlink(missing_ok=True)
    lines = [
        f"{file_digest(path)}  {path.relative_to(folder).as_posix()}" for path in sorted(folder.rglob("*")) if path.is_file()
    ]
    lines = [line for line in lines if not line.endswith("  bundle.sig")]
    (folder / "MANIFEST").write_text("\n".join([f"# realignment bundle, version 1, {len(lines)} files", *lines]) + "\n")


def lines_of(path: Path) -> list[dict]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def rewritten(path: Path, lines: list[dict]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    content = out.getvalue().encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def scored(module: ModuleType) -> None:
    """scored.py, which a bundle's verdicts.py calls, on the folder that a verify.py looks at."""
    runpy.run_path(str(write.PROGRAM.with_name("scored.py")))["check"](module)
