"""Every cell of the paper's tables that a study of ours fills, against the same number worked out from the records by hand."""

import functools
from collections import defaultdict
from dataclasses import replace
from random import Random
from statistics import fmean, stdev

import paper_study
import pytest
from paper_files import THE_PAPER
from paper_study import NAMES
from small_grid import finished

from realignment.engine.monitor import RESUMED
from realignment.languages import table as languages
from realignment.paper import layout
from realignment.paper.printed import SCORED, Printed
from realignment.report import paper_sections
from realignment.results import headings, study_tables, tables
from realignment.results.tables import Table

AFRICAN = ("masakhapos", "masakhaner2", "afrixnli")
OUT = ("aym", "grn")
LABELS = {label: label for label in NAMES}


def built(found, names=NAMES) -> dict[str, Table]:
    """Table name -> table, with its signature."""
    study = paper_study.content(found, names)
    known = tables.studies(study, languages.paper(), {"subsets": {}})
    return {table.name: table for table, _ in paper_sections.signed(THE_PAPER, study, *known)}


@functools.cache
def drawn(lost: float = 0.0) -> tuple[list, dict[str, Table]]:
    """The records of a study with every row of the paper, and what is built of them."""
    found = paper_study.records(THE_PAPER, LABELS, Random(f"{lost}"), lost)
    return found, built(found)


def runs(found, encoder: str, subset: str, control: str, task: str) -> dict[str, dict[tuple[str, str], float]]:
    """Seed -> (set, language) -> score, from the JSON of the records."""
    held = {}
    for one in (record.to_json() for record in found):
        cell = one["cell"]
        if (one["verb"], one["task"], cell["encoder"], cell["subset"], cell["control"]) == (
            "evaluate",
            task,
            encoder,
            subset,
            control,
        ):
            held[str(cell["seeds"]["head"])] = {(each["set"], each["language"]): each["score"] for each in one["scores"]}
    return held


def by_rule(held: dict[tuple[str, str], float]) -> float:
    """As Tables 8 to 11 average: out of distribution apart, the African set of a language before others, a language once."""
    several = defaultdict(dict)
    for (name, language), score in held.items():
        if language not in OUT:
            several[language][name] = score
    return fmean(fmean([one for name, one in sets.items() if name in AFRICAN] or sets.values()) for sets in several.values())


def plain(held: dict[tuple[str, str], float], english: bool) -> float:
    own = [score for (name, language), score in held.items() if (language == "eng" and name not in AFRICAN) == english]
    return fmean(own)


def expected(found, cell: Printed, encoder: str) -> list[float]:
    """The values of the seeds of a printed cell, of one encoder in the place of its model."""
    subset, control = cell.row.subset, ""
    if cell.table == "2":
        subset, control = "all_65", "words" if cell.what == "words" else ""
    if cell.what == "after":
        subset = "all_65"
    per_task = [
        runs(found, encoder, subset, control, task) for task in (("nli", "pos", "ner") if cell.task == "avg" else (cell.task,))
    ]
    seeds = sorted(set.intersection(*map(set, per_task)))
    if cell.table in ("3", "4"):
        return [plain(per_task[0][seed], cell.what == "english") for seed in seeds]
    return [fmean(by_rule(held[seed]) for held in per_task) for seed in seeds]


def shown(table: Table, cell: Printed, encoder: str, ours: str = "") -> object:
    """Where a reader looks a printed cell up, in the words of the paper."""
    title, task = headings.encoder(encoder), {"avg": "Avg."}.get(cell.task, cell.task.upper())
    section, column = None, task
    if cell.table == "2":
        name, column = (title, task), {"sentences": "Avg. tokens", "words": "FastAlign"}[cell.what]
    elif cell.table == "3":
        name, column = (task,), {"before": "without realignment", "after": "with realignment"}[cell.what]
    elif cell.table == "4":
        name, column = (task, cell.what), title
    else:
        name, section = cell.row.subset, title if cell.table == "1" else None
    lines = [line for line in table.lines if (line.head == name if isinstance(name, tuple) else line.head[1] == name)]
    lines = [line for line in lines if section is None or line.section in (section, "")]
    (line,) = lines or [None]
    return None if line is None or column + ours not in table.columns else line.values[table.columns.index(column + ours)]


