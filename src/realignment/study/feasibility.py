"""Whether a profile can be run whole: its sections fit one another, and what they name is at hand.

Asked by stage `settings`, before anything is computed. What needs a download or a heavy import is left to the stage that needs it.
"""

import functools
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from realignment.config import rules
from realignment.config.schema import Settings
from realignment.config.validation import Fault, told
from realignment.core import outputs
from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import Workspace
from realignment.languages.codes import LOCAL_USE
from realignment.languages.table import Language, paper, resolve
from realignment.selection import heuristics
from realignment.study import encoder_needs
from realignment.subsets import naming, registry

PACKAGES = {
    "fastalign": ("systran_align", "pip install --no-deps systran-align==3.5.0"),
    "eflomal": ("eflomal", "pip install eflomal"),
}


def faults(workspace: Workspace, settings: Settings, *, whole: bool = True) -> list[Fault]:
    """Every fault, by the key where it is mended; of settings that are not `whole`, as far as their valid keys tell."""
    profile, found = Profile(workspace, settings), []
    for rule in RULES:
        found += rule(profile) if whole else told(functools.partial(rule, profile))
    return list(dict.fromkeys(found))


def encoders(profile: "Profile") -> Iterator[Fault]:
    return encoder_needs.faults(profile.workspace, profile.settings)


@dataclass(frozen=True)
class Profile:
    """The settings, and what is known of their data before a line of it is read."""

    workspace: Workspace
    settings: Settings

    @cached_property
    def folder(self) -> Path:
        """`fetch.folder`, absolute."""
        return self.workspace.root / Path(self.settings.fetch.folder or "").expanduser()

    @cached_property
    def pool(self) -> dict[str, Language] | None:
        """The languages that can have bitext, English left out; None where only the data can tell."""
        fetch = self.settings.fetch
        if fetch.source == "sample":
            known = {one.code: one for one in _world()}
            return {code: one for code, one in known.items() if one.pool and (fetch.languages is None or code in fetch.languages)}
        if fetch.source == "public":
            planned = _planned(self.settings)
            return None if planned is None else {one: paper()[one] for one in planned if paper()[one].pool}
        return None

    @cached_property
    def may(self) -> set[str] | None:
        """Codes that a subset may hold; None where only the data can tell."""
        if self.pool is not None:
            return set(self.pool)
        asked, there = self.settings.fetch.languages, _in_folder(self)
        asked = None if asked is None else {resolve(one) for one in asked}
        return asked if there is None else there if asked is None else asked & there


def _world() -> list[Language]:
    """The generated languages, the pivot first."""
    from realignment.sources.sample.languages import shadows

    return [one.language for one in shadows()]


def _planned(settings: Settings) -> list[str] | None:
    """Languages whose bitext the public corpora hold and the settings ask for; None where they ask for what is not there."""
    from realignment.sources import catalogue

    try:
        return [one.language for one in catalogue.plan(settings.fetch) if one.path.startswith("bitext/")]
    except BadInput:
        return None


def _in_folder(profile: Profile) -> set[str] | None:
    """Languages that the names of a folder's files give bitext of; None where it is not there or names none."""
    from realignment.sources.folder import inventory

    if profile.settings.fetch.source != "folder" or not profile.folder.is_dir():
        return None
    try:
        return set(inventory.discover(profile.folder).bitexts) or None
    except BadInput:
        return None  # `fetch` says it before it reads a line


def tasks(profile: Profile) -> Iterator[Fault]:
    fetch, study = profile.settings.fetch, profile.settings.study
    for place, task in enumerate(study.tasks):
        if task not in fetch.tasks:
            yield (
                ("study", "tasks", place),
                f"study.tasks: `{task}` is not in fetch.tasks, {fetch.tasks}, so it has no data; add it there",
            )
    pairs = profile.settings.evaluate.retrieval_pairs
    if not study.tasks and not pairs:
        yield ("study", "tasks"), "study.tasks is empty and evaluate.retrieval_pairs is 0, so nothing would be measured; set one"
    if pairs and not fetch.heldout:
        said = "but fetch.heldout is 0, so no pair is held out; set evaluate.retrieval_pairs to 0, or fetch.heldout above 0"
        yield ("evaluate", "retrieval_pairs"), f"evaluate.retrieval_pairs asks for {pairs} held-out pairs per language, {said}"


