"""A made-up paper whose tables, lists, claims and runs agree with one another: what the audit must find no slip in.

Its sentences are those of the paper, put right where they contradict one another. Its runs are drawn so that what the sentences say is so;
its tables are averaged from them here, without the code of the audit; its lists are the best sets of their rules. Rows whose rule the pool
cannot meet (too few families, too few scripts) are not in it.
"""

import csv
import functools
import random
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from realignment.languages import table as languages
from realignment.paper.facts import Facts
from realignment.paper.paper import SCORES, Paper
from realignment.subsets import naming, registry, table6

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "data" / "published"
LABELS = {"mbert": "bert-base-multilingual-cased", "xlmr": "xlm-roberta-base"}
TITLES = {"mbert": "mBERT", "xlmr": "XLM-R"}
MAIN, POOLS = {"mbert": "8", "xlmr": "10"}, {"mbert": "9", "xlmr": "11"}
SEEDS, TASKS, SIZES = ("17", "23", "42", "66"), ("nli", "pos", "ner"), (5, 10, 20, 40)
SETS = {  # (task, set) -> languages
    ("nli", "xnli"): "ara deu hin rus", ("nli", "indonli"): "ind", ("nli", "myanmar_xnli"): "mya", ("nli", "afrixnli"): "swa wol ewe xho",
    ("nli", "americasnli"): "aym grn quy shp", ("pos", "udpos"): "deu zho fin mar", ("pos", "masakhapos"): "swa yor twi hau",
    ("ner", "wikiann"): "fra rus tur mya", ("ner", "masakhaner2"): "swa yor lug hau",
}  # fmt: skip
METRICS = {"nli": "accuracy", "pos": "accuracy", "ner": "f1"}
BASES = {"nli": 60.0, "pos": 70.0, "ner": 55.0}
# Points that a row gains over all, and on AmericasNLI: size -> gain. What a recommended row has more of than another one is what the sentences say.
GAINS = {
    "mbert": {"uriel_diverse": (2.6, 2.75, 3.05, 3.65), "latin_diverse": (2.7, 3.2, 2.9, 3.5), "random": (2.0, 2.05, 2.1, 2.2)},
    "xlmr": {"uriel_diverse": (3.0, 3.4, 3.6, 3.58), "latin_diverse": (2.9, 3.4, 3.1, 3.55), "random": (2.0, 2.05, 2.08, 2.06)},
}
SHARED = {
    "uriel_similar": (1.55, 1.62, 1.7, 1.68), "latin_similar": (1.5, 1.62, 1.65), "family_diverse": (1.9,), "family_indoeuropean": (1.4, 1.45, 1.5),
    "script_diverse": (1.1, 1.15, 1.2), "none": (0.0,), "all_65": (1.58,), "xtreme_r_47": (1.9,), "african_21": (1.85,),
}  # fmt: skip
ABROAD = {
    "none": 0.0, "all_65": 1.0, "xtreme_r_47": 0.8, "african_21": 0.9, "latin_diverse": 1.4, "random": 1.8, "latin_similar": 1.9, "uriel_diverse": 2.6,
    "uriel_similar": 1.5, "family_diverse": 2.2, "family_indoeuropean": 1.5, "script_diverse": 2.1,
}  # fmt: skip
WITHIN = {"joshi_012": 1.2, "joshi_3": 0.7, "joshi_345": 0.8, "joshi_45": 0.9, "seen": 0.95, "unseen": 1.15}
LEVELS = {
    "HRL": (0.0, -0.3),
    "MRL": (0.0, -0.2),
    "LRL seen": (0.4, 0.0),
    "LRL unseen": (2.7, 0.0),
}  # share of a row's gain; what any realignment adds
NOISE = 0.03  # points, of each score


