"""The addresses that page and README give, opened in MLflow's own interface: they show tables of runs, not the GenAI view."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import made_up
import pytest
from browser import CHROMIUM, browse, run, shown
from small_grid import files_of, made, trained
from waiting import LIMIT, until

from realignment import tracking
from realignment.core import network
from realignment.report import header, html, links, sections
from realignment.results import study_tables, summaries, tables
from realignment.results.averages import collect
from realignment.results.scores import of_records

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ROW = "latin_diverse_5"
TRAINED = "trained"  # an experiment of a realignment, a fine-tuning and an evaluation
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; Debian's package `chromium` is used")


@pytest.fixture(scope="module")
def root(tmp_path_factory, empty_store) -> Path:
    """A store with one row's evaluations of the made-up study, and the summaries of two rows."""
    folder = tmp_path_factory.mktemp("ui") / "a checkout"
    folder.mkdir()
    (folder / "mlflow.db").write_bytes(empty_store.read_bytes())
    records = [one for one in made_up.records() if one.verb == "evaluate" and one.cell.subset == ROW]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        rows = summaries.of_records(made_up.read(), {one.code: one for one in made_up.world()}, made_up.subsets())
        tracking.summarise(folder, "sample", [one for one in rows if one["tags"]["row"] in (ROW, "none")], "a study")
        tracking.import_runs(
            folder,
            "sample",
            [{"name": one.name, "tags": {"run_key": one.key}, "metrics": {"pos/mean": 0.5}} for one in records],
        )
        for number, one in enumerate(trained(files=files_of("weights"))):
            tracking.save(folder, TRAINED, one, made(folder.parent / str(number)), keep=True)
    return folder


