"""Runs of others: both forms give the scores that stand in them, each fault is one line, and what was imported is what is read."""

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest
from others_files import RUN, SMALL, STRATEGIES, published, scores, table, wide
from paper_files import PUBLISHED, ROOT, THE_PAPER

from realignment.core.errors import BadInput
from realignment.languages import codes
from realignment.paper import xquad
from realignment.paper.others import experiment, stored
from realignment.paper.others.gathering import Asked, gather
from realignment.paper.others.imported import load
from realignment.results.scores import WITHOUT_ENGLISH, Row


def imported(root: Path, *files: Path, name: str = "theirs", **asked):
    """What `realignment runs import` makes of the files, but for MLflow."""
    found = gather(root, Asked(files, **asked))
    found.tally.stop()
    stored.write(root, name, stored.content(found.checked), {**found.about, "date": "2026-01-02", "citation": ""}, replace=False)
    return load(root, name)


def refused(root: Path, *files: Path, **asked) -> list[str]:
    with pytest.raises(BadInput) as told:
        imported(root, *files, **asked)
    assert stored.names(root) == [], "nothing was written"
    assert not any("\n" in str(one) for one in told.value.args)
    return [str(one) for one in told.value.args]


def test_the_authors_runs_in_the_tidy_form_are_what_they_were(tmp_path):
    found = imported(tmp_path, PUBLISHED / "scores.csv.gz", lists=PUBLISHED / "subsets.tsv")
    assert scores(found.raw) == scores(THE_PAPER.raw)
    wanted = {run: sorted(map(codes.resolve, text.split())) for run, text in THE_PAPER.subset_languages.items()}
    assert {run: list(held) for run, held in found.sets.items() if held} == wanted
    mine = {(*one.run, one.task, one.set, one.language): (one.group, one.score) for one in found.scored if one.task != "xquad"}
    assert mine == {(*one.run, one.task, one.set, one.language): (one.group, one.score) for one in THE_PAPER.scored}
    theirs = next(one for one in found.studies if one.encoder == "xlmr")
    for subset in ("latin_diverse_10", "joshi_3__random_10"):
        items = theirs.runs.items("xlmr", ["nli", "pos", "ner"], {"LRL unseen"})
        assert theirs.runs.cell(Row("xlmr", subset), items) == THE_PAPER.runs.cell(Row("xlmr", subset), items)
    unprinted = xquad.Unprinted(THE_PAPER)
    for mine, authors in ((found.runs, "F1"), (found.exact, "Exact match")):
        (study,) = [one for one in unprinted.studies if one.encoder == "xlmr"]
        items, wanted = mine.items("xlmr", ["xquad"], WITHOUT_ENGLISH), study.items([authors], WITHOUT_ENGLISH)
        assert mine.cell(Row("xlmr", "all_65"), items) == study.runs.cell(Row("xlmr", "all_65"), wanted)


def test_the_authors_runs_in_their_own_form_are_what_they_were(tmp_path):
    rows, lists = published()
    files = wide(tmp_path / "results", rows, lists)
    found = imported(tmp_path, *files)
    wanted = [row for row in rows if row["subset"] in STRATEGIES]
    assert len(files) > 90 and scores(found.raw) == scores(wanted)
    mine = {tuple(row[name] for name in RUN): row["languages"].split() for row in found.lists}
    assert mine == {run: sorted(map(codes.resolve, text.split())) for run, text in lists.items() if run[1] in STRATEGIES}
    counts = found.about["counts"]
    assert counts["read"] == counts["kept"] == len(wanted) and all(
        "n_realignment_langs: 10" in one for one in found.about["remarks"]
    )
    of_ner = sum(row["task"] == "ner" for row in {tuple(row[name] for name in RUN): row for row in wanted}.values())
    assert counts["not read: other metrics of ner"] == counts["not read: `eval_` beside `final_eval_`"] == of_ner


