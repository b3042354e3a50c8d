"""Sentences of the text that do not go together, each too small for a line of its own; none of them carries a result."""

from collections.abc import Callable

from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import counted, listed
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS


def pool_of_another(paper: Paper) -> str:
    """Where the pool comes from."""
    composed = {int(one) for one in paper.claims["pool"].numbers}
    said = paper.claims["gaschi"]
    if "used in Gaschi" not in said.quote or int(said.numbers[0]) in composed:
        return ""
    return f"{said.where} takes the {said.numbers[0]:g} languages from earlier work, where Section 3.1 composes them of {listed(sorted(composed))}"


def one_gpu(paper: Paper) -> str:
    whole, other = paper.claims["h100"], paper.claims["another-gpu"]
    if "All experiments" not in whole.quote or "different GPU type" not in other.quote:
        return ""
    return f"{whole.where} has all experiments on one type of GPU, {other.where} those of Table 2 on another"


def same_settings(paper: Paper) -> str:
    """Table 4 against A.3, which has the same scores of Llama."""
    scores = [(paper.claims[f"table-3-{task}"].numbers[0], paper.claims[f"table-4-{task}"].numbers[1]) for task in TASKS]
    adapters = "LoRA" in paper.claims["lora"].quote and "LoRA" not in paper.claims["same-settings"].quote
    if (
        not adapters
        or "the same experimental settings" not in paper.claims["same-settings"].quote
        or any(one != other for one, other in scores)
    ):
        return ""
    return f"the caption of Table 4 speaks of the same settings, while the {len(scores)} scores of Llama in it are those of adapters (Appendix A.3) and XLM-R is fine-tuned whole"


def medium_resource(paper: Paper) -> str:
    """Classes of MRLs in footnote 3 and in Section 6."""
    footnote = paper.claims["footnote-3"].quote.partition("MRLs = ")[2].partition(",")[0]
    section = paper.claims["section-6-pools"].quote.partition("MRLs only (Joshi ")[2].partition(")")[0]
    return f"MRLs are Joshi classes {footnote} in footnote 3 and class {section} in Section 6" if footnote != section else ""


def encoder_only(paper: Paper) -> str:
    if "to encoder-only models and generative" not in paper.claims["generative"].quote:
        return ""
    return "Appendix A.4 speaks of adapting realignment to encoder-only models, which the paper realigns, where decoder-only ones must be meant"


def pretraining_language(paper: Paper) -> str:
    if "English being the pre-training language" not in paper.claims["script-beneficial"].quote:
        return ""
    return "Section 4.1 calls English the pre-training language, where the language of fine-tuning must be meant"


PHRASES: tuple[Callable[[Paper], str], ...] = (
    pool_of_another, one_gpu, same_settings, medium_resource, encoder_only, pretraining_language,
)  # fmt: skip


@check("small-phrases", "Sections 4.1 and 6, Appendix A", "wording")
def small_phrases(paper: Paper) -> Result:
    """Pairs of sentences that cannot both stand as they are written."""
    found = [text for one in PHRASES if (text := one(paper))]
    whole = "; ".join(f"({number}) {text}" for number, text in enumerate(found, 1))
    return Result(
        bool(found),
        paper.quote("gaschi", "h100", "another-gpu", "same-settings", "section-6-pools", "generative", "script-beneficial"),
        f"{counted(len(found), 'phrase')}: {whole}." if found else "These sentences go together.",
        {f"({number})": text for number, text in enumerate(found, 1)},
        "No result hangs on any of them." if found else "",
    )
