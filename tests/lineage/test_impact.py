"""What falls with a file, a language or a run: against the records read one by one, and against the subsets by hand."""

import json

import pytest
import record_chains
from click.testing import CliRunner
from told_study import LANGUAGES, READ, told

from realignment import cli
from realignment.core.errors import BadInput
from realignment.lineage import content, impact, targets
from realignment.lineage.graph import Graph
from realignment.report import comparison_tables
from realignment.results import addresses, headings, tables

__all__ = ["told"]  # a fixture
BITEXTS = [f"bitext/{code}.parquet" for code in LANGUAGES[1:]]
TESTS = [f"evalsets/{task}/made/{code}.parquet" for task in ("pos", "ner") for code in LANGUAGES]


@pytest.fixture
def workspace(told, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(told.root)
    return told


@pytest.fixture(scope="module")
def chains(told):
    """Address -> the chain of every cell, followed through the records without the graph."""
    graph, known = Graph.of(told), content.read(told)
    return {name: record_chains.of_cell(addresses.parse(name, 2), known) for name in graph.column("select address from cells")}


def fallen(graph: Graph, name: str) -> dict:
    return impact.of(graph, impact.of_target(graph, targets.required(graph, name)))


@pytest.mark.parametrize("path", [*BITEXTS, *TESTS])
def test_the_cells_that_fall_with_a_file_are_those_whose_chains_hold_it(workspace, chains, path):
    """Brute force: a cell stands on a file where a run of its chain read it (of the test files, those of its own languages)."""
    wanted = {name for name, found in chains.items() if path in {row["path"] for row in found["data"]}}
    assert {one["cell"] for one in fallen(Graph.of(workspace), path)["cells"]} == wanted and wanted


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_a_bitext_takes_the_realignments_whose_subset_holds_its_language_and_what_stands_on_them(workspace, code):
    """By hand: the subsets are three lists, see READ."""
    found = fallen(Graph.of(workspace), f"bitext/{code}.parquet")
    rows = {
        one["cell"].split("/")[1]
        for one in found["cells"]
        if "/retrieval" not in one["cell"] and not one["cell"].endswith("/gain")
    }
    subsets = {name for name, languages in READ.items() if code in languages}
    assert rows == subsets | ({"all shuffled", "all equal_pairs"} if code in READ["all"] else set())
    realigned = {one["run"] for one in found["runs"] if one["why"].startswith("was trained on")}
    assert realigned == {
        f"realign small {row} s{seed}" for row in (*subsets, "all.shuffled", "all.equal_pairs") for seed in (17, 23)
    }
    assert len(found["runs"]) == 6 * len(realigned)  # each with its retrieval, and a model and an evaluation for both tasks


def test_a_cell_of_one_language_does_not_fall_with_the_test_file_of_another(workspace):
    found = {one["cell"] for one in fallen(Graph.of(workspace), "evalsets/pos/made/qab.parquet")["cells"]}
    assert {"small/all/pos/qab", "small/none/pos/qab", "small/all/pos/HRL", "small/all/all/HRL/gain"} <= found
    assert not {name for name in found if name.split("/")[3] in ("qac", "qad", "LRL unseen")} and not any(
        "/ner" in name for name in found
    )


def test_a_training_file_takes_every_run_of_its_task(workspace):
    found = fallen(Graph.of(workspace), "evalsets/ner/made/qaa.parquet")
    assert {one["run"].split()[0] for one in found["runs"]} == {"finetune", "evaluate"} and len(found["runs"]) == 2 * 2 * 6
    assert all("ner" in one["run"] for one in found["runs"])


def test_a_language_leaves_its_columns_and_every_realignment_that_trained_on_it(workspace, chains):
    def stands(found: dict) -> bool:
        own = any("qac" in names for names in found["cell"]["languages"].values())
        return own or any("qac" in row["languages"] for row in found["models"] if row["run"].startswith("realign"))

    found = fallen(Graph.of(workspace), "qac")
    assert {one["cell"] for one in found["cells"]} == {name for name, one in chains.items() if stands(one)}


def test_a_source_takes_all_of_its_files_and_a_raw_file_those_made_of_it(workspace):
    graph = Graph.of(workspace)
    assert fallen(graph, "corpus of bitexts")["withdrawn"]["files"] == BITEXTS
    assert fallen(graph, "raw/bitext/qab.parquet.txt")["cells"] == fallen(graph, "bitext/qab.parquet")["cells"]


def test_a_run_takes_its_models_and_all_below(workspace):
    found = fallen(Graph.of(workspace), "realign small all s17")
    assert {one["run"] for one in found["runs"]} == {
        "realign small all s17", "evaluate small all retrieval s17",
        *(f"{verb} small all {task} s17" for verb in ("finetune", "evaluate") for task in ("pos", "ner")),
    }  # fmt: skip
    assert {one["cell"].split("/")[1] for one in found["cells"]} == {"all"}


def test_a_run_of_fine_tuning_only_takes_the_gains_of_every_row_over_it(workspace, chains):
    name = "evaluate small none pos s17"
    wanted = {cell for cell, one in chains.items() if name in {row["run"] for row in one["runs"]}}
    found = {one["cell"] for one in fallen(Graph.of(workspace), name)["cells"]}
    assert found == wanted and any(cell.startswith("small/all/") and cell.endswith("/gain") for cell in found)


def judged(told: dict) -> dict[tuple, str]:
    """(family, row, reference, column) -> verdict, of the report's tables of verdicts."""
    return {
        (kind, row["subset"], row["against"], row["column"]): row["verdict"]
        for kind, rows in told.items()
        if kind.startswith(("verdicts-", "random-", "otherwise-"))
        for row in rows
        if row["verdict"] != "missing"
    }


@pytest.mark.parametrize("name", ["bitext/qab.parquet", "evalsets/pos/made/qad.parquet", "qad", "realign small all s17"])
def test_verdicts_are_those_of_the_report_before_and_those_of_a_report_without_it_after(workspace, name):
    graph, known = Graph.of(workspace), content.read(workspace)
    found = fallen(graph, name)
    whole = comparison_tables.of_study(known.tables[1][0], ["pos", "ner"])
    keys = {one["key"] for one in found["runs"]}
    parts = impact.of_target(graph, targets.required(graph, name)).parts
    left = [one for one in known.study["records"] if one.key not in keys]
    _, studies = tables.studies({**known.study, "records": left}, known.inputs.languages, known.subsets)
    scores = [one for one in known.tables[0] if (one.task, one.set, one.language) not in parts and _stays(one, left)]
    after = judged(comparison_tables.of_study(tables.Study(tables.averages.collect(scores), "small"), ["pos", "ner"]))
    before = judged(whole)
    assert studies and {(one["family"], one["subset"], one["against"], one["column"]): (one["before"], one["after"])
                        for one in found["verdicts"]["change"]} == {
        key: (said, after.get(key, impact.GONE)) for key, said in before.items() if said != after.get(key, impact.GONE)
    }  # fmt: skip


def _stays(score, left) -> bool:
    return any(
        (one.cell.encoder, one.cell.subset, one.cell.control, str(one.cell.seeds.order), one.task or "retrieval")
        == (score.encoder, score.subset, score.control, score.seed, score.task)
        for one in left
        if one.verb == "evaluate"
    )


def test_a_verdict_that_does_not_stand_on_the_file_is_not_said_to_fall(workspace):
    found = fallen(Graph.of(workspace), "evalsets/pos/made/qad.parquet")["verdicts"]["fall"]
    assert {one["column"] for one in found} <= {
        "LRL unseen",
        "Average without English",
        "Average",
        headings.task("pos"),
        "LRL seen",
    }


def test_a_test_file_takes_the_figures_of_its_scores_and_a_bitext_those_of_losses_too(workspace):
    graph = Graph.of(workspace)
    assert not {"loss-small", "atlas"} & set(fallen(graph, "evalsets/pos/made/qab.parquet")["figures"])
    assert {"gains-small", "map-small"} <= set(fallen(graph, "evalsets/pos/made/qab.parquet")["figures"])
    assert "loss-small" in fallen(graph, "bitext/qab.parquet")["figures"] and "atlas" in fallen(graph, "qab")["figures"]


def test_language_vectors_take_the_subsets_that_were_chosen_by_them_and_no_fixed_list(workspace, monkeypatch):
    graph = Graph.of(workspace)
    what = impact.of_vectors(graph, "made")
    chosen = {row["subset"] for row in graph.runs(f"key in ({', '.join('?' * len(what.because))})", *what.because)}
    assert chosen == {"latin_diverse_2", "uriel_diverse_2"}


def test_a_base_encoder_that_was_pretrained_on_the_bitext_is_named_and_counted_on_request(workspace):
    graph = Graph.of(workspace)
    graph.bases["small"]["pretrained_on"] = "qaa qab"
    found = impact.of_target(graph, targets.required(graph, "bitext/qab.parquet"))
    assert impact.of(graph, found)["pretraining"] == ["Base encoder small was pretrained on the text of qab"]
    assert len(impact.of(graph, impact.with_pretraining(graph, found))["runs"]) == graph.column("select count(*) from runs")[0]


def test_people_get_the_rows_that_lose_cells_and_the_verdicts_that_would_be_others(workspace):
    shown = CliRunner().invoke(cli.group, ["impact", "bitext/qab.parquet"], catch_exceptions=False)
    assert (
        shown.exit_code == 0
        and "Without the file bitext/qab.parquet fall: " in shown.stdout
        and "small/latin_diverse_2" in shown.stdout
    )
    told = json.loads(CliRunner().invoke(cli.group, ["impact", "bitext/qab.parquet", "--json"], catch_exceptions=False).stdout)
    assert {"withdrawn", "runs", "models", "cells", "figures", "verdicts"} <= set(told)


@pytest.mark.parametrize(("word", "answer"), [
    ("German", r"German \(deu\) is no language of this study; known: qaa, qab, qac, qad$"),
    ("eng", r"English \(eng\) is no language of this study; known: qaa"),
    ("Germn", r"nothing here is called `Germn`; languages of this study, known: qaa"),
    ("qaabb", r"nearest: qab, qaa, qad$"),
])  # fmt: skip
def test_what_looks_like_a_language_is_answered_with_languages(workspace, word, answer):
    with pytest.raises(BadInput, match=answer):
        CliRunner().invoke(cli.group, ["impact", word], catch_exceptions=False)


@pytest.mark.parametrize("word", ["German", "german", "de", "ger", "deu"])
def test_a_language_is_found_by_its_codes_and_by_its_name(workspace, monkeypatch, word):
    monkeypatch.setattr(targets, "languages", lambda graph: {"deu", "qaa"})
    assert targets.required(Graph.of(workspace), word) == targets.Target("language", "deu")


def test_what_nobody_knows_is_answered_with_near_names(workspace):
    with pytest.raises(BadInput, match=r"nearest: bitext/qa"):
        CliRunner().invoke(cli.group, ["impact", "bitext/qax.parquet"], catch_exceptions=False)
