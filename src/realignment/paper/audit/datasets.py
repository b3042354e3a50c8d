"""Table 7 and the corpora."""

from realignment.languages import table as languages
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import counted, few, listed
from realignment.paper.language_tables import SPELLED
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.paper.runs import OUT_OF_DISTRIBUTION
from realignment.results import scores

TAGS = "multilingual_eval/datasets/token_classification.py at 2351db3"  # the list of tags without `_`
TITLES = {"opus100": "OPUS-100", "nllb": "NLLB"}


def ticked(paper: Paper) -> dict[str, dict[str, str]]:
    """Code -> row of Table 7, of the rows whose name Table 5 has too."""
    names = {one.name: code for code, one in languages.paper().items()}
    return {names[row["language"]]: row for row in paper.rows("table7.tsv") if row["language"] in names}


def corpora(paper: Paper) -> dict[str, str]:
    """Code -> opus100 or nllb: the corpus whose code the stored runs name (NLLB's codes end in a script)."""
    used = {code for codes in paper.subset_languages.values() for code in codes.split()}
    return {languages.resolve(code): "nllb" if "_" in code else "opus100" for code in used}


@check("oromo-ticks", "Table 7, OPUS-100 and NLLB", "number")
def oromo_ticks(paper: Paper) -> Result:
    """Languages that the stored runs took from a corpus that Table 7 says does not have them."""
    table, off = ticked(paper), {}
    for code, corpus in sorted(corpora(paper).items()):
        if code in table and table[code][corpus] == "no":
            off[code] = (TITLES[corpus], listed(title for name, title in TITLES.items() if table[code][name] == "yes"))
    wrong = [
        code
        for code in sorted(table)
        if table[code]["opus100"] == "yes" and code in languages.codes() and code not in paper.facts.opus100
    ]
    return Result(
        bool(off),
        f"Table 7 ticks {listed(f'{languages.paper()[code].name} for {what}' for code, (_, what) in off.items())}.",
        f"The authors' runs took {listed(f'{languages.paper()[code].name} from {what}' for code, (what, _) in off.items())}, and OPUS-100 has no such "
        "file: the two ticks are reversed.",
        {f"{code}: runs, ticked": pair for code, pair in off.items()} | {"ticked for OPUS-100, not there": wrong},
    )


@check("fall-back", "Section 3.2, Table 7", "number")
def fall_back(paper: Paper) -> Result:
    """Languages that OPUS-100 has and that the stored runs took from NLLB all the same."""
    used, held, table = corpora(paper), paper.facts.opus100, ticked(paper)
    off = [code for code, corpus in sorted(used.items()) if corpus == "nllb" and code in held]
    return Result(
        bool(off),
        paper.quote("fall-back"),
        f"Of the {sum(corpus == 'nllb' for corpus in used.values())} languages that the authors' runs took from NLLB, {len(off)} are in OPUS-100: "
        f"{listed(languages.paper()[code].name for code in off)}.",
        {"in OPUS-100 by Table 7 too": [code for code in off if code in table and table[code]["opus100"] == "yes"]},
    )


def sizes(paper: Paper) -> dict[tuple[str, str], tuple[str, int]]:
    """(language, task) -> what Table 7 prints ("" for a dash) and the sentences there are, where the two differ."""
    return {
        (row["language"], row["task"]): (row["printed"], int(row["sentences"]))
        for row in paper.facts.sentences
        if row["printed"] != row["sentences"]
    }


@check("americas-unseen", "Section 3.2", "number")
def americas_unseen(paper: Paper) -> Result:
    """AmericasNLI's languages with scores; those in the pool, or ticked in Table 7 as seen in pre-training."""
    scored = sorted({row["language"] for row in paper.raw if row["evalset"] == OUT_OF_DISTRIBUTION})
    table = ticked(paper)
    seen = [code for code in scored if code in paper.pool or "yes" in (table[code]["xlmr"], table[code]["mbert"])]
    return Result(
        bool(seen) or len(scored) != paper.claims["americas"].numbers[0],
        paper.quote("americas"),
        f"There are {len(scored)} languages with scores; {len(seen)} of them are in the pool, or ticked in Table 7 as seen.",
        {"languages": scored, "in the pool or seen": seen},
    )


