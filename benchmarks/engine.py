"""Steps of realignment and fine-tuning, and sentences of evaluation, ours against two peers on the same text, step by step in turn.

    make bench                          XLM-R base shape on the CPU, one thread, a quarter of an hour
    make bench-gpu                      the same on a GPU, more steps
    python benchmarks/engine.py --shape small --steps 8 --only realign

Peers: `plain` is what the paper's code does (two padded passes, eager attention, float32, default Adam, projection, loop over
sentences or words); `sentence-transformers` its own trainer (MultipleNegativesRankingLoss, bfloat16). Each part is a process of
its own that makes a step when it is told to, so that the parts take turns at every step: a ratio is of two steps that ran one after the
other, and its median and quartiles are over such pairs. On a CPU a step's time is the CPU time of the process. Beside them stands what
this machine multiplies (matrices of the encoder's shape, in the same minutes): products are the limit of a step, and how much faster they
are in bfloat16 is another number on each kind of processor. Writes benchmarks/results/engine-<device>-<shape>.json.
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
PAIRS, SENTENCES, WARM, EVERY = 16, 192, 1, 20
SAID = "a step took"  # before the seconds, among whatever else a part prints

REALIGN: dict = {  # what a part is told goes into it
    "allocation": "equal_steps", "steps": 0, "pairs_per_language": None, "pairs": PAIRS, "max_length": 96, "learning_rate": 2e-5,
    "temperature": 0.1, "unit": "sentences", "subwords": "first", "pooling": "words", "splitter": "unicode", "layer": -1, "freeze": "none",
    "projection": False, "mask_false_negatives": False,
}  # fmt: skip
FINETUNE: dict = {
    "epochs": 1, "batch": 2 * PAIRS, "learning_rate": 2e-5, "warmup": 0.1, "max_length": 200, "sentence_vector": "first",
    "words": "spaced", "stride": None, "untrained": False, "hypothesis_only": False,
}  # fmt: skip


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
    from tokenizers import processors
    from transformers import XLMRobertaConfig, XLMRobertaModel

    from realignment.engine import pretraining

    vocabulary, hidden, layers, heads, feedforward = SHAPES[shape]
    tokenizer = pretraining.tokenizer(text(3000, 0), "abcdefghijklmnop", 6000)
    ends = [(name, tokenizer.convert_tokens_to_ids(name)) for name in ("[CLS]", "[SEP]")]
    one_type = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends)
    tokenizer.backend_tokenizer.post_processor = one_type  # XLM-R does not tell the sentences of a pair apart
    config = XLMRobertaConfig(
        vocab_size=vocabulary, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=feedforward,
        max_position_embeddings=514, type_vocab_size=1, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(0)
    XLMRobertaModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


class Clock:
    """Seconds of each step: of the process on a CPU; on a GPU of the wall, the mean of EVERY steps, so that the host may run ahead.

    A part begins its next step (or EVERY steps) when a line is read, and says how long it took.
    """

    def __init__(self, device: str) -> None:
        self.cuda, self.calls, self.began = device == "cuda", 0, None
        self.every = EVERY if self.cuda else 1

    def mark(self) -> None:
        self.calls += 1
        if (self.calls - 1) % self.every:
            return
        if self.cuda:
            import torch

            torch.cuda.synchronize()
        now = self.now()
        print(SAID, 0.0 if self.began is None else (now - self.began) / self.every, flush=True)
        sys.stdin.readline()
        self.began = self.now()

    def now(self) -> float:
        return time.perf_counter() if self.cuda else time.process_time()


def sides(tokenizer, steps: int):
    from realignment.engine import batches

    return [batches.encode_texts(tokenizer, text((steps + WARM) * PAIRS, seed), 96, "unicode") for seed in (1, 2)]


def linked(both) -> tuple:
    """The first words of both sides of each pair, two in three of them linked."""
    import numpy as np

    ends = [np.maximum.reduceat(side.words, side.starts[:-1]) + 1 for side in both]
    return tuple((np.arange(many), np.arange(many)) for many in np.minimum(*ends) * 2 // 3)


def ours(folder: Path, steps: int, device: str, **how) -> None:
    import numpy as np

    from realignment.engine import encoder, loops, recipes

    both, number = sides(encoder.load_tokenizer(folder), steps), (steps + WARM) * PAIRS
    links = linked(both) if how.get("unit") == "words" else ()
    pairs = loops.Pairs(*both, np.arange(number), {"xxx": np.arange(number)}, links)
    model, clock = encoder.load(folder, 0, device=device), Clock(device)
    clock.mark()
    told = recipes.Realign(**(REALIGN | how))
    loops.realign(model, pairs, np.arange(number), told, loops.Watch(lambda *_: clock.mark()))


def plain(folder: Path, steps: int, device: str, unit: str = "sentences") -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").to(device).train()
    width = model.config.hidden_size
    head = torch.nn.Sequential(
        torch.nn.Linear(width, width, bias=False), torch.nn.ReLU(), torch.nn.Linear(width, 128, bias=False)
    ).to(device)
    optimizer = torch.optim.Adam([*model.parameters(), *head.parameters()], lr=2e-5, foreach=False, fused=False)
    texts, links, clock = [text((steps + WARM) * PAIRS, seed) for seed in (1, 2)], linked(sides(tokenizer, steps)), Clock(device)
    clock.mark()
    for start in range(0, len(texts[0]), PAIRS):
        vectors = []
        for side in texts:
            batch = tokenizer(side[start : start + PAIRS], padding=True, truncation=True, max_length=96, return_tensors="pt")
            states = model(**batch.to(device), output_hidden_states=True).hidden_states[-2]
            rows = zip(states, batch["attention_mask"], strict=True)
            if unit == "words":
                vectors.append(
                    [torch.stack([state[first] for first in firsts(batch.word_ids(row))]) for row, state in enumerate(states)]
                )
            else:
                vectors.append(torch.stack([state[: int(mask.sum())].mean(0) for state, mask in rows]))
        loss = plain_word_loss(head, vectors, links[start : start + PAIRS]) if unit == "words" else plain_loss(head, vectors)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        clock.mark()


def firsts(words: list) -> list[int]:
    """The first token of each word."""
    return [place for place, word in enumerate(words) if word is not None and word not in words[:place]]


def plain_loss(head, vectors: list):
    import torch
    import torch.nn.functional as F

    both = F.normalize(head(torch.cat(vectors)), dim=-1)
    scores = (both @ both.T / 0.1).masked_fill(torch.eye(len(both), dtype=torch.bool, device=both.device), float("-inf"))
    return F.cross_entropy(scores, torch.arange(len(both), device=both.device).roll(len(both) // 2))


def plain_word_loss(head, vectors: list, links: tuple):
    """As the paper's code: every word of both sides is a candidate for each end of a link."""
    import torch
    import torch.nn.functional as F

    starts, words = [], 0
    for side in vectors:
        starts.append([])
        for one in side:
            starts[-1].append(words)
            words += len(one)
    every = F.normalize(head(torch.cat([one for side in vectors for one in side])), dim=-1)
    ends = [[starts[side][row] + int(word) for row, link in enumerate(links) for word in link[side]] for side in (0, 1)]
    chosen = torch.tensor(ends[0] + ends[1], device=every.device)
    scores = (every[chosen] @ every.T / 0.1).scatter(1, chosen[:, None], float("-inf"))
    return F.cross_entropy(scores, torch.tensor(ends[1] + ends[0], device=every.device))


