"""What the types of the settings let pass and cannot be used: keys that contradict one another, names that are none.

Every rule reads the sections its parameters are named after and yields (key, what is wrong). Nothing outside the settings is
looked at: that is `study/feasibility.py`.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

from realignment.config.schema import (
    CEILING,
    EQUAL_PAIRS,
    Align,
    Encoder,
    Evaluate,
    Fetch,
    Finetune,
    Pretrain,
    Realign,
    Report,
    Select,
    Study,
)
from realignment.config.validation import Fault, shown, told
from realignment.config.yaml_lines import Key, dotted
from realignment.core.errors import BadInput, nearest
from realignment.languages import table as languages
from realignment.subsets import naming
from realignment.tasks import QUESTIONS

AROUND = 8  # tokens of a window that are neither half of it nor new: special ones, and one of the context at least
# A label of a profile or an encoder: it stands in paths, run names and the registry.
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
LABELLED = "by letters, digits, _ and -"
LONGEST = "; 64 characters at most"
TAKEN = ("others", "published", "uriel")  # folders below data/ and an experiment that are no profile's
SEEN = ("mbert", "xlmr", "english")
ENCODER = re.compile(r"hub:[\w.-]+(/[\w.-]+)?@[0-9a-f]{40}|package:[A-Za-z_]\w*(/.+)?|path:.+")
BEGUN = (
    "authors",
    "beside",
    "paper",
)  # what names of other tables begin with: the authors' runs, ours beside the paper's, ours in its layout
ROWS = ("subsets", "shuffled", "itself", "equal_pairs", "words")  # keys of `study` that list subsets
SPELT = "hub:repo@revision, package:name/folder or path:DIR"
PINNED = "a revision is the 40 hex digits of a commit: a branch or tag can change"


def faults(sections: Mapping[str, Any], *, whole: bool = True) -> list[Fault]:
    """Every fault of the sections; where they are not `whole`, as far as the keys that are valid tell."""
    found: list[Fault] = list(texts(dict(sections)))
    for rule in RULES:
        given = {name: sections.get(name) for name in inspect.signature(rule).parameters}
        if None not in given.values():
            found += rule(**given) if whole else told(functools.partial(rule, **given))
    return found


def profile_name(name: object) -> str:
    """What is wrong with the name of a profile, "" where nothing is."""
    if not isinstance(name, str) or not LABEL.fullmatch(name):
        return f"a profile is named {LABELLED}; got `{name}`{LONGEST if len(str(name)) > 64 else ''}; rename profiles/{name}.yaml"
    return f"data/{name} is the project's, so no profile is named `{name}`; rename profiles/{name}.yaml" if name in TAKEN else ""


def texts(value: Any, key: Key = ()) -> Iterator[Fault]:
    """Text that hopes for DVC's interpolation, which settings do not have, and characters that no path or page holds."""
    if isinstance(value, str):
        if "${" in value:
            yield key, f"`{dotted(key)}` holds {shown(value)}; profiles know no ${{...}}: write it out"
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value):
            yield key, f"`{dotted(key)}` holds a control character: {shown(value)}; take it out"
    elif isinstance(value, (dict, list)):
        for part, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(inner, (*key, part))
    elif is_dataclass(value):
        yield from texts(vars(value), key)


def folder(fetch: Fetch) -> Iterator[Fault]:
    if fetch.source != "sample" and not fetch.folder:
        reads = "reads a data folder" if fetch.source == "folder" else "keeps its files in a data folder"
        yield ("fetch", "folder"), f"source `{fetch.source}` {reads}; fetch.folder names none; set it in the profile"
    if fetch.source == "public" and not fetch.lock:
        yield (
            ("fetch", "lock"),
            "source `public` compares its files with a lock; fetch.lock names none; set it to data/sources.lock",
        )
    for host, place in fetch.mirrors.items():
        if host != "hub" and not host.startswith(("https://", "http://")):
            yield ("fetch", "mirrors", host), f"`fetch.mirrors.{host}` must be hub or begin with https://"
        elif not place:
            yield ("fetch", "mirrors", host), f"`fetch.mirrors.{host}` must name an address or a folder, got nothing"


def own_subsets(select: Select) -> Iterator[Fault]:
    for name in select.own:
        if not re.fullmatch(naming.OWN + "[a-z0-9_]{1,60}", name) or "__" in name:
            said = "a name such as my_bantu (my_, then a-z, 0-9, _, no two _ in a row) is required"
            yield ("select", "own", name), f"select.own: {said}, got `{name}`"


