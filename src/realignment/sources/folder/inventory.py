"""What a folder holds and what of it the settings ask for, by the names of its files; no line of them is read here."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from realignment.config import schema
from realignment.core.console import note
from realignment.core.errors import BadInput, nearest
from realignment.languages import table as languages
from realignment.languages.table import ENGLISH
from realignment.sources import sets
from realignment.sources.filenames import bitexts, evalsets
from realignment.sources.filenames.bitexts import Parallel
from realignment.sources.filenames.evalsets import SHARD, Named
from realignment.sources.formats import questions
from realignment.sources.raw import form
from realignment.sources.spellings import Codes
from realignment.tasks import QUESTIONS, TASKS

BITEXTS = ("bitext", "parallel")
OWN_LANGUAGES = "languages.csv"
NO_SPLIT = "a set in one language: one word of a file's name must be its split"
SPARE = "a train or dev file that is not needed"


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
    bitexts: dict[str, list[Parallel]] = field(default_factory=dict)
    evalsets: list[Evalset] = field(default_factory=list)
    unread: dict[Path, str] = field(default_factory=dict)  # file -> why it is not read


def discover(folder: Path) -> Found:
    """Everything under `folder`, by the names of its files."""
    own = languages.read(folder / OWN_LANGUAGES) if (folder / OWN_LANGUAGES).is_file() else {}
    found = Found(folder, Codes(own))
    found.bitexts, found.unread = bitexts.discover(files_under(folder, BITEXTS), found.codes)
    found.unread |= astray(folder)
    names: dict[tuple[str, str], Path] = {}
    for base in (folder / "evalsets", folder):
        for one in sorted(path for task in TASKS for path in (base / task).glob("*") if path.is_dir()):
            name = sets.canonical(one.parent.name, one.name)
            if (other := names.setdefault((one.parent.name, name), one)) != one:
                raise BadInput(f"evaluation set {one.parent.name}/{name} stands twice: {other} and {one}; join or rename them")
    spoken = {language.name.casefold(): code for code, language in {**languages.paper(), **own}.items()}
    for (task, name), one in sorted(names.items()):
        if name.casefold() in spoken:
            add_language(found, task, one, spoken[name.casefold()])
        else:
            add_set(found, task, name, one, {path: evalsets.read(path, one, found.codes, name) for path in files_under(one)})
    return found


def astray(folder: Path) -> dict[Path, str]:
    """What lies in no place that is read: beside the places of a folder of corpora, and beside the sets of a task."""
    known = {*BITEXTS, *TASKS, "evalsets", OWN_LANGUAGES, "LICENCES.tsv"}
    places = "bitext/, evalsets/ and the folders of tasks are read"
    found = {
        path: places for path in sorted(folder.glob("*")) if path.name not in known and not evalsets.PASSED_OVER.match(path.name)
    }
    folders = {*BITEXTS, *TASKS, "evalsets"}
    found |= {
        path: f"a folder {path.name}/ is required" for path in sorted(folder.glob("*")) if path.name in folders and path.is_file()
    }
    for base in (folder / "evalsets", folder):
        for task in TASKS:
            loose = (
                path for path in sorted((base / task).glob("*")) if path.is_file() and not evalsets.PASSED_OVER.match(path.name)
            )
            found |= dict.fromkeys(loose, f"it lies in no set; {task}/<set>/<file> is read")
    for path in sorted((folder / "evalsets").glob("*")):
        if path.name not in TASKS and not evalsets.PASSED_OVER.match(path.name):
            found[path] = f"evalsets/<task>/<set>/ is read; tasks are {', '.join(TASKS)}"
    return found


def add_language(found: Found, task: str, folder: Path, language: str) -> None:
    """Sets in one language, in a folder that is called as the language (`nli/english/<set>/...`): every folder with files is one."""
    places: dict[Path, dict[Path, list[Named] | str]] = {}
    for path in files_under(folder):
        places.setdefault(path.parent, {})[path] = evalsets.of_one_language(path, language) or NO_SPLIT
    for place, files in sorted(places.items()):
        name = "-".join(place.relative_to(folder).parts) or folder.name
        add_set(found, task, sets.canonical(task, name), place, files)


def add_set(found: Found, task: str, name: str, folder: Path, files: dict[Path, list[Named] | str]) -> None:
    files = {path: fits if isinstance(fits, str) or not (why := unread(task, path)) else why for path, fits in files.items()}
    entries = [entry for fits in files.values() if not isinstance(fits, str) for entry in fits]
    used = {path for entry in entries for path in (entry.path, *entry.beside)}
    found.unread |= {path: fits for path, fits in files.items() if isinstance(fits, str) and path not in used}
    found.evalsets.append(Evalset(task, name, folder, tuple(sorted(entries))))


def unread(task: str, path: Path) -> str:
    """Why a file cannot be one of its task by its format: JSON as a whole is SQuAD's alone, and questions come in no table."""
    given = form(path)
    read = given in questions.FORMATS if task in QUESTIONS else given != "json"
    return "" if read else f"the format .{given} is not read" if given else "its name says no format"


