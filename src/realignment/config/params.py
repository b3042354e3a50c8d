"""The settings from params.yaml and profiles/: profile over defaults, validated, every fault named at once with its line."""

import subprocess
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from realignment.config import extending, models, rules, validation, yaml_lines
from realignment.config.extending import Places
from realignment.config.schema import Fetch, Settings
from realignment.config.validation import Fault
from realignment.config.yaml_lines import Key
from realignment.core.errors import BadInput, nearest
from realignment.core.files import DATA
from realignment.core.workspace import Workspace

DEFAULTS = "params.yaml"
TOP = ("profile", "inputs")  # keys of params.yaml that are no section
OUTSIDE = "outside"  # key of sections of settings.yaml that is no setting: digests of what lies outside the data folder
PRESETS = DATA / "presets.yaml"
SECTIONS = {f.name: f.type for f in fields(Settings) if f.name != "profile"}
More = Callable[[Settings], list[Fault]]


def read_yaml(path: Path) -> dict:
    """The mapping in `path`; BadInput says where it cannot be read, and names every key that is written twice."""
    return yaml_lines.read(path).content


def committed(root: Path, revision: str, name: str = DEFAULTS) -> dict | None:
    """A file of settings as it stands in a commit; None where there is no git, no such commit, or no such file in it."""
    words = ["git", "-C", str(root), "show", f"{revision}:./{name}"]
    try:
        text = subprocess.run(words, capture_output=True, check=True, text=True).stdout
        content = yaml_lines.parse(text, f"{name} of {revision}").content
    except (OSError, UnicodeDecodeError, subprocess.CalledProcessError, BadInput):
        return None
    return content if isinstance(content, dict) else None


def papers(root: Path) -> dict[str, dict[str, Any]]:
    """Section -> the defaults, which are the paper's own settings. As the last commit has them, where there is one: an experiment of
    DVC changes the file itself."""
    found = committed(root, "HEAD") or read_yaml(root / DEFAULTS)
    return {name: found[name] for name in SECTIONS if isinstance(found.get(name), dict)}


def profiles(root: Path) -> list[str]:
    """Names of the profiles of a checkout, sorted."""
    return extending.names(root)


def files(profile: str, root: Path) -> list[str]:
    """The profile's file and those of what it extends, from the root of the checkout on."""
    return [extending.file(name) for name in extending.chain(profile, root)]


def own_models(profile: str, root: Path) -> dict:
    """The models that a profile, or one that it extends, describes itself."""
    found: dict = {}
    for content, _ in reversed(extending.chain(profile, root).values()):
        found = extending.over(found, content.get(models.SECTION) or {}, (models.SECTION,))
    return found


def known_models(workspace: Workspace) -> dict[str, models.Model]:
    """Key -> model: those that ship, of the checkout and of the workspace's profile, where its file is there."""
    own = own_models(workspace.profile, workspace.root) if workspace.profile in profiles(workspace.root) else None
    return models.known(workspace.root, own)


def active_profile(root: Path) -> str:
    name = read_yaml(root / DEFAULTS).get("profile")
    if not isinstance(name, str):
        raise BadInput(f"{root / DEFAULTS}: key `profile` must name one of {', '.join(profiles(root))}")
    return name


def inputs(root: Path) -> object:
    """What DVC watches for stage `fetch`: key `inputs` of params.yaml, of the active profile."""
    return read_yaml(root / DEFAULTS).get("inputs")


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
    """Defaults of params.yaml < switches of the preset < what the profile extends < the profile < `overrides`, by the rule of
    `extending.over`; models of study.encoders written out."""
    return layered(profile, root, overrides)[0]


def layered(profile: str, root: Path, overrides: dict[str, dict[str, Any]] | None = None) -> tuple[dict, Places]:
    """(what `merge` gives, where each key of it stands)."""
    if fault := rules.profile_name(profile):
        raise BadInput(fault)
    if profile not in profiles(root):
        raise BadInput(f"unknown profile `{profile}`; {nearest(profile, profiles(root))}; profiles are files in profiles/")
    merged, places = extending.read(root / DEFAULTS, root)
    merged = {**merged, "profile": profile}
    merged.pop("inputs", None)  # DVC's, and of the active profile only
    layers = [*reversed(extending.chain(profile, root).values()), (overrides or {}, _options(overrides or {}))]
    for content, where in layers[:-1]:
        if misplaced := [((name,), f"`{name}` stands in {DEFAULTS} alone; take it out") for name in TOP if name in content]:
            raise refused(misplaced, f"profile `{profile}`", where)
    for layer, where in [_preset([merged, *(layer for layer, _ in layers)], root), *layers]:
        joined = {(name,) for name, values in layer.items() if isinstance(values, dict) and isinstance(merged.get(name), dict)}
        gone = extending.replaced(merged, layer)
        merged = extending.over(merged, layer)
        places = {key: place for key, place in places.items() if not any(key[:depth] in gone for depth in range(len(key)))}
        places |= {key: place for key, place in where.items() if key not in joined}
    return _with_models(merged, places, profile, root)


