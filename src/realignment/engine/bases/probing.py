"""What a tokenizer does, asked of it: how it spells text, where special tokens stand, whether words get the tokens of running text."""

import functools
import json
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from realignment.core.errors import BadInput
from realignment.corpora import segmentation
from realignment.engine.bases.kinds import KINDS

PROBES = ("ab", "Cd", "ñandú", "привет", "สวัสดี", "ሰላም", "水", "12", "𒀀", ".")
SAVE = "AutoTokenizer.from_pretrained(...).save_pretrained(FOLDER) writes it"
UNKNOWN = "an unk_token (Unigram: unk_id) that is in the vocabulary is required in tokenizer.json"
ENDS = (("[CLS]", "[SEP]", "[PAD]"), ("<s>", "</s>", "<pad>"))  # of BERT and of the others, where no file names them


@contextmanager
def asked(folder: Path, what: str, remedy: str = SAVE) -> Iterator[None]:
    """Whatever the libraries raise within is BadInput: `what` failed. A panic of theirs is no Exception."""
    try:
        yield
    except BadInput:
        raise
    except BaseException as fault:
        if not isinstance(fault, Exception) and type(fault).__name__ != "PanicException":
            raise
        raise BadInput(f"{folder}: its tokenizer {what}: {' '.join(str(fault).split())[:300]}; {remedy}") from None


def spelling(folder: Path, made: dict, about: dict) -> None:
    """BadInput where tokenizer_config.json asks for another spelling of text than what tokenizer.json, which decides, does to it."""
    from tokenizers import Tokenizer, models

    if not any(about.get(name) is not None for name in ASKED):
        return
    parts = {name: made.get(name) for name in ("normalizer", "pre_tokenizer")}
    with asked(folder, "cannot be read"):
        empty = json.loads(Tokenizer(models.BPE()).to_str())
        steps = Tokenizer.from_str(json.dumps({**empty, **parts}))
        for name, ask in ASKED.items():
            said, does = about.get(name), ask(steps)
            said = said != "never" if name == "prepend_scheme" and said is not None else said
            if said is not None and does is not None and bool(said) != does:
                raise BadInput(
                    f"{folder}: tokenizer_config.json says {name} {about[name]!r}, tokenizer.json says {does}; make them one"
                )


def normal(steps, text: str) -> str:
    """What a tokenizer's normalizer makes of text."""
    return steps.normalizer.normalize_str(text) if steps.normalizer else text


def pieces(steps, text: str) -> list[str]:
    text = normal(steps, text)
    return [piece for piece, _ in steps.pre_tokenizer.pre_tokenize_str(text)] if steps.pre_tokenizer else [text]


def drops(steps) -> bool:
    """Whether the model leaves out what it has no piece for: a BPE without an unknown token, whose tokens are spelt as the text is."""
    model = steps.model
    plain = not any(
        getattr(model, name, None) for name in ("unk_token", "byte_fallback", "continuing_subword_prefix", "end_of_word_suffix")
    )
    return type(model).__name__ == "BPE" and plain


def _lowers(steps) -> bool:
    return "A" not in normal(steps, "BAB")


def _strips(steps) -> bool:
    return not any(map(unicodedata.combining, unicodedata.normalize("NFD", normal(steps, "é"))))


def _begins_with_blank(steps) -> bool | None:
    """Whether the first word has the mark of a blank too; None where words have none."""
    text = "".join(pieces(steps, "ab ab"))
    return None if text.removesuffix("ab")[-1:] in ("", "a", "b", " ") else not text.startswith("ab")


ASKED = {  # key of tokenizer_config.json -> what is asked of the steps of tokenizer.json
    "do_lower_case": _lowers,
    "strip_accents": _strips,
    "keep_accents": lambda steps: not _strips(steps),
    "tokenize_chinese_chars": lambda steps: len("".join(f" {one}" for one in pieces(steps, "水水")).split()) > 1,
    "add_prefix_space": _begins_with_blank,
    "prepend_scheme": _begins_with_blank,
}