def files_under(folder: Path, names: tuple[str, ...] = ("",)) -> list[Path]:
    """Files below the folders `names` of `folder`, sorted, links to folders followed; licences, readmes and hidden files are no data."""
    found, seen = [], set()
    waiting = [folder / name for name in names]
    while waiting:
        place = waiting.pop()
        if not place.is_dir() or place.resolve() in seen:
            continue
        seen.add(place.resolve())
        inside = [path for path in place.iterdir() if not evalsets.PASSED_OVER.match(path.name)]
        waiting += [path for path in inside if path.is_dir()]
        found += [path for path in inside if not path.is_dir()]
    return sorted(found)


def select(found: Found, how: schema.Fetch) -> Found:
    """What the settings ask for; BadInput for a language, task or set that is not there."""
    chosen = [one for one in found.evalsets if one.task in how.tasks]
    names = {one.name for one in chosen}
    for name in how.evalsets or ():
        if name not in names:
            tasks = ", ".join(how.tasks)
            raise BadInput(f"fetch.evalsets: `{name}` is no evaluation set of {tasks} in {found.folder}; {nearest(name, names)}")
    chosen = [one for one in chosen if how.evalsets is None or one.name in how.evalsets]
    chosen = [one for one in chosen if not refused(one, how)]
    for one in chosen:
        if not one.files and how.evalsets:
            raise BadInput(
                f"{one.folder}: no file is named as a language and a split (test-sw.tsv, swa/test.txt, ...); "
                "rename them, or leave the set out of fetch.evalsets"
            )
    for task in how.tasks:
        if not any(one.task == task and one.languages for one in chosen):
            required = f"task {task} needs an evaluation set in {task}/<set>/ that is read"
            raise BadInput(f"{found.folder}: {required}; add one, or leave the task out of fetch.tasks")
    wanted = asked_languages(found, chosen, how)
    keep = {code: files for code, files in found.bitexts.items() if code in wanted}
    left = [one.path for code, files in found.bitexts.items() if code not in wanted for one in files]
    left += [file.path for one in chosen for file in one.files if file.language not in wanted]
    chosen = [replace(one, files=tuple(file for file in one.files if file.language in wanted)) for one in chosen]
    asked = found.unread | dict.fromkeys(left, "fetch.languages leaves its language out")
    return replace(found, bitexts=keep, evalsets=chosen, unread=asked)


def refused(one: Evalset, how: schema.Fetch) -> bool:
    """Whether a set cannot be read as one of its task: left out and said; BadInput where it was asked for."""
    reason = sets.known(one.name).refused
    if reason and how.evalsets:
        raise BadInput(f"fetch.evalsets: `{one.name}` is no set of task {one.task}: {reason}; leave it out")
    if reason:
        note(f"{one.task}/{one.name} is left out: {reason}")
    return bool(reason)


def asked_languages(found: Found, chosen: list[Evalset], how: schema.Fetch) -> set[str]:
    """ISO codes to keep, English always among them."""
    there = {*found.bitexts, *(file.language for one in chosen for file in one.files)}
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
        held = {one.name: one for one in found.evalsets if one.task == task}
        having = sorted(name for name, one in held.items() if one.of(ENGLISH, "train"))
        name = how.train.get(task)
        if name is None and len(having) != 1:
            what = f"several have them: {', '.join(having)}" if having else "none has them"
            raise BadInput(f"task {task} is trained on the English rows of one evaluation set; {what}; name it in fetch.train")
        name = name or having[0]
        if name not in held:
            raise BadInput(f"fetch.train: `{name}` is no evaluation set of task {task} that is read; {nearest(name, held)}")
        if name not in having and not (held[name].of(ENGLISH, "dev") and held[name].of(ENGLISH, "test")):
            hint = nearest(name, having) if having else "no set has one"
            raise BadInput(
                f"fetch.train: set `{name}` of task {task} has no English train file (train-en.tsv, eng/train.txt, ...); {hint}"
            )
        chosen[task] = name
    return chosen


