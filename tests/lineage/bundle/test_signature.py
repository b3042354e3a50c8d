"""The signature of a bundle: P-256 by hand against `cryptography`, the statement of model-signing, and whose key it is."""

import json
import random
import subprocess
import sys
from pathlib import Path

import bundled
import pytest
import signatures_made
from cryptography.hazmat.primitives.asymmetric import ec

from realignment.core.errors import BadInput
from realignment.lineage.bundle import signing, write

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def key(tmp_path) -> Path:
    return signatures_made.key(tmp_path / "key.pem")


def empty(folder: Path, key: Path | None = None) -> Path:
    """A bundle of a study without a number."""
    tables = {
        "tables/scores.csv": b"encoder,subset,control,seed,task,set,language,group,score,n\n",
        "tables/best.csv": b"\n",
        "study.json": b'{"encoders": {}, "records": []}',
        "models.csv": b"run,key,model,file,sha256\n",
        "data/subsets.json": b'{"subsets": {}}',
        "data/languages.csv": b"code,name,joshi,seen,pool,shadow_of\n",
        "data/groups.csv": b"encoder,language,name,joshi,pool,seen,group\n",
    }
    for name in ("tables", "data"):
        (folder / name).mkdir(parents=True)
    about = {"missing": {}, "study": {"encoders": {}}, "signed": key is not None}
    programs = {one.name: one.read_bytes() for one in (write.PROGRAM, *write.OTHERS)}
    for name, content in {**tables, "bundle.json": json.dumps(about).encode(), **programs}.items():
        (folder / name).write_bytes(content)
    if key:
        (folder / "bundle.pub").write_bytes(key.with_suffix(".pub").read_bytes())
    bundled.relisted(folder)
    if key:
        signatures_made.sign(folder, key)
    return folder


def test_multiples_of_the_base_point_are_the_public_keys_of_their_numbers(tmp_path):
    program, chance = bundled.program(tmp_path), random.Random(1)
    for number in [1, 2, 3, ORDER - 1, ORDER - 2, *(chance.randrange(1, ORDER) for _ in range(20))]:
        point = ec.derive_private_key(number, ec.SECP256R1()).public_key().public_numbers()
        assert program.times(number, program.G) == (point.x, point.y)
    assert program.times(ORDER, program.G) is None and program.plus(None, program.G) == program.G
    assert program.plus(program.times(5, program.G), program.times(ORDER - 5, program.G)) is None


def test_a_signature_is_valid_for_its_message_and_key_alone(tmp_path):
    """Many keys, so that numbers with a leading zero byte, which DER writes shorter, are among them."""
    for number in range(12):
        key = signatures_made.key(tmp_path / f"{number}.pem")
        folder = empty(tmp_path / f"bundle{number}", key)
        done = bundled.checked(folder, key.with_suffix(".pub"))
        assert done.returncode == 0 and "signature: by the key " in done.stdout, done.stdout
        assert (
            f"{sum(one.is_file() for one in folder.rglob('*')) - 1} recomputed" in done.stdout.split("as they were signed: ")[1]
        )


@pytest.mark.slow
def test_every_changed_byte_of_the_signature_is_noticed(tmp_path, key):
    folder = empty(tmp_path / "bundle", key)
    path, chance = folder / "bundle.sig", random.Random(2)
    whole = path.read_bytes()
    inside = range(whole.index(b'"payload": "') + 12, len(whole) - 20)
    ends = whole.index(b'"sig": "') + 8, whole.rindex(b'", "keyid"')  # how DER and base64 begin and end counts too
    for place in [*chance.sample(inside, 40), *range(ends[0], ends[0] + 6), *range(ends[1] - 2, ends[1])]:
        other = bytes([chance.choice([one for one in b"ABCDabcd0123" if one != whole[place]])])
        path.write_bytes(whole[:place] + other + whole[place + 1 :])
        done = bundled.checked(folder)
        assert done.returncode == 1 and "WRONG" in done.stdout, (place, done.stdout)


@pytest.mark.parametrize(
    "content", [b"no key at all", b"\xff\x00", b"-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n", b""]
)
def test_a_file_that_is_no_key_is_refused_in_one_line(tmp_path, key, content):
    folder = empty(tmp_path / "bundle", key)
    (tmp_path / "none.pem").write_bytes(content)
    done = bundled.checked(folder, tmp_path / "none.pem")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "requires the public key of its authors (P-256, PEM), and" in done.stderr


def test_a_signature_by_another_key_is_named(tmp_path, key):
    folder, other = empty(tmp_path / "bundle", key), signatures_made.key(tmp_path / "other.pem")
    done = bundled.checked(folder, other.with_suffix(".pub"))
    assert done.returncode == 1 and "first: bundle.sig: it is no signature by the key" in done.stdout


