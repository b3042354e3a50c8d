"""The sections of the authors' page: what of the paper's conclusions stands and what does not, its tables and figures recomputed, every check."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from realignment.paper.audit import findings as audit
from realignment.paper.audit.registry import CHECKS, GROUPS, SEVERITIES, STANDS
from realignment.paper.model import CHOSEN, AuthorsModel
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.paper.runs import NOT_PRINTED
from realignment.report import model_views, paper_sections, robust_views, sections, unprinted
from realignment.report.figures import captions
from realignment.report.figures.captions import OF_PAPER
from realignment.report.view import Card, Figure, Link, Section, View, of_rows
from realignment.results import headings
from realignment.sources import catalogue

LEAD = (
    "What the paper's authors measured: per-seed, per-language scores under the paper's averaging rule, beside what the paper prints. Nothing here "
    "was computed by a study of this checkout."
)
STAND = (
    "Conclusions of the paper that its data bear out, with their numbers. Each is computed from the data and quotes whole sentences; "
    "`realignment audit-paper --finding ID` shows the numbers behind it."
)
CONCLUSIONS = (
    "Conclusions that another reading of the same numbers changes. What speaks for the paper's own reading is said beside each, and so is what would settle it; "
    "every difference called significant is tested."
)
EVERY = (
    "Every check, in the order of `realignment audit-paper`: what stands, then slips that change a conclusion, a number or wording. A slip is a statement of the paper that its "
    "own tables, lists or runs contradict. They are left as they are (captions of Tables 8 and 10 are corrected)."
)
LANGUAGES = "The same trees of any languages, those of a profile of your own too: `realignment languages --tree`."
MODEL = "authors-model"
AUDITED = Path("benchmarks") / "results" / "audit.json"
PICTURE = (
    "Averages, tasks and resource levels: URIEL and Latin (its swapped rows put right) minus random draws of equal size, mean over sizes, with 95 % intervals of "
    "one model over all runs, each by itself, not corrected for their number. Filled: the interval leaves zero out; another mark than that of verdicts, which are corrected (Holm)."
)
CHAINS = (
    "The random sets of five, ten, twenty and forty languages of one seed lie within one another and are the same for both encoders: the runs hold four draws in all, "
    "not sixteen, and the model counts them so. `realignment published model` prints the numbers."
)
GRAVEST = SEVERITIES[0]
OFF = "Left out of this profile: `report.published` is false."


def page_sections(
    model: AuthorsModel,
    found: Sequence[paper_sections.Signed],
    figures: Sequence[Figure],
    store: Mapping,
    predicted: Section | None = None,
) -> list[Section]:
    """`found` is what `paper_sections.authors_tables` gives, `figures` those of the paper, of its runs and of the model, `store` what
    `tracking.interface` says, `predicted` what `predicted_sections.section` gives."""
    paper = model.paper
    without = [one for one in figures if one.id.startswith(OF_PAPER)]
    of_model = [one for one in figures if one.id == MODEL]
    apart = [one for one in figures if one.id == "authors-gains-xquad"]
    of_runs = [one for one in figures if one not in (*without, *of_model, *apart)]
    rows = audit.findings(paper)
    opened, folded = paper_sections.authors_views(paper, found)
    return [
        _standing(rows),
        _conclusions(rows),
        Section("figures", "The paper's figures from its runs", figures=of_runs, short="Figures"),
        _model(model, of_model),
        *([predicted] if predicted else ()),
        Section(
            "tables",
            "The paper's tables from its runs",
            tables=opened[:1],
            folded=[*opened[1:], *folded, *(view for study in paper.studies for view in robust_views.of_study(study, TASKS))],
            short="Tables",
        ),
        unprinted.section(paper, apart),
        Section("method", "The method and the languages of the pool", (LANGUAGES,), figures=without, short="Method"),
        _every(rows, paper.root),
        Section(
            "runs",
            "Where are the runs?",
            ("Start the interface with `mlflow ui` in the checkout; then a click on a cell of a table above leads to its runs.",),
            links=(Link(f"All runs in MLflow: {sections.experiment(store)}", sections.experiment(store)),),
            short="Runs",
        ),
    ]


def _standing(rows: Sequence[dict]) -> Section:
    """The conclusions of the paper that its data bear out, open."""
    held = [row for row in rows if row["group"] == STANDS and CHECKS[row["id"]].severity == GRAVEST]
    title = "What stands of the paper's conclusions"
    return Section("stands", title, (STAND,), cards=tuple(map(_card, held)), short="What stands")


def figure(model: AuthorsModel) -> Figure | None:
    """Leads over random draws with their intervals."""
    drawn = model_views.picture(model.leads(), CHOSEN.values())
    return captions.captioned(MODEL, drawn, PICTURE) if drawn else None


def _model(model: AuthorsModel, figures: Sequence[Figure]) -> Section:
    tables = (
        model_views.leads(
            f"{MODEL}-leads", "Chosen sets minus random ones of equal size, points with 95 % intervals", model.leads()
        ),
        model_views.by_size(f"{MODEL}-sizes", "Averages, each size by itself", model.sizes()),
        model_views.variances(f"{MODEL}-variances", "What a score varies by", model.variances()),
        model_views.settling(f"{MODEL}-settling", "What would settle URIEL against random draws", model.settling()),
        model_views.simulated(model.paper.root),
    )
    first, *rest = [one for one in tables if one]
    return Section(
        "chosen",
        "Chosen sets against random ones: one model over all runs",
        (CHAINS,),
        figures=list(figures),
        tables=[first],
        folded=rest,
        short="Against random",
    )


def _conclusions(rows: Sequence[dict]) -> Section:
    """The findings that another reading of a conclusion follows from, open."""
    counts = Counter(row["group"] for row in rows)
    graver = [row for row in rows if row["group"] == GRAVEST]
    of = sum(CHECKS[row["id"]].severity == GRAVEST for row in rows)
    others = " and ".join(f"{counts[one]} of {'a number' if one == 'number' else one}" for one in SEVERITIES[1:] if counts[one])
    told = f"{len(graver)} of {of} conclusions read otherwise. Other slips, {others}, are listed further down."
    title = "Conclusions that another reading of the data changes"
    return Section("findings", title, (CONCLUSIONS, told), cards=tuple(map(_card, graver)), short="Conclusions")


def _card(row: Mapping[str, str]) -> Card:
    parts = (
        ("The paper", row["printed"]),
        ("The data", row["follows"]),
        ("In fairness", row["in_fairness"]),
        ("What would settle it", row["settled_by"]),
    )
    return Card(row["id"], row["where"], tuple(part for part in parts if part[1]))


HEADS = {STANDS: "What stands", "conclusion": "Conclusions", "number": "Numbers", "wording": "Wording"}


def _every(rows: Sequence[dict], root: Path) -> Section:
    """Every check by its group, and the licences as stated, folded."""
    columns = ("where", "id", "printed", "follows", "in_fairness", "settled_by")
    folded: list[View | None] = []
    for group in GROUPS:
        some = [{name.replace("_", " "): row[name] for name in columns} for row in rows if row["group"] == group]
        folded.append(of_rows(f"slips-{group}", f"{HEADS[group]}: {len(some)}", some, section="where"))
    claims = [{**row, "agree": "yes" if row["agree"] else "no"} for row in catalogue.claims()]
    folded.append(of_rows("licences", "Licences of the corpora, as the paper states them and as their sources do", claims))
    return Section("slips", "Every check", (EVERY, *audited(root)), folded=[one for one in folded if one], short="Every check")


def audited(root: Path) -> list[str]:
    """How the audit itself was audited, where the program that does it was run on these checks."""
    path = root / AUDITED
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if found.get("checks") != len(CHECKS):
        return []
    return [
        f"The audit was audited: on a made-up paper whose tables, lists, claims and runs agree with one another its {found['checks']} checks give "
        f"{len(found['false_alarms_on_the_clean_paper'])} false alarms, and of {found['planted']} slips planted there one at a time {found['found']} are found, "
        f"{found['with_further_findings']} of them with a finding that does not follow from the slip (`python benchmarks/audit.py`)."
    ]


def facts(paper: Paper) -> dict[str, str]:
    """What the head of the page says of the runs."""
    held = paper.runs.rows
    apart = sum(row["task"] in NOT_PRINTED for row in paper.raw)
    seeds = sorted({seed for found in held.values() for seed in found}, key=int)
    return {
        "Encoders": ", ".join(headings.encoder(name) for name in dict.fromkeys(row.encoder for row in held)),
        "Rows": f"{len(held)}, an encoder and a subset each, with up to {len(seeds)} seeds ({', '.join(seeds)})",
        "Scores": f"{len(paper.scored):,} that count under the paper's rule; beside them {apart:,} of XQuAD, and {len(paper.raw) - len(paper.scored) - apart:,} of "
        "languages that it leaves out (Ghomala, Naija, AfriXNLI's English)",
    }