def sentence_transformers(folder: Path, steps: int, device: str) -> None:
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
            output_dir=place, per_device_train_batch_size=PAIRS, num_train_epochs=1, bf16=True, learning_rate=2e-5,
            report_to="none", save_strategy="no", logging_strategy="no", use_cpu=device == "cpu", disable_tqdm=True,
        )  # fmt: skip
        data = Dataset.from_dict({"anchor": text(number, 1), "positive": text(number, 2)})
        trainer = SentenceTransformerTrainer(
            model=model, args=given, train_dataset=data, loss=MultipleNegativesRankingLoss(model, scale=10.0), callbacks=[Marks()]
        )
        trainer.train()


def finetune_ours(folder: Path, steps: int, device: str, **how) -> None:
    import numpy as np

    from realignment.engine import encoder, examples, heads, loops, recipes

    clock, rows = Clock(device), tagged((steps + WARM) * 2 * PAIRS)
    encoded = examples.encode(rows, "pos", encoder.load_tokenizer(folder), examples.Limits(200))
    model = heads.build("pos", folder, 0, device=device)
    loss = heads.loss("pos", examples.labels(rows, "pos", encoded), encoded, "first")
    order = np.split(np.arange(len(rows)), steps + WARM)
    clock.mark()
    told = recipes.Finetune(**(FINETUNE | how))
    loops.finetune(model, encoded, order, loss, told, loops.Watch(lambda *_: clock.mark()))


def tagged(number: int):
    from realignment.engine import examples

    words = [line.split() for line in text(number, 1)]
    return examples.Examples([str(row) for row in range(number)], words, [["NOUN"] * len(one) for one in words])


