"""Every check of the audit with a slip for it to find: id -> how it is planted, and what else is then so too.

What else is found follows from the slip: an average below fine-tuning only is not significantly higher, a language that is not of a set's rule makes
the set not the best of that rule. Each such pair is written down here, so that anything further fails the test.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import made_up_paper as made
from made_up_paper import LABELS, POOLS, SIZES, edited
from planted import (
    abroad,
    evaluated,
    gains,
    inside,
    level,
    listed,
    move,
    printed,
    quoted,
    say,
    scattered,
    swapped,
    table,
)

from realignment.languages import table as languages
from realignment.paper.paper import Paper


@dataclass(frozen=True)
class Plant:
    slip: Callable[[Paper], Paper]
    follows: frozenset[str] = field(default_factory=frozenset)  # other checks that must find it too


def plant(slip: Callable[[Paper], Paper], *follows: str) -> Plant:
    return Plant(slip, frozenset(follows))


def both(change: Callable[[Paper, str], Paper]) -> Callable[[Paper], Paper]:
    """A change made for one encoder, then the other."""
    return lambda paper: change(change(paper, "mbert"), "xlmr")


def rows(heuristic: str, *sizes: int) -> list[str]:
    return [f"{heuristic}_{n}" for n in sizes or SIZES]


def every(paper: Paper, model: str) -> list[str]:
    return [name for name in paper.subsets(model) if name != "none"]


def facts(paper: Paper, **changes: object) -> Paper:
    held = made.MadeUp(paper.root)
    held.__dict__.update({name: value for name, value in paper.facts.__dict__.items() if name != "root"})
    other = type("Other", (made.MadeUp,), changes)(paper.root)
    other.__dict__.update({name: value for name, value in held.__dict__.items() if name not in changes})
    return edited(paper, facts=other, best_sets=paper.best_sets)


def with_code(paper: Paper, name: str, new: str) -> list[str]:
    """The list of a row with its last language replaced."""
    return [*paper.lists[name].used[:-1], new]


def left_out(paper: Paper) -> Paper:
    """Ghomala: a size in Table 7, scores in MasakhaPOS, in no average."""
    shown = {
        "language": "Ghomala",
        "nli": "",
        "pos": "599",
        "ner": "",
        "xlmr": "no",
        "mbert": "no",
        "opus100": "no",
        "nllb": "no",
    }
    scored = {
        "model": LABELS["xlmr"],
        "subset": "none",
        "seed": "17",
        "task": "pos",
        "evalset": "masakhapos",
        "language": "bbj",
        "metric": "accuracy",
        "score": "0.5",
    }
    sevens = [*paper.rows("table7.tsv")[:-1], shown, paper.rows("table7.tsv")[-1]]
    return edited(paper, table7=sevens, scores=[*paper.rows(made.SCORES), scored])


def near_zero(paper: Paper) -> Paper:
    """A printed POS cell that was averaged from a file whose African scores are zero."""
    name, label = "joshi_345__script_diverse", LABELS["mbert"]
    held = [row for row in paper.rows(made.SCORES) if (row["model"], row["subset"]) == (label, name)]
    zero = [{**row, "score": "0.00000"} if row["evalset"] == "masakhapos" else row for row in held]
    mean, std = made.average(zero, "pos")
    return printed(paper, {"table": POOLS["mbert"], "subset": name, "task": "pos"}, mean=f"{mean:.2f}", std=f"{std:.2f}")


def copied(paper: Paper) -> Paper:
    """A row of Table 9 printed once more under another name."""
    one, other = "seen_mbert__script_diverse", "seen_xlmr__script_diverse"
    held = {row["task"]: row for row in paper.rows("printed.tsv") if (row["table"], row["subset"]) == ("9", one)}
    rows = paper.rows("printed.tsv")
    return edited(
        paper,
        printed=[
            {**held[row["task"]], "subset": other} if (row["table"], row["subset"]) == ("9", other) else row for row in rows
        ],
    )


def captions(paper: Paper, one: str, other: str) -> Paper:
    """Two captions exchanged."""
    quotes = {row["id"]: row["quote"] for row in paper.rows("claims.tsv")}
    places = {f"caption-{one}": quotes[f"caption-{other}"], f"caption-{other}": quotes[f"caption-{one}"]}
    return edited(paper, claims=[{**row, "quote": places.get(row["id"], row["quote"])} for row in paper.rows("claims.tsv")])


def same_draw(paper: Paper) -> Paper:
    """Two seeds with one draw of five languages."""
    held = {row["seed"]: row["languages"] for row in paper.rows("subsets.tsv") if row["subset"] == "random_5"}
    wanted = {"subset": "random_5", "seed": "23"}
    return table(paper, "subsets", wanted, languages=held["17"])


def question_answering(paper: Paper) -> Paper:
    """A fourth task in which realignment loses two points."""
    found = []
    for row in paper.rows(made.SCORES):
        if row["evalset"] == "xnli":
            score = float(row["score"]) - (0 if row["subset"] == "none" else 0.1)
            found.append({**row, "task": "xquad", "evalset": "xquad", "metric": "f1", "score": f"{score:.5f}"})
    exact = [{**row, "metric": "exact_match"} for row in found]
    return edited(paper, scores=[*paper.rows(made.SCORES), *found, *exact])


def latin_label(paper: Paper) -> Paper:
    name = "Most diverse families within Indo-European"
    lists = {
        key: made.replace(row, printed_as=name) if key.startswith("family_indo") else row for key, row in paper.lists.items()
    }
    return edited(quoted(paper, "family-label"), lists=lists, best_sets=paper.best_sets)


def called_two(paper: Paper) -> Paper:
    name = "joshi_012__uriel_diverse_10"
    return listed(paper, name, printed_as="Joshi Class = 2 (Most URIEL)")


def two_of_family(paper: Paper, new: tuple[str, str]) -> Paper:
    """Distinct families with two languages of one."""
    name = "family_diverse_5"
    kept = [code for code in paper.lists[name].used if code not in new][:3]
    return listed(paper, name, [*kept, *new])


def two_of_script(paper: Paper) -> Paper:
    """Distinct scripts with two languages in Cyrillic."""
    name, known = "script_diverse_5", languages.paper()
    kept = [code for code in paper.lists[name].used if known[code].script != "Cyrillic"][:3]
    return listed(paper, name, [*kept, "rus", "bul"])


def latin_abroad(paper: Paper) -> Paper:
    """The Latin rows exchanged, and the most diverse 20 the best of them on AmericasNLI."""
    new = swapped(paper, diverse=2.9, similar=1.65)
    for model in LABELS:
        new = move(new, model, "latin_similar_20", 1.0, abroad)
        new = move(new, model, "latin_diverse_20", -0.4, abroad)
    return new


def without_lead(paper: Paper) -> Paper:
    return move(paper, "xlmr", rows("random"), 2.0, lambda row: inside(row) * scattered(1.0)(row))


def unseen_noise(paper: Paper) -> Paper:
    """All 65 languages scattered so widely that nothing can be told from it, on unseen languages of either kind."""
    for model in LABELS:
        unseen = level(model, "LRL unseen")
        paper = move(
            paper, model, "all_65", 1.0, lambda row, unseen=unseen: (unseen(row) * 5 + abroad(row) * 2) * scattered(1.0)(row)
        )
    return paper


def high_resource_lead(paper: Paper) -> Paper:
    """URIEL leads random draws by more on high-resource languages than on unseen ones: it loses less there, and gains less here."""
    uriel = rows("uriel_diverse")
    new = move(paper, "mbert", set(every(paper, "mbert")) - set(uriel), -1.7, level("mbert", "HRL"))
    return move(new, "mbert", uriel, -1.1, level("mbert", "LRL unseen"))


PLANTS: dict[str, Plant] = {
    # Overview
    "best-of-sizes": plant(lambda p: gains(p, "xlmr", "random_10", 2.4)),
    "significantly": plant(lambda p: move(p, "mbert", "script_diverse_18", 1.0, lambda row: inside(row) * scattered(3.0)(row))),
    "one-point": plant(lambda p: [p := gains(p, "mbert", name, 0.3 if name.startswith("script") else 0.5) for name in (*rows("script_diverse", 5, 10, 18), *rows("family_indoeuropean", 5, 10, 20), *rows("latin_similar", 5, 10, 20))][-1]),
    "below-the-baseline": plant(lambda p: gains(p, "mbert", "script_diverse_18", -0.5), "significantly"),
    "least-diverse": plant(lambda p: gains(p, "mbert", "uriel_similar_10", 3.0)),
    "clear-benefits": plant(lambda p: gains(p, "mbert", "family_diverse_5", 1.3), "least-diverse"),
    "worst-scripts": plant(lambda p: gains(p, "mbert", "script_diverse_18", 1.8)),
    "match-all": plant(lambda p: gains(p, "xlmr", "latin_diverse_41", 1.4), "stronger-than-random"),
    "over-baselines": plant(lambda p: gains(p, "xlmr", "african_21", 3.7)),
    "script-beneficial": plant(both(lambda p, m: move(p, m, rows("script_diverse", 5, 10), -0.5, abroad))),
    "more-effective": plant(both(lambda p, m: move(p, m, "all_65", 1.3, lambda row: inside(row) * scattered(1.0)(row))), "significantly"),
    "headline-power": plant(without_lead, "significantly"),
    # Scaling
    "five-are-enough": plant(lambda p: gains(p, "mbert", "script_diverse_5", -0.5), "below-the-baseline", "significantly"),
    "surpass-65": plant(lambda p: gains(p, "mbert", "all_65", 3.3), "often-match"),
    "stronger-than-random": plant(lambda p: gains(p, "xlmr", "latin_diverse_5", 1.95)),
    "lag-behind-random": plant(lambda p: gains(p, "mbert", "family_diverse_5", 2.05)),
    "dip-at-20": plant(lambda p: swapped(p, diverse=3.45, similar=1.65), "latin-20-swapped"),
    "plateau-at-20": plant(lambda p: gains(p, "xlmr", "uriel_similar_40", 2.5)),
    "number-or-diversity": plant(lambda p: gains(p, "mbert", "random_40", 3.4)),
    "often-match": plant(both(lambda p, m: gains(p, m, "all_65", 1.8))),
    "nearly-linear": plant(lambda p: gains(p, "mbert", "uriel_diverse_5", 2.2)),
    # Levels, AmericasNLI
    "ten-points": plant(lambda p: say(p, "ten-points", numbers="12")),
    "slight-drops": plant(lambda p: move(p, "mbert", "xtreme_r_47", 0.6, level("mbert", "HRL"))),
    "little-influence": plant(lambda p: move(p, "mbert", "uriel_similar_20", -4.5, level("mbert", "HRL"))),
    "stems-from-lrls": plant(high_resource_lead, "one-point"),
    "unseen-better-than-all": plant(unseen_noise, "ood-over-all", "ood-over-baseline", "more-effective", "significantly"),
    "seen-lrls": plant(lambda p: move(p, "mbert", every(p, "mbert"), -0.8, level("mbert", "LRL seen")), "one-point"),
    "ood-latin-exception": plant(latin_abroad, "latin-20-swapped"),
    "ood-over-random": plant(lambda p: move(p, "mbert", "family_diverse_5", -0.6, abroad)),
    "figure-4-caption": plant(lambda p: move(p, "mbert", "african_21", 1.0, abroad)),
    "ood-over-all": plant(both(lambda p, m: move(p, m, "all_65", 1.8, abroad)), "figure-4-caption"),
    "ood-over-baseline": plant(lambda p: move(p, "mbert", "family_indoeuropean_5", -2.0, abroad)),
    # Ablations
    "table-1-cells": plant(lambda p: printed(p, {"table": "1", "model": "mbert", "subset": "all_65", "task": "pos"}, mean=f"{p.first['mbert', 'all_65', 'pos'] + 0.2:.1f}")),
    "section-6-decrease": plant(lambda p: say(p, "decrease", numbers="0.1 5")),
    "section-6-substitutes": plant(lambda p: gains(p, "mbert", "seen_mbert__random", -0.1)),
    "ten-languages": plant(both(lambda p, m: move(p, m, [name for name in {row["subset"] for row in p.rows("printed.tsv")} if name.endswith("__random")], -2.5))),
    "sixfold": plant(lambda p: say(p, "sixfold", numbers="7")),
    "low-resource-pools": plant(lambda p: gains(p, "xlmr", "joshi_45__random", 1.4)),
    "uriel-within-pools": plant(both(lambda p, m: move(p, m, [name for name in {row["subset"] for row in p.rows("printed.tsv")} if name.endswith("__uriel_diverse")], -0.6))),
    # Lists
    "families-indo-european": plant(lambda p: listed(p, "family_diverse_5", with_code(p, "family_diverse_5", "ell")), "table-6-recomputed"),
    "families-repeated": plant(lambda p: two_of_family(p, ("ind", "msa")), "families-one-level", "table-6-recomputed"),
    "families-one-level": plant(lambda p: two_of_family(p, ("ara", "hau")), "table-6-recomputed"),
    "scripts-repeated": plant(two_of_script, "table-6-recomputed"),
    "latin-41-no-choice": plant(lambda p: gains(p, "mbert", "latin_diverse_41", 4.0)),
    "pool-of-65": plant(lambda p: say(p, "pool", numbers="46 21")),
    "appendix-lists": plant(lambda p: quoted(p, "appendix-lists")),
    "list-sizes": plant(lambda p: listed(p, "uriel_diverse_20", printed_n=22)),
    "diverse-20-list": plant(lambda p: listed(p, "uriel_diverse_20", [*p.lists["uriel_diverse_20"].used, "deu"], runs=False, printed_n=21)),
    "languages-column": plant(lambda p: printed(p, {"table": "9", "subset": "joshi_3__random"}, n="17")),
    "joshi-pools": plant(called_two),
    "pool-members": plant(lambda p: listed(p, "joshi_45__random_10", [*p.lists["joshi_45__random_10"].used, "tam"], runs=False, printed_n=len(p.members("joshi_45")) + 1)),
    "random-not-drawn": plant(lambda p: listed(p, "joshi_012__random_10", p.lists["joshi_012__random_10"].used[:10], runs=False, printed_n=10)),
    "indo-european-label": plant(latin_label),
    "latin-20-swapped": plant(lambda p: swapped(p, diverse=2.9, similar=1.65)),
    "table-6-recomputed": plant(lambda p: listed(p, "uriel_diverse_10", with_code(p, "uriel_diverse_10", "deu"))),
    # Tables
    "swapped-captions": plant(lambda p: captions(p, "8", "10")),
    "right-captions": plant(lambda p: captions(p, "9", "11")),
    "accuracy-or-f1": plant(lambda p: quoted(p, "caption-9")),
    "printed-twice": plant(copied),
    "table-4-one-run": plant(lambda p: say(p, "table-4-pos", numbers="40.0 38.8 30.0")),
    "llama-twice": plant(lambda p: say(p, "table-3-pos", numbers="39.8 41.9")),
    "llama-realigned": plant(lambda p: say(p, "table-3-ner", numbers="31.6 33.0")),
    "word-level-tasks": plant(lambda p: say(p, "table-4-pos-en", numbers="90.0 90.9 93.5")),
    "table-2-averages": plant(lambda p: say(p, "table-2-mbert-pos", numbers="90.0 0.3 90.1 0.3")),
    "slightly-better": plant(lambda p: say(p, "table-2-mbert-pos", numbers=f"{p.cells['8', 'all_65', 'pos'].mean} 0.3 {p.cells['8', 'all_65', 'pos'].mean + 5} 0.3")),
    "cells-recomputed": plant(lambda p: printed(p, {"table": "8", "subset": "uriel_similar_20", "task": "pos"}, mean=f"{p.cells['8', 'uriel_similar_20', 'pos'].mean + 0.02:.2f}")),
    "english-counts": plant(lambda p: evaluated(p, "mbert", "eng", [("ner", "wikiann")])),
    "french-of-afrixnli": plant(lambda p: evaluated(p, "mbert", "fra", [("nli", "xnli"), ("nli", "afrixnli")], shift=5.0), "dashes"),
    "never-realigned": plant(lambda p: evaluated(p, "xlmr", "sot", [("nli", "afrixnli")])),
    "random-draws": plant(same_draw),
    # Data
    "oromo-ticks": plant(lambda p: table(p, "table7", {"language": "Oromo"}, opus100="yes", nllb="no")),
    "fall-back": plant(lambda p: edited(p, subsets=[{**row, "languages": " ".join("arb_Arab" if one == "ar" else one for one in row["languages"].split())} for row in p.rows("subsets.tsv")])),
    "dashes": plant(lambda p: facts(p, sentences=tuple({**row, "printed": ""} if (row["language"], row["task"]) == ("ind", "nli") else row for row in p.facts.sentences))),
    "americas-unseen": plant(lambda p: say(p, "americas", numbers="10")),
    "nli-sets": plant(lambda p: say(p, "nli-sets", numbers="5")),
    "left-out": plant(left_out),
    "african-tags": plant(lambda p: facts(p, misread={"ADV": "INTJ"})),
    "african-files": plant(near_zero, "cells-recomputed"),
    # Text and settings
    "equation-1-sign": plant(lambda p: quoted(p, "equation-1")),
    "words-or-tokens": plant(lambda p: quoted(p, "tokens")),
    "ner-epochs": plant(lambda p: quoted(p, "epochs")),
    "seeds": plant(lambda p: say(p, "five-seeds", numbers="5")),
    "steps": plant(lambda p: say(p, "steps", numbers="24000")),
    "settings-of-the-code": plant(lambda p: facts(p, settings={"finetune": {"max_length": 96}})),
    "learning-rate": plant(lambda p: facts(p, rates={"mbert": 2e-5, "xlmr": 7.5e-6})),
    "licences": plant(lambda p: facts(p, licences=[{"corpus": "pos/udpos", "stated": "CC0-1.0", "observed": "CC BY-SA 4.0 (README)", "own": False, "agree": False}])),
    "small-things": plant(lambda p: table(p, "table5", {"code": "orm"}, code="gaz")),
    "small-phrases": plant(lambda p: quoted(p, "generative")),
    "xquad-left-out": plant(question_answering),
}  # fmt: skip
NOTES = {"thai-ner"}  # a property of the data, which no paper can state wrongly
