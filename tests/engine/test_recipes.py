"""Recipes: the settings of a job as values with types, none lost and none guessed."""

from dataclasses import asdict, fields, replace

import pytest
import small_world
from recipes_made import FINETUNE, PREDICT, REALIGN, RETRIEVE

from realignment.config import schema
from realignment.core.errors import FailedWork
from realignment.engine import recipes
from realignment.records.cell import Cell, Seeds
from realignment.study import evaluate, finetune, realign

CELL = Cell("small", "latin_diverse_2", Seeds.all(17))
NAME = "realign small latin_diverse_2 s17"


@pytest.mark.parametrize("recipe", [REALIGN, FINETUNE, PREDICT, RETRIEVE], ids=lambda one: type(one).__name__)
def test_a_recipe_comes_back_from_the_settings_of_a_job(recipe):
    assert recipes.of(type(recipe), asdict(recipe), NAME) == recipe


def test_a_planned_job_is_a_recipe_of_its_verb_setting_for_setting(tmp_path, bert_folder):
    world = small_world.build(tmp_path, bert_folder)
    first = realign.plan(*world, CELL)
    second = finetune.plan(*world, CELL, "pos", first)
    kinds = {
        recipes.Realign: first,
        recipes.Finetune: second,
        recipes.Predict: evaluate.plan(*world, CELL, "pos", second),
        recipes.Retrieve: evaluate.plan(*world, CELL, "", first),
    }
    for kind, one in kinds.items():
        told = asdict(recipes.of(kind, one.params, one.name))
        assert {name: value for name, value in told.items() if value is not None} == one.params


def test_a_realignment_is_told_every_setting_of_its_section_but_the_preset():
    assert {one.name for one in fields(recipes.Realign)} == {one.name for one in fields(schema.Realign)} - {"preset"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pairs": "8"}, "`pairs` must be int, is '8'"),
        ({"pairs": 8.0}, "`pairs` must be int, is 8.0"),
        ({"pairs": True}, "`pairs` must be int, is True"),
        ({"learning_rate": None}, "`learning_rate` must be float, is None"),
        ({"projection": 1}, "`projection` must be bool, is 1"),
        ({"layer": 1.5}, "`layer` must be int or str, is 1.5"),
        ({"colour": "red"}, "`colour` is unknown"),
    ],
)
def test_a_setting_of_another_type_is_refused_in_one_line_that_names_job_and_setting(change, said):
    with pytest.raises(FailedWork) as fault:
        recipes.of(recipes.Realign, {**asdict(REALIGN), **change}, NAME)
    assert str(fault.value).startswith(f"{NAME}: {said}; ") and "\n" not in str(fault.value)


def test_all_missing_settings_are_named_at_once():
    given = {name: value for name, value in asdict(REALIGN).items() if name not in ("pairs", "dtype")}
    with pytest.raises(FailedWork, match="`pairs` is missing; `dtype` is missing; "):
        recipes.of(recipes.Realign, given, NAME)


def test_a_whole_number_stands_for_a_rate_as_json_has_it_and_a_layer_may_be_all():
    found = recipes.of(recipes.Realign, {**asdict(REALIGN), "learning_rate": 1, "layer": "all"}, NAME)
    assert found == replace(REALIGN, learning_rate=1.0, layer="all") and isinstance(found.learning_rate, float)