def _with_models(merged: dict, places: Places, profile: str, root: Path) -> tuple[dict, Places]:
    """Each `{model: KEY}` of section `study` written out; what comes of it stands where `model` does."""
    own, study = merged.pop(models.SECTION, None), merged.get("study")
    if not isinstance(study, dict):
        return merged, places
    resolved, faults = models.resolve(study, root, own)
    if faults:
        raise refused(faults, f"profile `{profile}`", places)
    return {**merged, "study": resolved}, places


def _options(overrides: dict[str, dict[str, Any]]) -> Places:
    found: Places = {}
    for name, values in overrides.items():
        for key, value in values.items():
            found |= dict.fromkeys(_keys_below((name, key), value), f"--{key.replace('_', '-')}")
    return found


def _keys_below(key: Key, value: Any) -> list[Key]:
    """The key of a value and those of all that it holds."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [key, *(one for part, inner in inside for one in _keys_below((*key, part), inner))]


def _preset(layers: list[dict], root: Path) -> tuple[dict, Places]:
    """Switches of the preset that the last layer to name one asks for; an unknown name is left to `validate`."""
    sections = [layer.get("realign") for layer in layers]
    names = [section["preset"] for section in sections if isinstance(section, dict) and "preset" in section]
    content, _ = extending.read(PRESETS, root)
    chosen = content.get(names[-1], {}) if names and isinstance(names[-1], str) else {}
    return chosen, dict.fromkeys(_keys_below((), chosen), f"preset `{names[-1]}`" if names else "")


def load(workspace: Workspace, overrides: dict[str, dict[str, Any]] | None = None, more: More | None = None) -> Settings:
    """Settings of the workspace's profile, from params.yaml and profiles/; `overrides` as {section: {key: value}}.

    Where they are at fault, `more` is asked what else there is to say of the keys that are valid.
    """
    merged, places = layered(workspace.profile, workspace.root, overrides)
    return validate(merged, f"profile `{workspace.profile}`", places, more)


def places(workspace: Workspace) -> Places:
    """Where each key of the workspace's profile stands."""
    return layered(workspace.profile, workspace.root)[1]


def read(path: Path) -> Settings:
    """Settings as stage `settings` wrote them."""
    content, places = extending.read(path, Path.cwd())
    for section in content.values():
        if isinstance(section, dict):
            section.pop(OUTSIDE, None)
    return validate(content, str(path), places)


def seen_outside(content: dict) -> dict[str, dict[str, Any]]:
    """Section -> what stage `settings` noted of files outside the data folder. `content`: of settings.yaml, or as dvc.lock has it."""
    return {name: section[OUTSIDE] for name, section in content.items() if isinstance(section, dict) and OUTSIDE in section}


def validate(merged: dict, where: str, places: Places | None = None, more: More | None = None) -> Settings:
    """Settings from a merged mapping; BadInput lists every fault, each with its place, or `where` it has none."""
    faults: list[Fault] = [((name,), _unknown(str(name))) for name in merged if name not in {*SECTIONS, *TOP}]
    if fault := rules.profile_name(merged.get("profile")):
        faults.append((("profile",), fault))
    sections = {}
    for name, kind in SECTIONS.items():
        if isinstance(given := merged.get(name), dict):
            sections[name], found = validation.section(name, kind, given)
            faults += found
        else:
            faults.append(((name,), f"section `{name}` must be a mapping of keys, got {validation.shown(given)}"))
    faults += rules.faults(sections, whole=not faults)
    if faults:
        faults += more(validation.partial(Settings, {"profile": merged.get("profile"), **sections})) if more else []
        raise refused(faults, where, places or {})
    return Settings(profile=merged["profile"], **sections)


def _unknown(name: str) -> str:
    section, dot, key = name.partition(".")
    if dot and section in SECTIONS:
        return f"unknown section `{name}`; a key stands inside its section: write {section}: {{{key}: ...}}"
    return f"unknown section `{name}` ({nearest(name, SECTIONS)})"


def refused(faults: list[Fault], where: str, places: Places) -> BadInput:
    """One line per fault, each with the file and line of its key, or of what holds it."""
    lines = []
    for key, said in faults:
        ways = (key[:length] for length in range(len(key), 0, -1))
        lines.append(f"{next((places[way] for way in ways if way in places), where)}: {said}")
    return BadInput(*dict.fromkeys(lines))


def dump(settings: Settings, outside: dict[str, dict[str, Any]] | None = None) -> str:
    """YAML that `read` gives back unchanged; `outside`, by section, is for DVC and `seen_outside`."""
    content = asdict(settings)
    for section, found in (outside or {}).items():
        content[section][OUTSIDE] = found
    return yaml_lines.dump(content)
