"""Table 7, the corpora and their licences, and the tags of the African POS sets."""

import statistics
from collections import defaultdict

from realignment import languages, published, scores
from realignment.audit import Result, check
from realignment.audit.paper import MAIN, Paper

# How the authors' code reads the tags of MasakhaPOS, by position in another list; AUX falls out of that list.
MIXED_UP = {"ADV": "INTJ", "INTJ": "VERB", "VERB": "AUX", "AUX": ""}


@check("african-tags", "Tables 8 to 11, POS", "number")
def african_tags(paper: Paper) -> Result:
    """Words whose tag the authors' code reads as another, and the points that may be missing from scores: at most their share.

    Of the languages of `african_tags.tsv`, not all of MasakhaPOS. A model that is right on every such word is scored wrong on it.
    """
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in paper.rows("african_tags.tsv"):
        counts[row["language"]][row["tag"]] = int(row["words"])
    averaged = paper.runs.items("xlmr", ["pos"], {"LRL seen", "LRL unseen"})["pos"]
    shares = {
        code: 100 * sum(tags.get(tag, 0) for tag in MIXED_UP) / sum(tags.values())
        for code, tags in counts.items()
        if code in averaged
    }
    african = {row["language"] for row in published.raw(paper.root) if row["evalset"] == "masakhapos"}
    scored = [code for code in averaged if code in african]
    evidence: dict[str, object] = {f"{code}: % of words": round(share, 1) for code, share in shares.items()}
    low, high = min(shares.values(), default=0), max(shares.values(), default=0)
    mean = statistics.fmean(shares.values()) if shares else 0.0
    evidence |= {
        "languages counted, in the average": (len(shares), len(scored)),
        "mean share, %": round(mean, 2),
        "XLM-R on all 65, mean of these languages": round(_african(paper, "all_65", list(shares)), 1),
        "points on the POS average of 54, at most": round(
            sum(shares.values()) / len(paper.runs.items("xlmr", ["pos"], scores.AVERAGED)["pos"]), 1
        ),
    }
    return Result(
        mean > 0,
        paper.quote("masakhapos"),
        f"the authors' code reads {' '.join(MIXED_UP)} as other tags: {low:.0f} to {high:.0f} % of the words of a language, by which its scores may be too low",
        evidence,
    )


def _african(paper: Paper, subset: str, codes: list[str]) -> float:
    from realignment.scores import Row

    held = paper.runs.rows[Row("xlmr", subset)].values()
    return 100 * statistics.fmean(one["pos", code] for one in held for code in codes)


def ticked(paper: Paper) -> dict[str, dict[str, str]]:
    """Code -> row of Table 7, of the rows whose name Table 5 has too."""
    names = {one.name: code for code, one in languages.paper().items()}
    return {names[row["language"]]: row for row in paper.rows("table7.tsv") if row["language"] in names}


def corpora(paper: Paper) -> dict[str, str]:
    """Code -> opus100 or nllb: the corpus whose code the stored runs name (NLLB's codes end in a script)."""
    used = {code for codes in published.subset_languages(paper.root).values() for code in codes.split()}
    return {languages.resolve(code): "nllb" if "_" in code else "opus100" for code in used}


@check("oromo-ticks", "Table 7, OPUS-100 and NLLB", "number", "realignment languages")
def oromo_ticks(paper: Paper) -> Result:
    """Languages that the stored runs took from a corpus that Table 7 says does not have them."""
    table, off = ticked(paper), {}
    for code, corpus in sorted(corpora(paper).items()):
        if code in table and table[code][corpus] == "no":
            off[code] = f"runs: {corpus}; ticked: {', '.join(name for name in ('opus100', 'nllb') if table[code][name] == 'yes')}"
    wrong = [
        code
        for code, row in languages.codes().items()
        if code in table and table[code]["opus100"] == "yes" and not row["opus100"]
    ]
    return Result(
        bool(off),
        "; ".join(f"{languages.paper()[code].name}: {what.partition('ticked: ')[2]}" for code, what in off.items()),
        f"the runs took {', '.join(off)} from the other corpus: the ticks of OPUS-100 and NLLB are reversed",
        off | {"ticked for OPUS-100, not there": wrong},
    )


