"""Runs as others would hand them over: the authors' own, written out in both documented forms, and a small table of made-up scores."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from paper_files import PUBLISHED

from realignment.languages import codes

KEY = ("model", "subset", "seed", "task", "evalset", "language", "metric")
RUN = KEY[:4]
STRATEGIES = {  # of the reference code, as its README lists them
    "none": "baseline", "all_65": "xt_afri", "african_21": "afri_only", "latin_diverse_10": "most_same_script_10", "latin_similar_10": "least_same_script_10",
    "uriel_similar_5": "least_uriel_en_5", "family_indoeuropean_5": "least_family_en_5", "script_diverse_5": "most_distinct_script_5", "random_5": "random_langs_with_seed_5",
    "joshi_012__uriel_diverse": "abla_most_uriel_joshi2", "joshi_345__script_diverse": "abla_most_script_joshi35", "unseen_xlmr__random": "abla_random_unseen_xlmr",
}  # fmt: skip
TASKS = {"pos": "xtreme_r.udpos", "ner": "wikiann", "nli": "xnli", "xquad": "xquad"}
GENERAL = {"udpos", "wikiann", "xnli", "xquad"}  # the sets that the reference code names by codes of two letters
SMALL = [
    {"model": "mbert", "subset": subset, "seed": seed, "task": "pos", "evalset": evalset, "language": language, "metric": "accuracy",
     "score": f"0.{score + int(seed)}", "languages": languages}
    for subset, languages in (("none", ""), ("latin_diverse_5", "az fon_Latn lin_Latn gaz_Latn tgl_Latn"))
    for seed in ("17", "23")
    for score, (evalset, language) in enumerate((("udpos", "en"), ("udpos", "de"), ("udpos", "yo"), ("masakhapos", "yor")), 30 + len(subset))
]  # fmt: skip


def published() -> tuple[list[dict[str, str]], dict[tuple[str, ...], str]]:
    """The rows of scores.csv.gz, and run -> languages in the source's codes."""
    with gzip.open(PUBLISHED / "scores.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (PUBLISHED / "subsets.tsv").open(encoding="utf-8", newline="") as file:
        return rows, {tuple(row[name] for name in RUN): row["languages"] for row in csv.DictReader(file, delimiter="\t")}


def scores(rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, ...], float]:
    return {tuple(row[name] for name in KEY): float(row["score"]) for row in rows}


def table(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A CSV (.gz packed) or TSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = path.name.endswith(".gz")
    with gzip.open(path, "wt", encoding="utf-8", newline="") if packed else path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t" if ".tsv" in path.name else ",", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def wide(folder: Path, rows: Iterable[Mapping[str, str]], lists: Mapping[tuple[str, ...], str]) -> list[Path]:
    """A file per model, subset and task in a folder per strategy, a row per seed, as the reference code writes them."""
    files = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row["subset"] in STRATEGIES:
            about = row["model"], row["subset"], row["task"]
            files[about][row["seed"]][column(row)] = row["score"]
    return [_wide(folder, about, seeds, lists) for about, seeds in sorted(files.items())]


def column(row: Mapping[str, str]) -> str:
    begin = "eval" if row["task"] == "xquad" else "final_eval"
    metric = {"exact_match": "em"}.get(row["metric"], row["metric"])
    if row["language"] == "eng" and row["evalset"] in GENERAL:
        return f"{begin}_same_{metric}"
    two = row["language"] == "grn" or (row["evalset"] in GENERAL and (row["evalset"], row["language"]) != ("xquad", "ind"))
    return f"{begin}_{codes.standard()[row['language']]['iso639_1'] if two else row['language']}_{metric}"


def _wide(
    folder: Path, about: tuple[str, str, str], seeds: Mapping[str, dict[str, str]], lists: Mapping[tuple[str, ...], str]
) -> Path:
    model, subset, task = about
    columns = list(dict.fromkeys(name for held in seeds.values() for name in held))
    rows = []
    for seed, held in seeds.items():
        metrics = {name.rpartition("_")[2] for name in held}
        begin = columns[0].partition("_eval")[0] + "_eval" if columns[0].startswith("final") else "eval"
        means = {f"{begin}_avg_{one}": _mean(held, one) for one in metrics}
        other = {"final_eval_de_precision": "0.9", "eval_de_f1": "0.1"} if task == "ner" else {}
        used = lists.get((model, subset, seed, task), "fr de")  # the baseline's list is there and was not used
        rows.append({
            "seed": seed, "model": model, "task": TASKS[task], "method": "baseline" if subset == "none" else "before_noaligner", "n_realignment_langs": str(len(used.split())) if subset != "random_5" else "10",
            "realignment_langs": used.replace(" ", ","), "train_loss": "0.1", **other, **{name: held.get(name, "") for name in columns}, **means,
        })  # fmt: skip
    return table(folder / STRATEGIES[subset] / f"{model}__{TASKS[task]}.csv", rows)


def _mean(held: Mapping[str, str], metric: str) -> str:
    values = [float(score) for name, score in held.items() if name.endswith(f"_{metric}") and "_same_" not in name]
    return repr(sum(values) / len(values))
