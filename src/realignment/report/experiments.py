"""What the predictor is fitted on: the authors' runs, a study's, an import's."""

from collections.abc import Mapping
from dataclasses import replace

from realignment.languages import codes
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.paper import runs as authors
from realignment.paper.others.imported import UNNAMED, Imported
from realignment.paper.paper import Paper
from realignment.paper.xquad import EXACT, METRICS
from realignment.predictor.experiment import Experiment
from realignment.results import averages
from realignment.results.averages import Runs
from realignment.results.scores import RETRIEVAL

PUBLISHED, OURS, BOTH = SOURCES = ("published", "ours", "both")


def of_authors(paper: Paper) -> Experiment:
    """XQuAD with F1 is among the tasks."""
    rows = [row for row in paper.raw if row["metric"] != METRICS[EXACT] and (row["evalset"], row["language"]) != UNNAMED]
    runs = replace(averages.collect(authors.scored(rows, left_out=())), partly=paper.runs.partly)
    seen = {label: label for label in authors.LABELS.values()}
    return Experiment(PUBLISHED, runs, _resolved(paper.subset_languages), seen, _known(runs, languages.paper()))


def of_import(given: Imported) -> Experiment:
    seen = dict(given.encoders.values())
    return Experiment(given.name, given.runs, _resolved(given.subset_languages), seen, _known(given.runs, languages.paper()))


def of_study(content: Mapping, runs: Runs, known: Mapping[str, Language]) -> Experiment:
    """`content`: study.json. Controls, and rows realigned otherwise than the profile says, are no part of it."""
    read = {
        (one.cell.encoder, one.cell.subset, str(one.cell.seeds.subset)): tuple(one.languages)
        for one in content["records"]
        if one.verb == "realign"
    }
    lists = {}
    for row, by_seed in runs.rows.items():
        for seed, held in by_seed.items() if not row.control else ():
            if chosen := read.get((row.encoder, row.subset, seed.partition(".")[0])):
                lists |= {(row.encoder, row.subset, seed, task): chosen for task, _ in held if task != RETRIEVAL}
    seen = {label: one["seen"] for label, one in content["encoders"].items()}
    return Experiment(content["profile"], runs, lists, seen, _known(runs, known))


def _resolved(lists: Mapping[authors.Name, str]) -> dict[authors.Name, tuple[str, ...]]:
    made = {text: tuple(sorted(map(codes.resolve, text.split()))) for text in set(lists.values())}
    return {run: made[text] for run, text in lists.items()}


def _known(runs: Runs, table: Mapping[str, Language]) -> dict[str, Language]:
    """The table, and those evaluated languages that it lacks, of which nothing is known but a code."""
    evaluated = {code for items in runs.group.values() for _, code in items}
    beyond = {code: Language(code, codes.name_of(code), "", "", "", -1, (), False, "") for code in evaluated - table.keys()}
    return {**table, **beyond}
