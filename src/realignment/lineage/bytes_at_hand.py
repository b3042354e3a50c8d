"""Whether the files at hand are still those that the records name: data, predictions, models, base encoders. Nothing is believed unread."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from realignment import tracking
from realignment.core import digests
from realignment.core.console import track
from realignment.core.errors import BadInput
from realignment.engine.bases import locate
from realignment.lineage.graph import Graph
from realignment.records import predictions, sealing
from realignment.tracking import asked

AS_RECORDED, CHANGED, NOT_HERE = "as recorded", "changed", "not at hand"


def look(graph: Graph, answer: dict) -> None:
    """Every file of an answer says in `bytes` what it is; of a model or predictions that are others, `model_changed` or `changed` how."""
    for row in answer["data"]:
        row["bytes"] = _data(graph, row)
        row["changed"] = row["changed"] or row["bytes"] != AS_RECORDED
    if "sha256" in answer.get("base", {}):
        answer["base"]["bytes"] = _base(graph, answer["base"])
    rows = [*answer["runs"], *answer["models"]]
    for row in track(rows, "files of runs"):
        _run(graph, row)


def _data(graph: Graph, row: Mapping[str, Any]) -> str:
    path = graph.workspace.data / row["path"]
    if not path.is_file():
        return NOT_HERE
    return AS_RECORDED if digests.of(path) == row["sha256"] and not row["changed"] else CHANGED


def _base(graph: Graph, base: Mapping[str, Any]) -> str:
    """Of the encoder that the study named; one that is on no disk here is not looked for on a hub."""
    try:
        folder = locate.at_hand(base["name"], graph.workspace.root)
        if folder is None:
            return NOT_HERE
        return AS_RECORDED if locate.encoder_digest(folder) == base["sha256"] else CHANGED
    except (BadInput, OSError):
        return NOT_HERE


def _run(graph: Graph, row: dict) -> None:
    wanted = dict(
        graph.connection.execute(
            "select outputs.name, sha256 from outputs join runs on runs.id = outputs.run where runs.key = ?", (row["key"],)
        )
    )
    if "sha256_predictions" in row:
        row["bytes"], row["changed"] = _predictions(graph, row)
    elif row["model"]:
        row["bytes"], row["model_changed"] = _model(graph, row, wanted)
    else:
        row["bytes"] = NOT_HERE


def _predictions(graph: Graph, row: Mapping[str, Any]) -> tuple[str, str]:
    file = _part(graph, row, predictions.FILE)
    if file is None or not file.is_file():
        return NOT_HERE, ""
    if digests.of(file) == row["sha256_predictions"]:
        return AS_RECORDED, ""
    return CHANGED, f"{file} is not the file that the record names"


def _model(graph: Graph, row: Mapping[str, Any], outputs: Mapping[str, str]) -> tuple[str, str]:
    files = {name.removeprefix(sealing.MODEL): value for name, value in outputs.items() if name.startswith(sealing.MODEL)}
    folder = _part(graph, row, "model")
    if folder is None or not folder.is_dir():
        return NOT_HERE, "its files are gone"
    wrong = sealing.differs(folder, files) if files else f"{folder}: its record names no file of a model"
    return (CHANGED, wrong) if wrong else (AS_RECORDED, "")


def _part(graph: Graph, row: Mapping[str, Any], name: str) -> Path | None:
    """An artifact of a run, where it lies on this machine; of a server's through MLflow."""
    kept = graph.places.get(row["key"])
    if kept is None:
        return None
    if kept.folder:
        folder = asked.folder_of(graph.workspace.root, kept.folder)
        return folder / name if folder else None
    with tracking.reading():
        return tracking.part(graph.workspace.root, kept.run, name)


def broken(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each file that is not what its record names."""
    return [
        f"{row['model'] or row['run']} is not what its run made: {wrong}."
        for row in rows
        if (wrong := row.get("model_changed") or row.get("changed"))
    ]
