"""Which licence data in a folder stands under: what LICENCES.tsv says, else which licence file lies beside it, else unknown."""

import re
from pathlib import Path

from realignment.core.errors import BadInput, nearest
from realignment.languages import table as languages
from realignment.sources.catalogue import corpora
from realignment.sources.raw import lines
from realignment.tasks import TASKS

TABLE = "LICENCES.tsv"
FILE = re.compile(r"(?i)(licen[cs]e|copying)")


class Licences:
    """LICENCES.tsv holds `name<TAB>licence`: name is an evaluation set (`xnli`, `pos/ud`), `bitext`, a bitext's language, or what
    stands before the colon of a pair's id (`tatoeba:17` -> `tatoeba`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.table: dict[str, str] = {}
        self.used: set[str] = set()
        if (folder / TABLE).is_file():
            for number, line in lines(folder / TABLE):
                cells = line.split("\t")
                if not line.strip() or (number == 1 and cells[0].casefold() == "set"):
                    continue
                if len(cells) != 2:
                    raise BadInput(f"{folder / TABLE} line {number}: two columns are required, set and licence; got {len(cells)}")
                name = _name(cells[0].strip(), f"{folder / TABLE} line {number}")
                if name in self.table:
                    raise BadInput(f"{folder / TABLE} line {number}: {name} is there twice; remove one")
                self.table[name] = cells[1].strip()

    @property
    def idle(self) -> list[str]:
        """Names of the table that no set, bitext or id asked for has had."""
        return sorted(set(self.table) - self.used)

    def _of(self, name: str) -> str:
        self.used |= {name} & set(self.table)
        return self.table.get(name, "")

    def of_set(self, task: str, name: str, folder: Path, inputs: list[dict]) -> str:
        """The licence of an evaluation set, whose read files are `inputs`."""
        for spelt in dict.fromkeys((name, folder.name)):
            if licence := self._of(f"{task}/{spelt}") or self._of(spelt):
                return licence
        places = {folder, *((self.folder / one["path"]).parent for one in inputs)}
        return self._beside(places)

    def of_bitext(self, language: str, prefixes: set[str], paths: list[Path]) -> str:
        """Of each source that the ids of its pairs name, or of all bitexts, or of the language."""
        if licence := self._of(f"bitext/{language}"):
            return licence
        named = sorted({self._of(one) for one in prefixes})
        if all(named):
            return "; ".join(named)
        return self._of("bitext") or self._beside({path.parent for path in paths})

    def _beside(self, places: set[Path]) -> str:
        files = (path for place in places for path in place.iterdir() if FILE.match(path.name) and path.is_file())
        found = sorted(path.relative_to(self.folder).as_posix() for path in files)
        return f"see {', '.join(found)}" if found else "unknown"


def _name(text: str, where: str) -> str:
    """The first cell of a line; the language of `bitext/<lang>` in our spelling."""
    kind, slash, rest = text.partition("/")
    if not slash:
        return text
    if kind not in ("bitext", *TASKS):
        raise BadInput(f"{where}: `{text}` begins with no task and is no bitext; {nearest(kind, ('bitext', *TASKS))}")
    try:
        return f"bitext/{languages.resolve(rest)}" if kind == "bitext" else text
    except BadInput as fault:
        raise BadInput(f"{where}: {fault}") from None


class Observed:
    """Licences of the paper's corpora as their sources state them (data/corpora.yaml)."""

    def of_set(self, task: str, name: str, folder: Path, inputs: list[dict]) -> str:
        return corpora()[f"{task}/{name}"].licence.observed

    def of_bitext(self, language: str, prefixes: set[str], paths: list[Path]) -> str:
        return "; ".join(sorted({corpora()[path.parent.name].licence.observed for path in paths}))
