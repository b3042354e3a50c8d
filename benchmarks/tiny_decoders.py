"""A Llama and a Gemma 2 of random weights, small enough for a laptop, which the profile `stand-in-decoders` takes for those of the paper.

    python benchmarks/tiny_decoders.py

Architectures and tokenizers are those of the tests. Writes data/tiny/llama and data/tiny/gemma.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from architectures import build  # noqa: E402

KINDS = {"llama": "llama", "gemma": "gemma2"}

if __name__ == "__main__":
    for name, kind in KINDS.items():
        folder = ROOT / "data" / "tiny" / name
        shutil.rmtree(folder, ignore_errors=True)
        print(build(folder, kind).relative_to(ROOT))
