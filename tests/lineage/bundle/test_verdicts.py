"""verdicts.py and its helpers are a second program on purpose: the standard library against numpy and scipy."""

import ast
import json
import math
import random
import re
import sys

import bundled
import numpy as np
import paper_study
import pytest
from bundled import judged as checked
from bundled import numbers
from bundled import verdicts as program
from paper_files import THE_PAPER
from random_scores import drawn, reported
from scipy import special

from realignment.engine.monitor import RESUMED
from realignment.languages import table as languages
from realignment.lineage.bundle import write
from realignment.report import paper_sections
from realignment.results import correlation, draws, formatting, tables
from realignment.statistics import inference, ranks


@pytest.mark.parametrize("path", write.OTHERS, ids=lambda path: path.stem)
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
def test_both_programs_come_to_the_same_numbers_on_random_studies_and_leave_none_out(number, tmp_path):
    reported(drawn(number), tmp_path, judged=True)
    verify = numbers(tmp_path)
    module = program()
    module.OUTLINE.check(module.Tables(verify, bundled.scores_of(verify)))
    assert verify.faults == [] and verify.left == {}
    assert verify.total == verify.agree


def test_a_changed_verdict_error_or_p_is_named(tmp_path):
    reported(drawn(8), tmp_path, judged=True)
    path = max((tmp_path / "tables").glob("*-verdicts-levels.csv"), key=lambda one: one.stat().st_size)
    whole, lines = path.read_bytes(), bundled.lines_of(path)
    number = next(number for number, one in enumerate(lines) if one["detectable"])
    for column in ("error", "degrees of freedom", "p", "p Dunnett", "p Holm", "p BH", "detectable", "verdict"):
        changed = [dict(one) for one in lines]
        given = changed[number][column]
        changed[number][column] = "better, surely" if column == "verdict" else repr(float(given) * (1 + 1e-6))
        bundled.rewritten(path, changed)
        faults = checked(tmp_path, path.name).faults
        assert len(faults) == 1 and faults[0].startswith(f"tables/{path.name}, line {number + 2}, {column}: given")
        path.write_bytes(whole)


def test_a_changed_place_among_draws_or_number_of_languages_is_named(tmp_path):
    reported(drawn(8), tmp_path, judged=True)
    kinds = {one.removeprefix("tables, ") for one in checked(tmp_path).total}
    assert kinds >= {"above", "percentile", "draws", "runs", "sd of total", "Languages", "pairs: spearman", "pairs: task gain"}
    places = [("standings", "above"), ("standings", "percentile"), ("draws", "sd of total"), ("levels", "Languages")]
    places += [("correlation", column) for column in ("n", "spearman", "lowest", "highest", "seeds")]
    for name, column in [*places, ("paired", "retrieval gain"), ("paired", "task gain")]:
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


def test_what_could_have_been_found_is_the_noncentral_t_of_scipy():
    """Few degrees of freedom and strict levels too, as of many comparisons with two seeds each."""
    chance, draw = program().CHANCE, random.Random(9)
    for _ in range(60):
        freedom, level = draw.uniform(1.0, 60), 0.05 / draw.choice((1, 9, 66, 280))
        wanted = float(inference.detectable(1.0, freedom, level))
        assert chance.detectable(freedom, level) == pytest.approx(wanted, rel=1e-9), (freedom, level)


def test_the_test_of_even_variances_is_bartletts():
    chance, draw = program().CHANCE, random.Random(10)
    for _ in range(100):
        rows = draw.randint(2, 12)
        variances, freedom = ([draw.uniform(low, 9.0) for _ in range(rows)] for low in (0.0, 1.0))
        wanted = inference.even(np.array(variances), np.array(freedom))
        assert chance.even(variances, freedom) == pytest.approx(wanted, rel=1e-9)
    assert chance.even([1.0, 0.0], [2.0, 2.0]) is None


