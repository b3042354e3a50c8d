"""The authors' runs: which of their stored scores count under the paper's rule, and what their encoders are called. Never mixed with ours."""

from collections.abc import Collection, Iterable, Mapping

from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.paper.printed import POOLED
from realignment.results.scores import Score
from realignment.subsets import naming

LABELS = {"bert-base-multilingual-cased": "mbert", "xlm-roberta-base": "xlmr"}
LEFT_OUT = frozenset({(name, code) for name in ("masakhapos", "masakhaner2") for code in ("bbj", "pcm")} | {("afrixnli", "eng")})
NOT_PRINTED = frozenset({"xquad"})  # a task that was run and stands in no table of the paper: in none of its averages
OUT_OF_DISTRIBUTION = "americasnli"
Name = tuple[str, str, str, str]  # model label, subset, seed, task
Encoder = tuple[str, str | list[str]]  # label, and what it has seen: mbert, xlmr, english or codes
AUTHORS: dict[str, Encoder] = {model: (label, label) for model, label in LABELS.items()}


def subset(row: dict[str, str]) -> str:
    """The name of the subset in full: the source leaves out the size of a pool's, which is always ten."""
    name = row["subset"]
    return f"{name}_{POOLED}" if "__" in name and naming.split(name).n is None else name


def name(row: dict[str, str], encoders: Mapping[str, Encoder] = AUTHORS) -> Name:
    """The run that a row of scores.csv.gz or subsets.tsv belongs to."""
    return encoders[row["model"]][0], subset(row), row["seed"], row["task"]


def scored(
    raw: Iterable[dict[str, str]], encoders: Mapping[str, Encoder] = AUTHORS, left_out: Collection[str] = NOT_PRINTED
) -> tuple[Score, ...]:
    """The scores that count under the paper's rule, from the rows of scores.csv.gz; those of tasks `left_out` do not.

    AmericasNLI is the out-of-distribution group; a language outside the pool in another set (Southern Sotho NLI, Quechua NER)
    counts in averages alone.
    """
    known = languages.paper()
    found = []
    for row in raw:
        if row["task"] in left_out or (row["evalset"], row["language"]) in LEFT_OUT:
            continue
        model, seen = encoders[row["model"]]
        if row["evalset"] == OUT_OF_DISTRIBUTION:
            group = "OOD"
        else:
            language = known.get(row["language"])  # WikiANN's `que` is a macrolanguage: in no table
            group = grouping.group(language, seen) if language else ""
            group = "" if group == "OOD" else group
        where = (row["seed"], row["task"], row["evalset"], row["language"])
        found.append(Score(model, subset(row), "", *where, group, float(row["score"])))
    return tuple(found)
