"""Stage `report`: build the tables, figures and the page from the study's runs; or, with `--so-far`, the page of a study that runs.

reads   study.json, languages.csv, subsets.json, manifest.json, quality/*.json, and data/published
writes  reports/<profile>/{tables,figures,plots}/, reports/<profile>/metrics.json, reports/index.html, and the graph that `lineage` asks
"""

import gc
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realignment import tracking
from realignment.config import params
from realignment.config.schema import Settings
from realignment.core import outputs, processes
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.files import put_in_place, unusable, writable, write_whole
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.languages import table as languages
from realignment.languages import uriel
from realignment.lineage import build as graph
from realignment.lineage import page_chains, standing
from realignment.lineage.proof import at_hand as at_proof
from realignment.paper.paper import Paper
from realignment.records import kernels, predictions, sealing, validate
from realignment.records.record import Record
from realignment.report import (
    broken,
    chains,
    comparison_tables,
    experiments,
    gradient_views,
    header,
    html,
    latex,
    links,
    paper_sections,
    predicted_study,
    running,
    sections,
    side_by_side,
    signatures,
    summary,
    written,
)  # fmt: skip
from realignment.report.figures import captions
from realignment.report.view import Figure, Link, Section, View
from realignment.results import by_set, formatting, gradients, oracle, planted, rescoring, scores, study_tables, summaries, tables
from realignment.results.scores import RETRIEVAL
from realignment.study import at_hand, plan_file, study_file

OUTS = ("tables", "figures", "plots", "metrics.json")
AGAIN = 20  # seconds after which the page of a running study is read again
LOWER = 10  # priority of the process that makes that page: the trainings come first


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
class Numbers:
    """What follows from the records; `told`: by encoder, what its seeds allow to say."""

    found: list[scores.Score]
    studies: list[tables.Study]
    tasks: list[str]
    told: Mapping[str, comparison_tables.Rows]

    @classmethod
    def of(cls, given: Inputs) -> "Numbers":
        found, studies = tables.studies(given.study, given.languages, given.subsets)
        tasks = tables.tasks(found)
        large = len(given.study["records"]) > captions.MANY
        told = processes.shared(lambda study: comparison_tables.of_study(study, tasks), studies, large=large)
        return cls(found, studies, tasks, {study.encoder: rows for study, rows in zip(studies, told, strict=True)})


@dataclass(frozen=True)
class Built:
    """What is written out: each table with its signature, those in the paper's layout apart; rows of the best subsets; what seeds tell; figures;
    what must be known before a number is read; what was found, in sentences; which cells stand on a broken link; what sets were predicted to gain."""

    tables: list[paper_sections.Signed]
    paper: list[paper_sections.Signed]
    best: list[dict]
    told: list[View]
    figures: list[Figure]
    warnings: list[str]
    first: summary.Summary
    pulls: list[gradients.Pull] = field(default_factory=list)
    faults: broken.Broken = field(default_factory=dict)
    predicted: Section | None = None

    @property
    def alarm(self) -> str:
        return broken.alarm((table for table, _ in self.tables), self.faults)


@dataclass(frozen=True)
class Tied:
    """What the cells of the report stand on, what became of those links, and which cells stand on a broken one."""

    records: list[Record]
    chains: dict[str, Any]
    known: standing.Standing
    faults: broken.Broken

    @classmethod
    def now(cls, workspace: Workspace, settings: Settings, given: Inputs, numbers: Numbers) -> "Tied":
        """With the links as they are."""
        known = manifest.parsed(workspace)
        here = at_proof.of_study(workspace, settings, given.study, known, given.subsets)
        return cls.of(known, given, numbers, standing.of(here, thorough=False))

    @classmethod
    def of(cls, known: manifest.Inputs, given: Inputs, numbers: Numbers, found: standing.Standing) -> "Tied":
        """`found` as `standing.of` gives it."""
        tied = page_chains.of_study(given.study, (numbers.found, numbers.studies), known, given.quality)
        return cls(given.study["records"], tied, found, page_chains.broken(tied, found))

    def embedded(self, store: Mapping) -> dict[str, Any]:
        """For the page; `store` is what `tracking.interface` says."""
        return chains.embedded(self.chains, self.known, self.records, store)


