"""Tables 1 and 8 to 11 from the text of the paper: `python parse.py PAPER.txt > printed.tsv`.

The text holds each table as Markdown rows, its caption after it. A row that names no method belongs to the method above
it. Captions of Tables 8 and 10 are swapped in the paper (their `none` rows are those of the other model in Table 1):
`model` is corrected, `caption_as_printed` is not.
"""

import csv
import re
import sys
from pathlib import Path

CAPTIONS = {"1": "XLM-R and mBERT", "8": "XLM-R", "9": "mBERT", "10": "mBERT", "11": "XLM-R"}
MODELS = {"8": "mbert", "9": "mbert", "10": "xlmr", "11": "xlmr"}
ROWS = {  # Tables 8 and 10: the method as printed -> heuristic
    "All 65 languages": "all", "Present in XTREME-R": "xtreme_r", "Present in Africa": "african", "Fine-tuning only": "none",
    "Most diverse from English": "uriel_diverse", "Least diverse from English": "uriel_similar",
    "Most diverse families": "family_diverse", "Most diverse families within Indo-European": "family_indoeuropean",
    "Most diverse scripts": "script_diverse", "Most diverse using Latin script": "latin_diverse",
    "Least diverse using Latin script": "latin_similar", "Random Seeded": "random",
}
HEURISTICS = {  # section of Tables 9 and 11 -> heuristic
    "Most featural diversity from English": "uriel_diverse", "Most Phylogenetic Diversity": "family_diverse",
    "Most Script Diversity": "script_diverse", "Random Seeded": "random",
}
POOLS = {  # pool as printed in Tables 9 and 11 -> name
    "Joshi Class = 2": "joshi_012", "Joshi Class = 3": "joshi_3", "Joshi Class = 3,4,5": "joshi_345", "Joshi Class = 4,5": "joshi_45",
    "Seen by mBERT": "seen_mbert", "Seen by XLM-R": "seen_xlmr", "Unseen by mBERT": "unseen_mbert", "Unseen by XLM-R": "unseen_xlmr",
}
TABLE1 = {  # row of Table 1 -> subset; {} is the model
    "Joshi 4 and 5": "joshi_45__random", "Joshi 3, 4, and 5": "joshi_345__random", "Joshi 3": "joshi_3__random",
    "Joshi 2": "joshi_012__random", "Unseen Languages": "unseen_{}__random", "Seen Languages": "seen_{}__random",
    "Fine-tuning only": "none", "65 langs baseline": "all_65",
}


def blocks(text: str) -> dict[str, list[list[str]]]:
    """Number of the table -> its rows as cells, markup removed."""
    found, rows = {}, []
    for line in text.splitlines():
        if caption := re.match(r"Table (\d+): ", line):
            found[caption[1]], rows = rows, []
        elif line.startswith("|") and not re.fullmatch(r"[|\s-]+", line):
            rows.append([re.sub(r"</?i>", "", cell).strip() for cell in line.strip().strip("|").split("|")])
        elif line.strip() and not line.startswith("|"):
            rows = []
    return found


def numbers(cell: str) -> tuple[str, str]:
    mean, _, std = cell.replace(r"\pm", "±").partition("±")
    return mean.strip(), std.strip()


def main_table(table: str, rows: list[list[str]]):
    method = ""
    for cells in rows:
        method = cells[0] or method
        if len(cells) >= 5 and cells[1].isdigit():
            name = ROWS[method]
            subset = name if name == "none" else f"{name}_{cells[1]}"
            for task, cell in zip(("nli", "pos", "ner"), cells[2:5], strict=True):
                yield table, MODELS[table], CAPTIONS[table], subset, cells[1], task, *numbers(cell)


def ablation_table(table: str, rows: list[list[str]]):
    section = ""
    for cells in rows:
        if cells[0] in HEURISTICS:
            section = HEURISTICS[cells[0]]
        elif cells[0] in POOLS:
            for task, cell in zip(("nli", "pos", "ner"), cells[2:5], strict=True):
                yield table, MODELS[table], CAPTIONS[table], f"{POOLS[cells[0]]}__{section}", cells[1], task, *numbers(cell)


def first_table(rows: list[list[str]]):
    model = ""
    for cells in rows:
        if cells[0] in ("XLM-R", "mBERT"):
            model = {"XLM-R": "xlmr", "mBERT": "mbert"}[cells[0]]
        elif cells[0] in TABLE1:
            subset = TABLE1[cells[0]].format(model)
            n = {"none": "0", "all_65": "65"}.get(subset, "10")
            for task, cell in zip(("pos", "nli", "ner", "avg"), cells[1:5], strict=True):
                yield "1", model, CAPTIONS["1"], subset, n, task, cell, ""


def main() -> None:
    found = blocks(Path(sys.argv[1]).read_text(encoding="utf-8"))
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(["table", "model", "caption_as_printed", "subset", "n", "task", "mean", "std"])
    out.writerows(first_table(found["1"]))
    for table in ("8", "9", "10", "11"):
        out.writerows((main_table if table in ("8", "10") else ablation_table)(table, found[table]))


if __name__ == "__main__":
    main()
