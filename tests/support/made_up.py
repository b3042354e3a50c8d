"""A made-up study: languages, subsets, manifest, checks and records as the stages write them, without training anything."""

import functools
import hashlib
import json
from pathlib import Path

import shipped
from small_grid import finished
from small_world import exclude

from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.records import sealing
from realignment.records.cell import OTHERWISE, Cell, Seeds
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.selection import heuristics
from realignment.study import study_file

SUBSETS = {"none": 0, "all": 16, "uriel_diverse_5": 5, "uriel_similar_5": 5, "latin_diverse_5": 5, "random_5": 5}
SETS = {"pos": "udpos", "ner": "wikiann", "nli": "xnli"}


def noise(*words: object) -> float:
    """A number in [0, 1) that follows from its arguments."""
    return int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:6], "big") / 2**48


def world() -> list[Language]:
    """English's stand-in, 5 languages of each level and seen mark, 2 out of distribution; local-use codes."""
    found = [Language("qaa", "Eng-like", "Latin", "Germanic", "Germanic", 5, ("mbert",), False, "eng", "eng")]
    kinds = [(5, True)] * 4 + [(3, True)] * 5 + [(1, True)] * 4 + [(0, False)] * 4 + [(-1, False)] * 2
    for number, (joshi, seen) in enumerate(kinds, start=1):
        code = "qa" + "abcdefghijklmnopqrstuvwxyz"[number]
        script = ("Latin", "Cyrillic", "Arabic")[number % 3]
        pool = number <= 17
        found.append(
            Language(
                code,
                f"Made-{number}",
                script,
                f"F{number % 4}",
                f"F{number % 4}",
                joshi,
                ("mbert",) * seen,
                pool,
                "",  # no vector: these codes are of no standard
                f"x{number:02}",
            )
        )
    return found


@functools.cache
def chosen(subset: str, seed: int) -> tuple[str, ...]:
    return () if subset == "none" else tuple(heuristics.chosen(subsets(), subset, seed))


def record(verb: str, cell: Cell, task: str, **outcome) -> Record:
    job = Job(
        verb,
        cell,
        task,
        {"steps": 5},
        {"data": "0" * 64},
        chosen(cell.subset, cell.seeds.subset),
        parent=f"{cell.row} {cell.seeds.label}",
        parent_cell=cell.row,
        environment={"device": "cpu", "threads": 1},
    )
    return finished(job, **{"seconds": 1.5, **outcome})


def scores(cell: Cell, task: str, table: list[Language]) -> list[dict]:
    base = {"HRL": 0.6, "MRL": 0.5, "LRL": 0.4, "unknown": 0.4}
    found = []
    for language in table:
        if task == "retrieval" and language.is_pivot:
            continue
        gain = 0.0 if cell.subset == "none" or language.is_pivot else 0.3 * noise(cell.subset, language.level) - 0.05
        level = 0.9 if language.is_pivot else base[language.level]
        value = (
            level
            + gain
            - 0.3 * bool(cell.control and cell.control not in OTHERWISE)
            + 0.01 * (cell.control == "words")
            + 0.04 * noise(cell, task, language.code)
        )
        name = "heldout" if task == "retrieval" else SETS[task]
        found.append({"task": task, "set": name, "language": language.code, "score": min(value, 1.0), "n": 300, "cut": 0})
    return found


def records(seeds: tuple[int, ...] = (17, 23), encoder: str = "small") -> list[Record]:
    """Every cell of a small grid: subsets, that of one realigned otherwise and shuffled, floors, retrieval before and after."""
    table, found = world(), []
    cells = [(subset, "") for subset in SUBSETS] + [
        ("uriel_diverse_5", "equal_pairs"),
        ("uriel_diverse_5", "words"),
        ("uriel_diverse_5", "shuffled"),
        ("none", "untrained"),
        ("none", "hypothesis"),
        ("none", "majority"),
    ]
    for seed in seeds:
        for subset, control in cells:
            cell = Cell(encoder, subset, Seeds.all(seed), control)
            floor = control in ("aligned", "untrained", "hypothesis", "majority")
            if subset != "none":
                loss = [[step, 2.7 / (1 + step / 50) + 0.1 * noise(cell, step)] for step in range(0, 500, 10)]
                found.append(record("realign", cell, "", curves={"loss": loss}, counts={"pairs/qab": 100, "false_negatives": 3}))
            if not floor:
                found.append(record("evaluate", cell, "", scores=scores(cell, "retrieval", table)))
            for task in ("nli",) if control == "hypothesis" else SETS:
                found.append(record("finetune", cell, task, curves={"loss": [[0, 1.1], [10, 0.5], [20, 0.2]]}))
                found.append(record("evaluate", cell, task, scores=scores(cell, task, table)))
    return sorted(found, key=lambda one: (one.verb, one.name, one.key))


