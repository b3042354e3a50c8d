"""`realignment subsets choose`: languages of one's own pool by one of Table 6's rules."""

import json
import re
from dataclasses import replace
from pathlib import Path

import click

from realignment import languages, selection, table6
from realignment.commands.languages import active, at_hand, fetched
from realignment.commands.vectors import load_vectors
from realignment.console import note, table
from realignment.errors import BadInput, nearest
from realignment.languages import Language

RULES = {  # (rule, most): heuristic
    ("featural", True): "uriel_diverse",
    ("featural", False): "uriel_similar",
    ("family", True): "family_diverse",
    ("family", False): "family_indoeuropean",
    ("script", True): "script_diverse",
    ("latin", True): "latin_diverse",
    ("latin", False): "latin_similar",
}
ISO = re.compile(r"[a-z]{3}")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command(help="Choose N languages of a pool by a rule: the best set found; English counts in distances and is not chosen.")
@click.option("--pool", "pool_file", type=click.Path(path_type=Path), help="A file, a language code a line; # starts a remark.")
@click.option("--pool-name", help="all_65, another row of Table 6, a pool such as joshi_012, or profile: languages with bitext.")
@click.option("--n", type=int, required=True, help="How many.")
@click.option("--rule", type=click.Choice(["featural", "family", "script", "latin"]), default="featural", show_default=True)
@click.option("--most/--least", default=True, help="Most or least diverse; `--rule family --least` is Indo-European only.")
@click.option("--vectors", "vectors_name", help="Snapshot in data/uriel, or lang2vec for languages beyond it.")
@click.option("--starts", type=click.IntRange(0), default=20, show_default=True, help="Random starts of the swap search.")
@JSON
def choose(pool_file: Path | None, pool_name: str | None, *, n: int, rule: str, most: bool, **how) -> None:
    vectors_name, as_json = how["vectors_name"], how["as_json"]
    if pool_file and pool_name:
        raise BadInput("one of --pool and --pool-name is required; both are given; leave one out")
    if (rule, most) not in RULES:
        raise BadInput("rule script has no least diverse form; leave out --least")
    known = {**languages.paper(), **at_hand(active())}
    beyond = vectors_name == "lang2vec" and rule == "featural"  # the one case that asks for nothing but a vector
    codes = read_pool(pool_file, known, beyond=beyond) if pool_file else named_pool(pool_name or "all_65", known)
    if not 1 <= n <= len(codes):
        raise BadInput(f"--n must be between 1 and the size of the pool, {len(codes)}; got {n}")
    pivot = pivot_of([known[code] for code in codes], known)
    listed = [pivot, *(known[code] for code in codes)]
    vectors = load_vectors(vectors_name, listed)
    space = selection.space(listed, vectors)
    if without := [code for code in (pivot.code, *codes) if code not in space.codes]:
        raise BadInput(
            f"no vector in {vectors.origin} for {', '.join(without)}; leave them out of the pool, or give --vectors lang2vec"
        )
    heuristic = RULES[(rule, most)]
    choice = selection.computed(selection.RULES[heuristic], space, listed[1:], pivot, selection.Wish(n))
    features = {one.code: vectors.known_features[selection.vector_of(one, vectors)] for one in map(known.get, choice.languages)}
    if as_json:
        facts = {
            "rule": table6.HEURISTICS[heuristic],
            "n": n,
            "pool": codes,
            "vectors": vectors.origin,
            "known_features": features,
        }
        found = {"languages": list(choice.languages), "objective": choice.objective, "proven": choice.proven}
        print(json.dumps(found | facts, indent=1))
        return
    certainty = "the best of all sets" if choice.proven else f"the best found by {choice.solver}, not proven"
    note(f"{table6.HEURISTICS[heuristic]}: {n} of {len(codes)}; sum of distances {choice.objective}, {certainty}")
    note(f"to realign on it, add to your profile: select: {{own: {{my_choice: [{', '.join(choice.languages)}]}}}}")
    if few := [f"{code} {count}" for code, count in features.items() if count < len(vectors.features) / 10]:
        note(f"mostly imputed vectors (known features of {len(vectors.features)}): {', '.join(few)}")
    table([about(known[code], features) for code in choice.languages])


def pivot_of(pool: list[Language], known: dict[str, Language]) -> Language:
    """English; for a pool of generated languages, the one that stands in for it."""
    shadow = any(one.shadow_of for one in pool)
    return next(one for one in known.values() if one.is_pivot and bool(one.shadow_of) == shadow)


def read_pool(path: Path, known: dict[str, Language], *, beyond: bool = False) -> list[str]:
    """Codes of a pool file in our spelling; BadInput names file and line of what is unknown or there twice.

    `beyond`: ISO 639-3 codes that the table lacks are taken, and added to `known` with nothing but their code.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "it is not UTF-8"
        raise BadInput(f"{path}: a pool file, one language code a line, is required; cannot be read: {reason}") from None
    codes: list[str] = []
    for number, line in enumerate(lines, 1):
        word = line.split("#")[0].strip()
        if not word:
            continue
        if beyond and word not in known and ISO.fullmatch(word):
            known[word] = replace(
                known["eng"], code=word, name=word, script="", family="", top_family="", joshi=-1, seen=(), vector=""
            )
        try:
            code = word if word in known else languages.resolve(word)
            languages.known(code, known)
        except BadInput as fault:
            raise BadInput(f"{path} line {number}: {fault}") from None
        if code in codes:
            raise BadInput(f"{path} line {number}: language {code} is there twice; remove one")
        codes.append(code)
    if not codes:
        raise BadInput(f"{path}: at least one language code is required; the file holds none")
    if pivots := [code for code in codes if known[code].is_pivot]:
        raise BadInput(f"{path}: {pivots[0]} is the source side of every pair and cannot be chosen; remove it")
    return codes


def named_pool(name: str, known: dict[str, Language]) -> list[str]:
    """The pool of a name: an ablation pool, a row of Table 6, or `profile`."""
    if name == "profile":
        having = {file["language"] for file in fetched(active()) if file["kind"] == "bitext"}
        if not having:
            raise BadInput("pool `profile` requires fetched bitext and there is none; make it with `dvc repro fetch`")
        return sorted(code for code in having if known[code].pool)
    if name in selection.POOLS:
        return sorted(code for code, one in languages.paper().items() if one.pool and selection.POOLS[name](one))
    if name in table6.rows() and not table6.parse(name).drawn:
        return sorted(table6.rows()[name].used)
    raise BadInput(f"unknown pool `{name}`; {nearest(name, {'profile', *selection.POOLS, *table6.rows()})}")


def about(language: Language, features: dict[str, int]) -> dict:
    """What decides about a language, as a row."""
    return {
        "code": language.code,
        "name": language.name,
        "script": language.script,
        "family": language.family,
        "level": language.level,
        "seen": list(language.seen),
        "known_features": features.get(language.code),
    }
