"""What the names of files say in one word: a language, a split, two languages, or nothing."""

import re
from collections.abc import Iterator

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.languages.table import ENGLISH

SPLITS = {  # in any case
    "train": "train", "training": "train",
    "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev", "trial": "dev", "development": "dev", "testa": "dev",
    "test": "test", "testing": "test", "devtest": "test", "testb": "test",
}  # fmt: skip
# Parts and endings of file names: no languages, though some are codes of ISO 639-3, unless the folder's languages.csv lists them.
NO_CODES = frozenset(
    re.findall(
        "[a-z]+",
        "all alt ann aug bad bak bpe cfg csv dat dic doc esp gen git gld hyp ids idx img inp ini lab lay lex log lst map ned new ner nli "
        "num old out par pdf pos raw ref res rst sav sco sea seg set spm src sub sum tag tgt tgz tmp tmx tok top tra trg trn tsv tst "
        "txt vec voc xls xml yml zip zst",
    )
)
REGION = re.compile(r"([A-Za-z]{2,3})[_-]([A-Z]{2}|cn|tw|hk|br)")  # zh-CN, eng-US
SCRIPT = re.compile(r"([A-Za-z]{2,3})[_-]([A-Z][a-z]{3})")  # swh_Latn
VARIANT = re.compile(r"(?<![A-Za-z])([A-Za-z]{2,3})[_-]([A-Z][a-z]{3}|[A-Z]{2})(?![A-Za-z])")
WRITTEN = {("zho", region): "Hant" for region in ("TW", "HK", "MO")}  # scripts that a region says


class Codes:
    """Codes as files are named by -> ISO 639-3. The folder's own languages.csv comes before the package's table."""

    def __init__(self, own: dict, exceptions: tuple[tuple[str, str], ...] = ()) -> None:
        self.own = own
        self._exceptions = dict(exceptions)
        self._found: dict[str, str | None] = {}

    def beside(self, exceptions: tuple[tuple[str, str], ...]) -> "Codes":
        """The same for a set that calls some languages otherwise (WikiANN's `als` is Alemannic); "" for a code that is not read."""
        return Codes(self.own, exceptions) if exceptions else self

    def __call__(self, text: str) -> str | None:
        """The code of a language, or None where the text cannot be one; `folder.require_codes` refuses three letters that are no code."""
        if text not in self._found:
            self._found[text] = self._resolve(text)
        return self._found[text]

    def _resolve(self, text: str) -> str | None:
        if text in self.own or text.casefold() in self._exceptions:
            return text if text in self.own else self._exceptions[text.casefold()] or None
        if text.casefold() in SPLITS or text in NO_CODES:
            return None
        if script := SCRIPT.fullmatch(text):
            return None if self.other_script(text) else _resolved(text) or self._resolve(script[1])
        if region := REGION.fullmatch(text):
            return None if self.other_script(text) else _resolved(text) or self._resolve(region[1])
        if not re.fullmatch("[a-zA-Z]{2,3}", text):
            return None
        return _resolved(text) or (text if re.fullmatch("[a-z]{3}", text) else None)

    def other_script(self, text: str) -> str:
        """The code with the script the language is read in, where `text` names another (`zho_Hans` for `zho_Hant`, `zh-TW`); else ""."""
        region, script = REGION.fullmatch(text), SCRIPT.fullmatch(text)
        code = (script or region) and _resolved((script or region)[1])
        written = script[2] if script else WRITTEN.get((code, region[2].upper()), "") if region else ""
        known = languages.codes().get(code or "", {}).get("nllb", "")
        return known if written and "_" in known and not known.endswith(written) else ""

    def variants(self, path: str, language: str) -> set[str]:
        """The scripts and regions of a language that the parts of a path name (`zh-CN`, `kas_Deva`)."""
        return {one[2] for one in VARIANT.finditer(path) if self(one[1]) == language}


def _resolved(text: str) -> str | None:
    try:
        return languages.resolve(text) if re.fullmatch("[a-zA-Z]{2,3}([_-][A-Za-z]{2,4})?", text) else None
    except BadInput:
        return None


def cuts(stem: str) -> Iterator[tuple[str, str]]:
    """Both parts of a name, for each place where it can be cut."""
    for cut in re.finditer(r"[._-]", stem):
        yield stem[: cut.start()], stem[cut.end() :]


def split_of(text: str) -> str:
    return SPLITS.get(text.casefold(), "")


def read(stem: str, codes: Codes) -> tuple[str, str]:
    """(language, split) that a name says; "" for what it does not say. All of the name must be said."""
    if code := codes(stem):
        return code, ""
    if split := split_of(stem):
        return "", split
    for left, right in cuts(stem):
        for language, split in ((left, right), (right, left)):
            if split_of(split) and (code := codes(language)):
                return code, split_of(split)
    return "", ""


def pair(text: str, codes: Codes) -> tuple[str, str]:
    """Both languages of `en-sw` or `eng_Latn-swh_Latn` in their order; ("", "") where the name is no pair of English and another."""
    for left, right in cuts(text):
        both = codes(left), codes(right)
        if all(both) and both[0] != both[1] and ENGLISH in both:
            return both  # type: ignore[return-value]
    return "", ""


def reason(stem: str, codes: Codes) -> str:
    """Why a name says no language and split."""
    parts = [stem, *(part for both in cuts(stem) for part in both)]
    if other := next((found for part in parts if (found := codes.other_script(part))), ""):
        return f"its language is read in another script ({other})"
    both = [(codes(left), codes(right)) for part in parts for left, right in cuts(part)]
    if pairs := [one for one in both if all(one)]:
        return "its name says two languages" + ("" if any(ENGLISH in one for one in pairs) else ", neither of them English")
    for left, right in cuts(stem):
        for part, rest in ((left, right), (right, left)):
            if codes(part):
                return f"`{rest}` is no split (train, dev, test)"
            if split_of(part):
                return f"`{rest}` is no code of a language"
    return "its name says no language"
