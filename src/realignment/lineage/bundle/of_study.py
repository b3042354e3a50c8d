"""A finished study as the files of a bundle."""

from pathlib import Path

from realignment import tracking
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.lineage.bundle import contents, evidence
from realignment.records import predictions
from realignment.study import study_file

SHOWN = 3  # files that are not in the bundle, as a message names them


def collect(workspace: Workspace, *, signed: bool) -> tuple[contents.Files, dict]:
    """(path -> content, what bundle.json says of them). BadInput without a study or its report."""
    tables = contents.tables(workspace)
    study, known = study_file.trusted(workspace), manifest.load(workspace)
    if not study["records"]:
        raise BadInput(f"data/{workspace.profile}/study.json is required and holds no record; make it with `dvc repro study`")
    with tracking.reading():
        found = evidence.gather(known, study["records"], tracking.at_hand(workspace.root, workspace.profile, predictions.FILE))
    about = {
        "profile": workspace.profile,
        "signed": signed,
        "study": {name: value for name, value in study.items() if name != "records"},
        "missing": found.missing,
        "counts": {
            "records": len(study["records"]), "runs with predictions": found.runs, "predictions": found.labels, "tables": len(tables),
            "rows left out of files by check": sum(map(len, known.excluded.values())), "test sentences cut off": found.cut,
        },
    }  # fmt: skip
    files = {**tables, **contents.told(workspace, study, known), **found.files, "bundle.json": contents.as_json(about)}
    return files, about


def sentence(out: Path, about: dict) -> str:
    """What was written, for people."""
    counts, size = about["counts"], sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    missing = f"; of {len(about['missing'])} runs predictions or gold are not in it" if about["missing"] else ""
    kind = "signed" if about["signed"] else "unsigned"
    return (
        f"{out}: {kind}, {counts['tables']} tables, {counts['predictions']:,} predictions of {counts['runs with predictions']} runs, "
        f"{size / 2**20:.1f} MiB{missing}; check it with: python3 -I {out}/verify.py"
    )
