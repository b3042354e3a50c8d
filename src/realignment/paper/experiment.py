"""Runs that were made elsewhere as the tracking store takes them, each source in an experiment of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from realignment.languages import grouping
from realignment.paper import runs as authors
from realignment.paper import xquad
from realignment.paper.paper import Paper
from realignment.paper.runs import Encoder, Name
from realignment.results import headings, scores
from realignment.results.averages import Runs
from realignment.results.scores import Row

NAME = "published"
OF_XQUAD = (("average", "xquad"), ("average_em", "xquad_em"))
ABOUT = (
    "The runs of the paper's authors, imported, one per encoder, subset, task and seed: the score of every language, `average` by the paper's "
    "rule, `group/...` by resource level. Nothing here was trained by this package. What follows from them: `reports/<profile>/authors.html` in the checkout."
)


@dataclass(frozen=True)
class Source:
    """Runs of one source."""

    begins: str  # of its run keys
    source: str  # tag
    raw: Sequence[dict[str, str]]  # rows of scores.csv.gz
    encoders: Mapping[str, Encoder]
    runs: Runs
    languages: Mapping[Name, str]
    exact: Runs = field(default_factory=Runs)  # exact match of the tasks that have it
    label: str = ""  # stands before the names of its subsets


def key(model: str, subset: str, seed: str, task: str) -> str:
    """The run key of a run of the authors."""
    return f"{NAME}/{model}/{subset}/{seed}/{task}"


def count(paper: Paper) -> int:
    """How many runs `runs` gives, without making them."""
    return len({authors.name(row) for row in paper.raw})


def runs(paper: Paper) -> Iterator[dict]:
    """The authors' runs, see `of_source`; of XQuAD, which the paper does not print, also the averages over the languages of `xquad`."""
    source = Source(NAME, "authors", paper.raw, authors.AUTHORS, paper.runs, paper.subset_languages)
    averaged = xquad.Unprinted(paper).averaged
    for run in of_source(source):
        model, subset, seed, task = (run["params"][name] for name in ("encoder", "subset", "seed", "task"))
        if task == xquad.TASK:
            values = run["metrics"]
            values |= {name: sum(values[f"{evalset}/{code}"] for code in averaged) / len(averaged) for name, evalset in OF_XQUAD}
            run["tags"] |= {"remark": xquad.NO_LOSS} if xquad.no_loss(model, subset, seed) else {}
        yield run


def of_source(given: Source) -> Iterator[dict]:
    """One dict a run (model x subset x seed x task) for the tracking store: name, params, tags, metrics.

    Metrics are `<set>/<language>` as stored (exact match: `<set>_em/<language>`), `average` under the paper's rule and `group/<group>`.
    """
    metrics: dict[Name, dict[str, float]] = {}
    for row in given.raw:
        evalset = row["evalset"] + ("_em" if row["metric"] == xquad.METRICS[xquad.EXACT] else "")
        metrics.setdefault(authors.name(row, given.encoders), {})[f"{evalset}/{row['language']}"] = float(row["score"])
    groups = {f"group/{one.replace(' ', '_')}": {one} for one in grouping.GROUPS}
    for (model, subset, seed, task), values in sorted(metrics.items()):
        averaged = scores.WITHOUT_ENGLISH if task == xquad.TASK else scores.AVERAGED  # English of XQuAD is of another set
        columns = {"average": (given.runs, averaged), "average_em": (given.exact, averaged)}
        columns |= {name: (given.runs, of) for name, of in groups.items()}
        for name, (known, of) in columns.items():
            found = known.by_seed(Row(model, subset), known.items(model, [task], of))
            if seed in found:
                values[name] = found[seed]
        codes = given.languages.get((model, subset, seed, task), "")
        run = {"encoder": model, "subset": f"{given.label}{subset}", "seed": seed, "task": task}
        yield {
            "name": f"{headings.encoder(model)} {given.label}{subset} {task} s{seed}",
            "params": {**run, "n": str(len(codes.split())), "languages": codes},
            "tags": {**run, "run_key": f"{given.begins}/{model}/{subset}/{seed}/{task}", "source": given.source},
            "metrics": values,
        }
