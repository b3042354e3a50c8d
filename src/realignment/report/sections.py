"""The sections of a study's page, one a question: what was found, where it helps, which languages matter, whether alignment does it,
whether the numbers can be trusted, how they compare with the paper's, where their runs are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from realignment.core import network
from realignment.records import kernels, validate
from realignment.records.record import Record
from realignment.report import comparison_tables, gradient_views, methods, provenance
from realignment.report.figures import contents, style
from realignment.report.view import Figure, Link, Section, View, of_rows, of_table
from realignment.results import headings
from realignment.results.tables import Table
from realignment.subsets import naming

AVERAGING = "Scores are means over languages within a task, then over tasks, for each run; then over the runs of all seeds."
TOLD = (
    "A few seeds can show large differences only. `cannot tell` does not mean `no difference`: the smallest difference that would have "
    "been detected stands under the question whether the numbers can be trusted."
)
BUDGET = "A fixed number of updates is shared by the languages of a subset: the more languages, the fewer pairs of each."
EACH = "Each language gives {} pairs: the more languages, the longer the training."
OTHERWISE = (
    "A row realigned otherwise has the languages, seeds and settings of its plain row but for what it is named after: words are brought together "
    "in place of sentences, or each language gives as many pairs whatever their number. It is compared with its plain row, apart from all other "
    "comparisons; whether the translations matter is another question."
)
CONTROLS = (
    "A control is trained like its subset on pairs that are no translations; a floor answers without reading what the task asks about. What "
    "a subset gains over its control is due to the translations. A ceiling is another encoder, which was aligned already, fine-tuned only."
)
HELD_OUT = (
    "Retrieval reads held-out pairs that nothing was trained on: how often the nearest sentence of the other language is the translation. "
    "Chance is one over the number of pairs (column n of tables/scores.csv)."
)
SIGNED = (
    "The line under a table names the profile, the encoder and its weights, the seeds, the device, the code and the runs that its numbers "
    "stand on. `realignment lineage CELL` follows a number down to the bytes of its data."
)
ATLAS = (
    "Languages where their distances put them (classical scaling to a plane, which bends most of them): filled the subset's, the star "
    "English, open circles the others of the pool and those that are only evaluated."
)
UNDRAWN = " Of {all} subsets the {left} of smaller pools are not drawn; the table of languages below has them."
REACH = "Mean distance between the languages of a set, English in it, by its size; each heuristic's best set found, and all sets on average."
WIDE = 24  # subsets that a table by language shows at most
NARROWED = (
    "Of {all} subsets the page shows {shown}: the baselines and, of each heuristic, the largest set. All of them are in {file}, beside what "
    "`realignment lineage` says of a cell."
)
OPEN = {"levels", "retrieval", "gains-retrieval"}  # kinds of tables of scores that are not folded


def found(sentences: Sequence[str] = (), figure: Figure | None = None, planted: View | None = None) -> Section:
    """The first screen: sentences, a figure that shows them, and, of generated languages, what was planted and whether it was found."""
    figures, tables = [figure] if figure else [], [planted] if planted else []
    return Section("found", "What was found", sentences, figures, tables, short="Found")


def study_sections(
    tables: Sequence[Table],
    figures: Sequence[Figure],
    signature: Mapping[str, str],
    told: Sequence[View] = (),
    subsets: Section | None = None,
    pulls: Sequence[View] = (),
) -> list[Section]:
    """Whether realignment helps, which languages, how, and whether it is alignment; the shortest answer open, the rest folded.

    `signature` by encoder; `told` are the tables of `comparison_tables.views`; `subsets` adds tables and figures to the second question,
    `pulls`, those of `gradient_views`, to the last.
    """
    helps = Section("helps", "Does realignment help, and where?", (AVERAGING, TOLD), short="Where it helps")
    which = Section("languages", "Does it matter which languages?", subsets.text if subsets else (), short="Which languages")
    how = Section("otherwise", "Does it matter how it is realigned?", (OTHERWISE,), short="How it is realigned")
    alignment = Section("alignment", "Is it alignment that does it?", (CONTROLS, HELD_OUT), short="Is it alignment")
    for table in tables:
        view = of_table(_narrowed(table), signature[table.encoder], f"ours/{table.encoder}")
        section = alignment if "retrieval" in table.kind else helps
        (section.tables if table.kind in OPEN else section.folded).append(view)
        if table.kind == "tasks":
            alignment.tables += _controls(table, view)
    opened = "-otherwise-tasks-" if any("-otherwise-tasks-" in view.id for view in told) else "-otherwise-levels-"
    for view in told:
        if view.id.endswith(("-correlation", "-paired")):
            (alignment.tables if view.id.endswith("-correlation") else alignment.folded).append(view)
        elif "-otherwise-" in view.id:
            (how.tables if opened in view.id else how.folded).append(view)
        else:
            _place(view, helps, which)
    shown = {"gains": helps, "map": helps, "ood": helps, "equal": which, "best": which, "scaling": which}
    shown |= {"paired": alignment, "loss": alignment, "gradients": alignment}
    for kind, section in shown.items():
        section.figures += [one for one in figures if one.id.partition("-")[0] == kind]
    if pulls:
        alignment.text = (*alignment.text, gradient_views.TOLD)
        alignment.folded += pulls
    if subsets:
        which.aside += subsets.aside
        which.folded += subsets.folded
    return [one for one in (helps, which, how, alignment) if one.tables or one.folded or one.figures]


def _narrowed(table: Table) -> Table:
    """A table by language of many subsets takes most of a page: on the page it shows some of them, its file all."""
    if not table.kind.startswith("languages-") or len(table.columns) <= WIDE:
        return table
    named = {column: naming.split(column) for column in table.columns if not headings.control(column)}
    plain = [(one.n or 0, column, one.heuristic) for column, one in named.items() if not one.pool]
    largest = {heuristic: column for _, column, heuristic in sorted(plain)}
    kept = [place for place, column in enumerate(table.columns) if column in largest.values()]
    columns = tuple(table.columns[place] for place in kept)
    lines = tuple(replace(line, values=tuple(line.values[place] for place in kept)) for line in table.lines)
    told = NARROWED.format(all=len(table.columns), shown=len(kept), file=f"tables/{table.name}.csv")
    return replace(table, columns=columns, lines=lines, notes=(*table.notes, told))


def _place(view: View, helps: Section, which: Section) -> None:
    """Verdicts against fine-tuning only answer the first question, those against other subsets the second; the tables by task stand open."""
    if "-detectable-" in view.id:
        return
    section = helps if view.id.endswith(("-none", "-robust", "-profiles")) else which
    opened = "-verdicts-tasks-" in view.id or "-random-tasks-" in view.id
    (section.tables if opened else section.folded).append(view)


def _controls(table: Table, view: View) -> list[View]:
    """Of the view of a table the controls and floors beside what they are controls of; nothing where there are none."""
    apart = {section for section, _ in headings.CONTROLS.values()} - {headings.OTHERWISE}
    labels = {line.head[1].partition(" ")[0] for line in table.lines if line.section in apart}
    lines = tuple(line for line in table.lines if line.section in apart or line.head[1] in {*labels, "none"})
    if not labels:
        return []
    shown = "controls, floors and the ceiling" if any(line.section == headings.TOP for line in lines) else "controls and floors"
    caption = f"{headings.encoder(table.encoder)}: {shown} beside their subsets"
    beside = of_table(replace(table, caption=caption, lines=lines), view.signature, view.opens)
    return [replace(beside, id=f"{table.encoder}-controls")]


def subsets_section(content: Mapping[str, Any]) -> Section:
    """What is known of the subsets, for the question which languages matter; `content` as in `trust_section`."""
    records = content["records"]
    used = list(dict.fromkeys(record.cell.subset for record in records))
    whole = [name for name in used if len(used) <= WIDE or not naming.split(name).pool]
    told = UNDRAWN.format(all=len(used), left=len(used) - len(whole)) if len(whole) < len(used) else ""
    drawn = {
        "atlas": (contents.atlas(content["subsets"], whole), ATLAS + told),
        "reach": (contents.reach(content["subsets"].get("curves", {})), REACH),
    }
    figures = [Figure(name, text, style.svg(figure, name, text)) for name, (figure, text) in drawn.items() if figure]
    views = (
        of_rows("subsets", "Languages of each subset", provenance.subsets(content["subsets"], records)),
        of_rows("trained", "Pairs seen in realignment, all seeds together", provenance.trained(records)),
    )
    return Section("", "", budget(records), aside=figures, folded=[one for one in views if one])


def budget(records: Iterable[Record]) -> tuple[str, ...]:
    """How the runs share pairs out among languages; of the rows `equal_pairs`, where plain rows do it another way, apart."""
    made = [one for one in records if one.verb == "realign"]
    told = {control: [_given(one) for one in made if (one.cell.control == "equal_pairs") is control] for control in (False, True)}
    plain, rows = (" ".join(dict.fromkeys(told[control])) for control in (False, True))
    return tuple(filter(None, (plain, f"In the rows `equal_pairs`: {rows[0].lower()}{rows[1:]}" if rows else "")))


def _given(record: Record) -> str:
    each = record.params.get("pairs_per_language")
    return BUDGET if each is None else EACH.format(f"{each:,}")


def trust_section(
    content: Mapping[str, Any], told: Sequence[View] = (), max_unknown: float = 1.0, root: Path | None = None
) -> Section:
    """Seeds, checks, data, licences, methods. `content`: manifest, subsets, quality (name -> content) and records; `max_unknown` is
    `check.max_unknown`; of `told` what could have been detected; `root` holds the simulation of verdicts."""
    views = _evidence(content, max_unknown)
    detectable = [view for view in told if "-detectable-" in view.id]
    simulated = comparison_tables.simulated(root) if root else []
    return Section(
        "trust",
        "Can the numbers be trusted?",
        (*methods.paragraphs(content), SIGNED),
        tables=[views[name] for name in ("incomplete", "apart", "unknown", "data") if name in views],
        folded=[
            *detectable,
            *(views[name] for name in ("checks", "bases", "excluded", "contamination") if name in views),
            *simulated,
        ],
        short="Can they be trusted",
    )


def _evidence(content: Mapping[str, Any], max_unknown: float) -> dict[str, View]:
    """Tables of data and checks that have a row, by name."""
    records, quality = content["records"], content["quality"]
    checks = provenance.checks(provenance.outcomes(quality))
    failed = sum(row["outcome"] == provenance.FAILED for row in checks)
    excluded = [row for row in provenance.excluded(quality) if row["excluded"]]
    out = sum(row["excluded"] for row in excluded)
    held, policy = provenance.contamination(quality), quality.get("contamination", {}).get("policy", "")
    done = "left out" if policy == "exclude" else "reported only"
    many = sum(row["with evaluation text"] for row in held)
    views = {
        "data": of_rows("data", "Files: rows read = kept + refused", provenance.data(content["manifest"]["files"])),
        "checks": of_rows("checks", f"Expectations: {len(checks) - failed} passed, {failed} failed", checks, section="suite"),
        "excluded": of_rows("excluded", f"Pairs left out of training by the checks: {out:,}", excluded),
        "contamination": of_rows("contamination", f"Pairs that hold evaluation text ({done}): {many:,}", held),
        "incomplete": of_rows(
            "incomplete",
            "Runs that ended half-way, left out of every mean over what they lack",
            [{"run": one} for one in validate.incomplete(records)],
        ),
        "unknown": of_rows(
            "unknown",
            f"Languages an encoder cannot read: more than {max_unknown:.0%} of their tokens are unknown to its tokenizer",
            provenance.unknown(records, max_unknown),
        ),
        "bases": of_rows("bases", "Base encoders: weights not taken as they stand in the files", provenance.bases(records)),
        "apart": of_rows(
            "apart",
            "Runs that are not alike: other kernels give other weights with the same settings",
            [{"what": text} for text in (*kernels.mixed(one.kernels for one in records), *validate.strayed(records))],
        ),
    }
    return {name: view for name, view in views.items() if view}


def experiment(store: Mapping) -> str:
    """The address of the runs of an experiment; `store` is what `tracking.interface` says."""
    return f"{store['where']}/#/experiments/{store['experiment']}?{network.RUNS_VIEW}"


def runs_section(profile: str, store: Mapping) -> Section:
    """How to find the runs of the study without a cell: by what they are."""
    text = (
        f"Every number comes from runs in the MLflow experiment `{profile}`. Start the interface with `mlflow ui` in the checkout; then a click "
        "on a cell of a table above leads to its runs. A run carries the tags encoder, subset, control, task, seed, run_key and cell_key, and is "
        "found by a search such as `tags.subset = 'none' and tags.task = 'pos'`.",
    )
    rows = f"{store['where']}/#/experiments/{store['experiment']}/runs?{network.ROWS_VIEW}"
    links = (
        Link("The rows of the tables in MLflow: means, their spread, and how many seeds", rows),
        Link(f"All runs in MLflow: {experiment(store)}", experiment(store)),
    )
    return Section(
        "runs",
        "Where are the runs?",
        text,
        commands=("mlflow ui", "realignment runs", "realignment lineage CELL"),
        short="Runs",
        links=links,
    )
