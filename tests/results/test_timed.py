from dataclasses import replace

from small_grid import record

from realignment.engine.monitor import RESUMED
from realignment.results import timed
from realignment.study import twins


def test_a_row_of_the_languages_of_another_took_what_that_one_took_and_an_interrupted_run_has_no_seconds():
    whole = record("realign", seconds=90.0)
    other = replace(whole.job, cell=replace(whole.cell, subset="my_pair"))
    shared = type(whole).of(twins.shared(whole, other), "made up")
    stopped = record("realign", seed=2, seconds=5.0, usage={RESUMED: [[1, 1]]})
    found = timed.whole([whole, shared, stopped])
    assert found == {whole.key: 90.0, shared.key: 90.0}
    assert shared.seconds == 0 and timed.whole([shared]) == {}
