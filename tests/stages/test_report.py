"""Stage `report`: from a made-up study to tables, figures and the page."""

import contextlib
import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import made_up
import pytest

from realignment import tracking
from realignment.config import params
from realignment.core import outputs
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.report.summary import Summary
from realignment.results.tables import Table
from realignment.stages import report

ROOT = Path(__file__).parents[2]


def store(patch, missing: list[str]) -> list[str]:
    """A tracking store that has every run but those; the keys of the runs that are put back."""
    restored: list[str] = []
    patch.setattr(tracking, "missing", lambda root, profile, keys: missing)
    patch.setattr(tracking, "restore", lambda root, profile, records: restored.extend(record.key for record in records))
    patch.setattr(tracking, "summarise", lambda *_: 0)
    patch.setattr(tracking, "interface", lambda root, name: {"where": "http://127.0.0.1:5000", "experiment": name, "runs": {}})
    return restored


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    store(monkeypatch, [])
    return made_up.write(tmp_path)


@pytest.fixture(scope="module")
def settings():
    known = params.load(Workspace(ROOT, "sample"))
    return replace(known, report=replace(known.report, published=False))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@dataclass(frozen=True)
class Made:
    """A report that is read and not changed."""

    workspace: Workspace
    said: str
    restored: list[str] = field(default_factory=list)


def made(root: Path, settings, change: Callable[[Workspace], None] = lambda _: None, missing: tuple[str, ...] = ()) -> Made:
    """The report of the made-up study after `change`, in a store that lacks the runs of `missing`."""
    workspace = made_up.write(root)
    change(workspace)
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said):
        restored = store(patch, list(missing))
        report.run(workspace, settings)
    return Made(workspace, said.getvalue(), restored)


@pytest.fixture(scope="module")
def plain(tmp_path_factory, settings) -> Made:
    """Of the study as it is."""
    return made(tmp_path_factory.mktemp("plain"), settings)


MISSING = tuple(record.key for record in made_up.records()[:3])
EVIL = '=HYPERLINK("http://x","|`<b>[a](b)")'


@pytest.fixture(scope="module")
def odd(tmp_path_factory, settings) -> Made:
    """Of a study with a run that ended half way, another on other kernels, a language called EVIL, and runs that the store lacks."""

    def change(workspace: Workspace) -> None:
        content = json.loads(workspace.study.read_text())
        record = next(one for one in content["records"] if one["name"] == "evaluate small latin_diverse_5 pos s23")
        record["scores"] = record["scores"][:-1]
        content["records"][0]["kernels"] = "AVX512 GenuineIntel"
        workspace.study.write_text(json.dumps(made_up.resealed(content)))
        table = workspace.languages.read_text().replace("Made-1,", f'"{EVIL.replace(chr(34), chr(34) * 2)}",')
        workspace.languages.write_text(table)

    return made(tmp_path_factory.mktemp("odd"), settings, change, MISSING)


def test_a_second_run_writes_the_same_bytes(plain, workspace, settings):
    """In a checkout of its own: no byte follows from where it lies."""
    first = contents(plain.workspace.root / "reports")
    report.run(workspace, settings)
    assert contents(workspace.root / "reports") == first
    assert {
        "index.html",
        "sample/metrics.json",
        "sample/tables/small-levels.md",
        "sample/tables/small-verdicts-tasks.csv",
        "sample/tables/scores.csv",
        "sample/plots/scores.csv",
    } <= set(first)
    assert {"sample/figures/gains-small.svg", "sample/figures/scaling-small.svg", "sample/figures/loss-small.svg"} <= set(first)


def test_the_order_of_records_changes_nothing(plain, workspace, settings):
    first = contents(plain.workspace.root / "reports")
    content = json.loads(workspace.study.read_text())
    content["records"].reverse()
    workspace.study.write_text(json.dumps(made_up.resealed(content)))
    report.run(workspace, settings)
    tables = {name: text for name, text in contents(workspace.root / "reports").items() if "/tables/" in name}
    assert tables == {name: text for name, text in first.items() if "/tables/" in name}


def test_a_headline_metric_is_the_mean_of_the_records(plain):
    """By hand: per seed, over languages of a task that are neither English nor out of distribution, then tasks, then seeds."""
    out = {language.code for language in made_up.world() if language.is_pivot or not language.pool}
    runs = []
    for seed in (17, 23):
        tasks = []
        for record in made_up.records():
            cell = record.cell
            if (record.verb, cell.subset, cell.control, cell.seeds.order) == (
                "evaluate",
                "latin_diverse_5",
                "",
                seed,
            ) and record.task:
                kept = [score.score for score in record.scores if score.language not in out]
                tasks.append(sum(kept) / len(kept))
        runs.append(sum(tasks) / len(tasks))
    found = json.loads((plain.workspace.reports / "metrics.json").read_text())
    assert found["small.latin_diverse_5"] == pytest.approx(sum(runs) / 2)


