"""How fast text goes through `fetch` and `check`, and how much memory it takes. Generated pairs; no network.

    python benchmarks/data.py [--pairs 1000000]

Each part runs in a process of its own, so that its peak memory is its own. Writes benchmarks/results/data.json.
"""

import argparse
import gzip
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
WANTED = {  # what a user may count on, on two cores
    "fetch and check": "300,000 pairs a minute, under 1 GiB",
    "contamination": "500,000 pairs within 3 minutes",
}
LANGUAGES = ("swa", "yor", "hau", "ibo", "zul", "xho", "sna", "lug", "kin", "nya")
TAGS = ("NOUN", "VERB", "ADJ")
SENTENCES = 10_000  # evaluated a language; English has twice as many


def made(chance: random.Random, words: list[str], length: int) -> str:
    return " ".join(chance.choices(words, k=length)) + "."


def vocabulary(chance: random.Random) -> list[str]:
    """30,000 words, frequent ones short, as Zipf has it."""
    return ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=2 + number // 4000)) for number in range(30_000)]


def corpus(folder: Path, languages: tuple[str, ...], pairs: int) -> None:
    """Bitexts of 4 to 24 words per side, a hundredth of the pairs twice; a POS set and its English rows."""
    chance = random.Random(0)
    words = vocabulary(chance)
    for language in languages:
        path = folder / f"bitext/{language}.tsv.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
            last = ""
            for _ in range(pairs):
                length = chance.randint(4, 24)
                last = (
                    last if chance.random() < 0.01 and last else f"{made(chance, words, length)}\t{made(chance, words, length)}\n"
                )
                file.write(last)
    place = folder / "evalsets/pos/made"
    place.mkdir(parents=True, exist_ok=True)
    for name, number in [("train-en", 100), ("test-en", 2 * SENTENCES), *((f"test-{code}", SENTENCES) for code in languages)]:
        tagged = (
            (f"{word}\t{TAGS[len(word) % 3]}" for word in chance.choices(words, k=chance.randint(4, 24))) for _ in range(number)
        )
        blocks = map("\n".join, tagged)
        (place / f"{name}.tsv").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def settings(folder: Path, **check):
    from realignment.config import params
    from realignment.core.workspace import Workspace

    base = params.load(Workspace(ROOT, "sample"))
    how = replace(base.fetch, source="folder", folder=str(folder), world={}, tasks=["pos"], train={"pos": "made"})
    return replace(base, profile="made", fetch=how, check=replace(base.check, **check))


def through(folder: Path) -> tuple[int, dict[str, float]]:
    """(pairs read, seconds of `fetch` and of `check`), contamination by equality alone."""
    from realignment.core.workspace import Workspace
    from realignment.stages import check, fetch

    how, workspace = settings(folder, similar=None, shared_words=None), Workspace(folder, "made")
    (folder / "data").mkdir(exist_ok=True)
    if not (folder / "data/uriel").exists():
        (folder / "data/uriel").symlink_to(ROOT / "data/uriel")
    start = time.perf_counter()
    rows = fetch.run(workspace, how)
    middle = time.perf_counter()
    check.run(workspace, how)
    seconds = {"fetch": middle - start, "check": time.perf_counter() - middle}
    return sum(row["read"] for row in rows if row["kind"] == "bitext"), seconds


def contaminated(folder: Path) -> tuple[int, dict[str, float]]:
    """(pairs compared, seconds): both sides of each bitext against all sentences of its language and of English, all three ways."""
    from realignment.corpora.contamination import Index

    chance, how = random.Random(0), settings(folder).check
    words, pairs, start = vocabulary(chance), 0, time.perf_counter()
    spent = 0.0

    def index(number: int) -> Index:
        nonlocal spent
        sentences = {made(chance, words, chance.randint(4, 24)): "made" for _ in range(number)}
        start = time.perf_counter()
        built = Index(sentences, how.shared_words, how.similar)
        spent += time.perf_counter() - start
        return built

    english = index(2 * SENTENCES)
    for language in LANGUAGES:
        other = index(SENTENCES)
        with gzip.open(folder / f"bitext/{language}.tsv.gz", "rt", encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file]
        start = time.perf_counter()
        for source, target in rows:
            english.match(source)
            other.match(target)
        spent += time.perf_counter() - start
        pairs += len(rows)
    return pairs, {"contamination": spent}


PARTS: dict[str, tuple[tuple[str, ...], Callable]] = {
    "fetch and check": (("swa",), through),  # one bitext, so that a whole one has to fit
    "contamination": (LANGUAGES, contaminated),
}


def part(name: str, folder: Path) -> None:
    pairs, seconds = PARTS[name][1](folder)
    total = sum(seconds.values())
    row = {
        "name": name, "pairs": pairs, "seconds": {key: round(value, 1) for key, value in seconds.items()},
        "pairs_a_minute": round(60 * pairs / total), "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip
    print(json.dumps(row))


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--pairs", type=int, default=1_000_000)
    given.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    given.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    how = given.parse_args()
    if how.part:
        part(how.part, how.folder)
        return
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for name, (languages, _) in PARTS.items():
            pairs = how.pairs if len(languages) == 1 else how.pairs // 2 // len(languages)
            folder = Path(place) / name.replace(" ", "-")
            corpus(folder, languages, pairs)
            words = [sys.executable, __file__, "--part", name, "--folder", str(folder)]
            done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
            rows.append({**json.loads(done.stdout.splitlines()[-1]), "wanted": WANTED[name]})
    about = {"python": platform.python_version(), "cores": os.cpu_count(), "device": platform.processor() or platform.machine()}
    target = ROOT / "benchmarks/results/data.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps([{**row, **about} for row in rows], indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(
            f"{row['name']}: {row['pairs']:,} pairs, {row['seconds']} s, {row['pairs_a_minute']:,} a minute, {row['peak_mib']} MiB (wanted: {row['wanted']})"
        )


if __name__ == "__main__":
    main()
