"""What config.json says of an encoder: which kind it is of, and whether it says all that decides arithmetic."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from realignment.core import strictjson
from realignment.core.errors import BadInput
from realignment.engine.bases import decisive
from realignment.engine.bases.decisive import key
from realignment.engine.bases.kinds import KINDS, TABLED


def stamps(paths: Iterable[Path]) -> tuple:
    """Inode, size and times of files that are there: what a reading of them is remembered by."""
    found = [path.stat() for path in paths if path.is_file()]
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for one in found)


def drops(config: dict[str, Any]) -> bool:
    """Whether anything is dropped in training; BERT's default of 0.1 counts where nothing is said."""
    return any(config.get(name, 0.1) > 0 for name in decisive.dropouts(supported(config)))


def read(folder: Path) -> dict[str, Any]:
    """config.json of a folder."""
    path = folder / "config.json"
    try:
        content = strictjson.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{folder} holds no config.json; a folder saved by transformers is required") from None
    except (OSError, ValueError) as fault:
        raise BadInput(f"{path}: JSON is required, each name once: {fault}") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path}: a JSON object is required")
    return content


def supported(config: dict[str, Any]) -> str:
    """The kind of encoder a config is of; BadInput where it is none of those known here."""
    kind = config.get("model_type")
    if kind not in KINDS:
        raise BadInput(f"encoders of type {', '.join(KINDS)} are supported, this one is {kind}")
    return kind


def told(config: dict[str, Any]) -> dict[str, Any]:
    """A config under BERT's keys; BadInput where it says one thing under two keys, of which its kind reads one alone."""
    kind, plain = supported(config), inner(config)
    for name, own in KINDS[kind].spelt.items():
        if name in config and config[name] != config.get(own):
            raise BadInput(f"{own} is {config.get(own)!r} and {name} is {config[name]!r}; {kind} reads {own}: say it there alone")
        if own in config:
            plain[name] = config[own]
    return plain


def inner(config: dict[str, Any]) -> dict[str, Any]:
    """The settings of the encoder, where config.json holds those of a decoder too; BadInput where it holds none."""
    kind = KINDS.get(config["model_type"])
    if kind is None or not kind.inside:
        return dict(config)
    own = config.get(kind.inside)
    if not isinstance(own, dict):
        raise BadInput(f"{kind.inside} must hold the settings of the encoder, got {own!r}; take it from the release")
    decisive_there = decisive.read_by(config["model_type"]).keys() - set(kind.outside)  # said within, or not at all
    around = {name: value for name, value in config.items() if name not in decisive_there}
    own = {name: value for name, value in own.items() if name not in kind.outside}
    return around | own | {"model_type": config["model_type"]}


def whole(folder: Path) -> dict[str, Any]:
    """config.json of a folder under BERT's keys; BadInput where it leaves open what decides arithmetic, or asks for another one."""
    content, path = read(folder), folder / "config.json"
    kind = supported(content)
    try:
        config = told(content)
        _said(kind, config)
        _bounded(kind, config)
        _fixed(kind, config)
    except BadInput as fault:
        raise BadInput(f"{path}: {fault}") from None
    return config


def _said(kind: str, config: dict[str, Any]) -> None:
    if missing := decisive.unsaid(kind, config):
        raise BadInput(f"{', '.join(missing)} must be said, or a default decides in silence; take it from the release")


def _bounded(kind: str, config: dict[str, Any]) -> None:
    for name in decisive.sizes(kind):
        if not isinstance(config[name], int) or isinstance(config[name], bool) or config[name] < 1:
            raise BadInput(f"{key(kind, name)} must be a whole number from 1 on, got {config[name]!r}")
    for name, (least, most) in decisive.bounds(kind).items():
        value = config.get(name)
        if value is not None and (not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most):
            raise BadInput(f"{name} must be a number from {least:g} to {most:g}, got {value!r}; take it from the release")
    if "head_dim" not in config and config["hidden_size"] % config["num_attention_heads"]:
        raise BadInput(
            f"{key(kind, 'hidden_size')} {config['hidden_size']} is no multiple of {key(kind, 'num_attention_heads')} "
            f"{config['num_attention_heads']}"
        )


def _fixed(kind: str, config: dict[str, Any]) -> None:
    for name, value in KINDS[kind].must.items():
        if config.get(name) != value:
            raise BadInput(f"{name} is {config.get(name)!r}; an encoder of type {kind} is known here with {value!r} alone")
    if kind not in TABLED and (own := decisive.foreign(config)):
        raise BadInput(f"auto_map names {', '.join(own)}, code of its own; it cannot be used here")
    if kind not in TABLED and (how := decisive.stretched(kind, config)):
        known = " and ".join(KINDS[kind].turns)
        raise BadInput(f"rotary positions of rope_type {', '.join(how)} are not known here; of {kind} {known} alone")
    for name, value in decisive.fixed(kind).items():
        if config.get(name, value) not in (value, None, False, {}, []):
            raise BadInput(
                f"{name} is {config[name]!r}; the weights would be read as an encoder with {value!r}, another one than they "
                "were trained as; it cannot be used here"
            )
