"""Table 6 computed again from language vectors, row by row beside what is published."""

from realignment import languages, selection, uriel
from realignment import table6 as published


def table6(vectors: uriel.Vectors) -> list[dict]:
    """A row a row of Table 6 that derives from distances; `printed_under` names the row whose list the computed set is."""
    paper = languages.paper()
    space = selection.space([one for one in paper.values() if one.vector], vectors)
    sets = {frozenset(row.used): row.name for row in reversed(published.rows().values()) if "random" not in row.name}
    rows = []
    for row in published.rows().values():
        parts = published.parse(row.name)
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
