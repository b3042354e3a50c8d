"""The head of a page: what was trained, on what, how often and where, and what of it is not as in the paper."""

from dataclasses import replace
from pathlib import Path

import made_up
import pytest

from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.report import header

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def settings():
    return params.load(Workspace(ROOT, "sample"))


def test_the_head_says_what_was_trained_on_what_how_often_and_where(settings):
    facts = header.facts(made_up.read(), 5, settings, params.papers(ROOT))
    assert facts["Encoders"] == "small, pretrained here (2 layers, 64 dimensions)"
    assert facts["Realigned on"].startswith("5 subsets (computed, n = 5): all, uriel_diverse_5, uriel_similar_5,")
    assert "none" not in facts["Realigned on"]
    assert facts["Tasks"] == f"NLI, POS, NER in {len(made_up.world())} languages"
    assert facts["Seeds"] == "17, 23" and facts["Device"].startswith("cpu")


def test_the_head_names_settings_that_are_not_the_papers_and_no_preset(settings):
    facts = header.facts(made_up.read(), 5, settings, params.papers(ROOT))
    assert facts["Unlike the paper"].split("; ")[0] == "steps 5, not 24,544"
    assert "2 seeds, not 4" in facts["Unlike the paper"] and "Preset" not in facts


def test_an_encoder_from_elsewhere_is_called_by_where_it_is_from(settings):
    other = replace(settings, pretrain=replace(settings.pretrain, name=None))
    assert header.encoder("mine", "hub:org/model@1", other) == "mine (hub:org/model@1)"


def test_the_number_of_runs_leads_to_them_in_mlflow():
    link = header.runs(made_up.read(), {"where": "http://127.0.0.1:5000", "experiment": "3"})
    assert link.text.startswith(f"{len(made_up.records())} in MLflow")
    assert link.address == "http://127.0.0.1:5000/#/experiments/3?workflowType=machine_learning"
