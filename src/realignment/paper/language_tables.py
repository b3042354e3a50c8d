"""Tables 5 to 7 of the paper (languages, lists, sizes) from the data, each with the cells that differ from print."""

from collections import defaultdict
from dataclasses import dataclass, replace

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results.headings import ENCODERS
from realignment.subsets import naming, table6

KEYS = {"5": "code", "6": "name", "7": "language"}  # the column that names a row
NUMBERS = {
    "5": "the languages of the pool",
    "6": "the languages of every experiment",
    "7": "sizes of the evaluation sets, and who has seen a language",
}
SPELLED = {
    "Chichewa": "nya",
    "Setswana": "tsn",
    "English (evaluation)": "eng",
}  # Table 7's names for languages Table 5 calls otherwise
TRAINING = "English (training)"  # a row of Table 7 that is no evaluation
YES = {True: "yes", False: "no"}


@dataclass(frozen=True)
class List:
    """Rows of a table from the data; how many printed cells were compared, and those that differ (of `MISMATCH`)."""

    rows: tuple[dict, ...]
    compared: int
    mismatches: tuple[dict, ...]


def printed(paper: Paper, number: str) -> list[dict[str, str]]:
    """The rows of a list as the paper prints it, in its order."""
    return paper.rows(f"table{number}.tsv")


def of(paper: Paper, number: str) -> List:
    """Table 5, 6 or 7."""
    if number not in NUMBERS:
        raise BadInput(f"a table that is a list is required, one of {', '.join(NUMBERS)}; got {number}")
    found = {"5": pool, "6": lists, "7": sizes}[number](paper)
    differing: dict[str, list[str]] = defaultdict(list)
    for one in found.mismatches:
        differing[one["row"]].append(f"{one['column']}: {one['printed']}, for {one['data']}")
    return replace(found, rows=tuple({**row, "in print": "; ".join(differing[row[KEYS[number]]])} for row in found.rows))


def about(one: Language) -> dict[str, str]:
    named = {"language": one.name, "code": one.code, "script": one.script, "family": one.family}
    return named | {"joshi": str(one.joshi), "vitality": one.level}


def counts(paper: Paper) -> list[dict]:
    """Rows like those of `score_tables.counts`: cells printed, compared, agreeing."""
    found = {number: of(paper, number) for number in NUMBERS}
    return [
        {
            "table": number,
            "what": NUMBERS[number],
            "printed": one.compared,
            "recomputed": one.compared,
            "agreeing": one.compared - len(one.mismatches),
            "out of": "",
            "why not": f"slips of the paper, which realignment tables {number} names ({len(one.mismatches)})"
            if one.mismatches
            else "",
        }
        for number, one in found.items()
    ]


def _mismatch(where: str, column: str, says: object, data: object) -> dict:
    return {"row": where, "column": column, "printed": str(says), "data": str(data)}


def pool(paper: Paper) -> List:
    """Table 5 against the table of languages that this project works with."""
    known, rows, wrong, cells = languages.paper(), [], [], 0
    for row in printed(paper, "5"):
        one = known.get(row["code"])
        data = {"code": row["code"]} if one is None else about(one)
        cells += len(row)
        wrong += [
            _mismatch(row["code"], name, value, data.get(name, "")) for name, value in row.items() if data.get(name) != value
        ]
        rows.append(data)
    missing = sorted({code for code, one in known.items() if one.pool} - {row["code"] for row in rows})
    return List(tuple(rows), cells, (*wrong, *(_mismatch(code, "code", "", code) for code in missing)))


def lists(paper: Paper) -> List:
    """Table 6: '#' against the codes listed and used, codes against Table 5's, ablation rows against their pool."""
    from realignment.subsets.registry import POOLS

    known, rows, wrong, cells = languages.paper(), [], [], 0
    for row, data in zip(printed(paper, "6"), table6.rows().values(), strict=True):
        codes = row["languages"].split()
        cells += 2 + len(codes)  # '#', each code, and the list as a whole
        if int(row["n"]) != len(codes):
            wrong.append(_mismatch(data.name, "#", row["n"], f"{len(codes)} codes listed"))
        for code in codes:
            if (right := languages.resolve(code)) != code:
                wrong.append(_mismatch(data.name, "code", code, f"{right} in Table 5"))
        pool = POOLS.get(naming.parse(data.name).pool)
        named = [languages.resolve(code) for code in codes]
        for code in named:
            if pool and not pool.holds(known[code]):
                wrong.append(
                    _mismatch(
                        data.name, "pool", code, f"class {known[code].joshi}, seen by {' '.join(known[code].seen) or 'none'}"
                    )
                )
        if set(data.used) != set(named):
            wrong.append(_mismatch(data.name, "languages", " ".join(named), f"the authors' runs have {' '.join(data.used)}"))
        rows.append({"name": data.name, "printed as": row["method"], "n": data.n, "languages": " ".join(data.used)})
    return List(tuple(rows), cells, tuple(wrong))


def sizes(paper: Paper) -> List:
    """Table 7 against the sets' own sentences (data/table7.csv), who has seen a language, and what the bitext corpora have."""
    known, codes = languages.paper(), languages.codes()
    named = {one.name: code for code, one in known.items()} | SPELLED
    held: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for (code, task, name), sentences in languages.table7().items():
        held[code, task][name] = sentences
    rows, wrong, cells = [], [], 0
    for row in printed(paper, "7"):
        if row["language"] == TRAINING:
            continue
        code = named[row["language"]]
        data = {"language": row["language"], "code": code}
        data |= {task: ", ".join(f"{name} {count}" for name, count in held[code, task].items()) for task in TASKS}
        corpora = {
            name: known[code].is_pivot or bool(codes[code][name]) for name in ("opus100", "nllb")
        }  # English: in every pair
        data |= {one: YES[one in known[code].seen] for one in ENCODERS} | {one: YES[value] for one, value in corpora.items()}
        cells += len(row) - 1
        for task in TASKS:
            counts = held[code, task].values()
            if int(row[task]) not in counts if row[task] else counts:
                wrong.append(_mismatch(row["language"], task, row[task] or "-", data[task] or "-"))
        for name in ("xlmr", "mbert", "opus100", "nllb"):
            if row[name] != data[name]:
                wrong.append(_mismatch(row["language"], name, row[name], data[name]))
        rows.append(data)
    return List(tuple(rows), cells, tuple(wrong))
