"""Source `public`: the paper's corpora from where they lie, into the folder `fetch.folder`, and read from there like a user's own.

What is there and equals the lock is not asked for again. `fetch.mirrors` puts other addresses, or folders, in the place of hosts.
"""

import hashlib
import shutil
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from realignment.config import schema
from realignment.core import network
from realignment.core.console import note, transfers
from realignment.core.errors import BadInput, FailedWork
from realignment.core.files import put_in_place, writable
from realignment.core.workspace import Workspace
from realignment.sources import catalogue
from realignment.sources.catalogue import EVERY, Wanted
from realignment.sources.filenames.bitexts import Parallel
from realignment.sources.filenames.evalsets import Named
from realignment.sources.folder import reader
from realignment.sources.folder.inventory import Evalset, Found
from realignment.sources.folder.licences import Observed
from realignment.sources.lock import MIRROR, Lock, Locked, digest
from realignment.sources.output import Fetched
from realignment.sources.public import hub, web
from realignment.sources.public.head import Head
from realignment.sources.spellings import Codes

AT_ONCE = 4  # files
HUB = "hub"  # key of fetch.mirrors for the hub
FIRST = "eng_Latn-"  # an NLLB file whose name begins so has English in its first column


@dataclass(frozen=True)
class Bringer:
    """Brings files into the data folder and says what they were."""

    folder: Path
    lock: Lock
    mirrors: dict[str, str]
    stated: dict[str, str] = field(default_factory=dict)  # path -> sha256 by the hub, of what is in no lock yet

    def bring(self, wanted: Wanted, advance: web.Advance) -> Locked:
        """The file in its place, equal to the lock where that knows it; FailedWork otherwise, and nothing in its place."""
        known, path = self.lock.of(wanted), self.folder / wanted.path
        part = self.folder / ".part" / hashlib.sha1(wanted.path.encode()).hexdigest()
        part = part.with_name(part.name + ("".join(path.suffixes[-1:])))
        part.parent.mkdir(parents=True, exist_ok=True)
        rows = max(known.rows, wanted.rows) if known and known.rows and wanted.rows != EVERY else wanted.rows
        if known and known.rows is None and wanted.rows:
            rows = EVERY  # the whole file is known: ask for no less, so that it can be compared
        complete = self._download(wanted, rows, part, advance)
        size, sha256 = digest(part)
        if (stated := self.stated.get(wanted.path, sha256)) != sha256:
            part.unlink()
            raise FailedWork(
                f"{wanted.source}: the hub states sha256 {stated[:12]}, {sha256[:12]} came; it was damaged on the way; try again"
            )
        licence = wanted.corpus.licence
        entry = Locked(
            wanted.path, wanted.source, self.lock.revision(wanted), size, sha256, None if complete else rows,
            licence.stated, licence.observed, datetime.now(UTC).isoformat(timespec="seconds"),
        )  # fmt: skip
        if known:
            self._compare(wanted, known, entry, part)
        put_in_place([(part, path)])  # the folder may be a link to another disk
        return known if known and known.sha256 == sha256 else entry

    def _compare(self, wanted: Wanted, known: Locked, entry: Locked, part: Path) -> None:
        """What was locked must be there: all of it, or the head of what was downloaded now."""
        longer = known.rows is not None and entry.rows != known.rows
        size, sha256 = digest(part, most=known.size) if longer else (entry.size, entry.sha256)
        if (size, sha256) != (known.size, known.sha256):
            part.unlink()
            raise FailedWork(
                f"{wanted.source}: it changed at the source: {known.size} bytes with sha256 {known.sha256[:12]} are locked in "
                f"{self.lock.file.name}, {size} with {sha256[:12]} came; nothing was replaced; take the new file by deleting its line there"
            )

    def _download(self, wanted: Wanted, rows: int | None, part: Path, advance: web.Advance) -> bool:
        """Whether the file was downloaded to its end."""
        local = self.mirrored(wanted)
        if rows is None:
            if local:
                shutil.copyfile(local, part)
            elif wanted.url:
                web.whole(self.address(wanted.url), part, advance)
            else:
                hub.whole(wanted, self.lock.revision(wanted), part, self.endpoint, advance)
            return True
        with closing(Head(part, rows)) as head:
            if wanted.corpus.head == "parquet":
                if local:
                    with local.open("rb") as file:
                        hub.translations(file, wanted, head, advance)
                else:
                    hub.head(wanted, self.lock.revision(wanted), head, self.endpoint, advance)
            else:
                english = 0 if Path(wanted.url).name.startswith(FIRST) else 1
                blocks = web.bytes_of(local) if local else None
                web.head(self.address(wanted.url), head, english, advance, blocks)
            return not head.full

    @property
    def endpoint(self) -> str | None:
        """Where the hub is: fetch.mirrors, HF_ENDPOINT, or its own address (None)."""
        return self.mirrors.get(HUB) or network.endpoint()

    def address(self, url: str) -> str:
        """`url`, its host replaced where fetch.mirrors says so."""
        for host, other in self.mirrors.items():
            if host != HUB and url.startswith(host.rstrip("/") + "/"):
                return other.rstrip("/") + url.removeprefix(host.rstrip("/"))
        return url

    def mirrored(self, wanted: Wanted) -> Path | None:
        """The file in a mirror folder; None where its mirror is no folder. <folder>/<repo>/<file>, or the path of the address."""
        place = (
            f"{self.mirrors.get(HUB, '')}/{wanted.corpus.repo}/{wanted.file}" if wanted.corpus.repo else self.address(wanted.url)
        )
        if not place.startswith(("/", "~", "file://", ".")) or (wanted.corpus.repo and HUB not in self.mirrors):
            return None
        path = Path(place.removeprefix("file://")).expanduser()
        if not path.is_file():
            raise FailedWork(f"{wanted.source}: {path} is required in the mirror folder and does not exist")
        return path


