"""Settings: what is left out, what contradicts itself, and where the authors' code differs from the text; licences."""

import math
import re

from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import few, listed
from realignment.paper.paper import Paper
from realignment.results import headings

CODE = "github felixgaschi/multilingual-alignment-and-transfer"
RATES = "scripts/2025_aacl/controlled_realignment.py at 33a6603"  # and the tokens in fine-tuning
LENGTHS = "multilingual_eval/datasets/token_classification.py at 2351db3, multilingual_eval/datasets/xnli.py at 2248b5f"
LOSS = "multilingual_eval/models/realignment_loss.py at 33a6603"  # and the sentence vector
UNSTATED = "not stated"
WHICH = "A word from the authors on which of the two the printed runs used."
CORPORA = {"afrixnli": "AfriXNLI", "americasnli": "AmericasNLI", "masakhaner2": "MasakhaNER 2.0", "masakhapos": "MasakhaPOS"}
CORPORA |= {
    "myxnli": "Myanmar-XNLI",
    "nllb": "NLLB",
    "udpos": "UDPOS",
    "wikiann": "WikiANN",
    "xnli": "XNLI",
    "indonli": "IndoNLI",
}
SAID = {  # key of the preset reference-code -> what it is; the paper's way; the code's
    "fetch.bitext": ("corpora", "OPUS-100, else NLLB", "NLLB for some languages that OPUS-100 has (fall-back)"),
    "realign.pooling": ("sentence vector", "mean of the words", "mean of the first positions, as many as there are words"),
    "realign.splitter": ("splitting into words", UNSTATED, "\\w+, which leaves out combining marks"),
    "realign.layer": ("layer", UNSTATED, "last but one"),
    "realign.projection": ("projection head", UNSTATED, "trained along, dropped afterwards"),
    "finetune.max_length": ("tokens in fine-tuning", "200", ""),
    "evaluate.max_length": ("tokens in evaluation", "200", ""),
}


@check("equation-1-sign", "Equation 1", "wording")
def equation_1_sign(paper: Paper) -> Result:
    """The printed loss of a pair that lies together and of one that lies apart: what training minimises must be lower for the first."""

    def printed(aligned: float, other: float, temperature: float = 0.1) -> float:
        return math.log(math.exp(aligned / temperature) / (math.exp(aligned / temperature) + math.exp(other / temperature))) / 2

    minus = paper.claims["equation-1"].quote.partition("=")[2].strip().startswith("-")
    sign = -1 if minus else 1
    together, apart = sign * printed(0.9, 0.1), sign * printed(0.1, 0.9)
    return Result(
        together > apart,
        f"Equation 1: {rendered(paper.claims['equation-1'].quote)}.",
        "The minus sign is missing: as printed, a pair that lies together has the larger loss."
        if together > apart
        else "As printed a pair that lies together has the smaller loss.",
        {"loss of cosine 0.9 against 0.1": round(together, 4), "of 0.1 against 0.9": round(apart, 4), "code": f"{CODE}, {LOSS}"},
        "The authors' code has the sign (`nll_loss`)." if together > apart else "",
    )


def rendered(formula: str) -> str:
    """The LaTeX of Equation 1 as plain text, fractions with a stroke."""
    for mark, sign in {
        r"\\(?:mathcal|text)\{(\w+)\}": r"\1",
        r"\\(exp|log)": r"\1",
        r"\\theta": "θ",
        r"\\in\b": "∈",
        r"\\neq": "≠",
    }.items():
        formula = re.sub(mark, sign, formula)
    formula = re.sub(r"\\sum_\{([^{}]*)\}", r"Σ_[\1]", formula)
    return re.sub(
        r"\\frac\{([^{}]*)\}\{([^{}]*)\}",
        lambda one: f"({one[1]} / {one[2]})" if len(one[0]) > 20 else f"{one[1]}/({one[2]})",
        formula,
    )