def test_runs_that_the_store_lacks_are_restored_from_the_study(plain, odd):
    assert sorted(odd.restored) == sorted(MISSING) and plain.restored == []


def test_a_cell_of_two_cell_keys_is_an_error_that_names_them(workspace, settings):
    content = json.loads(workspace.study.read_text())
    wrong = next(record for record in content["records"] if record["name"] == "evaluate small latin_diverse_5 pos s23")
    wrong["cell_key"] = "0" * 64
    workspace.study.write_text(json.dumps(made_up.resealed(content)))
    with pytest.raises(FailedWork, match=r"evaluate small latin_diverse_5 pos s17 and evaluate small latin_diverse_5 pos s23"):
        report.run(workspace, settings)
    assert not (workspace.root / "reports").exists()


def test_two_tables_of_one_name_are_a_fault(settings, tmp_path):
    table = Table("small", "levels", "caption", ("Subset",), ("HRL",), ())
    built = report.Built([(table, "one"), (table, "other")], [], [], [], [], [], Summary(()))
    with pytest.raises(RuntimeError, match=r"two tables or figures are named small-levels\.md"):
        report.write_tables(tmp_path, built, [], settings)


def test_a_missing_study_says_how_to_make_it(workspace, settings):
    workspace.study.unlink()
    with pytest.raises(BadInput, match=r"study\.json: required and does not exist; make it with `dvc repro study`"):
        report.run(workspace, settings)


PLAIN = (
    {
        "scores",
        "best",
        "small-correlation",
        "small-paired",
        "small-draws",
        "small-standings",
        "small-verdicts-english",
        "small-verdicts-retrieval",
    }
    | {f"small-{kind}-{columns}" for kind in ("verdicts", "random", "otherwise", "detectable") for columns in ("tasks", "levels")}
    | {"small-otherwise-retrieval"}
)  # rows for programs
TOLD = {
    "small-correlation",
    "small-paired",
    "small-draws",
    "small-standings",
    "small-detectable-tasks",
    "small-detectable-levels",
} | {
    f"small-{kind}-{columns}-{base}"
    for columns in ("tasks", "levels")
    for kind, base in (("verdicts", "none"), ("verdicts", "all"), ("random", "random_5"))
}  # the page's tables of them
TOLD |= {
    f"small-otherwise-{columns}-{control}" for columns in ("tasks", "levels", "retrieval") for control in ("equal_pairs", "words")
} | {"small-robust", "small-profiles"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory, settings) -> Workspace:
    """A report with the authors' data at hand, LaTeX asked for."""
    workspace = made_up.write(tmp_path_factory.mktemp("whole"))
    shutil.copytree(ROOT / "data" / "published", workspace.root / "data" / "published")
    with pytest.MonkeyPatch.context() as patch:
        store(patch, [])
        report.run(workspace, replace(settings, report=replace(settings.report, published=True, latex=True)))
    return workspace


def test_every_table_comes_in_three_formats_with_one_signature(whole):
    folder = whole.reports / "tables"
    names = {path.stem for path in folder.glob("*.md")}
    assert names >= {"small-levels", "small-sets-nli", "small-paper-8"}
    assert not any(name.startswith("authors-") for name in names), "those are the authors stage's"
    assert names | TOLD == {path.stem for path in folder.glob("*.tex")}
    assert names == {path.stem for path in folder.glob("*.csv")} - PLAIN
    for name in names:
        line = (folder / f"{name}.md").read_text().splitlines()[-1]
        assert line.startswith("`profile=sample | preset=paper | reading=")
        assert line.strip("`").replace("_", "\\_").replace("|", "\\textbar{}") in (folder / f"{name}.tex").read_text()


def test_without_latex_there_is_none(plain):
    assert not list((plain.workspace.reports / "tables").glob("*.tex"))


@pytest.mark.parametrize(("words", "value"), [(["--latex"], True), (["--latex", "false"], False), ([], None)])
def test_a_setting_that_is_yes_or_no_is_a_flag(words, value):
    from realignment.commands.verbs import command

    assert command("report", "").make_context("report", words).params["set_latex"] == value


def test_the_page_of_a_study_holds_no_number_of_the_authors_and_leads_to_theirs(whole):
    """Of an encoder that is not the paper's."""
    text = whole.page.read_text()
    assert "t-small-paper-8" in text and 'href="sample/authors.html"' in text
    assert "55.43 ± 0.29" not in text and "t-authors-" not in text
    assert not any("55.43 ± 0.29" in path.read_text() for path in (whole.reports / "tables").iterdir())


