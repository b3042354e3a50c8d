"""`realignment export crate|prov|croissant|cards OUT`: a finished study in the formats that others read."""

from pathlib import Path

import click

HELP = {
    "crate": "an RO-Crate of the whole study (Provenance Run Crate 0.5)",
    "prov": "the same graph as W3C PROV-JSON",
    "croissant": "a croissant.json per bitext and evaluation set (Croissant 1.1)",
    "cards": "a model card per version of every registered model",
}


@click.command(
    help="The finished study of the active profile, written into the new or empty folder OUT: "
    + "; ".join(f"{name}: {text}" for name, text in HELP.items())
    + "."
)
@click.argument("what", type=click.Choice(list(HELP)))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def command(what: str, out: Path, as_json: bool) -> None:
    from realignment.config import params
    from realignment.core import digests
    from realignment.core.console import note, table
    from realignment.core.workspace import Workspace, project_root
    from realignment.lineage import folder

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    folder.require(out)
    with digests.kept(workspace.digests, write=False), folder.whole(out) as place:
        made, remarks = {"crate": crate, "prov": prov, "croissant": croissant, "cards": cards}[what](workspace, place)
        size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    for text in remarks:
        note(text)
    table([{"out": str(out), **made, "bytes": size}], as_json=as_json)


def crate(workspace, place: Path) -> tuple[dict, list[str]]:
    """(what was written, by counts; what is not in it, in sentences)."""
    from realignment.config import params
    from realignment.lineage.exports import crate as exports

    graph, written, _ = graph_of(workspace)
    about = exports.About(workspace.profile, params.load(workspace).settings.description, day(workspace, graph))
    content = exports.of(graph, about)
    exports.write(place, content, graph, workspace.root, written)
    return {**counts(graph), "entities": len(content["@graph"])}, graph.remarks


def prov(workspace, place: Path) -> tuple[dict, list[str]]:
    """As `crate`."""
    from realignment.lineage.exports import prov as exports

    graph, _, seal = graph_of(workspace)
    document = exports.of(graph, seal)
    (place / exports.FILE_NAME).write_text(exports.dumped(document), encoding="utf-8", newline="\n")
    return {**counts(graph), "relations": sum(len(document.get(kind, ())) for kind in exports.MEMBERS)}, graph.remarks


def croissant(workspace, place: Path) -> tuple[dict, list[str]]:
    """As `crate`."""
    from realignment.corpora import manifest
    from realignment.lineage.exports import croissant as exports

    given = manifest.load(workspace)
    made = list(exports.write(place, exports.of_study(given)))
    return {"sets": len(made), "files": len(given.entries)}, [text for text in (exports.absent(given),) if text]


def cards(workspace, place: Path) -> tuple[dict, list[str]]:
    """As `crate`."""
    from realignment import tracking
    from realignment.core.errors import BadInput
    from realignment.lineage import content
    from realignment.lineage.exports import cards as exports
    from realignment.study import study_file

    given = content.read(workspace)
    with tracking.reading():
        records, wrong, _ = tracking.records(workspace.root, workspace.profile)
    records = {**{one.key: one for one in given.study["records"]}, **records}
    registered = {key: one.model for key, one in given.places.items() if one.model}
    if not registered:
        raise BadInput(
            f"the registry holds no model of profile `{workspace.profile}`; make some with `dvc repro study` and study.keep"
        )
    bases = {label: one.get("name", "") for label, one in study_file.bases(given.study).items()}
    mine = frozenset(one.key for one in given.study["records"])
    made = exports.of_study(exports.Known(records, registered, bases, given.inputs, mine))
    for name, text in made.items():
        path = place / name / exports.FILE_NAME
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    without = sorted(registered[key] for key in registered.keys() - records.keys())
    remarks = [f"{name} has no card: the record of its run cannot be believed" for name in without]
    return {"cards": len(made)}, [*remarks, *wrong.values()]


def graph_of(workspace) -> tuple:
    """(the graph of the study, the tables' files as text by path, the seal of study.json); FailedWork where anything in it was changed."""
    from realignment import tracking
    from realignment.commands.lineage import folder_of
    from realignment.config import params
    from realignment.lineage import content
    from realignment.lineage.exports import files, numbers, runs
    from realignment.lineage.exports.graph import Graph
    from realignment.records import sealing
    from realignment.study import at_hand
    from realignment.tracking import history

    given, graph = content.read(workspace), Graph()
    at_hand.current(given.study, given.inputs, given.subsets)
    with tracking.reading():
        when = history.of_runs(workspace.root, workspace.profile)
    files.put(graph, workspace, given.inputs.entries)
    written = numbers.put(graph, given)
    if not written:
        graph.remarks.append(
            f"the tables of the report are not at hand, so their files are not in it: reports/{workspace.profile}/tables; make them with `dvc repro report`"
        )
    files.put_stages(graph, workspace, given.inputs.entries)
    runs.put(graph, given, when)
    raw = folder_of(params.load(workspace), workspace.root)
    if text := files.absent(workspace, given.inputs.entries, workspace.root / raw if raw else None):
        graph.remarks.append(text)
    return graph, written, given.study[sealing.SEAL]


def counts(graph) -> dict[str, int]:
    from realignment.lineage.exports.graph import FILE, NUMBER

    kinds = [one.kind for one in graph.things.values()]
    return {"actions": len(graph.acts), "numbers": kinds.count(NUMBER), "files": kinds.count(FILE)}


def day(workspace, graph) -> str:
    """The day of the study's last run; where no run has a time, that of the last commit, else of study.json."""
    import subprocess
    from datetime import UTC, datetime

    from realignment.lineage.exports import ids

    ended = [one.ended for one in graph.acts.values() if one.ended]
    if ended:
        return ids.moment(max(ended))[:10]
    words = ["git", "-C", str(workspace.root), "log", "-1", "--format=%cs"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() or datetime.fromtimestamp(workspace.study.stat().st_mtime, UTC).date().isoformat()
