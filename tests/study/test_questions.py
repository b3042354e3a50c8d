"""Questions from rows to scores: what is predicted is what plain `transformers` finds, and scores follow from it, exact match too."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import small_grid
import small_world
import torch
import transformers

from realignment import tasks
from realignment.config import rules
from realignment.core.errors import FailedWork
from realignment.corpora import manifest
from realignment.engine import examples
from realignment.records.cell import Cell, Seeds
from realignment.records.record import Record
from realignment.results import rescoring
from realignment.sources.output import Counts, Origin, write_evalset
from realignment.study import evaluate, finetune

CODES = ("qaa", "qab")


def row(number: int, code: str, split: str) -> dict:
    """A context of three to eight sentences, of which one word is asked for; the last test contexts are longer than a window."""
    many = 3 + number % 3 + (4 if number % 5 == 0 else 0)
    words = [small_world.spell(word, code) for n in range(many) for word in small_world.sentence(7 * number + n)[0]]
    place = (3 * number) % (len(words) - 2)
    starts = [len(" ".join(words[:place])) + (place > 0)]
    answers = [" ".join(words[place : place + 2])]
    return {
        "id": f"{split}{number}",
        "question": words[0],
        "context": " ".join(words),
        "answers": answers,
        "starts": starts,
        "split": split,
    }


@pytest.fixture(scope="module")
def asked(tmp_path_factory, bert_folder):
    """(workspace, the evaluation's job, its outcome, the folder of its model, that of its predictions)."""
    root = tmp_path_factory.mktemp("questions")
    workspace, settings = small_world.build(root, bert_folder)
    content = json.loads(workspace.manifest.read_text())
    for code in CODES:
        rows = [row(n, code, "train") for n in range(24 if code == "qaa" else 0)] + [row(n, code, "test") for n in range(40, 50)]
        counts = Counts(len(rows), len(rows))
        content["files"].append(write_evalset(workspace, "xquad", "made", code, rows, counts=counts, origin=Origin("test")))
    workspace.manifest.write_text(json.dumps(content))
    more = {"epochs": {"xquad": 1}, "learning_rate": {"xquad": 1e-3}, "window": 48, "stride": 12}
    settings = replace(
        settings, finetune=replace(settings.finetune, **more), evaluate=replace(settings.evaluate, max_length={"xquad": 48})
    )
    parent = finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17), ""), "xquad", None)
    for verb in ("finetune", "evaluate"):
        (root / verb).mkdir()
    trained = finetune.compute(workspace, parent, Path(parent.base), root / "finetune")
    job = evaluate.plan(workspace, settings, parent.cell, "xquad", parent)
    outcome = evaluate.compute(workspace, job, root / "finetune/model", root / "evaluate")
    return workspace, job, outcome, trained, root


def plainly(folder: Path, question: str, context: str) -> str:
    """The best span of all windows, one by one, in the class of `transformers` that the model was saved for."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    how = {
        "truncation": "only_second",
        "max_length": 48,
        "stride": 12,
        "return_overflowing_tokens": True,
        "return_offsets_mapping": True,
    }
    windows, best = tokenizer(question, context, **how), (float("-inf"), "")
    for encoding in windows.encodings:
        given = {"input_ids": torch.tensor([encoding.ids]), "token_type_ids": torch.tensor([encoding.type_ids])}
        with torch.inference_mode():
            out = model(**given)
        inside = [place for place, which in enumerate(encoding.sequence_ids) if which == 1]
        for first in inside:
            for last in (place for place in inside if first <= place < first + 30):
                total = float(out.start_logits[0, first] + out.end_logits[0, last])
                if total > best[0] + 1e-5:
                    best = total, context[encoding.offsets[first][0] : encoding.offsets[last][1]]
    return best[1]


def test_answers_are_those_of_plain_transformers_and_every_question_has_one(asked):
    workspace, _, outcome, trained, root = asked
    stored = pq.read_table(root / "evaluate/predictions.parquet").to_pylist()
    for code in CODES:
        found = examples.read(workspace.evalset("xquad", "made", code), "xquad", "test")
        mine = [one["predicted"] for one in stored if one["language"] == code]
        assert len(mine) == 10
        assert mine == [plainly(root / "finetune/model", *texts) for texts in found.texts]
        (told,) = [one for one in outcome["scores"] if one["language"] == code]
        assert told["score"] == tasks.score("xquad", found.gold, mine, code) and told["exact"] == tasks.exact(
            "xquad", found.gold, mine, code
        )
        assert (told["n"], told["cut"]) == (10, 0)
    assert trained["counts"]["sentences"] == 24 < trained["counts"]["windows"]


def test_exact_match_is_computed_once_more_too(asked):
    workspace, job, outcome, _, root = asked
    record = small_grid.finished(job, scores=outcome["scores"], hashes=outcome["hashes"])
    known, file = manifest.load(workspace), root / "evaluate/predictions.parquet"
    assert rescoring.again(workspace, known, record, file) == []
    forged = [{**one, "exact": 1.0} for one in outcome["scores"]]
    (first, *_) = rescoring.again(workspace, known, Record.of({**record.to_json(), "scores": forged}, "made up"), file)
    assert "(exact match 1.0)" in first and f"(exact match {outcome['scores'][0]['exact']})" in first
    with pytest.raises(FailedWork, match=r"scores\[0\].exact"):
        Record.of({**record.to_json(), "scores": [{**outcome["scores"][0], "exact": "all"}]}, "made up")


def test_a_stride_that_leaves_windows_nothing_new_is_refused(asked):
    workspace, *_ = asked
    settings = small_world.build(workspace.root / "other", workspace.root / "bert")[1]
    study, how = (
        replace(settings.study, tasks=["xquad"]),
        replace(settings.finetune, epochs={"xquad": 1}, learning_rate={"xquad": 1e-3}, window=64),
    )
    evaluated = replace(settings.evaluate, max_length={"xquad": 64})
    assert list(rules.tasks(study, replace(how, stride=24), evaluated)) == []
    (fault, *_) = rules.tasks(study, replace(how, stride=25), evaluated)
    assert fault[0] == ("finetune", "stride") and "lower it to 24" in fault[1]
