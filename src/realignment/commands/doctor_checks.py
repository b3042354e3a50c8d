"""What must hold for the experiment to run here: one row per check, `ok` being yes, no (works without) or broken."""

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from realignment import tracking
from realignment.config import params
from realignment.core import dvc_rwlock, locks
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.paper import experiment
from realignment.paper.paper import Paper

Row = dict[str, str]
FREE = 5  # GiB of disk below which a warning is due
TELEMETRY = ("MLFLOW_DISABLE_TELEMETRY", "DVC_NO_ANALYTICS", "HF_HUB_DISABLE_TELEMETRY", "RAY_USAGE_STATS_ENABLED")


def check(root: Path) -> list[Row]:
    """Every check, none of which changes anything."""
    checks: list[tuple[str, Callable[[Path], tuple[str, str]]]] = [
        ("python", python), ("packages", packages), ("git", git), ("profile", profile), ("store", store),
        ("corpora", corpora), ("published", published_runs), ("mlflow run", environment), ("dvc", dvc), ("disk", disk), ("device", device),
        ("telemetry", telemetry),
    ]  # fmt: skip
    with tracking.reading():
        return [*(_row(name, one, root) for name, one in checks), *needs(root)]


def setup(root: Path) -> list[Row]:
    """Prepares store, environment of `mlflow run` and the authors' runs; seconds where all is there. Then what matters for it.

    Mends DVC's list of locks where a killed DVC left it damaged.
    """
    with locks.writing(root, "setup"):
        return _setup(root)


def _setup(root: Path) -> list[Row]:
    if wrong := dvc_rwlock.mend(root):
        note(f"mended: {wrong}")
    rows = [_row(name, one, root) for name, one in (("packages", packages), ("profile", profile), ("store", writable))]
    if not any(row["ok"] == "broken" for row in rows):
        from realignment.tracking import projects

        projects.register(root)
        tracking.experiment(root, params.active_profile(root))
        paper = Paper(root)
        if _imported(paper)[0] != "yes":
            added = tracking.import_runs(root, experiment.NAME, experiment.runs(paper), experiment.ABOUT)
            note(f"the authors' runs: {added} imported into the experiment `{experiment.NAME}`")
        rows += [_row("published", lambda _: _imported(paper), root), _row("mlflow run", environment, root)]
        if missing := params.missing_inputs(root, params.load(Workspace(root, params.active_profile(root))).fetch):
            note(missing)
    note("setup: " + ("; ".join(f"{row['check']} is {row['ok']}" for row in rows if row["ok"] == "broken") or "all is there"))
    return rows


def _row(name: str, one: Callable[[Path], tuple[str, str]], root: Path) -> Row:
    try:
        ok, detail = one(root)
    except BadInput as fault:
        ok, detail = "broken", str(fault)
    return {"check": name, "ok": ok, "detail": detail}


def python(root: Path) -> tuple[str, str]:
    right = sys.version_info[:2] == (3, 11)
    return ("yes" if right else "no"), f"{platform.python_version()} in {sys.prefix}" + ("" if right else "; tested with 3.11")


def packages(root: Path) -> tuple[str, str]:
    """Installed versions against the pins; a local part (`+cpu`) is not compared."""
    wrong = []
    for line in (root / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9_.-]+)==(\S+)", line):
            name, pin = match.groups()
            try:
                found = importlib.metadata.version(name).split("+")[0]
            except importlib.metadata.PackageNotFoundError:
                found = "nothing"
            if found != pin:
                wrong.append(f"{name} {pin} is pinned, {found} installed")
    if wrong:
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        return "broken", "; ".join(wrong[:5]) + more + "; `make setup`"
    return "yes", "all as pinned in requirements.txt"


def git(root: Path) -> tuple[str, str]:
    if shutil.which("git") is None:
        return "no", "not on PATH; runs carry no commit"
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return ("yes", done.stdout.strip()) if done.returncode == 0 else ("no", "not a git checkout; runs carry no commit")


def profile(root: Path) -> tuple[str, str]:
    active = params.active_profile(root)
    params.load(Workspace(root, active))
    return "yes", active


def writable(root: Path) -> tuple[str, str]:
    """Of this MLflow's schema, pointing at this checkout (a moved one is mended on the way)."""
    known = [one.name for one in tracking.prepare(root).search_experiments()]
    return "yes", f"{tracking.called(root)}; experiments: {', '.join(sorted(known))}"