def name_of(number: str, model: str) -> str:
    return f"paper-{number}" if number in "124" else f"{model}-paper-{number}"


@pytest.mark.parametrize("lost", [0.0, 0.3])
@pytest.mark.parametrize("number", SCORED)
def test_a_cell_of_ours_is_what_its_records_say(number, lost):
    (found, made), filled = drawn(lost), 0
    for cell in THE_PAPER.printed:
        if cell.table != number or cell.task == "hours":
            continue
        values = expected(found, cell, cell.model)
        for prefix, ours in (("", ""), ("beside-", " ours")):
            value = shown(made[prefix + name_of(number, cell.model)], cell, cell.model, ours)
            assert sorted(value.values if value is not None and value.n else ()) == pytest.approx(sorted(values)), cell
            if len(values) > 1:
                assert value.std == pytest.approx(stdev(values))
        filled += bool(values)
    assert filled == sum(cell.table == number and cell.task != "hours" for cell in THE_PAPER.printed) or (lost and filled)


@pytest.mark.parametrize("number", SCORED)
@pytest.mark.slow
def test_rows_without_a_finished_run_are_left_out_and_named(number):
    found, whole = drawn()
    cell = next(
        one
        for one in THE_PAPER.printed
        if (one.table == number and one.row.subset != "none" and one.task in ("pos", "avg")) or one.table == number
    )
    if number in ("2", "4"):
        kept = [one for one in found if not (one.verb == "evaluate" and one.task == cell.task and one.cell.encoder == cell.model)]
        gone = (headings.encoder(cell.model), cell.task.upper()) if number == "2" else None
    else:
        kept = [one for one in found if one.cell.subset != cell.row.subset or one.cell.encoder != cell.model or number == "3"]
        gone = (cell.row.subset,)
    name = name_of(number, cell.model)
    if number in ("3", "4"):  # a row is a task of all columns
        kept = [one for one in found if one.task != "pos"]
        gone = ("POS",)
    made = built(kept)[name]
    assert len(made.lines) < len(whole[name].lines)
    (note,) = [one for one in made.notes if one.startswith("Rows of the paper without a finished run here")]
    assert all(word in note for word in gone)
    assert not any(note.startswith("Rows of the paper without") for note in whole[name].notes)


def hours(found, words: str) -> list[float]:
    per_seed = defaultdict(list)
    for one in (record.to_json() for record in found):
        if (
            one["verb"] == "realign"
            and (one["cell"]["subset"], one["cell"]["control"]) == ("all_65", words)
            and one["cell"]["encoder"] in ("mbert", "xlmr")
        ):
            per_seed[one["cell"]["seeds"]["head"]].append(one["seconds"] / 3600)
    return [fmean(values) for values in per_seed.values() if len(values) == 2]


def test_hours_are_the_seconds_of_the_realignments_mean_over_encoders_then_seeds():
    found, made = drawn()
    table = made["paper-2"]
    (line,) = [one for one in table.lines if one.head[1] == "Hours of realignment"]
    for column, words in (("Avg. tokens", ""), ("FastAlign", "words")):
        values, value = hours(found, words), line.values[table.columns.index(column)]
        assert (value.mean, value.std, value.n) == (pytest.approx(fmean(values)), pytest.approx(stdev(values)), 3)
        assert value.text == f"{fmean(values):.3g} ± {stdev(values):.2g}"
    assert any("on H200" in note for note in table.notes)


def test_hours_of_two_devices_are_not_compared():
    found, _ = drawn()
    other = paper_study.records(THE_PAPER, {"xlmr": "xlmr"}, Random(7), device="H100")
    mixed = [one for one in found if one.cell.encoder != "xlmr"] + other
    table = built(mixed)["paper-2"]
    assert not any("Hours of realignment" in line.head for line in table.lines)
    assert any("left out: its runs were trained on different devices (H100: " in note for note in table.notes)


