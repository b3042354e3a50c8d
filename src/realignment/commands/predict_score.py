"""`realignment predict --score FILE`: registered predictions beside the runs that exist by now."""

import json
from dataclasses import asdict
from pathlib import Path

from realignment.core.console import note, table
from realignment.core.errors import BadInput


def score(
    file: Path, *, source: str | None = None, public_key: Path | None = None, by: str = "mean", as_json: bool = False
) -> None:
    """FILE beside the runs of its sets; BadInput where the file is not as it was registered."""
    from realignment.commands import registered_sources
    from realignment.core.workspace import project_root
    from realignment.predictor import registered, scored

    made, content = registered.read(file)
    signed = _signed(file, content, public_key)
    root = project_root()
    sources = [registered_sources.source_of(root, source)] if source else registered_sources.others(root)
    found = {one.name: scored.compare(made, one.measured(), one.name) for one in sources}
    told = {name: one for name, one in found.items() if one.rows}
    verdicts = [{"source": name, **row} for name, one in told.items() for row in scored.verdicts(made, one)]
    rows = [{"source": name, **asdict(row), "error": row.error} for name, one in told.items() for row in one.rows]
    pending = _pending(made, told)
    if as_json:
        about = {"file": str(file), "date": made["date"], "sha256": made["sha256"], "signature": signed, "sources": list(found)}
        remarks = {name: one.remarks for name, one in told.items()}
        print(
            json.dumps(
                {**about, "rows": rows, "verdicts": verdicts, "not_run": pending, "remarks": remarks},
                ensure_ascii=False,
                indent=1,
            )
        )
        return
    if shown := [row for row in rows if row["kind"] == by]:
        table(shown, columns=[name for name in shown[0] if name != "kind" and (by != "mean" or name != "name")])
        table(verdicts)
    _notes(made, told, pending, (file, signed, list(found)))


def _pending(made: dict, told: dict) -> list[dict]:
    """Encoder, set and tasks that no source has runs of."""
    run = {(row.encoder, row.set, row.task) for one in told.values() for row in one.rows}
    asked = [
        (one["encoder"], one["name"], [task for task in one["tasks"] if (one["encoder"], one["name"], task) not in run])
        for one in made["sets"]
    ]
    return [{"encoder": encoder, "set": name, "tasks": tasks} for encoder, name, tasks in asked if tasks]


def _notes(made: dict, told: dict, pending: list[dict], about: tuple[Path, str, list[str]]) -> None:
    file, signed, sources = about
    note(f"{file}: registered {made['date']}, sha256 {made['sha256'][:12]} holds; signature: {signed}")
    for name, one in told.items():
        for said in one.remarks:
            note(f"{name}: {said}")
        few = sorted({(row.encoder, row.set) for row in one.rows if row.runs < made["runs"]})
        if few:
            names = ", ".join(f"{encoder} {held}" for encoder, held in few)
            note(f"{name}: fewer than {made['runs']} runs, which the intervals are of, so that they count in no verdict: {names}")
    whole = [one for one in pending if set(one["tasks"]) == set(made["sets"][0]["tasks"])]
    parts = [one for one in pending if one not in whole]
    if whole:
        names = ", ".join(f"{one['encoder']} {one['set']}" for one in whole)
        note(f"{len(whole)} of {len(made['sets'])} sets have no run in {', '.join(sources) or 'any source'}: {names}")
    for one in parts:
        note(f"{one['encoder']} {one['set']} has no run in {', '.join(one['tasks'])}")
    note(made["failure"])


def _signed(file: Path, content: bytes, key: Path | None) -> str:
    """What is known of the signature; BadInput where one is required and does not hold."""
    from realignment.core import signatures

    path = signature_of(file)
    if key is None:
        return f"{path.name} is there and was not checked; give --public-key" if path.is_file() else "none"
    if not path.is_file():
        raise BadInput(f"{path}: the signature of {file.name} is required where --public-key is given, and does not exist")
    if not signatures.holds(content, path.read_bytes(), key):
        raise BadInput(
            f"{path}: is no signature of {file.name} by the private part of {key}; the file, its signature or the key is another"
        )
    return f"by the private part of {key}"


def signature_of(file: Path) -> Path:
    return file.with_name(file.name + ".sig")
