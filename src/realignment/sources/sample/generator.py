"""Source `sample`: a generated world of artificial languages, each a shadow of one of the paper's. README.md describes it."""

from pathlib import Path

from realignment.config import schema
from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import Workspace, project_root
from realignment.sources.output import Counts, Fetched, Origin, entry, write_bitext, write_evalset
from realignment.sources.sample import names, nli, questions
from realignment.sources.sample.grammar import Grammar, Token, text
from realignment.sources.sample.languages import Shadow, shadows
from realignment.sources.sample.meanings import Sentence, Speaker
from realignment.sources.sample.names import Names
from realignment.sources.sample.world import World, grammars
from realignment.tasks import nli as relation

EVALSET = "world"  # the evaluation set of every task
SNAPSHOT = "uriel_plus_66"  # language vectors the typologies are read from
NAMED = {"text": 0.1, "pos": 0.12, "ner": 0.3, "nli": 0.0, "xquad": 0.0}  # share of phrases that are names


def fetch(target: Workspace, how: schema.Fetch) -> Fetched:
    """Writes bitext for the pool, evaluation sets for every language, training rows for the pivot."""
    world = World.parse(how.world)
    everyone = shadows()
    wanted = _wanted(everyone, how)
    spoken = grammars(world, everyone, _snapshot(target))
    origin = Origin("sample world", f"seed {world.seed}{', null' if world.null else ''}", "CC0-1.0 (generated)")
    known = names.pools(world.rng("names"))
    files = []
    for code, pairs in bitexts(world, wanted, spoken, known["text"]).items():
        kept = pairs[: how.max_pairs]
        path = write_bitext(target, code, kept, how.heldout)
        counts = Counts(len(kept), len(kept))
        files.append(entry(target, path, counts=counts, origin=origin, kind="bitext", language=code))
    if how.evalsets is None or EVALSET in how.evalsets:
        for task in how.tasks:
            for code, examples in evalsets(task, world, wanted, spoken, known, how).items():
                files.append(
                    write_evalset(
                        target, task, EVALSET, code, examples, counts=Counts(len(examples), len(examples)), origin=origin
                    )
                )
    return Fetched([shadow.language for shadow in wanted], files)


def _wanted(everyone: list[Shadow], how: schema.Fetch) -> list[Shadow]:
    """The pivot and the languages asked for."""
    codes = {shadow.code for shadow in everyone}
    asked = {code.strip().casefold() for code in how.languages or ()}
    if unknown := sorted(set(asked) - codes):
        raise BadInput(f"fetch.languages: the sample world has no language `{unknown[0]}`; {nearest(unknown[0], codes)}")
    return [shadow for shadow in everyone if shadow.language.is_pivot or how.languages is None or shadow.code in asked]


def _snapshot(target: Workspace) -> Path:
    """The language vectors of the checkout that holds `target`, or of the one this package was installed from."""
    try:
        root = project_root(target.root)
    except BadInput:
        root = project_root(Path(__file__))
    return root / "data" / "uriel" / f"{SNAPSHOT}.tsv.gz"


def bitexts(
    world: World, wanted: list[Shadow], spoken: dict[str, Grammar], known: Names
) -> dict[str, list[tuple[str, str, str]]]:
    """Code -> (pivot side, own side, origin) of every language of the pool: its share of one list of distinct sentences."""
    pivot = next(shadow.code for shadow in wanted if shadow.language.is_pivot)
    speaker = Speaker(world.rng("bitext"), known, NAMED["text"])
    meanings: dict[str, Sentence] = {}
    while len(meanings) < world.sentences:
        meaning = speaker.sentence()
        meanings.setdefault(text(spoken[pivot].sentence(meaning)), meaning)
    sides = list(meanings.items())
    made = {}
    for shadow in wanted:
        if shadow.language.pool and not shadow.language.is_pivot:
            rng = world.rng("bitext", shadow.code)
            share = world.foreign[shadow.level]
            chosen = rng.sample(sides, world.pairs[shadow.level])
            grammar = spoken[shadow.code]
            made[shadow.code] = [
                (side, text(grammar.sentence(meaning), spoken[pivot], share, rng), "world") for side, meaning in chosen
            ]
    return made


def evalsets(
    task: str, world: World, wanted: list[Shadow], spoken: dict[str, Grammar], known: dict[str, Names], how: schema.Fetch
) -> dict[str, list[dict]]:
    """Code -> examples. Every language is tested on the same meanings; the pivot alone has training rows."""
    test = _contents(
        task, min(world.test, how.max_test or world.test), Speaker(world.rng(task, "test"), known["test"], NAMED[task])
    )
    if task not in world.train:
        raise BadInput(
            f"fetch.world: `train` must say how many rows train `{task}`, which is among fetch.tasks; add {task}: 3000"
        )
    size = min(world.train[task], how.max_train or world.train[task])
    train = _contents(task, size, Speaker(world.rng(task, "train"), known["train"], NAMED[task]))
    made = {}
    for shadow in wanted:
        parts = [("train", train), ("test", test)] if shadow.language.is_pivot else [("test", test)]
        made[shadow.code] = [
            {"id": f"{split}-{place}", **_example(task, content, spoken[shadow.code]), "split": split}
            for split, contents in parts
            for place, content in enumerate(contents)
        ]
    return made


def _contents(task: str, size: int, speaker: Speaker) -> list[tuple]:
    """What the examples of a task say: a sentence, or for NLI label, premise and hypothesis, labels in turn, or a passage and what is asked of it."""
    if task == "nli":
        labels = [relation.LABELS[place % len(relation.LABELS)] for place in range(size)]
        return [(label, *nli.pair(label, speaker)) for label in labels]
    if task == "xquad":
        return [(questions.asked(speaker),) for _ in range(size)]
    return [(speaker.with_name() if task == "ner" else speaker.sentence(),) for _ in range(size)]


def _example(task: str, content: tuple, grammar: Grammar) -> dict:
    if task == "nli":
        label, premise, hypothesis = content
        return {"premise": text(grammar.sentence(premise)), "hypothesis": text(grammar.sentence(hypothesis)), "label": label}
    if task == "xquad":
        return questions.example(*content, grammar)
    tokens: list[Token] = grammar.sentence(*content)
    return {"words": [token.word for token in tokens], "tags": [token.ner if task == "ner" else token.pos for token in tokens]}
