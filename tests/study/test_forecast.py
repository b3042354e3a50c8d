"""Predicted seconds: from finished runs of a kind, from others, from configs; intervals that hold; predicted beside real."""

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
import small_grid
import small_study
from in_process import Here

from realignment import tracking
from realignment.config import models, params
from realignment.core.workspace import Workspace
from realignment.engine.monitor import RESUMED
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.statistics.sums import total
from realignment.study import amounts, forecast, speeds, standing
from realignment.study.devices import H100
from realignment.study.workload import Kind, Loads

ROOT = Path(__file__).parents[2]
CPU = {"device": "cpu", "threads": 1}
REALIGN = {"steps": 100, "pairs": 16, "max_length": 96, "dtype": "float32"}
AMOUNTS = amounts.Amounts({"pos": 320, "nli": 640}, {"pos": 1000, "nli": 500}, 3)


@pytest.fixture
def loads(tmp_path):
    """Two encoders that differ in width alone, as data/models.yaml has sizes."""
    settings = params.load(Workspace(ROOT, "sample"))
    names = {"base": "xlmr", "large": "afroxlmr-large"}
    known = models.known(None)
    bases = {
        label: {"name": known[key].name or f"hub:{known[key].repository}@{known[key].revision}", "seen": "xlmr"}
        for label, key in names.items()
    }
    settings = replace(settings, study=replace(settings.study, encoders=bases))
    return Loads(Workspace(tmp_path, "sample"), settings, AMOUNTS)


def job(verb="realign", task="", seed=1, encoder="base", environment=CPU, **params_given):
    usual = {
        "realign": REALIGN,
        "finetune": {"epochs": 2, "batch": 32, "max_length": 64},
        "evaluate": {"max_length": 64, "batch_tokens": 8192},
    }[verb]
    given = {"dtype": "float32", **usual, **params_given}
    return Job(
        verb,
        Cell(encoder, "all", Seeds.all(seed)),
        task,
        given,
        {"encoder": encoder},
        ("qaa",),
        model="m" if verb != "evaluate" else "",
        environment=environment,
    )


def done(one: Job, seconds: float, **more):
    counts = {"steps": one.params["steps"]} if one.verb == "realign" else {"sentences": 320, "steps": 20}
    return small_grid.finished(one, seconds=seconds, counts=counts, **more)


def of(loads, records):
    return forecast.Forecast(loads, speeds.Speeds.of(records, loads))


def test_a_training_of_twice_the_steps_takes_twice_as_long_by_the_runs_of_its_kind(loads):
    found = of(loads, [done(job(seed=seed), 60.0) for seed in range(20)])
    assert found.one(job(seed=99)).source == speeds.MEASURED
    short, long = (found.seconds([job(seed=99, steps=steps)]) for steps in (100, 200))
    assert long.mean == pytest.approx(2 * short.mean)
    assert short.low < 60 < short.high < 1.5 * 60
    assert short.mean == pytest.approx(60, rel=0.05)


def test_a_fine_tuning_is_counted_by_its_sentences_and_epochs(loads):
    found = of(loads, [done(job("finetune", "pos", seed), 40.0) for seed in range(20)])
    assert found.seconds([job("finetune", "pos", epochs=6)]).mean == pytest.approx(
        3 * found.seconds([job("finetune", "pos")]).mean
    )


def test_runs_that_were_interrupted_or_shared_say_nothing_of_speed(loads):
    interrupted = [done(job(seed=seed), 1.0, usage={RESUMED: [[50, 49]]}) for seed in range(5)]
    free = [done(job(seed=seed), 0.0) for seed in range(5, 10)]
    assert of(loads, [*interrupted, *free]).one(job(seed=99)).source == speeds.ASSUMED


def test_runs_on_other_kernels_than_most_say_nothing_of_speed(loads):
    found = of(loads, [done(job(seed=seed), 60.0) for seed in range(5)] + [done(job(seed=9), 6000.0, kernels="AVX512")])
    assert found.seconds([job(seed=99)]).mean == pytest.approx(60, rel=0.1)
    assert found.speeds.kernels == "AVX2"


def test_another_encoder_takes_as_much_longer_as_it_has_operations(loads):
    measured = [done(job(seed=seed), 60.0) for seed in range(30)]
    found = of(loads, measured)
    same, large = found.one(job(seed=99)), found.one(job(seed=99, encoder="large"))
    assert large.source == speeds.SCALED_BY
    mine, other = loads.of(job()), loads.of(job(encoder="large"))
    ratio = math.sqrt(math.prod(other.operations) / math.prod(mine.operations))
    assert large.part.middles / same.part.middles == pytest.approx(ratio, rel=1e-3)
    assert 3 < ratio < 4, "24 blocks of width 1,024 beside 12 of 768"
    narrow, wide = total([same.part]), total([large.part])
    assert wide.high / wide.low > narrow.high / narrow.low


def test_without_a_finished_run_the_interval_spans_from_the_best_to_the_worst_case(loads):
    cuda = {"device": "cuda", "threads": 1}
    one = job(environment=cuda, dtype="bfloat16")
    told = of(loads, []).one(one)
    low, high = speeds.assumed(Kind.of(one), loads.of(one))
    found = total([replace(told.part, own=0.0)])
    assert told.source == speeds.ASSUMED
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-4)
    few, many = loads.of(one).operations
    updates = loads.of(one).moved / H100.bandwidth
    assert low == pytest.approx(few / (0.5 * 989e12) + updates + 100 * 12 * 0.4e-3 + 0.2)
    assert high == pytest.approx(many / (0.1 * 989e12) + updates + 100 * 12 * 4e-3 + 20)