def finetune_plain(folder: Path, steps: int, device: str) -> None:
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    tokenizer, clock = AutoTokenizer.from_pretrained(folder), Clock(device)
    model = AutoModelForTokenClassification.from_pretrained(folder, num_labels=18, attn_implementation="eager").to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5, foreach=False, fused=False)
    words = tagged((steps + WARM) * 2 * PAIRS).texts
    clock.mark()
    for start in range(0, len(words), 2 * PAIRS):
        batch = tokenizer(
            words[start : start + 2 * PAIRS],
            is_split_into_words=True,
            padding=True,
            truncation=True,
            max_length=96,
            return_tensors="pt",
        )
        gold = [[-100 if word is None else 7 for word in batch.word_ids(row)] for row in range(2 * PAIRS)]
        loss = model(**batch.to(device), labels=torch.tensor(gold, device=device)).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        clock.mark()


def evaluate_ours(folder: Path, steps: int, device: str, dtype: str) -> None:
    from realignment.engine import encoder, examples, heads, prediction, recipes

    tokenizer, rows, clock = encoder.load_tokenizer(folder), tagged(SENTENCES), Clock(device)
    model = heads.build("pos", folder, 0, device=device)
    how = recipes.Predict(
        max_length=200, batch_tokens=8192, dtype=dtype, sentence_vector="", words="spaced", stride=None, hypothesis_only=False
    )
    clock.mark()
    for _ in range(steps + WARM):
        prediction.predict(model, rows, examples.encode(rows, "pos", tokenizer, examples.Limits(how.max_length)), "pos", how)
        clock.mark()


def evaluate_plain(folder: Path, steps: int, device: str) -> None:
    """Arrival order, batches of 32, logits kept until the end, gradients on: the paper's loop."""
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    tokenizer, clock = AutoTokenizer.from_pretrained(folder), Clock(device)
    model = AutoModelForTokenClassification.from_pretrained(folder, num_labels=18, attn_implementation="eager").to(device).eval()
    words = tagged(SENTENCES).texts
    clock.mark()
    for _ in range(steps + WARM):
        kept = []
        for start in range(0, len(words), 32):
            batch = tokenizer(
                words[start : start + 32],
                is_split_into_words=True,
                padding=True,
                truncation=True,
                max_length=200,
                return_tensors="pt",
            )
            kept.append(model(**batch.to(device)).logits.detach().cpu())
        [logits.argmax(-1) for logits in kept]
        clock.mark()


BF16, FP32 = {"dtype": "bfloat16"}, {"dtype": "float32"}
ROWS, DENSE, WORDS = {"embedding": "rows"}, {"embedding": "dense"}, {"unit": "words"}
UNMEANT = {"cpu": "dense", "cuda": "rows"}  # device -> the way to update word embeddings that is not meant for it
PARTS = {  # row -> part (a peer's name, or what is ours) -> function and what it is told
    "realign": {
        "plain": (plain, {}),
        "sentence-transformers": (sentence_transformers, {}),
        "ours: bfloat16, rows": (ours, BF16 | ROWS),
        "ours: float32, rows": (ours, FP32 | ROWS),
        "ours: bfloat16, dense": (ours, BF16 | DENSE),
    },
    "word": {
        "plain": (plain, WORDS),
        "sentences": (ours, BF16 | ROWS),
        "ours: bfloat16, rows": (ours, BF16 | ROWS | WORDS),
        "ours: bfloat16, dense": (ours, BF16 | DENSE | WORDS),
    },
    "finetune": {
        "plain": (finetune_plain, {}),
        "ours: bfloat16, rows": (finetune_ours, BF16 | ROWS),
        "ours: float32, rows": (finetune_ours, FP32 | ROWS),
        "ours: bfloat16, dense": (finetune_ours, BF16 | DENSE),
    },
    "evaluate": {"plain": (evaluate_plain, {}), "ours: bfloat16": (evaluate_ours, BF16), "ours: float32": (evaluate_ours, FP32)},
}


class Part:
    """A process that makes one step at a time."""

    def __init__(self, name: str, part: str, folder: str, how: argparse.Namespace) -> None:
        self.called, self.folder = f"{name} {part}", Path(folder)
        self.said = (self.folder / f"{self.called.replace(' ', '-')}.txt").open("w+", encoding="utf-8")
        words = [sys.executable, __file__, "--only", name, "--part", part, "--folder", folder, "--device", how.device]
        words += ["--steps", str(how.steps), "--threads", str(how.threads)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, text=True)
        self.seconds()

    def step(self) -> float:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.seconds()

    def seconds(self) -> float:
        for line in self.process.stdout:
            if line.startswith(SAID):
                return float(line.removeprefix(SAID))
        self.said.seek(0)
        sys.exit(f"{self.called} failed: {self.said.read()[-800:]}")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.said.close()


