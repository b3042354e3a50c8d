import json
import shutil
from pathlib import Path

import pytest
import shipped
from click.testing import CliRunner
from small_grid import record

from realignment import cli, tracking
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.study import study_file

ROOT = Path(__file__).parents[2]


@pytest.fixture
def at_hand(checkout, monkeypatch) -> Path:
    """A checkout with the settings of this one, and four finished runs."""
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    monkeypatch.chdir(checkout)
    for one in RECORDS:
        tracking.save(checkout, "sample", one, None, keep=False)
    return checkout


RECORDS = [record("realign"), record("evaluate"), record("evaluate", subset="uriel_similar_5"), record("evaluate", task="ner")]


def call(*words: str) -> str:
    outcome = CliRunner().invoke(cli.group, ["runs", *words], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def listed(*words: str) -> set[str]:
    return {row["run"] for row in json.loads(call(*words, "--json"))}


def test_runs_are_listed_with_or_without_the_word(at_hand):
    assert listed() == listed("list") == {one.name for one in RECORDS}


def test_runs_are_picked_by_verb_subset_and_task(at_hand):
    assert listed("--verb", "realign") == {"realign small latin_diverse_5 s17"}
    assert listed("--subset", "uriel_similar") == {"evaluate small uriel_similar_5 pos s17"}, "the profile's size is meant"
    assert listed("list", "--task", "ner") == {"evaluate small latin_diverse_5 ner s17"}


def test_the_score_of_a_run_is_its_mean_without_english(at_hand):
    (row,) = json.loads(call("--task", "ner", "--json"))
    scores = {one.language: one.score for one in RECORDS[-1].scores}
    assert row["score"] == (scores["qaa"] + scores["qab"]) / 2 and "eng" in scores


def test_runs_of_one_name_are_told_apart_by_the_settings_in_which_they_differ(at_hand):
    other = record("realign", params={"preset": "paper", "steps": 1000, "learning_rate": {"pos": 0.001}}, key="f" * 64)
    tracking.save(at_hand, "sample", other, None, keep=False)
    rows = json.loads(call("--json"))
    assert {row["apart"] for row in rows if row["verb"] == "realign"} == {"steps=500", "steps=1000"}
    assert {row["apart"] for row in rows if row["verb"] != "realign"} == {""}


@pytest.mark.parametrize(("words", "answer"), [
    (("--verb", "realing"), "nearest: realign"),
    (("--task", "poss"), "nearest: pos"),
    (("--subset", "latin_divers"), "nearest: latin_diverse"),
    (("show", "zzzz"), "no finished run has such a key"),
    (("show", ""), "4 runs have such a key"),
])  # fmt: skip
def test_a_wrong_word_is_answered_with_near_ones(at_hand, words, answer):
    with pytest.raises(BadInput, match=answer):
        call(*words)


def test_a_run_is_shown_by_the_beginning_of_its_key(at_hand):
    key = RECORDS[1].key
    shown = json.loads(call("show", key[:12], "--json"))
    assert shown["key"] == key and shown["scores"] == RECORDS[1].to_json()["scores"]
    assert RECORDS[1].inputs["bitext/qaa"] in call("show", key[:12])


def test_runs_that_study_json_has_and_the_store_lacks_are_put_back(at_hand):
    extra = record("evaluate", seed=99)
    study = at_hand / "data" / "sample" / "study.json"
    with pytest.raises(BadInput, match="make it with `dvc repro study`"):
        call("restore")
    assert call("restore", "--quiet") == ""
    study.parent.mkdir(parents=True)
    study.write_text(
        json.dumps(study_file.sealed({"profile": "sample", "records": [one.to_json() for one in (*RECORDS, extra)]}))
    )
    call("restore")
    assert listed() == {one.name for one in [*RECORDS, extra]}
    before = len(list(tracking.search(at_hand, "sample")))
    call("restore", "--quiet")
    assert len(list(tracking.search(at_hand, "sample"))) == before


def test_a_run_that_lost_its_record_gets_it_back_from_study_json(at_hand):
    study_file.write(Workspace(at_hand, "sample"), {"profile": "sample", "records": [one.to_json() for one in RECORDS]})
    key = RECORDS[1].key
    path = tracking.folder(at_hand, tracking.finished(at_hand, "sample")[key]) / "record.json"
    path.write_text(path.read_text().replace("0.9", "0.99", 1))
    with pytest.raises(BadInput, match=r"was changed after it was written.*`realignment runs restore` puts it back"):
        call("show", key[:12])
    call("restore")
    assert json.loads(call("show", key[:12], "--json"))["scores"] == RECORDS[1].to_json()["scores"]


def test_runs_on_different_kernels_are_said(at_hand):
    tracking.save(at_hand, "sample", record("evaluate", seed=66, kernels="AVX512"), None, keep=False)
    outcome = CliRunner().invoke(cli.group, ["runs"], catch_exceptions=False)
    assert "runs on different kernels give other weights with the same settings: AVX2: 4 runs" in outcome.stderr
