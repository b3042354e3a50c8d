"""Where the base of a decoder's adapters lies, which is not in their folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realignment.core.errors import BadInput
from realignment.core.workspace import project_root


def base(folder: Path, told: Mapping[str, Any], device: str) -> Any:
    """The decoder under the adapters of `folder`: a path beside the checkout, or a repository of the hub; the very files that were trained on."""
    from realignment.engine import adapters, encoder, recipes
    from realignment.engine.bases import locate

    about = json.loads((folder / adapters.ABOUT).read_text(encoding="utf-8"))
    name, revision = about["base_model_name_or_path"], about.get("revision")
    place = encoder.resolve(f"hub:{name}@{revision}", Path.cwd()) if revision else _path(name)
    if not place.is_dir() or locate.encoder_digest(place) != told["encoder"]:
        raise BadInput(
            f"{folder}: the base of these adapters, {name}, is required as it was when they were trained; it is not at {place}"
        )
    return adapters.Base(place, recipes.of(recipes.Decoder, told["decoder"], str(folder)), device, told["dtype"])


def _path(name: str) -> Path:
    return (project_root() / name).resolve() if name.startswith("./") else Path(name)
