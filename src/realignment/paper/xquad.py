"""XQuAD: a task that the authors ran and the paper does not print. In tables of its own, and in none of the paper's averages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from realignment.languages import table as languages
from realignment.paper import runs as authors
from realignment.paper.paper import Paper
from realignment.results import averages, comparisons, formatting, headings, tables, verdicts
from realignment.results.headings import ENCODERS
from realignment.results.scores import WITHOUT_ENGLISH, Row, Score
from realignment.results.tables import HEAD, Study, Table
from realignment.subsets import naming

TASK = "xquad"
F1, EXACT = METRICS = {"F1": "f1", "Exact match": "exact_match"}
APART = {
    "eng": "English",
    "ind": "not named",
}  # groups of the languages that are in no average; `ind` is of a set the source does not name
LEAST = {
    "uriel_diverse": "uriel_similar",
    "latin_diverse": "latin_similar",
    "family_diverse": "family_indoeuropean",
}  # the most diverse -> the least
NO_LOSS = "realignment loss stored as 0"  # what the source says of the runs of `no_loss`


@dataclass(frozen=True)
class Unprinted:
    """The runs of XQuAD, by encoder; tasks of its studies are the two metrics."""

    paper: Paper

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Language -> questions."""
        return {row["language"]: int(row["questions"]) for row in self.paper.rows("xquad_sizes.tsv")}

    @cached_property
    def averaged(self) -> list[str]:
        """The languages of the averages: those with the questions of XQuAD itself."""
        return sorted(set(self.sizes) - set(APART))

    @cached_property
    def _runs(self) -> averages.Runs:
        titles = {metric: title for title, metric in METRICS.items()}
        return averages.collect(
            Score(authors.LABELS[row["model"]], authors.subset(row), "", row["seed"], titles[row["metric"]], row["evalset"],
                  row["language"], APART.get(row["language"], ""), float(row["score"]))
            for row in self.paper.raw if row["task"] == TASK
        )  # fmt: skip

    @cached_property
    def studies(self) -> tuple[Study, ...]:
        """The rows of Tables 8 and 10, one an encoder."""
        return self._studies(lambda row: not naming.split(row.subset).pool)

    @cached_property
    def pools(self) -> tuple[Study, ...]:
        """The rows of Tables 9 and 11 beside fine-tuning only."""
        return self._studies(lambda row: bool(naming.split(row.subset).pool) or row.subset == "none")

    def _studies(self, kept: Callable[[Row], bool]) -> tuple[Study, ...]:
        names = {code: one.name for code, one in languages.paper().items()}
        rows = {row: held for row, held in self._runs.rows.items() if kept(row)}
        return tuple(Study(replace(self._runs, rows=rows), model, names=names) for model in ENCODERS)

    def tables(self) -> list[Table]:
        """Of each encoder, for the rows of its main table and for those of the pools: averages, gains, and both metrics by language."""
        return [
            replace(one, encoder=f"authors-{one.encoder}{suffix}")
            for suffix, studies in (("", self.studies), ("-pools", self.pools))
            for study in studies
            for one in (self._averages(study), gains(study), *(self._by_language(study, metric) for metric in METRICS))
        ]

    @property
    def note(self) -> str:
        """Which languages stand where."""
        sizes = sorted({self.sizes[code] for code in self.averaged})
        return (
            f"Averages are over {len(self.averaged)} languages ({', '.join(self.averaged)}; {' or '.join(map(str, sizes))} questions each). In none of them: "
            f"English, which is the development set of SQuAD 1.1 ({self.sizes['eng']:,} questions), and what is stored as `ind` ({self.sizes['ind']:,} "
            "questions), a set that the source does not name. XQuAD is in no average of the paper."
        )

    def _by_language(self, study: Study, metric: str) -> Table:
        """Rows are subsets, columns languages, those apart last."""
        codes = [*self.averaged, *APART]
        columns = {study.names.get(code, code) if code != "ind" else code: tables.Items({metric: [code]}) for code in codes}
        kind = f"xquad-{METRICS[metric].replace('_', '-')}"
        found = study.scores(kind, f"XQuAD by language, {metric}", columns, (metric,))
        return replace(found, notes=(self.note, *odd(study)))

    def _averages(self, study: Study) -> Table:
        """Both metrics, and English apart."""
        columns = {title: study.items([title], WITHOUT_ENGLISH) for title in METRICS}
        columns |= {f"{title}, English": study.items([title], {"English"}) for title in METRICS}
        found = study.scores("xquad", "XQuAD, which the paper does not print", columns, METRICS)
        return replace(found, notes=(self.note, *odd(study)))


def no_loss(model: str, subset: str, seed: str) -> bool:
    """Whether a run's realignment loss is stored as 0, by data/published/README.md: XLM-R's most diverse set within a pool, seed 42."""
    name = naming.split(subset)
    return model == "xlmr" and seed == "42" and bool(name.pool) and name.heuristic == "uriel_diverse"


def odd(study: Study) -> list[str]:
    """A note on the runs of `no_loss`, where a table has any."""
    rows = [headings.label(row) for row in study.rows(METRICS) if no_loss(row.encoder, row.subset, "42")]
    return [f"Seed 42 of {', '.join(rows)}: {NO_LOSS} in the source; left as it is."] if rows else []


