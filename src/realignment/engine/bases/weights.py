"""The weights of an encoder's folder: every one the encoder consists of is there, and none that is there is dropped without a word."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realignment.core import strictjson
from realignment.core.errors import BadInput
from realignment.core.git_lfs import stop_pointer
from realignment.engine.bases import architecture, blueprint
from realignment.engine.bases.kinds import KINDS, Kind

if TYPE_CHECKING:
    import torch

ONE, INDEX = "model.safetensors", "model.safetensors.index.json"
# What torch.compile, DDP, FSDP, activation checkpoints and DeepSpeed put into names, at the front or in the middle.
WRAPPERS = {"_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module"}
OLD = {"gamma": "weight", "beta": "bias"}  # of LayerNorm, in the first releases
HEADS = (  # beside the encoder, or within a bare one
    "cls.", "lm_head.", "classifier.", "pre_classifier.", "qa_outputs.", "score.", "crf.", "heads.",
    "vocab_transform.", "vocab_layer_norm.", "vocab_projector.",
)  # fmt: skip
BUFFERS = {"embeddings.position_ids", "embeddings.token_type_ids"}  # counted through, no weights
TYPES = "embeddings.token_type_embeddings.weight"  # all zero in releases that know one type
NORMS = ("LayerNorm.weight", "layer_norm.weight")
STORED = {"F32": "float32", "F64": "float64", "F16": "float16", "BF16": "bfloat16"}
PADDED = "sentences are padded, which is slower and gives the same states"
SHOWN = 3  # names in a message


@dataclass(frozen=True)
class Stored:
    """A weight in a file."""

    file: Path
    kind: str  # as safetensors spells it: F32, BF16, I8, ...
    shape: tuple[int, ...]
    name: str  # under which it lies there


@dataclass(frozen=True)
class Account:
    """Where every weight of an encoder lies, and what of its files is not taken as it stands."""

    config: dict[str, Any]
    places: dict[str, tuple[Path, str]]  # name in the encoder -> file, name there
    pooler: bool  # whether the files hold one
    counts: dict[str, int]  # weights that were found under a wrapper, belong to a head, are stored in another precision
    remarks: tuple[str, ...]


NOTHING = Account({}, {}, False, {}, ())  # of a model whose weights are all drawn


def files(folder: Path) -> list[Path]:
    """The files that hold the weights: one, or every shard of an index."""
    if list(folder.glob("adapter_*")):
        raise BadInput(
            f"{folder} holds an adapter (adapter_config.json), which is no encoder; merge it into its base "
            "(peft: merge_and_unload) and save that"
        )
    if not (folder / INDEX).is_file():
        if not (folder / ONE).is_file():
            there = ", ".join(sorted(path.name for path in folder.glob("*.safetensors"))) or "none"
            raise BadInput(f"{folder}: {ONE} (or {INDEX} and its shards) is required; safetensors files there: {there}")
        return [folder / ONE]
    if (folder / ONE).is_file():
        raise BadInput(f"{folder} holds {ONE} and {INDEX}: two sets of weights; leave one there")
    try:
        listed = strictjson.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"]
        shards = sorted({Path(name).name for name in listed.values()})
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise BadInput(f"{folder / INDEX}: a weight_map of names to files is required: {fault!r}") from None
    if missing := [name for name in shards if not (folder / name).is_file()]:
        raise BadInput(
            f"{folder}: {len(missing)} of {len(shards)} files of {INDEX} are missing: {_some(missing)}; copy them there"
        )
    return [folder / name for name in shards]


def only(folder: Path) -> None:
    """BadInput where the folder holds safetensors that are not read."""
    if extra := sorted({path.name for path in folder.glob("*.safetensors")} - {path.name for path in files(folder)}):
        raise BadInput(f"{folder} holds {_some(extra)} beside the weights that are read; which are meant? leave one set there")


def header(path: Path) -> tuple[dict[str, dict], dict[str, str]]:
    """(name -> {dtype, shape, data_offsets}, metadata) of a safetensors file; BadInput where it is cut off or none."""
    stop_pointer(path)
    try:
        with path.open("rb") as file:
            size, total = int.from_bytes(file.read(8), "little"), path.stat().st_size
            content = strictjson.loads(file.read(size)) if 8 + size <= total else None
        about = content.pop("__metadata__", {})
        ends = 8 + size + max((one["data_offsets"][1] for one in content.values()), default=0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise BadInput(f"{path}: no safetensors file, or a damaged one ({type(fault).__name__}); copy it again") from None
    if ends != total:
        raise BadInput(f"{path}: {ends:,} bytes are announced in it and {total:,} are there; copy it again")
    return content, about


def account(folder: Path) -> Account:
    """Of every weight where it lies; BadInput names what is missing, of another shape, or has no place. Reads headers alone."""
    return _account(folder, architecture.stamps([folder / "config.json", *files(folder)]))


@functools.lru_cache(maxsize=64)
def _account(folder: Path, stamps: tuple) -> Account:
    config, stored = architecture.whole(folder), _stored(folder)
    names, kind = _unwrapped(folder, stored), KINDS[config["model_type"]]
    try:
        wanted, pooler, anchor = blueprint.expected(config), blueprint.pooler(config), blueprint.words(config)
    except BadInput as fault:
        raise BadInput(f"{folder}: {fault}") from None
    prefix = _prefix(folder, names, kind.own, anchor)
    inside = {name.removeprefix(prefix): place for name, place in names.items() if name.startswith(prefix)}
    if missing := [name for name in wanted if name not in inside]:
        raise BadInput(
            f"{folder}: weights of the encoder are missing and would be random: {len(missing)} of {len(wanted)}: {_some(missing)}; "
            f"config.json says {config['num_hidden_layers']} blocks; save it again with save_pretrained"
        )
    own = wanted | (pooler if set(pooler) <= set(inside) else {})
    head = _beside(folder, names, own, prefix, kind)
    _fitting(folder, own, {name: stored[inside[name]] for name in own})
    under = "" if prefix in ("", kind.own) else prefix
    counts, remarks = _remarks(stored, {name: inside[name] for name in own}, head, under)
    if modules := sorted(path.parent.name for path in folder.glob("[0-9]_*/*.safetensors")):
        remarks = (*remarks, f"what stands behind the encoder is not used: {_some(modules)}")  # as sentence-transformers saves it
    remarks = remarks if kind.packs else (*remarks, f"attention of {config['model_type']} cannot be packed: {PADDED}")
    places = {name: (stored[inside[name]].file, stored[inside[name]].name) for name in own}
    return Account(config, places, len(own) > len(wanted), counts, remarks)


def _beside(folder: Path, names: dict[str, str], own: blueprint.Shapes, prefix: str, kind: Kind) -> list[str]:
    """Names of a head's weights, of all that are not the encoder's own; BadInput where others are among them."""
    inside = dict.fromkeys(name.removeprefix(prefix) for name in names if name.startswith(prefix))
    left = [name for name in inside if name not in own and name not in BUFFERS]
    left += [name for name in names if not name.startswith(prefix)]
    outer = prefix.removesuffix(kind.own) if prefix else ""
    beside = kind.heads if kind.inside else ()  # a decoder, within the model that holds both
    head = [
        name
        for name in left
        if name.removeprefix(outer).startswith((*HEADS, *kind.heads))
        and not (prefix and name in inside and not name.startswith(beside))
    ]
    if extra := [name for name in left if name not in head]:
        raise BadInput(
            f"{folder}: weights have no place in the encoder that config.json describes and would be dropped: "
            f"{len(extra)}: {_some(extra)}; correct config.json, or merge what was added to the encoder into its weights"
        )
    return head


def _stored(folder: Path) -> dict[str, Stored]:
    """Name -> what lies under it, of all files; a name that `safetensors.save_model` left out for its twin is there as well."""
    found: dict[str, Stored] = {}
    for path in files(folder):
        content, about = header(path)
        if twice := sorted(set(content) & set(found)):
            raise BadInput(f"{folder}: {_some(twice)} lie in two of its files; leave one set of weights there")
        found |= {name: Stored(path, one["dtype"], tuple(one["shape"]), name) for name, one in content.items()}
        found |= {name: found[twin] for name, twin in about.items() if twin in content and name not in content}
    return found


def _unwrapped(folder: Path, stored: dict[str, Stored]) -> dict[str, str]:
    """Name without wrappers and in today's spelling -> name in the file."""
    names: dict[str, str] = {}
    for name in stored:
        *parts, last = [part for part in name.split(".") if part not in WRAPPERS]
        plain = ".".join([*parts, OLD[last] if parts and parts[-1] == "LayerNorm" and last in OLD else last])
        if plain in names:
            raise BadInput(f"{folder}: `{names[plain]}` and `{name}` are two weights for one place; leave one there")
        names[plain] = name
    return names