def test_a_run_that_ended_half_way_is_named_on_the_page(plain, odd):
    said = "evaluate small latin_diverse_5 pos s23 lacks udpos qat"
    assert said in odd.workspace.page.read_text() and said not in plain.workspace.page.read_text()


def test_a_study_on_two_kinds_of_kernels_says_so_on_the_page_and_in_the_terminal(plain, odd):
    others = len(made_up.records()) - 1
    for text in (odd.workspace.page.read_text(), odd.said):
        assert f"AVX2: {others} runs" in text and "AVX512 GenuineIntel: 1 runs" in text
    assert "AVX512" not in plain.workspace.page.read_text() + plain.said


def test_an_edited_score_makes_no_report(workspace, settings):
    content = json.loads(workspace.study.read_text())
    next(one for one in content["records"] if one["verb"] == "evaluate")["scores"][0]["score"] = 0.9999
    workspace.study.write_text(json.dumps(content))
    with pytest.raises(FailedWork, match="was changed after it was written"):
        report.run(workspace, settings)
    assert not (workspace.root / "reports").exists()


@pytest.mark.parametrize("name", ["languages.csv", "subsets.json", "manifest.json", "quality"])
def test_what_a_stage_wrote_and_somebody_edited_makes_no_report(workspace, settings, name):
    """An edited class or mark in languages.csv would move a language to another group."""
    for verb in ("fetch", "check", "select"):
        outputs.wrote(workspace, verb)
    path = workspace.data / name
    path = path / "bitext.json" if path.is_dir() else path
    path.write_text(path.read_text() + "\n")
    with pytest.raises(BadInput, match=rf"data/sample/{name} was changed after stage"):
        report.run(workspace, settings)


def test_nothing_is_written_of_a_study_of_two_settings(workspace, settings):
    content = json.loads(workspace.study.read_text())
    content["records"][5]["params"] = {"steps": 6}
    workspace.study.write_text(json.dumps(made_up.resealed(content)))
    with pytest.raises(BadInput, match="one profile and one preset"):
        report.run(workspace, settings)
    assert not (workspace.root / "reports").exists()


def test_tables_carry_no_keys_and_no_paths(plain):
    workspace, keys = plain.workspace, {record.key for record in made_up.records()}
    text = b"".join(contents(workspace.reports / "tables").values()).decode()
    assert not any(key in text for key in keys)
    assert str(workspace.root) not in text + workspace.page.read_text()


def test_the_old_report_stays_where_the_new_one_cannot_be_put_in_place(plain, workspace, settings, elsewhere, monkeypatch):
    """`.work` is a link to another disk, and that of the reports is full."""
    (workspace.root / ".work").symlink_to(elsewhere)
    shutil.copytree(plain.workspace.root / "reports", workspace.root / "reports")
    before = contents(workspace.root / "reports")
    assert "index.html" in before and "sample/metrics.json" in before

    def full(*given, **named):
        raise OSError(28, "no space left")

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(OSError, match="no space left"):
        report.run(workspace, settings)
    assert contents(workspace.root / "reports") == before


def test_a_name_of_a_language_is_no_formula_of_the_tables_and_no_markdown(odd):
    reports = odd.workspace.reports
    tables = reports / "tables"
    rows = list(csv.reader((tables / "small-languages-pos.csv").open()))
    assert any(f"'{EVIL}" in row for row in rows)
    assert not any(cell.startswith("=") for path in reports.rglob("*.csv") for row in csv.reader(path.open()) for cell in row)
    text = (tables / "small-languages-pos.md").read_text()
    (line,) = [line for line in text.splitlines() if "HYPERLINK" in line]
    assert r"\|\`\<b\>\[a\](b)" in line
    assert len(re.findall(r"(?<!\\)\|", line)) == len(re.findall(r"(?<!\\)\|", text.splitlines()[2])), "as many cells as columns"


def test_the_report_says_first_what_was_found(plain):
    """In the terminal and in summary.json, with the planted facts of generated languages."""
    found = json.loads((plain.workspace.reports / "tables" / "summary.json").read_text())
    shown = plain.said
    assert 3 <= len(found["sentences"]) <= 8
    assert all(" ".join(sentence.split()) in " ".join(shown.split()) for sentence in found["sentences"])
    assert {row["encoder"] for row in found["planted"]} == {"small"}
    assert {row["recovered"] for row in found["planted"]} <= {"yes", "no", "cannot tell", "not in this study"}