def run(workspace: Workspace, settings: Settings, so_far: bool = False) -> list[dict]:
    """One row per subset: its average without English, of every encoder. `so_far`: the page of a study that is running, no rows."""
    if so_far:
        return growing(workspace, settings)
    metrics = make(workspace, settings)
    gc.unfreeze()
    gc.collect()  # the graph reads the study once more: no two of them at a time
    graph.opened(workspace)[0].close()
    return [{"name": name, "average_without_english": value} for name, value in metrics.items()]


def make(workspace: Workspace, settings: Settings) -> dict[str, float]:
    """Everything but the graph; the average of every row."""
    given = read(workspace)
    gc.freeze()  # millions of objects that stay: nobody need look for garbage among them
    writable(workspace.work, workspace.reports, workspace.page.parent)
    if workspace.page.is_dir():
        raise unusable(IsADirectoryError(), workspace.page)
    at_hand.current(given.study, manifest.load(workspace), given.subsets)
    numbers = Numbers.of(given)
    restore_runs(workspace, given.study["records"])
    check(workspace, given.study["records"])
    note(f"{len(numbers.found):,} scores of {len(given.study['records']):,} runs; building tables and figures")
    tied = Tied.now(workspace, settings, given, numbers)
    made = build(given, numbers, settings, tied.faults)
    for text in filter(None, (*made.first.sentences, *made.warnings, made.alarm)):
        note(text)
    rows = summaries.of_study(given.study, numbers.studies, [table for table, _ in made.tables])
    tracking.summarise(workspace.root, workspace.profile, rows, given.study[sealing.SEAL])
    workspace.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="report-", dir=workspace.work) as folder:
        staging = Path(folder)
        metrics = write(staging, given, numbers, made, settings)
        store = tracking.interface(workspace.root, given.study["profile"])
        written.put(staging / "index.html", build_page(settings, workspace, given, made, store, tied.embedded(store)))
        pairs = [(staging / name, workspace.reports / name) for name in OUTS]
        put_in_place([*pairs, (staging / "index.html", workspace.page)])
    others = [name for name in params.profiles(workspace.root) if name != workspace.profile]
    tracking.keep_rows(workspace.root, workspace.profile, others, workspace.rows)
    note(f"the report: {workspace.page}")
    return metrics


def remake(workspace: Workspace, settings: Settings, folder: Path, found: standing.Standing | None = None) -> Mapping:
    """The report of the records once more, into `folder` and nowhere else; its page leads to the runs that the page at hand leads to, which are
    returned, and says of links what that page says, or what was `found` of them now."""
    page = workspace.page.read_text(encoding="utf-8", errors="replace") if workspace.page.is_file() else ""
    given = read(workspace)
    numbers = Numbers.of(given)
    if found is None:
        found = chains.standing_of(chains.of_page(page))
    tied = Tied.of(manifest.parsed(workspace), given, numbers, found)
    made = build(given, numbers, settings, tied.faults)
    write(folder, given, numbers, made, settings)
    store = links.store_of(page, given.study)
    written.put(folder / "index.html", build_page(settings, workspace, given, made, store, tied.embedded(store)))
    return store


def write(folder: Path, given: Inputs, numbers: Numbers, made: Built, settings: Settings) -> dict[str, float]:
    """Every file of a report but the page; the average of every row."""
    metrics = {name: value for study in numbers.studies for name, value in tables.headline(study, numbers.tasks).items()}
    write_tables(folder / "tables", made, numbers.found, settings)
    for encoder, parts in numbers.told.items():
        for name, rows in parts.items():
            written.put_new(folder / "tables" / f"{encoder}-{name}.csv", formatting.plain(rows))
    written.put_new(folder / "tables" / "summary.json", made.first.to_json())
    written.figures(folder / "figures", [*made.figures, *(made.predicted.figures if made.predicted else ())])
    write_plots(folder / "plots", numbers.studies, numbers.tasks, given.study["records"])
    written.put(folder / "metrics.json", json.dumps(metrics, indent=1, sort_keys=True) + "\n")
    return metrics


