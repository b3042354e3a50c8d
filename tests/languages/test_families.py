"""Trees of families: a group is above its languages, the table's families always stand, groups that divide nothing do not."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from realignment.core.errors import BadInput
from realignment.languages import families, table
from realignment.languages.families import Node

BRANCHES = families.read(Path(__file__).parents[2] / "data/uriel" / families.FILE)
PAPER = table.paper()


def placed(nodes, above=()) -> list[tuple[str, tuple[str, ...]]]:
    """Each language with the groups it stands under, the largest first, as often as it stands there."""
    return [found for node in nodes for found in _placed(node, (*above, node.name))]


def _placed(node: Node, above) -> list:
    return [(one.code, above) for one in node.languages] + placed(node.branches, above)


def groups(nodes) -> list[Node]:
    return [found for node in nodes for found in (node, *groups(node.branches))]


def test_every_language_of_the_table_stands_once_under_the_family_the_table_says():
    found = placed(families.trees(PAPER.values(), BRANCHES))
    assert sorted(code for code, _ in found) == sorted(PAPER)
    for code, above in found:
        assert families.family(PAPER[code]) in above, (code, above)


def test_every_group_above_a_language_is_one_that_uriel_or_the_table_has():
    """Nothing is invented: read from the file, a line a language, by hand."""
    named = {family for one in PAPER.values() for family in (one.family, one.top_family)}
    known = set().union(*BRANCHES.values())
    assert {node.name for node in groups(families.trees(PAPER.values(), BRANCHES))} <= known | named
    (swahili,) = [above for code, above in placed(families.trees(PAPER.values(), BRANCHES)) if code == "swa"]
    assert [group for group in BRANCHES["swa"] if group in swahili] == list(swahili)


def test_two_languages_part_where_uriel_parts_them():
    """Their smallest common group holds whom URIEL's holds; Kazakh apart, see below."""
    found = dict(placed(families.trees(PAPER.values(), BRANCHES)))
    whole = [code for code in found if code in BRANCHES and set(found[code]) <= set(BRANCHES[code]) and code != "kaz"]
    assert len(whole) > 40
    for one in whole:
        for other in whole:
            shared = [group for group in BRANCHES[one] if group in BRANCHES[other]]
            drawn = [group for group in found[one] if group in found[other]]
            if one < other and shared and drawn:
                inside = {code for code in whole if drawn[-1] in found[code]}
                assert inside == {code for code in whole if shared[-1] in BRANCHES[code]}, (one, other)


def test_no_group_holds_one_member_alone_unless_the_table_names_it():
    named = {families.family(one) for one in PAPER.values()}
    for tree in families.trees(PAPER.values(), BRANCHES):
        for node in groups(tree.branches):
            assert len(node.languages) + len(node.branches) > 1 or node.name in named, node.name


def test_a_language_of_ones_own_joins_the_tree_of_its_family():
    """With the branches of URIEL where its code is known, under its family alone where it is not."""
    catalan = replace(PAPER["spa"], code="cat", name="Catalan")
    made = replace(PAPER["spa"], code="qab", name="Made", shadow_of="spa")
    found = dict(placed(families.trees([*PAPER.values(), catalan, made], BRANCHES)))
    assert "Shifted Western Romance" in found["cat"]
    assert found["qab"] == ("Indo-European", "Romance")


def test_without_branches_the_families_of_the_table_remain():
    trees = families.trees([PAPER["deu"], PAPER["spa"], PAPER["tha"]], {})
    assert placed(trees) == [("deu", ("Indo-European", "Germanic")), ("spa", ("Indo-European", "Romance")), ("tha", ("Kra–Dai",))]


def test_a_language_without_a_family_takes_that_of_its_code_or_none():
    nameless = replace(PAPER["deu"], family="", top_family="")
    unknown = replace(nameless, code="qab")
    found = dict(placed(families.trees([nameless, unknown], BRANCHES)))
    assert found["deu"][0] == "Indo-European"
    assert found["qab"] == (families.UNKNOWN,)


def test_kipchak_stands_beside_oghuz_as_the_table_has_it():
    found = dict(placed(families.trees([PAPER["kaz"], PAPER["tur"]], BRANCHES)))
    assert "Oghuz" in BRANCHES["kaz"], "URIEL has it below"
    assert found == {"kaz": ("Turkic", "Kipchak"), "tur": ("Turkic", "Oghuz")}


def test_what_is_written_is_read_again_and_has_the_same_bytes(tmp_path):
    path = tmp_path / families.FILE
    families.write(path, {"nan": ("Sino-Tibetan", "Sinitic"), "abc": ("A, “B”",)})
    first = path.read_bytes()
    assert families.read(path) == {"nan": ("Sino-Tibetan", "Sinitic"), "abc": ("A, “B”",)}
    families.write(path, families.read(path))
    assert path.read_bytes() == first


def test_a_damaged_file_is_refused_in_a_line(tmp_path):
    path = tmp_path / families.FILE
    with pytest.raises(BadInput, match=r"families\.csv\.gz: gzipped CSV with columns iso639_3, groups is required"):
        families.read(path)
    path.write_bytes(gzip.compress(b"code,groups\neng,Germanic\n"))
    with pytest.raises(BadInput, match="its first line is code,groups"):
        families.read(path)
    path.write_bytes(b"not gzipped")
    with pytest.raises(BadInput, match="git checkout"):
        families.read(path)
