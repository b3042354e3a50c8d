"""What the predictor is fitted on: runs of the authors, of an import, of a study, with the languages that each was realigned on."""

import made_up
from paper_files import THE_PAPER

from realignment.languages import codes
from realignment.paper.runs import name as run_name
from realignment.report import experiments
from realignment.results import tables


def test_the_authors_runs_are_realigned_on_the_languages_of_their_lists():
    found = experiments.of_authors(THE_PAPER)
    for row in THE_PAPER.rows("subsets.tsv")[::97]:
        assert set(found.lists[run_name(row)]) == {codes.resolve(one) for one in row["languages"].split()}


def test_every_run_with_a_score_is_in_a_set_and_none_is_left_out():
    runs = {(run_name(row)) for row in THE_PAPER.raw if row["subset"] != "none"}
    for (encoder, task), one in experiments.of_authors(THE_PAPER).measured().items():
        assert sum(realigned.runs for realigned in one.sets) == len({run for run in runs if (run[0], run[3]) == (encoder, task)})
        assert not one.left_out


def test_questions_have_the_ten_languages_of_xquad():
    found = experiments.of_authors(THE_PAPER).measured()
    assert len(found["xlmr", "xquad"].languages) == 10
    assert len(found["xlmr", "nli"].means) == len(found["xlmr", "nli"].sets)


def test_a_study_is_realigned_on_what_its_records_read():
    content, known = made_up.read(), {one.code: one for one in made_up.world()}
    _, studies = tables.studies(content, known, made_up.subsets())
    found = experiments.of_study(content, studies[0].runs, known)
    assert {run[1] for run in found.lists} == set(made_up.SUBSETS) - {"none"}
    for one in content["records"]:
        if one.verb == "realign" and not one.cell.control:
            draw = str(one.cell.seeds.subset)
            runs = [
                run for run in found.lists if run[:2] == (one.cell.encoder, one.cell.subset) and run[2].partition(".")[0] == draw
            ]
            assert runs
            assert {tuple(found.lists[run]) for run in runs} == {tuple(one.languages)}
