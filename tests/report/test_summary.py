"""The sentences of the first screen: each number and each verdict in them is counted again from the rows of verdicts."""

import functools
import json
import re
from collections.abc import Sequence

import made_up
import pytest
import random_studies
from random_studies import tasks as tasks_of

from realignment.report import comparison_tables, summary
from realignment.results import averages, comparisons, scores, tables
from realignment.results.scores import Score

NUMBERS = range(30)
CONTENT = {"records": [], "device": "cpu"}
FREE = (
    "fine-tuning only",
    "the encoder before realignment",
    "random subsets of their size",
    "it",
    "them",
    "realignment on all languages",
)
NAMED = rf"(?P<who>(?:[^;:,]|, (?!by ))+?) (?:(?:is|are) (?P<verdict>better|worse) than|(?:cannot|can) be told from) (?P<base>{'|'.join(FREE)})"
SPELLED = {
    "HRL": "HRLs",
    "MRL": "MRLs",
    "LRL seen": "seen LRLs",
    "LRL unseen": "unseen LRLs",
    "Out of distribution": "languages out of distribution",
}
CLAIM = re.compile(NAMED + r"(?:, by (?P<low>\d+\.\d)(?: to (?P<high>\d+\.\d))? points)?")


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


def bears_out(claim: re.Match, rows: Sequence[dict]) -> bool:
    """Whether exactly the rows of the claim's verdict are named, and their differences span what it says."""
    verdict = claim["verdict"] or "cannot tell at this n"
    held = [row for row in rows if row["verdict"] == verdict]
    who = claim["who"].strip()
    if number := re.fullmatch(r"(all |none of the )?(\d+) subsets", who):
        assert (number[1] == "none of the ") is (not claim["verdict"] and bool(number[1]))
        right = len(held) == int(number[2]) and (len(held) == len(rows) if number[1] else len(held) > 4)
    else:
        right = re.split(r", | and ", who) == ["all languages" if row["subset"] == "all" else row["subset"] for row in held]
    if claim["verdict"]:
        sizes = [abs(row["difference"]) for row in held]
        low, high = float(claim["low"]), float(claim["high"] or claim["low"])
        right = right and abs(low - min(sizes)) < 0.0501 and abs(high - max(sizes)) < 0.0501
    return right


def claims(text: str, rows: Sequence[dict]) -> str:
    """What is left of a text when its claims are taken out; each must be borne out, and no row be left out."""
    found = list(CLAIM.finditer(text))
    assert {one["verdict"] or "cannot tell at this n" for one in found} == {row["verdict"] for row in rows}, text
    assert all(bears_out(one, rows) for one in found), text
    return CLAIM.sub("", text)


def levels(listed: Sequence[dict]) -> str:
    """How many subsets are better than `none`, and worse, by resource level, counted anew."""
    parts = []
    for column, name in SPELLED.items():
        rows = [row for row in listed if row["against"] == "none" and row["column"] == column and " " not in row["subset"]]
        verdicts = [row["verdict"] for row in rows if row["verdict"] != "missing"]
        worse = verdicts.count("worse")
        note = f" ({worse} worse)" if worse else ""
        parts += [f"{verdicts.count('better')} of {len(verdicts)} on {name}{note}"] if verdicts else []
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def clause(text: str, start: str) -> str:
    """The rest of the sentence that begins so."""
    return text[len(start) :] if text.lower().startswith(start) else ""


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_said_of_gains_follows_from_the_verdicts(number):
    found, told = said_of(number)
    rows, sentence = of(told, "verdicts-levels", "none", control=False), found.sentences[1]
    if not rows:
        assert sentence == "No subset can be held against fine-tuning only yet."
        return
    if all(row["p"] is None for row in told["verdicts-levels"] if row["against"] == "none" and " " not in row["subset"]):
        assert sentence.startswith("Nothing can be told")
        numbers = [float(one.replace("−", "-")) for one in re.findall(r"[+−]?\d+\.\d\d", sentence)]
        sizes = [row["difference"] for row in rows]
        assert numbers[0] == pytest.approx(min(sizes), abs=0.00501) and numbers[-1] == pytest.approx(max(sizes), abs=0.00501)
        return
    average, _, by_level = clause(sentence, "on the average without english, ").partition("; by resource level, better are ")
    assert claims(average, rows).strip("; .") == ""
    assert by_level.removesuffix(".") == levels(told["verdicts-levels"])


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_said_of_random_and_of_all_languages_follows_from_the_verdicts(number):
    found, told = said_of(number)
    sentence = "".join(clause(one, "on the same average, ") for one in found.sentences)
    held = [of(told, "random-levels", "random", control=False), of(told, "verdicts-levels", "all", control=False)]
    held = [rows for rows in held if any(row["p"] is not None for row in rows)]
    parts = re.split(r"; (?=[^;]* (?:than|from) realignment on)", sentence) if len(held) == 2 else [sentence] if held else []
    assert bool(sentence) == bool(held)
    for part, rows in zip(parts, held, strict=True):
        seen = [row["detectable"] for row in rows if row["verdict"].startswith("cannot") and row["detectable"]]
        least = re.search(
            r" \((to be found .* would have had to be (\d+\.\d) points|so few runs find no difference .*however large)\)", part
        )
        assert bool(least) == bool(seen)
        if least:
            assert float(least[2] or "inf") == pytest.approx(max(seen), abs=0.0501) if max(seen) < 100 else not least[2]
        assert claims(part.replace(least[0], "") if least else part, rows).strip("; .") == ""


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_said_of_controls_and_retrieval_follows_from_the_verdicts(number):
    found, told = said_of(number)
    sentence = next((one for one in found.sentences if re.match("With (shuffled|English paired)|In retrieval", one)), "")
    for control, words in (("shuffled", "with shuffled pairs, "), ("self", "with english paired with itself, ")):
        listed = of(told, "verdicts-levels", "none", control=True)
        rows = [row for row in listed if row["subset"].endswith(control) and row["p"] is not None]
        parts = [one for one in sentence.removesuffix(".").split("; ") if one.lower().startswith(words)]
        for part, row in zip(parts, rows, strict=True):
            assert claims(clause(part, words), [{**row, "subset": row["subset"].partition(" ")[0]}]).strip() == ""
            sentence = sentence.replace(part, "")
    for control in (False, True):
        rows = of(told, "verdicts-retrieval", "none", control=control)
        if any(row["p"] is not None for row in rows):
            before, sentence = re.split(r"(?i)in retrieval, ", sentence, maxsplit=1)
            assert before.strip("; .") == ""
            part, _, rest = sentence.partition("; in retrieval, ")
            average, _, by_level = part.removesuffix(".").partition("; by resource level, better are ")
            assert by_level == ("" if control else levels(told["verdicts-retrieval"]))
            assert claims(average, rows).strip("; .") == ""
            sentence = f"in retrieval, {rest}" if rest else ""
    assert sentence.strip("; .") == ""


