"""Signatures of OpenSSF model-signing with a key of one's own; verify.py reads them without it."""

from pathlib import Path

from realignment.core.errors import BadInput

NEEDS = "install it with `python -m pip install model-signing==1.1.1 pyopenssl==26.4.0`"


def required(key: Path) -> None:
    """BadInput where a bundle cannot be signed with the key; asked before anything is written."""
    try:
        import model_signing.signing  # noqa: F401
    except ImportError as missing:
        raise BadInput(f"--key requires the package model-signing, and it cannot be loaded ({missing}); {NEEDS}") from None
    public(key)


def public(key: Path) -> bytes:
    """The public part of a private key, in PEM; BadInput where the file holds no private key that verify.py can check."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    remedy = "`openssl ecparam -name prime256v1 -genkey -noout -out KEY` makes one"
    try:
        found = serialization.load_pem_private_key(key.read_bytes(), None)
    except FileNotFoundError:
        raise BadInput(f"{key}: a private key is required and does not exist; {remedy}") from None
    except (ValueError, TypeError):  # TypeError: it is encrypted
        raise BadInput(f"{key}: a private key in PEM without a password is required; {remedy}") from None
    if not (isinstance(found, ec.EllipticCurvePrivateKey) and isinstance(found.curve, ec.SECP256R1)):
        raise BadInput(f"{key}: a key of the curve P-256 is required, and this is another; {remedy}")
    return found.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(folder: Path, key: Path, signature: Path) -> None:
    """Signs every file of the folder but the signature itself."""
    from model_signing import hashing, signing

    how = (
        hashing.Config()
        .use_file_serialization(hashing_algorithm="sha256")
        .set_ignored_paths(paths=[signature], ignore_git_paths=False)
    )
    signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(how).sign(folder, signature)