@check("fall-back", "Section 3.2, Table 7", "number", "realignment languages")
def fall_back(paper: Paper) -> Result:
    """Languages that OPUS-100 has and that the stored runs took from NLLB all the same."""
    used, codes, table = corpora(paper), languages.codes(), ticked(paper)
    off = [code for code, corpus in sorted(used.items()) if corpus == "nllb" and codes[code]["opus100"]]
    return Result(
        bool(off),
        paper.quote("fall-back"),
        f"{len(off)} of {sum(corpus == 'nllb' for corpus in used.values())} languages of NLLB in the runs are in OPUS-100: {' '.join(off)}",
        {"in OPUS-100 by Table 7 too": [code for code in off if code in table and table[code]["opus100"] == "yes"]},
    )


def sizes(paper: Paper) -> dict[tuple[str, str], tuple[str, int]]:
    """(language, task) -> what Table 7 prints ("" for a dash) and the sentences there are, where the two differ."""
    import csv

    with (languages.DATA / "table7.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        (row["language"], row["task"]): (row["printed"], int(row["sentences"]))
        for row in rows
        if row["printed"] != row["sentences"]
    }


@check("americas-sizes", "Table 7, AmericasNLI", "number")
def americas_sizes(paper: Paper) -> Result:
    off = {
        f"{languages.paper()[code].name} {task.upper()}": pair
        for (code, task), pair in sizes(paper).items()
        if not languages.paper()[code].pool and task == "nli"
    }
    scored = {row["language"] for row in published.raw(paper.root) if row["evalset"] == published.OUT_OF_DISTRIBUTION}
    return Result(
        bool(off),
        ", ".join(f"{name} {one or '-'}" for name, (one, _) in off.items()),
        f"{', '.join(f'{name} {size}' for name, (_, size) in off.items())} sentences",
        off | {"languages with scores": len(scored)},
    )


@check("americas-unseen", "Section 3.2", "number")
def americas_unseen(paper: Paper) -> Result:
    """AmericasNLI's languages with scores; those in the pool, or ticked in Table 7 as seen in pre-training."""
    scored = sorted({row["language"] for row in published.raw(paper.root) if row["evalset"] == published.OUT_OF_DISTRIBUTION})
    table = ticked(paper)
    seen = [code for code in scored if code in paper.pool or "yes" in (table[code]["xlmr"], table[code]["mbert"])]
    return Result(
        bool(seen) or len(scored) != paper.claims["americas"].numbers[0],
        paper.quote("americas"),
        f"{len(scored)} languages with scores, {len(seen)} of them realigned on or seen",
        {"languages": scored, "in the pool or seen": seen},
    )


@check("nli-sets", "Section 3.2", "number")
def nli_sets(paper: Paper) -> Result:
    found = sorted(
        {row["evalset"] for row in published.raw(paper.root) if row["task"] == "nli"} - {published.OUT_OF_DISTRIBUTION}
    )
    fits = len(found) == paper.claims["nli-sets"].numbers[0]
    return Result(
        not fits, paper.quote("nli-sets"), f"{len(found)} sets in the stored scores besides AmericasNLI", {"sets": found}
    )


@check("dashes", "Table 7", "number")
def dashes(paper: Paper) -> Result:
    """Sets that Table 7 says are not there and that the stored runs have scores of."""
    scored = {(row["language"], row["task"]) for row in published.raw(paper.root)}
    off = {
        f"{languages.paper()[code].name} {task.upper()}": size
        for (code, task), (one, size) in sizes(paper).items()
        if not one and (code, task) in scored
    }
    return Result(
        bool(off),
        ", ".join(f"{name} -" for name in off),
        f"{len(off)} sets printed as - were evaluated: {', '.join(f'{name} ({size})' for name, size in off.items())}",
        off,
    )


@check("unscored", "Table 7", "wording")
def unscored(paper: Paper) -> Result:
    """Sizes that are printed for sets without a score in any stored run (WikiANN's Quechua is stored as a macrolanguage)."""
    scored = {(languages.resolve(row["language"]), row["task"]) for row in published.raw(paper.root)}
    off = [
        f"{languages.paper()[code].name} {task.upper()} ({size})"
        for (code, task, _), size in languages.table7().items()
        if (code, task) not in scored
    ]
    return Result(bool(off), ", ".join(off), "no stored run has a score of these", {"sets": off})


