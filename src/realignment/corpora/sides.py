"""Whether the sides of a bitext are in the languages it says: told by the text that is at hand, no other is needed.

At hand are the evaluation sets of each language and the English sides of all bitexts. Three things are measured on a sample of pairs,
in nats per run of three characters (trigrams.py). In the paper's 65 languages, each bitext as it is and with its sides exchanged:
pairs that look exchanged are at most 0.5 % of a good bitext and at least 97.9 % of an exchanged one; an English side costs at most 0.34
more under English evaluation text than under its own, another language at least 1.3 (Naija, the nearest: 0.8). So 0.5 parts them.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from realignment.corpora import text
from realignment.corpora.measures import FEW, top_share
from realignment.corpora.trigrams import Model, counted, runs

PAIRS = 500  # of a bitext, evenly spread
SENTENCES = 500  # of an evaluation set, evenly spread
OTHERS = 40  # English sentences that each other bitext adds to what English looks like
LONG = 20  # runs of a side that can be told from another
SURE = 0.3  # nats by which one side must look more English than the other
COVERED = 0.4  # share of the target side's runs that English text must know
ENOUGH = 2000  # runs of a text that says what a language looks like
MOST = 30_000  # runs that are used of a text
GOLDEN = 0.6180339887498949  # steps of this part of a circle fall evenly, whatever period a file has


def chosen(row: int, total: int, wanted: int) -> bool:
    """Whether a row belongs to a sample of about `wanted` of `total`."""
    return total <= wanted or (row * GOLDEN) % 1 < wanted / total


@dataclass
class Sample:
    """Some pairs of a bitext, and the language of its target side."""

    language: str
    total: int
    related: frozenset[str] = frozenset()  # languages whose text may look like its own: those of its family
    pairs: list[tuple[str, str]] = field(default_factory=list)

    def add(self, start: int, sources: list[str | None], targets: list[str | None]) -> None:
        for row, (source, target) in enumerate(zip(sources, targets, strict=True), start):
            if source and target and chosen(row, self.total, PAIRS):
                self.pairs.append((source, target))

    def side(self, place: int) -> list[str]:
        return [pair[place] for pair in self.pairs]


class Side:
    """One side of a sample: half of it says what the text itself expects, the rest is what is measured."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        self.script = text.script_of(sentences)
        self.rest = counted(sentences[1::2], MOST)
        self._halves: dict[int, Counter] = {}
        self._own: dict[int, Model] = {}

    def half(self, size: int) -> Counter:
        if size not in self._halves:
            self._halves[size] = counted(self.sentences[::2], size)
        return self._halves[size]

    def own(self, size: int) -> Model:
        if size not in self._own:
            self._own[size] = Model.of(self.half(size))
        return self._own[size]


