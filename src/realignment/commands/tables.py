"""`realignment tables`: the paper's tables, from print, from the authors' runs and from the active profile's."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from realignment.core.workspace import Workspace
    from realignment.paper.paper import Paper

SOURCES = ("all", "ours", "published", "printed")


@click.command(
    "tables", help="The paper's tables in its layout. Without NUMBER: how many cells of each come out of the authors' runs."
)
@click.argument("number", required=False)
@click.option("--source", default="all", show_default=True, help="ours, published (the authors' runs), printed, or all.")
@click.option("--hours", is_flag=True, help="How long each table is predicted to take on a GPU of H100 class, by configs alone.")
@click.option("--markdown", is_flag=True, help="With --hours: as docs/scale.md has it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one row per number, full precision.")
def command(number: str | None, source: str, hours: bool, markdown: bool, as_json: bool) -> None:
    from realignment.core.console import table
    from realignment.core.errors import BadInput, nearest
    from realignment.core.workspace import project_root
    from realignment.paper import language_tables
    from realignment.paper.paper import Paper
    from realignment.paper.printed import SCORED
    from realignment.report import paper_sections

    known = sorted((*SCORED, *language_tables.NUMBERS), key=int)
    if hours or markdown:
        if not hours or number or source != "all" or (markdown and as_json):
            raise BadInput(
                "--hours is asked of all tables together, with --markdown or --json; leave out what else is given, or add --hours"
            )
        predicted(Paper(project_root()), markdown, as_json)
        return
    if source not in SOURCES:
        raise BadInput(f"unknown source `{source}`; {nearest(source, SOURCES)}")
    if number is None and source != "all":
        raise BadInput(
            f"--source {source} requires the number of a table, one of {', '.join(known)}; `realignment tables` counts cells"
        )
    paper = Paper(project_root())
    if number is None:
        table(paper_sections.counts(paper), as_json=as_json)
    elif number in language_tables.NUMBERS:
        table(listed(paper, number, source), as_json=as_json)
    elif number in SCORED:
        show(scored(paper, number, source), as_json)
    else:
        raise BadInput(f"unknown table `{number}`; the paper has {', '.join(known)}")


def predicted(paper: "Paper", markdown: bool, as_json: bool) -> None:
    """Prints what tables take: for people, as Markdown, or with all digits."""
    from dataclasses import asdict

    from realignment.core.console import note, table
    from realignment.paper import predicted as hours

    found = hours.of(paper)
    if as_json:
        table([asdict(one) for one in found], as_json=True)
    elif markdown:
        print(hours.markdown(found), end="")
    else:
        table([hours.shown(one) for one in found])
        note(hours.BASIS)


def scored(paper: "Paper", number: str, source: str) -> list[tuple]:
    """(table, signature) of each source asked for; the study's encoders that the paper does not have stay in tables of their own."""
    from realignment.core.errors import BadInput
    from realignment.paper import explained, layout
    from realignment.report import signatures

    found = []
    cells = explained.table(paper, number)
    wanted = {"printed": (layout.PRINTED,), "published": (layout.AUTHORS,)}.get(source, layout.SOURCES)
    if source != "ours":
        recomputed = source != "printed" and any(one.recomputed.n for one in cells)
        line = signatures.of_authors(paper) if recomputed else signatures.of_print(paper)
        found.append((layout.lay_out(number, cells, wanted), line))
    if source in ("ours", "all"):
        found += [one for one in own(paper, source == "ours") if one[0].kind == f"paper-{number}"]
    if not (found := [(one, signature) for one, signature in found if one]):
        which = "the active profile has no run for" if source == "ours" else "no run of the authors is stored for"
        raise BadInput(f"{which} Table {number}; --source printed shows what the paper prints")
    return found


def own(paper: "Paper", required: bool) -> list[tuple]:
    """The study's tables in the paper's layout with their signatures; BadInput where a study is `required` and there is none."""
    from realignment.core.console import note
    from realignment.core.errors import BadInput
    from realignment.corpora import manifest
    from realignment.report import paper_sections
    from realignment.results import tables
    from realignment.study import at_hand, study_file

    workspace = active()
    content = study_file.trusted(workspace)
    if not content["records"]:
        if required:
            raise BadInput(f"{workspace.study}: at least one finished run is required; make it with `dvc repro study`")
        note(f"profile `{workspace.profile}` has no finished study; `dvc repro study` makes one")
        return []
    given, subsets = manifest.load(workspace), manifest.subsets(workspace)
    at_hand.current(content, given, subsets)
    return paper_sections.signed(paper, content, *tables.studies(content, given.languages, subsets))


def active():
    from realignment.config import params
    from realignment.core.workspace import Workspace, project_root

    root = project_root()
    return Workspace(root, params.active_profile(root))


def listed(paper: "Paper", number: str, source: str) -> list[dict]:
    """Rows of Table 5, 6 or 7; of all sources those of print beside the profile's, where it has fetched real languages."""
    from realignment.core.console import note
    from realignment.core.errors import BadInput
    from realignment.corpora import manifest
    from realignment.paper import language_tables, own_lists

    if source == "printed":
        return language_tables.printed(paper, number)
    workspace = active()
    if source == "ours":
        return own_lists.own(number, manifest.fetched(workspace), manifest.subsets(workspace) if number == "6" else {})
    if source == "all" and number != "6":
        try:
            given = manifest.fetched(workspace)
        except BadInput as fault:
            note(f"profile `{workspace.profile}` stands beside nothing: {fault}")
        else:
            if not any(one.shadow_of for one in given.languages.values()):
                rows = own_lists.beside(paper, number, given)
                note(f"Table {number} beside profile `{workspace.profile}`: {own_lists.tally(rows)}{_cut(workspace, number)}")
                return rows
            note(f"profile `{workspace.profile}` has generated languages, which stand beside nothing printed")
    return list(language_tables.of(paper, number).rows)


def _cut(workspace: "Workspace", number: str) -> str:
    """What a profile leaves out of the sets whose sizes are shown."""
    from realignment.config import params

    fetch = params.load(workspace).fetch
    cut = [
        f"fetch.{name} is {value:,}" for name, value in (("max_test", fetch.max_test), ("max_train", fetch.max_train)) if value
    ]
    return f"; {' and '.join(cut)}, so that larger sets were cut" if cut and number == "7" else ""


def show(found: list[tuple], as_json: bool) -> None:
    """Tables as rows of text; as JSON one row per number."""
    from realignment.core.console import note, table
    from realignment.results import formatting

    if as_json:
        table([row for one, signature in found for row in formatting.records(one, signature)], as_json=True)
        return
    for one, signature in found:
        rows = []
        for line in one.lines:
            values = [formatting.text(value, one.seeds) for value in line.values]
            rows.append({"Section": line.section, **dict(zip((*one.head, *one.titles), (*line.head, *values), strict=True))})
        table(rows, title=one.caption)
        for text in (*formatting.notes(one), signature):
            note(text)
