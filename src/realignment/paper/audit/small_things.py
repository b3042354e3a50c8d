"""Small things in Tables 5 to 7: a code, a name, a size; no result hangs on any of them."""

from collections.abc import Callable

from realignment.languages import table as languages
from realignment.paper.audit.datasets import sizes
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import counted, listed
from realignment.paper.paper import Paper
from realignment.paper.runs import OUT_OF_DISTRIBUTION

NORTH = ("Bribri", "Nahuatl", "Otomí", "Rarámuri", "Wixárika")  # spoken in Costa Rica and Mexico (Glottolog)


def codes(paper: Paper) -> str:
    """Codes of Table 6 that no row of Table 5 has."""
    used = {code for row in paper.rows("table6.tsv") for code in row["languages"].split()}
    known = {row["code"] for row in paper.rows("table5.tsv")}
    other = {code: languages.resolve(code) for code in sorted(used - known)}
    return f"Table 6 writes {listed(f'{code} for {right}' for code, right in other.items())} of Table 5" if other else ""


def names(paper: Paper) -> str:
    """Languages of the pool that no row of Table 7 has under the name of Table 5."""
    printed = {row["language"] for row in paper.rows("table7.tsv")}
    off = [one.name for one in paper.pool.values() if one.name not in printed]
    other = sorted(printed - {one.name for one in languages.paper().values()} - {"English (training)", "English (evaluation)"})
    return f"Table 7 calls {listed(off)} of Table 5 {listed(other)}" if off else ""


def original(paper: Paper) -> str:
    """Rows of the first section of Table 7, English left out; those that are no language of the pool."""
    rows = [row["language"] for row in paper.rows("table7.tsv")]
    africa = {paper.pool[code].name for code in paper.lists["african_21"].languages}
    first = [
        one for one in rows[: next(place for place, one in enumerate(rows) if one in africa)] if not one.startswith("English")
    ]
    outside = [one for one in first if one not in {held.name for held in paper.pool.values()}]
    limit = paper.claims["table-7-caption"].numbers[0]
    if not outside and len(first) == limit:
        return ""
    return f"the first section of Table 7, “{limit:g} languages used for realignment”, has {len(first)}, of which {listed(outside)} was never used"


def unscored(paper: Paper) -> str:
    """Sizes that are printed for sets without a score in any stored run (WikiANN's Quechua is stored as a macrolanguage)."""
    stored = {(row["language"], row["task"]) for row in paper.raw}
    scored = {(languages.resolve(code), task) for code, task in stored}
    off = [
        f"{languages.paper()[row['language']].name} {row['task'].upper()} ({row['printed']})"
        for row in paper.facts.sentences
        if row["printed"] and (row["language"], row["task"]) not in scored
    ]
    return f"no stored run has a score of {listed(off)}, whose size Table 7 prints" if off else ""


def rows_of_a_set(paper: Paper) -> str:
    """Printed sizes that are a few off."""
    off = {key: pair for key, pair in sizes(paper).items() if pair[0]}
    found = [
        f"{count} sentences of {languages.paper()[code].name} {task.upper()}, not {printed}"
        for (code, task), (printed, count) in off.items()
    ]
    return f"there are {listed(found)}" if off else ""


def classes(paper: Paper) -> str:
    """One pool under two names."""
    one, other = (paper.claims[name].quote.partition(" (")[0] for name in ("joshi-35", "joshi-345"))
    return f"the pool of Joshi classes 3 to 5 is “{one}” in Table 6 and “{other}” in Tables 9 and 11" if one != other else ""


def so_called(paper: Paper) -> dict[str, list[str]]:
    """Rows of Table 6 whose name has the classes 3 to 5 as two numbers."""
    found = [row.printed_as for row in paper.lists.values() if row.name.startswith("joshi_345") and "3,4,5" not in row.printed_as]
    return {"rows of Table 6 that are called so": found} if found else {}


def americas(paper: Paper) -> str:
    """The third section of Table 7: languages of other parts of the continent, and one that has more than AmericasNLI."""
    held = {row["language"]: row for row in paper.rows("table7.tsv")}
    caption = paper.claims["table-7-caption"].quote
    north = [name for name in held if name in NORTH]
    codes = {row["language"] for row in paper.raw if row["evalset"] == OUT_OF_DISTRIBUTION}
    scored = {languages.paper()[code].name for code in codes}
    more = [name for name in held if name in scored and any(held[name][task] for task in ("pos", "ner"))]
    found = []
    if north and "South American" in caption:
        found.append(f"calls {listed(north)} South American")
    if more and "exclusive to AmericasNLI" in caption:
        found.append(f"{listed(more)} exclusive to AmericasNLI, with a size for another task")
    return f"the caption of Table 7 {' and '.join(found)}" if found else ""


SMALL: tuple[Callable[[Paper], str], ...] = (codes, names, original, unscored, rows_of_a_set, classes, americas)


@check("small-things", "Tables 5 to 7", "wording")
def small_things(paper: Paper) -> Result:
    """What is too small for a line of its own."""
    found = [text for one in SMALL if (text := one(paper))]
    whole = "; ".join(f"({number}) {text}" for number, text in enumerate(found, 1))
    return Result(
        bool(found),
        "Tables 5 to 7 print languages, lists and sizes.",
        f"{counted(len(found), 'small thing')}: {whole}." if found else "They agree with one another.",
        {f"({number})": text for number, text in enumerate(found, 1)} | so_called(paper),
        "No result hangs on any of them." if found else "",
    )
