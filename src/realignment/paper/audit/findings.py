"""Every finding of the audit, what stands first: each is computed from data files when it is asked for."""

from realignment.core.errors import BadInput, nearest
from realignment.paper.audit.registry import AGREES, CHECKS, GROUPS, SEVERITIES, SLIP, STANDS, Check, Result
from realignment.paper.paper import Paper


def findings(paper: Paper, only: str = "") -> list[dict]:
    """One row per check, what stands first, then the slips, in either the gravest first; `only` names one. `evidence` is a dict."""
    from realignment.paper.audit import (  # noqa: F401  each registers its checks
        ablations,
        african,
        americas,
        averages,
        datasets,
        diversity,
        headline,
        levels,
        listings,
        numbers,
        overview,
        phrases,
        rivals,
        sets,
        settings,
        small_things,
        tables,
        twice,
        unprinted,
        unseen,
        vectors,
        whole,
    )

    if only and only not in CHECKS:
        raise BadInput(f"unknown finding `{only}`; {nearest(only, CHECKS)}; `realignment audit-paper` lists them")
    rows = [_row(one, one.run(paper)) for one in CHECKS.values() if only in ("", one.id)]
    return sorted(rows, key=lambda row: (GROUPS.index(row["group"]), SEVERITIES.index(CHECKS[row["id"]].severity), row["id"]))


def _row(one: Check, result: Result) -> dict:
    return {
        "id": one.id,
        "where": one.where,
        "group": one.severity if result.slip else STANDS,
        "verdict": SLIP if result.slip else AGREES,
        "printed": result.printed,
        "follows": result.follows,
        "in_fairness": result.reading,
        "settled_by": result.settles,
        "evidence": result.evidence,
        "command": one.command,
    }
