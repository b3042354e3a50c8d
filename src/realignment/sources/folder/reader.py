"""Source `folder`: bitexts and evaluation sets in a folder of the user's. FOLDER.md beside this file says how it is laid out."""

import hashlib
import importlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from realignment.config import schema
from realignment.core import hashing
from realignment.core.console import note, track
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import text
from realignment.languages import table as languages
from realignment.languages.table import ENGLISH, Language
from realignment.sources import sets
from realignment.sources.filenames.bitexts import Parallel
from realignment.sources.filenames.evalsets import Named
from realignment.sources.folder import inventory
from realignment.sources.folder.inventory import Evalset, Found
from realignment.sources.folder.licences import Licences, Observed
from realignment.sources.formats import labelled_pairs, questions, tagged_sentences
from realignment.sources.formats.bitext_pairs import Tally, pairs
from realignment.sources.lock import Lock
from realignment.sources.output import BEYOND, Counts, Fetched, Origin, entry, write_bitext, write_evalset
from realignment.sources.raw import lines
from realignment.tasks import KINDS, PAIRS, QUESTIONS

READERS = {"words": tagged_sentences.sentences, "pair": labelled_pairs.pairs, "span": questions.questions}  # by the kind of task
SHOWN = 500  # texts a file that tell an unknown language's script


@dataclass(frozen=True)
class Reading:
    """What one call of `fetch` reads from and writes to. `lock` says where public files came from; None for the user's own."""

    target: Workspace
    how: schema.Fetch
    found: Found
    training: dict[str, str]  # task -> set whose English rows train it
    licences: Licences | Observed
    lock: Lock | None = None

    def trains(self, one: Evalset, language: str) -> bool:
        return language == ENGLISH and self.training[one.task] == one.name

    def origin(self, inputs: list[dict], place: str, licence: str) -> Origin:
        known = [self.lock.entries[one["path"]] for one in inputs] if self.lock else []
        sources = sorted({one.source for one in known})
        revision = ", ".join(sorted({one.revision for one in known if one.revision}))
        return Origin("; ".join(sources) or f"folder: {place}", revision, licence, tuple(inputs))


def fetch(target: Workspace, how: schema.Fetch) -> Fetched:
    """Reads the folder `how.folder` into `target`: what the settings ask for, nothing else."""
    how = sets.asked(how)
    found = inventory.select(inventory.discover(folder_of(how)), how)
    training = inventory.training_sets(found, how)
    inventory.once(found, training)
    unread = inventory.report(found, training)
    require_codes(found)
    for line in languages.differing(found.codes.own):
        note(f"{inventory.OWN_LANGUAGES} of the folder, not the package's table, says of {line}")
    for one in found.evalsets:
        if one.name == sets.canonical(one.task, one.folder.name) != one.folder.name:
            note(f"{one.task}/{one.folder.name} is the published set `{one.name}`, and called so in all that follows")
    licences = Licences(found.folder)
    fetched = read(Reading(target, how, found, training, licences))
    if licences.idle:
        note(f"LICENCES.tsv: nothing that was read is named {', '.join(licences.idle)}")
    return replace(fetched, unread=unread)


def read(reading: Reading) -> Fetched:
    """Every bitext and set of `reading.found`, into parquet files of one layout."""
    jobs: list[tuple[Evalset | None, str]] = [(None, language) for language in sorted(reading.found.bitexts)]
    for one in reading.found.evalsets:
        jobs += [(one, code) for code in sorted({*one.languages, *([ENGLISH] if reading.trains(one, ENGLISH) else [])})]
    files, shown = [], {ENGLISH: []}
    for evalset, language in track(jobs, "reading the corpora"):
        done, texts = read_evalset(reading, evalset, language) if evalset else read_bitext(reading, language)
        files.append(done)
        shown.setdefault(language, texts)
    return Fetched([language_of(code, reading.found, texts) for code, texts in sorted(shown.items())], files)


def require_codes(found: Found) -> None:
    """BadInput for files named by three letters that are no code of ISO 639-3."""
    named = [(code, one.path) for code, files in found.bitexts.items() for one in files]
    named += [(file.language, file.path) for one in found.evalsets for file in one.files]
    for code, path in named:
        if code not in found.codes.own:
            try:
                languages.resolve(code)
            except BadInput as fault:
                raise BadInput(f"{path}: {fault}; rename the file, by a code of qaa-qtz where ISO 639-3 has none") from None


def folder_of(how: schema.Fetch) -> Path:
    if not how.folder:
        raise BadInput("source `folder` reads a data folder; fetch.folder names none; set it in the profile")
    folder = Path(how.folder).expanduser()
    if not folder.is_dir():
        raise BadInput(f"{folder}: the data folder is required and does not exist; fetch.folder names it")
    return folder


class Bitext:
    """The kept pairs of all files of one language, one after the other; what came of each file is known once they are read."""

    def __init__(self, reading: Reading, language: str) -> None:
        self.reading, self.language, self.files = reading, language, reading.found.bitexts[language]
        self.counts, self.inputs = Counts(), []
        self.prefixes: set[str] = set()  # of the ids, before their colon
        self.texts: list[str] = []  # the first targets

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        how, seen = self.reading.how, set()
        for file in self.files:
            limit = how.max_pairs and how.max_pairs - self.counts.kept
            if limit == 0:
                break
            tally = Tally(file.path, file.split or "train")
            names = called(self.language, file, self.reading.found)
            for pair in pairs(file.path, tally, limit, names, seen, file.english):
                self.prefixes.add(pair[2].partition(":")[0])
                if len(self.texts) < SHOWN:
                    self.texts.append(pair[1])
                yield pair
            tally.stop_past(how.refused)
            self.counts += tally.counts
            self.inputs += [input_of(path, self.reading.found, tally) for path in (file.path, file.english) if path]


