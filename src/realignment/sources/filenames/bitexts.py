"""What the names of bitext files say: language, split, which column is English, and which plain files belong together."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from realignment.languages.table import ENGLISH
from realignment.sources import spellings as spelling
from realignment.sources.filenames.evalsets import ARCHIVES, SHARD, unreadable
from realignment.sources.spellings import Codes, split_of

FORMATS = ("tsv", "jsonl", "parquet")  # two sides a row; other files are one side, line by line
SIDES = re.compile(r"-(?:src|ref)$")  # NTREX: newstest2019-src.eng.txt, newstest2019-ref.swa.txt
HELD_OUT = "its corpus has a train file; dev and test are not trained on"


@dataclass(frozen=True, order=True)
class Parallel:
    """A file of a bitext; `english` is the file of its English sides where it holds the others alone."""

    path: Path
    english: Path | None = None
    split: str = ""  # train | dev | test, where its name says one
    corpus: str = ""  # what its splits are splits of: a folder, and a name


@dataclass(frozen=True)
class Plain:
    """A plain text file of one language; those of one `key` are translations of one another."""

    path: Path
    language: str
    key: tuple[Path, str]
    split: str
    spelt: str


def discover(paths: list[Path], codes: Codes) -> tuple[dict[str, list[Parallel]], dict[Path, str]]:
    """(language -> its files, file -> why it is not read)."""
    found: dict[str, list[Parallel]] = defaultdict(list)
    unread: dict[Path, str] = {}
    plain: list[Plain] = []
    for path in paths:
        if form(path):
            language, split, fault = _named(path, codes)
            if not fault and language == ENGLISH:
                fault = "a bitext is called by the language beside English"
            if fault:
                unread[path] = fault
            else:
                found[language].append(Parallel(path, None, split, _corpus(path, _stem(path), codes)))
        elif one := _plain(path, codes):
            plain.append(one)
        else:
            unread[path] = unreadable(path, FORMATS) or "it is no table, and its name says no language"
    for language, one in _together(plain, unread, codes):
        found[language].append(one)
    kept = {language: _trained(files, unread) for language, files in sorted(found.items())}
    used = {one.english for files in kept.values() for one in files}
    unread.update({one.english: HELD_OUT for files in found.values() for one in files if one.english and one.english not in used})
    return kept, unread


def form(path: Path) -> str:
    """The format of a table of pairs; a name without ending that says two languages is a TSV (NLLB's `eng_Latn-swh_Latn.gz`)."""
    _, dot, ending = path.name.removesuffix(".gz").rpartition(".")
    return ending if dot and ending in FORMATS else "tsv" if not dot and any(_two(_stem(path), Codes({}))) else ""


def english_second(path: Path) -> bool:
    """Whether the name of a table, or of its folder, says that its first column is the other language (`sw-en.tsv`)."""
    both = _two(_stem(path), Codes({}))
    return (both if any(both) else _two(path.parent.name, Codes({})))[1] == ENGLISH


def _stem(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    ending = name.rpartition(".")[2]
    return SHARD.sub("", name.rpartition(".")[0] if ending in FORMATS else name)


def _two(name: str, codes: Codes) -> tuple[str, str]:
    """The two languages that a name says beside a split and, before its first dot, a corpus; in their order."""
    bare = [name]
    for first, rest in spelling.cuts(name):
        bare += [rest] if split_of(first) else [first] if split_of(rest) else []
    bare += [one.partition(".")[2] for one in bare if "." in one]
    return next((both for one in bare if any(both := spelling.pair(one, codes))), ("", ""))


def _named(path: Path, codes: Codes) -> tuple[str, str, str]:
    """(language, split, "") of a table, or ("", "", why its name does not say it)."""
    stem = _stem(path)
    language, split = spelling.read(stem, codes)
    split = split or next((found for cut in spelling.cuts(stem) for part in cut if (found := split_of(part))), "")
    above, above_split = spelling.read(path.parent.name, codes)
    for name in (stem, path.parent.name) if split_of(stem) or stem.isdigit() else (stem,):
        if not language and any(both := _two(name, codes)):
            language = both[0] if both[1] == ENGLISH else both[1]
    if split_of(stem) or stem.isdigit():
        language = language or above
    if not language:
        return "", "", spelling.reason(stem, codes)
    return language, split or above_split, ""


def _corpus(path: Path, name: str, codes: Codes) -> str:
    """What its splits are splits of: where it lies, and its name without languages and split."""
    words = re.split("[._-]", name)
    words = [word for word in words if not (split_of(word) or codes(word) or re.fullmatch("[A-Z][a-z]{3}|[0-9*]*|txt", word))]
    return f"{path.parent.parent if split_of(path.parent.name) else path.parent}/{'.'.join(words)}"


def _plain(path: Path, codes: Codes) -> Plain | None:
    """`opus.en-af-train.af`, `swh_Latn.devtest`, `newstest2019-ref.swa.txt`, `swa.txt`; None for anything else."""
    parts = path.name.removesuffix(".gz").split(".")
    if parts[-1] in ARCHIVES:  # `.tar` is a language too
        return None
    split, rest = "", list(parts)
    if rest[-1] == "txt" or split_of(rest[-1]):
        split = split_of(rest.pop())
    if rest and split_of(rest[-1]) and len(rest) > 1:
        split = split_of(rest.pop())
    if not rest or not (code := codes(rest[-1])) or (len(parts) == 1):
        return None
    before = SIDES.sub("", ".".join(rest[:-1]))
    split = split or next(
        (found for cut in [*spelling.cuts(before), (before, "")] for part in cut if (found := split_of(part))), ""
    )
    return Plain(path, code, (path.parent, ".".join([before, "*", *parts[len(rest) :]])), split, rest[-1])


def _together(plain: list[Plain], unread: dict[Path, str], codes: Codes) -> list[tuple[str, Parallel]]:
    """Each file with the English one whose name differs by the language alone."""
    groups: dict[tuple[Path, str], list[Plain]] = defaultdict(list)
    for one in plain:
        groups[one.key].append(one)
    found = []
    for files in groups.values():
        english = sorted((one for one in files if one.language == ENGLISH), key=lambda one: (len(one.spelt), one.path))
        others = [one for one in files if one.language != ENGLISH]
        for one in english[1:]:
            unread[one.path] = f"{english[0].path.name} holds the English sides"
        if not english or not others:
            unread.update({one.path: "no file beside it holds the other side of its lines" for one in files})
            continue
        found += [
            (one.language, Parallel(one.path, english[0].path, one.split, _corpus(one.path, one.key[1], codes))) for one in others
        ]
    return found


def _trained(files: list[Parallel], unread: dict[Path, str]) -> list[Parallel]:
    """Those to read: of each corpus its train files and what has no split; dev and test where it has nothing else."""
    kept = []
    for corpus in sorted({one.corpus for one in files}):
        some = sorted(one for one in files if one.corpus == corpus)
        train = [one for one in some if one.split in ("", "train")]
        unread.update({one.path: HELD_OUT for one in some if train and one not in train})
        kept += train or some
    return kept
