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
from realignment.subsets import naming, registry, table6

INDO_EUROPEAN = "Indo-European"  # as Glottolog calls it


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
    """Of the rows named, those whose pool has fewer kinds than the row has languages: `Joshi class 3 has 8 for 10`."""
    found = []
    for one in (paper.lists[name] for name in names):
        pool, kinds = naming.parse(one.name).pool, _choice(paper, one, kind)
        if kinds < one.n:
            text = registry.POOLS[pool].text if pool else ""
            some = (
                f"languages {text} have" if "seen" in pool else f"{text} {'has' if text.startswith('Joshi class ') else 'have'}"
            )
            found.append(
                f"{some} {kinds} for {one.n}"
                if pool
                else f"the whole pool has {kinds} for the {one.n} languages of {subset(one.name)}"
            )
    return found


@check("families-indo-european", "Table 6, most diverse families", "number")
def families_indo_european(paper: Paper) -> Result:
    """Indo-European languages in rows of distinct families, and how many other families the pool of each has."""
    rows = _rows(paper, "family_diverse")
    held = {one.name: [code for code in one.used if paper.pool[code].indo_european] for one in rows}
    off = {name: codes for name, codes in held.items() if codes}
    lacking = _too_few(paper, list(off), _family)
    return Result(
        bool(off),
        paper.quote("families"),
        f"{counted(len(off), 'row', len(rows))} contain Indo-European languages: {listed(map(subset, off))}.",
        {name: " ".join(codes) for name, codes in off.items()},
        f"There are too few other families of Table 5: {listed(lacking)}." if lacking else "",
    )


@check("families-repeated", "Table 6, most diverse families", "number")
def families_repeated(paper: Paper) -> Result:
    """A family named twice in one row, by Table 5's own column, and how many the pool has."""
    rows = _rows(paper, "family_diverse")
    off = {one.name: found for one in rows if (found := _repeated(one, paper, lambda code: code.family))}
    poor = [one for name in off if _choice(paper, one := paper.lists[name], _family) < one.n]
    omitted = {one.name: _omitted(paper, one) for one in poor}
    return Result(
        bool(off),
        paper.quote("families"),
        f"{counted(len(off), 'row', len(rows))} contain one family of Table 5 more than once: "
        f"{listed(f'{subset(name)} ({_counts(found)})' for name, found in off.items())}.",
        {name: _counts(found) for name, found in off.items()},
        f"With {listed(_choice(paper, one, _family) for one in poor)} families for {listed(sorted({one.n for one in poor}))} languages {'these pools' if len(poor) > 1 else 'this pool'} "
        f"cannot meet the rule. {_left(list(omitted.values()))}".strip() if poor else "",
    )  # fmt: skip


def _omitted(paper: Paper, one: table6.Row) -> str:
    """Families of a row's pool that the row leaves out: `Benue-Congo: Nyanja`."""
    pool = paper.members(naming.parse(one.name).pool) if naming.parse(one.name).pool else set(paper.pool)
    taken, kinds = {_family(paper.pool[code]) for code in one.used}, defaultdict(list)
    for code in sorted(pool):
        if (family := _family(paper.pool[code])) and family not in taken:
            kinds[family].append(paper.pool[code].name)
    return "; ".join(f"{family}: {', '.join(names)}" for family, names in kinds.items())


def _left(omitted: list[str]) -> str:
    """That lists leave families out for which they had room."""
    found = sorted(set(filter(None, omitted)))
    if not found:
        return ""
    every = all(omitted) and len(omitted) > 1
    lists = ("Both lists" if len(omitted) == 2 else "All lists") if every else "A list"
    what = "families" if len(found) > 1 or ";" in found[0] else "one family"
    return f"{lists} nevertheless leave{'' if every else 's'} {what} out ({'; '.join(found)})."


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
    lacking = _too_few(paper, list(off), _script)
    return Result(
        bool(off),
        paper.quote("scripts"),
        f"{counted(len(off), 'row', len(rows))} contain one script more than once, or Latin: {listed(map(subset, off))}.",
        off,
        f"There are too few other scripts: {listed(lacking)}." if lacking else "",
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
    sizes = {model: max(paper.sizes(model)["uriel_diverse"]) for model in ENCODERS}
    chosen = {title: between(paper, model, (f"uriel_diverse_{sizes[model]}", WHOLE)) for model, title in ENCODERS.items()}
    whole = [model for model, name in best.items() if set(paper.lists[name].used) == latin]
    return Result(
        bool(whole),
        paper.quote("better-than-all"),
        (
            f"The best average of {listed(ENCODERS[model] for model in whole)} is that of all {len(latin)} Latin-script languages of the pool: diversity chose nothing there. "
            if whole
            else f"No best average is that of all {len(latin)} Latin-script languages of the pool. "
        )
        + f"Over all {len(paper.pool)} the best averages lead by {listed(leads)}.",
        evidence | {"Latin-script languages in the pool": len(latin)},
        "To leave out the other scripts is a choice too, if not one of diversity. The largest sets that URIEL chose differ from all "
        f"{len(paper.pool)} by {listed(f'{one} for {title}' for title, one in chosen.items())}.",
        f"Two contrasts: all {len(latin)} against random draws of {len(latin)} from the {len(paper.pool)} (script), and 20 diverse Latin-script languages against random draws "
        f"of 20 from those {len(latin)} (diversity).",
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


@check("families-one-level", "Table 6, most diverse families", "wording")
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
    example = next((f"{subset(name)}: {text}" for name, text in off.items()), "")
    own = any(INDO_EUROPEAN in text for text in off.values())
    return Result(
        bool(off),
        paper.quote("families"),
        f"Section 3.1 takes Indo-European as one family; the lists take branches, of other families{' and, in some rows, of Indo-European too' if own else ''}. By Glottolog's top-level "
        f"families {len(off)} of {len(_rows(paper, 'family_diverse'))} rows repeat one{f', for example {example}' if example else ''}.",
        off,
        f"Table 5 names the branches it goes by, and the pool has only {len({largest[code] for code in paper.pool})} top-level families for sets of up to "
        f"{max(one.n for one in _rows(paper, 'family_diverse'))} languages.",
    )


@check("appendix-lists", "Section 3.1 against Table 6", "wording")
def appendix_lists(paper: Paper) -> Result:
    """Lists of the runs that Table 6 does not have: draws of the random rows, seed by seed."""
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
        f"Table 6 lists {'neither ' if len(off) == 2 else 'none of '}{' nor '.join(f'the {count} sets drawn from {what}' for what, count in off.items())} for the random rows of Tables 8 to 11.",
        off,
        "It lists the pools that are drawn from, Appendix A.5 names the seeds of the draws, and the authors' files name every draw (subsets.tsv).",
    )
