"""Stage `check`: quality and contamination; a violation stops the pipeline and says which rows.

reads   bitext/, evalsets/, languages.csv, manifest.json, and the snapshots of data/uriel
writes  excluded.parquet (kind, language, path, row, reason), quality/{bitext,evalsets,vectors,contamination}.json
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from realignment import contamination, inspection, languages, quality
from realignment.console import note, track
from realignment.errors import BadInput, FailedWork
from realignment.languages import Language
from realignment.schema import Check, Settings
from realignment.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

ROW, CELL = ("path", "row"), ("path", "language", "feature")


@dataclass
class Keys:
    """Evaluation sentences, by language: key -> the first set that holds it."""

    of: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, language: str, keys: dict[str, str]) -> None:
        self.of[language] = {**keys, **self.of.get(language, {})}

    def english(self, table: dict[str, Language]) -> dict[str, str]:
        """Those of the pivot."""
        return {key: name for code, one in table.items() if one.is_pivot for key, name in self.of.get(code, {}).items()}


@dataclass(frozen=True)
class Inspector:
    """What all checks share."""

    workspace: Workspace
    how: Check
    languages: dict[str, Language]
    examiner: quality.Examiner

    def read(self, entry: dict) -> "pa.Table":
        """The table of a manifest entry."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.workspace.data / entry["path"]
        try:
            return pq.read_table(path)
        except (OSError, pa.ArrowException) as fault:
            raise BadInput(f"{path}: named in the manifest and cannot be read ({fault}); `dvc repro fetch` makes it") from None


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """What each suite found, a row an expectation."""
    entries = read_manifest(workspace)
    known = languages.read(workspace.languages)
    inspector = Inspector(workspace, settings.check, known, quality.Examiner())
    note("checking evaluation sets")
    evalsets, keys = check_evalsets(inspector, [one for one in entries if one["kind"] == "evalset"])
    note("checking bitexts against them")
    bitexts, found, excluded = check_bitexts(inspector, [one for one in entries if one["kind"] == "bitext"], keys)
    vectors = check_vectors(workspace.vectors, inspector.examiner)
    workspace.quality.mkdir(parents=True, exist_ok=True)
    for name, content in {"bitext": bitexts, "evalsets": evalsets, "vectors": vectors, "contamination": found}.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (workspace.quality / f"{name}.json").write_text(text, encoding="utf-8")
    outcomes = [one for content in (evalsets, bitexts, vectors) for one in content["outcomes"]]
    if wrong := quality.violations(outcomes):
        remedy = "mend the data, or change the section check of the settings"
        raise FailedWork(f"check found {len(wrong)} violations: {' | '.join(wrong)}; {remedy}")
    write_excluded(workspace.excluded, excluded)
    shown = ("suite", "expectation", "column", "checked", "unexpected", "success")
    return [{name: one[name] for name in shown} for one in outcomes]


def read_manifest(workspace: Workspace) -> list[dict]:
    try:
        return json.loads(workspace.manifest.read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        required = "the manifest of the data is required and does not exist"
        raise BadInput(f"{workspace.manifest}: {required}; make it with `dvc repro fetch`") from None


def check_evalsets(inspector: Inspector, entries: list[dict]) -> tuple[dict, Keys]:
    """(outcomes and measures, the test sentences of each language)."""
    import pandas as pd

    keys, frames, files = Keys(), {"tagged sentences": [], "sentence pairs": []}, []
    for entry in track(entries, "evaluation sets"):
        table = inspector.read(entry)
        frame = inspection.examples(table, entry["task"], entry["path"])
        frames["sentence pairs" if entry["task"] == "nli" else "tagged sentences"].append(frame)
        files.append({**inspection.evalset_file(frame), "path": entry["path"]})
        columns = ["premise", "hypothesis", "split"] if entry["task"] == "nli" else ["words", "split"]
        keys.add(entry["language"], contamination.known(table.select(columns).to_pylist(), f"{entry['task']}/{entry['set']}"))
    suites, outcomes = quality.evalset_suites(inspector.how), []
    for name, parts in (*frames.items(), ("evaluation files", [pd.DataFrame(files)] if files else [])):
        if parts:
            outcomes += inspector.examiner.validate(name, suites[name], pd.concat(parts, ignore_index=True), ROW)
    return {"outcomes": outcomes, "files": files}, keys


def check_bitexts(inspector: Inspector, entries: list[dict], keys: Keys) -> tuple[dict, dict, list[dict]]:
    """(outcomes and measures, contamination by language, excluded rows)."""
    import pandas as pd

    how, examiner, english = inspector.how, inspector.examiner, keys.english(inspector.languages)
    frames, files, found, excluded = [], [], {}, []
    for entry in track(entries, "bitexts"):
        code, rows = entry["language"], inspector.read(entry)
        source = contamination.matches(rows.column("source").to_pylist(), english)
        target = contamination.matches(rows.column("target").to_pylist(), keys.of.get(code, {}))
        matched = {*source, *target}
        left_out = matched if how.contamination == "exclude" else ()
        frame = inspection.pairs(rows, entry["path"], left_out, how.max_words, how.max_ratio)
        script = languages.known(code, inspector.languages).script
        files.append({**inspection.bitext_file(frame, script, len(matched)), "path": entry["path"]})
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
