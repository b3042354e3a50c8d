"""What a printed cell of the paper is based on: `table8:mbert/latin_diverse_10/ner`, from the authors' stored runs in data/published."""

import re
from collections.abc import Iterable
from pathlib import Path

from realignment.core import hashing
from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import project_root
from realignment.paper import explained, recomputed
from realignment.paper.paper import FOLDER, SCORES, Paper
from realignment.paper.printed import SCORED, Printed
from realignment.paper.recomputed import Compared
from realignment.results import formatting, headings

NAMED = re.compile(r"table(\d+):(.+)")
FORM = "table8:mbert/latin_diverse_10/ner (Tables 2 to 4: one part more, sentences or words, before or after, english or cross-lingual)"
# As data/published/README.md says it for people.
REPOSITORY = "github felixgaschi/multilingual-alignment-and-transfer, scripts/2025_aacl/results"
REVISIONS = {
    "nli": "bb39367",
    "": "as read on 2026-11-22",
    "pool": "one of six that data/published/README.md names, as read on 2026-11-28",
}
LICENCE = "MIT, as Appendix A.8 of the paper says of the authors' repository; printed numbers are facts"
PAPER = "the paper's tables, by data/published/parse.py"
SWAPPED = {"8", "10"}  # whose captions name the other encoder


def is_named(text: str) -> bool:
    return NAMED.fullmatch(text) is not None


def paper() -> Paper:
    return Paper(project_root())


def of(paper: Paper, text: str) -> dict:
    """What is printed, what the authors' runs give, and the files both stand in; BadInput names the nearest cells."""
    found, remark = _cell(paper, text)
    cell, value = found.printed, found.recomputed
    held = _parts(paper, cell) if value.n else []
    used = _counted(paper, cell, set(held))
    listed = {seed: codes for (model, subset, seed, task), codes in paper.subset_languages.items()
              if (model, subset) == (cell.model, cell.row.subset) and task in cell.tasks}  # fmt: skip
    languages: dict[str, list[str]] = {}
    for task, _, language in held:
        languages.setdefault(task, []).append(language)
    return {
        "about": {"kind": "cell of the paper", "name": text},
        "paper": {
            "table": cell.table, "encoder": cell.model, "caption": cell.caption_as_printed, "subset": cell.subset, "task": cell.task,
            "what": cell.what, "printed": cell.shown, "recomputed": formatting.text(value, value.n) if value.n else "",
            "mean": value.mean, "std": value.std, "n": value.n, "ddof": 1, "agrees": found.agrees, "difference": found.difference,
            "reason": found.reason, "remark": remark, "seeds": list(value.seeds), "values": list(value.values), "languages": languages,
            "realigned_on": listed,
        },
        "runs": [], "models": [], "incomplete": [] if value.n else [f"Not recomputed: {found.reason}."],
        "data": _files(paper, found, used, bool(listed)),
    }  # fmt: skip


def _cell(paper: Paper, text: str) -> tuple[Compared, str]:
    number, rest = NAMED.fullmatch(text).groups()  # type: ignore[union-attr]
    if number not in SCORED:
        raise BadInput(f"a table of scores is required, one of {', '.join(SCORED)}; got `{text}`")
    cells = {name(one.printed): one for one in explained.table(paper, number)}
    if rest in cells:
        return cells[rest], ""
    given, _, below = rest.partition("/")
    others = {key: one for key, one in cells.items() if key.partition("/")[2] == below}
    if number in SWAPPED and len(others) == 1 and given in headings.ENCODERS:
        (found,) = others.values()
        right, printed = (headings.encoder(one) for one in (found.printed.model, given))
        return (
            found,
            f"Table {number} is captioned {printed} and holds the scores of {right}: the captions of Tables 8 and 10 are exchanged.",
        )
    raise BadInput(f"Table {number} prints no `{rest}`; a cell is named as in {FORM}; {nearest(rest, cells)}")


def name(cell: Printed) -> str:
    """`mbert/latin_diverse_10/ner`, as the cell is asked for."""
    return "/".join(filter(None, (cell.model, cell.subset, cell.task, cell.what)))


def names(paper: Paper) -> Iterable[str]:
    """Every cell of the tables of scores."""
    return (f"table{cell.table}:{name(cell)}" for cell in paper.printed if cell.table in SCORED)


def _parts(paper: Paper, cell: Printed) -> list[tuple[str, str, str]]:
    """(task, evaluation set, language) of the stored scores that the cell is the mean of."""
    if cell.every:
        return sorted({(row["task"], row["evalset"], row["language"]) for row in recomputed.stored(paper, cell)})
    items = paper.runs.items(cell.model, cell.tasks, cell.groups)
    return [
        (task, one, code) for task, codes in items.items() for code in codes for one in sorted(paper.runs.counted[task, code])
    ]


def _counted(paper: Paper, cell: Printed, held: set[tuple[str, str, str]]) -> int:
    """Stored scores that the cell is the mean of, all seeds together."""
    mine = paper.stored.get(cell.row, []) if held else []
    return sum((row["task"], row["evalset"], row["language"]) in held for row in mine)


def _files(paper: Paper, found: Compared, used: int, listed: bool) -> list[dict]:
    cell = found.printed
    revision = REVISIONS["pool" if "__" in cell.subset else cell.task if cell.task in REVISIONS else ""]
    about = {"printed.tsv": (PAPER, "as printed", 1)}
    if found.of == recomputed.AVERAGES:
        about["averages.tsv"] = (REPOSITORY, REVISIONS[""], found.recomputed.n)
    if used:
        about[SCORES] = (REPOSITORY, revision, used)
    if listed:
        about["subsets.tsv"] = (REPOSITORY, revision, 1)
    return [_file(paper.path(file), *told) for file, told in about.items()]


def _file(path: Path, origin: str, revision: str, used: int) -> dict:
    return {
        "role": path.name.partition(".")[0], "path": (FOLDER / path.name).as_posix(), "sha256": hashing.file_digest(path), "rows_used": used,
        "origin": origin, "revision": revision, "licence": LICENCE, "checks": "recomputed by `realignment tables`", "changed": False, "raw": [],
    }  # fmt: skip