def training(profile: Profile) -> Iterator[Fault]:
    """Sets that train a task are read, and the sample world has one set."""
    fetch = profile.settings.fetch
    for place, name in enumerate(fetch.evalsets or () if fetch.source == "sample" else ()):
        if name != "world":
            yield ("fetch", "evalsets", place), f"fetch.evalsets: the sample world has one evaluation set, `world`; got `{name}`"
    for task, name in fetch.train.items():
        if name is None:
            continue
        if task not in fetch.tasks:
            yield (
                ("fetch", "train", task),
                f"fetch.train.{task}: `{task}` is not in fetch.tasks, {fetch.tasks}; add it there, or set this to null",
            )
        elif fetch.evalsets is not None and name not in fetch.evalsets:
            yield (
                ("fetch", "train", task),
                f"fetch.train.{task}: `{name}` is not in fetch.evalsets ({nearest(name, fetch.evalsets)})",
            )


def source(profile: Profile) -> Iterator[Fault]:
    """What stage `fetch` reads. A folder that was fetched from before may be gone: a copy of the results needs no corpora."""
    fetch, folder, manifest = profile.settings.fetch, profile.folder, profile.workspace.manifest
    if (
        fetch.source == "folder"
        and not folder.is_dir()
        and not (manifest.is_file() or manifest.name in outputs.listed(profile.workspace))
    ):
        said = "is a file" if folder.exists() else "does not exist"
        yield ("fetch", "folder"), f"{folder}: the data folder is required and {said}; fetch.folder names it"
    if fetch.source == "public":
        from realignment.sources import catalogue

        if folder.exists() and not folder.is_dir():
            yield (
                ("fetch", "folder"),
                f"{folder}: a folder is required for the public corpora, and a file stands there; move it away",
            )
        yield from _asked(("fetch",), lambda: catalogue.plan(fetch))
        for task in fetch.tasks:
            yield from _asked(("fetch", "train", task), lambda task=task: catalogue.training(fetch, task))
    if fetch.source == "sample":
        from realignment.sources.sample.world import World

        yield from _asked(("fetch", "world"), lambda: World.parse(fetch.world))


def _asked(key: tuple, ask: Callable) -> Iterator[Fault]:
    """The fault that a noun of the source finds."""
    try:
        ask()
    except BadInput as fault:
        yield key, str(fault)


def languages(profile: Profile) -> Iterator[Fault]:
    """Generated languages go by their own codes, and a subset of one's own is of languages that are read."""
    settings = profile.settings
    if settings.fetch.source == "sample":
        known = [one.code for one in _world()]
        for place, one in enumerate(settings.fetch.languages or ()):
            if one not in known:
                yield (
                    ("fetch", "languages", place),
                    f"fetch.languages: the sample world has no language `{one}`; {nearest(one, known)}",
                )
        for label, spec in settings.study.bases.items():
            at = ("study", *(() if spec is settings.study.ceiling else ("encoders",)), label, "seen")
            for place, one in enumerate(spec["seen"] if isinstance(spec["seen"], list) else ()):
                if one not in known and LOCAL_USE.fullmatch(one):  # a real language is seen in its shadow
                    yield (*at, place), f"{'.'.join(at)}: the sample world has no language `{one}`; {nearest(one, known)}"
    may = profile.may
    for name, members in settings.select.own.items():
        for place, one in enumerate(members):
            if may is not None and resolve(one) not in may:
                yield (
                    ("select", "own", name, place),
                    f"select.own.{name}: `{one}` has no bitext in this profile; {nearest(one, may)}",
                )


