"""What a name given to `lineage`, `impact` or `lineage diff` stands for: a run, a registered model, a file, a source, a language, a cell."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realignment.core.errors import BadInput, nearest
from realignment.languages import codes
from realignment.lineage import file_sets
from realignment.lineage.graph import Graph
from realignment.tracking import asked

KEY = re.compile(r"[0-9a-f]{6,64}")  # the beginning of a run's key, of its id, or of a sha256
FORM = "a run (its name, or the beginning of its key or id), a registered model, a file (its path), or the beginning of a sha256"


@dataclass(frozen=True)
class Target:
    """`rows` are runs of the graph, or files of the manifest; of a raw file or a source, those it stands behind."""

    kind: str  # run | model | file | raw | set | source | language | vectors
    name: str
    rows: tuple[Mapping[str, Any], ...] = ()


def find(graph: Graph, text: str) -> Target | None:
    """What is called so; None where nothing is. BadInput where it is blank, or where the beginning of a hash fits several."""
    if not text.strip("/ \t\n"):
        raise BadInput(f"a cell, {FORM} is required; got `{text}`, which names nothing")
    if KEY.fullmatch(text):
        return by_hash(graph, text)
    return model(graph, text) or run(graph, text) or file(graph, text)


def required(graph: Graph, text: str) -> Target:
    """As `find`, and sources, languages and vectors; BadInput names the nearest."""
    found = find(graph, text) or source(graph, text) or vectors(graph, text) or language(graph, text)
    if found is None:
        raise BadInput(
            f"a file, a source, a run, a registered model or a language is required; nothing here is called `{text}`; {_near(graph, text)}"
        )
    return found


def _near(graph: Graph, text: str) -> str:
    """The names nearest to `text`; of what is a language, or may be meant as one, the languages of the study."""
    code, known = _code(text), languages(graph)
    if code:
        return f"{codes.name_of(code)} ({code}) is no language of this study; {nearest(code, known)}"
    near = nearest(text, names(graph))
    return f"languages of this study, {nearest(text, known)}" if text.isalpha() and near.startswith("known") else near


def names(graph: Graph) -> Iterable[str]:
    """Everything that has a name."""
    for question in (
        "select name from runs", "select path from files", "select path from raw", "select distinct origin from sources",
        "select distinct language from files", "select distinct model from runs where model != ''",
    ):  # fmt: skip
        yield from graph.column(question)


def by_hash(graph: Graph, text: str) -> Target:
    """A run by key or id, or by the model or a file that it made; a file by its bytes; a set of files by the digest that MLflow shows."""
    ids = [key for key, kept in graph.places.items() if kept.run.startswith(text)]
    marks = ", ".join("?" * len(ids))
    runs = graph.runs(f"(key like ? || '%' or key in ({marks}))", text, *ids)
    files = graph.ask("select * from files where sha256 like ? || '%'", text)
    raws = graph.ask("select * from raw where sha256 like ? || '%'", text)
    made, sets = [], []
    if not (runs or files or raws):
        made = graph.runs("run.made like ?1 || '%' or run.id in (select run from outputs where sha256 like ?1 || '%')", text)
        sets = [] if made else file_sets.by_hash(graph, text)
    if len(runs) + len(files) + len(raws) + len(made) + len(sets) != 1:
        raise BadInput(
            f"the beginning of one run's key or id, or of one sha256, is required; `{text}` fits {len(runs)} records of study.json "
            f"or of runs by hand, {len(files) + len(raws)} files of data, {len(made)} models or files of runs and {len(sets)} sets of files"
        )
    if sets:
        listed = file_sets.rows(graph, sets[0])
        return Target("set", sets[0].name, listed) if len(listed) > 1 else Target("file", listed[0]["path"], listed)
    if raws:
        return _raw(graph, raws[0])
    return (
        Target("file", files[0]["path"], tuple(files)) if files else Target("run", (runs or made)[0]["name"], tuple(runs or made))
    )


def model(graph: Graph, text: str) -> Target | None:
    """`models:/NAME/VERSION` or `models:/NAME@ALIAS`, or a name, which stands for all its versions."""
    name, _, alias = text.removeprefix("models:/").partition("@")
    if alias and text.startswith("models:/"):
        led = asked.version(graph.workspace.root, name, alias)
        if not led:
            raise BadInput(
                f"an alias of a registered model is required; none here is called `{text}`; name a version: models:/{name}/VERSION"
            )
        return model(graph, led)
    name, _, version = text.removeprefix("models:/").partition("/")
    wanted = {key for key, kept in graph.places.items() if kept.model == f"models:/{name}/{version}"}
    if text.startswith("models:/") and (version or not name):
        if not wanted:
            known = sorted(kept.model for kept in graph.places.values() if kept.model)
            near = nearest(text, known) if known else "no model is registered here"
            raise BadInput(f"no run here registered `{text}`; {near}")
        return Target("model", text, tuple(graph.runs(f"key in ({', '.join('?' * len(wanted))})", *wanted)))
    found = graph.runs("run.model = ? order by run.id", name) if name and not version else []
    return Target("model", name, tuple(found)) if found else None


def run(graph: Graph, text: str) -> Target | None:
    found = graph.runs("run.name = ? order by in_study desc, run.id", text)
    if len(found) > 1 and not found[0]["in_study"]:
        keys = ", ".join(one["key"][:12] for one in found)
        raise BadInput(f"{len(found)} runs are called `{text}`, none of them the study's; name one by its key: {keys}")
    return Target("run", text, (found[0],)) if found else None


def file(graph: Graph, text: str) -> Target | None:
    """A file of the data folder, by its path there, in the checkout, or anywhere; or a raw file by the path the manifest has."""
    data = graph.workspace.data
    names = {text, text.removeprefix(f"{data.relative_to(graph.workspace.root).as_posix()}/"), _below(Path(text), data)}
    marks = ", ".join("?" * len(names))
    if found := graph.ask(f"select * from files where path in ({marks})", *names):
        return Target("file", found[0]["path"], (found[0],))
    raws = graph.ask("select * from raw where path = ?1 or substr(path, -length(?1) - 1) = '/' || ?1", text)
    if len(raws) > 1:
        raise BadInput(f"{len(raws)} raw files end in `{text}`; {nearest(text, [raw['path'] for raw in raws])}")
    return _raw(graph, raws[0]) if raws else None


def _below(path: Path, folder: Path) -> str:
    full = path.expanduser().absolute()
    return full.relative_to(folder).as_posix() if full.is_relative_to(folder) else ""


def _raw(graph: Graph, raw: Mapping[str, Any]) -> Target:
    files = graph.ask("select files.* from files join made_of on made_of.file = files.id where made_of.raw = ?", raw["id"])
    return Target("raw", raw["path"], tuple(files))


def source(graph: Graph, text: str) -> Target | None:
    """An origin of the manifest, with or without its revision behind it."""
    found = graph.ask(
        "select files.* from files join sources on sources.id = files.source where origin = ? or origin || ' ' || revision = ?",
        text, text,
    )  # fmt: skip
    return Target("source", text, tuple(found)) if found else None


def vectors(graph: Graph, text: str) -> Target | None:
    """The language vectors that subsets were chosen by, by name or file."""
    name = graph.study["vectors"]
    stem = Path(text).name.removesuffix(".gz").removesuffix(".tsv")
    return Target("vectors", name) if name and stem == name else None


def language(graph: Graph, text: str) -> Target | None:
    """By any of its codes, or by what ISO 639-3 calls it."""
    known = languages(graph)
    code = text if text in known else _code(text)
    return Target("language", code) if code in known else None


def languages(graph: Graph) -> set[str]:
    """Of its files and its scores."""
    return {*graph.column("select distinct language from files"), *graph.column("select distinct language from scores")} - {""}


def _code(text: str) -> str:
    """Of a code or a name; "" for what is neither."""
    named = [code for code, row in codes.standard().items() if row["name"].casefold() == text.casefold()]
    try:
        return codes.resolve(named[0] if len(named) == 1 else text)
    except BadInput:
        return ""
