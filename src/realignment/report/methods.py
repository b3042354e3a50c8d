"""The paragraph of methods: what the runs of a study were made with, word by word from their records."""

from collections.abc import Iterable, Mapping
from typing import Any

from realignment.records.record import Record
from realignment.results import headings
from realignment.tasks import QUESTIONS


def paragraphs(study: Mapping[str, Any]) -> list[str]:
    """A sentence or two a verb; a setting that differs between runs is given with all its values."""
    records = study["records"]
    made = {verb: [one for one in records if one.verb == verb] for verb in ("realign", "finetune", "evaluate")}
    found = [_realign(made["realign"])] if made["realign"] else []
    found += [_finetune(made["finetune"])] if made["finetune"] else []
    found += [_evaluate([one for one in made["evaluate"] if one.task])] if made["evaluate"] else []
    found += _decoders([one for one in records if one.verb != "evaluate" and "attention" in one.params])
    return [*found, _environment(records)]


def _values(records: Iterable[Record], key: str) -> str:
    """The value of a parameter, or all its values in order."""
    held = dict.fromkeys(_text(record.params[key]) for record in records if record.params.get(key) is not None)
    return " or ".join(held) or "—"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _realign(records: list[Record]) -> str:
    def of(key: str) -> str:
        return _values(records, key)

    shared = [
        f"{of('steps')} updates of {of('pairs')} pairs, the language uniform for each pair" if of("steps") != "—" else "",
        f"{of('pairs_per_language')} pairs of each language, mixed, {of('pairs')} an update"
        if of("pairs_per_language") != "—"
        else "",
    ]
    return (
        f"Realignment: {' or '.join(filter(None, shared))}, both sides cut at {of('max_length')} "
        f"tokens; the contrastive loss of Eq. 1 (with its minus sign) over all vectors of a batch, cosine divided by {of('temperature')}, unit "
        f"{of('unit')}, pooling {of('pooling')}, words split by {of('splitter')}, layer {of('layer')}, projection head {of('projection')}, "
        f"frozen blocks {of('freeze')}, false negatives masked {of('mask_false_negatives')}; Adam (0.9, 0.999, 1e-8), constant rate "
        f"{of('learning_rate')}, no decay, embeddings updated {of('embedding')}, {of('dtype')}."
    )


def _decoders(records: list[Record]) -> list[str]:
    """A sentence a label: what was trained in a decoder, and how it looks at a sentence."""
    found = []
    for label in dict.fromkeys(one.cell.encoder for one in records):
        own = [one for one in records if one.cell.encoder == label]
        rank, alpha, dropout, targets = (_values(own, f"lora_{name}") for name in ("rank", "alpha", "dropout", "targets"))
        held = f", its base kept in {kept}" if (kept := _values(own, "quantized")) not in ("—", "") else ""
        found.append(
            f"`{label}` is a decoder and frozen but for adapters (LoRA, rank {rank}, alpha {alpha}, dropout {dropout}) on "
            f"{targets.replace(',', ', ')}, which are trained in realignment and go on in fine-tuning{held}; attention {_values(own, 'attention')}."
        )
    return found


def _finetune(records: list[Record]) -> str:
    tasks = {task: [one for one in records if one.task == task] for task in headings.TASKS}
    each = [
        f"{headings.task(task)} {_values(found, 'epochs')} {'epoch' if _values(found, 'epochs') == '1' else 'epochs'} at {_values(found, 'learning_rate')}"
        for task, found in tasks.items()
        if found
    ]
    return (
        f"Fine-tuning on English alone: {', '.join(each)}; batches of {_values(records, 'batch')}, at most {_values(records, 'max_length')} tokens; "
        f"{f'words {words}; ' if (words := _values(records, 'words')) != '—' else ''}"
        f"Adam as above, linear schedule with {_values(records, 'warmup')} of the updates as warm-up; the last state is used, none is chosen on "
        f"development data. {_values(records, 'dtype')}."
    )


def _evaluate(records: list[Record]) -> str:
    each = [
        f"{headings.task(task)} {_values(found, 'max_length')}"
        for task in headings.TASKS
        if (found := [one for one in records if one.task == task])
    ]
    return (
        f"Evaluation: zero-shot on the test rows of every language, at most {', '.join(each)} tokens, words beyond it count as errors; accuracy "
        "for POS (words) and NLI (pairs), F1 of whole entities for NER."
        f"{_asked([one for one in records if one.task in QUESTIONS])}"
    )


def _asked(records: list[Record]) -> str:
    """How questions are answered and scored; "" where none are."""
    if not records:
        return ""
    titles = ", ".join(headings.task(task) for task in headings.TASKS if any(one.task == task for one in records))
    return (
        f" {titles}: contexts in windows with {_values(records, 'stride')} tokens in common, of all windows the best span; mean over questions of the F1 over the "
        "words of an answer, and exact match, answers compared by the rules of MLQA's evaluation script; in no average over tasks."
    )


def _environment(records: list[Record]) -> str:
    names = ("torch", "transformers", "tokenizers", "numpy", "peft", "device", "threads")
    held = {
        name: " or ".join(dict.fromkeys(str(one.environment[name]) for one in records if name in one.environment))
        for name in names
    }
    return "Computed with " + ", ".join(f"{name} {value}" for name, value in held.items() if value) + "."
