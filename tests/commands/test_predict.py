"""`realignment predict` and `recommend`: what they print, and bad input in one line."""

import json
from dataclasses import replace
from pathlib import Path

import gained
import pytest
from click.testing import CliRunner

from realignment.commands import predict, predict_sources, recommend
from realignment.core.errors import BadInput
from realignment.predictor import calibrated


@pytest.fixture
def made(monkeypatch):
    """A few made-up runs in place of the authors'."""
    given = [gained.experiment(tasks=("ner", "pos"))]
    monkeypatch.setattr(predict_sources, "_experiments", lambda source: given)
    return given[0]


@pytest.fixture
def pool(tmp_path) -> Path:
    path = tmp_path / "my.txt"
    path.write_text("sna\nswa # a remark\n\nyor\nhau\nfin\ntur\n")
    return path


def call(command, *words) -> str:
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False, standalone_mode=False).stdout


def refused(command, *words) -> str:
    with pytest.raises(BadInput) as fault:
        call(command, *words)
    assert "\n" not in str(fault.value)
    return str(fault.value)


def test_the_authors_runs_predict_a_set_of_theirs_without_its_heuristic_beside_what_was_measured():
    """From the files of data/published, whose average of the row is known from Table 10."""
    (row,) = json.loads(call(predict.command, "latin_diverse_10", "--encoder", "xlmr", "--task", "nli", "--json"))
    assert (row["set"], row["n"], row["encoder"], row["task"], row["what"]) == ("latin_diverse_10", 10, "xlmr", "nli", "mean")
    from paper_files import THE_PAPER

    points = [
        100
        * sum(THE_PAPER.seeds("xlmr", name, frozenset({"HRL", "MRL", "LRL seen", "LRL unseen", ""}), ("nli",)).values())
        / 4
        / 100
        for name in ("latin_diverse_10", "none")
    ]
    assert row["measured"] == pytest.approx(points[0] - points[1], abs=0.0006)
    assert row["low"] < row["gain"] < row["high"]


def test_a_set_that_was_not_run_has_no_measured_gain(made):
    rows = json.loads(call(predict.command, "my_pair=sna,swa", "fin,rus", "--json"))
    assert [(row["set"], row["task"], row["measured"]) for row in rows] == [
        (name, task, None) for name in ("my_pair", "fin,rus") for task in ("ner", "pos")
    ]
    assert rows[0]["gain"] > rows[2]["gain"] + 1


def test_rows_are_levels_or_languages_where_asked(made):
    levels = json.loads(call(predict.command, "sna,swa", "--by", "level", "--task", "pos", "--json"))
    assert [row["what"] for row in levels] == ["HRL", "LRL seen", "LRL unseen"]
    languages = json.loads(call(predict.command, "sna,swa", "--by", "language", "--task", "pos", "--json"))
    assert [row["what"] for row in languages] == sorted(gained.EVALUATED)


def test_what_was_measured_of_a_set_is_shown_and_what_is_expected_does_not_know_it(made):
    one = made.measured()["xlmr", "pos"]
    place = next(place for place, other in enumerate(one.sets) if other.heuristic == "uriel_diverse")
    (row,) = json.loads(call(predict.command, ",".join(one.sets[place].languages), "--task", "pos", "--json"))
    assert row["measured"] == pytest.approx(one.means[place], abs=6e-4)
    left = calibrated.fit(one, gained.ground()).left_out
    assert row["gain"] == pytest.approx(left.expected[place, 0], abs=6e-4)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "at least one SET is required"),
        (("swa,xx",), "unknown language code `xx`"),
        (("swa,swa",), "`swa` is there twice"),
        (("eng,swa",), "eng is the source side of every pair"),
        (("my_a=",), "NAME=CODE,CODE is required"),
        (("latin_divers_10",), "unknown subset `latin_divers_10`; nearest: latin_diverse_10"),
        (("random_10",), "is no list of languages"),
        (("none",), "unknown language code `none`"),
        (("swa,yor", "yor,swa"), "distinct sets are required"),
        (("a=swa", "a=yor"), "distinct names of sets are required; `a` is there twice"),
        (("latin_diverse_10=swa,yor",), "latin_diverse_10 is a list of Table 6"),
        (("sot",), "no corpus known here has it, of sot"),
        (("swa", "--encoder", "mbort"), "no runs of encoder `mbort` are at hand"),
        (("swa", "--encoder", "mmbert-base"), "mmbert-base: an encoder that was never run is predicted from two others or more"),
        (("swa", "--task", "parsing"), "no runs of task `parsing` are at hand"),
    ],
)
def test_bad_sets_are_refused_in_one_line(made, words, said):
    assert said in refused(predict.command, *words)


