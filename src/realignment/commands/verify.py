"""`realignment verify`: every link of a study's chain computed once more, from bytes to cells; exit 1 where one is broken."""

import io
import json
import os
from collections.abc import Mapping
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click

COLUMNS = ("group", "links", "held", "broken", "not at hand", "reasons")
SHOWN = 20  # broken links that are listed


@click.command(
    help="Compute every link of the active profile's study once more, from raw files to tables, dvc.lock and the tracking store: one verdict per link. "
    "Nothing is written but the page that --html asks for. Exit 1 where a link is broken; what is not at hand is named by reason."
)
@click.option("--rehash", is_flag=True, help="Read every byte again, also of large files that are known by size and times.")
@click.option(
    "--replay", type=int, metavar="K", help="Compute K evaluations, drawn at random, once more from their stored weights."
)
@click.option("--seed", type=int, help="Which evaluations --replay draws; default: drawn anew, and printed.")
@click.option("--json", "as_json", is_flag=True, help="Print every link as JSON.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report's page once more, with what is broken now marked in its tables and in the chains of its cells.",
)
def command(rehash: bool, replay: int | None, seed: int | None, as_json: bool, html: Path | None) -> None:
    from realignment import tracking
    from realignment.config import params
    from realignment.core.errors import BadInput, FailedWork
    from realignment.core.workspace import Workspace, project_root

    if replay is not None and replay < 1:
        raise BadInput(f"--replay requires a number of evaluations, 1 or more; got {replay}")
    if seed is not None and replay is None:
        raise BadInput("--seed says which evaluations --replay draws; give --replay K")
    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    settings = params.load(workspace)
    if replay is not None:
        from realignment.executors import worker

        os.environ.update(worker.environment(settings.study.threads))  # read by numerical libraries when they are imported
    from realignment.lineage import verify
    from realignment.lineage.proof import at_hand, verdict

    with tracking.reading():
        here = at_hand.gather(workspace, settings)
        drawn = draw(here, replay, seed) if replay is not None else None
        found = verify.proven(here, remakes(workspace, settings), rehash=rehash)
        again = replayed(*drawn) if drawn else {}
        if html:
            write_page(here, settings, found, html)
    fault = verify.first_broken(found) or again.get("fault", "")
    if as_json:
        about = {"profile": workspace.profile, "counts": verdict.total(found), "groups": verdict.by_group(found)}
        print(
            json.dumps(
                {**about, "links": [one.to_json() for one in found], "replay": again or None}, ensure_ascii=False, indent=1
            )
        )
    else:
        show(found, again)
    if fault:
        raise FailedWork(fault)


def remakes(workspace, settings) -> dict:
    """Part of the report -> what makes it once more, into a folder."""
    from realignment.lineage.proof import pages
    from realignment.stages import authors, report

    return {
        part: partial(remade, stage, workspace, settings) for part, stage in ((pages.STUDY, report), (pages.AUTHORS, authors))
    }


def remade(stage, workspace, settings, folder, **given) -> Mapping:
    """What a stage writes, once more; where its page leads. What it has to say is not for now."""
    with redirect_stderr(io.StringIO()):
        return stage.remake(workspace, settings, folder, **given)


def write_page(here, settings, proven: list, out: Path) -> None:
    """The page of the records, with the links as they are found now; FailedWork where the records give no page."""
    from realignment.core.errors import BadInput, FailedWork
    from realignment.core.files import write_whole
    from realignment.lineage import standing
    from realignment.stages import report

    found = standing.of(here, thorough=True) | standing.computed(here, proven)
    with TemporaryDirectory(prefix="realignment-") as folder:
        try:
            remade(report, here.workspace, settings, Path(folder), found=found)
        except (BadInput, FailedWork):
            raise
        except Exception as fault:  # of whatever a changed byte made of its inputs, which the broken links name
            said = " ".join(str(fault).split())[:160]
            raise FailedWork(
                f"{out}: the records are required to give a page, and do not ({said}); run `realignment verify`"
            ) from None
        write_whole(out, (Path(folder) / "index.html").read_text(encoding="utf-8"))


def draw(here, many: int, seed: int | None) -> tuple:
    """What `replayed` takes: refused before anything is computed where there are no weights."""
    import secrets

    from realignment.lineage import replay

    seed = secrets.randbelow(2**31) if seed is None else seed
    return here, *replay.drawn(here, many, seed), seed


def replayed(here, chosen: list, of: int, seed: int) -> dict:
    """{seed, drawn, of, runs, chances, fault}."""
    from realignment.core.console import track
    from realignment.lineage import replay

    runs = [replay.again(here, *one) for one in track(chosen, "evaluations")]
    wrong = [one for one in runs if one.outcome not in (replay.SAME, replay.ALIKE)]
    fault = (
        f"{len(wrong)} of {len(runs)} evaluations computed once more are others; the first: {wrong[0].run}: {wrong[0].outcome}"
        if wrong
        else ""
    )
    about = {"seed": seed, "drawn": len(runs), "of": of, "runs": [one.to_json() for one in runs]}
    return {**about, "chances": replay.chances(len(runs), of), "fault": fault}


def show(found: list, again: dict) -> None:
    """A row per group, the broken links, one line of counts."""
    from realignment.core.console import note, table
    from realignment.lineage.proof import verdict

    table(verdict.by_group(found), columns=COLUMNS)
    broken = [one for one in found if one.verdict == verdict.BROKEN]
    if broken:
        table([one.to_json() for one in broken[:SHOWN]], columns=("group", "name", "why"), title="broken links")
        if len(broken) > SHOWN:
            note(f"and {len(broken) - SHOWN:,} more broken links; --json lists all")
    counts = verdict.total(found)
    print(
        f"{counts['links']:,} links: {counts['held']:,} held, {counts['broken']:,} broken, {counts['not at hand']:,} not at hand"
    )
    if again:
        table(again["runs"], columns=("run", "outcome", "apart", "environment"), title="computed once more")
        print(f"{again['chances']} (--seed {again['seed']} draws the same)")
