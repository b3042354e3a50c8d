"""Which of the public corpora a profile asks for are present, and what downloading the others would take. Nothing is downloaded."""

from collections import defaultdict
from pathlib import Path

from realignment.config import schema
from realignment.core import network
from realignment.core.errors import FailedWork
from realignment.sources import catalogue
from realignment.sources.catalogue import EVERY, Wanted
from realignment.sources.lock import Lock
from realignment.sources.output import located
from realignment.sources.public import hub, web
from realignment.sources.public.download import Bringer, data_folder

PAIR = 250  # bytes, about, that a pair of a head takes on the way


def files(root: Path, how: schema.Fetch, ask: bool) -> list[dict]:
    """One row per file: state, and bytes that would come; None where they are not known. `ask`: sizes that no lock knows are asked for."""
    how = located(how, root)
    lock, wanted = Lock(Path(how.lock)), catalogue.plan(how)
    bringer = Bringer(data_folder(how), lock, how.mirrors)
    states = {one.path: lock.state(one, bringer.folder) for one in wanted}
    todo = [one for one in wanted if states[one.path] in ("missing", "short", "changed")]
    sizes = {one.path: size_of(one, lock) for one in todo}
    if ask and not network.forbidden():
        sizes |= asked([one for one in todo if sizes[one.path] is None], bringer)
    return [
        {"path": one.path, "state": states[one.path], "bytes": sizes.get(one.path, 0), "source": one.source} for one in wanted
    ]


def size_of(one: Wanted, lock: Lock) -> int | None:
    """From the lock; about, from the pairs wanted; None where neither says."""
    if known := lock.of(one):
        return known.size
    return one.rows * PAIR if one.rows and one.rows != EVERY else None


def asked(wanted: list[Wanted], bringer: Bringer) -> dict[str, int | None]:
    """Sizes as the sources state them, one request per repository or raw file; what does not answer once is not asked again."""
    sizes: dict[str, int | None] = {one.path: None for one in wanted}
    repos: dict[str, list[Wanted]] = defaultdict(list)
    for one in wanted:
        repos[one.corpus.repo].append(one)
    for repo, some in sorted(repos.items()):
        if not repo:
            for one in some:
                if (size := web.size(bringer.address(one.url))) is None:
                    break
                sizes[one.path] = size
            continue
        try:
            commit = bringer.lock.revision(some[0])
            about = hub.about(some, commit, bringer.endpoint)
        except FailedWork:
            break
        sizes |= {one.path: about[one.file].size for one in some if one.file in about}
    return sizes