@check("words-or-tokens", "Section 2 against Appendix A.2", "wording")
def words_or_tokens(paper: Paper) -> Result:
    said = {name: name in paper.claims[name].quote for name in ("words", "tokens")}
    return Result(
        all(said.values()),
        paper.quote("words", "tokens"),
        "The two are different means wherever a word has several subwords.",
        said,
    )


@check("ner-epochs", "Appendix A.6", "wording")
def ner_epochs(paper: Paper) -> Result:
    quote, tasks = paper.claims["epochs"].quote, {"pos": "PoS", "ner": "NER", "nli": "NLI"}
    missing = [name for name in tasks.values() if name not in quote]
    return Result(
        bool(missing),
        paper.quote("epochs"),
        f"The epochs of {listed(missing)} are not stated.",
        {"tasks without epochs": missing},
    )


@check("seeds", "Table 2 against Section 3.2", "wording")
def seeds(paper: Paper) -> Result:
    stored = sorted({seed for found in paper.runs.rows.values() for seed in found})
    five, four = paper.claims["five-seeds"].numbers[0], paper.claims["four-seeds"].numbers[0]
    named = [f"{seed:g}" for seed in paper.claims["random-seeds"].numbers]
    another = f"Appendix A.5 has {few(len(named))} ({', '.join(named)})" + (
        "" if named == stored else f", the stored runs of Tables 8 to 11 {few(len(stored))} ({', '.join(stored)})"
    )
    both = f"Appendix A.5 and the stored runs of Tables 8 to 11 have {few(len(named))} ({', '.join(named)})"
    unnamed = ", and the paper does not name the fifth" if five == len(named) + 1 else ""
    left = paper.facts.seeds_left_out
    return Result(
        five != four or len(stored) != four,
        paper.quote("five-seeds", "four-seeds"),
        f"Table 2 has {few(int(five))} seeds; {both if named == stored else another}{unnamed}."
        + (f" The authors' files contain a seed {listed(left)} for some NLI runs." if left else ""),
        {"seeds": stored, "Table 2": int(five)},
        "Table 2 is an experiment of its own, on another type of GPU (Appendix A.2)." if "different GPU" in paper.claims["another-gpu"].quote else "",
    )  # fmt: skip


@check("steps", "Appendix A.6 against Table 7", "number")
def steps(paper: Paper) -> Result:
    """24,544 are the steps of two XNLI epochs in batches of 32."""
    (training,) = [int(row["nli"]) for row in paper.rows("table7.tsv") if row["language"] == "English (training)"]
    epochs, batch = paper.claims["epochs"].numbers[1], paper.claims["hyperparameters"].numbers[1]
    found = epochs * math.ceil(training / batch)
    return Result(
        found != paper.claims["steps"].numbers[0],
        paper.quote("steps"),
        f"These are the steps of {epochs:g} XNLI epochs, {epochs:g} × ⌈{training:,} / {batch:g}⌉ = {found:,.0f}, the same for every subset.",
        {"steps": int(found)},
    )


