"""Two sides of made-up records: what is compared, what is a floor, what differs. Nothing is read or trained."""

from dataclasses import replace

import pytest
from small_grid import finished

from realignment.core.errors import BadInput
from realignment.languages.table import Language
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.results import chains, in_common, selections, side_by_side

FILES = {f"evalset/mini/{code}": code.ljust(64, "0") for code in ("qaa", "qab", "qac")}
ENVIRONMENT = {"device": "cpu", "threads": 1, "torch": "2.13.0", "numerics": "1" * 64}
TABLE = {
    code: Language(code, code, "Latin", "F", "F", 5 - 2 * number, ("mbert",), bool(number), "", "" if number else "eng")
    for number, code in enumerate(("qaa", "qab", "qac"))
}
KNOWN = in_common.Known(TABLE, {"small": "mbert"})


def scored(job: Job, value: float) -> Record:
    codes = [role.rpartition("/")[2] for role in job.inputs if role.startswith("evalset/")]
    scores = [{"task": job.task, "set": "mini", "language": code, "score": value, "n": 100, "cut": 0} for code in codes]
    return finished(job, scores=scores)


def runs(steps: int, value: float, seed: int = 17, subset: str = "all", files: dict = FILES, **environment) -> list[Record]:
    """realign (but for `none`), finetune, evaluate, every language scored with `value` and a little of the seed."""
    cell, where = Cell("small", subset, Seeds.all(seed)), {**ENVIRONMENT, **environment}
    found: list[Job] = []
    for verb, params, inputs in (
        ("realign", {"steps": steps}, {"bitext/qab": "b" * 64}), ("finetune", {"batch": 8}, {"train": "c" * 64}),
        ("evaluate", {"max_length": 9}, files),
    ):  # fmt: skip
        if (subset, verb) != ("none", "realign"):
            above = {"parent": found[-1].key, "parent_cell": found[-1].cell_key} if found else {}
            model = {"realign": "p.small", "finetune": "p.small.pos", "evaluate": ""}[verb]
            task, languages = "" if verb == "realign" else "pos", ("qab",) if verb == "realign" else ()
            found.append(Job(verb, cell, task, params, inputs, languages, model=model, environment=where, **above))
    return [*map(finished, found[:-1]), scored(found[-1], value + seed / 10000)]


def majority(value: float) -> Record:
    cell = Cell("small", "none", Seeds.all(17), "majority")
    return scored(Job("evaluate", cell, "pos", {"max_length": 9}, FILES, environment=ENVIRONMENT), value)


def compared(records: list[Record], *texts: str, kind: str = side_by_side.LEVELS):
    held, _ = chains.of_records(records)
    sides = [selections.side(selections.parse(text, "p", ["p"]), held, {}) for text in texts]
    return side_by_side.of(sides, [KNOWN] * len(sides), kind, held)


def grid(first: float, second: float, **environment) -> list[Record]:
    return [one for seed in (17, 23) for one in (*runs(3, first, seed), *runs(6, second, seed, **environment))]


def test_a_side_whose_task_stays_at_its_floor_says_so_and_the_other_does_not():
    found = compared([*grid(0.5, 0.9), majority(0.52)], "steps=3", "steps=6")
    said = [text for text in found.notes if "stays at its floor" in text]
    assert len(said) == 1 and said[0].startswith("steps=3: POS of small stays at its floor in every row")


def test_a_floor_of_other_evaluation_files_is_none():
    other = majority(0.52)
    moved = replace(other.job, inputs=dict.fromkeys(FILES, "9" * 64))
    found = compared([*grid(0.5, 0.9), scored(moved, 0.52)], "steps=3", "steps=6")
    assert not any("stays at its floor" in text for text in found.notes)


def test_versions_of_libraries_and_devices_that_differ_are_named_once_for_all_verbs():
    found = compared(grid(0.5, 0.6, torch="2.14.0", device="cuda"), "steps=3", "steps=6")
    assert found.differences == [
        "evaluate.device, finetune.device, realign.device: cpu with steps=3, cuda with steps=6.",
        "evaluate.torch, finetune.torch, realign.torch: 2.13.0 with steps=3, 2.14.0 with steps=6.",
    ]


def test_the_code_is_named_as_signatures_name_it():
    from realignment.core import hashing

    found = compared(grid(0.5, 0.6, numerics="2" * 64), "steps=3", "steps=6")
    names = [hashing.digest(sorted((verb, digit * 64) for verb in ("realign", "finetune", "evaluate")))[:12] for digit in "12"]
    assert found.differences == [f"code (evaluate, finetune, realign): {names[0]} with steps=3, {names[1]} with steps=6."]
    assert compared(grid(0.5, 0.6, numerics="2" * 64), f"code={names[0]}", f"code={names[1]}").differences == [
        "realign.steps: 3 with code=" + names[0] + ", 6 with code=" + names[1] + "."
    ]


