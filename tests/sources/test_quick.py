"""The profile `quick` from its settings to its report, against servers on the loopback that have the public layouts. Text is made up."""

import csv
import json
import random
import shutil
from pathlib import Path
from types import SimpleNamespace

import hub_server
import huggingface_hub
import pytest
import shipped
import yaml
from click.testing import CliRunner
from corpora_server import COMMIT, Site, serve
from made_corpora import ENGLISH_LETTERS, Maker, letters
from released import release

from realignment import cli
from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.sources import catalogue

CHECKOUT = Path(__file__).parents[2]
QUICK = params.load(Workspace(CHECKOUT, "quick"))
(NAME,) = {one["name"] for one in QUICK.study.encoders.values()}
REPO, _, REVISION = NAME.removeprefix("hub:").partition("@")
LESS = {  # what alone differs from the profile as it ships, beside addresses: how much is read and trained
    "fetch": {"max_pairs": 250, "max_train": 64, "max_test": 60},
    "realign": {"steps": 3},
    "evaluate": {"retrieval_pairs": 10},
    "report": {"published": False},
}
HELD = ["ara", "eng", "hau", "tel"]


def text() -> list[str]:
    """Words in the letters of the languages, from which the tokenizer is made."""
    chance = random.Random(1)
    scripts = [ENGLISH_LETTERS, *(letters(languages.paper()[code].script) for code in HELD)]
    return [" ".join("".join(chance.choices(one, k=4)) for _ in range(8)) for one in scripts for _ in range(100)]


def checkout_of(root: Path, address: str) -> Path:
    """The tracked files that the profile needs, the profile with fewer steps and with `address` for the publishers."""
    shipped.settings(root)
    for name in ("data/uriel", "profiles"):
        shutil.copytree(CHECKOUT / name, root / name)
    (root / "data/sources.lock").write_text("[\n]\n")  # what is served here is not what the package locks
    path = root / "profiles/quick.yaml"
    content = yaml.safe_load(path.read_text())
    for section, change in LESS.items():
        content[section] = {**content.get(section, {}), **change}
    hosts = {f"https://{host}": f"{address}/{host}" for host in ("raw.githubusercontent.com", "storage.googleapis.com")}
    content["fetch"]["mirrors"] = {"hub": address, **hosts}
    path.write_text(yaml.safe_dump(content))
    return root


@pytest.fixture(scope="module")
def world(tmp_path_factory, empty_store):
    """A checkout, what the two servers were asked for, and what the commands printed."""
    plan = catalogue.plan(QUICK.fetch)
    site = Site(made=Maker(plan, lambda one: 300 if one.corpus.head else 100 if one.split == "train" else 70))
    site.revisions = {one.corpus.repo: one.corpus.revision for one in plan if one.corpus.revision not in ("", "main")}
    folder = release(tmp_path_factory.mktemp("hub"), text())
    size = sum(path.stat().st_size for path in folder.iterdir())
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    with serve(site) as corpora, hub_server.serve(folder, REPO, REVISION) as (hub, asked), pytest.MonkeyPatch.context() as patch:
        root = checkout_of(tmp_path_factory.mktemp("quick"), corpora)
        shutil.copy(empty_store, root / "mlflow.db")
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "HF_HUB_OFFLINE"):
            patch.delenv(name, raising=False)
        patch.setenv("HF_ENDPOINT", hub)
        patch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(root / "cache"))
        patch.chdir(root)

        def run(*words: str) -> str:
            done = CliRunner().invoke(cli.group, words, catch_exceptions=False)
            assert done.exit_code == 0, done.output
            return done.stdout

        yield SimpleNamespace(
            root=root, run=run, site=site, hub=asked, plan=plan, size=size, workspace=Workspace(root, "quick"), before={}
        )


@pytest.fixture(scope="module")
def asked_for(world):
    """What the settings and the list of files alone ask of the servers."""
    world.run("profile", "quick")
    world.run("settings")
    world.before["settings"] = [*world.site.asked, *world.hub]
    world.before["files"] = json.loads(world.run("doctor", "--files", "--json"))
    world.before["doctor"] = [*(path for _, path in world.site.asked), *world.hub]
    return world


