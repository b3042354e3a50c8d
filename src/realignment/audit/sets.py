"""Tables 5 and 6: list sizes, pools and the rules of the heuristics. What is known of single rows is written in table6.csv (`erratum`)."""

from collections import Counter
from collections.abc import Callable

from realignment import published, table6
from realignment.audit import Result, check
from realignment.audit.paper import MAIN, POOLS, Paper
from realignment.languages import Language


@check("list-sizes", "Table 6, column #", "number")
def list_sizes(paper: Paper) -> Result:
    off = {
        row.printed_as + f" {row.printed_n}": len(row.languages)
        for row in paper.lists.values()
        if len(row.languages) != row.printed_n
    }
    return Result(
        bool(off),
        ", ".join(off),
        f"{len(off)} lists have another length than printed: {', '.join(map(str, off.values()))} codes",
        off,
    )


@check("diverse-20-list", "Table 6, most diverse from English with 20 languages", "number")
def diverse_20_list(paper: Paper) -> Result:
    """Printed lists against the languages the stored runs name."""
    from realignment import languages

    off: dict[str, object] = {}
    compared = 0
    for (_, subset, _, _), codes in published.subset_languages(paper.root).items():
        if subset in paper.lists:
            compared += 1
            run, printed = {languages.resolve(code) for code in codes.split()}, set(paper.lists[subset].languages)
            if run != printed:
                off[subset] = f"runs only: {' '.join(sorted(run - printed))}; print only: {' '.join(sorted(printed - run))}"
    return Result(
        bool(off),
        ", ".join(f"{subset}: {len(paper.lists[subset].languages)} codes" for subset in off),
        f"the lists of {len(off)} row(s) are not those of the runs: {'; '.join(map(str, off.values()))}",
        {"runs compared": compared, **off},
    )


@check("languages-column", "Tables 9 and 11, column #Languages", "wording")
def languages_column(paper: Paper) -> Result:
    """What the column prints for rows that Table 6 lists with ten languages; the pool's own size by Tables 5 and 7."""
    printed = {subset: cell.n for (table, subset, task), cell in paper.cells.items() if table in POOLS.values() and task == "nli"}
    ten = {subset: n for subset, n in printed.items() if n != paper.lists[f"{subset}_10"].n}
    sizes = {subset.partition("__")[0]: n for subset, n in printed.items()}
    evidence: dict[str, object] = {
        f"{table6.POOLS[pool]}: printed, in the pool": (n, len(paper.members(pool))) for pool, n in sizes.items()
    }
    wrong = [pool for pool, n in sizes.items() if n not in (10, len(paper.members(pool)))]
    evidence["rows of Table 6 that list a pool, not a draw"] = [
        row.printed_as for row in paper.lists.values() if table6.parse(row.name).drawn and len(row.languages) > row.n
    ]
    return Result(
        bool(ten),
        paper.quote("ten-languages"),
        f"{len(ten)} of {len(printed)} rows print a size of the pool where 10 languages were used, and for {len(wrong)} pools not that size either",
        evidence,
    )


@check("joshi-pools", "Table 6, pools by Joshi class", "wording")
def joshi_pools(paper: Paper) -> Result:
    """Languages of a row whose class in Table 5 is none of those in its printed name."""
    off = {}
    for row in paper.lists.values():
        if row.printed_as.startswith("Joshi"):
            classes = {int(one) for one in row.printed_as.partition("=")[2].partition("(")[0].split(",")}
            wrong = [f"{code} ({paper.pool[code].joshi})" for code in row.languages if paper.pool[code].joshi not in classes]
            if wrong:
                off[row.printed_as] = f"{len(wrong)} of {len(row.languages)}: {' '.join(wrong)}"
    return Result(
        bool(off),
        paper.quote("joshi-2", "joshi-35", "joshi-45"),
        f"{len(off)} rows hold languages of other classes than their name says",
        off,
    )


@check("pool-members", "Table 6, pools against Tables 5 and 7", "number")
def pool_members(paper: Paper) -> Result:
    """Pools that are listed whole, against what the classes and ticks put there (`Joshi 2` read as 0-2, `3,5` as 3-5)."""
    off = {}
    for row in paper.lists.values():
        pool = table6.parse(row.name).pool
        if pool and table6.parse(row.name).drawn and len(row.languages) > row.n:
            extra, missing = set(row.languages) - paper.members(pool), paper.members(pool) - set(row.languages)
            if extra or missing:
                off[row.printed_as] = (
                    "too many: " + " ".join(sorted(extra)) + ("; missing: " + " ".join(sorted(missing)) if missing else "")
                )
    both = {
        f"seen and unseen by {title}": sorted(
            set(paper.lists[f"seen_{model}__random_10"].languages) & set(paper.lists[f"unseen_{model}__random_10"].languages)
        )
        for model, title in published.TITLES.items()
    }
    return Result(
        bool(off),
        ", ".join(off),
        "; ".join(f"{name} holds {what.removeprefix('too many: ')}" for name, what in off.items()),
        off | both,
    )


@check("random-not-drawn", "Table 6, Joshi Class = 2 (Random)", "number")
def random_not_drawn(paper: Paper) -> Result:
    """Whether a list of a random row is the head of its pool in the alphabet, in the codes that Table 6 prints."""
    row = paper.lists["joshi_012__random_10"]
    from realignment import languages

    spelled = {code: languages.codes()[code]["table6"] or code for code in paper.members("joshi_012")}
    head = sorted(spelled, key=lambda code: spelled[code])[: len(row.languages)]
    return Result(
        set(head) == set(row.languages),
        f"{row.printed_as}: {' '.join(spelled[code] for code in row.languages)}",
        f"these are the first {len(head)} of the {len(spelled)} languages of the pool in alphabetical order, not a draw",
        {"first of the pool": [spelled[code] for code in head]},
    )


