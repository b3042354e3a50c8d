"""Raw files at an address: whole or from the head, going on where a connection broke."""

import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from realignment.core.errors import FailedWork
from realignment.sources.parquet import LINE
from realignment.sources.public.head import Head

TRIES = 5  # without a byte received
BACKOFF = 1.0  # seconds before the second try; doubles
TIMEOUT = (10, 30)  # seconds to connect, between two bytes
TRANSIENT = (408, 425, 429, 500, 502, 503, 504)
CHUNK = 1 << 16

Advance = Callable[[int], None]  # bytes received


class Transient(Exception):
    """A failure worth another try."""


def whole(url: str, part: Path, advance: Advance) -> None:
    """Writes the file at `url` to `part`; what an earlier call left there is kept."""
    start = part.stat().st_size if part.is_file() else 0
    with part.open("ab") as file:
        for chunk in chunks(url, start):
            file.write(chunk)
            advance(len(chunk))


def head(url: str, head: Head, english: int, advance: Advance, blocks: Iterator[bytes] | None = None) -> None:
    """Rows of a gzipped TSV until `head` is full: NLLB's, whose first two columns are the sides, the `english`-th (0, 1) English.

    `blocks` are the bytes of the file, where they do not come from `url`.
    """
    lines = _lines(url, blocks if blocks is not None else chunks(url), advance)
    for number, line in enumerate(lines, start=1):
        cells = line.decode("utf-8", "surrogateescape").removesuffix("\r").split("\t")
        if len(cells) < 2:
            head.broken(cells[0], f"nllb:{number}")
        else:
            head.add(cells[english], cells[1 - english], f"nllb:{number}")
        if head.full:
            return


def _lines(url: str, blocks: Iterator[bytes], advance: Advance) -> Iterator[bytes]:
    """Lines of a gzip stream (of several members, as bgzip writes them), unpacked as they are asked for."""
    unpack, rest, ended = zlib.decompressobj(31), b"", True
    for block in blocks:
        advance(len(block))
        packed = block
        while packed:
            try:
                rest += unpack.decompress(packed)
            except zlib.error as fault:
                raise FailedWork(f"{url}: the gzip file is damaged ({fault}); nothing of it was kept") from None
            packed, ended = unpack.unused_data, unpack.eof
            if ended:
                unpack = zlib.decompressobj(31)
        *complete, rest = rest.split(b"\n")
        if max(map(len, [*complete, rest])) > LINE:
            raise FailedWork(f"{url}: a line longer than {LINE:,} bytes, which no sentence is; nothing of it was kept")
        yield from complete
    if not ended:
        raise FailedWork(f"{url}: the gzip file is cut off at the source; nothing of it was kept")
    if rest:
        yield rest


def chunks(url: str, start: int = 0) -> Iterator[bytes]:
    """Bytes of `url` from `start`. A broken or stalled connection is taken up again; FailedWork where it stays broken."""
    seen, tries = Seen(start), 0
    while True:
        try:
            for chunk in _answer(url, seen):
                tries = 0
                seen.position += len(chunk)
                yield chunk
            return
        except Transient as fault:
            tries += 1
            if tries >= TRIES:
                raise FailedWork(f"{url}: given up after {tries} tries without a byte: {fault}; check the network") from None
            time.sleep(BACKOFF * 2 ** (tries - 1))


class Seen:
    """What is known of a file that is being read: how far, how long it is, and the mark of its version."""

    def __init__(self, position: int) -> None:
        self.position, self.total, self.mark = position, None, ""

    def agree(self, url: str, total: int | None, mark: str) -> None:
        for name, before, now in (("length", self.total, total), ("version", self.mark, mark)):
            if before and now and before != now:
                raise FailedWork(f"{url}: its {name} changed while it was read, from {before} to {now}; try again")
        self.total, self.mark = total or self.total, mark or self.mark


def _answer(url: str, seen: Seen) -> Iterator[bytes]:
    """Bytes from `seen.position` on, in one connection."""
    import requests

    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={seen.position}-"} if seen.position else {})
    try:
        with _get(url, headers) as answer:
            if answer.status_code in TRANSIENT:
                raise Transient(f"it answered {answer.status_code}")
            if answer.status_code == 416:  # nothing after what is here already
                return
            if answer.status_code not in (200, 206):
                raise FailedWork(
                    f"{url}: it answered {answer.status_code} {answer.reason}; the file is not there any more, or not for all"
                )
            skip = seen.position if answer.status_code == 200 else 0  # ranges are not known there: read past what is here
            length = answer.headers.get("Content-Length")
            total = int(length) + seen.position - skip if length else None
            seen.agree(url, total, answer.headers.get("ETag", ""))
            for chunk in answer.iter_content(CHUNK):
                passed = min(skip, len(chunk))
                skip -= passed
                if len(chunk) > passed:
                    yield chunk[passed:]
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as fault:
        raise Transient(type(fault).__name__) from None
    if seen.total is not None and seen.position < seen.total:
        raise Transient(f"it ended after {seen.position} of {seen.total} bytes")


def _get(url: str, headers: dict):
    """The answer; a redirect is followed on the same host only."""
    import requests

    here = url
    for _ in range(5):
        answer = requests.get(here, headers=headers, stream=True, timeout=TIMEOUT, allow_redirects=False)
        if not answer.is_redirect:
            return answer
        there = urljoin(here, answer.headers["Location"])
        answer.close()
        if urlsplit(there).hostname != urlsplit(url).hostname:
            raise FailedWork(
                f"{url}: it sends on to another host, {urlsplit(there).hostname}; refused; name that host in fetch.mirrors if it is trusted"
            )
        here = there
    raise FailedWork(f"{url}: it sends on more than 5 times")


def size(url: str) -> int | None:
    """Bytes of the file at `url`, without bringing it; None where the server does not say or is not reached."""
    import requests

    try:
        answer = requests.head(url, timeout=TIMEOUT[0], allow_redirects=False, headers={"Accept-Encoding": "identity"})
    except requests.RequestException:
        return None
    return int(answer.headers.get("Content-Length") or 0) or None if answer.ok else None


def bytes_of(path: Path) -> Iterator[bytes]:
    """Bytes of a local file, as `chunks` gives those of an address."""
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            yield block
