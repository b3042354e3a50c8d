"""Encoders of a model hub that may not be read or cannot be used: said in one line, before anything is downloaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from architectures import build
from hub_server import TOKEN, serve

from realignment.core.errors import BadInput
from realignment.engine.bases import hub, locate

REVISION = "3f076fdb1ab68d5b2880cb87a0886f315b8146f8"
NAME = f"hub:some/encoder@{REVISION}"
FETCH = """
import realignment.core.hardening, sys
from pathlib import Path
from realignment.engine.bases import locate
from realignment.core.errors import BadInput
try:
    print(locate.resolve(sys.argv[1], Path.cwd()))
except BadInput as fault:
    print("refused:", fault)
"""


def fetch(tmp_path: Path, address: str, **env: str) -> list[str]:
    """What a fresh process says; nothing of this machine's own hub is read."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "REALIGNMENT_"))}
    env = {**clean, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home"), **env}
    return subprocess.run(
        [sys.executable, "-c", FETCH, NAME], env=env, capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build(tmp_path_factory.mktemp("encoder"), "bert")


@pytest.fixture(scope="module")
def pickled(folder, tmp_path_factory):
    """The same encoder as older releases keep it."""
    import shutil

    import torch
    from safetensors.torch import load_file

    place = tmp_path_factory.mktemp("pickled") / "encoder"
    shutil.copytree(folder, place)
    torch.save(load_file(place / "model.safetensors"), place / "pytorch_model.bin")
    (place / "model.safetensors").unlink()
    return place


def test_a_gated_repository_says_what_to_accept_and_where_and_nothing_is_downloaded(folder, tmp_path):
    with serve(folder, "some/encoder", REVISION, gated=True) as (address, asked):
        (said,) = fetch(tmp_path, address)
    assert said == (
        f"refused: encoder `{NAME}` is gated: accept its licence, signed in, at https://huggingface.co/some/encoder, and set HF_TOKEN to a "
        "token of that account, which is read"
    )
    assert not any(path.endswith(("model.safetensors", "tokenizer.json")) for path in asked)


def test_an_account_that_has_not_accepted_is_told_so(folder, tmp_path):
    with serve(folder, "some/encoder", REVISION, gated=True) as (address, _):
        (said,) = fetch(tmp_path, address, HF_TOKEN="hf_other")
    assert "the account of the token that is read (HF_TOKEN) may not read it" in said
    assert said.endswith("at https://huggingface.co/some/encoder")


def test_with_the_token_of_an_account_that_has_it_is_read(folder, tmp_path):
    with serve(folder, "some/encoder", REVISION, gated=True) as (address, _):
        (said,) = fetch(tmp_path, address, HF_TOKEN=TOKEN)
    assert (Path(said) / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()


def test_a_repository_of_pickles_alone_is_refused_before_anything_is_downloaded(pickled, tmp_path):
    with serve(pickled, "some/encoder", REVISION) as (address, asked):
        (said,) = fetch(tmp_path, address)
    assert said.startswith(f"refused: encoder `{NAME}` offers pytorch_model.bin and no safetensors")
    assert f"`hf download some/encoder --revision {REVISION} --local-dir models/encoder`" in said
    assert {path.rpartition("/")[2] for path in asked if "/resolve/" in path} == {"config.json"}  # asked for, not read


def test_a_folder_of_pickles_says_a_command_that_converts_it_weight_by_weight(pickled, folder):
    from safetensors.torch import load_file

    with pytest.raises(BadInput, match=r"offers pytorch_model\.bin and no safetensors") as fault:
        locate.resolve(f"path:{pickled}", pickled)
    command = str(fault.value).split("`")[-2].removeprefix("python")
    subprocess.run(f"{sys.executable}{command}", shell=True, check=True)
    assert locate.resolve(f"path:{pickled}", pickled) == pickled
    before, after = load_file(folder / "model.safetensors"), load_file(pickled / "model.safetensors")
    assert set(before) == set(after) and all((before[name] == after[name]).all() for name in before)


def test_formats_of_other_programs_are_not_converted_here():
    said = hub.pickled(NAME, ["config.json", "tf_model.h5"])
    assert "offers tf_model.h5 and no safetensors" in said and said.endswith(
        "save it with save_pretrained in the program that made it"
    )
    assert hub.pickled(NAME, ["config.json", "pytorch_model.bin", "model.safetensors"]) == ""
