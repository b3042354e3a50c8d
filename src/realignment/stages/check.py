"""Stage `check`: quality and contamination; a violation stops the pipeline and says which rows.

reads   bitext/, evalsets/, languages.csv, manifest.json, and the snapshots of data/uriel
writes  excluded.parquet (kind, language, path, row, reason), quality/{bitext,evalsets,vectors,contamination}.json
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from realignment import contamination, inspection, languages, quality
from realignment.console import note, track
from realignment.errors import BadInput, FailedWork
from realignment.languages import Language
from realignment.schema import Check, Settings
from realignment.workspace import Workspace

ROW, CELL = ("path", "row"), ("path", "language", "feature")


@dataclass
class Keys:
    """Evaluation sentences, by language: key -> set."""

    of: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, language: str, keys: dict[str, str]) -> None:
        self.of[language] = {**keys, **self.of.get(language, {})}


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """What each suite found, a row an expectation."""
    how, table = settings.check, languages.read(workspace.languages)
    entries = read_manifest(workspace)
    examiner = quality.Examiner()
    note("checking evaluation sets")
    evalsets, keys = check_evalsets(workspace, [one for one in entries if one["kind"] == "evalset"], how, examiner)
    note("checking bitexts against them")
    bitexts, found, excluded = check_bitexts(workspace, [one for one in entries if one["kind"] == "bitext"], how, table, keys, examiner)
    vectors = check_vectors(workspace.vectors, examiner)
    results = {"bitext": bitexts, "evalsets": evalsets, "vectors": vectors, "contamination": found}
    workspace.quality.mkdir(parents=True, exist_ok=True)
    for name, content in results.items():
        (workspace.quality / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    outcomes = [one for content in (evalsets, bitexts, vectors) for one in content["outcomes"]]
    if wrong := quality.violations(outcomes):
        raise FailedWork(f"check found {len(wrong)} violations: {' | '.join(wrong)}; mend the data, or change the section check of the settings")
    write_excluded(workspace.excluded, excluded)
    return [{name: one[name] for name in ("suite", "expectation", "column", "checked", "unexpected", "success")} for one in outcomes]


def read_manifest(workspace: Workspace) -> list[dict]:
    try:
        return json.loads(workspace.manifest.read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        raise BadInput(f"{workspace.manifest}: the manifest of the data is required and does not exist; make it with `dvc repro fetch`") from None


def read_parquet(workspace: Workspace, entry: dict):
    """The table of a manifest entry."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(workspace.data / entry["path"])
    except (OSError, pa.ArrowException) as fault:
        raise BadInput(f"{workspace.data / entry['path']}: named in the manifest and cannot be read ({fault}); `dvc repro fetch` makes it") from None


def check_evalsets(workspace: Workspace, entries: list[dict], how: Check, examiner: quality.Examiner) -> tuple[dict, Keys]:
    """(outcomes and measures, the test sentences of each language)."""
    import pandas as pd

    keys, frames, files = Keys(), {"tagged sentences": [], "sentence pairs": []}, []
    for entry in track(entries, "evaluation sets"):
        table = read_parquet(workspace, entry)
        frame = inspection.examples(table, entry["task"], entry["path"])
        frames["sentence pairs" if entry["task"] == "nli" else "tagged sentences"].append(frame)
        files.append({**inspection.evalset_file(frame), "path": entry["path"]})
        columns = ["premise", "hypothesis", "split"] if entry["task"] == "nli" else ["words", "split"]
        keys.add(entry["language"], contamination.known(table.select(columns).to_pylist(), f"{entry['task']}/{entry['set']}"))
    suites, outcomes = quality.evalset_suites(how), []
    for name, parts in (*frames.items(), ("evaluation files", [pd.DataFrame(files)] if files else [])):
        if parts:
            outcomes += examiner.validate(name, suites[name], pd.concat(parts, ignore_index=True), ROW)
    return {"outcomes": outcomes, "files": files}, keys


