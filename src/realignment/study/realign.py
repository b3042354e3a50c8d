"""A realignment: planned without heavy imports, computed on pairs read from bitexts."""

import functools
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

from realignment.config.schema import EQUAL_STEPS, Settings
from realignment.core import digests, hashing
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.engine import adapters, encoder, hardware, reading, recipes
from realignment.engine.bases import architecture, locate, weights
from realignment.records import keys
from realignment.records.cell import OTHERWISE, Cell
from realignment.records.job import Job
from realignment.selection import heuristics
from realignment.study import adapted, cards, decoders, inputs
from realignment.subsets import naming


def plan(workspace: Workspace, settings: Settings, cell: Cell) -> Job:
    """The job of a cell; imports nothing heavy."""
    known = manifest.load(workspace)
    content = manifest.subsets(workspace)
    label, spec = inputs.encoder_spec(settings, cell.encoder)
    cell = replace(cell, encoder=label, subset=naming.canonical(cell.subset, settings.select.n))
    languages = heuristics.chosen(content, cell.subset, cell.seeds.subset)
    if not languages:
        raise BadInput(f"subset `{cell.subset}` holds no language; realignment requires one (fine-tune the base encoder instead)")
    folder = encoder.resolve(spec["name"], workspace.root)
    how = replace(settings.realign, **OTHERWISE.get(cell.control, {}))
    decoder = decoders.params(folder, label, spec)
    encoder.require(folder, spec["name"], "realign", how.max_length, how.layer, decoders.copies(decoder))
    if cell.control == "self" and not architecture.drops(architecture.read(folder)):
        raise BadInput(
            f"control `self` pairs a sentence with itself under two dropout masks, and encoder `{spec['name']}` has no dropout; choose another encoder, "
            "or set pretrain.dropout where it is made here"
        )
    device = inputs.device(settings)
    dtype = hardware.dtype(how.dtype, device)
    unread = {"preset", "pairs_per_language" if how.allocation == EQUAL_STEPS else "steps"}
    params = {name: value for name, value in asdict(how).items() if name not in unread}
    params |= {"dtype": dtype, "learning_rate": spec.get("learning_rate", how.learning_rate)}
    params["embedding"] = hardware.embedding(how.embedding, device, locate.entries(folder))
    params = decoders.trained(params, decoder, "realign")
    for code in languages:
        if not workspace.bitext(code).is_file():
            raise BadInput(
                f"{workspace.bitext(code)}: the bitext is required and does not exist; make it again with `dvc repro fetch`"
            )
    bitexts = {f"bitext/{code}": known.digest(f"bitext/{code}.parquet") for code in sorted(languages)}
    if how.unit == "words" and how.mask_false_negatives:
        raise BadInput(
            "realign.mask_false_negatives is about sentences and would do nothing with realign.unit `words`; leave one out"
        )
    if how.unit == "words":
        bitexts |= {f"alignment/{code}": digests.of(aligned(workspace, code)) for code in sorted(languages)}
    parts = [
        settings.profile,
        label,
        cell.subset,
        *(["computed"] if content["reading"] == "computed" else []),
        *filter(None, [cell.control]),
    ]
    return Job(
        "realign", cell, "", params, {"encoder": locate.encoder_digest(folder), **bitexts}, languages=tuple(sorted(languages)), base=str(folder),
        model=".".join(parts), environment=keys.environment("realign", device, dtype, settings.study.threads, params=params),
    )  # fmt: skip


@inputs.as_planned
def compute(workspace: Workspace, job: Job, parent: Path, out: Path) -> dict:
    """Train the encoder in `parent` and save it to `out/model`; scores are empty, the curve is the loss."""
    import torch

    from realignment.engine import loops
    from realignment.engine.checkpoint import Keeper
    from realignment.engine.monitor import watching

    start, how, seeds = time.monotonic(), recipes.of(recipes.Realign, job.params, job.name), job.cell.seeds
    hardware.prepare(job.environment["threads"])
    tokenizer, found = encoder.load_tokenizer(parent), weights.account(parent)
    pairs = read_pairs(workspace, job, parent)
    if len(pairs.sources) < how.pairs:
        raise BadInput(
            f"realign.pairs asks for {how.pairs} pairs per batch, the subset has {len(pairs.sources)} in all; lower it or add bitext"
        )
    order = loops.order_of(pairs.languages, how, seeds.order)
    steps = len(loops.in_steps(order, how.pairs))
    base = adapted.base(workspace, job)
    model = adapters.draw(base, seeds.head) if base else encoder.load(parent, seeds.head, device=job.environment["device"])
    head = loops.projection_head(encoder.own(model.config).hidden_size, seeds.head).to(model.device) if how.projection else None
    keeper = Keeper(workspace.checkpoints(job.key), job.configuration)
    torch.manual_seed(seeds.dropout)
    with watching(job.name, steps, "pairs", how.pairs, lambda _: how.learning_rate) as monitor:
        losses = loops.realign(model, pairs, order, how, loops.Watch(monitor, keeper), head=head)
    card = cards.encoder(job, found.remarks, reading.kind_of(model).bare, adapted.called(workspace, job))
    kept = adapted.save(workspace, job, model, tokenizer, out / "model", card)
    seen = {code: order[_among(order, rows)] for code, rows in pairs.languages.items()}
    counts = {f"pairs/{code}": len(drawn) for code, drawn in seen.items()} | {
        f"distinct/{code}": len(set(drawn.tolist())) for code, drawn in seen.items()
    }
    counts |= found.counts
    counts |= {"steps": steps, "false_negatives": loops.repeated_english(pairs.numbers, order, how.pairs)}
    return {
        "scores": [], "curves": {"loss": loops.curve(losses)}, "counts": counts, "usage": monitor.usage, "seconds": round(time.monotonic() - start, 3),
        "hashes": {"weights": hashing.file_digest(kept), "order": hashing.digest(order.tolist())},
    }  # fmt: skip


