"""What was planted in a generated world (sources/sample), what should follow, and whether the verdicts of a study bear it out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from realignment.languages.table import Language
from realignment.results import comparisons, draws, floors, formatting, headings, wording
from realignment.results.comparisons import AVERAGE, BETTER, MISSING, UNDECIDED, WORSE
from realignment.results.scores import RETRIEVAL, WITHOUT_ENGLISH, Row
from realignment.results.tables import Study
from realignment.statistics import inference
from realignment.statistics.summary import Summary
from realignment.subsets import naming
from realignment.tasks import nli

SOURCE, NULL = "sample", "null"  # of a manifest; in the revision of its files where languages have no relations
FOUND = {BETTER: "better", WORSE: "worse", UNDECIDED: "undecided"}
YES, NO, OPEN, ABSENT, NOTHING = "yes", "no", "cannot tell", "not in this study", "nothing was planted"
SAME, SHUFFLED = "The two sides of a bitext mean the same.", "The two sides of shuffled pairs do not mean the same."
KIN = "Within a family three quarters of the words are inherited, and each language has the word order of a real one."
LOANS = "Languages out of distribution are in no subset and in no bitext, but share loans from English and word orders with the others."
UNRELATED = "Languages have nothing in common: each has words and a word order of its own."
NOTE = (
    "Differences are in points. A fact is recovered where at least one verdict agrees with what should follow and none contradicts it; it is not where one "
    "contradicts it; where none does either, the study cannot tell. That something does not improve counts as recovered only where it becomes worse. Shuffled "
    "pairs teach no translations, but may still help: they draw languages as a whole towards each other. What follows is that true pairs help more. The "
    "hypothesis alone stays at a guess where the two are less than two standard errors apart. NER in Latin and in other scripts is compared seed by seed "
    "(Student's t)."
)
Told = Mapping[str, Sequence[dict]]  # `comparison_tables.of_study`
Outcome = tuple[str, str]  # what came out, recovered


@dataclass(frozen=True)
class World:
    """What the data of a study say of the world they come from."""

    languages: Mapping[str, Language]
    subsets: Mapping[str, Sequence[str]]  # fixed subset -> its languages
    null: bool  # no relations between languages


def world(manifest: dict, subsets: dict, languages: Mapping[str, Language]) -> World | None:
    """None where the data were not generated."""
    if manifest["source"] != SOURCE:
        return None
    fixed = {name: one["languages"] for name, one in subsets["subsets"].items() if one["languages"]}
    return World(languages, fixed, any(NULL in one["revision"].split(", ") for one in manifest["files"]))


def of_study(study: Study, told: Told, about: World) -> list[dict]:
    """One row per fact."""
    facts = [
        (SAME, "Realignment on all languages improves retrieval.", _of_all(told, f"verdicts-{RETRIEVAL}")),
        (
            SHUFFLED,
            "Realignment on pairs improves retrieval more than on the same pairs shuffled.",
            judged(beside_shuffled(study, [RETRIEVAL])),
        ),
        (SAME, "Realignment on all languages improves the tasks.", _of_all(told, "verdicts-levels")),
        (
            SHUFFLED,
            "Realignment on pairs improves the tasks more than on the same pairs shuffled.",
            judged(beside_shuffled(study, [task for task in headings.TASKS if task != RETRIEVAL])),
        ),
        _between(KIN, "Realignment on a subset improves related languages outside it.", judged(relatives(study, about)), about),
        _between(
            LOANS,
            "Realignment improves them as well.",
            judged(_of_subsets(told, "verdicts-levels", headings.group("OOD"))),
            about,
        ),
        (
            "Realignment adds nothing that a task in English needs.",
            "English does not improve.",
            judged(_of_subsets(told, "verdicts-english", "English"), WORSE),
        ),
        (
            "The hypothesis of an NLI pair is drawn before its label, and does not tell it.",
            "From the hypothesis alone, NLI in English stays at a guess.",
            hypothesis(study),
        ),
        (
            "Names sound alike in all languages, and are written in the script of each.",
            "NER is better in Latin script, which is that of English, than in others.",
            scripts(study, about),
        ),
    ]
    columns = ("encoder", "planted", "should follow", "found", "recovered")
    return [dict(zip(columns, (study.title, fact, expected, *outcome), strict=True)) for fact, expected, outcome in facts]


def _between(fact: str, expected: str, outcome: Outcome, about: World) -> tuple[str, str, Outcome]:
    """A relation between languages, which a null world does not have."""
    return (UNRELATED, "Nothing follows.", (outcome[0], NOTHING)) if about.null else (fact, expected, outcome)


def judged(rows: Sequence[dict], wanted: str = BETTER) -> Outcome:
    """Rows of verdicts: how many are better, worse or undecided, and whether that is what is `wanted`."""
    rows = [row for row in rows if row["verdict"] != MISSING]
    if not rows:
        return formatting.MISSING, ABSENT
    parts, verdicts = [], {row["verdict"] for row in rows}
    for verdict in (BETTER, WORSE, UNDECIDED):
        if held := [row for row in rows if row["verdict"] == verdict]:
            of = "" if parts else f" of {wording.counted(len(rows), 'comparison')}"
            count = (
                f"{'both' if len(rows) == 2 else f'all {len(rows)}'} comparisons"
                if len(held) == len(rows) > 1
                else f"{len(held)}{of}"
            )
            which = f": {wording.listed(_names(rows, held))}" if len(held) < len(rows) and len(held) <= wording.MANY else ""
            parts.append(f"{FOUND[verdict]} in {count} ({wording.signed([row['difference'] for row in held])}){which}")
    contrary = WORSE if wanted == BETTER else BETTER
    return "; ".join(parts), NO if contrary in verdicts else YES if wanted in verdicts else OPEN


def _names(rows: Sequence[dict], held: Sequence[dict]) -> list[str]:
    """Of some of the rows, by what tells them apart: columns, subsets, or both."""
    varies = [part for part in ("subset", "column") if len({row[part] for row in rows}) > 1] or ["subset"]
    return [" ".join(row[part] for part in varies) for row in held]


def _against_none(told: Told, name: str) -> list[dict]:
    return [row for row in told.get(name, ()) if row["against"] == "none"]


def _of_subsets(told: Told, name: str, column: str) -> list[dict]:
    return [row for row in _against_none(told, name) if row["column"] == column and not headings.control(row["subset"])]


def _of_all(told: Told, name: str) -> Outcome:
    """Of the row of all languages, every resource level and the average."""
    rows = [row for row in _against_none(told, name) if not headings.control(row["subset"])]
    return judged([row for row in rows if naming.split(row["subset"]).heuristic == "all"])


def beside_shuffled(study: Study, tasks: Sequence[str]) -> list[dict]:
    """Each subset against the same subset with shuffled pairs, by level; one family."""
    columns = comparisons.level_columns(study, tasks)
    judged = comparisons.rows(study, columns)
    pairs = [(plain, row) for row in judged if row.control == "shuffled" and (plain := replace(row, control="")) in judged]
    return comparisons.table(comparisons.compare(study, columns, pairs))


def relatives(study: Study, about: World) -> list[dict]:
    """Each fixed subset against fine-tuning only, on the languages outside it that have a relative in it; one family."""
    everything = {AVERAGE: study.items([task for task in headings.TASKS if task != RETRIEVAL], WITHOUT_ENGLISH)}
    none, rows = Row(study.encoder, "none"), comparisons.rows(study, everything)
    found = []
    for row in rows if none in rows else ():
        chosen = about.subsets.get(row.subset, ())
        families = {about.languages[code].top_family for code in chosen}
        kin = {code for code, one in about.languages.items() if one.top_family in families and code not in chosen}
        items = {task: [code for code in codes if code in kin] for task, codes in everything[AVERAGE].items()}
        items = {task: codes for task, codes in items.items() if codes}
        if items and not row.control and not draws.drawn(row):
            found += comparisons.compare(study, {AVERAGE: items}, [(row, none)])
    return comparisons.table(found)


def hypothesis(study: Study) -> Outcome:
    """NLI of English from the hypothesis alone, against a guess."""
    items = study.items(["nli"], {"English"})
    cell = study.runs.cell(Row(study.encoder, "none", "hypothesis"), items)
    pairs = sum(study.runs.sizes.get(("nli", code), 0) for code in items.get("nli", ()))
    if cell.mean is None or not pairs:
        return formatting.MISSING, ABSENT
    guess = 1 / len(nli.LABELS)
    error = max(math.sqrt(guess * (1 - guess) / pairs), _error(cell))
    shown = f"{formatting.percent(cell.mean)}; a guess gives {formatting.percent(guess)} ± {formatting.percent(error)}"
    return shown, YES if abs(cell.mean - guess) <= floors.ERRORS * error else NO


def scripts(study: Study, about: World) -> Outcome:
    """NER after fine-tuning only: languages in Latin script minus the others, in each run."""
    codes = study.items(["ner"], {*WITHOUT_ENGLISH, "OOD"}).get("ner", [])
    latin = [code for code in codes if about.languages[code].script == "Latin"]
    others = [code for code in codes if code not in latin]
    parts = [study.runs.by_seed(Row(study.encoder, "none"), {"ner": names}) for names in (latin, others) if names]
    gaps = (
        Summary(tuple(parts[0][seed] - parts[1][seed] for seed in parts[0] if seed in parts[1]))
        if len(parts) == 2
        else Summary(())
    )
    if gaps.mean is None:
        return formatting.MISSING, ABSENT
    if not gaps.std:
        return formatting.points(gaps.mean), OPEN
    p = inference.two_sided(gaps.mean / _error(gaps), float(gaps.n - 1))
    shown = f"{formatting.points(gaps.mean)} ± {formatting.percent(_error(gaps))}, Latin minus others"
    return shown, OPEN if not p < inference.LEVEL else YES if gaps.mean > 0 else NO


def _error(cell: Summary) -> float:
    return 0.0 if cell.std is None else cell.std / math.sqrt(cell.n)
