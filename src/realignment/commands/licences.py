"""`realignment licences [MODEL]`: claimed and observed licences of the corpora, and what a model may be used for."""

import json

import click

COLUMNS = ("corpus", "stated", "observed", "commercial", "share_alike", "derivatives", "agree")


@click.command(
    help="Licences: of the paper's corpora, as stated there and as observed at their sources; or, for MODEL "
    "(models:/NAME/VERSION, ENCODER/SUBSET/TASK or the beginning of a run's key), of everything it was trained on."
)
@click.argument("model", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(model: str | None, as_json: bool) -> None:
    from realignment.core.console import note, table

    if model is None:
        from realignment.sources import catalogue

        table(catalogue.claims(), columns=COLUMNS, as_json=as_json)
        return
    rows, summary = of_model(model)
    if as_json:
        print(json.dumps({"model": model, "may": summary, "parts": rows}, ensure_ascii=False, indent=1))
        return
    table(rows, columns=("part", "licence", "commercial", "share_alike", "derivatives"))
    print(f"{model}: {summary}")
    note("a reading of the licences' names, no legal advice")


def of_model(model: str) -> tuple[list[dict], str]:
    """(one row per part the weights are made from, what they may be used for)."""
    from realignment.commands import lineage
    from realignment.core import digests
    from realignment.core.errors import BadInput
    from realignment.corpora import licences

    workspace, settings = lineage.active()
    with digests.kept(workspace.digests, write=False):
        graph = lineage.of(workspace)
        chain = lineage.asked(graph, settings, model)
    if "base" not in chain:
        raise BadInput(
            f"models:/NAME/VERSION, ENCODER/SUBSET/TASK or the beginning of a run's key is required; `{model}` is a file of the data, "
            f"whose licence `realignment lineage {model}` says"
        )
    name = chain["base"]["name"]
    files = graph.ask("select kind, licence from files")
    parts = {f"encoder {name}": licences.of_encoder(name, workspace, files)}
    parts |= {row["path"]: row["licence"] or "unknown" for row in chain["data"] if not row["role"].startswith("evalset/")}
    rows = [{"part": part, "licence": licence, **vars(licences.terms(licence))} for part, licence in parts.items()]
    return rows, licences.verdict([licences.terms(licence) for licence in parts.values()])
