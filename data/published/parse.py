"""The tables of the paper from its text: `python parse.py PAPER.txt [FILE]` prints one of FILES (default: printed.tsv).

The text holds each table as Markdown rows, its caption after it (before it: Table 3). A row that names no method belongs to the
method above it. Captions of Tables 8 and 10 are swapped in the paper (their `none` rows are those of the other model in Table 1):
`model` is corrected, `caption_as_printed` is not.
"""

import csv
import re
import sys
from pathlib import Path

HEAD = ["table", "model", "caption_as_printed", "subset", "n", "task", "mean", "std", "what"]
CAPTIONS = {"1": "XLM-R and mBERT", "2": "", "3": "Llama", "4": "XLM-R, Llama 3.1 8B, and Gemma 2 9B"}
CAPTIONS |= {"8": "XLM-R", "9": "mBERT", "10": "mBERT", "11": "XLM-R"}
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
LABELS = {"XLM-R": "xlmr", "mBERT": "mbert", "Llama 3.1": "llama", "Gemma 2": "gemma"}
TASKS = {"POS": "pos", "PoS": "pos", "NER": "ner", "NLI": "nli"}
WHERE = {"en": "english", "XL": "cross-lingual"}  # Table 4


def blocks(text: str) -> dict[str, list[list[str]]]:
    """Number of the table -> its rows as cells, markup removed."""
    found, rows, above = {}, [], ""
    for line in text.splitlines():
        if caption := re.match(r"Table (\d+): ", line):
            found[caption[1]], above, rows = rows, "" if rows else caption[1], []
        elif line.startswith("|") and not re.fullmatch(r"[|\s-]+", line):
            rows.append(cells_of(line))
        elif line.strip() and not line.startswith("|"):
            if above and rows:
                found[above], above = rows, ""
            rows = []
    return found


def spans(text: str) -> dict[str, list[list[str]]]:
    """Number of the table -> every row since the caption before it: Tables 5 to 7 run over several pages."""
    parts = re.split(r"^Table (\d+): .*$", text, flags=re.MULTILINE)
    return {
        number: [cells_of(line) for line in before.splitlines() if line.startswith("|") and not re.fullmatch(r"[|\s-]+", line)]
        for before, number in zip(parts[::2], parts[1::2], strict=False)
    }


def cells_of(line: str) -> list[str]:
    return [re.sub(r"</?i>|\*\*", "", cell).strip() for cell in line.strip().strip("|").split("|")]


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


def aligner_table(rows: list[list[str]]):
    """Table 2. Which languages were realigned on is not printed."""
    model = ""
    for cells in rows:
        model = LABELS.get(cells[0], model)
        task = TASKS.get(cells[1]) or ("hours" if cells[0].startswith("Avg. Time") else "")
        for what, cell in zip(("sentences", "words"), cells[2:4] if task else (), strict=bool(task)):
            yield "2", "" if task == "hours" else model, CAPTIONS["2"], "", "", task, *numbers(cell), what


def decoder_table(rows: list[list[str]]):
    """Table 3: targets are the other languages. Which languages were realigned on is not printed."""
    for cells in rows:
        if task := TASKS.get(cells[0].split()[0]):
            for what, cell in zip(("before", "after"), cells[1:3], strict=True):
                yield "3", "llama", CAPTIONS["3"], "none" if what == "before" else "", "", task, cell, "", what


def model_table(rows: list[list[str]]):
    """Table 4: fine-tuning only, in English and in the other languages."""
    models = [LABELS[name] for name in rows[0][1:]]
    for cells in rows[1:]:
        task, where = cells[0].split()
        for model, cell in zip(models, cells[1:], strict=True):
            yield "4", model, CAPTIONS["4"], "none", "0", TASKS[task], cell, "", WHERE[where]


def printed(text: str):
    found = blocks(text)
    tables = {"1": first_table, "2": aligner_table, "3": decoder_table, "4": model_table}
    for table, rows in tables.items():
        yield from rows(found[table]) if table in found else ()
    for table in ("8", "9", "10", "11"):
        yield from (main_table if table in ("8", "10") else ablation_table)(table, found[table])


def pool(text: str):
    """Table 5."""
    for cells in spans(text)["5"]:
        if len(cells) == 6 and cells[4].isdigit():
            yield cells


def lists(text: str):
    """Table 6, in printed order; a list that runs on to the next page is joined."""
    rows: list[list[str]] = []
    for cells in spans(text)["6"]:
        if len(cells) == 3 and cells[1].isdigit():
            rows.append([cells[0] or rows[-1][0], *cells[1:]])
        elif len(cells) == 3 and not cells[0] and cells[2]:
            rows[-1][2] += " " + cells[2]
    for method, n, codes in rows:
        yield method, n, " ".join(re.findall(r"[a-z]{3}", codes))


def sizes(text: str):
    """Table 7, in printed order."""
    for cells in spans(text)["7"]:
        if len(cells) == 8 and set(cells[4:]) <= {"✓", "✗"}:
            ticks = ["yes" if cell == "✓" else "no" for cell in cells[4:]]
            yield [cells[0], *("" if cell == "-" else cell.replace(",", "") for cell in cells[1:4]), *ticks]


FILES = {
    "printed.tsv": (HEAD, printed),
    "table5.tsv": (["language", "code", "script", "family", "joshi", "vitality"], pool),
    "table6.tsv": (["method", "n", "languages"], lists),
    "table7.tsv": (["language", "nli", "pos", "ner", "xlmr", "mbert", "opus100", "nllb"], sizes),
}


def main() -> None:
    head, rows = FILES[sys.argv[2] if len(sys.argv) > 2 else "printed.tsv"]
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(head)
    out.writerows([*row, *[""] * (len(head) - len(row))] for row in rows(Path(sys.argv[1]).read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