def _prefix(folder: Path, names: dict[str, str], own: str, anchor: str) -> str:
    """What stands before every weight of the encoder, as before `anchor`; `own` is what transformers puts there for its kind."""
    found = [name.removesuffix(anchor) for name in names if name == anchor or name.endswith(f".{anchor}")]
    if len(found) == 1:
        other = {kind.own for kind in KINDS.values()} - {own, "model."}
        if any(f".{found[0]}".endswith(f".{name}") for name in other):
            raise BadInput(
                f"{folder}: its weights are named `{found[0]}`, those of the model_type of config.json `{own}`; correct it"
            )
        return found[0]
    if found:
        raise BadInput(f"{folder} holds {len(found)} encoders ({_some(found)}); one is required: save it by itself")
    raise BadInput(
        f"{folder}: no weight of an encoder known here ({', '.join(KINDS)}) is found: {anchor} is missing; "
        f"the file holds {_some(list(names))}"
    )


def _fitting(folder: Path, wanted: dict[str, tuple[int, ...]], found: dict[str, Stored]) -> None:
    if wrong := [
        f"{name} {list(found[name].shape)}, not {list(shape)}" for name, shape in wanted.items() if found[name].shape != shape
    ]:
        raise BadInput(
            f"{folder}: weights have another shape than config.json says: {len(wrong)}: {_some(wrong)}; correct config.json"
        )
    if odd := [f"{name} ({one.kind})" for name, one in found.items() if one.kind not in STORED]:
        raise BadInput(f"{folder}: weights are required as {', '.join(STORED.values())}; not so: {len(odd)}: {_some(odd)}")


