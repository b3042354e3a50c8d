"""What was planted in a generated world, and whether verdicts bear it out."""

from statistics import fmean

import pytest
from scipy import stats

from realignment.languages.table import Language
from realignment.report import comparison_tables
from realignment.results import averages, planted, tables
from realignment.results.comparisons import BETTER, MISSING, UNDECIDED, WORSE
from realignment.results.scores import Row, Score
from realignment.sources.sample.languages import shadows

SEEDS = {"17": -0.001, "23": 0.001, "42": -0.0005, "66": 0.0005}
# code -> script, family, group; `near` is a relative of the subset's only language, `far` is not, `ood` has no relative
LANGUAGES = {
    "eng": ("Latin", "Germanic", "English"),
    "chosen": ("Latin", "Semitic", "HRL"),
    "near": ("Arabic", "Semitic", "LRL unseen"),
    "far": ("Cyrillic", "Uralic", "LRL unseen"),
    "ood": ("Latin", "Tupian", "OOD"),
}
SUBSETS = {"all": ["chosen", "far", "near"], "uriel_diverse_5": ["chosen"]}


def world(*, null: bool = False) -> planted.World:
    known = {
        code: Language(code, code, script, family, family, 1, (), group != "OOD", "", "eng" if code == "eng" else "x")
        for code, (script, family, group) in LANGUAGES.items()
    }
    return planted.World(known, SUBSETS, null)


def study(effects: dict[tuple[str, str, str], float]) -> tables.Study:
    """(subset and control, task, language) -> what is added to one half; `""` stands for every task or language."""
    found = []
    for place, label in enumerate(("none", "all", "uriel_diverse_5", "uriel_diverse_5 shuffled", "none hypothesis")):
        subset, _, control = label.partition(" ")
        for seed, noise in SEEDS.items():
            for task in ("nli",) if control == "hypothesis" else ("pos", "ner", "nli", "retrieval"):
                for order, (code, (_, _, group)) in enumerate(LANGUAGES.items()):
                    if (task, code) == ("retrieval", "eng"):
                        continue
                    added = sum(
                        gain
                        for (who, what, where), gain in effects.items()
                        if who == label and what in ("", task) and where in ("", code)
                    )
                    value = (1 / 3 if control == "hypothesis" else 0.5) + added + noise * (1 + place / 7 + order**2 / 40)
                    found.append(Score("small", subset, control, seed, task, task, code, group, value, 300))
    return tables.Study(averages.collect(found), "small", {"all": 3, "uriel_diverse_5": 1})


TRUE = {
    ("all", "", ""): 0.05,
    ("all", "", "eng"): -0.1,
    ("all", "retrieval", ""): 0.3,
    ("uriel_diverse_5", "", ""): 0.05,
    ("uriel_diverse_5", "", "eng"): -0.1,
    ("uriel_diverse_5", "retrieval", ""): 0.2,
    ("uriel_diverse_5 shuffled", "", ""): -0.05,
    ("none", "ner", "chosen"): 0.2,
    ("all", "ner", "chosen"): 0.2,
    ("uriel_diverse_5", "ner", "chosen"): 0.2,
}


def recovered(effects: dict, *, null: bool = False) -> list[str]:
    one = study(effects)
    told = comparison_tables.of_study(one, ["pos", "ner", "nli"])
    return [row["recovered"] for row in planted.of_study(one, told, world(null=null))]


def test_a_study_that_is_as_the_world_was_planted_recovers_every_fact():
    assert set(recovered(TRUE)) == {planted.YES}


@pytest.mark.parametrize(
    ("fact", "effects"),
    [
        (0, {("all", "retrieval", ""): -0.6}),
        (1, {("uriel_diverse_5 shuffled", "retrieval", ""): 0.5}),
        (2, {("all", "", ""): -0.2}),
        (3, {("uriel_diverse_5 shuffled", "", ""): 0.3}),
        (4, {("uriel_diverse_5", "", "near"): -0.2}),
        (5, {("all", "", "ood"): -0.2}),
        (6, {("all", "", "eng"): 0.3}),
        (7, {("none hypothesis", "nli", "eng"): 0.1}),
        (8, {("none", "ner", "ood"): -0.4, ("none", "ner", "chosen"): -0.3}),
    ],
)
def test_what_contradicts_a_fact_is_not_recovered(fact, effects):
    changed = {**TRUE, **{key: TRUE.get(key, 0.0) + gain for key, gain in effects.items()}}
    assert recovered(changed)[fact] == planted.NO


