"""The sets of predictions/sets.tsv: writes them anew to standard output. `python predictions/choose.py > predictions/sets.tsv`, from the checkout.

Ten for XLM-R, of whose runs the models are made, and ten for mmBERT, of which there is no run; so far apart that they can be told from each other: those
that the models of POS, NER and NLI together expect to gain most and least, those most and least diverse by features, one family, random draws. None was
run by the authors.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realignment.commands import registered_sources
from realignment.commands.predict_register import TASKS
from realignment.languages import table as languages
from realignment.languages import uriel
from realignment.paper.facts import VECTORS
from realignment.predictor import asked, elsewhere, readings, recommended
from realignment.predictor.asked import Asked
from realignment.predictor.elsewhere import Elsewhere
from realignment.selection import heuristics
from realignment.subsets import registry

ROOT = Path(__file__).parents[1]
XLMR, MMBERT = "xlmr", "mmbert-base"
PLAN = {  # encoder -> (sizes of the best, of the worst, of the most diverse, of the least diverse, the family, sizes of random draws, their first seed)
    XLMR: ((5, 10), (5, 15), 8, 15, "Atlantic-Congo", (8, 15, 20), 1000),
    MMBERT: ((8, 15), (8, 20), 15, 8, "Indo-Iranian", (5, 10, 20), 2000),
}


@dataclass(frozen=True)
class Worth:
    """What `recommended.best` asks of sets; with sign -1 the best are the worst."""

    of: Callable[[Sequence], np.ndarray]
    sign: int

    def values(self, sets: Sequence) -> np.ndarray:
        return self.sign * self.of(sets)


def gains(models: Sequence) -> Callable[[Sequence], np.ndarray]:
    """Expected gains of sets, the mean over tasks of their means."""

    def of_one(one, sets: Sequence) -> np.ndarray:
        weights = elsewhere.columns_of(one).weights[:1]
        if not isinstance(one, Elsewhere):
            return one.model.values(sets, weights[0])
        parts = [
            (held.model, np.mean(readings.of_groups(held.model, weights, one.languages, one.seen), axis=0)[0])
            for held in one.models
        ]
        return np.mean([model.values(sets, mixed) for model, mixed in parts], axis=0)

    return lambda sets: np.mean([of_one(one, sets) for one in models], axis=0)


def chosen(encoder: str, models: Sequence, pool: Sequence[str]) -> Iterator[Asked]:
    best, worst, most, least, family, draws, seed = PLAN[encoder]
    known, short = languages.paper(), encoder.partition("-")[0]
    for sizes, what, sign in ((best, "best", 1), (worst, "worst", -1)):
        found = recommended.best(Worth(gains(models), sign), pool, sizes)  # type: ignore[arg-type]
        for size in sizes:
            how = f"expected to gain {'most' if sign > 0 else 'least'} of {size} languages, the mean of POS, NER and NLI, as far as exchanges find it"
            yield Asked(f"my_{short}_{what}_{size}", encoder, found[size].languages, how)
    vectors = uriel.load(VECTORS, ROOT / "data" / "uriel")
    every = [known[languages.ENGLISH], *(known[code] for code in pool)]
    for size, what, name in ((most, "diverse", "uriel_diverse"), (least, "similar", "uriel_similar")):
        wish = heuristics.Wish(size)
        choice = heuristics.computed(registry.RULES[name], heuristics.space(every, vectors), every[1:], every[0], wish)
        how = f"{registry.HEURISTICS[name].text}, {size}, computed as `subsets choose` does"
        yield Asked(f"my_{short}_{what}_{size}", encoder, tuple(choice.languages), how)
    kin = tuple(sorted(code for code in pool if known[code].top_family == family))
    yield Asked(f"my_{short}_family_{len(kin)}", encoder, kin, f"all of the pool that are {family}")
    for size in draws:
        drawn = tuple(heuristics.random_draw(pool, size, seed + size))
        yield Asked(f"my_{short}_random_{size}", encoder, drawn, f"random, by the authors' rule of drawing, seed {seed + size}")


def main() -> None:
    pool = sorted(code for code, one in languages.paper().items() if one.pool)
    given = registered_sources.source_of(ROOT, "published")
    wanted = [Asked("", encoder, (), "") for encoder in PLAN]
    models = registered_sources.fitted(ROOT, wanted, given, TASKS)
    print("\t".join(asked.COLUMNS))
    for encoder in PLAN:
        for one in chosen(encoder, [made for (label, _), made in models.items() if label == encoder], pool):
            print("\t".join((one.name, one.encoder, " ".join(sorted(one.languages)), one.how)))


if __name__ == "__main__":
    main()
