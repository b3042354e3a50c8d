"""Steps of realignment and sentences of evaluation a second, ours against two peers on the same text, in one run.

    make bench                          XLM-R base shape on the CPU, one thread, a few minutes
    make bench-gpu                      the same on a GPU, more steps
    python benchmarks/engine.py --shape small --steps 8

Peers: `plain` is what the paper's code does (two padded passes, eager attention, float32, default Adam, projection, loop over
sentences to pool); `sentence-transformers` its own trainer (MultipleNegativesRankingLoss, bfloat16). Each part runs in a process of
its own. On a CPU a step's time is the CPU time of the process, so that other work on the machine counts little. Writes
benchmarks/results/engine-<device>.json.
"""

import argparse
import importlib.util
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHAPES = {  # vocabulary, hidden, layers, heads, feedforward
    "xlmr-base": (250_002, 768, 12, 12, 3072),
    "small": (8_192, 256, 4, 4, 1024),
}
PAIRS, SENTENCES, WARM = 16, 600, 1
HOW = {
    "pairs": PAIRS,
    "pooling": "words",
    "layer": -1,
    "temperature": 0.1,
    "learning_rate": 2e-5,
    "mask_false_negatives": False,
    "freeze": "none",
    "unit": "sentences",
    "subwords": "first",
    "embedding": "dense",
}


def text(number: int, seed: int) -> list[str]:
    """Sentences of lognormal length, 24 tokens or so on average, of words by Zipf's law."""
    import numpy as np

    chance = np.random.default_rng(seed)
    words = ["".join(chance.choice(list("abcdefghijklmnop"), 3 + place % 4)) for place in range(3000)]
    share = 1 / np.arange(1, 3001) ** 1.05
    lengths = np.clip(chance.lognormal(2.6, 0.55, number), 3, 60).astype(int)
    return [" ".join(chance.choice(words, length, p=share / share.sum())) for length in lengths]