def test_a_bundle_that_somebody_else_signed_anew_passes_by_itself_and_says_so_and_fails_by_the_authors_key(tmp_path, key):
    folder, other = empty(tmp_path / "bundle", key), signatures_made.key(tmp_path / "other.pem")
    (folder / "study.json").write_text('{"encoders": {}, "records": [] }')
    (folder / "bundle.pub").write_bytes(other.with_suffix(".pub").read_bytes())
    bundled.relisted(folder)
    signatures_made.sign(folder, other)
    alone = bundled.checked(folder)
    assert alone.returncode == 0 and "which lies in the bundle; to know whose it is, give the authors' own" in alone.stdout
    assert bundled.checked(folder, key.with_suffix(".pub")).returncode == 1


def test_files_that_were_changed_with_their_manifest_are_not_those_that_were_signed(tmp_path, key):
    folder = empty(tmp_path / "bundle", key)
    (folder / "study.json").write_text('{"encoders": {}, "records": [] }')
    bundled.relisted(folder)
    done = bundled.checked(folder)
    assert done.returncode == 1 and "bundle.sig" in done.stdout and "first: MANIFEST: sha256 in bundle.sig" in done.stdout


def test_a_signature_without_its_key_is_one_line(tmp_path, key):
    folder = empty(tmp_path / "bundle", key)
    (folder / "bundle.pub").unlink()
    done = bundled.checked(folder)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "bundle.sig requires the public key of its authors" in done.stderr


@pytest.mark.parametrize("given", [(), ("key.pub",)])
def test_a_signature_that_is_gone_is_noticed(tmp_path, key, given):
    folder = empty(tmp_path / "bundle", key)
    (folder / "bundle.sig").unlink()
    done = bundled.checked(folder, *(tmp_path / one for one in given))
    assert done.returncode == 1 and "bundle.sig: the bundle was signed, and its signature is gone" in done.stdout


def test_an_unsigned_bundle_says_that_it_is_and_does_not_pass_where_a_key_is_given(tmp_path, key):
    folder = empty(tmp_path / "bundle")
    done = bundled.checked(folder)
    assert done.returncode == 0 and done.stdout.startswith("signature: none, the bundle is unsigned")
    done = bundled.checked(folder, key.with_suffix(".pub"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: the bundle is unsigned: there is no signature that this key could check")


def test_a_bundle_whose_signature_was_taken_off_and_that_is_now_said_to_be_unsigned_does_not_pass_by_the_authors_key(
    tmp_path, key
):
    folder = empty(tmp_path / "bundle", key)
    (folder / "bundle.sig").unlink()
    (folder / "bundle.json").write_text('{"missing": {}, "signed": false}')
    bundled.relisted(folder)
    assert bundled.checked(folder, key.with_suffix(".pub")).returncode == 2


@pytest.mark.parametrize("given", [("absent.pub",), ("key.pub", "key.pub"), ("-v",), (".",)])
def test_words_that_are_not_one_file_are_refused_before_anything_is_checked(tmp_path, key, given):
    for folder in (empty(tmp_path / "bundle"), empty(tmp_path / "signed", key)):
        done = bundled.checked(folder, *(tmp_path / one if one.endswith((".pub", ".")) else one for one in given))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith("error: one file of a public key, or nothing, is required; no such file is ")


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_says_how_it_is_called_and_checks_nothing(tmp_path, word):
    done = bundled.checked(empty(tmp_path / "bundle"), word)
    assert (done.returncode, done.stderr) == (0, "") and "python3 -I verify.py [KEY.pem]" in done.stdout
    assert "signature:" not in done.stdout


def test_a_file_that_is_no_key_of_the_curve_is_refused(tmp_path, key):
    folder = empty(tmp_path / "bundle", key)
    larger = signatures_made.key(tmp_path / "larger.pem", ec.SECP384R1())
    for given in (larger.with_suffix(".pub"), tmp_path / "absent.pub", key):
        done = bundled.checked(folder, given)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_without_the_package_the_command_that_installs_it_is_named(key, monkeypatch):
    monkeypatch.setitem(sys.modules, "model_signing", None)
    monkeypatch.setitem(sys.modules, "model_signing.signing", None)
    with pytest.raises(BadInput, match=r"pip install model-signing==1\.1\.1 pyopenssl=="):
        signing.required(key)


def test_what_model_signing_itself_signs_is_valid_here_and_what_is_valid_here_it_accepts(tmp_path, key):
    pytest.importorskip("model_signing")
    folder = empty(tmp_path / "bundle", key)
    words = [
        "verify",
        "key",
        str(folder),
        "--public_key",
        str(key.with_suffix(".pub")),
        "--signature",
        str(folder / "bundle.sig"),
    ]
    for _ in range(2):
        done = subprocess.run([sys.executable, "-m", "model_signing", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert bundled.checked(folder, key.with_suffix(".pub")).returncode == 0
        (folder / "bundle.sig").unlink()
        signing.sign(folder, key, folder / "bundle.sig")
    (folder / "study.json").write_text('{"encoders": {}, "records": [] }')
    done = subprocess.run([sys.executable, "-m", "model_signing", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and bundled.checked(folder).returncode == 1
