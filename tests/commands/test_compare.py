"""`realignment compare` over a finished study and runs by hand: records made up, the store and study.json real."""

import csv
import io
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import runs_by_hand
import small_world
from click.testing import CliRunner
from finished_study import finished
from runs_by_hand import SEEDS, jobs, other_data, save, with_
from scipy import stats

from realignment import cli, tracking
from realignment.core import hashing
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.records import sealing
from realignment.study import study_file

__all__ = ["finished"]  # a fixture
GAIN = 0.05  # of six steps over three, in every language


@pytest.fixture(scope="module")
def settings(tmp_path_factory, finished):
    """Those the finished study was planned with."""
    (spec,) = study_file.read(finished.study)["encoders"].values()
    return small_world.build(tmp_path_factory.mktemp("again"), Path(spec["name"].removeprefix("path:")))[1]


@pytest.fixture(scope="module")
def with_runs_by_hand(tmp_path_factory, finished, settings) -> Path:
    """The finished study, of six steps of realignment, and runs by hand of three, of one subset."""
    root = tmp_path_factory.mktemp("by_hand") / "checkout"
    shutil.copytree(finished.root, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        found, short = Workspace(root, "sample"), with_(settings, realign={"steps": 3})
        for seed in SEEDS:
            save(found, jobs(found, short, "latin_diverse", seed), -GAIN, {"realign.steps": 3})
    return root


def copied(root: Path, tmp_path: Path, monkeypatch) -> Workspace:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(root, tmp_path / "checkout")
    monkeypatch.chdir(tmp_path / "checkout")
    return Workspace(tmp_path / "checkout", "sample")


@pytest.fixture
def looked_at(with_runs_by_hand, monkeypatch) -> Path:
    """The finished study with the runs by hand; nothing is written there."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(with_runs_by_hand)
    return with_runs_by_hand


@pytest.fixture
def place(finished, tmp_path, monkeypatch) -> Workspace:
    """A copy of the finished study."""
    return copied(finished.root, tmp_path, monkeypatch)


@pytest.fixture
def fewer(with_runs_by_hand, tmp_path, monkeypatch) -> Workspace:
    """A copy of the finished study with the runs by hand."""
    return copied(with_runs_by_hand, tmp_path, monkeypatch)


def call(*words: str):
    outcome = CliRunner().invoke(cli.group, ["compare", *words], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome


def made(*words: str) -> dict:
    return json.loads(call(*words, "--json").stdout)


def refused(*words: str) -> str:
    """The line; nothing is printed beside it."""
    with pytest.raises(BadInput) as fault:
        call(*words)
    assert len(fault.value.args) == 1 and "\n" not in str(fault.value)
    return str(fault.value)


def cell(found: dict, column: str, row: str = "latin_diverse_2") -> dict:
    (one,) = [one for one in found["rows"] if (one["row"], one["column"]) == (row, column)]
    return one


def test_differences_are_those_calculated_by_hand(looked_at):
    """The same gain for every seed and language: the spread of a row is that of its two seeds, 0.17 / 2 and 0.23 / 2."""
    one = cell(made("steps=3", "steps=6"), "Average without English")
    means = [100 * (seed / 100 + (0.1 + 0.2 + 0.3) / 3) / 2 for seed in SEEDS]
    sd = abs(means[0] - means[1]) / math.sqrt(2)
    assert (one["setting"], one["against"], one["n"], one["n against"]) == ("steps=6", "steps=3", 2, 2)
    assert one["mean"] == pytest.approx(sum(means) / 2) and one["std"] == pytest.approx(sd)
    assert one["mean against"] == pytest.approx(sum(means) / 2 - 100 * GAIN)
    assert one["difference"] == pytest.approx(100 * GAIN)
    assert one["error"] == pytest.approx(sd), "two means of two, variances even and hence pooled"
    assert one["p"] == pytest.approx(stats.ttest_ind([0.085, 0.115], [0.085 - GAIN, 0.115 - GAIN]).pvalue)


def test_spaced_and_bare_words_are_compared_and_nothing_else_is_said_to_differ(place, settings):
    for seed in SEEDS:
        save(place, jobs(place, with_(settings, finetune={"words": "bare"}), "latin_diverse", seed), -GAIN, {"words": "bare"})
    found = made("words=spaced", "words=bare")
    assert cell(found, "Average without English")["difference"] == pytest.approx(-100 * GAIN)
    assert found["differences"] == [] and "is `bare` with" not in str(found)


def test_an_allocation_is_a_side_and_the_steps_of_the_other_are_none_of_it(place, settings):
    equal = with_(settings, realign={"allocation": "equal_pairs_per_language", "pairs_per_language": 12})
    for seed in SEEDS:
        save(place, jobs(place, equal, "latin_diverse", seed), GAIN, {"allocation": "equal_pairs_per_language"})
    found = made("allocation=equal_steps", "allocation=equal_pairs_per_language")
    assert cell(found, "Average without English")["difference"] == pytest.approx(100 * GAIN)
    said = " ".join(found["differences"])
    assert (
        "realign.steps: 6 with allocation=equal_steps, absent with" in said and "realign.pairs_per_language: absent with" in said
    )


def test_holms_p_answers_for_the_table_that_is_shown(looked_at):
    found = made("steps=3", "steps=6")["rows"]
    assert len(found) == len({one["column"] for one in found}) > 2
    smallest = min(found, key=lambda one: one["p"])
    assert smallest["p Holm"] == pytest.approx(min(1.0, smallest["p"] * len(found)))
    tasks = made("steps=3", "steps=6", "--by", "tasks")["rows"]
    assert [one["column"] for one in tasks] == ["POS"] and tasks[0]["p Holm"] == pytest.approx(tasks[0]["p"])


def test_the_other_order_turns_the_signs_and_the_verdicts(place, settings):
    for seed in SEEDS:
        save(place, jobs(place, with_(settings, realign={"steps": 3}), "latin_diverse", seed), 0.5, {"steps": 3})
    one, other = (made(*words)["rows"] for words in (("steps=3", "steps=6"), ("steps=6", "steps=3")))
    assert [row["difference"] for row in one] == pytest.approx([-row["difference"] for row in other])
    assert [row["p Holm"] for row in one] == pytest.approx([row["p Holm"] for row in other])
    assert {(a["verdict"], b["verdict"]) for a, b in zip(one, other, strict=True)} == {("worse", "better")}


def test_what_one_side_alone_has_is_left_out_and_named_with_its_count(fewer, settings):
    save(fewer, jobs(fewer, with_(settings, realign={"steps": 3}), "latin_diverse", 42), 0.0, {"steps": 3})
    found = made("steps=3", "steps=6")
    assert {one["row"] for one in found["rows"]} == {"latin_diverse_2"} and cell(found, "HRL")["n against"] == 2
    assert "steps=6 alone has rows: all, all shuffled (2)." in found["left_out"]
    assert "steps=3 alone has seeds: 42 of latin_diverse_2, POS (1)." in found["left_out"]
    assert "steps=6 alone has tasks: Retrieval of latin_diverse_2 (1)." in found["left_out"]


def test_an_evaluation_file_that_is_another_one_is_compared_on_no_side(place, settings):
    for seed in SEEDS:
        short = jobs(place, with_(settings, realign={"steps": 3}), "latin_diverse", seed)
        save(place, other_data(short, "evalset/made/qad", "evaluate"), 0.0, {"steps": 3})
    found = made("steps=3", "steps=6")
    mean = cell(found, "Average without English")["mean"]
    assert mean == pytest.approx(sum(100 * runs_by_hand.score(seed, number) for seed in SEEDS for number in (1, 2)) / 4)
    assert "steps=6 alone has evaluation files, or other versions of them: pos/made/qad (1)." in found["left_out"]
    assert not any("qad" in line for line in found["differences"])


def test_runs_by_hand_are_counted_and_marked(looked_at):
    found = made("steps=3", "steps=6")
    assert {(one["by hand"], one["by hand against"]) for one in found["rows"]} == {(0, 2)}
    assert "steps=3 holds runs by hand: 2 with realign.steps=3." in found["notes"]
    rows = [line.split("\t") for line in call("steps=3", "steps=6").stdout.splitlines()]
    assert rows[0][:4] == ["Row", "Setting", "Runs", "By hand"]
    assert [row[:4] for row in rows[1:]] == [
        ["latin_diverse_2", "steps=3", "2", "2"], ["latin_diverse_2", "steps=6", "2", ""], ["latin_diverse_2", "difference", "", ""]
    ]  # fmt: skip


def test_json_and_csv_hold_the_numbers_of_the_table(looked_at):
    rows = [line.split("\t") for line in call("steps=3", "steps=6").stdout.splitlines()]
    found = made("steps=3", "steps=6")["rows"]
    short = {"better": "better", "worse": "worse", "cannot tell at this n": "cannot tell"}
    for one in found:
        place = rows[0].index(one["column"])
        assert rows[1][place] == f"{one['mean against']:.2f} ± {one['std against']:.2f}"
        assert rows[2][place] == f"{one['mean']:.2f} ± {one['std']:.2f}"
        assert rows[3][place] == f"{one['difference']:+.2f} ± {one['error']:.2f} {short[one['verdict']]}".replace("-", "−")
    listed = list(csv.DictReader(io.StringIO(call("steps=3", "steps=6", "--csv").stdout)))
    assert [float(row["difference"]) for row in listed] == [one["difference"] for one in found]
    assert [row["column"] for row in listed] == [one["column"] for one in found]


def test_what_else_differs_stands_above_the_table_a_line_each(place, settings):
    other = with_(settings, realign={"steps": 3, "freeze": "front"}, finetune={"batch": 4})
    for seed in SEEDS:
        chain = other_data(jobs(place, other, "latin_diverse", seed), "bitext/qab", "realign")
        save(place, chain, 0.0, {"steps": 3}, kernels="AVX512")
    outcome = call("steps=3", "steps=6")
    lines = [line for line in outcome.stderr.splitlines() if line.startswith("also different: ")]
    assert lines == [
        "also different: finetune.batch: 4 with steps=3, 8 with steps=6.",
        "also different: realign.freeze: front with steps=3, none with steps=6.",
        "also different: Other bitext: qab (1).",
        "also different: kernels: AVX512 with steps=3, AVX2 with steps=6.",
    ]
    assert made("steps=3", "steps=6")["differences"] == [line.removeprefix("also different: ") for line in lines]


def test_several_values_in_a_cell_are_refused_with_what_to_add(fewer, settings):
    for seed in SEEDS:
        save(
            fewer, jobs(fewer, with_(settings, realign={"steps": 3, "freeze": "front"}), "latin_diverse", seed), 0.0, {"steps": 3}
        )
    said = refused("steps=3", "steps=6")
    assert "`steps=3` leaves several values in small/latin_diverse_2/pos: realign.freeze front (2 runs), none (2 runs)" in said
    assert "add freeze=front or freeze=none" in said
    assert {one["n"] for one in made("steps=3,freeze=none", "steps=6")["rows"]} == {2}
    assert {one["n"] for one in made("steps=3,freeze=front", "steps=3,freeze=none")["rows"]} == {2}


def test_two_versions_of_the_data_under_one_setting_are_refused(fewer, settings):
    short = with_(settings, realign={"steps": 3})
    for seed in SEEDS:
        save(fewer, other_data(jobs(fewer, short, "latin_diverse", seed), "bitext/qab", "realign"), 0.2, {"steps": 3})
    said = refused("steps=3", "steps=6")
    assert "realign.bitext/qab" in said and "bitext/qab=ffffffffffff" in said
    assert cell(made("steps=3,bitext/qab=ffff", "steps=6"), "HRL")["difference"] == pytest.approx(-20)


def test_rows_of_one_side_have_one_setting_too(place, settings):
    """Each row holds one value, the table would hold two."""
    for steps, subset in ((3, "latin_diverse"), (4, "all")):
        for seed in SEEDS:
            save(
                place,
                jobs(place, with_(settings, realign={"steps": steps, "freeze": "front"}), subset, seed),
                0.0,
                {"steps": steps},
            )
    assert "leaves several values in the rows of small/pos: realign.steps 3 (2 runs), 4 (2 runs)" in refused(
        "freeze=front", "freeze=none"
    )


def test_an_edited_record_is_not_used(fewer, settings):
    (run,) = {save(fewer, jobs(fewer, with_(settings, realign={"steps": 3}), "latin_diverse", 42), 0.5, {"steps": 3})[-1]}
    before = made("steps=3", "steps=6")
    assert "42 of latin_diverse_2" in " ".join(before["left_out"])
    path = tracking.folder(fewer.root, run) / "record.json"
    path.write_text(path.read_text().replace('"language": "qab"', '"language": "qac"', 1))
    after = made("steps=3", "steps=6")
    assert after["rows"] == before["rows"] and "42 of latin_diverse_2" not in " ".join(after["left_out"])
    assert "was changed after it was written" in after["not_used"][0] and "(1)" in after["not_used"][0]


def test_a_record_that_was_edited_and_sealed_anew_is_not_the_one_its_run_was_saved_with(fewer):
    run = next(
        one.info.run_id
        for one in tracking.search(fewer.root, "sample", "tags.verb = 'evaluate'")
        if one.data.tags.get("trial") and one.data.tags["seed"] == "17"
    )
    path = tracking.folder(fewer.root, run) / "record.json"
    content = json.loads(path.read_text())
    content["scores"][1]["score"] = 0.999
    path.write_text(json.dumps(sealing.sealed(content)))
    found = made("steps=3", "steps=6")
    assert "is not the one its run was saved with" in found["not_used"][0]
    assert {one["n against"] for one in found["rows"]} == {1}, "the other seed is left"


def test_an_evaluation_whose_model_has_no_run_any_more_is_not_used(fewer):
    gone = next(one for one in tracking.search(fewer.root, "sample", "tags.verb = 'finetune'") if one.data.tags.get("trial"))
    tracking.prepare(fewer.root).delete_run(gone.info.run_id)
    found = made("steps=3", "steps=6")
    assert {one["n"] for one in found["rows"]} == {1}
    assert "not used, for a run they are based on is not there: evaluate small latin_diverse_2 pos s" in found["not_used"][0]


def test_runs_of_study_json_that_the_store_lost_are_there(fewer):
    wanted = made("steps=6", "steps=3")["rows"]
    for run in tracking.search(fewer.root, "sample", "tags.verb = 'evaluate'"):
        if not run.data.tags.get("trial"):
            tracking.prepare(fewer.root).delete_run(run.info.run_id)
    assert made("steps=6", "steps=3")["rows"] == wanted


def test_two_profiles_are_compared_by_their_names(place, settings):
    shutil.copytree(place.data, place.root / "data" / "other")
    other = Workspace(place.root, "other")
    other.study.unlink()
    text = (place.root / "profiles" / "sample.yaml").read_text()
    (place.root / "profiles" / "other.yaml").write_text(text.replace("data/sample", "data/other"))
    of_other = replace(with_(settings, finetune={"batch": 4}), profile="other")
    for seed in SEEDS:
        save(other, jobs(other, of_other, "latin_diverse", seed), 0.05)
    for words in (("sample", "other"), ("profile=sample", "profile=other")):
        found = made(*words)
        assert cell(found, "MRL")["difference"] == pytest.approx(5) and cell(found, "MRL")["setting"] == words[1]
        assert found["differences"] == [f"finetune.batch: 8 with {words[0]}, 4 with {words[1]}."]
    assert "profile=sample alone has rows: all, all shuffled, none (3)." in found["left_out"]


def test_presets_are_told_by_the_switches_they_set(place, settings):
    switches = {"pooling": "reference-code", "splitter": "reference-code", "layer": -2, "projection": True}
    reference = with_(
        settings, realign=switches, finetune={"words": "bare"}, evaluate={"max_length": {"pos": 128, "ner": 128, "nli": 256}}
    )
    for seed in SEEDS:
        save(place, jobs(place, reference, "latin_diverse", seed), 0.05)
    found = made("preset=paper", "preset=reference-code")
    assert cell(found, "HRL")["difference"] == pytest.approx(5) and found["differences"] == []
    for seed in SEEDS:
        save(place, jobs(place, with_(settings, realign=switches), "all", seed), 0.05)
    assert {one["row"] for one in made("preset=paper", "preset=reference-code")["rows"]} == {"latin_diverse_2"}


def test_versions_of_the_code_are_told_by_what_signatures_say(place, settings):
    from realignment.report import signatures

    content = study_file.of_json(study_file.read(place.study), "study.json")
    signed = signatures.of_study(content, "small").partition("code=")[2].partition(" ")[0]
    older = [replace(job, environment={**job.environment, "numerics": "0" * 64}) for job in jobs(place, settings, "all", 17)]
    older = other_data(older, "none", "none")
    save(place, older, 0.05)
    version = hashing.digest(sorted((verb, "0" * 64) for verb in ("realign", "finetune", "evaluate")))
    found = made(f"code={signed}", f"code={version[:8]}")
    assert cell(found, "HRL", "all")["difference"] == pytest.approx(5)
    assert cell(found, "HRL", "all")["verdict"] == "cannot tell at this n"
    said = refused("steps=6", f"code={signed}")
    assert "leaves several values in small/all/pos: code of evaluate 000000000000 (1 run)" in said
    assert f"code={version[:12]}" in said and f"code={signed.rpartition(':')[2][:12]}" in said
    assert f"{version[:12]} (1 run)" in refused(f"code={signed}", "code=zz"), "the versions there are"


@pytest.mark.parametrize(("words", "answer"), [
    (("steps=6",), "two sides at least are required, got 1"),
    (("steps=3", "stepps=6"), "no run has a setting `stepps`; nearest: steps"),
    (("steps=3", "steps=5"), "no run of profile `sample` has steps=5; realign.steps is 3 (2 runs), 6 (12 runs)"),
    (("steps=3", "samle"), "nearest: sample"),
    (("steps=3", "profile=samle"), "unknown profile `samle`; nearest: sample"),
    (("steps=3", "preset=papr"), "unknown preset `papr`; nearest: paper"),
    (("steps=3", "max_length=48"), "write realign.max_length=... or finetune.max_length=... or evaluate.max_length=..."),
    (("steps=3", "seed=17"), "a row has one seed on every side, and no side is picked by it"),
    (("steps=3", "steps=6,steps=3"), "gives steps twice"),
    (("steps=3", "mini"), "a finished evaluation is required, and profile `mini` has none; `dvc repro study`"),
    (("steps=3", "finetune.batch=8,steps=3"), "are the same 2 runs"),
    (("steps=3", "steps=6", "--by", "level"), "unknown columns `level`; nearest: levels"),
    (("steps=3", "steps=6", "--by", "retrieval"), "no row has retrieval on every side; try --by levels"),
    (("steps=3", "steps=6,freeze=none,code=zz"), "is the beginning of 0 versions of the code"),
])  # fmt: skip
def test_a_wrong_word_is_answered_in_one_line(looked_at, words, answer):
    assert answer in refused(*words)


def test_without_sides_what_differs_is_listed_with_counts(looked_at):
    found = json.loads(call("--json").stdout)
    assert found == [
        {"setting": "steps", "value": "3", "evaluations": 2, "rows": 1},
        {"setting": "steps", "value": "6", "evaluations": 2, "rows": 1},
    ]


def test_where_nothing_differs_it_says_so(place):
    outcome = call()
    assert outcome.stdout.split() == ["setting", "value", "evaluations", "rows"]
    assert "nothing to compare" in outcome.stderr


def test_the_draw_of_a_random_subset_is_no_second_value_and_other_languages_are_named(place, settings):
    """Bitexts follow from the draw: two seeds of one subset read other files in one cell."""
    content = json.loads(place.subsets.read_text())
    about = content["subsets"]["latin_diverse_2"]

    def drawn(second: list[str]) -> None:
        content["subsets"]["random_2"] = {**about, "languages": [], "draws": {"17": ["qab", "qac"], "23": second}}
        place.subsets.write_text(json.dumps(content))

    drawn(["qac", "qad"])
    for steps in (3, 4):
        for seed in SEEDS:
            save(place, jobs(place, with_(settings, realign={"steps": steps}), "random", seed), steps / 100)
    found = made("steps=3", "steps=4")
    assert cell(found, "HRL", "random_2")["difference"] == pytest.approx(1) and found["differences"] == []
    drawn(["qab", "qad"])
    for seed in SEEDS:
        save(place, jobs(place, with_(settings, realign={"steps": 5}), "random", seed), 0.05)
    (line,) = made("steps=3", "steps=5")["differences"]
    assert (
        line
        == "realign.languages: seed 17: qab qac; seed 23: qac qad with steps=3, seed 17: qab qac; seed 23: qab qad with steps=5."
    )


def test_three_sides_are_each_held_against_the_first(fewer, settings):
    for seed in SEEDS:
        save(fewer, jobs(fewer, with_(settings, realign={"steps": 4}), "latin_diverse", seed), 0.2, {"steps": 4})
    found = made("steps=3", "steps=4", "steps=6")
    assert {(one["against"], one["setting"], round(one["difference"], 6)) for one in found["rows"]} == {
        ("steps=3", "steps=4", 25.0), ("steps=3", "steps=6", 5.0)
    }  # fmt: skip
    shown = [line.split("\t")[1] for line in call("steps=3", "steps=4", "steps=6").stdout.splitlines()[1:]]
    assert shown == ["steps=3", "steps=4", "steps=4 − steps=3", "steps=6", "steps=6 − steps=3"]


def test_nothing_is_written(looked_at):
    def state() -> dict[str, int]:
        return {path.as_posix(): path.stat().st_mtime_ns for path in sorted(looked_at.rglob("*"))}

    before = state()
    call("steps=3", "steps=6")
    assert state() == before
