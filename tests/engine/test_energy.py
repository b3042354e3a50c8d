"""Counters of energy: files as the kernel has them; nothing is made up where there are none."""

import time

from realignment.engine import energy


def counter(folder, name, joules):
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "energy_uj").write_text(f"{joules * 1_000_000}\n")


def test_packages_are_added_and_their_parts_are_not_counted_twice(tmp_path):
    for name, joules in {"intel-rapl:0": 100, "intel-rapl:1": 50, "intel-rapl:0:0": 30, "psys": 7}.items():
        counter(tmp_path, name, joules)
    assert energy.packages(tmp_path)() == 150


def test_watts_are_joules_over_the_time_between(tmp_path):
    counter(tmp_path, "intel-rapl:0", 100)
    meter, began = energy.Meter(tmp_path), time.monotonic()
    time.sleep(0.05)
    counter(tmp_path, "intel-rapl:0", 101)
    found = meter.watts()[energy.MACHINE]
    assert 1 / (time.monotonic() - began + 0.05) < found <= 1 / 0.05


def test_without_counters_or_where_one_began_anew_nothing_is_said(tmp_path):
    assert energy.Meter(tmp_path / "none").watts() == {}
    counter(tmp_path, "intel-rapl:0", 100)
    meter = energy.Meter(tmp_path)
    counter(tmp_path, "intel-rapl:0", 1)
    assert meter.watts() == {}
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("unreadable")
    assert energy.packages(tmp_path) is None
