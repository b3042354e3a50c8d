"""What MLflow's server answers where it refuses, as one line of JSON: no traces, no echo of the request. The line for people who run it goes to stderr."""

import json
import re
from typing import Any

from realignment.core.console import note

LARGEST = 4 * 2**20  # bytes of a request
LONGEST = 400  # characters of a line
FORMS = {"dataframe_records", "dataframe_split", "inputs", "instances"}  # in which MLflow takes rows
SUCH = '{"dataframe_records": [ROW, ...]}'
BEHIND = ("\nError: ", "Error: ")  # where MLflow says what was wrong, behind what it was asked
WRAPPED = re.compile(r"""'?(?:\w+\(['"])?(.*?)(?:['"]\))?'?""", re.S)  # the repr of an exception
ASIDE = ("\nInput:", ". IMPORTANT:")  # and what it says besides


class OneLine:
    """An ASGI application around MLflow's."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _body(receive)
        if fault := _refused(scope, body):
            await _answer(send, *fault)
            return
        held: dict[str, Any] = {"status": 200, "start": None, "body": b""}

        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                held["status"], held["start"] = message["status"], message
            elif held["status"] >= 400:
                held["body"] += message.get("body", b"")
            if held["status"] < 400:
                await send(message)

        try:
            await self.app(scope, _once(body), told)
        except Exception as fault:
            await _answer(send, 500, _short(f"{type(fault).__name__}: {fault}"))
            return
        if held["status"] >= 400:
            await _answer(send, held["status"], line(held["body"]))


async def _body(receive: Any) -> bytes | None:
    """None of one that is too large."""
    found = b""
    while True:
        message = await receive()
        found += message.get("body", b"")
        if len(found) > LARGEST:
            return None
        if not message.get("more_body"):
            return found


def _once(body: bytes | None) -> Any:
    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _refused(scope: Any, body: bytes | None) -> tuple[int, str] | None:
    """(status, why) of what MLflow's server has no answer for."""
    if body is None:
        return 413, f"a request of {LARGEST:,} bytes at most is required; send the rows in several"
    kind = dict(scope["headers"]).get(b"content-type", b"none").decode("latin-1")
    if scope["method"] == "POST" and kind.partition(";")[0].strip().lower() != "application/json":
        return 415, f"a header `Content-Type: application/json` is required; {kind[:100]} was given"
    return None if scope["method"] != "POST" else _not_rows(body)


def _not_rows(body: bytes) -> tuple[int, str] | None:
    """As `_refused`, of a body that holds no rows in JSON."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as fault:
        return 400, f"a body of JSON is required, such as {SUCH}; {_short(str(fault))}"
    if not isinstance(content, dict):
        return 400, f"an object such as {SUCH} is required; a {type(content).__name__} was given"
    if len(content.keys() & FORMS) != 1:
        return (
            400,
            f"an object with one of {', '.join(sorted(FORMS))} is required, such as {SUCH}; it has {_short(', '.join(content)) or 'nothing'}",
        )
    return None


async def _answer(send: Any, status: int, text: str) -> None:
    note(f"{status}: {text}")
    content = json.dumps({"error": text}, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def line(body: bytes) -> str:
    """What an answer of MLflow's server says was wrong."""
    text = body.decode("utf-8", "replace")
    try:
        found = json.loads(text)
        text = str(found.get("message") or found.get("detail") or text)
    except (ValueError, AttributeError):
        pass
    for mark in ASIDE:
        text = text.partition(mark)[0]
    for mark in BEHIND:
        text = text.rpartition(mark)[2]
    wrapped = WRAPPED.fullmatch(" ".join(text.split()))
    return _short(wrapped[1] if wrapped else text)


def _short(text: str) -> str:
    """One line without what a terminal would obey."""
    text = "".join(one if one.isprintable() else "?" for one in " ".join(text.split()))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
