"""The summary runs of a study follow its tables, and no reader takes one for the run of a job."""

import csv
import io
import math

import made_up
import pytest
import small_grid

from realignment import tracking
from realignment.languages import table as languages
from realignment.records import sealing
from realignment.results import formatting, headings, study_tables, summaries, tables

KNOWN = {one.code: one for one in made_up.world()}


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return summaries.of_records(made_up.read(), KNOWN, made_up.subsets())


def brought(root, rows, seal="a study") -> int:
    return tracking.summarise(root, "sample", rows, seal)


def runs(root) -> dict:
    return {run.info.run_name: run for run in tracking.search(root, "sample", "tags.kind = 'summary'")}


def test_a_summary_says_what_scores_of_all_seeds_come_to(rows):
    """Over the languages of a level within a task and seed, then over tasks, then over seeds."""
    row = next(one for one in rows if one["name"] == "latin_diverse_5 (small)")
    level = [one.code for one in made_up.world() if one.level == "HRL" and not one.is_pivot]
    by_seed = []
    for seed in (17, 23):
        means = []
        for task in made_up.SETS:
            (found,) = [one for one in made_up.records() if one.name == f"evaluate small latin_diverse_5 {task} s{seed}"]
            means.append(sum(one.score for one in found.scores if one.language in level) / len(level))
        by_seed.append(sum(means) / len(means))
    mean = sum(by_seed) / 2
    assert row["metrics"]["all/HRL"] == pytest.approx(mean, abs=1e-12)
    assert row["metrics"]["sd/all/HRL"] == pytest.approx(math.sqrt(sum((one - mean) ** 2 for one in by_seed)), abs=1e-12)
    assert row["metrics"]["seeds/all/HRL"] == 2


def test_the_numbers_are_those_of_the_tables_that_are_written_out(rows):
    """To the last digit, mean, standard deviation and number of seeds."""
    found, studies = tables.studies(made_up.read(), KNOWN, made_up.subsets())
    shown, compared = {one["tags"]["row"]: one["metrics"] for one in rows}, 0
    for table in study_tables.of_study(studies[0], tables.tasks(found)):
        prefix = {"levels": "all", "retrieval": "retrieval", "levels-pos": "pos"}.get(table.kind)
        for line in csv.DictReader(io.StringIO(formatting.comma_separated(table))) if prefix else ():
            for name, text in line.items():
                column, _, part = name.rpartition(" ")
                if text and column in table.columns:
                    metric = {"mean": "", "std": "sd/", "n": "seeds/"}[part] + f"{prefix}/{column}"
                    assert shown[line["Name"]].get(metric, 0) == float(text)
                    compared += 1
    assert compared > 300


def test_averages_by_level_stand_first_where_mlflow_sorts_by_name(rows):
    names = list(rows[0]["metrics"])
    assert names == sorted(names)
    assert all(name.startswith("all/") for name in names[:6]) and "all/HRL" in names[:6]


def test_rows_have_the_order_of_the_tables_in_mlflow(checkout, rows):
    brought(checkout, rows)
    assert list(runs(checkout)) == [one["name"] for one in rows]
    assert [headings.label(one) for one in _study().rows(headings.TASKS)] == [one["tags"]["row"] for one in rows]


def _study() -> tables.Study:
    return tables.studies(made_up.read(), KNOWN, made_up.subsets())[1][0]


def test_no_reader_of_runs_counts_a_summary(checkout, rows):
    record = small_grid.record()
    run = tracking.save(checkout, "sample", record, None, keep=False)
    brought(checkout, rows)
    assert tracking.finished(checkout, "sample") == {record.key: run}
    assert tracking.seals(checkout, "sample") == {record.key: record.seal}
    assert tracking.count(checkout, "sample") == 1
    assert tracking.missing(checkout, "sample", [record.key]) == []
    assert set(tracking.interface(checkout, "sample")["runs"]) == {record.key}


def test_what_is_right_stays_what_changed_is_replaced_and_what_is_stale_goes(checkout, rows):
    assert brought(checkout, rows) == len(rows)
    before = {name: run.info.run_id for name, run in runs(checkout).items()}
    assert brought(checkout, rows) == 0
    first, *others = rows
    changed = {**first, "metrics": {**first["metrics"], "all/HRL": 0.5}}
    assert brought(checkout, [changed, *others[1:]], "another study") == 1
    after = {name: run.info.run_id for name, run in runs(checkout).items()}
    assert after.keys() == before.keys() - {others[0]["name"]}
    assert {name for name in after if after[name] != before[name]} == {first["name"]}
    assert runs(checkout)[first["name"]].data.metrics["all/HRL"] == 0.5


def test_a_summary_somebody_wrote_into_is_replaced(checkout, rows):
    brought(checkout, rows)
    name = rows[0]["name"]
    tracking.prepare(checkout).log_metric(runs(checkout)[name].info.run_id, "all/HRL", 0.99, step=1)
    assert brought(checkout, rows) == 1
    assert runs(checkout)[name].data.metrics == rows[0]["metrics"]


def test_whether_a_study_has_its_summaries_is_seen_without_its_tables(checkout, rows):
    assert not tracking.summarised(checkout, "sample", "a study")
    brought(checkout, rows)
    assert tracking.summarised(checkout, "sample", "a study")
    assert not tracking.summarised(checkout, "sample", "another study")
    tracking.prepare(checkout).delete_run(runs(checkout)[rows[0]["name"]].info.run_id)
    assert not tracking.summarised(checkout, "sample", "a study")


def test_the_page_finds_a_row_by_its_name(checkout, rows):
    brought(checkout, rows)
    known = tracking.interface(checkout, "sample")["summaries"]
    assert known["small/uriel_diverse_5 shuffled"] == runs(checkout)["uriel_diverse_5 shuffled (small)"].info.run_id
    assert len(known) == len(rows)


def test_runs_by_hand_are_marked_until_a_study_takes_them_over(checkout):
    """A trial is in no table; a run of the study's own key counts from then on."""
    run = tracking.save(checkout, "sample", small_grid.record(), None, keep=False)
    study = tracking.begin_study(checkout, "sample")
    own = tracking.save(checkout, "sample", small_grid.record(seed=23), None, keep=False, parent_run=study)
    origin = {one.info.run_id: one.data.tags.get("origin") for one in tracking.search(checkout, "sample")}
    assert (origin[run], origin[own], origin[study]) == ("by hand", "study", None)
    tracking.adopt(checkout, run)
    assert tracking.prepare(checkout).get_run(run).data.tags["origin"] == "study"


def test_runs_restore_makes_the_summaries_of_a_clone(tmp_path, empty_store, monkeypatch):
    from click.testing import CliRunner

    from realignment.commands import runs as listing

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    workspace = made_up.write(tmp_path)
    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    monkeypatch.setattr(listing, "place", lambda: (tmp_path, "sample"))
    monkeypatch.setattr("realignment.core.outputs.require", lambda *_: None)
    monkeypatch.setattr("realignment.core.outputs.unchanged", lambda *_: True)
    for written in ("12 summaries of rows written", ""):
        done = CliRunner().invoke(listing.command, ["restore", "--quiet"], catch_exceptions=False)
        assert done.exit_code == 0 and written in done.output
        assert len(tracking.summaries(tmp_path, "sample")) == 12
    content = made_up.read()
    assert tracking.summarised(tmp_path, "sample", content[sealing.SEAL])
    assert languages.read(workspace.languages)
