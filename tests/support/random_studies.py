"""Studies drawn by chance: tasks, seeds, subsets, controls, languages, effects from none to plain, and runs that are missing."""

from random import Random

from realignment.results import averages
from realignment.results.scores import Score
from realignment.results.tables import Study

SUBSETS = ("all", "uriel_diverse_5", "uriel_similar_5", "latin_diverse_5", "family_diverse_10", "random_5", "random_10")
CONTROLS = (("uriel_diverse_5", "shuffled"), ("all", "shuffled"), ("uriel_diverse_5", "self"))
OTHERWISE = (("uriel_diverse_5", "equal_pairs"), ("all", "equal_pairs"), ("all", "words"))
GROUPS = ("HRL", "MRL", "LRL seen", "LRL unseen", "OOD")
SIZES = {"none": 0, "all": 20, **{name: int(name.rpartition("_")[2]) for name in SUBSETS if "_" in name}}


def study(number: int) -> Study:
    """The same for the same number; fine-tuning only is there in most, English in most."""
    chance = Random(number)
    languages = {
        f"{group}{place}".replace(" ", ""): group for group in GROUPS for place in range(chance.choice((0, 1, 1, 2)))
    } or {"HRL0": "HRL"}
    languages |= {"eng": "English"} if chance.random() < 0.8 else {}
    names = chance.sample(SUBSETS, chance.randint(1, len(SUBSETS))) + (["none"] if chance.random() < 0.9 else [])
    rows = [(name, "") for name in names] + [row for row in CONTROLS if row[0] in names and chance.random() < 0.5]
    rows += [("none", "majority")] if chance.random() < 0.5 else []
    tasks = [*chance.sample(("pos", "ner", "nli"), chance.choice((1, 2, 3))), *["retrieval"] * (chance.random() < 0.8)]
    seeds = ("17", "23", "42", "66")[: chance.choice((1, 2, 2, 3, 4))]
    noise, effect, lost = chance.choice((0.001, 0.005, 0.02)), chance.choice((0.0, 0.02, 0.1)), chance.choice((0.0, 0.0, 0.05))

    def scored(chance: Random, rows: list[tuple[str, str]]) -> list[Score]:
        gains = {(row, task): chance.gauss(0, effect) for row in rows for task in tasks}
        return [
            Score(
                "small", *row, seed, task, task, code, group, min(max(0.5 + gains[row, task] + chance.gauss(0, noise), 0), 1), 100
            )
            for row in rows
            for seed in seeds
            for task in tasks
            if chance.random() >= lost
            for code, group in languages.items()
            if (task, group) != ("retrieval", "English")
        ]

    found, apart = scored(chance, rows), Random(f"otherwise {number}")
    found += scored(apart, [row for row in OTHERWISE if row[0] in names and apart.random() < 0.4])
    return Study(averages.collect(found), "small", SIZES, {code: code for code in languages})


def tasks(one: Study) -> list[str]:
    """Those that averages are over."""
    return [task for task in ("nli", "pos", "ner") if one.rows([task])]