def test_nothing_is_recovered_between_languages_that_were_given_nothing_in_common():
    found = recovered(TRUE, null=True)
    assert [place for place, one in enumerate(found) if one == planted.NOTHING] == [4, 5]


@pytest.mark.parametrize(("fact", "of"), [(1, "retrieval"), (3, "")])
def test_shuffled_pairs_that_help_contradict_nothing_while_true_pairs_help_more(fact, of):
    assert recovered({**TRUE, ("uriel_diverse_5 shuffled", of, ""): 0.02})[fact] == planted.YES


def test_a_subset_is_held_against_its_own_shuffled_pairs_at_every_level():
    one = study({("uriel_diverse_5", "", ""): 0.07, ("uriel_diverse_5 shuffled", "", ""): 0.03, ("all", "", ""): 0.2})
    found = planted.beside_shuffled(one, ["pos", "ner", "nli"])
    assert {row["subset"] for row in found} == {"uriel_diverse_5"}
    assert [row["column"] for row in found] == ["HRL", "LRL unseen", "Out of distribution", "Average without English"]
    assert all(row["difference"] == pytest.approx(4, abs=0.2) for row in found)


def test_relatives_outside_a_subset_are_compared_and_no_others():
    """A gain of the relative alone is found whole, one of a stranger not at all."""
    for code, gain in (("near", 0.1), ("far", 0.0)):
        one = study({("uriel_diverse_5", "", code): 0.1})
        (row,) = planted.relatives(one, world())
        assert row["subset"] == "uriel_diverse_5"
        assert row["difference"] == pytest.approx(100 * gain, abs=1e-6)


def test_scripts_are_compared_seed_by_seed():
    """Oracle: scipy's one-sample test of the gaps."""
    one = study({("none", "ner", "chosen"): 0.2})
    gaps = []
    for held in one.runs.rows[Row("small", "none")].values():
        latin, others = (fmean(held["ner", code] for code in codes) for codes in (("chosen", "ood"), ("near", "far")))
        gaps.append(latin - others)
    shown, said = planted.scripts(one, world())
    p = stats.ttest_1samp(gaps, 0).pvalue
    assert shown.startswith("+10.00")
    assert (said == planted.YES) is bool(p < 0.05)


@pytest.mark.parametrize(
    ("verdicts", "wanted", "outcome"),
    [
        ((BETTER, UNDECIDED), BETTER, planted.YES),
        ((BETTER, WORSE), BETTER, planted.NO),
        ((UNDECIDED, MISSING), BETTER, planted.OPEN),
        ((MISSING,), BETTER, planted.ABSENT),
        ((WORSE, UNDECIDED), WORSE, planted.YES),
        ((UNDECIDED,), WORSE, planted.OPEN),
    ],
)
def test_one_contrary_verdict_is_enough_and_an_undecided_one_says_nothing(verdicts, wanted, outcome):
    rows = [{"subset": f"s{place}", "column": "HRL", "verdict": one, "difference": 1.0} for place, one in enumerate(verdicts)]
    assert planted.judged(rows, wanted)[1] == outcome


def test_only_generated_data_have_planted_facts():
    manifest = {"source": "sample", "files": [{"revision": "seed 0"}]}
    subsets = {"subsets": {"all": {"languages": ["qab"]}, "random_5": {"languages": []}}}
    assert planted.world({**manifest, "source": "public"}, subsets, {}) is None
    assert planted.world(manifest, subsets, {}) == planted.World({}, {"all": ["qab"]}, null=False)
    assert planted.world({**manifest, "files": [{"revision": "seed 0, null"}]}, subsets, {}).null


def test_out_of_distribution_languages_have_no_relative_in_the_pool():
    languages = [one.language for one in shadows()]
    pool = {one.top_family for one in languages if one.pool}
    assert not pool & {one.top_family for one in languages if not one.pool and not one.is_pivot}
