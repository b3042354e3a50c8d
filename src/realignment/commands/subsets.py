"""`realignment subsets`: the language subsets of Table 6, and choosing one's own."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from realignment import languages, selection, table6
from realignment.commands.languages import active, at_hand, fetched
from realignment.console import note, table
from realignment.errors import BadInput, nearest
from realignment.languages import Language

if TYPE_CHECKING:
    from realignment.uriel import Vectors

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


@click.group(invoke_without_command=True, help="Language subsets: list, show, choose, table6. Alone: list.")
@click.pass_context
def command(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        context.invoke(list_)


def content() -> dict | None:
    """subsets.json of the active profile; None before `select` has run."""
    workspace = active()
    return json.loads(workspace.subsets.read_text(encoding="utf-8")) if workspace and workspace.subsets.is_file() else None


@command.command("list", help="Every name, its rule, and its languages in the active profile (before `select`: as published).")
@JSON
def list_(as_json: bool = False) -> None:
    held = content()
    if held is None:
        if not as_json:
            note("no subsets chosen: Table 6 as published; `dvc repro select` chooses those of the active profile")
        rows = [{"name": name, **(_published(name))} for name in ["none", "all", *table6.names()[1:]]]
    else:
        if not as_json:
            note(f"reading: {held['reading']}; {len(held['pool'])} languages with bitext; a name without a size has {held['n']}")
        rows = [{"name": name, **entry} for name, entry in held["subsets"].items()]
    table(rows, columns=("name", "n", "rule", "languages", *(("unavailable",) if held else ()), "erratum"), as_json=as_json)


def _published(name: str) -> dict:
    row, parts = table6.rows().get(name), table6.parse(name)
    listed = list(row.used) if row and not parts.drawn else []
    return {"n": parts.n or len(listed), "rule": parts.text, "languages": listed, "erratum": row.erratum if row else ""}


@command.command(help="The languages of subset NAME, each with what decides about it.")
@click.argument("name")
@click.option("--draw", type=int, default=None, help="Subset seed of a random subset; default: the first drawn.")
@JSON
def show(name: str, draw: int | None, as_json: bool) -> None:
    workspace, held = active(), content()
    known, features = at_hand(workspace) if held else languages.paper(), {}
    parts = table6.parse(name, held["n"] if held else 10)
    if parts.drawn and draw is None:
        draw = min(map(int, held["subsets"].get(str(parts), {}).get("draws", {})), default=17) if held else 17
    if held:
        chosen = selection.chosen(held, name, draw or 0)
        about = held["subsets"][str(parts)]
        features = about["known_features"]
    else:
        chosen, about = _as_published(parts, draw or 0), _published(str(parts))
        features = _known_features([known[code] for code in chosen])
    if not as_json:
        note(
            f"{parts}: {about['rule']}"
            + (f"; draw {draw}" if parts.drawn else "")
            + (f"; erratum: {about['erratum']}" if about["erratum"] else "")
        )
        if about.get("objective") is not None:
            note(f"sum of distances {about['objective']}" + (", the best of all sets" if about["proven"] else ""))
    table([_about(known[code], features) for code in chosen], as_json=as_json)


def _known_features(listed: list[Language]) -> dict[str, int]:
    vectors = load_vectors(None, listed) if active() and listed else None
    return {one.code: vectors.known_features[selection.vector_of(one, vectors)] for one in listed} if vectors else {}


def _as_published(parts: table6.Name, draw: int) -> list[str]:
    if parts.heuristic == "none":
        return []
    if parts.drawn:
        return selection.random_draw(selection.published_pool(parts.pool), parts.n or 0, draw)
    return sorted(table6.published("all_65" if parts.heuristic == "all" else str(parts)).used)


def _about(language: Language, features: dict[str, int]) -> dict:
    return {
        "code": language.code,
        "name": language.name,
        "script": language.script,
        "family": language.family,
        "level": language.level,
        "seen": list(language.seen),
        "known_features": features.get(language.code),
    }


@command.command(
    help="Choose N languages of a pool by a rule: the best set found, English in the sum of distances and not in the set."
)
@click.option(
    "--pool", "pool_file", type=click.Path(path_type=Path), help="A file with a language code a line; text after # is ignored."
)
@click.option(
    "--pool-name", help="all_65, another name of Table 6, an ablation pool such as joshi_012, or profile: languages with bitext."
)
@click.option("--n", type=int, required=True, help="How many.")
@click.option("--rule", type=click.Choice(["featural", "family", "script", "latin"]), default="featural", show_default=True)
@click.option("--most/--least", default=True, help="Most or least diverse; `--rule family --least` is Indo-European only.")
@click.option(
    "--vectors", "vectors_name", help="Snapshot in data/uriel, or lang2vec for languages beyond it; default: select.vectors."
)
@click.option("--starts", type=click.IntRange(0), default=20, show_default=True, help="Random starts of the swap search.")
@JSON
def choose(
    pool_file: Path | None,
    pool_name: str | None,
    n: int,
    rule: str,
    most: bool,
    vectors_name: str | None,
    starts: int,
    as_json: bool,
) -> None:  # noqa: PLR0913
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
    choice = selection.computed(selection.RULES[heuristic], space, listed[1:], pivot, n, starts=starts)
    features = {one.code: vectors.known_features[selection.vector_of(one, vectors)] for one in map(known.get, choice.languages)}
    if as_json:
        about = {
            "rule": table6.HEURISTICS[heuristic],
            "n": n,
            "pool": codes,
            "vectors": vectors.origin,
            "known_features": features,
        }
        print(
            json.dumps(
                {"languages": list(choice.languages), "objective": choice.objective, "proven": choice.proven, **about}, indent=1
            )
        )
        return
    certainty = "the best of all sets" if choice.proven else f"the best found by {choice.solver}, not proven"
    note(f"{table6.HEURISTICS[heuristic]}: {n} of {len(codes)}; sum of distances {choice.objective}, {certainty}")
    if few := [f"{code} {count}" for code, count in features.items() if count < len(vectors.features) / 10]:
        note(f"mostly imputed vectors (known features of {len(vectors.features)}): {', '.join(few)}")
    table([_about(known[code], features) for code in choice.languages])


def pivot_of(pool: list[Language], known: dict[str, Language]) -> Language:
    """English; for a pool of generated languages, the one that stands in for it."""
    shadow = any(one.shadow_of for one in pool)
    return next(one for one in known.values() if one.is_pivot and bool(one.shadow_of) == shadow)


def load_vectors(name: str | None, listed: list[Language]) -> "Vectors":
    """The vectors named, or those of the active profile's settings."""
    from realignment import params, uriel
    from realignment.workspace import Workspace, project_root

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    return uriel.load(
        name or params.load(workspace).select.vectors, workspace.vectors, [one.vector or one.code for one in listed]
    )


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