def codes(fetch: Fetch, select: Select, study: Study) -> Iterator[Fault]:
    """Codes that are none, a language that is there twice under two codes, and English among those to realign on."""
    lists = {("fetch", "languages"): fetch.languages or []}
    lists |= {("select", "own", name): members for name, members in select.own.items()}
    lists |= {
        ("study", *(() if one is study.ceiling else ("encoders",)), label, "seen"): one["seen"]
        for label, one in study.bases.items()
        if isinstance(one["seen"], list)
    }
    for key, members in lists.items():
        known: dict[str, str] = {}
        for place, member in enumerate(members):
            try:
                ours = languages.resolve(member)
            except BadInput as fault:
                yield (*key, place), f"`{'.'.join(key)}`: {fault}"
                continue
            if key[0] == "select" and ours == languages.ENGLISH:
                yield (
                    (*key, place),
                    f"`{'.'.join(key)}`: {ours} is the source side of every pair and cannot be chosen; take it out",
                )
            elif ours in known:
                yield (*key, place), f"`{'.'.join(key)}`: `{member}` and `{known[ours]}` are one language, {ours}; take one out"
            known[ours] = member


def subsets(study: Study, select: Select) -> Iterator[Fault]:
    """Names of the grid that are no subset, and further rows of the one that realigns nothing."""
    for key in ROWS:
        for place, name in enumerate(getattr(study, key)):
            at = ("study", key, place)
            try:
                parts = naming.parse(name, select.n)
            except BadInput as fault:
                yield at, f"study.{key}: {fault}"
                continue
            if parts.heuristic.startswith(naming.OWN) and name not in select.own:
                yield (
                    at,
                    f"study.{key}: `{name}` is not in select.own ({nearest(name, select.own) if select.own else 'it is empty'})",
                )
            elif parts.heuristic == "none" and key != "subsets":
                yield at, f"study.{key}: subset `none` realigns nothing, so it has no such row; take it out"
            elif select.reading == "published" and (fault := unpublished(parts)):
                yield at, f"study.{key}: {fault}"


def executor(study: Study) -> Iterator[Fault]:
    """What this machine has says nothing of those of a cluster."""
    if study.executor != "local" and study.device == "auto":
        said = f"`study.device` must be cpu or cuda where study.executor is {study.executor}, which computes on other machines; got `auto`"
        yield ("study", "device"), said


def unpublished(parts: naming.Name) -> str:
    """Why a name has no list in Table 6, "" where it has one."""
    if parts.n is None or (parts.drawn and not parts.pool):
        return ""
    try:
        naming.published(str(parts))
    except BadInput as fault:
        return str(fault)
    return ""


def misnamed(name: str) -> str:
    """What is wrong with the name of an encoder, "" where nothing is."""
    if ENCODER.fullmatch(name):
        return ""
    return f"must be {SPELT}, got {shown(name)}{'; ' + PINNED if name.startswith('hub:') else ''}"


def encoders(study: Study) -> Iterator[Fault]:
    if study.ceiling:
        yield from _described(study.ceiling, ("study", CEILING))
        if "subsets" in study.ceiling:
            yield ("study", CEILING, "subsets"), "`study.ceiling.subsets`: a ceiling is never realigned; leave it out"
    for label, spec in study.encoders.items():
        at, name = ("study", "encoders", label), f"`study.encoders.{label}`"
        if label.casefold() == CEILING:
            yield at, f"{name} is labelled as the encoder of study.ceiling is; choose another label"
        if not LABEL.fullmatch(label):
            yield at, f"{name} must be labelled {LABELLED}{LONGEST if len(label) > 64 else ''}"
        if (begun := label.casefold().partition("-")[0]) in BEGUN:
            yield at, f"{name} begins with `{begun}`, as tables of the paper do; choose another label"
        if twin := next((one for one in study.encoders if one != label and one.casefold() == label.casefold()), None):
            yield at, f"{name} and `{twin}` differ in case alone, and name one file on some systems; choose another label"
        yield from _described(spec, at)
        yield from decoder(name, at, spec)
        for place, subset in enumerate(spec.get("subsets", ())):
            if subset not in study.subsets:
                said = f"{name}.subsets: `{subset}` is not in study.subsets ({nearest(subset, study.subsets)})"
                yield (*at, "subsets", place), said


def _described(spec: Mapping[str, Any], at: Key) -> Iterator[Fault]:
    """Where an encoder lies and what it has seen."""
    name = f"`{dotted(at)}`"
    if fault := misnamed(spec["name"]):
        yield (*at, "name"), f"{name}.name {fault}"
    seen = spec["seen"]
    if isinstance(seen, str) and seen not in SEEN:
        said = f"must be {', '.join(SEEN)} or a list of language codes"
        yield (*at, "seen"), f"{name}.seen {said}, got {shown(seen)} ({nearest(seen, SEEN)})"


