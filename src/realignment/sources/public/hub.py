"""Files of a dataset repository at a pinned commit, whole or from the head. No dataset script is ever downloaded or run."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.core import network
from realignment.core.errors import FailedWork
from realignment.sources.catalogue import READABLE, Wanted
from realignment.sources.public.head import Head
from realignment.sources.public.web import Advance

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

BATCH = 5000  # rows read at once from the head


def revision(wanted: Wanted, endpoint: str | None) -> str:
    """The commit that a branch stands at now."""
    from huggingface_hub import HfApi

    with network.online():
        try:
            found = HfApi(endpoint=endpoint).dataset_info(wanted.corpus.repo, revision=wanted.corpus.revision)
        except Exception as fault:
            raise _failed(wanted, fault) from None
    return str(found.sha)


def about(wanted: list[Wanted], commit: str, endpoint: str | None) -> "dict[str, RepoFile]":
    """File -> size and, for large ones, sha256, as the hub states them. The files are all of one repository."""
    from huggingface_hub import HfApi

    with network.online():
        try:
            found = HfApi(endpoint=endpoint).get_paths_info(
                wanted[0].corpus.repo, [one.file for one in wanted], revision=commit, repo_type="dataset"
            )
        except Exception as fault:
            raise _failed(wanted[0], fault) from None
    return {one.path: one for one in found}


def whole(wanted: Wanted, commit: str, part: Path, endpoint: str | None, advance: Advance) -> None:
    """Brings a file to `part`; an interrupted download goes on."""
    from huggingface_hub import hf_hub_download

    _check(wanted)
    staging = part.with_name(part.name + ".hub")
    with network.online():
        try:
            got = hf_hub_download(
                wanted.corpus.repo, wanted.file, repo_type="dataset", revision=commit, local_dir=staging, endpoint=endpoint
            )
        except Exception as fault:
            raise _failed(wanted, fault) from None
    Path(got).replace(part)
    shutil.rmtree(staging)
    advance(part.stat().st_size)


def head(wanted: Wanted, commit: str, head: Head, endpoint: str | None, advance: Advance) -> None:
    """Rows of a parquet file until `head` is full; only the blocks they lie in are downloaded."""
    from huggingface_hub import HfFileSystem

    _check(wanted)
    with network.online():
        try:
            files = HfFileSystem(endpoint=endpoint, skip_instance_cache=True)
            with files.open(f"datasets/{wanted.corpus.repo}@{commit}/{wanted.file}", "rb") as file:
                translations(file, wanted, head, advance)
        except FailedWork:
            raise
        except Exception as fault:
            raise _failed(wanted, fault) from None


def translations(file, wanted: Wanted, head: Head, advance: Advance) -> None:
    """Rows of a column `translation`, a struct with a text a language, one of them `en`."""
    import pyarrow.parquet as pq

    parquet, number = pq.ParquetFile(file), 0
    field = parquet.schema_arrow.field("translation").type
    others = [field.field(index).name for index in range(field.num_fields) if field.field(index).name != "en"]
    if len(others) != 1 or field.num_fields != 2:
        raise FailedWork(f"{wanted.source}: column translation must hold `en` and one other language; it holds {field}")
    for batch in parquet.iter_batches(BATCH, columns=["translation"]):
        for pair in batch.column(0).to_pylist():
            number += 1
            if pair is None or pair["en"] is None or pair[others[0]] is None:
                head.broken("", f"{wanted.corpus.name}:{number}")
            else:
                head.add(pair["en"], pair[others[0]], f"{wanted.corpus.name}:{number}")
            if head.full:
                return
        advance(batch.nbytes)


def _check(wanted: Wanted) -> None:
    if not wanted.file.endswith(READABLE):
        raise FailedWork(f"{wanted.source}: only data is downloaded from the hub ({', '.join(READABLE)}); a script is refused")


def _failed(wanted: Wanted, fault: Exception) -> FailedWork:
    text = " ".join(str(fault).split())[:300]
    return FailedWork(
        f"{wanted.source}: {type(fault).__name__}: {text}; HF_ENDPOINT and fetch.mirrors name other places (sources/public/PUBLIC.md)"
    )
