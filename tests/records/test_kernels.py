"""Which kernels computed, and that a study says where several did."""

import os
import subprocess
import sys

import pytest

from realignment.records import kernels

SAID = "import torch; from realignment.records import kernels; print(kernels.measured('cpu'))"


def measured(**environment: str) -> str:
    given = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", SAID], env=given, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.slow
def test_the_capability_and_what_chose_it_are_said():
    plain, chosen = measured(), measured(ATEN_CPU_CAPABILITY="default")
    assert plain != chosen
    assert chosen.startswith("DEFAULT ") and chosen.endswith("ATEN_CPU_CAPABILITY=default")


def test_without_torch_nothing_was_computed(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert kernels.measured("cpu") == ""


@pytest.mark.parametrize(("found", "wanted"), [
    (["AVX2", "AVX2", ""], []),
    ([], []),
    (["AVX512", "AVX2", "AVX2"], ["AVX2: 2 runs", "AVX512: 1 runs"]),
])  # fmt: skip
def test_kernels_are_counted_where_they_are_not_all_the_same(found, wanted):
    assert kernels.mixed(found) == wanted
