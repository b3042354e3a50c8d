"""The chains of a page against the graph, cell by cell; which cells stand on a broken link, against a search through every chain."""

import json
from collections.abc import Iterable

import pytest
from told_study import told

from realignment.corpora import manifest
from realignment.lineage import graph as questions
from realignment.lineage import page_chains, standing
from realignment.lineage.graph import Graph
from realignment.lineage.proof.verdict import AWAY, BROKEN
from realignment.results import addresses, tables
from realignment.study import study_file

__all__ = ["told"]


@pytest.fixture(scope="module")
def checkout(told):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(told.root)
        yield told


@pytest.fixture(scope="module")
def chains(checkout) -> dict:
    study, known = study_file.trusted(checkout), manifest.load(checkout)
    quality = {path.stem: json.loads(path.read_text()) for path in checkout.quality.glob("*.json")}
    scored = tables.studies(study, known.languages, manifest.subsets(checkout))
    return json.loads(json.dumps(page_chains.of_study(study, scored, known, quality)))  # as a page has it


@pytest.fixture(scope="module")
def answers(checkout) -> dict[str, dict]:
    """What `realignment lineage CELL --json` says of every cell of the graph."""
    graph = Graph.of(checkout)
    names = graph.column("select address from cells")
    return {name: questions.of_cell(graph, addresses.parse(name, 2)) for name in names}


def on_way(answers: dict[str, dict], fits: callable) -> set[str]:
    """The cells in whose chain something fits, by brute force."""
    return {name for name, answer in answers.items() if fits(answer)}


def runs(answer: dict) -> Iterable[str]:
    return (row["key"] for row in (*answer["runs"], *answer["models"]))


def broken_by(chains: dict, answers: dict, link: str) -> set[str]:
    found = page_chains.broken(chains, {link: (BROKEN, "made up")})
    assert all(reasons == [reason] and reason.endswith("made up") for reasons in found.values() for reason in reasons)
    return found.keys() & answers.keys()


@pytest.mark.parametrize("verb", ["realign", "finetune", "evaluate"])
@pytest.mark.parametrize("kind", ["made", "parent", "run"])
def test_a_broken_link_of_a_run_breaks_the_cells_that_stand_on_the_run_and_no_other(chains, answers, verb, kind):
    for name, short, *_ in chains["runs"]:
        if name.startswith(verb):
            wanted = on_way(answers, lambda answer, short=short: any(key.startswith(short) for key in runs(answer)))
            assert broken_by(chains, answers, f"{kind}/{short}") == wanted, name
            assert wanted or not name.endswith("s17")


def test_changed_bytes_of_a_file_break_the_cells_that_are_trained_or_measured_on_it(chains, answers):
    many = {}
    for path, *_ in chains["files"]:
        wanted = on_way(answers, lambda answer, path=path: any(row["path"] == path for row in answer["data"]))
        assert broken_by(chains, answers, f"file/{path}") == wanted, path
        many[path] = len(wanted)
    assert {path.split("/")[1] for path, cells in many.items() if not cells} == {"nli"}, "the study has no run of it"
    assert len(set(many.values())) > 3 and max(many.values()) < len(answers)


def test_a_test_file_that_is_not_the_one_read_breaks_the_columns_with_its_language_alone(chains, answers):
    (short,) = [key for name, key, *_ in chains["runs"] if name == "evaluate small all pos s17"]
    found = broken_by(chains, answers, f"read/{short}/evalsets/pos/made/qab.parquet")
    wanted = on_way(
        answers,
        lambda answer: any(key.startswith(short) for key in runs(answer)) and "qab" in answer["cell"]["languages"].get("pos", ()),
    )
    assert found == wanted
    assert "small/all/pos/qab" in found and "small/all/pos/qac" not in found and "small/none/pos/qab" not in found


def test_a_base_encoder_that_is_another_breaks_every_cell(chains, answers):
    assert broken_by(chains, answers, "base/small") == answers.keys()


def test_what_reads_no_model_does_not_stand_on_the_base_encoder(chains, answers):
    """The majority; here in place of an evaluation of a fine-tuned model."""
    name = "evaluate small none pos s17"
    lone = {**chains, "runs": [[*run[:2], None, *run[3:]] if run[0] == name else run for run in chains["runs"]]}
    lone["rows"] = {"small/none": {"pos": [number for number, run in enumerate(lone["runs"]) if run[0] == name]}}
    assert broken_by(lone, answers, "base/small") == set()
    assert broken_by({**lone, "runs": chains["runs"]}, answers, "base/small")


def test_what_is_not_at_hand_breaks_nothing(chains):
    away = {f"made/{short}": (AWAY, "not here") for _, short, *_ in chains["runs"]}
    assert page_chains.broken(chains, away) == {}


def test_files_sources_licences_and_runs_stand_once(chains):
    for kind in ("files", "sources", "raw", "sets", "parts"):
        texts = [json.dumps(one) for one in chains[kind]]
        assert len(texts) == len(set(texts)), kind
    assert len({one[1] for one in chains["runs"]}) == len(chains["runs"]) > 30
    assert len(chains["runs"][0][1]) == standing.SHORT
