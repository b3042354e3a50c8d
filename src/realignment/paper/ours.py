"""A study of ours in the paper's layout: which of its encoders stands where, and the runs behind a printed cell."""

import functools
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from realignment.config import models
from realignment.paper.printed import ENGLISH, Printed
from realignment.paper.runs import LABELS
from realignment.records.record import Record
from realignment.results import averages, headings, hours
from realignment.results.hours import Hours
from realignment.results.scores import Row, Score
from realignment.results.tables import Study
from realignment.statistics.summary import Summary
from realignment.subsets import naming

MODELS = {
    "mbert": "mbert",
    "xlmr": "xlmr",
    "llama-3.1-8b": "llama",
    "gemma-2-9b": "gemma",
}  # key of data/models.yaml -> the paper's model
WHOLE = "all_65"  # of Tables 2 and 3, which name no subset; Tables 8 and 10 print this row within .2 points of Table 2
GENERATED = re.compile("q[a-t][a-z]")  # codes of generated languages


def model_of(name: str) -> str:
    """Which of the paper's models an encoder's name is of; "" for any other, and for files in a folder, of which a name proves nothing."""
    kind, _, rest = name.partition(":")
    return _repositories().get(rest.partition("@")[0], "") if kind == "hub" else ""


@functools.cache
def _repositories() -> dict[str, str]:
    """Repository of the hub -> the paper's model: those of the models that ship, and the names without owner that the hub leads to them."""
    known = models.known(None)
    return {**LABELS, **{str(known[key].repository): model for key, model in MODELS.items()}}


@dataclass(frozen=True)
class Ours:
    """A study's runs of one encoder, laid out like those of the paper's `model`."""

    study: Study
    model: str
    same: bool  # the encoder is the paper's, on real languages: only then may its numbers stand beside the paper's
    unit: str  # of the plain rows: sentences, or words; with sentences, those on words are the rows `words`
    scores: tuple[Score, ...] = ()  # its own
    realigned: tuple[Record, ...] = ()  # the records of its realignments

    @property
    def title(self) -> str:
        return self.study.title

    @property
    def generated(self) -> bool:
        return _generated(self.study)

    def value(self, cell: Printed) -> Summary:
        """The study's runs for a printed cell; empty where it has none, or where they would be something else."""
        row = self.row(cell)
        if cell.model != self.model or row is None:
            return Summary(())
        if cell.every:
            return self.every(row, cell)
        items = self.items(cell)
        return self.study.runs.cell(row, items) if set(items) == set(cell.tasks) else Summary(())

    def row(self, cell: Printed) -> Row | None:
        """The row of the study that stands in the place of a printed one; None where the study's realignments are of another kind."""
        if cell.what == "sentences" and self.unit == "words":
            return None
        control = "words" if (cell.what, self.unit) == ("words", "sentences") else ""
        wanted = WHOLE if cell.table in "23" and cell.subset != "none" else cell.row.subset
        return Row(self.study.encoder, wanted if self.same else self.like(wanted, control), control)

    def like(self, wanted: str, control: str) -> str:
        """A subset of an encoder that is not the paper's: all languages that it has, and a pool's heuristic in the one size that it has."""
        held = [row.subset for row in self.study.runs.rows if row.encoder == self.study.encoder and row.control == control]
        if wanted in held:
            return wanted
        if wanted == WHOLE:
            return "all"
        name = naming.split(wanted)
        sizes = [
            one
            for one in held
            if name.pool and (naming.split(one).pool, naming.split(one).heuristic) == (name.pool, name.heuristic)
        ]
        return sizes[0] if len(sizes) == 1 else wanted

    def every(self, row: Row, cell: Printed) -> Summary:
        """As Tables 3 and 4 average: English's own sets, or the plain mean of every other score of a run. A run that lacks one gives no value."""
        found: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
        wanted = set()
        for one in self.scores:
            if (
                one.task == cell.task
                and one.score is not None
                and averages.own_english(one.group == "English", one.set) == (cell.what == ENGLISH)
            ):
                wanted.add((one.set, one.language))
                if one.row == row:
                    found[one.seed][one.set, one.language] = one.score
        values = {seed: math.fsum(held.values()) / len(held) for seed, held in sorted(found.items()) if held.keys() == wanted}
        return Summary(tuple(values.values()), tuple(values))

    def items(self, cell: Printed) -> averages.Held:
        """The languages that a printed cell is the mean over, of those the study has: the same for every encoder, whatever it has seen."""
        if cell.every:
            return self.study.items(cell.tasks, cell.groups)
        return self.study.items(cell.tasks, {*cell.groups, "OOD"}).without(self.study.outside)

    def regrouped(self, tasks: Collection[str]) -> list[str]:
        """Sentences on the languages that are out of distribution for the paper or for the encoder, and not for both."""
        known = {
            code: group for (task, code), group in self.study.runs.group.get(self.study.encoder, {}).items() if task in tasks
        }
        seen = sorted(code for code, group in known.items() if code in self.study.outside and group != "OOD")
        unseen = sorted(code for code, group in known.items() if code not in self.study.outside and group == "OOD")
        said = [f"Left out of averages, as in the paper, though the encoder has seen them: {', '.join(seen)}."] if seen else []
        return said + (
            [f"Counted in averages, as in the paper, though the encoder has not seen them: {', '.join(unseen)}."]
            if unseen
            else []
        )