def read(workspace: Workspace) -> Inputs:
    """BadInput names the missing file and the command that makes it."""
    outputs.require(workspace, ("manifest.json", "languages.csv", "subsets.json", "quality"))
    quality = {path.stem: parse(path, "check") for path in sorted(workspace.quality.glob("*.json"))}
    study = study_file.trusted(workspace) if workspace.study.is_file() else parse(workspace.study, "study")
    if not any(record.verb == "evaluate" for record in study["records"]):
        raise BadInput(
            f"{workspace.study}: at least one finished evaluation is required and there is none; run `dvc repro study`"
        )
    subsets, files = parse(workspace.subsets, "select"), parse(workspace.manifest, "fetch")
    return Inputs(study, languages.read(workspace.languages), subsets, files, quality, Paper(workspace.root))


def parse(path: Path, stage: str) -> Any:
    """The JSON of a file that `stage` makes; BadInput where it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path}: required and does not exist; make it with `dvc repro {stage}`") from None
    except json.JSONDecodeError as fault:
        raise BadInput(f"{path}: JSON is required; {fault}; make it again with `dvc repro {stage}`") from None


def restore_runs(workspace: Workspace, records: list[Record]) -> None:
    """Puts back the runs that the tracking store does not have: a fresh clone, or a deleted database; brings older ones up to date."""
    missing = set(tracking.missing(workspace.root, workspace.profile, [record.key for record in records]))
    if missing:
        note(f"{len(missing)} of {len(records)} runs are not in the tracking store; restoring them from study.json")
        tracking.restore(workspace.root, workspace.profile, [record for record in records if record.key in missing])
    tracking.renew(workspace.root, workspace.profile, {record.key: record for record in records})


def check(workspace: Workspace, records: list[Record]) -> None:
    """Scores follow from their predictions; what the runs do not share, and what ended half-way, is said."""
    note(str(rescoring.check(workspace, records, tracking.at_hand(workspace.root, workspace.profile, predictions.FILE))))
    for name, lines in (("kernels", kernels.mixed(one.kernels for one in records)), ("models", validate.strayed(records))):
        if lines:
            note(f"runs of this study stand on different {name}: {'; '.join(lines[:3])}{'; and more' if len(lines) > 3 else ''}")
    for run in validate.incomplete(records)[:3]:
        note(f"ended half-way, and left out of what it lacks: {run}")


def build(given: Inputs, numbers: Numbers, settings: Settings, faults: broken.Broken) -> Built:
    """`faults`: which cells stand on a broken link."""
    found, studies, tasks, told = numbers.found, numbers.studies, numbers.tasks, numbers.told
    built = [table for study in studies for table in study_tables.of_study(study, tasks)]
    built += [table for study in studies for table in by_set.of_study(study, found, tasks)]
    built = [broken.marked(table, faults) for table in built]
    lines = {encoder: signatures.of_study(given.study, encoder) for encoder in given.study["encoders"]}
    paper = paper_sections.signed(given.paper, given.study, found, studies) if settings.report.published else []
    paper = [(broken.marked(table, faults), line) for table, line in paper]
    chosen = [row for study in studies for row in oracle.subsets(study, tasks)]
    views = [
        broken.noted(view, study.encoder, faults)
        for study in studies
        for view in comparison_tables.views(study, told[study.encoder])
    ]
    drawn = captions.of_study(studies, tasks, given.study["records"])
    world = planted.world(given.manifest, given.subsets, given.languages)
    facts = [row for study in studies for row in planted.of_study(study, told[study.encoder], world)] if world else []
    first = summary.of_study(given.study, studies, told, drawn, facts)
    warnings = [text for study in studies for text in study.warnings([*tasks, RETRIEVAL])]
    pulls = gradients.of_records(given.study["records"])
    tables_of = [(table, lines[table.encoder]) for table in built]
    return Built(tables_of, paper, chosen, views, drawn, warnings, first, pulls, faults, predicted(given, studies))


def predicted(given: Inputs, studies: list[tables.Study]) -> Section | None:
    """What each set was predicted to gain from the others, by the vectors that the subsets were chosen with."""

    def vectors() -> uriel.Vectors:
        name = given.subsets["vectors"]
        return uriel.load(name, Workspace(given.paper.root, "").vectors, uriel.wanted(given.languages.values(), name))

    return predicted_study.of_study(experiments.of_study(given.study, studies[0].runs, given.languages), vectors)


def write_tables(folder: Path, made: Built, found: list[scores.Score], settings: Settings) -> None:
    """Each table as Markdown and CSV, and as LaTeX where asked for."""
    written.tables(folder, [*made.tables, *made.paper], latex=settings.report.latex)
    for view in made.told if settings.report.latex else ():
        written.put_new(folder / f"{view.id}.tex", latex.view(view))
    written.put_new(folder / "best.csv", formatting.plain(made.best))
    written.put_new(folder / "scores.csv", formatting.long(found))
    if made.pulls:
        written.put_new(folder / "gradients.csv", formatting.plain(gradients.rows(made.pulls)))
    if made.faults:
        written.put_new(folder / "broken-links.csv", broken.listed(made.faults))


def write_plots(folder: Path, studies: list[tables.Study], tasks: list[str], records: list[Record]) -> None:
    """CSV for plots of one's own: percent by subset and group; realignment losses."""
    rows: list = [("encoder", "subset", "group", "score")]
    rows += [point for study in studies for point in tables.group_points(study, tasks)]
    losses: list = [("run", "step", "loss")]
    for record in records:
        if record.verb == "realign":
            losses += [(record.name, step, loss) for step, loss in record.curves.get("loss", ())]
    written.rows(folder / "scores.csv", rows)
    written.rows(folder / "loss.csv", losses)


