"""The figures of the report with their captions, as the page takes them: those of a study, and the paper's eight."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from realignment.core import processes
from realignment.languages.families import Node
from realignment.paper import partly_stored, xquad
from realignment.paper import trees as families
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.records.record import Record
from realignment.report.figures import contents, layers, overview, style, trees
from realignment.report.view import Figure
from realignment.results import gradients, headings
from realignment.results.headings import ENCODERS
from realignment.results.scores import AVERAGED, WITHOUT_ENGLISH
from realignment.results.tables import Study

if TYPE_CHECKING:
    from matplotlib import figure as drawn

OOD = frozenset({"OOD"})
MANY = 2000  # runs, whose figures two processes draw
WITHOUT = ("English", "Average without English")  # columns that the published gains leave out
OF_PAPER = "paper-"  # begins the ids of figures that no run is needed for
CAPTIONS = {
    "gains": "gains over fine-tuning only by resource level, in points. Hatched: cannot be told from none, by the verdicts of the "
    "tables. —: not run, or not complete.",
    "best": "the best size of each heuristic (in brackets), average over tasks without English; ± one standard deviation over seeds. "
    "Upright strokes: its other sizes. Chosen on the scores shown, so the best of more sizes is favoured: the next figure is not.",
    "equal": "each heuristic minus random subsets of as many languages, average over tasks without English, ± one standard error. "
    "Hollow: cannot be told from random, by the verdicts of the tables. Sizes without a random subset are left out.",
    "ood": "languages out of distribution, the best size of each heuristic as chosen on these scores; ± one standard deviation. "
    "Upright strokes: its other sizes.",
    "scaling": "average over tasks without English, by subset and number of languages; ± one standard deviation over seeds.",
    "map": "gain of each language over fine-tuning only, mean over the tasks it has, by subset. Hatched: cannot be told from none, all "
    "cells of the map judged together; grey: not run. The largest mean gain of a group stands first; numbers by task are in the tables "
    "by language.",
    "paired": "points gained in retrieval (over the encoder before realignment) and in a task (over fine-tuning only), a dot a language, means over "
    "seeds; one row of the tables. ρ: Spearman's coefficient over n languages, which describes them and is no test.",
    "loss": "realignment loss, one line per subset: mean over seeds; the band goes from the lowest seed to the highest.",
    "gradients": "cosine of the gradients of realignment and of {task} in the fine-tuned model, by block (emb.: the table of tokens); mean over seeds ± "
    "one standard error. At the dashed line the two are unrelated. One seed has no error.",
}
EXCHANGED = " The two Latin rows of 20 are exchanged in print and stand here as printed (latin-20-swapped)."
AUTHORS = {
    "gains": "Figure 3 as gains over fine-tuning only, in points (the authors' runs). Hatched: cannot be told from none with four seeds "
    "(Holm, 5 %). OOD is AmericasNLI; — no file." + EXCHANGED,
    "best": "Figure 2: the best size of each heuristic (in brackets), chosen on test scores as there; ± one standard deviation. "
    "Upright strokes: its other sizes." + EXCHANGED,
    "equal": "Figure 2 at equal size: each heuristic minus random subsets of as many languages (the authors' runs), ± one standard "
    "error. Hollow: cannot be told from random when all subsets and columns are judged together; the finding headline-power judges the averages of two "
    "heuristics alone, a smaller family in which a difference is found more easily. Sizes without a random subset (18, 25, 41) are left out."
    + EXCHANGED,
    "ood": "Figure 4: accuracy on AmericasNLI, whose languages are in no subset; the best size of each heuristic as chosen on these "
    "scores, ± one standard deviation. Upright strokes: its other sizes. With sizes chosen on the average instead, "
    "mBERT's most diverse from English would fall below all languages." + EXCHANGED,
    "scaling": "Figure 5: average against the number of languages. The dip of 'most diverse using Latin script' at 20 is a swap in "
    "Table 6.",
    "gains-pools": "The rows of Tables 9 and 11, ten languages each, and all 65: gains over fine-tuning only, in points, as in Figure 3 (the authors' runs). "
    "Hatched: cannot be told from none when the rows of the pools are judged together. — no file.",
    "gains-xquad": "XQuAD, F1, which no table or average of the paper holds: points over fine-tuning only, by language (the authors' runs). Hatched: "
    "cannot be told from none with four seeds (Holm over all cells of an encoder, 5 %).",
    "map": "{title}, the authors' runs: gain of each language over fine-tuning only, mean over the tasks it has, by subset. "
    "Hatched: cannot be told from none, all cells of the map judged together; grey: no file. The largest mean gain of a group stands first.",
}


OVERVIEW = (
    "Figure 1, redrawn: what is trained, and on what. A study varies the subset of languages (orange); the encoder (blue) goes from phase to phase. "
    "The row none leaves the first phase out."
)
TREES = {
    "6": "Figure 6: the Indo-European languages of the pool, and Basque, an isolate that the paper shows with them.",
    "7": "Figure 7: the Niger-Congo languages of the pool, in two trees because Glottolog has Mande apart from Atlantic-Congo; and Dholuo, a "
    "Nilo-Saharan language that the paper shows with them for its proximity.",
    "8": "Figure 8: all other languages of the pool.",
}
BRANCHES = (
    "Families are those of Table 5, the branches above and below them Glottolog's, as URIEL holds them; a branch that would hold one language, or the "
    "same ones as the next, is left out. Lengths of lines mean nothing."
)


def of_study(studies: Sequence[Study], tasks: Sequence[str], records: Sequence[Record]) -> list[Figure]:
    """Those of each encoder; what a study has no runs for is left out. Ids are `<kind>-<encoder>`."""
    found = processes.shared(lambda study: _of_encoder(study, tasks, records), studies, large=len(records) > MANY)
    return [figure for of_encoder in found for figure in of_encoder] + _of_gradients(records)


def _of_encoder(study: Study, tasks: Sequence[str], records: Sequence[Record]) -> list[Figure]:
    drawn = {
        "gains": contents.gains([study], tasks) if contents.realigned(study, tasks) else None,
        "best": contents.best([study], tasks, WITHOUT_ENGLISH) if contents.several_sizes(study, tasks) else None,
        "equal": contents.equal_sizes([study], tasks, WITHOUT_ENGLISH),
        "ood": contents.best([study], tasks, OOD) if study.items(tasks, OOD) else None,
        "scaling": contents.scaling([study], tasks, WITHOUT_ENGLISH),
        "map": contents.language_gains(study, tasks),
        "paired": contents.paired(study, tasks),
        "loss": contents.losses(records, study.encoder),
    }
    return [
        captioned(f"{kind}-{study.encoder}", figure, f"{study.title}: {CAPTIONS[kind]}")
        for kind, figure in drawn.items()
        if figure
    ]


def _of_gradients(records: Sequence[Record]) -> list[Figure]:
    """One an encoder and task of which gradients were compared."""
    found = []
    for (encoder, task), pulls in gradients.by_task(gradients.of_records(records)).items():
        caption = f"{headings.encoder(encoder)}: {CAPTIONS['gradients'].format(task=headings.task(task))}"
        found.append(captioned(f"gradients-{encoder}-{task}", layers.cosines(pulls), caption))
    return found


def of_paper(paper: Paper) -> list[Figure]:
    """Figure 1, and Figures 6 to 8 as our table of languages has them."""
    found = [captioned(f"{OF_PAPER}overview", overview.diagram(), OVERVIEW)]
    return found + [
        captioned(f"{OF_PAPER}tree-{number}", *tree(held, TREES[number])) for number, held in families.by_figure(paper).items()
    ]


def tree(held: Sequence[Node], caption: str) -> "tuple[drawn.Figure, str]":
    """Trees of families, and the caption with what holds for all of them."""
    return trees.forest(held, ENCODERS), f"{caption} {BRANCHES}"


def of_authors(paper: Paper) -> list[Figure]:
    """Figures 2 to 5 of the paper and one map per encoder, from the authors' runs."""
    captions = AUTHORS | {"gains": gains_caption(paper), "gains-pools": _with_what_is_known(paper.pools, AUTHORS["gains-pools"])}
    drawn = {kind: draw(paper) for kind, draw in DRAWN.items()}
    found = [captioned(f"authors-{kind}", figure, captions[kind]) for kind, figure in drawn.items() if figure]
    for study in paper.studies:
        text = " ".join([AUTHORS["map"].format(title=study.title), *study.told(TASKS)])
        found.append(captioned(f"authors-map-{study.encoder}", contents.language_gains(study, TASKS), text))
    return found


