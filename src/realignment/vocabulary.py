"""Tokenizers of encoders: whether their files are there and fit the weights, how text and words become tokens, what they do not know."""

import functools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from realignment import architecture
from realignment.errors import BadInput

FILES = ("*.json", "*.txt", "*.model", "*.jinja")  # of a folder's top: all that a tokenizer, whichever it is, can read there
ONE = "tokenizer.json"
PARTS = {"bert": ("vocab.txt",), "roberta": ("vocab.json", "merges.txt")}  # what a tokenizer is made from where there is no ONE
SAVE = "AutoTokenizer.from_pretrained(...).save_pretrained(FOLDER) writes it"
SPELLING = {  # key of tokenizer_config.json -> the step of tokenizer.json that does it, and its key there
    "do_lower_case": ("BertNormalizer", "lowercase"),
    "strip_accents": ("BertNormalizer", "strip_accents"),
    "tokenize_chinese_chars": ("BertNormalizer", "handle_chinese_chars"),
    "add_prefix_space": ("ByteLevel", "add_prefix_space"),
}
SAMPLE = 200  # texts of a language and set whose tokens are counted
PROBES = ("ab", "Cd", "ñandú", "привет", "สวัสดี", "ሰላም", "水", "12", ".")


def check(folder: Path, config: dict[str, Any]) -> int:
    """Rows of the embedding that the tokenizer's files use, at least; BadInput where they are missing or do not fit. Reads no weights."""
    places = [folder / name for name in made_from(folder, config["model_type"])]
    places += [path for name in ("tokenizer_config.json", "added_tokens.json") if (path := folder / name).is_file()]
    return _check(folder, config["vocab_size"], tuple(places), architecture.stamps(places))


def made_from(folder: Path, kind: str) -> tuple[str, ...]:
    """The files the tokenizer is made from; BadInput where they are not there."""
    if (folder / ONE).is_file():
        return (ONE,)
    parts = PARTS.get(kind, ())
    if parts and all((folder / name).is_file() for name in parts):
        return parts
    either = f" (or {' and '.join(parts)})" if parts else ""
    raise BadInput(f"{folder} holds no tokenizer: {ONE}{either} is required; {SAVE}")


@functools.lru_cache(maxsize=64)
def _check(folder: Path, rows: int, places: tuple[Path, ...], stamps: tuple) -> int:
    content = {path.name: _json(path) for path in places if path.suffix == ".json"}
    about = content.get("tokenizer_config.json", {})
    ids = {int(number) for number in about.get("added_tokens_decoder", content.get("added_tokens.json", {}).values())}
    if made := content.get(ONE):
        entries = made.get("model", {}).get("vocab", {})
        ids |= {entry["id"] for entry in made.get("added_tokens", ())}
        ids |= set(entries.values()) if isinstance(entries, dict) else set(range(len(entries)))
        _agree(folder, made, about)
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
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise BadInput(f"{path}: JSON is required: {fault}; {SAVE}") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path}: a JSON object is required; {SAVE}")
    return content


def _within(folder: Path, used: int, rows: int) -> None:
    if used > rows:
        raise BadInput(
            f"{folder}: its tokenizer has {used:,} tokens and its embedding {rows:,} rows; each token needs a row: use the tokenizer the "
            "weights were saved with, or model.resize_token_embeddings and save again"
        )


def _agree(folder: Path, made: dict, about: dict) -> None:
    """BadInput where tokenizer_config.json asks for another spelling of text than tokenizer.json, which decides."""
    steps = [step for name in ("normalizer", "pre_tokenizer") for step in _steps(made.get(name))]
    for name, (kind, key) in SPELLING.items():
        for step in steps:
            if step.get("type") == kind and about.get(name) is not None and bool(about[name]) != bool(step.get(key)):
                raise BadInput(
                    f"{folder}: tokenizer_config.json says {name} {about[name]!r}, tokenizer.json says {step.get(key)!r}; make them one"
                )


def _steps(part: dict | None) -> list[dict]:
    """A normalizer or pre-tokenizer, or those of a sequence."""
    inner = (part or {}).get("normalizers") or (part or {}).get("pretokenizers")
    return [step for one in inner for step in _steps(one)] if inner else [part] if part else []


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
    try:
        tokenizer = auto.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as fault:  # the libraries raise whatever they like
        raise BadInput(f"{folder}: its tokenizer cannot be read: {' '.join(str(fault).split())[:300]}; {SAVE}") from None
    tokenizer.truncation_side = "right"
    known = tokenizer.get_vocab()
    _within(folder, max(known.values()) + 1, config["vocab_size"])
    _fits(folder, tokenizer, config)
    _alike(folder, tokenizer, sorted(known, key=known.get)[-500:])
    return tokenizer


