"""The registry of tracking: versions of registered models, the models themselves, and records."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from realignment.core.errors import BadInput, FailedWork, nearest
from realignment.records import mlmodel, sealing
from realignment.records.record import Record
from realignment.tracking import described, logged, places, write
from realignment.tracking import fields as shown
from realignment.tracking.files import clear, discard, local, part
from realignment.tracking.moves import place
from realignment.tracking.store import lock, prepare

OWN = ("run_key", "origin", "parent", "sha256.model")  # tags of a version that another one like it does not share


def load_record(root: Path, run: str) -> Record:
    """The record of a run; FailedWork where its artifact is gone, or is not what the run was saved with."""
    about = prepare(root).get_run(run)
    content, wrong = _record(root, run, about.data.tags)
    if wrong and discard(root, run, sealing.FILE):
        content, wrong = _record(root, run, about.data.tags)
    if wrong:
        raise FailedWork(f"{about.info.run_name}: the {sealing.FILE} of run {run} {wrong}")
    return Record.of(content, f"{sealing.FILE} of run {run}")


def load_records(root: Path, runs: Mapping[str, Any]) -> tuple[dict[str, Record], dict[str, str]]:
    """`load_record` of many MLflow runs: (name -> record, name -> why it cannot be believed). Where they lie here, no run is asked for again."""
    found, wrong = {}, {}
    for name, run in runs.items():
        try:
            here = place(run.info.artifact_uri)
            content, fault = _read(here / sealing.FILE, run.data.tags) if here else ({}, "")
            if fault:
                raise FailedWork(f"{run.info.run_name}: its {sealing.FILE} {fault}")
            found[name] = (
                Record.of(content, f"{sealing.FILE} of run {run.info.run_id}") if here else load_record(root, run.info.run_id)
            )
        except FailedWork as said:
            wrong[name] = str(said)
    return found, wrong


def _record(root: Path, run: str, tags: dict[str, str]) -> tuple[dict, str]:
    """(the JSON that is there, why it cannot be believed)."""
    return _read(part(root, run, sealing.FILE), tags)


def _read(path: Path | None, tags: dict[str, str]) -> tuple[dict, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))  # type: ignore[union-attr]  # None: gone
        return content, sealing.fault(content, tags.get(shown.SEAL, "")) or _other_key(content.get("key"), tags)
    except (OSError, ValueError, TypeError, AttributeError):
        return {}, "is gone or cannot be read"


def model_at_hand(root: Path, run: str, record: Record) -> tuple[Path | None, str]:
    """(folder of a run's model on this machine, how it differs from what `record` says it is); None where the run has none.

    A copy of a server's that does not fit is brought once more.
    """
    folder = part(root, run, "model")
    wrong = sealing.model_fault(record, folder) if folder else "its files are gone"
    if folder and wrong and discard(root, run, "model"):
        folder = part(root, run, "model")
        wrong = sealing.model_fault(record, folder) if folder else "its files are gone"
    return folder, wrong


def _other_key(key: str | None, tags: dict[str, str]) -> str:
    """A run that was retired has no key any more; one whose tag was edited stands for another job."""
    if "damaged" in tags:
        return f"no longer counts: {tags['damaged']}"
    return "" if key == tags.get("run_key") else "is of another key than the tag run_key of the run"


def write_record(root: Path, run: str, record: Record) -> None:
    """Puts the record of a finished run back, or under another label: its artifact, its seal, what the run is called."""
    write.log_record(root, run, record)
    discard(root, run, sealing.FILE)
    about = {shown.SEAL: record.seal, "encoder": record.cell.encoder, "mlflow.runName": record.name}
    write.set_tags(root, run, about)


def retire(root: Path, run: str, why: str) -> None:
    """Takes its key from a run whose record or model cannot be believed, so that the run that takes its place is the only one."""
    store = prepare(root)
    key = store.get_run(run).data.tags["run_key"]
    write.set_tags(root, run, {"damaged_run_key": key, "damaged": why[:5000]})
    store.delete_tag(run, "run_key")
    for version in store.search_model_versions(f"run_id = '{run}'"):
        store.set_model_version_tag(version.name, version.version, "damaged", why[:5000])
    logged.tag(root, run, {"damaged": why[:5000]})


def register(root: Path, record: Record, run: str) -> str:
    """A version of the record's registered model, from the run's `model` folder; its number. A run gets one version.

    The alias of a seed goes to a version with the settings of the profile; of a trial's, its tags hold every setting that differs.
    """
    from mlflow.exceptions import MlflowException

    store, name = prepare(root), record.model
    for version in store.search_model_versions(f"run_id = '{run}'"):
        if version.name == name:
            return str(version.version)
    found = store.get_run(run)
    profile = found.data.tags.get("profile", "")
    text, tags = described.model(root, record, profile)
    try:
        store.create_registered_model(name, tags, text)
    except MlflowException as fault:
        if fault.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    above = places.known(root, found.info.experiment_id, [record.parent]).get(record.parent)
    text, tags = described.version(root, record, profile, above)
    source, tags = found.info.artifact_uri + "/model", {**tags, "origin": found.data.tags.get("origin", "")}
    version = store.create_model_version(name, source, run, tags=tags, description=text, await_creation_for=0)
    if not record.trial:
        store.set_registered_model_alias(name, shown.alias(record), version.version)
    place = replace(places.of_run(root, found), version=f"{name}/{version.version}", above=above)
    logged.registered(root, place)
    write.note(root, record, profile, place)
    return str(version.version)


def claim_model(root: Path, run: str, tags: dict[str, str]) -> None:
    """Says something of the model that a run made, of its versions too; of a run without one nothing."""
    store = prepare(root)
    for version in store.search_model_versions(f"run_id = '{run}'"):
        for name, value in tags.items():
            store.set_model_version_tag(version.name, version.version, name, value)
    logged.tag(root, run, tags)


def point_aliases(root: Path, made: dict[str, Record]) -> None:
    """The aliases of a study's seeds lead to its own versions. `made` is run id -> record; runs without a version are passed over. One process at a
    time, since MLflow takes two that set one alias for a fault of its file."""
    with lock(write.saving(root)):
        store, known = prepare(root), versions(root)
        aliases: dict[str, dict[str, str]] = {}
        for run, record in made.items():
            if not record.model or run not in known:
                continue
            name, _, version = known[run].removeprefix("models:/").rpartition("/")
            if name not in aliases:
                aliases[name] = {alias: str(number) for alias, number in store.get_registered_model(name).aliases.items()}
            if aliases[name].get(shown.alias(record)) != version:
                store.set_registered_model_alias(name, shown.alias(record), version)


def leads(root: Path, run: str, record: Record) -> bool:
    """Whether the alias of the record's seed leads to what the run registered; true too where it registered nothing."""
    from mlflow.exceptions import MlflowException

    own = version_of(root, run)
    try:
        return not own or own.endswith(f"/{prepare(root).get_model_version_by_alias(record.model, shown.alias(record)).version}")
    except MlflowException:
        return False


def forget(root: Path, run: str) -> None:
    """Removes the versions of a run that never came to be; their aliases go back to the newest version that is like them."""
    store = prepare(root)
    logged.forget(root, run)
    for version in store.search_model_versions(f"run_id = '{run}'"):
        aliases = [
            name for name, of in store.get_registered_model(version.name).aliases.items() if str(of) == str(version.version)
        ]
        store.delete_model_version(version.name, version.version)
        others = sorted(store.search_model_versions(f"name = '{version.name}'"), key=lambda one: int(one.version))
        like = [one for one in others if _about(one) == _about(version)]
        for name in aliases if like else ():
            store.set_registered_model_alias(version.name, name, like[-1].version)
        if not others:
            store.delete_registered_model(version.name)


def _about(version) -> dict[str, str]:
    return {name: value for name, value in version.tags.items() if name not in OWN}


def version_of(root: Path, run: str) -> str:
    """`models:/NAME/VERSION` of what a run registered; "" where it registered nothing."""
    found = prepare(root).search_model_versions(f"run_id = '{run}'")
    return f"models:/{found[0].name}/{found[0].version}" if found else ""


def registered(root: Path, record: Record, run: str) -> str:
    """`models:/NAME/VERSION` of a run that holds its model; registered again where somebody deleted the version."""
    return version_of(root, run) or f"models:/{record.model}/{register(root, record, run)}"


def versions(root: Path) -> dict[str, str]:
    """Run id -> `models:/NAME/VERSION` of every registered model."""
    store, found, token = prepare(root), {}, None
    while True:
        page = store.search_model_versions(max_results=1000, page_token=token)
        found |= {one.run_id: f"models:/{one.name}/{one.version}" for one in page}
        token = page.token
        if not token:
            return found


def aliases(root: Path) -> dict[str, str]:
    """NAME@ALIAS -> version, of every registered model."""
    store, found, token = prepare(root), {}, None
    while True:
        page = store.search_registered_models(max_results=1000, page_token=token)
        found |= {f"{one.name}@{alias}": str(number) for one in page for alias, number in one.aliases.items()}
        token = page.token
        if not token:
            return found


def keep_model(root: Path, run: str, record: Record, model: Path) -> None:
    """Stores and registers the model of a run that was saved without it."""
    if "record.json" in {path.name for path in model.iterdir()}:
        raise ValueError(f"{model}: the model folder, not the job's, is wanted")
    clear(root, run, "model")  # a file of a damaged one may lie there
    prepare(root).log_artifacts(run, str(model), "model")
    keep_for_mlflow(root, run, record)
    register(root, record, run)


def keep_for_mlflow(root: Path, run: str, record: Record) -> None:
    """Puts beside the kept model of a run what MLflow needs to load and serve it."""
    if here := local(root, run):
        mlmodel.write(record, here / "model")
        return
    for name, text in mlmodel.files(record).items():
        prepare(root).log_text(run, text, f"model/{name}")


def keep_predictions(root: Path, run: str, file: Path) -> None:
    """Puts the predictions of a finished run back; `file` holds the bytes that its record says."""
    clear(root, run, file.name)
    prepare(root).log_artifact(run, str(file))


def version_tags(root: Path, name: str) -> dict[str, str]:
    """What the registry says of `models:/NAME/VERSION` or `models:/NAME@ALIAS`, which exists."""
    store, model = prepare(root), name.removeprefix("models:/")
    if "@" in model:
        return dict(store.get_model_version_by_alias(*model.split("@")).tags)
    return dict(store.get_model_version(*model.rsplit("/", 1)).tags)


def model_folder(root: Path, name: str) -> tuple[Path, Record]:
    """(folder with the weights, record) of `models:/NAME/VERSION` or `models:/NAME@ALIAS`; each file is the one its run made."""
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
    remedy = "run the command that made it again, or `dvc repro -s -f study`"
    try:
        run = store.get_run(found.run_id)
    except MlflowException:
        raise BadInput(f"`{name}` stands in the registry, its run {found.run_id} is gone; {remedy}") from None
    if run.info.lifecycle_stage != "active":
        back = f"bring it back with `mlflow runs restore --run-id {found.run_id}`"
        raise BadInput(f"`{name}` stands in the registry, its run {found.run_id} was deleted; {back}, or {remedy}")
    gone = BadInput(f"`{name}` stands in the registry, its files in {run.info.artifact_uri} are gone; {remedy}")
    if part(root, found.run_id, sealing.FILE) is None:
        raise gone
    try:
        record = load_record(root, found.run_id)
    except FailedWork as fault:
        raise BadInput(f"`{name}` cannot be used: {fault}; {remedy}") from None
    folder, wrong = model_at_hand(root, found.run_id, record)
    if folder is None:
        raise gone
    if wrong:
        raise BadInput(f"`{name}` is not the model its run made: {wrong}; {remedy}")
    return folder, record


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
