"""What a profile's realignments are expected to take: from configs alone, said as a prediction."""

import math
from dataclasses import replace

import profiles_made
import pytest
import yaml
from profiles_made import own, sample

from realignment.config import models, params
from realignment.engine.bases import demands, sizes
from realignment.study import configs, feasibility, needs


@pytest.fixture
def root(tmp_path):
    return profiles_made.checkout(tmp_path / "checkout")


def test_hours_are_those_of_arithmetic_and_of_updates_on_the_device_that_is_named(root):
    how = params.load(sample(root)).realign
    config = models.known(None)["xlmr"].sizes
    found = needs.of(config, how)
    step = demands.Step(how.pairs, how.max_length, "bfloat16")
    a_step = demands.operations(config, step) / (0.3 * 989e12) + 28 * sizes.parameters(config) / 3.35e12
    assert found.seconds == pytest.approx(how.steps * a_step)
    assert "predicted, not measured" in str(found) and "on an H100 SXM that does 30% of its 989 TFLOP/s (bfloat16)" in str(found)


def test_the_realignments_of_a_profile_are_counted_a_control_and_a_seed_each(root):
    study = {"subsets": ["none", "all", "latin_diverse", "random"], "shuffled": ["all"], "seeds": [1, 2], "draws": [3, 4, 5]}
    workspace = sample(root, study=study)
    said = needs.of_profile(workspace, params.load(workspace))
    assert (
        list(said) == ["small"] and "; 12 realignments take" in said["small"]
    )  # all, its control and latin_diverse twice; random six times


def test_equal_pairs_take_steps_by_the_languages_of_each_row(root):
    """Half as many languages, half as long; a row whose languages the data decide is named, and counted nowhere."""
    study = {"subsets": ["none", "latin_diverse_10", "latin_diverse_5"], "shuffled": [], "seeds": [1, 2, 3], "draws": None}
    workspace = sample(
        root, study=study | {"equal_pairs": ["latin_diverse_10", "my_two", "all"]}, select={"own": {"my_two": ["qab", "qac"]}}
    )
    settings = params.load(workspace)
    how = replace(settings.realign, pairs_per_language=1_000, pairs=16, steps=7)
    found = needs.planned(workspace, replace(settings, realign=how), "small")
    pool = len(feasibility.Profile(workspace, settings).pool)
    assert found == [
        ("latin_diverse_10", 7, 3), ("latin_diverse_5", 7, 3), ("latin_diverse_10.equal_pairs", 625, 3), ("my_two.equal_pairs", 125, 3),
        ("all.equal_pairs", math.ceil(pool * 1_000 / 16), 3),
    ]  # fmt: skip
    every = replace(how, allocation="equal_pairs_per_language")
    assert "63 steps for each language take" in str(needs.of(models.known(None)["xlmr"].sizes, every))
    lost = replace(settings, realign=how, fetch=replace(settings.fetch, source="folder"))
    assert needs.planned(workspace, lost, "small")[-1] == ("all.equal_pairs", None, 3)
    assert "12 realignments take" in (said := needs.of_profile(workspace, lost)["small"])
    assert said.endswith(", without those of all.equal_pairs, whose number of languages the data decide")


def test_a_decoder_that_reads_twice_reads_twice_as_much(root):
    how, llama = params.load(sample(root)).realign, models.known(None)["llama-3.1-8b"]
    once, twice = (needs.of(llama.sizes, how, {"lora": llama.lora, "attention": looks}) for looks in ("causal", "repeated"))
    assert twice.memory.activations == 2 * once.memory.activations and twice.seconds > 1.9 * once.seconds


def test_an_encoder_that_is_to_be_made_is_known_by_the_settings_and_one_of_the_hub_by_its_entry(root):
    workspace = sample(root)
    settings = params.load(workspace)
    made = configs.config_of(workspace, settings, "path:data/own/encoders/small")
    assert made["hidden_size"] == settings.pretrain.hidden and sizes.parameters(made) > made["vocab_size"] * made["hidden_size"]
    labse = models.known(None)["labse"]
    assert configs.config_of(workspace, settings, labse.address) == labse.sizes
    assert configs.config_of(workspace, settings, f"hub:sentence-transformers/LaBSE@{'e' * 40}") == labse.sizes
    assert configs.config_of(workspace, settings, f"hub:some/encoder@{'e' * 40}") is None


def test_a_model_that_the_profile_describes_itself_is_known_by_its_sizes(root):
    entry = {"title": "Big", "repository": "me/big", "revision": "e" * 40, "seen": "xlmr", "source": "x"}
    entry["sizes"] = models.known(None)["xlmr"].sizes
    profile = {"extends": "sample", "models": {"big": entry}, "study": {"encoders": {"small": None, "big": {"model": "big"}}}}
    workspace = own(root, yaml.safe_dump(profile))
    settings = params.load(workspace)
    found = needs.of(entry["sizes"], settings.realign)
    assert needs.of_profile(workspace, settings)["big"].startswith(f"{found}; ")


def test_of_one_that_nobody_knows_it_is_said_that_nothing_is_known(root):
    text = f'study: {{encoders: {{x: {{name: "hub:some/encoder@{"e" * 40}", seen: english}}}}}}'
    workspace = own(root, text)
    assert needs.of_profile(workspace, params.load(workspace)) == {"x": "not known before its config.json is at hand"}


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0123, "0.012 s"), (59, "59 s"), (90, "1.5 min"), (3 * 3600, "3.0 h"), (2e7, "5,555.6 h")]
)
def test_a_time_is_said_in_the_unit_that_fits(seconds, said):
    assert needs.duration(seconds) == said
