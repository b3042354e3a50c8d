"""Stage `report`: build the tables, figures and the page from the study's runs.

reads   study.json, languages.csv, subsets.json, manifest.json, quality/*.json, and data/published
writes  reports/<profile>/{tables,figures,plots}/, reports/<profile>/metrics.json, reports/index.html
"""

import csv
import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core import escaping, outputs
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.files import put_in_place, unusable, writable
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.languages import table as languages
from realignment.paper import experiment
from realignment.paper.paper import Paper
from realignment.records import kernels, predictions, sealing, validate
from realignment.records.record import Record
from realignment.report import comparison_tables, html, latex, links, paper_sections, sections, signatures
from realignment.report.figures import captions
from realignment.report.view import Figure, View
from realignment.results import by_set, formatting, oracle, rescoring, scores, summaries, tables
from realignment.results.scores import RETRIEVAL
from realignment.study import at_hand, study_file

OUTS = ("tables", "figures", "plots", "metrics.json")


@dataclass(frozen=True)
class Inputs:
    """The files the stage reads, parsed."""

    study: dict
    languages: dict[str, languages.Language]
    subsets: dict
    manifest: dict
    quality: dict[str, Any]  # file name without suffix -> content
    paper: Paper


@dataclass(frozen=True)
class Built:
    """What is written out: each table with its signature, those in the paper's layout apart; rows of the best subsets; what seeds tell; figures;
    what must be known before a number is read; the authors' tables where they are asked for."""

    tables: list[paper_sections.Signed]
    paper: list[paper_sections.Signed]
    best: list[dict]
    told: list[View]
    figures: list[Figure]
    warnings: list[str]
    authors: Sequence[paper_sections.Signed] = ()


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """One row per subset: its average without English, of every encoder."""
    given = read(workspace)
    writable(workspace.work, workspace.reports, workspace.page.parent)
    if workspace.page.is_dir():
        raise unusable(IsADirectoryError(), workspace.page)
    at_hand.current(given.study, manifest.load(workspace), given.subsets)
    found, studies = tables.studies(given.study, given.languages, given.subsets)
    restore_runs(workspace, given.study["records"])
    note(
        str(
            rescoring.check(
                workspace, given.study["records"], tracking.at_hand(workspace.root, workspace.profile, predictions.FILE)
            )
        )
    )
    for name, lines in (
        ("kernels", kernels.mixed(one.kernels for one in given.study["records"])),
        ("models", validate.strayed(given.study["records"])),
    ):
        if lines:
            note(f"runs of this study stand on different {name}: {'; '.join(lines[:3])}{'; and more' if len(lines) > 3 else ''}")
    if settings.report.published:
        import_published(given.paper)
    tasks = tables.tasks(found)
    built = [table for study in studies for table in tables.of_study(study, tasks, settings.report.uncertain)]
    rows = summaries.of_study(given.study, studies, built)
    tracking.summarise(workspace.root, workspace.profile, rows, given.study[sealing.SEAL])
    built += [table for study in studies for table in by_set.of_study(study, found, tasks)]
    note(f"{len(found):,} scores of {len(given.study['records']):,} runs; building tables and figures")
    for run in validate.incomplete(given.study["records"])[:3]:
        note(f"ended half-way, and left out of what it lacks: {run}")
    lines = {encoder: signatures.of_study(given.study, encoder) for encoder in given.study["encoders"]}
    paper = paper_sections.signed(given.paper, given.study, studies) if settings.report.published else []
    chosen = [row for study in studies for row in oracle.subsets(study, tasks, settings.report.uncertain)]
    told = {study.encoder: comparison_tables.of_study(study, tasks) for study in studies}
    views = [view for study in studies for view in comparison_tables.views(study, told[study.encoder])]
    drawn = captions.of_study(studies, tasks, given.study["records"], settings.report.uncertain)
    warnings = [text for study in studies for text in study.warnings([*tasks, RETRIEVAL])]
    for text in warnings:
        note(text)
    authors = paper_sections.authors_tables(given.paper, settings.report.uncertain) if settings.report.published else ()
    made = Built([(table, lines[table.encoder]) for table in built], paper, chosen, views, drawn, warnings, authors)
    metrics = {name: value for study in studies for name, value in tables.headline(study, tasks).items()}
    with tempfile.TemporaryDirectory(prefix="report-", dir=_made(workspace.work)) as folder:
        staging = Path(folder)
        write_tables(staging / "tables", made, found, settings, given.paper)
        for encoder, parts in told.items():
            for name, rows in parts.items():
                _put_new(staging / "tables" / f"{encoder}-{name}.csv", formatting.plain(rows))
        for one in drawn:
            _put_new(staging / "figures" / f"{one.id}.svg", '<?xml version="1.0" encoding="utf-8"?>\n' + one.svg)
        write_plots(staging / "plots", studies, tasks, given.study["records"])
        _put(staging / "metrics.json", json.dumps(metrics, indent=1, sort_keys=True) + "\n")
        _put(staging / "index.html", build_page(settings, workspace.root, given, made))
        pairs = [(staging / name, workspace.reports / name) for name in OUTS]
        put_in_place([*pairs, (staging / "index.html", workspace.page)])
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

    outputs.require(workspace, ("manifest.json", "languages.csv", "subsets.json", "quality"))
    quality = {path.stem: parse(path, "check") for path in sorted(workspace.quality.glob("*.json"))}
    study = study_file.trusted(workspace) if workspace.study.is_file() else parse(workspace.study, "study")
    if not any(record.verb == "evaluate" for record in study["records"]):
        raise BadInput(
            f"{workspace.study}: at least one finished evaluation is required and there is none; run `dvc repro study`"
        )
    return Inputs(
        study,
        languages.read(workspace.languages),
        parse(workspace.subsets, "select"),
        parse(workspace.manifest, "fetch"),
        quality,
        Paper(workspace.root),
    )


