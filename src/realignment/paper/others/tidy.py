"""The tidy form: a row per score, with the columns of data/published/scores.csv.gz and the realigned languages beside or in a file of their own."""

from collections.abc import Iterator, Mapping

from realignment.core.errors import BadInput
from realignment.paper.others.given import Given
from realignment.paper.others.reading import File
from realignment.paper.whole import KEY

LANGUAGES = "languages"
COLUMNS = (*KEY, "score")
RUN = ("model", "subset", "seed", "task")
Lists = dict[tuple[str, ...], tuple[str, int, str]]  # run -> file, line, codes


def fits(file: File) -> bool:
    return set(COLUMNS) <= set(file.columns)


def scores(file: File, lists: Lists | None) -> Iterator[Given]:
    """`lists`: those of a second file, see `listed`."""
    if LANGUAGES not in file.columns and lists is None:
        raise BadInput(
            f"{file.path}: the languages of each realignment are required, as a column `{LANGUAGES}` or as a second file with the columns "
            f"{', '.join((*RUN, LANGUAGES))} (--subsets FILE)"
        )
    if LANGUAGES in file.columns and lists is not None:
        raise BadInput(f"{file.path}: a column `{LANGUAGES}` or a second file (--subsets) is required, not both; leave one out")
    for line, row in file.rows:
        own = row.get(LANGUAGES) if lists is None else None
        yield Given(file.name, line, {}, **{name: row[name] for name in COLUMNS}, languages=own)


def listed(file: File) -> Lists:
    """The rows of a file with the columns of subsets.tsv; BadInput where one run has two."""
    if missing := [one for one in (*RUN, LANGUAGES) if one not in file.columns]:
        raise BadInput(f"{file.path}: the columns {', '.join((*RUN, LANGUAGES))} are required; {', '.join(missing)} missing")
    found: Lists = {}
    for line, row in file.rows:
        run = _run(row)
        if run in found:
            raise BadInput(
                f"{file.path} line {line}: one list for each run is required; {', '.join(run)} has one in line {found[run][1]}"
            )
        found[run] = file.name, line, row[LANGUAGES]
    return found


def _run(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in RUN)
