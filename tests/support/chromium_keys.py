"""Chromium without a window, as a person uses it: keys, the mouse, the width of the screen, what is seen. By its own protocol over a pipe."""

import base64
import contextlib
import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser import CHROMIUM
from waiting import LIMIT

KEYS = {
    "Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, ""), "Escape": ("Escape", 27, ""), " ": ("Space", 32, " "),
    **{f"Arrow{way}": (f"Arrow{way}", code, "") for way, code in (("Left", 37), ("Up", 38), ("Right", 39), ("Down", 40))},
}  # fmt: skip


class Page:
    """A page that is open."""

    def __init__(self, out: int, into: int) -> None:
        self._out, self._in, self._read, self._number, self._session = out, into, b"", 0, ""

    def call(self, method: str, **given: Any) -> dict:
        """The answer to a message; events are passed over."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": given}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            while b"\0" not in self._read:
                part = os.read(self._in, 1 << 16)
                assert part, "Chromium ended"
                self._read += part
            text, _, self._read = self._read.partition(b"\0")
            told = json.loads(text)
            if told.get("id") == self._number:
                assert "error" not in told, told
                return told["result"]
        raise AssertionError(f"{method} was not answered")

    def open(self, path: Path, width: int, height: int) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Page.navigate", url=path.as_uri())
        self.wait_for("location.protocol === 'file:' && document.readyState === 'complete'")

    def wait_for(self, condition: str) -> None:
        """Until a JavaScript expression is true: events come after what made them."""
        until = time.monotonic() + LIMIT
        while not self.ask(f"return {condition}"):
            assert time.monotonic() < until, f"not so: {condition}"
            time.sleep(0.05)

    def ask(self, script: str) -> Any:
        """What `script`, the body of a function, returns."""
        told = self.call("Runtime.evaluate", expression=f"(() => {{ {script} }})()", returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, *keys: str, shift: bool = False) -> None:
        for key in keys:
            code, number, text = KEYS[key]
            about = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": 8 if shift else 0}
            self.call("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": text} if text else {}))
            self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def click(self, found: str) -> None:
        """In the middle of what a JavaScript expression finds."""
        x, y = self.ask(
            f"const one = {found}; one.scrollIntoView({{block: 'center', inline: 'center', behavior: 'instant'}});"
            "const box = one.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2];"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def seen(self, to: Path) -> None:
        """What is in the window, as a picture."""
        to.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextlib.contextmanager
def opened(path: Path, profile: Path, width: int = 1400, height: int = 900) -> Iterator[Page]:
    """A page in a browser that ends with it."""
    there, here = os.pipe(), os.pipe()
    given = [fcntl.fcntl(one, fcntl.F_DUPFD, 20) for one in (there[0], here[1])]
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    command = ["bash", "-c", f'exec "$@" 3<&{given[0]} 4>&{given[1]}', "chromium", *words]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, pass_fds=given, stdin=quiet, stdout=quiet, stderr=quiet)
    for one in (there[0], here[1], *given):
        os.close(one)
    page = Page(there[1], here[0])
    try:
        page.open(path, width, height)
        yield page
    finally:
        os.close(there[1])
        os.close(here[0])
        process.terminate()
        process.wait(LIMIT)
