"""The version of the code that computes: what is said about it is no part of it, what it does is."""

import ast
import importlib.metadata
import shutil
from pathlib import Path

import pytest

from realignment.records import keys

FILE = "engine/objective.py"  # read by realign and finetune


@pytest.fixture
def package(tmp_path) -> Path:
    """A copy of the modules that decide numbers."""
    for name in {name for names in keys.NUMERICS.values() for name in names}:
        (tmp_path / f"{name}.py").parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(keys.PACKAGE / f"{name}.py", tmp_path / f"{name}.py")
    return tmp_path


def version(package: Path, verb: str = "realign") -> str:
    return keys.numerics.__wrapped__(verb, package)  # not what was found before an edit


def edited(package: Path, before: str, after: str, verb: str = "realign", file: str = FILE) -> bool:
    """Whether exchanging one piece of text changes the version."""
    was, text = version(package, verb), (package / file).read_text(encoding="utf-8")
    assert text.count(before) == 1
    (package / file).write_text(text.replace(before, after), encoding="utf-8")
    return version(package, verb) != was


def test_a_copy_of_the_package_is_of_the_same_version(package):
    assert version(package) == keys.numerics("realign")


def test_a_comment_changes_no_version(package):
    assert not edited(package, "vectors = F.normalize(", "# unit length\n    vectors = F.normalize(")


def test_white_space_changes_no_version(package):
    assert not edited(package, "    pairs = len(source)\n", "    pairs = (\n        len( source )\n    )\n\n")


@pytest.mark.parametrize("kind", [ast.Module, ast.FunctionDef, ast.ClassDef])
def test_the_docstring_of_a_module_a_function_or_a_class_changes_no_version(package, kind):
    file = "engine/loops.py"
    nodes = [node for node in ast.walk(ast.parse((package / file).read_text(encoding="utf-8"))) if isinstance(node, kind)]
    text = next(said for node in nodes if (said := ast.get_docstring(node)))
    assert not edited(package, text.splitlines()[0], "Something else is said here.", file=file)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("vectors.T / temperature", "vectors.T * temperature"),
        ('float("-inf")), partner)', 'float("-inf")), partner, reduction="sum")'),
    ],
)
def test_a_line_of_code_changes_the_version(package, before, after):
    assert edited(package, before, after)


def test_a_constant_changes_the_version(package):
    assert edited(package, "AT_ONCE = 2048", "AT_ONCE = 2047", file="engine/batches.py")


def test_a_line_changes_the_version_of_the_verbs_that_run_it_and_of_no_other(package):
    was = {verb: version(package, verb) for verb in keys.NUMERICS}
    assert edited(package, "vectors.T / temperature", "vectors.T * temperature")
    assert {verb for verb in keys.NUMERICS if version(package, verb) != was[verb]} == {
        *("realign", "finetune"),
        "gradients",
    }


def test_the_environment_of_a_run_names_the_libraries_as_they_are_installed():
    found = keys.environment("realign", "cpu", "float32", 2)
    assert found == {
        **{name: importlib.metadata.version(name) for name in ("torch", "transformers", "tokenizers", "numpy")},
        "device": "cpu",
        "dtype": "float32",
        "threads": 2,
        "numerics": keys.numerics("realign"),
    }
