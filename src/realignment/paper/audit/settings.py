"""Settings: what is left out, what contradicts itself, and where the authors' code differs from the text; licences."""

import math

from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import counted, listed
from realignment.paper.paper import Paper
from realignment.results import headings

CODE = "github felixgaschi/multilingual-alignment-and-transfer"
RATES = "scripts/2025_aacl/controlled_realignment.py at 33a6603"
LENGTHS = "multilingual_eval/datasets/token_classification.py at 2351db3"
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
    "fetch.bitext": ("corpora", "OPUS-100, else NLLB", "NLLB for 27 languages, 11 of which OPUS-100 has (fall-back)"),
    "realign.pooling": ("sentence vector", "mean of the words", "mean of the first positions, as many as there are words"),
    "realign.splitter": ("words", "not stated", "\\w+, which leaves out combining marks"),
    "realign.layer": ("layer", "last", "last but one"),
    "realign.projection": ("projection head", "not mentioned", "trained along, dropped afterwards"),
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
        paper.quote("equation-1"),
        "The minus sign is missing: as printed, a pair that lies together has the larger loss.",
        {"loss of cosine 0.9 against 0.1": round(together, 4), "of 0.1 against 0.9": round(apart, 4)},
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
    return Result(
        five != four or len(stored) != four,
        paper.quote("five-seeds", "four-seeds"),
        f"Table 2 has {five:g} seeds; the stored runs have {len(stored)}, {listed(stored)}, and a fifth is named nowhere.",
        {"seeds": stored, "Table 2": int(five)},
    )


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
    evidence = {}
    for name, value in changed.items():
        what, text, code = SAID.get(name, (name, "as params.yaml", ""))
        spelled = (
            ", ".join(f"{task.upper()} {number}" for task, number in value.items()) if isinstance(value, dict) else str(value)
        )
        evidence[f"{what}: paper, code"] = f"{text}; {code or spelled}"
    return Result(
        any(one != length for one in (trained, *scored.values())),
        paper.quote("hyperparameters"),
        f"The authors' code cuts fine-tuning at {trained} tokens and evaluation at {listed(f'{number} ({task.upper()})' for task, number in scored.items())}, "
        f"not {length:g}. {counted(len(changed), 'setting')} differ in all; the evidence lists them, paper against code.",
        evidence | {"code": f"{CODE}, {LENGTHS}"},
        settles="A word of the authors which of the two the printed runs used.",
    )


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
        settles="A word of the authors which of the two the printed runs used.",
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
    quoted = [f"licence-{name}" for name in named if f"licence-{name}" in paper.claims]
    return Result(
        bool(rows),
        paper.quote(*quoted),
        f"Of {len(paper.facts.licences)} corpora {len(other)} have a source that states other terms or none ({_corpora(other)}); of {len(parted)} the sources "
        f"disagree, one of them stating these ({_corpora(parted)}); {len(upstream)} state these but stand on data of stricter ones "
        f"({_corpora(upstream)}); {_corpora(absent)} is not listed.",
        {row["corpus"]: f"stated {row['stated']}; observed {row['observed']}" for row in rows},
        "Where sources disagree the paper repeats one of them.",
    )


def _corpora(names: list[str]) -> str:
    return listed(CORPORA.get(name, name) for name in names)
