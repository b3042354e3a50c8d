"""An answer as a tree, for the terminal and for a page that needs nothing but itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from realignment.lineage.bytes_at_hand import AS_RECORDED, CHANGED
from realignment.results import wording

FEW = 6  # names that are listed before the rest is counted
TASKS_FILES = {"evalset": "test file", "bitext": "bitext", "train": "file of training rows"}
STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
details { margin-left: 1.2rem; } summary, .leaf { padding: .1rem .2rem; overflow-wrap: anywhere; } .leaf { margin-left: 2.2rem; }
summary:focus-visible { outline: 2px solid; } .broken { color: #b00020; font-weight: 600; } ul { margin: .2rem 0 .2rem 2.4rem; }
@media (prefers-color-scheme: dark) { .broken { color: #ff8a80; } }
"""


@dataclass(frozen=True)
class Node:
    """`items` are names that the terminal counts and a page lists; `broken`: what does not fit its record."""

    text: str
    below: Sequence["Node"] = ()
    items: Sequence[str] = ()
    broken: str = field(default="")


def of(answer: Mapping[str, Any]) -> Node:
    """The tree of an answer of `graph` or `answers`."""
    by_key = {row["key"]: row for row in (*answer["runs"], *answer["models"])}
    data = {(row["role"], row["path"]): row for row in answer["data"]}
    incomplete = [Node(f"incomplete: {text}", broken=text) for text in answer["incomplete"]]
    if "trained_on_it" in answer:
        return Node(f"{answer['about']['kind']} {answer['about']['name']}", [*map(_file, answer["data"]), *_readers(answer)])
    if "paper" in answer:
        return _paper(answer, incomplete)
    told: set[str] = set()
    runs = [_run(row, by_key, data, answer["base"], told) for row in answer["runs"]]
    if "cell" in answer:
        score, cell = answer["score"], answer["cell"]
        over = ", ".join(f"{task} {len(names)}" for task, names in cell["languages"].items())
        title = f"{cell['name']}: {score['text']} points, n = {wording.counted(score['n'], 'seed')}, ddof = {score['ddof']}; languages: {over}"
        return Node(title, [*incomplete, *runs])
    if len(runs) == 1:
        return Node(runs[0].text, [*incomplete, *runs[0].below], broken=runs[0].broken)
    return Node(f"{answer['about']['kind']} {answer['about']['name']}", [*incomplete, *runs])


def _run(
    row: Mapping[str, Any], by_key: Mapping[str, Mapping], data: Mapping[tuple, Mapping], base: Mapping[str, Any], told: set[str]
) -> Node:
    """A run with what it read; a model that stands elsewhere in the tree is named and not unfolded once more."""
    wrong = row.get("model_changed") or row.get("changed") or ""
    wrong = "" if row.get("bytes") != CHANGED else wrong
    score = f", {100 * row['score']:.2f}" if isinstance(row.get("score"), float) else ""
    kind = "predictions" if "sha256_predictions" in row else "model"
    parts = [f"run {row['key'][:12]}", row["model"], f"{kind} {row['bytes']}" if row.get("bytes") else ""]
    text = f"{row['run']}{score} ({', '.join(filter(None, parts))})"
    if row["key"] in told:
        return Node(f"{text}: see above", broken=wrong)
    told.add(row["key"])
    files = list(_files([data[one["role"], one["path"]] for one in row["reads"]], told))
    above = by_key.get(row["parent"])
    if above:
        return Node(text, [_run(above, by_key, data, base, told), *files], broken=wrong)
    if row["parent"]:
        gone = f"the model of run {row['parent'][:12]} is not in study.json"
        return Node(text, [Node(gone, broken=gone), *files], broken=wrong)
    if not row["base"]:  # the majority reads no model
        return Node(text, files, broken=wrong)
    other = "its files are not those of the study" if base.get("bytes") == CHANGED else ""
    state = f", {base['bytes']}" if base.get("bytes") else ""
    encoder = Node(f"base encoder {base['label']}: {base['name']} (sha256 {base['sha256'][:12]}{state})", broken=other)
    return Node(text, [encoder, *files], broken=wrong)


def _files(rows: Sequence[Mapping[str, Any]], told: set[str]) -> Iterator[Node]:
    """Files of one kind, set, source and licence are one node."""
    groups: dict[tuple, list[Mapping[str, Any]]] = {}
    for row in rows:
        kind, folder = row["role"].partition("/")[0], row["path"].rpartition("/")[0]
        groups.setdefault((kind, folder, row["origin"], row["revision"], row["licence"], row["checks"]), []).append(row)
    for (kind, folder, *source, checks), found in groups.items():
        names = [row["path"].rpartition("/")[2].removesuffix(".parquet") for row in found]
        what = TASKS_FILES.get(kind, kind) + ("s" if len(found) > 1 else "")
        title = f"{len(found)} {what} in {folder}: {_few(names)}"
        wrong = [
            row["path"] for row in found if row.get("bytes") == CHANGED or (row["changed"] and row.get("bytes") == AS_RECORDED)
        ]
        wrong += [row["path"] for row in found if row["changed"] and row["path"] not in wrong]
        broken = f"not the bytes that were read: {_few(wrong)}" if wrong else ""
        mark = f"{title} {source}"
        if mark in told:
            yield Node(f"{title}: see above", broken=broken)
            continue
        told.add(mark)
        below = [Node(_source(*source, checks)), *_raws(found)]
        yield Node(title, below, [f"{row['path']} sha256 {row['sha256']}" for row in found], broken)


