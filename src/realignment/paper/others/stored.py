"""Where imports lie: `data/others/NAME/` with scores.csv.gz and subsets.tsv, as data/published has them, and about.json."""

import csv
import gzip
import hashlib
import io
import json
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from realignment.core import hashing, strictjson
from realignment.core.errors import BadInput, nearest
from realignment.core.files import put_in_place, remove
from realignment.paper.others.checked import NAME, Checked
from realignment.paper.others.tidy import COLUMNS, LANGUAGES, RUN
from realignment.paper.whole import SCORES

FOLDER = Path("data") / "others"
LISTS, ABOUT = "subsets.tsv", "about.json"
RESERVED = frozenset({"all", "authors", "both", "none", "others", "ours", "printed", "published", "uriel"})
FORMAT = 1
REMEDY = "import it again with --replace, or bring back the folder"


def named(name: str, profiles: Collection[str]) -> str:
    """The name, or BadInput where no import can be called so."""
    if not NAME.fullmatch(name):
        raise BadInput(f"a name of letters, digits, _ and - is required of an import, 64 characters at most; got `{name}`")
    if name.casefold() in {*RESERVED, *(one.casefold() for one in profiles)}:
        raise BadInput(
            f"`{name}` is the name of {'a profile' if name in profiles else 'other runs'}; give the import another name"
        )
    return name


def place(root: Path, name: str) -> Path:
    return root / FOLDER / name


def names(root: Path) -> list[str]:
    """Imports of a checkout, sorted; a folder without about.json is none."""
    folder = root / FOLDER
    return (
        sorted(one.parent.name for one in folder.glob(f"*/{ABOUT}") if NAME.fullmatch(one.parent.name)) if folder.is_dir() else []
    )


def required(root: Path, name: str) -> Path:
    """The folder of an import that is there."""
    if name not in (known := names(root)):
        told = nearest(name, known) if known else "nothing was imported"
        raise BadInput(f"no import is called `{name}`; {told}; `realignment runs import FILE... --name {name}` makes one")
    return place(root, name)


def content(found: Checked) -> dict[str, bytes]:
    """File name -> bytes, the same for the same scores, in whatever order they were given."""
    scores = sorted(tuple(row[name] for name in COLUMNS) for row in found.scores)
    lists = sorted((*run, " ".join(codes)) for run, codes in found.lists.items() if codes)
    tables = {SCORES: _text(",", COLUMNS, scores), LISTS: _text("\t", (*RUN, LANGUAGES), lists)}
    return {name: gzip.compress(text, mtime=0) if name.endswith(".gz") else text for name, text in tables.items()}


def _text(between: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=between, lineterminator="\n", quoting=csv.QUOTE_NONE)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def write(root: Path, name: str, files: Mapping[str, bytes], about: Mapping[str, object], replace: bool) -> bool:
    """Whether anything was written: not where the same import lies there. BadInput where another does, and it is not to be replaced."""
    about = {"format": FORMAT, "name": name, **about, "files": {one: _sha256(data) for one, data in sorted(files.items())}}
    if name in names(root) and not replace:
        there = _about(place(root, name))
        told = ("files", "encoders", *(["citation"] if about["citation"] else []))  # none given: that of before stays
        if differ := [one for one in told if there.get(one) != about[one]]:
            where = f"{place(root, name)}: another import has this name ({', '.join(differ)} differ)"
            raise BadInput(f"{where}; give this one another name, or put it in the place of the other by --replace")
        raw(root, name)
        return False
    if place(root, name).exists() and not replace:
        raise BadInput(
            f"{place(root, name)}: something else stands there, without {ABOUT}; give the import another name, or --replace it"
        )
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / FOLDER, prefix=".import-") as folder:
        made = Path(folder) / name
        made.mkdir()
        for one, data in files.items():
            (made / one).write_bytes(data)
        text = json.dumps({**about, "sha256": hashing.digest(about)}, ensure_ascii=False, indent=1, sort_keys=True)
        (made / ABOUT).write_text(text + "\n", encoding="utf-8")
        put_in_place([(made, place(root, name))])
    return True


def forget(root: Path, name: str) -> None:
    remove(required(root, name))


def about(root: Path, name: str) -> dict:
    """What about.json of an import says."""
    return _about(required(root, name))


def raw(root: Path, name: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rows of scores.csv.gz and of subsets.tsv; BadInput where a file is not the one that was imported."""
    folder = required(root, name)
    stated = _about(folder)["files"]
    return _rows(folder / SCORES, stated, ","), _rows(folder / LISTS, stated, "\t")


def _about(folder: Path) -> dict:
    try:
        found = strictjson.loads((folder / ABOUT).read_bytes())
        if found.pop("sha256") == hashing.digest(found) and (found["format"], found["name"]) == (FORMAT, folder.name):
            return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise BadInput(
        f"{folder / ABOUT}: is not as `realignment runs import` wrote it there: its sha256 or its name is another; {REMEDY}"
    )


def _rows(path: Path, stated: Mapping[str, str], between: str) -> list[dict[str, str]]:
    try:
        data = path.read_bytes()
    except OSError:
        raise BadInput(f"{path}: is required and cannot be read; {REMEDY}") from None
    if _sha256(data) != stated[path.name]:
        raise BadInput(f"{path}: was changed after it was imported: its sha256 is not that of {ABOUT}; {REMEDY}")
    text = (gzip.decompress(data) if path.name.endswith(".gz") else data).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=between, quoting=csv.QUOTE_NONE))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
