"""Sentences of made-up languages that can be told apart by their letters: each has syllables of its own."""

import random

SYLLABLES = {
    "eng": "the and ing ter wor sh ea ght ly st",
    "afr": "die van oe aa eer ij ui gg sch nk",
    "swa": "ki wa na mba ngo yu li ka si ja",
    "deu": "ein cht auf zu kr pf ü sse um tz",
    "yor": "ọ ẹ gb kp ní ṣe tí lọ bá wọ",
    "zul": "nge hla uku thi qa isi zwe ndla ma bo",
}


def sentences(language: str, number: int, seed: int = 0, words: int = 7) -> list[str]:
    """Sentences of 60 words of a language, the same for a seed."""
    chance, vocabulary = random.Random(f"{language}{seed}"), random.Random(language)
    known = ["".join(vocabulary.choices(SYLLABLES[language].split(), k=2)) for _ in range(60)]
    return [" ".join(chance.choices(known, k=words)) for _ in range(number)]


def bitext(language: str, number: int, source: str = "eng", seed: int = 1) -> list[tuple[str, str]]:
    return list(zip(sentences(source, number, seed), sentences(language, number, seed), strict=True))


def pos(language: str, number: int, seed: int = 2) -> str:
    """A CoNLL file of its sentences."""
    tags = ("NOUN", "VERB", "ADJ", "DET", "ADP")
    blocks = (
        "".join(f"{word}\t{tags[place % 5]}\n" for place, word in enumerate(one.split()))
        for one in sentences(language, number, seed)
    )
    return "\n".join(blocks)
