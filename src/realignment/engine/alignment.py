"""Which word translates which: one-to-one links of sentence pairs, by fast_align (package systran-align), eflomal, or an encoder."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from realignment.core.errors import BadInput
from realignment.engine import recipes

if TYPE_CHECKING:
    from torch import Tensor

BAR = "|||"  # parts the sides in the aligner's file; a word of it is spelt otherwise there
AT_ONCE = 2000  # pairs
PASS = 64  # pairs a pass of an encoder

Links = tuple[list[int], list[int]]  # source words, target words


def fastalign(sources: Sequence[list[str]], targets: Sequence[list[str]], folder: Path, *, identical: bool) -> Iterator[Links]:
    """Links of each pair, in order; none where a side has no word. Trained on the pairs themselves, files in `folder`.

    With fast_align's -d -o -v (diagonal favoured, tension optimised, variational Bayes), both directions symmetrised; of the links
    those are kept whose words have no other. `identical`: also those between words spelt alike.
    """
    try:
        import systran_align
    except ImportError:
        raise BadInput(
            "aligner fastalign requires the package systran-align; `pip install --no-deps systran-align==3.5.0`"
        ) from None

    spelt = [[[word.replace(BAR, "¦") for word in side] for side in pair] for pair in zip(sources, targets, strict=True)]
    whole = [pair for pair in spelt if all(pair)]
    text, forward, backward = (folder / name for name in ("pairs", "forward", "backward"))
    text.write_text("".join(f"{' '.join(source)} {BAR} {' '.join(target)}\n" for source, target in whole), encoding="utf-8")
    systran_align.generate_alignment_probabilities(
        str(text), str(forward), str(backward), favor_diagonal=True, optimize_tension=True, variational_bayes=True
    )
    aligner = systran_align.Aligner(str(forward), str(backward))
    found = _aligned(aligner, whole)
    for source, target in spelt:
        yield one_to_one(next(found), source, target, identical=identical) if source and target else ([], [])


def eflomal(sources: Sequence[list[str]], targets: Sequence[list[str]], folder: Path, *, identical: bool) -> Iterator[Links]:
    """As `fastalign`, by the sampler of eflomal (Oestling and Tiedemann 2016): links that both directions have.

    It draws its random numbers from the system: a second run gives other links, so keep the file of the first.
    """
    try:
        import eflomal as package
    except ImportError:
        raise BadInput("aligner eflomal requires the package eflomal (GPL, needs a C compiler); `pip install eflomal`") from None

    whole = [pair for pair in zip(sources, targets, strict=True) if all(pair)]
    files = [folder / name for name in ("forward", "backward")]
    sides = [[" ".join(words) for words in side] for side in zip(*whole, strict=True)]
    package.Aligner().align(*sides, links_filename_fwd=str(files[0]), links_filename_rev=str(files[1]))
    rows = zip(*(path.read_text(encoding="utf-8").splitlines() for path in files), strict=True)
    for source, target in zip(sources, targets, strict=True):
        if not (source and target):
            yield [], []
            continue
        forward, backward = ({tuple(map(int, link.split("-"))) for link in line.split()} for line in next(rows))
        yield one_to_one(sorted(forward & backward), source, target, identical=identical)


ALIGNERS = {"fastalign": fastalign, "eflomal": eflomal}  # learn from the pairs themselves


def by_encoder(model, tokenizer, sides: Sequence[Sequence[str]], how: recipes.Align) -> Iterator[Links]:
    """Links of words that are each other's nearest by cosine in the states of `how.layer` (SimAlign's argmax, Jalili Sabet et al. 2020).

    `sides` are texts; a word is the mean of its tokens; words past the length limit have no link.
    """
    import torch

    from realignment.engine import batches, encoder

    model.eval()
    for start in range(0, len(sides[0]), PASS):
        parts = [batches.encode_texts(tokenizer, side[start : start + PASS], how.max_length, how.splitter) for side in sides]
        both = batches.join(parts)
        batch = batches.batch(both, np.arange(len(both)), model.device)
        with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=how.dtype == "bfloat16"):
            states = encoder.states(model, batch, how.layer)
            found = batches.words_of(both, batch)
            vectors = torch.nn.functional.normalize(encoder.word_vectors(states, found, "mean").float(), dim=-1)
        for row in range(len(parts[0])):
            first, second = found.of(row), found.of(row + len(parts[0]))
            yield mutual(vectors[first.start : first.stop] @ vectors[second.start : second.stop].T)


def mutual(similarity: "Tensor") -> Links:
    """(rows, columns) that are each other's largest; none where a side is empty."""
    if not similarity.numel():
        return [], []
    nearest, back = similarity.argmax(1), similarity.argmax(0)
    rows = [row for row, column in enumerate(nearest.tolist()) if int(back[column]) == row]
    return rows, nearest[rows].tolist()


def _aligned(aligner, whole: list[list[list[str]]]) -> Iterator[list[tuple[int, int]]]:
    for start in range(0, len(whole), AT_ONCE):
        some = whole[start : start + AT_ONCE]
        for one in aligner.align_batch([pair[0] for pair in some], [pair[1] for pair in some]):
            yield [tuple(link) for link in one["alignments"]]


def one_to_one(links: Sequence[tuple[int, int]], source: list[str], target: list[str], *, identical: bool) -> Links:
    """Links whose two words have no other link; where not `identical`, without those between words spelt alike."""
    first, second = Counter(a for a, _ in links), Counter(b for _, b in links)
    kept = [(a, b) for a, b in links if first[a] == second[b] == 1 and (identical or source[a] != target[b])]
    return [a for a, _ in kept], [b for _, b in kept]
