"""A row of a study with an encoder of each architecture: realigned, fine-tuned and scored in every language, as planned and computed by the verbs."""

from dataclasses import replace

import pytest
import small_world
import transformers
from architectures import SMALL, build, looks, plain_class
from peft import PeftModel

from realignment.core.errors import BadInput
from realignment.records.cell import Cell, Seeds
from realignment.study import evaluate, finetune, realign

FAST = ("modernbert", "eurobert", "deberta-v2", "llama", "gemma2, bidirectional")
PADDED = ("deberta-v2", "rembert", "megatron-bert", "mpnet", "t5", "mt5", "umt5")
CELL = Cell("small", "latin_diverse", Seeds.all(17))


@pytest.fixture(scope="module", params=[name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in SMALL])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def world(name, tmp_path_factory):
    root = tmp_path_factory.mktemp("world")
    return small_world.build(root, build(root / "encoder", name), **(of_decoder(name) if looks(name) else {}))


def of_decoder(name: str) -> dict:
    return {"attention": looks(name), "lora": {"rank": 4, "alpha": 8, "dropout": 0.1, "targets": ["q_proj", "v_proj", "up_proj"]}}


@pytest.fixture(scope="module")
def realigned(world, tmp_path_factory):
    """(job, its outcome, folder): with words by rows, and the second layer."""
    workspace, settings = world
    job = realign.plan(workspace, replace(settings, realign=replace(settings.realign, embedding="rows", layer=-2)), CELL)
    out = tmp_path_factory.mktemp("realigned")
    return job, realign.compute(workspace, job, workspace.root / "encoder", out), out / "model"


def test_realigning_ends_in_an_encoder_that_plain_transformers_reads(name, world, realigned):
    """Of a decoder in adapters, which `peft` puts over its base."""
    _, outcome, folder = realigned
    assert outcome["curves"]["loss"][-1][0] == 6
    if looks(name):
        config = transformers.AutoConfig.from_pretrained(folder)
        base = plain_class(name).from_pretrained(world[0].root / "encoder", config=config)
        held = PeftModel.from_pretrained(base, folder).state_dict()
        assert any(bool(one.any()) for weight, one in held.items() if ".lora_B." in weight)
        return
    _, told = plain_class(name).from_pretrained(folder, output_loading_info=True)
    assert not any(told[what] for what in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert transformers.AutoTokenizer.from_pretrained(folder).is_fast


@pytest.mark.parametrize("task", ["pos", "nli", ""])
def test_every_language_has_a_score(name, world, realigned, tmp_path, task):
    """`""` is retrieval."""
    (workspace, settings), (above, _, folder) = world, realigned
    if task:
        tuned = finetune.plan(workspace, settings, CELL, task, above)
        if (task == "pos" and name == "gemma3_text") or (task == "nli" and name.endswith("t5")):
            with pytest.raises(
                BadInput, match=r"transformers has no AutoModelFor(Token|Sequence)Classification for the encoder of"
            ):
                finetune.compute(workspace, tuned, folder, tmp_path / "tuned")
            return
        finetune.compute(workspace, tuned, folder, tmp_path / "tuned")
        above, folder = tuned, tmp_path / "tuned/model"
    (tmp_path / "out").mkdir()
    job = evaluate.plan(workspace, settings, above.cell, task, above)
    scores = evaluate.compute(workspace, job, folder, tmp_path / "out")["scores"]
    assert {one["language"] for one in scores} == set(small_world.CODES) - ({"qaa"} if not task else set())
    assert all(0 <= one["score"] <= 1 for one in scores)


def test_the_model_card_says_where_sentences_are_padded(name, realigned):
    card = (realigned[2] / "README.md").read_text(encoding="utf-8")
    assert ("sentences are padded" in card) == (SMALL[name][0] in PADDED)
    assert f"{plain_class(name).__name__}.from_pretrained" in card
