"""What the audit holds a paper against beside its own tables and runs: corpora, the authors' code, licences, language vectors."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from realignment.core.files import DATA
from realignment.languages import table as languages

VECTORS = "uriel_plus_66"  # the snapshot that Table 6 comes out of
PRESET = "reference-code"  # preset and profile of what the authors' code does
# How the authors' code reads the tags of MasakhaPOS, by position in another list; AUX falls out of that list.
MISREAD = {"ADV": "INTJ", "INTJ": "VERB", "VERB": "AUX", "AUX": ""}
SEEDS_LEFT_OUT = ("31",)  # of some NLI files, in no average of the paper (data/published/README.md)


@dataclass(frozen=True)
class Facts:
    """Of a checkout. Each is read when it is first asked for."""

    root: Path

    @cached_property
    def sentences(self) -> tuple[dict[str, str], ...]:
        """One row per language, task and set of Table 7: `printed` (empty for a dash) and the `sentences` there are."""
        with (DATA / "table7.csv").open(encoding="utf-8", newline="") as file:
            return tuple(csv.DictReader(file))

    @property
    def opus100(self) -> frozenset[str]:
        """Languages that OPUS-100 has a file of."""
        return frozenset(code for code, row in languages.codes().items() if row["opus100"])

    @property
    def misread(self) -> Mapping[str, str]:
        """Tag of MasakhaPOS -> what the authors' code takes it for."""
        return MISREAD

    @property
    def seeds_left_out(self) -> tuple[str, ...]:
        """Seeds of the authors' files that are in none of the paper's averages."""
        return SEEDS_LEFT_OUT

    @cached_property
    def settings(self) -> Mapping[str, Mapping[str, object]]:
        """Verb -> key -> what the authors' code has where it is not what the paper says."""
        import yaml

        return yaml.safe_load((DATA / "presets.yaml").read_text(encoding="utf-8"))[PRESET]

    @cached_property
    def rates(self) -> Mapping[str, float]:
        """Encoder -> learning rate of the authors' code; empty where the checkout has no profile of it."""
        from realignment.config import params
        from realignment.core.workspace import Workspace

        if PRESET not in params.profiles(self.root):
            return {}
        study = params.load(Workspace(self.root, PRESET))
        return {name: one.get("learning_rate") or study.realign.learning_rate for name, one in study.study.encoders.items()}

    @property
    def licences(self) -> list[dict]:
        """One row per corpus: the licence that the paper states, and those of its sources."""
        from realignment.sources import catalogue

        return catalogue.claims()

    @cached_property
    def largest(self) -> Mapping[str, str]:
        """Language -> the largest family that it is of, where Table 5 may name a branch."""
        from realignment.languages import families

        trees = families.trees(languages.paper().values(), families.read(self.root / "data/uriel" / families.FILE))
        return {one.code: node.name for node in trees for one in node.all}

    @cached_property
    def vectors(self):
        from realignment.core.workspace import Workspace
        from realignment.languages import uriel

        return uriel.load(VECTORS, Workspace(self.root, "").vectors)

    @cached_property
    def space(self):
        """Distances between the languages that have a vector."""
        from realignment.selection import heuristics

        return heuristics.space([one for one in languages.paper().values() if one.vector], self.vectors)
