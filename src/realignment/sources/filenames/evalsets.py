"""What the names of an evaluation set's files say: language and split. folder/FOLDER.md lists the patterns."""

import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from realignment.sources import sets
from realignment.sources import spellings as spelling
from realignment.sources.fields import spoken
from realignment.sources.raw import FORMATS, form
from realignment.sources.spellings import Codes, split_of

ARCHIVES = ("zip", "tar", "tgz", "bz2", "xz", "zst", "7z", "rar")
ALIGNED = ("s1", "s2", "labels")  # e-SNLI: files <part>.<split> whose lines belong together
PASSED_OVER = re.compile(r"(?i)(licen[cs]e|readme|copying|labels\.txt$|\.)|.*\.md$")  # these hold no examples
SHARD = re.compile(r"-(\d{5})-of-(\d{5})$")
TREEBANK = re.compile(r"([a-z]+)_[a-z0-9]+-ud-(train|dev|test)(-[a-z](-\d)?)?")  # en_ewt-ud-test, cs_pdt-ud-train-l


@dataclass(frozen=True, order=True)
class Named:
    """A file (or some of its columns or rows) of one language and split."""

    path: Path
    language: str
    split: str  # train | dev | test
    columns: str = ""  # code in the names of its columns, where a file holds several languages
    beside: tuple[Path, ...] = ()  # files whose lines belong to its lines
    by_rows: bool = False  # its field `language` says which rows are of which language

    @property
    def part(self) -> str:
        """Which part of a set it is, of those that belong together: a treebank, a piece of a large file; "" for a whole set."""
        stem = stem_of(self.path)
        shard = SHARD.search(stem)
        return stem if TREEBANK.fullmatch(stem) else shard[1] if shard else stem if stem.isdigit() else ""


def stem_of(path: Path) -> str:
    """A file's name without its format; names that end in a split (`eng.testa`, `swh_Latn.dev`, WikiANN's `test`) have none."""
    name = path.name.removesuffix(".gz")
    return name.rpartition(".")[0] if form(path) else name


def named(path: Path, folder: Path, codes: Codes) -> list[Named]:
    """What `path` inside the set `folder` holds; empty where no pattern fits."""
    found = read(path, folder, codes)
    return [] if isinstance(found, str) else found


def read(path: Path, folder: Path, codes: Codes, name: str = "") -> list[Named] | str:
    """What `path` inside the set `folder` holds, or why it is not read. `name`: that of the set, where it is not the folder's."""
    if fault := unreadable(path):
        return fault
    *above, _ = path.relative_to(folder).parts
    above, stem = above[1:] if above[:1] == ["data"] else above, SHARD.sub("", stem_of(path))
    if columns := re.fullmatch(r"[a-z]{2,3}\.genre\.(\w+)", stem):
        return _by_columns(path, split_of(columns[1]), codes) if not above else "it lies in a folder of the set"
    known = sets.known(name or folder.name)
    codes = codes.beside(known.codes)
    if known.language and not above:
        split = dict(known.splits).get(stem, split_of(stem))
        return [Named(path, known.language, split)] if split else f"`{stem}` is no split of {name or folder.name} that is read"
    if not above:
        for begin in dict.fromkeys((folder.name, name or folder.name, *known.prefixes)):
            stem = re.sub(rf"(?i)^{re.escape(begin)}[._-](?=.)", "", stem)
        if split_of(stem) and (found := _by_rows(path, split_of(stem), codes)):
            return found
    language, split, fault = _parts(above, stem, codes)
    return fault or [Named(path, language, split or "test")]


def unreadable(path: Path, formats: tuple[str, ...] = FORMATS) -> str:
    """Why a file cannot be read, by the ending of its name; "" where it can."""
    ending = path.name.removesuffix(".gz").rpartition(".")[2]
    if ending.casefold() in ARCHIVES:
        return f".{ending} is packed; unpack it"
    if ending in formats or split_of(ending):
        return ""
    return f"the format .{ending} is not read" if "." in path.name.removesuffix(".gz") else "its name says no format"