def test_a_realignment_that_was_interrupted_is_in_no_hours():
    found = [*drawn()[0]]
    place = next(
        n for n, one in enumerate(found) if (one.verb, one.cell.subset, one.cell.encoder) == ("realign", "all_65", "mbert")
    )
    old = found[place]
    found[place] = paper_study.record("realign", old.cell, "", seconds=1.0, kernels="H200", usage={RESUMED: [[301, 300]]})
    table = built(found)["paper-2"]
    (line,) = [one for one in table.lines if one.head[1] == "Hours of realignment"]
    value = line.values[table.columns.index("Avg. tokens" if not old.cell.control else "FastAlign")]
    assert value.n == 2 and value.mean > 900 / 3600
    assert any("interrupted" in note and note.endswith(": 1.") for note in table.notes)


def timed_by_encoder(lacks) -> Table:
    """Table 2 where mBERT takes an hour for either kind and XLM-R three; realignments that lack a time were interrupted."""
    found = []
    for one in drawn()[0]:
        if (one.verb, one.cell.subset) == ("realign", "all_65"):
            usage = {RESUMED: [[2, 1]]} if lacks(one.cell) else {}
            seconds = 3600.0 * {"mbert": 1, "xlmr": 3}.get(one.cell.encoder, 1)
            found.append(paper_study.record("realign", one.cell, "", seconds=seconds, kernels="H200", usage=usage))
        else:
            found.append(one)
    return built(found)["paper-2"]


@pytest.mark.parametrize("control", ["", "words"])
def test_hours_of_both_kinds_are_of_the_same_encoders_or_there_are_none(control):
    table = timed_by_encoder(lambda cell: (cell.encoder, cell.control) == ("xlmr", control))
    assert not any("Hours of realignment" in line.head for line in table.lines)
    (note,) = [one for one in table.notes if "left out: no seed has a timed run" in one]
    assert f"xlmr all_65{' words' * bool(control)} without any" in note


@pytest.mark.parametrize("encoder", ["mbert", "xlmr"])
def test_hours_of_both_kinds_are_of_the_same_seeds(encoder):
    table = timed_by_encoder(lambda cell: (cell.encoder, cell.control, cell.seeds.head) == (encoder, "words", 23))
    (line,) = [one for one in table.lines if one.head[1] == "Hours of realignment"]
    assert [(value.mean, value.std, value.n) for value in line.values] == [(2.0, 0.0, 2)] * 2
    assert any(
        note.startswith("Seeds that not each kind and encoder has") and f"{encoder} all_65 23" in note for note in table.notes
    )


@pytest.mark.parametrize("number", ["4", "10"])
def test_a_run_that_lacks_a_score_is_no_mean_over_the_others(number):
    found = [*drawn()[0]]
    place, old = next(
        (n, one) for n, one in enumerate(found) if (one.task, one.cell.subset, one.cell.encoder) == ("pos", "none", "xlmr")
    )
    kept = [one for one in old.to_json()["scores"] if one["language"] != "tel"]
    found[place] = paper_study.record("evaluate", old.cell, "pos", scores=kept)
    cell = next(
        one
        for one in THE_PAPER.printed
        if (one.table, one.model, one.subset, one.task) == (number, "xlmr", "none", "pos") and one.what != "english"
    )
    whole, less = (shown(made[name_of(number, "xlmr")], cell, "xlmr") for made in (drawn()[1], built(found)))
    assert (whole.n, less.n) == (3, 2) and set(less.values) < set(whole.values)


STAND_INS = {f"{model}-tiny": model for model in NAMES}