def judged(study: Study) -> verdicts.Verdicts:
    """All rows of a table against fine-tuning only, F1 alone: exact match is another view of the same answers."""
    return verdicts.Verdicts(
        study, {TASK: {F1: study.items([F1], WITHOUT_ENGLISH)}, EXACT: {EXACT: study.items([EXACT], WITHOUT_ENGLISH)}}
    )


def gains(study: Study) -> Table:
    """Points over fine-tuning only; a metric is a family of its own."""
    known = judged(study)
    columns = {title: study.items([title], WITHOUT_ENGLISH) for title in METRICS}
    rows = [row for row in study.rows(METRICS) if row.subset != "none"]
    lines = [study.line(row, [known.gain(row, items) for items in columns.values()], METRICS) for row in rows]
    caption = f"{study.title}: XQuAD, gains over fine-tuning only"
    return Table(study.encoder, "xquad-gains", caption, HEAD, tuple(columns), tuple(lines), (verdicts.NOTE,))


@dataclass(frozen=True)
class Reading:
    """What the rows of a table say, F1 in points: of `rows` realigned ones `lower` are below fine-tuning only, `told` of these by a verdict."""

    encoder: str
    none: str  # mean and deviation
    least: float
    most: float
    rows: int
    lower: int
    told: int
    higher: int  # by a verdict

    @property
    def text(self) -> str:
        higher = f", {self.higher} higher beyond chance" if self.higher else ""
        return (
            f"{headings.encoder(self.encoder)}: F1 {self.none} without realignment, {self.least:.1f} to {self.most:.1f} with it, lower in {self.lower} of "
            f"{self.rows} rows ({self.told} beyond chance{higher})"
        )


def reading(study: Study) -> Reading:
    """Of one encoder and table."""
    known, items = judged(study), study.items([F1], WITHOUT_ENGLISH)
    found = {row: known.gain(row, items) for row in study.rows([F1]) if row.subset != "none"}
    means = [100 * one.ours.mean for one in found.values() if one.ours.mean is not None]
    gained = [one for one in found.values() if one.mean is not None]
    base = study.runs.cell(Row(study.encoder, "none"), items)
    lower = [one for one in gained if (one.mean or 0.0) < 0]
    told = sum(one.certain for one in lower)
    shown = formatting.text(base, base.n)
    return Reading(
        study.encoder, shown, min(means), max(means), len(gained), len(lower), told, sum(one.certain for one in gained) - told
    )


def english(study: Study) -> str:
    """In a sentence, how many rows are below fine-tuning only in English, F1."""
    items = study.items([F1], {"English"})
    none = study.runs.cell(Row(study.encoder, "none"), items).mean or 0.0
    found = [study.runs.cell(row, items).mean for row in study.rows([F1]) if row.subset != "none"]
    gaps = [100 * (mean - none) for mean in found if mean is not None]
    mean = formatting.points(sum(gaps) / len(gaps) / 100)
    return f"{study.title} is lower in English too in {sum(gap < 0 for gap in gaps)} of {len(gaps)} rows (F1, mean difference {mean})."


def letters(study: Study) -> str:
    """In a sentence, of fine-tuning only, how much of F1 is exact match, over languages and in English."""
    shares = []
    for group in (WITHOUT_ENGLISH, {"English"}):
        f1, exact = (
            study.runs.cell(Row(study.encoder, "none"), study.items([metric], group)).mean or 0.0 for metric in (F1, EXACT)
        )
        shares.append(exact / f1 if f1 else 0.0)
    return f"Without realignment exact match of {study.title} is {shares[0]:.0%} of F1, and {shares[1]:.0%} in English."


def diversity(studies: Sequence[Study], right: Callable[[str], str]) -> list[dict]:
    """The most diverse set less the least diverse one of as many languages, F1 in points, rows put right; all comparisons are one family."""
    found: list[comparisons.Compared] = []
    for study in studies:
        rows = {row.subset: row for row in study.rows([F1])}
        names = [(name, naming.split(name)) for name in rows]
        wanted = [(name, f"{LEAST[one.heuristic]}_{one.n}") for name, one in names if one.heuristic in LEAST and not one.pool]
        pairs = [(rows[right(name)], rows[right(base)]) for name, base in wanted if base in rows]
        found += comparisons.compare(study, {F1: study.items([F1], WITHOUT_ENGLISH)}, pairs)
    return [
        {
            "encoder": headings.encoder(one.row.encoder),
            "Most diverse": one.row.subset,
            "Least diverse": one.base.subset,
            "F1, most": formatting.text(one.ours, one.ours.n),
            "F1, least": formatting.text(one.theirs, one.theirs.n),
            "Difference": formatting.points(told["difference"] / 100),
            "Standard error": f"{told['error']:.2f}",
            "p": formatting.chance(told["p"]),
            "p Holm": formatting.chance(told["p Holm"]),
            "Verdict": told["verdict"],
        }
        for one, told in zip(found, comparisons.table(found), strict=True)
    ]