def build_page(
    settings: Settings, workspace: Workspace, given: Inputs, made: Built, store: Mapping, tied: Mapping[str, Any]
) -> str:
    """`store` is what `tracking.interface` says, `tied` what the cells stand on."""
    study = given.study
    content = {**study, "manifest": given.manifest, "subsets": given.subsets, "quality": given.quality}
    first = made.first
    others = [one for one in made.figures if one is not first.figure]
    shown = [table for table, _ in made.tables], others, {one.encoder: line for one, line in made.tables}
    parts = [
        sections.found(first.sentences, first.figure, first.planted),
        *sections.study_sections(*shown, made.told, sections.subsets_section(content), gradient_views.views(made.pulls)),
        *([made.predicted] if made.predicted else ()),
        *side_by_side.sections(workspace.root, settings),
        sections.trust_section(content, made.told, settings.check.max_unknown, workspace.root),
        *paper_sections.sections(made.paper, made.best, authors(workspace)),
        sections.runs_section(study["profile"], store),
    ]
    translations = settings.pretrain.translations if settings.pretrain.name else 0.0
    papers = params.papers(workspace.root)
    facts = header.facts(study, given.subsets["n"], settings, papers) | {
        "Runs": header.runs(study, store),
        "Numbers": header.LINEAGE,
    }
    return html.render(
        html.Page(
            f"Realignment study: {study['profile']}",
            header.lead(settings),
            facts,
            header.notice(given.manifest["source"] == "sample", translations, made.warnings),
            parts,
            links.of_study(study, store, {code: one.name for code, one in given.languages.items()}),
            tied,
            other=authors(workspace) if settings.report.published else None,
            files=f"{workspace.profile}/tables/",
            alarm=made.alarm,
        )
    )


def authors(workspace: Workspace) -> Link:
    """The authors' page, seen from the study's."""
    return Link("The authors' own runs", workspace.authors_page.relative_to(workspace.page.parent).as_posix())


def growing(workspace: Workspace, settings: Settings) -> list[dict]:
    """Writes the page of a study that is running, and no other file; the study starts it now and then (`executors/page.py`)."""
    if processes.PARENT in os.environ:
        processes.die_with_parent(int(os.environ[processes.PARENT]))
    os.nice(LOWER)
    outputs.require(workspace, ("manifest.json", "languages.csv", "subsets.json"))
    plan, files = plan_file.read(workspace), parse(workspace.manifest, "fetch")
    known = languages.read(workspace.languages)
    _, studies = tables.studies(plan, known, parse(workspace.subsets, "select"))
    link = authors(workspace) if workspace.authors_page.is_file() else None
    notice = running.notice(plan, time.strftime("%Y-%m-%d %H:%M:%S"), files["source"] == "sample")
    text = html.render(
        html.Page(
            f"Realignment study: {plan['profile']}",
            header.lead(settings),
            running.facts(plan, settings),
            notice,
            running.page_sections(plan, studies, link),
            other=link,
            again=AGAIN,
        )
    )
    write_whole(workspace.page, text)
    return []
