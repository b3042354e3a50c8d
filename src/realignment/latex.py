r"""Tables for LaTeX: booktabs, UTF-8, sections as rows in italics. The document needs `\usepackage{booktabs}`."""

from typing import TYPE_CHECKING

from realignment import rendering
from realignment.tables import Table

if TYPE_CHECKING:
    from realignment.page import View

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
    parts: dict[str, list[list[str]]] = {}
    for line in content.lines:
        values = [rendering.text(value, content.seeds, content.errors) for value in line.values]
        parts.setdefault(line.section, []).append([*line.head, *values])
    below = [escaped(note) + r" \par" for note in rendering.notes(content)]
    if signature:
        below.append(rf"\texttt{{{escaped(signature)}}} \par")
    flush = "l" * len(content.head) + "r" * len(content.columns)
    return _floating(content.name, content.caption, flush, [list(content.head + content.columns), *parts.items()], below)


def view(content: "View") -> str:
    """A floating table of what the page shows as plain rows, its notes below it."""
    flush = "".join("r" if numeric else "l" for numeric in content.numeric)
    parts = [(section, [[cell.text for cell in row] for row in rows]) for section, rows in content.parts]
    below = [escaped(note) + r" \par" for note in (*content.notes, content.signature) if note]
    return _floating(content.id, content.caption, flush, [list(content.columns), *parts], below)


def _floating(label: str, caption: str, flush: str, content: list, below: list[str]) -> str:
    """`flush` has a letter a column; `content` is the heading, then (section, rows)."""
    head, *parts = content
    lines = [r"\midrule"]
    for number, (section, rows) in enumerate(parts):
        if section:
            lines += [r"\addlinespace"] if number else []
            lines.append(rf"\multicolumn{{{len(head)}}}{{l}}{{\textit{{{escaped(section)}}}}} \\")
        lines += [" & ".join(map(escaped, row)) + r" \\" for row in rows]
    lines = [
        r"\begin{table}",
        r"\centering\small",
        rf"\caption{{{escaped(caption)}}}",
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{{flush}}}",
        r"\toprule",
        " & ".join(map(escaped, head)) + r" \\",
        *lines,
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\medskip\raggedright\footnotesize",
        *below,
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"
