"""The places the paper's corpora lie in, on the loopback: a hub of datasets, raw files, a bucket. Content is made up."""

import hashlib
import json
import re
import select
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote

COMMIT = "c0ffee" + "0" * 34  # what `main` stands at


@dataclass
class Site:
    """Files by path, what was asked for, and what is to go wrong."""

    files: dict[str, bytes] = field(default_factory=dict)  # /datasets/<repo>/<file> or the path of an address
    revisions: dict[str, str] = field(default_factory=dict)  # repo -> the only commit there is
    asked: list[tuple[str, str]] = field(default_factory=list)  # (method, path)
    faults: dict[str, list[Callable]] = field(default_factory=dict)  # path -> what the next requests meet, one each
    made: Callable[[str], bytes | None] = lambda path: None  # makes a file that is not in `files`

    def content(self, path: str) -> bytes | None:
        if path not in self.files and (made := self.made(path)) is not None:
            self.files[path] = made
        return self.files.get(path)

    def about(self, repo: str, file: str) -> dict | None:
        """What the hub says of a file."""
        content = self.content(f"/datasets/{repo}/{file}")
        if content is None:
            return None
        oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        entry = {"type": "file", "path": file, "size": len(content), "oid": oid}
        if file.endswith(".parquet"):
            entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        return entry


def status(code: int) -> Callable:
    def answer(handler) -> bool:
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    return answer


def broken_off(share: float) -> Callable:
    """The connection is closed after a share of the bytes."""

    def answer(handler) -> bool:
        handler.cut = share
        return False

    return answer


def stalled(handler) -> bool:
    """Nothing is answered until the client has given up."""
    select.select([handler.connection], [], [])
    handler.close_connection = True
    return True


def moved(to: str) -> Callable:
    def answer(handler) -> bool:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    return answer


def _handler(site: Site) -> type:
    class Places(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        cut = 1.0

        def log_message(self, *_) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def do_POST(self) -> None:
            given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.answer(body=True, given=given)

        def answer(self, body: bool, given: dict[str, list[str]] | None = None) -> None:  # noqa: PLR0911
            path = unquote(self.path.partition("?")[0])
            site.asked.append((self.command, path))
            self.cut = 1.0
            if (waiting := site.faults.get(path)) and waiting.pop(0)(self):
                return None
            if found := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)/(revision|paths-info|tree)/([^/]+)(?:/(.*))?", path):
                return self.hub(*found.groups(), given)
            if found := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                repo, revision, file = found.groups()
                if not self.right(repo, revision):
                    return self.missing("RevisionNotFound")
                path = f"/datasets/{repo}/{file}"
                about = site.about(repo, file)
                if about is None:
                    return self.missing("EntryNotFound")
                mark = about.get("lfs", about)["oid"]
                more = {
                    "X-Repo-Commit": site.revisions.get(repo, COMMIT),
                    "X-Linked-Size": str(about["size"]),
                    "X-Linked-Etag": f'"{mark}"',
                }
                return self.file(site.content(path), body, mark, more)
            content = site.content(path)
            if content is None:
                return self.missing("EntryNotFound")
            return self.file(content, body, hashlib.md5(content).hexdigest(), {})

        def right(self, repo: str, revision: str) -> bool:
            return revision in ("main", site.revisions.get(repo, COMMIT))

        def hub(self, repo: str, what: str, revision: str, rest: str | None, given: dict[str, list[str]] | None) -> None:
            if not self.right(repo, revision):
                return self.missing("RevisionNotFound")
            if what == "revision":
                return self.json({"id": repo, "sha": site.revisions.get(repo, COMMIT), "siblings": []})
            if what == "paths-info":
                return self.json([one for path in given["paths"] if (one := site.about(repo, path))])
            inside = f"/datasets/{repo}/{rest + '/' if rest else ''}"
            paths = sorted(path for path in {*site.files, *getattr(site.made, "wanted", ())} if path.startswith(inside))
            return self.json([site.about(repo, path.removeprefix(f"/datasets/{repo}/")) for path in paths])

        def json(self, content) -> None:
            self.file(json.dumps(content).encode(), True, "", {"Content-Type": "application/json"})

        def missing(self, why: str) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", why)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def file(self, content: bytes, body: bool, mark: str, more: dict[str, str]) -> None:  # noqa: RET503
            span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
            start = int(span[1]) if span else 0
            end = min(int(span[2]) + 1, len(content)) if span and span[2] else len(content)
            if span and start >= len(content):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                return self.end_headers()
            part = content[start:end]
            self.send_response(206 if span else 200)
            if span:
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
            if mark:
                self.send_header("ETag", f'"{mark}"')
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            if body:
                self.wfile.write(part[: int(len(part) * self.cut)])
                if self.cut < 1:
                    self.close_connection = True
                    self.connection.close()

    return Places


@contextmanager
def serve(site: Site):
    """The address, while the server runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