def fetch(target: Workspace, how: schema.Fetch) -> Fetched:
    """Brings what is missing of the files the settings ask for, then reads them."""
    place, lock = data_folder(how), Lock(Path(how.lock))
    wanted = catalogue.plan(how)
    bring(wanted, Bringer(place, lock, how.mirrors))
    training = {task: catalogue.training(how, task) for task in how.tasks}
    return reader.read(reader.Reading(target, how, found(place, wanted), training, Observed(), lock))


def data_folder(how: schema.Fetch) -> Path:
    if not how.folder:
        raise BadInput("source `public` keeps its files in a data folder; fetch.folder names none; set it in the profile")
    return Path(how.folder).expanduser()


def bring(wanted: list[Wanted], bringer: Bringer) -> None:
    """All of `wanted` in place and in the lock. What came before a failure stays, and is not downloaded again."""
    lock = bringer.lock
    states = {one: lock.state(one, bringer.folder) for one in wanted}
    if changed := [one.path for one in wanted if states[one] == "changed"]:
        raise FailedWork(
            f"{bringer.folder}: {len(changed)} files differ from {lock.file.name}: {', '.join(changed[:3])}; "
            "delete them, and they are downloaded again; or, to take them as they are, delete their lines there"
        )
    taken = [one for one in wanted if states[one] == "unlocked"]
    todo = [one for one in wanted if states[one] in ("missing", "short")]
    if todo and network.forbidden() and not bringer.mirrors:
        raise FailedWork(
            f"{bringer.folder}: {len(todo)} of {len(wanted)} files are missing and HF_HUB_OFFLINE=1 forbids the network: "
            f"{', '.join(one.path for one in todo[:3])}, ...; `realignment doctor --files` lists them"
        )
    pin(todo + taken, bringer)
    state_hashes(todo, bringer)
    try:
        for one in taken:
            note(f"{one.path} was there already and is in no lock: taken as it is")
            lock.entries[one.path] = taken_as_is(one, bringer)
        if todo:
            writable(bringer.folder, lock.file.parent)
            note(f"{len(todo)} of {len(wanted)} files are downloaded to {bringer.folder}")
            for one, entry in brought(todo, bringer):
                lock.entries[one.path] = entry
                lock.write()
    finally:
        if lock.entries:
            lock.write()
    shutil.rmtree(bringer.folder / ".part", ignore_errors=True)


