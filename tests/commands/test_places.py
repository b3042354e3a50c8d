"""Files and folders that cannot be written or read as a command needs them: one line with the full path, exit 2, nothing computed."""

import os
from pathlib import Path

import profiles_made
import pytest

from realignment import cli
from realignment.config import params
from realignment.core.files import writable
from realignment.core.workspace import Workspace

ROOT = Path(__file__).parents[2]
VERBS = [*cli.VERBS]
as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


@pytest.fixture
def root(tmp_path, monkeypatch):
    root = profiles_made.checkout(tmp_path / "checkout")
    monkeypatch.chdir(root)
    return root


def said(capsys, *words: str) -> str:
    """The one line of a command that ends with exit 2."""
    with pytest.raises(SystemExit) as stop:
        cli.main(list(words))
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert stop.value.code == 2 and len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize("verb", ["settings", "fetch"])
def test_a_file_where_the_data_folder_should_be_is_named_in_full(root, capsys, verb):
    (root / "data" / "sample").write_text("")
    assert said(capsys, verb) == f"error: {root / 'data/sample'}: a folder is required, and a file stands there; move it away"


@pytest.mark.parametrize(
    "words", [["fetch"], ["align"], ["pretrain"], ["study"], ["select"], ["realign", "--subset", "all"], ["evaluate"]]
)
def test_a_file_where_work_should_be_is_named_in_full(root, capsys, words):
    (root / ".work").write_text("")
    line = said(capsys, *words)
    assert line.startswith(f"error: {root / '.work'}/")
    assert line.endswith(f": a folder is required, and at {root / '.work'} a file stands there; move it away")


def test_a_file_where_the_checks_should_be_is_found_before_they_are_made(root, capsys):
    workspace = Workspace(root, "sample")
    workspace.data.mkdir()
    workspace.manifest.write_text('{"files": []}')
    workspace.quality.write_text("")
    assert f"{workspace.quality}: a folder is required, and a file stands there" in said(capsys, "check")


def test_a_folder_where_a_file_should_be_read_is_named_in_full(root, capsys):
    manifest = root / "data" / "sample" / "manifest.json"
    manifest.mkdir(parents=True)
    assert (
        said(capsys, "check") == f"error: {manifest}: a file is required, and a folder stands there; name a file, or move it away"
    )


@as_root
@pytest.mark.parametrize("place", ["data/sample", ".work/sample"])
def test_a_folder_that_takes_no_file_is_named_in_full(root, capsys, place):
    folder = root / place
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    try:
        assert f"{folder}: cannot be used (Permission denied)" in said(capsys, "fetch")
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("place", ["/proc", "/proc/nowhere", "/dev/null", "/dev/null/x"])
def test_a_place_that_takes_no_file_whoever_asks_is_bad_input(place):
    from realignment.core.errors import BadInput

    with pytest.raises(BadInput, match=f"^{place}: "):
        writable(Path(place))


@pytest.mark.parametrize("words", [["subsets", "choose", "--n", "3", "--picture"], ["published", "show", "--figure"]])
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere/x.svg", "the folder {root}/nowhere is required and does not exist"),
        ("folder.svg", "{root}/folder.svg: a file is required, and a folder stands there"),
        ("params.yaml/x.svg", "the folder {root}/params.yaml is required and does not exist"),
        ("x.pdf", "a figure ends in .svg or .png; {root}/x.pdf was given"),
        ("", "a figure ends in .svg or .png"),
    ],
)
def test_a_picture_that_cannot_be_written_is_refused_before_it_is_computed(root, capsys, monkeypatch, words, place, message):
    from realignment.report.figures import captions
    from realignment.selection import search

    def never(*_, **__):
        raise AssertionError("computed")

    monkeypatch.setattr(search, "solve", never)
    monkeypatch.setattr(captions, "published_gains", never)
    (root / "folder.svg").mkdir()
    assert message.format(root=root) in said(capsys, *words, place)


def test_a_snapshot_of_vectors_has_a_name_and_not_a_path(root, capsys):
    assert "a snapshot is named by letters, digits, _ and -" in said(capsys, "vectors", "add", "../../x", "params.yaml")


@pytest.mark.parametrize("file", ["nowhere.yaml", "profiles"])
def test_settings_that_cannot_be_read_are_named_in_full(root, capsys, file):
    assert str(root / file) in said(capsys, "realign", "--settings", file)


