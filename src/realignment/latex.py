r"""Tables for LaTeX: booktabs, UTF-8, sections as rows in italics. The document needs `\usepackage{booktabs}`."""

from realignment import rendering
from realignment.tables import Table

TEX = {character: f"\\{character}" for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "±": r"$\pm$",
    "−": "$-$",
    "≠": r"$\neq$",
    "—": "---",
    "–": "--",
}


def escaped(plain: str) -> str:
    """Text in which every character stands for itself: those LaTeX gives a meaning are escaped; letters stay UTF-8."""
    return "".join(TEX.get(character, character) for character in plain)


def table(content: Table, signature: str = "") -> str:
    """A floating table; notes and signature stand below it."""
    below = [escaped(note) + r" \par" for note in rendering.notes(content)]
    if signature:
        below.append(rf"\texttt{{{escaped(signature)}}} \par")
    lines = [
        r"\begin{table}",
        r"\centering\small",
        rf"\caption{{{escaped(content.caption)}}}",
        rf"\label{{tab:{content.name}}}",
        rf"\begin{{tabular}}{{{'l' * len(content.head)}{'r' * len(content.columns)}}}",
        r"\toprule",
        " & ".join(map(escaped, [*content.head, *content.columns])) + r" \\",
        *_body(content),
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\medskip\raggedright\footnotesize",
        *below,
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _body(content: Table) -> list[str]:
    width = len(content.head) + len(content.columns)
    lines, section = [r"\midrule"], ""
    for line in content.lines:
        if line.section != section:
            section = line.section
            space = [] if lines == [r"\midrule"] else [r"\addlinespace"]
            lines += [*space, rf"\multicolumn{{{width}}}{{l}}{{\textit{{{escaped(section)}}}}} \\"]
        values = [rendering.text(value, content.seeds, content.errors) for value in line.values]
        lines.append(" & ".join(map(escaped, [*line.head, *values])) + r" \\")
    return lines
