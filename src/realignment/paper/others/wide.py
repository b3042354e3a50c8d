"""The reference code's own result files: a row per seed, `final_eval_<code>_<metric>` (XQuAD: `eval_...`), English in `same`.

Which evaluation set a column is of follows from how its language is spelled there, since a file holds a general set in codes of two letters
and the African and American ones in codes of three (Guarani alone has two).
"""

import math
import re
from collections.abc import Iterator

from realignment.core.errors import BadInput, nearest
from realignment.languages import table as languages
from realignment.paper.others.given import Given, Tally
from realignment.paper.others.reading import File
from realignment.paper.runs import OUT_OF_DISTRIBUTION
from realignment.paper.whole import METRICS

REQUIRED = ("seed", "model", "task", "realignment_langs")
TASKS = {"xtreme_r.udpos": "pos", "wikiann": "ner", "xnli": "nli", "xquad": "xquad"}
GENERAL = {"pos": "udpos", "ner": "wikiann", "nli": "xnli", "xquad": "xquad"}
EXACT = {"em": "exact_match"}
COLUMN = re.compile(r"(?P<when>final_eval|eval)_(?P<code>.+)_(?P<metric>[a-z0-9]+)")
AVERAGE, ENGLISH = "avg", "same"
NONE, BASELINE = "none", "baseline"  # the method of a run without realignment, whose list of languages was then not used
BOTH = frozenset({"eng", "fra"})  # languages of XNLI that AfriXNLI has too, and Table 7 does not name there
AFRICAN_NLI = "afrixnli"
MYANMAR = {"myxnli": "myanmar_xnli"}  # as data/published has it
NEAR = 1.01e-4  # by which a mean and the mean of scores may part, both of four decimals
HEURISTICS = {
    "most_uriel_en": "uriel_diverse", "least_uriel_en": "uriel_similar", "most_family_en": "family_diverse",
    "least_family_en": "family_indoeuropean", "most_distinct_script": "script_diverse", "most_same_script": "latin_diverse",
    "least_same_script": "latin_similar", "random_langs_with_seed": "random",
}  # fmt: skip
FIXED = {BASELINE: NONE, "xt_afri": "all_65", "xt_only": "xtreme_r_47", "afri_only": "african_21"}
WITHIN = {"most_uriel": "uriel_diverse", "most_family": "family_diverse", "most_script": "script_diverse", "random": "random"}
POOLS = {"joshi2": "joshi_012", "joshi3": "joshi_3", "joshi35": "joshi_345", "joshi45": "joshi_45"}
POOLS |= {name: name for name in ("seen_mbert", "seen_xlmr", "unseen_mbert", "unseen_xlmr")}


def fits(file: File) -> bool:
    return any(map(COLUMN.fullmatch, file.columns))


def scores(file: File, subset: str, tally: Tally) -> Iterator[Given]:
    """`subset` names the runs of a file without a column of that name; "": the folder does, by the reference code's strategies."""
    if missing := [one for one in REQUIRED if one not in file.columns]:
        raise BadInput(f"{file.path}: the columns {', '.join(REQUIRED)} are required; {', '.join(missing)} missing")
    for line, row in file.rows:
        task = TASKS.get(row["task"], row["task"])
        none = row.get("method") == BASELINE
        name = row.get("subset") or (NONE if none else subset or strategy(file))
        about = {"model": row["model"], "subset": name, "seed": row["seed"], "task": task}
        columns = _columns(file, task)
        for column, (code, metric) in columns.items():
            if not row[column]:
                tally.left["empty cells"] += 1
                continue
            english = code == ENGLISH
            told = {"score": column, "language": column, "metric": column, "evalset": column, "languages": "realignment_langs"}
            evalset = GENERAL.get(task, "") if english else evalset_of(task, code)
            about |= {"language": languages.ENGLISH if english else code, "metric": EXACT.get(metric, metric), "evalset": evalset}
            yield Given(file.name, line, told, **about, score=row[column], languages="" if none else row["realignment_langs"])
        size, listed = row.get("n_realignment_langs", ""), re.findall(r"[^,\s]+", row["realignment_langs"])
        if size and not none and size != str(len(listed)):
            tally.remarks.append(
                f"{file.name} line {line}, column n_realignment_langs: {size} is stated, and {len(listed)} are listed"
            )
        _count(file, row, task, columns, tally)
        _average(file, line, row, columns, tally)