@command.command("table6", help="Every row of Table 6 that the vectors decide: as published, and as computed here.")
@JSON
def table6_(as_json: bool) -> None:
    rows = recomputed()
    exact = sum(row["exact"] for row in rows)
    either = sum(row["exact"] or row["exact_greedy"] for row in rows)
    under = {row["name"]: row["printed_under"] for row in rows}
    swapped = [name for name, other in under.items() if other != name and under.get(other) == name]
    if not as_json:
        note(
            f"{exact} of {len(rows)} rows exact by the best set found, {either} by that or by greedy from English"
            + (f"; swapped in print: {', '.join(swapped)}" if swapped else "")
        )
        rows = [{**row, **{key: f"{row[key]:.4f}" for key in row if key.startswith("objective")}} for row in rows]
        note("the distance was chosen after seeing the lists (data/uriel/README.md): a fit, not a blind replication")
    columns = (
        "name",
        "n",
        "jaccard",
        "exact",
        "exact_greedy",
        "objective_published",
        "objective_computed",
        "published",
        "computed",
        "erratum",
    )
    table(rows, columns=columns, as_json=as_json)


def recomputed() -> list[dict]:
    """A row a row of Table 6 that derives from distances; `printed_under` names the row whose list the computed set is."""
    from realignment import uriel
    from realignment.workspace import Workspace, project_root

    paper = languages.paper()
    vectors = uriel.read(Workspace(project_root(), "paper").vectors / "uriel_plus_66.tsv.gz")
    space = selection.space([one for one in paper.values() if one.vector], vectors)
    sets = {frozenset(row.used): row.name for row in reversed(table6.rows().values()) if "random" not in row.name}
    rows = []
    for row in table6.rows().values():
        parts = table6.parse(row.name)
        if parts.heuristic not in selection.RULES:
            continue
        pool = [one for one in paper.values() if one.pool and (not parts.pool or selection.POOLS[parts.pool](one))]
        rule = selection.RULES[parts.heuristic]
        choice = selection.computed(rule, space, pool, paper["eng"], row.n)
        greedy = selection.computed(rule, space, pool, paper["eng"], row.n, starts=None)
        one, other = set(row.used), set(choice.languages)
        rows.append(
            {
                "name": row.name,
                "n": row.n,
                "published": sorted(one),
                "computed": list(choice.languages),
                "jaccard": round(len(one & other) / len(one | other), 3),
                "exact": one == other,
                "exact_greedy": one == set(greedy.languages),
                "printed_under": row.name if one == other else sets.get(frozenset(other), ""),
                "objective_published": selection.objective(space, one),
                "objective_computed": choice.objective,
                "proven": choice.proven,
                "solver": choice.solver,
                "erratum": row.erratum,
            }
        )
    return rows