def of_one_language(path: Path, language: str) -> list[Named]:
    """What a file holds of a set in one language: its name says the split with one of its words (`SICK_train`, `conj_dev`)."""
    first, *_ = parts = [path.with_name(f"{part}{path.suffix}") for part in ALIGNED]
    if path in parts:
        split = split_of(path.suffix.removeprefix("."))
        whole = path == first and split and all(part.is_file() for part in parts)
        return [Named(path, language, split, beside=tuple(parts[1:]))] if whole else []
    words = re.split(r"[._-]", path.name.removesuffix(".gz").rpartition(".")[0])
    found = {split_of(word) for word in words} - {""}
    return [Named(path, language, found.pop())] if form(path) and len(found) == 1 else []


def _parts(above: list[str], stem: str, codes: Codes) -> tuple[str, str, str]:
    """(language, split, "") as the path spells them, folders and name together; or ("", "", why it does not)."""
    if treebank := TREEBANK.fullmatch(stem):  # UD_English-EWT/en_ewt-ud-test
        code = codes(treebank[1])
        astray = above and not (len(above) == 1 and above[0].startswith("UD_"))
        fault = "a treebank lies in the set's folder, or in one called UD_..." if astray else ""
        return code or "", treebank[2], fault or ("" if code else f"`{treebank[1]}` is no code of a language")
    if len(above) > 2 or (len(above) == 2 and not (stem.isdigit() or split_of(stem))):
        return "", "", "it lies too deep below its set"
    names = above if above and stem.isdigit() else [*above, stem]  # <lang>/<split>/0000
    said = {name: spelling.read(name, codes) for name in names}
    if fault := next((name for name, one in said.items() if not any(one)), ""):
        more = f"its folder or name says `{fault}`, which is neither language nor split (train, dev, test)"
        return "", "", more if above else spelling.reason(stem, codes)
    language, split = {one for one, _ in said.values()} - {""}, {one for _, one in said.values()} - {""}
    if len(language) != 1 or len(split) > 1:
        return "", "", "its name says no language" if not language else "its folder and its name say two different things"
    return language.pop(), (split or {""}).pop(), ""


def _by_columns(path: Path, split: str, codes: Codes) -> list[Named] | str:
    """myXNLI's files: one language per pair of columns sentence1_<code>, sentence2_<code>."""
    header = _header(path)
    spelt = [name.removeprefix("sentence1_") for name in header if name.startswith("sentence1_")]
    found = [(codes(code), code) for code in spelt if f"sentence2_{code}" in header]
    named = [Named(path, language, split, code) for language, code in found if language and split]
    return named or "it has no columns sentence1_<lang> and sentence2_<lang>, or its name no split"


def _by_rows(path: Path, split: str, codes: Codes) -> list[Named]:
    """XNLI's own files: a field `language` says the language of each row."""
    from realignment.sources.fields import columns
    from realignment.sources.raw import lines, objects

    header = [columns.plain(name) for name in _header(path)]
    if form(path) == "jsonl" and any(f'"{name}"' in "\t".join(header) for name in spoken.LANGUAGE):
        found = {code for _, row in objects(path) if isinstance(row, dict) for code in spoken.languages_of(row)}
    elif form(path) == "tsv" and (places := {name: place for place, name in enumerate(header) if name in spoken.LANGUAGE}):
        cells = (cells for _, line in lines(path) if len(cells := line.split("\t")) == len(header))
        found = {code for row in cells for code in spoken.languages_of({name: row[place] for name, place in places.items()})}
    else:
        return []
    return [Named(path, code, split, by_rows=True) for code in sorted(found)]


def _header(path: Path) -> list[str]:
    """Cells of the first line, as far as a line may go; what cannot be read is named when it is read as a whole."""
    opened = gzip.open if path.name.endswith(".gz") else open
    try:
        with opened(path, "rb") as file:
            return file.readline(2**20).decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r\n").split("\t")
    except (OSError, EOFError, zlib.error):
        return []
