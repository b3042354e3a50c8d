"""The graph of a report: every cell of every table, in agreement with the records, up to date, whole, and honest about what is not there."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import huggingface_hub
import pytest
import record_chains
from click.testing import CliRunner
from huggingface_hub.errors import LocalEntryNotFoundError
from told_study import mine, told

from realignment import cli
from realignment.core.errors import BadInput, FailedWork
from realignment.engine.bases import locate
from realignment.lineage import build, bytes_at_hand, content, numbers, targets
from realignment.lineage import graph as questions
from realignment.lineage.graph import Graph
from realignment.records import sealing
from realignment.results import addresses, by_set, study_tables, tables
from realignment.study import study_file

__all__ = ["mine", "told"]  # a fixture
KEPT = ("run", "key", "cell_key", "run_id", "model", "parent", "languages", "seconds", "score")


@pytest.fixture
def workspace(told, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(told.root)
    return told


def cells(workspace) -> list[str]:
    """The addresses of the cells of every table of the report, by the tables themselves."""
    known = content.read(workspace)
    found, studies = known.tables
    names = tables.tasks(found)
    listed = []
    for study in studies:
        for table in (*study_tables.of_study(study, names), *by_set.of_study(study, found, names)):
            for line in table.lines:
                for column, value in zip(table.columns, line.values, strict=True):
                    if value.mean is None:
                        continue
                    if table.kind.startswith("languages-"):
                        parts = (study.encoder, column, addresses.of_column(table.kind, column), line.head[0])
                    else:
                        parts = (study.encoder, line.head[1], addresses.of_column(table.kind, column))
                    listed.append("/".join(parts))
    return listed


def test_every_cell_of_every_table_resolves_to_source_revision_hash_licence_and_checks(workspace):
    graph, listed = Graph.of(workspace), cells(workspace)
    stored = set(graph.column("select address from cells where id in (select cell from shown)"))
    assert len(set(listed)) > 150 and {_full(graph, name) for name in listed} == stored
    for name in dict.fromkeys(listed):
        answer = questions.of_cell(graph, addresses.parse(name, 2))
        assert answer["data"] and answer["runs"], name
        assert all("has no registered model here" in text for text in answer["incomplete"]), (
            name
        )  # the store was filled from study.json
        for row in answer["data"]:
            assert all((row["origin"], row["revision"], row["licence"], row["checks"])) and len(row["sha256"]) == 64, (name, row)
            assert all(len(raw["sha256"]) == 64 for raw in row["raw"]) and row["raw"], (name, row)


def _full(graph: Graph, name: str) -> str:
    return str(questions.resolved(graph, addresses.parse(name, 2)))


def test_the_graph_answers_for_every_cell_what_the_records_say(workspace):
    graph, known = Graph.of(workspace), content.read(workspace)
    for name in dict.fromkeys(cells(workspace)):
        cell = addresses.parse(name, 2)
        ours, theirs = questions.of_cell(graph, cell), record_chains.of_cell(cell, known)
        assert ours["score"] == theirs["score"] and ours["data"] == theirs["data"] and ours["base"] == theirs["base"], name
        for part in ("runs", "models"):
            assert [{key: row.get(key) for key in KEPT} for row in ours[part]] == [
                {key: row.get(key) for key in KEPT} for row in theirs[part]
            ], name


@pytest.mark.parametrize("name", ["small/all/pos/made HRL/gain", "small/all/pos/qad/gain", "small/none/pos/HRL/gain"])
def test_a_number_that_stands_in_no_table_is_that_of_the_same_scores(workspace, name):
    """A gain on an evaluation set, on a language, and of the row itself, which the graph does not hold."""
    graph, known = Graph.of(workspace), content.read(workspace)
    cell = addresses.parse(name, 2)
    assert questions.of_cell(graph, cell)["score"] == record_chains.of_cell(cell, known)["score"]


def test_a_question_loads_neither_torch_nor_mlflow(workspace):
    Graph.of(workspace)
    code = "import sys; from realignment import cli\ntry: cli.main(sys.argv[1:])\nexcept SystemExit: pass\nprint(*sys.modules)"
    for words in (
        ["lineage", "small/all/pos/HRL"],
        ["impact", "bitext/qab.parquet"],
        ["lineage", "diff", "small/all/pos", "small/none/pos"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=workspace.root, capture_output=True, text=True, check=True
        )
        assert not {"torch", "mlflow", "transformers"} & {name.split(".")[0] for name in done.stdout.split()}, words


def test_a_run_that_is_computed_once_more_is_the_only_one_written_again(mine):
    Graph.of(mine).connection.close()
    content = study_file.read(mine.study)
    before = _numbers(mine)
    content["records"][0] = sealing.sealed({**content["records"][0], "seconds": 99.5})
    _write(mine, content)
    found, old = Graph.of(mine), content["records"][0]["key"]
    after = {row["key"]: row for row in found.ask("select * from runs")}
    assert after[old]["seconds"] == 99.5
    assert {key: row["id"] for key, row in after.items() if key != old} == {
        key: number for key, number in before.items() if key != old
    }


def _numbers(workspace) -> dict[str, int]:
    return {row["key"]: row["id"] for row in Graph.of(workspace).ask("select key, id from runs")}


def _write(workspace, content) -> None:
    """study.json as a study would have written it; no tracking store, no dvc.lock, no .work says otherwise."""
    (workspace.root / "mlflow.db").unlink(missing_ok=True)
    shutil.rmtree(workspace.work, ignore_errors=True)
    workspace.study.write_text(json.dumps(study_file.sealed(content)))


def test_a_graph_with_a_changed_byte_is_made_again_and_says_so(mine, capsys):
    wanted = questions.of_cell(Graph.of(mine), addresses.parse("small/all/pos", 2))
    file = build.file(mine)
    content = bytearray(file.read_bytes())
    place = content.index(b"small/all/pos/HRL")
    content[place] ^= 1
    file.write_bytes(content)
    assert questions.of_cell(Graph.of(mine), addresses.parse("small/all/pos", 2)) == wanted
    assert "is not as it was written; it is made again" in capsys.readouterr().err


def test_a_score_that_was_edited_in_study_json_is_refused_though_the_graph_knows_better(mine):
    Graph.of(mine)
    mine.study.write_text(mine.study.read_text().replace('"score": 0.4', '"score": 0.9', 1))
    with pytest.raises(FailedWork, match="was changed after it was written"):
        Graph.of(mine)


def test_where_no_file_can_be_written_the_graph_is_made_in_memory(mine):
    shutil.rmtree(mine.reports, ignore_errors=True)
    mine.reports.parent.mkdir(exist_ok=True)
    mine.reports.write_text("a file where the folder should be")
    graph = Graph.of(mine)
    assert questions.of_cell(graph, addresses.parse("small/all/pos", 2))["score"]["n"] == 2
    assert mine.reports.is_file()


def test_a_clone_without_a_tracking_store_answers_and_says_that_runs_are_in_none(mine):
    (mine.root / "mlflow.db").unlink()
    answer = questions.of_cell(Graph.of(mine), addresses.parse("small/all/pos", 2))
    assert answer["score"]["n"] == 2 and {row["run_id"] for row in answer["runs"]} == {""}
    assert answer["incomplete"] == ["The run evaluate small all pos s17 (and 5 more) is in no tracking store here."]
    assert not (mine.root / "mlflow.db").exists()


def test_a_parent_that_is_gone_is_said_to_be_gone(mine):
    content = study_file.read(mine.study)
    lost = next(one for one in content["records"] if one["name"] == "finetune small all pos s17")
    content["records"].remove(lost)
    _write(mine, content)
    found = questions.of_cell(Graph.of(mine), addresses.parse("small/all/pos", 2))
    assert (
        f"evaluate small all pos s17 read the model of run {lost['key'][:12]}, of which study.json holds no record."
        in found["incomplete"]
    )
    assert [row["run"] for row in found["models"]] == ["finetune small all pos s23", "realign small all s23"]


def test_a_run_that_read_another_model_than_its_parent_made_is_named(mine):
    content = study_file.read(mine.study)
    place = next(number for number, one in enumerate(content["records"]) if one["name"] == "evaluate small all pos s17")
    content["records"][place] = sealing.sealed({**content["records"][place], "read": "0" * 64})
    _write(mine, content)
    found = questions.of_cell(Graph.of(mine), addresses.parse("small/all/pos", 2))["incomplete"]
    assert (
        "evaluate small all pos s17 read another model than the one that the record of finetune small all pos s17 names." in found
    )


def test_a_run_of_an_older_version_is_said_to_be_one(mine):
    content = study_file.read(mine.study)
    for number, one in enumerate(content["records"]):
        if one["name"] == "evaluate small all pos s17":
            content["records"][number] = sealing.sealed({name: value for name, value in one.items() if name != "kernels"})
    _write(mine, content)
    found = questions.of_cell(Graph.of(mine), addresses.parse("small/all/pos", 2))["incomplete"]
    assert "The run evaluate small all pos s17 is of an older version and does not say on which kernels it ran." in found


def test_predictions_are_compared_with_their_record(mine):
    graph = Graph.of(mine)
    answer = questions.of_cell(graph, addresses.parse("small/all/pos", 2))
    bytes_at_hand.look(graph, answer)
    assert {row["bytes"] for row in answer["runs"]} == {bytes_at_hand.NOT_HERE}
    run = answer["runs"][0]
    folder = bytes_at_hand.asked.folder_of(mine.root, graph.places[run["key"]].folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "predictions.parquet").write_text("others")
    bytes_at_hand.look(graph, answer)
    assert (
        answer["runs"][0]["bytes"] == bytes_at_hand.CHANGED
        and "is not the file that the record names" in answer["runs"][0]["changed"]
    )
    (folder / "predictions.parquet").write_text(run["key"])  # what the record was made with
    bytes_at_hand.look(graph, answer)
    assert answer["runs"][0]["bytes"] == bytes_at_hand.AS_RECORDED


def test_an_encoder_of_a_hub_that_is_in_no_cache_is_not_at_hand_and_the_hub_is_not_asked(workspace, tmp_path, monkeypatch):
    asked = []

    def download(local_files_only=False, **wanted):
        asked.append(local_files_only)
        raise LocalEntryNotFoundError("it is not in the cache")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    base = {"label": "small", "name": f"hub:somebody/something@{'0' * 40}", "sha256": "1" * 64}
    answer = {"data": [], "runs": [], "models": [], "base": base}
    bytes_at_hand.look(Graph.of(workspace), answer)
    assert answer["base"]["bytes"] == bytes_at_hand.NOT_HERE and asked == [True]


def test_a_base_encoder_with_another_byte_is_changed(workspace):
    graph = Graph.of(workspace)
    answer = {"data": [], "runs": [], "models": [], "base": questions.of_cell(graph, addresses.parse("small/all/pos", 2))["base"]}
    config = locate.at_hand(answer["base"]["name"], workspace.root) / "config.json"
    text = config.read_text()
    try:
        bytes_at_hand.look(graph, answer)
        assert answer["base"]["bytes"] == bytes_at_hand.AS_RECORDED
        config.write_text(text.replace("{", "{ ", 1))
        bytes_at_hand.look(graph, answer)
        assert answer["base"]["bytes"] == bytes_at_hand.CHANGED
    finally:
        config.write_text(text)


def test_the_scores_of_the_graph_are_those_of_the_tables_without_what_is_taken_away(workspace):
    graph, (found, studies) = Graph.of(workspace), content.read(workspace).tables
    (run,) = graph.runs("run.name = 'evaluate small all pos s17'")
    gone = ("ner", "made", "qab")
    left = [one for one in found if (one.subset, one.control, one.task, one.seed) != ("all", "", "pos", "17")]
    left = [one for one in left if (one.task, one.set, one.language) != gone]
    assert sorted(numbers.scores(graph), key=repr) == sorted(found, key=repr)
    assert (
        sorted(numbers.scores(graph, {run["key"]}, {gone}), key=repr) == sorted(left, key=repr)
        and len(left) == len(found) - 4 - 12
    )
    (made,) = numbers.studies(graph, numbers.scores(graph))
    rows = studies[0].rows(["pos", "ner"])
    assert made.rows(["pos", "ner"]) == rows and [made.size(row) for row in rows] == [studies[0].size(row) for row in rows]


def test_a_data_file_that_is_another_now_is_marked_broken_in_the_tree(mine):
    mine.bitext("qab").write_bytes(b"others")
    shown = CliRunner().invoke(cli.group, ["lineage", "small/all/pos"], catch_exceptions=False)
    assert "BROKEN: not the bytes that were read: bitext/qab.parquet" in shown.stdout


@pytest.mark.parametrize(("name", "kind", "holds"), [
    ("evaluate small all pos s17", "run", "finetune small all pos s17"),
    ("sample.small.all.computed", "model", "realign small all s23"),
    ("bitext/qab.parquet", "file", "realign small all s17"),
    ("data/sample/bitext/qab.parquet", "file", "source corpus of bitexts; revision r1; licence CC0-1.0"),
    ("raw/bitext/qab.parquet.txt", "raw", "bitext/qab.parquet"),
])  # fmt: skip
def test_runs_models_and_files_are_found_by_name(workspace, name, kind, holds):
    assert targets.find(Graph.of(workspace), name).kind == kind
    shown = CliRunner().invoke(cli.group, ["lineage", name], catch_exceptions=False)
    assert shown.exit_code == 0 and holds in shown.stdout


def test_a_file_and_a_run_are_found_by_the_beginning_of_a_hash_or_an_id(workspace):
    graph = Graph.of(workspace)
    (file,) = graph.ask("select * from files where path = 'bitext/qab.parquet'")
    run = graph.runs("name = 'realign small all s17'")[0]
    assert targets.find(graph, file["sha256"][:12]).name == "bitext/qab.parquet"
    assert targets.find(graph, graph.places[run["key"]].run[:12]).rows[0]["key"] == run["key"]
    weights = graph.column("select sha256 from outputs where name = 'weights' and run = ?", run["id"])[0]
    assert targets.find(graph, weights[:20]).rows[0]["key"] == run["key"]


@pytest.mark.parametrize(("name", "answer"), [
    ("evaluate small al pos s17", "nearest: evaluate small all pos s17"),
    ("bitext/qae.parquet", "nearest: bitext/qad.parquet"),
    ("models:/sample.small.all.computed/77", "no model is registered here"),
    ("small/all/pos/nowhere", "no column of the report and no language that has a score for pos"),
    ("smal/all/pos", "nearest: small/all/pos"),
    ("", "is required; got ``, which names nothing"),
    (" ", "is required; got ` `, which names nothing"),
    ("/", "is required; got `/`, which names nothing"),
    ("models:/", "no run here registered `models:/`"),
    ("raw/bitext/q_b.parquet.txt", "no file of the study is called `raw/bitext/q_b.parquet.txt`"),
])  # fmt: skip
def test_what_nobody_knows_is_answered_with_near_names(workspace, name, answer):
    with pytest.raises(BadInput, match=answer):
        CliRunner().invoke(cli.group, ["lineage", name], catch_exceptions=False)


def test_a_page_of_a_tree_stands_by_itself_and_holds_every_file(workspace, tmp_path):
    page = tmp_path / "chain.html"
    CliRunner().invoke(cli.group, ["lineage", "small/all/pos", "--html", str(page)], catch_exceptions=False)
    text = page.read_text()
    assert all(word not in text for word in ("<script", "http://", "https://", "<link", "@import"))
    answer = questions.of_cell(Graph.of(workspace), addresses.parse("small/all/pos", 2))
    assert all(row["sha256"] in text for row in answer["data"]) and all(row["run"] in text for row in answer["models"])


def test_a_cell_of_a_language_reads_the_test_file_of_that_language_alone(workspace):
    answer = questions.of_cell(Graph.of(workspace), replace(addresses.parse("small/all/pos", 2), of="qad"))
    assert [row["path"] for row in answer["data"] if row["role"].startswith("evalset")] == ["evalsets/pos/made/qad.parquet"]