def test_draws_and_training_seeds_are_told_apart_alike():
    module, chance, ways = program().DRAWS, random.Random(11), set()
    for _ in range(300):
        draw_seeds, training = chance.randint(1, 4), chance.randint(1, 4)
        labels = {f"{draw}.{seed}.{seed}.{seed}" for draw in range(draw_seeds) for seed in range(training)}
        if chance.random() < 0.5:
            labels = {f"{draw}.{draw}{seed}.{draw}{seed}.7" for draw in range(draw_seeds) for seed in range(chance.randint(1, 3))}
        held = {label: chance.random() for label in sorted(labels) if chance.random() < 0.9} or {"1": 0.5}
        wanted, found = draws.parts(held), module.by_draw(held)
        *mine, how = module.parts(found, [math.fsum(runs.values()) / len(runs) for runs in found.values()])
        assert (mine, module.HOW[how]) == ([pytest.approx(wanted.draw), pytest.approx(wanted.seed)], wanted.how)
        ways.add(wanted.how)
    assert ways >= {draws.CROSSED, draws.NESTED, draws.UNEVEN, draws.ONE, draws.SINGLE}


@pytest.mark.parametrize("kind", ["verdicts-levels", "random-levels", "levels", "gains"])
def test_a_line_that_was_taken_out_of_a_table_is_named(kind, tmp_path):
    """A family of fewer comparisons would make the others look more certain."""
    reported(drawn(8), tmp_path, judged=True)
    path = tmp_path / "tables" / f"small-{kind}.csv"
    lines = bundled.lines_of(path)
    bundled.rewritten(path, lines[:-1])
    faults = checked(tmp_path, path.name).faults
    assert (
        f"tables/{path.name}, lines of "
        in faults[0 if kind in ("levels", "gains") else next(place for place, one in enumerate(faults) if "lines of" in one)]
    )


def test_a_changed_number_of_the_best_subset_or_of_what_could_have_been_found_is_named(tmp_path):
    reported(drawn(8), tmp_path, judged=True)
    power = next(path for path in sorted((tmp_path / "tables").glob("*-detectable-levels.csv")))
    columns = ("sd", "p even variances", "alone, now", "in the table, now", "alone, n = 10", "in the table, n = 10", "rows", "n")
    texts = ("S*", "score", "a seed apart", "next", "lead", "gain over fine-tuning only", "candidates", "n")
    for path, names in ((power, columns), (tmp_path / "tables" / "best.csv", texts)):
        whole = path.read_bytes()
        for column in names:
            lines = bundled.lines_of(path)
            number = next((number for number, one in enumerate(lines) if one[column] and one[column] != "—"), None)
            if number is None:
                continue
            given = lines[number][column]
            lines[number][column] = repr(float(given) * (1 + 1e-6)) if path == power else f"{given}1"
            bundled.rewritten(path, lines)
            faults = checked(tmp_path, path.name).faults
            assert len(faults) == 1 and faults[0].startswith(f"tables/{path.name}, line {number + 2}, {column}: given")
            path.write_bytes(whole)


