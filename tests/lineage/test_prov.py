"""The study as PROV-JSON: read back by the rules of the format, and by the package `prov` where it is installed."""

import json
from collections import defaultdict

import pytest
from click.testing import CliRunner
from locked_study import finished, locked

from realignment import cli
from realignment.study import progress

__all__ = ["finished", "locked"]  # fixtures
RELATIONS = {
    "used": ("activity", "entity"), "wasGeneratedBy": ("entity", "activity"), "wasDerivedFrom": ("entity", "entity"),
    "hadMember": ("entity", "entity"), "wasAssociatedWith": ("activity", "agent"),
}  # fmt: skip
ENDS = {
    "used": ("prov:activity", "prov:entity"), "wasGeneratedBy": ("prov:entity", "prov:activity"), "hadMember": ("prov:collection", "prov:entity"),
    "wasDerivedFrom": ("prov:generatedEntity", "prov:usedEntity"), "wasAssociatedWith": ("prov:activity", "prov:agent"),
}  # fmt: skip


@pytest.fixture(scope="module")
def text(locked, tmp_path_factory) -> str:
    out = tmp_path_factory.mktemp("out") / "prov"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(locked.root)
        CliRunner().invoke(cli.group, ["export", "prov", str(out)], catch_exceptions=False)
    return (out / "study.prov.json").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document(text) -> dict:
    return json.loads(text)


def test_every_relation_is_between_two_things_that_are_there(document):
    assert set(document) == {"prefix", "entity", "activity", "agent", *RELATIONS}
    for kind, ends in RELATIONS.items():
        for one in document[kind].values():
            for end, what in zip(ENDS[kind], ends, strict=True):
                assert one[end] in document[what], (kind, one)


def test_every_name_has_a_prefix_that_is_declared(document):
    names = [name for kind in ("entity", "activity", "agent") for name in document[kind]]
    assert {name.partition(":")[0] for name in names} == set(document["prefix"])
    assert all(value.endswith("#") for value in document["prefix"].values())


def below(document: dict) -> dict[str, set[str]]:
    """Name -> what it directly came from."""
    found = defaultdict(set)
    for kind in ("wasDerivedFrom", "hadMember", "wasGeneratedBy", "used"):
        for one in document[kind].values():
            found[one[ENDS[kind][0]]].add(one[ENDS[kind][1]])
    return found


def test_every_number_reaches_the_raw_file_that_its_runs_were_made_of(document):
    """Fine-tuning only read no bitext; what all others read, and every retrieval, holds the language of the one raw file."""
    from_where, numbers = below(document), [name for name, one in document["entity"].items() if one["prov:type"] == "number"]
    raw = next(name for name, one in document["entity"].items() if one.get("study:role") == "raw file")
    for number in numbers:
        seen, todo = set(), [number]
        while todo:
            seen.add(name := todo.pop())
            todo += from_where[name] - seen
        assert any(name.startswith("study:source/") for name in seen), number
        label = document["entity"][number]["prov:label"]
        assert (raw in seen) == ("/none/" not in label or "retrieval" in label), label
    assert len(numbers) > 40


def test_a_run_has_its_seconds_and_its_tool(document, locked):
    record = progress.read(locked.study)["records"][0]
    name = f"study:act/{record['key']}"
    assert document["activity"][name]["study:seconds"] == record["seconds"]
    (agent,) = {one["prov:agent"] for one in document["wasAssociatedWith"].values() if one["prov:activity"] == name}
    assert document["agent"][agent]["study:code"] == f"sha256:{record['environment']['numerics']}"


def test_the_package_prov_reads_it(text):
    model = pytest.importorskip("prov.model", reason="prov is not installed: `make validators` brings it")
    document, found = json.loads(text), model.ProvDocument.deserialize(content=text, format="json")
    read = [one for one in found.get_records() if one.is_element()]
    assert len(read) == sum(len(document[kind]) for kind in ("entity", "activity", "agent"))
    assert len(list(found.get_records())) - len(read) == sum(len(document[kind]) for kind in RELATIONS)
