"""Installs the pins of a requirements file into the environment that runs this: with uv, in a fraction of pip's time, else with pip.

uv does not read pip's configuration, so indexes and folders are handed over. Where pip is configured in a way that is not handed over,
or uv cannot be had or fails, pip does it all.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

OPTIONS = {  # of pip -> of uv; each value of a list becomes an option of its own
    "index-url": "--index-url",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "constraint": "--constraint",
    "trusted-host": "--allow-insecure-host",
}
HARMLESS = {"cert", "timeout", "default-timeout", "retries", "disable-pip-version-check", "no-cache-dir", "cache-dir", "progress-bar", "quiet", "no-input",
            "root-user-action", "no-warn-script-location", "no-python-version-warning"}  # fmt: skip
SECTIONS = ("global", "install", ":env:")  # the later counts


def configured(listing: str) -> dict[str, str]:
    """Option -> value of what `pip config list` prints."""
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in SECTIONS and found.get(option, (-1, ""))[0] <= SECTIONS.index(section):
            found[option] = SECTIONS.index(section), str(ast.literal_eval(value))
    return {option: value for option, (_, value) in found.items()}


def handed_over(settings: dict[str, str]) -> list[str] | None:
    """Arguments that tell uv what pip is told; None where pip is told something else too."""
    if set(settings) - set(OPTIONS) - HARMLESS:
        return None
    return [part for option, name in OPTIONS.items() for value in settings.get(option, "").split() for part in (name, value)]


def main(requirements: Path) -> int:
    pip = [sys.executable, "-m", "pip"]
    listing = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=True).stdout
    settings = configured(listing)
    arguments = handed_over(settings)
    pin = re.search(r"(?m)^uv==\S+", requirements.read_text(encoding="utf-8"))
    if arguments is not None and pin and not subprocess.run([*pip, "install", "--quiet", pin[0]], check=False).returncode:
        certificates = {"SSL_CERT_FILE": settings["cert"]} if "cert" in settings else {}
        # As pip: every index counts for every package.
        command = ["-m", "uv", "pip", "install", "--quiet", "--python", sys.executable, "--index-strategy", "unsafe-best-match"]
        done = subprocess.run(
            [sys.executable, *command, *arguments, "-r", str(requirements)], env={**os.environ, **certificates}, check=False
        )
        if not done.returncode:
            return 0
        print("uv could not install the pins; pip does it, which takes minutes", file=sys.stderr)
    return subprocess.run([*pip, "install", "--quiet", "-r", str(requirements)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