@pytest.fixture(scope="module")
def address(root) -> str:
    """Where a real `mlflow ui` of that store answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [str(BIN / "mlflow"), "ui", "--backend-store-uri", tracking.uri(root), "--port", str(port), "--workers", "1"]
    log = (root.parent / "ui.log").open("w")
    server = subprocess.Popen(
        words, cwd=root, stdout=log, stderr=log, start_new_session=True, env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    )
    try:
        where = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{where}/health"), alive=lambda: server.poll() is None)
        yield where
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def answers(where: str) -> bool:
    try:
        urllib.request.urlopen(where, timeout=LIMIT)
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


@pytest.fixture(scope="module")
def text(root, address) -> str:
    """The page, made while that interface is the one that answers."""
    known, study = {language.code: language for language in made_up.world()}, made_up.read()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(network, "MLFLOW_UI", address)
        store = tracking.interface(root, "sample")
    one = tables.Study(collect(of_records(study["records"], known, {"small": "mbert"})), "small", made_up.SUBSETS)
    parts = sections.study_sections(study_tables.of_study(one, ["pos", "ner", "nli"]), [], {"small": "profile=sample"})
    behind = links.of_study(study, store, {})
    return html.render(html.Page("Study", "lead", {}, header.GENERATED, [*parts, sections.runs_section("sample", store)], behind))


def training(words: str) -> bool:
    """Whether MLflow shows its view of models and runs: the GenAI view has prompts in the bar at the left, and no registry of models."""
    return "Model registry" in words and "Prompts" not in words


@pytest.mark.slow
def test_the_address_of_all_runs_shows_them_in_a_table(text, address, tmp_path):
    link = re.search(rf'All runs in MLflow: ({address}/#/experiments/[^\s"<]+)', text)[1]
    words = shown(link, tmp_path / "profile")
    assert training(words) and "10 matching runs" in words
    assert f"evaluate small {ROW} pos s17" in words


@pytest.mark.slow
def test_a_cell_s_link_shows_its_runs_beside_each_other(text, address, tmp_path):
    script = f"""
    const row = [...document.querySelectorAll("#t-small-levels tbody tr")].find((one) => one.cells[1]?.textContent === "{ROW}");
    row.querySelector("td[data-s]").click();
    return [...document.querySelectorAll("#behind a")].filter((one) => one.textContent === "POS").map((one) => one.href);
    """
    (link,), _ = browse(text, tmp_path, script)
    words = shown(link, tmp_path / "profile")
    assert training(words) and "Comparing 2 Runs from 1 Experiment" in words
    assert all(f"evaluate small {ROW} pos s{seed}" in words for seed in (17, 23))


@pytest.mark.slow
def test_the_view_of_rows_shows_the_means_of_each_by_resource_level(root, address, tmp_path):
    where = f"{address}/#/experiments/{tracking.experiment(root, 'sample')}/runs?{network.ROWS_VIEW}"
    words = shown(where, tmp_path / "profile", "--window-size=2400,1000")  # the table holds the columns that are in sight
    assert training(words) and "2 matching runs" in words
    assert all(f"all/{level}" in words for level in ("HRL", "MRL", "LRL seen"))
    (mean,) = [run.data.metrics["all/HRL"] for run in tracking.search(root, "sample", f"tags.row = '{ROW}'")]
    assert f"{ROW} (small)" in words and f"{mean:.5f}"[:-1] in words


@pytest.mark.slow
def test_a_cell_s_link_shows_its_means_beside_those_of_fine_tuning_only(text, address, tmp_path):
    script = f"""
    const row = [...document.querySelectorAll("#t-small-levels tbody tr")].find((one) => one.cells[1]?.textContent === "{ROW}");
    row.querySelector("td[data-s]").click();
    return [...document.querySelectorAll("#behind a")].filter((one) => one.textContent.includes("fine-tuning only")).map((one) => one.href);
    """
    (link,), _ = browse(text, tmp_path, script)
    words = shown(link, tmp_path / "profile")
    assert training(words) and "Comparing 2 Runs from 1 Experiment" in words
    assert f"{ROW} (small)" in words and "none (small)" in words
    assert "all/Average" in words, "what the parallel plot begins with"


@pytest.mark.slow
def test_without_the_parameter_mlflow_shows_its_other_view_whatever_the_experiment_says_it_is(root, address, tmp_path):
    """Else the advice to choose the view of trainings could go."""
    tags = tracking.prepare(root).get_experiment_by_name("sample").tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    words = shown(f"{address}/#/experiments/{tracking.experiment(root, 'sample')}", tmp_path / "profile")
    assert not training(words) and "a run per row of the report's tables" in words, "the links of the description lead out of it"


@pytest.mark.slow
def test_the_address_of_the_readme_opens_the_view_of_runs(address, tmp_path):
    (link,) = set(re.findall(rf"{network.MLFLOW_UI}/#[^\s)`]*", (ROOT / "README.md").read_text()))
    words = shown(link.replace(network.MLFLOW_UI, address), tmp_path / "profile")
    assert training(words) and "sample" in words


@pytest.mark.slow
def test_mlflow_knows_no_other_word_for_that_view(address, tmp_path):
    """Else the tests above would not tell."""
    assert not training(shown(f"{address}/#/experiments/1?workflowType=model_training", tmp_path / "profile"))


@pytest.mark.slow
def test_the_page_of_a_run_shows_what_it_read_and_its_links_lead_to_their_pages(root, address, tmp_path):
    (tuned,) = tracking.search(root, TRAINED, "attributes.run_name LIKE 'finetune %'")
    where = f"{address}/#/experiments/{tracking.experiment(root, TRAINED)}/runs/{tuned.info.run_id}?{network.RUNS_VIEW}"
    page = run(where, tmp_path / "profile", "--virtual-time-budget=30000").stdout
    note = re.search(r"<li>.*read.*the model that.*?</ul>", page, re.DOTALL)
    assert note, shown(where, tmp_path / "again")[-2000:]
    links = {words: link for link, words in re.findall(r'<a [^>]*href="([^"]*)"[^>]*>([^<]*)</a>', note[0])}
    wanted = {
        f"realign small {ROW} s17": "Run ID",
        "metrics and data sets": "Logged model",
        "all runs of this experiment": "3 matching runs",
    }
    assert links.keys() >= wanted.keys()
    for number, (words, said) in enumerate(wanted.items()):
        seen = shown(f"{address}/{links[words].replace('&amp;', '&').lstrip('/')}", tmp_path / f"link {number}")
        assert said.lower() in seen.lower() and training(seen), words


@pytest.mark.slow
def test_the_table_of_runs_names_the_models_that_they_made(root, address, tmp_path):
    """Evaluations made none: MLflow's search does not give the models that a run read."""
    where = f"{address}/#/experiments/{tracking.experiment(root, TRAINED)}/runs?{network.RUNS_VIEW}"
    words = shown(where, tmp_path / "profile", "--window-size=2400,1000")
    assert "3 matching runs" in words and "Source Models" in words
    assert f"realignment realign sample.small.{ROW} v1" in words and f"realignment finetune sample.small.{ROW}.pos v1" in words
    assert "realignment evaluate -" in words
