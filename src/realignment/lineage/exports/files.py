"""The files of a study in the graph: data by the manifest, where they came from, and what each stage read and wrote by dvc.lock."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realignment.config import params
from realignment.core import digests, hashing, outputs
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.corpora.manifest import Inputs
from realignment.lineage.exports.graph import COLLECTION, SOURCE, Act, Graph, Thing

UNSTATED = "unknown"
CODE = "src/"  # dependencies of a stage that are its code
KEPT = (  # what a crate holds beside the data folder's own files, relative to the checkout
    params.DEFAULTS, "dvc.yaml", "dvc.lock", "requirements.txt", "conda.yaml", "python_env.yaml", "LICENSE", "CITATION.cff",
)  # fmt: skip
OWN = ("settings.yaml", "languages.csv", "manifest.json", "excluded.parquet", "subsets.json", "study.json")  # of the data folder


def at_hand(workspace: Workspace) -> list[str]:
    """Paths of the small files that a crate holds: how the study was set, what it wrote, its report. No corpus is among them."""
    data = workspace.data.relative_to(workspace.root).as_posix()
    names = [*KEPT, *params.files(workspace.profile, workspace.root), *(f"{data}/{name}" for name in OWN)]
    found = [name for name in names if (workspace.root / name).is_file()]
    below = [workspace.quality, *(workspace.reports / one for one in ("tables", "figures", "plots", "authors"))]
    found += [
        path.relative_to(workspace.root).as_posix() for folder in below for path in sorted(folder.rglob("*")) if path.is_file()
    ]
    pages = [workspace.page, workspace.authors_page, workspace.reports / "metrics.json"]
    return sorted({*found, *(path.relative_to(workspace.root).as_posix() for path in pages if path.is_file())})


def put(graph: Graph, workspace: Workspace, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Every file of the manifest with the raw files and the source it came from, and what is at hand beside them."""
    data = workspace.data.relative_to(workspace.root).as_posix()
    for name in at_hand(workspace):
        path = workspace.root / name
        graph.keep(name, digests.of(path), path.stat().st_size)
    for path, entry in sorted(entries.items()):
        about = {"licence": entry["licence"] or UNSTATED, "language": entry["language"], "bytes": entry["bytes"]}
        graph.file(f"{data}/{path}", entry["sha256"], [*_raw(graph, entry), _source(graph, entry)], **about)


def _raw(graph: Graph, entry: Mapping[str, Any]) -> list[str]:
    about = {"licence": entry["licence"] or UNSTATED, "role": "raw file"}
    return [
        graph.file(one["path"], one["sha256"], [_source(graph, entry)], bytes=one.get("bytes"), **about)
        for one in entry["inputs"]
    ]


def _source(graph: Graph, entry: Mapping[str, Any]) -> str:
    """Where a file came from, at which revision, under which licence."""
    about = {name: entry[name] or UNSTATED for name in ("origin", "revision", "licence")}
    return graph.add(
        Thing(f"source:{hashing.digest(about)[:16]}", SOURCE, about["origin"], {k: v for k, v in about.items() if k != "origin"})
    )


def path_of(role: str, task: str, used: str, given: Inputs) -> str:
    """The file of the manifest that a run read in a role, also where it is not at hand; "" where none is listed with the rows it used."""
    if role == "train":
        return next((path for path, one in given.entries.items() if one["task"] == task and given.listed(path) == used), "")
    path = given.path_of(role, task)
    return path if path in given.entries else ""


def absent(workspace: Workspace, entries: Mapping[str, Mapping[str, Any]], folder: Path | None) -> str:
    """A sentence on the raw files that are not at hand; "" where all are."""
    every = {one["path"] for entry in entries.values() for one in entry["inputs"]}
    gone = sorted(name for name in every if folder is None or not (folder / name).is_file())
    if not gone:
        return ""
    return (
        f"{len(gone)} of {len(every)} raw files are not at hand ({gone[0]}, ...): their sha256 is the one that `fetch` wrote down"
    )


def put_stages(graph: Graph, workspace: Workspace, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """An act per stage of dvc.lock. DVC writes no times, so that these have none."""
    stages = outputs.stages(workspace)
    if not stages:
        graph.remarks.append("dvc.lock has no stage of this profile: the stages around the study are not in the export")
    listed = {one["path"]: one for stage in stages.values() for part in ("deps", "outs") for one in stage.get(part, ())}
    for verb, stage in stages.items():
        code = [[one["path"], one["md5"]] for one in stage.get("deps", ()) if one["path"].startswith(CODE)]
        deps = [one for one in stage.get("deps", ()) if not one["path"].startswith(CODE)]
        used = [link for one in deps if (link := _place(graph, workspace, one, entries))]
        configured = [listed[name] for name in stage.get("params", {}) if name in listed and listed[name] not in deps]
        used += [link for one in configured if (link := _place(graph, workspace, one, entries))]
        made = [link for one in stage.get("outs", ()) if (link := _place(graph, workspace, one, entries))]
        used += [("raw", one) for one in _origins(graph, workspace, entries)] if verb == "fetch" else []
        tool = graph.tool(verb, f"md5:{hashing.digest(code)}" if code else UNSTATED)
        graph.acts[verb] = Act(verb, verb, stage.get("cmd", verb), tool, tuple(used), tuple(made))


def _origins(graph: Graph, workspace: Workspace, entries: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What `fetch` read, as one thing: raw files and sources."""
    data = workspace.data.relative_to(workspace.root).as_posix()
    known = {of for path, one in entries.items() for of in graph.things[graph.file(f"{data}/{path}", one["sha256"])].of}
    return [graph.together("raw files and sources", known)] if known else []


def _place(
    graph: Graph, workspace: Workspace, listed: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str] | None:
    """(role, id) of a file or folder of dvc.lock; None where it is not here, or is here with other bytes."""
    name, data = listed["path"], workspace.data.relative_to(workspace.root).as_posix()
    path = workspace.root / name
    role = path.name.partition(".")[0] if path.suffix != ".yaml" else path.name
    below = {f"{data}/{one}": entry["sha256"] for one, entry in entries.items() if f"{data}/{one}".startswith(f"{name}/")}
    if not below:  # the manifest does not vouch for it
        if not path.exists() or _changed(graph, workspace, listed):
            return None
        below = (
            {name: digests.of(path)}
            if path.is_file()
            else {f"{name}/{one}": value for one, value in digests.of_folder(path).items()}
        )
    parts = [graph.file(one, sha256) for one, sha256 in below.items()]
    if [*below] == [name]:
        return role, parts[0]
    about = {"md5": listed["md5"]} if "md5" in listed else {}
    return role, graph.add(Thing(f"folder:{name}", COLLECTION, f"{name}/", about, sorted(set(parts))))


def _changed(graph: Graph, workspace: Workspace, listed: Mapping[str, Any]) -> bool:
    """Whether a file or folder is no longer what dvc.lock has; FailedWork where it is a part of the report, whose numbers are exported."""
    name = listed["path"]
    if listed.get("md5") in (None, outputs.md5(workspace.root / name)):
        return False
    if name.startswith("reports/"):
        raise FailedWork(
            f"{name} is not what stage report wrote: dvc.lock has another md5; make it again with `dvc repro -f -s report`"
        )
    remark = f"{name} was changed since a stage read or wrote it: it is not in the actions of stages"
    graph.remarks += [remark] if remark not in graph.remarks else []
    return True
