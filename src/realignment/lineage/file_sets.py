"""Sets of files that runs read together, by the digest that MLflow shows of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realignment.core.errors import BadInput
from realignment.lineage.graph import Graph
from realignment.tracking import datasets


@dataclass(frozen=True)
class FileSet:
    """`run` and `key` are of one that read it, `input_set` the files that this one read."""

    name: str  # all names of these bytes: `bitext/all, bitext/heldout`
    files: datasets.Files
    run: str
    key: str
    input_set: int


def by_hash(graph: Graph, text: str) -> list[FileSet]:
    """Those whose digest begins so; what is read under several names is one set."""
    found: dict[str, list[tuple[datasets.Files, dict]]] = {}
    for run in graph.ask("select name, key, verb, task, subset, input_set from runs group by verb, task, subset, input_set"):
        read = {
            one["role"]: one["used"] for one in graph.ask("select role, used from inputs where input_set = ?", run["input_set"])
        }
        for files in datasets.of_inputs(read, run["verb"], run["task"], run["subset"]):
            if files.sha256.startswith(text):
                found.setdefault(files.sha256, []).append((files, run))
    sets = []
    for same in found.values():
        files, run = same[0]
        names = ", ".join(sorted({one.name for one, _ in same}))
        sets.append(FileSet(names, files, run["name"], run["key"], run["input_set"]))
    return sets


def rows(graph: Graph, one: FileSet) -> tuple[Mapping[str, Any], ...]:
    """Its files in the manifest. BadInput where the manifest does not list all of these bytes: other files would stand for them."""
    used = sorted(set(one.files.used.values()))
    found = graph.ask(
        f"select distinct files.* from inputs join files on files.id = inputs.file where input_set = ? and same = 1 "
        f"and substr(files.path, 1, length(?)) = ? and used in ({', '.join('?' * len(used))}) order by files.path",
        one.input_set, f"{one.files.folder}/", f"{one.files.folder}/", *used,
    )  # fmt: skip
    if len(found) != len(one.files.used):
        raise BadInput(
            f"a set whose files manifest.json lists is required; of {one.name} it lists {len(found)} of {len(one.files.used)} as they were "
            f"read; `realignment lineage {one.key[:12]}` shows what {one.run} read"
        )
    return tuple(found)
