"""`realignment audit-paper`: what of the paper's own numbers does not hold together, computed from the data files."""

import click

COLUMNS = ("id", "severity", "where", "printed", "follows", "in_fairness", "command")


@click.command("audit-paper")
@click.option("--finding", "name", default="", metavar="ID", help="One finding with its evidence.")
@click.option("--all", "everything", is_flag=True, help="What was checked and agrees, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, everything: bool, as_json: bool) -> None:
    """The paper's printed numbers and claims against one another and against the authors' own scores.

    Each finding says what is printed, what follows from the data, how grave it is (a conclusion, a number or wording changes)
    and which command shows it. Nothing is stored: a finding that the data no longer show is gone.
    """
    from realignment.core.console import note, table
    from realignment.core.workspace import project_root
    from realignment.paper.audit import findings as audit
    from realignment.paper.audit import registry
    from realignment.paper.paper import Paper

    found = audit.findings(Paper(project_root()), name)
    if name and not as_json:
        (row,) = found
        facts = {key: row[key] for key in ("where", "verdict", "severity", "printed", "follows", "in_fairness", "command")} | row[
            "evidence"
        ]
        table([{"what": key.replace("_", " "), "value": value} for key, value in facts.items() if value != ""], title=name)
        return
    slips = [row for row in found if row["verdict"] == registry.SLIP]
    shown = found if everything or name else slips
    table(shown, columns=(*COLUMNS[:1], "verdict", *COLUMNS[1:]) if everything else COLUMNS, as_json=as_json)
    graver = ", ".join(f"{sum(row['severity'] == one for row in slips)} {one}" for one in registry.SEVERITIES)
    if not name:
        note(f"{len(found)} checks: {len(slips)} slips ({graver}), {len(found) - len(slips)} agree")