def numbered(paper: Paper, number: str) -> "tuple[drawn.Figure, str]":
    """A figure of the paper by its number, of NUMBERS, and its caption."""
    if number == "1":
        return overview.diagram(), OVERVIEW
    if number in TREES:
        return tree(families.by_figure(paper)[number], TREES[number])
    kind = NUMBERS[number]
    return DRAWN[kind](paper), gains_caption(paper) if kind == "gains" else AUTHORS[kind]


def gains_caption(paper: Paper) -> str:
    """That of `published_gains`; says what is known of mBERT's fine-tuning-only POS."""
    return _with_what_is_known(paper.studies, AUTHORS["gains"])


def _with_what_is_known(studies: Iterable[Study], caption: str) -> str:
    """A caption, and which scores behind it are known by means alone."""
    return " ".join([caption, *(text for study in studies for text in (*study.told(TASKS), *partly_stored.ends(study, TASKS)))])


def published_gains(paper: Paper) -> "drawn.Figure":
    """The authors' Figure 3 as gains over fine-tuning only."""
    return contents.gains(paper.studies, TASKS, WITHOUT)


def _xquad(found: xquad.Unprinted) -> "drawn.Figure":
    return contents.by_language(found.studies, {xquad.F1: found.averaged})


def captioned(name: str, figure: "drawn.Figure", caption: str) -> Figure:
    return Figure(name, caption, style.svg(figure, name, caption))


DRAWN: "dict[str, Callable[[Paper], drawn.Figure | None]]" = {
    "gains": published_gains,
    "best": lambda paper: contents.best(paper.studies, TASKS, AVERAGED),
    "equal": lambda paper: contents.equal_sizes(paper.studies, TASKS, AVERAGED),
    "ood": lambda paper: contents.best(paper.studies, TASKS, OOD, "accuracy on AmericasNLI (%)"),
    "scaling": lambda paper: contents.scaling(paper.studies, TASKS, AVERAGED),
    "gains-pools": lambda paper: contents.gains(paper.pools, TASKS, WITHOUT),
    "gains-xquad": lambda paper: _xquad(xquad.Unprinted(paper)),
}
NUMBERS = {"1": "overview", "2": "best", "3": "gains", "4": "ood", "5": "scaling", **dict.fromkeys(TREES, "tree")}
