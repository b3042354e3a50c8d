"""What a folder holds and what of it the settings ask for, by the names of its files; no line of them is read here."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from realignment import languages, schema
from realignment.console import note
from realignment.errors import BadInput, nearest
from realignment.languages import ENGLISH
from realignment.sources import naming
from realignment.sources.naming import Codes, Named

BITEXTS = ("bitext", "parallel")
OWN_LANGUAGES = "languages.csv"


@dataclass(frozen=True)
class Evalset:
    """A set of one task: its folder and the files that hold each language, by split."""

    task: str
    name: str
    folder: Path
    files: tuple[Named, ...]

    def of(self, language: str, split: str) -> list[Named]:
        return [one for one in self.files if one.language == language and one.split == split]

    @property
    def languages(self) -> list[str]:
        """Those that can be evaluated: with a test file or, failing that, a dev file."""
        return sorted({one.language for one in self.files if one.split != "train"})


@dataclass
class Found:
    """What a folder holds, before a line of it is read."""

    folder: Path
    codes: Codes
    bitexts: dict[str, list[Path]] = field(default_factory=dict)
    evalsets: list[Evalset] = field(default_factory=list)
    unknown: list[Path] = field(default_factory=list)  # files no pattern fits


def discover(folder: Path) -> Found:
    """Everything under `folder`, by the names of its files."""
    own = languages.read(folder / OWN_LANGUAGES) if (folder / OWN_LANGUAGES).is_file() else {}
    found = Found(folder, Codes(own))
    for path in files_under(folder, BITEXTS):
        if code := naming.bitext_language(path, found.codes):
            found.bitexts.setdefault(code, []).append(path)
        else:
            found.unknown.append(path)
    names: dict[tuple[str, str], Path] = {}
    for base in (folder / "evalsets", folder):
        for one in sorted(path for task in schema.TASKS for path in (base / task).glob("*") if path.is_dir()):
            if (other := names.setdefault((one.parent.name, one.name), one)) != one:
                raise BadInput(
                    f"evaluation set {one.parent.name}/{one.name} stands twice: {other} and {one}; join or rename them"
                )
    spoken = {language.name.casefold(): code for code, language in {**languages.paper(), **own}.items()}
    for (task, name), one in sorted(names.items()):
        if name.casefold() in spoken:
            add_language(found, task, one, spoken[name.casefold()])
        else:
            add_set(found, task, name, one, {path: naming.named(path, one, found.codes) for path in files_under(one)})
    return found


def add_language(found: Found, task: str, folder: Path, language: str) -> None:
    """Sets in one language, in a folder that is called as the language (`nli/english/<set>/...`): every folder with files is one."""
    places: dict[Path, dict[Path, list[Named]]] = {}
    for path in files_under(folder):
        places.setdefault(path.parent, {})[path] = naming.of_one_language(path, language)
    for place, files in sorted(places.items()):
        add_set(found, task, "-".join(place.relative_to(folder).parts) or folder.name, place, files)


def add_set(found: Found, task: str, name: str, folder: Path, files: dict[Path, list[Named]]) -> None:
    entries = [entry for fits in files.values() for entry in fits]
    read = {path for entry in entries for path in (entry.path, *entry.beside)}
    found.unknown += [path for path in files if path not in read]
    found.evalsets.append(Evalset(task, name, folder, tuple(sorted(entries))))


def files_under(folder: Path, names: tuple[str, ...] = ("",)) -> list[Path]:
    """Files below the folders `names` of `folder`, sorted; licences, readmes and hidden files are no data."""
    paths = (path for name in names for path in (folder / name).rglob("*"))
    return sorted(path for path in paths if path.is_file() and not naming.PASSED_OVER.match(path.name))


def select(found: Found, how: schema.Fetch) -> Found:
    """What the settings ask for; BadInput for a language, task or set that is not there."""
    sets = [one for one in found.evalsets if one.task in how.tasks]
    names = {one.name for one in sets}
    for name in how.evalsets or ():
        if name not in names:
            tasks = ", ".join(how.tasks)
            raise BadInput(f"fetch.evalsets: `{name}` is no evaluation set of {tasks} in {found.folder}; {nearest(name, names)}")
    sets = [one for one in sets if how.evalsets is None or one.name in how.evalsets]
    sets = [one for one in sets if not refused(one, how)]
    for one in sets:
        if not one.files and how.evalsets:
            raise BadInput(
                f"{one.folder}: no file is named as a language and a split (test-sw.tsv, swa/test.txt, ...); "
                "rename them, or leave the set out of fetch.evalsets"
            )
    for task in how.tasks:
        if not any(one.task == task and one.languages for one in sets):
            required = f"task {task} needs an evaluation set in {task}/<set>/ that is read"
            raise BadInput(f"{found.folder}: {required}; add one, or leave the task out of fetch.tasks")
    wanted = asked_languages(found, sets, how)
    keep = {code: paths for code, paths in found.bitexts.items() if code in wanted and code != ENGLISH}
    sets = [replace(one, files=tuple(file for file in one.files if file.language in wanted)) for one in sets]
    return replace(found, bitexts=keep, evalsets=sets)


def refused(one: Evalset, how: schema.Fetch) -> bool:
    """Whether a set cannot be read as one of its task: left out and said; BadInput where it was asked for."""
    reason = naming.KNOWN.get(one.name.casefold(), naming.Known()).refused
    if reason and how.evalsets:
        raise BadInput(f"fetch.evalsets: `{one.name}` is no set of task {one.task}: {reason}; leave it out")
    if reason:
        note(f"{one.task}/{one.name} is left out: {reason}")
    return bool(reason)


def asked_languages(found: Found, sets: list[Evalset], how: schema.Fetch) -> set[str]:
    """ISO codes to keep, English always among them."""
    there = {*found.bitexts, *(file.language for one in sets for file in one.files)}
    if how.languages is None:
        return there | {ENGLISH}
    asked = {code: found.codes(code) or code for code in how.languages}
    for code, language in asked.items():
        if language not in there:
            raise BadInput(
                f"fetch.languages: `{code}` has no bitext and no evaluation data in {found.folder}; {nearest(language, there)}"
            )
    return {*asked.values(), ENGLISH}


def training_sets(found: Found, how: schema.Fetch) -> dict[str, str]:
    """Task -> the set whose English rows train it.

    A set that fetch.train names may train on its English dev file, if it has a test file too.
    """
    chosen = {}
    for task in how.tasks:
        sets = {one.name: one for one in found.evalsets if one.task == task}
        having = sorted(name for name, one in sets.items() if one.of(ENGLISH, "train"))
        name = how.train.get(task)
        if name is None and len(having) != 1:
            what = f"several have them: {', '.join(having)}" if having else "none has them"
            raise BadInput(f"task {task} is trained on the English rows of one evaluation set; {what}; name it in fetch.train")
        name = name or having[0]
        if name not in sets:
            raise BadInput(f"fetch.train: `{name}` is no evaluation set of task {task} that is read; {nearest(name, sets)}")
        if name not in having and not (sets[name].of(ENGLISH, "dev") and sets[name].of(ENGLISH, "test")):
            hint = nearest(name, having) if having else "no set has one"
            raise BadInput(
                f"fetch.train: set `{name}` of task {task} has no English train file (train-en.tsv, eng/train.txt, ...); {hint}"
            )
        chosen[task] = name
    return chosen


def report(found: Found, training: dict[str, str]) -> None:
    """Says which files are not read, by name; never in silence."""
    names = [path.relative_to(found.folder).as_posix() for path in found.unknown if wanted(path, found)]
    if names:
        note(f"{len(names)} files are named as no language and split and are not read: {shortened(names)}")
    left = []
    for one in found.evalsets:
        for file in one.files:
            test = one.of(file.language, "test")
            trains = file.language == ENGLISH and training[one.task] == one.name
            train = one.of(ENGLISH, "train")
            if (file.split == "train" and not trains) or (file.split == "dev" and test and not (trains and not train)):
                left.append(file.path.relative_to(found.folder).as_posix())
    if left:
        note(f"{len(left)} train and dev files are not needed and not read: {shortened(sorted(set(left)))}")


def wanted(path: Path, found: Found) -> bool:
    """Whether an unknown file lies in a place that is read: sets left out by the settings are left out whole."""
    places = [one.folder for one in found.evalsets] + [found.folder / name for name in BITEXTS]
    return any(path.is_relative_to(place) for place in places)


def shortened(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
