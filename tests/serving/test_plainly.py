"""Plain pipelines of `transformers` over a saved model of each architecture say what is served: the same labels, with the same scores."""

import contextlib
import io

import numpy as np
import pytest
import torch
import transformers
from architectures import SMALL, build
from small_world import sentence

from realignment.core.errors import BadInput
from realignment.engine import answering, batches, encoder, examples, heads, recipes
from realignment.engine.bases import locate
from realignment.engine.bases.kinds import KINDS
from realignment.study import cards, plainly

FAST = ("bert", "xlm-roberta")
NAMES = [
    name if name in FAST else pytest.param(name, marks=pytest.mark.slow)
    for name in SMALL
    if not KINDS[SMALL[name][0]].decodes and "," not in name
]
SENTENCES = [sentence(number)[0] for number in range(4)]
QUESTION, CONTEXT = "pab leku ?", " ".join(SENTENCES[0])
TOLD = {"max_length": 96, "batch_tokens": 512, "dtype": "float32", "sentence_vector": "first", "hypothesis_only": False}
OWN = {"pos": {"words": "spaced"}, "nli": {}, "xquad": {"stride": 10}}


@pytest.fixture(scope="module", params=NAMES)
def base(request, tmp_path_factory):
    return build(tmp_path_factory.mktemp("base") / "encoder", request.param)


@pytest.fixture
def reader(base, tmp_path):
    """task -> a model saved as a job saves it, loaded as it is served; skipped where its architecture has no such head."""

    def made(task: str) -> answering.Reader:
        try:
            model = heads.build(task, base, 3)
        except BadInput:
            pytest.skip("transformers has no such head")
        with torch.no_grad():
            for name, one in model.named_parameters():
                if not name.startswith(f"{model.base_model_prefix}."):
                    one.mul_(20)
        encoder.save(model, encoder.load_tokenizer(base), tmp_path, "card")
        plainly.tell(tmp_path)
        tokenizer = locate.Tokenizer.of(tmp_path).load()
        return answering.Reader(heads.load(task, tmp_path), tokenizer, task, recipes.of(recipes.Predict, TOLD | OWN[task], task))

    return made


def test_tags(reader, tmp_path):
    one = reader("pos")
    plain = transformers.pipeline("token-classification", model=str(tmp_path), tokenizer=str(tmp_path), ignore_labels=[])
    for words, found in zip(SENTENCES, answering.words(one, SENTENCES), strict=True):
        tokens = {token["index"]: token for token in plain(" ".join(words))}
        first = np.flatnonzero(examples.first_tokens(batches.encode_words(one.tokenizer, [words], 96)))
        assert [tokens[place]["entity"] for place in first] == found.tags
        assert [tokens[place]["score"] for place in first] == pytest.approx(found.scores, abs=1e-4)


def test_labels(reader, tmp_path):
    pairs = [(" ".join(words), words[0]) for words in SENTENCES]
    found = answering.pairs(reader("nli"), pairs)
    plain = transformers.pipeline("text-classification", model=str(tmp_path), tokenizer=str(tmp_path), top_k=None)
    for (premise, hypothesis), one in zip(pairs, found, strict=True):
        told = {label["label"]: label["score"] for label in plain({"text": premise, "text_pair": hypothesis})}
        assert one.scores == pytest.approx(told, abs=1e-4)


def test_answers(reader, tmp_path):
    (found,) = answering.spans(reader("xquad"), [(QUESTION, CONTEXT)])
    model = transformers.AutoModelForQuestionAnswering.from_pretrained(tmp_path)
    code = (
        cards.ASK["AutoModelForQuestionAnswering"]
        .replace("Nairobi is a city in Kenya .", CONTEXT)
        .replace("Where is Nairobi?", QUESTION)
    )
    with contextlib.redirect_stdout(printed := io.StringIO()):
        exec(code, {"model": model, "tokenizer": transformers.AutoTokenizer.from_pretrained(tmp_path)})
    assert printed.getvalue().strip() == CONTEXT[found.start : found.end]
