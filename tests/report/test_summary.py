"""The sentences of the first screen: each number and each verdict in them is counted again from the rows of verdicts."""

import functools
import json
import random
import re
from collections.abc import Sequence

import made_up
import pytest
import random_studies
from random_studies import tasks as tasks_of

from realignment.report import clauses, comparison_tables, summary
from realignment.results import averages, comparisons, planted, scores, tables
from realignment.results.scores import Score

NUMBERS = range(30)
CONTENT = {"records": [], "device": "cpu"}
NONE, BEFORE, RANDOM, ALL = (
    "fine-tuning only",
    "the encoder before realignment",
    "realignment on random subsets of the same size",
    "realignment on all languages",
)
SPELLED = {
    "HRL": "HRLs",
    "MRL": "MRLs",
    "LRL seen": "seen LRLs",
    "LRL unseen": "unseen LRLs",
    "Out of distribution": "languages out of distribution",
}
UNDECIDED = "cannot tell at this n"
BY = r"by (?P<low>\d+\.\d)(?: to (?P<high>\d+\.\d))? points"
DECIDED = re.compile(r"(?:realignment|that) on (?P<who>.+) is (?P<verdict>better|worse)(?: than (?P<base>.+?))?(?:, " + BY + ")?")
OPEN = re.compile(
    r"(?:(?:realignment|that) on (?P<who>.+) cannot|none of the (?P<all>\d+) subsets can) be told from (?P<base>.+?)"
    r"(?: \((?P<low>[+−]?\d+\.\d)(?: to (?P<high>[+−]?\d+\.\d))? points\))?"
)
TALLY = re.compile(
    r"(?P<count>\d+) of (?P<of>\d+) subsets (?:is|are) (?P<verdict>better|worse) than (?P<base>.+?)(?:, "
    + BY
    + r")?(?:,? and (?P<rest>(?P<worse>\d+) (?:is|are) worse(?:, by .+ points)?))?"
)
LEANING = re.compile(
    r"realignment on (?P<who>.+) scores (?P<where>higher|lower) than fine-tuning only, " + BY + r", but with (?P<seeds>.+?) "
    r"(?:this difference cannot|neither of these differences can|none of these differences can) be told from chance"
)


@functools.cache
def said_of(number: int) -> tuple[summary.Summary, comparison_tables.Rows]:
    return said(random_studies.study(number))


def said(study: tables.Study) -> tuple[summary.Summary, comparison_tables.Rows]:
    told = comparison_tables.of_study(study, tasks_of(study))
    return summary.of_study(CONTENT, [study], {"small": told}), told


def of(told: comparison_tables.Rows, name: str, against: str, *, control: bool) -> list[dict]:
    """Rows of the average in one table of verdicts that have a difference."""
    rows = [
        row for row in told.get(name, []) if row["against"].startswith(against) and row["column"] == "Average without English"
    ]
    return [row for row in rows if row["n"] and row["n against"] and (" " in row["subset"]) is control]


def number_of(text: str) -> float:
    return float(text.replace("−", "-"))


def are(who: str, held: Sequence[dict], rows: Sequence[dict]) -> bool:
    """Whether words name exactly these of the rows."""
    if every := re.fullmatch(r"all (\d+) subsets", who):
        return int(every[1]) == len(rows) == len(held)
    if count := re.fullmatch(r"(\d+) of the (\d+) subsets", who):
        return (int(count[1]), int(count[2])) == (len(held), len(rows))
    return re.split(r", | and ", who) == ["all languages" if row["subset"] == "all" else f"`{row['subset']}`" for row in held]


def span(match: re.Match, values: Sequence[float]) -> bool:
    low, high = number_of(match["low"]), number_of(match["high"] or match["low"])
    return abs(low - min(values)) < 0.0501 and abs(high - max(values)) < 0.0501


