"""What a bundle holds beside its predictions: what says where the numbers come from, as files a person can read."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import licences
from realignment.corpora.manifest import Inputs
from realignment.languages import grouping
from realignment.records.record import Record
from realignment.study import study_file

Files = dict[str, bytes]  # path in the bundle -> content
README = """# The study of profile `{profile}`, to be checked

1. Python 3.9 or newer is all that is needed: no package, no network, a minute.
2. Run `python3 -I verify.py` in this folder; where you have the public key of the authors, `python3 -I verify.py KEY.pem`.
3. It holds every file against MANIFEST, checks the signature, computes every score again from predictions and gold, and the tables from these:
   it says how many numbers agree, counts those that it does not recompute, and names the first that is wrong. Scores, means and standard
   deviations agree to the last digit; standard errors, degrees of freedom, p, verdicts, what could have been found, and what random draws and
   the best subset are said to be (`verdicts.py` and the programs it loads) to nine digits (what could have been found: seven), or as they are printed.
4. Exit code 0: all agrees. 1: something does not. 2: this is no whole bundle of its version, or a signature lacks its key.

`tables/` are the report's (scores in [0, 1], differences in `verdicts` and `random` in points), `predictions/ENCODER/ROW/TASK/sSEED.csv.gz` what
each run answered, `gold/` the labels of the test sentences (of questions: all answers), without their text. `study.json` holds the record of every run, `bundle.json` what
cannot be recomputed and why, `data/` the manifest of the corpora, rows left out, subsets and settings, `models.csv` the hash of every model.
The labels in `gold/` are under the licences of their corpora: `licences.csv`.
"""


def tables(workspace: Workspace) -> Files:
    """The report's tables that are CSV."""
    folder = workspace.reports / "tables"
    found = {f"tables/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.csv"))}
    if "tables/scores.csv" not in found:
        where = folder.relative_to(workspace.root) if folder.is_relative_to(workspace.root) else folder
        raise BadInput(f"{where}/scores.csv is required and does not exist; make it with `dvc repro report`")
    return found


def told(workspace: Workspace, study: Mapping[str, Any], known: Inputs) -> Files:
    """Records, manifests, what was left out, languages with their groups, models, environments, licences."""
    records: list[Record] = study["records"]
    copied = {"study.json": workspace.study, "data/manifest.json": workspace.manifest, "data/languages.csv": workspace.languages}
    copied |= {"data/subsets.json": workspace.subsets, "data/settings.yaml": workspace.settings, "data/dvc.lock": workspace.lock}
    copied |= {f"data/quality/{path.name}": path for path in sorted(workspace.quality.glob("*.json"))}
    return {
        **{name: path.read_bytes() for name, path in copied.items() if path.is_file()},
        "README.md": README.format(profile=workspace.profile).encode(),
        "data/excluded.csv": table(excluded(workspace)),
        "data/groups.csv": table(groups(study, known)),
        "models.csv": table(models(study)),
        "licences.csv": table(licensed(known)),
        "environment.json": as_json(environment(records)),
    }


def table(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """CSV of rows that share their keys."""
    rows, out = list(rows), io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def excluded(workspace: Workspace) -> list[dict]:
    """Rows of bitexts and evaluation sets that `check` left out, with the reason."""
    import pyarrow.parquet as pq

    return pq.read_table(workspace.excluded).to_pylist()


def groups(study: Mapping[str, Any], known: Inputs) -> list[dict]:
    """By what the columns of the tables take a language into their means."""
    found = []
    for label, about in sorted(study["encoders"].items()):
        for code, one in known.languages.items():
            seen = "yes" if grouping.seen_by(one, about["seen"]) else "no"
            pool = "yes" if one.pool else "no"
            about_it = {"language": code, "name": one.name, "joshi": one.joshi, "pool": pool, "seen": seen}
            found.append({"encoder": label, **about_it, "group": grouping.group(one, about["seen"])})
    return found


def models(study: Mapping[str, Any]) -> list[dict]:
    """One row per file of a model that a run made, and one per base encoder; the weights themselves are in no bundle."""
    bases = [
        {"run": "base encoder", "key": "", "model": label, "file": about["name"], "sha256": about["sha256"]}
        for label, about in sorted(study_file.bases(study).items())
    ]
    made = [
        {"run": one.name, "key": one.key, "model": one.model, "file": name, "sha256": value}
        for one in study["records"]
        for name, value in sorted(one.files.items())
    ]
    return bases + made


def licensed(known: Inputs) -> list[dict]:
    """One row per source, revision and licence of the corpora, with the number of files and what the licence leaves open."""
    counts = Counter(
        (one["kind"], one.get("origin", ""), one.get("revision", ""), one.get("licence") or "unknown")
        for one in known.entries.values()
    )
    return [
        {"kind": kind, "origin": origin, "revision": revision, "licence": text, "files": count, **vars(licences.terms(text))}
        for (kind, origin, revision, text), count in sorted(counts.items())
    ]


def environment(records: Iterable[Record]) -> dict:
    """Versions, device, threads and numerics of each verb, and the kernels; each with the number of its runs."""
    versions: Counter[str] = Counter()
    kernels: Counter[str] = Counter()
    for one in records:
        versions[json.dumps({"verb": one.verb, **one.environment}, sort_keys=True)] += 1
        kernels[one.kernels or "unknown"] += 1
    return {
        "environments": [{**json.loads(text), "runs": count} for text, count in sorted(versions.items())],
        "kernels": dict(sorted(kernels.items())),
    }
