"""`realignment runs`: the finished runs of the active profile, one of them in full, and runs put back from study.json."""

import json
from collections import defaultdict
from dataclasses import asdict

import click

from realignment.commands import runs_others
from realignment.tasks import TASKS

COLUMNS = ("run", "subset", "control", "task", "seed", "origin", "apart", "score", "seconds", "key")
FILTERS = [
    click.Option(["--verb"], help="realign, finetune or evaluate."),
    click.Option(["--subset"], help="A name `realignment subsets list` knows."),
    click.Option(["--task"], help=f"{', '.join(TASKS)} or retrieval."),
    click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, with every tag and setting."),
]


class Listing(click.Group):
    """`runs` alone is `runs list`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        known = {*self.commands, "--help", "-h"}
        return super().parse_args(context, args if args and args[0] in known else ["list", *args])


@click.group("runs", cls=Listing)
def command() -> None:
    """Finished runs of the active profile: list (the default), show, restore; and runs of others: import, imported, forget."""


for one in (runs_others.import_, runs_others.imported, runs_others.forget):
    command.add_command(one)


def place():
    """(root, profile) of the active profile, its settings checked."""
    from realignment.config import params
    from realignment.core.workspace import project_root

    root = project_root()
    return root, params.active_profile(root)


def rows(verb: str | None = None, subset: str | None = None, task: str | None = None) -> list[dict]:
    """One row per finished run, sorted by name; `score` is the mean over languages, English apart."""
    from realignment import tracking
    from realignment.config import params
    from realignment.core.errors import BadInput, nearest
    from realignment.core.workspace import Workspace
    from realignment.results.scores import RETRIEVAL
    from realignment.subsets import naming

    root, profile = place()
    kinds = ("realign", "finetune", "evaluate")
    if verb and verb not in kinds:
        raise BadInput(f"unknown verb `{verb}`; {nearest(verb, kinds)}")
    tasks = (*TASKS, RETRIEVAL)
    if task and task not in tasks:
        raise BadInput(f"unknown task `{task}`; {nearest(task, tasks)}")
    if subset:
        subset = naming.canonical(subset, params.load(Workspace(root, profile)).select.n)
    wanted = {name: value for name, value in (("verb", verb), ("subset", subset), ("task", task)) if value}
    with tracking.reading():
        runs = list(tracking.search(root, profile, "attributes.status = 'FINISHED' and tags.run_key != ''"))
        rows = [row for row in map(_row, runs) if all(row[name] == value for name, value in wanted.items())]
        _compared(root, profile, rows)
    return sorted(_told_apart(rows), key=lambda row: (row["run"], row["key"]))


def _compared(root, profile: str, rows: list[dict]) -> None:
    """BadInput names the runs that show something else in the tracking store than in their record, which the report reads."""
    from realignment import tracking
    from realignment.core.console import note
    from realignment.core.errors import BadInput, FailedWork
    from realignment.core.workspace import Workspace
    from realignment.study import study_file

    known, _ = study_file.believed(Workspace(root, profile))
    pivot, wrong, lost = tracking.pivot(root, profile), [], 0
    for row in rows:
        shown = row.pop("metrics")
        try:
            record = known.get(row["key"]) or tracking.load_record(root, row["run_id"])
        except FailedWork:
            lost += 1
            continue
        if difference := _difference(row, shown, record, pivot):
            wrong.append(f"{row['run']} (run {row['run_id']}): {difference}")
    if lost:
        note(f"{lost} runs have lost their record.json, or it was changed: what is shown of them cannot be compared with it")
    if wrong:
        more = f"; and {len(wrong) - 3} more runs" if len(wrong) > 3 else ""
        remedy = "the report reads the record; `mlflow runs delete --run-id RUN`, then `realignment runs restore` makes it again"
        raise BadInput(f"{tracking.called(root)}: the store was changed: {'; '.join(wrong[:3])}{more}; {remedy}")


def _difference(row: dict, shown: dict[str, float], record, pivot: str) -> str:
    """The first thing a run shows that its record does not say; "" where there is none."""
    from realignment.tracking import fields

    tags = fields.tags(record, "")
    for name in ("verb", "subset", "control", "seed"):
        if row[name] != tags.get(name, ""):
            return f"{name} is `{row[name]}` there and `{tags.get(name, '')}` in its record"
    wanted = fields.metrics(record, pivot)
    for name, value, _ in wanted:
        if (name == "seconds" or name.startswith(f"{row['task']}/")) and shown.get(name) != value:
            return f"{name} is {shown.get(name)} there and {value} in its record"
    return ""


def _told_apart(found: list[dict]) -> list[dict]:
    """Of runs with one name, `apart` holds the settings in which they differ, as `steps=1000`; `inputs` where no setting does."""
    named = defaultdict(list)
    for row in found:
        named[row["run"]].append(row)
    for group in named.values():
        names = sorted({name for row in group for name in row["params"]})
        differing = [name for name in names if len({row["params"].get(name) for row in group}) > 1]
        for row in group:
            shown = " ".join(f"{name}={row['params'].get(name, '')}" for name in differing)
            row["apart"] = "" if len(group) == 1 else shown or "inputs"
    return found


def _row(run) -> dict:
    tags, metrics = run.data.tags, run.data.metrics
    task = tags.get("task") or ("retrieval" if tags.get("verb") == "evaluate" else "")
    about = {name: tags.get(name, "") for name in ("verb", "subset", "control", "seed", "origin")}
    about |= {"task": task, "score": metrics.get(f"{task}/mean"), "seconds": metrics.get("seconds")}
    return {
        "run": run.info.run_name,
        **about,
        "key": tags["run_key"],
        "run_id": run.info.run_id,
        "tags": tags,
        "params": run.data.params,
        "metrics": metrics,
    }


def _list(as_json: bool, **filters: str | None) -> None:
    from realignment import tracking
    from realignment.core.console import note, table
    from realignment.records import kernels

    found = rows(**filters)
    if as_json:
        table(found, as_json=True)
        return
    table([{**row, "key": row["key"][:10]} for row in found], columns=COLUMNS)
    if older := sum(tracking.is_older(row["tags"]) for row in found):
        remedy = (
            "`realignment runs restore` brings them up to date"
            if tracking.database(place()[0])
            else "on a server they stay as they are"
        )
        note(f"{older} runs lack the data sets, models and note on their lineage that this version writes; {remedy}")
    for line in kernels.mixed(row["tags"].get("kernels", "") for row in found):
        note(f"runs on different kernels give other weights with the same settings: {line}")
    if not found:
        note("no finished run matches; `dvc repro` makes the profile's, `realignment runs restore` puts back those of study.json")


ABOUT = "List finished runs; a score is the mean over languages, English apart."
command.add_command(click.Command("list", params=FILTERS, callback=_list, help=ABOUT))


@command.command("show")
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print the whole record.")
def show(key: str, as_json: bool) -> None:
    """A run by (the beginning of) its key: what went in, what came out."""
    from realignment import tracking
    from realignment.core.console import table
    from realignment.core.errors import BadInput, FailedWork

    root, profile = place()
    with tracking.reading():
        known = tracking.finished(root, profile)
        found = [one for one in known if one.startswith(key.lower())]
        if len(found) != 1:
            what = f"{len(found)} runs have such a key" if found else "no finished run has such a key"
            raise BadInput(f"the beginning of one run's key is required; {what}: `{key}`; `realignment runs` lists them")
        run = known[found[0]]
        try:
            record, model = tracking.load_record(root, run), tracking.version_of(root, run)
        except FailedWork as fault:
            raise BadInput(f"{fault}; `realignment runs restore` puts it back from study.json") from None
    if as_json:
        print(json.dumps({**record.to_json(), "run_id": run}, ensure_ascii=False, indent=1))
        return
    about = {"run": record.name, "key": record.key, "run_id": run, "model": model}
    about |= {"encoder": record.cell.encoder, "languages": list(record.languages), "seconds": record.seconds}
    about |= {**record.params, **record.environment}
    about |= {f"sha256 of {name}": value for name, value in {**record.inputs, **record.hashes}.items()}
    about |= record.counts
    table([{"what": name, "value": value} for name, value in about.items()])
    if record.scores:
        table([asdict(one) for one in record.scores])


@command.command("restore")
@click.option("--quiet", is_flag=True, help="Say nothing where nothing is missing.")
def restore(quiet: bool) -> None:
    """Put back the runs of study.json that the tracking store lacks (a fresh clone, a deleted database), and the summary of each row; runs
    that an earlier version wrote get the data sets, models and notes of this one. Runs of imports are put back from data/others."""
    from realignment import tracking
    from realignment.config import params
    from realignment.core.console import note
    from realignment.core.errors import BadInput
    from realignment.core.locks import writing
    from realignment.core.workspace import Workspace
    from realignment.paper.others import stored
    from realignment.study import study_file

    root, profile = place()
    runs_others.put_back(root)
    study = study_file.trusted(Workspace(root, profile))
    records = study["records"]
    if not records and not quiet and not stored.names(root):
        remedy = "make it with `dvc repro study`, or bring it with `dvc pull`"
        raise BadInput(f"data/{profile}/study.json is required and holds no record; {remedy}")
    lacking: set[str] = set()
    if records:
        with writing(root, f"restoring runs of profile `{profile}`"):
            lacking = set(tracking.missing(root, profile, [record.key for record in records]))
            tracking.restore(root, profile, [record for record in records if record.key in lacking])
    if lacking:
        note(f"{profile}: {len(lacking)} of {len(records)} runs restored from study.json")
    written = _summarised(Workspace(root, profile), study) if records else 0
    if written:
        note(f"{profile}: {written} summaries of rows written")
    with writing(root, f"restoring runs of profile `{profile}`"):
        if renewed := tracking.renew(root, profile, {record.key: record for record in records}):
            note(f"{profile}: {renewed} runs show their data sets, models and lineage as this version does")
    if lacking or written or renewed:
        others = [name for name in params.profiles(root) if name != profile]
        tracking.keep_rows(root, profile, others, Workspace(root, profile).rows)
    if quiet:
        return
    with writing(root, f"restoring runs of profile `{profile}`"):
        runs = tracking.finished(root, profile)
        mended = tracking.mend(root, {runs[one.key]: one for one in records if one.key not in lacking})
    if mended:
        note(f"{profile}: {mended} of {len(records)} runs had lost their record and have it again")
    elif not lacking:
        note(f"{profile}: all {len(records)} runs are there")


def _summarised(workspace, study: dict) -> int:
    """Brings the summary runs to what the tables of the study say; how many were written. Nothing is computed where they are there."""
    from realignment import tracking
    from realignment.core.console import note
    from realignment.core.errors import BadInput
    from realignment.core.locks import writing
    from realignment.corpora import manifest
    from realignment.records.sealing import SEAL
    from realignment.results import summaries

    root, profile = workspace.root, workspace.profile
    if tracking.summarised(root, profile, study[SEAL]) or not any(one.verb == "evaluate" for one in study["records"]):
        return 0
    try:
        rows = summaries.of_records(study, manifest.load(workspace).languages, manifest.subsets(workspace))
    except BadInput as fault:
        note(f"{profile}: the rows of its tables have no summaries in MLflow: {fault}")
        return 0
    with writing(root, f"summaries of profile `{profile}`"):
        return tracking.summarise(root, profile, rows, study[SEAL])
