"""Signatures of files, held against openssl's own program."""

import shutil
import subprocess

import pytest
import signatures_made
from cryptography.hazmat.primitives.asymmetric import ec

from realignment.core import signatures
from realignment.core.errors import BadInput

CONTENT = b"what was said before it was run\n"
openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl here")


@pytest.fixture
def key(tmp_path):
    return signatures_made.key(tmp_path / "key.pem")


@openssl
def test_openssl_verifies_what_is_signed_here(tmp_path, key):
    (tmp_path / "file").write_bytes(CONTENT)
    (tmp_path / "file.sig").write_bytes(signatures.made(CONTENT, key))
    words = [
        "openssl",
        "dgst",
        "-sha256",
        "-verify",
        key.with_suffix(".pub"),
        "-signature",
        tmp_path / "file.sig",
        tmp_path / "file",
    ]
    assert "Verified OK" in subprocess.run(words, capture_output=True, text=True, check=True).stdout


@openssl
def test_what_openssl_signs_with_a_key_that_it_made_holds_here(tmp_path):
    private, public, file, signature = (tmp_path / name for name in ("own.pem", "own.pub", "file", "file.sig"))
    file.write_bytes(CONTENT)
    for words in (
        ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", private],
        ["ec", "-in", private, "-pubout", "-out", public],
        ["dgst", "-sha256", "-sign", private, "-out", signature, file],
    ):
        subprocess.run(["openssl", *words], capture_output=True, check=True)
    assert signatures.holds(CONTENT, signature.read_bytes(), public)
    assert signatures.public(private) == public.read_bytes()


def test_another_byte_another_key_or_another_signature_does_not_hold(tmp_path, key):
    signature, public = signatures.made(CONTENT, key), key.with_suffix(".pub")
    other = signatures_made.key(tmp_path / "other.pem").with_suffix(".pub")
    assert signatures.holds(CONTENT, signature, public)
    assert not signatures.holds(CONTENT + b" ", signature, public)
    assert not signatures.holds(CONTENT, signature, other)
    assert not signatures.holds(CONTENT, b"none", public)


def test_a_private_key_of_another_kind_is_refused(tmp_path):
    (tmp_path / "text.pem").write_text("no key")
    larger = signatures_made.key(tmp_path / "larger.pem", ec.SECP384R1())
    for path, why in ((tmp_path / "text.pem", "in PEM"), (larger, "P-256"), (tmp_path / "absent.pem", "does not exist")):
        with pytest.raises(BadInput, match=why):
            signatures.public(path)


def test_a_public_key_of_another_kind_is_refused(tmp_path, key):
    larger = signatures_made.key(tmp_path / "larger.pem", ec.SECP384R1()).with_suffix(".pub")
    for path, why in ((key, "public key in PEM"), (larger, "P-256"), (tmp_path / "absent.pub", "does not exist")):
        with pytest.raises(BadInput, match=why):
            signatures.holds(CONTENT, b"", path)
