"""An import as an experiment of its own in the tracking store, beside that of the authors."""

from collections.abc import Iterator

from realignment.paper.experiment import Source, of_source
from realignment.paper.others.imported import Imported
from realignment.tracking.bulk import OTHERS

ABOUT = (
    "Runs of others, imported as `{name}`, one per encoder, subset, task and seed: the score of every language, `average` by the paper's rule, "
    "`group/...` by resource level. Nothing here was trained by this package. `realignment runs imported {name}` prints their tables."
)


def of(name: str) -> str:
    """What the experiment of an import is called."""
    return f"{OTHERS}{name}"


def runs(given: Imported) -> Iterator[dict]:
    """See `of_source`. The keys hold the digest of the import: the runs of one that took its place have others."""
    begins, label = f"{of(given.name)}/{given.digest}", given.called("")
    languages = given.subset_languages
    return of_source(Source(begins, of(given.name), given.raw, given.encoders, given.runs, languages, given.exact, label))
