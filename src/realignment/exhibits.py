"""Which numbers go into which figure: those of a study, and the authors' Figures 2, 3 and 5."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from realignment import figures, layout, published, table6
from realignment.scores import AVERAGED, Row
from realignment.statistics import Summary
from realignment.tables import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NONE = "fine-tuning only"
AXES = ("languages realigned on", "average over tasks (%)")
GAINS = "Gains over fine-tuning only by subset and resource level, in points; uncertain cells hatched. The authors' own runs."
SHORT = {"Out of distribution": "OOD", "Average without English": "Average w/o English"}
# mBERT's `none` has no African POS scores: left out of every mBERT row where gains over `none` are shown.
COMPARABLE: dict[str, frozenset[str]] = {"mbert": frozenset({"masakhapos"}), "xlmr": frozenset()}


def gains(studies: Iterable[Study], tasks: Sequence[str], errors: float, without: Collection[str] = ()) -> "Figure":
    """Heatmap of gains over fine-tuning only, a panel an encoder (Figure 3); `without` names columns to leave out."""
    return figures.heatmap([_gain_panel(study, tasks, without) for study in studies], errors)


def _gain_panel(study: Study, tasks: Sequence[str], without: Collection[str]) -> figures.Panel:
    columns = {title: items for title, items in study.group_columns(tasks).items() if title not in without}
    rows = [row for row in study.rows(tasks) if row != Row(study.encoder, "none") and layout.place(row)[0] != layout.FLOORS]
    values = tuple(tuple(study.gain(row, items) for items in columns.values()) for row in rows)
    sections: dict[str, int] = defaultdict(int)
    for row in rows:
        sections[layout.place(row)[0]] += 1
    titles = tuple(SHORT.get(title, title) for title in columns)
    return figures.Panel(study.title, tuple(layout.label(row) for row in rows), titles, values, tuple(sections.items()))


def scaling(studies: Sequence[Study], tasks: Sequence[str], averaged: frozenset[str]) -> "Figure":
    """Average score against the number of languages, a line a heuristic (Figure 5); a dot a subset where all have one size."""
    panels = {study.title: _curves(study, tasks, averaged) for study in studies}
    if any(len(curve.points) > 1 for found in panels.values() for curve in found):
        return figures.curves(panels, *AXES)
    return figures.dots([_dots(study, tasks, averaged) for study in studies], AXES[1])


def _dots(study: Study, tasks: Sequence[str], averaged: frozenset[str]) -> figures.Dots:
    items = study.items(tasks, averaged)
    found = {layout.label(row): study.runs.cell(row, items) for row in study.rows(tasks)}
    known = {name: value for name, value in found.items() if value.n}
    return figures.Dots(study.title, tuple(known), tuple(known.values()))


def _curves(study: Study, tasks: Sequence[str], averaged: frozenset[str]) -> list[figures.Curve]:
    """A curve a heuristic; `none` and `all` as reference lines; the other baselines, controls and floors are not drawn."""
    items = study.items(tasks, averaged)
    lines: dict[str, list[tuple[int, Summary]]] = defaultdict(list)
    references = []
    for row in study.rows(tasks):
        section, title = layout.place(row)
        point = (study.size(row), study.runs.cell(row, items))
        reference = {"none": NONE, "all": "all"}.get(layout.parts(row.subset)[1])
        if row.control:
            continue
        if section != "Baselines":
            lines[title].append(point)
        elif reference:
            references.append(figures.Curve(reference, (point,), reference=True))
    return [
        figures.Curve(title, tuple(sorted(points, key=lambda point: point[0]))) for title, points in lines.items()
    ] + references


def atlas(content: dict, wanted: Sequence[str]) -> "Figure | None":
    """The languages of each wanted subset of subsets.json on the map of distances; None where the map is not there."""
    held = {name: content["subsets"][name]["languages"] for name in wanted if name in content["subsets"]}
    sets = {name: codes for name, codes in held.items() if codes and all(code in content.get("map", {}) for code in codes)}
    return figures.atlas(content["map"], sets, content["english"]) if sets else None


def reach(found: dict[str, list[list[int | float]]]) -> "Figure | None":
    """Mean distance of the set of each heuristic against its size."""
    lines = [
        figures.Curve(table6.HEURISTICS.get(name, name), tuple((int(n), Summary((value / 100,))) for n, value in points))
        for name, points in found.items()
    ]
    return (
        figures.curves({"": lines}, "languages in the set", "mean distance of its pairs, English in", spread=False)
        if lines
        else None
    )


def losses(records: Iterable[dict], encoder: str) -> "Figure | None":
    """Realignment loss of each subset, a curve a seed; None without any."""
    found: dict[Row, list] = defaultdict(list)
    for record in sorted(records, key=lambda one: one["name"]):
        cell = record["cell"]
        if record["verb"] == "realign" and cell["encoder"] == encoder and record["curves"].get("loss"):
            found[Row(encoder, cell["subset"], cell["control"])].append(record["curves"]["loss"])
    rows = sorted(found, key=layout.order)
    return figures.losses({layout.label(row): found[row] for row in rows}, "realignment loss (nats)") if rows else None


def _published(root: Path, *, comparable: bool) -> list[Study]:
    """A study an encoder; `comparable` leaves out what its `none` lacks."""
    return [Study(published.read(root, COMPARABLE[model] if comparable else frozenset()), model) for model in published.TITLES]


def published_gains(root: Path, errors: float) -> "Figure":
    """The authors' Figure 3 as gains over fine-tuning only."""
    return gains(_published(root, comparable=True), published.TASKS, errors, ("English", "Average without English"))


def published_scaling(root: Path) -> "Figure":
    """The authors' Figure 5. mBERT's fine-tuning line is the printed one, since the runs cannot give it."""
    panels = {}
    for study in _published(root, comparable=False):
        panels[study.title] = found = _curves(study, published.TASKS, AVERAGED)
        if not any(curve.name == NONE and curve.points[0][1].n for curve in found):
            value = Summary((published.printed_average(root, study.encoder, "none") / 100,))
            found.append(figures.Curve(f"{NONE} (printed)", ((0, value),), reference=True))
    return figures.curves(panels, *AXES)


def published_best(root: Path) -> "Figure":
    """The authors' Figure 2: the best size of each heuristic, chosen on test scores as there."""
    panels = []
    for study in _published(root, comparable=False):
        items = study.items(published.TASKS, AVERAGED)
        best: dict[tuple[str, str], tuple[str, Summary]] = {}
        for row in study.rows(published.TASKS):
            key, value = layout.place(row), study.runs.cell(row, items)
            if key not in best or (value.mean or 0) > (best[key][1].mean or 0):
                best[key] = (NONE if row.subset == "none" else row.subset, value)
        names, values = zip(*best.values(), strict=True)
        panels.append(figures.Dots(study.title, names, values, {NONE: published.printed_average(root, study.encoder, "none")}))
    return figures.dots(panels, AXES[1])
