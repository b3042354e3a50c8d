"""A study that the real `dvc repro` made, verified as it is and after what a forger, a slip or a broken disk may do to it."""

import gzip
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from dvc.utils.serialize import dumps_yaml
from mlflow import MlflowClient
from reproduced import build, call, commit, succeeds

from realignment import cli, tracking
from realignment.commands.verify import remakes
from realignment.config import params, yaml_lines
from realignment.core import digests, network, outputs
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.lineage import replay, verify
from realignment.lineage.proof import at_hand, data, head, pages, records
from realignment.lineage.proof.verdict import AWAY, BROKEN, HELD, Link
from realignment.records import sealing
from realignment.records.record import Record
from realignment.report import chains
from realignment.study import study_file

CHANGES = int(os.environ.get("CHANGES", "50"))  # `make soak` asks for 1,000
PAIRS = 12_000  # MLflow's own digest of a data set ends at row 10,000
COUNTERS = {*range(24, 28), *range(92, 100)}  # in which SQLite counts its own transactions
CHAIN = [
    "shipped data", "raw files", "manifest", "data files", "excluded rows", "subsets", "base encoder", "realigned encoders", "fine-tuned models",
    "predictions", "scores", "study.json", "tables", "figures", "page", "authors' tables, figures and page", "graph", "dvc.lock", "MLflow runs", "MLflow registered models",
    "MLflow rows of tables", "MLflow runs of the authors", "MLflow store as it was",
]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("finished") / "checkout", PAIRS)


@pytest.fixture
def root(finished, monkeypatch) -> Path:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(finished)
    return finished


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory) -> Path:
    """The report of the records and that of the authors' runs, made once for all changes."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch, tracking.reading():
        patch.chdir(finished)
        for part, remake in remakes(Workspace(finished, "mine"), params.load(Workspace(finished, "mine"))).items():
            (folder / part).mkdir()
            remake(folder / part)
    return folder


def links(root: Path, report: Path | None = None, **how) -> list[Link]:
    """Verdicts on a checkout; with `report`, tables are compared with those and not made again, as long as they can be made."""
    workspace = Workspace(root, "mine")
    settings = params.load(workspace)

    def copied(part: str, folder: Path) -> None:
        shutil.copytree(report / part, folder, dirs_exist_ok=True)

    made = {part: partial(copied, part) for part in (pages.STUDY, pages.AUTHORS)} if report else {}
    with tracking.reading():
        return verify.proven(at_hand.gather(workspace, settings), made or remakes(workspace, settings), **how)


def broken(found: list[Link]) -> list[Link]:
    return [one for one in found if one.verdict == BROKEN]


def told(found: list[Link]) -> str:
    return "\n".join(f"{one.group}: {one.name}: {one.why}" for one in broken(found))


def change(path: Path, place: int, chance: Random) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= chance.randrange(1, 256)
    path.write_bytes(content)


def files(root: Path) -> dict[str, list[Path]]:
    """Kind -> the files whose every byte decides something, or is known from what was written."""

    def below(*folders: str, names: str = "*") -> list[Path]:
        found = [path for folder in folders for path in sorted((root / folder).rglob(names)) if path.is_file()]
        return [path for path in found if path.name != "README.md" or "model" not in path.parts]

    return {
        "inputs": [
            *below(
                "corpora/mine/bitext", "corpora/mine/evalsets/pos", "data/mine/bitext", "data/mine/evalsets", "data/mine/quality"
            ),
            *below("data/published", "data/uriel"),
            *(root / "data/mine" / name for name in ("manifest.json", "excluded.parquet", "languages.csv", "subsets.json")),
            *(root / "encoder" / name for name in ("config.json", "model.safetensors", "tokenizer.json")),
        ],
        "predictions": below("mlruns", names="predictions.parquet"),
        "models": [path for path in below("mlruns") if path.parent.name == "model"],
        "tables": [*below("reports/mine"), root / "reports/index.html"],
        "records": [root / "data/mine/study.json", *below("mlruns", names="record.json")],
        "dvc.lock": [root / "dvc.lock"],
        "database": [root / "mlflow.db"],
    }


def names(path: Path, root: Path) -> list[str]:
    """By what a broken link may name a file: its path, its run and its name, or its folder where one sha256 stands for the whole of it."""
    shown = path.relative_to(root)
    if shown.parts[0] == "encoder":
        return ["small (path:encoder)"]
    return [path.name, shown.parts[2]] if shown.parts[0] == "mlruns" else [shown.as_posix()]


@contextmanager
def edited(path: Path) -> Iterator[Path]:
    """The file is as it was afterwards."""
    before = path.read_bytes()
    try:
        yield path
    finally:
        path.write_bytes(before)


def tell(root: Path, statement: str, *given) -> int:
    """Changes the tracking store behind MLflow's back; how many rows."""
    with closing(sqlite3.connect(root / "mlflow.db")) as connection, connection:
        return connection.execute(statement, given).rowcount


