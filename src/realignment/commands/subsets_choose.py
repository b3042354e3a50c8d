"""`realignment subsets choose`: languages of one's own pool by one of Table 6's rules."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import click

from realignment.commands.languages import active, at_hand, fetched
from realignment.commands.picture import Picture
from realignment.commands.vectors import load_vectors
from realignment.core.console import note, table
from realignment.core.errors import BadInput, nearest
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.selection import heuristics
from realignment.selection.space import Choice, Effort, Space
from realignment.subsets import naming, registry, table6

RULES = {(one.asked, one.rule.most): name for name, one in registry.KNOWN.items() if one.rule}  # (rule, most): heuristic
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command(help="Choose N languages of a pool by a rule: the best set found; English counts in distances and is not chosen.")
@click.option(
    "--pool", "pool_file", type=click.Path(path_type=Path), help="A file, one language code per line; # starts a remark."
)
@click.option("--pool-name", help="all_65, another row of Table 6, a pool such as joshi_012, or profile: languages with bitext.")
@click.option("--n", type=int, required=True, help="How many.")
@click.option("--rule", type=click.Choice(list(dict.fromkeys(rule for rule, _ in RULES))), default="featural", show_default=True)
@click.option("--most/--least", default=True, help="Most or least diverse; `--rule family --least` is Indo-European only.")
@click.option("--vectors", "vectors_name", help="Snapshot in data/uriel, or lang2vec for languages beyond it.")
@click.option("--include", multiple=True, metavar="CODE", help="A language that must be chosen; may be repeated.")
@click.option("--exclude", multiple=True, metavar="CODE", help="A language that must not be chosen; may be repeated.")
@click.option("--proof/--no-proof", default=True, help="Prove that no set is better.", show_default=True)
@click.option("--nodes", type=click.IntRange(1), default=200_000, show_default=True, help="Steps of the proof at most.")
@click.option(
    "--draws", type=click.IntRange(0, 100_000), default=50, show_default=True, help="Times the imputed values are drawn again."
)
@click.option("--other", help="Other vectors to compare with: lang2vec, or a snapshot in data/uriel.")
@click.option("--picture", type=Picture(), help="Draw the map of distances with the chosen languages: .svg or .png.")
@JSON
def choose(pool_file: Path | None, pool_name: str | None, *, n: int, rule: str, most: bool, **how) -> None:
    if pool_file and pool_name:
        raise BadInput("one of --pool and --pool-name is required; both are given; leave one out")
    if (rule, most) not in RULES:
        raise BadInput("rule script has no least diverse form; leave out --least")
    known = {**languages.paper(), **at_hand(active())}
    beyond = how["vectors_name"] == "lang2vec" and rule == "featural"  # the one case that asks for nothing but a vector
    codes = read_pool(pool_file, known, beyond=beyond) if pool_file else named_pool(pool_name or "all_65", known)
    include, exclude = (demanded(how[name], f"--{name}", codes, known) for name in ("include", "exclude"))
    if both := sorted(set(include) & set(exclude)):
        raise BadInput(f"--include and --exclude both name {', '.join(both)}; leave one out")
    codes = [code for code in codes if code not in exclude]
    if not 1 <= n <= len(codes):
        raise BadInput(f"--n must be between 1 and the size of the pool, {len(codes)}; got {n}")
    pivot = pivot_of([known[code] for code in codes], known)
    effort = Effort(nodes=how["nodes"] if how["proof"] else 0)
    question = Question(RULES[(rule, most)], [pivot, *(known[code] for code in codes)], heuristics.Wish(n, include, effort))
    vectors = load_vectors(how["vectors_name"], question.listed)
    answer(question, vectors, how)


@dataclass(frozen=True)
class Question:
    """A rule, English and the pool, and what is asked of them."""

    heuristic: str
    listed: list[Language]
    wish: heuristics.Wish

    def space(self, vectors) -> Space:
        return heuristics.space(self.listed, vectors)

    def choice(self, vectors, wish: heuristics.Wish | None = None) -> Choice:
        rule, space = registry.RULES[self.heuristic], self.space(vectors)
        pool = [one for one in self.listed[1:] if one.code in space.codes]
        return heuristics.computed(rule, space, pool, self.listed[0], wish or self.wish)


def answer(question: Question, vectors, how: dict) -> None:
    """The choice, how sure it is and how much it hangs on imputed values; printed, and drawn where asked for."""
    space = question.space(vectors)
    if without := [one.code for one in question.listed if one.code not in space.codes]:
        more = "" if vectors.origin == "lang2vec" else ", or give --vectors lang2vec"
        raise BadInput(f"no vector in {vectors.origin} for {', '.join(without)}; leave them out of the pool{more}")
    choice, known = question.choice(vectors), {one.code: one for one in question.listed}
    features = {code: vectors.known_features[heuristics.vector_of(known[code], vectors)] for code in choice.languages}
    quick = replace(question.wish, effort=Effort(starts=2, nodes=0))
    from realignment.selection import robustness

    stays = robustness.stays(vectors, lambda drawn: question.choice(drawn, quick), how["draws"]) if how["draws"] else {}
    other = other_choice(question, how["other"]) if how["other"] else None
    if how["picture"]:
        draw(how["picture"], space, choice, registry.HEURISTICS[question.heuristic].text)
    rows = [
        {
            **about(known[code], features),
            "stays": stays.get(code, 0.0) if how["draws"] else None,
            "other": None if other is None else code in other.languages,
        }
        for code in choice.languages
    ]
    if how["as_json"]:
        facts = {
            "rule": registry.HEURISTICS[question.heuristic].text,
            "n": question.wish.n,
            "pool": [one.code for one in question.listed[1:]],
        }
        sure = {name: getattr(choice, name) for name in ("objective", "bound", "gap", "proven", "solver", "seconds")}
        more = {
            "vectors": vectors.origin,
            "known_features": features,
            "stays": stays,
            "other": list(other.languages) if other else None,
        }
        print(json.dumps({"languages": list(choice.languages)} | sure | facts | more, indent=1))
        return
    tell(question, vectors, choice, features)
    if other is not None:
        share = len(set(choice.languages) & set(other.languages))
        note(f"by {how['other']}: {share} of {len(choice.languages)} the same; its set is {', '.join(other.languages)}")
    if weak := [row["code"] for row in rows if how["draws"] and row["stays"] < 0.5]:
        note(
            f"hangs on imputed values: {', '.join(weak)} are chosen in less than half of {how['draws']} draws of the imputed values"
        )
    columns = [name for name in rows[0] if not (name == "stays" and not how["draws"]) and not (name == "other" and other is None)]
    table(rows, columns=columns)


def tell(question: Question, vectors, choice: Choice, features: dict[str, int]) -> None:
    if choice.proven:
        sure = f"proven best in {choice.seconds:.1f} s ({choice.solver})"
    elif choice.gap is not None:
        sure = f"no set is more than {choice.gap:.2%} better ({choice.solver})"
    else:
        sure = f"the best found by {choice.solver}, not proven"
    pool, rule = len(question.listed) - 1, registry.RULES[question.heuristic]
    if rule.group:
        groups = {getattr(one, rule.group) for one in question.listed if one.code in choice.languages}
        if len(groups) < len(choice.languages):
            kinds = {"top_family": "families", "script": "scripts"}[rule.group]
            note(f"these {len(choice.languages)} languages have only {len(groups)} different {kinds}")
    note(
        f"{registry.HEURISTICS[question.heuristic].text}: {question.wish.n} of {pool}; sum of distances {choice.objective}, {sure}"
    )
    note(f"to realign on it, add to your profile: select: {{own: {{my_choice: [{', '.join(choice.languages)}]}}}}")
    if few := [f"{code} {count}" for code, count in features.items() if count < len(vectors.features) / 10]:
        note(f"mostly imputed vectors (known features of {len(vectors.features)}): {', '.join(few)}")


def demanded(given: tuple[str, ...], option: str, codes: list[str], known: dict[str, Language]) -> tuple[str, ...]:
    """Codes of an option in our spelling, all of the pool."""
    found = []
    for word in given:
        try:
            code = languages.known(word, known).code
        except BadInput as fault:
            raise BadInput(f"{option}: {fault}") from None
        if code not in codes:
            raise BadInput(f"{option}: `{word}` is not in the pool; {nearest(code, codes)}")
        found.append(code)
    return tuple(dict.fromkeys(found))


def other_choice(question: Question, name: str) -> Choice:
    """The set by other vectors, of the languages they hold."""
    quick = replace(question.wish, effort=Effort(nodes=0))
    return question.choice(load_vectors(name, question.listed), quick)


def draw(path: Path, space: Space, choice: Choice, title: str) -> None:
    from realignment.report.figures import plots, style
    from realignment.selection import robustness

    figure = plots.atlas(robustness.places(space), {title: choice.languages}, space.anchors[0] if space.anchors else "")
    style.write(figure, path, f"Languages by their distances; chosen: {', '.join(choice.languages)}")
    note(f"{path} is written")


def pivot_of(pool: list[Language], known: dict[str, Language]) -> Language:
    """English; for a pool of generated languages, the one that stands in for it."""
    shadow = any(one.shadow_of for one in pool)
    return next(one for one in known.values() if one.is_pivot and bool(one.shadow_of) == shadow)


def read_pool(path: Path, known: dict[str, Language], *, beyond: bool = False) -> list[str]:
    """Codes of a pool file in our spelling; BadInput names file and line of what is unknown or there twice.

    `beyond`: languages that the table lacks are taken, and added to `known` with nothing but their code and name.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "it is not UTF-8"
        raise BadInput(f"{path}: a pool file, one language code per line, is required; cannot be read: {reason}") from None
    codes: list[str] = []
    for number, line in enumerate(lines, 1):
        word = line.split("#")[0].strip()
        if not word:
            continue
        try:
            code = word if word in known else languages.resolve(word)
            if beyond and code not in known:
                bare = {"script": "", "family": "", "top_family": "", "joshi": -1, "seen": (), "vector": ""}
                known[code] = replace(known["eng"], code=code, name=languages.name_of(code), **bare)
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
    if name in registry.POOLS:
        return sorted(code for code, one in languages.paper().items() if one.pool and registry.POOLS[name].holds(one))
    if name in table6.rows() and not naming.parse(name).drawn:
        return sorted(table6.rows()[name].used)
    raise BadInput(f"unknown pool `{name}`; {nearest(name, {'profile', *registry.POOLS, *table6.rows()})}")


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
