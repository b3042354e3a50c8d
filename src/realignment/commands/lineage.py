"""`realignment lineage CELL`: what a number is based on, down to the bytes of its data."""

import json

import click


@click.command(
    help="What a number is based on. CELL is ENCODER/SUBSET/TASK[/WHAT][/gain] as the report's page prints it when a cell is clicked "
    "(WHAT: a column of its tables or a language), or the beginning of a run's key."
)
@click.argument("cell")
@click.option("--json", "as_json", is_flag=True, help="Print the whole chain as JSON.")
def command(cell: str, as_json: bool) -> None:
    from realignment import tracking
    from realignment.config import params
    from realignment.core import digests
    from realignment.core.workspace import Workspace, project_root
    from realignment.lineage import chain as lineage
    from realignment.results import addresses

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    settings = params.load(workspace)
    wanted = None if lineage.is_key(cell) else addresses.parse(cell, settings.select.n)
    given = known(workspace)
    chain = lineage.of_run(cell, given) if wanted is None else lineage.of_cell(wanted, given)
    with digests.kept(workspace.digests, write=False), tracking.reading():
        look_at_models(workspace, given.study, [*chain["runs"], *chain["models"]])
    if as_json:
        print(json.dumps(chain, ensure_ascii=False, indent=1))
    else:
        show(chain, workspace.data.relative_to(root).as_posix(), folder_of(settings, root))


def known(workspace):
    """What a chain is followed through, read from the active profile's files and the tracking store."""
    from realignment import tracking
    from realignment.core.errors import BadInput
    from realignment.corpora import manifest
    from realignment.lineage import chain as lineage
    from realignment.study import study_file

    with tracking.reading():
        study = study_file.trusted(workspace)
    if not study["records"]:
        raise BadInput(f"data/{workspace.profile}/study.json is required and holds no record; make it with `dvc repro study`")
    return lineage.Known(study, manifest.subsets(workspace), manifest.load(workspace), where(workspace), quality(workspace))


def look_at_models(workspace, study: dict, rows: list[dict]) -> None:
    """Each link with a registered model says in `model_changed` how its files differ from those its run made; "" where they do not."""
    from realignment import tracking
    from realignment.core.console import note

    known = {record.key: record for record in study["records"]}
    for row in rows:
        if row["model"]:
            row["model_changed"] = tracking.model_at_hand(workspace.root, row["run_id"], known[row["key"]])[1]
            if row["model_changed"]:
                note(f"{row['model']} is not the model its run made: {row['model_changed']}")


def where(workspace) -> dict:
    """Run key -> run id and registered model, as the tracking store has them now."""
    from realignment import tracking
    from realignment.lineage.chain import Where

    with tracking.reading():
        models, known = tracking.versions(workspace.root), tracking.finished(workspace.root, workspace.profile)
    return {key: Where(run, models.get(run, "")) for key, run in known.items()}


def quality(workspace) -> dict:
    """File name without suffix -> content, of what `check` wrote."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(workspace.quality.glob("*.json"))}


def folder_of(settings, root) -> str:
    """The folder raw files are named in: of the sample profile none, its text is generated."""
    from realignment.sources.output import located

    return located(settings.fetch, root).folder or ""


def show(chain: dict, data: str, raw: str) -> None:
    """Tables for people; paths of data are below `data`, those of raw files below `raw`."""
    from realignment.core.console import table
    from realignment.results import wording

    if "cell" in chain:
        score = chain["score"]
        over = ", ".join(f"{task} {len(names)}" for task, names in chain["cell"]["languages"].items())
        print(
            f"{chain['cell']['name']}: {score['text']} points, n = {wording.counted(score['n'], 'seed')}, ddof = {score['ddof']}; languages: {over}"
        )
    short = ("key", "run_id", "sha256_weights", "sha256_predictions")
    for title, rows in (("runs", chain["runs"]), ("models they are based on, nearest first", chain["models"])):
        if rows:
            columns = ["run", "score" if title == "runs" else "model", *(one for one in short if any(one in row for row in rows))]
            table([{**row, **{one: str(row.get(one, ""))[:12] for one in short}} for row in rows], columns=columns, title=title)
    base = chain["base"]
    print(f"base encoder {base['label']}: {base['name']}, sha256 {base['sha256']}")
    columns = ["role", "path", "sha256", "rows_kept", "rows_excluded", "origin", "revision", "licence", "checks", "changed"]
    print(f"data, paths in {data}/")
    table(chain["data"], columns=columns, title="data")
    files = [{"role": row["role"], **one} for row in chain["data"] for one in row["raw"]]
    if files:
        print(f"raw files, paths in {raw}/" if raw else "raw files")
        table(files, columns=["role", "path", "sha256", "bytes", "rows"], title="raw files")
