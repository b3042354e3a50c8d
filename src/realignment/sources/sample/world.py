"""Settings of a world (`fetch.world`), and the languages that come out of them."""

from dataclasses import dataclass, fields
from pathlib import Path
from random import Random

from realignment.core.errors import BadInput, nearest
from realignment.languages import uriel
from realignment.sources.sample import lexicon, typology
from realignment.sources.sample.grammar import Grammar
from realignment.sources.sample.languages import Shadow
from realignment.tasks import TASKS

LEVELS = ("HRL", "MRL", "LRL")


@dataclass(frozen=True)
class World:
    """README.md beside this file says what each key means."""

    seed: int
    null: bool
    sentences: int
    pairs: dict[str, int]
    foreign: dict[str, float]
    train: dict[str, int]
    test: int

    @classmethod
    def parse(cls, given: dict) -> "World":
        """Every fault at once."""
        known = {one.name for one in fields(cls)}
        faults = [f"unknown key `{key}` ({nearest(str(key), known)})" for key in given if key not in known]
        faults += [f"key `{key}` is missing" for key in sorted(known - set(given))]
        faults += [fault for key in sorted(known & set(given)) if (fault := _fault(key, given[key]))]
        if not faults and max(given["pairs"].values()) > given["sentences"]:
            faults.append(f"`pairs` asks for up to {max(given['pairs'].values())} of {given['sentences']} `sentences`")
        if faults:
            raise BadInput(f"fetch.world: {'; '.join(faults)}; keys are described in sources/sample/README.md")
        return cls(**given)

    def rng(self, *about: str) -> Random:
        """A source of chance of its own for each purpose, the same on every machine (seeded by sha512 of text)."""
        return Random("/".join((str(self.seed), *about)))


def _fault(key: str, value: object) -> str:
    if key == "null":
        return "" if isinstance(value, bool) else f"`null` must be true or false, got {value!r}"
    if key in ("pairs", "foreign", "train"):
        parts = TASKS if key == "train" else LEVELS
        if not isinstance(value, dict) or not set(value) <= set(parts) or (key != "train" and set(value) != set(parts)):
            return f"`{key}` needs {'keys among' if key == 'train' else 'exactly the keys'} {', '.join(parts)}, got {value!r}"
        wrong = [part for part in value if not (_share(value[part]) if key == "foreign" else _count(value[part], 1))]
        return (
            f"`{key}` needs {'shares from 0 to 1' if key == 'foreign' else 'whole numbers above 0'}, got {value!r}"
            if wrong
            else ""
        )
    return (
        ""
        if _count(value, 0 if key == "seed" else 1)
        else f"`{key}` must be a whole number of at least {0 if key == 'seed' else 1}, got {value!r}"
    )


def _count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _share(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def grammars(world: World, shadows: list[Shadow], snapshot: Path) -> dict[str, Grammar]:
    """Code -> language; `snapshot` holds the language vectors. In a null world no two languages share words or order but by chance."""
    features = {} if world.null else _features(snapshot)
    made: dict[str, Grammar] = {}
    pivot: lexicon.Lexicon | None = None
    families: dict[str, tuple] = {}
    for shadow in shadows:
        family = shadow.code if world.null else shadow.language.top_family
        if family not in families:
            families[family] = lexicon.ancestor(world.rng("family", family))
        words = lexicon.lexicon(world.rng("lexicon", shadow.code), families[family], None if world.null else pivot)
        order = (
            typology.drawn(world.rng("typology", shadow.code))
            if world.null
            else typology.of(shadow.real, features.get(shadow.language.vector))
        )
        made[shadow.code] = Grammar(order, words, shadow.language.script)
        pivot = pivot or words
    return made


def _features(snapshot: Path) -> dict[str, dict[str, str]]:
    """Code -> feature -> 0 or 1, with an i before it where the value is imputed."""
    vectors = uriel.read(snapshot)
    return {
        code: {
            name: f"{'' if known else 'i'}{value}"
            for name, value, known in zip(vectors.features, values.tolist(), knowns.tolist(), strict=True)
        }
        for code, values, knowns in zip(vectors.codes, vectors.values, vectors.known, strict=True)
    }
