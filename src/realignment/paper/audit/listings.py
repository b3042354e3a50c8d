"""Table 6 as printed: lengths, codes and pools of its lists, against Tables 5 and 7 and against the authors' runs."""

from realignment.languages import table as languages
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import counted, few, listed, subset
from realignment.paper.paper import Paper
from realignment.paper.printed import POOLS
from realignment.results.headings import ENCODERS
from realignment.subsets import naming, registry


@check("list-sizes", "Table 6, column #", "number")
def list_sizes(paper: Paper) -> Result:
    off = {
        f"{row.printed_as} {row.printed_n}": len(row.languages)
        for row in paper.lists.values()
        if len(row.languages) != row.printed_n
    }
    return Result(
        bool(off),
        f"Table 6, column #: {', '.join(off)}.",
        f"{counted(len(off), 'list')} have another length than the column says: {listed(off.values())} codes.",
        off,
    )


@check("diverse-20-list", "Table 6, most diverse from English with 20 languages", "number")
def diverse_20_list(paper: Paper) -> Result:
    """Printed lists against the languages the stored runs name; draws have no list of their own."""
    off: dict[str, str] = {}
    lengths: dict[str, tuple[int, int]] = {}
    compared, parts = 0, []
    for name, codes in dict.fromkeys((name, codes) for (_, name, _, _), codes in paper.subset_languages.items()):
        if name in paper.lists and not naming.parse(name).drawn:
            compared += 1
            run, printed = {languages.resolve(code) for code in codes.split()}, set(paper.lists[name].languages)
            if run != printed:
                off[name] = f"runs only: {' '.join(sorted(run - printed))}; print only: {' '.join(sorted(printed - run))}"
                said = [_part(sorted(run - printed), "missing in print"), _part(sorted(printed - run), "printed but not used")]
                parts.append(f"the runs used {len(run)} languages for {subset(name)}: {' while '.join(filter(None, said))}")
                lengths[name] = (len(run), len(printed))
    return Result(
        bool(off),
        "Table 6 lists " + "; ".join(f"{printed} codes for {subset(name)}" for name, (_, printed) in lengths.items()) + ".",
        f"By the authors' files {'; '.join(parts) or 'the runs used the printed lists'}.",
        {"lists of runs compared": compared, **off},
        "No score is affected." if off else "",
    )


def _part(codes: list[str], what: str) -> str:
    """`tam is missing in print`; nothing of no codes."""
    return f"{listed(codes)} {'is' if len(codes) == 1 else 'are'} {what}" if codes else ""


@check("languages-column", "Tables 9 and 11, column #Languages", "number")
def languages_column(paper: Paper) -> Result:
    """What the column prints for rows that Table 6 lists with ten languages; the pool's own size by Tables 5 and 7."""
    shown = {(name, cell.n) for (table, name, task), cell in paper.cells.items() if table in POOLS.values() and task == "nli"}
    printed = {name for name, _ in shown}
    ten = {name for name, n in shown if n != paper.lists[f"{name}_10"].n}
    sizes = {name.partition("__")[0]: n for name, n in sorted(shown, key=lambda one: (one[1] != 10, one))}
    evidence: dict[str, object] = {
        f"{registry.POOLS[pool].text}: printed, in the pool": (n, len(paper.members(pool))) for pool, n in sizes.items()
    }
    sized = [pool for pool, n in sizes.items() if n != 10]
    wrong = [pool for pool in sized if sizes[pool] != len(paper.members(pool))]
    evidence["rows of Table 6 that list a pool, not a draw"] = [
        row.printed_as for row in paper.lists.values() if naming.parse(row.name).drawn and len(row.languages) > row.n
    ]
    return Result(
        bool(ten),
        paper.quote("ten-languages"),
        f"In {len(ten)} of {len(printed)} rows the column #Languages prints the size of a pool, where 10 languages were used"
        + (f"; for {len(wrong)} of these {len(sized)} pools it is not the size by Tables 5 and 7 either." if wrong else "."),
        evidence,
        f"Of the means that Table 1 repeats its caption says it ({paper.quote('table-1-caption')}).",
    )


@check("joshi-pools", "Section 6 against Table 6", "number")
def joshi_pools(paper: Paper) -> Result:
    """Languages of a row whose class in Table 5 is none of those in its printed name; what counts is `2` (`3,5`: small-things)."""
    off = {}
    for row in paper.lists.values():
        if row.printed_as.startswith("Joshi"):
            named = {int(one) for one in row.printed_as.partition("=")[2].partition("(")[0].split(",")}
            wrong = [f"{code} ({paper.pool[code].joshi})" for code in row.languages if paper.pool[code].joshi not in named]
            if wrong and named == {2}:
                off[row.printed_as] = f"{len(wrong)} of {len(row.languages)}: {' '.join(wrong)}"
    return Result(
        bool(off),
        paper.quote("low-resource-pools"),
        f"The pool called Joshi Class = 2 contains classes 0 to 2: in its {counted(len(off), 'row').lower()} of Table 6, {listed(text.partition(':')[0] for text in off.values())} "
        "languages are of class 0 or 1. What does better is the pool of all low-resource languages, not class 2."
        if off
        else "No pool of Table 6 goes by the name of class 2 alone with other classes in it.",
        off,
        "Footnote 3 calls classes 0, 1 and 2 LRLs, and the sentence that follows speaks of LRLs.",
    )