def measured(name: str, folder: str, how: argparse.Namespace, left_out: tuple[str, ...]) -> dict[str, list[float]]:
    """Part of a row -> seconds of each of its steps, all parts in turn."""
    told = [part for part in PARTS[name] if part not in left_out and not part.endswith(f", {UNMEANT[how.device]}")]
    parts = {part: Part(name, part, folder, how) for part in told}
    found: dict[str, list[float]] = {part: [] for part in parts}
    try:
        for turn in range(WARM + how.steps // (EVERY if how.device == "cuda" else 1)):
            for part, running in parts.items():
                taken = running.step()
                if turn >= WARM:
                    found[part].append(taken)
            if turn >= WARM:
                said = ", ".join(f"{part} {values[-1]:.3f} s" for part, values in found.items())
                print(f"{name} {turn - WARM + 1}: {said}", file=sys.stderr, flush=True)
    finally:
        for running in parts.values():
            running.end()
    return found


def rates(device: str, threads: int, shape: str) -> dict[str, float]:
    """dtype -> floating-point operations per second (1e9) of products of the encoder's shape, over as many tokens as a step has."""
    import torch

    torch.set_num_threads(threads)
    _, hidden, _, _, feedforward = SHAPES[shape]
    found = {}
    for name in ("float32", "bfloat16"):
        left, right = (
            torch.randn(size, device=device).to(getattr(torch, name)) for size in ((800, hidden), (feedforward, hidden))
        )
        seconds = []
        for _ in range(20):
            clock = Clock(device)
            began = clock.now()
            torch.nn.functional.linear(left, right)
            if clock.cuda:
                torch.cuda.synchronize()
            seconds.append(clock.now() - began)
        found[name] = round(2 * 800 * hidden * feedforward / statistics.median(seconds[5:]) / 1e9, 1)
    return found


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--shape", choices=SHAPES, default="xlmr-base")
    given.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    given.add_argument("--steps", type=int, default=15)
    given.add_argument("--threads", type=int, default=1)
    given.add_argument("--only", choices=PARTS, help="one row instead of all; writes no file")
    given.add_argument("--part", help=argparse.SUPPRESS)
    given.add_argument("--folder", help=argparse.SUPPRESS)
    how = given.parse_args()
    if how.device == "cuda" and how.steps < 2 * EVERY:
        given.error(f"--device cuda measures {EVERY} steps together and leaves the first ones out: --steps {2 * EVERY} or more")
    if how.part:
        one_part(how)
        return
    missing = [name for name in ("sentence_transformers", "accelerate") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"{' and '.join(missing)} not installed: the peer sentence-transformers is left out", file=sys.stderr)
    rows = []
    for name in [how.only] if how.only else list(PARTS):
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder), how.shape)
            limits = rates(how.device, how.threads, how.shape)
            found = measured(name, folder, how, ("sentence-transformers",) if missing else ())
        made = compared(name, found, how, limits)
        rows += made
        for row in made:
            print(
                "{name} ({ours}) against {peer}: {ratio}x ({quartiles[0]}-{quartiles[1]}); {ours_s} s, {peer_s} s".format(**row)
            )
    if not how.only:
        target = ROOT / "benchmarks/results" / f"engine-{how.device}-{how.shape}.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def one_part(how: argparse.Namespace) -> None:
    import torch

    from realignment.engine import hardware

    hardware.prepare(how.threads)
    torch.use_deterministic_algorithms(how.part.startswith("ours"))  # as the program runs; the peers as they run
    function, given = PARTS[how.only][how.part]
    function(Path(how.folder), how.steps, how.device, **given)


def compared(name: str, found: dict[str, list[float]], how: argparse.Namespace, limits: dict[str, float]) -> list[dict]:
    """One row per part of ours and peer: the ratio of two steps of one turn, its median and quartiles over the turns."""
    import numpy as np
    import torch
    import transformers

    device = torch.cuda.get_device_name() if how.device == "cuda" else processor()
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "python": platform.python_version()}
    rows = []
    for part in (one for one in found if one.startswith("ours")):
        for peer in (one for one in found if not one.startswith("ours")):
            mine, theirs = np.array(found[part]), np.array(found[peer])
            low, middle, high = map(float, np.percentile(theirs / mine, (25, 50, 75)))
            rows.append({
                "name": name, "peer": peer, "ours": part.removeprefix("ours: "), "ours_s": round(float(np.median(mine)), 4),
                "peer_s": round(float(np.median(theirs)), 4), "ratio": round(middle, 2), "quartiles": [round(low, 2), round(high, 2)],
                "turns": len(mine), "shape": how.shape, "device": device, "threads": how.threads, "gflops_per_s": limits, "versions": versions,
            })  # fmt: skip
    return rows


def processor() -> str:
    found = [
        line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    return found[0] if found else platform.machine()


if __name__ == "__main__":
    main()
