"""`realignment predict --register` and `--score`: what is written once, what is refused, and runs of a registered set that are imported."""

import json
import shutil
import subprocess
from pathlib import Path

import gained
import others_files
import pytest
import shipped
import signatures_made
from click.testing import CliRunner

from realignment import cli
from realignment.commands import registered_sources
from realignment.commands.registered_sources import Source
from realignment.core.errors import BadInput
from realignment.paper.paper import Paper
from realignment.predictor.asked import Asked

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "predictions" / "registered.json"
HEAD = "name\tencoder\tlanguages\thow\n"
ONE = HEAD + "my_one\txlmr\tswa yor sna\tby hand\n"


@pytest.fixture
def at_hand(checkout, monkeypatch) -> Path:
    """A checkout with the authors' runs and no study."""
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    (checkout / "data").mkdir()
    for name in ("published", "uriel"):
        (checkout / "data" / name).symlink_to(ROOT / "data" / name)
    (checkout / "sets.tsv").write_text(ONE)
    monkeypatch.chdir(checkout)
    return checkout


def call(*words: object):
    return CliRunner().invoke(cli.group, ["predict", *map(str, words)], catch_exceptions=False)


def read(*words: object):
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_registered_file_is_signed_scored_and_never_written_again(at_hand, tmp_path):
    key = signatures_made.key(tmp_path / "key.pem")
    rows = read("--register", "mine.json", "--sets", "sets.tsv", "--task", "nli", "--date", "2026-12-01", "--key", key)
    assert [(row["encoder"], row["set"], row["n"], row["task"]) for row in rows] == [("xlmr", "my_one", 3, "nli")]
    assert rows[0]["low"] < rows[0]["expected"] < rows[0]["high"]
    made = json.loads((at_hand / "mine.json").read_text())
    assert (made["date"], made["data"]["source"]) == ("2026-12-01", "published")
    found = read("--score", "mine.json", "--public-key", key.with_suffix(".pub"))
    assert found["signature"].startswith("by the private part of")
    assert found["not_run"] == [{"encoder": "xlmr", "set": "my_one", "tasks": ["nli"]}]
    if shutil.which("openssl"):
        words = ["openssl", "dgst", "-sha256", "-verify", key.with_suffix(".pub"), "-signature", "mine.json.sig", "mine.json"]
        assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    content = (at_hand / "mine.json").read_bytes()
    with pytest.raises(BadInput, match=r"mine\.json: is there, and what was registered is not written again"):
        call("--register", "mine.json", "--sets", "sets.tsv")
    assert (at_hand / "mine.json").read_bytes() == content

    other = signatures_made.key(tmp_path / "other.pem").with_suffix(".pub")
    with pytest.raises(BadInput, match=r"is no signature of mine\.json by the private part of"):
        call("--score", "mine.json", "--public-key", other)
    (at_hand / "mine.json").write_bytes(content + b"\n")  # the content is the same, the bytes are not
    with pytest.raises(BadInput, match=r"is no signature of mine\.json"):
        call("--score", "mine.json", "--public-key", key.with_suffix(".pub"))
    (at_hand / "mine.json.sig").unlink()
    with pytest.raises(BadInput, match=r"mine\.json\.sig: the signature of mine\.json is required"):
        call("--score", "mine.json", "--public-key", key.with_suffix(".pub"))


def test_runs_of_registered_sets_are_held_against_them(at_hand):
    """Runs that gained what those of `random_5` of the authors gained, imported as runs of a registered set, and of another as they were run."""
    before = json.loads(SHIPPED.read_text())
    wanted = next(one for one in before["sets"] if one["encoder"] == "xlmr")
    rows, _ = others_files.published()
    held = [
        row
        for row in rows
        if row["model"] == "xlm-roberta-base" and row["task"] == "pos" and row["subset"] in ("none", "uriel_diverse_5")
    ]
    taken = [
        {
            **row,
            "subset": "labs_own" if row["subset"] != "none" else "none",
            "languages": " ".join(wanted["languages"]) if row["subset"] != "none" else "",
        }
        for row in held
    ]
    done = CliRunner().invoke(
        cli.group,
        ["runs", "import", str(others_files.table(at_hand / "runs.csv", taken)), "--name", "lab"],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    found = read("--score", SHIPPED)
    (row,) = [row for row in found["rows"] if row["kind"] == "mean"]
    authors = Paper(at_hand)
    assert (row["source"], row["encoder"], row["set"], row["task"], row["runs"]) == ("lab", "xlmr", wanted["name"], "pos", 4)
    assert row["measured"] == pytest.approx(_gain(authors), abs=1e-6)
    assert [row["expected"], row["low"], row["high"]] == wanted["tasks"]["pos"]["mean"]
    assert row["inside"] == (row["low"] <= row["measured"] <= row["high"])
    assert {"encoder": "xlmr", "set": wanted["name"], "tasks": ["ner", "nli"]} in found["not_run"]
    assert len(found["not_run"]) == 20
    assert {one["verdict"] for one in found["verdicts"]} == {"not yet"}
    assert found["remarks"] == {"lab": []}  # the same baseline, the same languages
    shown = call("--score", SHIPPED, "--by", "language", "--source", "lab")
    assert shown.exit_code == 0
    assert "19 of 20 sets have no run in lab" in shown.stderr
    assert len([line for line in shown.stdout.splitlines() if line.startswith("lab\txlmr\tmy_")]) == len(
        wanted["tasks"]["pos"]["languages"]
    )
    (at_hand / "again.tsv").write_text(HEAD + f"my_again\txlmr\t{' '.join(wanted['languages'])}\t\n")
    with pytest.raises(BadInput, match=r"my_again, xlmr: only a set that was not run .* run as labs_own of lab"):
        call("--register", "new.json", "--sets", "again.tsv")


def _gain(paper: Paper) -> float:
    """Of uriel_diverse_5 over fine-tuning only in POS, XLM-R, as the paper's own means over languages have it."""
    from realignment.report import experiments

    found = experiments.of_authors(paper).measured()["xlmr", "pos"]
    return float(found.means[[one.subset for one in found.sets].index("uriel_diverse_5")])


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        ("mbbert", r"mbbert: an encoder with runs, or a model that is known here, is required; nearest: mbert"),
        ("llama-3.1-8b", r"llama-3\.1-8b: no list of the languages that it has seen is published"),
    ],
)
def test_an_encoder_that_is_not_known_or_of_which_nothing_is_known_is_refused(at_hand, encoder, said):
    given = Source(gained.experiment(), {}, {}, "uriel_plus_66")
    assert registered_sources.never_run(at_hand, [Asked("a", "mmbert-base", (), "")], given, ()).keys() == {"mmbert-base"}
    with pytest.raises(BadInput, match=said):
        registered_sources.never_run(at_hand, [Asked("a", encoder, (), "")], given, ())


