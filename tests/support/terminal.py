"""A terminal for a process: what stands on its screen, after the few sequences that rich sends to move and to erase."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence
from pathlib import Path

PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)|(\x1b.?)")


class Screen:
    """Lines as they stand, those that have scrolled out of sight too; `widest` is the longest line ever written."""

    def __init__(self) -> None:
        self.lines, self.row, self.column = [""], 0, 0

    def feed(self, text: str) -> None:
        for given, what, back, down, words, _ in PIECE.findall(text):
            if what == "A":
                self.row = max(0, self.row - int(given or 1))
            elif what == "K":
                self.lines[self.row] = "" if given == "2" else self.lines[self.row][: self.column]
            elif back:
                self.column = 0
            elif down:
                self.row, self.column = self.row + 1, 0
                self.lines += [""] * (self.row - len(self.lines) + 1)
            elif words:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + words + line[self.column + len(words) :]
                self.column += len(words)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).rstrip()


def run(
    command: Sequence[str], folder: Path, env: dict[str, str], size: tuple[int, int] = (24, 80),
    look: Callable[[str, subprocess.Popen], None] = lambda screen, process: None,
) -> tuple[int, str, str]:  # fmt: skip
    """(exit code, the screen at the end, stdout) of a command whose stderr is a terminal of (rows, columns). `look` is called after each change."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    env = {**os.environ, "TERM": "xterm", **env}
    for name in ("COLUMNS", "LINES"):
        env.pop(name, None)
    process = subprocess.Popen(command, cwd=folder, env=env, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    screen = Screen()
    while True:
        try:
            text = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not text:
            break
        screen.feed(text.decode(errors="replace"))
        look(screen.text, process)
    out = process.stdout.read().decode()
    os.close(ours)
    return process.wait(), screen.text, out
