"""The authors' runs: which scores count, and in which group a language is."""

from paper_files import THE_PAPER

from realignment.paper.printed import TASKS
from realignment.results import scores
from realignment.results.headings import ENCODERS
from realignment.results.scores import Row


def test_averages_hold_the_languages_of_the_paper():
    for model in ENCODERS:
        items = THE_PAPER.runs.items(model, TASKS, scores.AVERAGED)
        assert {task: len(names) for task, names in items.items()} == {"pos": 54, "ner": 64, "nli": 32}
        assert not {"bbj", "pcm", "aym"} & {language for names in items.values() for language in names}
        assert all("eng" in names for names in items.values())


def test_the_african_set_counts_where_a_language_is_in_both():
    raw = {
        row["evalset"]: float(row["score"])
        for row in THE_PAPER.raw
        if (row["model"], row["subset"], row["seed"], row["task"], row["language"])
        == ("xlm-roberta-base", "all_65", "17", "ner", "yor")
    }
    assert set(raw) == {"wikiann", "masakhaner2"}
    assert THE_PAPER.runs.rows[Row("xlmr", "all_65")]["17"]["ner", "yor"] == raw["masakhaner2"] != raw["wikiann"]


def test_only_languages_outside_the_pool_belong_to_no_group():
    assert {item for item, group in THE_PAPER.runs.group["mbert"].items() if not group} == {("ner", "que"), ("nli", "sot")}
