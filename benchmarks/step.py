"""Where the time of a step of realignment goes: its operations by torch's profiler.

    python benchmarks/step.py --shape small             on the CPU, one thread
    python benchmarks/step.py --device cuda             as `make bench-gpu` calls it

Writes benchmarks/results/step-<device>-<shape>.txt: the dearest operations of STEPS steps after as many unmeasured ones.
"""

import argparse
import contextlib
import tempfile
from pathlib import Path

import engine

STEPS, ROWS = 5, 25


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--shape", choices=engine.SHAPES, default="xlmr-base")
    given.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    given.add_argument("--embedding", choices=["dense", "rows"], default="dense")
    how = given.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(None):
        engine.prepare(Path(folder), how.shape)
        table = profiled(Path(folder), how)
    target = Path(__file__).parent / "results" / f"step-{how.device}-{how.shape}.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text(table + "\n", encoding="utf-8")
    print(table)


def profiled(folder: Path, how: argparse.Namespace) -> str:
    """The table of the profiler; seconds are those of all STEPS steps together."""
    import numpy as np
    import torch
    from torch.profiler import ProfilerActivity, profile, schedule

    from realignment.engine import encoder, hardware, loops, recipes

    hardware.prepare(1)
    number = 2 * STEPS * engine.PAIRS
    sides = engine.sides(encoder.load_tokenizer(folder), 2 * STEPS)
    pairs = loops.Pairs(*sides, np.arange(len(sides[0])), {"xxx": np.arange(len(sides[0]))})
    model = encoder.load(folder, 0, device=how.device)
    watched = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if how.device == "cuda" else [])]
    with profile(activities=watched, schedule=schedule(wait=0, warmup=STEPS, active=STEPS), acc_events=True) as seen:
        given = recipes.Realign(**engine.REALIGN, dtype="bfloat16", embedding=how.embedding)
        loops.realign(model, pairs, np.arange(number), given, loops.Watch(lambda *_: seen.step()))
    if how.device == "cuda":
        torch.cuda.synchronize()
    return seen.key_averages().table(sort_by=f"self_{how.device}_time_total", row_limit=ROWS, max_name_column_width=60)


if __name__ == "__main__":
    main()
