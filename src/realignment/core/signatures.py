"""ECDSA signatures with a key of the curve P-256 over the bytes of a file, as `openssl dgst -sha256 -sign` makes them."""

from pathlib import Path
from typing import TYPE_CHECKING

from realignment.core.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

MAKES = "`openssl ecparam -name prime256v1 -genkey -noout -out KEY` makes one"
PUBLIC = "`openssl ec -in KEY -pubout` writes the public part of a private one"


def private(key: Path) -> "EllipticCurvePrivateKey":
    """BadInput where the file holds no such private key, or a password is needed."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        found = serialization.load_pem_private_key(key.read_bytes(), None)
    except FileNotFoundError:
        raise BadInput(f"{key}: a private key is required and does not exist; {MAKES}") from None
    except (ValueError, TypeError):  # TypeError: it is encrypted
        raise BadInput(f"{key}: a private key in PEM without a password is required; {MAKES}") from None
    if not (isinstance(found, ec.EllipticCurvePrivateKey) and isinstance(found.curve, ec.SECP256R1)):
        raise BadInput(f"{key}: a key of the curve P-256 is required, and this is another; {MAKES}")
    return found


def public(key: Path) -> bytes:
    """The public part of a private key, in PEM."""
    from cryptography.hazmat.primitives import serialization

    return private(key).public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def made(content: bytes, key: Path) -> bytes:
    """The signature, in DER. ECDSA draws a number: two of the same bytes differ."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return private(key).sign(content, ec.ECDSA(hashes.SHA256()))


def holds(content: bytes, signature: bytes, key: Path) -> bool:
    """Whether the private part of a public key (PEM) signed these bytes; BadInput where the file holds no such key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        found = serialization.load_pem_public_key(key.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"{key}: a public key is required and does not exist; {PUBLIC}") from None
    except ValueError:
        raise BadInput(f"{key}: a public key in PEM is required; {PUBLIC}") from None
    if not (isinstance(found, ec.EllipticCurvePublicKey) and isinstance(found.curve, ec.SECP256R1)):
        raise BadInput(f"{key}: a public key of the curve P-256 is required, and this is another; {PUBLIC}")
    try:
        found.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