def test_every_link_of_a_finished_study_holds_and_the_counts_add_up(root):
    done = CliRunner().invoke(cli.group, ["verify", "--json"], catch_exceptions=False)
    said = json.loads(done.stdout)
    assert said["counts"]["broken"] == 0, [one for one in said["links"] if one["verdict"] == BROKEN]
    assert [row["group"] for row in said["groups"]] == CHAIN
    for row in [*said["groups"], said["counts"]]:
        assert row["links"] == row["held"] + row["broken"] + row["not at hand"]
    assert sum(row["links"] for row in said["groups"]) == said["counts"]["links"] == len(said["links"])
    away = {row["group"]: row["reasons"] for row in said["groups"] if row["not at hand"]}
    assert list(away) == ["MLflow runs of the authors"], "a profile without the paper's tables imports none"


def test_what_mlflow_loads_a_model_by_is_held_against_the_record_of_its_run(root, report):
    """`MLmodel` names the code that is run, and no record lists it."""
    path = sorted((root / "mlruns").rglob("MLmodel"))[0]
    with edited(path):
        path.write_text(path.read_text().replace("realignment.serving.flavor", "elsewhere.flavor"))
        assert "MLmodel not as the record gives it" in told(links(root, report))


def test_single_changed_bytes_are_all_found_and_the_file_is_named(root, report):
    """Whichever file, whichever byte: the file is named by a broken link, and holds again when the byte is back."""
    kinds, chance, missed = files(root), Random(15), []
    assert all(kinds.values())
    for number in range(CHANGES):
        kind = list(kinds)[number % len(kinds)]
        path = chance.choice(kinds[kind])
        free = COUNTERS if kind == "database" else set()
        with edited(path):
            place = chance.choice([place for place in range(path.stat().st_size) if place not in free])
            change(path, place, chance)
            said = told(links(root, report))
        if not any(all(name in line for name in names(path, root)) for line in said.splitlines()):
            missed.append((path.relative_to(root).as_posix(), place, said[:500]))
    assert not missed
    assert not told(links(root, report))


