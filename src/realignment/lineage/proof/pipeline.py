"""dvc.lock: whether every entry of the active profile's stages is what dvc.yaml, the settings and the files say, and nothing else is in it."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from realignment.config import params, yaml_lines
from realignment.core import outputs
from realignment.core.workspace import Workspace
from realignment.lineage.proof.verdict import Link, away, judged

LOCK, PIPELINE, IGNORED = "dvc.lock", "dvc.yaml", ".dvcignore"
ALWAYS_IGNORED = (".git/", ".hg/", ".dvc/")
Now = Callable[[Path], dict[str, Any]]  # what DVC would write down of a path now
OTHERS = "of another profile; `realignment profile NAME` makes it the active one"


def links(workspace: Workspace) -> Iterator[Link]:
    if not workspace.lock.is_file():
        yield away(LOCK, LOCK, "not here: no stage was run by DVC")
        return
    try:
        text = workspace.lock.read_text(encoding="utf-8")
        content = yaml_lines.quick(text)
        stages = content["stages"]
        wanted = dict(Expected.of(workspace).stages())
    except Exception as fault:  # whatever a changed byte makes of it
        yield judged(LOCK, LOCK, f"cannot be read ({' '.join(str(fault).split())[:160]})")
        return
    yield judged(LOCK, f"{LOCK}: how it is written", _written(text))
    now = functools.cache(functools.partial(of_path, workspace.root))  # several stages read one folder of code
    for name, stage in wanted.items():
        if name not in stages:
            yield away(LOCK, f"{LOCK} {name}", "the stage was not run by DVC")
        else:
            yield from _stage(workspace, name, stages[name], stage, now)
    yield from _extended(workspace)
    yield from (away(LOCK, f"{LOCK} {name}", OTHERS) for name in stages if name not in wanted)


def _extended(workspace: Workspace) -> Iterator[Link]:
    """That settings.yaml is still what the profile gives: dvc.yaml cannot name the profiles that it extends."""
    own, *below = params.files(workspace.profile, workspace.root)
    if below and workspace.settings.is_file():
        same = params.read(workspace.settings) == params.load(workspace)
        path = workspace.settings.relative_to(workspace.root).as_posix()
        odd = f"they give other settings now than {path} has; `dvc repro` runs what depends on them"
        yield judged(LOCK, f"{path}: {', '.join([own, *below])}", "" if same else odd)


@functools.lru_cache(maxsize=1)
def _written(text: str) -> str:
    """That each byte of the file follows from what it says: the way DVC writes it."""
    from ruamel.yaml import YAML

    content = yaml_lines.quick(text)
    if set(content) != {"schema", "stages"} or content["schema"] != "2.0":
        return "has other parts than schema 2.0 and stages"
    again, writer = StringIO(), YAML()
    writer.default_flow_style = False
    writer.dump(content, again)
    old, new = text.splitlines(), again.getvalue().splitlines()
    odd = next((place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return "" if text == again.getvalue() else f"line {odd + 1} is not written as DVC writes it"


@dataclass(frozen=True)
class Expected:
    """What dvc.yaml says of the stages of the active profile."""

    workspace: Workspace
    pipeline: Mapping[str, Any]
    values: Mapping[str, str]  # of `${...}`
    files: dict[str, Any] = field(default_factory=dict)  # of parameters, parsed

    @classmethod
    def of(cls, workspace: Workspace) -> "Expected":
        root = workspace.root
        given = _file(root / params.DEFAULTS)
        values = {"profile": workspace.profile, "item.profile": workspace.profile, "inputs": str(given["inputs"])}
        return cls(workspace, _file(root / PIPELINE)["stages"], values)

    def stages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, {cmd, deps, params, outs}) of each: paths of what is read and written, values of parameters."""
        for verb, stage in self.pipeline.items():
            outs = [*stage.get("outs", ()), *stage.get("metrics", ())]
            yield (
                f"{verb}@{self.workspace.profile}",
                {
                    "cmd": self._filled(stage["cmd"]),
                    "deps": sorted(self._filled(one) for one in stage.get("deps", ())),
                    "params": self._params(stage.get("params", ())),
                    "outs": sorted(self._filled(one if isinstance(one, str) else next(iter(one))) for one in outs),
                },
            )

    def _filled(self, text: str) -> str:
        for name, value in self.values.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    def _params(self, several: Any) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for one in several:
            for name, keys in one.items():
                file = self._filled(name)
                if file not in self.files:
                    path = self.workspace.root / file
                    self.files[file] = _file(path) if path.is_file() else None
                found[file] = {key: _at(self.files[file], key) for key in keys}
        return found