def _remarks(
    stored: dict[str, Stored], own: dict[str, str], head: list[str], prefix: str
) -> tuple[dict[str, int], tuple[str, ...]]:
    """(counts, sentences) of what is not taken as it stands in the files; `prefix` is a wrapper's."""
    wrapped = [name for name in own.values() if prefix or WRAPPERS & set(name.split("."))]
    other = [stored[name].kind for name in own.values() if stored[name].kind != "F32"]
    twins = [name for name in own.values() if stored[name].name != name]
    said = {
        "wrapped": (wrapped, f"stand under a wrapper, which is taken off: {_some(wrapped)}"),
        "head": (head, f"are a head's and are not used, a head is drawn from the seed: {_some(head)}"),
        "converted": (other, f"are stored as {', '.join(sorted({STORED[kind] for kind in other}))} and read as float32"),
        "shared": (twins, f"are stored once under the name of another: {_some(twins)}"),
    }
    counts = {f"weights/{name}": len(some) for name, (some, _) in said.items() if some}
    return counts, tuple(f"weights {text} ({len(some)})" for some, text in said.values() if some)


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def read(found: Account, kept: str = "float32") -> "dict[str, torch.Tensor]":
    """Name in the encoder -> weight in `kept`; BadInput where one holds what is no number, or one value throughout."""
    import torch
    from safetensors import safe_open

    opened = {path: safe_open(path, framework="pt") for path in {path for path, _ in found.places.values()}}
    values = {name: opened[path].get_tensor(stored).to(getattr(torch, kept)) for name, (path, stored) in found.places.items()}
    where = next(iter(opened)).parent
    if broken := [name for name, value in values.items() if not bool(torch.isfinite(value).all())]:
        raise BadInput(f"{where}: weights hold NaN or infinity: {len(broken)}: {_some(broken)}; the encoder is damaged")
    whole = {name: one for name, one in values.items() if one.ndim > 1 and name != TYPES}
    norms = {name: one for name, one in values.items() if name.endswith(NORMS) and not bool(one.any())}
    if flat := [*norms, *(name for name, value in whole.items() if bool(value.min() == value.max()))]:
        raise BadInput(f"{where}: weights are one number throughout: {len(flat)}: {_some(flat)}; the encoder was not saved whole")
    return values