FORGED = {
    "an md5 that is not the file's": (lambda stage: stage["outs"][0].update(md5="0" * 32), "study.json: its md5 is"),
    "a size that is not the file's": (lambda stage: stage["outs"][0].update(size=1), "study.json: its size is"),
    "another command": (lambda stage: stage.update(cmd="true"), "was made by `true`"),
    "another setting": (lambda stage: stage["params"]["data/mine/settings.yaml"]["realign"].update(steps=4), "realign was {"),
    "a setting fewer": (lambda stage: stage["params"]["data/mine/settings.yaml"].pop("realign"), "realign was not among them"),
    "a dependency fewer": (lambda stage: stage["deps"].pop(0), "data/mine/alignments is on one side alone"),
    "an output more": (lambda stage: stage["outs"].append({**stage["outs"][0], "path": "data/mine/more"}), "data/mine/more is on one side alone"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_dvc_lock_is_told_by_what_was_forged(root, report, what):
    forge, said = FORGED[what]
    with edited(root / "dvc.lock") as lock:
        content = yaml_lines.quick(lock.read_text())
        forge(content["stages"]["study@mine"])
        lock.write_text(dumps_yaml(content))
        (first, *_) = broken(links(root, report))
    assert first.group == "dvc.lock" and "study@mine" in first.name and said in f"{first.name}: {first.why}"


def test_a_stage_taken_out_of_dvc_lock_is_not_at_hand(root, report):
    with edited(root / "dvc.lock") as lock:
        content = yaml_lines.quick(lock.read_text())
        del content["stages"]["check@mine"]
        lock.write_text(dumps_yaml(content))
        found = links(root, report)
    assert not broken(found) and [one.why for one in found if one.name == "dvc.lock check@mine"] == [
        "the stage was not run by DVC"
    ]


def test_a_metric_edited_in_the_database_is_named_by_its_run_and_its_record(root, report):
    with edited(root / "mlflow.db"):
        assert tell(root, "update metrics set value = value + 0.25 where key = 'pos/made/swa' and run_uuid in (select run_uuid from runs where name like '% my_one pos %')")  # fmt: skip
        found = broken(links(root, report))
        (root / ".work/mine/rows.json").rename(root / ".work/mine/aside.json")
        without = broken(links(root, report))
        (root / ".work/mine/aside.json").rename(root / ".work/mine/rows.json")
    assert found[0].name.startswith("evaluate small my_one pos s17") and "pos/made/swa is" in found[0].why
    assert [one.group for one in found] == ["MLflow runs", "MLflow store as it was"]
    assert [one.group for one in without] == ["MLflow runs"], "by its record alone, where nothing was recorded of the rows"


def test_a_changed_byte_of_the_stored_graph_or_of_its_sha256_is_named(root, report):
    """Nothing is read from it here; a question makes it again."""
    for name in ("lineage.sqlite", "lineage.sqlite.sha256"):
        with edited(root / "reports/mine" / name) as path:
            change(path, path.stat().st_size - 1, Random(2))
            (found,) = broken(links(root, report))
        assert found.group == "graph" and f"reports/mine/{name}" in f"{found.name}: {found.why}"


def test_what_no_record_says_is_compared_with_the_rows_that_the_report_saw(root, report):
    with edited(root / "mlflow.db"):
        assert tell(root, "update tags set value = 'somebody' where key = 'mlflow.user'")
        found = broken(links(root, report))
    assert {one.group for one in found} == {"MLflow store as it was"} and all(
        "its rows in tags changed" in one.why for one in found
    )


def test_notes_of_people_and_runs_of_another_experiment_break_nothing(root, report):
    with edited(root / "mlflow.db"):
        run = next(iter(tracking.finished(root, "mine").values()))
        store = MlflowClient(f"sqlite:///{root}/mlflow.db")
        store.set_tag(run, "mlflow.note.content", "looks right")
        store.set_tag(run, "reviewed", "yes")
        store.create_run(store.create_experiment("somebody's", artifact_location=str(root / "elsewhere")))
        found = links(root, report)
    assert not told(found)
    assert [one.why for one in found if one.name.endswith("every byte of the file")] == [
        "rows were written since the report was made, so that bytes without rows cannot be compared"
    ]


def test_a_run_deleted_in_mlflow_is_named(root, report):
    with edited(root / "mlflow.db"):
        (key,) = [one["key"] for one in json.loads((root / "data/mine/study.json").read_text())["records"] if one["name"] == "realign small my_one s17"]  # fmt: skip
        run = tracking.finished(root, "mine")[key]
        MlflowClient(f"sqlite:///{root}/mlflow.db").delete_run(run)
        found = broken(links(root, report))
    assert found[0].name == "realign small my_one s17" and f"its run {run} was deleted" in found[0].why


def test_a_swapped_model_is_named(root, report):
    runs = tracking.finished(root, "mine")
    models = {one["name"]: root / "mlruns/mine" / runs[one["key"]] / "artifacts/model" for one in json.loads((root / "data/mine/study.json").read_text())["records"] if one["verb"] == "finetune"}  # fmt: skip
    (name, first), (_, second) = sorted(models.items())
    with edited(first / "model.safetensors") as weights:
        shutil.copy(second / "model.safetensors", weights)
        (found,) = broken(links(root, report))
    assert found.name == f"{name}: its model" and "model.safetensors changed" in found.why


def test_a_corpus_changed_after_row_10_000_is_named_raw_and_as_it_was_made(root, report):
    """MLflow's own digest of a data set ends there."""
    raw = root / "corpora/mine/bitext/swa.tsv.gz"
    with edited(raw):
        lines = gzip.decompress(raw.read_bytes()).decode().splitlines()
        lines[11_001] = lines[11_001].replace("sees", "saw")
        raw.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
        found = broken(links(root, report))
    assert found[0].group == "raw files" and found[0].name == str(raw)
    made = root / "data/mine/bitext/swa.parquet"
    with edited(made):
        rows = pq.read_table(made).to_pylist()
        rows[11_000]["target"] += " x"
        pq.write_table(pa.Table.from_pylist(rows), made)
        found = broken(links(root, report))
    assert found[0].group == "data files" and found[0].name == "data/mine/bitext/swa.parquet"
    assert any("it read bitext/swa" in one.why for one in found), "and the run that read it"


def test_a_large_file_is_believed_by_size_and_times_until_every_byte_is_asked_for(root, report, monkeypatch):
    monkeypatch.setattr(verify, "CHEAP", 1)
    path = next((root / "mlruns").rglob("model.safetensors"))
    known = root / ".work/mine/digests.json"
    before = digests.of(path)
    with edited(path), edited(known):
        change(path, path.stat().st_size - 1, Random(1))
        state = path.stat()
        lie = [state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns, before]
        known.write_text(json.dumps({**json.loads(known.read_text()), str(path): lie}))
        assert not told(links(root, report)), "somebody wrote into what is kept of files"
        assert path.name in told(links(root, report, rehash=True))


def test_the_command_ends_with_1_and_the_first_broken_link_in_one_line(root):
    with edited(root / "reports/mine/tables/scores.csv") as path:
        path.write_text(path.read_text().replace("pos", "ner", 1))
        done = call(root, "realignment", "verify")
    assert done.returncode == 1
    assert re.fullmatch(r"error: \d of \d+ links are broken; the first, tables: reports/mine/tables/scores.csv: is not what the records give by this version of the code, from line 2 on.*", done.stderr.splitlines()[-1])  # fmt: skip


@pytest.mark.slow
def test_the_page_that_verify_writes_marks_what_is_broken_now_and_the_report_stays_as_it_is(root, tmp_path):
    """The study's own page is of before the change."""
    before = (root / "reports/index.html").read_bytes()
    with edited(files(root)["predictions"][0]) as path:
        change(path, 100, Random(1))
        done = call(root, "realignment", "verify", "--html", str(tmp_path / "now.html"))
    text = (tmp_path / "now.html").read_text()
    run = path.parts[-3]
    assert done.returncode == 1 and "links are broken; the first, predictions: " in done.stderr
    assert re.search(rf'class="notice alarm"[^>]*>✗ Broken link: [\d,]+ cells of the tables .*mlruns/\S*{run}', text)
    assert (root / "reports/index.html").read_bytes() == before and b'class="notice alarm"' not in before


HEAD = {
    "languages that the encoder has seen": (lambda study: study["encoders"]["small"].update(seen=[]), "seen of its encoder small is [], data/mine/settings.yaml has 'mbert'"),
    "another encoder": (lambda study: study["encoders"]["small"].update(name="path:other"), "name of its encoder small is 'path:other', data/mine/settings.yaml has 'path:encoder'"),
    "another label": (lambda study: study["encoders"].update(large=study["encoders"].pop("small")), "it has no encoder small, which "),
    "an encoder more": (lambda study: study["encoders"].update(large=study["encoders"]["small"]), "its encoders are large, small, data/mine/settings.yaml has small"),
    "the bytes of the encoder": (lambda study: study["encoders"]["small"].update(sha256="0" * 64), "sha256 of its encoder small is 000000000000..., "),
    "the device": (lambda study: study.update(device="cuda"), "its device is 'cuda', "),
    "the reading": (lambda study: study.update(reading="published"), "its reading is 'published', data/mine/settings.yaml has 'computed'"),
    "the preset": (lambda study: study.update(preset="reference-code"), "its preset is 'reference-code', data/mine/settings.yaml has 'paper'"),
    "no encoders": (lambda study: study.pop("encoders"), "it has no encoder small, which evaluate small "),
}  # fmt: skip


@pytest.mark.parametrize("what", HEAD)
def test_what_study_json_says_beside_its_records_is_compared_with_the_settings_and_the_runs(root, what):
    """It decides which languages count as unseen and what the report says was run; the seal is the forger's own."""
    change_head, said = HEAD[what]
    with edited(root / "data/mine/study.json") as study:
        content = json.loads(study.read_text())
        change_head(content)
        study.write_text(study_file.text(content))
        here = at_hand.gather(Workspace(root, "mine"), params.load(Workspace(root, "mine")))
        found = head.link(here)
        assert found in list(records.links(here))
    assert found.verdict == BROKEN and found.why.startswith(said)


def test_without_its_settings_the_head_of_study_json_is_not_at_hand(root):
    settings = root / "data/mine/settings.yaml"
    settings.rename(settings.with_suffix(".aside"))
    try:
        found = head.link(at_hand.gather(Workspace(root, "mine"), params.load(Workspace(root, "mine"))))
    finally:
        settings.with_suffix(".aside").rename(settings)
    assert (found.verdict, found.why) == (AWAY, "data/mine/settings.yaml is not here; `dvc repro settings` makes it")


def test_a_report_that_a_file_at_hand_keeps_from_being_made_is_broken_and_the_file_named(root):
    """Nothing could be compared, so that a forged table would pass; the stage's own note of its folder is the forger's too."""
    workspace, extra = Workspace(root, "mine"), root / "data/mine/quality/extra.json"
    with edited(root / "reports/mine/tables/scores.csv") as table, edited(workspace.outputs):
        table.write_text(table.read_text().replace("pos", "ner", 1))
        extra.write_text("{\n")
        outputs.wrote(workspace, "check")
        try:
            found = {one.name: one for one in links(root)}
        finally:
            extra.unlink()
    unread, forged = found["data/mine/quality/extra.json"], found["reports/mine/tables/scores.csv"]
    assert unread.verdict == forged.verdict == BROKEN
    assert unread.why.startswith("cannot be read (JSONDecodeError") and "quality/extra.json: JSON is required" in forged.why


def test_a_report_that_cannot_be_made_for_want_of_a_file_is_not_at_hand(root):
    subsets = root / "data/mine/subsets.json"
    subsets.rename(subsets.with_suffix(".aside"))
    try:
        found = [one for one in links(root) if one.group == "tables"]
    finally:
        subsets.with_suffix(".aside").rename(subsets)
    assert {(one.verdict, one.why) for one in found} == {(AWAY, "cannot be made anew: data/mine/subsets.json is not here")}


def run_of(said: dict, name: str) -> str:
    """The id that a page gives for a run of the study."""
    return said["places"][[one[0] for one in said["runs"]].index(name)][0]


def led_elsewhere(page: Path, words: dict[str, str]) -> None:
    """A forger's page: words exchanged wherever they stand, what it says of runs sealed anew."""
    pattern = re.compile("|".join(map(re.escape, words)))
    text = pattern.sub(lambda found: words[found[0]], page.read_text())
    old = re.search(r'<script type="application/json" id="chain-data">(.*)</script>', text)[1]
    content = json.loads(old)
    page.write_text(text.replace(content["sha256"], chains._seal(content)))


def page_links(root: Path) -> list[Link]:
    """Those of the page, the report made again."""
    return [one for one in links(root) if one.group == "page"]


def test_a_page_whose_runs_were_exchanged_is_named_by_the_runs(root):
    """Consistent in itself, so that it is made again as it is: only the store says whose run an id is."""
    with edited(root / "reports/index.html") as page:
        said = chains.of_page(page.read_text())
        one, other = (run_of(said, f"evaluate small {subset} pos s17") for subset in ("none", "my_one"))
        led_elsewhere(page, {one: other, other: one})
        same, *found = page_links(root)
    assert same.verdict == HELD, "byte for byte what the stage writes of a page that leads there"
    assert [one.verdict for one in found] == [BROKEN, BROKEN]
    said = "\n".join(one.why for one in found)
    assert (
        f"leads for evaluate small none pos s17 to run {other}, which is evaluate small my_one pos s17; the store has {one}"
        in said
    )


FORGED_PAGE = {
    "another address": (lambda said: {network.MLFLOW_UI: "https://elsewhere.example:5000"}, "leads to MLflow at https://elsewhere.example:5000, the stage writes http://127.0.0.1:5000"),
    "a run that is none": (lambda said: {said["places"][0][0]: "0" * 32}, f"to run {'0' * 32}; the store has "),
    "no run": (lambda said: {said["places"][0][0]: ""}, "leads to no run for 1 of "),
    "another model": (lambda said: {next(model for _, model in said["places"] if model): "models:/other/1"}, "to model models:/other/1, the store has models:/mine.small."),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED_PAGE)
def test_a_page_that_leads_elsewhere_is_broken_where_the_store_is_at_hand(root, what):
    forge, why = FORGED_PAGE[what]
    with edited(root / "reports/index.html") as page:
        led_elsewhere(page, forge(chains.of_page(page.read_text())))
        same, found, *more = page_links(root)
    assert same.verdict == HELD and not more
    assert found.verdict == BROKEN and why in found.why


def test_without_a_store_where_the_page_leads_is_not_at_hand(root):
    store = root / "mlflow.db"
    store.rename(root / "aside.db")
    try:
        _, found = page_links(root)
    finally:
        (root / "aside.db").rename(store)
    assert (found.verdict, found.why) == (AWAY, at_hand.NO_STORE)


@pytest.mark.slow
def test_a_clone_with_what_was_pushed_is_verified_without_corpora_store_or_models_and_nothing_is_written(root, tmp_path):
    """What is not there is said to be not at hand, by reason."""
    succeeds(root, "dvc", "remote", "add", "-f", "-d", "store", str(tmp_path / "remote"))
    commit(root, "finished")
    succeeds(root, "dvc", "push")
    succeeds(tmp_path, "git", "clone", "-q", str(root), "clone")
    clone = tmp_path / "clone"
    succeeds(clone, "dvc", "pull")
    before = {path: path.stat().st_mtime_ns for path in clone.rglob("*") if ".git" not in path.parts and "tmp" not in path.parts}
    said = json.loads(call(clone, "realignment", "verify", "--json").stdout)
    assert not [one for one in said["links"] if one["verdict"] == BROKEN]
    reasons = {row["group"]: row["reasons"] for row in said["groups"] if row["not at hand"]}
    assert reasons["raw files"] == "4 the raw corpora are not here"
    assert reasons["predictions"].endswith("there is no tracking store here") and set(reasons) >= {
        "scores",
        "fine-tuned models",
        "MLflow runs",
    }
    held = {row["group"]: row["held"] for row in said["groups"]}
    assert held["tables"] == 28 and held["page"] == 1 and held["data files"] == 3
    assert {
        path: path.stat().st_mtime_ns for path in clone.rglob("*") if ".git" not in path.parts and "tmp" not in path.parts
    } == before
    succeeds(clone, "realignment", "runs", "restore")
    said = json.loads(call(clone, "realignment", "verify", "--json").stdout)
    assert not [one for one in said["links"] if one["verdict"] == BROKEN]
    assert {row["group"]: row["reasons"] for row in said["groups"]}[
        "scores"
    ] == "4 its run was restored from study.json, without files"
    shutil.rmtree(clone / "encoder")  # which git brought; of a run the clone has no model
    done = call(clone, "realignment", "verify", "--replay", "2")
    assert done.returncode == 2 and "from stored weights, and none are here" in done.stderr


@pytest.mark.slow
def test_evaluations_computed_once_more_from_their_weights_are_the_same_bit_for_bit(root):
    done = call(root, "realignment", "verify", "--replay", "4", "--seed", "7", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)["replay"]
    assert {one["outcome"] for one in said["runs"]} == {"bit for bit the same"} and {one["apart"] for one in said["runs"]} == {
        0.0
    }
    assert len({one["run"] for one in said["runs"]}) == 4 and (said["drawn"], said["of"]) == (4, 4)


def test_a_number_that_was_forged_with_all_its_hashes_is_caught_by_computing_it_once_more(root):
    """Predictions, record and seals agree with each other; only the model does not give them."""
    with tracking.reading():
        here = at_hand.gather(Workspace(root, "mine"), params.load(Workspace(root, "mine")))
        (record, weights) = next(one for one in replay.drawn(here, 4, 7)[0] if one[0].task)
        forged = {**record.to_json(), "hashes": {"predictions": "0" * 64}, "scores": [{**one, "score": 0.75} for one in record.to_json()["scores"]]}  # fmt: skip
        found = replay.again(here, Record.of(sealing.sealed(forged), "forged"), weights)
    assert found.outcome.startswith(replay.OTHER) and found.apart > 0


def test_the_chance_to_catch_a_forged_share_is_that_of_counting_all_draws():
    """Few evaluations: every way to draw; many: the draws are as good as independent."""
    forged = set(range(3))  # of 12: a quarter
    ways = list(combinations(range(12), 4))
    assert replay.caught(0.25, 4, 12) == pytest.approx(sum(bool(forged & set(way)) for way in ways) / len(ways))
    assert replay.caught(0.05, 10, 2000) == pytest.approx(1 - 0.95**10)
    chance, drawn = Random(3), 20_000
    hits = sum(any(one < 100 for one in chance.sample(range(2000), 10)) for _ in range(drawn))
    assert replay.caught(0.05, 10, 2000) == pytest.approx(hits / drawn, abs=0.012)


@pytest.mark.parametrize(("words", "said"), [
    (["--seed", "1"], "give --replay K"), (["--replay", "0"], "1 or more; got 0"), (["--replay", "9"], "weights of 4 evaluations are here"),
])  # fmt: skip
def test_a_replay_that_cannot_be_is_refused_in_one_line(root, words, said):
    with pytest.raises(BadInput, match=said):
        CliRunner().invoke(cli.group, ["verify", *words], catch_exceptions=False)


def test_without_a_study_there_is_nothing_to_verify(root):
    study = root / "data/mine/study.json"
    study.rename(study.with_suffix(".aside"))
    try:
        with pytest.raises(BadInput, match="is required and does not exist; bring it with `dvc pull`"):
            CliRunner().invoke(cli.group, ["verify"], catch_exceptions=False)
    finally:
        study.with_suffix(".aside").rename(study)


def test_the_list_of_sha256_of_shipped_data_is_the_one_of_the_files():
    """`sha256sum -c SHA256SUMS` in the folder data says the same."""
    data_folder = Path(__file__).parents[2] / "data"
    assert (data_folder / "SHA256SUMS").read_text() == data.sums(data_folder)
