"""Tokenizers of encoders: whether their files are there and fit the weights, how text and words become tokens, what they do not know."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from realignment.core import strictjson
from realignment.core.errors import BadInput
from realignment.corpora import segmentation as wording
from realignment.engine.bases import architecture, legibility, probing

FILES = ("*.json", "*.txt", "*.model", "*.jinja")  # of a folder's top: all that a tokenizer, whichever it is, can read there
ONE = "tokenizer.json"
# What a tokenizer is made from where there is no ONE.
PARTS = {"bert": ("vocab.txt",), "distilbert": ("vocab.txt",), "roberta": ("vocab.json", "merges.txt")}
BESIDE = ("tokenizer_config.json", "added_tokens.json", "special_tokens_map.json")
SAMPLE = 200  # texts of a language and set whose tokens are counted


def check(folder: Path, config: dict[str, Any]) -> int:
    """Rows of the embedding that the tokenizer's files use, at least; BadInput where they are missing or do not fit. Reads no weights."""
    places = [folder / name for name in made_from(folder, config["model_type"])]
    places += [path for name in BESIDE if (path := folder / name).is_file()]
    return _check(folder, config["vocab_size"], tuple(places), architecture.stamps(places))


def made_from(folder: Path, kind: str) -> tuple[str, ...]:
    """The files the tokenizer is made from; BadInput where they are not there."""
    if (folder / ONE).is_file():
        return (ONE,)
    parts = PARTS.get(kind, ())
    if parts and all((folder / name).is_file() for name in parts):
        return parts
    either = f" (or {' and '.join(parts)})" if parts else ""
    raise BadInput(f"{folder} holds no tokenizer: {ONE}{either} is required; {probing.SAVE}")


@functools.lru_cache(maxsize=64)
def _check(folder: Path, rows: int, places: tuple[Path, ...], stamps: tuple) -> int:
    content = {path.name: _json(path) for path in places if path.suffix == ".json"}
    about = content.get("tokenizer_config.json", {})
    ids = {int(number) for number in about.get("added_tokens_decoder", content.get("added_tokens.json", {}).values())}
    if made := content.get(ONE):
        entries = made.get("model", {}).get("vocab", {})
        ids |= {entry["id"] for entry in made.get("added_tokens", ())}
        ids |= set(entries.values()) if isinstance(entries, dict) else set(range(len(entries)))
        probing.spelling(folder, made, about)
    elif "vocab.json" in content:
        ids |= set(content["vocab.json"].values())
    else:
        lines = (folder / "vocab.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
        ids |= set(range(len(lines)))
        capitals = [line for line in lines if line != line.lower() and not line.startswith("[")]
        if capitals and "do_lower_case" not in about:
            raise BadInput(
                f"{folder}: vocab.txt holds capitals (`{capitals[0]}`) and nothing says whether text is lower-cased; set do_lower_case "
                "in tokenizer_config.json"
            )
    used = max(ids, default=-1) + 1
    _within(folder, used, rows)
    return used


def _json(path: Path) -> dict:
    try:
        content = strictjson.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise BadInput(f"{path}: JSON is required, each name once: {fault}; {probing.SAVE}") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path}: a JSON object is required; {probing.SAVE}")
    return content


def _within(folder: Path, used: int, rows: int) -> None:
    if used > rows:
        raise BadInput(
            f"{folder}: its tokenizer has {used:,} tokens and its embedding {rows:,} rows; each token needs a row: use the tokenizer the "
            "weights were saved with, or model.resize_token_embeddings and save again"
        )


def load(folder: Path):
    """The fast tokenizer of a folder, as tokenizer.json has it where there is one; no network, no code from it.

    BadInput where it does not fit the folder's config.json, or splits words given as words otherwise than running text. Read once a
    process as long as no file changes.
    """
    return _load(folder, architecture.stamps(files(folder)))


def files(folder: Path) -> list[Path]:
    """All that a tokenizer can read of a folder, sorted."""
    return sorted({path for pattern in FILES for path in folder.glob(pattern) if path.is_file()})


@functools.lru_cache(maxsize=8)
def _load(folder: Path, stamps: tuple):
    import transformers

    config = architecture.read(folder)
    architecture.supported(config)
    check(folder, config)
    auto = transformers.PreTrainedTokenizerFast if (folder / ONE).is_file() else transformers.AutoTokenizer
    with probing.asked(folder, "cannot be read"):
        tokenizer = auto.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    tokenizer.truncation_side = "right"
    _within(folder, max(tokenizer.get_vocab().values()) + 1, config["vocab_size"])
    probing.fits(folder, tokenizer, config)
    return tokenizer


def unknown(tokenizer, texts: Sequence[str]) -> tuple[int, int]:
    """(unknown, all) tokens of the first texts: what tokens do not stand for is unknown too, see `legibility.lost`."""
    sentences = [text.split() for text in texts[:SAMPLE] if text.strip()]
    if not sentences:
        return 0, 0
    given = [wording.spaced(one) for one in sentences]
    found = tokenizer(given, is_split_into_words=True, add_special_tokens=False, return_attention_mask=False).encodings
    backend, lost, every = tokenizer.backend_tokenizer, 0, 0
    drops = probing.drops(backend)
    for words, encoding in zip(given, found, strict=True):
        for word, tokens in zip(words, _by_word(tokenizer, encoding, len(words)), strict=True):
            taken = "".join(one.text for one in tokens)
            dropped = legibility.drops("".join(probing.pieces(backend, word)), taken) if drops else 0
            some, all_ = legibility.lost(word, probing.normal(backend, word), tokens, dropped)
            lost, every = lost + some, every + all_
    return lost, every


def _by_word(tokenizer, encoding, many: int) -> list[list[legibility.Token]]:
    found: list[list[legibility.Token]] = [[] for _ in range(many)]
    unknown_id = probing.unknown_id(tokenizer)
    parts = zip(encoding.word_ids, encoding.ids, encoding.tokens, encoding.offsets, strict=True)
    for word, number, token, (start, end) in parts:
        found[word].append(legibility.Token(token, start, end, number == unknown_id))
    return found


def counts(language: str, found: tuple[int, int]) -> dict[str, int]:
    """`unknown/<language>` and `tokens/<language>` of what `unknown` found, where some token is unknown."""
    lost, every = found
    return {f"unknown/{language}": lost, f"tokens/{language}": every} if lost else {}


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Language -> share of its tokens that are unknown, of what `counts` names; the others have none."""
    codes = [name.removeprefix("unknown/") for name in counts if name.startswith("unknown/")]
    return {code: counts[f"unknown/{code}"] / counts[f"tokens/{code}"] for code in codes}
