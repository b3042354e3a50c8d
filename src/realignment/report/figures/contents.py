"""Which numbers of a study go into which figure; the authors' Figures 2 to 5 are the same ones, of their runs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from realignment.languages import grouping
from realignment.records.record import Record
from realignment.report.figures import heatmaps, plots
from realignment.results import correlation, draws, headings, verdicts
from realignment.results.scores import Row
from realignment.results.study_tables import realigned
from realignment.results.tables import Study
from realignment.statistics.summary import Difference, Summary
from realignment.subsets import naming, registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NONE = "fine-tuning only"
AVERAGE = "average over tasks (%)"
SHORT = {"Out of distribution": "OOD", "Outside the groups": "Others", "Average without English": "Average w/o English"}
TOGETHER = 8  # lines that one panel of losses holds at most
POINTS = 100  # of a line of losses
MANY = 32  # lines, of which each has half as many points


def _sections(titles: Iterable[Any]) -> tuple[tuple[Any, int], ...]:
    counts: dict[Any, int] = defaultdict(int)
    for title in titles:
        counts[title] += 1
    return tuple(counts.items())


def gains(studies: Iterable[Study], tasks: Sequence[str], without: Collection[str] = ()) -> "Figure":
    """Heatmap of gains over fine-tuning only, one panel per encoder (Figure 3); `without` names columns to leave out."""
    return heatmaps.heatmap([gain_panel(study, tasks, without) for study in studies])


def gain_panel(study: Study, tasks: Sequence[str], without: Collection[str] = ()) -> heatmaps.Panel:
    """Rows are the realigned rows, columns those of the table of gains."""
    columns = {title: items for title, items in study.group_columns(tasks).items() if title not in without}
    rows = realigned(study, tasks)
    judged = verdicts.of_study(study, tasks)
    values = tuple(tuple(judged.gain(row, items) for items in columns.values()) for row in rows)
    titles = tuple(SHORT.get(title, title) for title in columns)
    sections = _sections((headings.place(row)[0], naming.split(row.subset).pool) for row in rows)
    return heatmaps.Panel(study.title, tuple(headings.label(row) for row in rows), titles, values, sections)


def by_language(studies: Iterable[Study], items: Mapping[str, Sequence[str]]) -> "Figure":
    """Heatmap of gains over fine-tuning only in one task: rows are subsets, columns the languages of `items`, one panel per encoder."""
    ((task, codes),) = items.items()
    panels = []
    for study in studies:
        rows, judged = (
            realigned(study, [task]),
            verdicts.Verdicts(study, {verdicts.LANGUAGES: {code: {task: [code]} for code in codes}}),
        )
        values = tuple(tuple(judged.gain(row, {task: [code]}) for code in codes) for row in rows)
        sections = _sections(headings.place(row)[0] for row in rows)
        panels.append(heatmaps.Panel(study.title, tuple(map(headings.label, rows)), tuple(codes), values, sections))
    return heatmaps.heatmap(panels)


def language_gains(study: Study, tasks: Sequence[str]) -> "Figure | None":
    """The map: the gain of each language, over the tasks it has, from each subset. None without a realigned row."""
    panel = language_panel(study, tasks)
    return heatmaps.tiles(panel) if panel.columns and panel.rows else None


def language_panel(study: Study, tasks: Sequence[str]) -> heatmaps.Panel:
    """Rows are languages under their group, the largest mean gain first; columns the subsets."""
    tasks = headings.averaged(tasks)
    columns, ranks = realigned(study, tasks), [*grouping.GROUPS, ""]
    groups = {code: group for (task, code), group in study.runs.group.get(study.encoder, {}).items() if task in tasks}
    judged, lines = verdicts.of_study(study, tasks), {}
    for code, items in verdicts.by_language(study, tasks).items():
        group, values = groups[code], tuple(judged.gain(row, items) for row in columns)
        known = [value.mean for value in values if value.mean is not None]
        mean = sum(known) / len(known) if known else float("-inf")
        lines[ranks.index(group), -mean, code] = (group, f"{study.names[code]} {code}" if code in study.names else code, values)
    found = [lines[key] for key in sorted(lines)]
    return heatmaps.Panel(
        study.title,
        tuple(name for _, name, _ in found),
        tuple(headings.label(row) for row in columns),
        tuple(values for _, _, values in found),
        _sections(SHORT.get(headings.group(group), headings.group(group)) for group, _, _ in found),
        _sections(headings.place(row)[0] for row in columns),
    )


def scaling(studies: Sequence[Study], tasks: Sequence[str], averaged: Collection[str]) -> "Figure":
    """Average score against the number of languages, one line per heuristic (Figure 5); one dot per subset where all have one size."""
    panels = {study.title: _curves(study, tasks, averaged) for study in studies}
    if any(len(curve.points) > 1 for found in panels.values() for curve in found):
        return plots.curves(panels, "languages realigned on", AVERAGE)
    return plots.dots([_all_dots(study, tasks, averaged) for study in studies], AVERAGE)


def _all_dots(study: Study, tasks: Sequence[str], averaged: Collection[str]) -> plots.Dots:
    items = study.items(tasks, averaged)
    found = {headings.label(row): study.runs.cell(row, items) for row in study.rows(tasks)}
    known = {name: value for name, value in found.items() if value.n}
    return plots.Dots(study.title, tuple(known), tuple(known.values()))


def _curves(study: Study, tasks: Sequence[str], averaged: Collection[str]) -> list[plots.Curve]:
    """One curve per heuristic; `none` and `all` as reference lines; the other baselines, controls and floors are not drawn."""
    items = study.items(tasks, averaged)
    lines: dict[str, list[tuple[int, Summary]]] = defaultdict(list)
    references = []
    for row in study.rows(tasks):
        section, title = headings.place(row)
        point = (study.size(row), study.runs.cell(row, items))
        reference = {"none": NONE, "all": "all"}.get(naming.split(row.subset).heuristic)
        if row.control:
            continue
        if section != "Baselines":
            lines[title].append(point)
        elif reference:
            references.append(plots.Curve(reference, (point,), reference=True))
    return [plots.Curve(title, tuple(sorted(points, key=lambda point: point[0]))) for title, points in lines.items()] + references


def several_sizes(study: Study, tasks: Sequence[str]) -> bool:
    """Whether a heuristic has subsets of more than one size."""
    titles = [headings.place(row) for row in study.rows(tasks) if not row.control]
    return len(set(titles)) < len(titles)


def best(
    studies: Sequence[Study],
    tasks: Sequence[str],
    averaged: Collection[str],
    x_label: str = AVERAGE,
) -> "Figure":
    """The best size of each heuristic, chosen on the scores shown, the other sizes faint (Figures 2 and 4)."""
    return plots.dots([best_dots(study, tasks, averaged) for study in studies], x_label)


def best_dots(study: Study, tasks: Sequence[str], averaged: Collection[str]) -> plots.Dots:
    """Rows without a score are left out, but for fine-tuning only, which is named without a dot; so are controls and floors."""
    items = study.items(tasks, averaged)
    sizes: dict[tuple[str, str], list[tuple[float, str, Summary]]] = defaultdict(list)
    for row in study.rows(tasks):
        value, size = study.runs.cell(row, items), naming.split(row.subset).n or 0
        section, title = headings.place(row)
        if row.control or (value.mean is None and row.subset != "none"):
            continue
        name = NONE if row.subset == "none" else f"{title} ({size})" if size else title
        sizes[section, title].append((-1.0 if value.mean is None else value.mean, name, value))
    chosen = {key: max(found, key=lambda one: one[0]) for key, found in sizes.items()}
    others = tuple(
        tuple(100 * mean for mean, name, _ in found if name != chosen[key][1] and mean >= 0) for key, found in sizes.items()
    )
    names, values = tuple(name for _, name, _ in chosen.values()), tuple(value for _, _, value in chosen.values())
    return plots.Dots(study.title, names, values, others)


def equal_sizes(studies: Sequence[Study], tasks: Sequence[str], averaged: Collection[str]) -> "Figure | None":
    """Each heuristic against random subsets of the same size, one panel per size; None where no size has a random subset."""
    panels = [found for study in studies if (found := contrasts(study, tasks, averaged))]
    return plots.contrasts(panels, "points over random subsets of the same size") if panels else None


def contrasts(study: Study, tasks: Sequence[str], averaged: Collection[str]) -> list[plots.Contrasts]:
    """One panel per size that has a random subset, rows the heuristics that have one of these sizes."""
    items, judged = study.items(tasks, averaged), verdicts.of_study(study, tasks)
    found: dict[int, dict[str, Difference]] = defaultdict(dict)
    names: dict[str, None] = {}
    for row in study.rows(tasks):
        if other := draws.same_size(study, row):
            title = headings.place(row)[1]
            names[title] = None
            found[naming.split(other.subset).n or 0][title] = judged.against(row, other, items)
    return [
        plots.Contrasts(f"{study.title}, {size} languages", tuple(names), tuple(held.get(name) for name in names))
        for size, held in sorted(found.items())
    ]


def atlas(content: dict, wanted: Sequence[str]) -> "Figure | None":
    """The languages of each wanted subset of subsets.json on the map of distances; None where the map is not there."""
    held = {name: content["subsets"][name]["languages"] for name in wanted if name in content["subsets"]}
    sets = {name: codes for name, codes in held.items() if codes and all(code in content.get("map", {}) for code in codes)}
    return plots.atlas(content["map"], sets, content["english"]) if sets else None


def reach(found: dict[str, list[list[int | float]]]) -> "Figure | None":
    """Mean distance of the set of each heuristic against its size."""
    lines = [
        plots.Curve(
            registry.HEURISTICS[name].text if name in registry.HEURISTICS else name,
            tuple((int(n), Summary((value / 100,))) for n, value in points),
        )
        for name, points in found.items()
    ]
    return (
        plots.curves({"": lines}, "languages in the set", "mean distance of its pairs, English in", spread=False)
        if lines
        else None
    )


def paired(study: Study, tasks: Sequence[str]) -> "Figure | None":
    """Retrieval gain beside task gain of each language, a panel a task, of the row that `correlation.shown` names; None without any."""
    row = correlation.shown(study, tasks)
    panels, ranks = [], [*grouping.GROUPS, ""]
    for task in tasks if row else ():
        if not (found := correlation.points(study, row, task)):
            continue
        rho = correlation.coefficient(found)
        title = f"{headings.task(task)}, {headings.label(row)}: n = {len(found)}" + (
            "" if rho is None else f", ρ = {rho:.2f}".replace("-", "−")
        )
        groups = sorted({one.group for one in found}, key=ranks.index)
        dots = {
            headings.group(group): tuple((100 * one.retrieval, 100 * one.task) for one in found if one.group == group)
            for group in groups
        }
        panels.append(plots.Cloud(title, dots))
    return plots.clouds(panels, "points gained in retrieval", "points gained in the task") if panels else None


def losses(records: Iterable[Record], encoder: str) -> "Figure | None":
    """Realignment loss, one line per row, seeds together; one panel per heuristic where one panel would hold too many. None without any."""
    found: dict[Row, list] = defaultdict(list)
    for record in sorted(records, key=lambda one: one.name):
        cell = record.cell
        if record.verb == "realign" and cell.encoder == encoder and record.curves.get("loss"):
            found[Row(encoder, cell.subset, cell.control)].append(record.curves["loss"])
    panels: dict[str, list[plots.Loss]] = defaultdict(list)
    points = POINTS // 2 if len(found) > MANY else POINTS
    for row in sorted(found, key=headings.order):
        section, heuristic = headings.place(row)
        title = section if row.control or section == "Baselines" else heuristic
        panels["" if len(found) <= TOGETHER else title].append(plots.Loss(headings.label(row), spread(found[row], points)))
    return plots.losses(panels, "realignment loss (nats)") if panels else None


def spread(curves: Sequence[Sequence[Sequence[int | float]]], most: int = POINTS) -> tuple[tuple[int, float, float, float], ...]:
    """(step, mean, lowest, highest) over the seeds that have the step, in at most `most` blocks of steps, each its means."""
    held: dict[int, list[float]] = defaultdict(list)
    for points in curves:
        for step, loss in points:
            held[int(step)].append(loss)
    steps = sorted(held)
    size = -(-len(steps) // most)
    found = []
    for start in range(0, len(steps), size):
        block = steps[start : start + size]
        parts = [(sum(held[step]) / len(held[step]), min(held[step]), max(held[step])) for step in block]
        found.append((block[-1], *(sum(part) / len(block) for part in zip(*parts, strict=True))))
    return tuple(found)