@pytest.mark.parametrize("tiny", [pytest.param("", marks=pytest.mark.slow), "-tiny"])
def test_our_numbers_in_the_papers_layout_are_recomputed_and_the_papers_own_are_counted(tmp_path, tiny):
    labels = {f"{model}{tiny}": model for model in ("mbert", "xlmr", "llama")}
    names = {label: "path:encoders/tiny" if tiny else paper_study.NAMES[model] for label, model in labels.items()}
    study = paper_study.content(paper_study.records(THE_PAPER, labels, random.Random(12)), names)
    study["encoders"][f"xlmr{tiny}"]["seen"] = ["eng", "deu", "aym"]  # the paper's averages leave Aymara out all the same
    told = {"records": [one.to_json() for one in study["records"]]}
    (tmp_path / "study.json").write_text(json.dumps(told), encoding="utf-8")
    found, studies = tables.studies(study, languages.paper(), {"subsets": {}})
    reported([], tmp_path)
    languages.write(languages.paper().values(), tmp_path / "data" / "languages.csv")
    (tmp_path / "tables" / "scores.csv").write_text(formatting.long(found), encoding="utf-8")
    for table, _ in paper_sections.signed(THE_PAPER, study, found, studies):
        (tmp_path / "tables" / f"{table.name}.csv").write_text(formatting.comma_separated(table), encoding="utf-8")
    verify = numbers(tmp_path)
    assert verify.faults == [] and ({"beside: mean"} <= {*verify.left.values()}) != bool(tiny)
    foreign = re.compile(r"(authors|printed|difference)( †)? (mean|std|n)$|Languages$")
    assert all(foreign.search(place) for place in verify.left)
    names = {path.stem for path in (tmp_path / "tables").glob("*.csv")}
    assert names >= {"paper-1", "paper-2", "paper-4", f"llama{tiny}-paper-3", f"xlmr{tiny}-paper-10", f"xlmr{tiny}-paper-11"}
    path = tmp_path / "tables" / "paper-2.csv"
    text, (line,) = path.read_text(), [one for one in path.read_text().splitlines() if "Hours" in one]
    path.write_text(text.replace(line, re.sub(r",0\.(\d)", ",0.9\\1", line, count=1)))
    faults = numbers(tmp_path).faults
    assert len(faults) == 1 and "paper-2.csv" in faults[0] and "Avg. tokens std" in faults[0]


def test_equal_gains_are_tied_alike():
    """Shares of few pairs, exact or the float32 nearest to each."""
    paired, draw = program().PAIRED, np.random.default_rng(11)
    for kind in (np.float64, np.float32):
        for pairs in (9, 640, 1000):
            before, more = draw.integers(0, pairs // 2, 40), draw.integers(0, 4, 40)
            gains = [(float(kind(b + m) / kind(pairs)) - float(kind(b) / kind(pairs))) for b, m in zip(before, more, strict=True)]
            task = draw.normal(size=40).tolist()
            wanted = ranks.spearman(more.astype(float).tolist(), task)
            assert paired.spearman([*zip(gains, task, strict=True)]) == pytest.approx(wanted)
            assert ranks.spearman(gains, task, correlation.SAME) == pytest.approx(wanted)


@pytest.mark.parametrize(("seeds", "hours"), [((23,), True), ((17, 23, 42), False)])
def test_hours_of_both_kinds_are_of_the_same_encoders_and_seeds_alike(tmp_path, seeds, hours):
    found = []
    for one in paper_study.records(THE_PAPER, {"mbert": "mbert", "xlmr": "xlmr"}, random.Random(12)):
        cell = one.cell
        if cell.subset in ("none", "all_65"):
            lost = (one.verb, cell.encoder, cell.control) == ("realign", "xlmr", "words") and cell.seeds.head in seeds
            usage = {"usage": {RESUMED: [[2, 1]]}} if lost else {}
            found.append(paper_study.record("realign", cell, "", seconds=1.0, kernels="H200", **usage) if lost else one)
    study = paper_study.content(found, {label: paper_study.NAMES[label] for label in ("mbert", "xlmr")})
    (tmp_path / "study.json").write_text(json.dumps({"records": [one.to_json() for one in found]}), encoding="utf-8")
    scores, studies = tables.studies(study, languages.paper(), {"subsets": {}})
    reported([], tmp_path)
    languages.write(languages.paper().values(), tmp_path / "data" / "languages.csv")
    (tmp_path / "tables" / "scores.csv").write_text(formatting.long(scores), encoding="utf-8")
    (table,) = [one for one, _ in paper_sections.signed(THE_PAPER, study, scores, studies) if one.name == "beside-paper-2"]
    (tmp_path / "tables" / f"{table.name}.csv").write_text(formatting.comma_separated(table), encoding="utf-8")
    told = [
        line for line in bundled.lines_of(tmp_path / "tables" / f"{table.name}.csv") if line["Task"] == "Hours of realignment"
    ]
    assert [bool(line[f"{kind} ours mean"]) for line in told for kind in ("Avg. tokens", "FastAlign")] == [hours] * 2
    assert checked(tmp_path).faults == []
