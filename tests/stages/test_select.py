"""Stage `select`: what it writes for a pool with and without gaps, under both readings."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.selection import heuristics
from realignment.stages import select
from realignment.subsets import naming, table6

ROOT = Path(__file__).parents[2]
PAPER = languages.paper()
POOL = sorted(code for code, one in PAPER.items() if one.pool)


def workspace(root: Path, codes: list[str], known=PAPER) -> Workspace:
    """A fetched profile with bitext of `codes`."""
    shutil.copytree(ROOT / "data" / "uriel", root / "data" / "uriel", dirs_exist_ok=True)
    made = Workspace(root, "some")
    languages.write(known.values(), made.languages)
    files = [{"kind": "bitext", "language": code} for code in codes] + [{"kind": "evalset", "language": "eng"}]
    made.manifest.write_text(json.dumps({"source": "folder", "files": files}))
    return made


def settings(**changes):
    return params.load(
        Workspace(ROOT, "sample"), {"select": {"n": 5, "draws": [1, 2], "nodes": 20, **changes}, "study": {"seeds": [2, 3]}}
    )


def content(root: Path, codes: list[str], known=PAPER, **changes) -> dict:
    made = workspace(root, codes, known)
    select.run(made, settings(**changes))
    return json.loads(made.subsets.read_text())


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return content(
        tmp_path_factory.mktemp("published"), [code for code in POOL if code not in ("deu", "twi")], reading="published"
    )


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    return content(tmp_path_factory.mktemp("computed"), [code for code in POOL if code != "vie"], reading="computed", n=4)


def test_every_name_of_table_6_has_an_entry_under_both_readings(published, computed):
    for held in (published, computed):
        assert set(naming.names()) | {"all", "none"} <= set(held["subsets"])
    assert "latin_diverse_4" in computed["subsets"]
    assert {"joshi_3__uriel_diverse_5", "random_5"} <= set(published["subsets"])


def test_published_lists_are_never_cut_down_to_the_data_at_hand(published):
    for name, row in table6.rows().items():
        if naming.parse(name).drawn:
            continue
        entry = published["subsets"][name]
        assert entry["languages"] == sorted(row.used)
        missing = {"deu", "twi"} & set(row.used)
        assert bool(missing) == bool(entry["unavailable"])
        assert all(code in entry["unavailable"] for code in missing)
        assert entry["erratum"] == row.erratum


def test_a_subset_without_bitext_is_refused_by_name_of_the_language(published):
    with pytest.raises(BadInput, match="deu, twi"):
        heuristics.chosen(published, "all_65", 17)


def test_a_size_the_paper_did_not_run_is_unavailable_as_published(published):
    assert "Table 6 has no row" in published["subsets"]["unseen_xlmr__script_diverse_5"]["unavailable"]


def test_all_is_every_pool_language_with_bitext(published, computed):
    assert published["subsets"]["all"]["languages"] == published["pool"] == [code for code in POOL if code not in ("deu", "twi")]
    assert len(computed["subsets"]["all"]["languages"]) == 64


def test_computed_subsets_hold_languages_with_bitext_alone_and_their_number(computed):
    for name, entry in computed["subsets"].items():
        if entry["unavailable"] or naming.parse(name).n is None:
            continue
        for chosen in entry["draws"].values() if naming.parse(name).drawn else [entry["languages"]]:
            assert set(chosen) <= set(computed["pool"]), name
            assert len(chosen) == entry["n"] == naming.parse(name).n
            assert chosen == sorted(chosen)


def test_a_computed_subset_larger_than_its_pool_is_unavailable_and_says_how_large_the_pool_is(tmp_path):
    held = content(tmp_path, ["deu", "fra", "kat", "jpn"], reading="computed", n=3)
    assert held["subsets"]["uriel_diverse_3"]["unavailable"] == ""
    assert "pool of 4" in held["subsets"]["uriel_diverse_5"]["unavailable"]
    assert "the pool holds 4" in held["subsets"]["random_10"]["unavailable"]


def test_draws_are_made_for_the_draws_and_the_seeds_of_the_study(published):
    draws = published["subsets"]["random_5"]["draws"]
    assert set(draws) == {"1", "2", "3"}
    assert all(draws[seed] == heuristics.random_draw(naming.published("all_65").languages, 5, int(seed)) for seed in draws)


def test_another_draw_than_those_made_beforehand_follows_the_same_rule(computed):
    beforehand = computed["subsets"]["random_5"]["draws"]["1"]
    computed["subsets"]["random_5"]["draws"].pop("1")
    assert heuristics.chosen(computed, "random_5", 1) == beforehand


def test_known_features_are_given_for_every_chosen_language(published):
    entry = published["subsets"]["uriel_diverse_5"]
    assert set(entry["known_features"]) == set(entry["languages"])
    assert entry["known_features"]["orm"] < entry["known_features"]["lin"]


def test_the_objective_of_the_computed_set_is_no_worse_than_the_published_one(tmp_path, published):
    full = content(tmp_path, POOL, reading="computed")["subsets"]
    for name in ("uriel_diverse_5", "uriel_diverse_10", "latin_diverse_5"):
        assert full[name]["objective"] >= published["subsets"][name]["objective"]


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    made = workspace(tmp_path, POOL[:30])
    select.run(made, settings(reading="computed"))
    first = made.subsets.read_bytes()
    select.run(made, settings(reading="computed"))
    assert made.subsets.read_bytes() == first
    assert not list(made.data.glob("*.part"))


def test_generated_languages_are_chosen_by_the_vectors_they_borrow(tmp_path):
    codes = {"eng": "qaa", "kat": "qab", "kaz": "qac", "deu": "qad", "ita": "qae", "vie": "qaf"}
    known = {new: replace(PAPER[old], code=new, shadow_of=old, name=new) for old, new in codes.items()}
    held = content(tmp_path, list(codes.values()), known, reading="computed", n=2)
    real = content(tmp_path / "real", list(codes), reading="computed", n=2)
    for name in ("uriel_diverse_2", "uriel_similar_2", "latin_diverse_2", "family_diverse_2"):
        assert held["subsets"][name]["languages"] == sorted(codes[old] for old in real["subsets"][name]["languages"])
    assert held["pool"] == ["qab", "qac", "qad", "qae", "qaf"]
    assert held["subsets"]["all_65"]["unavailable"]


def test_a_language_without_a_vector_may_be_drawn_and_is_never_chosen_by_distance(tmp_path, capsys):
    known = {**PAPER, "cat": replace(PAPER["spa"], code="cat", vector="")}
    held = content(tmp_path, ["cat", "deu", "fra", "kat"], known, reading="computed", n=2)
    assert held["without_vector"] == ["cat"]
    assert "cat" in capsys.readouterr().err
    assert "cat" in held["subsets"]["all"]["languages"]
    assert all("cat" not in entry["languages"] for name, entry in held["subsets"].items() if name != "all")
    assert "cat" in held["subsets"]["random_2"]["pool"]


def test_a_spread_wider_than_the_pool_says_how_wide_it_is(tmp_path):
    held = content(tmp_path, ["kat", "rus", "ukr", "bul", "deu"], reading="computed", n=4)
    assert "2 distinct (Cyrillic, Georgian)" in held["subsets"]["script_diverse_4"]["rule"]
    held = content(tmp_path, ["kat", "rus", "tha", "jpn", "deu"], reading="computed", n=4)
    assert "too few" not in held["subsets"]["script_diverse_4"]["rule"]


def test_missing_inputs_say_what_makes_them(tmp_path):
    made = workspace(tmp_path, ["deu"])
    made.manifest.unlink()
    with pytest.raises(BadInput, match="dvc repro fetch"):
        select.run(made, settings())
    made = workspace(tmp_path, ["eng"])
    with pytest.raises(BadInput, match="bitext of a language with `pool` yes"):
        select.run(made, settings())
    assert not made.subsets.exists()
    made = workspace(tmp_path, ["deu"], {"deu": PAPER["deu"]})
    with pytest.raises(BadInput, match="English"):
        select.run(made, settings())


def test_a_list_of_ones_own_is_taken_as_it_is(tmp_path):
    held = content(tmp_path, POOL, own={"my_bantu": ["zul", "swa", "kin"], "my_spelt": ["zu", "swh_Latn", "kin"]})
    assert held["subsets"]["my_bantu"]["languages"] == held["subsets"]["my_spelt"]["languages"] == ["kin", "swa", "zul"]
    assert heuristics.chosen(held, "my_bantu", 17) == ["kin", "swa", "zul"]
    assert held["subsets"]["my_bantu"]["objective"] is not None


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"bantu": ["zul"]}, "my_bantu"),
        ({"my_x": ["zuul"]}, "nearest: zul"),
        ({"my_x": []}, "at least one"),
        ({"my_x": ["zul", "zul"]}, "twice"),
    ],
)
def test_a_bad_list_of_ones_own_is_refused(tmp_path, own, said):
    with pytest.raises(BadInput, match=said):
        content(tmp_path, POOL, own=own)


def test_an_unknown_list_of_ones_own_names_those_there_are(published):
    with pytest.raises(BadInput, match=r"select.own lists none"):
        heuristics.chosen(published, "my_bantu", 17)


@pytest.mark.slow
def test_another_language_leaves_what_does_not_depend_on_it_alone(tmp_path, capsys):
    some = [code for code in POOL if code != "tel"]
    first = content(tmp_path, some, reading="computed", n=4)
    capsys.readouterr()
    second = content(tmp_path, POOL, reading="computed", n=4)
    said = [line for line in capsys.readouterr().err.splitlines() if "were not solved again" in line]
    old, of = (int(word) for word in said[0].split() if word.isdigit())
    assert 0 < old < of, "Telugu has no Latin script: the Latin sets stay"
    fresh = content(tmp_path / "fresh", POOL, reading="computed", n=4)
    assert second == fresh and first["subsets"]["latin_diverse_10"] == second["subsets"]["latin_diverse_10"]


def test_the_map_holds_every_language_with_a_vector(computed):
    assert set(computed["map"]) == {code for code, one in PAPER.items() if one.vector} and computed["english"] == "eng"
    assert {"uriel_diverse", "random"} <= set(computed["curves"])
