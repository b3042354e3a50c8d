"""Every finding of the audit, the gravest first: each is computed from data files when it is asked for."""

from realignment.core.errors import BadInput, nearest
from realignment.paper.audit.registry import AGREES, CHECKS, SEVERITIES, SLIP, Check, Result
from realignment.paper.paper import Paper


def findings(paper: Paper, only: str = "") -> list[dict]:
    """One row per check, the gravest slips first and what agrees last; `only` names one. `evidence` is a dict."""
    from realignment.paper.audit import (  # noqa: F401  each registers its checks
        ablations,
        americas,
        averages,
        datasets,
        diversity,
        headline,
        levels,
        listings,
        overview,
        sets,
        settings,
        small_things,
        tables,
        vectors,
    )

    if only and only not in CHECKS:
        raise BadInput(f"unknown finding `{only}`; {nearest(only, CHECKS)}; `realignment audit-paper --all` lists them")
    rows = [_row(one, one.run(paper)) for one in CHECKS.values() if only in ("", one.id)]
    return sorted(rows, key=lambda row: (row["verdict"] != SLIP, SEVERITIES.index(row["severity"] or SEVERITIES[-1]), row["id"]))


def _row(one: Check, result: Result) -> dict:
    return {
        "id": one.id,
        "where": one.where,
        "verdict": SLIP if result.slip else AGREES,
        "severity": one.severity if result.slip else "",
        "printed": result.printed,
        "follows": result.follows,
        "in_fairness": result.reading,
        "evidence": result.evidence,
        "command": one.command,
    }


def rows(paper: Paper) -> list[dict]:
    """The slips as rows for the page; the numbers behind one are in `findings`."""
    columns = ("where", "id", "severity", "printed", "follows", "in_fairness")
    slips = (row for row in findings(paper) if row["verdict"] == SLIP)
    return [{key.replace("_", " "): row[key] for key in columns} for row in slips]
