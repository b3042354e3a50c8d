"""Tables 1, 2, 3, 4 and 8 to 11 against one another and against the authors' scores."""

from collections import defaultdict

from realignment import papertables, published, scores
from realignment.audit import Result, check
from realignment.audit.paper import MAIN, POOLS, Paper, rounded

ROUNDING = 0.05 + 1e-9  # points: half of the last digit of Tables 1, 3 and 4


@check("swapped-captions", "Tables 8 and 10, captions", "number", "realignment published show --table 8")
def swapped_captions(paper: Paper) -> Result:
    """Whose `none` row of Table 1 a table repeats: the encoder of its caption, or the other."""
    distances = {}
    for table in published.TABLES:
        for model, title in published.TITLES.items():
            gaps = [abs(paper.cells[table, "none", task].mean - paper.first[model, "none", task]) for task in published.TASKS]
            distances[table, title] = max(gaps)
    nearest = {table: min(published.TITLES.values(), key=lambda title: distances[table, title]) for table in published.TABLES}
    captions = {table: paper.claims[f"caption-{table}"].quote.split()[2] for table in published.TABLES}
    return Result(
        nearest != captions,
        paper.quote("caption-8", "caption-10"),
        "; ".join(f"Table {table} repeats the row of {title} in Table 1" for table, title in nearest.items()),
        {
            f"Table {table} `none`, largest difference to {title} in Table 1": round(gap, 2)
            for (table, title), gap in distances.items()
        },
    )


@check("right-captions", "Tables 9 and 11, captions", "number")
def right_captions(paper: Paper) -> Result:
    """The random rows of the ablations against Table 1, as above."""
    off = {}
    for model, table in POOLS.items():
        shared = [key for key in paper.first if key[0] == model and (table, *key[1:]) in paper.cells]
        off[table] = max(abs(paper.cells[table, *key[1:]].mean - paper.first[key]) for key in shared)
        assert shared
    captions = {table: paper.claims[f"caption-{table}"].quote.split()[2] for table in POOLS.values()}
    wrong = [table for model, table in POOLS.items() if captions[table] != published.TITLES[model] or off[table] > 0.1]
    return Result(
        bool(wrong),
        paper.quote("caption-9", "caption-11"),
        "both hold the encoder of their caption" if not wrong else f"Tables {wrong} do not",
        rounded({f"Table {table}, largest difference to Table 1": gap for table, gap in off.items()}),
    )


@check("accuracy-or-f1", "Tables 8 to 11, captions", "wording")
def accuracy_or_f1(paper: Paper) -> Result:
    names = [f"caption-{table}" for table in (*MAIN.values(), *POOLS.values())]
    said = [name for name in names if paper.claims[name].quote.startswith("Accuracy") and "NER" in paper.claims[name].quote]
    f1 = "F1" in paper.claims["table-3-ner"].quote
    return Result(
        bool(said) and f1,
        paper.quote(names[0]),
        "NER is F1, as Table 3 says",
        {"captions": len(said), "Table 3": paper.claims["table-3-ner"].quote},
    )


@check("table-1-rounding", "Table 1", "number")
def table_1_rounding(paper: Paper) -> Result:
    """Cells of Table 1 further from Tables 8 to 11 than rounding to one decimal allows."""
    off = {}
    for (model, subset, task), mean in paper.first.items():
        exact = paper.average(model, subset) if task == "avg" else paper.source(model, subset, task).mean
        if abs(mean - exact) > ROUNDING:
            off[f"{published.TITLES[model]} {subset} {task}"] = (mean, round(exact, 3))
    return Result(
        bool(off),
        ", ".join(f"{mean:g}" for mean, _ in off.values()),
        f"{len(off)} of {len(paper.first)} cells are cut off, not rounded, from Tables 8 to 11: "
        + ", ".join(f"{exact:g}" for _, exact in off.values()),
        off,
    )


@check("one-set-three-names", "Tables 8 to 11", "number")
def one_set_three_names(paper: Paper) -> Result:
    """Rows of Table 6 with the same languages: their scores differ by re-run noise alone."""
    names: dict[frozenset, list[str]] = defaultdict(list)
    for row in paper.lists.values():
        names[frozenset(row.used)].append(row.name)
    shared = [found for found in names.values() if len(found) > 1]
    noise: dict[str, float] = defaultdict(float)
    for found in shared:
        for model in MAIN:
            tables = [
                paper.source(model, subset.removesuffix("_10") if "__" in subset else subset, task)
                for subset in found
                for task in published.TASKS
            ]
            for task in published.TASKS:
                means = [cell.mean for cell in tables if cell.task == task]
                noise[task] = max(noise[task], max(means) - min(means))
    return Result(
        any(noise.values()),
        "; ".join(" = ".join(found) for found in shared),
        f"the same encoder, languages and seeds, other scores: up to {', '.join(f'{gap:.2f} {task.upper()}' for task, gap in noise.items())}",
        {"names": sum(map(len, names.values())), "sets of languages": len(names), **rounded(dict(noise))},
    )


