"""Source `folder`: bitexts and evaluation sets in a folder of the user's. FOLDER.md beside this file says how it is laid out."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from realignment import identity, languages, schema, text
from realignment.console import note, track
from realignment.errors import BadInput
from realignment.languages import ENGLISH, Language
from realignment.sources import inventory, naming, nli, tagged
from realignment.sources.base import BEYOND, Counts, Fetched, Origin, write_bitext, write_evalset
from realignment.sources.inventory import Evalset, Found
from realignment.sources.licences import Licences
from realignment.sources.naming import Named
from realignment.sources.readers import Tally, pairs
from realignment.workspace import Workspace

SHOWN = 500  # texts a file that tell an unknown language's script


@dataclass(frozen=True)
class Reading:
    """What one call of `fetch` reads from and writes to."""

    target: Workspace
    how: schema.Fetch
    found: Found
    training: dict[str, str]  # task -> set whose English rows train it
    licences: Licences

    def trains(self, one: Evalset, language: str) -> bool:
        return language == ENGLISH and self.training[one.task] == one.name


def fetch(target: Workspace, how: schema.Fetch) -> Fetched:
    """Reads the folder `how.folder` into `target`: what the settings ask for, nothing else."""
    found = inventory.select(inventory.discover(folder_of(how)), how)
    training = inventory.training_sets(found, how)
    inventory.report(found, training)
    reading = Reading(target, how, found, training, Licences(found.folder))
    jobs: list[tuple[Evalset | None, str]] = [(None, language) for language in sorted(found.bitexts)]
    for one in found.evalsets:
        jobs += [(one, code) for code in sorted({*one.languages, *([ENGLISH] if reading.trains(one, ENGLISH) else [])})]
    files, shown = [], {ENGLISH: []}
    for evalset, language in track(jobs, "reading the folder"):
        done, texts = read_evalset(reading, evalset, language) if evalset else read_bitext(reading, language)
        files.append(done)
        shown.setdefault(language, texts)
    return Fetched([language_of(code, found, texts) for code, texts in sorted(shown.items())], files)


def folder_of(how: schema.Fetch) -> Path:
    if not how.folder:
        raise BadInput("source `folder` reads a data folder; fetch.folder names none; set it in the profile")
    folder = Path(how.folder).expanduser()
    if not folder.is_dir():
        raise BadInput(f"{folder}: the data folder is required and does not exist; fetch.folder names it")
    return folder


def read_bitext(reading: Reading, language: str) -> tuple[dict, list[str]]:
    """(manifest entry, some of the target text) of all files of one language, joined."""
    found, how = reading.found, reading.how
    rows, counts, inputs, seen = [], Counts(), [], set()
    paths = found.bitexts[language]
    for path in paths:
        limit = how.max_pairs and how.max_pairs - len(rows)
        if limit == 0:
            break
        tally = Tally(path)
        rows += pairs(path, tally, limit, called(language, path), seen)
        tally.stop_past(how.refused)
        counts += tally.counts
        inputs.append(input_of(path, found, tally))
    if not rows:
        raise BadInput(
            f"{paths[0]}: a bitext needs at least one pair; {counts.read} rows read, none kept; fill the file or remove it"
        )
    licence = reading.licences.of_bitext(language, rows, paths)
    origin = Origin("folder: " + ", ".join(one["path"] for one in inputs), licence=licence, inputs=tuple(inputs))
    done = write_bitext(reading.target, language, rows, how, counts=counts, origin=origin)
    return done, [target for _, target, _ in rows[:SHOWN]]


def called(language: str, path: Path) -> tuple[str, ...]:
    """What a header may call the target column."""
    known = languages.paper().get(language)
    return (language, path.name.split(".")[0].casefold(), *([known.name.casefold()] if known else []))


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
            rows = read_examples(one, file, tally)
            kept += [{**example, "id": f"{name}:{example['line']}", "split": split} for example in rows]
            tally.stop_past(reading.how.refused)
            counted += tally.counts
            inputs.append({**input_of(file.path, reading.found, tally), "split": file.split, "used_as": split})
        if files and not kept:
            raise BadInput(
                f"{files[0].path}: an evaluation set needs at least one example; {counted.read} read, none kept; "
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
    origin = Origin(f"folder: {place}", licence=licence, inputs=tuple(inputs))
    done = write_evalset(reading.target, one.task, one.name, language, examples, counts=counts, origin=origin)
    return done, [example.get("premise") or " ".join(example["words"]) for example in examples[:SHOWN]]


def read_examples(one: Evalset, file: Named, tally: Tally) -> list[dict]:
    if one.task == "nli":
        numbers = nli.labels_file(one.folder) or naming.KNOWN.get(one.name.casefold(), naming.Known()).labels
        return list(nli.pairs(file, tally, numbers))
    return list(tagged.sentences(file.path, one.task, tally))


def drawn(examples: list[dict], limit: int | None) -> tuple[list[dict], int]:
    """(`limit` of the examples in file order, how many are left out).

    Drawn by a hash of the position: no single document from the head, and the same positions in every language of a parallel set.
    """
    if limit is None or len(examples) <= limit:
        return examples, 0
    order = sorted(range(len(examples)), key=lambda position: hashlib.sha256(str(position).encode()).digest())
    return [examples[position] for position in sorted(order[:limit])], len(examples) - limit


def input_of(path: Path, found: Found, tally: Tally) -> dict:
    return {
        "path": path.relative_to(found.folder).as_posix(),
        "sha256": identity.file_digest(path),
        "bytes": path.stat().st_size,
        "rows": tally.counts.read,
    }


def language_of(code: str, found: Found, texts: list[str]) -> Language:
    """The folder's own entry, the package's, or one made of what the text shows."""
    if known := found.codes.own.get(code) or languages.paper().get(code):
        return known
    script = text.script_of(texts) or "Latin"
    more = f"{inventory.OWN_LANGUAGES} in the folder can say more"
    note(f"language `{code}` is in no table: script {script} by its letters, the rest unknown; {more}")
    return Language(code, code, script, "", "", -1, (), code in found.bitexts, "")
