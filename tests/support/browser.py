"""Chromium without a window: what a script finds in a page, and what an address shows."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

from waiting import LIMIT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def run(address: str, profile: Path, *flags: str) -> subprocess.CompletedProcess:
    """The page as it stands when its scripts are done, on stdout; the console on stderr."""
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]
    words += [f"--user-data-dir={profile}", *flags, address]
    return subprocess.run(words, capture_output=True, text=True, timeout=LIMIT, check=False)


def browse(text: str, tmp_path: Path, script: str, *flags: str) -> tuple[object, str]:
    """What `script` (the body of a function) returns in the page, and the lines of the console."""
    report = f"<script>document.body.dataset.told = JSON.stringify((() => {{ {script} }})());</script></body>"
    path = tmp_path / "page.html"
    path.write_text(text.replace("</body>", report), encoding="utf-8")
    done = run(path.as_uri(), tmp_path / "profile", *flags)
    told = re.search(r'data-told="([^"]*)"', done.stdout)
    assert told, done.stderr[-2000:]
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return json.loads(told[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")), console


def shown(address: str, profile: Path, *flags: str) -> str:
    """The words an application shows at an address. Its clock runs on while no request is under way, so a slow server is waited for."""
    done = run(address, profile, "--virtual-time-budget=30000", *flags)
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", done.stdout, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def contrast(one: str, other: str) -> float:
    """Of two colours as a browser says them, by WCAG."""
    light, dark = sorted(map(_luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(one) / 255 for one in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
