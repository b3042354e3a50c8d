"""A report is made of runs of the data and subsets at hand, and of no others."""

import copy
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
import small_grid
import small_world

from realignment.core.errors import BadInput
from realignment.corpora import manifest
from realignment.study import at_hand, grid


@pytest.fixture(scope="module")
def planned(tmp_path_factory, bert_folder) -> tuple:
    """(workspace, the jobs of its grid as records): what runs of the data at hand have read."""
    workspace, settings = small_world.build(tmp_path_factory.mktemp("planned"), bert_folder)
    some = replace(settings.study, subsets=["none", "latin_diverse"], shuffled=[], floors=False, tasks=["pos", "ner"])
    settings = replace(settings, study=some)
    jobs = grid.plan(
        workspace,
        settings,
    )
    return workspace, {"records": [small_grid.finished(job) for job in jobs]}


def current(workspace, study: dict, change=lambda manifest, subsets: None) -> None:
    """As if stages had written another manifest or other subsets since."""
    known, subsets = manifest.load(workspace), copy.deepcopy(manifest.subsets(workspace))
    entries = copy.deepcopy(known.entries)
    change(entries, subsets)
    at_hand.current(study, replace(known, entries=entries, found={}, places={}), subsets)


def test_runs_of_the_data_at_hand_are_accepted(planned):
    current(*planned)


def other_bytes(path: str):
    return lambda entries, subsets: entries[path].update(sha256="f" * 64)


@pytest.mark.parametrize(("change", "said"), [
    (other_bytes("evalsets/pos/made/qad.parquet"), "read evalsets/pos/made/qad.parquet with other rows"),
    (other_bytes("evalsets/ner/made/qaa.parquet"), "read the training rows of ner with other rows"),
    (other_bytes("bitext/qab.parquet"), "read bitext/qab.parquet with other rows"),
    (lambda entries, subsets: entries.pop("evalsets/pos/made/qad.parquet"), "read evalsets/pos/made/qad.parquet with other rows"),
    (lambda entries, subsets: subsets["subsets"]["latin_diverse_2"].update(languages=["qad"]),
     "was realigned on qab, qac, subsets.json has qad now"),
])  # fmt: skip
def test_runs_of_other_data_than_those_at_hand_are_no_table(planned, change, said):
    with pytest.raises(BadInput, match=said):
        current(*planned, change)


def test_rows_that_are_left_out_now_and_were_not_then_are_other_data(planned):
    workspace, study = planned
    known = manifest.load(workspace)
    excluded = replace(known, excluded={"bitext/qab.parquet": (3,)}, found={}, places={})
    with pytest.raises(BadInput, match=r"bitext/qab.parquet with other rows .* run `dvc repro study`"):
        at_hand.current(study, excluded, manifest.subsets(workspace))


@pytest.mark.parametrize("path", ["evalsets/pos/made/qad.parquet", "bitext/qab.parquet", "evalsets/ner/made/qaa.parquet"])
def test_a_file_that_was_edited_after_its_runs_is_no_table(planned, path):
    workspace, study = planned
    file = workspace.data / path
    before = file.read_bytes()
    try:
        pq.write_table(pq.read_table(file).slice(1), file)
        with pytest.raises(BadInput, match=rf"read {path}, which was changed after `fetch` wrote it"):
            current(workspace, study)
    finally:
        file.write_bytes(before)
    current(workspace, study)