def test_an_encoder_of_a_study_goes_by_the_model_that_it_is(at_hand):
    given = Source(gained.experiment(), {}, {"xlmr": "mmbert-base"}, "uriel_plus_66")
    assert {one.encoder for one in given.measured().values()} == {encoder for _, encoder, _, _ in given.ran()} == {"mmbert-base"}
    assert registered_sources.never_run(at_hand, [Asked("a", "mmbert-base", (), "")], given, ()) == {}


def test_a_list_of_the_paper_is_refused_under_another_name(at_hand):
    run = next(
        row
        for row in Paper(at_hand).rows("subsets.tsv")
        if row["model"].startswith("xlm") and row["subset"] == "latin_diverse_10"
    )
    (at_hand / "sets.tsv").write_text(HEAD + f"my_set\txlmr\t{run['languages']}\t\n")
    with pytest.raises(
        BadInput,
        match=r"my_set, xlmr: only a set that was not run can be registered; this one was run as latin_diverse_10 of published",
    ):
        call("--register", "mine.json", "--sets", "sets.tsv")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--register", "a.json"], "--register requires --sets FILE"),
        (["--register", "a.json", "--score", "a.json"], "two commands; give one"),
        (["--register", "a.json", "--sets", "sets.tsv", "swa,yor"], "takes its sets from a file, and `swa,yor` is given"),
        (["--register", "a.json", "--sets", "sets.tsv", "--runs", "3"], "--runs says nothing to --register"),
        (["--register", "a.json", "--sets", "sets.tsv", "--encoder", "xlmr"], "--encoder says nothing to --register"),
        (
            ["--register", "a.json", "--sets", "sets.tsv", "--date", "30.11.2026"],
            "--date must be a day as 2026-11-30; got `30.11.2026`",
        ),
        (["--register", "a.json", "--sets", "sets.tsv", "--date", "2026-02-30"], "--date must be a day"),
        (
            ["--register", "a.json", "--sets", "sets.tsv", "--key", "none.pem"],
            "none.pem: a private key is required and does not exist",
        ),
        (["--register", "a.json", "--sets", "none.tsv"], "none.tsv: a table of sets"),
        (["--register", "a.json", "--sets", "sets.tsv", "--source", "labb"], "unknown runs `labb`"),
        (["--register", "a.json", "--sets", "sets.tsv", "--source", "ours"], "profile `sample` has no finished run"),
        (["--score", "none.json"], "none.json: a file of registered predictions is required"),
        (["--score", "sets.tsv"], "JSON as `realignment predict --register` writes it"),
        (["--score", SHIPPED, "--task", "pos"], "--task says nothing to --score"),
        (["--sets", "sets.tsv", "swa,yor"], "--sets is for --register FILE"),
        (["--public-key", "a.pub", "swa,yor"], "--public-key is for --score FILE"),
        (["--register", "a.json", "--sets", "sets.tsv", "--public-key", "a.pub"], "--public-key is for --score FILE"),
    ],
)
def test_each_fault_of_the_command_line_is_one_line_and_writes_nothing(at_hand, words, said):
    with pytest.raises(BadInput, match=said) as fault:
        call(*words)
    assert "\n" not in str(fault.value)
    assert not (at_hand / "a.json").exists() and not (at_hand / "a.json.sig").exists()


def test_a_place_that_takes_no_file_is_refused_before_a_model_is_fitted(at_hand, monkeypatch):
    monkeypatch.setattr(registered_sources, "fitted", lambda *_: pytest.fail("fitted"))
    with pytest.raises(BadInput, match=r"sets\.tsv: a folder is required"):
        call("--register", at_hand / "sets.tsv" / "mine.json", "--sets", at_hand / "sets.tsv")
