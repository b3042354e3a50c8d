"""`realignment bundle OUT`: what it writes, that verify.py confirms it, and that it finds whatever is changed in it."""

import ast
import csv
import gzip
import io
import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bundled
import pytest
import signatures_made
from click.testing import CliRunner
from predicted_study import predicted

from realignment import cli, tracking
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.lineage.bundle import of_study, write
from realignment.records import predictions

__all__ = ["predicted"]  # a fixture
RECOMPUTED = re.compile(r"^(?P<kind>.+): (?P<count>[\d,]+) recomputed, (?P<agree>[\d,]+) agree$", re.MULTILINE)


@pytest.fixture(scope="module")
def written(predicted, tmp_path_factory) -> Path:
    """The bundle of the study. Copy it before a change."""
    out = tmp_path_factory.mktemp("reviewer") / "bundle"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(predicted.root)
        outcome = CliRunner().invoke(cli.group, ["bundle", str(out)], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return out


@pytest.fixture
def bundle(written, tmp_path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "bundle"))


@pytest.fixture
def workspace(predicted, tmp_path, monkeypatch) -> Workspace:
    """A copy of the finished study, to be changed."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(predicted.root, tmp_path / "checkout")
    monkeypatch.chdir(tmp_path / "checkout")
    return Workspace(tmp_path / "checkout", predicted.profile)


def counts(text: str) -> dict[str, tuple[int, int]]:
    """Kind -> (recomputed, agreeing), as verify.py prints them."""
    return {
        one["kind"]: tuple(int(one[name].replace(",", "")) for name in ("count", "agree")) for one in RECOMPUTED.finditer(text)
    }


def test_verify_is_two_hundred_lines_of_the_standard_library():
    text = write.PROGRAM.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 9))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert len(text.splitlines()) <= 200 and imported <= sys.stdlib_module_names


def test_a_bundle_confirms_every_score_and_every_mean_with_python_alone(written, predicted):
    done = bundled.checked(written)
    found, scores = counts(done.stdout), [*bundled.lines_of(written / "tables" / "scores.csv")]
    assert done.returncode == 0 and done.stderr == "" and done.stdout.endswith("all that is recomputed agrees\n")
    assert all(count == agree > 0 for count, agree in found.values())
    for task in ("pos", "ner", "nli", "retrieval"):
        assert found[f"scores of {task}"][0] == sum(one["task"] == task for one in scores) > 0
    printed = [(path.name, name, value) for path in sorted((written / "tables").glob("small-*.csv")) for one in bundled.lines_of(path)
               for name, value in one.items() if name.endswith(" mean")]  # fmt: skip
    gains = sum("gains" in name for name, *_ in printed)
    assert (found["tables, gain"][0], found["tables, mean"][0]) == (gains, len(printed) - gains) and gains > 0


def test_every_number_of_the_tables_is_recomputed(written):
    assert "agree; not recomputed here: none\n" in bundled.checked(written).stdout


def test_scores_that_were_left_out_are_missed(bundle):
    path = bundle / "tables" / "scores.csv"
    lines = bundled.lines_of(path)
    bundled.rewritten(path, [one for one in lines if (one["task"], one["seed"]) != ("retrieval", "17")])
    bundled.relisted(bundle)
    done = bundled.checked(bundle)
    assert done.returncode == 1 and "tables/" in done.stdout


def test_a_number_of_a_table_that_the_programs_do_not_know_is_counted_by_its_column(bundle):
    (bundle / "tables" / "more.csv").write_text("what,much\nnothing,7\nall,text\n")
    bundled.relisted(bundle)
    done = bundled.checked(bundle)
    assert done.returncode == 0 and "not recomputed here: 1 more: much\n" in done.stdout


def test_the_same_study_gives_the_same_bytes(written, workspace, tmp_path):
    outcome = CliRunner().invoke(cli.group, ["bundle", str(tmp_path / "again"), "--json"], catch_exceptions=False)
    assert outcome.exit_code == 0
    names = [{path.relative_to(folder).as_posix() for path in folder.rglob("*")} for folder in (written, tmp_path / "again")]
    assert names[0] == names[1]
    assert all(
        (written / one).read_bytes() == (tmp_path / "again" / one).read_bytes() for one in names[0] if (written / one).is_file()
    )
    said = json.loads(outcome.stdout)
    assert said["counts"]["runs with predictions"] == 15 and said["missing"] == {} and said["signed"] is False


def test_a_bundle_holds_what_a_reviewer_asks_for_and_no_sentence(written, predicted):
    import pyarrow.parquet as pq

    names = {path.relative_to(written).as_posix() for path in written.rglob("*") if path.is_file()}
    assert {
        "README.md",
        "study.json",
        "bundle.json",
        "environment.json",
        "models.csv",
        "licences.csv",
        "data/manifest.json",
    } <= names
    assert {"data/subsets.json", "data/groups.csv", "data/excluded.csv", "data/languages.csv", "gold/pos.csv.gz"} <= names
    text = b"".join((written / one).read_bytes() for one in names if not one.endswith(".gz"))
    text += "".join(str(bundled.lines_of(written / one)) for one in names if one.endswith(".gz")).encode()
    rows = pq.read_table(predicted.data / "evalsets/pos/made/qaa.parquet").to_pylist()
    words = {word for row in rows for word in row["words"] if len(word) > 5}
    assert words and not [word for word in words if word.encode() in text]
    groups = {(one["language"], one["group"]) for one in bundled.lines_of(written / "data" / "groups.csv")}
    assert groups == {("qaa", "English"), ("qab", "HRL"), ("qac", "MRL"), ("qad", "LRL unseen")}


def test_one_changed_digit_of_a_prediction_is_named_by_file_run_set_and_language(bundle):
    """Also by somebody who writes its new hash into MANIFEST."""
    path = bundle / "predictions/small/all/retrieval/s17.csv.gz"
    lines = bundled.lines_of(path)
    right = next(one for one in lines if one["language"] == "qac" and one["id"] == one["label"])
    right["label"] = str((int(right["id"]) + 1) % 5)
    bundled.rewritten(path, lines)
    done = bundled.checked(bundle)
    assert done.returncode == 1
    assert "WRONG, 2 in all; the first: predictions/small/all/retrieval/s17.csv.gz: sha256" in done.stdout
    bundled.relisted(bundle)
    done = bundled.checked(bundle)
    assert done.returncode == 1
    assert (
        "WRONG, 1 in all; the first: tables/scores.csv: small all retrieval s17, set heldout, language qac: given" in done.stdout
    )


def test_every_prediction_that_makes_a_score_another_is_found(bundle):
    chance = random.Random(3)
    for path in chance.sample(sorted((bundle / "predictions").rglob("*/p*/*.gz")), 3):
        whole, lines = path.read_bytes(), bundled.lines_of(path)
        one = chance.choice(lines)
        tags = one["label"].split(" ")
        one["label"] = " ".join("X" if tag != "X" else "NOUN" for tag in tags)
        bundled.rewritten(path, lines)
        bundled.relisted(bundle)
        done = bundled.checked(bundle)
        assert done.returncode == 1 and f"language {one['language']}: given" in done.stdout
        path.write_bytes(whole)
    bundled.relisted(bundle)
    assert bundled.checked(bundle).returncode == 0


def test_a_changed_last_digit_of_any_number_of_the_tables_is_named_by_table_line_and_column(bundle):
    chance, cells = random.Random(4), []
    for path in sorted((bundle / "tables").glob("small-*.csv")):
        for number, line in enumerate(bundled.lines_of(path), 2):
            known = (
                ("difference", "n", "n against")
                if "against" in line
                else [one for one in line if one.endswith((" mean", " std", " n"))]
            )
            known = () if "Section" not in line and "against" not in line else known
            cells += [(path, number, column) for column in known if line[column]]
    assert len(cells) > 300
    for path, number, column in chance.sample(cells, 40):
        whole, lines = path.read_bytes(), bundled.lines_of(path)
        given = lines[number - 2][column]
        lines[number - 2][column] = given[:-1] + str((int(given[-1]) + 1) % 10)
        bundled.rewritten(path, lines)
        program = bundled.program(bundle)
        program.check_table(path.name, bundled.scores_of(program))
        assert len(program.faults) == 1 and program.faults[0].startswith(f"tables/{path.name}, line {number}, {column}: given")
        path.write_bytes(whole)


def test_a_record_that_says_another_score_is_named(bundle):
    content = json.loads((bundle / "study.json").read_text())
    record = next(one for one in content["records"] if one["scores"])
    record["scores"][0]["score"] += 0.25
    (bundle / "study.json").write_text(json.dumps(content))
    bundled.relisted(bundle)
    done = bundled.checked(bundle)
    assert done.returncode == 1 and f"first: tables/scores.csv: {record['name'].removeprefix('evaluate ')}, set" in done.stdout


def test_a_file_added_taken_away_or_changed_is_named(bundle):
    (bundle / "data" / "more.txt").write_text("more")
    assert "first: data/more.txt: sha256: given nothing, recomputed '" in bundled.checked(bundle).stdout
    (bundle / "data" / "more.txt").unlink()
    held = (bundle / "licences.csv").read_bytes()
    (bundle / "licences.csv").rename(bundle / "data" / "licences.csv")
    done = bundled.checked(bundle)
    assert done.returncode == 1 and "WRONG, 2 in all; the first: data/licences.csv" in done.stdout
    (bundle / "data" / "licences.csv").unlink()
    assert (
        "first: licences.csv: sha256: given '" in (said := bundled.checked(bundle).stdout) and "', recomputed nothing\n" in said
    )
    (bundle / "licences.csv").write_bytes(held)
    (bundle / "README.md").write_text("other")
    done = bundled.checked(bundle)
    assert done.returncode == 1 and "first: README.md: sha256: given '" in done.stdout


def test_a_damaged_file_is_named_and_what_can_be_read_is_counted(bundle):
    path = bundle / "gold" / "pos.csv.gz"
    path.write_bytes(path.read_bytes()[:-9])
    done = bundled.checked(bundle)
    assert done.returncode == 1 and done.stderr == "" and "first: gold/pos.csv.gz: sha256" in done.stdout


def test_a_half_written_bundle_is_one_line(bundle):
    whole = (bundle / "MANIFEST").read_bytes()
    for size in (0, 10, whole.index(b"\n") + 1, len(whole) // 2, len(whole) - 1):
        (bundle / "MANIFEST").write_bytes(whole[:size])
        done = bundled.checked(bundle)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), size
        assert "a whole bundle of version 1 is required; its MANIFEST is cut off or missing" in done.stderr
    (bundle / "MANIFEST").unlink()
    assert bundled.checked(bundle).returncode == 2


def test_a_bundle_of_another_version_is_one_line(bundle):
    text = (bundle / "MANIFEST").read_text()
    (bundle / "MANIFEST").write_text(text.replace("version 1", "version 2", 1))
    done = bundled.checked(bundle)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "a whole bundle of version 1 is required; it is of version 2" in done.stderr


def test_manifest_is_read_by_sha256sum(written):
    if shutil.which("sha256sum"):
        assert subprocess.run(["sha256sum", "--quiet", "-c", "MANIFEST"], cwd=written, check=False).returncode == 0


def test_a_study_without_its_predictions_says_which_numbers_cannot_be_recomputed(workspace, tmp_path):
    records = json.loads(workspace.study.read_text())["records"]
    gone = next(one for one in records if one["name"] == "evaluate small all pos s17")
    tracking.part(workspace.root, tracking.finished(workspace.root, "sample")[gone["key"]], predictions.FILE).unlink()
    (workspace.data / "evalsets/ner/made/qab.parquet").unlink()
    outcome = CliRunner().invoke(cli.group, ["bundle", str(tmp_path / "bundle")], catch_exceptions=False)
    about = json.loads((tmp_path / "bundle" / "bundle.json").read_text())["missing"]
    assert about["predictions/small/all/pos/s17.csv.gz"] == "its predictions are not at hand"
    ner = [f"predictions/small/{row}/ner/s{seed}.csv.gz" for row in ("all", "none") for seed in (17, 23)]
    assert {about[one] for one in ner} == {"its evaluation file evalsets/ner/made/qab.parquet is not at hand"} and len(about) == 5
    assert "of 5 runs predictions or gold are not in it" in outcome.stderr
    done = bundled.checked(tmp_path / "bundle")
    assert done.returncode == 0 and "scores of ner" not in done.stdout
    assert "20 scores whose predictions or gold are not in the bundle" in done.stdout


def test_predictions_that_are_not_what_the_run_wrote_make_no_bundle(workspace, tmp_path):
    run = next(iter(tracking.finished(workspace.root, "sample").items()))
    found = [
        one
        for key, one in tracking.finished(workspace.root, "sample").items()
        if tracking.part(workspace.root, one, predictions.FILE)
    ]
    path = tracking.part(workspace.root, found[0], predictions.FILE)
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(FailedWork, match="was changed after it was written"):
        of_study.collect(workspace, signed=False)
    assert run and not (tmp_path / "bundle").exists()


def test_tables_of_another_study_make_no_bundle_and_leave_nothing(workspace, tmp_path):
    path = workspace.reports / "tables" / "small-levels.csv"
    lines = bundled.lines_of(path)
    lines[0]["Average mean"] = "0.5"
    bundled.rewritten(path, lines)
    files, _ = of_study.collect(workspace, signed=False)
    (tmp_path / "place").mkdir()
    with pytest.raises(FailedWork, match=r"small-levels\.csv, line 2, Average mean: given '0\.5'.*run `dvc repro report`"):
        write.put(tmp_path / "place" / "bundle", files, None)
    assert list((tmp_path / "place").iterdir()) == []


def test_a_place_that_is_taken_is_refused_before_anything_is_read(workspace, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for place, why in (
        (tmp_path / "full", "a new or empty folder is required, and it holds file"),
        (tmp_path / "link", "a new or empty folder is required, and a link stands there"),
        (tmp_path / "full" / "file", "a folder is required"),
    ):
        with pytest.raises(BadInput, match=why):
            CliRunner().invoke(cli.group, ["bundle", str(place)], catch_exceptions=False)
    assert (tmp_path / "full" / "file").read_text() == "mine"


def test_without_a_report_the_command_that_makes_it_is_named(workspace, tmp_path):
    shutil.rmtree(workspace.reports)
    with pytest.raises(BadInput, match=r"reports/sample/tables/scores\.csv is required .* `dvc repro report`"):
        CliRunner().invoke(cli.group, ["bundle", str(tmp_path / "bundle")], catch_exceptions=False)


def test_a_signed_bundle_is_that_of_its_key(workspace, tmp_path):
    pytest.importorskip("model_signing")
    key = signatures_made.key(tmp_path / "key.pem")
    (tmp_path / "bundle").mkdir()  # an empty folder is a place too
    outcome = CliRunner().invoke(cli.group, ["bundle", str(tmp_path / "bundle"), "--key", str(key)], catch_exceptions=False)
    assert outcome.exit_code == 0 and "bundle: signed, " in outcome.stderr
    done = bundled.checked(tmp_path / "bundle", key.with_suffix(".pub"))
    assert done.returncode == 0 and re.search(r"^signature: by the key [0-9a-f]{16}$", done.stdout, re.MULTILINE)


def test_a_column_that_is_there_twice_is_refused_in_every_file_that_is_read(bundle):
    """A program keeps the last of two columns of one name, a person reads the first."""
    for name in ("tables/small-levels.csv", "tables/scores.csv", "gold/pos.csv.gz", "predictions/small/all/pos/s17.csv.gz"):
        path = bundle / name
        whole, packed = path.read_bytes(), path.suffix == ".gz"
        head, *lines = csv.reader(io.StringIO((gzip.decompress(whole) if packed else whole).decode(), newline=""))
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([[head[-1], *head], *(["0.99", *line] for line in lines)])
        path.write_bytes(gzip.compress(out.getvalue().encode()) if packed else out.getvalue().encode())
        bundled.relisted(bundle)
        done = bundled.checked(bundle)
        assert done.returncode == 1 and f"{name}: every column once is required; {head[-1]!r} is there twice" in done.stdout
        path.write_bytes(whole)


def test_a_number_is_counted_with_a_space_before_it_and_in_a_folder_of_its_own(bundle):
    (bundle / "tables" / "more.csv").write_text("what,much\nnothing, 7\nall,(.5)\n")
    (bundle / "tables" / "own").mkdir()
    (bundle / "tables" / "own" / "scores.csv").write_text("row,score\nall,0.99\n")
    bundled.relisted(bundle)
    assert "not recomputed here: 2 more: much, 1 own/scores: score\n" in bundled.checked(bundle).stdout
