"""The head of a bitext: its rows as they came, in a file of our own, until enough distinct pairs are there."""

import gzip
import hashlib
import json
from pathlib import Path

from realignment.corpora import text


class Head:
    """Writes `{"english", "target", "id"}` a line to a `.gz`; what cannot be read as a pair stays as `{"raw", "id"}`, to be refused
    and counted by whoever reads it."""

    def __init__(self, path: Path, limit: int) -> None:
        self.limit, self.distinct, self.size = limit, set(), 0
        self._summed = hashlib.sha256()
        self._file = gzip.GzipFile(path, "wb", compresslevel=5, mtime=0)

    @property
    def full(self) -> bool:
        return len(self.distinct) >= self.limit

    @property
    def sha256(self) -> str:
        """Of the lines, not of their compression."""
        return self._summed.hexdigest()

    def add(self, english: str, target: str, identity: str) -> None:
        self._write({"english": english, "target": target, "id": identity})
        pair = text.normalise(english)[0], text.normalise(target)[0]
        if all(pair):
            self.distinct.add(text.marked(*pair))

    def broken(self, raw: str, identity: str) -> None:
        self._write({"raw": raw, "id": identity})

    def _write(self, row: dict) -> None:
        try:
            line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
        except UnicodeEncodeError:  # half a character: JSON can spell it, UTF-8 cannot
            line = (json.dumps(row) + "\n").encode()
        self._summed.update(line)
        self.size += len(line)
        self._file.write(line)

    def close(self) -> None:
        self._file.close()
