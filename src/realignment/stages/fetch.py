"""Stage `fetch`: bring raw files in, verify, normalise and split them.

reads   a source: the generator of the sample world, a folder of corpora, or the public ones of the paper
writes  bitext/<lang>.parquet, evalsets/<task>/<set>/<lang>.parquet, languages.csv, manifest.json
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from realignment.config.schema import Fetch, Settings
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.files import put_in_place, remove, writable
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.sources.output import BEYOND, Fetched, located

OUTS = ("bitext", "evalsets", "languages.csv", "manifest.json")


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """Fetches into a folder beside the data and renames it into place; the counts by kind of file."""
    how = located(settings.fetch, workspace.root)
    writable(workspace.work, workspace.data)
    workspace.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=workspace.work) as staging:
        target = Workspace(Path(staging), workspace.profile)
        target.data.mkdir(parents=True)
        fetched = of_source(how.source)(target, how)
        if not any(file["kind"] == "bitext" for file in fetched.files):
            raise BadInput(f"source `{how.source}` holds no bitext; at least one language is required")
        languages.write(fetched.languages, target.languages)
        files = sorted(fetched.files, key=lambda file: file["path"])
        content = {"source": how.source, "files": files, "unread": fetched.unread}
        target.manifest.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        made = [name for name in OUTS if (target.data / name).exists()]
        put_in_place([(target.data / name, workspace.data / name) for name in made])
        for name in set(OUTS) - set(made):  # nothing of the kind this time
            remove(workspace.data / name)
    return summary(files)


def of_source(name: str) -> Callable[[Workspace, Fetch], Fetched]:
    """What reads the data of a source of `schema.Fetch`."""
    if name == "sample":
        from realignment.sources.sample.generator import fetch
    elif name == "folder":
        from realignment.sources.folder.reader import fetch
    else:
        from realignment.sources.public.download import fetch
    return fetch


def summary(files: list[dict]) -> list[dict]:
    """One row per kind and set: files, rows read, kept, refused, and left out because the settings ask for fewer."""
    rows: dict[tuple, dict] = {}
    for file in files:
        key = (file["kind"], file["task"], file["set"])
        row = rows.setdefault(
            key,
            {
                "kind": file["kind"],
                "task": file["task"],
                "set": file["set"],
                "files": 0,
                "read": 0,
                "kept": 0,
                "refused": 0,
                "left_out": 0,
            },
        )
        row["files"] += 1
        row["read"] += file["rows_read"]
        row["kept"] += file["rows_kept"]
        beyond = file["rows_refused"].get(BEYOND, 0)
        row["refused"] += sum(file["rows_refused"].values()) - beyond
        row["left_out"] += beyond
    total = [row for row in rows.values() if row["refused"]]
    for row in total:
        note(
            f"{row['kind']} {row['task']} {row['set']}: {row['refused']} of {row['read']} rows refused, by reason in manifest.json"
        )
    return list(rows.values())