def check_bitexts(
    workspace: Workspace, entries: list[dict], how: Check, table: dict[str, Language], keys: Keys, examiner: quality.Examiner
) -> tuple[dict, dict, list[dict]]:
    """(outcomes and measures, contamination by language, excluded rows)."""
    import pandas as pd

    english: dict[str, str] = {}
    for code, one in table.items():
        if one.is_pivot:
            english = {**english, **keys.of.get(code, {})}
    frames, files, found, excluded = [], [], {}, []
    for entry in track(entries, "bitexts"):
        code, rows = entry["language"], read_parquet(workspace, entry)
        source = contamination.matches(rows.column("source").to_pylist(), english)
        target = contamination.matches(rows.column("target").to_pylist(), keys.of.get(code, {}))
        matched = {*source, *target}
        frame = inspection.pairs(rows, entry["path"], matched if how.contamination == "exclude" else (), how.max_words, how.max_ratio)
        files.append({**inspection.bitext_file(frame, languages.known(code, table).script, len(matched)), "path": entry["path"]})
        found[code] = contamination.summary(rows.num_rows, source, target)
        out = frame[frame["reason"] != ""]
        excluded += [{"kind": "bitext", "language": code, **one} for one in out[["path", "row", "reason"]].to_dict("records")]
        files[-1]["excluded"] = {reason: int(number) for reason, number in sorted(out["reason"].value_counts().items())}
        frames.append(frame[frame["reason"] == ""])
    suites = quality.bitext_suites(how)
    outcomes = examiner.validate("bitext rows", suites["bitext rows"], pd.concat(frames, ignore_index=True), ROW)
    outcomes += examiner.validate("bitext files", suites["bitext files"], pd.DataFrame(files), ("path",))
    name_rows(outcomes, dict(zip((one["path"] for one in files), frames, strict=True)), excluded)
    return {"outcomes": outcomes, "files": files}, {"policy": how.contamination, "languages": found}, excluded


def name_rows(outcomes: list[dict], frames: dict, excluded: list[dict]) -> None:
    """Where a share of a bitext is a violation, its first rows join the example."""
    for one in outcomes:
        marks = {"identical_share": "identical", "duplicate_share": "duplicate"}.get(one["column"])
        for example in one["examples"] if marks or one["column"] == "contaminated_share" else ():
            if marks:
                frame = frames[example["path"]]
                rows = frame.loc[frame[marks], "row"].tolist()
            else:
                rows = [row["row"] for row in excluded if row["path"] == example["path"] and row["reason"].startswith("equal")]
            example["rows"] = inspection.present([str(row) for row in rows]) or None


def check_vectors(folder: Path, examiner: quality.Examiner) -> dict:
    import pandas as pd

    paths = sorted(folder.glob("*.tsv.gz"))
    if not paths:
        raise BadInput(f"{folder}: a snapshot of language vectors (*.tsv.gz) is required and there is none; restore it with git")
    cells, rows = zip(*(inspection.cells(path) for path in paths), strict=True)
    suites = quality.vector_suites()
    outcomes = examiner.validate("vector cells", suites["vector cells"], pd.concat(cells, ignore_index=True), CELL)
    for path, frame in zip(paths, rows, strict=True):
        outcomes += examiner.validate(f"vector languages of {path.name}", suites["vector languages"], frame, ("path", "language"))
    return {"outcomes": outcomes, "files": [path.name for path in paths]}


def write_excluded(path: Path, excluded: list[dict]) -> None:
    """Sorted by language and row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("kind", "language", "path", "row", "reason")
    columns = pa.schema([(name, pa.int64() if name == "row" else pa.string()) for name in names])
    rows = sorted(excluded, key=lambda one: (one["kind"], one["path"], one["row"]))
    pq.write_table(pa.Table.from_pylist(rows, schema=columns), path, compression="zstd")
