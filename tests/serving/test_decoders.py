"""A decoder's adapters answer over their base, which lies elsewhere: as an evaluation predicts, and not over another base."""

import re

import pandas as pd
import pytest
import served
import small_world
from architectures import build
from mlflow import pyfunc

from realignment.records import mlmodel

SENTENCES = [small_world.sentence(number)[0] for number in range(6)]
PAIRS = [(" ".join(words), words[0]) for words in SENTENCES]
LORA = {"rank": 4, "alpha": 8, "dropout": 0.0, "targets": ["q_proj", "v_proj"]}

pytestmark = pytest.mark.slow  # a decoder is made, adapted and evaluated first


@pytest.fixture(
    scope="module",
    params=["causal", pytest.param("repeated", marks=pytest.mark.slow), pytest.param("bidirectional", marks=pytest.mark.slow)],
)
def here(request, tmp_path_factory, empty_store):
    base = build(tmp_path_factory.mktemp("base") / "encoder", "llama")
    spec = {"attention": request.param, "lora": LORA, "learning_rate": 1e-4}
    return served.make(tmp_path_factory.mktemp("served") / "checkout", empty_store, base, ("pos", "nli"), **spec)


def test_it_answers_what_an_evaluation_predicts(here, monkeypatch):
    monkeypatch.chdir(here.root)
    tagger, judge = (pyfunc.load_model(str(here.folder(task)), suppress_warnings=True) for task in ("pos", "nli"))
    found = tagger.predict(pd.DataFrame([{"words": words} for words in SENTENCES]))
    tags = [[one["tag"] for one in row["words"]] for row in found]
    assert tags == served.evaluated(here, "pos", SENTENCES) and len({tag for row in tags for tag in row}) > 1
    answers = judge.predict(pd.DataFrame([{"premise": one, "hypothesis": other} for one, other in PAIRS]))
    assert [one["label"] for one in answers] == served.evaluated(here, "nli", PAIRS)


def test_what_its_card_says_loads_it_and_asks_it(here, monkeypatch, capsys):
    monkeypatch.chdir(here.root)
    folder, looks = here.folder("nli"), here.models["nli"].params["attention"]
    card = (folder / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    names: dict = {}
    for code in blocks:
        exec(code.replace("this folder", str(folder)), names)
    assert ("read a text once" in card) == (looks == "repeated") and len(blocks) == 1 + (looks != "repeated")
    assert ("entailment" in capsys.readouterr().out) == (looks != "repeated")
    if looks != "repeated":
        judge = pyfunc.load_model(str(folder), suppress_warnings=True)
        (found,) = judge.predict(pd.DataFrame([{"premise": PAIRS[0][0], "hypothesis": PAIRS[0][1]}]))
        plain = {one["label"]: one["score"] for one in names["ask"]({"text": PAIRS[0][0], "text_pair": PAIRS[0][1]})}
        assert found["scores"] == pytest.approx(plain, abs=1e-4)


def test_adapters_over_another_base_do_not_answer(here, monkeypatch):
    monkeypatch.chdir(here.root)
    config = here.root / "encoder/config.json"
    before = config.read_text()
    config.write_text(before + " ")
    try:
        with pytest.raises(
            ValueError, match=r"the base of these adapters, .*encoder, is required as it was when they were trained"
        ):
            pyfunc.load_model(str(here.folder("pos")), suppress_warnings=True)
    finally:
        config.write_text(before)


def test_what_mlflow_is_told_names_the_base_by_its_sha256_and_no_place_of_this_machine(here):
    text = mlmodel.files(here.models["pos"])["MLmodel"]
    assert here.models["pos"].inputs["encoder"] in text and str(here.root) not in text
