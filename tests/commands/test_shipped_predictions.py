"""The predictions that ship are what this package predicts, and their sets those that their program chooses."""

import shutil
import sys
from pathlib import Path

import pytest
import shipped
from click.testing import CliRunner

from realignment import cli
from realignment.predictor import registered
from realignment.records import keys

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "predictions"
BEFORE, WRITTEN = registered.read(FOLDER / "registered.json")
SAME = BEFORE["package"]["code"] == keys.of_modules(registered.NUMERICS)
OTHERWISE = f"the predictor predicts otherwise since {BEFORE['date']}, and what was registered stays"


def test_what_ships_is_made_again_byte_for_byte(checkout, monkeypatch):
    """Or to the last digit that is written, which the arithmetic of another machine may round otherwise. Of changed code the numbers are compared."""
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    (checkout / "data").mkdir()
    for name in ("published", "uriel"):
        (checkout / "data" / name).symlink_to(ROOT / "data" / name)
    monkeypatch.chdir(checkout)
    words = ["predict", "--register", "again.json", "--sets", str(FOLDER / "sets.tsv"), "--date", BEFORE["date"]]
    assert CliRunner().invoke(cli.group, words, catch_exceptions=False).exit_code == 0
    after, again = registered.read(checkout / "again.json")
    if again == WRITTEN:
        return
    pairs = zip(flat(BEFORE), flat(after), strict=True)
    differing = [
        pair for pair in pairs if pair[0] != pair[1] and not (isinstance(pair[0], float) and abs(pair[0] - pair[1]) < 0.011)
    ]
    if differing and not SAME:
        pytest.skip(OTHERWISE)
    assert differing == []


@pytest.mark.skipif(not SAME, reason=OTHERWISE)
@pytest.mark.slow
def test_the_sets_are_those_that_their_program_chooses(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(FOLDER))
    import choose

    choose.main()
    sys.modules.pop("choose")
    assert capsys.readouterr().out == (FOLDER / "sets.tsv").read_text(encoding="utf-8")


def flat(value: object) -> list:
    """The plain values of a content, without what hangs on all of them."""
    if isinstance(value, dict):
        return [item for name in sorted(value) if name not in ("code", "order", "sha256") for item in (name, *flat(value[name]))]
    return [item for one in value for item in flat(one)] if isinstance(value, list) else [value]
