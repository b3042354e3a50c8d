"""What bitexts, evaluation sets and vectors are expected to be: suites of Great Expectations, and what they found."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from realignment.config import schema
from realignment.tasks import LABELS, PAIRS

if TYPE_CHECKING:
    import pandas as pd

SUITES = {"words": "tagged sentences", "pair": "sentence pairs", "span": "questions"}  # of the rows of a kind of task
SPLITS = {"bitext": ["train", "heldout"], "evalset": ["train", "test"]}
TOGETHER = 50_000  # rows validated at once: a validation costs a third of a second, a row 10 microseconds
EXAMPLES = 5  # unexpected rows that are named
REMEDIES = {  # column -> what to do where it is out of bounds
    "swapped_share": "exchange the sides of these rows, or name the columns in the file's first row (english, target)",
    "source_reads_as": "English is required there; exchange the columns, or give another file; check.unlike: null turns this off",
    "target_reads_as": "give the file of the language, or call it by the one it holds (or its evaluation text is in another)",
    "foreign_share": "give the file of the language (or its other files are in another); check.unlike: null turns this off",
    "set_reads_as": "give the set of the language, or call it by the one it holds; check.unlike: null turns this off",
    "same_source": "another column was taken for English; name the columns (english, target)",
    "same_target": "another column was taken for the target; name the columns (english, target)",
    "shared_with": "one of both is a copy, or its text is of the other's language; give the file of the language",
    "repeated_share": "the file holds its rows more than once; give each once",
    "trained_share": "one file was given as training and as test rows; give the file of the other split",
    "same_word": "the words are withheld, or another column was taken for them",
    "same_label": "the tags are placeholders, or another column was taken for them",
    "same_sentence": "another column was taken for the sentences",
    "marks_share": "a program wrote them for missing values, or a tokenizer around its input; take them or their rows out",
    "broken_share": "decode the text again, in the encoding it was written in",
}


@dataclass(frozen=True)
class Expectation:
    """One expectation of a column, or a pair of them joined by a comma. `kind` is a class of great_expectations.expectations."""

    kind: str
    column: str
    bounds: dict[str, Any] = field(default_factory=dict)

    def build(self) -> Any:
        import great_expectations.expectations as known

        first, comma, second = self.column.partition(",")
        columns = {"column_A": first, "column_B": second} if comma else {"column": first}
        return getattr(known, self.kind)(**columns, **self.bounds)

    def __str__(self) -> str:
        spelt = {name: f"{value:g}" if isinstance(value, float) else value for name, value in self.bounds.items()}
        limits = ", ".join(f"{name} {value}" for name, value in spelt.items())
        return f"{self.column} {self.kind}" + (f" ({limits})" if limits else "")


def between(column: str, least: float | int | None = None, most: float | int | None = None) -> Expectation:
    bounds = {name: value for name, value in (("min_value", least), ("max_value", most)) if value is not None}
    return Expectation("ExpectColumnValuesToBeBetween", column, bounds)


def one_of(column: str, *values: Any) -> Expectation:
    return Expectation("ExpectColumnValuesToBeInSet", column, {"value_set": list(values)})


def present(column: str) -> Expectation:
    return Expectation("ExpectColumnValuesToNotBeNull", column)


def bitext_suites(how: schema.Check) -> dict[str, list[Expectation]]:
    """Of the pairs that stay (`rows`) and of each bitext as a whole (`files`)."""
    sides = ("source", "target")
    rows = [present(side) for side in sides]
    rows += [between(f"{side}_words", 1, how.max_words) for side in sides]
    rows += [between("ratio", most=how.max_ratio), one_of("control_characters", False), one_of("split", *SPLITS["bitext"])]
    files = [
        between("pairs", least=how.min_pairs),
        between("identical_share", most=how.max_identical),
        between("duplicate_share", most=how.max_duplicates),
        between("script_share", least=how.min_script),
        between("contaminated_share", most=how.max_contaminated),
    ]
    told = (
        Expectation("ExpectColumnValuesToBeNull", "source_reads_as"),
        Expectation("ExpectColumnValuesToBeNull", "target_reads_as"),
    )
    sides = [
        between("swapped_share", most=how.max_swapped), *told,
        between("same_source", most=how.max_same), between("same_target", most=how.max_same),
        between("broken_share", most=how.max_broken), between("marks_share", most=how.max_marks),
    ]  # fmt: skip
    return {"bitext rows": rows, "bitext files": files, "bitext sides": sides}


def evalset_suites(how: schema.Check) -> dict[str, list[Expectation]]:
    """Of tagged sentences, of NLI pairs, of questions, and of each set's file as a whole."""
    split = one_of("split", *SPLITS["evalset"])
    tagged = [Expectation("ExpectColumnPairValuesToBeEqual", "words,tags"), between("words", least=1)]
    tagged += [one_of(name, 0) for name in ("empty_words", "unknown_tags", "broken_spans")] + [split]
    sides = [Expectation("ExpectColumnValueLengthsToBeBetween", side, {"min_value": 1}) for side in ("premise", "hypothesis")]
    pairs = [
        present("premise"),
        present("hypothesis"),
        *sides,
        one_of("label", *(label for task in sorted(PAIRS) for label in LABELS[task])),
        split,
    ]
    texts = [Expectation("ExpectColumnValueLengthsToBeBetween", one, {"min_value": 1}) for one in ("question", "context")]
    asked = [present("question"), present("context"), *texts, between("answers", least=1), one_of("astray", 0), split]
    files = [between("tests", least=how.min_sentences), between("entities", least=how.min_entities)]
    files += (
        [Expectation("ExpectColumnPairValuesToBeEqual", "tests,table7", {"ignore_row_if": "either_value_is_missing"})]
        if how.table7
        else []
    )
    files += [between("script_share", least=how.min_script), between("same_sentence", most=how.max_same)]
    files += [between("same_word", most=how.max_word)]
    files += [Expectation("ExpectColumnValuesToBeNull", "shared_with"), between("repeated_share", most=how.max_repeated)]
    files += [between("trained_share", most=how.max_trained)]
    files += [between("same_label", most=how.max_label), between("broken_share", most=how.max_broken)]
    files += [between("marks_share", most=how.max_marks)]
    return {"tagged sentences": tagged, "sentence pairs": pairs, "questions": asked, "evaluation files": files}


