"""A model hub on the loopback: the addresses and headers that huggingface_hub asks for, over a folder."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def etag(path: Path) -> str:
    """What the hub names a file by: a large one by its sha256, a small one as git does."""
    content = path.read_bytes()
    if path.suffix == ".safetensors":
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _handler(folder: Path, repo: str, revision: str, asked: list[str]) -> type:
    class Hub(BaseHTTPRequestHandler):
        def log_message(self, *_) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, body: bool) -> None:
            path = self.path.partition("?")[0]
            asked.append(path)
            if path == f"/api/models/{repo}/tree/{revision}":
                files = [
                    {"type": "file", "path": one.name, "size": one.stat().st_size, "oid": etag(one)}
                    for one in sorted(folder.iterdir())
                ]
                return self.send(json.dumps(files).encode(), body, "application/json", "")
            file = folder / path.rpartition("/")[2]
            if path.startswith(f"/{repo}/resolve/{revision}/") and file.is_file():
                return self.send(file.read_bytes(), body, "application/octet-stream", etag(file))
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            return self.end_headers()

        def send(self, content: bytes, body: bool, kind: str, named: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", f'"{named}"')
            self.send_header("X-Repo-Commit", revision)
            self.end_headers()
            if body:
                self.wfile.write(content)

    return Hub


@contextmanager
def serve(folder: Path, repo: str, revision: str):
    """(address, list of the paths asked for so far) while the server runs."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder, repo, revision, asked))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
