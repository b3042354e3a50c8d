r"""Tables for LaTeX: booktabs, UTF-8, sections as rows in italics. The document needs `\usepackage{booktabs}`."""

from realignment.report.view import View, of_table
from realignment.results.formatting import BROKEN
from realignment.results.tables import Table

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
    "†": r"$\dagger$",
    BROKEN: r"$\times$",
    "—": "---",
    "–": "--",
}


def escaped(plain: str) -> str:
    """Text in which every character stands for itself: those LaTeX gives a meaning are escaped; letters stay UTF-8."""
    return "".join(TEX.get(character, character) for character in plain)


def table(content: Table, signature: str = "") -> str:
    """A floating table; notes and signature stand below it."""
    return view(of_table(content, signature))


def view(content: View) -> str:
    """As `table`, of what the page shows; columns of numbers stand flush right."""
    flush = "".join("r" if numeric else "l" for numeric in content.numeric)
    below = [escaped(note) + r" \par" for note in content.notes]
    if content.signature:
        below.append(rf"\texttt{{{escaped(content.signature)}}} \par")
    lines = [
        r"\begin{table}",
        r"\centering\small",
        rf"\caption{{{escaped(content.caption)}}}",
        rf"\label{{tab:{content.id}}}",
        rf"\begin{{tabular}}{{{flush}}}",
        r"\toprule",
        " & ".join(map(escaped, content.columns)) + r" \\",
        r"\midrule",
        *_body(content),
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\medskip\raggedright\footnotesize",
        *below,
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _body(content: View) -> list[str]:
    lines: list[str] = []
    for section, rows in content.parts:
        if section:
            lines += [r"\addlinespace"] if lines else []
            lines.append(rf"\multicolumn{{{len(content.columns)}}}{{l}}{{\textit{{{escaped(section)}}}}} \\")
        lines += [
            " & ".join(escaped(f"{cell.text} {BROKEN}" if cell.broken else cell.text) for cell in row) + r" \\" for row in rows
        ]
    return lines