def _repeated(row: table6.Row, paper: Paper, what: Callable[[Language], str]) -> dict[str, int]:
    counts = Counter(what(paper.pool[code]) for code in row.used)
    return {name: count for name, count in sorted(counts.items()) if count > 1}


@check("families-indo-european", "Table 6, most diverse families", "number")
def families_indo_european(paper: Paper) -> Result:
    off = {}
    for row in paper.lists.values():
        if table6.parse(row.name).heuristic == "family_diverse":
            found = [code for code in row.used if paper.pool[code].indo_european]
            if found:
                off[row.name] = " ".join(found)
    return Result(bool(off), paper.quote("families"), f"{len(off)} rows hold Indo-European languages", off)


@check("families-repeated", "Table 6, most diverse families", "number")
def families_repeated(paper: Paper) -> Result:
    """A family named twice in one row, by Table 5's own column."""
    rows = [row for row in paper.lists.values() if table6.parse(row.name).heuristic == "family_diverse"]
    off = {row.name: found for row in rows if (found := _repeated(row, paper, lambda one: one.family))}
    return Result(
        bool(off), paper.quote("families"), f"{len(off)} of {len(rows)} rows hold one family of Table 5 more than once", off
    )


@check("scripts-repeated", "Table 6, most diverse scripts", "number")
def scripts_repeated(paper: Paper) -> Result:
    """A script named twice in one row, or the Latin one."""
    rows = [row for row in paper.lists.values() if table6.parse(row.name).heuristic == "script_diverse"]
    off = {}
    for row in rows:
        latin = [code for code in row.used if paper.pool[code].script == "Latin"]
        if latin or _repeated(row, paper, lambda one: one.script):
            off[row.name] = {
                **_repeated(row, paper, lambda one: one.script),
                **({"of them Latin": " ".join(latin)} if latin else {}),
            }
    return Result(
        bool(off), paper.quote("scripts"), f"{len(off)} of {len(rows)} rows hold one script more than once, or Latin", off
    )


@check("latin-41-no-choice", "Sections 3.1 and 4.1, Tables 8 and 10", "conclusion")
def latin_41_no_choice(paper: Paper) -> Result:
    """Whether the best row of Tables 8 and 10 is a selection at all, or every language its rule admits."""
    latin = {code for code, one in paper.pool.items() if one.script == "Latin"}
    best = {}
    for model in MAIN:
        best[model] = max(paper.subsets(model), key=lambda subset, model=model: paper.average(model, subset))
    whole = [model for model, subset in best.items() if set(paper.lists[subset].used) == latin]
    return Result(
        bool(whole),
        paper.quote("better-than-all"),
        f"the best row of {' and '.join(published.TITLES[model] for model in whole)} is {best[whole[0]] if whole else 'another'}: "
        f"all {len(latin)} Latin-script languages of the pool, so that diversity chose nothing",
        {
            f"best row, {published.TITLES[model]}": f"{subset}: {paper.average(model, subset):.2f}"
            for model, subset in best.items()
        }
        | {"Latin-script languages in the pool": len(latin)},
    )


@check("other-sizes", "Section 3.1 against Tables 6 and 8", "wording")
def other_sizes(paper: Paper) -> Result:
    """Sizes of the rows of a heuristic that are none of those named."""
    named = set(map(int, paper.claims["sizes"].numbers))
    found = {
        name: int(n) for name in paper.subsets("mbert") for stem, _, n in [name.rpartition("_")] if stem in table6.HEURISTICS
    }
    off = {name: n for name, n in found.items() if n not in named}
    return Result(
        bool(off), paper.quote("sizes"), f"{', '.join(off)}: other sizes, which Figure 5 draws on one axis with 20 and 40", off
    )


@check("codes-of-table-6", "Tables 5 and 6, codes", "wording", "realignment languages")
def codes_of_table_6(paper: Paper) -> Result:
    codes = paper.claims["table-6-codes"].quote.split(", ")
    other = [code for code in codes if code not in paper.pool]
    return Result(
        bool(other),
        paper.quote("table-6-codes"),
        f"{', '.join(other)} are in no row of Table 5, which has other codes",
        {"codes": other},
    )


@check("missing-rows", "Tables 9 and 11", "wording")
def missing_rows(paper: Paper) -> Result:
    """Pools and heuristics without a row, and how many families or scripts the pool has to choose from."""
    wanted = [f"{pool}__{heuristic}" for pool in table6.POOLS for heuristic in table6.ABLATIONS]
    absent = [subset for subset in wanted if not all((table, subset, "nli") in paper.cells for table in POOLS.values())]
    kinds = {"family_diverse": lambda one: one.top_family, "script_diverse": lambda one: one.script}
    evidence = {}
    for subset in absent:
        pool, _, heuristic = subset.partition("__")
        if heuristic in kinds:
            evidence[subset] = f"{len({kinds[heuristic](paper.pool[code]) for code in paper.members(pool)})} to choose 10 from"
    return Result(
        bool(absent),
        f"{len(wanted) - len(absent)} rows",
        f"{len(absent)} of {len(wanted)} combinations have no row, unsaid",
        evidence,
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
        f"{len(xtreme)} + {len(africa)} − {len(xtreme & africa)} = {len(xtreme | africa)}, the pool of Table 5; {low} of them low-resource",
        {"in both": sorted(xtreme & africa)},
    )
