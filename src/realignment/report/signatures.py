"""One line under each table that says what its numbers stand on."""

import importlib.metadata
from collections.abc import Iterable

from realignment.config.schema import CEILING
from realignment.core import hashing
from realignment.paper.paper import SCORES, Paper
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.study import study_file


def seeds(records: Iterable[Record]) -> list[str]:
    """Of what was trained, and of what was scored on a task: the retrieval of a base encoder has none."""
    held = [record.cell.seeds for record in records if record.task or record.verb != "evaluate"]
    return sorted({seed_label(one) for one in held}, key=lambda label: (len(label), label))


def of_study(study: dict, encoder: str) -> str:
    """`pairs a language`: where the allocation is equal pairs per language; `n`: seeds of the subsets' runs; `code`: this package's version and a digest of the code the numbers were computed with; `runs`: of the run keys."""
    about, records = study["encoders"][encoder], [one for one in study["records"] if one.cell.encoder == encoder]
    ceiling = study_file.bases(study).get(CEILING)
    keys = hashing.digest(sorted(record.key for record in records))
    numerics = hashing.digest(sorted({(record.verb, record.environment.get("numerics", "")) for record in records}))
    plain = [record for record in records if record.verb == "realign" and not record.cell.control]
    each = {record.params["pairs_per_language"] for record in plain if "pairs_per_language" in record.params}
    parts = {
        "profile": study["profile"],
        "preset": study["preset"],
        "reading": study["reading"],
        **({"pairs a language": ",".join(map(str, sorted(each)))} if each else {}),
        "encoder": about["name"],
        "weights": about["sha256"][:12],
        **({CEILING: f"{ceiling['name']} {ceiling['sha256'][:12]}"} if ceiling else {}),
        "n": len(seeds(record for record in records if record.task and not record.cell.control)),
        "seeds": ",".join(seeds(records)),
        "device": study["device"],
        "code": f"{importlib.metadata.version('realignment')}:{numerics[:12]}",
        "runs": f"{len(records)}:{keys[:12]}",
    }
    return _line(parts)


def of_authors(paper: Paper) -> str:
    """`scores`: digest of the file the authors' runs are read from."""
    labels = sorted({seed for held in paper.runs.rows.values() for seed in held}, key=int)
    file = hashing.file_digest(paper.path(SCORES))[:12]
    return _line({"source": "authors", "n": len(labels), "seeds": ",".join(labels), "scores": file})


def of_print(paper: Paper) -> str:
    """`printed`: digest of the file that holds the tables as the paper prints them."""
    return _line({"source": "printed", "printed": hashing.file_digest(paper.path("printed.tsv"))[:12]})


def _line(parts: dict[str, object]) -> str:
    return " | ".join(f"{name}={value}" for name, value in parts.items())
