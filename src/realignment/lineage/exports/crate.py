"""A study as an RO-Crate that follows Provenance Run Crate 0.5: ro-crate-metadata.json, and the small files that it describes.

The JSON-LD is written by hand, so that nothing is needed to write one. Corpora, models and predictions are described by their sha256 and
are not in the crate: their licences may not allow it.
"""

import json
import shutil
from dataclasses import dataclass
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

from realignment.core.console import track
from realignment.lineage.exports import ids, workflow
from realignment.lineage.exports.entities import Entities, put_act, put_things, ref, refs
from realignment.lineage.exports.graph import FILE, Graph

FILE_NAME = "ro-crate-metadata.json"
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
    {"buildInstructions": "https://codemeta.github.io/terms/buildInstructions"},
]
CRATE, FLOWS = "https://w3id.org/ro/crate/1.1", "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    FLOWS: "Workflow RO-Crate",
}
HELD = (
    "Every run of the study is an action that leads to what it read, made and used; every number of its tables of scores and gains leads to the predictions it "
    "follows from. Corpora, models and predictions are described by their sha256 and are not in the crate."
)


@dataclass(frozen=True)
class About:
    """What a crate says of itself. `date` is the day of the study, as ISO 8601."""

    profile: str
    description: str
    date: str


def of(graph: Graph, about: About) -> dict[str, Any]:
    """The JSON-LD of a study."""
    crate = Entities(graph)
    used, made = workflow.parameters(graph)
    put_things(crate, workflow.examples(used, made))
    for act in track(list(graph.acts.values()), "actions"):
        put_act(crate, act)
    workflow.put(crate)
    _put_root(crate, about)
    return {"@context": CONTEXT, "@graph": [crate.held[name] for name in sorted(crate.held, key=_order)]}


def _order(name: str) -> tuple[bool, bool, str]:
    """The crate's own two entities first."""
    return name != FILE_NAME, name != "./", name


def _put_root(crate: Entities, about: About) -> None:
    crate.put(FILE_NAME, "CreativeWork", about=ref("./"), conformsTo=refs([CRATE, FLOWS]))
    for name, title in PROFILES.items():
        crate.put(name, "CreativeWork", name=title, version=name.rpartition("/")[2])
    terms = metadata("realignment")["License-Expression"]
    licence = crate.put(f"https://spdx.org/licenses/{terms}", "CreativeWork", name=terms)
    files = [crate.of(one.id) for one in crate.graph.things.values() if one.kind == FILE]
    remarks = [f"{one}." for one in crate.graph.remarks]
    crate.put(
        "./", "Dataset", name=f"Realignment study of profile {about.profile}", datePublished=about.date, license=ref(licence),
        description=" ".join([f"{about.description}.", HELD, *remarks]), conformsTo=refs(PROFILES), mainEntity=ref(workflow.FLOW),
        mentions=refs(["#run", "#organize", *(ids.fragment("action", one) for one in crate.graph.acts)]), hasPart=refs(files),
    )  # fmt: skip


def write(folder: Path, content: dict[str, Any], graph: Graph, root: Path, written: dict[str, str]) -> None:
    """Fills a folder: the metadata, and each kept file from the checkout or from `written`, path -> text."""
    for name in sorted(graph.kept):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if name in written:
            place.write_text(written[name], encoding="utf-8", newline="\n")
        else:
            shutil.copyfile(root / name, place)
    (folder / FILE_NAME).write_text(dumped(content), encoding="utf-8", newline="\n")


def dumped(content: dict[str, Any]) -> str:
    """JSON with a line per entity, so that two crates can be compared line by line."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, sort_keys=True) for one in content["@graph"])
    return f'{{"@context": {json.dumps(content["@context"])},\n"@graph": [\n{lines}\n]}}\n'
