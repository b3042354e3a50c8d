"""`realignment tables`: one table from each source, and what it refuses."""

import json
import shutil
from pathlib import Path

import made_up
import profiles_made
import pytest
import shipped
from click.testing import CliRunner
from paper_files import THE_PAPER

from realignment import cli
from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.paper import recomputed
from realignment.report import paper_sections

ROOT = Path(__file__).parents[2]


@pytest.fixture
def at_hand(tmp_path, monkeypatch) -> Path:
    """A checkout with the authors' data and a made-up study of profile sample."""
    import pyarrow
    import pyarrow.parquet

    workspace = made_up.write(tmp_path)
    shipped.settings(tmp_path)
    for name in ("profiles", "data/published"):
        shutil.copytree(ROOT / name, tmp_path / name)
    pyarrow.parquet.write_table(
        pyarrow.table({"path": pyarrow.array([], "string"), "row": pyarrow.array([], "int64")}), workspace.excluded
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words: str):
    outcome = CliRunner().invoke(cli.group, ["tables", *words], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome


def rows(*words: str) -> list[dict]:
    return json.loads(call(*words, "--json").stdout)


def test_without_a_number_every_table_is_counted(at_hand):
    found = {row["table"]: row for row in rows()}
    assert list(found) == [str(number) for number in range(1, 12)]
    assert found == {row["table"]: row for row in paper_sections.counts(THE_PAPER)}


def test_printed_cells_come_as_printed(at_hand):
    found = {(row["Name"], row["column"]): row["text"] for row in rows("9", "--source", "printed")}
    assert len(found) == sum(cell.table == "9" for cell in THE_PAPER.printed)
    assert found["unseen_mbert__random_10", "NER"] == "52.48 ± 1.19"


def test_a_printed_number_says_that_it_is_from_print_and_names_no_scores(at_hand):
    lines = {row["signature"] for row in rows("8", "--source", "printed")}
    (line,) = lines
    assert line.startswith("source=printed | printed=") and "scores=" not in line


def test_a_source_without_a_table_is_refused(at_hand):
    with pytest.raises(BadInput, match="--source printed requires the number of a table, one of 1, 2, "):
        call("--source", "printed")


def test_authors_cells_come_from_their_runs(at_hand):
    found = {(row["Name"], row["column"]): row for row in rows("10", "--source", "published")}
    (cell,) = [one for one in recomputed.table(THE_PAPER, "10") if (one.printed.subset, one.printed.task) == ("all_65", "pos")]
    assert found["all_65", "POS"]["mean"] == cell.recomputed.mean
    assert found["all_65", "POS"]["n"] == 4


@pytest.mark.parametrize("number", ["2", "3"])
def test_where_no_run_of_the_authors_is_stored_the_signature_is_that_of_the_print(at_hand, number):
    (line,) = {row["signature"] for row in rows(number) if "profile=" not in row["signature"]}
    assert line.startswith("source=printed")


def test_ours_are_those_of_the_study_with_its_signature(at_hand):
    found = rows("8", "--source", "ours")
    assert {row["Name"] for row in found} == {"all", "none", "uriel_diverse_5", "uriel_similar_5", "latin_diverse_5", "random_5"}
    assert {row["Languages"] for row in found if row["Name"] == "all"} == {"16"}, (
        "all that it has, in the place of the paper's 65"
    )
    assert all(
        "profile=sample | preset=paper | reading=computed" in row["signature"] and "n=2" in row["signature"] for row in found
    )
    by_hand = []
    for record in made_up.records():
        cell = record.cell
        if (record.verb, record.task, cell.subset, cell.control) == ("evaluate", "ner", "random_5", ""):
            kept = [one.score for one in record.scores if one.language not in {"qas", "qat"}]  # out of distribution
            by_hand.append(sum(kept) / len(kept))
    (cell,) = [row for row in found if (row["Name"], row["column"]) == ("random_5", "NER")]
    assert cell["mean"] == pytest.approx(sum(by_hand) / 2)


def test_piped_output_is_tab_separated_and_notes_go_elsewhere(at_hand):
    outcome = call("4", "--source", "printed")
    lines = outcome.stdout.splitlines()
    assert lines[0].split("\t") == ["Section", "Task", "Languages", "XLM-R", "Llama 3.1 8B", "Gemma 2 9B"]
    assert {line.count("\t") for line in lines} == {5}
    assert "source=printed" in outcome.stderr


def test_lists_come_printed_from_the_data_and_from_the_profile(at_hand):
    assert [row["code"] for row in rows("5", "--source", "printed")] == [row["code"] for row in rows("5")]
    assert {row["code"] for row in rows("5", "--source", "ours")} == {one.code for one in made_up.world() if one.pool}
    slips = {row["name"]: row["in print"] for row in rows("6") if row["in print"]}
    assert slips["joshi_45__random_10"] == "pool: tam, for class 3, seen by mbert xlmr"
    assert {row["name"]: row["n"] for row in rows("6", "--source", "ours")}["all"] == 16
    assert {row["nli"] for row in rows("7", "--source", "ours")} == {"xnli 300"}


@pytest.mark.parametrize(("words", "answer"), [
    (["12"], "unknown table `12`; the paper has 1, 2, 3"),
    (["8", "--source", "our"], "unknown source `our`; nearest: ours"),
    (["3", "--source", "published"], "no run of the authors is stored for Table 3; --source printed"),
    (["9", "--source", "ours"], "the active profile has no run for Table 9"),
])  # fmt: skip
def test_what_cannot_be_shown_is_refused_by_name(at_hand, words, answer):
    with pytest.raises(BadInput, match=answer):
        CliRunner().invoke(cli.group, ["tables", *words], catch_exceptions=False)


def test_ours_without_a_study_says_how_to_make_one(at_hand):
    (at_hand / "data/sample/study.json").unlink()
    with pytest.raises(BadInput, match=r"study\.json: at least one finished run is required; make it with `dvc repro study`"):
        CliRunner().invoke(cli.group, ["tables", "8", "--source", "ours"], catch_exceptions=False)
    assert "dvc repro study" in call("8").stderr


def test_runs_that_do_not_go_together_are_refused(at_hand):
    path = at_hand / "data/sample/study.json"
    content = json.loads(path.read_text())
    content["records"][0]["scores"][0]["score"] = 61.2
    path.write_text(json.dumps(made_up.resealed(content)))
    with pytest.raises(BadInput, match=r"has 61\.2 for .* a score is a number in \[0, 1\]"):
        CliRunner().invoke(cli.group, ["tables", "8"], catch_exceptions=False)


def test_sizes_of_what_was_fetched_stand_beside_print_and_a_cut_is_said(tmp_path, monkeypatch):
    """A folder of real languages' codes; French is cut to what `fetch.max_test` keeps."""
    root = profiles_made.checkout(tmp_path / "checkout")
    (root / "data/published").symlink_to(ROOT / "data/published")
    workspace = profiles_made.own(root, "extends: mini\nfetch: {max_test: 2}\n")
    text = (root / "params.yaml").read_text().replace("profile: sample", "profile: own")
    (root / "params.yaml").write_text(text)
    entry = {
        "kind": "evalset",
        "language": "fra",
        "task": "pos",
        "set": "ud",
        "path": "evalsets/pos/ud/fra.parquet",
        "rows_kept": 2,
    }
    workspace.data.mkdir(parents=True)
    workspace.manifest.write_text(json.dumps({"files": [entry]}))
    languages.write(languages.paper().values(), workspace.languages)
    monkeypatch.chdir(root)
    outcome = call("7")
    line = next(line for line in outcome.stdout.splitlines() if line.startswith("French"))
    assert line.endswith("pos: 7542, here ud 2")
    assert (
        "1 differ, " in outcome.stderr
        and "fetch.max_test is 2 and fetch.max_train is 6,000, so that larger sets were cut" in outcome.stderr
    )
