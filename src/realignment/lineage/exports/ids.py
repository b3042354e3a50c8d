"""What things and acts are called in an export: addresses that stay the same for the same study."""

import base64
from datetime import UTC, datetime
from urllib.parse import quote

from realignment.lineage.exports.graph import FILE, Thing

KEPT, PREDICTIONS = "kept:", "predictions:"


def of(thing: Thing) -> str:
    """The path of a file that the export holds; of another its sha256 as a Named Information address (RFC 6920); else a fragment."""
    if thing.id.startswith(KEPT):
        return quote(thing.id.removeprefix(KEPT))
    if thing.kind == FILE:
        run = f"?run={thing.facts['run'][:12]}" if thing.id.startswith(PREDICTIONS) else ""
        return f"{named(thing.facts['sha256'])}{run}"
    return fragment(thing.id.replace(":", "/", 1))


def named(sha256: str) -> str:
    """`ni:///sha-256;...` of a sha256 in hex."""
    return "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")


def fragment(*parts: str) -> str:
    return "#" + quote("/".join(parts), safe="/-._~")


def moment(milliseconds: int) -> str:
    """As `2026-11-29T04:36:01.120Z`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