def test_the_paper_s_own_hours_of_a_realignment_lie_in_the_interval(loads):
    """Table 2 prints .35 hours for 24,544 steps of 16 pairs on an H100."""
    one = job(environment={"device": "cuda", "threads": 1}, dtype="bfloat16", steps=24_544)
    found = of(loads, []).seconds([one])
    assert found.low < 0.35 * 3600 < found.high


def test_an_encoder_of_unknown_sizes_is_in_no_sum_and_said_to_be_unknown(loads):
    found = of(loads, [])
    assert found.one(job(encoder="other")).source == speeds.UNKNOWN
    assert found.seconds([job(encoder="other")]).mean == 0


@pytest.mark.parametrize("spread", [0.05, 0.2, 0.4])
def test_intervals_hold_nine_cases_of_ten_where_a_few_runs_were_measured(loads, spread):
    """Six kinds of runs spread alike, five finished runs of each; twelve more of each, at a time when
    the machine is as busy as it happens to be, are predicted together, and of one kind alone."""
    chance, held, cases = random.Random(5), [0, 0], 400
    tasks = [job(steps=100 * (1 + number), max_length=40 + number) for number in range(6)]
    many = {Kind.of(one): loads.of(one) for one in tasks}
    for _ in range(cases):
        rates = {kind: chance.gauss(-3, 0.5) for kind in many}
        seconds = {kind: [chance.gauss(rate, spread) for _ in range(5)] for kind, rate in rates.items()}
        known, now = forecast.Forecast(loads, speeds.Speeds(seconds, many)), chance.gauss(0, speeds.CONDITIONS)
        real = [
            sum(many[kind].sentences * math.exp(now + rate + chance.gauss(0, spread)) for _ in range(12))
            for kind, rate in rates.items()
        ]
        for place, (predicted, took) in enumerate(
            (([one for one in tasks for _ in range(12)], sum(real)), ([tasks[0]] * 12, real[0]))
        ):
            found = known.seconds(predicted)
            held[place] += found.low <= took <= found.high
    assert all(one / cases > 0.85 for one in held), held
    assert spread < 0.2 or all(one / cases < 0.95 for one in held), held


def test_predicted_and_real_hours_stand_beside_each_other(loads, monkeypatch):
    monkeypatch.setattr(amounts, "of", lambda *_: AMOUNTS)
    workspace, settings = loads.workspace, loads.settings
    todo = [job(seed=seed) for seed in range(50, 54)]
    forecast.begin(workspace, settings, todo, [done(job(seed=seed), 60.0) for seed in range(20)])
    assert forecast.ledger(workspace, {}) == []
    after = [done(one, 62.0) for one in todo[:3]] + [done(todo[3], 5.0, usage={RESUMED: [[50, 49]]})]
    (row,) = forecast.ledger(workspace, {one.key: one for one in after})
    assert (row["verb"], row["jobs"]) == ("realign", 3)
    assert row["real_hours"] == pytest.approx(3 * 62 / 3600)
    assert row["predicted_hours"] == pytest.approx(3 * 60 / 3600, rel=0.05)
    assert row["error"] == pytest.approx(row["real_hours"] / row["predicted_hours"] - 1)
    assert row["held"]
    assert forecast.metrics([row]) == {"predicted_hours/realign": row["predicted_hours"], "real_hours/realign": row["real_hours"]}


def test_what_was_predicted_of_finished_jobs_stays_when_the_study_is_called_again(loads, monkeypatch):
    monkeypatch.setattr(amounts, "of", lambda *_: AMOUNTS)
    first, second = job(seed=50), job(seed=51)
    given = (loads.workspace, loads.settings)
    forecast.begin(*given, [first, second], [done(job(seed=seed), 60.0) for seed in range(20)])
    forecast.begin(*given, [second], [done(one, 600.0) for one in (job(seed=60), first)])
    (row,) = forecast.ledger(loads.workspace, {one.key: done(one, 600.0) for one in (first, second)})
    assert row["jobs"] == 2
    assert row["predicted_hours"] == pytest.approx((60 + 600) / 3600, rel=0.1)


def test_a_study_says_at_its_end_what_was_predicted_and_what_it_took(checkout, monkeypatch, capsys):
    """The second call is predicted by the runs of the first; both numbers stand in MLflow's run of the study."""
    how = {"steps": 10, "pairs": 2, "sleep": 0.02}
    monkeypatch.setitem(small_study.BASE, "params", how)
    monkeypatch.setattr(amounts, "of", lambda *_: AMOUNTS)
    workspace = Workspace(checkout, "sample")
    (checkout / "encoder").mkdir()
    for name in ("config.json", "model.safetensors"):
        (checkout / "encoder" / name).write_text("{}")
    small_study.run(workspace, small_study.settings_of(seeds=[1, 2]), executor=Here())
    assert forecast.ledger(workspace, standing.finished(workspace)[1]) == [], "nothing was known before the first"
    small_study.run(workspace, small_study.settings_of(seeds=[1, 2, 3]), executor=Here())
    rows = forecast.ledger(workspace, standing.finished(workspace)[1])
    assert [(row["verb"], row["jobs"]) for row in rows] == [("realign", 1), ("finetune", 2), ("evaluate", 3), ("all", 6)]
    assert "realign: 1 jobs took " in capsys.readouterr().err
    study = next(tracking.search(checkout, "sample", "tags.kind = 'study'"))
    assert study.data.metrics["real_hours/all"] == pytest.approx(6 * 0.02 / 3600)
    assert study.data.metrics["predicted_hours/all"] == pytest.approx(6 * 0.02 / 3600, rel=0.2)
