"""Profiles made up for tests: a checkout with the settings as they ship, and one more profile in it."""

import shutil
from pathlib import Path

import pytest
import shipped
import yaml

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.stages import settings as stage

ROOT = Path(__file__).parents[2]
HUB = f"hub:FacebookAI/xlm-roberta-base@{'e' * 40}"


def checkout(root: Path) -> Path:
    """params.yaml, the shipped profiles and the vectors below `root`."""
    root.mkdir(exist_ok=True, parents=True)
    shipped.settings(root)
    shutil.copytree(ROOT / "profiles", root / "profiles")
    (root / "data").mkdir()
    (root / "data" / "uriel").symlink_to(ROOT / "data" / "uriel")
    return root


def own(root: Path, text: str, name: str = "own") -> Workspace:
    """The profile with that text."""
    (root / "profiles" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Workspace(root, name)


def sample(root: Path, **changed: dict) -> Workspace:
    """A profile as `sample` is, with keys of its sections changed."""
    content = yaml.safe_load((ROOT / "profiles" / "sample.yaml").read_text(encoding="utf-8"))
    for section, keys in changed.items():
        content[section] = {**content.get(section, {}), **keys}
    content["study"]["encoders"] = {
        label: {**one, "name": one["name"].replace("data/sample/", "data/own/")}
        for label, one in content["study"]["encoders"].items()
    }
    return own(root, yaml.safe_dump(content, sort_keys=False))


def faults(workspace: Workspace) -> tuple[str, ...]:
    """What stage `settings` says against a profile, a line each; () where it takes it."""
    try:
        stage.run(workspace, params.load(workspace))
    except BadInput as fault:
        return fault.args
    return ()


def fault(workspace: Workspace) -> str:
    """The one thing that stage `settings` says against a profile."""
    found = faults(workspace)
    if len(found) != 1:
        pytest.fail(f"one fault is expected, found {found}")
    return found[0]
