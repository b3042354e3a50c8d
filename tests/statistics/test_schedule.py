"""How long jobs take together, against every order in which they could be done."""

import itertools
import random

import pytest

from realignment.statistics.schedule import makespan


def by_hand(seconds, above, workers, order):
    """Seconds where an idle worker takes the first of `order` that is ready."""
    done, free, left = {}, [0.0] * workers, list(order)
    while left:
        starts = {
            job: max(min(free), done[above[job]] if above.get(job) in seconds else 0.0)
            for job in left
            if above.get(job) not in seconds or above[job] in done
        }
        job = min(starts, key=lambda one: (starts[one], left.index(one)))
        free.remove(min(free))
        done[job] = starts[job] + seconds[job]
        free.append(done[job])
        left.remove(job)
    return max(done.values())


def test_one_worker_takes_the_sum_and_many_the_longest_chain():
    seconds = {"a": 5.0, "b": 2.0, "c": 1.0, "d": 4.0}
    above = {"b": "a", "c": "b", "d": ""}
    assert makespan(seconds, above, 1) == 12
    assert makespan(seconds, above, 9) == 8
    assert makespan(seconds, above, 2) == 8
    assert makespan({}, {}, 2) == 0


def test_what_is_not_to_be_done_holds_nothing_up():
    assert makespan({"b": 2.0}, {"b": "a"}, 1) == 2


@pytest.mark.parametrize("seed", range(8))
def test_it_is_never_better_than_the_best_order_nor_worse_than_twice_of_it(seed):
    """Graham's bound, against all orders of seven jobs on two workers."""
    chance = random.Random(seed)
    names = "abcdef"
    seconds = {name: float(chance.randint(1, 9)) for name in names}
    above = {name: chance.choice(["", *names[:place]]) for place, name in enumerate(names)}
    best = min(by_hand(seconds, above, 2, order) for order in itertools.permutations(names))
    assert best <= makespan(seconds, above, 2) <= 2 * best
