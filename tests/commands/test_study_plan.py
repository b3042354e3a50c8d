"""`realignment study --plan` on a checkout whose study is partly finished, and on a clone that has no corpora."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import small_grid
import yaml
from click.testing import CliRunner
from encoders import build
from small_world import build as world
from small_world import checkout as shipped_into

from realignment import cli, tracking
from realignment.core.errors import BadInput
from realignment.study import grid, outlook

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def half(tmp_path_factory, empty_store):
    """A checkout in which the realignments are finished: its workspace, settings, jobs."""
    root = tmp_path_factory.mktemp("checkout")
    with pytest.MonkeyPatch.context() as patch:
        shipped_into(root, empty_store, patch)
        workspace, settings = world(root, build(tmp_path_factory.mktemp("encoder"), "bert"))
        study = {
            "subsets": ["none", "latin_diverse", "all"],
            "shuffled": [],
            "tasks": ["pos"],
            "seeds": [17, 23],
            "floors": False,
        }
        settings = replace(settings, study=replace(settings.study, **study))
        workspace.settings.write_text(yaml.safe_dump(json.loads(json.dumps(_asdict(settings)))))
        jobs = grid.plan(workspace, settings)
        for place, job in enumerate(one for one in jobs if one.verb == "realign"):
            record = small_grid.finished(
                job, seconds=30.0 + place, counts={"steps": 6}, files=small_grid.files_of("weights"), hashes={"weights": job.key}
            )
            tracking.save(root, "sample", record, small_grid.made(root / f"made{place}"), keep=True)
        yield workspace, settings, jobs


def _asdict(settings):
    from dataclasses import asdict

    return asdict(settings)


def call(*words: str):
    outcome = CliRunner().invoke(cli.group, ["study", *words], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome


@pytest.fixture
def here(half, monkeypatch):
    workspace, _, _ = half
    monkeypatch.chdir(workspace.root)
    return workspace


def asked(workspace, *words: str) -> dict:
    return json.loads(call("--plan", "--settings", str(workspace.settings), "--json", *words).stdout)


def test_jobs_are_counted_by_encoder_and_verb_and_add_up(here, half):
    found = asked(here)
    assert [(one["verb"], one["planned"], one["finished"], one["left"]) for one in found["verbs"]] == [
        ("realign", 4, 4, 0), ("finetune", 6, 0, 6), ("evaluate", 11, 0, 11),
    ]  # fmt: skip
    assert found["all"]["planned"] == len(half[2]) == sum(one["planned"] for one in found["rows"])
    for one in (*found["verbs"], *found["rows"], found["all"]):
        assert one["planned"] == one["finished"] + one["shared"] + one["set_aside"] + one["left"]


def test_hours_of_rows_add_up_to_those_of_all_and_intervals_hold_them(here):
    found = asked(here)
    for parts in ("verbs", "rows"):
        assert sum(one["hours"]["mean"] for one in found[parts]) == pytest.approx(found["all"]["hours"]["mean"])
    assert found["all"]["hours"]["low"] < found["all"]["hours"]["mean"] < found["all"]["hours"]["high"]
    assert found["all"]["wall_hours"]["mean"] < found["all"]["hours"]["mean"], "two workers"
    assert found["all"]["based_on"] == {"scaled": 17}


def test_energy_and_cost_are_hours_times_what_is_given_and_else_nothing(here):
    found = asked(here, "--price", "2.5", "--watts", "500")["all"]
    assert found["cost"]["high"] == pytest.approx(2.5 * found["hours"]["high"])
    assert found["energy_kwh"]["low"] == pytest.approx(0.5 * found["hours"]["low"])
    bare = asked(here)["all"]
    assert (bare["cost"], bare["energy_kwh"]) == (None, None)


def test_disk_is_what_is_kept(half):
    """Of `encoders` four realigned encoders of float32, of `none` predictions alone."""
    workspace, settings, _ = half
    found = {
        keep: outlook.of(workspace, replace(settings, study=replace(settings.study, keep=keep))) for keep in ("encoders", "none")
    }
    disk = {keep: one.disk(one.jobs).low for keep, one in found.items()}
    weights = sum((Path(job.base) / "model.safetensors").stat().st_size for job in half[2] if job.verb == "realign")
    assert disk["encoders"] - disk["none"] == pytest.approx(weights, rel=0.05)


def test_workers_are_those_of_the_executor(half, monkeypatch):
    _, settings, _ = half

    def at_once(device: str, **given) -> int:
        return outlook.workers(replace(settings, study=replace(settings.study, **given)), device)

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,5")
    assert (at_once("cpu", workers=7), at_once("cuda", workers=7)) == (7, 3)
    assert at_once("cuda", executor="ray", gpu_share=0.5) == 6
    assert at_once("cuda", executor="slurm", slurm={**settings.study.slurm, "tasks": 40}) == 40


def test_planning_changes_no_file(here):
    def files():
        return {path: path.stat().st_mtime_ns for path in here.root.rglob("*") if path.is_file()}

    before = files()
    call("--plan", "--settings", str(here.settings))
    assert files() == before


def test_the_table_says_what_it_is_based_on(here):
    outcome = call("--plan", "--settings", str(here.settings), "--price", "2")
    assert "17 of 17 jobs by finished runs of another kind on AVX2, by operations" in outcome.stderr
    assert outcome.stdout.splitlines()[0].split("\t")[:5] == ["encoder", "verb", "planned", "finished", "left"]


def test_four_thousand_jobs_are_planned_within_seconds(half):
    """Of this process's own time; 4 to 5 were measured, and a busy machine takes twice that."""
    workspace, settings, _ = half
    many = replace(settings, study=replace(settings.study, seeds=list(range(364)), tasks=["pos", "ner"]))
    began = time.process_time()
    found = outlook.of(workspace, many)
    assert len(found.jobs) > 4_000
    assert found.hours(found.jobs).high > found.wall(found.jobs).mean > 0
    assert time.process_time() - began < 15


def test_the_paper_is_planned_in_a_clone_that_has_no_corpora(tmp_path, empty_store, monkeypatch):
    shipped_into(tmp_path, empty_store, monkeypatch)
    text = (tmp_path / "params.yaml").read_text().replace("profile: sample", "profile: paper")
    (tmp_path / "params.yaml").write_text(text.replace("inputs: src/realignment/sources/sample", "inputs: corpora/paper"))
    monkeypatch.chdir(tmp_path)
    outcome = call("--plan", "--device", "cuda", "--json")
    found = json.loads(outcome.stdout)
    assert found["lacks"][0] == "data/paper/manifest.json"
    assert {one["encoder"] for one in found["verbs"]} == {"mbert", "xlmr"}
    assert found["all"]["left"] == found["all"]["planned"] > 2_000
    assert "Before the corpora are here (lacking: data/paper/manifest.json" in call("--plan", "--device", "cuda").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--plan", "--price", "-1"), "--price takes a number above 0; got -1"),
        (("--plan", "--watts", "nan"), "--watts takes a number above 0; got nan"),
        (("--price", "1"), "--price is about --plan, which is not asked"),
        (("--plan", "--explain", "small/all/pos"), "one question at a time"),
    ],
)
def test_wrong_input_is_one_line(here, words, said):
    with pytest.raises(BadInput, match=said):
        CliRunner().invoke(cli.group, ["study", *words], catch_exceptions=False)
