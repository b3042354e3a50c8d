"""The data a run read, as MLflow's search finds it: by set, under our digest, with what manifest.json and dvc.lock say of these very bytes."""

import hashlib
import json

import pytest
import small_grid
import yaml
from encoders import build
from small_world import build as world

from realignment import tracking
from realignment.core import outputs
from realignment.core.hashing import file_digest
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.records.record import Record
from realignment.tracking import datasets

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
LICENCE = "CC-BY-4.0"


def evaluation(seed: int = 17, **more: str) -> Record:
    """Of two sets of a task, in two languages and one."""
    used = {"evalset/udpos/deu": A, "evalset/udpos/swa": B, "evalset/masakhapos/swa": C, "encoder": C}
    return small_grid.record("evaluate", seed=seed, inputs=used | more)


def read(root, record: Record) -> dict:
    """Name -> input of the run that shows a record."""
    run = tracking.save(root, "sample", record, None, keep=False)
    return {one.dataset.name: one for one in tracking.prepare(root).get_run(run).inputs.dataset_inputs}


def tags(one) -> dict[str, str]:
    return {tag.key: tag.value for tag in one.tags}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_set_is_one_input_with_its_languages_inside(checkout):
    found = read(checkout, evaluation())
    assert list(found) == ["evalsets/pos/masakhapos", "evalsets/pos/udpos"]
    whole = sha256('{"deu":"' + A + '","swa":"' + B + '"}')
    one = found["evalsets/pos/udpos"]
    assert one.dataset.digest == whole[:36] and tags(one)["sha256"] == whole
    assert tags(one)["languages"] == "deu swa" and tags(one)["mlflow.data.context"] == "evaluate"
    assert json.loads(one.dataset.profile)["sha256 by language"] == {"deu": A, "swa": B}
    assert json.loads(one.dataset.source) == {"uri": "data/sample/evalsets/pos/udpos"}


def test_the_bitexts_of_a_subset_are_one_set_and_those_held_out_another(checkout):
    given = {"bitext/deu": A, "bitext/swa": B, "alignment/deu": C}
    assert list(read(checkout, small_grid.record("realign", inputs=given))) == [
        "alignments/latin_diverse_5",
        "bitext/latin_diverse_5",
    ]
    assert list(read(checkout, small_grid.record("evaluate", task="", inputs={"bitext/deu": A}))) == ["bitext/heldout"]


def test_a_training_file_has_the_digest_of_its_content(checkout):
    found = read(checkout, small_grid.record("finetune", inputs={"train": A, "encoder": B}))
    assert {name: one.dataset.digest for name, one in found.items()} == {"train/pos": A[:36]}


@pytest.mark.parametrize("role", ["evalset/udpos/deu", "evalset/udpos/swa"])
def test_a_search_by_digest_finds_exactly_the_runs_that_read_these_bytes(checkout, role):
    same = [tracking.save(checkout, "sample", evaluation(seed), None, keep=False) for seed in (17, 23)]
    other = tracking.save(checkout, "sample", evaluation(42, **{role: C}), None, keep=False)
    digests = {
        run: {one.dataset.name: one.dataset.digest for one in tracking.prepare(checkout).get_run(run).inputs.dataset_inputs}
        for run in (*same, other)
    }

    def searched(name: str, run: str) -> set[str]:
        return {one.info.run_id for one in tracking.search(checkout, "sample", f"dataset.digest = '{digests[run][name]}'")}

    assert searched("evalsets/pos/udpos", same[0]) == set(same)
    assert searched("evalsets/pos/udpos", other) == {other}
    assert searched("evalsets/pos/masakhapos", other) == {*same, other}


def test_a_list_that_mlflow_would_cut_is_counted(checkout):
    codes = [f"q{a}{b}" for a in "abcdefghij" for b in "abcdefghijklmnop"]
    (one,) = read(checkout, small_grid.record("realign", inputs={f"bitext/{code}": A for code in codes})).values()
    assert tags(one)["languages"] == "160 languages"
    assert sorted(json.loads(one.dataset.profile)["sha256 by language"]) == sorted(codes)


def test_the_inputs_of_a_trial_by_hand_say_so(checkout):
    (one,) = read(checkout, small_grid.record("finetune", inputs={"train": A}, trial={"steps": 20})).values()
    assert tags(one)["trial"] == "steps=20"


