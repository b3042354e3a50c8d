"""`realignment vectors`: the language vectors behind the subsets, and the distances between them."""

import csv
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from realignment.commands.languages import active, at_hand
from realignment.core.console import note, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realignment.languages.table import Language
    from realignment.languages.uriel import Vectors


@click.group(invoke_without_command=True, help="Language vectors: info, distances, rebuild, add. Alone: info.")
@click.pass_context
def command(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        context.invoke(info)


def load_vectors(name: str | None, listed: "Iterable[Language]") -> "Vectors":
    """The snapshot `name`, or that of the active profile's settings; for lang2vec, the vectors of `listed`."""
    from realignment.config import params
    from realignment.core.workspace import Workspace, project_root
    from realignment.languages import uriel

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    name = name or params.load(workspace).select.vectors
    return uriel.load(name, workspace.vectors, uriel.wanted(listed, name))


def snapshot() -> "Vectors":
    """The vectors of the active profile."""
    return load_vectors(None, at_hand(active()).values())


@command.command(help="One row per language: how many of its features are known, how many imputed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(as_json: bool = False) -> None:
    vectors = snapshot()
    total = len(vectors.features)
    rows = [
        {"code": code, "glottocode": glottocode, "known": known, "imputed": total - known, "share_known": round(known / total, 3)}
        for (code, known), glottocode in zip(vectors.known_features.items(), vectors.glottocodes, strict=True)
    ]
    if not as_json:
        kinds = Counter(feature.split("_")[0] for feature in vectors.features)
        parts = ", ".join(f"{kind} {count}" for kind, count in kinds.items())
        note(f"{vectors.origin}: {len(vectors.codes)} languages x {total} features ({parts})")
    table(rows, as_json=as_json)


@command.command(help="Distances between all languages, 2 arccos(cosine) / pi to four places, in Table 6's codes.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, with a header.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object a language.")
def distances(as_csv: bool, as_json: bool) -> None:
    from realignment.languages import uriel

    vectors = snapshot()
    matrix = uriel.angular(vectors.values).tolist()
    if as_csv:
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(["code", *vectors.codes])
        out.writerows([code, *(f"{value:.4f}" for value in row)] for code, row in zip(vectors.codes, matrix, strict=True))
        return
    table(
        [{"code": code, **dict(zip(vectors.codes, row, strict=True))} for code, row in zip(vectors.codes, matrix, strict=True)],
        as_json=as_json,
    )


def _more() -> None:
    from realignment.commands.vectors_rebuild import add, rebuild

    command.add_command(rebuild)
    command.add_command(add)


_more()
