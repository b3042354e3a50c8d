"""Tables 5 and 7 of what was fetched, beside print: a row that is as printed differs in nothing, and any other says in what."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from paper_files import THE_PAPER

from realignment.core.workspace import Workspace
from realignment.corpora.manifest import Inputs
from realignment.languages import table as languages
from realignment.paper import own_lists
from realignment.paper.language_tables import TRAINING
from realignment.paper.own_lists import DIFFERS, NO_ROW, NOT_HERE


def fetched(folder: Path, sets: dict[tuple[str, str, str], dict[str, int]], known=None) -> Inputs:
    """A profile with test and training rows of each (language, task, set)."""
    workspace, entries = Workspace(folder, "own"), {}
    for (language, task, name), splits in sets.items():
        path = f"evalsets/{task}/{name}/{language}.parquet"
        entries[path] = {"kind": "evalset", "language": language, "task": task, "set": name, "rows_kept": 0}
        place = workspace.data / path
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"split": [split for split, rows in splits.items() for _ in range(rows)]}), place)
    return Inputs(workspace, entries, {}, languages.paper() if known is None else known)


@pytest.fixture
def given(tmp_path) -> Inputs:
    sets = {
        ("eng", "pos", "udpos"): {"train": 21787, "test": 5440},
        ("ces", "pos", "udpos"): {"test": 10159},
        ("fra", "pos", "udpos"): {"test": 5013},
    }
    sets |= {
        ("yor", "pos", "udpos"): {"test": 318},
        ("yor", "pos", "masakhapos"): {"test": 713},
        ("nya", "pos", "masakhapos"): {"test": 582},
    }
    return fetched(tmp_path, {**sets, ("ell", "pos", "gdt"): {"test": 456}, ("lat", "pos", "udpos"): {"test": 7}})


def test_sizes_stand_beside_print_and_what_differs_is_named(given):
    rows = {row["language"]: row for row in own_lists.beside(THE_PAPER, "7", given)}
    assert {name: row[DIFFERS] for name, row in rows.items() if row[DIFFERS] != NOT_HERE} == {
        TRAINING: "", "English (evaluation)": "", "Czech": "", "Yoruba": "", "Greek": "",
        "French": "pos: 7542, here udpos 5013", "Chichewa": "pos: -, here masakhapos 582", "lat": NO_ROW,
    }  # fmt: skip
    assert rows["Yoruba"]["pos here"] == "masakhapos 713, udpos 318"
    assert "nli" not in rows["French"], "a task that was not fetched differs in nothing"
    assert (
        own_lists.tally([*rows.values()])
        == f"5 rows as printed, 2 differ, {len(rows) - 8} not in this profile, 1 in no row of the paper"
    )


def test_a_language_is_as_table_5_has_it_or_not(tmp_path):
    known = {code: one for code, one in languages.paper().items() if code in ("eng", "tam", "swa")}
    known["swa"] = replace(known["swa"], joshi=3)
    known["lat"] = replace(known["swa"], code="lat", name="Latin")
    rows = {row["code"]: row for row in own_lists.beside(THE_PAPER, "5", fetched(tmp_path, {}, known))}
    assert len(rows) == 66
    assert (rows["tam"][DIFFERS], rows["lat"][DIFFERS], rows["fra"][DIFFERS]) == ("", NO_ROW, NOT_HERE)
    assert rows["swa"][DIFFERS] == "joshi: 2, here 3; vitality: LRL, here MRL"


def test_of_files_that_are_not_here_the_manifest_is_believed_but_for_english(given):
    for path in given.entries:
        (given.workspace.data / path).unlink()
        given.entries[path]["rows_kept"] = 10159
    assert {row["language"]: row["pos here"] for row in own_lists.beside(THE_PAPER, "7", given) if row["language"] in ("Czech", TRAINING)} == {
        "Czech": "udpos 10159", TRAINING: "",
    }  # fmt: skip
