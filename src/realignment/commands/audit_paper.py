"""`realignment audit-paper`: what of the paper stands, and what does not hold together, computed from the data files."""

import click

COLUMNS = ("id", "group", "where", "printed", "follows", "in_fairness", "settled_by", "command")


@click.command("audit-paper")
@click.option("--finding", "name", default="", metavar="ID", help="One finding with its evidence.")
@click.option(
    "--group", "group", default="", metavar="GROUP", help="Findings of one group: stands, conclusion, number or wording."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, group: str, as_json: bool) -> None:
    """The paper's printed numbers and claims against one another and against the authors' own scores.

    What stands comes first, then what another reading of the same data changes: conclusions, numbers, wording. Each finding says what
    is printed, what follows from the data, what speaks for the authors' reading, and what would settle what is open. Nothing is stored:
    a finding that the data no longer show is gone.
    """
    from realignment.core.console import note, table
    from realignment.core.errors import BadInput, nearest
    from realignment.core.workspace import project_root
    from realignment.paper.audit import findings as audit
    from realignment.paper.audit import registry
    from realignment.paper.paper import Paper

    if group and group not in registry.GROUPS:
        raise BadInput(f"unknown group `{group}`; {nearest(group, registry.GROUPS)}; groups are {', '.join(registry.GROUPS)}")
    found = audit.findings(Paper(project_root()), name)
    if name and not as_json:
        (row,) = found
        keys = ("where", "group", "printed", "follows", "in_fairness", "settled_by", "command")
        facts = {key: row[key] for key in keys} | row["evidence"]
        table([{"what": key.replace("_", " "), "value": value} for key, value in facts.items() if value != ""], title=name)
        return
    table([row for row in found if group in ("", row["group"])], columns=COLUMNS, as_json=as_json)
    if not name:
        counts = {one: sum(row["group"] == one for row in found) for one in registry.GROUPS}
        slips = ", ".join(f"{count} {one}" for one, count in counts.items() if one != registry.STANDS)
        note(f"{len(found)} checks: {counts[registry.STANDS]} stand, {len(found) - counts[registry.STANDS]} slips ({slips})")
