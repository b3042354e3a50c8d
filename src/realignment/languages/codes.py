"""The one reader of language codes: whatever a file, a setting or an option calls a language -> ISO 639-3, or a refusal.

`data/codes.csv` holds what the corpora call the paper's languages, `data/iso639_3.csv` the standard itself (SIL, July 2026).
"""

import csv
import functools
import re
from collections.abc import Container, Iterable

from realignment.core.errors import BadInput, nearest
from realignment.core.files import DATA

LOCAL_USE = re.compile(r"q[a-t][a-z]")  # ISO 639-3 leaves qaa-qtz to local use: our generated languages
ALIASES = (  # columns of codes.csv whose values name one language
    *("iso639_1", "individual", "table6", "aliases", "opus100", "nllb"),
    *("udpos", "udpos_xtreme", "wikiann", "masakhapos", "masakhaner", "glottocode"),
)
WITHDRAWN = {"iw": "heb", "in": "ind", "ji": "yid", "jw": "jav", "mo": "ron", "sh": "hbs"}  # ISO 639-1 of old, still in use
TAGGED = re.compile(r"([A-Za-z]{2,3})[-_](?:[A-Z][a-z]{3}|[A-Z]{2}|\d{3})")  # language and script (zho_Hant) or region (pt-BR)


@functools.cache
def table() -> dict[str, dict[str, str]]:
    """ISO 639-3 -> what other sources call the language: a row of `data/codes.csv`, "" where a source has none."""
    with (DATA / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


@functools.cache
def standard() -> dict[str, dict[str, str]]:
    """ISO 639-3 -> its row of `data/iso639_3.csv`; `stands_for` is the macro-language that corpora hold by this individual one."""
    with (DATA / "iso639_3.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


@functools.cache
def _aliases() -> dict[str, str]:
    named = {alias.casefold(): code for code, row in table().items() for column in ALIASES for alias in row[column].split()}
    return named | {code: code for code in table()}


@functools.cache
def _standard_aliases() -> dict[str, str]:
    """Codes of all three parts of ISO 639, those of the corpora left to `_aliases`."""
    found = {code: row["stands_for"] or code for code, row in standard().items()}
    found |= {row[part]: code for code, row in standard().items() for part in ("iso639_1", "iso639_2b") if row[part]}
    return WITHDRAWN | found


def name_of(code: str) -> str:
    """What ISO 639-3 calls a language; the code itself where it has none."""
    return standard()[code]["name"] if code in standard() else code


def relatives(code: str) -> list[str]:
    """The code, the macro-language it stands for, and the individual languages that stand for it."""
    macro = standard().get(code, {}).get("stands_for", "")
    individual = [one["code"] for one in standard().values() if one["stands_for"] == code]
    return [one for one in (code, macro, *individual) if one]


def spellings(code: str) -> tuple[str, ...]:
    """Every other code of a language, casefolded: what a column or file of it may be called."""
    row, iso = table().get(code, {}), standard().get(code, {})
    named = {alias.casefold() for column in ALIASES if column in row for alias in row[column].split()}
    named |= {iso[part] for part in ("iso639_1", "iso639_2b") if iso.get(part)}
    named |= {one["code"] for one in standard().values() if one["stands_for"] == code}
    return tuple(sorted(named - {code}))


def resolve(text: str) -> str:
    """ISO 639-3 of any code: ISO 639-1, -2 and -3, OPUS, NLLB, Table 6, glottocode, with a script or region or without.

    An individual language that corpora hold a macro-language by is the macro-language (arb -> ara, als -> sqi), as in the paper.
    Local-use codes stay as they are; BadInput for what is no code.
    """
    word = text.strip().casefold()
    if LOCAL_USE.fullmatch(word):
        return word
    for known in (_aliases(), _aliases_with("-"), _standard_aliases()):
        if word in known:
            return _aliases().get(known[word], known[word])
    if tagged := TAGGED.fullmatch(text.strip()):
        return resolve(tagged[1])
    raise BadInput(f"unknown language code `{text}`; {_near(word)}; `realignment languages` lists them")


@functools.cache
def _aliases_with(dash: str) -> dict[str, str]:
    """`swh-latn` beside `swh_latn`."""
    return {alias.replace("_", dash): code for alias, code in _aliases().items() if "_" in alias}


def _near(word: str) -> str:
    """The code of a language's name, else the codes that look like it."""
    named = [code for code, row in standard().items() if row["name"].casefold() == word]
    return f"the code of {name_of(named[0])} is {resolve(named[0])}" if named else nearest(word, _aliases())


def resolved(codes: Iterable[str], where: str, known: Container[str] = ()) -> list[str]:
    """The codes of a list in our spelling, in its order; those of `known` are ours already.

    BadInput begins with `where` and names every code that is none, and every language that is there twice.
    """
    found, faults = [], []
    for code in codes:
        try:
            ours = code if code in known else resolve(code)
        except BadInput as fault:
            faults.append(str(fault))
            continue
        if ours in found:
            faults.append(f"`{code}` is {ours}, which is there twice" if code != ours else f"`{code}` is there twice")
        found.append(ours)
    if faults:
        raise BadInput(f"{where}: distinct language codes are required; {'; '.join(faults)}")
    return found
