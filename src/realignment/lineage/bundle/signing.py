"""Signatures of OpenSSF model-signing with a key of one's own; verify.py reads them without it."""

from pathlib import Path

from realignment.core import signatures
from realignment.core.errors import BadInput

NEEDS = "install it with `python -m pip install model-signing==1.1.1 pyopenssl==26.4.0`"


def required(key: Path) -> None:
    """BadInput where a bundle cannot be signed with the key; asked before anything is written."""
    try:
        import model_signing.signing  # noqa: F401
    except ImportError as missing:
        raise BadInput(f"--key requires the package model-signing, and it cannot be loaded ({missing}); {NEEDS}") from None
    signatures.private(key)


def sign(folder: Path, key: Path, signature: Path) -> None:
    """Signs every file of the folder but the signature itself."""
    from model_signing import hashing, signing

    how = (
        hashing.Config()
        .use_file_serialization(hashing_algorithm="sha256")
        .set_ignored_paths(paths=[signature], ignore_git_paths=False)
    )
    signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(how).sign(folder, signature)
