"""`realignment vectors rebuild` and `add`: the proof of the snapshot that ships, and further snapshots."""

import csv
import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from realignment.core.console import note, progress, table
from realignment.core.errors import BadInput, FailedWork
from realignment.core.files import writable
from realignment.core.workspace import project_root
from realignment.languages import table as languages

SHIPPED = "uriel_plus_66"
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command(help="Make the snapshot again from the wheel of urielplus on PyPI, and compare it cell by cell; about a minute.")
@click.option("--wheel", type=click.Path(path_type=Path), help="The wheel, where it was downloaded before.")
@JSON
def rebuild(wheel: Path | None, as_json: bool) -> None:
    from realignment.languages import families, uriel, urielplus

    began = time.monotonic()
    snapshot = uriel.read(project_root() / "data" / "uriel" / f"{SHIPPED}.tsv.gz")
    with tempfile.TemporaryDirectory() as place:
        held = wheel or download(Path(place))
        found = hashlib.sha256(held.read_bytes()).hexdigest() if held.is_file() else "no file"
        if found != urielplus.SHA256:
            raise BadInput(
                f"{held}: the wheel of urielplus {urielplus.VERSION} is required, sha256 {urielplus.SHA256[:12]}; got {found[:12]}"
            )
        note("integrating its databases")
        base, branches = urielplus.integrate(urielplus.Wheel(held)), urielplus.Wheel(held).branches()
    union = base.united()
    with progress("imputing") as advance:
        cells = urielplus.rounded(base.languages, union, advance)
    rows, wrong = [], 0
    for code, glottocode, values, known in zip(
        snapshot.codes, snapshot.glottocodes, snapshot.values, snapshot.known, strict=True
    ):
        shipped = [f"{'' if sure else 'i'}{value}" for value, sure in zip(values.tolist(), known.tolist(), strict=True)]
        made = dict(zip(base.features, cells[glottocode], strict=True))
        different = sum(made.get(name) != cell for name, cell in zip(snapshot.features, shipped, strict=True))
        wrong += different
        rows.append(
            {"code": code, "glottocode": glottocode, "cells": len(shipped), "known": int(known.sum()), "different": different}
        )
    table(rows, as_json=as_json)
    note(
        f"{len(rows)} languages x {len(snapshot.features)} features, of {len(base.languages)} imputed together, in {time.monotonic() - began:.0f} s"
    )
    if wrong or list(snapshot.features) != base.features:
        raise FailedWork(f"{wrong} cells differ from {snapshot.origin}; what ships is not what this wheel gives")
    note(f"equal to {snapshot.origin}, cell by cell")
    shipped = families.read(project_root() / "data" / "uriel" / families.FILE)
    if other := sorted(code for code in shipped | branches if shipped.get(code) != branches.get(code)):
        raise FailedWork(
            f"the families of {len(other)} languages ({', '.join(other[:5])}) are not those of this wheel; see {families.FILE}"
        )
    note(f"equal to {families.FILE}, {len(branches)} languages")


def download(place: Path) -> Path:
    """The wheel from the package index, as a file: nothing is installed."""
    from realignment.languages import urielplus

    note(f"downloading urielplus {urielplus.VERSION}")
    words = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(place),
        f"urielplus=={urielplus.VERSION}",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedWork(
            f"urielplus {urielplus.VERSION} could not be downloaded: {' '.join(done.stderr.split())[-200:]}; give it with --wheel"
        )
    return next(place.glob("*.whl"))


@click.command(help="Add a snapshot NAME from TABLE: one row per language (glottocode or ISO code first), one column per feature, cells 0, 1, "
               "and -1 or nothing where unknown, as URIEL+ exports its union. Unknown cells are imputed over all rows.")  # fmt: skip
@click.argument("name")
@click.argument("source", metavar="TABLE", type=click.Path(path_type=Path))
@JSON
def add(name: str, source: Path, as_json: bool) -> None:
    from realignment.config.rules import LABEL, LABELLED
    from realignment.languages import uriel, urielplus
    from realignment.paper import table6_recomputed

    if not LABEL.fullmatch(name):
        raise BadInput(f"a snapshot is named {LABELLED}, 64 at most; got `{name}`")
    target = project_root() / "data" / "uriel" / f"{name}.tsv.gz"
    writable(target.parent)
    if target.exists():
        raise BadInput(f"{target}: a snapshot of that name exists; choose another name, or delete it")
    codes, features, union = read_table(source)
    with progress("imputing") as advance:
        cells = urielplus.rounded(codes, union, advance)
    rows = []
    for code, one in sorted(languages.paper().items()):
        known = languages.codes()[code]
        spelt = [known["glottocode"], one.vector, code, known["individual"]]
        if one.vector and (held := next((key for key in spelt if key in cells), None)):
            rows.append((one.vector, known["glottocode"], cells[held]))
    if not any(row[0] == languages.paper()[languages.ENGLISH].vector for row in rows):
        raise BadInput(
            f"{source}: a row for English (stan1293 or eng) is required; its first column holds {', '.join(codes[:3])}, ..."
        )
    uriel.write(target, rows, features)
    note(
        f"{target}: {len(rows)} of the paper's 66 languages x {len(features)} features; use it with `select: {{vectors: {name}}}`"
    )
    changes = table6_recomputed.changes(uriel.read(target.with_name(f"{SHIPPED}.tsv.gz")), uriel.read(target))
    table(changes, columns=["name", "n", "jaccard", "leave", "enter"], as_json=as_json)


def read_table(path: Path):
    """(codes, features, values) of a table; BadInput names line and column of a cell that is none."""
    import numpy as np

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
    except (OSError, UnicodeDecodeError, ValueError) as fault:
        raise BadInput(f"{path}: a CSV or TSV of language vectors is required; cannot be read: {fault}") from None
    spelt = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0, "-1": -1.0, "-1.0": -1.0, "": -1.0}
    values = np.empty((len(rows), len(header) - 1))
    for line, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise BadInput(f"{path} line {line}: {len(header)} columns are required; got {len(row)}")
        for place, cell in enumerate(row[1:]):
            if cell not in spelt:
                raise BadInput(f"{path} line {line}, column {header[place + 1]}: 0, 1, -1 or nothing is required; got {cell!r}")
            values[line - 2, place] = spelt[cell]
    if not rows or len(header) < 2:
        raise BadInput(
            f"{path}: rows of languages and columns of features are required; it has {len(rows)} and {len(header) - 1}"
        )
    return [row[0] for row in rows], header[1:], values
