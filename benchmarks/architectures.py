"""Each architecture against plain `transformers`: how far its states and gradients are apart, and how much faster a batch is than padded.

    python benchmarks/architectures.py [--rounds 9] [--only modernbert]

Random encoders of one size (LARGE), the oracle and the configurations of the tests; one thread. A step is forward and backward over the states
of 32 sentences, ours and plain (one padded batch, the attention that `transformers` chooses) in turn; CPU time, the median of the ratios of
neighbours. Writes benchmarks/results/architectures.json and the table in docs/models.md.
"""

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from architectures import SMALL, gradients, in_one_batch, load, make, one_by_one, padded, plain_load, tokens  # noqa: E402

from realignment.engine import batches, encoder, reading  # noqa: E402
from realignment.engine.bases.kinds import KINDS  # noqa: E402

LARGE = {
    "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 1024, "vocab_size": 8192,
    "max_position_embeddings": 512,
}  # fmt: skip
OWN = {  # windows as released, so that long sentences reach past them and short ones do not
    "modernbert": {"local_attention": 128},
    "gemma2": {"sliding_window": 128, "query_pre_attn_scalar": 64, "attn_logit_softcapping": 50.0, "head_dim": 64},
    "mistral": {"sliding_window": 128, "head_dim": 64},
    "llama": {"head_dim": 64},
    "gemma3_text": {"sliding_window": 128, "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]},
}  # fmt: skip
SENTENCES, LONG = 32, 200  # one sentence of the oracle's batch has LONG tokens
RESULTS, PAGE = ROOT / "benchmarks/results/architectures.json", ROOT / "docs/models.md"
BEGIN, END = "<!-- made by benchmarks/architectures.py: -->", "<!-- until here -->"


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--rounds", type=int, default=9)
    given.add_argument(
        "--only",
        help="measure this one, and leave the other rows as they are",
        choices=[name for name in SMALL if "," not in name],
    )
    how = given.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    names = [how.only] if how.only else [name for name in SMALL if "," not in name]
    held = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"] if how.only else {}
    rows = held | {name: measured(name, how.rounds) for name in names}
    print(table(rows))
    about = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "machine": platform.machine(),
        "rounds": how.rounds,
    }
    RESULTS.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + table(rows) + END + rest.partition(END)[2], encoding="utf-8")


def measured(name: str, rounds: int) -> dict:
    """One architecture: packed or padded, the largest differences, the ratio of times with its quartiles."""
    kind = SMALL[name][0]
    with tempfile.TemporaryDirectory() as place:
        folder = make(Path(place), name, **{**LARGE, **OWN.get(name, {})})
        ours = load(name, folder).eval()
        exact = plain_load(name, folder, attn_implementation="eager").eval()
        usual = plain_load(name, folder).eval()
    states, slopes = apart(name, ours, exact)
    ratios = faster(name, ours, usual, rounds)
    low, middle, high = statistics.quantiles(ratios, n=4)
    found = {"packed": KINDS[kind].packs, "states": states, "gradients": slopes, "faster": middle, "quartiles": [low, high]}
    print(f"{name}: {found}", file=sys.stderr)
    return found


def apart(name: str, ours, plain) -> tuple[float, float]:
    """The largest difference of a state of any layer, in one padded batch and one by one, and of a gradient: as shares of the largest there."""
    encoded = tokens(name, (*lengths()[:8], LONG))
    batch = batches.batch(encoded, np.arange(len(encoded)))
    states, slopes = [], []
    for plainly in (in_one_batch, one_by_one):
        mine = reading.read(ours, batch, "hidden_states", output_hidden_states=True)
        theirs = plainly(plain, encoded)
        states += [
            float(((one - other).abs().max() / other.abs().max()).detach()) for one, other in zip(mine, theirs, strict=True)
        ]
        found, wanted = gradients(ours, list(mine)), gradients(plain, theirs)
        scale = max(float(one.abs().max()) for one in wanted.values())
        slopes += [float((found[weight] - one).abs().max()) / scale for weight, one in wanted.items()]
    return max(states), max(slopes)


def faster(name: str, ours, plain, rounds: int) -> list[float]:
    """Time of a padded step over that of one of ours, pair by pair; the first pair is not counted."""
    encoded = tokens(name, lengths())
    rows = np.arange(len(encoded))
    steps: list[Callable] = [
        lambda: padded(plain, encoded)[0].last_hidden_state.sum().backward(),
        lambda: encoder.states(ours, batches.batch(encoded, rows)).sum().backward(),
    ]
    times = [[spent(step) for step in steps] for _ in range(rounds + 1)]
    return [plainly / own for plainly, own in times[1:]]


def lengths() -> tuple[int, ...]:
    """Tokens of each sentence: lognormal, some 25 on average, as bitexts have them."""
    return tuple(np.clip(np.random.default_rng(0).lognormal(3.0, 0.6, SENTENCES), 4, 128).astype(int).tolist())


def spent(step: Callable) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def table(rows: dict) -> str:
    """In markdown."""
    lines = ["| `model_type` | attention | states apart | gradients apart | times as fast as padded |", "|---|---|--:|--:|--:|"]
    for name, row in rows.items():
        low, high = row["quartiles"]
        lines.append(
            f"| `{name}` | {'packed' if row['packed'] else 'padded'} | {row['states']:.0e} | {row['gradients']:.0e} | "
            f"{row['faster']:.1f} ({low:.1f} to {high:.1f}) |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
