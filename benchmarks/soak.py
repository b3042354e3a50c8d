"""Kill `make repro` at random points, call it again, and compare the tables byte for byte with an undisturbed run.

    make soak                      ten kills of one run, in a clone beside this checkout
    python benchmarks/soak.py --kills 3 --seed 1

The clone uses this checkout's environment. Each kill is a SIGKILL to the whole process group, as when a machine's
memory runs out. A start is killed within twice its share of an undisturbed run, uniformly: so the kills are spread over one run.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def tables(checkout: Path) -> dict[str, str]:
    """Relative path and sha256 of every table of the report of the profile that a fresh clone has."""
    shown = subprocess.run(["git", "show", "HEAD:params.yaml"], cwd=checkout, check=True, capture_output=True, text=True).stdout
    profile = next(line.split()[1] for line in shown.splitlines() if line.startswith("profile:"))
    found = sorted(checkout.glob(f"reports/{profile}/tables/*"))
    return {str(path.relative_to(checkout)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def clone(into: Path) -> Path:
    """A fresh clone of HEAD that borrows this checkout's environment: only the code is another."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(into)], check=True)
    return into


def repro(checkout: Path, log: Path) -> subprocess.Popen:
    """Start what `make repro` runs after its environment stands, in a process group of its own."""
    bin_dir = ROOT / ".venv" / "bin"
    env = {**os.environ, "PATH": f"{bin_dir}:{os.environ['PATH']}", "PYTHONPATH": str(checkout / "src")}
    command = "realignment doctor --setup && dvc repro && realignment runs restore --quiet"
    with log.open("a") as out:
        return subprocess.Popen(["bash", "-c", command], cwd=checkout, env=env, stdout=out, stderr=out, start_new_session=True)


def undisturbed(folder: Path) -> tuple[float, dict[str, str]]:
    start = time.monotonic()
    if code := repro(clone(folder / "undisturbed"), folder / "undisturbed.log").wait():
        sys.exit(f"the undisturbed run failed with {code}: see {folder / 'undisturbed.log'}")
    return time.monotonic() - start, tables(folder / "undisturbed")


def disturbed(folder: Path, kills: int, seconds: float, seed: int) -> tuple[list[float], dict[str, str]]:
    """Points of the kills in seconds after each start, and the tables at the end."""
    points, chance = [], random.Random(seed)
    checkout, log = clone(folder / "killed"), folder / "killed.log"
    while True:
        process, point = repro(checkout, log), chance.uniform(0.5, seconds)
        try:
            code = process.wait(timeout=point if len(points) < kills else None)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            points.append(round(point, 1))
            print(f"kill {len(points)} after {point:.1f} s", flush=True)
            continue
        if code:
            sys.exit(f"a restarted run failed with {code}: see {log}")
        if len(points) >= kills:
            return points, tables(checkout)
        shutil.rmtree(checkout)  # it finished between kills: go on with a fresh one
        clone(checkout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--within", type=float, help="seconds after a start within which it is killed; default: twice a run's time by kills"
    )
    parser.add_argument(
        "--against", type=Path, help="a checkout of the same commit with a finished report, in place of an undisturbed run"
    )
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir=ROOT.parent))
    if given.against and not given.within:
        parser.error("--against measures no whole run: say with --within how soon to kill")
    if given.against:
        within, wanted = given.within, tables(given.against)
    else:
        seconds, wanted = undisturbed(folder)
        print(f"undisturbed: {seconds:.0f} s, {len(wanted)} tables", flush=True)
        within = given.within or 2 * seconds / max(given.kills, 1)
    points, got = disturbed(folder, given.kills, within, given.seed)
    different = sorted(name for name in wanted.keys() | got.keys() if wanted.get(name) != got.get(name))
    print(json.dumps({"kills": len(points), "after_s": points, "tables": len(wanted), "different": different}))
    if different or not wanted:
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