def store(root: Path) -> tuple[str, str]:
    """As it can be read; whether it can be written too."""
    file = tracking.database(root)
    if file is not None and not file.exists():
        return "no", f"{file} is not there yet; `make setup` makes it"
    ok, detail = writable(root)
    if file is not None and not all(os.access(path, os.W_OK) for path in (file, file.parent)):
        return "no", f"{detail}; it can be read, not written: `runs`, `lineage` and `tables` work, `study` and `report` do not"
    if count := len(tracking.older(root, params.active_profile(root))):
        return (
            "no",
            f"{detail}; {count} runs lack the data sets, models and note that this version writes; `realignment runs restore`",
        )
    return ok, detail


def corpora(root: Path) -> tuple[str, str]:
    """Whether the raw files are here; of public corpora, which; nothing is asked of the network."""
    fetch = params.load(Workspace(root, params.active_profile(root))).fetch
    if fetch.source != "public":
        missing = params.missing_inputs(root, fetch)
        return ("no", missing) if missing else ("yes", f"source {fetch.source}" + (f", {fetch.folder}" if fetch.folder else ""))
    from realignment.sources.public import availability

    states = Counter(row["state"] for row in availability.files(root, fetch, ask=False))
    detail = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    more = (
        ""
        if set(states) == {"present"}
        else "; `realignment doctor --files` lists them, `dvc repro fetch` brings what is missing"
    )
    return ("broken" if states["changed"] else "yes" if set(states) == {"present"} else "no"), f"{fetch.folder}: {detail}{more}"


def published_runs(root: Path) -> tuple[str, str]:
    return _imported(Paper(root))


def _imported(paper: Paper) -> tuple[str, str]:
    file = tracking.database(paper.root)
    there = 0 if file is not None and not file.exists() else tracking.count(paper.root, experiment.NAME)
    wanted = experiment.count(paper)
    missing = there < wanted
    return ("no" if missing else "yes"), f"{there} of {wanted} runs of the authors" + ("; `make setup`" if missing else "")


def environment(root: Path) -> tuple[str, str]:
    from realignment.tracking import projects

    folder = projects.folder(root)
    if shutil.which("pyenv") or shutil.which("conda"):
        found = "pyenv or conda is there too"
    else:
        found = "neither pyenv nor conda is needed"
    if (folder / "bin" / "activate").is_file():
        return "yes", f"{folder}; not isolated, uses {sys.prefix}; {found}"
    return "no", "not registered; the first `mlflow run` does it"


def dvc(root: Path) -> tuple[str, str]:
    if not (root / ".dvc" / "config").is_file():
        return "broken", f"{root / '.dvc' / 'config'} is required and missing; `git checkout -- .dvc`"
    if shutil.which("dvc", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}") is None:
        return "broken", "the command `dvc` is not on PATH; `make setup`"
    if wrong := dvc_rwlock.fault(root):
        return ("no" if dvc_rwlock.is_readable(root) else "broken"), f"{wrong}; `realignment doctor --setup` mends it"
    return "yes", f"dvc {importlib.metadata.version('dvc')}"


def disk(root: Path) -> tuple[str, str]:
    free = shutil.disk_usage(root).free / 2**30
    return ("yes" if free > FREE else "no"), f"{free:.0f} GiB free"


def device(root: Path) -> tuple[str, str]:
    from realignment.study import inputs

    settings = params.load(Workspace(root, params.active_profile(root)))
    study = settings.study
    return "yes", f"{inputs.device(settings)}; {study.workers} workers of {study.threads} threads on {os.cpu_count()} cores"


def needs(root: Path) -> list[Row]:
    """What realigning each encoder of the active profile is expected to take, and which of them are gated; no row of a profile that cannot be
    read, which is said already."""
    from realignment.study import needs as expected

    workspace = Workspace(root, params.active_profile(root))
    try:
        settings = params.load(workspace)
        found = expected.of_profile(workspace, settings)
    except BadInput:
        return []
    asked = {label: gated(workspace, spec["name"]) for label, spec in settings.study.encoders.items()}
    return [
        {"check": f"needs of {label}", "ok": "no" if asked[label] else "yes", "detail": f"{asked[label]}{said}"}
        for label, said in found.items()
    ]


def gated(workspace: Workspace, name: str) -> str:
    """What to do about an encoder that is not at hand and that the hub gives to those alone who accepted its licence; "" of another."""
    from realignment.engine.bases import hub, locate

    known = params.known_models(workspace).values()
    asked = any(one.gated and one.address == name for one in known) and locate.at_hand(name, workspace.root) is None
    return f"{hub.gate(name)}; " if asked and not hub.token() else ""


def telemetry(root: Path) -> tuple[str, str]:
    on = [name for name in TELEMETRY if os.environ.get(name, "").lower() not in ("true", "1") and not _off(name)]
    return ("no", f"{', '.join(on)} allow it") if on else ("yes", "off: MLflow, DVC, Hugging Face, Ray")


def _off(name: str) -> bool:
    return name.endswith("_ENABLED") and os.environ.get(name) == "0"
