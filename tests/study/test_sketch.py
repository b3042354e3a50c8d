"""The grid before its corpora are here, against the grid of files; amounts by what is published."""

from dataclasses import replace
from pathlib import Path

import pytest
from encoders import build
from small_world import build as world

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.sources import catalogue
from realignment.study import amounts, amounts_published, forecast, grid, sketch
from realignment.study.workload import Loads

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A world of files, with floors, controls, and a row of equal pairs."""
    workspace, settings = world(tmp_path_factory.mktemp("checkout"), build(tmp_path_factory.mktemp("encoder"), "bert"))
    rows = {"subsets": ["none", "latin_diverse", "all"], "shuffled": ["all"], "equal_pairs": ["latin_diverse"], "draws": None}
    return workspace, replace(settings, study=replace(settings.study, **rows, device="cpu"))


@pytest.fixture
def paper():
    """The profile as a clone has it."""
    workspace = Workspace(ROOT, "paper")
    settings = params.load(workspace)
    return workspace, replace(settings, study=replace(settings.study, device="cuda"))


def test_a_sketch_has_the_jobs_of_the_grid(small):
    sketched, planned = sketch.plan(*small), grid.plan(*small)
    assert [job.name for job in sketched] == [job.name for job in planned]
    names = [{job.key: job.name for job in jobs} for jobs in (sketched, planned)]
    assert [names[0].get(job.parent) for job in sketched] == [names[1].get(job.parent) for job in planned]


def test_a_sketched_job_has_the_work_of_the_planned_one(small):
    """But for the languages that only files tell: here `all` is of the generator's pool, and equal pairs follow from the two of the name."""
    workspace, settings = small
    loads = Loads(workspace, settings, amounts.of(workspace, settings))
    for sketched, planned in zip(sketch.plan(*small), grid.plan(*small), strict=True):
        assert loads.of(sketched) == loads.of(planned), planned.name


def test_nothing_is_lacking_where_all_is_here_and_a_gpu_is_where_none_is(small):
    workspace, settings = small
    assert sketch.lacks(workspace, settings) == []
    assert sketch.lacks(workspace, replace(settings, study=replace(settings.study, device="cuda"))) == ["a GPU"]
    assert "data/paper/manifest.json" in sketch.lacks(Workspace(workspace.root, "paper"), settings)


def test_the_paper_s_grid_is_planned_right_after_a_clone(paper):
    """33 rows and a control, of which none is not realigned, two encoders, four seeds."""
    workspace, settings = paper
    jobs = sketch.plan(workspace, settings)
    assert sum(job.verb == "realign" for job in jobs) == 2 * 4 * 33
    assert sum(job.verb == "finetune" for job in jobs if job.cell.control in ("", "shuffled")) == 2 * 4 * 34 * 3
    found = forecast.of(workspace, settings, [], amounts_published.of(workspace, settings))
    assert found.sources(jobs) == {"assumed": len(jobs)}
    assert 0 < found.seconds(jobs).low < found.seconds(jobs).high


def test_the_paper_s_sentences_are_those_of_table_7(paper):
    """NLI: all of it, and Swahili XNLI, which the table leaves out and which has as many as every other language of it."""
    found = amounts_published.of(*paper)
    assert found.testing["nli"] == 5010 + sum(count for (_, task, _), count in languages.table7().items() if task == "nli")
    assert found.training["nli"] == 392_702
    assert found.heldout == 65


def test_limits_of_the_settings_hold_for_published_amounts(paper):
    workspace, settings = paper
    found = amounts_published.of(workspace, replace(settings, fetch=replace(settings.fetch, max_train=640, max_test=10)))
    assert set(found.training.values()) == {640}
    sets = {
        one.path for one in catalogue.plan(settings.fetch) if one.path.startswith("evalsets/nli/") and ".train." not in one.path
    }
    assert found.testing["nli"] == 10 * len(sets)


def test_of_a_folder_nothing_is_known_before_it_is_read():
    workspace = Workspace(ROOT, "mini")
    with pytest.raises(BadInput, match="reads a folder, whose rows are not known before they are fetched; run `dvc repro check`"):
        amounts_published.of(workspace, params.load(workspace))
