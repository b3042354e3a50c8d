"""A file of predictions says what the models said, and an edit of it is noticed; the one that ships can be made again."""

import json
from dataclasses import replace
from pathlib import Path

import gained
import grimp
import numpy as np
import pytest

from realignment.core import hashing
from realignment.core.errors import BadInput
from realignment.core.hashing import file_digest
from realignment.predictor import asked, calibrated, elsewhere, registered
from realignment.predictor.asked import Asked

ROOT = Path(__file__).parents[2]
SETS = [
    Asked("my_two", "xlmr", ("sna", "swa"), "by hand"),
    Asked("my_three", "xlmr", ("eus", "fin", "zho"), "by hand"),
    Asked("my_two", "new", ("sna", "swa"), "by hand"),
]
ABOUT = {"date": "2026-11-30", "data": {"source": "made_up", "files": {}}, "addresses": {"new": "hub:somebody/new@0"}}


@pytest.fixture(scope="module")
def models():
    found = [replace(gained.measured(seed=seed), encoder=name, seen=name) for seed, name in enumerate(("mbert", "xlmr"))]
    both = [calibrated.fit(one, gained.ground()) for one in found]
    return {("xlmr", "pos"): both[1], ("new", "pos"): elsewhere.fit("new", ["deu", "sna", "wol"], both)}


@pytest.fixture
def made(models):
    return registered.content(SETS, models, ABOUT)


def test_the_numbers_are_those_of_the_models_for_a_mean_of_four_runs(models, made):
    for encoder in ("xlmr", "new"):
        one, columns = models[encoder, "pos"], elsewhere.columns_of(models[encoder, "pos"])
        held = [some for some in made["sets"] if some["encoder"] == encoder]
        found = one.expected([some["languages"] for some in held])
        half = one.half_widths(found, 4)
        for row, some in enumerate(held):
            said = some["tasks"]["pos"]
            flat = {"mean": said["mean"], **said["levels"], **said["languages"]}
            assert set(flat) == set(columns.names)
            for place, name in enumerate(columns.names):
                mean, width = found.means[row, place], half[row, place]
                assert flat[name] == pytest.approx([mean, mean - width, mean + width], abs=0.005)


def test_what_a_mean_is_of_is_said_so_that_it_can_be_computed_from_languages(made):
    for one in made["sets"]:
        said, about = one["tasks"]["pos"], made["encoders"][one["encoder"]]["tasks"]["pos"]
        groups = {"mean": (said["mean"], about["mean_of"])} | {
            name: (said["levels"][name], codes) for name, codes in about["levels"].items()
        }
        for numbers, codes in groups.values():
            assert numbers[0] == pytest.approx(np.mean([said["languages"][code][0] for code in codes]), abs=0.02)


def test_an_encoder_that_was_never_run_is_said_to_be_one(made):
    assert (made["encoders"]["xlmr"]["run"], made["encoders"]["new"]["run"]) == (True, False)
    assert (
        "No run of this encoder is at hand; the interval is what an encoder that was left out needed"
        in made["encoders"]["new"]["words"]
    )
    assert made["encoders"]["new"]["from"] == ["mbert", "xlmr"]
    assert made["encoders"]["new"]["model"] == "hub:somebody/new@0"
    assert made["encoders"]["new"]["tasks"]["pos"]["seen_otherwise"] == ["fra", "sna", "swa", "wol", "yor"]


def test_the_order_is_that_of_the_expected_means(made):
    means = {one["name"]: one["tasks"]["pos"]["mean"][0] for one in made["sets"] if one["encoder"] == "xlmr"}
    assert made["order"]["xlmr"]["pos"] == sorted(means, key=means.get, reverse=True) == ["my_two", "my_three"]


def test_the_same_predictions_are_the_same_bytes(models, made):
    again = registered.content(SETS, dict(reversed(models.items())), dict(reversed(ABOUT.items())))
    assert registered.text(again) == registered.text(made)