def restore_runs(workspace: Workspace, records: list[Record]) -> None:
    """Puts back the runs that the tracking store does not have: a fresh clone, or a deleted database."""
    missing = set(tracking.missing(workspace.root, workspace.profile, [record.key for record in records]))
    if missing:
        note(f"{len(missing)} of {len(records)} runs are not in the tracking store; restoring them from study.json")
        tracking.restore(workspace.root, workspace.profile, [record for record in records if record.key in missing])


def import_published(paper: Paper) -> None:
    if added := tracking.import_runs(paper.root, experiment.NAME, experiment.runs(paper), experiment.ABOUT):
        note(f"{added} of the authors' runs imported")


def write_tables(folder: Path, made: Built, found: list[scores.Score], settings: Settings, paper: Paper) -> None:
    """Each table as Markdown and CSV, and as LaTeX where asked for; names that begin with `authors-` hold nothing of ours."""
    for table, signature in (*made.tables, *made.paper, *made.authors):
        _put_new(folder / f"{table.name}.md", formatting.markdown(table, signature))
        _put_new(folder / f"{table.name}.csv", formatting.comma_separated(table))
        if settings.report.latex:
            _put_new(folder / f"{table.name}.tex", latex.table(table, signature))
    for view in made.told if settings.report.latex else ():
        _put_new(folder / f"{view.id}.tex", latex.view(view))
    if settings.report.published:
        _put_new(folder / "authors-counts.csv", formatting.plain(paper_sections.counts(paper)))
    _put_new(folder / "best.csv", formatting.plain(made.best))
    _put_new(folder / "scores.csv", formatting.long(found))


def write_plots(folder: Path, studies: list[tables.Study], tasks: list[str], records: list[Record]) -> None:
    """CSV for plots of one's own: percent by subset and group; realignment losses."""
    rows: list = [("encoder", "subset", "group", "score")]
    rows += [point for study in studies for point in tables.group_points(study, tasks)]
    losses: list = [("run", "step", "loss")]
    for record in records:
        if record.verb == "realign":
            losses += [(record.name, step, loss) for step, loss in record.curves.get("loss", ())]
    for name, content in (("scores", rows), ("loss", losses)):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(map(escaping.cell, row) for row in content)
        _put(folder / f"{name}.csv", text.getvalue())


def build_page(settings: Settings, root: Path, given: Inputs, made: Built) -> str:
    study, about = given.study, settings.settings.description
    content = {"manifest": given.manifest, "subsets": given.subsets, "quality": given.quality, "records": study["records"]}
    results, *rest = sections.study_sections(
        [table for table, _ in made.tables], made.figures, {one.encoder: line for one, line in made.tables}
    )
    parts = [results, sections.findings_section(made.told, root), *rest]
    parts += [*paper_sections.sections(made.paper, made.best), *sections.evidence_sections(content, settings.check.max_unknown)]
    store = tracking.interface(root, study["profile"])
    parts += [sections.methods_section(study), sections.runs_section(study["profile"], store)]
    if settings.report.published:
        note("drawing the authors' figures")
        parts += sections.authors_sections(given.paper, made.authors, settings.report.uncertain)
    translations = settings.pretrain.translations if settings.pretrain.name else 0.0
    notice = sections.notice(given.manifest["source"] == "sample", translations, made.warnings)
    lead = (
        f"Which languages to realign a multilingual encoder on, and what it does to the others. {about[:1].upper()}{about[1:]}."
    )
    facts = sections.facts(study, given.subsets["n"])
    names = {code: one.name for code, one in given.languages.items()}
    behind = links.of_study(study, store, names)
    if settings.report.published:
        behind |= links.of_authors(given.paper, tracking.interface(root, experiment.NAME))
    return html.render(html.Page(f"Realignment study: {study['profile']}", lead, facts, notice, parts, behind))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _put(path: Path, text: str) -> None:
    _made(path.parent)
    path.write_text(text, encoding="utf-8", newline="\n")


def _put_new(path: Path, text: str) -> None:
    """As `_put`; two tables or figures of one name are a fault of this package, and neither replaces the other."""
    if path.exists():
        raise RuntimeError(f"two tables or figures are named {path.name}; the second would replace the first")
    _put(path, text)
