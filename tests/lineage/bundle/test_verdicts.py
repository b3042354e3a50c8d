"""verdicts.py is a second program on purpose: errors, p and verdicts by the standard library against those by numpy and scipy."""

import ast
import importlib.util
import math
import random
import sys
from pathlib import Path

import bundled
import numpy as np
import pytest
from random_scores import drawn, reported
from scipy import special

from realignment.lineage.bundle import write
from realignment.statistics import inference


def program():
    about = importlib.util.spec_from_file_location("verdicts_of_a_bundle", write.VERDICTS)
    assert about and about.loader
    module = importlib.util.module_from_spec(about)
    about.loader.exec_module(module)
    return module


def checked(folder: Path, pattern: str = "*.csv"):
    """verify.py after verdicts.py has been through the tables of a folder."""
    module, verify = program(), bundled.program(folder)
    module.HERE = folder
    tables = module.Tables.__new__(module.Tables)
    tables.program, tables.scores, tables.known = verify, bundled.scores_of(verify), {}
    tables.runs, tables.sizes = verify.collect(tables.scores), {}
    for path in sorted((folder / "tables").glob(pattern)):
        tables.check(path)
    return verify


@pytest.mark.parametrize("path", [write.VERDICTS, write.CHANCE])
def test_it_is_of_the_standard_library_alone(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert names | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} <= sys.stdlib_module_names


def test_special_functions_by_hand_are_those_of_scipy():
    module, chance = program().CHANCE, random.Random(5)
    for _ in range(200):
        x, freedom, t = chance.uniform(0.5, 60), chance.uniform(0.6, 80), chance.expovariate(0.2)
        for order in range(4):
            assert module.polygamma(order, x) == pytest.approx(float(special.polygamma(order, x)), rel=1e-12, abs=1e-13)
        assert module.two_sided(t, freedom) == pytest.approx(2 * float(special.stdtr(freedom, -t)), rel=1e-10)
    for freedom in (1.0, 1.51, 2.7, 6.0, 17.3, 60.0):
        for tail, upper, q in ((1 - (1 - 1e-11), False, 1 - 1e-11), (1e-11, True, 1e-11)):
            assert module.chi_square(freedom, tail, upper) == pytest.approx(float(special.chdtri(freedom, q)), rel=1e-6)


def test_dunnett_and_the_corrections_of_a_family_are_those_of_the_report():
    module, chance = program().CHANCE, random.Random(6)
    for _ in range(25):
        t, freedom, parts = (
            chance.uniform(0, 8),
            chance.uniform(1, 30),
            [chance.uniform(0.1, 0.95) for _ in range(chance.randint(1, 6))],
        )
        assert module.dunnett(t, freedom, parts) == pytest.approx(
            inference.dunnett(t, freedom, np.array(parts)), rel=1e-9, abs=1e-12
        )
        p = [chance.choice((chance.random(), chance.random() ** 6, 0.5, None)) for _ in range(chance.randint(1, 30))]
        given = np.array([math.nan if one is None else one for one in p])
        for mine, theirs in zip(module.adjusted(p), (inference.holm(given), inference.benjamini_hochberg(given)), strict=True):
            assert [math.nan if one is None else one for one in mine] == pytest.approx(theirs.tolist(), nan_ok=True)


@pytest.mark.parametrize(
    "number", [8, 36, *(pytest.param(number, marks=pytest.mark.slow) for number in range(0, 36, 4) if number != 8)]
)
def test_both_programs_come_to_the_same_verdicts_on_random_studies(number, tmp_path):
    found = drawn(number)
    reported(found, tmp_path, judged=True)
    verify = checked(tmp_path)
    assert verify.faults == []
    assert verify.total == verify.agree


def test_a_changed_verdict_error_or_p_is_named(tmp_path):
    reported(drawn(8), tmp_path, judged=True)
    path = max((tmp_path / "tables").glob("*-verdicts-levels.csv"), key=lambda one: one.stat().st_size)
    whole, lines = path.read_bytes(), bundled.lines_of(path)
    number = next(number for number, one in enumerate(lines) if one["p"])
    for column in ("error", "degrees of freedom", "p", "p Dunnett", "p Holm", "p BH", "verdict"):
        changed = [dict(one) for one in lines]
        given = changed[number][column]
        changed[number][column] = "better, surely" if column == "verdict" else repr(float(given) * (1 + 1e-6))
        bundled.rewritten(path, changed)
        faults = checked(tmp_path, path.name).faults
        assert len(faults) == 1 and faults[0].startswith(f"tables/{path.name}, line {number + 2}, {column}: given")
        path.write_bytes(whole)


def test_a_changed_place_among_draws_or_number_of_languages_is_named(tmp_path):
    reported(drawn(8), tmp_path, judged=True)
    assert checked(tmp_path).total.keys() >= {"above", "percentile", "draws", "runs", "sd of total", "Languages"}
    for name, column in (("standings", "above"), ("standings", "percentile"), ("draws", "sd of total"), ("levels", "Languages")):
        path = next(
            path
            for path in sorted((tmp_path / "tables").glob(f"small*-{name}.csv"))
            if any(one.get(column) for one in bundled.lines_of(path))
        )
        whole, lines = path.read_bytes(), bundled.lines_of(path)
        one = next(one for one in lines if one[column])
        one[column] = repr(float(one[column]) + 1)
        bundled.rewritten(path, lines)
        (fault,) = checked(tmp_path, path.name).faults
        assert fault.startswith(f"tables/{path.name}, line {lines.index(one) + 2}, {column}: given")
        path.write_bytes(whole)
