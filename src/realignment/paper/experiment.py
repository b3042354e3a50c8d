"""The authors' runs as the tracking store takes them: an experiment of their own."""

from collections.abc import Iterator

from realignment.languages import grouping
from realignment.paper import runs as authors
from realignment.paper import xquad
from realignment.paper.paper import Paper
from realignment.results import headings, scores
from realignment.results.scores import Row

NAME = "published"
OF_XQUAD = (("average", "xquad"), ("average_em", "xquad_em"))
ABOUT = (
    "The runs of the paper's authors, imported, one per encoder, subset, task and seed: the score of every language, `average` by the paper's "
    "rule, `group/...` by resource level. Nothing here was trained by this package. What follows from them: `reports/<profile>/authors.html` in the checkout."
)


def key(model: str, subset: str, seed: str, task: str) -> str:
    """The run key of a run of the authors."""
    return f"{NAME}/{model}/{subset}/{seed}/{task}"


def count(paper: Paper) -> int:
    """How many runs `runs` gives, without making them."""
    return len({authors.name(row) for row in paper.raw})


def runs(paper: Paper) -> Iterator[dict]:
    """One dict a run (model x subset x seed x task) for the tracking store: name, params, tags, metrics.

    Metrics are `<set>/<language>` as stored, `average` under the paper's rule and `group/<group>`; of XQuAD, which the paper does not print, F1,
    exact match as `xquad_em/<language>`, and their averages over the languages of `xquad`.
    """
    where, known, averaged = paper.subset_languages, paper.runs, xquad.Unprinted(paper).averaged
    metrics: dict[authors.Name, dict[str, float]] = {}
    for row in paper.raw:
        evalset = row["evalset"] + ("_em" if row["metric"] == xquad.METRICS[xquad.EXACT] else "")
        metrics.setdefault(authors.name(row), {})[f"{evalset}/{row['language']}"] = float(row["score"])
    columns = {"average": scores.AVERAGED} | {f"group/{one.replace(' ', '_')}": {one} for one in grouping.GROUPS}
    for (model, subset, seed, task), values in sorted(metrics.items()):
        for name, groups in columns.items():
            found = known.by_seed(Row(model, subset), known.items(model, [task], groups))
            if seed in found:
                values[name] = found[seed]
        if task == xquad.TASK:
            values |= {name: sum(values[f"{evalset}/{code}"] for code in averaged) / len(averaged) for name, evalset in OF_XQUAD}
        odd = {"remark": xquad.NO_LOSS} if task == xquad.TASK and xquad.no_loss(model, subset, seed) else {}
        codes = where.get((model, subset, seed, task), "")
        run = {"encoder": model, "subset": subset, "seed": seed, "task": task}
        yield {
            "name": f"{headings.ENCODERS[model]} {subset} {task} s{seed}",
            "params": {**run, "n": str(len(codes.split())), "languages": codes},
            "tags": {**run, "run_key": key(model, subset, seed, task), "source": "authors", **odd},
            "metrics": values,
        }