def test_two_versions_of_a_library_in_one_cell_are_refused_with_what_to_add():
    records = [*runs(3, 0.5, 17), *runs(3, 0.5, 23, torch="2.14.0"), *runs(6, 0.5, 17)]
    with pytest.raises(
        BadInput,
        match=r"leaves several values in small/all/pos: evaluate\.torch 2\.13\.0 \(1 run\), 2\.14\.0.*add torch=2\.13\.0",
    ):
        compared(records, "steps=3", "steps=6")
    assert compared(records, "steps=3,torch=2.13.0", "steps=6").numbers[0]["n"] == 1


def test_two_versions_of_a_file_in_two_rows_of_one_side_are_refused():
    """Each cell holds one, the table would hold two; a row that does not read the file stays where one of them is asked for."""
    other = {**FILES, "evalset/mini/qab": "9" * 64}
    records = [*grid(0.5, 0.9), *runs(3, 0.5, subset="latin_diverse_5", files=other)]
    with pytest.raises(
        BadInput,
        match=r"leaves several values in the rows of small/pos: evaluate\.evalsets/pos/mini/qab .*add evalsets/pos/mini/qab=9",
    ):
        compared(records, "steps=3", "steps=6")
    bitext = f"realign.bitext/qab={'b' * 8}"
    assert compared(grid(0.5, 0.9), f"steps=3,{bitext}", "steps=6").numbers[0]["n against"] == 2


def test_settings_that_no_run_has_together_are_counted_apart():
    with pytest.raises(
        BadInput, match=r"no run of profile `p` has all of `steps=3,torch=2\.14\.0`; steps=3 alone 2, torch=2\.14\.0 alone 2"
    ):
        compared(grid(0.5, 0.9, torch="2.14.0"), "steps=3,torch=2.14.0", "steps=6")


def test_a_run_that_two_sides_have_is_not_compared_with_itself():
    """Of two versions of the code of `realign`, what realigns nothing has one."""
    newer = runs(3, 0.6, numerics="2" * 64)[0]
    above = {"parent": newer.key, "parent_cell": newer.cell_key}
    tuned = finished(replace(runs(3, 0.6)[1].job, **above))
    last = scored(replace(runs(3, 0.6)[2].job, parent=tuned.key, parent_cell=tuned.cell_key), 0.6)
    records = [*runs(3, 0.5), *runs(0, 0.4, subset="none"), newer, tuned, last]
    codes = chains.versions(chains.of_records(records)[0])
    assert len(codes) == 2
    found = compared(records, *(f"code={digest[:12]}" for digest in sorted(codes)))
    assert found.left_out == ["The same runs on two sides, with nothing to compare: none (POS) (1)."]
    assert {one["row"] for one in found.numbers} == {"all"}
    with pytest.raises(BadInput, match="are the same 2 runs"):
        compared(grid(0.5, 0.9), "steps=3", "steps=3,batch=8")


def test_scores_on_a_file_whose_hash_no_record_names_are_not_compared():
    fewer = {role: value for role, value in FILES.items() if not role.endswith("qac")}
    bare = [finished(one.job, scores=runs(6, 0.9)[-1].to_json()["scores"]) if one.verb == "evaluate" else one
            for one in runs(6, 0.9, files=fewer)]  # fmt: skip
    found = compared([*runs(3, 0.5), *bare], "steps=3", "steps=6")
    assert (
        "steps=6: of an encoder or a language that the profile does not have now, or of a file without a hash: evaluate small all pos s17 (1)."
        in found.left_out
    )
    assert "steps=3 alone has evaluation files, or other versions of them: pos/mini/qac (1)." in found.left_out
    assert {one["column"] for one in found.numbers} == {"MRL", "Average without English"}


def test_a_language_that_the_profile_has_no_more_is_left_out_on_every_side():
    held, _ = chains.of_records(grid(0.5, 0.9))
    sides = [selections.side(selections.parse(text, "p", ["p"]), held, {}) for text in ("steps=3", "steps=6")]
    fewer = in_common.Known({code: one for code, one in TABLE.items() if code != "qac"}, KNOWN.seen)
    found = side_by_side.of(sides, [fewer, KNOWN], side_by_side.LEVELS, held)
    assert {one["column"] for one in found.numbers} == {"MRL", "Average without English"}
    assert any("steps=3: of an encoder or a language that the profile does not have now" in text for text in found.left_out)


def test_a_number_is_a_number_however_it_is_written():
    assert compared(grid(0.5, 0.9), "steps=3.0", "steps=6e0").numbers[0]["setting"] == "steps=6e0"


def test_a_run_without_a_score_that_others_have_gives_no_mean_on_either_side():
    """Its other side would else be a mean over more seeds."""
    records = grid(0.5, 0.9)
    last = records[-1]
    half = finished(last.job, scores=last.to_json()["scores"][:2])
    found = compared([*records[:-1], half], "steps=3", "steps=6")
    (average,) = [one for one in found.numbers if one["column"].startswith("Average")]
    assert (average["n"], average["n against"]) == (1, 1)
    (row,) = [one for one in found.shown if one["Setting"] == "steps=3"]
    assert "(n=1)" in row[average["column"]]