def read_bitext(reading: Reading, language: str) -> tuple[dict, list[str]]:
    """(manifest entry, some of the target text) of all files of one language, joined."""
    rows = Bitext(reading, language)
    path = write_bitext(reading.target, language, rows, reading.how.heldout)
    if not rows.counts.kept:
        raise BadInput(
            f"{rows.files[0].path}: a bitext needs at least one pair; {rows.counts.read} rows read, none kept{reasons(rows.counts)}; fill the file or remove it"
        )
    licence = reading.licences.of_bitext(language, rows.prefixes, [one.path for one in rows.files])
    origin = reading.origin(rows.inputs, ", ".join(one["path"] for one in rows.inputs), licence)
    return entry(reading.target, path, counts=rows.counts, origin=origin, kind="bitext", language=language), rows.texts


def called(language: str, file: Parallel, found: Found) -> tuple[str, ...]:
    """What names the target column: the language's code first, its other codes and name, what the file is called."""
    known = found.codes.own.get(language) or languages.paper().get(language)
    names = [known.name.casefold()] if known else []
    return tuple(dict.fromkeys((language, file.path.name.split(".")[0].casefold(), *languages.spellings(language), *names)))


def read_evalset(reading: Reading, one: Evalset, language: str) -> tuple[dict, list[str]]:
    """(manifest entry, some of the text): test rows of every language, train rows of English where the set trains its task."""
    dev = one.of(language, "dev")
    plan = [(one.of(language, "test") or dev, "test", reading.how.max_test)]
    if reading.trains(one, language):
        plan.append((one.of(language, "train") or dev, "train", reading.how.max_train))
    examples, counts, inputs = [], Counts(), []
    for files, split, limit in plan:
        kept, counted = [], Counts()
        for file in files:
            tally = Tally(file.path)
            name = file.path.relative_to(one.folder).as_posix()
            for example in read_examples(one, file, tally):
                place = counted.read + tally.counts.read - 1  # of all rows read, refused ones too
                kept.append({**example, "id": f"{name}:{example['line']}", "place": place, "split": split})
            tally.stop_past(reading.how.refused)
            tally.stop_foreign(language)
            counted += tally.counts
            for path in (file.path, *file.beside):
                inputs.append({**input_of(path, reading.found, tally), "split": file.split, "used_as": split})
        if files and not kept:
            raise BadInput(
                f"{files[0].path}: an evaluation set needs at least one example; {counted.read} read, none kept{reasons(counted)}; "
                "fill the file, or leave its set out with fetch.evalsets"
            )
        kept, beyond = drawn(kept, limit)
        counted.kept -= beyond
        counted.mended = Counter(reason for example in kept for reason in example["mended"])
        counted.refused.update({BEYOND: beyond} if beyond else {})
        counts += counted
        examples += kept
    place = one.folder.relative_to(reading.found.folder).as_posix()
    licence = reading.licences.of_set(one.task, one.name, one.folder, inputs)
    origin = reading.origin(inputs, place, licence)
    done = write_evalset(reading.target, one.task, one.name, language, examples, counts=counts, origin=origin)
    return done, [example.get("premise") or example.get("context") or " ".join(example["words"]) for example in examples[:SHOWN]]


def reasons(counts: Counts) -> str:
    return f" ({', '.join(f'{number} {why}' for why, number in sorted(counts.refused.items()))})" if counts.refused else ""


def read_examples(one: Evalset, file: Named, tally: Tally) -> Iterator[dict]:
    numbers = () if one.task in QUESTIONS else labels_file(one) or sets.known(one.name).labels
    return READERS[KINDS[one.task]](file, one.task, tally, numbers)


def labels_file(one: Evalset) -> tuple[str, ...]:
    """What 0, 1, 2 ... mean in a set that has a labels.txt."""
    path = one.folder / "labels.txt"
    if not path.is_file():
        return ()
    known = importlib.import_module(f"realignment.tasks.{one.task}").LABELS
    names = tuple(line.strip() for _, line in lines(path) if line.strip())
    names = tuple(name.casefold() if one.task in PAIRS else name.upper() for name in names)
    if sorted(names) != sorted(known):
        required = f"the names {', '.join(known)} are required, a line each in the order of their numbers"
        raise BadInput(f"{path}: {required}; got {', '.join(names)}")
    return names


def drawn(examples: list[dict], limit: int | None) -> tuple[list[dict], int]:
    """(`limit` of the examples in file order, how many are left out).

    Drawn by a hash of each row's own place in its files, so that no other row moves it: no single document from the head, and the
    same places in every language of a parallel set, whatever was refused in one of them.
    """
    if limit is None or len(examples) <= limit:
        return examples, 0
    ranked = sorted(examples, key=lambda example: hashlib.sha256(str(example["place"]).encode()).digest())
    return sorted(ranked[:limit], key=lambda example: example["place"]), len(examples) - limit


def input_of(path: Path, found: Found, tally: Tally) -> dict:
    return {
        "path": path.relative_to(found.folder).as_posix(),
        "sha256": hashing.file_digest(path),
        "bytes": path.stat().st_size,
        "rows": tally.counts.read,
    }


def language_of(code: str, found: Found, texts: list[str]) -> Language:
    """The folder's own entry, the package's, or one made of what the text shows."""
    if known := found.codes.own.get(code) or languages.paper().get(code):
        return known
    script = text.script_of(texts) or "Latin"
    more = f"{inventory.OWN_LANGUAGES} in the folder can say more"
    note(
        f"language `{code}` is in no table: script {script} by its letters, class unknown, counted as seen by no encoder; {more}"
    )
    return Language(code, languages.name_of(code), script, "", "", -1, (), code in found.bitexts, "")
