"""Language vectors: the URIEL+ snapshot, lang2vec for languages beyond it, and distances between them."""

import csv
import gzip
import importlib
import sys
import sysconfig
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from jaxtyping import Bool, Float, Real

from realignment.core.errors import BadInput, nearest
from realignment.languages import table as languages

COLUMNS = ("iso639_3", "glottocode", "known_features")
CELLS = {"0": (0, True), "1": (1, True), "i0": (0, False), "i1": (1, False)}  # text: (value, known)
LANG2VEC = "lang2vec"
LANG2VEC_SETS = ("syntax", "phonology", "inventory")


@dataclass(frozen=True)
class Vectors:
    """Features of languages."""

    codes: tuple[str, ...]
    glottocodes: tuple[str, ...]
    features: tuple[str, ...]
    values: Real[np.ndarray, "languages features"]  # int8, 0 or 1 (float64 from lang2vec)
    known: Bool[np.ndarray, "languages features"]  # the other values are imputed
    origin: str

    @property
    def known_features(self) -> dict[str, int]:
        """Code -> how many of its features are known rather than imputed."""
        return dict(zip(self.codes, self.known.sum(axis=1).tolist(), strict=True))

    def rows(self, codes: Sequence[str]) -> np.ndarray:
        """Positions of `codes`; BadInput names the ones without a vector."""
        place = {code: row for row, code in enumerate(self.codes)}
        if missing := [code for code in codes if code not in place]:
            near = nearest(missing[0], place)
            raise BadInput(f"no vector in {self.origin} for {', '.join(missing)} ({near}); lang2vec knows more languages")
        return np.array([place[code] for code in codes], dtype=int)


def load(name: str, folder: Path, codes: Sequence[str] = ()) -> Vectors:
    """The snapshot `name` in `folder`; for name `lang2vec`, the vectors of `codes` from that package."""
    return from_lang2vec(codes) if name == LANG2VEC else read(folder / f"{name}.tsv.gz")


def read(path: Path) -> Vectors:
    """A snapshot: tab-separated text, every cell 0, 1, i0 or i1; all cells are kept as text, so `nan` stays a code."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            header, *body = rows
    except FileNotFoundError:
        known = ", ".join(sorted(one.name.removesuffix(".tsv.gz") for one in path.parent.glob("*.tsv.gz"))) or "none there"
        raise BadInput(
            f"{path}: language vectors are required and do not exist; snapshots: {known}; or set select.vectors to {LANG2VEC}"
        ) from None
    except (OSError, EOFError, UnicodeDecodeError, ValueError) as fault:
        raise BadInput(f"{path}: gzipped tab-separated vectors are required; cannot be read: {fault}") from None
    if tuple(header[:3]) != COLUMNS or len(header) == 3:
        raise BadInput(f"{path} line 1: columns {', '.join(COLUMNS)} and features are required; got {', '.join(header[:4])}")
    for line, row in enumerate(body, 2):
        _check(row, header, f"{path} line {line}")
    cells = np.array([[CELLS[cell] for cell in row[3:]] for row in body])
    return Vectors(
        codes=tuple(row[0] for row in body),
        glottocodes=tuple(row[1] for row in body),
        features=tuple(header[3:]),
        values=cells[:, :, 0].astype(np.int8),
        known=cells[:, :, 1].astype(bool),
        origin=path.name,
    )


def write(path: Path, rows: list[tuple[str, str, list[str]]], features: Sequence[str]) -> None:
    """A snapshot of (code, glottocode, cells) that `read` takes, the same bytes for the same cells."""
    lines = ["\t".join((*COLUMNS, *features))]
    lines += [
        "\t".join((code, glottocode, str(sum(CELLS[cell][1] for cell in cells)), *cells)) for code, glottocode, cells in rows
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())


def _check(row: list[str], header: list[str], where: str) -> None:
    if len(row) != len(header):
        raise BadInput(f"{where}: {len(header)} columns are required; got {len(row)}")
    for feature, cell in zip(header[3:], row[3:], strict=True):
        if cell not in CELLS:
            raise BadInput(f"{where}: {row[0]}, feature {feature}: 0, 1, i0 or i1 is required; got {cell!r}")
    if (counted := sum(CELLS[cell][1] for cell in row[3:])) != int(row[2]):
        raise BadInput(f"{where}: {row[0]} has {counted} known features; column known_features says {row[2]}")


def angular(
    values: Real[np.ndarray, "languages features"], scale: float = 2.0, places: int | None = 4
) -> Float[np.ndarray, "languages languages"]:
    """Distances `scale` * arccos(cosine) / pi, symmetric, 0 on the diagonal.

    `scale` 1 is A.1 of the paper ([0, 1]; [0, 0.5] for vectors without negative values); 2 rounded to four `places` is
    URIEL+'s own scale, in which Table 6 is reproduced.
    """
    vectors = np.asarray(values, dtype=np.float64)
    norms = np.linalg.norm(vectors, axis=1)
    if not norms.all():
        raise BadInput("a language vector without a single non-zero value has no direction")
    cosine = np.clip((vectors @ vectors.T) / np.outer(norms, norms), -1.0, 1.0)
    distances = scale * np.arccos(cosine) / np.pi
    np.fill_diagonal(distances, 0.0)
    distances = (distances + distances.T) / 2
    return distances if places is None else np.round(distances, places)


def wanted(listed: Iterable[languages.Language], name: str) -> list[str]:
    """The codes to `load` the vectors of languages by: a snapshot's own, or those of ISO 639-3 (a generated language has none)."""
    own = [one.code if name == LANG2VEC and not one.shadow_of else one.vector or one.code for one in listed]
    return list(dict.fromkeys(own))