def test_the_text_is_json_of_the_content_and_is_read_back(tmp_path, made):
    text = registered.text(made)
    assert json.loads(text) == made
    (tmp_path / "file.json").write_text(text)
    assert registered.read(tmp_path / "file.json") == (made, text.encode())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"my_two"', '"my_too"', "changed after it was registered"),
        ('"date": "2026-11-30"', '"date": "2026-11-29"', "changed after it was registered"),
        ('"format": 1', '"format": 2', "JSON as `realignment predict --register` writes it"),
        ('"format": 1', '"format": 1, "date": "2026-11-30"', "JSON as"),
        ('"runs": 4', '"runs": NaN', "JSON as"),
        ('"sha256"', '"sha255"', "JSON as"),
        ("{", "", "JSON as"),
    ],
)
def test_an_edit_is_noticed(tmp_path, made, old, new, said):
    text = registered.text(made)
    assert old in text
    (tmp_path / "file.json").write_text(text.replace(old, new, 1))
    with pytest.raises(BadInput, match=said):
        registered.read(tmp_path / "file.json")


def test_every_number_of_the_file_is_sealed(tmp_path, made):
    """One hundredth of a point more, anywhere."""
    made["sets"][1]["tasks"]["pos"]["languages"]["wol"][1] += 0.01
    (tmp_path / "file.json").write_text(registered.text(made))
    with pytest.raises(BadInput, match="changed after"):
        registered.read(tmp_path / "file.json")


def test_a_file_that_is_not_there_or_binary_is_refused(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name, said in (("absent.json", "does not exist"), ("binary", "JSON as")):
        with pytest.raises(BadInput, match=said):
            registered.read(tmp_path / name)


def test_the_version_of_the_code_covers_the_modules_that_decide_the_numbers():
    graph = grimp.build_graph("realignment", exclude_type_checking_imports=True, cache_dir=None)
    found, todo = set(), ["realignment.predictor.elsewhere"]
    while todo:
        found.add(name := todo.pop())
        more = graph.find_modules_directly_imported_by(name) - found
        todo += [one for one in more if one.startswith(("realignment.predictor.", "realignment.statistics."))]
    assert {name.removeprefix("realignment.").replace(".", "/") for name in found} == set(registered.NUMERICS)


# What ships


@pytest.fixture(scope="module")
def shipped():
    return registered.read(ROOT / "predictions" / "registered.json")[0]


def test_twenty_sets_ship_ten_of_them_for_mmbert(shipped):
    wanted = asked.read(ROOT / "predictions" / "sets.tsv", gained.ground().languages)
    held = [Asked(one["name"], one["encoder"], tuple(one["languages"]), one["how"]) for one in shipped["sets"]]
    assert sorted(held, key=str) == sorted(wanted, key=str)
    assert {name: sum(one.encoder == name for one in held) for name in shipped["encoders"]} == {"xlmr": 10, "mmbert-base": 10}
    assert all({"pos", "ner", "nli"} == set(one["tasks"]) for one in shipped["sets"])
    assert len({len(one.languages) for one in held}) >= 5


def test_what_ships_was_made_from_the_data_that_ship(shipped):
    files = shipped["data"]["files"]
    for name in ("data/published/scores.csv.gz", "data/published/subsets.tsv", "data/uriel/uriel_plus_66.tsv.gz"):
        assert files[name] == file_digest(ROOT / name)


def test_the_profile_runs_what_ships():
    from realignment.config import models, params
    from realignment.core.workspace import Workspace
    from realignment.study import grid

    settings = params.load(Workspace(ROOT, "registered"))
    held = asked.read(ROOT / "predictions" / "sets.tsv", gained.ground().languages)
    assert settings.select.own == {one.name: list(one.languages) for one in held}
    for label in ("xlmr", "mmbert-base"):
        assert settings.study.encoders[label]["name"] == models.known(None)[label].address
        assert grid.rows_of(settings, label) == [("none", ""), *((one.name, "") for one in held if one.encoder == label)]
    assert len(settings.study.seeds) == registered.RUNS


def test_the_seal_of_what_ships_is_that_of_its_content(shipped):
    assert shipped["sha256"] == hashing.digest({name: value for name, value in shipped.items() if name != "sha256"})