@check("pool-members", "Table 6, pools against Tables 5 and 7", "number")
def pool_members(paper: Paper) -> Result:
    """Pools that are listed whole, against what the classes and ticks put there (`Joshi 2` read as 0-2, `3,5` as 3-5)."""
    off, strange = {}, {}
    for row in paper.lists.values():
        pool = naming.parse(row.name).pool
        if pool and naming.parse(row.name).drawn and len(row.languages) > row.n:
            extra, missing = set(row.languages) - paper.members(pool), paper.members(pool) - set(row.languages)
            if extra or missing:
                off[row.printed_as] = " ".join(sorted(extra)) + (f"; lacks {' '.join(sorted(missing))}" if missing else "")
                strange |= {(code, row.name): _place(paper, code, pool) for code in sorted(extra)}
    outside = [f"{code} ({why})" for (code, _), why in strange.items()]
    lacking = [f"{what.partition('lacks ')[2]} of {name}" for name, what in off.items() if "lacks" in what]
    drawn = [
        code
        for (code, name) in strange
        for (_, one, _, _), codes in paper.subset_languages.items()
        if one == name and code in map(languages.resolve, codes.split())
    ]
    both = {
        f"seen and unseen by {title}": sorted(
            set(paper.lists[f"seen_{model}__random_10"].languages) & set(paper.lists[f"unseen_{model}__random_10"].languages)
        )
        for model, title in ENCODERS.items()
    }
    return Result(
        bool(off),
        f"Table 6 lists the pools {listed(off)}.",
        f"By Tables 5 and 7 {counted(len(strange), 'language').lower()} {'does' if len(strange) == 1 else 'do'} not belong"
        f"{f': {listed(outside)}' if strange else ''}{f'. Missing are {listed(lacking)}' if lacking else ''}.",
        off | both,
        f"{'It was not' if len(strange) == 1 else f'None of the {few(len(strange))} was'} drawn with any seed." if strange and not drawn else "",
    )  # fmt: skip


def _place(paper: Paper, code: str, pool: str) -> str:
    """Why a language is not of a pool: `class 2`, `seen by mBERT`."""
    if pool.startswith("joshi"):
        return f"class {paper.pool[code].joshi}"
    model = pool.rpartition("_")[2]
    return f"{'seen' if pool.startswith('unseen') else 'not seen'} by {ENCODERS[model]}"


@check("random-not-drawn", "Table 6, Joshi Class = 2 (Random)", "number")
def random_not_drawn(paper: Paper) -> Result:
    """A printed list that is the head of its pool in the alphabet, against the four draws of the runs."""
    row = paper.lists["joshi_012__random_10"]
    written = {code for one in paper.rows("table6.tsv") for code in one["languages"].split()}
    other = {code: languages.codes()[code]["table6"] for code in paper.members("joshi_012")}
    spelled = {code: name if name in written else code for code, name in other.items()}
    head = sorted(spelled, key=lambda code: spelled[code])[: len(row.languages)]
    draws = {
        seed: {languages.resolve(code) for code in codes.split()}
        for (_, name, seed, _), codes in paper.subset_languages.items()
        if name == row.name
    }
    different = len({frozenset(one) for one in draws.values()})
    return Result(
        len(row.languages) < len(spelled) and set(head) == set(row.languages) and set(row.languages) not in draws.values(),
        f"Table 6, {row.printed_as}: {' '.join(spelled[code] for code in row.languages)}.",
        f"These are the first {len(head)} of the {len(spelled)} languages of the pool in alphabetical order. The runs did draw: {different} different sets, "
        "one for each seed, none of which is this list.",
        {f"drawn with seed {seed}": " ".join(sorted(one)) for seed, one in draws.items()},
        "Only the table is misprinted; the scores are those of the draws.",
    )


@check("indo-european-label", "Table 6, families within Indo-European", "wording")
def indo_european_label(paper: Paper) -> Result:
    """What the rows are called, against what Section 3.1 says they are."""
    label = paper.claims["family-label"].quote
    rows = [row for row in paper.lists.values() if row.printed_as == label]
    single = "restricted to a single language family" in paper.claims["families"].quote
    return Result(
        bool(rows) and single and label.startswith("Most diverse"),
        f"{paper.quote('families')} / {paper.cited('family-label')}",
        f"Tables 6, 8 and 10 call the {len(rows)} sets of one family “{label}”, where Section 3.1 has them as the contrast to the diverse case.",
        {row.name: " ".join(row.used) for row in rows},
    )