def brought(todo: list[Wanted], bringer: Bringer) -> Iterator[tuple[Wanted, Locked]]:
    """Each file with its entry, as they come, several at once; after the first failure those under way still come, no more begin."""
    failed: BaseException | None = None
    came = 0
    with network.online(), transfers(len(todo)) as started, ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {pool.submit(_one, one, bringer, started): one for one in todo}
        left = set(jobs)
        while left:
            done, left = wait(left, return_when=FIRST_COMPLETED)
            for job in sorted(done, key=lambda job: jobs[job].path):
                if job.cancelled():
                    continue
                if fault := job.exception():
                    failed = failed or fault
                    for one in left:
                        one.cancel()
                else:
                    came += 1
                    yield jobs[job], job.result()
    if failed:
        raise _missing(failed, len(todo) - came, len(todo))


def _one(wanted: Wanted, bringer: Bringer, started) -> Locked:
    with started(wanted.path) as advance:
        return bringer.bring(wanted, advance)


def _missing(fault: BaseException, left: int, of: int) -> BaseException:
    if not isinstance(fault, FailedWork):
        return fault
    more = f"{left} of {of} files are still missing; what came stays; call it again, or see `realignment doctor --files`"
    return FailedWork(f"{fault} ({more})")


def pin(wanted: list[Wanted], bringer: Bringer) -> None:
    """Repositories of which no full commit is known: asked once, then every file of theirs is locked to it."""
    open_ones = {one.corpus.repo: one for one in wanted if one.corpus.repo and bringer.lock.revision(one) == "main"}
    for repo, one in sorted(open_ones.items()):
        if bringer.mirrored(one):
            commit = MIRROR
        else:
            commit = hub.revision(one, bringer.endpoint)
            note(f"{repo}: `main` is {commit}; pinned in {bringer.lock.file.name} from now on")
        bringer.lock.pins[repo] = commit


def state_hashes(todo: list[Wanted], bringer: Bringer) -> None:
    """Notes what the hub says of whole files that are in no lock yet: one request per repository."""
    repos: dict[str, list[Wanted]] = {}
    for one in todo:
        if one.corpus.repo and one.rows is None and not bringer.lock.of(one) and not bringer.mirrored(one):
            repos.setdefault(one.corpus.repo, []).append(one)
    for files in repos.values():
        about = hub.about(files, bringer.lock.revision(files[0]), bringer.endpoint)
        known = {one.path: about[one.file].lfs for one in files if one.file in about}
        bringer.stated.update({path: large.sha256 for path, large in known.items() if large})


def taken_as_is(wanted: Wanted, bringer: Bringer) -> Locked:
    size, sha256 = digest(bringer.folder / wanted.path)
    if size < 0:
        raise FailedWork(f"{bringer.folder / wanted.path}: the gzip file is damaged; delete it, and it is downloaded again")
    licence, now = wanted.corpus.licence, datetime.now(UTC).isoformat(timespec="seconds")
    rows = None  # as many as there are
    return Locked(
        wanted.path, wanted.source, bringer.lock.revision(wanted), size, sha256, rows, licence.stated, licence.observed, now
    )


def found(place: Path, wanted: list[Wanted]) -> Found:
    """The files as the reader of folders knows them."""
    result, sets = Found(place, Codes({})), {}
    for one in wanted:
        if not one.corpus.task:
            result.bitexts[one.language] = [Parallel(place / one.path)]
        else:
            columns = one.corpus.called(one.language) if one.corpus.name == "myxnli" else ""
            sets.setdefault((one.corpus.task, one.corpus.name), []).append(
                Named(place / one.path, one.language, one.split, columns)
            )
    for (task, name), files in sorted(sets.items()):
        result.evalsets.append(Evalset(task, name, place / "evalsets" / task / name, tuple(sorted(files))))
    return result
