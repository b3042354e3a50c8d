"""The section of a page on predicted gains: how far off, which languages help which."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from realignment.languages import table as languages
from realignment.paper.printed import TASKS
from realignment.predictor import helps
from realignment.report import protocol_views
from realignment.report.figures import captions, heatmaps
from realignment.report.figures.heatmaps import Panel
from realignment.report.figures.predicted import Mark, predicted
from realignment.report.view import Entry, Figure, Section, View
from realignment.results import formatting, headings
from realignment.statistics.summary import Difference, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

ID = protocol_views.ID
HELPS = "authors-helps"
TABLES, POOLS = "sets of Tables 8 and 10", "sets from the pools of Tables 9 and 11"
TITLE = "Can gains be told before a run, and which languages help which?"
PICTURE = (
    "Each set as it was measured (across) and as it was predicted from the runs of all other heuristics (up), a panel per encoder and task: the task's mean, points over "
    "fine-tuning only. On the dashed line the two are equal; bars are 90 % intervals of the prediction, as wide as the other heuristics' sets have needed, with the noise of "
    "as many runs as the set has. A bar that does not reach the line is a miss. Chosen sets were run four times, random draws once. Numbered and named: the three largest misses of the tables' sets."
)
MATRIX = (
    "What a gain is expected to change by, in points, when the language of the row stands in a set of ten in place of a random other language of the pool: the mean over "
    "{draws} random sets, the same for every cell. Columns: each task's mean; resource levels and families of the evaluated languages (in brackets how many; families of "
    "{family} or more), mean over NLI, POS and NER where they have them; and the language of the row itself, where it was evaluated. Hatched: the 90 % interval includes zero; "
    "grey: not evaluated; beyond {far:g} point the shade is the same. {told} A cell is an association among the sets that were run and says nothing of sets unlike them; languages that always stood in sets together "
    "share what those sets gained. `realignment recommend` weighs whole sets."
)
HELD = (
    "points, with half the width of the 90 % interval; ~ marks cells whose interval includes zero. Intervals are the model's own, widened by what sets of other heuristics have "
    "needed in the column"
)
LABELS = {"all": ", ".join(map(headings.task, TASKS)), helps.ITSELF: "itself"}


def section(found: Mapping[str, Any], figures: Sequence[Figure]) -> Section | None:
    """None where the benchmark has not run on the runs at hand."""
    if not found:
        return None
    averages, *each = protocol_views.compared(found)
    opened = [averages, protocol_views.covered(found), protocol_views.elsewhere(found)]
    folded = [*each, protocol_views.parts(found), *(changes(one) for one in found["helps"])]
    told = (*protocol_views.goals(found), protocol_views.CHOSEN)
    return Section(
        "predicted",
        TITLE,
        told,
        figures=list(figures),
        tables=[one for one in opened if one],
        folded=[one for one in folded if one],
        commands=("realignment predict latin_diverse_10", "realignment recommend"),
        short="Predicted",
    )


def figures(found: Mapping[str, Any]) -> list[Figure]:
    """Predicted beside measured; which languages help which."""
    if not found:
        return []
    rows = found["left_out"]
    keys = dict.fromkeys((one["encoder"], one["task"]) for one in rows)
    drawn = []
    for key in sorted(keys, key=lambda key: (key[0], list(headings.TASKS).index(key[1]))):
        some = [one for one in rows if (one["encoder"], one["task"]) == key and one["expected"] is not None]
        panel = {
            name: [_mark(one) for one in some if one["pooled"] == pooled] for name, pooled in ((POOLS, True), (TABLES, False))
        }
        drawn.append((headings.encoder(key[0]), headings.task(key[1]), panel))
    return [
        captions.captioned(ID, predicted(drawn), PICTURE),
        captions.captioned(
            HELPS,
            matrix(found["helps"]),
            MATRIX.format(draws=helps.DRAWS, family=helps.FAMILY, far=heatmaps.FAR, told=_told(found["helps"])),
        ),
    ]


def _mark(one: Mapping) -> Mark:
    return Mark(one["subset"], one["measured"], one["expected"], one["half"])


def matrix(found: Sequence[Mapping]) -> "Drawn":
    return heatmaps.matrix(panels(found), "points that a set of ten gains more with the language of the row")


def panels(found: Sequence[Mapping]) -> list[Panel]:
    """One per encoder, rows in the order of `ordered`; the last column is the language itself."""
    table, rows = languages.paper(), ordered(found)
    sections = tuple((name, len(held)) for name, held in _families(found).items())
    made = []
    for one in found:
        columns = (*(_title(column) for column in one["columns"]), LABELS[helps.ITSELF])
        values = tuple(tuple(_cell(pair) for pair in (*one["changes"][code], one["itself"].get(code))) for code in rows)
        kinds = [column["kind"] for column in one["columns"]]
        parts = (*((kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)), (helps.ITSELF, 1))
        names = tuple(table[code].name for code in rows)
        made.append(Panel(headings.encoder(one["encoder"]), names, columns, values, sections, parts))
    return made


def ordered(found: Sequence[Mapping]) -> list[str]:
    """The languages of the pool by family, those of families with a column first."""
    return [code for held in _families(found).values() for code in held]


def _families(found: Sequence[Mapping]) -> dict[str, list[str]]:
    """Family -> its languages by name, the largest first; those that have no column together, last."""
    table = languages.paper()
    wide = {column["name"] for one in found for column in one["columns"] if column["kind"] == helps.KIN}
    held: dict[str, list[str]] = {}
    for code in sorted(found[0]["changes"], key=lambda code: table[code].name):
        family = table[code].top_family
        held.setdefault(family if family in wide else "", []).append(code)
    order = sorted(held, key=lambda name: (not name, -len(held[name]), name))
    return {name or "other families": held[name] for name in order}


def _title(column: Mapping) -> str:
    if column["kind"] == helps.TASK:
        return LABELS.get(column["name"], headings.task(column["name"]))
    return column["name"] if column["kind"] == helps.LEVEL else f"{column['name']} ({len(column['languages'])})"


def _cell(pair: Sequence[float] | None) -> Difference:
    """Points as a difference of scores; missing where the language was not evaluated."""
    if pair is None:
        return Difference(Summary(()), Summary(()))
    return Difference(Summary((pair[0] / 100,)), Summary((0.0,)), certain=_certain(pair))


def _certain(pair: Sequence[float]) -> bool:
    return abs(pair[0]) > pair[1]


def _told(found: Sequence[Mapping]) -> str:
    """How many cells can be told, and how many would be by chance."""
    parts = []
    for one in found:
        pairs = [pair for row in one["changes"].values() for pair in row]
        own = list(one["itself"].values())
        parts.append(
            f"{headings.encoder(one['encoder'])}: {sum(map(_certain, pairs))} of {len(pairs)} cells can be told from zero, "
            f"and what a language does to itself in {sum(map(_certain, own))} of {len(own)}"
        )
    return (
        f"{'; '.join(parts)}. Each interval stands by itself: were there nothing to tell, one cell in ten would still seem told."
    )


def changes(one: Mapping) -> View:
    """The numbers of a panel."""
    table = languages.paper()
    columns = [*(_title(column) for column in one["columns"]), LABELS[helps.ITSELF]]
    parts = []
    for family, codes in _families([one]).items():
        rows = [(Entry(table[code].name), *map(_entry, (*one["changes"][code], one["itself"].get(code)))) for code in codes]
        parts.append((family, tuple(rows)))
    caption = f"{headings.encoder(one['encoder'])}: what a set of ten gains more with a language in place of a random other"
    numeric = (False, *(True for _ in columns))
    return View(f"{HELPS}-{one['encoder']}", caption, ("Language", *columns), 1, tuple(parts), (HELD,), "", numeric)


def _entry(pair: Sequence[float] | None) -> Entry:
    if pair is None:
        return Entry(formatting.MISSING)
    return Entry(
        f"{formatting.points(pair[0] / 100)} ± {pair[1]:.2f}{'' if _certain(pair) else f' {formatting.UNCERTAIN}'}",
        not _certain(pair),
    )


def files(found: Mapping[str, Any]) -> Iterable[tuple[str, list[dict]]]:
    """(name, rows at full precision) of the section's tables."""
    if not found:
        return
    yield from protocol_views.files(found)
    yield HELPS, [row for one in found["helps"] for row in _rows(one)]


def _rows(one: Mapping) -> Iterable[dict]:
    itself = {"kind": helps.ITSELF, "name": helps.ITSELF}
    for code, row in one["changes"].items():
        held = [*zip(one["columns"], row, strict=True), *([(itself, one["itself"][code])] if code in one["itself"] else [])]
        for column, (change, half) in held:
            yield {
                "encoder": one["encoder"],
                "language": code,
                "kind": column["kind"],
                "of": column["name"],
                "change": change,
                "half": half,
            }
