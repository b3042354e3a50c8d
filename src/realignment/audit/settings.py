"""Settings: what is left out, what contradicts itself, and where the authors' code differs from the text."""

import math

from realignment import layout
from realignment.audit import Result, check
from realignment.audit.paper import Paper


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
        "the minus sign is missing: as printed, a pair that lies together has the larger loss",
        {"loss of cosine 0.9 against 0.1": round(together, 4), "of 0.1 against 0.9": round(apart, 4)},
    )


@check("words-or-tokens", "Section 2 against Appendix A.2", "wording")
def words_or_tokens(paper: Paper) -> Result:
    said = {name: name in paper.claims[name].quote for name in ("words", "tokens")}
    return Result(
        all(said.values()),
        paper.quote("words", "tokens"),
        "the two are different means wherever a word has several subwords",
        said,
    )


@check("ner-epochs", "Appendix A.6", "wording")
def ner_epochs(paper: Paper) -> Result:
    quote, tasks = paper.claims["epochs"].quote, {"pos": "PoS", "ner": "NER", "nli": "NLI"}
    missing = [name for name in tasks.values() if name not in quote]
    return Result(
        bool(missing),
        paper.quote("epochs"),
        f"the epochs of {', '.join(missing)} are not stated",
        {"tasks without epochs": missing},
    )


@check("seeds", "Table 2 against Section 3.2", "wording")
def seeds(paper: Paper) -> Result:
    stored = sorted({seed for found in paper.runs.rows.values() for seed in found})
    five, four = paper.claims["five-seeds"].numbers[0], paper.claims["four-seeds"].numbers[0]
    return Result(
        five != four or len(stored) != four,
        paper.quote("five-seeds", "four-seeds"),
        f"Table 2 has a seed that is named nowhere; the stored runs have {', '.join(stored)}",
        {"seeds": stored, "Table 2": int(five)},
    )


@check("steps", "Appendix A.6 against Table 7", "number")
def steps(paper: Paper) -> Result:
    """24,544 are the steps of two XNLI epochs in batches of 32."""
    (training,) = [int(row["nli"]) for row in paper.rows("table7.tsv") if row["language"] == "English (training)"]
    epochs, batch = paper.claims["epochs"].numbers[1], paper.claims["batches"].numbers[0]
    found = epochs * math.ceil(training / batch)
    return Result(
        found != paper.claims["steps"].numbers[0],
        paper.quote("steps"),
        f"{epochs:g} × ⌈{training:,} / {batch:g}⌉ = {found:,.0f}: fixed for every subset",
        {"steps": int(found)},
    )


@check("settings-of-the-code", "Appendix A.6", "number")
def settings_of_the_code(paper: Paper) -> Result:
    """Settings in which the published runs differ from the text: the preset `reference-code`."""
    import yaml

    from realignment.languages import DATA

    preset = yaml.safe_load((DATA / "presets.yaml").read_text(encoding="utf-8"))["reference-code"]
    changed = {f"{verb}.{key}": str(value) for verb, keys in preset.items() for key, value in keys.items()}
    length = paper.claims["batches"].numbers[1]
    used = [preset.get("finetune", {}).get("max_length", length), *preset.get("evaluate", {}).get("max_length", {}).values()]
    return Result(
        any(one != length for one in used),
        paper.quote("batches"),
        f"the authors' code has lengths of {', '.join(map(str, sorted(set(used))))}, and differs in {len(changed)} settings",
        changed,
    )


@check("learning-rate", "Appendix A.6", "number")
def learning_rate(paper: Paper) -> Result:
    """The rates of the two profiles: `paper` as the text has it, `reference-code` as the published runs were made."""
    from realignment import params
    from realignment.workspace import Workspace

    if "reference-code" not in params.profiles(paper.root):
        return Result(False, paper.quote("learning-rate"), "not compared: the checkout has no profile reference-code")
    study = params.load(Workspace(paper.root, "reference-code"))
    rates = {name: one.get("learning_rate") or study.realign.learning_rate for name, one in study.study.encoders.items()}
    stated = paper.claims["learning-rate"].numbers[0]
    off = [f"{rate:g} for {layout.encoder(name)}" for name, rate in rates.items() if rate != stated]
    return Result(bool(off), paper.quote("learning-rate"), f"the authors' code has {', '.join(off)}", rates)
