"""Hashes and keys: content by sha256, structures by their canonical JSON, code by its syntax trees without docstrings."""

import ast
import functools
import hashlib
import importlib.metadata
import json
from pathlib import Path
from typing import Any

LIBRARIES = ("torch", "transformers", "tokenizers", "numpy")
# Modules whose code decides the numbers of a verb; a test pins the list to what the verbs import.
NUMERICS = {
    "realign": (
        "architecture",
        "batches",
        "bitext",
        "checkpoint",
        "encoder",
        "hardware",
        "legibility",
        "objective",
        "probing",
        "rowwise",
        "stages/realign",
        "strictjson",
        "tokens",
        "training",
        "vocabulary",
        "weights",
        "words",
    ),
    "finetune": (
        "architecture",
        "batches",
        "checkpoint",
        "encoder",
        "examples",
        "hardware",
        "heads",
        "legibility",
        "objective",
        "probing",
        "rowwise",
        "stages/finetune",
        "strictjson",
        "tasks/ner",
        "tasks/nli",
        "tasks/pos",
        "training",
        "vocabulary",
        "weights",
        "words",
    ),
    "evaluate": (
        "architecture",
        "batches",
        "bitext",
        "encoder",
        "evaluation",
        "examples",
        "hardware",
        "heads",
        "legibility",
        "predictions",
        "probing",
        "retrieval",
        "stages/evaluate",
        "strictjson",
        "tasks/ner",
        "tasks/nli",
        "tasks/pos",
        "vocabulary",
        "weights",
        "words",
    ),
}


def canonical(value: Any) -> str:
    """JSON with sorted keys and no white space: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """sha256 (hex) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 (hex) of the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path, names: tuple[str, ...] = ("*",)) -> str:
    """sha256 over (relative path, sha256) of the files in `folder` that match one of the patterns, sorted."""
    found = {path for name in names for path in folder.rglob(name) if path.is_file()}
    return digest(sorted((path.relative_to(folder).as_posix(), file_digest(path)) for path in found))


@functools.cache
def numerics(verb: str) -> str:
    """sha256 of the syntax trees of NUMERICS[verb], docstrings left out: a comment or a docstring changes no key."""
    package = Path(__file__).parent
    trees = []
    for name in NUMERICS[verb]:
        tree = ast.parse((package / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
        trees.append([name, ast.dump(tree)])
    return digest(trees)


def environment(verb: str, device: str, dtype: str, threads: int) -> dict[str, Any]:
    """What, beside settings and data, decides the numbers of a run."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {**versions, "device": device, "dtype": dtype, "threads": threads, "numerics": numerics(verb)}