def claims(text: str, rows: Sequence[dict], *bases: str) -> None:
    """Every clause must be borne out by the rows, and no row be left out; the first clause names one of the references."""
    verdicts = [row["verdict"] for row in rows]
    if tally := TALLY.fullmatch(text):
        counts = {tally["verdict"]: int(tally["count"])} | ({"worse": int(tally["worse"])} if tally["worse"] else {})
        assert int(tally["of"]) == len(rows) and tally["base"] in bases
        assert {one: verdicts.count(one) for one in ("better", "worse") if one in verdicts} == counts, text
        sizes = {one: [abs(row["difference"]) for row in rows if row["verdict"] == one] for one in counts}
        assert not tally["low"] or span(tally, sizes[tally["verdict"]]), text
        if tally["rest"]:
            rest = re.search(BY, tally["rest"])
            assert bool(rest) is bool(tally["low"]) and (not rest or span(rest, sizes["worse"])), text
        return
    told = []
    for part in text.split("; "):
        found = DECIDED.fullmatch(part) or OPEN.fullmatch(part)
        assert found, part
        verdict = found["verdict"] if found.re is DECIDED else UNDECIDED
        held = [row for row in rows if row["verdict"] == verdict]
        assert found["base"] in (bases if not told else ("it",) if verdict == UNDECIDED else (None,)), part
        if found["who"]:
            assert are(found["who"], held, rows), part
        else:
            assert int(found["all"]) == len(held) == len(rows), part
        sizes = [row["difference"] if verdict == UNDECIDED else abs(row["difference"]) for row in held]
        assert span(found, sizes) if found["low"] else len(set(verdicts)) == 1 and "; " not in text, part
        told.append(verdict)
    assert sorted(told) == sorted(set(verdicts)), text


def levels(text: str, listed: Sequence[dict], average: Sequence[dict]) -> None:
    """What is said of resource levels, against a count made anew."""
    rows = [row for row in listed if row["against"] == "none" and row["column"] in SPELLED and " " not in row["subset"]]
    rows = [row for row in rows if row["verdict"] != "missing"]
    held: dict[str, list[str]] = {}
    for row in rows:
        held.setdefault(SPELLED[row["column"]], []).append(row["verdict"])
    better, worse = ([one.count(verdict) for one in held.values()] for verdict in ("better", "worse"))
    if not rows:
        assert text == ""
    elif text in (", and at no resource level either", "; at no resource level can a difference be told from chance"):
        assert not any(better) and not any(worse)
        assert ("either" in text) is ({row["verdict"] for row in average} == {UNDECIDED})
    elif every := re.fullmatch(r"; at each resource level, (?:(it)|(all )?(\d+)(?: of (\d+))?) (?:is|are) better", text):
        count = int(every[3] or 1)
        assert set(better) == {count} and not any(worse) and len(held) > 1
        assert {len(one) for one in held.values()} == {count if every[1] or every[2] else int(every[4])}
    elif total := re.fullmatch(r"; by resource level, (\d+) of (\d+) comparisons are better and (\d+) worse", text):
        assert [int(one) for one in total.groups()] == [sum(better), len(rows), sum(worse)]
    else:
        found = re.fullmatch(
            r"; by resource level, (?:better on (.+?))?(?:, )?(?:worse on (.+?))?(, and neither on the others)?", text
        )
        assert found and bool(found[3]) is any(not up and not down for up, down in zip(better, worse, strict=True)), text
        for said, verdict in ((found[1], "better"), (found[2], "worse")):
            parts = re.findall(r"(?:^|, | and )([A-Za-z ]+?) \((\d+) of (\d+)\)", said or "")
            counted = [(name, one.count(verdict), len(one)) for name, one in held.items() if verdict in one]
            assert [(name, int(count), int(of)) for name, count, of in parts] == counted, text


def clause(found: summary.Summary, start: str) -> str:
    """The rest of the one sentence that begins so, without its full stop."""
    said = [one for one in found.sentences if one.startswith(start)]
    assert len(said) < 2
    return said[0][len(start) :].removesuffix(".") if said else ""


