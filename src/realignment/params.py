"""The only reader of params.yaml and profiles/: profile over defaults, validated, every fault named at once."""

import math
import re
import subprocess
import types
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml

from realignment.errors import BadInput, nearest
from realignment.schema import TASKS, Fetch, Settings
from realignment.workspace import Workspace

DEFAULTS = "params.yaml"
TOP = ("profile", "inputs")  # keys of params.yaml that are no section
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # of a profile or an encoder: it stands in paths, run names and the registry
SEEN = ("mbert", "xlmr", "english")
PRESETS = Path(__file__).parent / "data" / "presets.yaml"
SECTIONS = {f.name: f.type for f in fields(Settings) if f.name != "profile"}


def read_yaml(path: Path) -> dict:
    """The mapping in `path`; a one-line error says where it cannot be read."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path}: the file is required and does not exist") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{path}: cannot be read: {fault}") from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise BadInput(f"{path}{where}: not YAML: {getattr(fault, 'problem', fault)}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise BadInput(f"{path}: a mapping of sections is required, found {type(content).__name__}")
    return content


def committed(root: Path, revision: str) -> dict | None:
    """params.yaml as it stands in a commit; None where there is no git, no such commit, or no such file in it."""
    words = ["git", "-C", str(root), "show", f"{revision}:./{DEFAULTS}"]
    try:
        content = yaml.safe_load(subprocess.run(words, capture_output=True, check=True).stdout)
    except (OSError, subprocess.CalledProcessError, yaml.YAMLError):
        return None
    return content if isinstance(content, dict) else None


def profiles(root: Path) -> list[str]:
    """Names of the profiles of a checkout, sorted."""
    return sorted(path.stem for path in (root / "profiles").glob("*.yaml"))


def active_profile(root: Path) -> str:
    name = read_yaml(root / "params.yaml").get("profile")
    if not isinstance(name, str):
        raise BadInput(f"{root / 'params.yaml'}: key `profile` must name one of {', '.join(profiles(root))}")
    return name


def inputs(root: Path) -> object:
    """What DVC watches for stage `fetch`: key `inputs` of params.yaml, of the active profile."""
    return read_yaml(root / "params.yaml").get("inputs")


def wanted_inputs(fetch: Fetch) -> str:
    """What `inputs` must be for these settings: the data folder, the lock of the public corpora, or the code of the generator."""
    if fetch.source == "sample":
        return "src/realignment/sources/sample"
    return str(Path((fetch.folder if fetch.source == "folder" else fetch.lock) or "").expanduser())


def missing_inputs(root: Path, fetch: Fetch) -> str:
    """A line where the raw files are not here, as in the clone of somebody who shares what came of them; "" where they are."""
    wanted = wanted_inputs(fetch)
    if (root / wanted).exists():
        return ""
    return f"{root / wanted}: the raw files that `fetch` reads are not here; `dvc repro --pull` goes on with what was made of them and pushed"


def merge(profile: str, root: Path, overrides: dict[str, dict[str, Any]] | None = None) -> dict:
    """Defaults of params.yaml < switches of the preset < profiles/<profile>.yaml < `overrides`, key by key (free-form dicts merge too)."""
    if not LABEL.fullmatch(profile):
        raise BadInput(f"a profile is named by letters, digits, _ and -; got `{profile}`; rename profiles/{profile}.yaml")
    if profile not in profiles(root):
        raise BadInput(f"unknown profile `{profile}`; {nearest(profile, profiles(root))}; profiles are files in profiles/")
    merged = read_yaml(root / "params.yaml")
    merged["profile"] = profile
    merged.pop("inputs", None)  # DVC's, and of the active profile only
    layers = [read_yaml(root / "profiles" / f"{profile}.yaml"), overrides or {}]
    for layer in [_preset([merged, *layers]), *layers]:
        for section, values in layer.items():
            if isinstance(values, dict) and isinstance(merged.get(section), dict):
                merged[section] = {**merged[section], **{k: _over(merged[section].get(k), v) for k, v in values.items()}}
            else:
                merged[section] = values
    return merged


def _preset(layers: list[dict]) -> dict:
    """Switches of the preset that the last layer to name one asks for; an unknown name is left to `validate`."""
    sections = [layer.get("realign") for layer in layers]
    names = [section["preset"] for section in sections if isinstance(section, dict) and "preset" in section]
    return read_yaml(PRESETS).get(names[-1], {}) if names and isinstance(names[-1], str) else {}


def _over(default: Any, value: Any) -> Any:
    """Free-form dicts such as epochs are merged by key, anything else replaced."""
    return {**default, **value} if isinstance(default, dict) and isinstance(value, dict) else value


def load(workspace: Workspace, overrides: dict[str, dict[str, Any]] | None = None) -> Settings:
    """Settings of the workspace's profile, from params.yaml and profiles/; `overrides` as {section: {key: value}}."""
    merged = merge(workspace.profile, workspace.root, overrides)
    return validate(merged, f"profile `{workspace.profile}`")


def read(path: Path) -> Settings:
    """Settings as stage `settings` wrote them."""
    return validate(read_yaml(path), str(path))


