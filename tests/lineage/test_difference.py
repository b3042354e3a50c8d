"""In what two cells or runs differ, and which cause comes first."""

import json
import statistics

import pytest
import runs_by_hand
from click.testing import CliRunner
from told_study import copied, told

from realignment import cli
from realignment.config import params
from realignment.core.errors import BadInput
from realignment.lineage import sides
from realignment.lineage.graph import Graph

__all__ = ["told"]  # a fixture


@pytest.fixture
def workspace(told, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(told.root)
    return told


def asked(a: str, b: str) -> dict:
    return json.loads(CliRunner().invoke(cli.group, ["lineage", "diff", a, b, "--json"], catch_exceptions=False).stdout)


def test_two_cells_of_a_column_differ_in_their_subset_alone(workspace):
    found = asked("small/all/pos", "small/latin_diverse/pos")
    assert [one["what"] for one in found["differences"]] == ["subset", "subset"]
    assert found["differences"][1] == {"what": "subset", "where": "realign", "name": "languages", "a": "qad", "b": ""}


def test_the_difference_is_that_of_the_two_cells(workspace):
    graph = Graph.of(workspace)
    means = [
        graph.column("select mean from cells where address = ?", f"small/{name}/pos/Average without English")[0]
        for name in ("all", "none")
    ]
    assert asked("small/all/pos", "small/none/pos")["difference"] == pytest.approx(means[0] - means[1])


@pytest.mark.parametrize("columns", [("pos", "pos/qac"), ("pos/qab", "pos/qac"), ("ner", "ner/HRL")])
def test_the_difference_of_two_gains_is_that_of_the_gains_and_not_of_the_scores(workspace, columns):
    graph = Graph.of(workspace)
    cells = [f"small/all/{column if '/' in column else column + '/Average without English'}/gain" for column in columns]
    means = [graph.column("select mean from cells where address = ?", cell)[0] for cell in cells]
    assert asked(*cells)["difference"] == pytest.approx(means[0] - means[1])


@pytest.mark.parametrize("column", ["pos", "pos/qab", "ner/HRL"])
def test_seeds_explain_a_difference_of_two_gains_over_one_score_as_that_of_the_two_scores(workspace, column):
    """The noise of fine-tuning only is in both gains, and cancels."""
    pairs = [[f"small/{name}/{column}{'' if '/' in column else '/Average without English'}{end}" for name in ("all", "latin_diverse")] for end in ("", "/gain")]  # fmt: skip
    scores, gains = ([one["why"] for one in asked(*pair)["causes"] if one["what"] == "seeds"] for pair in pairs)
    assert gains == scores and len(scores) == 1


def test_what_a_factor_moves_is_the_median_over_the_rows_that_differ_in_it_alone(workspace):
    graph = Graph.of(workspace)
    held = [
        graph.column("select mean from cells where address = ?", f"small/{name}/pos/Average without English")[0]
        for name in ("none", "all", "latin_diverse_2", "uriel_diverse_2")
    ]
    gaps = [abs(one - other) for number, one in enumerate(held) for other in held[number + 1 :]]
    (cause,) = [one for one in asked("small/all/pos", "small/none/pos")["causes"] if one["what"] == "subset"]
    assert cause["points"] == pytest.approx(100 * statistics.median(gaps)) and "6 pairs of cells" in cause["why"]


def test_seeds_come_last_where_they_do_not_explain_the_difference_and_first_where_they_do(workspace):
    far, near = asked("small/all/pos/qab", "small/none/pos/qab"), asked("small/all shuffled/pos/qab", "small/none/pos/qab")
    assert far["causes"][-1]["what"] == "seeds" and "they are not enough" in far["causes"][-1]["why"]
    assert near["causes"][0]["what"] == "seeds" and "it may be nothing else" in near["causes"][0]["why"]


@pytest.mark.parametrize("pair", [
    ("small/all/pos", "small/none/pos"), ("small/all/pos/qab", "small/all/pos/qac"), ("small/all/pos", "small/all shuffled/pos"),
    ("evaluate small all pos s17", "evaluate small all pos s23"), ("realign small all s17", "realign small all s23"),
    ("small/all/pos/gain", "small/latin_diverse/pos/gain"), ("small/all/pos", "small/all/pos/Average without English"),
])  # fmt: skip
def test_the_headline_counts_the_causes_below_it(workspace, pair):
    found = asked(*pair)
    many = len(found["causes"])
    says = {0: "environment.", 1: " One possible cause:"}.get(many, f" {many} possible causes, the likeliest first:")
    assert found["headline"].endswith(says) and bool(found["differences"]) == bool(many)


def test_two_runs_of_one_row_differ_in_their_seeds(workspace):
    found = asked("realign small all s17", "realign small all s23")
    assert [(one["what"], one["why"]) for one in found["causes"]] == [("seeds", "17 and 23; nothing here says what seeds move.")]


def test_what_a_subset_moves_in_a_gain_is_the_median_over_gains(workspace):
    """Fine-tuning only has none, and the shuffled row differs in its control."""
    graph = Graph.of(workspace)
    held = [
        graph.column("select mean from cells where address = ?", f"small/{name}/pos/Average without English/gain")[0]
        for name in ("all", "latin_diverse_2", "uriel_diverse_2")
    ]
    gaps = [abs(one - other) for number, one in enumerate(held) for other in held[number + 1 :]]
    (cause,) = [one for one in asked("small/all/pos/gain", "small/latin_diverse/pos/gain")["causes"] if one["what"] == "subset"]
    assert cause["points"] == pytest.approx(100 * statistics.median(gaps)) and "3 pairs of cells" in cause["why"]


def test_two_columns_are_no_means_over_the_same_scores(workspace):
    assert asked("small/all/pos/qab", "small/all/pos/qac")["causes"][0]["what"] == "what is measured"


def test_a_cell_does_not_differ_from_itself(workspace):
    found = asked("small/all/pos", "small/all/pos/Average without English")
    assert found["differences"] == [] and "the same data, code, settings and environment" in found["headline"]


def test_runs_of_other_settings_data_and_code_differ_in_these(told, tmp_path, monkeypatch):
    """A run by hand with other steps, one with other training rows, beside the study's."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    mine = copied(told, tmp_path / "mine")
    monkeypatch.chdir(mine.root)
    settings = params.load(mine)
    graph = Graph.of(mine)
    model = json.loads(graph.runs("name = 'realign small all s17'")[0]["settings"])
    spec = {"small": {"name": f"path:{graph.bases['small']['name'].removeprefix('path:')}", "seen": "mbert"}}
    how = {name: value for name, value in model.items() if name not in ("dtype",)}
    settings = runs_by_hand.with_(settings, realign=how, study={"encoders": spec, "device": "cpu"})
    more = runs_by_hand.with_(settings, realign={"steps": model["steps"] + 1})
    plain, longer = (runs_by_hand.jobs(mine, one, "all", 31) for one in (settings, more))
    runs_by_hand.save(mine, plain, 0.0)
    runs_by_hand.save(mine, longer, 0.0)
    other = runs_by_hand.other_data(plain, "train", "finetune")
    runs_by_hand.save(mine, other[1:], 0.0)
    found = asked(plain[0].key[:16], longer[0].key[:16])
    assert [(one["what"], one["where"], one["name"]) for one in found["differences"]] == [("settings", "realign", "steps")]
    found = asked(plain[1].key[:16], other[1].key[:16])
    assert [(one["what"], one["name"]) for one in found["differences"]] == [("data", "train")]


@pytest.mark.parametrize(("words", "answer"), [
    (["small/all/pos"], "requires two cells or runs; got 1"),
    (["small/all/pos", "small/all/pos/gain"], "`small/all/pos` is a score of pos, `small/all/pos/gain` a gain of pos"),
    (["small/all/pos", "small/all/ner"], "`small/all/pos` is a score of pos, `small/all/ner` a score of ner"),
    (["small/all/pos", "small/all/all"], "two scores or two gains of one task, or two runs of one verb and task, are required"),
    (["small/all/pos", "evaluate small all pos s17"], "`evaluate small all pos s17` a run of evaluate pos"),
    (["evaluate small all pos s17", "evaluate small all ner s17"], "a run of evaluate pos, .* a run of evaluate ner"),
    (["table8:mbert/all/ner", "table8:mbert/latin_diverse_10/ner"], "`table8:mbert/all/ner` is a cell of the paper"),
    (["small/all/pos", "data/sample/bitext/qab.parquet"], "two cells, two runs .* `data/sample/bitext/qab.parquet` is a file"),
    (["small/all/pos", "data/sample/study.json"], "two cells or two runs are required; `data/sample/study.json` is a file"),
    (["small/all/pos", "/"], "got `/`, which names nothing"),
    (["small/all/pos", "bitext/qab"], "a cell is named"),
    (["small/all/pos", "small/alll/pos"], "unknown subset"),
])  # fmt: skip
def test_what_cannot_be_compared_is_refused(workspace, words, answer):
    with pytest.raises(BadInput, match=answer):
        CliRunner().invoke(cli.group, ["lineage", "diff", *words], catch_exceptions=False)


def test_people_get_the_causes_in_order_and_then_what_differs(workspace):
    shown = CliRunner().invoke(cli.group, ["lineage", "diff", "small/all/pos", "small/none/pos"], catch_exceptions=False).stdout
    assert "small/all/pos minus small/none/pos: +" in shown and "\n1. subset: " in shown


def test_every_kind_of_difference_has_its_place_in_the_order():
    assert sides.ORDER[0] == sides.COLUMN and sides.ORDER[-1] == sides.SEEDS