def fits(folder: Path, tokenizer, config: dict[str, Any]) -> None:
    """BadInput where a tokenizer does not do what the encoder of config.json, or this package, requires."""
    if not getattr(tokenizer, "is_fast", False):
        raise BadInput(f"{folder}: a fast tokenizer (tokenizer.json) is required; {SAVE}")
    if getattr(tokenizer.backend_tokenizer.model, "dropout", None):
        raise BadInput(
            f"{folder}: tokenizer.json has BPE dropout: a text would get other tokens each time; set model.dropout to null in it"
        )
    _pads(folder, tokenizer, config)
    _specials(folder, tokenizer)
    known = tokenizer.get_vocab()
    entries = (entry.strip("#▁Ġ") for entry in sorted(known, key=known.get)[-500:])
    probes = [*PROBES, *[entry for entry in entries if entry.isalpha()][:50]]
    with asked(folder, "stops at text that it does not know", UNKNOWN):
        _ends(folder, tokenizer, config, " ".join(probes))
        _alike(folder, tokenizer, probes)


def _pads(folder: Path, tokenizer, config: dict[str, Any]) -> None:
    """The pad token, by the vocabulary where no file names it, is that of config.json."""
    stated = config.get("pad_token_id", KINDS[config["model_type"]].padding)
    own = tokenizer.pad_token_id
    if own is None:
        named = (tokenizer.backend_tokenizer.token_to_id(pad) for _, _, pad in _usual(config))
        own = next((number for number in named if number is not None), None)
    if stated is None and KINDS[config["model_type"]].padding is None:
        return  # no row of its embedding is kept from training, and nothing is counted from one
    if own is not None and own != stated:
        raise BadInput(
            f"{folder}: the tokenizer pads with {own}, config.json says pad_token_id {stated}, which decides positions; make them one"
        )


