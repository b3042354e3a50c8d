"""Encoders by name: where they are looked for, what is refused, and a hub on the loopback."""

import json
import os
import subprocess
import sys

import pytest
from hub_server import serve

from realignment.core.errors import BadInput
from realignment.engine import encoder

REVISION = "3f076fdb1ab68d5b2880cb87a0886f315b8146f8"


def test_a_path_is_relative_to_the_checkout_or_absolute(bert_folder):
    assert encoder.resolve(f"path:{bert_folder.name}", bert_folder.parent) == bert_folder.resolve()
    assert encoder.resolve(f"path:{bert_folder}", bert_folder.parent.parent) == bert_folder.resolve()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xlm-roberta-base", "an encoder is named"),
        ("path:nowhere", "holds no config.json"),
        ("package:no_such_package/model", "not installed"),
        ("hub:FacebookAI/xlm-roberta-base", "pinned revision"),
        ("hub:FacebookAI/xlm-roberta-base@main", "pinned revision"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_in_one_line(tmp_path, name, said):
    with pytest.raises(BadInput, match=said) as fault:
        encoder.resolve(name, tmp_path)
    assert "\n" not in str(fault.value)


def test_weights_that_can_run_code_are_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(BadInput, match="safetensors"):
        encoder.resolve(f"path:{tmp_path}", tmp_path)


def config(tmp_path, **change):
    given = {"model_type": "bert", "pad_token_id": 0, "max_position_embeddings": 64, "num_hidden_layers": 2, **change}
    (tmp_path / "config.json").write_text(json.dumps(given))
    return tmp_path


@pytest.mark.parametrize(
    ("change", "length", "layer", "said"),
    [
        ({"model_type": "longformer"}, 32, -1, "this one is longformer"),
        ({"pad_token_id": None}, 32, -1, "a pad token is required"),
        ({}, 65, -1, "reads 64 tokens at most, align.max_length asks for 65"),
        ({"model_type": "xlm-roberta", "pad_token_id": 1}, 63, -1, "reads 62 tokens at most"),
        ({}, 32, 3, "align.layer asks for 3; encoder `mine` has hidden states 0 to 2"),
        ({}, 32, -4, "hidden states 0 to 2"),
    ],
)
def test_what_an_encoder_cannot_do_is_said_from_its_configuration(tmp_path, change, length, layer, said):
    with pytest.raises(BadInput, match=said):
        encoder.require(config(tmp_path, **change), "mine", "align", length, layer)


@pytest.mark.parametrize(("length", "layer"), [(64, 2), (64, -3), (1, "all"), (64, 0)])
def test_what_an_encoder_can_do_passes(tmp_path, length, layer):
    encoder.require(config(tmp_path), "mine", "align", length, layer)


def test_the_longest_text_an_encoder_is_said_to_read_is_read(encoder_folder):
    """The bound of `require` is the model's own: one token more runs past its positions."""
    import numpy as np

    from realignment.engine import batches

    model, tokenizer = encoder.load(encoder_folder, 0), encoder.load_tokenizer(encoder_folder)

    def read(length: int):
        text = " ".join(["ab"] * 400)
        encoder.states(model, batches.batch(batches.encode_texts(tokenizer, [text], length, "unicode"), np.array([0])))

    most = next(length for length in range(300, 0, -1) if allowed(encoder_folder, length))
    read(most)
    with pytest.raises(IndexError):
        read(most + 1)


def allowed(folder, length: int) -> bool:
    try:
        encoder.require(folder, "mine", "align", length)
    except BadInput:
        return False
    return True


FETCH = """
import realignment.core.hardening, sys
from pathlib import Path
from realignment.engine import encoder
from realignment.core.errors import BadInput
try:
    folder = encoder.resolve(sys.argv[1], Path.cwd())
    print(folder)
    print(encoder.load(folder, 0).config.model_type)
except BadInput as fault:
    print("refused:", fault)
"""


def fetch(name: str, **env: str) -> list[str]:
    """What a fresh process says (the hub library reads its environment once, when imported)."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "REALIGNMENT_"))}
    done = subprocess.run([sys.executable, "-c", FETCH, name], env={**clean, **env}, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_pinned_encoder_comes_from_the_hub_once_and_then_from_the_cache(encoder_folder, tmp_path):
    name = f"hub:some/encoder@{REVISION}"
    with serve(encoder_folder, "some/encoder", REVISION) as (address, asked):
        first = fetch(name, HF_ENDPOINT=address, HF_HOME=str(tmp_path))
        assert first[1] in ("bert", "distilbert", "xlm-roberta"), first
        assert any(path.endswith("model.safetensors") for path in asked)
        before = len(asked)
        assert fetch(name, HF_ENDPOINT=address, HF_HOME=str(tmp_path)) == first
        assert len(asked) == before


def test_offline_by_wish_is_respected(encoder_folder, tmp_path):
    with serve(encoder_folder, "some/encoder", REVISION) as (address, asked):
        said = fetch(f"hub:some/encoder@{REVISION}", HF_ENDPOINT=address, HF_HOME=str(tmp_path), HF_HUB_OFFLINE="1")
    assert said[0].startswith("refused:")
    assert "HF_HUB_OFFLINE" in said[0]
    assert not asked


def test_an_encoder_the_hub_does_not_have_is_one_line(bert_folder, tmp_path):
    with serve(bert_folder, "some/encoder", REVISION) as (address, _):
        said = fetch(f"hub:another/encoder@{REVISION}", HF_ENDPOINT=address, HF_HOME=str(tmp_path))
    assert said[0].startswith("refused:")
    assert len(said) == 1