def test_an_average_that_is_not_the_mean_of_its_row_is_said(tmp_path):
    rows, lists = published()
    (path, *_) = wide(tmp_path / "results", [row for row in rows if row["subset"] == "none" and row["task"] == "ner"], lists)
    lines = [dict(row) for row in csv.DictReader(path.open(encoding="utf-8"))]
    lines[1]["final_eval_avg_f1"] = "0.5"
    (remark,) = imported(tmp_path, table(path, lines)).about["remarks"]
    assert "line 3, column final_eval_avg_f1: 0.5 is stated" in remark


def test_a_list_of_another_size_than_its_row_states_is_said(tmp_path):
    rows, lists = published()
    (path, *_) = wide(tmp_path / "results", [row for row in rows if row["subset"] == "random_5" and row["task"] == "pos"], lists)
    assert len(imported(tmp_path, path).about["remarks"]) == 4, "one a seed: ten are stated"


def test_a_run_of_the_baseline_is_fine_tuning_only_whatever_the_file_is_called(tmp_path):
    head = {"model": "xlm-roberta-base", "task": "xnli", "realignment_langs": "fr,de", "final_eval_de_accuracy": "0.5"}
    rows = [{"seed": "1", "method": "baseline", **head}, {"seed": "1", "method": "before_noaligner", **head}]
    found = imported(tmp_path, table(tmp_path / "scores.csv", rows), subset="mine")
    assert found.sets == {("xlmr", "none", "1", "nli"): (), ("xlmr", "mine", "1", "nli"): ("deu", "fra")}


def test_scores_in_percent_are_the_same_shares(tmp_path):
    small = [{**SMALL[0], "score": "0.6157"}, {**SMALL[1], "score": "0.0107"}, *SMALL[2:]]
    plain = imported(tmp_path, table(tmp_path / "a.csv", small))
    percent = [{**row, "score": str(100 * Decimal(row["score"]))} for row in small]
    assert imported(tmp_path, table(tmp_path / "b.tsv", percent), percent=True, name="percent").raw == plain.raw


def test_an_import_gives_the_same_bytes_whatever_the_order_and_the_packing(tmp_path):
    imported(tmp_path, table(tmp_path / "a.csv", SMALL))
    first = stored.place(tmp_path, "theirs")
    again = gather(tmp_path, Asked((table(tmp_path / "b.csv.gz", SMALL[:9]), table(tmp_path / "c.tsv", SMALL[:8:-1]))))
    made = stored.content(again.checked)
    assert made == {name: (first / name).read_bytes() for name in made}


def test_subsets_are_called_by_the_name_of_the_import_in_every_table_and_run(tmp_path):
    found = imported(tmp_path, table(tmp_path / "a.csv", SMALL))
    assert all(line.head[1].startswith("theirs:") for by in ("level", "task") for one in found.tables(by) for line in one.lines)
    tables = [one for by in ("level", "task", "language") for one in found.tables(by)]
    assert all(one.caption.startswith("theirs: ") and one.name.startswith("theirs-") for one in tables)
    assert all(title.startswith("theirs:") for one in found.tables("language") for title in one.columns)
    runs = list(experiment.runs(found))
    assert {run["params"]["subset"] for run in runs} == {"theirs:none", "theirs:latin_diverse_5"}


def test_gains_are_over_the_imports_own_fine_tuning_only(tmp_path):
    found = imported(tmp_path, table(tmp_path / "a.csv", SMALL))
    (gains,) = [one for one in found.tables("level") if one.kind == "gains"]
    (line,) = gains.lines
    held = {(row["subset"], row["seed"]): float(row["score"]) for row in found.raw if row["language"] == "deu"}
    wanted = [held["latin_diverse_5", seed] - held["none", seed] for seed in ("17", "23")]
    assert line.values[gains.columns.index("HRL")].mean == pytest.approx(sum(wanted) / 2)


def edited(line: int, **cells: str):
    """The small table with other cells in a line of its file."""
    return lambda rows: [{**row, **cells} if number == line else row for number, row in enumerate(rows, 2)]