def real_claims() -> list[dict[str, str]]:
    with (PUBLISHED / "claims.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def claims() -> list[dict[str, str]]:
    """Those of the paper, put right."""
    rows = real_claims()
    said = {
        "equation-1": (r"= \frac", r"= -\frac"), "tokens": ("all tokens", "all words"), "epochs": ("PoS tagging and", "PoS tagging and NER and"),
        "family-label": ("Most diverse families", "Least diverse"), "joshi-35": ("3,5", "3,4,5"), "joshi-345": ("", ""),
        "caption-8": ("XLM-R on NLI, PoS-Tagging, NER tasks", "mBERT on NLI and PoS-Tagging, F1 on NER"),
        "caption-10": ("mBERT on NLI, PoS-Tagging, NER tasks", "XLM-R on NLI and PoS-Tagging, F1 on NER"),
        "caption-9": ("NLI, POS-Tagging, NER tasks", "NLI and POS-Tagging, F1 on NER"), "caption-11": ("NLI, PoS-Tagging, NER tasks", "NLI and PoS-Tagging, F1 on NER"),
        "appendix-lists": ("All the language subsets", "All the language subsets but the random draws"), "gaschi": ("used in Gaschi et al. (2023)", "of the pool"),
        "another-gpu": ("using a different GPU type from that", "using the same GPU type as that"), "same-settings": ("settings.", "settings, decoders with LoRA."),
        "section-6-pools": ("MRLs only (Joshi 3)", "MRLs only (Joshi 3 and 4)"), "generative": ("encoder-only", "decoder-only"),
        "script-beneficial": ("pre-training language", "fine-tuning language"),
        "table-7-caption": ("South American languages exclusive to", "languages of the Americas in"),
        "significantly": ("", ""),
    }  # fmt: skip
    for row in rows:
        old, new = said.get(row["id"], ("", ""))
        assert old in row["quote"], row["id"]
        row["quote"] = row["quote"].replace(old, new)
        row["numbers"] = {"five-seeds": "4", "americas": "4", "joshi-35": "3 4 5"}.get(row["id"], row["numbers"])
    return rows


class MadeUp(Facts):
    """Facts that the made-up paper does not contradict: its authors' code does what its text says."""

    misread = MappingProxyType({})
    seeds_left_out = ()
    settings = MappingProxyType({})
    rates = MappingProxyType(dict.fromkeys(LABELS, 2e-5))
    licences = ()

    @functools.cached_property
    def sentences(self) -> tuple[dict[str, str], ...]:
        return tuple(
            {"language": code, "task": task, "set": name, "printed": "750", "sentences": "750"}
            for (task, name), codes in SETS.items()
            for code in codes.split()
        )


def lists(facts: Facts) -> dict[str, table6.Row]:
    """Table 6: the best sets of their rules, and pools that are drawn from."""
    from realignment.paper import table6_recomputed

    best = {row["name"]: tuple(row["computed"]) for row in table6_recomputed.table6(facts.vectors, nodes=0)}
    found = {}
    for row in table6.rows().values():
        name = naming.parse(row.name)
        used = best.get(row.name, row.used)
        if name.drawn:
            used = tuple(
                sorted(code for code, one in languages.paper().items() if one.pool and registry.POOLS[name.pool].holds(one))
            )
        elif not may(name, used):
            continue
        shown = (
            row.printed_as.replace("Class = 2", "Class = 0,1,2")
            .replace("3,5", "3,4,5")
            .replace("Most diverse families within", "Least diverse within")
        )
        found[row.name] = replace(row, languages=used, used=used, printed_n=len(used), printed_as=shown, erratum="")
    return found


def may(name: naming.Name, used: tuple[str, ...]) -> bool:
    """Whether the pool can meet the rule of a row: families of one level, scripts once each."""
    if name.heuristic == "family_diverse":
        return not name.pool and name.n == 5
    scripts = [languages.paper()[code].script for code in used]
    return name.heuristic != "script_diverse" or (len(set(scripts)) == len(scripts) and "Latin" not in scripts)


def gain(model: str, subset: str, *, abroad: bool = False) -> float:
    """Points of a row over fine-tuning only, of the average or on AmericasNLI."""
    name = naming.split(subset)
    if abroad:
        return ABROAD[subset if subset in ABROAD else name.heuristic]
    if name.pool:
        return WITHIN[name.pool.partition("_")[0] if "seen" in name.pool else name.pool] + {
            "uriel_diverse": 0.2,
            "random": 0.0,
        }.get(name.heuristic, -0.1)
    held = {**SHARED, **GAINS[model]}
    if subset in held:
        return held[subset][0]
    sizes = {"script_diverse": (5, 10, 18), "latin_diverse": (5, 10, 20, 41)}.get(name.heuristic, SIZES)
    return held[name.heuristic][sizes.index(name.n)]


def scores(model: str, subset: str) -> list[dict[str, str]]:
    """Of the four runs of a row."""
    draw, found = random.Random(f"{model} {subset}"), []
    for seed in SEEDS:
        for (task, evalset), codes in SETS.items():
            for code in codes.split():
                found.append(_score(model, subset, (seed, task, evalset, code), draw.gauss(0, NOISE)))
    return found


def _score(model: str, subset: str, where: tuple[str, str, str, str], noise: float) -> dict[str, str]:
    from realignment.languages import grouping

    seed, task, evalset, code = where
    if evalset == "americasnli":
        value = 40 + gain(model, subset, abroad=True)
    else:
        share, fixed = LEVELS[grouping.group(languages.paper()[code], model)]
        value = BASES[task] + share * gain(model, subset) + (fixed if subset != "none" else 0.0)
    value += noise + 0.01 * SEEDS.index(seed) + (3 if model == "xlmr" else 0)
    return {
        "model": LABELS[model],
        "subset": subset,
        "seed": seed,
        "task": task,
        "evalset": evalset,
        "language": code,
        "metric": METRICS[task],
        "score": f"{value / 100:.5f}",
    }


def average(rows: Iterable[Mapping[str, str]], task: str) -> tuple[float, float]:
    """Mean and deviation over seeds of the means over languages, an African set before a general one, AmericasNLI apart."""
    held: dict[str, dict[str, float]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row["evalset"] in ("masakhapos", "masakhaner2", "afrixnli")):
        if row["task"] == task and row["evalset"] != "americasnli":
            held[row["seed"]][row["language"]] = 100 * float(row["score"])
    means = [statistics.fmean(one.values()) for one in held.values()]
    return statistics.fmean(means), statistics.stdev(means)


def cells(model: str, subset: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The printed cells of a row in its table of the appendix."""
    table = (POOLS if "__" in subset else MAIN)[model]
    n = {"none": 0, "all_65": 65, "xtreme_r_47": 47, "african_21": 21}.get(
        subset, 10 if "__" in subset else naming.split(subset).n
    )
    found = []
    for task in TASKS:
        mean, std = average(rows, task)
        found.append(_cell(table, model, subset, str(n), task, f"{mean:.2f}", f"{std:.2f}"))
    return found


def _cell(table: str, model: str, subset: str, n: str, task: str, mean: str, std: str = "", what: str = "") -> dict[str, str]:
    found = {
        "table": table,
        "model": model,
        "caption_as_printed": "",
        "subset": subset,
        "n": n,
        "task": task,
        "mean": mean,
        "std": std,
    }
    return {**found, "what": what}


def first(model: str, printed: list[dict[str, str]]) -> list[dict[str, str]]:
    """Table 1, of what the appendix prints."""
    held = {(row["subset"], row["task"]): float(row["mean"]) for row in printed if row["model"] == model}
    rows = [
        "joshi_45__random",
        "joshi_345__random",
        "joshi_3__random",
        "joshi_012__random",
        f"unseen_{model}__random",
        f"seen_{model}__random",
        "none",
        "all_65",
    ]
    found = []
    for subset in rows:
        means = {task: held[subset, task] for task in TASKS}
        means["avg"] = statistics.fmean(means.values())
        found += [_cell("1", model, subset, "10", task, f"{mean:.1f}") for task, mean in means.items()]
    return found


def fourth(printed: list[dict[str, str]]) -> list[dict[str, str]]:
    """Table 4's column of XLM-R: what Table 10 has of fine-tuning only."""
    none = {row["task"]: row["mean"] for row in printed if (row["table"], row["subset"]) == (MAIN["xlmr"], "none")}
    return [_cell("4", "xlmr", "none", "0", task, f"{float(mean):.1f}", what="cross-lingual") for task, mean in none.items()]


def subsets(table: Mapping[str, table6.Row]) -> list[str]:
    """Rows of Tables 8 and 9, as printed.tsv calls them."""
    rows = ["none", *(f"random_{n}" for n in SIZES), *table]
    return [name.removesuffix("_10") if "__" in name else name for name in rows]


def runs_languages(names: list[str], table: Mapping[str, table6.Row]) -> list[dict[str, str]]:
    """subsets.tsv: draws of a seed lie within one another, and both encoders have the same."""
    pool, listed = sorted(code for code, one in languages.paper().items() if one.pool), []
    for seed in SEEDS:
        order = random.Random(f"draw {seed}").sample(pool, 40)
        for name in names:
            if name == "none":
                continue
            one = naming.split(name)
            if one.drawn and one.pool:
                held = random.Random(f"{name} {seed}").sample(table[f"{name}_10"].used, 10)
            else:
                held = order[: one.n] if one.drawn else table[f"{name}_10" if one.pool else name].used
            listed += [
                {"model": label, "subset": name, "seed": seed, "task": task, "languages": spelled(held)}
                for label in LABELS.values()
                for task in TASKS
            ]
    return listed


def spelled(codes: Iterable[str]) -> str:
    known = languages.codes()
    return " ".join(known[code]["opus100"] or known[code]["nllb"] for code in codes)


def table7(table: Mapping[str, table6.Row]) -> list[dict[str, str]]:
    known, africa = languages.paper(), set(table["african_21"].used)
    sizes = {(code, task): "750" for (task, _), codes in SETS.items() for code in codes.split()}
    pool = sorted((code for code, one in known.items() if one.pool), key=lambda code: (code in africa, code))
    rows = [
        {
            "language": "English (training)",
            "nli": "392702",
            "pos": "21787",
            "ner": "20000",
            **dict.fromkeys(("xlmr", "mbert", "opus100", "nllb"), "yes"),
        }
    ]
    for code in [*pool, *SETS["nli", "americasnli"].split()]:
        ticks = {model: _tick(model in known[code].seen) for model in ("xlmr", "mbert")}
        corpora = {corpus: _tick(languages.codes()[code][corpus]) for corpus in ("opus100", "nllb")}
        rows.append({"language": known[code].name, **{task: sizes.get((code, task), "") for task in TASKS}, **ticks, **corpora})
    return rows


def _tick(held: object) -> str:
    return "yes" if held else "no"


def number_claims(rows: list[dict[str, str]], printed: list[dict[str, str]]) -> list[dict[str, str]]:
    """The numbers of claims that are numbers of tables: Tables 2 to 4 and the range of Section 6."""
    held = {(row["table"], row["model"], row["subset"], row["task"]): row for row in printed}
    tables = {}
    for model in LABELS:
        for task in TASKS:
            cell = held[MAIN[model], model, "all_65", task]
            tables[f"table-2-{model}-{task}"] = f"{cell['mean']} {cell['std']} {float(cell['mean']) + 0.05:.2f} {cell['std']}"
    for task, (before, after) in {"pos": (38.8, 41.9), "ner": (31.6, 30.2), "nli": (56.5, 57.8)}.items():
        none = float(held[MAIN["xlmr"], "xlmr", "none", task]["mean"])
        tables[f"table-3-{task}"] = f"{before} {after}"
        tables[f"table-4-{task}"] = f"{none:.1f} {before} {none + (9 if task == 'nli' else -9):.1f}"
    drops = [
        round(float(held["1", model, "all_65", "avg"]["mean"]) - float(row["mean"]), 1)
        for model in LABELS
        for row in printed
        if (row["table"], row["model"], row["task"]) == ("1", model, "avg") and "__" in row["subset"]
    ]
    tables["decrease"] = f"{min(drops)} {max(drops)}"
    return [{**row, "numbers": tables.get(row["id"], row["numbers"])} for row in rows]


def paper(root: Path = ROOT) -> Paper:
    """Made of files in memory. `root` is where vectors and families are read."""
    facts = MadeUp(root)
    table = lists(facts)
    names = subsets(table)
    scored = {(model, name): scores(model, name) for model in LABELS for name in names}
    printed = [cell for (model, name), rows in scored.items() for cell in cells(model, name, rows)]
    printed += [cell for model in LABELS for cell in first(model, printed)]
    printed += fourth(printed)
    listed = runs_languages(names, table)
    known = languages.paper()
    files = {
        "claims.tsv": number_claims(claims(), printed), "printed.tsv": printed, SCORES: [row for rows in scored.values() for row in rows],
        "subsets.tsv": listed, "averages.tsv": [], "table7.tsv": table7(table),
        "mbert_none_pos.tsv": [],
        "table5.tsv": [{"language": one.name, "code": code} for code, one in known.items() if one.pool],
        "table6.tsv": [{"method": row.printed_as, "languages": " ".join(row.languages)} for row in table.values()],
        "african_tags.tsv": [{"language": code, "sentences": "750", "tag": tag, "words": "100"} for code in SETS["pos", "masakhapos"].split() for tag in ("ADV", "INTJ", "VERB", "AUX", "NOUN")],
    }  # fmt: skip
    return held(root, files, lists=table, facts=facts)


def known(new: Paper, old: Paper, rows: list[dict[str, str]]) -> Paper:
    """`new`, told of the runs of `old` where only the scores of some rows changed: those of others are not collected again."""
    from realignment.paper import runs
    from realignment.results import averages
    from realignment.results.scores import Row

    fresh = averages.collect(runs.scored(rows))
    stored: dict[Row, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        stored[Row(runs.LABELS[row["model"]], runs.subset(row))].append(row)
    new.__dict__["stored"] = {**old.stored, **stored}
    new.__dict__["runs"] = replace(old.runs, rows=dict(sorted({**old.runs.rows, **fresh.rows}.items())))
    changed = {(row.encoder, row.subset) for row in fresh.rows}
    new._seeds.update({key: value for key, value in old._seeds.items() if key[:2] not in changed})
    return new


def solved(new: Paper, old: Paper, names: set[str]) -> Paper:
    """`new`, told of the best sets of `old` but for some rows of Table 6."""
    from realignment.paper import table6_recomputed

    rows = {name: new.lists[name] for name in names if naming.parse(name).heuristic in registry.RULES}
    fresh = {row["name"]: row for row in table6_recomputed.table6(new.facts.vectors, nodes=0, rows=rows)} if rows else {}
    new.__dict__["best_sets"] = [fresh.get(row["name"], row) for row in old.best_sets]
    return new


MEMORY = ("lists", "facts", "best_sets")  # of a paper, in no file of data/published
CACHED = {  # what of a paper hangs on which of its files
    "printed.tsv": ("printed", "cells", "first", "_sizes"), "claims.tsv": ("claims", "swapped"), "lists": ("lists", "swapped", "best_sets"), "facts": ("facts", "best_sets"),
    SCORES: ("scored", "runs", "studies", "stored"), "averages.tsv": ("averages",), "subsets.tsv": ("subset_languages",),
}  # fmt: skip


def held(root: Path, files: Mapping[str, list[dict[str, str]]], **known: object) -> Paper:
    """A paper of files in memory."""
    one = Paper(root)
    one._rows.update(files)
    one.__dict__.update(known)
    return one


def edited(old: Paper, **changes: object) -> Paper:
    """Another paper, whose files (`printed`, `claims`, `table7`, ...), `lists`, `facts` or `best_sets` are others; what does not hang on them is not computed again."""
    names = {key: next((name for name in old._rows if name.partition(".")[0] == key), key) for key in changes}
    gone = {name for key in names.values() for name in CACHED.get(key, ())}
    known = {name: value for name, value in old.__dict__.items() if name not in ("root", "_rows", "_seeds", *gone)}
    known |= {key: value for key, value in changes.items() if key in MEMORY}
    files = {**old._rows, **{names[key]: value for key, value in changes.items() if key not in MEMORY}}
    one = held(old.root, files, **known)
    if not {SCORES, "averages.tsv"} & set(names.values()):
        one._seeds.update(old._seeds)
    return one
