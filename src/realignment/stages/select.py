"""Stage `select`: choose the language subsets of Table 6.

reads   languages.csv, manifest.json (which languages have bitext), data/uriel
writes  subsets.json: one subset per name, as published or solved over the pool with data
"""

import functools
import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from realignment.config.schema import Settings
from realignment.core import hashing
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.files import writable, write_whole
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.languages import uriel
from realignment.languages.table import Language
from realignment.selection import branch_and_bound, heuristics, robustness, search, space
from realignment.selection.space import Effort, Space, objective
from realignment.subsets import naming, registry, table6

MEMORY = "select.json"


@dataclass(frozen=True)
class World:
    """What the subsets are chosen from."""

    known: dict[str, Language]
    pool: list[str]  # of the pool, with bitext, sorted
    space: Space  # of the languages with a vector
    features: dict[str, int]  # code -> known features of its vector
    seeds: list[int]
    effort: Effort
    before: dict[str, dict]  # choices of earlier runs, by what they depend on
    used: dict[str, dict] = field(default_factory=dict)  # those of this run

    @property
    def pivot(self) -> Language:
        return next(one for one in self.known.values() if one.is_pivot)


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """Writes subsets.json in one step; one row per subset."""
    writable(workspace.data, workspace.work)
    how = settings.select
    known = languages.read(workspace.languages)
    pool = with_bitext(workspace, known)
    vectors = uriel.load(how.vectors, workspace.vectors, uriel.wanted(known.values(), how.vectors))
    world = World(
        known=known,
        pool=pool,
        space=heuristics.space(list(known.values()), vectors, with_pivot=how.include_english),
        features={one.code: vectors.known_features.get(heuristics.vector_of(one, vectors), 0) for one in known.values()},
        seeds=sorted({*how.draws, *settings.study.seeds}),
        effort=Effort(how.starts, how.nodes),
        before=remembered(workspace),
    )
    without = [code for code in pool if code not in world.space.codes]
    content = {
        "reading": how.reading,
        "n": how.n,
        "vectors": how.vectors,
        "include_english": how.include_english,
        "pool": pool,
        "without_vector": without,
        "subsets": {name: subset(name, how.reading, world) for name in names(how.n)} | own(how.own, world),
        **charted(world),
    }
    if without:
        note(f"no vector in {vectors.origin} for {', '.join(without)}: only `all` and random subsets may hold them")
    write_whole(workspace.subsets, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    remember(workspace, world)
    missing = sum(bool(one["unavailable"]) for one in content["subsets"].values())
    note(
        f"{len(content['subsets'])} subsets, {missing} cannot be made with this data; `realignment subsets list` shows all; those of the study:"
    )
    wanted = dict.fromkeys([naming.canonical(name, how.n) for name in settings.study.subsets] + list(how.own))
    return [
        {"subset": name, **{key: one[key] for key in ("n", "languages", "rule", "unavailable")}}
        for name, one in content["subsets"].items()
        if name in wanted
    ]


def charted(world: World) -> dict:
    """What the report draws: a map of the distances, and how far the sets of each heuristic reach."""
    pool = [world.known[code] for code in world.pool if code in world.space.codes]
    if not pool:
        return {"english": world.pivot.code, "map": {}, "curves": {}}
    curves = robustness.curves(world.space, pool, world.pivot)
    return {"english": world.pivot.code, "map": robustness.places(world.space), "curves": curves}


def remembered(workspace: Workspace) -> dict[str, dict]:
    """Choices that an earlier run made; none where it left nothing that can be read."""
    try:
        return json.loads((workspace.work / MEMORY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def remember(workspace: Workspace, world: World) -> None:
    workspace.work.mkdir(parents=True, exist_ok=True)
    (workspace.work / MEMORY).write_text(json.dumps(world.used, indent=0), encoding="utf-8")
    if old := sum(key in world.before for key in world.used):
        note(f"{old} of {len(world.used)} computed subsets depend on nothing that changed and were not solved again")


@functools.cache
def code_of_solvers() -> str:
    return hashing.digest(
        [hashing.file_digest(Path(str(module.__file__))) for module in (heuristics, space, search, branch_and_bound)]
    )


def solved(parts: naming.Name, pool: list[Language], world: World) -> dict:
    """The choice of a rule: solved, or remembered where nothing it depends on has changed."""
    rule = registry.RULES[parts.heuristic]
    may = sorted(one.code for one in pool if rule.fill or rule.may(one, world.pivot))
    rows = world.space.rows([*world.space.anchors, *may])
    about = [
        [getattr(world.known[code], rule.group) if rule.group else "", rule.may(world.known[code], world.pivot)] for code in may
    ]
    distances = hashlib.sha256(world.space.distances[rows][:, rows].tobytes()).hexdigest()
    key = hashing.digest(
        [code_of_solvers(), parts.heuristic, parts.n, asdict(world.effort), list(world.space.anchors), may, about, distances]
    )
    if key not in world.before:
        wish = heuristics.Wish(parts.n or 0, effort=world.effort)
        choice = heuristics.computed(rule, world.space, pool, world.pivot, wish)
        world.used[key] = {name: getattr(choice, name) for name in ("bound", "proven", "solver")} | {
            "languages": list(choice.languages)
        }
    else:
        world.used[key] = world.before[key]
    return world.used[key]


def with_bitext(workspace: Workspace, known: dict[str, Language]) -> list[str]:
    """Codes of the pool that the manifest has bitext for, sorted. BadInput where English or all bitext is missing."""
    try:
        files = json.loads(workspace.manifest.read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        raise BadInput(
            f"{workspace.manifest}: the manifest is required and does not exist; make it with `dvc repro fetch`"
        ) from None
    if not any(one.is_pivot for one in known.values()):
        raise BadInput(f"{workspace.languages}: English (or the language that shadows it) is required and missing; add its row")
    having = {file["language"] for file in files if file["kind"] == "bitext"}
    pool = sorted(code for code, one in known.items() if one.pool and code in having)
    if not pool:
        raise BadInput(f"{workspace.manifest}: bitext of a language with `pool` yes is required; it has {len(having)} others")
    return pool


def names(n: int) -> list[str]:
    """Every name of Table 6, the random draws beside it, and every heuristic at the profile's own size."""
    own = [*registry.HEURISTICS, *(f"{pool}__{heuristic}" for pool in registry.POOLS for heuristic in naming.ABLATIONS)]
    return list(dict.fromkeys(["none", "all", *naming.names(), *(naming.canonical(name, n) for name in own)]))


def own(lists: dict[str, list[str]], world: World) -> dict[str, dict]:
    """Entries of the profile's own lists (select.own): taken as they are, once every language is known and has bitext."""
    entries = {}
    for name, codes in lists.items():
        if not re.fullmatch(naming.OWN + "[a-z0-9_]+", name):
            raise BadInput(f"select.own: a name such as my_bantu (my_, then a-z, 0-9, _) is required, got `{name}`")
        if not codes:
            raise BadInput(f"select.own.{name}: distinct languages are required, got none")
        ours = languages.resolved(codes, f"select.own.{name}", world.known)
        for code in ours:
            languages.known(code, world.known)
        entries[name] = filled(empty(naming.parse(name)) | {"languages": sorted(ours)}, world)
    return entries


def subset(name: str, reading: str, world: World) -> dict:
    """The entry of a canonical name in subsets.json."""
    parts = naming.parse(name)
    row = table6.rows().get(name)
    entry = empty(parts) | {"erratum": row.erratum if row and (reading == "published" or parts.n is None) else ""}
    try:
        entry |= _drawn(parts, reading, world) if parts.drawn else _listed(parts, reading, world)
    except BadInput as fault:
        return entry | {"unavailable": str(fault)}
    return filled(entry, world)


def empty(parts: naming.Name) -> dict:
    """An entry of subsets.json before languages are chosen."""
    return {
        "languages": [],
        "draws": {},
        "n": parts.n or 0,
        "rule": parts.text,
        "objective": None,
        "bound": None,
        "proven": False,
        "solver": "",
        "known_features": {},
        "erratum": "",
        "unavailable": "",
    }


def filled(entry: dict, world: World) -> dict:
    """The entry with what follows from its languages: objective, known features, and which lack bitext."""
    chosen = entry["languages"]
    if chosen and all(code in world.space.codes for code in chosen):
        entry["objective"] = objective(world.space, chosen)
    if missing := [code for code in chosen if code not in world.pool]:
        entry["unavailable"] = f"no bitext for {len(missing)} of its {len(chosen)} languages: {', '.join(missing)}"
    held = {code for one in (chosen, *entry["draws"].values()) for code in one}
    return entry | {
        "n": entry["n"] or len(chosen),
        "known_features": {code: world.features.get(code, 0) for code in sorted(held)},
    }


def _drawn(parts: naming.Name, reading: str, world: World) -> dict:
    """Draws beforehand, and the pool that other draws come from."""
    pool = world.pool
    if reading == "published":
        pool = heuristics.published_pool(parts.pool)
    elif parts.pool:
        pool = [code for code in pool if registry.POOLS[parts.pool].holds(world.known[code])]
    return {"pool": sorted(pool), "draws": {str(seed): heuristics.random_draw(pool, parts.n or 0, seed) for seed in world.seeds}}


def _listed(parts: naming.Name, reading: str, world: World) -> dict:
    """Languages as published, or solved over the pool with data and vectors."""
    if parts.heuristic == "none":
        return {}
    if parts.heuristic == "all":
        return {"languages": world.pool}
    if reading == "published" or parts.n is None:
        return {"languages": sorted(naming.published(str(parts)).used)}
    pool = [world.known[code] for code in world.pool if code in world.space.codes]
    if parts.pool:
        pool = [one for one in pool if registry.POOLS[parts.pool].holds(one)]
    rule = registry.RULES[parts.heuristic]
    found = dict(solved(parts, pool, world))
    chosen = found["languages"]
    groups = {getattr(world.known[code], rule.group) for code in chosen} if rule.group else ()
    if rule.group and len(groups) < parts.n:
        found["rule"] = (
            f"{parts.text}; the pool has too few: {len(groups)} distinct ({', '.join(sorted(groups))}), the rest by distance"
        )
    return found
