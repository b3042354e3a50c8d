"""Signatures as OpenSSF model-signing writes them, made with `cryptography` alone, so that they are tested where that package is not."""

import base64
import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from realignment.core.hashing import file_digest

KIND = "application/vnd.in-toto+json"


def key(path: Path, curve: ec.EllipticCurve | None = None) -> Path:
    """A new private key; its public part lies beside it as `.pub`."""
    found = ec.generate_private_key(curve or ec.SECP256R1())
    text = found.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(text)
    path.with_suffix(".pub").write_bytes(public(found))
    return path


def public(found: ec.EllipticCurvePrivateKey) -> bytes:
    return found.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(folder: Path, private: Path) -> None:
    """bundle.sig over every other file of the folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "bundle.sig")
    listed = [{"name": path.relative_to(folder).as_posix(), "algorithm": "sha256", "digest": file_digest(path)} for path in paths]
    root = hashlib.sha256(b"".join(bytes.fromhex(one["digest"]) for one in listed)).hexdigest()
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": folder.name, "digest": {"sha256": root}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False, "ignore_paths": ["bundle.sig"]},
            "resources": listed,
        },
    }
    (folder / "bundle.sig").write_text(json.dumps(envelope(json.dumps(statement).encode(), private)))


def envelope(payload: bytes, private: Path) -> dict:
    found = serialization.load_pem_private_key(private.read_bytes(), None)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    signed = found.sign(b"DSSEv1 %d %s %d %s" % (len(KIND), KIND.encode(), len(payload), payload), ec.ECDSA(hashes.SHA256()))
    signatures = [{"sig": base64.b64encode(signed).decode(), "keyid": ""}]
    hint = hashlib.sha256(public(found)).hexdigest()
    about = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": hint}, "tlogEntries": []},
    }
    return about | {
        "dsseEnvelope": {"payload": base64.b64encode(payload).decode(), "payloadType": KIND, "signatures": signatures}
    }