def subsets(profile: Profile) -> Iterator[Fault]:
    """Subsets of the grid that no data of this profile can give."""
    study, n = profile.settings.study, profile.settings.select.n
    for key in rules.ROWS:
        for place, name in enumerate(getattr(study, key)):
            if said := _impossible(naming.parse(name, n), profile):
                yield ("study", key, place), f"study.{key}: subset `{name}` {said}"


def _impossible(parts: naming.Name, profile: Profile) -> str:
    """Why a subset cannot be made, "" where it can, or where only the data can tell."""
    select = profile.settings.select
    if profile.may is None or parts.heuristic in ("none", "all") or parts.heuristic.startswith(naming.OWN):
        return ""
    if parts.drawn:
        return _undrawn(parts, profile)
    if select.reading == "published" or parts.n is None:
        listed = naming.published(str(parts)).used
        return _without(f"holds {len(listed)} languages as published", listed, profile)
    count = _may_choose(parts, list(profile.pool.values())) if profile.pool is not None else len(profile.may)
    return f"asks for {parts.n} languages; this profile has {count} it may choose; ask for fewer" if parts.n > count else ""


def _undrawn(parts: naming.Name, profile: Profile) -> str:
    """Of a random subset: as many languages as there are to draw from, and bitext of all that each draw holds."""
    study, n, published = profile.settings.study, parts.n or 0, profile.settings.select.reading == "published"
    pool = heuristics.published_pool(parts.pool) if published else profile.may or ()
    if n > len(pool):
        return f"asks for {n} languages; there are {len(pool)} to draw from; ask for fewer"
    drawn = {one for seed in study.draws or study.seeds for one in heuristics.random_draw(pool, n, seed)} if published else set()
    return _without("is drawn from the paper's pool", sorted(drawn), profile)


def _without(what: str, listed: Iterable[str], profile: Profile) -> str:
    """What is missing of the languages of a subset, "" for nothing."""
    missing = [one for one in listed if one not in (profile.may or ())]
    if not missing:
        return ""
    generated = profile.settings.fetch.source == "sample"
    remedy = "the sample world has languages of its own" if generated else "add it, and to fetch.languages where that is set"
    remedy += ", or set select.reading to computed" if profile.settings.select.reading == "published" else ""
    return f"{what}, {len(missing)} of them without bitext here ({_some(missing)}); {remedy}"


def _may_choose(parts: naming.Name, pool: list[Language]) -> int:
    rule, english = registry.RULES[parts.heuristic], paper()["eng"]
    if parts.pool:
        pool = [one for one in pool if registry.POOLS[parts.pool].holds(one)]
    return len(pool) if rule.fill else sum(rule.may(one, english) for one in pool)


def _some(codes: list[str], most: int = 8) -> str:
    return ", ".join(codes[:most]) + (f" and {len(codes) - most} more" if len(codes) > most else "")


def packages(profile: Profile) -> Iterator[Fault]:
    """Vectors and aligners that the settings name."""
    vectors, aligner = profile.settings.select.vectors, profile.settings.align.aligner
    known = [one.name.removesuffix(".tsv.gz") for one in profile.workspace.vectors.glob("*.tsv.gz")]
    if known and vectors not in (*known, "lang2vec"):
        yield (
            ("select", "vectors"),
            f"select.vectors: no snapshot `{vectors}` in {profile.workspace.vectors}; {nearest(vectors, [*known, 'lang2vec'])}",
        )
    if aligner in PACKAGES and importlib.util.find_spec(PACKAGES[aligner][0]) is None:
        package, remedy = PACKAGES[aligner]
        yield (
            ("align", "aligner"),
            f"align.aligner `{aligner}` requires the package {package}, which is not installed; `{remedy}`",
        )


RULES: tuple[Callable[[Profile], Iterator[Fault]], ...] = (*(source, tasks, training, languages, subsets, packages, encoders),)