@check("settings-of-the-code", "Appendix A.6", "number")
def settings_of_the_code(paper: Paper) -> Result:
    """Settings in which the published runs differ from the text: the preset `reference-code`."""
    preset = paper.facts.settings
    changed = {f"{verb}.{key}": value for verb, keys in preset.items() for key, value in keys.items()}
    length = paper.claims["hyperparameters"].numbers[2]
    trained = preset.get("finetune", {}).get("max_length", length)
    scored = preset.get("evaluate", {}).get("max_length", {})
    evidence, differ, unstated = {}, [], []
    for name, value in ((name, value) for name, value in changed.items() if name in SAID):
        what, text, code = SAID[name]
        if not name.endswith("max_length"):
            (unstated if text == UNSTATED else differ).append(f"{'a' if name.endswith('projection') else 'the'} {what}")
        spelled = (
            ", ".join(f"{task.upper()} {number}" for task, number in value.items()) if isinstance(value, dict) else str(value)
        )
        evidence[f"{what}: paper, code"] = f"{text}; {code or spelled}"
    by_length = {number: ", ".join(task.upper() for task, one in scored.items() if one == number) for number in scored.values()}
    cut = f" and at {' and '.join(f'{number} ({tasks})' for number, tasks in by_length.items())} in evaluation" if scored else ""
    others = f" {_sentence(differ)} differ too (evidence)" if differ else ""
    silent = f"{';' if differ else ''} {listed(unstated) if differ else _sentence(unstated)} are not stated" if unstated else ""
    return Result(
        any(one != length for one in (trained, *scored.values())),
        paper.quote("hyperparameters"),
        f"The authors' code truncates at {trained:g} tokens in fine-tuning{cut}, where the paper has {length:g}.{others}{silent}{'.' if others or silent else ''}",
        evidence | {"code": f"{CODE}, {RATES}, {LENGTHS}, {LOSS}"},
        settles=WHICH,
    )


def _sentence(parts: list[str]) -> str:
    """Parts that begin a sentence."""
    whole = listed(parts)
    return whole[0].upper() + whole[1:]


@check("learning-rate", "Appendix A.6", "number")
def learning_rate(paper: Paper) -> Result:
    """The rates of the two profiles: `paper` as the text has it, `reference-code` as the published runs were made."""
    rates = paper.facts.rates
    if not rates:
        return Result(False, paper.quote("hyperparameters"), "Not compared: the checkout has no profile reference-code.")
    stated = paper.claims["hyperparameters"].numbers[0]
    off = [f"{rate:g} for {headings.encoder(name)}".replace("e-0", "e-") for name, rate in rates.items() if rate != stated]
    return Result(
        bool(off),
        paper.quote("hyperparameters"),
        f"The authors' code has {listed(off)} ({RATES}).",
        {headings.encoder(name): rate for name, rate in rates.items()} | {"code": f"{CODE}, {RATES}"},
        settles=WHICH,
    )


@check("licences", "Appendix A.8", "wording", "realignment licences")
def licences_(paper: Paper) -> Result:
    """Corpora whose source leaves other uses open than the licence that is stated; whether a source states that one too."""
    from realignment.corpora import licences

    rows = [row for row in paper.facts.licences if not row["agree"]]
    named = {row["corpus"].rpartition("/")[2]: row for row in rows}
    absent = [name for name, row in named.items() if row["stated"].startswith("not listed")]
    upstream = [name for name, row in named.items() if row["own"] and name not in absent]
    parted = [
        name for name, row in named.items() if name not in (*absent, *upstream) and licences.among(row["stated"], row["observed"])
    ]
    other = [name for name in named if name not in (*absent, *upstream, *parted)]
    said = [
        f"the source of {len(other)} states other terms or none ({_corpora(other)})" if other else "",
        f"for {len(parted)} the sources disagree and the paper repeats one of them ({_corpora(parted)})" if parted else "",
        f"{len(upstream)} have the stated licence but derive from data under stricter terms ({_corpora(upstream)})"
        if upstream
        else "",
        f"{_corpora(absent)} {'is' if len(absent) == 1 else 'are'} missing from the list" if absent else "",
    ]
    quoted = [f"licence-{name}" for name in named if f"licence-{name}" in paper.claims]
    return Result(
        bool(rows),
        paper.quote(*quoted),
        f"Of {len(paper.facts.licences)} corpora, {'; '.join(filter(None, said)) or 'none differs'}.",
        {row["corpus"]: f"stated {row['stated']}; observed {row['observed']}" for row in rows},
        f"For {few(len(parted) + len(upstream))} of these {few(len(rows))} the stated licence is one that a source states."
        if parted or upstream
        else "",
    )


def _corpora(names: list[str]) -> str:
    return listed(CORPORA.get(name, name) for name in names)