def test_an_encoder_that_was_never_run_is_told_from_the_others_less_surely_than_they_are():
    words = ("swa,yor", "--task", "nli", "--encoder", "mmbert-base", "--encoder", "mbert", "--encoder", "xlmr", "--json")
    found = {row["encoder"]: row for row in json.loads(call(predict.command, *words))}
    widths = {encoder: row["high"] - row["low"] for encoder, row in found.items()}
    assert set(found) == {"mbert", "xlmr", "mmbert-base"}
    assert widths["mmbert-base"] > max(widths["mbert"], widths["xlmr"])


def test_how_far_predictors_are_off_is_told_from_the_results_at_hand():
    rows = json.loads(call(predict.command, "--protocol", "--json"))
    ours = [row for row in rows if row["predictor"] == "this predictor" and row["encoder"]]
    assert {(row["encoder"], row["task"], row["left_out"]) for row in ours} == {
        (encoder, task, by)
        for encoder in ("mbert", "xlmr")
        for task in ("pos", "ner", "nli", "xquad")
        for by in ("heuristic", "set")
    }


def test_an_import_that_is_not_there_is_refused_in_one_line():
    assert "no import is called `lab`" in refused(predict.command, "swa", "--source", "lab")


def test_a_recommendation_is_the_planted_pair_and_says_what_carries_it(made, pool):
    words = ("--pool", pool, "--sizes", "2-3", "--task", "pos", "--teach", "2")
    found = json.loads(call(recommend.command, *words, "--json"))
    assert found["languages"] == ["sna", "swa"]
    assert found["lead_over_random"]["verdict"] == "above random draws"
    assert {one["language"] for one in found["carried_by"]} == {"sna", "swa"}
    assert found["settings"] == {"select": {"own": {"my_choice": ["sna", "swa"]}}}
    assert [row["n"] for row in found["sizes"]] == [2, 3]
    assert found["typological_optimum"]["proven"]
    assert len(found["lessons"]) == 2


def test_its_choice_is_a_subset_that_settings_take(made, pool):
    from realignment.config import validation  # noqa: F401  what reads settings is there
    from realignment.subsets import naming

    found = json.loads(call(recommend.command, "--pool", pool, "--sizes", "2", "--json"))
    (name,) = found["settings"]["select"]["own"]
    assert str(naming.parse(name)) == name


def test_of_a_pool_taken_whole_no_lead_is_spoken_of(made, pool):
    found = json.loads(call(recommend.command, "--pool", pool, "--sizes", "6", "--task", "pos", "--json"))
    assert found["sizes"][0]["verdict"] == "the whole pool: every draw is this set"
    assert found["sizes"][0]["lead"] == 0


def test_targets_are_what_the_gain_is_of(made, pool):
    found = json.loads(call(recommend.command, "--pool", pool, "--sizes", "2", "--targets", "yor", "--task", "pos", "--json"))
    assert found["targets"] == ["yor"]
    assert found["based_on"] == [{"encoder": "xlmr", "task": "pos", "targets": ["yor"]}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--targets", "xho"), "--targets: languages that the runs at hand were evaluated in are required; xho was in none"),
        (("--targets", "qqx"), "--targets: unknown language `qqx`"),
        (("--targets", "xyzzy"), "--targets: distinct language codes are required; unknown language code `xyzzy`"),
        (("--sizes", "5-20"), "--sizes must lie between 1 and the size of the pool, 6"),
        (("--sizes", "20-5"), "--sizes takes numbers of languages"),
        (("--sizes", "five"), "--sizes takes numbers of languages"),
        (("--sizes", "0-2"), "--sizes takes numbers of languages"),
        (("--name", "choice"), "--name takes my_"),
        (("--budget", "-1"), "--budget takes a number of hours above 0"),
        (("--budget", "nan"), "--budget takes a number of hours above 0"),
        (("--pool-name", "joshi_3"), "both are given"),
    ],
)
def test_bad_wishes_are_refused_in_one_line(made, pool, words, said):
    sizes = () if "--sizes" in words else ("--sizes", "2")
    assert said in refused(recommend.command, "--pool", pool, *sizes, *words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file holds none"),
        ("# nothing\n", "the file holds none"),
        ("swa\nxyzzy\n", "line 2: unknown language code `xyzzy`"),
        ("swa\nsw\n", "line 2: language swa is there twice"),
        ("eng\n", "is the source side of every pair"),
        (
            "swa\nsot\n",
            "bitext with English is required of each language; none is fetched, and no corpus known here has it, of sot",
        ),
    ],
)
def test_bad_pools_are_refused_in_one_line(made, tmp_path, text, said):
    path = tmp_path / "pool.txt"
    path.write_text(text)
    told = refused(recommend.command, "--pool", path, "--sizes", "1")
    assert said in told
    assert str(path) in told


