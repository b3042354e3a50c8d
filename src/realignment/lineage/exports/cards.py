"""A model card for every registered model: the card that the study wrote, with what hubs look for in front and the results behind."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realignment.core import escaping
from realignment.core.console import track
from realignment.corpora import licences
from realignment.corpora.manifest import Inputs
from realignment.lineage.exports.files import UNSTATED, path_of
from realignment.records import sealing
from realignment.records.cell import OTHERWISE
from realignment.records.record import Record, Score
from realignment.results import formatting
from realignment.results.scores import RETRIEVAL
from realignment.study import adapted, cards
from realignment.tasks import KINDS as KINDS_OF_TASKS
from realignment.tasks import MODULES

FILE_NAME = "README.md"
KINDS = {  # what hubs call a task
    "": ("sentence-similarity", "Retrieval of translations, English to X"), "words": ("token-classification", "Token classification"),
    "pair": ("text-classification", "Natural language inference"), "span": ("question-answering", "Extractive question answering"),
}  # fmt: skip
AUTO = {  # as engine/heads.py, which imports torch
    "words": "AutoModelForTokenClassification", "pair": "AutoModelForSequenceClassification", "span": "AutoModelForQuestionAnswering",
}  # fmt: skip
TOP = "top-1 accuracy"
NAMES = {
    "CC0-1.0": "cc0-1.0",
    "MIT": "mit",
    "Apache 2.0": "apache-2.0",
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
}
ALONE = re.compile(r"([^;(]+?)(?: \([^;]*\))?")  # one licence, and a remark
GENERATED = "generated languages"
NOTE = "A reading of the licences' names, no legal advice."


@dataclass(frozen=True)
class Known:
    """What a card is written from: every finished run that can be believed, and the data. `bases`: what a base encoder goes by (`Cell.base`) -> its name."""

    records: Mapping[str, Record]  # by run key
    registered: Mapping[str, str]  # run key -> models:/NAME/VERSION
    bases: Mapping[str, str]
    inputs: Inputs
    study: frozenset[str]  # keys of the runs in study.json


def of_study(known: Known) -> dict[str, str]:
    """`NAME/VERSION` of each registered model -> its card."""
    evaluated: dict[str, list[Record]] = defaultdict(list)
    for record in known.records.values():
        if record.verb == "evaluate" and record.parent:
            evaluated[record.parent].append(record)
    made = [(name.removeprefix("models:/"), known.records[key]) for key, name in known.registered.items() if key in known.records]
    return {
        name: _card(name, record, sorted(evaluated[record.key], key=lambda one: one.name), known)
        for name, record in track(sorted(made, key=lambda one: one[0]), "cards")
    }


def _card(name: str, record: Record, results: Sequence[Record], known: Known) -> str:
    chain = _chain(record, known.records)
    parts = _parts(chain, known)
    base = adapted.called(known.inputs.workspace, record.job)
    text = (
        cards.model(record.job, auto(record.task), record.params.get("sentence_vector", ""), base=base)
        if record.task
        else cards.encoder(record.job, base=base)
    )
    return cards.published(
        text, _front(name, record, results, parts, known), "\n".join(_sections(record, chain, results, parts, known))
    )


def auto(task: str) -> str:
    """The class of `transformers` that loads a model of a task, or an encoder."""
    if not task:
        return "AutoModel"
    return AUTO[KINDS_OF_TASKS[task]]


def _chain(record: Record, records: Mapping[str, Record]) -> list[Record]:
    """The run and those of the models below it, nearest first."""
    found = [record]
    while found[-1].parent in records:
        found.append(records[found[-1].parent])
    return found


def _parts(chain: Iterable[Record], known: Known) -> dict[str, str]:
    """What the weights are made from -> licence, as `realignment licences` lists them."""
    parts = {}
    for record in chain:
        base = known.bases.get(record.cell.base, "")
        parts[f"encoder {base or record.cell.base}"] = licences.of_encoder(
            base, known.inputs.workspace, known.inputs.entries.values()
        )
        for role, used in sorted(record.inputs.items()):
            if role.startswith("bitext/") or role == "train":
                path = path_of(role, record.task, used, known.inputs) or f"{role} of {record.name}, which is not the file at hand"
                parts[path] = known.inputs.entries.get(path, {}).get("licence") or UNSTATED
    return parts


def _front(name: str, record: Record, results: Sequence[Record], parts: Mapping[str, str], known: Known) -> dict[str, Any]:
    base, generated = known.bases.get(record.cell.base, ""), any("generated" in one for one in parts.values())
    languages = sorted({known.inputs.pivot, *(code for one in _chain(record, known.records) for code in one.languages)})
    adapted = "attention" in record.params  # of a decoder, whose adapters alone were trained
    front = {
        "language": languages,
        **licence_of(parts.values()),
        "library_name": "peft" if adapted else "transformers",
        "pipeline_tag": _kind(record)[0] if record.task else "feature-extraction",
    }
    front |= {"base_model": base.removeprefix("hub:").partition("@")[0]} if base.startswith("hub:") else {}
    front |= {"base_model_relation": "adapter"} if adapted else {}
    front |= {"datasets": found} if (found := _datasets(parts, known.inputs)) else {}
    front["tags"] = [
        "realignment",
        record.cell.row,
        record.cell.seeds.label,
        *([GENERATED] if generated else []),
        *(["trial"] if record.trial else []),
    ]
    front["model-index"] = [
        {
            "name": name,
            "results": [_result(one, score, known) for one in results for score in one.scores if score.score is not None],
        }
    ]
    return front if front["model-index"][0]["results"] else {key: value for key, value in front.items() if key != "model-index"}


def licence_of(stated: Iterable[str]) -> dict[str, str]:
    """One licence where every part has that one; else `other`, named by what all of them together leave."""
    texts = sorted(set(stated))
    alone = ALONE.fullmatch(texts[0]) if len(texts) == 1 else None
    known = NAMES.get(alone[1]) if alone else None
    if known:
        return {"license": known}
    return {"license": "other", "license_name": licences.verdict([licences.terms(one) for one in texts])}


def _datasets(parts: Mapping[str, str], known: Inputs) -> list[str]:
    """Those that lie on a hub, as it calls them."""
    origins = {one for path in parts for one in known.entries.get(path, {}).get("origin", "").split("; ")}
    return sorted({"/".join(one.removeprefix("hub:").split("/")[:2]) for one in origins if one.startswith("hub:")})


def _kind(record: Record) -> tuple[str, str]:
    return KINDS[KINDS_OF_TASKS[record.task] if record.task else ""]


def _result(record: Record, score: Score, known: Known) -> dict[str, Any]:
    """As the metadata of a model card has a result: the score of one evaluation set and language, in [0, 1]."""
    kind, title = _kind(record)
    path = f"evalsets/{record.task}/{score.set}/{score.language}.parquet" if record.task else f"bitext/{score.language}.parquet"
    entry = known.inputs.entries.get(path, {})
    about = {
        "type": score.set,
        "name": f"{score.set} {score.language}",
        "config": score.language,
        "split": "test" if record.task else "heldout",
    }
    about |= {"revision": entry["revision"]} if entry.get("revision") else {}
    metric = MODULES[record.task].METRIC if record.task else "accuracy"
    metrics = [{"type": metric, "name": metric if record.task else TOP, "value": score.score}]
    metrics += [{"type": "exact_match", "name": "exact match", "value": score.exact}] if score.exact is not None else []
    return {"task": {"type": kind, "name": title}, "dataset": about, "metrics": metrics}


def _sections(
    record: Record, chain: Sequence[Record], results: Sequence[Record], parts: Mapping[str, str], known: Known
) -> list[str]:
    cell = record.cell
    how = "realigned otherwise:" if cell.control in OTHERWISE else "control"
    said = [
        "## How it was made\n",
        f"- Subset `{cell.subset}`{f', {how} `{cell.control}`' if cell.control else ''}; seeds {cell.seeds.label}.",
    ]
    for one in reversed(chain):
        said.append(
            f"- `{one.name}`: run key `{one.key}`, {one.seconds:g} seconds, model sha256 `{sealing.model_digest(one) or UNSTATED}`."
        )
    if chain[-1].parent:
        said.append(
            f"- The run `{chain[-1].parent}`, whose model it was made from, is not at hand: what it was made of is not in this card."
        )
    said.append(
        f"- Base encoder: `{known.bases.get(cell.base) or cell.base}`, sha256 `{chain[-1].inputs.get('encoder', UNSTATED)}`."
    )
    kept = {name: value for name, value in record.counts.items() if name.startswith("weights/")}
    said += (
        [
            f"- Weights of the base that were not taken as they stand: {', '.join(f'{name[8:]} {value}' for name, value in sorted(kept.items()))}."
        ]
        if kept
        else []
    )
    said += [] if record.key in known.study else ["- It was made by hand and is in no table of the study."]
    said += ["\n## Results\n", *_table(results)] if results else ["\nNo evaluation of this model is at hand."]
    said += ["\n## Licences of what it was made of\n", "| part | licence |", "|---|---|"]
    said += [f"| {escaping.markdown(part)} | {escaping.markdown(licence)} |" for part, licence in parts.items()]
    said.append(f"\nTogether: {licences.verdict([licences.terms(one) for one in parts.values()])}. {NOTE}")
    if any("generated" in one for one in parts.values()):
        said.append("\nIts languages are generated. They test software, and nothing here says anything about a real language.")
    return [*said, ""]


def _table(results: Sequence[Record]) -> list[str]:
    rows = ["| task | set | language | score, in percent | n |", "|---|---|---|--:|--:|"]
    for record in results:
        for one in record.scores:
            shown = formatting.MISSING if one.score is None else formatting.percent(one.score)
            rows.append(
                f"| {record.task or RETRIEVAL} | {escaping.markdown(one.set)} | {one.language} | {shown} | {one.n or ''} |"
            )
    return rows
