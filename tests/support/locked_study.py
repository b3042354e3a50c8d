"""The finished study as it lies in a checkout that DVC has run: dvc.lock, the pins, raw files in the manifest, a registered model."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from finished_study import finished

from realignment import tracking
from realignment.core import outputs
from realignment.core.workspace import Workspace
from realignment.results import by_set, formatting, study_tables, tables

__all__ = ["finished", "locked"]
ROOT = Path(__file__).parents[2]
RAW = {"path": "bitext/qab.tsv", "sha256": "ab" * 32, "bytes": 4321, "rows": 80}
STAGES = {  # verb -> what it reads, and what it writes, below the data folder
    "fetch": ([], ["bitext", "evalsets", "languages.csv", "manifest.json"]),
    "check": (["bitext", "evalsets", "manifest.json"], ["excluded.parquet"]),
    "select": (["languages.csv", "manifest.json"], ["subsets.json"]),
    "study": (["bitext", "evalsets", "excluded.parquet", "subsets.json"], ["study.json"]),
}


@pytest.fixture(scope="module")
def locked(finished) -> Workspace:
    """The checkout of `finished`, with what DVC and the reader of a folder leave."""
    content = json.loads(finished.manifest.read_text())
    for entry in content["files"]:
        if entry["path"] == "bitext/qab.parquet":
            entry |= {"inputs": [RAW], "origin": "folder: bitext", "revision": "v1", "licence": "CC BY 4.0"}
    finished.manifest.write_text(json.dumps(content))
    for name in ("requirements.txt", "conda.yaml", "python_env.yaml", "LICENSE"):
        shutil.copy(ROOT / name, finished.root)
    write_tables(finished)
    lock(finished)
    return finished


def write_tables(workspace: Workspace) -> None:
    """The CSV files of the report's tables."""
    from realignment.corpora import manifest
    from realignment.study import study_file

    folder = workspace.reports / "tables"
    folder.mkdir(parents=True)
    with tracking.reading():
        content = study_file.trusted(workspace)
    found, (study,) = tables.studies(content, manifest.load(workspace).languages, manifest.subsets(workspace))
    for table in [*study_tables.of_study(study, tables.tasks(found)), *by_set.of_study(study, found, tables.tasks(found))]:
        (folder / f"{table.name}.csv").write_text(formatting.comma_separated(table))


def lock(workspace: Workspace) -> None:
    """dvc.lock as DVC writes it, of the stages that the files in the checkout are of."""

    def place(name: str) -> dict:
        return {"path": f"data/sample/{name}", "hash": "md5", "md5": outputs.md5(workspace.data / name)}

    def given(name: str) -> dict:
        return {"path": name, "hash": "md5", "md5": outputs.md5(workspace.root / name)}

    stages = {
        "settings@sample": {"cmd": "realignment settings", "deps": [given("params.yaml"), given("profiles/sample.yaml"), CODE]}
    }
    stages |= {
        f"{verb}@sample": {"cmd": f"realignment {verb}", "deps": [*map(place, deps), CODE], "outs": [*map(place, outs)]}
        for verb, (deps, outs) in STAGES.items()
    }
    stages["study@sample"]["params"] = {"params.yaml": {"realign": {}}}
    report = {"path": "reports/sample/tables", "hash": "md5", "md5": outputs.md5(workspace.reports / "tables")}
    stages["report@sample"] = {"cmd": "realignment report", "deps": [place("study.json"), CODE], "outs": [report]}
    (workspace.root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}, sort_keys=False))


CODE = {"path": "src/realignment/corpora", "hash": "md5", "md5": "0" * 32 + ".dir"}