def test_encoders_that_are_not_the_papers_fill_the_same_tables_and_stand_beside_nothing():
    found = paper_study.records(THE_PAPER, STAND_INS, Random(9))
    made = built(found, dict.fromkeys(STAND_INS, "path:encoders/tiny"))
    assert not any(name.startswith("beside") for name in made)
    assert {
        name_of(number, f"{model}-tiny")
        for number, model in (("1", "mbert"), ("2", "xlmr"), ("3", "llama"), ("4", "gemma"), ("9", "mbert"), ("11", "xlmr"))
    } <= set(made)
    for cell in THE_PAPER.printed:
        if cell.task != "hours":
            label = f"{cell.model}-tiny"
            value = shown(made[name_of(cell.table, label)], cell, label)
            assert sorted(value.values) == pytest.approx(sorted(expected(found, cell, label))), cell


def test_the_papers_encoders_and_others_never_share_a_table():
    found = paper_study.records(THE_PAPER, {"mbert": "mbert", "xlmr": "xlmr", "xlmr-tiny": "xlmr"}, Random(10))
    made = built(found, {"mbert": NAMES["mbert"], "xlmr": NAMES["xlmr"], "xlmr-tiny": "path:encoders/tiny"})
    assert made["paper-1"].encoders == ("mbert", "xlmr")
    assert made["xlmr-tiny-paper-1"].encoders == ("xlmr-tiny",)
    assert all("xlmr-tiny" not in table.encoders for name, table in made.items() if name.startswith("beside"))


def test_one_encoder_of_the_papers_and_one_that_is_not_have_tables_of_their_own():
    found = paper_study.records(THE_PAPER, {"mbert": "mbert", "xlmr-tiny": "xlmr"}, Random(13))
    made = built(found, {"mbert": NAMES["mbert"], "xlmr-tiny": "path:encoders/tiny"})
    assert {"mbert-paper-1", "xlmr-tiny-paper-1", "beside-mbert-paper-1"} <= set(made) and "paper-1" not in made


@pytest.mark.parametrize(
    "name",
    [
        f"hub:Davlan/xlm-roberta-base-finetuned-swahili@{'e' * 40}",
        "path:encoders/afro-xlm-roberta-base",
        f"hub:meta-llama/Llama-3.1-8B-Instruct@{'e' * 40}",
        f"hub:someone/xlm-roberta-base@{'e' * 40}",
        f"hub:unsloth/Llama-3.1-8B@{'e' * 40}",
        "path:encoders/xlm-roberta-base",
        "path:FacebookAI/xlm-roberta-base",
        "path:xlm-roberta-base/",
        "package:mine/xlm-roberta-base",
        f"path:xlm-roberta-base@{'e' * 40}",
    ],
)
def test_an_encoder_whose_name_holds_a_paper_s_is_another(name):
    """Of a folder, or a repository of somebody else, the last part of the name proves nothing; it is laid out alike, beside no print."""
    found = paper_study.records(THE_PAPER, {"xlmr": "xlmr"}, Random(11))
    made = built(found, {"xlmr": name})
    assert any(table.encoders for table in made.values()) and not any(one.startswith("beside") for one in made)


@pytest.mark.parametrize(
    ("model", "old"), [("mbert", "bert-base-multilingual-cased"), ("xlmr", "xlm-roberta-base"), ("llama", ""), ("gemma", "")]
)
def test_the_paper_s_encoders_stand_beside_print_from_their_own_repositories(model, old):
    found = paper_study.records(THE_PAPER, {model: model}, Random(14))
    for name in (NAMES[model], *([f"hub:{old}@{'f' * 40}"] if old else [])):
        assert any(one.startswith("beside") for one in built(found, {model: name})), name