def test_a_language_that_no_run_was_realigned_on_is_named_with_what_is_known_of_it(made, tmp_path):
    path = tmp_path / "pool.txt"
    path.write_text("ces\nkat\nswa\n")
    said = (
        CliRunner()
        .invoke(recommend.command, ["--pool", str(path), "--sizes", "3", "--task", "pos"], catch_exceptions=False)
        .output
    )
    assert "no run at hand was realigned on kat: what they add is known by their distances and family alone" in said
    assert "no run at hand was realigned on ces, which have no vector: what they add is known by their family alone" in said


def test_a_recommendation_says_which_runs_were_left_out(made, pool, monkeypatch):
    given = predict_sources.gather("published", (), ("pos",))
    held = {key: replace(one, left_out={"a language is missing": 3}) for key, one in given.measured.items()}
    monkeypatch.setattr(predict_sources, "gather", lambda *asked: replace(given, measured=held))
    said = CliRunner().invoke(recommend.command, ["--pool", str(pool), "--sizes", "2"], catch_exceptions=False).output
    assert "xlmr, pos: 3 runs are left out: a language is missing" in said


def test_where_every_set_is_expected_to_lose_it_is_said_that_fine_tuning_only_is_better(monkeypatch, pool):
    given = [gained.experiment(lambda codes, language: gained.planted(codes, language) - 20)]
    monkeypatch.setattr(predict_sources, "_experiments", lambda source: given)
    said = CliRunner().invoke(recommend.command, ["--pool", str(pool), "--sizes", "2-3"], catch_exceptions=False).output
    assert "above random draws" in said
    assert "fine-tuning only is expected to be as good or better" in said


def test_sets_of_one_heuristic_give_no_interval_and_are_refused_in_one_line(monkeypatch, pool):
    given = gained.experiment()
    names = {name: f"random_{place}" for place, name in enumerate(sorted({run[1] for run in given.lists}), 3)} | {"none": "none"}
    lists = {(encoder, names[subset], seed, task): codes for (encoder, subset, seed, task), codes in given.lists.items()}
    rows = {replace(row, subset=names[row.subset]): held for row, held in given.runs.rows.items()}
    drawn = replace(given, lists=lists, runs=replace(given.runs, rows=rows))
    monkeypatch.setattr(predict_sources, "_experiments", lambda source: [drawn])
    for words in ((predict.command, "swa,yor"), (recommend.command, "--pool", pool, "--sizes", "2")):
        assert (
            "an interval requires sets that can be predicted without their own heuristic; 0 of the 30 at hand can (random)"
            in refused(*words)
        )


def test_encoders_that_share_no_set_are_refused_together_in_one_line(monkeypatch, pool):
    one, other = (gained.experiment(tasks=(task,)) for task in ("ner", "pos"))
    lists = {(encoder, f"my_{subset}", seed, task): codes for (encoder, subset, seed, task), codes in other.lists.items()}
    rows = {
        replace(row, subset=f"my_{row.subset}") if row.subset != "none" else row: held for row, held in other.runs.rows.items()
    }
    moved = replace(other, lists=lists, runs=replace(other.runs, rows=rows))
    monkeypatch.setattr(predict_sources, "_experiments", lambda source: [one, moved])
    told = refused(recommend.command, "--pool", pool, "--sizes", "2")
    assert "requires sets that were run with all of them; 0 of those at hand were; name one --encoder or --task" in told


def test_a_code_with_a_script_is_a_set_of_one_language(made):
    (row,) = json.loads(call(predict.command, "ara_Arab", "--task", "pos", "--json"))
    assert (row["set"], row["n"]) == ("ara_Arab", 1)


