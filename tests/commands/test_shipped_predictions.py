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
another = pytest.mark.skipif(
    BEFORE["package"]["code"] != keys.of_modules(registered.NUMERICS),
    reason=f"the predictor is another since these predictions were registered on {BEFORE['date']}, and what was registered stays",
)


@another
def test_what_ships_is_made_again_byte_for_byte(checkout, monkeypatch):
    """Or to the last digit that is written, which the arithmetic of another machine may round otherwise."""
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    (checkout / "data").mkdir()
    for name in ("published", "uriel"):
        (checkout / "data" / name).symlink_to(ROOT / "data" / name)
    monkeypatch.chdir(checkout)
    words = ["predict", "--register", "again.json", "--sets", str(FOLDER / "sets.tsv"), "--date", BEFORE["date"]]
    assert CliRunner().invoke(cli.group, words, catch_exceptions=False).exit_code == 0
    after, again = registered.read(checkout / "again.json")
    if again != WRITTEN:
        pairs = zip(flat(BEFORE), flat(after), strict=True)
        assert not [
            (one, other) for one, other in pairs if one != other and not (isinstance(one, float) and abs(one - other) < 0.011)
        ]


@another
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
        return [item for name in sorted(value) if name not in ("order", "sha256") for item in (name, *flat(value[name]))]
    return [item for one in value for item in flat(one)] if isinstance(value, list) else [value]
