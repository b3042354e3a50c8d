"""Settings: defaults, a profile over them, and every fault named at once."""

import copy
import shutil
from pathlib import Path

import profiles_made
import pytest
import yaml

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def merged():
    return copy.deepcopy(params.merge("sample", ROOT))


@pytest.fixture
def root(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "profiles").mkdir()
    return tmp_path


def own(root: Path, content: dict) -> Workspace:
    return profiles_made.own(root, yaml.safe_dump(content))


def test_unknown_missing_and_mistyped_keys_are_named_all_at_once(merged):
    del merged["realign"]["steps"]
    merged["realign"]["stepps"] = 7
    merged["fetch"]["heldout"] = "much"
    merged["study"]["seeds"] = [17, "x"]
    merged["chekc"] = {}
    merged["align"] = None
    with pytest.raises(BadInput) as fault:
        params.validate(merged, "here")
    for clause in (
        "unknown section `chekc` (nearest: check)",
        "unknown key `realign.stepps` (nearest: steps)",
        "missing key `realign.steps`",
        "`fetch.heldout` must be float, got 'much'",
        "`study.seeds` must be a list of int, got 'x'",
        "section `align` must be a mapping of keys, got None",
    ):
        assert clause in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("realign", "steps", 0, "must be at least 1, got 0"),
        ("realign", "steps", -5, "must be at least 1"),
        ("realign", "steps", True, "must be int, got True"),
        ("realign", "temperature", float("nan"), "must be a finite number"),
        ("fetch", "heldout", 0.7, "must be at most 0.5"),
        ("realign", "pooling", "mean", "must be one of words, tokens"),
        ("fetch", "tasks", ["pos", "parsing"], "must be one of pos, ner, nli, xquad, got 'parsing'"),
        ("finetune", "epochs", {"pos": "x"}, "must be int"),
    ],
)
def test_values_out_of_bounds_are_refused(merged, section, key, value, message):
    merged[section][key] = value
    with pytest.raises(BadInput, match=rf"`{section}\.{key}[.a-z]*` .*{message}"):
        params.validate(merged, "here")


def test_a_whole_number_is_a_number(merged):
    merged["realign"]["temperature"] = 1
    assert params.validate(merged, "here").realign.temperature == 1.0


def test_what_is_written_is_read_back_unchanged(merged, tmp_path):
    settings = params.validate(merged, "here")
    (tmp_path / "settings.yaml").write_text(params.dump(settings), encoding="utf-8")
    assert params.read(tmp_path / "settings.yaml") == settings


def test_a_profile_replaces_lists_and_merges_mappings(root):
    defaults = params.read_yaml(root / "params.yaml")
    settings = params.load(own(root, {"fetch": {"tasks": ["pos"], "train": {"pos": "ud"}}}))
    assert settings.fetch.tasks == ["pos"]
    assert settings.fetch.train == {**defaults["fetch"]["train"], "pos": "ud"}
    assert settings.realign.steps == defaults["realign"]["steps"]


def test_an_override_is_validated_too(root):
    with pytest.raises(BadInput, match=r"`realign.steps` must be int, got 'abc'"):
        params.load(own(root, {}), {"realign": {"steps": "abc"}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("fetch: [", r"own\.yaml line \d+: not YAML"),
        ("- a", "a mapping of sections is required, found list"),
        (b"a: \xff", "cannot be read"),
    ],
)
def test_a_broken_profile_is_named(root, content, message):
    (root / "profiles" / "own.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput, match=message):
        params.load(Workspace(root, "own"))


def test_an_unknown_profile_names_the_nearest(root):
    own(root, {})
    with pytest.raises(BadInput, match="unknown profile `won`; nearest: own"):
        params.load(Workspace(root, "won"))


def test_what_dvc_watches_is_what_fetch_reads(root):
    settings = params.load(own(root, {"fetch": {"source": "folder", "folder": "corpora/mine"}}))
    assert params.wanted_inputs(settings.fetch) == "corpora/mine"
    assert (ROOT / params.wanted_inputs(params.load(Workspace(ROOT, "sample")).fetch)).is_dir()
    assert params.inputs(ROOT) == params.wanted_inputs(params.load(Workspace(ROOT, params.active_profile(ROOT))).fetch)


@pytest.mark.parametrize(("study", "message"), [
    ({"seeds": [1, 1]}, "must hold each member once, 1 is there twice"),
    ({"seeds": [-1]}, "`study.seeds` must be at least 0, got -1"),
    ({"seeds": []}, "must hold at least one"),
    ({"encoders": {"small": {"name": "path:x", "seen": "mbrt"}}}, "nearest: mbert"),
    ({"encoders": {"small": {"name": "data/x", "seen": "mbert"}}}, "hub:repo@revision, package:name/folder or path:DIR"),
    ({"encoders": {"other": {"name": "path:x"}}}, "missing key `study.encoders.other.seen`"),
    ({"encoders": {"small": {"name": "path:x", "seen": ["sw", "xyz"]}}}, r"study.encoders.small.*seen.*unknown language code `xyz`"),
    ({"encoders": {"small": {"name": "path:x", "seen": ["sw", "swa"]}}}, r"study.encoders.small.*seen.*`swa`"),
    ({"encoders": {"a/b c": {"name": "path:x", "seen": "mbert"}}}, "letters, digits, _ and -"),
])  # fmt: skip
def test_seeds_and_encoders_that_cannot_be_used_are_named(study, message):
    with pytest.raises(BadInput, match=message):
        params.load(Workspace(Path(__file__).parents[2], "sample"), {"study": study})


def test_a_profile_whose_name_cannot_stand_in_a_path_is_refused(tmp_path):
    with pytest.raises(BadInput, match="a profile is named by letters, digits, _ and -; got `my langs`"):
        params.merge("my langs", tmp_path)


@pytest.mark.parametrize(("changed", "message"), [
    ({"finetune": {"learning_rate": {"pso": 2e-3}}}, "unknown task `finetune.learning_rate.pso` \\(nearest: pos"),
    ({"fetch": {"train": {"poss": "toy"}}}, "unknown task `fetch.train.poss`"),
    ({"evaluate": {"max_length": {"posx": 3}}}, "unknown task `evaluate.max_length.posx`"),
    ({"fetch": {"mirrors": {"hubb": "/x"}}}, "must be hub or begin with https://"),
    ({"fetch": {"languages": ["sw", "xyz"]}}, r"`fetch.languages`: .*unknown language code `xyz`"),
    ({"select": {"own": {"my_x": ["sw", "swaa"]}}}, r"`select.own.my_x`: .*`swaa`; nearest: swa"),
])  # fmt: skip
def test_misspelt_keys_one_level_down_are_named(changed, message):
    with pytest.raises(BadInput, match=message):
        params.load(Workspace(Path(__file__).parents[2], "sample"), changed)