def aligned(workspace: Workspace, code: str) -> Path:
    """The file of word alignments of a language."""
    path = workspace.alignments / f"{code}.parquet"
    if not path.is_file():
        raise BadInput(
            f"realigning words requires {path}, which does not exist; set align.aligner to fastalign and make it with `dvc repro align`"
        )
    return path


def _among(order, rows):
    return (order >= rows.min()) & (order <= rows.max())  # rows of a language are contiguous


def read_pairs(workspace: Workspace, job: Job, parent: Path):
    """The training pairs of the job's languages, tokenised; the control decides which target stands beside a source."""
    import numpy as np

    from realignment.corpora import bitext
    from realignment.engine import batches
    from realignment.engine.loops import Pairs

    how, tokenizer = recipes.of(recipes.Realign, job.params, job.name), locate.Tokenizer.of(parent)
    known = manifest.load(workspace)
    sides, texts, rows, start = ([], []), [], {}, 0
    links: list = []
    tokens = _tokens(workspace, job, known, tokenizer)
    for code in job.languages:
        path = f"bitext/{code}.parquet"
        excluded = known.rows_out(path)
        sources, targets = tokens[code]
        if job.cell.control == "self":
            targets = sources
        keep = np.flatnonzero((sources.totals > 0) & (targets.totals > 0))
        if how.unit == "words":
            found = read_links(workspace, code, sources, targets, alike=job.cell.control == "self")
            keep = np.array([row for row in keep if len(found[row][0])], dtype=np.int64)
        if len(keep) < 2:
            raise BadInput(f"language `{code}`: two training pairs with a word on both sides are required, {len(keep)} are left")
        partner = bitext.derangement(keep, code) if job.cell.control == "shuffled" else keep
        if how.unit == "words":
            links += [crossed(found[row], found[other]) for row, other in zip(keep, partner, strict=True)]
        sides[0].append(batches.take(sources, keep))
        sides[1].append(batches.take(targets, partner))
        english = bitext.read_train(known.open(path), excluded)
        texts += [english[row][0] for row in keep]
        rows[code] = np.arange(start, start + len(keep))
        start += len(keep)
    number = {text: index for index, text in enumerate(dict.fromkeys(texts))}
    return Pairs(batches.join(sides[0]), batches.join(sides[1]), np.array([number[text] for text in texts]), rows, tuple(links))


def _tokens(workspace: Workspace, job: Job, known: manifest.Inputs, tokenizer: locate.Tokenizer) -> dict[str, tuple]:
    """Both sides of each language's training rows. Each process has an order of its own, so that several share what is not tokenised yet."""
    how, found = recipes.of(recipes.Realign, job.params, job.name), {}
    cut = how.max_length, how.splitter
    made_by = [job.environment[name] for name in ("tokenizers", "numerics")]
    for code in sorted(job.languages, key=lambda code: hashing.digest([code, os.getpid()])):
        path = f"bitext/{code}.parquet"
        place = workspace.tokens / hashing.digest([known.digest(path), tokenizer.sha256, *cut, *made_by])
        found[code] = encoded_sides(place, known.file(path), known.rows_out(path), tokenizer, cut)
    return found


def read_links(workspace: Workspace, code: str, sources, targets, *, alike: bool) -> list[tuple]:
    """Of each training pair the linked words that the length limit left on both sides; `alike`: each source word with itself."""
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(aligned(workspace, code))
    pairs = list(zip(table.column("source").to_pylist(), table.column("target").to_pylist(), strict=True))
    if len(pairs) != len(sources):
        raise BadInput(
            f"{aligned(workspace, code)}: {len(pairs)} pairs are aligned, the bitext trains on {len(sources)}; `dvc repro align`"
        )
    ends = [np.maximum.reduceat(side.words, side.starts[:-1]) for side in (sources, targets)]
    found = []
    for (source, target), first, second in zip(pairs, *ends, strict=True):
        both = (source, source) if alike else (source, target)
        kept = [(a, b) for a, b in zip(*both, strict=True) if a <= first and b <= second]
        found.append((np.array([a for a, _ in kept], dtype=np.int64), np.array([b for _, b in kept], dtype=np.int64)))
    return found


def crossed(own: tuple, other: tuple) -> tuple:
    """Linked source words of a pair beside linked target words of another (of itself, its links): as many as both have."""
    many = min(len(own[0]), len(other[1]))
    return own[0][:many], other[1][:many]


@functools.lru_cache(maxsize=128)
def encoded_sides(
    place: Path, file: tuple[Path, str], excluded: tuple[int, ...], tokenizer: locate.Tokenizer, cut: tuple[int, str]
):
    """Both sides of a bitext's training rows, tokenised once and kept in `place`; `file` has its sha256 beside it, `cut` is the length limit and the splitter."""
    from realignment.corpora import bitext
    from realignment.engine import batches, token_cache

    def make() -> list:
        pairs = bitext.read_train(digests.pinned(*file), excluded)
        return [batches.encode_texts(tokenizer.load(), [pair[side] for pair in pairs], *cut) for side in (0, 1)]

    return token_cache.kept(place, make)
