"""The audit of the paper audited: what it finds on a made-up paper that agrees with itself, and on that paper with one slip planted at a time.

    python benchmarks/audit.py

Prints one row per check and writes benchmarks/results/audit.json: `found` is what the audit finds, `further` what neither the slip nor
what follows from it explains. The papers and the slips are those of the tests (tests/support).
"""

import json
import platform
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))


def main() -> None:
    import made_up_paper
    from plants import PLANTS

    from realignment.core.console import table
    from realignment.paper.audit import findings as audit
    from realignment.paper.paper import Paper

    def slips(paper: Paper) -> set[str]:
        return {row["id"] for row in audit.findings(paper) if row["verdict"] == "slip"}

    began = time.process_time()
    clean = made_up_paper.paper()
    false = sorted(slips(clean))
    rows = []
    for name, plant in PLANTS.items():
        found = slips(plant.slip(clean))
        follows = found & plant.follows
        further = found - {name} - follows
        rows.append({"planted": name, "found": name in found, "follows": sorted(follows), "further": sorted(further)})
    table(rows, title="Planted slips")
    content = {
        "python": platform.python_version(),
        "seconds": round(time.process_time() - began, 1),
        "false_alarms_on_the_clean_paper": false,
        "checks": len(audit.CHECKS),
        "planted": len(rows),
        "found": sum(row["found"] for row in rows),
        "with_further_findings": sum(bool(row["further"]) for row in rows),
        "rows": rows,
    }
    (ROOT / "benchmarks/results/audit.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(
        f"{content['checks']} checks: {len(false)} false alarms on it, {content['found']} of {content['planted']} planted slips found, "
        f"{content['with_further_findings']} with a finding that does not follow from the slip"
    )


if __name__ == "__main__":
    main()
