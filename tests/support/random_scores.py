"""Scores of studies drawn by chance, and the tables that a report of them has."""

import random
from dataclasses import replace
from pathlib import Path

from random_studies import GROUPS

from realignment.report import comparison_tables
from realignment.results import averages, by_set, formatting, oracle, study_tables, tables
from realignment.results.scores import Score
from realignment.results.tables import Study
from realignment.tasks import QUESTIONS

SETS = {
    "pos": ("udpos", "masakhapos", "udpos own"),
    "ner": ("panx", "masakhaner2"),
    "nli": ("xnli",),
    "xquad": ("xquad",),
    "retrieval": ("heldout",),
}
EXACT = 0.5  # what exact match is of F1
ROWS = (
    ("none", ""),
    ("all", ""),
    ("uriel_diverse_5", ""),
    ("random_5", ""),
    ("joshi_3__random_5", ""),
    ("all", "shuffled"),
    ("all", "words"),
)
FLOORS = (("none", "majority"), ("none", "untrained"))
SEEDS = ("17", "23", "42", "17.23.23.23", "23.17.17.17")


def drawn(number: int) -> list[Score]:
    """Tasks, sets and languages by chance; languages that some sets and tasks lack; runs and single scores that are missing; uneven seeds;
    scores that their gold leaves undefined; one or two encoders, which have seen other languages."""
    chance = random.Random(number)
    languages = {f"q{chr(97 + place)}a": group for place, group in enumerate(chance.choices((*GROUPS, "English", ""), k=7))}
    tasks = chance.sample(sorted({*SETS} - QUESTIONS), chance.randint(1, 4))
    tasks += [task for task in sorted(QUESTIONS) if random.Random(f"{task} {number}").random() < 0.4]
    places = [(task, name, code) for task in tasks for name in SETS[task] for code in languages if chance.random() < 0.7]
    places = [
        one for one in places if (one[0], languages[one[2]]) != ("retrieval", "English")
    ]  # pairs are of English and another
    undefined = {place for place in places if chance.random() < 0.05}
    found = []
    for encoder in ("small", "small-b")[: chance.choice((1, 1, 2))]:
        own = {
            code: chance.choice(GROUPS) if encoder != "small" and chance.random() < 0.3 else group
            for code, group in languages.items()
        }
        for row in [*ROWS, *FLOORS]:
            for seed in chance.sample(SEEDS, chance.randint(1, 5)) if row not in FLOORS else SEEDS[:1]:
                for task in tasks:
                    lost = chance.random() < 0.1
                    mine = [] if lost else [one for one in places if one[0] == task and chance.random() < 0.98]
                    found += [
                        Score(
                            encoder,
                            *row,
                            seed,
                            *one,
                            own[one[2]],
                            None if one in undefined else chance.random(),
                            chance.randint(1, 99),
                        )
                        for one in mine
                    ]
    return found


def reported(found: list[Score], folder: Path, *, judged: bool = False) -> None:
    """The tables that a report of these scores has, as CSV; those of verdicts, which take a while, where they are wanted."""
    (folder / "tables").mkdir(parents=True)
    names = {one.language: one.language for one in found}
    runs = averages.collect(found)
    exact = averages.collect(
        replace(one, score=EXACT * one.score) for one in found if one.task in QUESTIONS and one.score is not None
    )
    studies = [Study(runs, encoder, {}, names, exact) for encoder in sorted({one.encoder for one in found})]
    tasks = tables.tasks(found)
    made = [table for study in studies for table in (*study_tables.of_study(study, tasks), *by_set.of_study(study, found, tasks))]
    for table in made:
        (folder / "tables" / f"{table.name}.csv").write_text(formatting.comma_separated(table), encoding="utf-8")
    for study in studies if judged else ():
        for name, rows in comparison_tables.of_study(study, tasks).items():
            (folder / "tables" / f"{study.encoder}-{name}.csv").write_text(formatting.plain(rows), encoding="utf-8")
    if judged:
        chosen = [row for study in studies for row in oracle.subsets(study, tasks)]
        (folder / "tables" / "best.csv").write_text(formatting.plain(chosen), encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "languages.csv").write_text("code,name\n" + "".join(f"{code},{name}\n" for code, name in names.items()))
    (folder / "data" / "subsets.json").write_text('{"subsets": {}}')
    (folder / "tables" / "scores.csv").write_text(formatting.long(found), encoding="utf-8")
