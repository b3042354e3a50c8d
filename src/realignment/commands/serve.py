"""`realignment serve NAME`: a registered fine-tuned model answers requests on a port of the loopback."""

import click

from realignment.core import network


@click.command(
    help="A fine-tuned model answers: text in; tags, entities, a label or an answer out, with scores. NAME is a registered model (NAME, "
    "NAME/VERSION, NAME@ALIAS, the newest version where none is given) or the beginning of one name; without NAME those that can be served are listed."
)
@click.argument("name", required=False)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=network.SERVING,
    show_default=True,
    help="The port; 0 takes any that is free.",
)
@click.option(
    "--host",
    default=network.LOOPBACK,
    show_default=True,
    help="Where it listens; on any other address than the loopback everybody who reaches it may ask.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the list of models as JSON.")
def command(name: str | None, port: int, host: str, as_json: bool) -> None:
    from realignment import tracking
    from realignment.core.console import note
    from realignment.core.workspace import project_root
    from realignment.serving import about, names, server

    root = project_root()
    with tracking.reading():
        if name is None:
            show(names.known(root), as_json=as_json)
            return
        chosen = names.choose(root, name)
        listening = server.bound(host, port)
        said = about.lines(root, chosen)
    for line in said:
        note(line)
    if host not in (*server.OWN, "::1"):
        note(f"it listens on {host}: there is no login, everybody who reaches this address may ask it")
    with server.prepared(chosen) as folder:
        app = server.application(folder, host)
        print(about.curl(server.address(listening), chosen.record.task), flush=True)
        note("it answers now; Ctrl-C ends it")
        server.run(app, listening)
    note("ended")


def show(known: dict[str, list[int]], *, as_json: bool) -> None:
    """The models that can be served."""
    from realignment.core.console import note, table
    from realignment.serving import names

    rows = [{"model": name, "task": name.rpartition(".")[2], "versions": known[name]} for name in names.answering(known)]
    table(rows, columns=("model", "task", "versions"), as_json=as_json)
    if not rows:
        note("no fine-tuned model is registered; `realignment finetune` makes one, and a study keeps them with study.keep: all")
