"""Encoders of a model hub: what is asked for, at a pinned commit; whether it may be read and can be, before anything is downloaded; the download."""

import re
from collections.abc import Iterable
from pathlib import Path

from realignment.core import network
from realignment.core.errors import BadInput
from realignment.engine.bases import vocabulary, weights

PAGE = "https://huggingface.co"  # where a licence is accepted, whatever HF_ENDPOINT says
PICKLES = re.compile(r"(pytorch_model.*\.bin|.*\.(pt|pth|ckpt|h5|msgpack|pkl))(\.index\.json)?")
OWN = "in an environment of its own (python -m venv convert; convert/bin/pip install torch safetensors)"
CONVERT = (
    "python -c \"import glob, torch; from safetensors.torch import save_file; w = {{n: t.clone() for p in glob.glob('{folder}/pytorch_model*.bin') "
    "for n, t in torch.load(p, 'cpu', weights_only=True).items()}}; save_file(w, '{folder}/model.safetensors', {{'format': 'pt'}})\""
)


def parts(name: str) -> tuple[str, str]:
    """(repository, commit) of a `hub:` name; BadInput where the commit is none."""
    repo, _, revision = name.removeprefix("hub:").partition("@")
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise BadInput(f"encoder `{name}` requires a pinned revision (40 hex digits) after @; a branch or tag can change")
    return repo, revision


def wanted(name: str) -> dict:
    """What the hub's library is asked for: files at the top of a repository that hold data, at a commit."""
    repo, revision = parts(name)
    patterns = [*vocabulary.FILES, weights.ONE, "model-*.safetensors"]
    return {
        "repo_id": repo,
        "revision": revision,
        "allow_patterns": patterns,
        "ignore_patterns": ["*/*"],
        "endpoint": network.endpoint(),
    }


def cached(name: str) -> Path | None:
    """The folder of the local cache that holds it, or a part of it; the network is not asked."""
    asked = wanted(name)
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(huggingface_hub.snapshot_download(**asked, local_files_only=True))
    except LocalEntryNotFoundError:
        return None


def offered(name: str) -> dict[str, int]:
    """File at the top of the repository -> bytes, as the hub lists them. Nothing is downloaded."""
    import huggingface_hub

    asked = wanted(name)
    with network.online():
        listed = huggingface_hub.HfApi(endpoint=asked["endpoint"]).list_repo_tree(asked["repo_id"], revision=asked["revision"])
        return {one.path: getattr(one, "size", 0) for one in listed}


def to_bring(name: str) -> int | None:
    """Bytes that downloading takes, asked of the hub; None where it does not answer."""
    from huggingface_hub.utils import filter_repo_objects

    asked = wanted(name)
    try:
        sizes = offered(name)
    except Exception:
        return None
    return sum(
        sizes[path] for path in filter_repo_objects(sizes, **{key: asked[key] for key in ("allow_patterns", "ignore_patterns")})
    )


def refusal(name: str) -> str:
    """Why it cannot be had, or not be used: a gate, pickles alone. "" where nothing is known against it, and where the hub does not answer."""
    import huggingface_hub
    from huggingface_hub.errors import GatedRepoError

    repo, revision = parts(name)
    try:
        with network.online():  # this question is asked once; that for the list, again and again where nobody answers
            address = huggingface_hub.hf_hub_url(repo, "config.json", revision=revision, endpoint=network.endpoint())
            huggingface_hub.get_hf_file_metadata(address, endpoint=network.endpoint())
        return pickled(name, offered(name))
    except GatedRepoError:
        return gate(name)
    except Exception:
        return ""  # whatever is wrong with it, the download says it


def token() -> str | None:
    """What a user shows the hub: HF_TOKEN, or what `hf auth login` keeps."""
    from huggingface_hub import get_token

    return get_token()


def gate(name: str) -> str:
    """What has to be done before a gated repository is read."""
    page = f"{PAGE}/{parts(name)[0]}"
    if token():
        return f"encoder `{name}` is gated, and the account of the token that is read (HF_TOKEN) may not read it: accept its licence, signed in, at {page}"
    return f"encoder `{name}` is gated: accept its licence, signed in, at {page}, and set HF_TOKEN to a token of that account, which is read"


def pickled(name: str, files: Iterable[str], folder: Path | None = None) -> str:
    """That there are weights in other formats alone, with the way to convert them; "" where there is a safetensors file, or no weights at all."""
    files = sorted(files)
    found = [one for one in files if PICKLES.fullmatch(one) and not one.endswith(".json")]
    if not found or any(one.endswith(".safetensors") for one in files):
        return ""
    place = folder or Path("models") / parts(name)[0].rpartition("/")[2]
    said = f"encoder `{name}` offers {', '.join(found[:3])} and no safetensors; such files can run code when they are loaded, and are refused; "
    if not any(one.startswith("pytorch_model") for one in found):
        return f"{said}save it with save_pretrained in the program that made it"
    brought = "" if folder else f"`hf download {parts(name)[0]} --revision {parts(name)[1]} --local-dir {place}`, then "
    return f"{said}convert it {OWN}: {brought}`{CONVERT.format(folder=place)}`, and name it path:{place}"


def bring(name: str) -> Path:
    """Its folder in the cache, once all of it has been downloaded; BadInput where that may not or cannot be."""
    import huggingface_hub
    from huggingface_hub.errors import GatedRepoError

    if network.forbidden():
        raise BadInput(
            f"encoder `{name}` is not in the local cache and HF_HUB_OFFLINE=1 forbids the network; unset it or give path:DIR"
        )
    if said := refusal(name):
        raise BadInput(said)
    try:
        with network.online():
            return Path(huggingface_hub.snapshot_download(**wanted(name)))
    except GatedRepoError:
        raise BadInput(gate(name)) from None
    except Exception as fault:
        raise BadInput(
            f"encoder `{name}` could not be downloaded: {type(fault).__name__}: {' '.join(str(fault).split())}; check the network or give path:DIR"
        ) from None
