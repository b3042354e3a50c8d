"""`realignment models`: what is known, and what of it is asked of nobody."""

import json
import subprocess
import sys

import profiles_made
import pytest
import transformers
from click.testing import CliRunner

from realignment import cli
from realignment.config import models
from realignment.core.errors import BadInput
from realignment.languages import table as languages


def called(*words: str):
    return CliRunner().invoke(cli.group, ["models", *words], catch_exceptions=False)


def test_the_list_counts_which_of_the_paper_s_languages_each_has_seen():
    pool = {code for code, one in languages.paper().items() if one.pool}
    rows = {row["model"]: row for row in json.loads(called("--json").stdout)}
    assert set(rows) >= set(models.known(None))
    for name, model in models.known(None).items():
        assert rows[name]["seen"] == (None if model.languages is None else len(pool.intersection(model.languages)))
    assert rows["mdeberta"]["attention"] == "padded" and rows["mmbert-base"]["attention"] == "packed"
    assert rows["llama-3.1-8b"]["gated"] and not rows["mbert"]["gated"]


def test_one_is_explained_with_what_it_has_not_seen_and_who_says_so():
    said = called("afroxlmr-base").stdout
    model = models.known(None)["afroxlmr-base"]
    assert "unseen: bam, ewe, fon, lin, lug, luo, mos, tsn, twi, wol\n" in said and model.source in said
    assert "study: {encoders: {afroxlmr-base: {model: afroxlmr-base}}}" in said


def test_of_one_whose_languages_nobody_lists_the_profile_has_to_say_them():
    said = called("gemma-2-9b").stdout
    assert "no list is published" in said and "{model: gemma-2-9b, seen: [eng, ...]}" in said
    assert "gated: accept it at https://huggingface.co/google/gemma-2-9b, and set HF_TOKEN" in said


def test_of_a_model_of_one_s_own_that_is_at_hand_its_config_is_read(tmp_path, bert_folder, monkeypatch):
    root = profiles_made.checkout(tmp_path / "checkout")
    (root / "models.yaml").write_text(
        f"mine: {{title: Mine, name: 'path:{bert_folder}', seen: [eng, swa], source: its own README}}\n"
    )
    monkeypatch.chdir(root)
    said = json.loads(called("mine", "--json").stdout)[0]
    whole = sum(one.numel() for one in transformers.AutoModel.from_pretrained(bert_folder).parameters())
    assert (said["architecture"], said["attention"], said["parameters"], said["at_hand"]) == ("bert", "packed", whole, True)
    assert said["unseen"] and "swa" not in said["unseen"] and f"{whole:,} parameters" in said["needs"]


def test_an_unknown_one_names_the_nearest():
    with pytest.raises(BadInput, match="no model is known as `mmbrt-base`; nearest: mmbert-base"):
        called("mmbrt-base")


def test_the_list_loads_neither_torch_nor_transformers():
    script = "import sys; from realignment import cli; cli.main(['models'])"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", script], capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "realignment.config.models" in loaded and not loaded & {"torch", "transformers"}