def _file(path: Path) -> Any:
    return yaml_lines.quick(path.read_text(encoding="utf-8"))


def _at(content: Any, key: str) -> Any:
    for part in key.split("."):
        content = content.get(part) if isinstance(content, dict) else None
    return content


def _stage(workspace: Workspace, name: str, there: Mapping[str, Any], wanted: Mapping[str, Any], now: Now) -> Iterator[Link]:
    shown = f"{LOCK} {name}"
    extra = sorted(set(there) - set(wanted))
    cmd = "" if there.get("cmd") == wanted["cmd"] else f"was made by `{there.get('cmd')}`, {PIPELINE} has `{wanted['cmd']}`"
    yield judged(LOCK, f"{shown}: command", cmd or (f"holds `{extra[0]}`, which no stage has" if extra else ""))
    yield judged(LOCK, f"{shown}: settings", _params(there.get("params", {}), wanted["params"]))
    for kind in ("deps", "outs"):
        entries = there.get(kind) or []
        named = [one.get("path", "") for one in entries]
        if sorted(named) != wanted[kind]:
            odd = min(set(named) ^ set(wanted[kind]), default="a path twice")
            yield judged(LOCK, f"{shown}: {kind}", f"{odd} is on one side alone of {LOCK} and {PIPELINE}")
        for one in entries:
            yield _entry(workspace, f"{shown}: {one.get('path')}", one, now)


def _params(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    for file in sorted({*there, *wanted}):
        old, new = there.get(file, {}), wanted.get(file, {})
        for key in sorted({*old, *new}):
            if key not in old or key not in new or old[key] != new[key] or type(old[key]) is not type(new[key]):
                return f"{key} was {_text(old, key)}, {file} has {_text(new, key)} now"
    return ""


def _text(values: Mapping[str, Any], key: str) -> str:
    return f"{values[key]!r}"[:80] if key in values else "not among them"


def _entry(workspace: Workspace, name: str, entry: Mapping[str, Any], known: Now) -> Link:
    path = workspace.root / str(entry.get("path"))
    if not path.exists():
        return away(LOCK, name, "not here")
    now = known(path)
    given = {part: value for part, value in entry.items() if part not in ("path", "hash")}
    if entry.get("hash") != "md5":
        return judged(LOCK, name, f"is named by `{entry.get('hash')}`, not md5")
    odd = next((part for part in sorted({*given, *now}) if given.get(part) != now.get(part)), None)
    if odd is None:
        return judged(LOCK, name, "")
    inside = _changed_in(workspace.root, path, str(given.get("md5"))) if path.is_dir() else ""
    return judged(LOCK, name, f"its {odd} is {now.get(odd)}, {LOCK} has {given.get(odd)}{inside}")


def _changed_in(root: Path, folder: Path, md5: str) -> str:
    """Which files of a folder are others than DVC's cache lists for it; "" where the cache does not know the folder."""
    listing = root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
    try:
        before = {one["relpath"]: one["md5"] for one in json.loads(listing.read_bytes())}
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    now = {name: outputs.md5(one) for name, one in kept_in(root, folder).items()}
    wrong = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return f"; it differs in {', '.join(f'{folder.relative_to(root).as_posix()}/{name}' for name in wrong[:3])}" if wrong else ""


def of_path(root: Path, path: Path) -> dict[str, Any]:
    """md5, size and, of a folder, number of files, as DVC has them."""
    if not path.is_dir():
        return {"md5": outputs.md5(path), "size": path.stat().st_size}
    kept = kept_in(root, path)
    sizes = [one.stat().st_size for one in kept.values()]
    return {"md5": outputs.of_files(kept), "size": sum(sizes), "nfiles": len(sizes)}


def kept_in(root: Path, folder: Path) -> dict[str, Path]:
    """Path in a folder -> file, of those that .dvcignore does not leave out."""
    file = root / IGNORED
    ignored = _patterns(file.read_text(encoding="utf-8") if file.is_file() else "")
    files = {one.relative_to(folder).as_posix(): one for one in sorted(folder.rglob("*")) if one.is_file()}
    return {name: one for name, one in files.items() if not ignored.match_file(_inside(root, folder, name))}


@functools.lru_cache(maxsize=4)
def _patterns(text: str) -> Any:
    from pathspec import PathSpec

    return PathSpec.from_lines("gitignore", [*ALWAYS_IGNORED, *text.splitlines()])


def _inside(root: Path, path: Path, name: str) -> str:
    """A file's path as patterns see it: from the checkout on."""
    return f"{path.relative_to(root).as_posix()}/{name}" if path.is_relative_to(root) else name
