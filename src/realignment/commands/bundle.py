"""`realignment bundle OUT`: the study as a folder that anybody checks with Python's standard library."""

from pathlib import Path

import click


@click.command(
    help="Write the active profile's study into the folder OUT: tables, predictions, gold labels, records, manifests, hashes of models, and "
    "verify.py, which checks all of it with nothing but Python (3.9 or newer). OUT is made, or is an empty folder."
)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="Sign the bundle with this private key (P-256, PEM; needs the package model-signing).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(out: Path, key: Path | None, as_json: bool) -> None:
    import json

    from realignment.config import params
    from realignment.core import digests
    from realignment.core.console import note
    from realignment.core.workspace import Workspace, project_root
    from realignment.lineage import folder
    from realignment.lineage.bundle import of_study, signing, write

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    folder.require(out)
    if key:
        signing.required(key)
    with digests.kept(workspace.digests, write=False):
        files, about = of_study.collect(workspace, signed=key is not None)
        said = write.put(out, files, key)
    if as_json:
        print(json.dumps({"out": str(out), **about, "verified": said}, ensure_ascii=False, indent=1))
        return
    for line in said:
        print(line)
    for path, why in list(about["missing"].items())[: of_study.SHOWN]:
        note(f"not in the bundle: {path}: {why}")
    note(of_study.sentence(out, about))
