"""Tables 5 and 6: the pool, and whether the sets keep the rules of their heuristics."""

from collections import Counter, defaultdict
from collections.abc import Callable

from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.paper.audit.chance import between
from realignment.paper.audit.overview import WHOLE
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import counted, listed, subset
from realignment.paper.paper import Paper
from realignment.results.headings import ENCODERS
from realignment.subsets import naming, table6


def _repeated(one: table6.Row, paper: Paper, what: Callable[[Language], str]) -> dict[str, int]:
    counts = Counter(what(paper.pool[code]) for code in one.used)
    return {name: count for name, count in sorted(counts.items()) if count > 1}


def _rows(paper: Paper, heuristic: str) -> list[table6.Row]:
    return [one for one in paper.lists.values() if naming.parse(one.name).heuristic == heuristic]


def _choice(paper: Paper, one: table6.Row, kind: Callable[[Language], str]) -> int:
    """Kinds (families, scripts) to choose from in the pool of a row; the empty one is none."""
    pool = naming.parse(one.name).pool
    members = paper.members(pool) if pool else set(paper.pool)
    return len({kind(paper.pool[code]) for code in members} - {""})


def _family(one: Language) -> str:
    return "" if one.indo_european else one.family


def _script(one: Language) -> str:
    return "" if one.script == "Latin" else one.script


def _too_few(paper: Paper, names: list[str], kind: Callable[[Language], str]) -> list[str]:
    """Of the rows named, those whose pool has fewer kinds than the row has languages."""
    rows = [paper.lists[name] for name in names]
    return [
        f"{subset(one.name)} has {found} for {one.n} languages" for one in rows if (found := _choice(paper, one, kind)) < one.n
    ]


@check("families-indo-european", "Table 6, most diverse families", "number")
def families_indo_european(paper: Paper) -> Result:
    """Indo-European languages in rows of distinct families, and how many other families the pool of each has."""
    rows = _rows(paper, "family_diverse")
    held = {one.name: [code for code in one.used if paper.pool[code].indo_european] for one in rows}
    off = {name: codes for name, codes in held.items() if codes}
    few = _too_few(paper, list(off), _family)
    return Result(
        bool(off),
        paper.quote("families"),
        f"{counted(len(off), 'row', len(rows))} hold Indo-European languages: {listed(map(subset, off))}.",
        {name: " ".join(codes) for name, codes in off.items()},
        f"Of other families of Table 5 there are too few in {len(few)} of these pools: {listed(few)}." if few else "",
    )


@check("families-repeated", "Table 6, most diverse families", "number")
def families_repeated(paper: Paper) -> Result:
    """A family named twice in one row, by Table 5's own column, and how many the pool has."""
    rows = _rows(paper, "family_diverse")
    off = {one.name: found for one in rows if (found := _repeated(one, paper, lambda code: code.family))}
    few = _too_few(paper, list(off), _family)
    return Result(
        bool(off),
        paper.quote("families"),
        f"{counted(len(off), 'row', len(rows))} hold one family of Table 5 more than once: "
        f"{listed(f'{subset(name)} ({_counts(found)})' for name, found in off.items())}.",
        {name: _counts(found) for name, found in off.items()},
        f"These pools cannot meet the rule, for want of families: {listed(few)}." if few else "",
    )


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count} times" for name, count in found.items())


@check("scripts-repeated", "Table 6, most diverse scripts", "number")
def scripts_repeated(paper: Paper) -> Result:
    """A script named twice in one row, or the Latin one, and how many others the pool has."""
    rows, off = _rows(paper, "script_diverse"), {}
    for one in rows:
        latin = [code for code in one.used if paper.pool[code].script == "Latin"]
        if latin or _repeated(one, paper, lambda code: code.script):
            off[one.name] = _counts(_repeated(one, paper, lambda code: code.script)) + (
                f"; Latin: {' '.join(latin)}" if latin else ""
            )
    few = _too_few(paper, list(off), _script)
    return Result(
        bool(off),
        paper.quote("scripts"),
        f"{counted(len(off), 'row', len(rows))} hold one script more than once, or Latin: {listed(map(subset, off))}.",
        off,
        f"These pools cannot meet the rule, for want of scripts: {listed(few)}." if few else "",
    )


