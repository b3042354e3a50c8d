"""Encoders by name: where they are looked for, what is refused, and a hub on the loopback."""

import os
import subprocess
import sys

import pytest
from hub_server import serve

from realignment import encoder
from realignment.errors import BadInput

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


def test_other_architectures_are_refused_by_name(tmp_path):
    import transformers

    config = transformers.DistilBertConfig(vocab_size=50, dim=16, n_layers=1, n_heads=2, hidden_dim=16)
    transformers.AutoModel.from_config(config).save_pretrained(tmp_path)
    with pytest.raises(BadInput, match="distilbert"):
        encoder.load(tmp_path, 0)


def test_a_layer_that_is_not_there_is_refused(bert_folder):
    import numpy as np

    from realignment import batches

    encoded = batches.encode_texts(encoder.load_tokenizer(bert_folder), ["abc de"], 16, "unicode")
    with pytest.raises(BadInput, match="hidden states 0 to 2"):
        encoder.states(encoder.load(bert_folder, 0), batches.batch(encoded, np.array([0])), layer=7)


FETCH = """
import realignment.quiet, sys
from pathlib import Path
from realignment import encoder
from realignment.errors import BadInput
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


def test_a_pinned_encoder_comes_from_the_hub_once_and_then_from_the_cache(encoder_folder, tmp_path):
    name = f"hub:some/encoder@{REVISION}"
    with serve(encoder_folder, "some/encoder", REVISION) as (address, asked):
        first = fetch(name, HF_ENDPOINT=address, HF_HOME=str(tmp_path))
        assert first[1] in ("bert", "xlm-roberta"), first
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
