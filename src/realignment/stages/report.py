"""Stage `report`: build the tables, figures and the page from the study's runs.

reads   study.json, languages.csv, subsets.json, manifest.json, quality/*.json, and data/published
writes  reports/<profile>/{tables,figures,plots}/, reports/<profile>/metrics.json, reports/index.html
"""

import csv
import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realignment import illustrations, languages, layout, page, published, rendering, scores, sections, tables
from realignment.console import note
from realignment.errors import BadInput
from realignment.schema import Settings
from realignment.scores import RETRIEVAL
from realignment.workspace import Workspace

OUTS = ("tables", "figures", "plots", "metrics.json")


@dataclass(frozen=True)
class Inputs:
    """The files the stage reads, parsed."""

    study: dict
    languages: dict[str, languages.Language]
    subsets: dict
    manifest: dict
    quality: dict[str, Any]  # file name without suffix -> content


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """A row a subset: its average without English, of every encoder."""
    given = read(workspace)
    restore_runs(workspace, given.study["records"])
    if settings.report.published:
        import_published(workspace.root)
    found = scores.of_records(
        given.study["records"], given.languages, {label: one["seen"] for label, one in given.study["encoders"].items()}
    )
    sizes = {name: one["n"] for name, one in given.subsets["subsets"].items()}
    runs, names = scores.collect(found), {code: one.name for code, one in given.languages.items()}
    studies = [tables.Study(runs, encoder, sizes, names) for encoder in sorted({one.encoder for one in found})]
    tasks = [task for task in layout.TASKS if task != RETRIEVAL and any(one.task == task for one in found)]
    built = [table for study in studies for table in tables.of_study(study, tasks, settings.report.uncertain)]
    note(f"{len(found):,} scores of {len(given.study['records']):,} runs; building tables and figures")
    drawn = illustrations.of_study(studies, tasks, given.study["records"], settings.report.uncertain)
    metrics = {name: value for study in studies for name, value in tables.headline(study, tasks).items()}
    with tempfile.TemporaryDirectory(prefix="report-", dir=_made(workspace.work)) as folder:
        staging = Path(folder)
        write_tables(staging / "tables", built, found)
        for one in drawn:
            _put(staging / "figures" / f"{one.id}.svg", '<?xml version="1.0" encoding="utf-8"?>\n' + one.svg)
        write_plots(staging / "plots", studies, tasks, given.study["records"])
        _put(staging / "metrics.json", json.dumps(metrics, indent=1, sort_keys=True) + "\n")
        _put(staging / "index.html", build_page(settings, workspace.root, given, built, drawn))
        put_in_place(staging, workspace)
    note(f"the report: {workspace.page}")
    return [{"name": name, "average_without_english": value} for name, value in metrics.items()]


def read(workspace: Workspace) -> Inputs:
    """BadInput names the missing file and the command that makes it."""

    def parse(path: Path, stage: str) -> Any:
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BadInput(f"{path}: required and does not exist; make it with `dvc repro {stage}`") from None
        except json.JSONDecodeError as fault:
            raise BadInput(f"{path}: JSON is required; {fault}; make it again with `dvc repro {stage}`") from None

    quality = {path.stem: parse(path, "check") for path in sorted(workspace.quality.glob("*.json"))}
    study = parse(workspace.study, "study")
    if not any(record["verb"] == "evaluate" for record in study["records"]):
        raise BadInput(
            f"{workspace.study}: at least one finished evaluation is required and there is none; run `dvc repro study`"
        )
    return Inputs(
        study,
        languages.read(workspace.languages),
        parse(workspace.subsets, "select"),
        parse(workspace.manifest, "fetch"),
        quality,
    )


def restore_runs(workspace: Workspace, records: list[dict]) -> None:
    """Puts back the runs that the tracking store does not have: a fresh clone, or a deleted database."""
    from realignment import tracking

    missing = set(tracking.missing(workspace.root, workspace.profile, [record["key"] for record in records]))
    if missing:
        note(f"{len(missing)} of {len(records)} runs are not in the tracking store; restoring them from study.json")
        tracking.restore(workspace.root, workspace.profile, [record for record in records if record["key"] in missing])


def import_published(root: Path) -> None:
    from realignment import tracking

    if added := tracking.import_runs(root, published.EXPERIMENT, published.runs(root)):
        note(f"{added} of the authors' runs imported")


def write_tables(folder: Path, built: list[tables.Table], found: list[scores.Score]) -> None:
    for table in built:
        _put(folder / f"{table.name}.md", rendering.markdown(table))
        _put(folder / f"{table.name}.csv", rendering.comma_separated(table))
    _put(folder / "scores.csv", rendering.long(found))


def write_plots(folder: Path, studies: list[tables.Study], tasks: list[str], records: list[dict]) -> None:
    """CSV for `dvc plots`: percent by subset and group; realignment losses."""
    rows: list = [("encoder", "subset", "group", "score")]
    rows += [point for study in studies for point in tables.group_points(study, tasks)]
    losses: list = [("run", "step", "loss")]
    for record in records:
        if record["verb"] == "realign":
            losses += [(record["name"], step, loss) for step, loss in record["curves"].get("loss", ())]
    for name, content in (("scores", rows), ("loss", losses)):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(content)
        _put(folder / f"{name}.csv", text.getvalue())


def build_page(settings: Settings, root: Path, given: Inputs, built: list[tables.Table], drawn: list[page.Figure]) -> str:
    study, about = given.study, settings.settings.description
    content = {"manifest": given.manifest, "subsets": given.subsets, "quality": given.quality, "records": study["records"]}
    signatures = {encoder: sections.signature(study, encoder) for encoder in study["encoders"]}
    parts = [*sections.study_sections(built, drawn, signatures), *sections.evidence_sections(content)]
    parts.append(sections.runs_section(study["profile"]))
    if settings.report.published:
        note("drawing the authors' figures")
        parts += sections.authors_sections(root, settings.report.uncertain)
    translations = settings.pretrain.translations if settings.pretrain.name else 0.0
    notice = sections.notice(given.manifest["source"] == "sample", translations)
    lead = (
        f"Which languages to realign a multilingual encoder on, and what it does to the others. {about[:1].upper()}{about[1:]}."
    )
    facts = sections.facts(study, given.subsets["n"])
    return page.render(page.Page(f"Realignment study: {study['profile']}", lead, facts, notice, parts))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _put(path: Path, text: str) -> None:
    _made(path.parent)
    path.write_text(text, encoding="utf-8", newline="\n")


def put_in_place(staging: Path, workspace: Workspace) -> None:
    """Renames the finished outputs over the old ones; both are on one file system."""
    _made(workspace.reports)
    for name in OUTS:
        old = workspace.reports / name
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        (staging / name).replace(old)
    (staging / "index.html").replace(workspace.page)