@check("latin-41-no-choice", "Sections 3.1 and 4.1, Tables 8 and 10", "conclusion")
def latin_41_no_choice(paper: Paper) -> Result:
    """Whether the best row of Tables 8 and 10 is a selection at all, or every language its rule admits; its lead over all 65."""
    latin = {code for code, one in paper.pool.items() if one.script == "Latin"}
    best, evidence, leads = {}, {}, []
    for model, title in ENCODERS.items():
        best[model] = max(paper.subsets(model), key=lambda name, model=model: paper.average(model, name))
        over = between(paper, model, (best[model], WHOLE))
        leads.append(f"{over} for {title}")
        evidence[f"best row, {title}"] = f"{best[model]}: {paper.average(model, best[model]):.2f}"
        evidence[f"its lead over all 65, {title}"] = str(over)
    whole = [model for model, name in best.items() if set(paper.lists[name].used) == latin]
    return Result(
        bool(whole),
        paper.quote("better-than-all"),
        f"The best average of {listed(ENCODERS[model] for model in whole)} is that of all {len(latin)} Latin-script languages of the pool: "
        f"diversity chose nothing there. Over all 65 it leads by {listed(leads)}.",
        evidence | {"Latin-script languages in the pool": len(latin)},
        "To leave out the other scripts is a choice too, if not one of diversity.",
        "A set of 40 languages that is chosen among more than 41, as URIEL's is, against random draws of 40 in Latin script.",
    )


@check("pool-of-65", "Section 3.1", "number")
def pool_of_65(paper: Paper) -> Result:
    xtreme, africa = (set(paper.lists[name].languages) for name in ("xtreme_r_47", "african_21"))
    low = sum(one.level == "LRL" for one in paper.pool.values())
    printed = (*paper.claims["pool"].numbers, *paper.claims["coverage"].numbers[:2])
    found = (len(xtreme), len(africa), len(xtreme | africa), low)
    return Result(
        found != tuple(map(int, printed)) or xtreme | africa != set(paper.pool),
        paper.quote("pool", "coverage"),
        f"The two lists make {len(xtreme)} + {len(africa)} − {len(xtreme & africa)} = {len(xtreme | africa)} languages, the pool of Table 5; {low} of them "
        "are low-resource.",
        {"in both": sorted(xtreme & africa)},
    )


@check("families-one-level", "Table 6, most diverse families", "number")
def families_one_level(paper: Paper) -> Result:
    """Rows with two languages of one largest family: Table 5 names branches of some families, and Indo-European is left out whole."""
    largest = paper.facts.largest
    off: dict[str, str] = {}
    for one in _rows(paper, "family_diverse"):
        held: dict[str, list[str]] = defaultdict(list)
        for code in one.used:
            held[largest[code]].append(code)
        shared = [f"{name} ({' '.join(codes)})" for name, codes in held.items() if len(codes) > 1]
        if shared:
            off[one.name] = ", ".join(shared)
    main = {name: text for name, text in off.items() if "__" not in name}
    return Result(
        bool(off),
        paper.quote("families"),
        f"Families are taken at two levels: Indo-European is left out as a whole, while branches of other families count as families. By largest families (Glottolog) "
        f"{len(off)} of {len(_rows(paper, 'family_diverse'))} rows repeat one, {listed(f'{subset(name)}: {text}' for name, text in main.items())} among them.",
        off,
        f"Table 5 names the branches it goes by, and the pool has only {len({largest[code] for code in paper.pool})} largest families for sets of up to "
        f"{max(one.n for one in _rows(paper, 'family_diverse'))} languages.",
    )


@check("appendix-lists", "Section 3.1 against Table 6", "wording")
def appendix_lists(paper: Paper) -> Result:
    """Lists of the runs that Table 6 does not hold: draws of the random rows, seed by seed."""
    listed_ = {
        frozenset(row.used) for row in paper.lists.values() if not naming.parse(row.name).drawn or len(row.languages) == row.n
    }
    drawn: dict[str, set[frozenset[str]]] = defaultdict(set)
    for (_, name, _, _), codes in paper.subset_languages.items():
        if naming.split(name).drawn:
            drawn["pools" if "__" in name else "all 65"].add(frozenset(map(languages.resolve, codes.split())))
    off = {what: len(lists - listed_) for what, lists in drawn.items() if lists - listed_}
    return Result(
        bool(off) and "random" not in paper.claims["appendix-lists"].quote,
        paper.quote("appendix-lists"),
        f"Table 6 has none of the {listed(f'{count} sets drawn from {what}' for what, count in off.items())} for the random rows of Tables 8 to 11.",
        off,
        "It lists the pools that are drawn from, and the authors' files name every draw (subsets.tsv).",
    )