def language_suites(how: schema.Check) -> dict[str, list[Expectation]]:
    """Of the language of the rows, a file of each kind."""
    told = Expectation("ExpectColumnValuesToBeNull", "set_reads_as")
    return {
        "bitext": [between("foreign_share", most=how.max_foreign)],
        "evalset": [between("foreign_share", most=how.max_foreign_set), told],
    }


def vector_suites() -> dict[str, list[Expectation]]:
    """Of the cells of a snapshot (i marks an imputed value), and of its languages."""
    languages = [
        Expectation("ExpectColumnValuesToBeUnique", "language"),
        Expectation("ExpectColumnPairValuesToBeEqual", "stated,counted"),
    ]
    return {"vector cells": [one_of("cell", "0", "1", "i0", "i1")], "vector languages": languages}


class Examiner:
    """Runs suites. Great Expectations is imported once, here: it costs seconds."""

    def __init__(self) -> None:
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._gx = gx
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._frames = self._context.data_sources.add_pandas("frames")
        self._defined: dict[str, Any] = {}

    def validate(self, name: str, suite: list[Expectation], frame: "pd.DataFrame", where: tuple[str, ...]) -> list[dict]:
        """An outcome an expectation; `where` are the columns that name an unexpected row. A name stands for one suite."""
        if name not in self._defined:
            built = self._context.suites.add(self._gx.ExpectationSuite(name=name, expectations=[one.build() for one in suite]))
            batch = self._frames.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
            definition = self._gx.ValidationDefinition(name=name, data=batch, suite=built)
            self._defined[name] = self._context.validation_definitions.add(definition)
        wanted = {"result_format": "SUMMARY", "unexpected_index_column_names": list(where), "partial_unexpected_count": EXAMPLES}
        results = self._defined[name].run(batch_parameters={"dataframe": frame}, result_format=wanted).results
        by_key = {_key(one.expectation_config): one for one in results}
        return [_outcome(name, one, by_key[_key(one.build().configuration)], where) for one in suite]


def _key(configuration: Any) -> tuple:
    kwargs = {name: value for name, value in configuration.kwargs.items() if name != "batch_id"}
    return configuration.type, repr(sorted(kwargs.items()))


def _outcome(suite: str, expectation: Expectation, result: Any, where: tuple[str, ...]) -> dict:
    """What the report keeps of a result: no times, no ids."""
    if result.exception_info and result.exception_info.get("raised_exception"):
        raise RuntimeError(f"{suite}: {expectation}: {result.exception_info['exception_message']}")
    found = result.result
    named = (*where, *expectation.column.split(","))
    rows = [{name: _plain(row.get(name)) for name in named} for row in found.get("partial_unexpected_index_list") or ()]
    return {
        "suite": suite,
        "expectation": expectation.kind,
        "column": expectation.column,
        "bounds": expectation.bounds,
        "success": bool(result.success),
        "checked": int(found.get("element_count", 0)),
        "unexpected": int(found.get("unexpected_count", 0)),
        "examples": rows,
    }


def _plain(value: Any) -> Any:
    """numpy's numbers as Python's; a share in four places; NaN as None."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else round(value, 4)
    return value


class Rows:
    """One suite over rows that come in frames of any size: validated together until there are many, then joined."""

    def __init__(self, examiner: Examiner, name: str, suite: list[Expectation], where: tuple[str, ...]) -> None:
        self.examiner, self.name, self.suite, self.where = examiner, name, suite, where
        self._waiting: list[pd.DataFrame] = []
        self._outcomes: list[dict] = []

    def add(self, frame: "pd.DataFrame") -> None:
        self._waiting.append(frame)
        if sum(map(len, self._waiting)) >= TOGETHER:
            self._validate()

    def outcomes(self) -> list[dict]:
        """As of all rows; none where no frame came."""
        if self._waiting:
            self._validate()
        return self._outcomes

    def _validate(self) -> None:
        import pandas as pd

        frame = pd.concat(self._waiting, ignore_index=True)
        self._waiting = []
        found = self.examiner.validate(self.name, self.suite, frame, self.where)
        for whole, one in zip(self._outcomes, found, strict=False):
            whole["success"] = whole["success"] and one["success"]
            whole["checked"] += one["checked"]
            whole["unexpected"] += one["unexpected"]
            whole["examples"] = [*whole["examples"], *one["examples"]][:EXAMPLES]
        self._outcomes = self._outcomes or found


def violations(outcomes: list[dict]) -> list[str]:
    """One clause per expectation that failed: suite, what was expected, which files and rows."""
    clauses = []
    for one in outcomes:
        if not one["success"]:
            expected = str(Expectation(one["expectation"], one["column"], one["bounds"]))
            rows = [", ".join(f"{name} {value}" for name, value in row.items() if value is not None) for row in one["examples"]]
            remedy = f" ({REMEDIES[one['column']]})" if one["column"] in REMEDIES else ""
            clauses.append(
                f"suite {one['suite']}: {expected}: {one['unexpected']} of {one['checked']} unexpected: {'; '.join(rows)}{remedy}"
            )
    return clauses
