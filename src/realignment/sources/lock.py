"""The lock of public corpora: what each file held when it was first downloaded, so that a repeated download is identical or an error."""

import gzip
import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.core.files import write_whole
from realignment.sources.catalogue import Wanted

BLOCK = 1 << 20
MIRROR = "mirror"  # in place of a commit, of a file from a mirror folder whose commit nobody said


@dataclass(frozen=True)
class Locked:
    """A file as it was downloaded. Of a `.gz`, size and sha256 are those of its content: compression says nothing about data."""

    path: str  # below the data folder
    source: str  # address, or hub:repo/file
    revision: str  # commit of the repository; "" for an address
    size: int  # bytes
    sha256: str
    rows: int | None  # distinct pairs it was cut at; None where it is the whole file
    stated: str  # licence by the paper
    observed: str  # licence by the source
    retrieved: str  # UTC


class Lock:
    """The entries of a lock file, by path."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.entries: dict[str, Locked] = {}
        self.pins: dict[str, str] = {}  # repository -> commit, found in this run
        if file.is_file():
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
                self.entries = {one["path"]: Locked(**one) for one in content}
            except (ValueError, TypeError, KeyError) as fault:
                raise BadInput(f"{file}: the lock of corpora cannot be read ({fault}); restore it with git") from None

    def write(self) -> None:
        """One line per entry, sorted: what changed shows in a diff."""
        lines = [json.dumps(asdict(self.entries[path]), ensure_ascii=False) for path in sorted(self.entries)]
        write_whole(self.file, "[\n" + ",\n".join(lines) + "\n]\n")

    def revision(self, wanted: Wanted) -> str:
        """Commit the repository of a file is pinned to: the catalogue's, else the one its locked files came from; `main` where unknown."""
        if wanted.corpus.revision != "main":
            return wanted.corpus.revision
        if wanted.corpus.repo in self.pins:
            return self.pins[wanted.corpus.repo]
        place = f"hub:{wanted.corpus.repo}/"
        known = {one.revision for one in self.entries.values() if one.source.startswith(place)} - {MIRROR}
        return min(known) if known else "main"

    def of(self, wanted: Wanted) -> Locked | None:
        """The entry of a file, if it comes from where the catalogue says now."""
        one = self.entries.get(wanted.path)
        return one if one and one.source == wanted.source and one.revision in (self.revision(wanted), MIRROR) else None

    def state(self, wanted: Wanted, folder: Path) -> str:
        """present | changed | missing | short (fewer rows than the settings ask for) | unlocked (there, and never verified)."""
        path, known = folder / wanted.path, self.of(wanted)
        if not path.is_file():
            return "missing"
        if known is None:
            return "unlocked"
        if digest(path) != (known.size, known.sha256):
            return "changed"
        return "short" if wanted.rows and known.rows is not None and known.rows < wanted.rows else "present"


def digest(path: Path, most: int | None = None) -> tuple[int, str]:
    """(bytes, sha256) of a file's content, of a `.gz` unpacked; of the first `most` bytes where given. (-1, "") where it is damaged."""
    summed, size = hashlib.sha256(), 0
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            while block := file.read(BLOCK if most is None else min(BLOCK, most - size)):
                summed.update(block)
                size += len(block)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return -1, ""
    return size, summed.hexdigest()