def test_generated_languages_stand_beside_nothing_whatever_the_encoder_and_it_is_said():
    found = paper_study.records(THE_PAPER, {"xlmr": "xlmr"}, Random(12))
    renamed = {
        code: f"q{chr(97 + place // 26)}{chr(97 + place % 26)}"
        for place, code in enumerate(sorted({s.language for one in found for s in one.scores}))
    }
    made_up = []
    for one in found:
        scores = [{"task": s.task, "set": s.set, "language": renamed[s.language], "score": s.score, "n": 9} for s in one.scores]
        made_up.append(paper_study.record(one.verb, one.cell, one.task, scores=scores, seconds=one.seconds, kernels=one.kernels))
    known = {renamed[code]: languages.paper()[code] for code in renamed}
    study = paper_study.content(made_up, {"xlmr": NAMES["xlmr"]})
    known = {code: replace(one, code=code) for code, one in known.items()}
    found = paper_sections.signed(THE_PAPER, study, *tables.studies(study, known, {"subsets": {}}))
    assert found and not any(table.name.startswith("beside") for table, _ in found)
    assert all(layout.GENERATED in table.notes for table, _ in found)


@pytest.mark.parametrize("seen", ["english", [*languages.paper()], ["eng", "aym", "deu"], ["eng", "deu"]])
@pytest.mark.slow
def test_encoders_of_the_same_scores_have_the_same_numbers_whatever_they_have_seen(seen):
    """Tables average over the languages of the paper: what an encoder has seen moves none of them in or out."""
    source, found = paper_study.records(THE_PAPER, {"xlmr": "xlmr"}, Random(3)), []
    labels = ("xlmr-a", "xlmr-b")
    for label in labels:
        for one in source:
            outcome = {"scores": one.to_json()["scores"]} if one.verb == "evaluate" else {"seconds": one.seconds}
            found.append(paper_study.record(one.verb, replace(one.cell, encoder=label), one.task, **outcome))
    study = paper_study.content(found, {label: f"path:encoders/{label}" for label in labels})
    study["encoders"]["xlmr-a"]["seen"] = seen
    known = tables.studies(study, languages.paper(), {"subsets": {}})
    made = {table.name: table for table, _ in paper_sections.signed(THE_PAPER, study, *known)}
    for number in ("4", "10", "11"):
        ours, theirs = (made[f"{label}-paper-{number}"] for label in labels)
        assert [one.values for one in ours.lines] == [one.values for one in theirs.lines] and len(ours.lines)
    notes = [one for one in made["xlmr-a-paper-10"].notes if "as in the paper" in one]
    assert notes == (
        [
            "Left out of averages, as in the paper, though the encoder has seen them: "
            + ", ".join(code for code in OUT if code in seen)
            + "."
        ]
        if set(OUT) & {*seen}
        else []
    )
    own = [note for note in study_tables.of_study(known[1][0], tables.tasks(known[0]))[0].notes if "different languages" in note]
    assert len(own) == bool(set(OUT) & {*seen}) and all("take in aym" in one and "those of xlmr-b do not" in one for one in own)


SET = {"unit": "sentences", "allocation": "equal_steps", "steps": 24544}


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, ""),
        ({"unit": "words"}, "unit words, not sentences"),
        ({"steps": 500}, "steps 500, not 24,544"),
        ({"allocation": "equal_pairs_per_language"}, "allocation equal_pairs_per_language, not equal_steps"),
    ],
)
def test_what_was_not_realigned_as_in_the_paper_is_said_below_its_tables(how, said):
    """Alone and beside the paper's; not where nothing was realigned, and words not where a column is called so."""
    source, found = paper_study.records(THE_PAPER, {"xlmr": "xlmr"}, Random(3)), []
    for one in source:
        realigned = (one.verb, one.cell.control) == ("realign", "")
        found.append(finished(replace(one.job, params={**SET, **how}), seconds=1.0, kernels="H200") if realigned else one)
    made = built(found, {"xlmr": NAMES["xlmr"]})
    for name in ("xlmr-paper-10", "beside-xlmr-paper-10", "xlmr-paper-11", "beside-xlmr-paper-11"):
        assert [note for note in made[name].notes if "otherwise" in note] == [f"Set otherwise than in the paper: {said}."] * bool(
            said
        )
    for name in made:
        if name.endswith(("paper-4", *(["paper-2"] if "unit" in how else []))):
            assert not any("otherwise" in note for note in made[name].notes)