def test_each_fault_of_the_settings_is_a_line_of_its_own(root, capsys):
    profiles_made.own(root, "realign: {steps: 0, pairs: 1}\n", "sample")
    with pytest.raises(SystemExit) as stop:
        cli.main(["realign", "--subset", "all"])
    lines = capsys.readouterr().err.splitlines()
    assert stop.value.code == 2
    assert lines == [
        "error: profiles/sample.yaml line 1: `realign.steps` must be at least 1, got 0",
        "error: profiles/sample.yaml line 1: `realign.pairs` must be at least 2, got 1",
    ]


def test_a_wrong_key_hides_no_other_fault(root, capsys):
    """Neither one of another key of its section, nor one that stage `settings` finds."""
    text = """
fetch: {source: folder, folder: corpora/mine, tasks: [pos]}
study:
  encoders: {x: {name: path:nowhere, seen: no}}
  subsets: [latin_divers]
  seeds: [-1]
  tasks: [pos]
pretrain: {heads: 5, steps: 0}
"""
    profiles_made.own(root, text, "sample")
    with pytest.raises(SystemExit):
        cli.main(["settings"])
    lines = [line.removeprefix("error: profiles/sample.yaml line ") for line in capsys.readouterr().err.splitlines()]
    assert sorted(int(line.split(":")[0]) for line in lines) == [2, 4, 4, 5, 6, 8, 8]
    for message in (
        f"{root / 'corpora/mine'}: the data folder is required",
        f"{root / 'nowhere'} does not exist",
        "seen must be mbert, xlmr",
        "unknown subset `latin_divers`",
        "`study.seeds` must be at least 0",
        "`pretrain.heads` must divide",
        "`pretrain.steps` must be at least 1",
    ):
        assert message in " ".join(lines)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--steps", "99999999999999999999"], "--steps: `realign.steps` must be at most 10,000,000, got 99999999999999999999"),
        (["--steps", "9" * 5000], "--steps: `realign.steps` must be int"),
        (["--steps", "abc"], "--steps: `realign.steps` must be int, got 'abc'"),
        (["--steps", ""], "--steps: `realign.steps` must be int, got nothing"),
        (["--steps="], "--steps: `realign.steps` must be int, got nothing"),
        (["--steps", "1e3"], "--steps: `realign.steps` must be int, got 1000.0; write 1000"),
        (["--steps", "[1"], "--steps line 1: not YAML"),
        (["--steps", "5", "--steps", "6"], "--steps is given twice"),
        (["--learning-rate=1e-5", "--learning_rate", "2e-5"], "--learning-rate is given twice"),
        (["--learning-rate", "nan"], "--learning-rate: `realign.learning_rate` must be float, got 'nan'"),
        (["--learning-rate", "1e400"], "--learning-rate: `realign.learning_rate` must be a finite number"),
        (["--projection", "perhaps"], "'--projection': 'perhaps' is not a valid boolean"),
        (["--seed", "99999999999999999999"], "'--seed': 99999999999999999999 is not in the range"),
        (["--seed", "-1"], "'--seed': -1 is not in the range"),
        (["--unit", "words"], "--unit: realign.unit `words` requires word alignments"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(root, capsys, words, message):
    assert message in said(capsys, "realign", "--subset", "all", *words)


@pytest.mark.parametrize("word", ["True", "true", "yes", "1", "on", "y", "t"])
def test_every_spelling_of_true_is_true(word):
    from realignment.commands.verbs import command

    assert command("realign", "").make_context("realign", ["--projection", word]).params["set_projection"] is True
    assert command("realign", "").make_context("realign", ["--shuffled", word]).params["shuffled"] is True


@pytest.mark.parametrize(
    ("section", "key", "word", "meant"),
    [
        ("realign", "learning_rate", "0.00001", 1e-5),
        ("realign", "learning_rate", "2e-5", 2e-5),
        ("realign", "layer", "all", "all"),
        ("realign", "layer", "-2", -2),
        ("fetch", "folder", "2024", "2024"),
        ("fetch", "folder", "a: b", "a: b"),
        ("fetch", "folder", "null", None),
        ("fetch", "evalsets", "[no, ud]", ["no", "ud"]),
        ("settings", "description", "null", "null"),
        ("finetune", "epochs", "{pos: 3}", {"pos": 3}),
    ],
)
def test_a_value_of_the_command_line_is_read_as_its_key_takes_it(section, key, word, meant):
    from realignment.commands.verbs import read

    assert read(word, params.SECTIONS[section], key) == meant
