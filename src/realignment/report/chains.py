"""The chains of cells as they stand in a page, and what a page says of the runs and links that it was made of.

Where a run lies and whether a link holds follow from no record, so a page that is made again says of both what the page at hand says; a
sha256 stands beside it, so that what somebody changed there is not repeated. `realignment verify` asks the links themselves.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from realignment.core import hashing
from realignment.records.record import Record

MOST = 8_000_000  # characters; a page of more runs says which command draws a chain
Standing = Mapping[str, tuple[str, str]]  # name of a link -> (broken or not at hand, why)
SEALED = ("places", "links")


def embedded(chains: Mapping[str, Any], standing: Standing, records: Iterable[Record], store: Mapping) -> dict[str, Any]:
    """`chains` with `places`, [id in MLflow, registered model] of each run, and with what became of their links: each reason once, and the
    number of its reason by the name of a link. `store` is what `tracking.interface` says."""
    ids = [store["runs"].get(record.key, "") for record in records]
    reasons = {reason: number for number, reason in enumerate(dict.fromkeys(map(tuple, standing.values())))}
    links = {"why": [list(one) for one in reasons], "of": {name: reasons[tuple(one)] for name, one in standing.items()}}
    places = [[run, store.get("models", {}).get(run, "")] for run in ids]
    large = len(json.dumps(chains, ensure_ascii=False, separators=(",", ":"))) > MOST
    given = {**({"left_out": len(ids)} if large else chains), "places": places, "links": links}
    return {**given, "sha256": _seal(given)}


def _seal(content: Mapping[str, Any]) -> str:
    """Of what a page says of its store."""
    return hashing.digest([content.get(name) for name in SEALED])


def of_page(page: str) -> dict[str, Any]:
    """What `embedded` put into a page; nothing where it has none, or where somebody changed what it says of runs and links."""
    found = re.search(r'<script type="application/json" id="chain-data">(.*)</script>', page)
    try:
        content = json.loads(found[1]) if found else {}
        return content if content and content["sha256"] == _seal(content) else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def standing_of(content: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What became of the links, turned round."""
    links = content.get("links", {"why": [], "of": {}})
    return {name: tuple(links["why"][number]) for name, number in links["of"].items()}