def _source(origin: str, revision: str, licence: str, checks: str) -> str:
    parts = (f"source {origin or 'unknown'}", revision and f"revision {revision}", f"licence {licence or 'unknown'}", checks)
    return "; ".join(filter(None, parts))


def _raws(rows: Iterable[Mapping[str, Any]]) -> Iterator[Node]:
    found = {raw["path"]: raw for row in rows for raw in row["raw"]}
    if found:
        what = "raw file" if len(found) == 1 else "raw files"
        yield Node(
            f"{len(found)} {what}: {_few(list(found))}", items=[f"{path} sha256 {raw['sha256']}" for path, raw in found.items()]
        )


def _paper(answer: Mapping[str, Any], incomplete: Sequence[Node]) -> Node:
    """A printed cell: what is printed, what the authors' runs give, the files of both."""
    cell = answer["paper"]
    found = f"; recomputed {cell['recomputed']} from seeds {', '.join(cell['seeds'])}" if cell["n"] else ""
    agrees = "" if not cell["n"] else ", the same" if cell["agrees"] else f", {cell['difference']:+.2f} points: {cell['reason']}"
    measured = [Node(f"{task}: {len(names)} languages: {_few(names)}", items=names) for task, names in cell["languages"].items()]
    lists = [f"seed {seed}: {codes}" for seed, codes in sorted(cell["realigned_on"].items())]
    trained = (
        [Node(f"realigned on {len(next(iter(cell['realigned_on'].values())).split())} languages", items=lists)] if lists else []
    )
    files = [
        Node(
            f"{row['path']}: sha256 {row['sha256'][:12]}, {_counted(row['rows_used'], 'row')} of it",
            [Node(_source(row["origin"], row["revision"], row["licence"], row["checks"]))],
        )
        for row in answer["data"]
    ]
    remark = [Node(cell["remark"])] if cell["remark"] else []
    return Node(
        f"{answer['about']['name']}: printed {cell['printed']}{found}{agrees}",
        [*remark, *incomplete, *measured, *trained, *files],
    )


def _file(row: Mapping[str, Any]) -> Node:
    kept = f"{row['rows_kept']} of {row['rows_read']} rows kept, {row['rows_excluded']} left out by the checks"
    state = f", {row['bytes']}" if isinstance(row.get("bytes"), str) else ""
    text = f"{row['path']}: sha256 {row['sha256'][:12]}{state}; {kept}"
    broken = "not the bytes of the manifest" if row.get("bytes") == CHANGED else ""
    return Node(
        text, [Node(_source(row["origin"], row["revision"], row["licence"], row["checks"])), *_raws([row])], broken=broken
    )


def _readers(answer: Mapping[str, Any]) -> Iterator[Node]:
    names = [row["run"] for row in answer["trained_on_it"]]
    if names:
        yield Node(f"trained on it: {_few(names)}", items=names)
    if answer["based_on_it"]:
        counts = ", ".join(f"{number} {verb}" for verb, number in sorted(answer["based_on_it"].items()))
        yield Node(f"runs that stand on it: {counts}; `realignment impact {answer['about']['name']}` names every cell")
    if answer["measured_on_it"]:
        yield Node(f"scores that are measured on it: {_few(answer['measured_on_it'])}")


def _counted(many: int, what: str) -> str:
    return f"{many:,} {what}" + ("" if many == 1 else "s")


def _few(names: Sequence[str]) -> str:
    rest = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + rest


def lines(node: Node, before: str = "") -> Iterator[str]:
    """For a terminal."""
    yield node.text + (f"  BROKEN: {node.broken}" if node.broken and node.broken not in node.text else "")
    for number, one in enumerate(node.below):
        last = number == len(node.below) - 1
        first, *rest = lines(one)
        yield f"{before}{'└─ ' if last else '├─ '}{first}"
        yield from (f"{before}{'   ' if last else '│  '}{line}" for line in rest)


def page(node: Node, title: str) -> str:
    """A document of its own: nested lists that open by mouse and keyboard, without a script."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body><h1>Lineage of {escape(title)}</h1>\n{_html(node, depth=0)}\n</body></html>\n"
    )


def _html(node: Node, depth: int) -> str:
    said = escape(node.text) + (f' <span class="broken">{escape(node.broken)}</span>' if node.broken else "")
    if not node.below and not node.items:
        return f'<div class="leaf">{said}</div>'
    inner = "".join(_html(one, depth + 1) for one in node.below)
    listed = "".join(f"<li>{escape(name)}</li>" for name in node.items)
    inner += f"<details><summary>{len(node.items)} listed</summary><ul>{listed}</ul></details>" if listed else ""
    return f"<details{' open' if depth < 2 else ''}><summary>{said}</summary>{inner}</details>"