BASE = "made/scores.csv line 7, column"
FAULTS = {
    "a code that is none": (edited(7, language="eh"), f"{BASE} language: unknown language code `eh`; nearest: "),
    "a code of a realigned language": (edited(7, subset="mine", languages="aze xx"), f"{BASE} languages: mine: distinct language codes are required; unknown"),
    "a language twice": (edited(7, subset="mine", languages="aze az"), f"{BASE} languages: mine: distinct language codes are required; `az` is aze, which is there"),
    "above one": (edited(7, score="1.2"), f"{BASE} score: a number from 0 to 1 is required; got `1.2`"),
    "below nought": (edited(7, score="-0.1"), f"{BASE} score: a number from 0 to 1 is required; got `-0.1`"),
    "no number": (edited(7, score="nan"), f"{BASE} score: a number from 0 to 1 is required; got `nan`"),
    "infinity": (edited(7, score="inf"), f"{BASE} score: a number from 0 to 1 is required; got `inf`"),
    "an overflow": (edited(7, score="1e999"), f"{BASE} score: a number from 0 to 1 is required; got `1e999`"),
    "an empty score": (edited(7, score=""), f"{BASE} score: a number from 0 to 1 is required; got ``"),
    "percent": (lambda rows: [{**row, "score": "61.5"} for row in rows], "made/scores.csv line 2, column score: scores from 0 to 1 are required; 16 of 16 are above 1"),
    "a doubled score": (lambda rows: [*rows, {**rows[0], "score": "0.9"}], "made/scores.csv line 18, column seed: each score once is required; mbert, none, 17, pos, udpos, eng, acc"),
    "a doubled score in other codes": (lambda rows: [*rows, {**rows[0], "language": "eng"}], "made/scores.csv line 18, column seed: each score once is required"),
    "a seed with a point": (edited(7, seed="17.0"), f"{BASE} seed: an integer is required; got `17.0`"),
    "a task": (edited(7, task="qa"), f"{BASE} task: one of ner, nli, pos, xquad is required; got `qa`"),
    "a metric": (edited(7, metric="f1"), f"{BASE} metric: of the task pos accuracy is required; got `f1`"),
    "a set of another task": (edited(7, evalset="WikiANN"), f"{BASE} evalset: a set of the task pos is required; `WikiANN` is one of ner"),
    "a model": (edited(7, model="mbret"), f"{BASE} model: unknown model `mbret`; nearest: mbert"),
    "a model by two names": (edited(7, model="bert-base-multilingual-cased"), "column model: one name for each model is required; `mbert` and `bert-base"),
    "a name of a subset": (edited(7, subset="published:none"), f"{BASE} subset: a name of letters, digits, _ and - is required"),
    "none with languages": (edited(7, languages="swa"), f"{BASE} languages: none is fine-tuning only, without languages; `none` has `swa`"),
    "a subset without": (edited(7, subset="mine"), f"{BASE} languages: at least one language is required; `mine` has ``"),
    "English among them": (edited(7, subset="mine", languages="swa en"), f"{BASE} languages: languages other than English are required"),
    "another list": (edited(16, languages="aze fon lin orm ewe"), "line 16, column languages: one list of languages is required of mbert, latin_diverse_5; it has `aze ewe"),
    "a list of another size": (edited(7, subset="random_5", languages="swa yor"), f"{BASE} languages: 5 languages are required by the name random_5; it has 2"),
    "a pool's list of another size": (edited(7, subset="joshi_3__random", languages="swa yor"), f"{BASE} languages: 10 languages are required by the name joshi_3__random"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_with_its_file_line_and_column(tmp_path, fault):
    edit, said = FAULTS[fault]
    first, *_, last = refused(tmp_path, table(tmp_path / "made" / "scores.csv", edit(SMALL)))
    assert said in first and last.startswith("nothing was written: ")


def test_every_score_that_was_read_is_kept_or_refused_for_one_reason(tmp_path):
    rows = edited(4, score="2")(edited(5, seed="x", score="2")(edited(9, language="xx")(SMALL)))
    tally = gather(tmp_path, Asked((table(tmp_path / "scores.csv", rows),))).tally
    assert (tally.read, tally.kept, dict(tally.refused)) == (16, 13, {"outside its range": 1, "seed": 1, "unknown language": 1})


def test_draws_differ_by_seed_and_are_of_one_size(tmp_path):
    drawn = [
        {**row, "subset": "random_2", "languages": f"swa {'yor' if row['seed'] == '17' else 'zul'}"}
        for row in SMALL
        if row["subset"] != "none"
    ]
    assert imported(tmp_path, table(tmp_path / "a.csv", drawn)).sets == {
        ("mbert", "random_2", "17", "pos"): ("swa", "yor"), ("mbert", "random_2", "23", "pos"): ("swa", "zul"),
    }  # fmt: skip
    plain = [{**row, "subset": "mine"} for row in drawn]
    with pytest.raises(BadInput, match="one list of languages is required of mbert, mine"):
        imported(tmp_path, table(tmp_path / "b.csv", plain), name="second")


FILES = {
    "empty": ("scores.csv", b"", "a first line with the names of columns is required; the file is empty"),
    "head alone": ("scores.csv", b"model,subset\n", "at least one row below the names of columns is required"),
    "binary": ("scores.csv", b"\x89PNG\r\n\x1a\n\xff", "line 1: UTF-8 is required"),
    "zero bytes": ("scores.csv", b"a,b\n\x00,1\n", "line 2: text is required, and it holds a zero byte"),
    "no gzip": ("scores.csv.gz", b"model,subset\n", "the gzip file is cut off or damaged"),
    "cut gzip": ("scores.csv.gz", gzip.compress(b"model,subset\n" * 9)[:25], "the gzip file is cut off or damaged"),
    "columns": ("scores.csv", b"model,subset\nmbert,none\n", "seed, task, evalset, language, metric, score missing"),
    "no score": (
        "scores.csv",
        b"seed,model,task,subset,realignment_langs,eval_de_precision\n1,mbert,wikiann,mine,fr,0.5\n",
        "a score of a task's own metric is required",
    ),
    "cells": ("scores.csv", b"a,b\n1,2,3\n", "line 2: 2 cells are required, as the first line has; got 3"),
    "columns twice": ("scores.csv", b"a,a\n1,2\n", "line 1: each column once is required; `a` is there twice"),
    "a quotation mark": ("scores.csv", b'a,b\n"1,2\n', "a line of CSV is required"),
    "another ending": ("scores.xlsx", b"PK", "a name that ends in .csv, .csv.gz, .tsv, .tsv.gz is required"),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_file_that_is_no_table_of_scores_is_one_line(tmp_path, fault):
    name, content, said = FILES[fault]
    (tmp_path / name).write_bytes(content)
    (line,) = refused(tmp_path, tmp_path / name)
    assert said in line and name in line


def test_the_languages_of_each_run_are_required_in_the_file_or_beside_it(tmp_path):
    bare = [{name: row[name] for name in row if name != "languages"} for row in SMALL]
    path = table(tmp_path / "made" / "scores.csv", bare)
    assert "(--subsets FILE)" in refused(tmp_path, path)[0]
    lists = [
        {**{name: row[name] for name in RUN}, "languages": row["languages"]} for row in SMALL[::4] if row["subset"] != "none"
    ]
    assert (
        "the second file has none of mbert, latin_diverse_5, 23, pos"
        in refused(tmp_path, path, lists=table(tmp_path / "few.tsv", lists[:1]))[0]
    )
    twice = table(tmp_path / "twice.tsv", [*lists, lists[0]])
    assert "twice.tsv line 4: one list for each run is required" in refused(tmp_path, path, lists=twice)[0]
    beside = imported(tmp_path, path, lists=table(tmp_path / "subsets.tsv", lists))
    assert beside.raw == imported(tmp_path, table(tmp_path / "in.csv", SMALL), name="within").raw


def test_what_is_said_twice_or_for_nothing_is_refused(tmp_path):
    path, lists = (
        table(tmp_path / "scores.csv", SMALL),
        table(tmp_path / "lists.tsv", [{**{name: SMALL[-1][name] for name in RUN}, "languages": "swa"}]),
    )
    assert "not both; leave one out" in refused(tmp_path, path, lists=lists)[0]
    assert "--subset is for files that do not say their subset" in refused(tmp_path, path, subset="mine")[0]
    assert "each file once is required" in refused(tmp_path, path, table(tmp_path / "copy.csv", SMALL))[0]


def test_what_is_left_unread_is_said(tmp_path):
    rows = [
        {**{name: row[name] for name in row if name != "languages"}, "hours": "3"} for row in SMALL if row["subset"] == "none"
    ]
    lists = table(tmp_path / "made" / "lists.tsv", [{**{name: SMALL[-1][name] for name in RUN}, "languages": "swa"}])
    said = imported(tmp_path, table(tmp_path / "made" / "scores.csv", rows), lists=lists).about["remarks"]
    assert said == [
        "made/scores.csv: columns not read: hours",
        "made/lists.tsv: 1 lists are of runs without scores, mbert, latin_diverse_5, 23, pos the first",
    ]


def test_exact_match_stands_beside_f1_and_not_alone(tmp_path):
    both = [
        {**SMALL[0], "task": "xquad", "evalset": "xquad", "language": "de", "metric": metric, "score": score}
        for metric, score in (("f1", "0.6"), ("exact_match", "0.4"))
    ]
    found = imported(tmp_path, table(tmp_path / "both.csv", both))
    assert [(one.score, one.exact) for one in found.scored] == [(0.6, 0.4)]
    with pytest.raises(BadInput, match="line 2, column metric: f1 of the same answers is required beside exact_match"):
        imported(tmp_path, table(tmp_path / "one.csv", both[1:]), name="second")


def test_a_model_that_is_not_known_here_says_what_it_has_seen(tmp_path):
    path = table(tmp_path / "scores.csv", [{**row, "model": "me/mine"} for row in SMALL])
    assert "--seen me/mine=mbert|xlmr|english|CODE,CODE says what it has seen" in refused(tmp_path, path)[0]
    found = imported(tmp_path, path, seen=("me/mine=en,de",))
    assert {one.language: one.group for one in found.scored} == {"eng": "English", "deu": "HRL", "yor": "LRL unseen"}
    assert {one.encoder for one in found.scored} == {"me-mine"}
    assert "a model of the files is required, one of me/mine" in refused(tmp_path / "b", path, seen=("me/mine=en", "other=en"))[0]
    known = table(tmp_path / "known.csv", SMALL)
    assert "what mbert has seen is known" in refused(tmp_path / "b", known, seen=("mbert=en",))[0]


@pytest.mark.parametrize("name", ["scores.csv.gz", "subsets.tsv", "about.json"])
def test_a_file_that_was_changed_after_the_import_is_refused_in_one_line(tmp_path, name):
    imported(tmp_path, table(tmp_path / "a.csv", SMALL))
    path = stored.place(tmp_path, "theirs") / name
    path.write_bytes(path.read_bytes()[:-9] + b"\n")
    with pytest.raises(BadInput, match=rf"{name}: .*--replace") as told:
        load(tmp_path, "theirs")
    assert "\n" not in str(told.value)


def test_what_is_said_of_an_import_cannot_be_edited(tmp_path):
    imported(tmp_path, table(tmp_path / "a.csv", SMALL))
    path = stored.place(tmp_path, "theirs") / "about.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"seen": "mbert"', '"seen": "xlmr"'), encoding="utf-8")
    with pytest.raises(BadInput, match="its sha256 or its name is another"):
        load(tmp_path, "theirs")


def test_the_name_of_other_runs_or_of_a_profile_is_no_name_of_an_import():
    for name in ("published", "ours", "both", "sample", "Published", "a b", "../x", ""):
        with pytest.raises(BadInput):
            stored.named(name, ["sample"])
    assert stored.named("Theirs-2_b", ["sample"]) == "Theirs-2_b"


def test_the_example_of_the_page_is_read(tmp_path):
    """docs/others.md shows a whole small file."""
    text = (ROOT / "docs" / "others.md").read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0]
    (tmp_path / "scores.csv").write_text(text, encoding="utf-8")
    found = imported(tmp_path, tmp_path / "scores.csv")
    assert len(found.raw) == text.count("\n") - 1 and json.dumps(found.about["encoders"])
    assert found.sets["xlmr", "mine", "1", "pos"] == ("ibo", "swa", "yor")
