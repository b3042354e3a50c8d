"""The sections of the report's page: ours, what it is based on, and, apart from it, the authors' own runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from realignment.core import network
from realignment.paper import experiment
from realignment.paper.audit import findings as audit
from realignment.paper.paper import Paper
from realignment.records import kernels, validate
from realignment.report import comparison_tables, methods, paper_sections, provenance, signatures
from realignment.report.figures import captions, contents, style
from realignment.report.view import Figure, Section, View, of_rows, of_table
from realignment.results.tables import Table
from realignment.sources import catalogue

GENERATED = (
    "These numbers are a known-answer test of the machinery, not evidence about languages: every language of this profile is "
    "generated. Each borrows script, family, resource level and typology from a real language (shadow_of), and cognates and "
    "typology are planted, so a diversity effect here proves nothing. The authors' own runs stand at the end of the page, apart."
)
TRANSLATED = (
    "The encoder was pretrained here, and has read {:.0%} of the training pairs of its languages beside their English: they are "
    "partly aligned before any realignment, which reads the same pairs again."
)
HEADLINES = ("levels", "gains", "tasks")
AVERAGING = "Scores are means over languages within a task, then over tasks, for each run; then over the runs of all seeds."
TOLD = (
    "A few seeds can show large differences only. `cannot tell` does not mean `no difference`: the smallest difference that would have "
    "been detected is given below, folded."
)
HELD_OUT = (
    "Held-out pairs that nothing was trained on: how often the nearest sentence of the other language is the translation. "
    "Chance is one over the number of pairs (column n of tables/scores.csv)."
)
BUDGET = "A fixed number of updates is shared by the languages of a subset: the more languages, the fewer pairs of each."
ATLAS = (
    "Languages where their distances put them (classical scaling to a plane, which bends most of them): filled the subset's, the star "
    "English, open circles the others of the pool and those that are only evaluated."
)
REACH = "Mean distance between the languages of a set, English in it, by its size; each heuristic's best set found, and all sets on average."
AUTHORS = (
    "Nothing in this section was computed by this study. It shows the per-seed, per-language scores of the paper's authors "
    "(788 runs), under the paper's averaging rule, beside what the paper prints. They are never mixed with the numbers above."
)
SLIPS = (
    "Slips of the paper, left as they are (captions of Tables 8 and 10 are corrected). Each is computed from the data: "
    "`realignment audit-paper --finding ID` shows its numbers."
)


def notice(generated: bool, translations: float, warnings: Sequence[str] = ()) -> str:
    """What must be known before a number is read: generated languages, an encoder that has read translations (a share), `warnings`."""
    return " ".join([*warnings] + [GENERATED] * generated + [TRANSLATED.format(translations)] * bool(translations))


def study_sections(found: Sequence[Table], drawn: Sequence[Figure], signature: dict[str, str]) -> list[Section]:
    """The tables of every encoder, headline ones open, the rest folded; `signature` by encoder."""
    views: dict[str, list[View]] = {"results": [], "retrieval": [], "details": []}
    for table in found:
        where = (
            "retrieval" if table.kind in ("retrieval", "gains-retrieval") else "results" if table.kind in HEADLINES else "details"
        )
        views[where].append(of_table(table, signature[table.encoder], f"ours/{table.encoder}"))

    def drawn_as(*kinds: str) -> list[Figure]:
        return [one for kind in kinds for one in drawn if one.id.partition("-")[0] == kind]

    return [
        Section("results", "Results", (AVERAGING,), drawn_as("gains", "best", "equal", "scaling", "ood"), views["results"]),
        Section("retrieval", "Retrieval before and after", (HELD_OUT,), tables=views["retrieval"]),
        Section("details", "By task, by language, and training", figures=drawn_as("map", "loss"), folded=views["details"]),
    ]


def findings_section(views: Sequence[View], root: Path) -> Section:
    """Verdicts open, what they rest on folded; how often such verdicts are wrong, by simulation."""
    opened = [view for view in views if "-verdicts-" in view.id]
    folded = [*(view for view in views if view not in opened), *comparison_tables.simulated(root)]
    return Section("verdicts", "Better, worse, or undecided", (TOLD,), tables=opened, folded=folded)


def methods_section(study: dict[str, Any]) -> Section:
    return Section("methods", "Methods", methods.paragraphs(study))


def evidence_sections(content: dict[str, Any], max_unknown: float = 1.0) -> list[Section]:
    """`content`: manifest, subsets, quality (name -> content) and records; `max_unknown` is `check.max_unknown`."""
    records = content["records"]
    checks = provenance.checks(provenance.outcomes(content["quality"]))
    failed = sum(row["outcome"] == provenance.FAILED for row in checks)
    excluded = [row for row in provenance.excluded(content["quality"]) if row["excluded"]]
    out = sum(row["excluded"] for row in excluded)
    held, policy = provenance.contamination(content["quality"]), content["quality"].get("contamination", {}).get("policy", "")
    done = "left out" if policy == "exclude" else "reported only"
    views = {
        "data": of_rows("data", "Files: rows read = kept + refused", provenance.data(content["manifest"]["files"])),
        "checks": of_rows("checks", f"Expectations: {len(checks) - failed} passed, {failed} failed", checks, section="suite"),
        "excluded": of_rows("excluded", f"Pairs left out of training by the checks: {out:,}", excluded),
        "contamination": of_rows(
            "contamination",
            f"Pairs that hold evaluation text ({done}): {sum(row['with evaluation text'] for row in held):,}",
            held,
        ),
        "subsets": of_rows("subsets", "Languages of each subset", provenance.subsets(content["subsets"], records)),
        "incomplete": of_rows(
            "incomplete",
            "Runs that ended half-way, left out of every mean over what they lack",
            [{"run": one} for one in validate.incomplete(records)],
        ),
        "unknown": of_rows(
            "unknown",
            f"Languages an encoder cannot read: more than {max_unknown:.0%} of their tokens are unknown to its tokenizer",
            provenance.unknown(records, max_unknown),
        ),
        "bases": of_rows("bases", "Base encoders: weights not taken as they stand in the files", provenance.bases(records)),
        "apart": of_rows(
            "apart",
            "Runs that are not alike: other kernels give other weights with the same settings",
            [{"what": text} for text in (*kernels.mixed(one.kernels for one in records), *validate.strayed(records))],
        ),
        "trained": of_rows("trained", "Pairs seen in realignment, all seeds together", provenance.trained(records)),
    }
    found = {name: view for name, view in views.items() if view}
    return [
        Section(
            "subsets", "Subsets", (BUDGET,), _charts(content), tables=_some(found, "incomplete", "apart", "subsets", "trained")
        ),
        Section(
            "data",
            "Data, licences and checks",
            tables=_some(found, "unknown", "data"),
            folded=_some(found, "checks", "bases", "excluded", "contamination"),
        ),
    ]


def _charts(content: dict[str, Any]) -> list[Figure]:
    """Where the languages of the study's subsets lie, and how far sets of each size reach."""
    used = list(dict.fromkeys(record.cell.subset for record in content["records"]))
    drawn = {
        "atlas": (contents.atlas(content["subsets"], used), ATLAS),
        "reach": (contents.reach(content["subsets"].get("curves", {})), REACH),
    }
    return [Figure(name, text, style.svg(figure, name, text)) for name, (figure, text) in drawn.items() if figure]


