"""What, beside settings and data, decides the numbers of a run: the code of its verb, by syntax trees without docstrings, and libraries."""

import ast
import functools
import importlib.metadata
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from realignment.core.hashing import digest

PACKAGE = Path(__file__).parents[1]
LIBRARIES = ("torch", "transformers", "tokenizers", "numpy")
OF_DECODERS = {"lora_rank": "peft", "quantized": "bitsandbytes"}  # a setting that is said of one -> what computes that
NOTHING: Mapping[str, Any] = MappingProxyType({})
OF_TASKS = tuple(sorted(f"tasks/{path.stem}" for path in (PACKAGE / "tasks").glob("*.py") if path.stem != "__init__"))
# Modules whose code decides the numbers of a verb; a test pins the list to what the verbs import.
NUMERICS = {
    "realign": (
        "engine/bases/architecture",
        "engine/adapters",
        "engine/attention",
        "engine/bases/blueprint",
        "engine/bases/decisive",
        "engine/bases/kinds",
        "engine/reading",
        "engine/batches",
        "corpora/bitext",
        "engine/checkpoint",
        "engine/encoder",
        "engine/hardware",
        "engine/bases/legibility",
        "engine/objective",
        "engine/bases/probing",
        "engine/lazy_adam",
        "study/adapted",
        "study/decoders",
        "study/realign",
        "engine/token_cache",
        "engine/loops",
        "engine/recipes",
        "engine/bases/vocabulary",
        "engine/bases/weights",
        "corpora/segmentation",
    ),
    "finetune": (
        "engine/bases/architecture",
        "engine/adapters",
        "engine/attention",
        "engine/bases/blueprint",
        "engine/bases/decisive",
        "engine/bases/kinds",
        "engine/reading",
        "engine/batches",
        "engine/checkpoint",
        "engine/encoder",
        "engine/examples",
        "engine/hardware",
        "engine/heads",
        "engine/bases/legibility",
        "engine/objective",
        "engine/bases/probing",
        "engine/lazy_adam",
        "study/adapted",
        "study/decoders",
        "study/finetune",
        *OF_TASKS,
        "engine/windows",
        "engine/loops",
        "engine/recipes",
        "engine/bases/vocabulary",
        "engine/bases/weights",
        "corpora/segmentation",
    ),
    "evaluate": (
        "engine/bases/architecture",
        "engine/adapters",
        "engine/attention",
        "engine/bases/blueprint",
        "engine/bases/decisive",
        "engine/bases/kinds",
        "engine/reading",
        "engine/batches",
        "corpora/bitext",
        "engine/encoder",
        "engine/prediction",
        "engine/recipes",
        "engine/examples",
        "engine/hardware",
        "engine/heads",
        "engine/bases/legibility",
        "records/predictions",
        "engine/bases/probing",
        "engine/retrieval",
        "study/adapted",
        "study/decoders",
        "study/evaluate",
        *OF_TASKS,
        "engine/windows",
        "engine/bases/vocabulary",
        "engine/bases/weights",
        "corpora/segmentation",
    ),
    "gradients": (  # in addition to those of `evaluate`, where a run compares gradients
        "engine/checkpoint",
        "engine/gradients",
        "engine/lazy_adam",
        "engine/loops",
        "engine/objective",
        "study/gradients",
    ),
}


@functools.cache
def numerics(verb: str, package: Path = PACKAGE) -> str:
    """As `read`, once a process."""
    return read(verb, package)


def read(verb: str, package: Path = PACKAGE) -> str:
    """sha256 of the syntax trees of NUMERICS[verb] as they lie on the disk, docstrings left out: a comment or a docstring changes no key."""
    return of_modules(NUMERICS[verb], package)


def of_modules(names: Iterable[str], package: Path = PACKAGE) -> str:
    """sha256 of the syntax trees of modules, named as in NUMERICS."""
    return digest([[name, syntax((package / f"{name}.py").read_text(encoding="utf-8"))] for name in names])


def syntax(text: str) -> str:
    """The syntax tree of a module, docstrings left out."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def environment(
    verb: str, device: str, dtype: str, threads: int, *more: str, params: Mapping[str, Any] = NOTHING
) -> dict[str, Any]:
    """What, beside settings and data, decides the numbers of a run; `more`: of NUMERICS, what it computes beside its verb.

    By its settings (`params`) it is known whether adapters are trained or read, and over what.
    """
    version = digest([numerics(one) for one in (verb, *more)]) if more else numerics(verb)
    libraries = (*LIBRARIES, *(library for setting, library in OF_DECODERS.items() if params.get(setting)))
    return {
        **{name: _release(name) for name in libraries},
        "device": device,
        "dtype": dtype,
        "threads": threads,
        "numerics": version,
    }


@functools.cache
def _release(library: str) -> str:
    """The version that is installed; read once a process, because a grid asks for each thousands of times."""
    return importlib.metadata.version(library)


def unlike(verb: str, planned: Mapping[str, Any], params: Mapping[str, Any] = NOTHING) -> dict[str, tuple[str, str]]:
    """Name -> (as planned, as here) of the libraries, and of the code of a verb (`numerics`), that are others here than where a job was planned.

    What a plan does not name is not looked at.
    """
    given = (verb, planned.get("device", ""), planned.get("dtype", ""), planned.get("threads", 1))
    ways = [environment(*given, *more, params=params) for more in ((), ("gradients",)) if not more or verb == "evaluate"]
    here = next((way for way in ways if way["numerics"] == planned.get("numerics")), ways[0])
    return {name: (str(planned[name]), str(here[name])) for name in here if name in planned and here[name] != planned[name]}
