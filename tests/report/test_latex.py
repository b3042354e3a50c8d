"""Tables for LaTeX: what a compiler would refuse is refused here, since none is at hand."""

import re

import pytest
from paper_files import THE_PAPER

from realignment.report import latex, paper_sections
from realignment.report.view import of_rows
from realignment.results import tables
from realignment.results.tables import Line, Stated, Table
from realignment.statistics.summary import Difference, Summary

COMMAND = re.compile(r"\\(?:[a-zA-Z]+|[\\&%$#_{}])")


def faults(source: str) -> list[str]:
    """What breaks: braces or environments that do not close, bare special characters, rows of another width than the columns."""
    found, depth, open_, width = [], 0, [], 0
    for number, line in enumerate(source.splitlines(), start=1):
        bare = COMMAND.sub(lambda match: "" if match[0] != r"\\" else "\0", line)
        depth += bare.count("{") - bare.count("}")
        if bare.count("$") % 2 or depth < 0 or re.search(r"[#%_^~<>|±−—]", re.sub(r"\$[^$]*\$", "", bare.replace("tab:", ""))):
            found.append(f"{number}: {line}")
        for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", line):
            if kind == "begin":
                open_.append(name)
            elif not open_ or open_.pop() != name:
                found.append(f"{number}: {name} ends unopened")
        if match := re.search(r"\\begin\{tabular\}\{([lr]+)\}", line):
            width = len(match[1])
        elif "\0" in bare and open_[-1:] == ["tabular"]:
            span = re.match(r"\\multicolumn\{(\d+)\}", line)
            if (int(span[1]) if span else bare.count("&") + 1) != width:
                found.append(f"{number}: {line} is not {width} wide")
    return found + [f"{name} stays open" for name in open_] + (["braces stay open"] if depth else [])


def nasty() -> Table:
    values = (
        Summary((0.5, 0.6)),
        Difference(Summary((0.5, 0.5)), Summary((0.9, 0.1)), 0.4),
        Stated("62.20 ± 0.78", 0.622, 0.0078),
        Stated(),
    )
    lines = (Line("A & B", ("50% of #1", r"a_b^c~d\e{f}"), values), Line("<C>", ("$x$ | y", "Asháninka"), values))
    return Table("small", "x-y", r"100 % & \more", ("Name", "n_1"), ("a", "b − c", "d > e", "f"), lines, ("~ marks — nothing",))


def test_every_character_stands_for_itself():
    source = latex.table(nasty(), "preset=a_b | n=4")
    assert faults(source) == []
    shown = r"50\% of \#1 & a\_b\textasciicircum{}c\textasciitilde{}d\textbackslash{}e\{f\}"
    assert shown + r" & 55.00 $\pm$ 7.07 & 0.00 $\pm$ 40.00 \textasciitilde{} & 62.20 $\pm$ 0.78 & --- \\" in source
    assert r"\multicolumn{6}{l}{\textit{A \& B}} \\" in source


@pytest.mark.parametrize("broken", [r"a & b \\", r"\textit{a", "50% off", r"\begin{center}", "a_b", "$x", "1 ± 2"])
def test_the_check_sees_what_a_compiler_would_refuse(broken):
    source = latex.table(nasty())
    assert faults(source) == []
    assert faults(source.replace(r"\midrule", r"\midrule" + "\n" + broken, 1))


def test_every_table_of_the_paper_is_sound_latex_with_booktabs():
    for table, signature in paper_sections.authors_tables(THE_PAPER):
        source = latex.table(table, signature)
        assert faults(source) == [], table.name
        assert source.index(r"\toprule") < source.index(r"\midrule") < source.index(r"\bottomrule")
        held = [
            line for line in table.lines if any(one.mean is not None for one in line.values)
        ]  # rows without a number are named below
        assert source.count(r" \\") == 1 + len(held) + source.count(r"\multicolumn")


def test_the_number_is_that_of_the_other_formats():
    from realignment.results import formatting

    table = tables.Table("e", "k", "c", ("Name",), ("x",), (Line("", ("one",), (Summary((0.123456, 0.2)),)),))
    cell = formatting.text(table.lines[0].values[0], 2)
    assert cell in formatting.markdown(table)
    assert latex.escaped(cell) in latex.table(table)


def test_plain_rows_of_the_page_are_sound_latex_too():
    rows = [
        {"section": "A & B", "Subset": "x_1", "POS": "+1.20 better"},
        {"section": "C", "Subset": "y", "POS": "−0.50 cannot tell"},
    ]
    source = latex.view(of_rows("small-verdicts", "100 % of <C>", rows, ("Below 5% of 2.",), section="section"))
    assert faults(source) == []
    assert r"x\_1 & +1.20 better \\" in source and r"\multicolumn{2}{l}{\textit{A \& B}} \\" in source
