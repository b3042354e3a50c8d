"""The crate of a finished study: what it says is asked of it in SPARQL, and what it must be is asked of the profile's own validator."""

import csv
import json
import shutil
from datetime import datetime
from pathlib import Path

import crates
import pytest
from click.testing import CliRunner
from locked_study import RAW, finished, locked

from realignment import cli, tracking
from realignment.core.errors import BadInput, FailedWork
from realignment.core.hashing import file_digest
from realignment.lineage.exports import numbers
from realignment.study import progress

__all__ = ["finished", "locked"]  # fixtures


@pytest.fixture
def workspace(locked, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(locked.root)
    return locked


def export(out: Path, what: str = "crate") -> dict:
    done = CliRunner().invoke(cli.group, ["export", what, str(out), "--json"], catch_exceptions=False)
    return json.loads(done.stdout)[0]


@pytest.fixture(scope="module")
def crate(locked, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("out") / "crate"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(locked.root)
        export(out)
    return out


@pytest.fixture(scope="module")
def found(crate):
    return crates.graph(crate)


def entities(crate: Path) -> dict[str, dict]:
    return {one["@id"]: one for one in crates.metadata(crate)["@graph"]}


def test_a_study_is_exported_to_the_same_bytes_each_time(workspace, crate, tmp_path):
    export(tmp_path / "again")
    files = {path.relative_to(crate): path.read_bytes() for path in crate.rglob("*") if path.is_file()}
    assert files == {
        path.relative_to(tmp_path / "again"): path.read_bytes() for path in (tmp_path / "again").rglob("*") if path.is_file()
    }


def test_a_checkout_that_holds_no_corpus_gives_the_same_crate(locked, crate, tmp_path, monkeypatch):
    """As a clone after `dvc pull` of the study and its report."""
    shutil.copytree(locked.root, tmp_path / "clone", ignore=shutil.ignore_patterns("bitext", "evalsets"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path / "clone")
    export(tmp_path / "out")
    assert (tmp_path / "out" / "ro-crate-metadata.json").read_bytes() == (crate / "ro-crate-metadata.json").read_bytes()


def test_every_file_of_a_crate_has_the_sha256_that_is_stated(crate):
    stated = {name: one["sha256"] for name, one in entities(crate).items() if "File" in one["@type"] and ":" not in name}
    there = {path.relative_to(crate).as_posix(): file_digest(path) for path in crate.rglob("*") if path.is_file()}
    del there["ro-crate-metadata.json"]
    assert stated == there and "data/sample/study.json" in there


def test_no_corpus_is_in_a_crate_and_each_file_of_it_is_described(workspace, crate):
    assert not list(crate.rglob("qab.parquet"))
    named = {one["name"]: one for one in entities(crate).values() if one["@type"] == "File"}
    for entry in json.loads(workspace.manifest.read_text())["files"]:
        assert named[f"data/sample/{entry['path']}"]["sha256"] == entry["sha256"]


def test_every_run_of_the_study_is_an_action(workspace, crate):
    records = progress.read(workspace.study)["records"]
    actions = {name: one for name, one in entities(crate).items() if one["@type"] == "CreateAction"}
    for record in records:
        action = actions[f"#action/{record['key']}"]
        assert action["name"] == record["name"] and action["instrument"]["@id"].startswith(f"#tool/{record['verb']}/")
    assert len(actions) == len(records) + 6 + 1  # the stages of dvc.lock, and the run of the workflow


DOWN = ("wasDerivedFrom", "hasPart", "object", "isBasedOn")


def reached(held: dict[str, dict], start: str) -> set[str]:
    """Everything a thing came from: its parts, what it was derived from, and what the action that made it took."""
    makers: dict[str, list[str]] = {}
    for name, one in held.items():
        for made in names(one.get("result")) if one["@type"] == "CreateAction" and name != "#run" else ():
            makers.setdefault(made, []).append(name)
    seen, todo = set(), [start]
    while todo:
        seen.add(name := todo.pop())
        below = [one for key in DOWN for one in names(held.get(name, {}).get(key))] + makers.get(name, [])
        todo += [one for one in below if one not in seen]
    return seen


def names(value) -> list[str]:
    return [one["@id"] for one in (value if isinstance(value, list) else [value] if value else [])]


def test_every_number_of_a_table_leads_to_as_many_evaluations_as_it_is_a_mean_of(crate, workspace):
    held, made = entities(crate), 0
    with (workspace.reports / "tables" / "small-levels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for column in [name.removesuffix(" mean") for name in row if name.endswith(" mean")]:
            number = held[f"#number/small-levels/{row['Name']}/{column}".replace(" ", "%20")]
            assert repr(number["value"]) == row[f"{column} mean"]
            (behind,) = names(number["wasDerivedFrom"])
            runs = [one for one in names(held[behind].get("hasPart")) or [behind] if "?run=" in one]
            assert len(runs) == int(row[f"{column} n"])  # the study has one task: as many evaluations as seeds
            made += 1
    assert made == len(rows) * 6


def test_every_number_leads_to_a_source_and_a_licence(crate):
    held = entities(crate)
    numbers = [name for name in held if name.startswith("#number/")]
    for name in numbers:
        sources = [one for one in reached(held, name) if one.startswith("#source/")]
        assert sources and all(held[one]["license"] and held[one]["version"] for one in sources), name
    assert len(numbers) > 40 and {one for table in held.values() for one in names(table.get("variableMeasured"))} == set(numbers)


def test_of_more_numbers_than_validators_can_bear_the_tables_lead_to_the_runs(workspace, tmp_path, monkeypatch):
    """The first tables keep theirs; the file of any other is derived from every prediction that its numbers follow from."""
    monkeypatch.setattr(numbers.put, "__defaults__", (60,))
    export(tmp_path / "out")
    held = entities(tmp_path / "out")
    tables = {name: one for name, one in held.items() if name.startswith("reports/") and "/tables/" in name}
    whole = {name for name, one in tables.items() if "variableMeasured" not in one}
    assert 0 < len(whole) < len(tables) and "reports/sample/tables/small-levels.csv" not in whole
    assert sum(name.startswith("#number/") for name in held) <= 60 and "leave room for" in held["./"]["description"]
    for name in whole:
        runs = {one for one in reached(held, name) if "?run=" in one}
        assert runs, name


def test_the_settings_of_a_run_are_one_collection_that_all_runs_of_them_name(crate, workspace):
    held = entities(crate)
    for record in progress.read(workspace.study)["records"]:
        taken = names(held[f"#action/{record['key']}"]["object"])
        (settings,) = [held[one] for one in taken if one.startswith("#settings/")]
        values = {held[one]["name"]: held[one]["value"] for one in names(settings["hasPart"])}
        assert settings["@type"] == "Collection" and len(values) == len(names(settings["hasPart"]))
        if record["verb"] == "realign":
            assert values["realign.steps"] == record["params"]["steps"]
    kinds = [name for name in held if name.startswith("#settings/")]
    assert len(kinds) < len(progress.read(workspace.study)["records"])


def test_a_bitext_leads_to_the_raw_file_it_was_made_from(crate):
    held = entities(crate)
    (bitext,) = [one for one in held.values() if one.get("name") == "data/sample/bitext/qab.parquet"]
    (raw,) = [held[one] for one in names(bitext["isBasedOn"]) if held[one]["@type"] == "File"]
    assert (raw["name"], raw["sha256"], raw["contentSize"]) == (RAW["path"], RAW["sha256"], str(RAW["bytes"]))


# The competency questions of the Workflow Run Crate profiles, asked of the crate. Where there is no container, the first is of environments.
QUESTIONS = {
    "CQ1 which environment did the run use": """SELECT ?name WHERE { ?root s:mainEntity ?flow . ?run a s:CreateAction ; s:instrument ?flow .
        ?flow code:buildInstructions ?file . ?file a s:MediaObject ; s:name ?name }""",
    "CQ2 how much time and memory did it take": "SELECT ?action ?what ?unit ?value WHERE { ?action run:resourceUsage ?use . ?use s:propertyID ?what ; s:unitCode ?unit ; s:value ?value }",
    "CQ3 which configuration files did a step use": """SELECT ?step ?name WHERE { ?control s:instrument ?step ; s:object ?action .
        ?step a s:HowToStep . ?action s:object ?file . ?file s:encodingFormat "application/yaml" ; s:name ?name }""",
    "CQ4 which environment did a step use": "SELECT ?step ?name WHERE { ?flow a s:HowTo, bs:ComputationalWorkflow ; s:step ?step . ?step a s:HowToStep ; code:buildInstructions ?file . ?file a s:MediaObject ; s:name ?name }",
    "CQ7 was it successful": "SELECT ?action ?status WHERE { ?action a s:CreateAction ; s:actionStatus ?status }",
    "CQ8 what went into the workflow": "SELECT ?name WHERE { ?flow a bs:ComputationalWorkflow . ?run a s:CreateAction ; s:instrument ?flow ; s:object ?one . ?one s:name ?name }",
    "CQ8 what came out of it": "SELECT ?name WHERE { ?flow a bs:ComputationalWorkflow . ?run a s:CreateAction ; s:instrument ?flow ; s:result ?one . ?one s:name ?name }",
    "CQ9 which version of the code ran": "SELECT ?name ?version WHERE { ?tool a s:SoftwareApplication ; s:name ?name ; s:softwareVersion ?version }",
    "CQ10 what does a tool stand on": "SELECT DISTINCT ?tool ?main ?name ?version WHERE { ?action a s:CreateAction ; s:instrument ?tool . ?tool a s:SoftwareApplication ; s:softwareRequirements ?one ; s:mainEntity ?main . ?one s:name ?name ; s:version ?version }",
    "CQ11 how were parameters used in the runs of tools": """SELECT DISTINCT ?outer ?name ?inner ?tool ?value WHERE {
        ?root s:mainEntity ?flow . ?flow a bs:ComputationalWorkflow ; flow:input ?outer ; s:step ?step . ?step s:workExample ?tool .
        ?tool flow:input ?inner . ?link run:targetParameter ?inner ; run:sourceParameter ?outer . ?outer s:name ?name .
        ?run s:instrument ?flow ; s:object ?input . ?input s:exampleOfWork ?outer ; s:value ?value }""",
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(found) -> dict[str, list[tuple]]:
    return {name.partition(" ")[2]: crates.ask(found, question) for name, question in QUESTIONS.items()}


@pytest.mark.parametrize("question", [name.partition(" ")[2] for name in QUESTIONS])
def test_a_crate_answers_the_competency_question(answers, question):
    assert answers[question]


def test_the_environment_of_the_run_is_the_list_of_pins(answers):
    assert ("requirements.txt",) in answers["which environment did the run use"]


def test_each_run_says_how_many_seconds_it_took(answers, workspace):
    said = {
        action.rpartition("/")[2]: value
        for action, what, _, value in answers["how much time and memory did it take"]
        if what == "wallClockSeconds"
    }
    assert said == {record["key"]: record["seconds"] for record in progress.read(workspace.study)["records"]}


def test_the_configuration_is_that_of_the_profile(answers):
    said = {(step.rpartition("/")[2], name) for step, name in answers["which configuration files did a step use"]}
    assert said == {("settings", "params.yaml"), ("settings", "profiles/sample.yaml"), ("study", "params.yaml")}


def test_raw_files_and_settings_go_in_and_tables_come_out(answers):
    assert any("raw files" in name for (name,) in answers["what went into the workflow"])
    assert ("realign.steps",) in answers["what went into the workflow"]
    assert ("data/sample/study.json",) in answers["what came out of it"]


def test_the_version_of_a_tool_is_the_hash_of_the_code_its_numbers_depend_on(answers, workspace):
    wanted = {
        (f"realignment {one['verb']}", f"sha256:{one['environment']['numerics']}")
        for one in progress.read(workspace.study)["records"]
    }
    assert wanted <= set(answers["which version of the code ran"])


def test_a_tool_stands_on_the_versions_that_its_runs_recorded(answers, workspace):
    record = progress.read(workspace.study)["records"][0]
    assert {(name, record["environment"][name]) for name in ("torch", "transformers", "tokenizers", "numpy")} <= {
        (name, version) for _, _, name, version in answers["what does a tool stand on"]
    }


def test_a_setting_of_the_workflow_is_the_one_its_runs_had(answers):
    given = {(name, value) for _, name, _, _, value in answers["how were parameters used in the runs of tools"]}
    assert ("realign.steps", 6) in given and {("realign.seeds.order", 17), ("realign.seeds.order", 23)} <= given


@pytest.fixture(scope="module")
def dated(locked, crate, tmp_path_factory) -> Path:
    """The crate of a checkout whose runs are those that trained: none of them was put back."""
    root = tmp_path_factory.mktemp("dated") / "checkout"
    shutil.copytree(locked.root, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(root)
        for run in tracking.finished(root, "sample").values():
            tracking.prepare(root).delete_tag(run, "restored_from")
        export(root.parent / "crate")
    return root.parent / "crate"


def lasted(began: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


def test_cq5_how_long_a_tool_ran_is_the_time_between_its_start_and_its_end(dated, locked):
    asked = "SELECT ?action ?began ?ended WHERE { ?action s:startTime ?began ; s:endTime ?ended ; s:instrument ?tool . ?tool a s:SoftwareApplication }"
    found = crates.ask(crates.graph(dated), asked)
    took = {one.rpartition("/")[2]: lasted(str(began), str(ended)) for one, began, ended in found if "#action/" in one}
    assert took == {one["key"]: one["seconds"] for one in progress.read(locked.study)["records"]}


def test_cq6_the_workflow_ran_from_its_first_run_to_its_last(dated):
    asked = "SELECT ?began ?ended WHERE { ?action s:startTime ?began ; s:endTime ?ended ; s:instrument ?flow . ?flow a bs:ComputationalWorkflow }"
    ((began, ended),) = crates.ask(crates.graph(dated), asked)
    runs = [one for name, one in entities(dated).items() if name.startswith("#action/") and "startTime" in one]
    assert (str(began), str(ended)) == (min(one["startTime"] for one in runs), max(one["endTime"] for one in runs))


def test_each_run_names_the_device_it_ran_on(dated):
    held = entities(dated)
    around = [
        held[one] for name, action in held.items() if name.startswith("#action/") for one in names(action.get("environment"))
    ]
    assert {one["value"] for one in around if one["name"] == "device"} == {"cpu"}


def test_a_run_that_was_put_back_from_study_json_has_no_times(crate):
    """The store would give those of the restoring."""
    runs = [one for name, one in entities(crate).items() if name.startswith("#action/") and len(name) > 70]
    assert runs and not any("startTime" in one or "endTime" in one for one in runs)
    assert "carry no times" in entities(crate)["./"]["description"]


def test_a_table_that_is_not_the_one_of_study_json_is_refused(workspace, tmp_path):
    path = workspace.reports / "tables" / "small-levels.csv"
    text = path.read_text()
    try:
        path.write_text(text.replace("0.", "0.9", 1))
        with pytest.raises(FailedWork, match=r"small-levels\.csv is not the table that study\.json gives"):
            export(tmp_path / "out")
    finally:
        path.write_text(text)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_refused_and_left_as_it_is(workspace, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match=r"a new or empty folder is required, and it holds mine\.txt"):
        export(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_raw_file_that_is_not_at_hand_is_said_to_be_absent(crate):
    assert "1 of 1 raw files are not at hand (bitext/qab.tsv" in entities(crate)["./"]["description"]


def test_a_crate_passes_the_provenance_run_crate_profile(crate, tmp_path):
    for name in ("rocrate_validator", "requests_cache"):
        pytest.importorskip(name, reason="roc-validator is not installed: `make validators` brings it")
    said = crates.judge(crate, tmp_path)
    assert said["passed"] and not said["issues"], json.dumps(said["issues"], indent=1)[:4000]
