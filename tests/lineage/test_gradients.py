"""A study that compares gradients, from its records to the page, the store, a bundle and the questions of the lineage."""

import csv
import json
import re
import shutil
import sqlite3
import statistics
from pathlib import Path

import bundled
import predicted_study
import pytest
from click.testing import CliRunner
from encoders import build

from realignment import cli
from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.lineage import impact, targets
from realignment.lineage.graph import Graph, of_cell
from realignment.lineage.proof import at_hand, runs
from realignment.results import addresses


@pytest.fixture(scope="module")
def study(tmp_path_factory, empty_store) -> Workspace:
    checkout = tmp_path_factory.mktemp("checkout")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        shutil.copy(empty_store, checkout / "mlflow.db")
        yield predicted_study.write(checkout, build(tmp_path_factory.mktemp("encoder"), "bert"), gradients=2)


@pytest.fixture(scope="module")
def records(study) -> list[dict]:
    return [one for one in json.loads(study.study.read_text())["records"] if one.get("gradients")]


def of(records: list[dict], task: str, subset: str, group: str) -> list[float]:
    """Its cosine, a seed each."""
    mine = [one for one in records if (one["task"], one["cell"]["subset"]) == (task, subset)]
    return [one["gradients"][group]["cosine"] for one in mine]


def table(study) -> list[dict]:
    with (study.reports / "tables" / "gradients.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_file_of_cosines_has_means_and_deviations_over_seeds(study, records):
    lines = table(study)
    assert len(lines) == 3 * 2 * 2, "tasks, rows, groups that both losses reach"
    for line in lines:
        values = of(records, line["task"], line["subset"], line["group"])
        assert (float(line["cosine"]), int(line["n"])) == (pytest.approx(statistics.fmean(values), abs=1e-12), 2)
        assert float(line["std"]) == pytest.approx(statistics.stdev(values), abs=1e-12)


def test_the_page_has_a_figure_and_a_table_an_encoder_and_task(study, records):
    page = study.page.read_text()
    for task in ("pos", "ner", "nli"):
        assert f'id="f-gradients-small-{task}"' in page
        assert (study.reports / "figures" / f"gradients-small-{task}.svg").is_file()
    values = of(records, "pos", "all", "layer_01")
    error = statistics.stdev(values) / 2**0.5
    shown = f"{statistics.fmean(values):+.3f} ± {error:.3f}".replace("-", "−")
    (caption,) = re.findall(r"small, POS: cosine of the gradients[^<]*", page)[:1]
    assert shown in page[page.index(caption) :]


def test_the_store_has_a_metric_a_block(study, records):
    with sqlite3.connect(f"file:{study.root / 'mlflow.db'}?mode=ro", uri=True) as store:
        rows = store.execute("select key, value from latest_metrics where key like 'gradient_cosine/%'").fetchall()
    wanted = [one["gradients"][group]["cosine"] for one in records for group in ("embedding", "layer_01")]
    assert sorted(value for _, value in rows) == pytest.approx(sorted(wanted))
    assert {key for key, _ in rows} == {"gradient_cosine/embedding", "gradient_cosine/layer_01"}


@pytest.fixture(scope="module")
def written(study, tmp_path_factory) -> Path:
    """The bundle of the study. Copy it before a change."""
    out = tmp_path_factory.mktemp("reviewer") / "bundle"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(study.root)
        CliRunner().invoke(cli.group, ["bundle", str(out)], catch_exceptions=False)
    return out


def test_a_bundle_computes_means_of_cosines_again_and_counts_those_of_runs_as_not_recomputed(study, written, records):
    done = bundled.checked(written)
    assert done.returncode == 0, done.stdout + done.stderr
    for column in ("cosine", "std", "n", "cosine of single batches", "error over batches"):
        assert f"tables, gradients: {column}: {len(table(study))} recomputed, {len(table(study))} agree" in done.stdout
    counted = sum(len(one["gradients"]) for one in records)
    assert f"not recomputed here: {counted} cosines of gradients of a run\n" in done.stdout


@pytest.mark.parametrize("column", ["cosine", "std", "n", "cosine of single batches", "error over batches"])
def test_a_changed_mean_of_cosines_its_spread_or_its_number_is_named(written, tmp_path, column):
    copy = Path(shutil.copytree(written, tmp_path / "bundle"))
    path = copy / "tables" / "gradients.csv"
    lines = bundled.lines_of(path)
    lines[1][column] = "7" if column == "n" else repr(float(lines[1][column]) + 1e-6)
    bundled.rewritten(path, lines)
    bundled.relisted(copy)
    done = bundled.checked(copy)
    assert done.returncode == 1
    assert f"WRONG, 1 in all; the first: tables/gradients.csv, line 3, {column}: given" in done.stdout


def test_a_line_or_the_file_of_cosines_that_was_taken_out_of_a_bundle_is_named(written, tmp_path):
    copy = Path(shutil.copytree(written, tmp_path / "bundle"))
    path = copy / "tables" / "gradients.csv"
    bundled.rewritten(path, bundled.lines_of(path)[:-1])
    bundled.relisted(copy)
    assert "gradients.csv" in bundled.checked(copy).stdout.splitlines()[-1]
    path.unlink()
    bundled.relisted(copy)
    done = bundled.checked(copy)
    assert done.returncode == 1 and "tables/gradients.csv" in done.stdout


def test_verify_says_of_each_evaluation_that_its_cosines_were_not_computed_again(study, records):
    here = at_hand.gather(study, params.load(study))
    found = [one for one in runs.links(here) if one.group == runs.GRADIENTS]
    assert len(found) == len(records)
    assert {one.why for one in found} == {runs.UNREPEATED}


def test_training_rows_and_pairs_of_the_comparison_are_no_data_of_a_score(study):
    data = of_cell(Graph.of(study), addresses.parse("small/none/pos", 2))["data"]
    assert data and not [one for one in data if one["role"].startswith("bitext/")], "fine-tuning only reads none"


def test_a_bitext_takes_the_figures_with_it_and_no_score_of_fine_tuning_only(study):
    graph = Graph.of(study)
    (code,) = graph.column("select language from files where kind = 'bitext' order by language limit 1")
    found = impact.of(graph, impact.of_target(graph, targets.required(graph, f"bitext/{code}.parquet")))
    assert {f"gradients-small-{task}" for task in ("pos", "ner", "nli")} <= set(found["figures"])
    fallen = [one["cell"] for one in found["cells"]]
    assert fallen and not [one for one in fallen if "/none/" in one and "/retrieval/" not in one]
