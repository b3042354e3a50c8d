"""`realignment runs import`, `imported` and `forget`: what they write, print and leave alone."""

import json
import shutil
from pathlib import Path

import pytest
import shipped
from click.testing import CliRunner
from others_files import SMALL, table

from realignment import cli, tracking
from realignment.core.errors import BadInput
from realignment.paper.others import experiment
from realignment.paper.others.imported import load

ROOT = Path(__file__).parents[2]


@pytest.fixture
def at_hand(checkout, monkeypatch) -> Path:
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    monkeypatch.chdir(checkout)
    return checkout


def call(*words: object):
    return CliRunner().invoke(cli.group, ["runs", *map(str, words)], catch_exceptions=False)


def read(*words: object):
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def stored(root: Path, name: str) -> dict[str, dict[str, float]]:
    """Run name -> its metrics, of an experiment in MLflow."""
    return {run.info.run_name: run.data.metrics for run in tracking.search(root, name)}


def test_an_import_is_an_experiment_of_its_own_with_every_score(at_hand):
    path = table(at_hand / "scores.csv", SMALL)
    counts = {row["what"]: row["scores"] for row in read("import", path, "--name", "lab", "--citation", "Someone, 2026")}
    assert counts == {"read": len(SMALL), "kept": len(SMALL)}
    runs = stored(at_hand, "others.lab")
    assert set(runs) == {f"mBERT lab:{subset} pos s{seed}" for subset in ("none", "latin_diverse_5") for seed in ("17", "23")}
    wanted = {run["name"]: run["metrics"] for run in experiment.runs(load(at_hand, "lab"))}
    assert runs == wanted and sum(
        "/" in name and not name.startswith("group/") for held in runs.values() for name in held
    ) == len(SMALL)
    assert runs["mBERT lab:none pos s17"]["udpos/deu"] == float(SMALL[1]["score"])
    (row,) = read("imported")
    assert (row["name"], row["encoders"], row["scores"], row["seeds"], row["citation"]) == (
        "lab",
        ["mbert"],
        len(SMALL),
        [17, 23],
        "Someone, 2026",
    )


def test_the_same_scores_without_a_citation_leave_the_one_that_was_given(at_hand):
    path = table(at_hand / "scores.csv", SMALL)
    read("import", path, "--name", "lab", "--citation", "Someone, 2026")
    read("import", path, "--name", "lab")
    assert [row["citation"] for row in read("imported")] == ["Someone, 2026"]
    with pytest.raises(BadInput, match=r"another import has this name \(citation differ\)"):
        call("import", path, "--name", "lab", "--citation", "Another, 2026")


def test_the_same_import_does_nothing_and_another_of_its_name_is_refused_or_takes_its_place(at_hand):
    path = table(at_hand / "scores.csv", SMALL)
    read("import", path, "--name", "lab", "--date", "2026-01-02")
    files = {one: one.stat().st_mtime_ns for one in (at_hand / "data/others/lab").iterdir()}
    runs = set(tracking.finished(at_hand, "others.lab").values())
    assert "unchanged; 0 runs" in call("import", path, "--name", "lab").stderr
    other = table(at_hand / "others.csv", [{**SMALL[0], "score": "0.5"}, *SMALL[1:]])
    with pytest.raises(BadInput, match=r"another import has this name \(files differ\).*--replace"):
        call("import", other, "--name", "lab")
    assert {one: one.stat().st_mtime_ns for one in files} == files and set(
        tracking.finished(at_hand, "others.lab").values()
    ) == runs
    read("import", other, "--name", "lab", "--replace")
    assert set(tracking.finished(at_hand, "others.lab").values()).isdisjoint(runs)
    assert stored(at_hand, "others.lab")["mBERT lab:none pos s17"]["udpos/eng"] == 0.5


def test_a_refused_import_writes_nothing_and_says_what_it_counted(at_hand):
    path = table(at_hand / "scores.csv", [*SMALL[1:], {**SMALL[0], "score": "2"}])
    with pytest.raises(
        BadInput,
        match=r"scores.csv line 17, column score: a number from 0 to 1 is required; got `2`; nothing was written: 1 of 16",
    ):
        call("import", path, "--name", "lab")
    assert not (at_hand / "data/others").exists() and not stored(at_hand, "others.lab")
    done = CliRunner().invoke(cli.group, ["runs", "import", str(path), "--name", "lab", "--json"])
    counts = {row["what"]: row["scores"] for row in json.loads(done.stdout)}
    assert counts == {"read": 16, "kept": 15, "refused: outside its range": 1}


def test_tables_carry_the_name_of_the_import_and_a_signature_of_their_own(at_hand):
    read("import", table(at_hand / "scores.csv", SMALL), "--name", "lab")
    for by in ("level", "task"):
        rows = read("imported", "lab", "--by", by)
        assert rows and all(row["table"].startswith("lab-mbert-") and row["Name"].startswith("lab:") for row in rows)
        assert all(row["signature"].startswith("source=lab (imported)") for row in rows)
    assert {row["column"] for row in read("imported", "lab", "--by", "language")} == {"lab:none", "lab:latin_diverse_5"}


def test_a_forgotten_import_is_gone_and_the_others_stay(at_hand):
    path = table(at_hand / "scores.csv", SMALL)
    for name in ("lab", "second"):
        read("import", path, "--name", name)
    assert call("forget", "lab").exit_code == 0
    assert [row["name"] for row in read("imported")] == ["second"]
    assert not stored(at_hand, "others.lab") and len(stored(at_hand, "others.second")) == 4
    with pytest.raises(BadInput, match="no import is called `lab`"):
        call("forget", "lab")


def test_the_runs_of_an_import_are_put_back_where_the_store_lacks_them(at_hand):
    read("import", table(at_hand / "scores.csv", SMALL), "--name", "lab")
    before = stored(at_hand, "others.lab")
    tracking.forget_runs(at_hand, "others.lab")
    assert not stored(at_hand, "others.lab")
    call("restore", "--quiet")
    assert stored(at_hand, "others.lab") == before
    assert "others.lab" not in call("restore", "--quiet").stderr, "nothing is done where all are there"
    assert call("restore").exit_code == 0, "a checkout of imports alone lacks no study"


@pytest.mark.parametrize("name", ["published", "sample", "ours", "a.b"])
def test_a_name_that_is_taken_is_refused_before_a_file_is_read(at_hand, name):
    with pytest.raises(BadInput, match="name"):
        call("import", at_hand / "absent.csv", "--name", name)


def test_imports_that_come_and_go_are_no_change_of_what_a_report_saw(at_hand):
    path, place = table(at_hand / "scores.csv", SMALL), at_hand / "rows.json"
    read("import", path, "--name", "lab")
    tracking.keep_rows(at_hand, "sample", [], place)
    call("forget", "lab")
    read("import", path, "--name", "second")
    assert not [fault for _, fault, known in tracking.rows_compared(at_hand, [], place) if fault and known]


def test_of_one_task_the_mean_over_tasks_is_not_shown_again(at_hand):
    call("import", table(at_hand / "scores.csv", SMALL), "--name", "lab")
    captions = [one.caption for one in load(at_hand, "lab").tables("level")]
    assert len(captions) == len(set(captions)) == 2