def _fits(folder: Path, tokenizer, config: dict) -> None:
    if not getattr(tokenizer, "is_fast", False):
        raise BadInput(f"{folder}: a fast tokenizer ({ONE}) is required; {SAVE}")
    own, stated = tokenizer.pad_token_id, config.get("pad_token_id", architecture.PADDING[config["model_type"]])
    if own is not None and own != stated:
        raise BadInput(
            f"{folder}: the tokenizer pads with {own}, config.json says pad_token_id {stated}, which decides positions; make them one"
        )
    (pair,) = tokenizer(["a"], ["a"], return_attention_mask=False).encodings
    if not pair.special_tokens_mask[0]:
        raise BadInput(f"{folder}: its tokenizer begins no text with a special token, which is what the NLI head reads; {SAVE}")
    types = max(pair.type_ids) + 1
    if types > config.get("type_vocab_size", 2):
        raise BadInput(
            f"{folder}: its tokenizer tells {types} sentences apart, config.json has type_vocab_size {config['type_vocab_size']}"
        )
    if getattr(tokenizer.backend_tokenizer.model, "dropout", None):
        raise BadInput(
            f"{folder}: {ONE} has BPE dropout: a text would get other tokens each time; set model.dropout to null in it"
        )


def spaced(words: Sequence[str]) -> list[str]:
    """Words as they stand in running text: all but the first with the blank before them, which some tokenizers make part of a token."""
    return [word if number == 0 else f" {word}" for number, word in enumerate(words)]


def _alike(folder: Path, tokenizer, some: Sequence[str]) -> None:
    """BadInput where words given as words (POS, NER) get other tokens than in running text (realignment); tried with `some` entries."""
    entries = (entry.strip("#▁Ġ") for entry in some)
    probes = [*PROBES, *[entry for entry in entries if entry.isalpha()][:50]]
    words = tokenizer([spaced(probes)], is_split_into_words=True, return_attention_mask=False).encodings[0].tokens
    text = tokenizer([" ".join(probes)], return_attention_mask=False).encodings[0].tokens
    if words != text:
        place = next((n for n, (a, b) in enumerate(zip(words, text, strict=False)) if a != b), min(len(words), len(text)))
        pair = ["".join(f"`{one}`" for one in some[place : place + 2]) or "nothing" for some in (words, text)]
        raise BadInput(
            f"{folder}: its tokenizer gives words of POS and NER other tokens than words of running text ({pair[0]} for {pair[1]}); a "
            "tokenizer whose words begin at blanks is required"
        )


@functools.lru_cache(maxsize=8)
def _unknown_id(tokenizer) -> int | None:
    model = tokenizer.backend_tokenizer.model
    if name := getattr(model, "unk_token", None):
        return tokenizer.backend_tokenizer.token_to_id(name)
    return json.loads(model.__getstate__()).get("unk_id") if type(model).__name__ == "Unigram" else None


def unknown(tokenizer, texts: Sequence[str]) -> tuple[int, int]:
    """(unknown, all) tokens of some texts; a word that gets no token at all is one unknown token."""
    words = [text.split() for text in texts if text.strip()]
    if not words:
        return 0, 0
    found = tokenizer(
        [spaced(one) for one in words], is_split_into_words=True, add_special_tokens=False, return_attention_mask=False
    ).encodings
    lost = sum(len(one) - len(set(encoding.word_ids)) for one, encoding in zip(words, found, strict=True))
    return lost + sum(encoding.ids.count(_unknown_id(tokenizer)) for encoding in found), lost + sum(len(one.ids) for one in found)


def count(counts: Counter[str], language: str, tokenizer, texts: Sequence[str]) -> None:
    """Adds `unknown/<language>` and `tokens/<language>` of the first texts, where some token of theirs is unknown."""
    lost, every = unknown(tokenizer, texts[:SAMPLE])
    if lost:
        counts.update({f"unknown/{language}": lost, f"tokens/{language}": every})


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Language -> share of its tokens that are unknown, of what `count` counted; the others have none."""
    codes = [name.removeprefix("unknown/") for name in counts if name.startswith("unknown/")]
    return {code: counts[f"unknown/{code}"] / counts[f"tokens/{code}"] for code in codes}
