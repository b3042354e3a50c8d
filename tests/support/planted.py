"""One slip at a time, planted into the made-up paper: a sentence, a printed cell, a list, the scores of a row with all that is averaged from them."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace

import made_up_paper as made
from made_up_paper import LABELS, SEEDS, TASKS, edited

from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.paper.paper import Paper

Row = dict[str, str]
Delta = Callable[[Row], float]  # points that are added to a score


def say(paper: Paper, name: str, old: str = "", new: str = "", numbers: str = "") -> Paper:
    """A claim in other words, or with other numbers."""
    rows = [dict(row) for row in paper.rows("claims.tsv")]
    (row,) = [row for row in rows if row["id"] == name]
    assert old in row["quote"], (name, row["quote"])
    row["quote"], row["numbers"] = row["quote"].replace(old, new), numbers or row["numbers"]
    return edited(paper, claims=rows)


def quoted(paper: Paper, *names: str) -> Paper:
    """Claims as the real paper has them."""
    real = {row["id"]: row for row in made.real_claims()}
    return edited(paper, claims=[real[row["id"]] if row["id"] in names else row for row in paper.rows("claims.tsv")])


def printed(paper: Paper, wanted: dict[str, str], **changes: str) -> Paper:
    """Cells of the tables, those that `wanted` says, with other text."""
    rows = [{**row, **changes} if wanted.items() <= row.items() else row for row in paper.rows("printed.tsv")]
    assert rows != paper.rows("printed.tsv")
    return edited(paper, printed=rows)


def table(paper: Paper, name: str, wanted: dict[str, str], **changes: str) -> Paper:
    """Another file of data/published, so changed."""
    rows = [{**row, **changes} if wanted.items() <= row.items() else row for row in paper.rows(f"{name}.tsv")]
    assert rows != paper.rows(f"{name}.tsv")
    return edited(paper, **{name: rows})


def level(model: str, wanted: str) -> Delta:
    """1 for the languages of a resource level."""
    known = languages.paper()
    return lambda row: float(row["evalset"] != "americasnli" and grouping.group(known[row["language"]], model) == wanted)


def inside(row: Row) -> float:
    """1 but for AmericasNLI."""
    return float(row["evalset"] != "americasnli")


def abroad(row: Row) -> float:
    return float(row["evalset"] == "americasnli")


def everywhere(row: Row) -> float:
    return 1.0


def scattered(points: float) -> Delta:
    """As much up as down, by seed: the mean stays."""
    return lambda row: points * (1, -1, -1, 1)[SEEDS.index(row["seed"])]


def move(paper: Paper, model: str, names: str | Iterable[str], points: float, where: Delta = inside) -> Paper:
    """The scores of rows moved, and every table and claim that is averaged from them printed anew."""
    names = {names} if isinstance(names, str) else set(names)
    label = LABELS[model]
    rows = [
        {**row, "score": f"{float(row['score']) + points * where(row) / 100:.5f}"}
        if row["model"] == label and row["subset"] in names
        else row
        for row in paper.rows(made.SCORES)
    ]
    return reprinted(paper, rows, {(model, name) for name in names})


def reprinted(paper: Paper, rows: list[Row], changed: set[tuple[str, str]], tasks: tuple[str, ...] = TASKS) -> Paper:
    """A paper of other scores: the cells of the rows that changed, Table 1, and the claims that repeat tables."""
    wanted = {(LABELS[model], name) for model, name in changed}
    of_row = [row for row in rows if (row["model"], row["subset"]) in wanted]
    cells = {
        (cell["table"], cell["model"], cell["subset"], cell["task"]): cell
        for model, name in changed
        for cell in made.cells(model, name, [row for row in of_row if (row["model"], row["subset"]) == (LABELS[model], name)])
        if cell["task"] in tasks
    }
    shown = [
        cells.get((row["table"], row["model"], row["subset"], row["task"]), row)
        for row in paper.rows("printed.tsv")
        if row["table"] not in ("1", "4")
    ]
    shown += [cell for model in LABELS for cell in made.first(model, shown)]
    shown += made.fourth(shown)
    claims = made.number_claims(paper.rows("claims.tsv"), shown)
    new = edited(paper, scores=rows, printed=shown, claims=claims)
    return new if tasks != TASKS else made.known(new, paper, of_row)


def evaluated(paper: Paper, model: str, code: str, where: Iterable[tuple[str, str]], shift: float = 0.0) -> Paper:
    """Every row of an encoder evaluated on one more language, in the sets (task, set) of `where`, each `shift` above the one before."""
    draw, rows = random.Random(code), list(paper.rows(made.SCORES))
    names = {row["subset"] for row in rows}
    sets = list(where)
    for name in sorted(names):
        for seed in SEEDS:
            for place, (task, evalset) in enumerate(sets):
                score = (80 + shift * place + draw.gauss(0, made.NOISE)) / 100
                rows.append(
                    {
                        "model": LABELS[model],
                        "subset": name,
                        "seed": seed,
                        "task": task,
                        "evalset": evalset,
                        "language": code,
                        "metric": made.METRICS[task],
                        "score": f"{score:.5f}",
                    }
                )
    return reprinted(paper, rows, {(model, name) for name in names}, tuple(task for task, _ in sets))


def listed(paper: Paper, name: str, languages_: Iterable[str] = (), runs: bool = True, **changes: object) -> Paper:
    """A list of Table 6 with other languages (those of the runs too) or another column."""
    row = paper.lists[name]
    if languages_:
        row = replace(row, languages=tuple(languages_), **({"used": tuple(languages_)} if runs else {}))
    new = made.solved(edited(paper, lists={**paper.lists, name: replace(row, **changes)}), paper, {name})
    subset = name.removesuffix("_10") if "__" in name else name
    if not (languages_ and runs):
        return new
    ran = [{**one, "languages": made.spelled(row.used)} if one["subset"] == subset else one for one in paper.rows("subsets.tsv")]
    return edited(new, subsets=ran)


def swapped(paper: Paper, diverse: float, similar: float) -> Paper:
    """Latin script with 20 languages: the two rows and lists exchanged; what the most and the least diverse gain then (points of GAINS)."""
    one, other = "latin_diverse_20", "latin_similar_20"
    lists = {**paper.lists, one: replace(paper.lists[other], name=one), other: replace(paper.lists[one], name=other)}
    names = {one: lists[one].used, other: lists[other].used}
    ran = [
        {**row, "languages": made.spelled(names[row["subset"]])} if row["subset"] in names else row
        for row in paper.rows("subsets.tsv")
    ]
    new = made.solved(edited(paper, lists=lists, subsets=ran), paper, set(names))
    for model in LABELS:
        new = gains(gains(new, model, one, similar), model, other, diverse)
    return new


def gains(paper: Paper, model: str, name: str, points: float) -> Paper:
    """A row with another gain in distribution, spread over the levels as all rows' gains are."""
    known, change = languages.paper(), points - made.gain(model, name)

    def where(row: Row) -> float:
        return inside(row) and made.LEVELS[grouping.group(known[row["language"]], model)][0]

    return move(paper, model, name, change, where)