class Known:
    """Text of each language whose language nobody doubts: its evaluation sets."""

    def __init__(self, pivot: str) -> None:
        self.pivot = pivot
        self.texts: dict[str, list[str]] = defaultdict(list)
        self._models: dict[tuple[str, int], Model] = {}
        self._sizes: dict[str, int] = {}
        self._scripts: dict[str, str] = {}

    def add(self, language: str, sentences: list[str]) -> None:
        """Some sentences of a set."""
        self.texts[language] += [one for row, one in enumerate(sentences) if chosen(row, len(sentences), SENTENCES)]

    def size(self, language: str) -> int:
        if language not in self._sizes:
            self._sizes[language] = counted(self.texts.get(language, ()), MOST).total()
        return self._sizes[language]

    def model(self, language: str, size: int) -> Model:
        """What the first `size` runs of a language's text expect."""
        key = (language, size // 500)
        if key not in self._models:
            spread = sorted(self.texts[language], key=lambda one: text.marked(one, ""))
            self._models[key] = Model.of(counted(spread, size))
        return self._models[key]

    def gap(self, language: str, side: "Side") -> float | None:
        """Nats by which a text costs more under a language's text than under its own other half; None where either is short."""
        size = self.size(language)
        if size < ENOUGH or side.half(size).total() < ENOUGH or not side.rest:
            return None
        return self.model(language, side.half(size).total()).cost(side.rest) - side.own(size).cost(side.rest)

    def script(self, language: str) -> str:
        if language not in self._scripts:
            self._scripts[language] = text.script_of(self.texts.get(language, ())[:50])
        return self._scripts[language]

    def alike(self, script: str) -> list[str]:
        """Languages with enough text, of one script."""
        return [code for code in sorted(self.texts) if self.size(code) >= ENOUGH and self.script(code) == script]


def told(samples: dict[str, Sample], known: Known, unlike: float | None) -> dict[str, dict]:
    """Path -> what is told of a bitext's sides."""
    swapped = swapped_shares(samples, known)
    found = {}
    for path, sample in samples.items():
        few = len(sample.pairs) < FEW
        found[path] = {
            "swapped_share": swapped[path],
            "source_reads_as": None if few or unlike is None else source_reads_as(sample, known, unlike),
            "target_reads_as": None if few or unlike is None else target_reads_as(sample, known, unlike),
            "same_source": None if few else top_share(sample.side(0)),
            "same_target": None if few else top_share(sample.side(1)),
        }
    return found


def swapped_shares(samples: dict[str, Sample], known: Known) -> dict[str, float | None]:
    """Path -> share of pairs whose target side looks more English than their English side; None where too little can be told."""
    own = {path: counted(sample.side(0)[:OTHERS], MOST) for path, sample in samples.items()}
    english = counted(known.texts.get(known.pivot, ())[:SENTENCES], MOST)
    for counts in own.values():
        english.update(counts)
    return {path: _swapped(sample, Model.of(english - own[path])) for path, sample in samples.items()}


def _swapped(sample: Sample, model: Model) -> float | None:
    """None too where most pairs have sides that look alike."""
    told = right = swapped = 0
    for source, target in sample.pairs:
        first, second = Counter(runs(source)), Counter(runs(target))
        if min(first.total(), second.total()) >= LONG and source != target:
            told += 1
            costs = model.cost(first), model.cost(second)
            right += costs[0] < costs[1] - SURE
            swapped += model.known(second) >= COVERED and costs[1] < costs[0] - SURE
    return swapped / told if told >= FEW and 2 * (right + swapped) >= told else None


def source_reads_as(sample: Sample, known: Known, unlike: float) -> str | None:
    """The language that an English side is in where it is not English; None where it is, or cannot be told."""
    side = Side(sample.side(0))
    if known.script(known.pivot) and side.script != known.script(known.pivot):
        return nearest(side, known, unlike) or f"script {side.script or 'none'}"
    gap = known.gap(known.pivot, side)
    if gap is None or gap <= unlike:
        return None
    return nearest(side, known, unlike) or f"not {known.pivot}"


def target_reads_as(sample: Sample, known: Known, unlike: float) -> str | None:
    """The language that a target side is in where that is another than its file says; None where it is not, or cannot be told.

    Where the language has text of its own, another must fit better by `unlike` with as much text; else English, or a language of another
    family, must fit as its own would (Xhosa fits Zulu by 0.3).
    """
    side, own = Side(sample.side(1)), known.size(sample.language)
    if own < ENOUGH:
        return nearest(side, known, unlike, sample.related - {known.pivot})
    counts = counted(side.sentences, MOST)
    if counts.total() < ENOUGH:
        return None
    better = {}
    for code in known.alike(side.script):
        size = min(own, known.size(code))
        better[code] = known.model(sample.language, size).cost(counts) - known.model(code, size).cost(counts)
    best = max(better, key=lambda code: (better[code], code), default="")
    return best if best and best != sample.language and better[best] > unlike else None


def nearest(side: Side, known: Known, unlike: float, without: frozenset[str] = frozenset()) -> str | None:
    """The language whose text fits as well as the text's own, the best of them."""
    codes = [code for code in known.alike(side.script) if code not in without]
    gaps = {code: gap for code in codes if (gap := known.gap(code, side)) is not None and gap < unlike}
    return min(gaps, key=lambda code: (gaps[code], code), default=None)