def from_lang2vec(codes: Sequence[str]) -> Vectors:
    """URIEL as of 2017 (package lang2vec): syntax, phonology and inventory, missing values filled from nearest neighbours.

    Another space than the snapshot's: distances of the two must not be mixed. A language of which nothing is known is read under
    its macro-language, or the individual language that stands for it, where more is; codes without a row are left out.
    """
    source = _lang2vec()
    rows = _rows(source)
    candidates = {code: [one for one in languages.relatives(code) if one in rows] for code in codes}
    held = sorted({one for names in candidates.values() for one in names})
    if not held:
        raise BadInput(f"lang2vec has no vector for any of {', '.join(codes)}")
    observed = [source.get_features(held, f"{part}_average") for part in LANG2VEC_SETS]
    known = {one: [value != "--" for part in observed for value in part[one]] for one in held}
    named = {code: next((one for one in names if any(known[one])), names[0]) for code, names in candidates.items() if names}
    filled = [source.get_features(held, f"{part}_knn", header=True) for part in LANG2VEC_SETS]
    return Vectors(
        codes=tuple(named),
        glottocodes=("",) * len(named),
        features=tuple(feature for part in filled for feature in part["CODE"]),
        values=np.array([[value for part in filled for value in part[name]] for name in named.values()], dtype=np.float64),
        known=np.array([known[name] for name in named.values()]),
        origin=LANG2VEC,
    )


def _rows(source: ModuleType) -> frozenset[str]:
    """The languages it has values of: its own list, `LANGUAGES`, names about half of them."""
    file = source.FEATURE_SETS_DICT[f"{LANG2VEC_SETS[0]}_knn"][0]
    with np.load(Path(str(source.__file__)).parent / "data" / file) as content:
        return frozenset(content["langs"].tolist())


def _lang2vec() -> ModuleType:
    """The package: not its script of the same name, which lies beside `realignment` in the folder Python searches first."""
    scripts, searched = sysconfig.get_path("scripts"), sys.path
    sys.path = [folder for folder in searched if folder != scripts]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pkg_resources is deprecated
            return importlib.import_module("lang2vec.lang2vec")
    except ImportError as fault:
        raise BadInput(
            f"package lang2vec (and setuptools<82) is required beyond the snapshot; it cannot be imported: {fault}"
        ) from None
    finally:
        sys.path = searched
