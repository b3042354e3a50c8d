"""What the tracking store gets of the authors' runs."""

import pytest
from paper_files import THE_PAPER, imported

from realignment.paper import experiment, recomputed


def test_each_run_is_one_of_its_own_with_the_scores_of_the_file():
    found = imported()
    stored = {tuple(row[name] for name in ("model", "subset", "seed", "task")) for row in THE_PAPER.raw}
    assert len(found) == len(stored) == len({run["tags"]["run_key"] for run in found}) == experiment.count(THE_PAPER)
    names = {name for run in found for name in run["metrics"] if "/" in name and not name.startswith("group/")}
    assert {"xquad/ara", "xquad_em/ara"} <= names  # one run, two metrics
    assert sum(len([name for name in run["metrics"] if name in names]) for run in found) == len(THE_PAPER.raw)
    assert all(run["params"]["languages"] or run["params"]["subset"] == "none" for run in found)


def test_the_average_of_imported_runs_is_the_cell_of_the_table():
    wanted = ("latin_diverse_10", "nli")
    found = [run for run in imported() if run["name"].startswith("XLM-R {} {} ".format(*wanted))]
    cells = recomputed.table(THE_PAPER, "10")
    (cell,) = [cell for cell in cells if (cell.printed.subset, cell.printed.task) == wanted]
    assert sorted(run["metrics"]["average"] for run in found) == pytest.approx(sorted(cell.recomputed.values))


def test_each_seed_of_mberts_fine_tuning_only_has_its_average_of_pos():
    """Oracle: the averages as they are stored; the African scores of these runs are not."""
    found = {run["params"]["seed"]: run["metrics"] for run in imported() if run["name"].startswith("mBERT none pos")}
    stored = {row["seed"]: float(row["score"]) for row in THE_PAPER.rows("averages.tsv")}
    assert {seed: metrics["average"] for seed, metrics in found.items()} == pytest.approx(stored, abs=1e-12)
    assert not any("group/LRL_unseen" in metrics for metrics in found.values())
