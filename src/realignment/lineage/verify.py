"""Every link of the chain computed once more, from raw files to the cells of the tables and the rows of the tracking store.

No stored graph is trusted and no score that was kept: what a link says follows from the bytes at hand, now. What is not here is said to be
not at hand, by reason, and never guessed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from realignment.core import digests
from realignment.core.console import progress
from realignment.core.workspace import Workspace
from realignment.lineage import build
from realignment.lineage.proof import data, leads, pages, pipeline, records, runs, store
from realignment.lineage.proof.at_hand import AtHand
from realignment.lineage.proof.verdict import BROKEN, Link, away, judged

GRAPH = "graph"
CHEAP = 2**22  # bytes of a file that is read again each time; of a larger one its kept sha256 is believed, unless `--rehash`


def links(here: AtHand, remakes: Mapping[str, pages.Remake]) -> Iterator[Link]:
    """In the order of the chain. `remakes`: a part of the report -> what makes it anew, see `pages`."""
    yield from chain(data.links(here), runs.links(here), records.links(here))
    for part, remake in remakes.items():
        with TemporaryDirectory(prefix="realignment-") as folder:
            made, why, led = Path(folder), "", None
            try:
                led = remake(made)
            except Exception as fault:  # of whatever a changed byte made of its inputs, which other links name
                made, why = None, " ".join(str(fault).split())[:200]
            yield from pages.links(here, part, made, why)
            if led is not None:
                yield from leads.links(here, part, led)
    yield graph(here.workspace)
    yield from pipeline.links(here.workspace)
    yield from store.links(here)


def graph(workspace: Workspace) -> Link:
    """The stored graph, of which nothing is believed here: a question makes it again where it is not as it was written."""
    path, shown = build.file(workspace), f"reports/{workspace.profile}/{build.file(workspace).name}"
    if not path.is_file():
        return away(GRAPH, shown, "not here; a question of `realignment lineage` makes it")
    return judged(GRAPH, shown, "" if build.as_written(workspace) else f"is not the file that {shown}.sha256 was taken of")


def proven(here: AtHand, remakes: Mapping[str, pages.Remake], *, rehash: bool = False) -> list[Link]:
    """The verdicts of all links; `rehash`: every byte is read, whatever is known of its file."""
    with believing(here.workspace, rehash), progress("links") as advance:
        found = []
        for link in links(here, remakes):
            found.append(link)
            advance()
    return found


@contextmanager
def believing(workspace: Workspace, rehash: bool) -> Iterator[None]:
    """Within, the sha256 of large files is taken from `.work` where the file is as it was; of small ones never."""
    digests.forget()
    if rehash:
        yield
        return
    with digests.kept(workspace.digests, write=False, least=CHEAP):
        yield


def first_broken(found: list[Link]) -> str:
    """The line of the first broken link; "" where none is."""
    broken = [link for link in found if link.verdict == BROKEN]
    if not broken:
        return ""
    more = f" (and {len(broken) - 1:,} more)" if len(broken) > 1 else ""
    return f"{len(broken):,} of {len(found):,} links are broken; the first, {broken[0].group}: {broken[0].name}: {broken[0].why}{more}"