def prepare(folder: Path, shape: str) -> None:
    """An XLM-R of that shape with random weights, and a tokenizer whose entries are a small part of its vocabulary."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    from realignment import pretraining

    vocabulary, hidden, layers, heads, feedforward = SHAPES[shape]
    tokenizer = pretraining.tokenizer(text(3000, 0), "abcdefghijklmnop", 6000)
    config = XLMRobertaConfig(
        vocab_size=vocabulary, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=feedforward,
        max_position_embeddings=514, type_vocab_size=1, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(0)
    XLMRobertaModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


class Clock:
    """Seconds of each step: of the process on a CPU, of the wall on a GPU."""

    def __init__(self, device: str) -> None:
        self.device, self.marks = device, []

    def mark(self) -> None:
        if self.device == "cuda":
            import torch

            torch.cuda.synchronize()
            self.marks.append(time.perf_counter())
        else:
            self.marks.append(time.process_time())

    def steps(self) -> list[float]:
        return [after - before for before, after in zip(self.marks, self.marks[1:], strict=False)][WARM:]


def ours(folder: Path, steps: int, device: str, dtype: str) -> list[float]:
    import numpy as np

    from realignment import batches, encoder, training

    tokenizer = encoder.load_tokenizer(folder)
    number = (steps + WARM) * PAIRS
    sides = [batches.encode_texts(tokenizer, text(number, seed), 96, "unicode") for seed in (1, 2)]
    pairs = training.Pairs(*sides, np.arange(number), {"xxx": np.arange(number)})
    model, clock = encoder.load(folder, 0, device=device), Clock(device)
    clock.mark()
    training.realign(model, pairs, np.arange(number), {**HOW, "dtype": dtype}, training.Watch(lambda *_: clock.mark()))
    return clock.steps()


def plain(folder: Path, steps: int, device: str, dtype: str) -> list[float]:
    import torch
    import torch.nn.functional as F
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").to(device).train()
    head = torch.nn.Sequential(
        torch.nn.Linear(model.config.hidden_size, model.config.hidden_size, bias=False), torch.nn.ReLU(),
        torch.nn.Linear(model.config.hidden_size, 128, bias=False),
    ).to(device)  # fmt: skip
    optimizer = torch.optim.Adam([*model.parameters(), *head.parameters()], lr=2e-5, foreach=False, fused=False)
    number = (steps + WARM) * PAIRS
    sides, clock = [text(number, seed) for seed in (1, 2)], Clock(device)
    clock.mark()
    for start in range(0, number, PAIRS):
        vectors = []
        for side in sides:
            batch = tokenizer(side[start : start + PAIRS], padding=True, truncation=True, max_length=96, return_tensors="pt").to(
                device
            )
            states = model(**batch, output_hidden_states=True).hidden_states[-2]
            kept = [state[: int(mask.sum())].mean(0) for state, mask in zip(states, batch["attention_mask"], strict=True)]
            vectors.append(F.normalize(head(torch.stack(kept)), dim=-1))
        both = torch.cat(vectors)
        scores = (both @ both.T / 0.1).masked_fill(torch.eye(2 * PAIRS, dtype=torch.bool, device=device), float("-inf"))
        loss = F.cross_entropy(scores, torch.arange(2 * PAIRS, device=device).roll(PAIRS))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        clock.mark()
    return clock.steps()


def sentence_transformers(folder: Path, steps: int, device: str, dtype: str) -> list[float]:
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
        models,
    )
    from sentence_transformers.losses import MultipleNegativesRankingLoss
    from transformers import TrainerCallback

    clock, number = Clock(device), (steps + WARM) * PAIRS
    word = models.Transformer(str(folder), max_seq_length=96)
    model = SentenceTransformer(modules=[word, models.Pooling(word.get_word_embedding_dimension())], device=device)

    class Marks(TrainerCallback):
        def on_train_begin(self, *_, **__) -> None:
            clock.mark()

        def on_step_end(self, *_, **__) -> None:
            clock.mark()

    with tempfile.TemporaryDirectory() as place:
        given = SentenceTransformerTrainingArguments(
            output_dir=place, per_device_train_batch_size=PAIRS, num_train_epochs=1, bf16=dtype == "bfloat16", learning_rate=2e-5,
            report_to="none", save_strategy="no", logging_strategy="no", use_cpu=device == "cpu", disable_tqdm=True,
        )  # fmt: skip
        data = Dataset.from_dict({"anchor": text(number, 1), "positive": text(number, 2)})
        trainer = SentenceTransformerTrainer(
            model=model, args=given, train_dataset=data, loss=MultipleNegativesRankingLoss(model, scale=10.0), callbacks=[Marks()]
        )
        trainer.train()
    return clock.steps()


def evaluate_ours(folder: Path, steps: int, device: str, dtype: str) -> list[float]:
    import torch

    from realignment import batches, encoder

    tokenizer = encoder.load_tokenizer(folder)
    model, clock = encoder.load(folder, 0, device=device).eval(), Clock(device)
    for _ in range(steps + WARM + 1):
        clock.mark()
        encoded = batches.encode_texts(tokenizer, text(SENTENCES, 3), 200, "unicode")
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16"):
            for rows in batches.by_length(encoded, 8192):
                encoder.states(model, batches.batch(encoded, rows, model.device)).argmax(-1)
    return clock.steps()


def evaluate_plain(folder: Path, steps: int, device: str, dtype: str) -> list[float]:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, clock = AutoModel.from_pretrained(folder, attn_implementation="eager").to(device).eval(), Clock(device)
    for _ in range(steps + WARM + 1):
        clock.mark()
        sentences, kept = text(SENTENCES, 3), []
        with torch.no_grad():
            for start in range(0, len(sentences), 32):
                batch = tokenizer(
                    sentences[start : start + 32], padding=True, truncation=True, max_length=200, return_tensors="pt"
                ).to(device)
                kept.append(model(**batch).last_hidden_state.cpu())
    return clock.steps()


PARTS = {  # part -> (row, peer or "" for ours, function, dtype)
    "realign plain": ("realign", "plain", plain, "float32"),
    "realign sentence-transformers": ("realign", "sentence-transformers", sentence_transformers, "bfloat16"),
    "realign ours float32": ("realign", "", ours, "float32"),
    "realign ours": ("realign", "", ours, "bfloat16"),
    "evaluate plain": ("evaluate", "plain", evaluate_plain, "float32"),
    "evaluate ours": ("evaluate", "", evaluate_ours, "bfloat16"),
}


def measure(part: str, folder: str, how: argparse.Namespace) -> list[float]:
    """Seconds a step, in a process of its own."""
    words = [sys.executable, __file__, "--part", part, "--folder", folder, "--device", how.device, "--steps", str(how.steps)]
    done = subprocess.run([*words, "--threads", str(how.threads)], check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{part} failed: {done.stderr[-800:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--shape", choices=SHAPES, default="xlmr-base")
    given.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    given.add_argument("--steps", type=int, default=3)
    given.add_argument("--rounds", type=int, default=2)
    given.add_argument("--threads", type=int, default=1)
    given.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    given.add_argument("--folder", help=argparse.SUPPRESS)
    how = given.parse_args()
    if how.part:
        import torch

        from realignment import hardware

        torch.set_num_threads(how.threads)
        hardware.prepare(how.threads)
        torch.use_deterministic_algorithms(False)
        _, _, function, dtype = PARTS[how.part]
        print(json.dumps(function(Path(how.folder), how.steps, how.device, dtype)))
        return
    missing = [name for name in ("sentence_transformers", "accelerate") if importlib.util.find_spec(name) is None]
    parts = [part for part in PARTS if "sentence" not in part or not missing]
    if missing:
        print(f"{' and '.join(missing)} not installed: the peer sentence-transformers is left out", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), how.shape)
        found: dict[str, list[float]] = {part: [] for part in parts}
        for turn in range(how.rounds):  # in turn, so that a slow minute falls on all
            for part in parts:
                found[part] += measure(part, folder, how)
                print(f"round {turn + 1}: {part}: {statistics.median(found[part]):.3f} s", file=sys.stderr, flush=True)
    write(found, how)


def write(found: dict[str, list[float]], how: argparse.Namespace) -> None:
    import torch
    import transformers

    device = torch.cuda.get_device_name() if how.device == "cuda" else platform.machine()
    rows = []
    for part, times in found.items():
        name, peer, _, _ = PARTS[part]
        if peer:
            mine = statistics.median(found[f"{name} ours"])
            theirs = statistics.median(times)
            spread = [min(times) / max(found[f"{name} ours"]), max(times) / min(found[f"{name} ours"])]
            rows.append({
                "name": name, "peer": peer, "ours_s": round(mine, 4), "peer_s": round(theirs, 4), "ratio": round(theirs / mine, 2),
                "spread": [round(one, 2) for one in spread], "shape": how.shape, "device": device, "threads": how.threads,
                "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "python": platform.python_version()},
            })  # fmt: skip
    target = ROOT / "benchmarks/results" / f"engine-{how.device}-{how.shape}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(
            f"{row['name']} against {row['peer']}: {row['ratio']}x ({row['spread'][0]}-{row['spread'][1]}); {row['ours_s']} s, {row['peer_s']} s"
        )


if __name__ == "__main__":
    main()
