"""A study that holds rows realigned otherwise beside plain ones: from its plan through training to the report and to what a cell stands on."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest
import small_world
from click.testing import CliRunner

from realignment import cli
from realignment.config import params
from realignment.stages import align, report, study

ROOT = Path(__file__).parents[1]
SUBSET = "latin_diverse_2"
EACH = 9  # pairs of each of two languages, four a step


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store, bert_folder):
    """Two languages realigned with equal steps on sentences, with equal pairs, and on words, two seeds each; POS and retrieval."""
    root = tmp_path_factory.mktemp("otherwise")
    with pytest.MonkeyPatch.context() as patch:
        small_world.checkout(root, empty_store, patch)
        workspace, settings = small_world.build(root, bert_folder)
        few = {"subsets": ["none", "latin_diverse"], "shuffled": [], "equal_pairs": ["latin_diverse"], "words": ["latin_diverse"]}
        few |= {"tasks": ["pos"], "seeds": [17, 23], "floors": False, "workers": 1, "keep": "none"}
        settings = replace(
            settings,
            align=replace(settings.align, aligner="fastalign"),
            realign=replace(settings.realign, pairs_per_language=EACH),
            study=replace(settings.study, **few),
            report=replace(settings.report, published=False),
        )
        patch.chdir(root)
        workspace.settings.write_text(params.dump(settings), encoding="utf-8")
        align.run(workspace, settings)
        study.run(workspace, settings)
        report.run(workspace, settings)
    return workspace


@pytest.fixture
def at_hand(finished, monkeypatch):
    monkeypatch.chdir(finished.root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return finished


def rows(workspace, name: str) -> list[dict]:
    with (workspace.reports / "tables" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def records(workspace, verb: str) -> dict[str, dict]:
    return {one["name"]: one for one in json.loads(workspace.study.read_text())["records"] if one["verb"] == verb}


def test_each_row_is_realigned_as_it_is_named(finished):
    made = records(finished, "realign")
    assert set(made) == {
        f"realign small {row} s{seed}" for row in (SUBSET, f"{SUBSET}.equal_pairs", f"{SUBSET}.words") for seed in (17, 23)
    }
    plain, equal, words = (made[f"realign small {row} s17"] for row in (SUBSET, f"{SUBSET}.equal_pairs", f"{SUBSET}.words"))
    pairs = {name: count for name, count in equal["counts"].items() if name.startswith("pairs/")}
    assert set(pairs.values()) == {EACH} and len(pairs) == 2 and equal["counts"]["steps"] == 5  # 18 pairs
    assert plain["counts"]["steps"] == words["counts"]["steps"] == 6 and words["params"]["unit"] == "words"
    assert len({one["hashes"]["weights"] for one in (plain, equal, words)}) == 3


def test_a_row_is_compared_with_its_plain_row_from_the_same_scores(finished):
    held: dict[tuple[str, str], list[float]] = {}
    for row in rows(finished, "scores.csv"):
        if row["task"] == "pos" and row["language"] != "qaa" and row["subset"] == SUBSET:
            held.setdefault((row["control"], row["seed"]), []).append(float(row["score"]))
    assert len(held) == 3 * 2 and {len(scores) for scores in held.values()} == {3}
    mean = {control: fmean(fmean(held[control, seed]) for seed in ("17", "23")) for control in ("", "equal_pairs", "words")}
    average = [row for row in rows(finished, "small-otherwise-levels.csv") if row["column"] == "Average without English"]
    told = {row["subset"]: row for row in average}
    assert set(told) == {f"{SUBSET} equal_pairs", f"{SUBSET} words"} and {row["against"] for row in told.values()} == {SUBSET}
    for control in ("equal_pairs", "words"):
        assert float(told[f"{SUBSET} {control}"]["difference"]) == pytest.approx(100 * (mean[control] - mean[""]), abs=1e-9)
    assert {row["subset"] for row in rows(finished, "small-otherwise-retrieval.csv")} == set(told)


def test_the_page_asks_how_it_is_realigned_and_calls_these_rows_no_controls(finished):
    page = finished.page.read_text(encoding="utf-8")
    assert "Does it matter how it is realigned?" in page and "words minus sentences in points" in page
    assert "equal pairs per language minus equal steps in points" in page and "Most diverse using Latin script: on words" in page
    assert f"In the rows <code>equal_pairs</code>: each language gives {EACH} pairs" in page
    assert "controls and floors beside their subsets" not in page
    sections = {row["Name"]: row["Section"] for row in rows(finished, "small-levels.csv")}
    assert sections == {
        "none": "Baselines", SUBSET: "Script diversity", f"{SUBSET} equal_pairs": "Realigned otherwise", f"{SUBSET} words": "Realigned otherwise",
    }  # fmt: skip


@pytest.mark.parametrize("control", ["words", "equal_pairs"])
def test_a_cell_of_such_a_row_leads_to_its_own_runs_and_their_data(at_hand, control):
    done = CliRunner().invoke(cli.group, ["lineage", f"small/{SUBSET} {control}/pos/HRL", "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert len(found["runs"]) == 2 and all(f"{SUBSET}.{control}" in one["run"] for one in (*found["runs"], *found["models"]))
    assert {"bitext/qab.parquet", "bitext/qac.parquet"} <= {one["path"] for one in found["data"]}
    inputs = records(at_hand, "realign")[f"realign small {SUBSET}.{control} s17"]["inputs"]
    assert any(role.startswith("alignment/") for role in inputs) is (control == "words")
