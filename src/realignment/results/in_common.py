"""What several sides of a comparison have in common: the same rows, tasks, seeds, and evaluation files. What is left out is said."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from realignment.core.errors import BadInput
from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.results import chains, headings, scores
from realignment.results.chains import Chain, Place
from realignment.results.scores import Row
from realignment.results.selections import Side

NAMED = 6  # rows, languages or files that a sentence lists


@dataclass(frozen=True, order=True)
class SideRow(Row):
    """A row of one side."""

    side: int = 0


@dataclass(slots=True)
class SideScore(scores.Score):
    side: int = 0

    @property
    def row(self) -> Row:
        return SideRow(self.encoder, self.subset, self.control, self.side)

    @property
    def run(self) -> tuple:
        return self.encoder, self.subset, self.control, self.seed, self.side


@dataclass(frozen=True, order=True)
class Measured:
    """What must be the same on every side for two scores to be compared."""

    row: Row
    task: str
    seed: str
    set: str
    language: str
    file: str  # sha256 of the evaluation file as it was used
    group: str

    @property
    def run(self) -> tuple[Row, str, str]:
        return self.row, self.task, self.seed


@dataclass(frozen=True)
class Known:
    """By what the scores of a profile are grouped."""

    languages: dict[str, Language]
    seen: Mapping[str, str | list[str]]  # encoder -> its `seen` setting

    def language(self, code: str) -> Language | None:
        try:
            return languages.known(code, self.languages)
        except BadInput:
            return None


Scored = Mapping[Measured, SideScore]


def scored(found: Iterable[Chain], known: Known, side: int) -> Scored:
    """The scores of chains by what was measured; without those of an encoder or a language that the profile does not have now, and of a
    file without a hash."""
    listed: dict[Measured, SideScore] = {}
    for chain in found:
        row, task = chain.place
        for one in chain.scored.scores if row.encoder in known.seen else ():
            language, file = known.language(one.language), chain.file(one.set, one.language)
            if language and file:
                group = grouping.group(language, known.seen[row.encoder])
                key = Measured(row, task, chain.seed, one.set, language.code, file, group)
                names = (row.encoder, row.subset, row.control, chain.seed, task, one.set, language.code, group)
                listed[key] = SideScore(*names, one.score, one.n, one.exact, side)
    return listed


def of(sides: Sequence[Side], scores_of: Sequence[Scored]) -> tuple[set[Measured], list[str]]:
    """(what every side has, what is left out in sentences). BadInput where nothing is left to compare."""
    keys = [frozenset(one.scored.key for one in side.chains) for side in sides]
    for number, side in enumerate(sides):
        if (first := keys.index(keys[number])) < number:
            raise BadInput(
                f"`{sides[first].title}` and `{side.title}` are the same {len(keys[number])} runs; give another setting"
            )
    same = _same_runs(sides)
    own = [{one for one in found if (one.row, one.task) not in same} for found in scores_of]
    common, left = set.intersection(*own), []
    if same:
        left.append(f"The same runs on two sides, with nothing to compare: {places(same)}.")
    for side, found, mine in zip(sides, scores_of, own, strict=True):
        if lost := _lost(side, found):
            left.append(
                f"{side.title}: of an encoder or a language that the profile does not have now, or of a file without a hash: {listed(lost)}."
            )
        left += [f"{side.title} alone has {what}: {listed(names)}." for what, names in _alone(mine, own)]
    if not common:
        raise BadInput(f"nothing is on every side: {' '.join(left)}")
    return common, left


def _lost(side: Side, found: Scored) -> list[str]:
    kept = Counter(one.run for one in found)
    return [one.scored.name for one in side.chains if kept[*one.place, one.seed] < len(one.scored.scores)]


STEPS: tuple[tuple[str, Callable[[Measured], Hashable], Callable[[Measured], str]], ...] = (
    ("rows", lambda one: one.row, lambda one: headings.label(one.row)),
    ("tasks", lambda one: (one.row, one.task), lambda one: f"{headings.task(one.task)} of {headings.label(one.row)}"),
    ("seeds", lambda one: one.run, lambda one: f"{one.seed} of {headings.label(one.row)}, {headings.task(one.task)}"),
    ("evaluation files, or other versions of them", lambda one: one, lambda one: f"{one.task}/{one.set}/{one.language}"),
)


def _alone(mine: Collection[Measured], every: Sequence[Collection[Measured]]) -> Iterable[tuple[str, list[str]]]:
    """What one side has and another lacks, said once: rows; tasks of the rows on every side; seeds of those; files of those."""
    held = set(mine)
    for what, of_one, name in STEPS:
        everywhere = set.intersection(*({of_one(one) for one in found} for found in every))
        if names := sorted({name(one) for one in held if of_one(one) not in everywhere}):
            yield what, names
        held = {one for one in held if of_one(one) in everywhere}


def _same_runs(sides: Sequence[Side]) -> set[Place]:
    """Where two sides share a run: they share its cell key."""
    found: dict[Place, list[set[str]]] = defaultdict(list)
    for side in sides:
        for place, held in chains.by_cell(side.chains).items():
            found[place].append({one.scored.key for one in held})
    return {place for place, keys in found.items() if sum(map(len, keys)) > len(set.union(*keys))}


def places(found: Iterable[Place]) -> str:
    """`all (POS, NER), random_5 (POS) (2)`."""
    by_row: dict[Row, list[str]] = defaultdict(list)
    for row, task in sorted(found, key=lambda place: (headings.order(place[0]), place)):
        by_row[row].append(headings.task(task))
    return listed([f"{headings.label(row)} ({', '.join(tasks)})" for row, tasks in by_row.items()])


def listed(names: Sequence[str]) -> str:
    """The first names, and how many there are in all."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more} ({len(names)})"


def on_the_same(guesses: Scored, common: Collection[Measured]) -> list[scores.Score]:
    """The scores of floors on the files that are compared; none where runs of several settings guess differently."""
    files = {(one.row.encoder, one.task, one.set, one.language, one.file) for one in common}
    held: dict[tuple, list[SideScore]] = defaultdict(list)
    for key, score in guesses.items():
        if (key.row.encoder, key.task, key.set, key.language, key.file) in files:
            held[score.encoder, score.control, score.task, score.set, score.language].append(score)
    alike = [found[0] for found in held.values() if len({one.score for one in found}) == 1]
    return [
        scores.Score(one.encoder, one.subset, one.control, one.seed, one.task, one.set, one.language, one.group, one.score, one.n)
        for one in alike
    ]
