"""How long a grid still takes, by hand; and what is no job that ran."""

import pytest
from small_grid import chain, retrieval

from realignment.executors import events, tally
from realignment.executors.events import Event
from realignment.executors.tally import Tally


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(tally.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(tally.Running, "__init__", _running(now))
    return now


def _running(now):
    def made(self, job, place):
        for name, value in (("job", job), ("place", place), ("since", now[0])):
            object.__setattr__(self, name, value)

    return made


def ran(told: Tally, clock: list, job, seconds: float) -> None:
    told(Event(events.BEGAN, job, place="worker 0"))
    clock[0] += seconds
    told(Event(events.DONE, job, seconds=seconds))


def test_time_left_is_means_of_the_same_kind_over_the_jobs_that_ran_at_once(clock):
    first, second, third = chain(1), chain(2), chain(3)
    told = Tally([*first, *second, *third], {})
    told(Event(events.BEGAN, first[0], place="worker 0"))
    told(Event(events.BEGAN, second[0], place="worker 1"))
    clock[0] += 60
    for job in (first[0], second[0]):
        told(Event(events.DONE, job, seconds=60))
    ran(told, clock, first[1], 30)
    ran(told, clock, first[2], 6)
    # left: realign 60 + two finetunes of 30 + two evaluations of 6, by two; the chain of seed 3 alone takes as long as 96
    assert told.seconds_left() == (max((60 + 2 * 30 + 2 * 6) / 2, 60 + 30 + 6), [])
    assert told.per_hour() == pytest.approx(3600 * 4 / 96)


def test_a_job_that_runs_has_done_what_it_ran(clock):
    first, second = chain(1)[0], chain(2)[0]
    told = Tally([first, second], {})
    ran(told, clock, first, 100)
    told(Event(events.BEGAN, second, place="worker 0"))
    clock[0] += 40
    assert told.seconds_left() == (60.0, [])
    clock[0] += 200
    assert told.seconds_left() == (0.0, []), "longer than expected, and not less than nothing"


def test_a_kind_of_which_none_has_ended_is_a_guess_that_is_said(clock):
    jobs = chain(1)
    told = Tally(jobs, {})
    assert told.time_left() == "time left is known when a job is finished"
    ran(told, clock, jobs[0], 200)  # where 100 was the guess
    seconds, unseen = told.seconds_left()
    assert (seconds, unseen) == (2 * 50 + 2 * 10, ["evaluate", "finetune"])
    assert told.time_left() == "about 2 min left, by 1 finished job (no evaluate and no finetune yet)"


def test_what_comes_to_the_same_takes_no_time_of_its_own(clock):
    first, second, third = (chain(seed)[0] for seed in (1, 2, 3))
    told = Tally([first, second, third], {first.key: "a", second.key: "a", third.key: "b"})
    ran(told, clock, first, 50)
    told(Event(events.SHARED, second))
    assert (told.done, told.computed, told.left) == (2, 1, 1)
    assert told.seconds_left()[0] == 50


def test_every_job_is_done_set_aside_running_or_left(clock):
    jobs = [*chain(1), *chain(2), retrieval(chain(1)[0])]
    told = Tally(jobs, {})

    def counts() -> tuple[int, ...]:
        assert told.done + told.aside + len(told.running) + told.left == told.total == 7
        return told.done, told.aside, len(told.running), told.left

    assert counts() == (0, 0, 0, 7)
    told(Event(events.FOUND, jobs[0]))
    told(Event(events.BEGAN, jobs[1]))
    assert counts() == (1, 0, 1, 5)
    told(Event(events.AGAIN, jobs[1], "killed"))
    assert counts() == (1, 0, 0, 6), "it waits again"
    told(Event(events.ASIDE, jobs[1], f"{jobs[1].name}: killed"))
    told(Event(events.LEFT_OUT, jobs[2]))
    assert counts() == (1, 2, 0, 4)
    assert list(told.faults) == [f"tried again: {jobs[1].name}: killed", f"set aside: {jobs[1].name}: killed"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "1 s"), (89, "89 s"), (91, "2 min"), (3 * 3600 + 1500, "3 h"), (80 * 3600, "3 days")]
)
def test_a_prediction_is_told_no_finer_than_it_is(seconds, said):
    assert tally.rounded(seconds) == said
