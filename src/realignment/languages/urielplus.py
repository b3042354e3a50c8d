"""The snapshot of language vectors from the URIEL+ package: its databases integrated, united, imputed, rounded.

What `URIELPlus().integrate_databases()`, `aggregate()` (union, dialects filled from their base language) and SoftImpute do, on arrays:
seconds instead of minutes. Nothing of the package is imported or run: its wheel is read as data (npz without pickles, CSV as text,
lists of Python literals).
"""

import ast
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np

from realignment.core.errors import BadInput

UNKNOWN = -1.0
DATA = "urielplus/database"
DATABASES = (  # in the package's order: file, source, column of the language, columns left out, list of features that say the same
    ("bdproto_data", "BDPROTO", "name", (), ""),
    ("grambank_data", "GRAMBANK", "code", (), "_ug"),
    ("apics_data", "APICS", "Language_ID", ("Name",), "_uai"),
    ("english_dialect_data", "EWAVE", "name", (), "_ue"),
)
SAPHON = ("PHOIBLE_SAPHON", "UPDATED_SAPHON")  # a source that newer data replace
ENGLISH = ("F_Macro-English", "F_Guinea Coast Creole English", "F_Pacific Creole English")
DIALECTS = {  # base language -> its dialects, as `BaseURIEL.get_dialects` lists them; those of English follow from the families
    "stan1288": "lore1243",
    "stan1290": "caju1236 gulf1242",
    "stan1295": "colo1254 hutt1235 midd1318 midd1343 nort2627 north2628 penn1240 uppe1400",
    "stan1306": "ambo1250 baba1267 baca1243 bali1279 band1353 bera1262 buki1247 cent2053 coco1260 jamb1236 keda1251 kota1275 kupa1239 "
    "lara1260 maka1305 mala1479 mala1480 mala1481 nege1240 nort2828 papu1250 patt1249 saba1263 sril1245 teng1267",
    "stan1318": "alge1239 alge1240 anda1287 baha1259 chad1249 cypr1248 dhof1235 east2690 egyp1253 gulf1241 hadr1236 hija1235 jude1264 "
    "jude1265 jude1266 jude1267 khor1274 liby1240 meso1252 moro1292 najd1235 nort3139 nort3142 oman1239 said1239 sana1295 suda1236 "
    "taiz1242 taji1248 tuni1259 uzbe1248",
}
VERSION = "1.1"
SHA256 = "b186cc73c4c767fe88f16f56637375428def1116aee374b096e157ad6165e198"  # of its wheel on PyPI
SHRINKAGE, TOLERANCE, ITERATIONS = (
    50,
    1e-3,
    400,
)  # singular values shrink by the largest over SHRINKAGE; as fancyimpute's SoftImpute


@dataclass
class Wheel:
    """The files of a urielplus wheel."""

    path: Path

    def _read(self, name: str) -> bytes:
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(f"{DATA}/{name}")
        except (OSError, KeyError, zipfile.BadZipFile) as fault:
            raise BadInput(
                f"{self.path}: a wheel of urielplus 1.1 is required; {DATA}/{name} cannot be read from it: {fault}"
            ) from None

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        with np.load(io.BytesIO(self._read(f"original_uriel/{name}.npz")), allow_pickle=False) as held:
            return {key: held[key] for key in held.files}

    def branches(self) -> dict[str, tuple[str, ...]]:
        """ISO 639-3 -> the genealogical groups of a language (Glottolog's, as URIEL has them), the largest first; languages without any left out."""
        held = self.arrays("family_features")
        inside = held["data"][:, :, 0] > 0
        largest_first = np.argsort(-inside.sum(axis=0), kind="stable")
        names = [str(name).removeprefix("F_") for name in held["feats"][largest_first]]
        found = {str(code): tuple(compress(names, row[largest_first])) for code, row in zip(held["langs"], inside, strict=True)}
        return {code: groups for code, groups in found.items() if groups}

    def table(self, name: str) -> tuple[list[str], list[list[str]]]:
        """(header, rows), every cell as text: the code `nan` is a language. A name that stands twice becomes `name.1`, as pandas has it."""
        header, *rows = csv.reader(io.StringIO(self._read(f"urielplus_csvs/{name}.csv").decode("utf-8-sig")))
        before: Counter = Counter()
        for place, one in enumerate(header):
            header[place] = f"{one}.{before[one]}" if before[one] else one
            before[one] += 1
        return header, rows

    def lists(self) -> dict[str, list]:
        """Name -> value of the assignments in duplicate_feature_sets.py, which holds nothing but lists."""
        found: dict[str, list] = {}
        for node in ast.parse(self._read("urielplus_csvs/duplicate_feature_sets.py")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.List):
                items = [found[one.id] if isinstance(one, ast.Name) else ast.literal_eval(one) for one in node.value.elts]
                found[node.targets[0].id] = items
        return found