@check("left-out", "Table 7", "wording")
def left_out(paper: Paper) -> Result:
    """Languages with printed sizes and stored scores that the averages leave out."""
    averaged = {
        (task, code) for task, names in paper.runs.items("xlmr", published.TASKS, scores.AVERAGED).items() for code in names
    }
    named = {(code, task) for code, task, _ in languages.table7()}
    scored = {
        (row["task"], row["language"]) for row in published.raw(paper.root) if row["evalset"] != published.OUT_OF_DISTRIBUTION
    }
    off = sorted(f"{languages.paper()[code].name} {task.upper()}" for task, code in scored - averaged if (code, task) in named)
    return Result(bool(off), ", ".join(off), "evaluated, and in none of the averages of Tables 8 and 10", {"sets": off})


@check("forty-four", "Table 7, caption", "wording")
def forty_four(paper: Paper) -> Result:
    """Rows of the first section, English left out; those that are no language of the pool."""
    names = [row["language"] for row in paper.rows("table7.tsv")]
    africa = {paper.pool[code].name for code in paper.lists["african_21"].languages}
    first = [
        name
        for name in names[: next(place for place, name in enumerate(names) if name in africa)]
        if not name.startswith("English")
    ]
    outside = [name for name in first if name not in {one.name for one in paper.pool.values()}]
    realigned = [name for name in first if name not in outside]
    limit = paper.claims["table-7-caption"].numbers[0]
    return Result(
        bool(outside) or len(realigned) != limit,
        paper.quote("table-7-caption"),
        f"{len(realigned)} were, but the section has {len(first)} languages besides English: {', '.join(outside) or 'none'} was never realigned",
        {
            "rows": len(first),
            "realigned on": len(realigned),
            "XTREME-R languages in the pool": len(paper.lists["xtreme_r_47"].languages),
        },
    )


@check("names-of-table-7", "Tables 5 and 7, names", "wording", "realignment languages")
def names_of_table_7(paper: Paper) -> Result:
    """Languages of the pool that no row of Table 7 has under the name of Table 5."""
    printed = {row["language"] for row in paper.rows("table7.tsv")}
    off = [one.name for one in paper.pool.values() if one.name not in printed]
    other = sorted(printed - {one.name for one in languages.paper().values()} - {"English (training)", "English (evaluation)"})
    return Result(bool(off), ", ".join(other), f"Table 5 calls them {', '.join(off)}", {"Table 5": off, "Table 7": other})


@check("coverage", "Section 1", "wording", "realignment languages")
def coverage(paper: Paper) -> Result:
    """Languages of the pool with scores in each task, and in all three."""
    scored: dict[str, set[str]] = defaultdict(set)
    for row in published.raw(paper.root):
        scored[row["task"]].add(row["language"])
    found = {task.upper(): len(names & set(paper.pool)) for task, names in scored.items()}
    whole = len(set.intersection(*scored.values()) & set(paper.pool))
    runs = {len(seeds) for row, seeds in paper.runs.rows.items() if row.encoder in MAIN}
    return Result(
        whole < paper.claims["coverage"].numbers[0],
        paper.quote("coverage"),
        f"every language has a score in some task, {whole} of {len(paper.pool)} in all three: a task's average is over its own languages",
        {**found, "all three": whole, "seeds of a row": sorted(runs)},
    )


@check("licences", "Appendix A.8", "wording", "realignment licences")
def licences_(paper: Paper) -> Result:
    """Corpora whose source leaves other uses open than the licence that is stated."""
    from realignment import licences

    rows = licences.claims()
    off = {row["corpus"]: f"stated {row['stated']}; observed {row['observed']}" for row in rows if not row["agree"]}
    absent = [row["corpus"] for row in rows if row["stated"].startswith("not listed")]
    upstream = [row["corpus"] for row in rows if not row["agree"] and row["own"] and row["corpus"] not in absent]
    other = [name for name in off if name not in (*absent, *upstream)]
    return Result(
        bool(off),
        ", ".join(off),
        f"of {len(rows)} corpora, {len(other)} have a source that states other terms or none ({', '.join(other)}), {len(upstream)} state "
        f"these but stand on data of stricter ones ({', '.join(upstream)}), {', '.join(absent)} is not listed",
        off,
    )
