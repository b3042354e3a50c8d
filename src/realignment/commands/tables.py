"""`realignment tables`: the paper's tables, from print, from the authors' runs and from the active profile's."""

import click

SOURCES = ("all", "ours", "published", "printed")


@click.command(
    "tables", help="The paper's tables in its layout. Without NUMBER: how many cells of each come out of the authors' runs."
)
@click.argument("number", required=False)
@click.option("--source", default="all", show_default=True, help="ours, published (the authors' runs), printed, or all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a row a number, full precision.")
def command(number: str | None, source: str, as_json: bool) -> None:
    from realignment import paperlists, papersections, published
    from realignment.console import table
    from realignment.errors import BadInput, nearest
    from realignment.workspace import project_root

    known = sorted((*published.SCORED, *paperlists.NUMBERS), key=int)
    if source not in SOURCES:
        raise BadInput(f"unknown source `{source}`; {nearest(source, SOURCES)}")
    if number is None and source != "all":
        raise BadInput(
            f"--source {source} requires the number of a table, one of {', '.join(known)}; `realignment tables` counts cells"
        )
    if number is None:
        table(papersections.counts(project_root()), as_json=as_json)
    elif number in paperlists.NUMBERS:
        table(listed(number, source), as_json=as_json)
    elif number in published.SCORED:
        show(scored(number, source), as_json)
    else:
        raise BadInput(f"unknown table `{number}`; the paper has {', '.join(known)}")


def scored(number: str, source: str) -> list[tuple]:
    """(table, signature) of each source asked for; the study's encoders that the paper does not have stay in tables of their own."""
    from realignment import papertables, signatures
    from realignment.errors import BadInput
    from realignment.workspace import project_root

    root, found = project_root(), []
    cells = papertables.compared(root, number)
    wanted = {"printed": (papertables.PRINTED,), "published": (papertables.AUTHORS,)}.get(source, papertables.SOURCES)
    if source != "ours":
        line = signatures.of_print(root) if source == "printed" else signatures.of_authors(root)
        found.append((papertables.lay_out(number, cells, wanted), line))
    if source in ("ours", "all"):
        found += [one for one in own(source == "ours") if one[0].kind == f"paper-{number}"]
    if not (found := [(one, signature) for one, signature in found if one]):
        which = "the active profile has no run for" if source == "ours" else "no run of the authors is stored for"
        raise BadInput(f"{which} Table {number}; --source printed shows what the paper prints")
    return found


def own(required: bool) -> list[tuple]:
    """The study's tables in the paper's layout with their signatures; BadInput where a study is `required` and there is none."""
    from realignment import at_hand, inputs, papersections, studyfile, tables
    from realignment.console import note
    from realignment.errors import BadInput

    workspace = active()
    content = studyfile.trusted(workspace)
    if not content["records"]:
        if required:
            raise BadInput(f"{workspace.study}: at least one finished run is required; make it with `dvc repro study`")
        note(f"profile `{workspace.profile}` has no finished study; `dvc repro study` makes one")
        return []
    given, subsets = inputs.load(workspace), inputs.subsets(workspace)
    at_hand.current(content, given, subsets)
    found = tables.studies(content, given.languages, subsets)[1]
    return papersections.signed(workspace.root, content, found)


def active():
    from realignment import params
    from realignment.workspace import Workspace, project_root

    root = project_root()
    return Workspace(root, params.active_profile(root))


def listed(number: str, source: str) -> list[dict]:
    """Rows of Table 5, 6 or 7."""
    from realignment import inputs, paperlists

    workspace = active()
    if source == "printed":
        return paperlists.printed(workspace.root, number)
    if source == "ours":
        given = inputs.load(workspace)
        return paperlists.own(number, given.languages, inputs.subsets(workspace), list(given.entries.values()))
    return list(paperlists.of(workspace.root, number).rows)


def show(found: list[tuple], as_json: bool) -> None:
    """Tables as rows of text; as JSON a row a number."""
    from realignment import rendering
    from realignment.console import note, table

    if as_json:
        table([row for one, signature in found for row in rendering.records(one, signature)], as_json=True)
        return
    for one, signature in found:
        rows = []
        for line in one.lines:
            values = [rendering.text(value, one.seeds, one.errors) for value in line.values]
            rows.append({"Section": line.section, **dict(zip((*one.head, *one.titles), (*line.head, *values), strict=True))})
        table(rows, title=one.caption)
        for text in (*rendering.notes(one), signature):
            note(text)
