"""The section of what the authors ran and the paper does not print: XQuAD, beside what the paper says of all its tasks."""

from collections.abc import Sequence

from realignment.paper import xquad
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.paper.xquad import Unprinted
from realignment.report import signatures
from realignment.report.view import Figure, Section, of_rows, of_table
from realignment.results import comparisons

LEAD = (
    "The authors ran a fourth task, extractive question answering on XQuAD: {rows} are stored, and the paper prints none of them. What follows is computed from "
    "their files as the tables are."
)
FAIR = (
    "In fairness: the paper announces three tasks and promises no fourth. Why XQuAD was left out is not known, and no reason is implied; the runs may have been "
    "set aside for one that their files do not show. {english} English needs no transfer, so that part of the loss is none of alignment between languages."
)
DIVERSE = "XQuAD, the most diverse sets less the least diverse ones of equal size, F1 in points (Holm over all listed; the two Latin rows of 20 are exchanged in print, and stand here by what they hold)"


def section(paper: Paper, figures: Sequence[Figure]) -> Section:
    """Figures and averages open; gains, languages and pools folded."""
    found = Unprinted(paper)
    line = signatures.of_authors(paper)
    views = [of_table(one, line) for one in found.tables()]
    opened = [view for view in views if view.id.endswith("-xquad") and "-pools-" not in view.id]
    diverse = of_rows(
        "authors-xquad-diversity", DIVERSE, xquad.diversity(found.studies, found.paper.put_right), section="encoder"
    )
    return Section(
        "unprinted",
        "What was run and not printed",
        told(found),
        figures=list(figures),
        tables=[*opened, *filter(None, [diverse])],
        folded=[view for view in views if view not in opened],
        short="Not printed",
    )


def told(found: Unprinted) -> list[str]:
    """What was run, what it says beside the paper's sentence, and what speaks for the authors; every number computed."""
    printed = {row.subset for study in found.paper.studies + found.paper.pools for row in study.rows(TASKS)}
    stored = [
        (one.title, len(one.rows(xquad.METRICS) + two.rows(xquad.METRICS)) - 1)
        for one, two in zip(found.studies, found.pools, strict=True)
    ]
    rows = " and ".join(f"{count} of {len(printed)} rows of {title}" for title, count in stored)
    english = " ".join(xquad.english(study) for study in found.studies)
    main = " ".join(f"{xquad.reading(study).text}." for study in found.studies)
    pools = " ".join(f"{xquad.reading(study).text}." for study in found.pools)
    pairs = xquad.diversity(found.studies, found.paper.put_right)
    lower = sum(row["Difference"].startswith("−") for row in pairs)
    better, worse = (sum(row["Verdict"] == verdict for row in pairs) for verdict in (comparisons.BETTER, comparisons.WORSE))
    quote = found.paper.quote("consistently")
    letters = " ".join(xquad.letters(study) for study in found.studies)
    return [
        LEAD.format(rows=rows),
        f"The paper (Section 5): {quote} On XQuAD, rows of Tables 8 and 10: {main} Rows of the pools (Tables 9 and 11): {pools}",
        f"The most diverse sets against the least diverse of equal size: lower in {lower} of {len(pairs)} comparisons, {worse} of them "
        f"beyond chance, and higher beyond chance in {better}.",
        f"{letters} Where the two shares lie far apart, answers may have been cut otherwise than asked in these languages, so that F1 says more than exact match.",
        FAIR.format(english=english),
    ]