def test_of_runs_without_any_effect_it_is_said_that_no_set_is_told_from_another(monkeypatch, pool):
    given = [gained.experiment(gained.nothing, noise=1.0, seed=1)]
    monkeypatch.setattr(predict_sources, "_experiments", lambda source: given)
    said = CliRunner().invoke(recommend.command, ["--pool", str(pool), "--sizes", "2-3"], catch_exceptions=False).output
    assert "No set is told from another" in said
    assert "above random draws" not in said
    assert "the interval of each alone includes zero" in said or "Carried by" not in said


def test_the_protocol_is_of_the_encoder_and_task_that_are_asked_for():
    rows = json.loads(call(predict.command, "--protocol", "--encoder", "xlmr", "--task", "pos", "--json"))
    assert {(row["encoder"], row["task"]) for row in rows} == {("xlmr", "pos")}
    assert "nearest: xlmr" in refused(predict.command, "--protocol", "--encoder", "xlm")
    assert "leave it out" in refused(predict.command, "swa,yor", "--protocol")


def test_of_two_sources_an_encoder_with_too_few_sets_is_left_out_and_named(made, monkeypatch, capsys):
    few = gained.experiment(tasks=("pos",))
    lists = {("small", *run[1:]): codes for run, codes in few.lists.items()}
    some = sorted({run[1] for run in lists})[:3]
    rows = {replace(row, encoder="small"): held for row, held in few.runs.rows.items()}
    runs = replace(few.runs, rows=rows, group={"small": few.runs.group["xlmr"]})
    small = replace(few, runs=runs, seen={"small": "xlmr"}, lists={run: codes for run, codes in lists.items() if run[1] in some})
    monkeypatch.setattr(predict_sources, "_experiments", lambda source: [made, small])
    assert {encoder for encoder, _ in predict_sources.gather("both", (), ()).measured} == {"xlmr"}
    assert "small, pos: left out, 3 distinct sets" in capsys.readouterr().err


def test_a_pool_below_the_usual_sizes_is_taken_whole_and_a_target_in_the_set_is_said_to_be_there(made, pool):
    result = CliRunner().invoke(
        recommend.command, ["--pool", str(pool), "--targets", "swa", "--task", "pos"], catch_exceptions=False
    )
    sizes = [line.split("\t")[0] for line in result.stdout.splitlines()[1:]]
    assert sizes == ["5", "6"]
    assert "(swa) is in the set itself." in result.stderr
    assert "Nearest to" not in result.stderr


def test_hours_of_a_profile_are_not_taken_for_those_of_another_encoder(made, pool, monkeypatch):
    from realignment.commands import recommend_told

    each = {"mean": 0.02, "low": 0.01, "high": 0.05}
    of_small = {"hours": 1.0, "profile": "sample", "encoders": ["small"], "hours_of_a_run": each, "runs": 50, "runs_at_worst": 20}
    monkeypatch.setattr(recommend_told, "budget", lambda hours: of_small)
    words = ["--pool", str(pool), "--sizes", "2", "--task", "pos", "--budget", "1"]
    told = CliRunner().invoke(recommend.command, words, catch_exceptions=False).stderr
    assert "by profile sample (encoder small), at 0.02 (0.01 to 0.05) hours each" in told
    assert "Those are no hours of xlmr" in told


def test_the_transcript_of_the_readme_is_what_the_command_says(tmp_path, monkeypatch):
    """From the authors' runs, for the pool of twenty that the README lists."""
    text = (gained.ROOT / "README.md").read_text(encoding="utf-8")
    block = text.partition("## Which languages to realign on")[2].split("```")[1].strip().splitlines()
    pool, command = block[1].split(), block[2].removeprefix("$ realignment recommend ").partition(" >")[0].split()
    assert len(pool) == 20
    (tmp_path / "my.txt").write_text("\n".join(pool) + "\n")
    words = [str(tmp_path / "my.txt") if word == "my.txt" else word for word in command]
    said = CliRunner().invoke(recommend.command, words, catch_exceptions=False).stderr
    assert [line for line in block[3:] if line not in said.splitlines()] == []


def test_a_predictor_that_was_not_asked_is_named_below_the_protocol():
    result = CliRunner().invoke(predict.command, ["--protocol", "--task", "pos"], catch_exceptions=False)
    assert "why" not in result.stdout.splitlines()[0].split("\t")
    assert "LangRank-like (set left out)" in result.stderr and "not asked" in result.stderr
