"""The authors' runs under one model: what they drew, and leads against means, t tests and draws counted by hand."""

import itertools
import json
from statistics import fmean

import pytest
from click.testing import CliRunner
from paper_files import THE_PAPER
from scipy import stats

from realignment.commands.published import command
from realignment.core.errors import BadInput
from realignment.paper.model import BOTH, CHOSEN, SIZES, AuthorsModel
from realignment.report import model_views
from realignment.results import one_model
from realignment.results.scores import Row
from realignment.statistics import nested

MODEL = AuthorsModel(THE_PAPER)


def question(team: str, place: int = 0) -> one_model.Question:
    return MODEL.questions(team)[place]


def test_the_random_sets_of_a_seed_lie_within_one_another():
    for seed in ("17", "23", "42", "66"):
        drawn = [MODEL.draws.draw(Row("xlmr", f"random_{n}"), seed) for n in SIZES]
        assert [len(one.languages) for one in drawn] == list(SIZES)
        assert all(one.within(larger) for one, larger in itertools.pairwise(drawn))
        for one in drawn:
            for other in drawn:  # as means of nested samples from 65 covary
                k = max(len(one.languages), len(other.languages))
                assert one.shares(other) == pytest.approx(1 / k - 1 / 65)


def test_a_lead_is_the_difference_of_means_and_by_seed_a_t_test():
    found = MODEL.model("mbert", "NER").lead(question("mbert"))
    held = {
        name: THE_PAPER.seeds("mbert", name, tasks=("ner",))
        for kind in ("uriel_diverse", "random")
        for name in (f"{kind}_{n}" for n in SIZES)
    }
    gaps = [
        fmean(held[f"uriel_diverse_{n}"][seed] - held[f"random_{n}"][seed] for n in SIZES) for seed in ("17", "23", "42", "66")
    ]
    assert found["difference"] == pytest.approx(fmean(gaps)) == pytest.approx(found["difference by seed"])
    told = stats.ttest_1samp(gaps, 0.0)
    assert found["p by seed"] == pytest.approx(told.pvalue)
    assert (found["low by seed"], found["high by seed"]) == pytest.approx(tuple(told.confidence_interval()))
    assert found["low"] < found["difference"] < found["high"]


def test_the_error_of_a_lead_is_that_of_four_chains_and_not_of_sixteen_draws():
    """Rows of four seeds: the seed cancels, the residual of eight rows stays, and each chain adds the mean of its four draws."""
    model = MODEL.model("xlmr", "Average")
    found, variance = model.lead(question("xlmr")), model.variances(SIZES, 65)
    chain = variance["sd of languages"] ** 2 * (sum(1 / max(k, other) for k in SIZES for other in SIZES) / 16 - 1 / 65)
    assert found["error"] ** 2 == pytest.approx(chain / 4 + variance["sd of the residual"] ** 2 * 2 / 4 / 4)
    apart = sum(variance[f"sd of draws of {k}"] ** 2 for k in SIZES) / 16
    assert chain > 1.5 * apart  # what it would be if sizes were independent


def test_latin_means_the_rows_with_their_swap_put_right():
    pairs = question("mbert", 1).pairs
    assert pairs["20"][0].subset == "latin_similar_20" and pairs["10"][0].subset == "latin_diverse_10"
    assert "40" not in question("mbert", 1).within(MODEL.values("mbert", "NLI")).pairs  # 41 languages have no draw


def test_both_encoders_are_the_mean_of_a_run_of_each():
    values = MODEL.values(BOTH, "NLI")
    each = [THE_PAPER.seeds(model, "random_5", tasks=("nli",)) for model in ("mbert", "xlmr")]
    assert values[Row(BOTH, "random_5")] == {seed: pytest.approx(fmean(one[seed] for one in each)) for seed in each[0]}


def test_what_would_settle_it_needs_more_chains_where_draws_are_the_noise():
    model = MODEL.model("xlmr", "NER")
    told = model.settling(SIZES, 65)
    assert told["twice the chains"] < told["twice the seeds"] < told["half-width now"]
    plan = model.plan(SIZES, 65)
    assert plan.draws == pytest.approx(model.variances(SIZES, 65)["sd of languages"] ** 2 * nested.chain(SIZES, 65))
    assert told["runs for ±0.5, more seeds"] is None and told["runs for ±0.5, more chains"] % 8 == 0


def test_a_page_shows_the_differences_that_the_command_prints():
    done = CliRunner().invoke(command, ["model", "--json"], catch_exceptions=False)
    found = json.loads(done.stdout)
    assert {(one["encoder"], one["column"]) for one in found} >= {("mBERT", "Average"), ("Both encoders", "Out of distribution")}
    view = model_views.leads("one", "one", found)
    first = next(one for one in found if one["question"] == CHOSEN["uriel_diverse"])
    assert view.parts[0][1][0][view.columns.index(CHOSEN["uriel_diverse"])].text == model_views.spelled(first)
    assert first["low"] > 0 and model_views.spelled(first).startswith("+")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda languages: None, "subsets.tsv: random_10, seed 17 was run; the languages"),
        (lambda languages: languages[1:], "subsets.tsv: random_10, seed 17 has 9 languages"),
        (lambda languages: [*languages[1:], "eng_Latn"], "subsets.tsv: random_10, seed 17 has eng_Latn; languages of its pool"),
    ],
)
def test_a_list_that_is_missing_or_no_draw_is_named(fault, said, monkeypatch):
    rows = []
    for row in THE_PAPER.rows("subsets.tsv"):
        held = row["languages"].split()
        kept = fault(held) if (row["subset"], row["seed"]) == ("random_10", "17") else held
        rows += [] if kept is None else [{**row, "languages": " ".join(kept)}]
    monkeypatch.setitem(THE_PAPER._rows, "subsets.tsv", rows)
    with pytest.raises(BadInput, match=said):
        AuthorsModel(THE_PAPER).model("mbert", "NER").lead(question("mbert"))