def decoder(name: str, at: Key, spec: Encoder) -> Iterator[Fault]:
    """What is said of a decoder is said together, and adapters are put on layers that are named."""
    if "lora" not in spec or "attention" not in spec:
        if said := [key for key in ("attention", "lora", "quantized") if key in spec]:
            lacks = " and ".join(key for key in ("attention", "lora") if key not in spec)
            yield at, f"{name} says {' and '.join(said)}, as of a decoder, and leaves out {lacks}; add {lacks}, or take that out"
        return
    for place, target in enumerate(spec["lora"]["targets"]):
        if not re.fullmatch(r"[A-Za-z]\w*", target):
            said = "must name a linear layer, such as q_proj"
            yield (*at, "lora", "targets", place), f"{name}.lora.targets {said}, got {shown(target)}; name each of them"


def tasks(study: Study, finetune: Finetune, evaluate: Evaluate) -> Iterator[Fault]:
    """Each task of the grid needs its own entry in the settings that are given a task."""
    for section, name in ((finetune, "epochs"), (finetune, "learning_rate"), (evaluate, "max_length")):
        verb = "finetune" if section is finetune else "evaluate"
        if missing := [task for task in study.tasks if task not in getattr(section, name)]:
            yield (verb, name), f"missing key `{verb}.{name}.{missing[0]}`, a task of study.tasks"
    for task in QUESTIONS.intersection(study.tasks):
        windows = {
            "finetune.window": finetune.window,
            f"evaluate.max_length.{task}": evaluate.max_length.get(task, finetune.window),
        }
        for key, window in windows.items():
            if finetune.stride > (most := window // 2 - AROUND):
                said = f"leaves nothing new for the next window of {window} tokens (`{key}`), half of which may be the question"
                yield ("finetune", "stride"), f"`finetune.stride` {finetune.stride} {said}; lower it to {most}, or raise `{key}`"


def pretraining(pretrain: Pretrain) -> Iterator[Fault]:
    if pretrain.name is not None and not LABEL.fullmatch(pretrain.name):
        yield ("pretrain", "name"), f"`pretrain.name` must be a name {LABELLED}, got {shown(pretrain.name)}"
    if pretrain.hidden % pretrain.heads:
        yield ("pretrain", "heads"), f"`pretrain.heads` must divide pretrain.hidden, {pretrain.hidden}; got {pretrain.heads}"


def words(realign: Realign, align: Align, study: Study) -> Iterator[Fault]:
    asked = {("realign", "unit"): "realign.unit `words`"} if realign.unit == "words" else {}
    asked |= {("study", "words"): "study.words"} if study.words else {}
    for key, name in asked.items():
        if realign.mask_false_negatives:
            said = f"is about sentences and would do nothing with {name}; leave one out"
            yield ("realign", "mask_false_negatives"), f"realign.mask_false_negatives {said}"
        if align.aligner == "none":
            yield key, f"{name} requires word alignments; set align.aligner to fastalign, eflomal or encoder"


def repeated(realign: Realign, study: Study) -> Iterator[Fault]:
    """Rows that would be realigned as the plain ones are."""
    if study.words and realign.unit == "words":
        yield (
            ("study", "words"),
            "study.words asks for rows beside those of sentences, and realign.unit is `words`; empty the one or change the other",
        )
    if study.equal_pairs and realign.allocation == EQUAL_PAIRS:
        said = f"asks for rows beside those of equal steps, and realign.allocation is `{EQUAL_PAIRS}`; empty the one or change the other"
        yield ("study", "equal_pairs"), f"study.equal_pairs {said}"


def aligner(align: Align) -> Iterator[Fault]:
    if align.encoder is not None and (fault := misnamed(align.encoder)):
        yield ("align", "encoder"), f"`align.encoder` {fault}"
    if align.aligner == "encoder" and align.encoder is None:
        yield ("align", "encoder"), f"align.aligner is `encoder` and align.encoder names none; give {SPELT}"


def retrieval(evaluate: Evaluate) -> Iterator[Fault]:
    if evaluate.retrieval_pairs == 1:
        yield ("evaluate", "retrieval_pairs"), "`evaluate.retrieval_pairs` must be 0 or at least 2: one pair finds itself, got 1"


def compared(report: Report) -> Iterator[Fault]:
    for number, sides in enumerate(report.compare):
        if len(sides) < 2:
            yield ("report", "compare", number), f"`report.compare` must list two sides or more each time, got {shown(sides)}"


def compared_gradients(evaluate: Evaluate, study: Study) -> Iterator[Fault]:
    """Weights in four bits have no float32 in which gradients are compared."""
    for label, spec in study.encoders.items():
        if evaluate.gradients and "quantized" in spec:
            said = f"compares gradients in float32, and study.encoders.{label} is quantized: {spec['quantized']}; set it to 0, or take that out"
            yield ("evaluate", "gradients"), f"evaluate.gradients {said}"


RULES: tuple[Callable[..., Iterator[Fault]], ...] = (
    *(
        folder,
        own_subsets,
        codes,
        subsets,
        executor,
        encoders,
        tasks,
        pretraining,
        words,
        repeated,
        aligner,
        retrieval,
        compared,
        compared_gradients,
    ),
)
