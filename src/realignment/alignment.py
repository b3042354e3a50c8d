"""Which word translates which: one-to-one links of sentence pairs, by the aligner of fast_align (package systran-align)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from realignment.errors import BadInput

BAR = "|||"  # parts the sides in the aligner's file; a word of it is spelt otherwise there
AT_ONCE = 2000  # pairs

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
