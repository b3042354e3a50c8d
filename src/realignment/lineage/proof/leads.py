"""Where a page of the report leads: its address of MLflow, the runs behind its cells and their models, against the tracking store.

A page that is made again leads to where the page at hand leads, so that a clone without the store can make it. Here the two are compared
where both are at hand. A store that was put back from study.json has other runs than the one beside which the page was made: which of the
two a page leads to cannot be known there, unless it leads to a run of another key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realignment import tracking
from realignment.core import network
from realignment.lineage.proof import pages
from realignment.lineage.proof.at_hand import NO_STORE, AtHand
from realignment.lineage.proof.verdict import Link, away, judged
from realignment.paper import experiment

LEADS = "where it leads in MLflow"
OTHER_STORE = "the store here was put back from study.json, and the page was made beside another"
EARLIER = "it leads to runs that others have replaced since"


@dataclass(frozen=True)
class There:
    """What the store has of an experiment: `runs` are those that a page may lead to, by run key, and summaries by their row."""

    experiment: str
    runs: Mapping[str, str]
    of: Mapping[str, str]  # run id -> its key or row, of every run, deleted ones too
    names: Mapping[str, str]  # key or row -> how it is called
    models: Mapping[str, str]  # run id -> registered model
    own: frozenset[str]  # runs that were not put back from study.json


def links(here: AtHand, part: str, led: Mapping[str, Any]) -> Iterator[Link]:
    """`led` is the store that the page of a part says it leads to, see `report.links`; one link, or one per run that is another."""
    group, page = (pages.PAGE, here.workspace.page) if part == pages.STUDY else (pages.OF_AUTHORS, here.workspace.authors_page)
    name = f"{page.relative_to(here.workspace.root).as_posix()}: {LEADS}"
    if not page.is_file() or (part == pages.AUTHORS and not led["experiment"]):
        return
    if not here.store.there:
        yield away(group, name, "the tracking store cannot be read" if here.store.unread else NO_STORE)
        return
    try:
        there = _of_study(here) if part == pages.STUDY else _of_authors(here)
    except Exception as fault:  # a changed byte can make anything of a database
        yield judged(group, name, f"cannot be compared with the store ({' '.join(str(fault).split())[:160]})")
        return
    if not there.runs:
        yield away(group, name, "its runs are not in the tracking store")
        return
    found = [*_place(here, led, there), *_runs(led, there)]
    broken = [why for why, fault in found if fault]
    yield from (judged(group, name, f"{why}; `realignment {pages.STAGES[part]}` makes it again") for why in broken)
    if not broken:
        why = next((why for why, _ in found), "")
        yield away(group, name, why) if why else judged(group, name, "")


def _of_study(here: AtHand) -> There:
    store, held = here.store, here.store.held
    rows = {
        run: f"{one.tags.get('encoder')}/{one.tags.get('row')}" for run, one in held.items() if one.tags.get("kind") == "summary"
    }
    keys = {run: one.tags.get("run_key") or one.tags.get("damaged_run_key", "") for run, one in held.items()}
    runs = {record.key: store.runs[record.key] for record in here.records if record.key in store.runs}
    summaries = {row: run for run, row in rows.items() if held[run].stage == "active"}
    own = _own(here)
    home = tracking.experiment(here.workspace.root, here.workspace.profile)
    names = {record.key: record.name for record in here.records}
    return There(home, runs | summaries, keys | rows, names, store.versions, own | frozenset(summaries.values() if own else ()))


def _of_authors(here: AtHand) -> There:
    """Its runs are imported as they were published, and no run says whether it was imported once or again; the study's do."""
    runs = tracking.finished(here.workspace.root, experiment.NAME)
    home = tracking.experiment(here.workspace.root, experiment.NAME) if runs else ""
    return There(home, runs, {run: key for key, run in runs.items()}, {}, {}, frozenset(runs.values() if _own(here) else ()))


def _own(here: AtHand) -> frozenset[str]:
    """The runs of the study that are here as they were computed."""
    runs = filter(None, (here.store.runs.get(record.key) for record in here.records))
    return frozenset(run for run in runs if not here.store.restored(run))


def _place(here: AtHand, led: Mapping[str, Any], there: There) -> Iterator[tuple[str, bool]]:
    """(how the address or the experiment is another, whether that is a fault)."""
    address = tracking.address(here.workspace.root)
    if led["where"] not in (address, network.MLFLOW_UI):
        yield (f"leads to MLflow at {led['where']}, the stage writes {address}", True) if there.own else (OTHER_STORE, False)
    if led["experiment"] != there.experiment:
        said = f"leads to experiment {led['experiment']}, the store has its runs in {there.experiment}"
        yield (said, True) if there.own else (OTHER_STORE, False)


def _runs(led: Mapping[str, Any], there: There) -> Iterator[tuple[str, bool]]:
    """The same of each run, and of the model that a run of the store made."""
    given = {**led["runs"], **led["summaries"]}
    if lacking := [key for key, run in there.runs.items() if run in there.own and not given.get(key)]:
        named = there.names.get(lacking[0], lacking[0])
        yield f"leads to no run for {len(lacking):,} of {len(there.runs):,}, the first {named}", True
    for key, run in there.runs.items():
        to, name = given.get(key, ""), there.names.get(key, key)
        if not to:
            continue
        of = there.of.get(to, "")
        if to == run:
            if "models" in led and (model := led["models"].get(run, "")) != (made := there.models.get(run, "")):
                yield f"leads for {name} to model {model or 'none'}, the store has {made or 'none'}", True
        elif of == key:
            yield EARLIER, False
        elif of or run in there.own:
            other = f", which is {there.names.get(of, of)}" if of else ""
            yield f"leads for {name} to run {to}{other}; the store has {run}", True
        else:
            yield OTHER_STORE, False
