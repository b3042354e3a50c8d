"""`realignment languages --tree`: the languages at hand as trees, in the terminal, as JSON and as a picture."""

import json
import xml.etree.ElementTree as xml

from click.testing import CliRunner

from realignment.commands.languages import command


def asked(*words: str):
    return CliRunner().invoke(command, words)


def test_a_tree_has_a_line_a_language_under_its_family():
    lines = asked("--tree", "--where", "script=Devanagari").stdout.splitlines()
    assert lines[0] == "Indo-European"
    assert sum("Hindi" in line and "MRL" in line and line.endswith("seen by mbert xlmr") for line in lines) == 1


def test_the_whole_tree_as_json_holds_every_language_once():
    def codes(node: dict) -> list[str]:
        return [one["code"] for one in node["languages"]] + [code for branch in node["branches"] for code in codes(branch)]

    held = json.loads(asked("--tree", "--json").stdout)
    found = [code for tree in held for code in codes(tree)]
    assert sorted(found) == sorted(set(found))
    assert sorted(found) == sorted(one["code"] for one in json.loads(asked("--json").stdout))


def test_a_picture_is_an_svg_of_these_languages(tmp_path):
    path = tmp_path / "trees.svg"
    assert asked("--picture", str(path), "--where", "family=Semitic").exit_code == 0
    told = " ".join(xml.parse(path).getroot().itertext())
    assert "Amharic" in told and "Hindi" not in told