def _usual(config: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    return ENDS[::-1] if KINDS[config["model_type"]].shifted else ENDS


def _specials(folder: Path, tokenizer) -> None:
    """Tokens that are put around a text are put there once, under the ids that the vocabulary gives them; so is the unknown token."""
    backend = tokenizer.backend_tokenizer
    state = json.loads(backend.post_processor.__getstate__()) if backend.post_processor else {}
    adding = [found for one in _processors(state) if (found := _added(one))]
    if len(adding) > 1:
        raise BadInput(
            f"{folder}: tokenizer.json has {len(adding)} post-processors that put special tokens around a text; leave one there"
        )
    for content, number in (pair for found in adding for pair in found):
        if (own := backend.token_to_id(content)) != number:
            has = f"has id {own}" if own is not None else "is no token"
            raise BadInput(
                f"{folder}: the post-processor of tokenizer.json puts `{content}` as id {number}, in its vocabulary it {has}: other "
                f"tokens would stand around each text; set the id there, or {SAVE}"
            )
    unknown, named = unknown_id(tokenizer), tokenizer.unk_token_id
    if None not in (unknown, named) and unknown != named:
        raise BadInput(
            f"{folder}: tokenizer.json gives unknown text id {unknown}, unk_token `{tokenizer.unk_token}` is {named}; make them one"
        )


def _processors(state: dict) -> list[dict]:
    """A post-processor, or those of a sequence."""
    return [inner for one in state["processors"] for inner in _processors(one)] if "processors" in state else [state]


def _added(processor: dict) -> list[tuple[str, int]]:
    """(content, id) of each special token a post-processor puts in."""
    if "special_tokens" in processor:
        every = processor["special_tokens"].values()
        return [pair for one in every for pair in zip(one["tokens"], one["ids"], strict=True)]
    return [tuple(processor[name]) for name in ("cls", "sep") if name in processor]


def _ends(folder: Path, tokenizer, config: dict[str, Any], text: str) -> None:
    """One text and two stand between the tokenizer's cls and sep, in their order."""
    (one,) = tokenizer([text], return_attention_mask=False).encodings
    (two,) = tokenizer([text], [text], return_attention_mask=False).encodings
    if KINDS[config["model_type"]].decodes:
        _as_wanted(folder, {1: one, 2: two}, _of_decoder(folder, tokenizer), "bos_token and eos_token")
        return
    begins = KINDS[config["model_type"]].pairs
    if begins and not two.special_tokens_mask[0]:
        raise BadInput(f"{folder}: its tokenizer begins no text with a special token, which is what the NLI head reads; {SAVE}")
    token_to_id = tokenizer.backend_tokenizer.token_to_id
    usual = next((pair for pair in _usual(config) if None not in map(token_to_id, pair[:2])), (None, None))
    cls, sep = tokenizer.cls_token or usual[0] or tokenizer.bos_token, tokenizer.sep_token or usual[1] or tokenizer.eos_token
    if sep is None or (begins and cls is None):
        raise BadInput(
            f"{folder}: its tokenizer names no cls and sep token; set cls_token and sep_token in tokenizer_config.json"
        )
    wanted = {1: [[cls, 0, sep]], 2: [[cls, 0, sep, 1, sep], [cls, 0, sep, sep, 1, sep]]}
    if not begins:
        wanted = {many: [layout[1:] for layout in layouts] for many, layouts in wanted.items()}
    _as_wanted(folder, {1: one, 2: two}, wanted, "cls_token and sep_token")
    rows = config.get("type_vocab_size", 2) if KINDS[config["model_type"]].types else 0
    if (types := max(two.type_ids) + 1) > rows > 0:
        raise BadInput(
            f"{folder}: its tokenizer tells {types} sentences apart, config.json has type_vocab_size {config['type_vocab_size']}"
        )


def _as_wanted(folder: Path, found: dict[int, Any], wanted: dict[int, list[list]], named: str) -> None:
    """BadInput where texts do not stand between special tokens, which are `named`, in one of the wanted ways."""
    for many, encoding in found.items():
        if (layout := _layout(encoding)) not in wanted[many]:
            asks, has = (
                " ".join("AB"[part] if isinstance(part, int) else part for part in some) for some in (wanted[many][0], layout)
            )
            raise BadInput(
                f"{folder}: its tokenizer puts {many} text{'s'[: many - 1]} as `{has}`; `{asks}` is required ({named}, "
                f"each once at its place); correct post_processor in tokenizer.json, or the tokens in tokenizer_config.json"
            )


def _of_decoder(folder: Path, tokenizer) -> dict[int, list[list]]:
    """How a decoder's tokenizer may put one text and two: each begun by its bos, or ended by its eos, so that two are told apart."""
    bos, eos = tokenizer.bos_token, tokenizer.eos_token
    if bos is None:
        raise BadInput(f"{folder}: its tokenizer names no bos token, which begins a text; set bos_token in tokenizer_config.json")
    two = [[bos, 0, bos, 1], [bos, 0, eos, 1, eos], [bos, 0, eos, eos, 1, eos], [bos, 0, eos, bos, 1, eos]]
    return {1: [[bos, 0], [bos, 0, eos]], 2: two}


def _layout(encoding) -> list[str | int]:
    """Special tokens by content, and the number of each text in one."""
    parts: list[str | int] = []
    for token, special, text in zip(encoding.tokens, encoding.special_tokens_mask, encoding.sequence_ids, strict=True):
        part = token if special else text
        if special or parts[-1:] != [part]:
            parts.append(part)
    return parts


def _alike(folder: Path, tokenizer, probes: Sequence[str]) -> None:
    """BadInput where words given as words (POS, NER) get other tokens than in running text (realignment)."""
    given = tokenizer([segmentation.spaced(probes)], is_split_into_words=True, return_attention_mask=False).encodings[0].tokens
    text = tokenizer([" ".join(probes)], return_attention_mask=False).encodings[0].tokens
    if given != text:
        place = next((n for n, (a, b) in enumerate(zip(given, text, strict=False)) if a != b), min(len(given), len(text)))
        pair = ["".join(f"`{one}`" for one in some[place : place + 2]) or "nothing" for some in (given, text)]
        raise BadInput(
            f"{folder}: its tokenizer gives words of POS and NER other tokens than words of running text ({pair[0]} for {pair[1]}); a "
            "tokenizer whose words begin at blanks is required"
        )


@functools.lru_cache(maxsize=8)
def unknown_id(tokenizer) -> int | None:
    """The token of what a tokenizer does not know, None where it has none and drops it."""
    model = tokenizer.backend_tokenizer.model
    if name := getattr(model, "unk_token", None):
        return tokenizer.backend_tokenizer.token_to_id(name)
    return json.loads(model.__getstate__()).get("unk_id") if type(model).__name__ == "Unigram" else None
