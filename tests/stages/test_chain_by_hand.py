"""realign, finetune, evaluate, one after the other by hand: the commands follow one model, whatever the registry holds already."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import shipped
import yaml
from click.testing import CliRunner
from encoders import build
from small_world import build as world

from realignment import cli, tracking
from realignment.config import params

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(checkout, monkeypatch) -> Path:
    """A small world whose registry holds seed 23 of every model the chain makes with seed 17, hence as version 1."""
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    _, settings = world(checkout, build(checkout / "encoder", "bert"))
    content = yaml.safe_load(params.dump(settings))
    content.pop("profile")
    content["study"]["encoders"]["small"]["name"] = "path:encoder"
    content["study"] |= {"subsets": ["none", "latin_diverse"], "shuffled": []}
    content["realign"]["learning_rate"] = 0.01
    (checkout / "profiles/sample.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.chdir(checkout)
    first = verb("realign", "--subset", "latin_diverse", "--seed", "23")
    second = follow(first)
    assert (first["model"], second["model"]) == (f"models:/{ENCODER}/1", f"models:/{ENCODER}.pos/1")
    return checkout


ENCODER = "sample.small.latin_diverse_2.computed"


def verb(*words: str) -> dict:
    """The printed outcome, {column: value}; that of an evaluation is {}."""
    outcome = CliRunner().invoke(cli.group, [*words])
    assert outcome.exit_code == 0, outcome.output + repr(outcome.exception)
    head, *rows = [line.split("\t") for line in outcome.stdout.splitlines()]
    return dict(zip(head, rows[0], strict=True)) if "next" in head else {}


def typed(line: str) -> list[str]:
    """`mlflow run . -e VERB -P key=value ...` as the words of the command that MLproject calls."""
    name, rest = re.fullmatch(r"mlflow run \. -e (\w+)(.*)", line).groups()
    values = [word for word in shlex.split(rest) if word != "-P"]
    return [name, *(part for value in values for part in ("--" + value.partition("=")[0], value.partition("=")[2]))]


def follow(outcome: dict) -> dict:
    return verb(*typed(outcome["next"]))


def chain(root: Path, seed: str) -> list[tuple[str, str]]:
    """(name, key of its parent's name) of the last evaluation's run and of those above it."""
    records = {}
    for run in tracking.finished(root, "sample").values():
        record = tracking.load_record(root, run)
        records[record.key] = record
    one = next(record for record in records.values() if record.verb == "evaluate" and record.name.endswith(seed))
    found = []
    while one:
        found.append(one.name)
        one = records.get(one.parent)
    return found


ONE = ["evaluate small latin_diverse_2 pos s17", "finetune small latin_diverse_2 pos s17", "realign small latin_diverse_2 s17"]


def test_what_is_printed_as_next_goes_on_with_the_model_just_made(root):
    first = verb("realign", "--subset", "latin_diverse")
    second = follow(first)
    assert (first["model"], second["model"]) == (f"models:/{ENCODER}/2", f"models:/{ENCODER}.pos/2")
    follow(second)
    assert chain(root, "s17") == ONE


@pytest.mark.slow
def test_a_finished_run_leads_to_its_own_model_again(root):
    verb("realign", "--subset", "latin_diverse")
    verb("realign", "--subset", "latin_diverse", "--seed", "42")
    again = verb("realign", "--subset", "latin_diverse")
    assert again["model"] == f"models:/{ENCODER}/2"
    assert follow(again)["run"] == "finetune small latin_diverse_2 pos s17"


@pytest.mark.slow
def test_a_version_that_was_deleted_is_registered_again_before_it_is_named(root):
    made = verb("realign", "--subset", "latin_diverse")
    tracking.prepare(root).delete_model_version(ENCODER, "2")
    again = verb("realign", "--subset", "latin_diverse")
    assert again["run"] == made["run"] and again["model"] == f"models:/{ENCODER}/3"
    assert follow(again)["run"] == "finetune small latin_diverse_2 pos s17"


def test_the_task_of_the_next_command_is_one_of_the_profile(root):
    path = root / "profiles/sample.yaml"
    content = yaml.safe_load(path.read_text())
    content["study"]["tasks"] = ["ner"]
    path.write_text(yaml.safe_dump(content))
    assert "-P task=ner" in verb("realign", "--subset", "latin_diverse")["next"]


def test_the_three_commands_of_the_documents_follow_one_model(root):
    """As they stand there, with this world's two languages in place of the sample's five."""
    text = (ROOT / "docs/one-cell.md").read_text().replace("latin_diverse_5", "latin_diverse_2")
    lines = re.findall(r"(?m)^mlflow run \. -e (?:realign|finetune|evaluate) .*$", text)
    assert [typed(line)[0] for line in lines] == ["realign", "finetune", "evaluate"]
    for line in lines:
        verb(*typed(line))
    assert chain(root, "s17") == ONE
