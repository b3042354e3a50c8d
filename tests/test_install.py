"""The installer of the pins: uv is told what pip is told, and is not used where that cannot be said."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def install():
    spec = importlib.util.spec_from_file_location("install", ROOT / ".ci" / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_pip_is_told_last_counts(install, tmp_path, monkeypatch):
    """As pip itself lists a configuration: a variable over the file, `install` over `global`."""
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://one\nfind-links = /a\n  /b\n[install]\nindex-url = https://two\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_CONSTRAINT", "limits.txt")
    for name in ("PIP_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    listing = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True).stdout
    found = install.configured(listing)
    assert (found["index-url"], found["find-links"].split(), found["constraint"]) == ("https://two", ["/a", "/b"], "limits.txt")


def test_every_value_becomes_an_option_of_uv(install):
    given = {"extra-index-url": "file:///one file:///two", "constraint": "limits.txt", "timeout": "180"}
    assert install.handed_over(given) == [
        "--extra-index-url",
        "file:///one",
        "--extra-index-url",
        "file:///two",
        "--constraint",
        "limits.txt",
    ]


@pytest.mark.parametrize("option", ["require-hashes", "no-index", "proxy", "only-binary"])
def test_pip_installs_where_it_is_told_what_uv_is_not(install, option):
    assert install.handed_over({"index-url": "https://one", option: "1"}) is None


def test_the_pin_of_uv_stands_with_the_others():
    assert sum(line.startswith("uv==") for line in (ROOT / "requirements.txt").read_text().splitlines()) == 1
