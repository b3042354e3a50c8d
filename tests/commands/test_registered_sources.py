"""Every source of runs that is at hand: a study's sets were run too."""

import json

import pytest
from finished_study import ROOT, finished  # noqa: F401  a fixture

from realignment.commands import registered_sources
from realignment.core.errors import BadInput
from realignment.core.hashing import file_digest

pytestmark = pytest.mark.slow  # a whole study is made first


@pytest.fixture(scope="module")
def study(finished):  # noqa: F811
    (finished.root / "data" / "published").symlink_to(ROOT / "data" / "published")
    return finished


def test_the_sets_of_a_study_are_those_that_its_records_read(study):
    given = registered_sources.source_of(study.root, "ours")
    records = json.loads(study.study.read_text())["records"]
    wanted = {frozenset(one["languages"]) for one in records if one["verb"] == "realign" and not one["cell"]["control"]}
    assert {languages for _, _, _, languages in given.ran()} == wanted
    assert given.files == {"data/sample/study.json": file_digest(study.study)}


def test_the_study_of_a_profile_is_found_by_its_name_and_among_all_sources(study):
    assert registered_sources.source_of(study.root, "sample").name == "sample"
    assert [one.name for one in registered_sources.others(study.root)] == ["published", "sample"]
    assert [one.name for one in registered_sources.others(study.root, "published")] == ["sample"]


def test_a_profile_without_a_run_is_refused_by_name(study):
    with pytest.raises(BadInput, match="--source paper: profile `paper` has no finished run"):
        registered_sources.source_of(study.root, "paper")