@pytest.fixture(scope="module")
def finished(asked_for):
    """Every stage has run."""
    world = asked_for
    for verb in ("fetch", "check", "select"):
        world.run(verb, "--settings", "data/quick/settings.yaml")
    world.before["fetched"] = [path for path in world.hub if "/resolve/" in path]
    for verb in ("study", "report"):
        world.run(verb, "--settings", "data/quick/settings.yaml")
    world.study = json.loads(world.workspace.study.read_text())
    return world


def test_nothing_is_asked_before_files_are_listed_and_nothing_downloaded_before_they_are_fetched(asked_for):
    assert asked_for.before["settings"] == []
    assert asked_for.before["doctor"] and not any("/resolve/" in path for path in asked_for.before["doctor"])
    assert not (asked_for.root / "corpora").exists() and not (asked_for.root / "cache").exists()


def test_the_list_names_every_file_and_the_encoder_with_the_bytes_they_take(asked_for):
    rows = {row["source"]: row for row in asked_for.before["files"]}
    assert set(rows) == {one.source for one in asked_for.plan} | {NAME}
    assert len(rows) == 3 + 4 + 4 + 2 + 1, "bitexts, POS, NER, English to train on, the encoder"
    assert all(row["state"] == "missing" and row["bytes"] for row in rows.values())
    assert rows[NAME]["bytes"] == asked_for.size


@pytest.mark.slow
def test_the_encoder_comes_when_it_is_trained_at_its_commit_and_without_what_can_run_code(finished):
    assert finished.before["fetched"] == []
    brought = {path for path in finished.hub if "/resolve/" in path}
    assert {path.rpartition("/")[2] for path in brought} == {
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
    }  # fmt: skip
    assert all(path.startswith(f"/{REPO}/resolve/{REVISION}/") for path in brought)


@pytest.mark.slow
def test_the_head_of_its_language_model_is_left_out_and_counted_in_every_realignment(finished):
    made = [one for one in finished.study["records"] if one["verb"] == "realign"]
    assert len(made) == 2 * 4 and {one["counts"]["weights/head"] for one in made} == {5}


@pytest.mark.slow
def test_the_study_holds_what_the_profile_says(finished):
    records = finished.study["records"]
    rows = {(one["cell"]["subset"], one["cell"]["control"]) for one in records if one["verb"] == "finetune"}
    assert rows == {("none", ""), ("all", ""), ("my_seen", ""), ("random_2", ""), ("all", "shuffled"), ("none", "untrained")}
    scores = [score for one in records if one["verb"] == "evaluate" for score in one["scores"]]
    assert {(one["task"], one["language"]) for one in scores} == {
        *((task, code) for task in ("pos", "ner") for code in HELD), *(("retrieval", code) for code in HELD if code != "eng")
    }  # fmt: skip
    sets = {(one["task"], one["set"]) for one in scores if one["language"] == "hau"}
    assert sets == {("pos", "masakhapos"), ("ner", "masakhaner2"), ("retrieval", "heldout")}


@pytest.mark.slow
def test_the_report_holds_a_language_of_each_kind(finished):
    with (finished.workspace.reports / "tables" / "scores.csv").open(encoding="utf-8", newline="") as file:
        groups = {row["language"]: row["group"] for row in csv.DictReader(file)}
    assert groups == {"eng": "English", "ara": "HRL", "tel": "LRL seen", "hau": "LRL unseen"}
    assert finished.workspace.page.is_file()


@pytest.mark.slow
def test_the_licence_of_a_model_names_the_one_of_its_encoder(finished):
    parts = json.loads(finished.run("licences", "distilmbert/all/pos", "--json"))["parts"]
    assert {row["part"]: row["licence"] for row in parts}[f"encoder {NAME}"] == "Apache 2.0"


@pytest.mark.slow
def test_a_second_time_nothing_is_asked_and_nothing_trained(finished):
    finished.site.asked.clear()
    finished.hub.clear()
    for verb in ("settings", "fetch", "study"):
        finished.run(*([verb] if verb == "settings" else [verb, "--settings", "data/quick/settings.yaml"]))
    assert finished.site.asked == [] and finished.hub == []
    assert json.loads(finished.workspace.study.read_text()) == finished.study
    locked = json.loads((finished.root / "data/sources.lock").read_text())
    assert {one["revision"] for one in locked if "wikiann" in one["source"]} == {COMMIT}, "main was pinned"
