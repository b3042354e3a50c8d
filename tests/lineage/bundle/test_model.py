"""The one model of a study, computed again by the standard library: both programs come to the same numbers, and a changed one is named."""

import json

import bundled
import pytest
from drawn_study import POOL, SD, scores, study
from random_scores import reported

from realignment.report import comparison_tables
from realignment.results import formatting


def whole(folder, draws: int, seeds: int, key: int = 0, lost: int = 0):
    """A bundle's tables, scores and records of a study with random draws, of which some runs are missing."""
    found, drawn = scores(draws, seeds, key)
    found = found[: len(found) - lost]
    reported(found, folder, judged=True)
    one = study(draws, seeds, key)
    for row, held in list(one.runs.rows.items()):
        kept = {each.seed for each in found if each.subset == row.subset}
        one.runs.rows[row] = {seed: value for seed, value in held.items() if seed in kept}
    for name, rows in comparison_tables.of_study(one, ["pos"]).items():
        (folder / "tables" / f"small-{name}.csv").write_text(formatting.plain(rows), encoding="utf-8")
    subsets = {name: {"n": int(name.rpartition("_")[2]), "pool": POOL} for name in ("random_5", "random_10")}
    (folder / "data" / "subsets.json").write_text(json.dumps({"subsets": subsets}))
    records = [
        {
            "verb": "realign",
            "languages": sorted(names),
            "cell": {"encoder": "small", "subset": subset, "seeds": {"subset": int(seed)}},
        }
        for (subset, seed), names in drawn.items()
    ]
    (folder / "study.json").write_text(json.dumps({"records": records}))


@pytest.mark.parametrize(("draws", "seeds", "lost"), [(4, 4, 0), (3, 5, 3)])
def test_both_programs_come_to_the_same_numbers_and_leave_none_out(draws, seeds, lost, tmp_path):
    """With five seeds rows share enough for verdicts to take what seeds add out of variances."""
    whole(tmp_path, draws, seeds, lost=lost)
    verify = bundled.numbers(tmp_path)
    module = bundled.verdicts()
    module.OUTLINE.check(module.Tables(verify, bundled.scores_of(verify)))
    assert verify.faults == [] and verify.left == {}
    told = {one for one in verify.total if one.startswith("tables, model: ")}
    assert {"tables, model: low", "tables, model: sd of seeds", "tables, model: half-width now"} <= told


@pytest.mark.parametrize(
    ("varies", "said"),
    [
        ({"residual": 0.0}, True),
        ({"residual": 0.0, "seed": 0.0}, True),
        ({"residual": 1e-3}, True),
        ({"residual": 0.0, "language": 0.0}, False),
    ],
)
def test_so_they_do_where_little_or_nothing_is_left_beside_seeds_and_draws(varies, said, tmp_path, monkeypatch):
    for name, sd in varies.items():
        monkeypatch.setitem(SD, name, sd)
    whole(tmp_path, 4, 4)
    verify, module = bundled.numbers(tmp_path), bundled.verdicts()
    module.OUTLINE.check(module.Tables(verify, bundled.scores_of(verify)))
    assert verify.faults == [] and verify.left == {}
    assert (tmp_path / "tables" / "small-model-leads.csv").is_file() == said


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "of a model"
    folder.mkdir()
    whole(folder, 4, 4, key=1)
    return folder


@pytest.mark.parametrize(
    ("kind", "column"),
    [("leads", name) for name in ("difference", "high", "error", "degrees of freedom", "p", "p by seed")]
    + [("variances", name) for name in ("sd of seeds", "sd of languages", "sd of the residual", "sd of draws of 5", "chains")]
    + [("settling", "twice the chains"), ("settling", "runs for ±0.5, more chains")],
)
def test_a_changed_number_of_the_model_is_named(kind, column, made):
    path = made / "tables" / f"small-model-{kind}.csv"
    before, lines = path.read_bytes(), bundled.lines_of(path)
    lines[0][column] = repr(float(lines[0][column]) * 1.01 + 0.001)
    bundled.rewritten(path, lines)
    faults = bundled.judged(made, "small-model-*.csv").faults
    path.write_bytes(before)
    assert any(one.startswith(f"tables/{path.name}, line 2, {column}: given") for one in faults)


@pytest.mark.parametrize("kind", ["leads", "variances", "settling"])
def test_a_table_of_the_model_or_a_line_of_it_that_was_taken_out_is_named(kind, made):
    path = made / "tables" / f"small-model-{kind}.csv"
    before = path.read_bytes()

    def faults() -> list[str]:
        verify, module = bundled.program(made), bundled.verdicts()
        module.OUTLINE.check(module.Tables(verify, bundled.scores_of(verify)))
        return verify.faults

    path.write_bytes(before.partition(b"\n")[0] + b"\n")
    assert any(one.startswith(f"tables/{path.name}, lines of") for one in faults())
    path.unlink()
    assert any(one.startswith(f"tables/{path.name}: given 'missing'") for one in faults())
    path.write_bytes(before)
