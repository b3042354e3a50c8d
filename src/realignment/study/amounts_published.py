"""How many sentences the jobs of a profile will read, before its corpora are here: by what is published of them."""

import statistics
from collections.abc import Mapping

from realignment.config.schema import Settings
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.sources import catalogue
from realignment.study import feasibility
from realignment.study.amounts import Amounts

# English training sentences as published (Hu et al. 2020, https://arxiv.org/abs/2003.11080, Table 1).
TRAINED = {"udpos": 21_253, "wikiann": 20_000, "xnli": 392_702, "squad": 87_599}
TESTED = {"xquad": 1_190}  # questions a language, ibid.; Table 7 has none of them


def of(workspace: Workspace, settings: Settings) -> Amounts:
    """Before `fetch` has run. BadInput of a folder of one's own, of which nothing is known."""
    fetch, tasks = settings.fetch, settings.study.tasks
    if fetch.source == "sample":
        shadows = feasibility.Profile(workspace, settings).pool or {}
        world = settings.fetch.world
        testing = dict.fromkeys(tasks, world["test"] * (len(shadows) + 1))
        return Amounts({task: world["train"][task] for task in tasks}, testing, len(shadows), "the generator's settings")
    if fetch.source != "public":
        raise BadInput(
            f"profile `{settings.profile}` reads a folder, whose rows are not known before they are fetched; run `dvc repro check` first"
        )
    wanted, sizes = catalogue.plan(fetch), languages.table7()
    training = {task: _at_most(TRAINED[catalogue.training(fetch, task)], fetch.max_train) for task in tasks}
    sets = {(one.language, one.corpus.task, one.corpus.name) for one in wanted if one.path.startswith("evalsets/")}
    testing = {task: sum(_at_most(_size(one, sizes), fetch.max_test) for one in sets if one[1] == task) for task in tasks}
    heldout = sum(one.path.startswith("bitext/") for one in wanted)
    return Amounts(training, testing, heldout, "Table 7 of the paper, and the sizes its training sets are published with")


def _size(one: tuple[str, str, str], sizes: Mapping[tuple[str, str, str], int]) -> int:
    """Test sentences of (language, task, set): those of Table 7; of what it leaves out the median of the set's other languages."""
    others = [count for known, count in sizes.items() if known[1:] == one[1:]]
    return sizes[one] if one in sizes else int(statistics.median(others)) if others else TESTED.get(one[2], 0)


def _at_most(count: int, most: int | None) -> int:
    return count if most is None else min(count, most)
