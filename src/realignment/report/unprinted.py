"""The section of what the authors ran and the paper does not print: XQuAD, beside what the paper says of all its tasks."""

from collections.abc import Sequence

from realignment.paper import xquad
from realignment.paper.paper import Paper
from realignment.paper.xquad import Unprinted
from realignment.report import signatures
from realignment.report.view import Figure, Section, of_rows, of_table

LEAD = (
    "The authors ran a fourth task, extractive question answering on XQuAD, for both encoders and nearly every row, and the paper prints none of it. No "
    "reason is known, and none is implied: the paper announces three tasks. What follows is computed from their files as the tables are."
)
FAIR = (
    "In fairness: these runs may have been set aside for a reason that their files do not show, question answering was not tuned for, and a score that "
    "falls in English too (column English) points at fine-tuning rather than at transfer alone."
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
        (LEAD, *told(found), FAIR),
        figures=list(figures),
        tables=[*opened, *filter(None, [diverse])],
        folded=[view for view in views if view not in opened],
        short="Not printed",
    )


def told(found: Unprinted) -> list[str]:
    """What the runs say beside the paper's sentence, every number computed."""
    main = " ".join(f"{xquad.reading(study).text}." for study in found.studies)
    pools = " ".join(f"{xquad.reading(study).text}." for study in found.pools)
    rows = xquad.diversity(found.studies, found.paper.put_right)
    lower = sum(row["Difference"].startswith("−") for row in rows)
    better, worse = (sum(row["Verdict"] == verdict for row in rows) for verdict in ("better", "worse"))
    quote = found.paper.quote("consistently")
    return [
        f"The paper (Section 5): {quote} On XQuAD, rows of Tables 8 and 10: {main} Rows of the pools (Tables 9 and 11): {pools}",
        f"The most diverse sets do no better than the least diverse of equal size: they are lower in {lower} of {len(rows)} comparisons, {worse} of them "
        f"beyond chance, and higher beyond chance in {better}.",
    ]