def study(profile: str = "sample") -> dict:
    encoders = {"small": {"name": "path:data/sample/encoders/small", "seen": "mbert", "sha256": "1" * 64}}
    content = {"profile": profile, "reading": "computed", "preset": "paper", "encoders": encoders, "device": "cpu"}
    return study_file.sealed({**content, "records": [one.to_json() for one in records()]})


def read(content: dict | None = None) -> dict:
    """A study as the stages read it; without one, the made-up one."""
    return study_file.of_json(content or study(), "study.json")


def resealed(content: dict) -> dict:
    """A study whose records somebody changed, as if it had come out like that."""
    return study_file.sealed({**content, "records": [sealing.sealed(one) for one in content["records"]]})


def subsets() -> dict:
    pool = [language.code for language in world() if language.pool]
    found = {}
    for name, n in SUBSETS.items():
        chosen = [] if name.startswith("random") else pool[:n]
        draws = {"17": pool[:n], "23": pool[1 : n + 1]} if name.startswith("random") else {}
        found[name] = {
            "languages": chosen,
            "draws": draws,
            "n": n,
            "rule": f"rule of {name}",
            "objective": 0.3125 * n if chosen else None,
            "bound": None,
            "proven": False,
            "known_features": {},
            "erratum": "20 in print, 22 listed" if name == "uriel_diverse_5" else "",
            "unavailable": "",
        }
    found["latin_diverse_41"] = {**found["none"], "n": 41, "unavailable": "41 languages asked, 7 in the pool"}
    return {"reading": "computed", "n": 5, "vectors": "uriel_plus_66", "pool": pool, "subsets": found}


def manifest() -> dict:
    about = {
        "sha256": "2" * 64,
        "bytes": 1000,
        "rows_mended": {},
        "origin": "generated",
        "revision": "seed 0",
        "licence": "CC0-1.0",
        "inputs": [],
    }
    files = []
    for language in world():
        code = language.code
        if language.pool:
            rows = {"rows_read": 1500, "rows_kept": 1490, "rows_refused": {"empty": 10}}
            files.append(
                {"path": f"bitext/{code}.parquet", "kind": "bitext", "language": code, "task": "", "set": "", **rows, **about}
            )
        for task, name in SETS.items():
            rows = {"rows_read": 300, "rows_kept": 300, "rows_refused": {}}
            path = f"evalsets/{task}/{name}/{code}.parquet"
            files.append({"path": path, "kind": "evalset", "language": code, "task": task, "set": name, **rows, **about})
    return {"source": "sample", "files": files}


def quality() -> dict:
    """As stage `check` writes bitext.json."""
    about = {"suite": "bitext files", "column": "duplicate_share", "bounds": {"max_value": 0.3}, "checked": 16}
    passed = {**about, "expectation": "ExpectColumnValuesToBeBetween", "success": True, "unexpected": 0, "examples": []}
    failed = {**passed, "success": False, "unexpected": 1, "examples": [{"path": "bitext/qab.parquet", "duplicate_share": 0.41}]}
    files = [{"path": "bitext/qab.parquet", "pairs": 1488, "excluded": {"equal to an evaluation sentence": 2}}]
    return {"outcomes": [passed, failed], "files": files}


def write(root: Path, profile: str = "sample") -> Workspace:
    """The files stage `report` reads, under `root`."""
    workspace = Workspace(root, profile)
    workspace.quality.mkdir(parents=True)
    shipped.settings(root)
    languages.write(world(), workspace.languages)
    exclude(workspace, [])
    for path, content in (
        (workspace.study, study(profile)), (workspace.subsets, subsets()), (workspace.manifest, manifest()),
        (workspace.quality / "bitext.json", quality()),
    ):  # fmt: skip
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return workspace
