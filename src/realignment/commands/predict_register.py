"""`realignment predict --register FILE`: predictions that are written before a set is run; and what of `predict` is asked of such a file."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from realignment.core.console import note, table
from realignment.core.errors import BadInput

PUBLISHED = "published"
THERE = "is there, and what was registered is not written again; give another FILE"
TASKS = ("pos", "ner", "nli")  # those that count in averages over tasks
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PATH = click.Path(path_type=Path)
OPTIONS = (
    click.option(
        "--register",
        "register_",
        type=PATH,
        metavar="FILE",
        help="Write predictions of sets that were not run to FILE, once; needs --sets.",
    ),
    click.option(
        "--sets", "sets_file", type=PATH, help="For --register: a TSV of name, encoder, languages (between blanks), how."
    ),
    click.option("--date", help="For --register: the day that FILE says, as 2026-11-30 [today]."),
    click.option("--key", type=PATH, help="For --register: a private key (P-256, PEM) that signs FILE in FILE.sig."),
    click.option(
        "--score",
        "score_",
        type=PATH,
        metavar="FILE",
        help="Hold a registered FILE against the runs that exist [of every source].",
    ),
    click.option("--public-key", type=PATH, help="For --score: the public key (PEM) of the signature."),
)
ASKED = {
    "sets_file": "register_",
    "date": "register_",
    "key": "register_",
    "public_key": "score_",
}  # option -> what it is said of

UNHEARD = {
    "register_": ("encoders", "by", "runs"),
    "score_": ("encoders", "tasks", "runs"),
}  # options of `predict` that would do nothing


def options(command: Callable) -> Callable:
    """A decorator: OPTIONS of `predict`."""
    for one in reversed(OPTIONS):
        command = one(command)
    return command


def handled(words: Sequence[str], given: Mapping) -> bool:
    """Whether one of the two was asked for, and done. `given`: all options of `predict`; BadInput where they do not go together."""
    asked = [name for name in ("register_", "score_") if given[name] is not None]
    if len(asked) > 1:
        raise BadInput("--register and --score are two commands; give one")
    for name, of in ASKED.items():
        if given[name] is not None and of not in asked:
            raise BadInput(f"{_option(name)} is for {_option(of)} FILE; give that too, or leave it out")
    if not asked:
        return False
    if words:
        raise BadInput(f"{_option(asked[0])} takes its sets from a file, and `{words[0]}` is given beside it; leave it out")
    for name in UNHEARD[asked[0]]:
        if _given(name):
            raise BadInput(f"{_option(name)} says nothing to {_option(asked[0])}, which goes by its file; leave it out")
    source = given["source"] if _given("source") else None
    if asked == ["score_"]:
        from realignment.commands.predict_score import score

        score(given["score_"], source=source, public_key=given["public_key"], by=given["by"], as_json=given["as_json"])
        return True
    if given["sets_file"] is None:
        raise BadInput("--register requires --sets FILE, a table of the sets: name, encoder, languages, how, by tabs")
    wanted = Wanted(given["sets_file"], source or PUBLISHED, tuple(given["tasks"]) or TASKS, given["date"], given["key"])
    register(given["register_"], wanted, as_json=given["as_json"])
    return True


def _option(name: str) -> str:
    return {"sets_file": "--sets", "encoders": "--encoder", "tasks": "--task"}.get(name, "--" + name.strip("_").replace("_", "-"))


def _given(name: str) -> bool:
    """Whether an option stands on the command line, and is no default."""
    context = click.get_current_context()
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


@dataclass(frozen=True)
class Wanted:
    """What is to be registered."""

    sets: Path  # as asked.read takes it
    source: str = PUBLISHED
    tasks: tuple[str, ...] = TASKS
    date: str | None = None  # today
    key: Path | None = None


def register(file: Path, wanted: Wanted, *, as_json: bool = False) -> None:
    """Writes FILE, and FILE.sig where a key is given. BadInput where one is there, or a set was run."""
    from realignment.commands import predict_sources, registered_sources
    from realignment.commands.predict_score import signature_of
    from realignment.core import files, signatures
    from realignment.core.workspace import project_root
    from realignment.predictor import asked, registered

    root, signature = project_root(), signature_of(file)
    for one in (file, signature):
        if one.exists():
            raise BadInput(f"{one}: {THERE}")
    files.writable(file.parent)
    day = _day(wanted.date)
    if wanted.key:
        signatures.private(wanted.key)
    given = registered_sources.source_of(root, wanted.source)
    sets = asked.read(wanted.sets, given.experiment.languages)
    for one in sets:
        predict_sources.with_bitext(one.languages, f"set `{one.name}`")
    registered_sources.never_run(root, sets, given, wanted.tasks)
    asked.not_run(sets, [ran for one in (given, *registered_sources.others(root, given.name)) for ran in one.ran()])
    models = registered_sources.fitted(root, sets, given, wanted.tasks)
    data = {"source": given.name, "files": {**given.files, **registered_sources.ground_files(root, given)}}
    made = registered.content(sets, models, {"date": day, "data": data, "addresses": registered_sources.addresses(root, models)})
    content = registered.text(made).encode()
    if wanted.key:
        _once(signature, signatures.made(content, wanted.key))
    try:
        _once(file, content)
    except BaseException:
        if wanted.key:
            signature.unlink()
        raise
    _told(file, made, signature if wanted.key else None, as_json)


def _told(file: Path, made: dict, signature: Path | None, as_json: bool) -> None:
    rows = [
        {
            "encoder": one["encoder"],
            "set": one["name"],
            "n": len(one["languages"]),
            "task": task,
            **dict(zip(made["numbers"], said["mean"], strict=True)),
        }
        for one in made["sets"]
        for task, said in one["tasks"].items()
    ]
    table(
        rows,
        as_json=as_json,
        title=f"expected gain of the task's mean over fine-tuning only, points; intervals of a mean of {made['runs']} runs",
    )
    for name, one in made["encoders"].items():
        note(f"{name}: {one['words']}")
    note(
        f"wrote {file}: {len(made['sets'])} sets, {made['date']}, sha256 {made['sha256'][:12]}{f'; signed in {signature}' if signature else ''}"
    )


def _day(given: str | None) -> str:
    """ISO 8601; today where none is given."""
    if given is None:
        return datetime.now(UTC).date().isoformat()
    try:
        if DAY.fullmatch(given):
            return datetime.strptime(given, "%Y-%m-%d").date().isoformat()
    except ValueError:
        pass
    raise BadInput(f"--date must be a day as 2026-11-30; got `{given}`")


def _once(path: Path, content: bytes) -> None:
    """A new file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError:
        raise BadInput(f"{path}: {THERE}") from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
