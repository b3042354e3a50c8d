"""A registered model, loaded by MLflow alone, answers what an evaluation predicts, with the probabilities of plain `transformers`."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import served
import small_world
import torch
import transformers
from seqeval.metrics.sequence_labeling import get_entities

from realignment.records import mlmodel, sealing
from realignment.serving import answers
from realignment.tasks import LABELS, MODULES, ner

TASKS = ("pos", "ner", "nli", "xquad")
SENTENCES = [small_world.sentence(number)[0] for number in range(12)]
LONG = [word for number in range(30) for word in small_world.sentence(number)[0]]  # of many windows
PAIRS = [(" ".join(words), words[0]) for words in SENTENCES]
QUESTIONS = [("pab leku ?", served.context(number)) for number in range(6)]


@pytest.fixture(scope="module")
def here(tmp_path_factory, empty_store, bert_folder):
    return served.make(tmp_path_factory.mktemp("served") / "checkout", empty_store, bert_folder, TASKS)


@pytest.fixture(scope="module")
def loaded(here):
    """task -> the model as `mlflow.pyfunc` loads it, which knows its folder alone."""
    from mlflow import pyfunc

    return {task: pyfunc.load_model(str(here.folder(task)), suppress_warnings=True) for task in TASKS}


def asked(model, rows: list[dict]) -> list[dict]:
    return model.predict(pd.DataFrame(rows))


def tags(found: list[dict]) -> list[list[str]]:
    return [[one["tag"] for one in row["words"]] for row in found]


@pytest.mark.parametrize("task", ["pos", "ner"])
def test_words_have_the_tags_that_an_evaluation_predicts(here, loaded, task):
    found = asked(loaded[task], [{"words": words} for words in SENTENCES])
    assert tags(found) == served.evaluated(here, task, SENTENCES)
    assert [[one["word"] for one in row["words"]] for row in found] == SENTENCES
    assert len({tag for row in tags(found) for tag in row}) > 2


def test_a_sentence_longer_than_the_model_reads_has_a_tag_for_every_word_and_those_of_the_evaluation_for_what_that_reads(
    here, loaded
):
    (found,) = asked(loaded["pos"], [{"words": LONG}])
    (read,) = served.evaluated(here, "pos", [LONG])
    assert [one["word"] for one in found["words"]] == LONG and found["unread"] == 0
    reached = max(place for place, tag in enumerate(read) if tag != MODULES["pos"].MISSING) + 1
    assert 5 < reached < len(LONG) / 4
    assert tags([found])[0][:reached] == read[:reached]
    assert all(0 < one["score"] <= 1 for one in found["words"])


@pytest.mark.parametrize("task", ["pos", "ner"])
def test_the_score_of_a_word_is_the_softmax_of_plain_transformers_at_its_first_token(here, loaded, task):
    folder = here.folder(task)
    model = transformers.AutoModelForTokenClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for words, row in zip(SENTENCES, asked(loaded[task], [{"words": words} for words in SENTENCES]), strict=True):
        given = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        with torch.inference_mode():
            likely = model(**given).logits.softmax(-1)[0]
        firsts = [given.word_ids().index(number) for number in range(len(words))]
        assert [one["score"] for one in row["words"]] == pytest.approx([float(likely[place].max()) for place in firsts], abs=1e-5)


def test_text_is_split_at_its_blanks_and_nowhere_else(loaded):
    (text,) = asked(loaded["pos"], [{"text": " pab  leku,\tcod\n. "}])
    (words,) = asked(loaded["pos"], [{"words": ["pab", "leku,", "cod", "."]}])
    assert text == words


def test_entities_are_those_of_seqeval_after_the_repair_of_the_evaluation():
    chance = np.random.default_rng(0)
    for _ in range(300):
        chosen = [str(one) for one in chance.choice(LABELS["ner"], 9)]
        words, scores = [f"w{place}" for place in range(9)], [float(one) for one in chance.random(9)]
        found = answers.entities(words, chosen, scores)
        wanted = get_entities(ner.repair(chosen))
        assert [(one["type"], one["start"], one["end"] - 1) for one in found] == wanted
        for one in found:
            inside = range(one["start"], one["end"])
            assert one["words"] == [words[place] for place in inside]
            assert one["score"] == pytest.approx(sum(scores[place] for place in inside) / len(inside))


def test_a_pair_has_the_label_of_the_evaluation_and_the_softmax_of_the_plain_pipeline(here, loaded):
    found = asked(loaded["nli"], [{"premise": one, "hypothesis": other} for one, other in PAIRS])
    assert [one["label"] for one in found] == served.evaluated(here, "nli", PAIRS)
    folder = str(here.folder("nli"))
    plain = transformers.pipeline("text-classification", model=folder, tokenizer=folder, top_k=None)
    for (one, other), row in zip(PAIRS[:3], found, strict=False):
        wanted = {label["label"]: label["score"] for label in plain({"text": one, "text_pair": other})}
        assert (
            row["scores"] == pytest.approx(wanted, abs=1e-5) and row["score"] == row["scores"][row["label"]] and row["cut"] == 0
        )


def test_of_a_pair_that_is_too_long_it_is_said_how_many_tokens_were_not_read(here, loaded):
    premise, hypothesis = " ".join(LONG), "pab leku"
    (found,) = asked(loaded["nli"], [{"premise": premise, "hypothesis": hypothesis}])
    tokenizer = transformers.AutoTokenizer.from_pretrained(here.folder("nli"))
    assert found["cut"] == len(tokenizer(premise, hypothesis)["input_ids"]) - 32 > 0


def test_an_answer_is_the_part_of_its_context_that_an_evaluation_predicts(here, loaded):
    found = asked(loaded["xquad"], [{"question": question, "context": context} for question, context in QUESTIONS])
    assert [one["answer"] for one in found] == served.evaluated(here, "xquad", QUESTIONS)
    for (_, context), one in zip(QUESTIONS, found, strict=True):
        assert context[one["start"] : one["end"]] == one["answer"] != "" and 0 < one["score"] <= 1


def test_the_score_of_an_answer_is_the_product_of_the_plain_probabilities_of_its_ends(here, loaded):
    question, context = QUESTIONS[0]  # one window
    (found,) = asked(loaded["xquad"], [{"question": question, "context": context}])
    tokenizer = transformers.AutoTokenizer.from_pretrained(here.folder("xquad"))
    given = tokenizer(question, context, return_tensors="pt", return_offsets_mapping=True)
    offsets, inside = given.pop("offset_mapping")[0].tolist(), torch.tensor([one == 1 for one in given.sequence_ids(0)])
    model = transformers.AutoModelForQuestionAnswering.from_pretrained(here.folder("xquad")).eval()
    with torch.inference_mode():
        out = model(**given)
    start, end = (one[0].masked_fill(~inside, -1e9).softmax(-1) for one in (out.start_logits, out.end_logits))
    places = [place for place in range(len(offsets)) if inside[place]]
    first = next(place for place in places if offsets[place][0] == found["start"])
    last = next(place for place in places if offsets[place][1] == found["end"])
    assert found["score"] == pytest.approx(float(start[first] * end[last]), abs=1e-5)


@pytest.mark.parametrize("task", TASKS)
def test_what_a_card_says_loads_the_model_and_asks_it(here, task, capsys):
    """Its blocks of code, one after the other, the place of the folder put in."""
    folder = here.folder(task)
    blocks = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict = {}
    for code in blocks:
        exec(code.replace("this folder", str(folder)), names)
    printed = capsys.readouterr().out
    assert len(blocks) == 2 and printed.strip()
    if task == "xquad":
        assert printed.strip() in names["context"]
    else:
        assert any(label in printed for label in LABELS[task])


def test_a_card_says_how_the_model_is_served_and_what_languages_and_licences_it_stands_on(here):
    card = (here.folder("pos") / "README.md").read_text(encoding="utf-8")
    assert "`realignment serve sample.small.none.pos`" in card
    assert "Not realigned. Fine-tuned on `qaa` alone" in card and "evaluates it in `qaa`, `qab`, `qac`, `qad`" in card
    assert "| evalsets/pos/made/qaa.parquet | unknown |" in card and "commercial use is not settled" in card


@pytest.mark.parametrize("task", TASKS)
def test_the_signature_names_what_the_model_reads_and_answers(loaded, task):
    """MLflow reads it, takes the example that lies beside it, and what is answered has its columns and no other."""
    signature, example = loaded[task].metadata.signature, loaded[task].input_example
    assert set(example.columns) <= set(signature.inputs.input_names())
    (answer,) = loaded[task].predict(example)
    assert list(answer) == signature.outputs.input_names()


def test_what_lies_there_for_mlflow_follows_from_the_record_alone(here):
    for task, record in here.models.items():
        folder = here.folder(task)
        texts = {name: (folder / name).read_text(encoding="utf-8") for name in sealing.FOR_MLFLOW}
        assert texts == mlmodel.files(record) and mlmodel.fault(record, folder) == ""
        assert not set(texts) & set(record.files) and sealing.model_fault(record, folder) == ""
        assert json.loads(texts["serving_input_example.json"])["dataframe_split"] == json.loads(texts["input_example.json"])
    assert mlmodel.files(small_record_of_an_encoder(here)) == {}


def small_record_of_an_encoder(here):
    from realignment import tracking

    return tracking.model_folder(here.root, "models:/sample.small.latin_diverse_2.computed/1")[1]


@pytest.mark.parametrize("name", [*sealing.FOR_MLFLOW])
@pytest.mark.parametrize("change", ["other", "gone"])
def test_a_file_for_mlflow_that_was_changed_or_is_gone_is_a_fault(here, tmp_path, name, change):
    record = here.models["pos"]
    for one, text in mlmodel.files(record).items():
        (tmp_path / one).write_text(text)
    assert mlmodel.fault(record, tmp_path) == ""
    (tmp_path / name).unlink() if change == "gone" else (tmp_path / name).write_text("flavors: {}")
    assert name in mlmodel.fault(record, tmp_path)


def test_a_model_whose_weights_were_changed_is_not_loaded(here, tmp_path):
    import shutil

    from mlflow import pyfunc

    folder = shutil.copytree(here.folder("pos"), tmp_path / "model")
    with (folder / "config.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ValueError, match=r"config\.json changed; it is not the model that its run made"):
        pyfunc.load_model(str(folder), suppress_warnings=True)


def test_mlflow_loads_a_model_by_its_registered_name_and_leaves_it_whole(here, monkeypatch):
    """It writes a file of its own into the folder."""
    import mlflow

    from realignment import tracking

    monkeypatch.chdir(here.root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking.uri(here.root))  # `set_tracking_uri` would stay for the tests behind it
    model = mlflow.pyfunc.load_model("models:/sample.small.none.pos/1", suppress_warnings=True)
    assert asked(model, [{"text": "pab leku ."}])[0]["unread"] == 0
    folder, record = tracking.model_folder(here.root, "models:/sample.small.none.pos/1")
    assert record.model == "sample.small.none.pos" and Path(folder, "MLmodel").is_file()
