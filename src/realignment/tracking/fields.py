"""A record of a finished job as MLflow shows it: tags, parameters, metrics. Values in, values out."""

import hashlib
import re
from dataclasses import asdict
from typing import Any

from realignment.core import hashing
from realignment.records.cell import seed_label
from realignment.records.record import Record, Score

LONG = 500  # characters of a parameter past which it goes into params.json and its hash stands for it
UPSTREAM = ("realign.", "finetune.")
ENVIRONMENT = ("device", "dtype", "threads", "torch", "transformers")  # shown as parameters
SAME = {*ENVIRONMENT, "encoder", "subset", "control", "seed", "task", "language_count", "languages"}  # all along a chain
SEAL = "sha256.record"  # the tag that keeps the seal of a record where an edit of the record does not reach it
FORM = "form"  # the tag that says how a run shows its lineage
FORMS = "sets, models, note"  # what it holds: data sets by set, MLflow's objects for models, a note; runs from before have no such tag
DATA = ("bitext", "evalset", "alignment", "train")  # roles of inputs that are no model


def alias(record: Record) -> str:
    return record.cell.seeds.label.replace(".", "-")


def tags(record: Record, profile: str) -> dict[str, str]:
    """What runs are found by, and the hashes of what came out and of the models that went in."""
    cell = record.cell
    found = {
        "kind": "run",
        "run_key": record.key,
        "cell_key": record.cell_key,
        "verb": record.verb,
        "encoder": cell.encoder,
        "subset": cell.subset,
        "control": cell.control,
        "task": record.task,
        "seed": seed_label(record.cell.seeds),
        "profile": profile,
        "parent_key": record.parent,
        "numerics": record.environment.get("numerics", ""),
        "kernels": record.kernels,
        "trial": trial(record),
        SEAL: record.seal,
        FORM: FORMS,
    }
    found |= {f"sha256.{name}": value for name, value in record.hashes.items()}
    found |= {f"sha256.{role}": value for role, value in record.inputs.items() if not is_data(role)}
    return {name: str(value) for name, value in found.items() if value not in ("", None)}


def trial(record: Record) -> str:
    """`freeze=front, steps=20`: the settings in which a run by hand differs from its profile; "" where none does."""
    return ", ".join(f"{name}={text(value)}" for name, value in sorted(record.trial.items()))


def version_tags(record: Record) -> dict[str, str]:
    """By which versions of one registered model are told apart: key, seed, settings that are not the profile's, and what it was made of."""
    made_of = {name: getattr(record, name) for name in ("inputs", "languages", "environment", "parent")}
    tags = {
        "run_key": record.key,
        "seed": seed_label(record.cell.seeds),
        "verb": record.verb,
        "made_of": hashing.digest(made_of)[:12],
    }
    tags["settings"] = "a trial" if record.trial else "the profile's"
    return tags | {name: text(value) for name, value in record.trial.items()}


def is_data(role: str) -> bool:
    return role.partition("/")[0].rstrip("s") in DATA


def dataset(role: str, task: str) -> str:
    """How an input is called in the interface: `evalsets/pos/udpos/deu`, `train/pos`, `bitext/deu`."""
    kind, _, rest = role.partition("/")
    return f"evalsets/{task}/{rest}" if kind == "evalset" else f"train/{task}" if kind == "train" else role


def inherited(parent: dict[str, str], verb: str) -> dict[str, str]:
    """Parameters of the run a model comes from, as its readers show them: `realign.steps`. What it inherited stays as it is."""
    own = {name: value for name, value in parent.items() if not name.startswith("resolved.") and name not in SAME}
    return {name if name.startswith(UPSTREAM) else f"{verb}.{name}": value for name, value in own.items()}


def params(record: Record) -> tuple[dict[str, str], dict[str, Any]]:
    """(parameters as shown, the long ones in full). Nested settings are flattened with dots; languages are listed and counted."""
    cell = record.cell
    shown: dict[str, Any] = {"encoder": cell.encoder, "subset": cell.subset, "control": cell.control or "none"}
    shown["seed"] = seed_label(record.cell.seeds)
    if record.task:
        shown["task"] = record.task
    seeds = asdict(cell.seeds)
    if len(set(seeds.values())) > 1:
        shown |= {f"seed_{part}": value for part, value in seeds.items()}
    shown["language_count"] = len(record.languages)
    if record.languages:
        shown["languages"] = " ".join(record.languages)
    shown |= {name: value for name, value in flat(record.params).items() if name not in shown}
    shown |= {name: record.environment[name] for name in ENVIRONMENT if name in record.environment}
    texts = {name: text(value) for name, value in shown.items()}
    long = {name: shown[name] for name, value in texts.items() if len(value) > LONG}
    for name in long:
        texts[name] = f"sha256:{hashlib.sha256(texts[name].encode()).hexdigest()} (params.json)"
    return texts, long


def text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return hashing.canonical(value) if isinstance(value, (dict, list, tuple)) else str(value)


def flat(value: dict, prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, dict) and inner:
            found |= flat(inner, f"{prefix}{name}.")
        else:
            found[prefix + str(name)] = inner
    return found


def metrics(record: Record, pivot: str) -> list[tuple[str, float, int]]:
    """(name, value, step): one score per set and language, their mean with the pivot apart, curves, counts, seconds.

    A score that is undefined is in no mean; `<task>/undefined` counts them where there are any.
    MLflow draws a section a prefix, sorted: loss, the tasks, then what was used.
    """
    found: list[tuple[str, float, int]] = []
    by_task: dict[str, list[Score]] = {}
    for score in record.scores:
        if score.score is not None:
            found.append((name_of(f"{score.task}/{score.set}/{score.language}"), score.score, 0))
        by_task.setdefault(score.task, []).append(score)
    for task, every in by_task.items():
        scores = [score for score in every if score.score is not None]
        if len(scores) < len(every):
            found.append((f"{task}/undefined", len(every) - len(scores), 0))
        others = [score.score for score in scores if score.language != pivot]
        english = [score.score for score in scores if score.language == pivot]
        means = {"mean": others, "english": english}
        found += [(f"{task}/{name}", sum(values) / len(values), 0) for name, values in means.items() if values]
        found.append((f"{task}/cut", sum(score.cut for score in every), 0))
    for curve, points in (record.curves | record.usage).items():
        name = curve if curve.startswith("system/") else f"{curve}/{record.verb}"  # the interface has a tab for system/
        found += [(name_of(name), value, int(step)) for step, value in points]
    found += [
        (f"gradient_{what}/{group}", value, 0)
        for group, about in record.gradients.items()
        for what, value in about.items()
        if value is not None
    ]
    found += [(name_of(f"used/{name}"), value, 0) for name, value in record.counts.items()]
    found.append(("seconds", record.seconds, 0))
    return [(name, float(value), step) for name, value, step in found]


def name_of(name: str) -> str:
    """`name` with what MLflow does not take in a metric's name replaced."""
    return re.sub(r"[^\w\-./: ]", "_", name)
