"""What a study is based on, as rows for the page: data and licences from the manifest, checks, excluded rows, subsets."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from realignment.engine.bases import vocabulary
from realignment.records.record import Record

FAILED = "FAILED"


def data(files: Iterable[dict]) -> list[dict]:
    """One row per kind, task and set: files, languages, rows read = kept + refused, by reason; licences, origins, revisions."""
    rows: dict[tuple, dict] = {}
    for file in files:
        key = (file["kind"], file["task"], file["set"])
        sets: dict[str, set] = {"languages": set(), "licences": set(), "origins": set()}
        row = rows.setdefault(key, {"read": 0, "kept": 0, "refused": Counter(), "mended": Counter(), **sets})
        row["languages"].add(file["language"])
        row["read"] += file["rows_read"]
        row["kept"] += file["rows_kept"]
        row["refused"].update(file["rows_refused"])
        row["mended"].update(file["rows_mended"])
        row["licences"].add(file["licence"] or "unknown")
        row["origins"].add(" ".join(filter(None, (file["origin"], file["revision"]))))
    return [
        {
            "kind": " ".join(filter(None, key)),
            "languages": len(row["languages"]),
            "rows read": row["read"],
            "kept": row["kept"],
            "refused": sum(row["refused"].values()),
            "reasons": _counts(row["refused"]),
            "mended": _counts(row["mended"]),
            "licences": "; ".join(sorted(row["licences"])),
            "origin": _few(sorted(row["origins"])),
        }
        for key, row in sorted(rows.items())
    ]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()) if number)


def _few(words: list[str], most: int = 3) -> str:
    return "; ".join(words[:most]) + (f"; and {len(words) - most} more" if len(words) > most else "")


def outcomes(content: Any) -> list[dict]:
    """Every {suite, expectation, success, ...} in a quality file, however deep."""
    if isinstance(content, list):
        return [found for one in content for found in outcomes(one)]
    if isinstance(content, dict):
        if "suite" in content and "success" in content:
            return [content]
        return [found for one in content.values() for found in outcomes(one)]
    return []


def checks(found: Iterable[dict]) -> list[dict]:
    """One row per expectation, those that failed first."""
    rows = []
    for one in found:
        bounds = ", ".join(f"{name} {value}" for name, value in (one.get("bounds") or {}).items())
        rows.append(
            {
                "suite": one["suite"],
                "expectation": " ".join(
                    filter(None, (one.get("column", ""), one.get("expectation", ""), f"({bounds})" if bounds else ""))
                ),
                "checked": one.get("checked", ""),
                "unexpected": one.get("unexpected", one.get("observed", "")),
                "outcome": "passed" if one["success"] else FAILED,
            }
        )
    return sorted(rows, key=lambda row: row["outcome"] != FAILED)


def excluded(quality: dict[str, Any]) -> list[dict]:
    """Rows left out of each bitext, by reason."""
    files = quality.get("bitext", {}).get("files", []) if isinstance(quality.get("bitext"), dict) else []
    rows = []
    for file in files:
        reasons = file.get("excluded", {})
        rows.append(
            {
                "bitext": file["path"],
                "pairs kept": file.get("pairs", ""),
                "excluded": sum(reasons.values()),
                "reasons": _counts(reasons),
            }
        )
    return rows


def contamination(quality: dict[str, Any]) -> list[dict]:
    """One row per bitext that holds evaluation text: how much, how it was recognised, of which sets, and the first rows."""
    content = quality.get("contamination", {})
    rows = []
    for language, one in content.get("languages", {}).items():
        if one["contaminated"]:
            rows.append(
                {
                    "bitext": language,
                    "pairs": one["pairs"],
                    "with evaluation text": one["contaminated"],
                    "how": _counts(one["reasons"]),
                    "English side": _counts(one["source_side"]),
                    "other side": _counts(one["target_side"]),
                    "first rows": ", ".join(map(str, one["first_rows"])),
                }
            )
    return rows


def subsets(content: dict, records: Iterable[Record]) -> list[dict]:
    """One row per subset that the records were realigned on, with what is known of it; of random ones the draws used."""
    cells = [record.cell for record in records]
    used, seeds = {cell.subset for cell in cells}, {str(cell.seeds.subset) for cell in cells}
    rows = []
    for name, one in content["subsets"].items():
        if name not in used or name == "none":
            continue
        draws = "; ".join(f"s{seed}: {' '.join(codes)}" for seed, codes in one["draws"].items() if seed in seeds)
        rows.append(
            {
                "subset": name,
                "languages": one["n"],
                "codes": " ".join(one["languages"]) or draws,
                "objective": "" if one["objective"] is None else f"{one['objective']:.4f}",
                "proven": "yes" if one["proven"] else "",
                "rule": one["rule"],
                "erratum": one["erratum"],
            }
        )
    return rows


def trained(records: Iterable[Record]) -> list[dict]:
    """One row per realigned encoder, seeds together: pairs seen, distinct, false negatives, seconds."""
    rows: dict[tuple, dict] = {}
    for record in records:
        if record.verb != "realign":
            continue
        cell, counts = record.cell, record.counts
        row = rows.setdefault(
            (cell.encoder, cell.subset, cell.control), {"runs": 0, "pairs": 0, "distinct": 0, "false negatives": 0}
        )
        row["runs"] += 1
        row["pairs"] += sum(number for name, number in counts.items() if name.startswith("pairs/"))
        row["distinct"] += sum(number for name, number in counts.items() if name.startswith("distinct/"))
        row["false negatives"] += counts.get("false_negatives", 0)
    return [
        {"encoder": encoder, "subset": subset, "control": control, **row}
        for (encoder, subset, control), row in sorted(rows.items())
    ]


def unknown(records: Iterable[Record], most: float) -> list[dict]:
    """One row per encoder and language of whose tokens more than the share `most` is unknown to it, the worst first."""
    found: dict[tuple[str, str], float] = {}
    for record in records:
        for code, share in vocabulary.shares(record.counts).items():
            key = (record.cell.base, code)
            found[key] = max(share, found.get(key, 0.0))
    rows = sorted(((share, *key) for key, share in found.items() if share > most), key=lambda row: (-row[0], *row[1:]))
    return [{"encoder": encoder, "language": code, "unknown tokens": f"{share:.1%}"} for share, encoder, code in rows]


def bases(records: Iterable[Record]) -> list[dict]:
    """One row per encoder whose weights were not all taken as they stand in its files."""
    found: dict[str, dict[str, int]] = {}
    for record in records:
        counts = {name.partition("/")[2]: many for name, many in record.counts.items() if name.startswith("weights/")}
        if counts:
            found[record.cell.base] = counts
    names = {
        "wrapped": "taken out of a wrapper",
        "head": "of a head, not used",
        "converted": "read as float32",
        "shared": "stored once for two",
    }
    return [
        {"encoder": label, **{text: counts.get(name, 0) for name, text in names.items()}}
        for label, counts in sorted(found.items())
    ]
