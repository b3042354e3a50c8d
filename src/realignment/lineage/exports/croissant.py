"""The corpora of a study as Croissant 1.1: a croissant.json per bitext and per evaluation set, written from the manifest.

What nobody wrote down, such as a citation or who labelled the text, is left out.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from realignment.corpora.manifest import Inputs
from realignment.lineage.exports.files import UNSTATED

FILE_NAME = "croissant.json"
CONFORMS = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
OURS = (
    "citeAs", "column", "examples", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isLiveDataset", "jsonPath",
    "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source",
    "subField", "transform", "arrayShape", "isArray",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
    **{name: f"cr:{name}" for name in OURS}, "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
}  # fmt: skip
GENERATED = "Generated text that borrows the traits of real languages. It tests software and says nothing about languages."
PLACE = "The addresses of the files are relative to the checkout of the study."


def of_study(known: Inputs) -> dict[str, dict[str, Any]]:
    """Folder of a set -> its description. A bitext is a set of one file, an evaluation set has a file per language."""
    sets: dict[str, list[dict]] = defaultdict(list)
    for path, entry in sorted(known.entries.items()):
        sets[path.removesuffix(".parquet") if entry["kind"] == "bitext" else path.rpartition("/")[0]].append(entry)
    return {name: _of_set(name, entries, known) for name, entries in sets.items()}


def _of_set(name: str, entries: list[dict], known: Inputs) -> dict[str, Any]:
    profile, licences = known.workspace.profile, sorted({one["licence"] or UNSTATED for one in entries})
    sources = sorted({(one["origin"] or UNSTATED, one["revision"] or UNSTATED) for one in entries})
    data = known.workspace.data.relative_to(known.workspace.root).as_posix()
    shown = f"{'Bitext' if entries[0]['kind'] == 'bitext' else 'Evaluation set'} {name} of profile {profile}"
    about = "; ".join(f"{origin}, revision {revision}" for origin, revision in sources)
    generated = any("generated" in one for one in licences)
    return {
        "@context": CONTEXT, "@type": "sc:Dataset", "name": f"{profile}-{name.replace('/', '-')}", "conformsTo": CONFORMS,
        "description": f"{shown}. From {about}. {PLACE}", "license": licences[0] if len(licences) == 1 else licences,
        "inLanguage": sorted({one["language"] for one in entries}), "isBasedOn": sorted({origin for origin, _ in sources}),
        "distribution": [_file(one, data) for one in entries], "recordSet": [made for one in entries if (made := _records(one, known))],
        "rai:dataCollection": f"{about}.", "rai:dataPreprocessingProtocol": [_rows(one, known) for one in entries],
        **({"rai:dataLimitations": GENERATED} if generated else {}),
    }  # fmt: skip


def _file(entry: Mapping[str, Any], data: str) -> dict[str, Any]:
    raw = [f"{one['path']} (sha256 {one['sha256']})" for one in entry["inputs"]]
    return {
        "@type": "cr:FileObject", "@id": entry["path"], "name": entry["path"], "contentUrl": f"{data}/{entry['path']}",
        "contentSize": f"{entry['bytes']} B", "encodingFormat": "application/x-parquet", "sha256": entry["sha256"],
        "description": f"Made from {', '.join(raw)}." if raw else f"Made from {entry['origin'] or 'a source that is not stated'}.",
    }  # fmt: skip


def _rows(entry: Mapping[str, Any], known: Inputs) -> str:
    """What became of the rows, so that the counts add up."""
    refused = ", ".join(f"{count} {why}" for why, count in sorted(entry["rows_refused"].items()))
    out = len(known.rows_out(entry["path"]))
    left = f" ({refused})" if refused else ""
    return (
        f"{entry['path']}: {entry['rows_read']} rows were read, {entry['rows_kept']} kept and {sum(entry['rows_refused'].values())} refused{left}; "
        f"{out} of the kept rows were left out of the study by its checks."
    )


def _records(entry: Mapping[str, Any], known: Inputs) -> dict[str, Any] | None:
    """The columns as the file has them; None where the file is not at hand."""
    import pyarrow.parquet as pq

    path = known.workspace.data / entry["path"]
    if not path.is_file():
        return None
    name = entry["path"].removesuffix(".parquet")
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [_field(name, one, entry["path"]) for one in pq.read_schema(path)],
    }


def _field(records: str, column: Any, file: str) -> dict[str, Any]:
    many = {"isArray": True, "arrayShape": "-1"} if str(column.type).startswith("list") else {}
    source = {"fileObject": {"@id": file}, "extract": {"column": column.name}}
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{column.name}",
        "name": column.name,
        "dataType": "sc:Integer" if "int" in str(column.type) else "sc:Text",
        **many,
        "source": source,
    }


def absent(known: Inputs) -> str:
    """A sentence on files of the manifest that are not at hand, whose columns are therefore not described; "" where all are."""
    gone = [path for path in sorted(known.entries) if not (known.workspace.data / path).is_file()]
    return f"{len(gone)} files of the manifest are not at hand ({gone[0]}, ...): their columns are not described" if gone else ""


def write(folder: Path, sets: Mapping[str, Mapping[str, Any]]) -> Iterable[Path]:
    """The files that were written."""
    for name, one in sets.items():
        path = folder / name / FILE_NAME
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(one, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
        yield path
