"""What a training shows: one line with what people ask, and curves of bounded length."""

from dataclasses import replace

import pytest
import torch
from recipes_made import FINETUNE

from realignment.engine import loops, monitor
from realignment.engine.monitor import RESUMED


def watched(steps: int, monkeypatch, seconds: float = 0.5) -> tuple[monitor.Monitor, list]:
    """A training of `steps` steps of 8 pairs, each of which takes `seconds`."""
    now, said = [100.0], []
    monkeypatch.setattr(monitor.time, "monotonic", lambda: now[0])
    one = monitor.Monitor(steps, "pairs", 8, lambda _: 2e-5, lambda step, text: said.append((step, text)), every=1.0)
    for step in range(1, steps + 1):
        now[0] += seconds
        one(step, torch.tensor(1.25))
    return one, said


def test_the_line_says_loss_speed_rate_memory_and_time_left(monkeypatch):
    _, said = watched(10, monkeypatch)
    step, text = said[0]
    assert step == 2
    assert text.startswith("loss 1.250, 16 pairs/s, rate 2.0e-05, ")
    assert text.endswith(f"MiB, {monitor.clock(8 * 0.5)} left")
    assert said[-1][0] == 10


def test_samples_are_thinned_and_cover_the_whole_training(monkeypatch):
    one, _ = watched(5000, monkeypatch)
    steps = [step for step, _ in one.usage["learning_rate"]]
    assert monitor.SAMPLES / 2 <= len(steps) <= monitor.SAMPLES
    assert steps == sorted(steps)
    assert steps[-1] > 4900
    assert all(value == pytest.approx(16) for _, value in one.usage["pairs_per_second"])
    assert all(value > 0 for _, value in one.usage["system/process_memory_megabytes"])


def test_a_training_that_goes_on_says_after_which_step(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(monitor.time, "monotonic", lambda: now[0])
    one = monitor.Monitor(5000, "pairs", 8, lambda _: 2e-5, lambda step, text: None, every=1.0)
    for step in range(301, 5001):
        now[0] += 0.5
        one(step, torch.tensor(1.25))
    assert one.usage[RESUMED] == [[301, 300]]
    assert RESUMED not in watched(10, monkeypatch)[0].usage


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "00:00"), (75.0, "01:15"), (3723.0, "1:02:03")])
def test_time_is_written_as_a_clock(seconds, text):
    assert monitor.clock(seconds) == text


def test_the_rate_shown_is_the_schedule_s():
    from transformers import get_linear_schedule_with_warmup

    how = replace(FINETUNE, warmup=0.1, learning_rate=3e-4)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=how.learning_rate)
    schedule = get_linear_schedule_with_warmup(optimizer, int(0.1 * 37), 37)
    for step in range(1, 38):
        assert loops.rates(37, how)(step) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
        optimizer.step()
        schedule.step()