def _some(views: dict[str, View], *names: str) -> list[View]:
    return [views[name] for name in names if name in views]


def runs_section(profile: str, store: Mapping) -> Section:
    """How to find the runs of the study without a cell: by what they are. `store` is what `tracking.interface` says."""
    address = f"{store['where']}/#/experiments/{store['experiment']}?{network.RUNS_VIEW}"
    text = (
        f"Every number comes from runs in the MLflow experiment `{profile}` (the authors' are in `{experiment.NAME}`). "
        f"Start the interface in the checkout: a click on a cell of a table above leads to its runs; all are at {address} (`Model training` at the top left, which MLflow does not open with). A run carries the tags encoder, subset, control, task, seed, "
        "run_key and cell_key, and is found by a search such as `tags.subset = 'none' and tags.task = 'pos'`.",
    )
    return Section(
        "runs", "The runs behind a number", text, commands=("mlflow ui", "realignment runs", "realignment lineage CELL")
    )


def authors_sections(paper: Paper, found: Sequence[paper_sections.Signed]) -> list[Section]:
    """The paper's tables recomputed beside the printed ones, Figures 2 to 5, what the audit found: the authors', marked as theirs.

    `found` is what `paper_sections.authors_tables` gives.
    """
    tables, folded = paper_sections.authors_views(paper, found)
    tables = [*tables, comparison_tables.headline(paper)]
    drawn = captions.of_authors(paper)
    claims = [{**row, "agree": "yes" if row["agree"] else "no"} for row in catalogue.claims()]
    stated = of_rows("licences", "Licences of the corpora, as the paper states them and as their sources do", claims)
    errata = of_rows("errata", SLIPS, audit.rows(paper), section="severity")
    return [
        Section(
            "authors",
            "The authors' own runs",
            (AUTHORS,),
            drawn,
            tables,
            [*folded, *(one for one in (errata, stated) if one)],
            foreign=True,
        )
    ]


def facts(study: dict, n: int) -> dict[str, str]:
    """What the head of the page says of the study."""
    return {
        "Profile": study["profile"],
        "Preset": study["preset"],
        "Subsets": f"{study['reading']}, n = {n}",
        "Encoders": ", ".join(f"{label} ({one['name']})" for label, one in study["encoders"].items()),
        "Seeds": ", ".join(signatures.seeds(study["records"])),
        "Runs": f"{len(study['records']):,}",
        "Device": study["device"],
    }