def validate(merged: dict, where: str) -> Settings:
    """Settings from a merged mapping; BadInput lists every unknown, missing and mistyped key."""
    faults: list[str] = []
    faults += [f"unknown section `{name}` ({nearest(name, SECTIONS)})" for name in merged if name not in {*SECTIONS, *TOP}]
    sections = {}
    for name, kind in SECTIONS.items():
        given = merged.get(name)
        if not isinstance(given, dict):
            faults.append(f"section `{name}` must be a mapping of keys, got {given!r}")
            continue
        sections[name] = _section(name, kind, given, faults)
    faults += study_faults(sections.get("study")) + task_faults(sections)
    if faults:
        raise BadInput(f"{where}: " + "; ".join(faults))
    return Settings(profile=merged["profile"], **sections)


def task_faults(sections: dict[str, Any]) -> list[str]:
    """Keys one level down that are no task, layers that are no number, mirrors of no host: the types let them pass."""
    faults = []
    for section, key in (("fetch", "train"), ("finetune", "epochs"), ("finetune", "learning_rate"), ("evaluate", "max_length")):
        for name in getattr(sections.get(section), key, ()):
            if name not in TASKS:
                faults.append(f"unknown task `{section}.{key}.{name}` ({nearest(str(name), TASKS)})")
    layer = getattr(sections.get("realign"), "layer", -1)
    if isinstance(layer, str) and layer != "all":
        faults.append(f"`realign.layer` must be a number or `all`, got {layer!r}")
    for host in getattr(sections.get("fetch"), "mirrors", ()):
        if host != "hub" and not host.startswith(("https://", "http://")):
            faults.append(f"`fetch.mirrors.{host}` must be hub or begin with https://")
    return faults


def study_faults(study: Any) -> list[str]:
    """What the types of the section `study` let pass and cannot be used: seeds, and what names and describes encoders."""
    if study is None:
        return []
    faults = []
    if not study.seeds or len(set(study.seeds)) < len(study.seeds) or min(study.seeds) < 0:
        faults.append(f"`study.seeds` must be distinct numbers from 0 on, one at least, got {study.seeds}")
    if study.draws is not None and (not study.draws or len(set(study.draws)) < len(study.draws) or min(study.draws) < 0):
        faults.append(f"`study.draws` must be distinct numbers from 0 on, one at least, or null, got {study.draws}")
    for label, spec in study.encoders.items():
        name = f"`study.encoders.{label}`"
        if not LABEL.fullmatch(str(label)):
            faults.append(f"{name} must be labelled by letters, digits, _ and -")
        if not isinstance(spec, dict) or not {"name", "seen"} <= set(spec) <= {"name", "seen", "learning_rate"}:
            faults.append(f"{name} must hold name and seen, and learning_rate where it differs, got {spec!r}")
            continue
        if not re.match(r"(hub|package|path):.", str(spec["name"])):
            faults.append(f"{name}.name must be hub:repo@revision, package:name/folder or path:DIR, got {spec['name']!r}")
        seen = spec["seen"]
        if not (seen in SEEN or (isinstance(seen, list) and all(isinstance(code, str) for code in seen))):
            faults.append(
                f"{name}.seen must be {', '.join(SEEN)} or a list of language codes, got {seen!r} ({nearest(str(seen), SEEN)})"
            )
    return faults


def _section(name: str, kind: type, given: dict, faults: list[str]) -> Any:
    hints, known = get_type_hints(kind), {f.name: f for f in fields(kind)}
    before = len(faults)
    faults += [f"unknown key `{name}.{k}` ({nearest(str(k), known)})" for k in given if k not in known]
    values = {}
    for key, definition in known.items():
        if key not in given:
            faults.append(f"missing key `{name}.{key}`")
            continue
        fault, values[key] = check_value(given[key], hints[key], definition.metadata)
        if fault:
            faults.append(f"`{name}.{key}` {fault}")
    return kind(**values) if len(faults) == before else None


def check_value(value: Any, hint: Any, metadata: Any) -> tuple[str, Any]:
    """(what is wrong or '', the value as the type the hint asks for)."""
    if get_origin(hint) in (Union, types.UnionType):
        if value is None:
            return "", None
        options = [option for option in get_args(hint) if option is not type(None)]
        hint = next((option for option in options if option is type(value)), options[0])
    if get_origin(hint) is dict and len(get_args(hint)) == 2 and isinstance(value, dict):
        faults = [f"{k}: {fault}" for k, v in value.items() if (fault := check_value(v, get_args(hint)[1], {"least": 0})[0])]
        return ("; ".join(faults), value)
    wanted = get_origin(hint) or hint
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        return f"must be {wanted.__name__}, got {value!r}", value
    if get_origin(hint) is list and (inner := get_args(hint)):
        wrong = [v for v in value if not isinstance(v, inner[0]) or isinstance(v, bool)]
        if wrong:
            return f"must be a list of {inner[0].__name__}, got {wrong[0]!r}", value
    return _bounds(value, metadata), value


def _bounds(value: Any, metadata: Any) -> str:
    if choices := metadata.get("choices"):
        for one in value if isinstance(value, list) else [value]:
            if one not in choices:
                return f"must be one of {', '.join(choices)}, got {one!r}"
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            return f"must be a finite number, got {value!r}"
        if (least := metadata.get("least")) is not None and value < least:
            return f"must be at least {least:g}, got {value!r}"
        if (most := metadata.get("most")) is not None and value > most:
            return f"must be at most {most:g}, got {value!r}"
    return ""


def dump(settings: Settings) -> str:
    """YAML that `read` gives back unchanged."""
    assert is_dataclass(settings)
    return yaml.safe_dump(asdict(settings), sort_keys=False, allow_unicode=True)
