"""YAML of the settings: no key twice, words and numbers as they were meant, and the line of each."""

import math
from pathlib import Path

import pytest
import yaml

from realignment.config import yaml_lines
from realignment.core.errors import BadInput

ROOT = Path(__file__).parents[2]


def value(text: str):
    return yaml_lines.parse(text, "own.yaml").content


def refused(text: str) -> tuple:
    with pytest.raises(BadInput) as fault:
        yaml_lines.parse(text, "own.yaml")
    return fault.value.args


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        ("realign: {steps: 1}\n\nfinetune: {}\nrealign:\n  pairs: 8\n", "realign", "in lines 1 and 4"),
        ("realign:\n  steps: 1\n  pairs: 8\n  steps: 2\n", "realign.steps", "in lines 2 and 4"),
        ("realign: {steps: 1, pairs: 2, steps: 3}\n", "realign.steps", "in line 1"),
        ("study:\n  encoders:\n    small: {name: a}\n    'small': {name: b}\n", "study.encoders.small", "in lines 3 and 4"),
        ("a:\n- b: 1\n- {c: 1, d: 2,\n   c: 3}\n", "a.c", "in lines 3 and 4"),
        ("17: a\n'17': b\n", "17", "in lines 1 and 2"),
        ("no: 1\nno: 2\n", "no", "in lines 1 and 2"),
        ("a: &x {b: 1}\nc: {<<: *x, <<: *x}\n", "c.<<", "in line 2"),
    ],
)
def test_a_key_written_twice_is_refused_with_both_lines(text, key, lines):
    (fault,) = refused(text)
    assert f"key `{key}` is written twice, {lines}" in fault and fault.startswith("own.yaml line ")


def test_every_key_that_is_written_twice_is_named():
    assert len(refused("a: 1\nb: {c: 1, c: 2}\na: 2\nb: 3\n")) == 3


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2e-5", 2e-5), ("1e-05", 1e-5), ("2E5", 2e5), ("2.0e-5", 2e-5), (".5", 0.5), ("5.", 5.0), ("-1", -1), ("24_544", 24544),
        ("true", True), ("False", False), ("~", None), ("", None), ("null", None), ("-.inf", -math.inf), ("1e400", math.inf),
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("NO", "NO"),  # YAML 1.1: booleans; the first is Norwegian
        ("010", "010"), ("0o10", "0o10"), ("0x1F", "0x1F"), ("1:30", "1:30"), ("1_0", "1_0"), ("2024-01-01", "2024-01-01"),
        ("'2e-5'", "2e-5"), ('"500"', "500"), ("inf", "inf"), ("nan", "nan"), ("!!str 5", "5"), ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_words_and_numbers_are_what_they_were_meant_to_be(text, meant):
    found = value(f"key: {text}\n")["key"]
    assert found == meant and type(found) is type(meant)
    assert value(f"key: [{text or '~'}]\n")["key"] == [meant]


def test_a_number_that_is_none_is_none():
    assert math.isnan(value("a: .nan")["a"])


def test_keys_are_taken_as_they_are_written():
    assert list(value("17: a\nno: b\nnull: c\n1.0: d\n")) == ["17", "no", "null", "1.0"]


def test_a_mapping_that_is_merged_in_gives_way_to_the_keys_beside_it():
    assert value("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n")["d"] == {"b": 3, "c": 2}
    assert value("a: &x {b: 1}\ne: &y {b: 2, c: 3}\nd: {<<: [*x, *y]}\n")["d"] == {"b": 1, "c": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n\tb: 1\n", "own.yaml line 2: not YAML: .*\\\\t"),
        ("a: 1\n---\nb: 2\n", "own.yaml line 2: not YAML: expected a single document"),
        ("a: [1\n", "own.yaml line 2: not YAML"),
        ("a: 1\nb: \x01\n", "own.yaml line 2: not YAML: character #x0001 is not allowed"),
        ("a: &x [*x]\n", "own.yaml line 1: an alias that stands in what it names has no end"),
        ("? [1, 2]\n: 3\n", "own.yaml line 1: a key must be one word"),
        ("a: !!python/object/apply:os.getcwd []\n", "own.yaml line 1"),
        ("a: !!python/name:os.getcwd x\n", "own.yaml line 1: 'x' is not read as"),
        ("a: !!int '010'\n", "own.yaml line 1: '010' is not read as !!int"),
        ("a: " + "[" * 5000, "own.yaml: .* nested too deeply"),
    ],
)
def test_what_is_no_yaml_of_ours_is_refused_with_its_line(text, message):
    with pytest.raises(BadInput, match=message):
        yaml_lines.parse(text, "own.yaml")


def test_aliases_that_multiply_are_stopped():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert any("aliases written out" in one for one in refused("\n".join(rows)))


def test_each_value_has_its_line():
    found = yaml_lines.parse("a:\n  b: 1\n  c: [x,\n    y]\nd: {e: {f: 2}}\n").lines
    assert (found["a", "b"], found["a", "c", 0], found["a", "c", 1], found["d", "e", "f"]) == (2, 3, 4, 5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\n".encode("utf-16"), "UTF-8 is required"),
        (b"a: \xff\n", "UTF-8 is required"),
        (b"- a\n", "a mapping of sections is required, found list"),
        (b"word\n", "a mapping of sections is required, found str"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, message):
    path = tmp_path / "own.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"own\.yaml: .*{message}"):
        yaml_lines.read(path)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa: 1\r\nb: no\r\n", b"a: 1\rb: no\r", b"a: 1\nb: no"])
def test_line_ends_and_a_mark_of_byte_order_make_no_difference(tmp_path, content):
    (tmp_path / "own.yaml").write_bytes(content)
    assert yaml_lines.read(tmp_path / "own.yaml").content == {"a": 1, "b": "no"}


@pytest.mark.parametrize(
    "word",
    [
        "no",
        "2e-5",
        "1e5",
        "010",
        "1:30",
        "24_544",
        "1_0",
        "2024-01-01",
        "null",
        "~",
        "",
        "true",
        ".inf",
        "<<",
        "=",
        "a: b",
        "é\n",
    ],
)
def test_text_that_looks_like_something_else_is_written_so_that_either_yaml_reads_it_back(word):
    given = {"text": word, word or "empty": [word]}
    assert value(yaml_lines.dump(given)) == given == yaml.safe_load(yaml_lines.dump(given))
    assert value(yaml_lines.dump(word, one_line=True)) == word


@pytest.mark.parametrize("number", [1e-5, 2.0e-5, 1e22, 5.0, 10**30, True, None])
def test_numbers_are_read_back_as_they_were_written(number):
    assert value(yaml_lines.dump({"a": number})) == {"a": number}


def test_files_of_the_package_hold_what_any_reader_of_yaml_finds_in_them():
    for path in [ROOT / "params.yaml", *(ROOT / "profiles").glob("*.yaml"), *(ROOT / "src/realignment/data").glob("*.yaml")]:
        assert yaml_lines.read(path).content == yaml.safe_load(path.read_text(encoding="utf-8")), path
