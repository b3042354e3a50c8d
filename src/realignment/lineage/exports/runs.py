"""The runs of a study in the graph: what each read and made, with which code and libraries, in which environment, how long."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict

from realignment.core import digests
from realignment.core.console import track
from realignment.lineage.content import NOWHERE, Content
from realignment.lineage.exports.files import UNSTATED, path_of
from realignment.lineage.exports.graph import COLLECTION, FILE, SETTING, Act, Graph, Thing
from realignment.records import keys, predictions, sealing
from realignment.records.record import Record
from realignment.study import study_file
from realignment.tracking import fields
from realignment.tracking.asked import Kept
from realignment.tracking.history import When

ROLES = {"bitext": "bitexts", "evalset": "evaluation files", "alignment": "word alignments"}
MEMORY, PROCESSOR = "system/process_memory_megabytes", "system/cpu_utilization_percentage"


def put(graph: Graph, known: Content, when: Mapping[str, When]) -> None:
    """An act per record. `when` is by run key; a run that it does not know has no times."""
    order = {verb: place for place, verb in enumerate(("realign", "finetune", "evaluate"))}  # models before what reads them
    records = {
        record.key: record for record in sorted(known.study["records"], key=lambda one: (order[one.verb], one.name, one.key))
    }
    _put_bases(graph, known)
    lost = sorted({record.parent for record in records.values() if record.parent and record.parent not in records})
    if lost:
        graph.remarks.append(f"{len(lost)} models were read whose runs are not in study.json: their chain ends there")
    for record in track(list(records.values()), "runs"):
        put_run(graph, known, record, when.get(record.key, When()))
    undated = sum(when.get(key, When()).began is None for key in records)
    if undated:
        graph.remarks.append(
            f"{undated} of {len(records)} runs carry no times, because the tracking store has them from study.json; how long they took is known"
        )


def put_run(graph: Graph, known: Content, record: Record, when: When) -> None:
    """The act of one record with its settings, inputs, model and predictions."""
    used = [*_settings(graph, record), *_inputs(graph, known, record)]
    if record.parent:
        used.append(("parent", graph.known(Thing(f"model:{record.parent}", COLLECTION, f"model of run {record.parent[:12]}"))))
    kept = known.places.get(record.key, NOWHERE)
    made = []
    if record.verb != "evaluate":
        made.append(("model", _model(graph, record, kept)))
    else:
        about = {"sha256": record.hashes["predictions"], "run": record.key}
        made.append(
            ("predictions", graph.add(Thing(f"predictions:{record.key}", FILE, f"{record.name}/{predictions.FILE}", about)))
        )
    versions = [(name, str(record.environment[name])) for name in keys.LIBRARIES if name in record.environment]
    numerics = record.environment.get("numerics")
    tool = graph.tool(record.verb, f"sha256:{numerics}" if numerics else UNSTATED, versions)
    began, ended = when.began, when.ended
    graph.acts[record.key] = Act(
        record.key, record.verb, record.name, tool, tuple(used), tuple(made), began, ended, _environment(record, when), _usage(record),
        {name: value for name, value in {"run_id": kept.run, "cell_key": record.cell_key, "seal": record.seal}.items() if value},
    )  # fmt: skip


def _put_bases(graph: Graph, known: Content) -> None:
    """The base encoders, with their files where the pipeline made them."""
    for _, one in sorted(study_file.bases(known.study).items()):
        place = f"{one['name'].removeprefix('path:')}/"
        parts = [file.id for file in graph.things.values() if file.kind == FILE and file.name.startswith(place)]
        made = f"folder:{known.inputs.workspace.encoders.relative_to(known.inputs.workspace.root).as_posix()}"
        of = [made] if parts and made in graph.things else []
        graph.add(Thing(f"encoder:{one['sha256']}", COLLECTION, one["name"], {"sha256": one["sha256"]}, parts, of))


def _settings(graph: Graph, record: Record) -> list[tuple[str, str]]:
    """What the verb was told: its settings and seeds. One thing per value, however many runs had it."""
    seeds = {f"seeds.{name}": value for name, value in asdict(record.cell.seeds).items()}
    about = {"subset": record.cell.row, **({"task": record.task} if record.task else {})}
    links = []
    for name, value in sorted({**fields.flat(record.params), **seeds, **about}.items()):
        shown = value if isinstance(value, (bool, int, float, str)) else fields.text(value)
        full = f"{record.verb}.{name}"
        links.append((name, graph.add(Thing(f"setting:{full}={fields.text(value)}", SETTING, full, {"value": shown}))))
    return links


def _inputs(graph: Graph, known: Content, record: Record) -> list[tuple[str, str]]:
    """The files and the encoder it read; files of one kind together, and the list of rows left out where a file has such rows."""
    left_out = False
    found, links, data = defaultdict(list), [], known.inputs.workspace.data.relative_to(known.inputs.workspace.root).as_posix()
    for role, digest in sorted(record.inputs.items()):
        kind = role.partition("/")[0]
        if kind == "encoder":
            links.append(
                (kind, graph.known(Thing(f"encoder:{digest}", COLLECTION, record.base or "base encoder", {"sha256": digest})))
            )
        elif kind == "alignment":
            found[kind].append(graph.file(f"{data}/{known.inputs.path_of(role, record.task)}", digest))
        elif path := path_of(role, record.task, digest, known.inputs):
            found[kind].append(graph.file(f"{data}/{path}", known.inputs.entries[path]["sha256"]))
            left_out = left_out or bool(known.inputs.rows_out(path))
    links += [(kind, graph.together(ROLES.get(kind, kind), parts)) for kind, parts in sorted(found.items())]
    out = known.inputs.workspace.excluded
    return [*links, *([("excluded", graph.file(f"{data}/{out.name}", digests.of(out)))] if left_out else [])]


def _model(graph: Graph, record: Record, kept: Kept) -> str:
    """The model a run made, with its files."""
    held = sealing.model(record)
    parts = [graph.file(f"model/{name}", sha256) for name, sha256 in sorted(held.items())]
    about = {"sha256": sealing.model_digest(record), "weights": record.hashes.get("weights", ""), "registered": kept.model}
    return graph.add(
        Thing(
            f"model:{record.key}",
            COLLECTION,
            f"{record.name}/model",
            {name: value for name, value in about.items() if value},
            parts,
        )
    )


def _environment(record: Record, when: When) -> tuple[tuple[str, str], ...]:
    """Device, kernels, threads, and the commit where it is known."""
    shown = {name: str(record.environment[name]) for name in ("device", "dtype", "threads") if name in record.environment}
    shown |= {"kernels": record.kernels} if record.kernels else {}
    shown |= {"commit": when.commit, "uncommitted changes": "yes" if when.changed else "no"} if when.commit else {}
    return tuple(sorted(shown.items()))


def _usage(record: Record) -> tuple[tuple[str, str, float], ...]:
    """Seconds, and of what was trained the most memory and the mean use of a processor."""
    found = [("seconds", "SEC", float(record.seconds))]
    if memory := [value for _, value in record.usage.get(MEMORY, ())]:
        found.append(("memory", "4L", max(memory)))
    if processor := [value for _, value in record.usage.get(PROCESSOR, ())]:
        found.append(("processor", "P1", round(sum(processor) / len(processor), 1)))
    return tuple(found)
