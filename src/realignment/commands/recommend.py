"""`realignment recommend`: which languages of a pool to realign on, and how many."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from realignment.commands import predict_sources, recommend_told
from realignment.commands.predict_sources import Sources
from realignment.core.console import note, progress, table
from realignment.core.errors import BadInput
from realignment.predictor import calibrated, recommended
from realignment.predictor.recommended import Recommended
from realignment.predictor.wish import Wish

HOURS = 10_000_000  # that a budget may be: a thousand years of one device
SIZES = "5-20"


@dataclass(frozen=True)
class Found:
    """What was asked, and the best set of each size."""

    sources: Sources
    wish: Wish
    pool: list[str]
    by_size: dict[int, Recommended]
    chosen: Recommended


@click.command(
    help="Of a pool, the languages to realign on, and how many: the set that is expected to gain most in the targets, what carries it, and its lead over "
    "random draws of its size, with 90 % intervals; beside it the most diverse set by typology."
)
@click.option(
    "--pool", "pool_file", type=click.Path(path_type=Path), help="A file, one language code per line; # starts a remark."
)
@click.option(
    "--pool-name", help="all_65 [default], another row of Table 6, a pool such as joshi_012, or profile: languages with bitext."
)
@click.option("--targets", default="", metavar="CODE,CODE", help="Languages whose gain counts [all that are averaged over].")
@click.option("--sizes", help="How many languages: 5-20, or 5,10,20.  [default: 5-20, as far as the pool reaches]")
@click.option(
    "--budget",
    type=float,
    metavar="HOURS",
    help="What there is for training: how many runs of the set that is, by the active profile.",
)
@click.option(
    "--teach", type=click.IntRange(0, 50), default=0, metavar="N", help="Name the N runs that would teach the predictor most."
)
@click.option("--name", default="my_choice", show_default=True, help="What the set is called in a profile; begins with my_.")
@predict_sources.SOURCE
@predict_sources.ENCODER
@predict_sources.TASK
@predict_sources.JSON
def command(pool_file: Path | None, pool_name: str | None, targets: str, sizes: str | None, **how: Any) -> None:
    asked = sizes_of(sizes or SIZES)
    named(how["name"])
    if how["budget"] is not None and not 0 < how["budget"] <= HOURS:
        raise BadInput(f"--budget takes a number of hours above 0, {HOURS:,} at most; got {how['budget']:g}")
    sources = predict_sources.gather(how["source"], how["encoders"], how["tasks"])
    pool = predict_sources.pool_of(pool_file, pool_name, sources.known)
    wanted = predict_sources.coded(targets.split(","), "--targets", sources.known) if targets else []
    predict_sources.evaluated(wanted, sources)
    if sizes is None:
        asked = [size for size in asked if size <= len(pool)] or [len(pool)]
    if max(asked) > len(pool):
        raise BadInput(f"--sizes must lie between 1 and the size of the pool, {len(pool)}; got {sizes}")
    wish = Wish(sources.fitted(), tuple(wanted))
    if not calibrated.bounded(wish.shared):
        raise BadInput(
            f"an interval of a mean over encoders and tasks requires sets that were run with all of them; {wish.shared} of those at hand were; name one "
            "--encoder or --task"
        )
    with calibrated.one_thread():
        with progress("sizes", len(asked)) as advance:
            by_size = recommended.best(wish, pool, asked, lambda size: advance())
        found = Found(sources, wish, pool, by_size, recommended.first(by_size))
        content = recommend_told.content(found, how)
    sources.told()
    sources.told_of(code for one in by_size.values() for code in one.languages)
    if how["as_json"]:
        print(json.dumps(content, ensure_ascii=False, indent=1))
        return
    table(content["sizes"], title=f"the best set of each size, from {len(pool)} languages; points over fine-tuning only")
    for line in recommend_told.lines(found, content):
        note(line)


def sizes_of(text: str) -> list[int]:
    """`5-20`, `5,10,20`, or both, sorted; BadInput for anything else."""
    found: set[int] = set()
    for part in text.split(","):
        first, sign, last = (word.strip() for word in part.partition("-"))
        ends = [first, last] if sign else [first]
        if not all(word.isascii() and word.isdigit() and 1 <= int(word) <= 1000 for word in ends) or int(ends[0]) > int(ends[-1]):
            raise BadInput(f"--sizes takes numbers of languages, 5-20 or 5,10,20; got `{text}`")
        found |= set(range(int(ends[0]), int(ends[-1]) + 1))
    return sorted(found)


def named(name: str) -> None:
    import re

    from realignment.subsets.naming import OWN

    if not re.fullmatch(OWN + "[a-z0-9_]+", name):
        raise BadInput(f"--name takes {OWN} and small letters, digits or _; got `{name}`")
