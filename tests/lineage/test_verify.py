"""A study that the real `dvc repro` made, verified as it is and after what a forger, a slip or a broken disk may do to it."""

import json
import os
import shutil
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from reproduced import build

from realignment import cli, tracking
from realignment.commands.verify import remade
from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.lineage import verify
from realignment.lineage.proof.verdict import BROKEN, Link

CHANGES = int(os.environ.get("CHANGES", "50"))  # `make soak` asks for 1,000
PAIRS = 12_000  # MLflow's own digest of a data set ends at row 10,000
CHAIN = [
    "shipped data", "raw files", "manifest", "data files", "excluded rows", "subsets", "base encoder", "realigned encoders", "fine-tuned models",
    "predictions", "scores", "study.json", "tables", "figures", "page", "dvc.lock", "MLflow runs", "MLflow registered models",
    "MLflow rows of tables", "MLflow runs of the authors", "MLflow store as it was",
]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("finished") / "checkout", PAIRS)


@pytest.fixture
def root(finished, monkeypatch) -> Path:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(finished)
    return finished


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory) -> Path:
    """The report of the records, made once for all changes."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch, tracking.reading():
        patch.chdir(finished)
        remade(Workspace(finished, "mine"), params.load(Workspace(finished, "mine")), folder)
    return folder


def links(root: Path, report: Path | None = None, **how) -> list[Link]:
    """Verdicts on a checkout; with `report`, tables are compared with those and not made again, as long as they can be made."""
    workspace = Workspace(root, "mine")
    settings = params.load(workspace)

    def remake(folder: Path) -> None:
        remade(workspace, settings, folder) if report is None else shutil.copytree(report, folder, dirs_exist_ok=True)

    with tracking.reading():
        return verify.proven(workspace, settings, remake, **how)


def broken(found: list[Link]) -> list[Link]:
    return [one for one in found if one.verdict == BROKEN]


def told(found: list[Link]) -> str:
    return "\n".join(f"{one.group}: {one.name}: {one.why}" for one in broken(found))


def change(path: Path, place: int, chance: Random) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= chance.randrange(1, 256)
    path.write_bytes(content)


def files(root: Path) -> dict[str, list[Path]]:
    """Kind -> the files whose every byte decides something, or is known from what was written."""

    def below(*folders: str, names: str = "*") -> list[Path]:
        found = [path for folder in folders for path in sorted((root / folder).rglob(names)) if path.is_file()]
        return [path for path in found if path.name != "README.md" or "model" not in path.parts]

    return {
        "inputs": [
            *below(
                "corpora/mine/bitext", "corpora/mine/evalsets/pos", "data/mine/bitext", "data/mine/evalsets", "data/mine/quality"
            ),
            *below("data/published", "data/uriel"),
            *(root / "data/mine" / name for name in ("manifest.json", "excluded.parquet", "languages.csv", "subsets.json")),
            *(root / "encoder" / name for name in ("config.json", "model.safetensors", "tokenizer.json")),
        ],
        "predictions": below("mlruns", names="predictions.parquet"),
        "models": [path for path in below("mlruns") if path.parent.name == "model"],
        "tables": [*below("reports/mine"), root / "reports/index.html"],
        "records": [root / "data/mine/study.json", *below("mlruns", names="record.json")],
        "dvc.lock": [root / "dvc.lock"],
        "database": [root / "mlflow.db"],
    }


def names(path: Path, root: Path) -> list[str]:
    """By what a broken link may name a file: its path, or its run and its name."""
    shown = path.relative_to(root).as_posix()
    return [shown] if path.parts[len(root.parts)] != "mlruns" else [path.name, path.relative_to(root).parts[2]]


def test_every_link_of_a_finished_study_holds_and_the_counts_add_up(root):
    done = CliRunner().invoke(cli.group, ["verify", "--json"], catch_exceptions=False)
    said = json.loads(done.stdout)
    assert said["counts"]["broken"] == 0, [one for one in said["links"] if one["verdict"] == BROKEN]
    assert [row["group"] for row in said["groups"]] == CHAIN
    for row in [*said["groups"], said["counts"]]:
        assert row["links"] == row["held"] + row["broken"] + row["not at hand"]
    assert sum(row["links"] for row in said["groups"]) == said["counts"]["links"] == len(said["links"])
    assert said["counts"]["not at hand"] == 0


def test_single_changed_bytes_are_all_found_and_the_file_is_named(root, report):
    """Whichever file, whichever byte: the file is named by a broken link, and holds again when the byte is back."""
    kinds, chance, missed = files(root), Random(15), []
    assert all(kinds.values())
    for number in range(CHANGES):
        kind = list(kinds)[number % len(kinds)]
        path = chance.choice(kinds[kind])
        before = path.read_bytes()
        place = chance.choice(
            [n for n in range(len(before)) if kind != "database" or (n not in range(24, 28) and n not in range(92, 100))]
        )
        try:
            change(path, place, chance)
            said = told(links(root, report))
        finally:
            path.write_bytes(before)
        if not any(all(name in line for name in names(path, root)) for line in said.splitlines()):
            missed.append((path.relative_to(root).as_posix(), place, said[:500]))
    assert not missed
    assert not told(links(root, report))