class Base:
    """Features of languages by source, as they are integrated: `data` is (languages, features, sources)."""

    def __init__(self, wheel: Wheel) -> None:
        held = wheel.arrays("features")
        self.wheel, self.data = wheel, held["data"].astype(np.float64)
        self.languages, self.features, self.sources = (held[name].tolist() for name in ("langs", "feats", "sources"))
        self.alike = wheel.lists()

    def replace_saphon(self) -> None:
        old, new = SAPHON
        source = self.sources.index(old)
        header, rows = self.wheel.table("saphon_data")
        place = {code: row for row, code in reversed(list(enumerate(self.languages)))}
        for row in rows:
            if row[0] not in ("", "NA"):
                self._write(place[row[0]], header[2:], row[2:], source)
        self.sources[source] = new

    def to_glottocodes(self) -> None:
        """ISO codes become glottocodes; languages without one go."""
        header, rows = self.wheel.table("uriel_glottocode_map")
        codes = {row[header.index("code")]: row[header.index("glottocode")] for row in rows}
        keep = [place for place, code in enumerate(self.languages) if codes[code] != "NA"]
        self.languages = [codes[self.languages[place]] for place in keep]
        self.data = self.data[keep]

    def add(self, file: str, source: str, column: str, without: tuple[str, ...]) -> None:
        """A database as a source of its own, with the languages and features that are new. A language there twice, and new, is two rows."""
        header, rows = self.wheel.table(file)
        known = {code: place for place, code in reversed(list(enumerate(self.languages)))}
        names = [name for name in header if name != column and name not in without]
        fresh = [name for name in names if name not in set(self.features)]
        language = header.index(column)
        new = [row[language] for row in rows if row[language] not in known]
        grown = np.full((len(self.data) + len(new), len(self.features) + len(fresh), len(self.sources) + 1), UNKNOWN)
        grown[: self.data.shape[0], : self.data.shape[1], : self.data.shape[2]] = self.data
        self.data, self.features = grown, self.features + fresh
        self.sources.append(source)
        following = len(self.languages)
        for row in rows:
            place = known.get(row[language], following)
            following += place == following
            self._write(place, names, [row[header.index(name)] for name in names], len(self.sources) - 1)
        self.languages += new

    def _write(self, language: int, names: list[str], cells: list[str], source: int) -> None:
        places = {name: place for place, name in reversed(list(enumerate(self.features)))}
        for name, cell in zip(names, cells, strict=True):
            if name in places:
                self.data[language, places[name], source] = float(cell)

    def combine(self, source: str, sets: list[list]) -> None:
        """A feature takes what others of the same source imply: the larger value, or a given one where it is unknown or absent."""
        where = self.sources.index(source)
        for first, *others in sets:
            value = others.pop(0) if isinstance(others[0], float) else None
            if first not in self.features:
                self.features.append(first)
                self.data = np.pad(self.data, ((0, 0), (0, 1), (0, 0)), constant_values=UNKNOWN)
            main = self.features.index(first)
            for name in others:
                own, other = self.data[:, main, where], self.data[:, self.features.index(name), where]
                if value is None:
                    np.maximum(own, other, out=own)
                else:
                    own[np.isin(own, (UNKNOWN, 0.0)) & (other == value)] = value

    def united(self) -> np.ndarray:
        """(languages, features): the largest value of any source; what a dialect lacks is its base language's."""
        union = self.data.max(axis=-1)
        place = {code: row for row, code in reversed(list(enumerate(self.languages)))}
        dialects = {base: set(names.split()) for base, names in DIALECTS.items()} | {"stan1293": self._english()}
        for row, code in enumerate(self.languages):
            for base, names in dialects.items():
                if code in names:
                    parent = union[place[base]]
                    fill = (union[row] == UNKNOWN) & (parent > UNKNOWN)
                    union[row, fill] = parent[fill]
        return union

    def _english(self) -> set[str]:
        """Languages under Macro-English that belong to neither of its two creole branches, English itself apart."""
        held = self.wheel.arrays("family_features")
        header, rows = self.wheel.table("uriel_glottocode_map")
        codes = {row[header.index("code")]: row[header.index("glottocode")] for row in rows}
        places = [held["feats"].tolist().index(name) for name in ENGLISH]
        marks = held["data"][:, places, 0]
        found = {codes[code] for code, row in zip(held["langs"].tolist(), marks, strict=True) if row.tolist() == [1, 0, 0]}
        header, rows = self.wheel.table("lang_fam_geo")
        known, branches = set(codes.values()), [name.removeprefix("F_") for name in ENGLISH]
        for row in rows:
            families = {name.strip() for name in row[header.index("families")].split(",")}
            if row[0] not in known and [name in families for name in branches] == [True, False, False]:
                found.add(row[0])
        return found - {"stan1293", "NA"}