def strategy(file: File) -> str:
    """What the folder of a result file says of its subset."""
    folder = file.path.resolve().parent.name
    if folder in FIXED:
        return FIXED[folder]
    if (main := re.fullmatch(r"(.+)_(\d+)", folder)) and main[1] in HEURISTICS:
        return f"{HEURISTICS[main[1]]}_{main[2]}"
    within = re.fullmatch(rf"abla_({'|'.join(WITHIN)})_(.+)", folder)
    if within and within[2] in POOLS:
        return f"{POOLS[within[2]]}__{WITHIN[within[1]]}"
    raise BadInput(
        f"{file.path}: the name of its subset is required, as a column `subset`, by --subset, or as the folder of one of the reference code's "
        f"strategies; the folder is `{folder}`; {nearest(folder, {*FIXED, *(f'{one}_10' for one in HEURISTICS)})}"
    )


def evalset_of(task: str, code: str) -> str:
    """The set that a column is of; "" where it cannot be told."""
    try:
        language = languages.resolve(code)
    except BadInput:
        return GENERAL.get(task, "")  # the code is refused later, by its name
    if task == "xquad":
        return GENERAL[task]
    general = GENERAL.get(task, "")
    known = {name for one, of, name in languages.table7() if (one, of) == (language, task)}
    own = {MYANMAR.get(one, one) for one in known} - {general}
    if len(code) == 2:
        return OUT_OF_DISTRIBUTION if OUT_OF_DISTRIBUTION in own else general
    if task == "nli" and language in BOTH:
        return AFRICAN_NLI
    return own.pop() if len(own) == 1 else general if general in known else ""


def _columns(file: File, task: str) -> dict[str, tuple[str, str]]:
    """Column -> code and metric, of the metrics of a task (of an unknown one: all): the final ones where there are any."""
    found = {one: COLUMN.fullmatch(one) for one in file.columns}
    named = {one: match for one, match in found.items() if match and match["code"] != AVERAGE}
    final = {one: match for one, match in named.items() if match["when"] == "final_eval"} or named
    wanted = METRICS.get(task, ())
    kept = {one: (match["code"], match["metric"]) for one, match in final.items()}
    return {one: about for one, about in kept.items() if not wanted or EXACT.get(about[1], about[1]) in wanted}


def _count(file: File, row: dict[str, str], task: str, columns: dict, tally: Tally) -> None:
    """What stands in the row beside the scores that are read."""
    for column in file.columns:
        match = COLUMN.fullmatch(column)
        if match and match["code"] != AVERAGE and column not in columns and row[column]:
            other = any(one.startswith("final_") for one in columns) and match["when"] == "eval"
            tally.left["`eval_` beside `final_eval_`" if other else f"other metrics of {task}"] += 1


def _average(file: File, line: int, row: dict[str, str], columns: dict[str, tuple[str, str]], tally: Tally) -> None:
    """A remark where the row's own average is not the mean of its scores, English in `same` apart."""
    begin = "final_eval" if any(one.startswith("final_") for one in columns) else "eval"
    for metric in dict.fromkeys(metric for _, metric in columns.values()):
        stated = row.get(f"{begin}_{AVERAGE}_{metric}", "")
        try:
            values = [float(row[one]) for one, (code, of) in columns.items() if of == metric and code != ENGLISH and row[one]]
            mean, said = math.fsum(values) / len(values), float(stated)
        except (ValueError, ZeroDivisionError):
            continue
        scale = 100 if said > 1 else 1
        if not abs(mean - said) <= NEAR * scale:
            tally.remarks.append(
                f"{file.name} line {line}, column {begin}_{AVERAGE}_{metric}: {said:g} is stated, and the mean of the row's {len(values)} scores is {mean:g}"
            )