def once(found: Found, training: dict[str, str]) -> None:
    """BadInput where two files hold the same split of a language, or a piece of a file is missing: joined, rows would count twice."""
    for one in found.evalsets:
        for code in sorted({file.language for file in one.files}):
            for split in needed(one, code, training):
                files = one.of(code, split)
                if len(files) > 1 and not all(len({file.part for file in files}) == len(files) and file.part for file in files):
                    names = ", ".join(file.path.relative_to(one.folder).as_posix() for file in files)
                    raise BadInput(
                        f"{one.folder}: {len(files)} files hold the {split} rows of {code}: {names}; keep one of them there, or call the "
                        "others by another split"
                    )
    for code, files in found.bitexts.items():
        one_variant(found, code, [file.path for file in files])
    every = [file.path for one in found.evalsets for file in one.files] + [
        file.path for files in found.bitexts.values() for file in files
    ]
    whole(every)


def one_variant(found: Found, language: str, paths: list[Path]) -> None:
    """BadInput where the files of a bitext name two scripts or regions of its language and the folder's table does not list it."""
    named = {path: found.codes.variants(path.relative_to(found.folder).as_posix(), language) for path in paths}
    said = set().union(*named.values())
    if max(len(scripts := {one for one in said if len(one) == 4}), len(said - scripts)) > 1 and language not in found.codes.own:
        shown = ", ".join(path.relative_to(found.folder).as_posix() for path, some in named.items() if some)
        raise BadInput(
            f"{found.folder}: {shown} hold {language} in several scripts or regions; one is required; take the others out, or list "
            f"{language} in {OWN_LANGUAGES} to have them joined"
        )


def needed(one: Evalset, language: str, training: dict[str, str]) -> list[str]:
    """The splits of a language that are read."""
    test = "test" if one.of(language, "test") else "dev"
    if language != ENGLISH or training.get(one.task) != one.name:
        return [test] if language in one.languages else []
    return [test, "train" if one.of(language, "train") else "dev"]


def whole(paths: list[Path]) -> None:
    """BadInput where `x-00000-of-00002` is there and a piece beside it is not."""
    pieces: dict[tuple[Path, str, str], set[int]] = {}
    for path in paths:
        if piece := SHARD.search(evalsets.stem_of(path)):
            pieces.setdefault((path.parent, path.name[: path.name.index(piece[0])], piece[2]), set()).add(int(piece[1]))
    for (place, name, many), there in sorted(pieces.items()):
        if missing := sorted(set(range(int(many))) - there):
            raise BadInput(
                f"{place}: {name} comes in {int(many)} pieces; {len(missing)} are missing, the first {missing[0]:05d}; bring them"
            )


def report(found: Found, training: dict[str, str]) -> list[dict]:
    """Says which files are not read and why, never in silence; one row per file, for the manifest."""
    unread = {path: why for path, why in found.unread.items() if wanted(path, found)}
    for one in found.evalsets:
        read = {(code, split) for code in {file.language for file in one.files} for split in needed(one, code, training)}
        kept = {file.path for file in one.files if (file.language, file.split) in read}
        unread |= {file.path: SPARE for file in one.files if file.path not in kept}
    reasons: dict[str, list[str]] = {}
    for path, why in sorted(unread.items()):
        reasons.setdefault(why, []).append(path.relative_to(found.folder).as_posix())
    for why, names in sorted(reasons.items()):
        what = f"{len(names)} files are" if len(names) > 1 else "1 file is"
        note(f"{what} not read ({why}): {shortened(names)}")
    return [{"path": name, "reason": why} for why, names in sorted(reasons.items()) for name in names]


def wanted(path: Path, found: Found) -> bool:
    """Whether a file lies in a place that is read: sets and tasks left out by the settings are left out whole."""
    if path.parent in (found.folder, found.folder / "evalsets"):
        return True
    places = [one.folder for one in found.evalsets] + [found.folder / name for name in BITEXTS]
    tasks = {one.task for one in found.evalsets}
    return any(path.is_relative_to(place) for place in places) or (
        path.parent.name in tasks and found.unread[path].startswith("it lies in no set")
    )


def shortened(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