def integrate(wheel: Wheel) -> Base:
    """All databases of the package, in its order."""
    base = Base(wheel)
    base.replace_saphon()
    base.to_glottocodes()
    for file, source, column, without, alike in DATABASES:
        base.add(file, source, column, without)
        if alike:
            base.combine(source, base.alike[alike])
    for source in base.sources:
        base.combine(source, base.alike["_u"])
    return base


def impute(values: np.ndarray) -> Iterator[np.ndarray]:
    """SoftImpute (Mazumder et al. 2010): the matrix after each pass, unknown cells filled, until they change by less than TOLERANCE.

    One eigendecomposition of the features' Gram matrix in place of a singular value decomposition: the same, many times faster.
    """
    missing = values == UNKNOWN
    filled = np.where(missing, 0.0, values)
    shrinkage = np.sqrt(np.linalg.eigvalsh(filled.T @ filled)[-1]) / SHRINKAGE
    for _ in range(ITERATIONS):
        squares, vectors = np.linalg.eigh(filled.T @ filled)
        singular = np.sqrt(np.clip(squares, 0, None))
        kept = singular > shrinkage
        shrunk = vectors[:, kept] * ((singular[kept] - shrinkage) / singular[kept])
        low = np.clip(filled @ (shrunk @ vectors[:, kept].T), 0, 1)
        old, new = filled[missing], low[missing]
        change, size = np.linalg.norm(old - new), np.linalg.norm(old)
        filled[missing] = new
        yield filled
        if size and change / size < TOLERANCE:
            return


def rounded(codes: list[str], union: np.ndarray, done: Callable[[], None] = lambda: None) -> dict[str, list[str]]:
    """Code -> cells as a snapshot has them: 0 or 1 where known, i0 or i1 where imputed. The first row of a code counts."""
    filled = union
    for filled in impute(union):  # noqa: B007  the last one counts
        done()
    whole = np.round(filled).astype(int)
    cells: dict[str, list[str]] = {}
    for code, row, known in zip(codes, whole.tolist(), (union != UNKNOWN).tolist(), strict=True):
        if code not in cells:
            cells[code] = [f"{'' if sure else 'i'}{value}" for value, sure in zip(row, known, strict=True)]
    return cells
