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


TOKEN = "hf_accepted"  # of the account that has accepted the licence of a gated repository


def _handler(folder: Path, repo: str, revision: str, asked: list[str], gated: bool) -> type:
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
            if gated and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.refuse(403 if "Authorization" in self.headers else 401)
            file = folder / path.rpartition("/")[2]
            if path.startswith(f"/{repo}/resolve/{revision}/") and file.is_file():
                return self.send(file.read_bytes(), body, "application/octet-stream", etag(file))
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            return self.end_headers()

        def refuse(self, status: int) -> None:
            """As the hub does: the list of files is open, the files are not."""
            self.send_response(status)
            self.send_header("X-Error-Code", "GatedRepo")
            said = "You must have access to it and be authenticated" if status == 401 else "you are not in the authorized list"
            self.send_header("X-Error-Message", f"Access to model {repo} is restricted and {said}.")
            self.send_header("Content-Length", "0")
            self.end_headers()

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
def serve(folder: Path, repo: str, revision: str, gated: bool = False):
    """(address, list of the paths asked for so far) while the server runs; of a gated repository files are given for TOKEN alone."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder, repo, revision, asked, gated))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
