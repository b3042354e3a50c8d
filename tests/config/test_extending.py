"""A profile over another: what is merged, what is replaced, what cannot be extended."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from realignment.config import extending, params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace

ROOT = Path(__file__).parents[2]
BASE = {
    "settings": {"description": "base"},
    "realign": {"steps": 40, "pairs": 8},
    "fetch": {"world": {"pairs": {"HRL": 40, "LRL": 10}, "test": 5}},
    "study": {
        "subsets": ["none", "all_65", "random_10"],
        "encoders": {
            "mbert": {"name": "path:a", "seen": "mbert"},
            "xlmr": {"name": "path:b", "seen": "xlmr", "learning_rate": 1e-5},
        },
    },
}
SEEN_ANEW = (
    "profiles/own.yaml line 4: missing key `study.encoders.xlmr.seen`; say which languages this encoder has seen: mbert, xlmr, english or a list "
    "of codes"
)


@pytest.fixture
def root(tmp_path) -> Path:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "profiles").mkdir()
    write(tmp_path, "base", BASE)
    return tmp_path


def write(root: Path, name: str, content: dict | str) -> Workspace:
    text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    (root / "profiles" / f"{name}.yaml").write_text(text)
    return Workspace(root, name)


def own(root: Path, **sections: dict):
    return params.load(write(root, "own", {"extends": "base", **sections}))


def test_a_profile_that_says_nothing_is_the_one_it_extends(root):
    assert replace(own(root), profile="base") == params.load(Workspace(root, "base"))


def test_values_and_lists_are_replaced_and_mappings_merged_at_every_depth(root):
    found = own(root, realign={"steps": 7}, study={"subsets": ["none"]}, fetch={"world": {"pairs": {"LRL": 3}}})
    assert (found.realign.steps, found.realign.pairs) == (7, 8)
    assert found.study.subsets == ["none"]
    assert found.fetch.world == {"pairs": {"HRL": 40, "LRL": 3}, "test": 5}


def test_an_encoder_is_added_changed_or_taken_out_and_the_others_stay(root):
    encoders = {"mbert": None, "xlmr": {"learning_rate": 3e-5}, "small": {"name": "path:c", "seen": "xlmr"}}
    assert own(root, study={"encoders": encoders}).study.encoders == {
        "xlmr": {"name": "path:b", "seen": "xlmr", "learning_rate": 3e-5},
        "small": {"name": "path:c", "seen": "xlmr"},
    }


@pytest.mark.parametrize(
    "which", [{"model": "mbert"}, {"model": "xlmr", "learning_rate": 2e-5}, {"name": "path:c", "seen": "english"}]
)
def test_an_entry_of_another_encoder_replaces_the_one_below_whole(root, which):
    """What was said of the encoder below, its languages before all, is not known of this one."""
    base = {"name": "path:a", "seen": "mbert", "learning_rate": 1e-5, "subsets": ["none"]}
    below = {**BASE["study"], "encoders": {"it": base}, "ceiling": {"name": "path:x", "seen": "mbert", "learning_rate": 1e-5}}
    write(root, "base", {**BASE, "study": below})
    alone = write(root, "alone", {**BASE, "study": {**below, "encoders": {"it": which}, "ceiling": which}})
    assert replace(own(root, study={"encoders": {"it": which}, "ceiling": which}), profile="alone") == params.load(alone)


@pytest.mark.parametrize("below", [{"model": "xlmr"}, {"model": "mbert", "seen": "english"}, BASE["study"]["encoders"]["xlmr"]])
def test_what_another_encoder_has_seen_is_said_anew(root, below):
    write(root, "base", {**BASE, "study": {**BASE["study"], "encoders": {"xlmr": below}}})
    with pytest.raises(BadInput) as fault:
        own(root, study={"encoders": {"xlmr": {"name": "path:c"}}})
    assert fault.value.args == (SEEN_ANEW,)


def test_an_entry_that_names_the_same_encoder_again_is_merged(root):
    write(root, "base", {**BASE, "study": {**BASE["study"], "encoders": {"it": {"model": "mbert", "learning_rate": 1e-5}}}})
    plain = own(root, study={"encoders": {"it": {"model": "mbert", "subsets": ["none"]}}}).study.encoders["it"]
    pinned = own(root, study={"encoders": {"it": {"revision": "e" * 40}}}).study.encoders["it"]
    assert (plain["learning_rate"], plain["subsets"]) == (1e-5, ["none"])
    assert (pinned["learning_rate"], pinned["name"].partition("@")[2]) == (1e-5, "e" * 40)


@pytest.mark.parametrize("between", [{}, {"study": {"encoders": {"xlmr": None}}}])
def test_keys_of_an_entry_that_was_replaced_stand_where_it_does(root, between):
    write(root, "middle", {"extends": "base", **between})
    write(root, "own", {"extends": "middle", "study": {"encoders": {"xlmr": {"model": "mbert"}}}})
    merged, places = params.layered("own", root)
    at = ("study", "encoders", "xlmr")
    assert merged["study"]["encoders"]["xlmr"]["seen"] == "mbert"
    assert {places[key] for key in places if key[:3] == at} == {"profiles/own.yaml line 4", "profiles/own.yaml line 5"}


def test_a_model_of_a_profile_that_lies_elsewhere_replaces_the_one_below_whole(root):
    mine = {"title": "Mine", "repository": "some/model", "revision": "e" * 40, "seen": "xlmr", "source": "x"}
    write(root, "base", {**BASE, "models": {"mine": mine}})
    elsewhere = {"title": "Other", "repository": "other/model", "revision": "f" * 40}
    write(root, "own", {"extends": "base", "models": {"mine": elsewhere}, "study": {"encoders": {"it": {"model": "mine"}}}})
    assert params.own_models("own", root) == {"mine": elsewhere}
    with pytest.raises(BadInput, match="no list of the languages that Other has seen is published; say `seen:`"):
        params.load(Workspace(root, "own"))


def test_null_is_a_value_where_a_mapping_has_names_of_its_own(root):
    write(root, "base", {**BASE, "fetch": {"train": {"pos": "udpos", "ner": "wikiann"}}})
    assert own(root, fetch={"train": {"pos": None}}).fetch.train == {"pos": None, "ner": "wikiann", "nli": None, "xquad": None}


def test_nothing_can_be_taken_out_that_is_not_there(root):
    with pytest.raises(BadInput, match=r"own\.yaml line 4: `study\.encoders\.mbrt` must be .*, got nothing"):
        own(root, study={"encoders": {"mbrt": None}})


def test_a_preset_lies_below_all_that_any_profile_of_the_chain_writes_out(root):
    switches = params.read_yaml(params.PRESETS)["reference-code"]["realign"]
    write(root, "base", {**BASE, "realign": {"pooling": "words"}})
    found = own(root, realign={"preset": "reference-code"})
    assert switches["pooling"] != "words" and found.realign.pooling == "words"
    assert found.realign.splitter == switches["splitter"]


def test_a_chain_of_three_is_merged_from_its_far_end(root):
    write(root, "middle", {"extends": "base", "realign": {"steps": 7, "pairs": 6}})
    last = write(root, "last", {"extends": "middle", "realign": {"pairs": 5}})
    found = params.load(last)
    assert (found.realign.steps, found.realign.pairs, found.study.subsets) == (7, 5, BASE["study"]["subsets"])
    assert params.files("last", root) == ["profiles/last.yaml", "profiles/middle.yaml", "profiles/base.yaml"]


def test_a_fault_is_named_in_the_file_of_the_chain_that_holds_it(root):
    write(root, "base", {**BASE, "realign": {"steps": 0}})
    with pytest.raises(BadInput) as fault:
        own(root, study={"seeds": [-1]})
    places = {one.split(": `")[1].split("`")[0]: one.split(": ")[0] for one in fault.value.args}
    assert places == {
        "realign.steps": "profiles/base.yaml line 4, which `own` extends",
        "study.seeds": "profiles/own.yaml line 4",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: own\n", "line 1: a profile cannot extend itself: own > own; take `extends: own` out"),
        ("settings: {}\nextends: bsae\n", "line 2: `extends` names no profile: `bsae` (nearest: base); profiles are files in profiles/"),
        ("extends: [base]\n", "line 1: `extends` must name one profile, got ['base']"),
        ("extends:\n", "line 1: `extends` must name one profile, got None"),
        ("extends: ../base\n", "line 1: `extends` names no profile: `../base` (nearest: base); profiles are files in profiles/"),
    ],
)  # fmt: skip
def test_what_cannot_be_extended_is_named_with_file_and_line(root, text, message):
    with pytest.raises(BadInput) as fault:
        params.load(write(root, "own", text))
    assert fault.value.args == (f"profiles/own.yaml {message}",)


def test_a_circle_is_named_where_it_closes(root):
    write(root, "base", {"settings": {"description": "x"}, "extends": "own"})
    with pytest.raises(
        BadInput, match=r"profiles/base.yaml line 3, which `own` extends: a profile cannot extend itself: own > base > own; take"
    ):
        own(root)


@pytest.mark.parametrize("name", ["profile", "inputs"])
def test_keys_of_params_yaml_alone_are_refused_in_what_is_extended_too(root, name):
    write(root, "base", f"{name}: other\n")
    with pytest.raises(BadInput, match=rf"profiles/base.yaml line 1, which `own` extends: `{name}` stands in params.yaml alone"):
        own(root)


def test_profiles_that_extend_paper_read_its_corpora_and_lock():
    paper = params.load(Workspace(ROOT, "paper"))
    extending_it = [name for name in params.profiles(ROOT) if "paper" in list(extending.chain(name, ROOT))[1:]]
    assert {"paper-pools", "reference-code"} <= set(extending_it)
    for name in extending_it:
        found = params.load(Workspace(ROOT, name))
        assert (found.fetch.folder, found.fetch.lock) == (paper.fetch.folder, paper.fetch.lock)
        assert found.settings.description != paper.settings.description
