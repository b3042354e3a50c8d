"""data/published as Croissant 1.1: one file, written from the data dictionary and the files themselves."""

import json
from typing import Any

from realignment.core import hashing
from realignment.lineage.exports.croissant import CONFORMS, CONTEXT
from realignment.paper import dictionary
from realignment.paper.dictionary import Column
from realignment.paper.paper import SCORES, Paper

NAME = "realignment-authors-runs"
TYPES = {"text": "sc:Text", "integer": "sc:Integer", "number": "sc:Float"}
FORMATS = {"csv": "text/csv", "tsv": "text/tab-separated-values"}
ABOUT = (
    "The scores of every run that the authors of the paper stored: one row per encoder, subset of languages, seed, task, evaluation set, language and "
    f"metric ({SCORES}); the languages each run was realigned on; what is known by means alone; and the tables and claims of the paper as printed. "
    "Figures only, re-tabulated; no text of a corpus. README.md beside this file says what is missing and what is odd."
)
SOURCE = "https://github.com/felixgaschi/multilingual-alignment-and-transfer"
CITED = "Nguyen, Anugraha, Gaschi, Cheng and Lee: Rethinking what Matters: Effective and Robust Multilingual Realignment for Low-Resource Languages, 2025"
LIMITS = (
    "African POS scores rest on the reference code's map of tags and are probably too low; mBERT fine-tuned only has no African POS scores by seed; Thai NER "
    "is near zero; rows that are one run printed twice have files of some tasks only."
)


def describe(paper: Paper) -> dict[str, Any]:
    """The Croissant metadata; tables stand in the order of the dictionary."""
    columns = dictionary.columns(paper)
    names = dictionary.files(paper)
    return {
        "@context": CONTEXT, "@type": "sc:Dataset", "name": NAME, "conformsTo": CONFORMS, "description": ABOUT, "url": SOURCE,
        "license": "Facts. The repository they are from is MIT by Appendix A.8 of the paper; counts of african_tags.tsv: CC BY-NC 4.0", "citeAs": CITED,
        "isBasedOn": [SOURCE, "https://github.com/masakhane-io/masakhane-pos"], "distribution": [_file(paper, name) for name in names],
        "recordSet": [_records(name, [one for one in columns if one.file == name]) for name in names],
        "rai:dataCollection": f"Result files of the authors' repository ({SOURCE}, scripts/2025_aacl/results), re-tabulated.",
        "rai:dataLimitations": LIMITS,
    }  # fmt: skip


def _file(paper: Paper, name: str) -> dict[str, Any]:
    path = paper.path(name)
    kind = name.split(".")[1]
    return {
        "@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": name, "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": FORMATS[kind], "sha256": hashing.file_digest(path), "description": f"{len(paper.rows(name)):,} rows.",
    }  # fmt: skip


def _records(name: str, columns: list[Column]) -> dict[str, Any]:
    stem = name.partition(".")[0]
    return {"@type": "cr:RecordSet", "@id": stem, "name": stem, "field": [_field(stem, one) for one in columns]}


def _field(stem: str, one: Column) -> dict[str, Any]:
    told = [
        one.about,
        f"unit: {one.unit}" if one.unit else "",
        f"values: {one.values}" if one.values else "",
        f"source: {one.source}",
    ]
    return {
        "@type": "cr:Field", "@id": f"{stem}/{one.column}", "name": one.column, "dataType": TYPES[one.type],
        "description": "; ".join(filter(None, told)), "source": {"fileObject": {"@id": one.file}, "extract": {"column": one.column}},
    }  # fmt: skip


def text(paper: Paper) -> str:
    """What croissant.json must hold."""
    return json.dumps(describe(paper), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