@pytest.mark.parametrize("number", NUMBERS)
def test_there_are_three_to_six_sentences_each_whole(number):
    found, _ = said_of(number)
    assert 3 <= len(found.sentences) <= 6
    assert all(re.fullmatch(r"[A-Z].*[^.;,]\.", one) and "  " not in one and "None" not in one for one in found.sentences)


def test_every_kind_of_sentence_comes_up():
    text = "\n".join("\n".join(said_of(number)[0].sentences) for number in NUMBERS)
    for words in (
        "is better than fine-tuning only", "are better than fine-tuning only", "worse than fine-tuning only", "cannot be told from fine-tuning only",
        "Nothing can be told from one seed a row", "No subset can be held against", "random subsets of their size", "from realignment on all languages",
        "With shuffled pairs", "English paired with itself", "In retrieval", "Incomplete", "No row lacks a run", "stays at its floor",
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
        "The encoder small was fine-tuned in English on POS and NER, as it is and after realignment on 4 subsets of 5 to 20 languages, with 4 seeds a "
        "row on a CPU, and tested in 2 other languages."
    )
    assert found.sentences[1] == (
        "On the average without English, all languages and uriel_diverse_5 are better than fine-tuning only, by 5.0 to 6.0 points; uriel_similar_5 is worse than "
        "it, by 4.0 points; latin_diverse_5 cannot be told from it; by resource level, better are 2 of 4 on HRLs (1 worse) and 2 of 4 on unseen LRLs "
        "(1 worse)."
    )
    assert found.sentences[-1] == "No row lacks a run that another one has."


def test_by_hand_one_seed():
    found, _ = said(study({"none": 0.5, "all": 0.55, "uriel_diverse_5": 0.53}, seeds=("17",)))
    assert (
        found.sentences[1]
        == "Nothing can be told from one seed a row: the averages without English lie +3.00 to +5.00 points from fine-tuning only."
    )
    assert len(found.sentences) == 3


def test_by_hand_shuffled_pairs_that_gain_as_well():
    found, _ = said(study({"none": 0.5, "all": 0.55, "all shuffled": 0.54}))
    assert "With shuffled pairs, all languages are better than fine-tuning only, by 4.0 points." in found.sentences


def test_two_encoders_are_told_of_in_the_same_sentences():
    known = {language.code: language for language in made_up.world()}
    records = made_up.records() + made_up.records(encoder="other")
    runs = averages.collect(scores.of_records(records, known, {"small": "mbert", "other": "mbert"}))
    studies = [tables.Study(runs, name, made_up.SUBSETS) for name in ("other", "small")]
    told = {one.encoder: comparison_tables.of_study(one, tasks_of(one)) for one in studies}
    found = summary.of_study({"records": records, "device": "cpu"}, studies, told)
    assert found.sentences[0].startswith("The encoders other and small were fine-tuned")
    assert "For other, on the average" in found.sentences[1] and "; for small, on the average" in found.sentences[1]
    assert 3 <= len(found.sentences) <= 6


def test_an_unfinished_study_says_what_it_lacks():
    whole = random_studies.study(3)
    runs = averages.Runs({row: held for row, held in whole.runs.rows.items() if row.subset == "none"}, whole.runs.group)
    found, _ = said(tables.Study(runs, "small"))
    assert found.sentences[1] == "No subset can be held against fine-tuning only yet."
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
    assert (found.sentences[-1] == "No row lacks a run that another one has.") is (not less)
    if 0 < len(less) < 5:
        assert all(name in found.sentences[-1] for name in less)