def seeds_of(number: int) -> str:
    """`2 seeds`, or from how many to how many the fixed rows have."""
    rows = [
        (row, held)
        for row, held in random_studies.study(number).runs.rows.items()
        if not row.control and "random" not in row.subset
    ]
    counts = {sum(any(task != "retrieval" for task, _ in one) for one in held.values()) for _, held in rows}
    return f"{' to '.join(map(str, sorted({min(counts), max(counts)})))} {'seed' if counts == {1} else 'seeds'}"


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_said_of_gains_follows_from_the_verdicts(number):
    found, told = said_of(number)
    rows, sentence = of(told, "verdicts-levels", "none", control=False), found.sentences[1]
    if not rows:
        assert sentence == "No subset can be compared with fine-tuning only yet."
        return
    if all(row["p"] is None for row in told["verdicts-levels"] if row["against"] == "none" and " " not in row["subset"]):
        assert "nothing can be told from chance" in sentence
        numbers = [number_of(one) for one in re.findall(r"[+−]?\d+\.\d\d", sentence)]
        sizes = [row["difference"] for row in rows]
        assert numbers[0] == pytest.approx(min(sizes), abs=0.00501) and numbers[-1] == pytest.approx(max(sizes), abs=0.00501)
        return
    said = clause(found, "On the average without English, ")
    average, by_level = re.fullmatch(r"(.+?)((?:; at |; by resource|, and at no).*)?", said).groups("")
    levels(by_level, told["verdicts-levels"], rows)
    if leaning := LEANING.fullmatch(average):
        sizes = [row["difference"] for row in rows]
        assert {row["verdict"] for row in rows} == {UNDECIDED} and are(leaning["who"], rows, rows)
        assert all((size > 0) is (leaning["where"] == "higher") for size in sizes) and leaning["seeds"] == seeds_of(number)
        assert span(leaning, [abs(size) for size in sizes])
    else:
        claims(average, rows, NONE)


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_said_of_tasks_follows_from_the_verdicts(number):
    found, told = said_of(number)
    rows = [row for row in told.get("verdicts-tasks", []) if row["against"] == "none" and " " not in row["subset"]]
    rows = [row for row in rows if row["verdict"] != "missing"]
    held = {column: [row["verdict"] for row in rows if row["column"] == column] for column in {row["column"] for row in rows}}
    said = clause(found, "By task, ").partition(". In English itself, ")[0]
    if len(held) < 2 or all(row["p"] is None for row in rows):
        assert said == ""
        return
    for verdict in ("better", "worse"):
        part = re.search(
            rf"{verdict}(?: than fine-tuning only)? in ((?:(?:, | and )?[A-Z]+ \(\d+ of \d+(?: subsets?)?\))+)", said
        )
        counts = {
            task: (int(count), int(of))
            for task, count, of in re.findall(r"([A-Z]+) \((\d+) of (\d+)(?: subsets?)?\)", part[1] if part else "")
        }
        assert counts == {task: (one.count(verdict), len(one)) for task, one in held.items() if verdict in one}
    told_apart = any(verdict in one for one in held.values() for verdict in ("better", "worse"))
    assert ("no subset can be told" in said) != told_apart
    assert not told_apart or re.match(
        r"realignment is (better|worse) than fine-tuning only in [A-Z]+ \(\d+ of (1 subset|\d+ subsets)\)", said
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_said_of_english_follows_from_the_verdicts(number):
    found, told = said_of(number)
    rows = [row for row in told.get("verdicts-english", []) if row["against"] == "none" and row["column"] == "English"]
    rows = [row for row in rows if " " not in row["subset"] and row["verdict"] != "missing"]
    (said,) = re.findall(r"[Ii]n English itself, (.+)\.", "\n".join(found.sentences)) or [""]
    assert bool(said) is any(row["p"] is not None for row in rows)
    if said:
        claims(said, rows, NONE)


@pytest.mark.parametrize(("verdicts", "said"), [
    ({"POS": "bbbbb", "NER": "uuuuu", "NLI": "uwwuu"}, "better than fine-tuning only in POS (5 of 5 subsets) and worse in NLI (2 of 5)"),
    ({"POS": "bb", "NER": "bu"}, "better than fine-tuning only in POS (2 of 2 subsets) and NER (1 of 2)"),
    ({"POS": "u", "NER": "w"}, "worse than fine-tuning only in NER (1 of 1 subset)"),
])  # fmt: skip
def test_the_tasks_in_which_realignment_is_better_are_named_with_what_it_is_better_than(verdicts, said):
    words = {"b": "better", "w": "worse", "u": UNDECIDED}
    rows = [{"column": task, "verdict": words[one]} for task, each in verdicts.items() for one in each]
    assert clauses.tasks(rows) == f"by task, realignment is {said}"


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_said_of_random_and_of_all_languages_follows_from_the_verdicts(number):
    found, told = said_of(number)
    held = {
        RANDOM: of(told, "random-levels", "random", control=False),
        ALL: of(told, "verdicts-levels", "all", control=False),
    }
    held = {base: rows for base, rows in held.items() if any(row["p"] is not None for row in rows)}
    sentence = clause(found, "On the same average, ")
    parts = re.split(r"; (?=realignment on|none of|\d+ of \d)", sentence) if sentence else []
    for part, (base, rows) in zip(parts, held.items(), strict=True):
        claims(part, rows, base)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_difference_that_would_be_found_is_the_least_that_holds_for_every_undecided_comparison(number):
    found, told = said_of(number)
    rows = of(told, "random-levels", "random", control=False) + of(told, "verdicts-levels", "all", control=False)
    rows = [row for row in rows if row["p"] is not None]
    least = [row["detectable"] or float("inf") for row in rows if row["verdict"] == UNDECIDED]
    said = [one for one in found.sentences if "four of five such studies" in one]
    assert len(said) == bool(least)
    for sentence in said:
        assert sentence.startswith(f"With {seeds_of(number)}, ")
        if max(least) >= 100:
            assert "no true difference, however large" in sentence and not re.search(r"\d\.\d", sentence)
            assert ("for some of these" in sentence) is (min(least) < 100)
        else:
            (shown,) = re.findall(r"(\d+\.\d) points or more", sentence)
            assert float(shown) == pytest.approx(max(least), abs=0.0501)
            assert ("where no difference can be told" in sentence) is (len(least) < len(rows))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("table", ["levels", "retrieval"])
def test_what_is_said_of_controls_and_retrieval_follows_from_the_verdicts(number, table):
    found, told = said_of(number)
    if table == "retrieval":
        sentence, bases = clause(found, "In retrieval, "), (BEFORE, "it")
    else:
        starts = [one for one in found.sentences if re.match("With (?:shuffled|English paired)", one)]
        sentence, bases = (starts[0][0].lower() + starts[0][1:].removesuffix(".") if starts else ""), (NONE, "it")
    listed = of(told, f"verdicts-{table}", "none", control=True)
    held = [("", of(told, f"verdicts-{table}", "none", control=False))] if table == "retrieval" else []
    held = [(words, rows) for words, rows in held if any(row["p"] is not None for row in rows)]
    for control, words in (("shuffled", "with shuffled pairs, "), ("self", "with English paired with itself, ")):
        rows = [row for row in listed if row["subset"].endswith(control) and row["p"] is not None]
        held += [(words, [{**row, "subset": row["subset"].partition(" ")[0]} for row in rows])] if rows else []
    parts = re.split("; (?=with )", sentence) if sentence else []
    for place, (part, (words, rows)) in enumerate(zip(parts, held, strict=True)):
        assert part.startswith(words)
        claims(part[len(words) :], rows, bases[min(place, 1)])


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_said_of_rows_realigned_otherwise_follows_from_the_verdicts(number):
    found, told = said_of(number)
    starts = [one for one in found.sentences if re.match("With equal pairs|On words", one)]
    sentence = starts[0][0].lower() + starts[0][1:].removesuffix(".") if starts else ""
    listed = [row for row in of(told, "otherwise-levels", "", control=True) if row["p"] is not None]
    assert all(row["subset"].partition(" ")[0] == row["against"] for row in listed)
    held = []
    for control, words, base in (
        ("equal_pairs", "with equal pairs per language, ", "the same with equal steps"),
        ("words", "on words, ", "the same on sentences"),
    ):
        rows = [{**row, "subset": row["against"]} for row in listed if row["subset"].endswith(control)]
        held += [(words, base, rows)] if rows else []
    parts = re.split("; (?=on words)", sentence) if sentence else []
    for part, (words, base, rows) in zip(parts, held, strict=True):
        assert part.startswith(words)
        claims(part[len(words) :], rows, base)


@pytest.mark.parametrize("number", NUMBERS)
def test_there_are_two_to_eight_sentences_and_one_on_what_is_missing_each_whole_and_short(number):
    found, _ = said_of(number)
    assert 2 <= len(found.sentences) <= 8 + any("Incomplete" in one or "floor" in one for one in found.sentences)
    assert all(re.fullmatch(r"[A-Z].*[^.;,]\.", one) and "  " not in one and "None" not in one for one in found.sentences)
    assert all(len(one.split()) <= 45 for text in found.sentences for one in re.split(r"(?<=\.) (?=[A-Z])", text))


def test_every_kind_of_sentence_comes_up():
    text = "\n".join("\n".join(said_of(number)[0].sentences) for number in NUMBERS)
    for words in (
        "is better than fine-tuning only", "worse than fine-tuning only", "can be told from fine-tuning only", "higher than fine-tuning only", "lower than",
        "With 1 seed, nothing can be told from chance", "No subset can be compared with", "random subsets of the same size", "from realignment on all languages",
        "With equal pairs per language", "n words, realignment on", "the same on sentences", "With shuffled pairs", "English paired with itself", "In retrieval", "Incomplete", "stays at its floor", "at each resource level",
        "at no resource level either", "comparisons are better", "points or more", "however large", "where no difference can be told", "whichever of these",
    ):  # fmt: skip
        assert words in text, words


def study(effects: dict[str, float], seeds: Sequence[str] = ("17", "23", "42", "66"), **other: float) -> tables.Study:
    """Row -> mean score of POS and NER, the noise of a seed small; `other`: mean scores of retrieval."""
    noise = dict(zip(seeds, (-0.001, 0.001, -0.0005, 0.0005) if len(seeds) > 1 else (0.0,), strict=False))
    rows = [
        Score("small", *label.partition(" ")[::2], seed, task, task, code, group, value + noise[seed] * (1 + place / 7), 100)
        for place, (label, value) in enumerate(effects.items())
        for seed in seeds
        for task in ("pos", "ner")
        for code, group in (("eng", "English"), ("deu", "HRL"), ("fon", "LRL unseen"))
    ]
    return tables.Study(averages.collect(rows), "small", random_studies.SIZES)


def test_by_hand_better_worse_and_undecided():
    found, _ = said(
        study({"none": 0.5, "all": 0.55, "uriel_diverse_5": 0.56, "uriel_similar_5": 0.46, "latin_diverse_5": 0.5002})
    )
    assert found.sentences[0] == (
        "The encoder `small` was fine-tuned in English on POS and NER, without realignment and after realignment on 4 subsets of 5 to 20 languages, with 4 "
        "seeds on a CPU, and tested in 2 other languages."
    )
    assert found.sentences[1] == (
        "On the average without English, 2 of 4 subsets are better than fine-tuning only, by 5.0 to 6.0 points, and 1 is worse, by 4.0 points; by resource "
        "level, 4 of 8 comparisons are better and 2 worse."
    )
    assert not any("Incomplete" in one for one in found.sentences)


def test_by_hand_few_subsets_are_named_and_their_levels_listed():
    found, _ = said(study({"none": 0.5, "all": 0.55, "uriel_diverse_5": 0.5002}))
    assert found.sentences[1] == (
        "On the average without English, realignment on all languages is better than fine-tuning only, by 5.0 points; that on `uriel_diverse_5` cannot be told "
        "from it (0.0 points); at each resource level, 1 of 2 is better."
    )


def two_seeds(**others: tuple[float, float]) -> tables.Study:
    """Row -> its score of POS by either seed, beside fine-tuning only, whose luck is as large as what is gained."""
    rows = [
        Score("small", label, "", seed, "pos", "pos", code, group, value, 100)
        for label, values in {"none": (0.5, 0.52), **others}.items()
        for seed, value in zip(("17", "23"), values, strict=True)
        for code, group in (("eng", "English"), ("deu", "HRL"), ("fon", "LRL unseen"))
    ]
    return tables.Study(averages.collect(rows), "small", random_studies.SIZES)


def test_by_hand_all_point_the_same_way_and_none_can_be_told():
    found, _ = said(two_seeds(all=(0.55, 0.53), uriel_diverse_5=(0.52, 0.56), uriel_similar_5=(0.54, 0.51)))
    assert found.sentences[1] == (
        "On the average without English, realignment on all 3 subsets scores higher than fine-tuning only, by 1.5 to 3.0 points, but with 2 seeds none of these "
        "differences can be told from chance, and at no resource level either."
    )


def test_by_hand_they_point_different_ways_and_none_can_be_told():
    found, _ = said(two_seeds(all=(0.55, 0.53), uriel_diverse_5=(0.52, 0.56), uriel_similar_5=(0.51, 0.49)))
    assert found.sentences[1] == (
        "On the average without English, none of the 3 subsets can be told from fine-tuning only (−1.0 to +3.0 points), and at no resource level either."
    )


def test_resource_levels_are_listed_with_those_where_nothing_is_told():
    verdicts = {"HRL": ("better", "worse"), "MRL": ("better", "better"), "LRL seen": ("cannot tell at this n",) * 2}
    rows = [{"column": column, "verdict": verdict} for column, found in verdicts.items() for verdict in found]
    assert clauses.levels(rows, False) == (
        "; by resource level, better on HRLs (1 of 2) and MRLs (2 of 2), worse on HRLs (1 of 2), and neither on the others"
    )
    assert clauses.levels(rows, False, clauses.TOTALS) == "; by resource level, 3 of 6 comparisons are better and 1 worse"


def test_what_became_of_a_planted_fact_is_told_by_counts_and_names():
    rows = [
        {"subset": name, "column": "HRL", "verdict": verdict, "difference": gain}
        for name, verdict, gain in (("all", "better", 3.0), ("latin_diverse_5", "better", 1.0), ("random_5", UNDECIDED, 0.5))
    ]
    assert planted.judged(rows) == (
        "better in 2 of 3 comparisons (+1.00 to +3.00): all and latin_diverse_5; undecided in 1 (+0.50): random_5",
        planted.YES,
    )
    assert planted.judged(rows[:2]) == ("better in both comparisons (+1.00 to +3.00)", planted.YES)


def test_by_hand_one_seed():
    found, _ = said(study({"none": 0.5, "all": 0.55, "uriel_diverse_5": 0.53}, seeds=("17",)))
    assert (
        found.sentences[1]
        == "With 1 seed, nothing can be told from chance: on the average without English, the scores differ from fine-tuning only by +3.00 to +5.00 points."
    )
    assert len(found.sentences) == 2


def test_by_hand_shuffled_pairs_that_gain_as_well():
    found, _ = said(study({"none": 0.5, "all": 0.55, "all shuffled": 0.54}))
    assert "With shuffled pairs, realignment on all languages is better than fine-tuning only, by 4.0 points." in found.sentences


def test_two_encoders_are_told_of_in_the_same_sentences():
    known = {language.code: language for language in made_up.world()}
    records = made_up.records() + made_up.records(encoder="other")
    runs = averages.collect(scores.of_records(records, known, {"small": "mbert", "other": "mbert"}))
    studies = [tables.Study(runs, name, made_up.SUBSETS) for name in ("other", "small")]
    told = {one.encoder: comparison_tables.of_study(one, tasks_of(one)) for one in studies}
    found = summary.of_study({"records": records, "device": "cpu"}, studies, told)
    assert found.sentences[0].startswith("The encoders `other` and `small` were fine-tuned")
    assert found.sentences[1].startswith("For `other`, on the average") and ". For `small`, on the average" in found.sentences[1]
    assert 2 <= len(found.sentences) <= 8 + any("Incomplete" in one or "floor" in one for one in found.sentences)


def test_an_unfinished_study_says_what_it_lacks():
    whole = random_studies.study(3)
    runs = averages.Runs({row: held for row, held in whole.runs.rows.items() if row.subset == "none"}, whole.runs.group)
    found, _ = said(tables.Study(runs, "small"))
    assert found.sentences[1] == "No subset can be compared with fine-tuning only yet."
    assert found.sentences[-1] == "Incomplete: no subset has a run."
    assert comparisons.MISSING not in " ".join(found.sentences)


def test_json_holds_the_sentences_and_what_was_planted():
    facts = [{"encoder": "small", "planted": "a", "should follow": "b", "found": "c", "recovered": "yes"}]
    one = random_studies.study(1)
    found = summary.of_study(CONTENT, [one], {"small": comparison_tables.of_study(one, tasks_of(one))}, facts=facts)
    assert json.loads(found.to_json()) == {"sentences": list(found.sentences), "planted": facts}


@pytest.mark.parametrize("number", NUMBERS)
def test_incomplete_is_what_has_fewer_whole_runs_than_another_row(number):
    found, told = said_of(number)
    rows = [row for row in told.get("verdicts-levels", []) if row["against"] == "none"]
    counts = [(row["subset"], row["n"]) for row in rows] + [("fine-tuning only", row["n against"]) for row in rows]
    counts = [(name, count) for name, count in counts if not name.startswith("random")]
    most = max((count for _, count in counts), default=0)
    less = {name for name, count in counts if count < most}
    assert found.sentences[-1].startswith("Incomplete: ") is (not counts or bool(less))
    if 0 < len(less) < 5:
        assert all(name in found.sentences[-1] for name in less)


def test_a_task_beside_the_average_is_named_and_so_is_what_the_average_is_of():
    """Of a study of POS and XQuAD the average is POS alone."""
    noise = random.Random(3)
    rows = [
        Score("small", subset, "", seed, task, "made", code, "HRL", value + gain[task] * (subset != "none") + noise.gauss(0, 0.01), 500)
        for gain in [{"pos": 0.2, "xquad": -0.2}] for task in gain for subset in ("none", "latin_diverse_5", "uriel_diverse_5", "all")
        for seed in "123" for code, value in (("qab", 0.5), ("qac", 0.6))
    ]  # fmt: skip
    study = tables.Study(averages.collect(rows), "small")
    told = comparison_tables.of_study(study, ["pos", "xquad"])
    assert summary.by_task(study, told, clauses.NAMES) == (
        "by task, realignment is worse than fine-tuning only in XQuAD (3 of 3 subsets)"
    )
    assert "on the average of POS without English" in summary.gains(study, told, clauses.NAMES)