@pytest.fixture
def workspace(checkout, tmp_path) -> Workspace:
    """Real data files with a licence, and a dvc.lock that lists them."""
    found, _ = world(checkout, build(tmp_path / "encoder", "bert"))
    content = json.loads(found.manifest.read_text())
    for one in content["files"]:
        one |= {"licence": LICENCE, "origin": "a corpus", "revision": "v1"}
    found.manifest.write_text(json.dumps(content))
    lock(found)
    return found


def lock(workspace: Workspace, *more: str) -> None:
    """As `dvc repro fetch` leaves it; `more`: outputs beside."""
    outs = [
        {"path": f"data/sample/{name}", "md5": outputs.md5(workspace.data / name)}
        for name in ("bitext", "evalsets", "manifest.json", *more)
    ]
    workspace.lock.write_text(yaml.safe_dump({"schema": "2.0", "stages": {"fetch@sample": {"outs": outs}}}))


def realigned(workspace: Workspace, seed: int = 17) -> Record:
    known = manifest.load(workspace)
    return small_grid.record(
        "realign", seed=seed, inputs={f"bitext/{code}": known.digest(f"bitext/{code}.parquet") for code in known.bitexts()}
    )


def test_an_input_carries_the_md5_of_dvc_and_the_licence_of_its_files(workspace):
    (one,) = read(workspace.root, realigned(workspace)).values()
    assert tags(one)["dvc.path"] == "data/sample/bitext" and tags(one)["dvc.md5"] == outputs.md5(workspace.bitexts)
    assert tags(one)["dvc.md5"].endswith(".dir")
    assert (tags(one)["licences"], tags(one)["sources"]) == (LICENCE, "a corpus v1")


def aligned(workspace: Workspace, seed: int = 17) -> Record:
    """A run that read the word alignments at hand, which stage align left and no manifest lists."""
    used = {f"alignment/{path.stem}": file_digest(path) for path in sorted(workspace.alignments.glob("*.parquet"))}
    return small_grid.record("realign", seed=seed, inputs=used)


def test_word_alignments_carry_the_md5_of_dvc_as_long_as_they_are_those_of_dvc_lock(workspace):
    workspace.alignments.mkdir()
    for code in ("qab", "qac"):
        (workspace.alignments / f"{code}.parquet").write_bytes(code.encode())
    lock(workspace, "alignments")
    (one,) = read(workspace.root, aligned(workspace)).values()
    assert tags(one)["dvc.path"] == "data/sample/alignments" and tags(one)["dvc.md5"] == outputs.md5(workspace.alignments)
    (workspace.alignments / "qab.parquet").write_bytes(b"other")
    (one,) = read(workspace.root, aligned(workspace, 23)).values()
    assert "dvc.md5" not in tags(one)


def test_the_training_file_is_found_in_the_manifest_by_its_content(workspace):
    known = manifest.load(workspace)
    (one,) = read(workspace.root, small_grid.record("finetune", inputs={"train": known.digest(known.train("pos"))})).values()
    assert tags(one)["dvc.path"] == "data/sample/evalsets" and tags(one)["licences"] == LICENCE


@pytest.mark.parametrize("what", ["the manifest lists other bytes", "dvc.lock is of another manifest", "no dvc.lock"])
def test_what_is_said_of_other_bytes_is_not_said_of_those_that_were_read(workspace, what):
    record = realigned(workspace)
    if what == "no dvc.lock":
        workspace.lock.unlink()
    else:
        content = json.loads(workspace.manifest.read_text())
        mine = next(one for one in content["files"] if one["kind"] == "bitext")
        mine |= {"sha256": "0" * 64} if "other bytes" in what else {"revision": "v2"}
        workspace.manifest.write_text(json.dumps(content))
        if "other bytes" in what:
            lock(workspace)
        else:
            outputs.wrote(workspace, "fetch")  # by hand: DVC does not know of it
    (one,) = read(workspace.root, record).values()
    assert "dvc.md5" not in tags(one) and "dvc.path" not in tags(one)
    assert ("licences" in tags(one)) == ("other bytes" not in what)
    assert tags(one)["sha256"] == datasets.of_record(record)[0].sha256