@check("table-4-baseline", "Table 4 against Table 10", "number")
def table_4_baseline(paper: Paper) -> Result:
    """XLM-R fine-tuned only, in other languages than English: Table 4 against the runs of Table 10."""
    gaps, english = {}, {}
    for task in published.TASKS:
        xlmr, *_ = paper.claims[f"table-4-{task}"].numbers
        value = paper.cell("xlmr", "none", scores.WITHOUT_ENGLISH, [task]).mean or 0.0
        gaps[task] = value - xlmr
        english[f"{task.upper()} in English, Table 4 and recomputed"] = (
            paper.claims[f"table-4-{task}-en"].numbers[0],
            round(paper.cell("xlmr", "none", {"English"}, [task]).mean or 0.0, 2),
        )
    return Result(
        any(abs(gap) > ROUNDING for gap in gaps.values()),
        paper.quote("table-4-pos", "table-4-ner", "table-4-nli"),
        f"by the rule of Table 10 its runs give XLM-R without English {', '.join(f'{gap:+.1f} {task.upper()}' for task, gap in gaps.items())} "
        "points to Table 4: the two tables average other scores (table-4-one-run), unsaid, and cannot be read beside each other",
        rounded({f"{task.upper()}, recomputed less Table 4": gap for task, gap in gaps.items()}) | english,
    )


@check("table-4-one-run", "Table 4, column XLM-R", "number", "realignment tables 4")
def table_4_one_run(paper: Paper) -> Result:
    """Whether all its cells are those of one seed, under a rule that no other table has (every stored score but English's own set)."""
    cells = [one.printed for one in published.table(paper.root, "4") if one.recomputed.n]
    values = {(cell.task, cell.what): papertables.single(paper.root, cell) for cell in cells}
    shown = {(cell.task, cell.what): cell for cell in cells}
    fits = {
        seed: sum(abs(100 * held[seed] - shown[key].mean) <= shown[key].tolerance for key, held in values.items())
        for seed in sorted({seed for held in values.values() for seed in held})
    }
    whole = [seed for seed, count in fits.items() if count == len(cells)]
    return Result(
        len(whole) == 1,
        paper.quote("table-4-pos", "table-4-ner", "table-4-nli"),
        f"all {len(cells)} cells are those of seed {' '.join(whole)} alone, as the plain mean of every stored score (languages of two sets "
        "twice, AmericasNLI in), where the other tables average four seeds by the rule of Table 10",
        {f"cells that seed {seed} gives": count for seed, count in fits.items()},
    )


@check("llama-twice", "Tables 3 and 4", "number")
def llama_twice(paper: Paper) -> Result:
    pairs = {
        task: (paper.claims[f"table-3-{task}"].numbers[0], paper.claims[f"table-4-{task}"].numbers[1]) for task in published.TASKS
    }
    return Result(
        any(one != other for one, other in pairs.values()),
        paper.quote("table-3-pos", "table-4-pos"),
        "Llama before realignment, twice",
        pairs,
    )


@check("llama-realigned", "Appendix A.3 against Table 3", "number")
def llama_realigned(paper: Paper) -> Result:
    gains = {task: after - before for task in published.TASKS for before, after in [paper.claims[f"table-3-{task}"].numbers]}
    fits = {task: gain < 0 if task == "ner" else gain > 0 for task, gain in gains.items()}
    return Result(
        not all(fits.values()), paper.quote("llama"), "Table 3 gains in POS and NLI and loses in NER", rounded(gains, 1)
    )


@check("word-level-tasks", "Appendix A.4 against Table 4", "number")
def word_level_tasks(paper: Paper) -> Result:
    """XLM-R's lead over the better decoder as Table 4 prints it, in English and elsewhere."""
    leads = {}
    for name in ("pos-en", "pos", "ner-en", "ner", "nli-en", "nli"):
        xlmr, *others = paper.claims[f"table-4-{name}"].numbers
        leads[name] = xlmr - max(others)
    fits = all((lead < 0) == name.startswith("nli") for name, lead in leads.items())
    return Result(not fits, paper.quote("word-level"), "as Table 4 prints it (but see table-4-baseline)", rounded(leads, 1))


@check("table-2-averages", "Table 2 against Tables 8 and 10", "number")
def table_2_averages(paper: Paper) -> Result:
    """Sentence averages of Table 2 (another GPU, five seeds) against the rows of all 65 languages; z of the difference."""
    found = {}
    for model in MAIN:
        for task in published.TASKS:
            mean, std, *_ = paper.claims[f"table-2-{model}-{task}"].numbers
            cell = paper.source(model, "all_65", task)
            error = (
                std**2 / paper.claims["five-seeds"].numbers[0] + (cell.std or 0) ** 2 / paper.claims["four-seeds"].numbers[0]
            ) ** 0.5
            found[f"{published.TITLES[model]} {task.upper()}"] = (mean - cell.mean) / error
    worst = max(map(abs, found.values()))
    return Result(
        worst > 2,
        paper.quote("table-2-mbert-nli"),
        f"within {worst:.1f} standard errors of the rows of 65 languages",
        rounded(found),
    )


@check("slightly-better", "Appendix A.2 against Table 2", "number")
def slightly_better(paper: Paper) -> Result:
    """FastAlign less averages, beside all that realignment on 65 languages gains over fine-tuning only."""
    gaps, gains = {}, {}
    for model in MAIN:
        for task in published.TASKS:
            mean, _, other, _ = paper.claims[f"table-2-{model}-{task}"].numbers
            name = f"{published.TITLES[model]} {task.upper()}"
            gaps[name] = other - mean
            gains[name] = paper.source(model, "all_65", task).mean - paper.source(model, "none", task).mean
    large = [name for name, gap in gaps.items() if gap > gains[name] / 2]
    return Result(
        bool(large),
        paper.quote("slightly"),
        f"in {', '.join(f'{name} ({gaps[name]:+.2f})' for name in large)} word pairs add more than half of what realignment gains at all",
        {
            f"{name}: FastAlign less averages, gain of 65 languages": (round(gaps[name], 2), round(gains[name], 2))
            for name in gaps
        },
    )