@check("nli-sets", "Section 3.2", "number")
def nli_sets(paper: Paper) -> Result:
    found = sorted({row["evalset"] for row in paper.raw if row["task"] == "nli"} - {OUT_OF_DISTRIBUTION})
    number = paper.claims["nli-sets"].numbers[0]
    return Result(
        len(found) != number,
        paper.quote("nli-sets"),
        f"Besides AmericasNLI, the stored scores are from {'these' if len(found) == number else ''} {len(found)} sets.".replace(
            "  ", " "
        ),
        {"sets": found},
    )


@check("dashes", "Table 7", "number")
def dashes(paper: Paper) -> Result:
    """Sets that Table 7 says are not there and that the stored runs have scores of; some of them are not counted in `facts.sentences`."""
    scored = {(row["language"], row["task"]) for row in paper.raw}
    printed = {row["language"]: row for row in paper.rows("table7.tsv")}
    codes = {one.name: code for code, one in languages.paper().items()} | SPELLED
    names = {codes[name]: name for name in printed if name in codes and name in (languages.paper()[codes[name]].name, *SPELLED)}
    counted_ = {key: size for key, (shown, size) in sizes(paper).items() if not shown and key in scored}
    others = {
        (code, task) for code, name in names.items() for task in TASKS if not printed[name][task] and (code, task) in scored
    }
    averaged = {(code, task) for task, held in paper.runs.items("xlmr", TASKS, scores.AVERAGED).items() for code in held}
    off = {
        f"{_both(names, code)} {task.upper()}": counted_.get((code, task), "size not counted")
        for code, task in sorted({*counted_, *others})
    }
    inside = [f"{_both(names, code)} {task.upper()}" for code, task in sorted({*counted_, *others}) if (code, task) in averaged]
    shown = [f"{name} ({size} sentences)" if isinstance(size, int) else name for name, size in off.items()]
    return Result(
        bool(off),
        f"Table 7 prints a dash for {listed(off)}.",
        f"{counted(len(off), 'set')} with a dash {'was' if len(off) == 1 else 'were'} evaluated: {listed(shown)}."
        if off
        else "No set with a dash was evaluated.",
        off | {"in the averages": inside},
        f"No score is affected. In the averages {'are' if len(inside) > 1 else 'is'} {listed(inside)}."
        if inside
        else "No score is affected.",
    )


def _both(names: dict[str, str], code: str) -> str:
    """A language as Table 7 calls it, with Table 5's name where that is another."""
    mine = languages.paper()[code].name
    return mine if names.get(code, mine) == mine else f"{names[code]} ({mine})"


@check("left-out", "Table 7", "wording")
def left_out(paper: Paper) -> Result:
    """Languages with printed sizes and stored scores that the averages leave out."""
    averaged = {(task, code) for task, names in paper.runs.items("xlmr", TASKS, scores.AVERAGED).items() for code in names}
    names = {row["language"]: row for row in paper.rows("table7.tsv")}
    named = {
        (code, task): size
        for code, one in languages.paper().items()
        for task, size in names.get(one.name, {}).items()
        if task in TASKS and size
    }
    scored = {(row["task"], row["language"]) for row in paper.raw if row["evalset"] != OUT_OF_DISTRIBUTION}
    off = {(code, task): size for (code, task), size in sorted(named.items()) if (task, code) in scored - averaged}
    shown = [f"{languages.paper()[code].name} {task.upper()} ({size})" for (code, task), size in off.items()]
    codes = sorted({code for code, _ in off})
    dashed = [
        (code, task) for task, code in sorted(scored - averaged) if code in codes and (code, task) not in off and task in TASKS
    ]
    more = listed(f"{languages.paper()[code].name} {task.upper()}" for code, task in dashed)
    also = f" ({more} too, for which Table 7 has a dash)" if dashed else ""
    these, sets = f"{few(len(codes))} languages" if len(codes) > 1 else "language", len(off) + len(dashed)
    return Result(
        bool(off),
        f"Table 7 prints the sizes of {listed(shown)}.",
        f"{counted(sets, 'set')} of {'these' if len(codes) > 1 else 'this'} {these} {'were' if sets > 1 else 'was'} evaluated{also} and {'enter' if sets > 1 else 'enters'} none of the "
        "averages of Tables 8 and 10, which is not said."
        if off
        else "Every set with a size that was evaluated is in the averages of Tables 8 and 10.",
        {"sets": shown, "with a dash in Table 7": [f"{code} {task}" for code, task in dashed]},
        f"The {these} {'have' if len(codes) > 1 else 'has'} no bitext and {'are' if len(codes) > 1 else 'is'} in no realignment set."
        if off
        else "",
    )
