"""The registry of tracking: versions of registered models, and the folders they and their records lie in."""

import json
import re
from pathlib import Path

from realignment import tracking_record as shown
from realignment.errors import BadInput, nearest
from realignment.tracking_store import place, prepare


def folder(root: Path, run: str) -> Path:
    """The local folder of a run's artifacts; those of a server are brought into .work/artifacts."""
    where = prepare(root).get_run(run).info.artifact_uri
    if (here := place(where)) is not None:
        return here
    local = root / ".work" / "artifacts" / run
    if not local.exists():
        local.mkdir(parents=True)
        prepare(root).download_artifacts(run, "", str(local))
    return local


def load_record(root: Path, run: str) -> dict | None:
    """The record of a run; None where its artifact is gone or damaged."""
    try:
        return json.loads((folder(root, run) / "record.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def register(root: Path, record: dict, run: str) -> str:
    """A version of the record's registered model, from the run's `model` folder; its number. A run gets one version."""
    from mlflow.exceptions import MlflowException

    store, name = prepare(root), record["model"]
    for version in store.search_model_versions(f"run_id = '{run}'"):
        if version.name == name:
            return str(version.version)
    try:
        store.create_registered_model(name)
    except MlflowException as fault:
        if fault.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    source = store.get_run(run).info.artifact_uri + "/model"
    tags = {"run_key": record["key"], "seed": shown.seed(record), "verb": record["verb"]}
    if preset := record["params"].get("preset"):
        tags["preset"] = preset
    version = store.create_model_version(name, source, run, tags=tags, description=record["name"], await_creation_for=0)
    store.set_registered_model_alias(name, shown.alias(record), version.version)
    return str(version.version)


def version_of(root: Path, run: str) -> str:
    """`models:/NAME/VERSION` of what a run registered; "" where it registered nothing."""
    found = prepare(root).search_model_versions(f"run_id = '{run}'")
    return f"models:/{found[0].name}/{found[0].version}" if found else ""


def registered(root: Path, record: dict, run: str) -> str:
    """`models:/NAME/VERSION` of a run that holds its model; registered again where somebody deleted the version."""
    return version_of(root, run) or f"models:/{record['model']}/{register(root, record, run)}"


def versions(root: Path) -> dict[str, str]:
    """Run id -> `models:/NAME/VERSION` of every registered model."""
    store, found, token = prepare(root), {}, None
    while True:
        page = store.search_model_versions(max_results=1000, page_token=token)
        found |= {one.run_id: f"models:/{one.name}/{one.version}" for one in page}
        token = page.token
        if not token:
            return found


def keep_model(root: Path, run: str, record: dict, model: Path) -> None:
    """Stores and registers the model of a run that was saved without it."""
    if "record.json" in {path.name for path in model.iterdir()}:
        raise ValueError(f"{model}: the model folder, not the job's, is wanted")
    prepare(root).log_artifacts(run, str(model), "model")
    register(root, record, run)


def model_folder(root: Path, name: str) -> tuple[Path, dict]:
    """(folder with the weights, record) of `models:/NAME/VERSION` or `models:/NAME@ALIAS`."""
    from mlflow.exceptions import MlflowException

    parts = re.fullmatch(r"models:/([^/@]+)(?:/(\d+)|@([\w-]+))", name)
    if parts is None:
        raise BadInput(f"a model is named models:/NAME/VERSION or models:/NAME@ALIAS; got `{name}`; {_names(root, name)}")
    model, version, alias = parts.groups()
    store = prepare(root)
    try:
        found = store.get_model_version(model, version) if version else store.get_model_version_by_alias(model, alias)
    except MlflowException:
        raise BadInput(f"the registry holds no `{name}`; {_names(root, model)}") from None
    remedy = "run the command that made it again, or `dvc repro study`"
    try:
        where = folder(root, found.run_id)
    except MlflowException:
        raise BadInput(f"`{name}` stands in the registry, its run {found.run_id} is gone; {remedy}") from None
    record = load_record(root, found.run_id)
    if record is None or not (where / "model").is_dir():
        raise BadInput(f"`{name}` stands in the registry, its files in {where} are gone; {remedy}")
    return where / "model", record


def _names(root: Path, wanted: str) -> str:
    """The versions of the named model, or the nearest names."""
    store = prepare(root)
    names = {model.name for model in store.search_registered_models(max_results=1000)}
    if wanted in names:
        versions = sorted(int(one.version) for one in store.search_model_versions(f"name = '{wanted}'"))
        return f"versions of `{wanted}`: {', '.join(map(str, versions)) or 'none'}"
    if not names:
        return "no model is registered yet; make one with `realignment realign`"
    return nearest(wanted.removeprefix("models:/").split("/")[0], names)
