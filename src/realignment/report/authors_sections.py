"""The sections of the authors' page: where the paper's conclusions part from its data, its tables and figures recomputed, every slip."""

from collections import Counter
from collections.abc import Mapping, Sequence

from realignment.paper.audit import findings as audit
from realignment.paper.audit.registry import CHECKS, SEVERITIES, SLIP
from realignment.paper.paper import Paper
from realignment.report import comparison_tables, paper_sections, sections
from realignment.report.figures.captions import OF_PAPER
from realignment.report.view import Card, Figure, Link, Section, View, of_rows
from realignment.results import headings
from realignment.sources import catalogue

LEAD = (
    "What the paper's authors measured: per-seed, per-language scores under the paper's averaging rule, beside what the paper prints. Nothing here "
    "was computed by a study of this checkout."
)
CONCLUSIONS = (
    "Conclusions that another reading of the same numbers changes. Each is computed from the data and quotes whole sentences of the paper; "
    "`realignment audit-paper --finding ID` shows its numbers, and every difference called significant is tested."
)
SLIPS = (
    "A slip is a statement of the paper that its own tables, lists or runs contradict. They are left as they are (captions of Tables 8 and 10 are "
    "corrected). Each is computed from the data: "
    "`realignment audit-paper --finding ID` shows its numbers."
)
LANGUAGES = "The same trees of any languages, those of a profile of your own too: `realignment languages --tree`."
GRAVEST = SEVERITIES[0]
OFF = "Left out of this profile: `report.published` is false."


def page_sections(
    paper: Paper, found: Sequence[paper_sections.Signed], figures: Sequence[Figure], store: Mapping
) -> list[Section]:
    """`found` is what `paper_sections.authors_tables` gives, `figures` those of the paper and of its runs, `store` what `tracking.interface` says."""
    without = [one for one in figures if one.id.startswith(OF_PAPER)]
    of_runs = [one for one in figures if one not in without]
    rows = audit.findings(paper)
    opened, folded = paper_sections.authors_views(paper, found)
    return [
        _conclusions(rows),
        Section("figures", "The paper's figures from its runs", figures=of_runs, short="Figures"),
        Section(
            "chosen",
            "Most diverse against random, in the authors' runs",
            tables=[comparison_tables.headline(paper)],
            short="Against random",
        ),
        Section("tables", "The paper's tables from its runs", tables=opened[:1], folded=[*opened[1:], *folded], short="Tables"),
        Section("method", "The method and the languages of the pool", (LANGUAGES,), figures=without, short="Method"),
        _slips(rows),
        Section(
            "runs",
            "Where are the runs?",
            ("Start the interface with `mlflow ui` in the checkout; then a click on a cell of a table above leads to its runs.",),
            links=(Link(f"All runs in MLflow: {sections.experiment(store)}", sections.experiment(store)),),
            short="Runs",
        ),
    ]


def _conclusions(rows: Sequence[dict]) -> Section:
    """The findings that a conclusion of the paper hangs on, open; those that agree with it last."""
    counts = Counter(row["severity"] for row in rows)
    others = " and ".join(f"{counts[one]} {one}s" for one in SEVERITIES[1:] if counts[one])
    graver = [row for row in rows if CHECKS[row["id"]].severity == GRAVEST]
    others_agree = len(graver) - counts[GRAVEST]
    rest = f" The other {others_agree} agree with the data when they are read fairly." if others_agree > 1 else ""
    rest = " The other one agrees with the data when it is read fairly." if others_agree == 1 else rest
    told = f"{counts[GRAVEST]} of {len(graver)} conclusions do not follow from the data.{rest} Slips in {others} are listed further down."
    title = "What the data say of the paper's conclusions"
    return Section("findings", title, (CONCLUSIONS, told), cards=tuple(map(_card, graver)), short="Conclusions")


def _card(row: Mapping[str, str]) -> Card:
    parts = (("The paper", row["printed"]), ("The data", row["follows"]), ("In fairness", row["in_fairness"]))
    title = row["where"] if row["verdict"] == SLIP else f"{row['where']}: holds"
    return Card(row["id"], title, tuple(part for part in parts if part[1]))


def _slips(rows: Sequence[dict]) -> Section:
    """Every slip, and the licences as stated, folded."""
    columns = ("where", "id", "severity", "printed", "follows", "in_fairness")
    rows = [row for row in rows if row["verdict"] == SLIP]
    listed = [{name.replace("_", " "): row[name] for name in columns} for row in rows]
    folded: list[View | None] = [
        of_rows(f"slips-{one}", f"Slips of a {one}: {len(some)}", some, section="where")
        for one in SEVERITIES
        if (
            some := [
                {name: value for name, value in row.items() if name != "severity"} for row in listed if row["severity"] == one
            ]
        )
    ]
    claims = [{**row, "agree": "yes" if row["agree"] else "no"} for row in catalogue.claims()]
    folded.append(of_rows("licences", "Licences of the corpora, as the paper states them and as their sources do", claims))
    return Section("slips", "Every slip", (SLIPS,), folded=[one for one in folded if one], short="Every slip")


def facts(paper: Paper) -> dict[str, str]:
    """What the head of the page says of the runs."""
    held = paper.runs.rows
    seeds = sorted({seed for found in held.values() for seed in found}, key=int)
    return {
        "Encoders": ", ".join(headings.encoder(name) for name in dict.fromkeys(row.encoder for row in held)),
        "Rows": f"{len(held)} subsets, each with up to {len(seeds)} seeds ({', '.join(seeds)})",
        "Scores": f"{len(paper.scored):,}",
    }
