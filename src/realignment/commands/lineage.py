"""`realignment lineage CELL`: what a number stands on, down to the bytes of its data."""

import json

import click


@click.command(help="What a number stands on. CELL is ENCODER/SUBSET/TASK[/LANGUAGE], or the beginning of a run's key.")
@click.argument("cell")
@click.option("--json", "as_json", is_flag=True, help="Print the whole chain as JSON.")
def command(cell: str, as_json: bool) -> None:
    from realignment import digests, inputs, lineage, params, studyfile, tracking
    from realignment.errors import BadInput
    from realignment.workspace import Workspace, project_root

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    settings = params.load(workspace)
    wanted = None if lineage.is_key(cell) else lineage.parse(cell, settings.select.n)
    study = studyfile.trusted(workspace)
    if not study["records"]:
        raise BadInput(f"data/{workspace.profile}/study.json is required and holds no record; make it with `dvc repro study`")
    given = (study, inputs.load(workspace), where(workspace), quality(workspace))
    chain = lineage.of_run(cell, *given) if wanted is None else lineage.of_cell(wanted, *given)
    with digests.kept(workspace.digests, write=False), tracking.reading():
        look_at_models(workspace, study, [*chain["runs"], *chain["models"]])
    if as_json:
        print(json.dumps(chain, ensure_ascii=False, indent=1))
    else:
        show(chain)


def look_at_models(workspace, study: dict, rows: list[dict]) -> None:
    """Each link with a registered model says in `model_changed` how its files differ from those its run made; "" where they do not."""
    from realignment import tracking
    from realignment.console import note

    known = {record["key"]: record for record in study["records"]}
    for row in rows:
        if row["model"]:
            row["model_changed"] = tracking.model_at_hand(workspace.root, row["run_id"], known[row["key"]])[1]
            if row["model_changed"]:
                note(f"{row['model']} is not the model its run made: {row['model_changed']}")


def where(workspace) -> dict:
    """Run key -> run id and registered model, as the tracking store has them now."""
    from realignment import tracking
    from realignment.lineage import Where

    with tracking.reading():
        models, known = tracking.versions(workspace.root), tracking.finished(workspace.root, workspace.profile)
    return {key: Where(run, models.get(run, "")) for key, run in known.items()}


def quality(workspace) -> dict:
    """File name without suffix -> content, of what `check` wrote."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(workspace.quality.glob("*.json"))}


def show(chain: dict) -> None:
    from realignment.console import table

    if "cell" in chain:
        cell, score = chain["cell"], chain["score"]
        row = ".".join(filter(None, (cell["subset"], cell["control"])))
        name = "/".join(filter(None, (cell["encoder"], row, cell["task"], cell["language"])))
        mean, std = ("—" if score[one] is None else f"{100 * score[one]:.2f}" for one in ("mean", "std"))
        print(f"{name}: {mean} ± {std} points, n = {score['n']} seeds, ddof = {score['ddof']}")
    short = ("key", "run_id", "sha256_weights", "sha256_predictions")
    for title, rows in (("runs", chain["runs"]), ("models they stand on, nearest first", chain["models"])):
        if rows:
            columns = ["run", "score" if title == "runs" else "model", *(one for one in short if any(one in row for row in rows))]
            table([{**row, **{one: str(row.get(one, ""))[:12] for one in short}} for row in rows], columns=columns, title=title)
    base = chain["base"]
    print(f"base encoder {base['label']}: {base['name']}, sha256 {base['sha256']}")
    columns = ["role", "path", "sha256", "rows_kept", "rows_excluded", "origin", "revision", "licence", "checks", "changed"]
    table(chain["data"], columns=columns, title="data")