def timed(team: Sequence[Ours], cells: Iterable[Printed]) -> Hours:
    """Hours of the realignments behind the printed columns of a table that prints hours."""
    kinds = {cell.what: [row for one in team if (row := one.row(cell))] for cell in cells if cell.task == "hours"}
    return hours.of_rows([record for one in team for record in one.realigned], kinds)


def of_study(content: Mapping, found: Sequence[Score], studies: Iterable[Study]) -> list[Ours]:
    """Of each encoder of study.json; `found` are its scores."""
    how, made = unit(content["records"]), []
    for study in studies:
        name, records = study.encoder, content["records"]
        realigned = tuple(one for one in records if (one.verb, one.cell.encoder) == ("realign", name))
        made.append(replace(ours(study, content["encoders"][name], how, found), realigned=realigned))
    return made


def ours(study: Study, about: Mapping, unit: str, scores: Iterable[Score] = ()) -> Ours:
    """`about` is the encoder's entry of study.json: its name says which of the paper's models it is; else its label (`llama-small`) or `seen`
    says which it is laid out like. `scores` are the study's."""
    named, label = model_of(about["name"]), re.split("[-_]", study.encoder)[0]
    like = label if label in MODELS.values() else about["seen"]
    model = named or (like if like in [*MODELS.values()] else next(iter(headings.ENCODERS)))
    mine = tuple(one for one in scores if one.encoder == study.encoder)
    return Ours(study, model, bool(named) and not _generated(study), unit, mine)


def _generated(study: Study) -> bool:
    return any(GENERATED.fullmatch(language) for _, language in study.runs.group.get(study.encoder, {}))


def unit(records: Iterable[Record]) -> str:
    """What the plain rows of a study are realigned on: sentences, or words where its realignments say so."""
    plain = [one for one in records if one.verb == "realign" and not one.cell.control]
    return "words" if any(one.params.get("unit") == "words" for one in plain) else "sentences"


def teams(found: Sequence[Ours]) -> list[list[Ours]]:
    """Which encoders fill one table of several models together: one a model, the paper's own before others and never with them; the rest alone."""
    taken: dict[str, Ours] = {}
    for same in (True, False):
        of_kind = {one.model: one for one in reversed(found) if one.same == same and one.generated == found[0].generated}
        if len(of_kind) > 1:
            taken = of_kind
            break
    team = [one for one in found if any(one is other for other in taken.values())]
    return ([team] if team else []) + [[one] for one in found if not any(one is other for other in team)]
