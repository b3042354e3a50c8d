"""Made-up files in the layouts of the paper's corpora: what `corpora_server` serves when a file is asked for."""

import functools
import gzip
import io
import random
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from realignment.corpora import text
from realignment.languages import table as languages
from realignment.sources.catalogue import Wanted
from realignment.tasks import nli, pos

ENGLISH_LETTERS = "abcdefghij"
WIKIANN = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]


@functools.cache
def letters(script: str) -> str:
    """The first letters of a script, as text.letters knows them."""
    names = text.LETTERS.get(script, (script.upper(),))
    found = (
        chr(code)
        for code in range(sys.maxunicode)
        if chr(code).isalpha() and unicodedata.name(chr(code), "").split(" ")[0] in names
    )
    return "".join(
        one
        for one, _ in zip(
            (one for one in found if one == one.lower() and unicodedata.is_normalized("NFC", one)), range(20), strict=False
        )
    )


class Maker:
    """Files by address. `rows(wanted)` says how many a file holds."""

    def __init__(self, wanted: list[Wanted], rows: Callable[[Wanted], int]) -> None:
        self.rows = rows
        self.wanted = {
            f"/datasets/{one.corpus.repo}/{one.file}" if one.corpus.repo else "/" + one.url.partition("://")[2]: one
            for one in wanted
        }

    def __call__(self, path: str) -> bytes | None:
        one = self.wanted.get(path)
        return None if one is None else self.make(one)

    def make(self, one: Wanted) -> bytes:
        chance = random.Random(one.path)
        known = languages.paper()[one.language]
        spelt = ENGLISH_LETTERS if known.is_pivot else letters(known.script)  # English looks the same in bitexts and sets
        spoken, size = (
            (chance, 4000) if known.is_pivot else (random.Random(one.language), 300)
        )  # by which a language is told from others
        words = ["".join(spoken.choice(spelt) for _ in range(spoken.randint(2, 6))) for _ in range(size)]
        number = self.rows(one)
        if not one.corpus.task:
            return self.bitext(one, chance, words, number)
        sentences = [[chance.choice(words) for _ in range(5)] for _ in range(number)]
        return getattr(self, one.corpus.task)(one, sentences)

    def bitext(self, one: Wanted, chance: random.Random, words: list[str], number: int) -> bytes:
        english = ["".join(chance.choice(ENGLISH_LETTERS) for _ in range(chance.randint(2, 6))) for _ in range(4000)]
        pairs = [(" ".join(chance.choices(english, k=6)), " ".join(chance.choices(words, k=6))) for _ in range(number)]
        if one.corpus.head == "parquet":
            a, b = one.file.split("/")[0].split("-")
            other = b if a == "en" else a
            rows = [{"en": source, other: target} for source, target in pairs]
            return parquet(
                {"translation": rows}, {"translation": {"_type": "Translation", "languages": sorted(("en", other))}}, group=500
            )
        first = Path(one.url).name.startswith("eng_Latn-")
        lines = (f"{a}\t{b}\t1.05\t1\t1\tx\tu\tx\tu" for a, b in (pair if first else pair[::-1] for pair in pairs))
        return gzip.compress(("\n".join(lines) + "\n").encode(), 1, mtime=0)

    def pos(self, one: Wanted, sentences: list[list[str]]) -> bytes:
        rows = [[*words, "."] for words in sentences]
        tags = [["NOUN", "VERB", "ADJ", "ADV", "PROPN", "PUNCT"] for _ in sentences]
        if one.corpus.name == "masakhapos":
            return conll(rows, tags)
        numbers = [[pos.LABELS.index(tag) for tag in row] for row in tags]
        return parquet({"tokens": rows, "pos_tags": numbers}, {})

    def ner(self, one: Wanted, sentences: list[list[str]]) -> bytes:
        if one.corpus.name == "masakhaner2":
            return conll(sentences, [["B-PER", "I-PER", "O", "B-DATE", "I-DATE"] for _ in sentences])
        numbers = [[WIKIANN.index(tag) for tag in ("B-PER", "I-PER", "O", "B-LOC", "O")] for _ in sentences]
        label = {"feature": {"names": WIKIANN, "_type": "ClassLabel"}, "_type": "Sequence"}
        return parquet({"tokens": sentences, "ner_tags": numbers}, {"ner_tags": label})

    def nli(self, one: Wanted, sentences: list[list[str]]) -> bytes:
        rows = [(" ".join(words), " ".join(words[:3]), number % 3) for number, words in enumerate(sentences)]
        name = one.corpus.name
        if name == "myxnli":
            head = "genre\tlabel\tsentence1_en\tsentence2_en\tsentence1_my\tsentence2_my\n"
            return (head + "".join(f"g\t{nli.LABELS[c]}\ta\tb\t{a}\t{b}\n" for a, b, c in rows)).encode()
        if name == "indonli":
            return "".join(f'{{"premise": "{a}", "hypothesis": "{b}", "label": "{"enc"[c]}"}}\n' for a, b, c in rows).encode()
        if name == "afrixnli":
            return ("premise\thypothesis\tlabel\n" + "".join(f"{a}\t{b}\t{c}\n" for a, b, c in rows)).encode()
        premises, hypotheses, labels = (list(column) for column in zip(*rows, strict=True))
        label = {"names": ["entailment", "neutral", "contradiction"], "_type": "ClassLabel"}
        return parquet({"premise": premises, "hypothesis": hypotheses, "label": labels}, {"label": label})

    def xquad(self, one: Wanted, sentences: list[list[str]]) -> bytes:
        """With the byte order mark that some of XQuAD's contexts begin with, in every other row."""
        rows = [
            (" ".join(words[:2]) + "?", "\ufeff" * (number % 2) + " ".join(words) + ".", words[3])
            for number, words in enumerate(sentences)
        ]
        asked, contexts, texts = (list(column) for column in zip(*rows, strict=True))
        answers = [{"text": [text], "answer_start": [context.index(text)]} for context, text in zip(contexts, texts, strict=True)]
        return parquet(
            {"id": [str(row) for row in range(len(rows))], "context": contexts, "question": asked, "answers": answers}, {}
        )


def conll(sentences: list[list[str]], tags: list[list[str]]) -> bytes:
    blocks = ("".join(f"{word} {tag}\n" for word, tag in zip(*one, strict=True)) for one in zip(sentences, tags, strict=True))
    return "\n".join(blocks).encode()


def parquet(columns: dict[str, list], features: dict, group: int = 1000) -> bytes:
    """With the features in the schema, as `datasets` writes them."""
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(columns)
    if features:
        plain = {name: {"dtype": "string", "_type": "Value"} for name in columns}
        inner = {"feature": {"dtype": "string", "_type": "Value"}, "_type": "Sequence"}
        plain |= {name: inner for name, values in columns.items() if values and isinstance(values[0], list)}
        about = {"info": {"features": {**plain, **features}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=group)
    return out.getvalue()
