"""The cosine of two gradients, against plain `transformers`, autograd and numpy, sentence by sentence."""

import math
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers
from architectures import build, configuration, make, tokens
from peft import PeftModel

from realignment.engine import adapters, batches, encoder, gradients, heads, recipes
from realignment.engine.bases import vocabulary
from realignment.engine.bases.kinds import KINDS

LENGTHS = (5, 9, 14, 3, 30, 7, 8, 12)  # a side of a pair each; some past the window of ModernBERT
PAIRS, BATCHES = 4, 2
HOW = recipes.Gradients(
    batches=BATCHES, pairs=PAIRS, max_length=48, temperature=0.1, pooling="tokens", splitter="unicode", layer=-1,
    mask_false_negatives=False, examples=4, examples_length=48,
)  # fmt: skip
NUMBERS = np.arange(len(LENGTHS))
TASK = [np.array([0, 3, 5, 6]), np.array([7, 1, 2])]


@pytest.fixture(scope="module")
def sides():
    return tokens("bert", LENGTHS, seed=1), tokens("bert", LENGTHS[::-1], seed=2)


@pytest.fixture(scope="module", params=["bert", "modernbert", "deberta-v2"])
def models(request, tmp_path_factory):
    """(name, a model with a head as we load it, the same of plain transformers, the rows of its task)."""
    folder = make(tmp_path_factory.mktemp("encoder"), request.param)
    ours = encoder.load(folder, 3, auto="AutoModelForTokenClassification", num_labels=3)
    config = configuration(request.param, num_labels=3)
    plain = transformers.AutoModelForTokenClassification.from_config(config, attn_implementation="eager")
    plain.load_state_dict(ours.state_dict())
    return request.param, ours, plain.eval(), tokens(request.param, LENGTHS, seed=3)


def labels(encoded: batches.Encoded) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 3, len(encoded.tokens))


def of_task(encoded: batches.Encoded):
    gold = labels(encoded)

    def loss(model, batch, rows):
        return F.cross_entropy(heads.token_logits(model, batch), torch.tensor(gold[batch.flat]))

    return loss


def measured(sides, encoded, how=HOW):
    order = np.arange(PAIRS * BATCHES)
    return gradients.alignment(sides, NUMBERS, order, how, "cpu"), gradients.of_task(of_task(encoded), encoded, TASK, "cpu")


def sentence(encoded: batches.Encoded, row: int) -> torch.Tensor:
    return torch.tensor(encoded.tokens[encoded.starts[row] : encoded.starts[row + 1]].astype(np.int64))[None]


def by_hand_alignment(plain, sides, rows, temperature: float) -> torch.Tensor:
    """Equation 1: each of the 2n means looks for its translation among all others."""
    vectors = []
    for side in sides:
        for row in rows:
            states = plain.base_model(sentence(side, row)).last_hidden_state[0]
            weights = batches.pooling_weights(side, HOW.pooling)[side.starts[row] : side.starts[row + 1]]
            vectors.append((torch.tensor(weights)[:, None] * states).sum(0))
    vectors = [vector / vector.norm() for vector in vectors]
    found = []
    for place, vector in enumerate(vectors):
        others = torch.stack([vector @ other / temperature for number, other in enumerate(vectors) if number != place])
        partner = (place + len(rows)) % (2 * len(rows))
        found.append(torch.logsumexp(others, 0) - vector @ vectors[partner] / temperature)
    return torch.stack(found).mean()


def by_hand_task(plain, encoded, rows) -> torch.Tensor:
    gold, logits, wanted = labels(encoded), [], []
    for row in rows:
        given = {} if encoded.types.max() == 0 else {"token_type_ids": types(encoded, row)}
        logits.append(plain(sentence(encoded, row), **given).logits[0])
        wanted.append(torch.tensor(gold[encoded.starts[row] : encoded.starts[row + 1]]))
    return F.cross_entropy(torch.cat(logits), torch.cat(wanted))


def types(encoded, row) -> torch.Tensor:
    return torch.tensor(encoded.types[encoded.starts[row] : encoded.starts[row + 1]].astype(np.int64))[None]


def by_hand(plain, losses) -> list[dict[str, np.ndarray]]:
    """Of each batch, the gradient of what is trained in each group."""
    blocks = plain.base_model.get_submodule(KINDS[plain.config.model_type].blocks)
    groups = {"embedding": plain.get_input_embeddings(), **{f"layer_{number:02}": one for number, one in enumerate(blocks, 1)}}
    free = {name: [one for one in part.parameters() if one.requires_grad] for name, part in groups.items()}
    found = []
    for loss in losses:
        plain.zero_grad()
        loss().backward()
        flat = {
            name: [(torch.zeros_like(one) if one.grad is None else one.grad).numpy().astype(float).ravel() for one in several]
            for name, several in free.items()
        }
        found.append({name: np.concatenate(several) for name, several in flat.items() if several})
    return found


def both_by_hand(plain, sides, encoded) -> list[list[dict[str, np.ndarray]]]:
    order = np.arange(PAIRS * BATCHES).reshape(-1, PAIRS)
    alignment = [lambda rows=rows: by_hand_alignment(plain, sides, rows, HOW.temperature) for rows in order]
    return [by_hand(plain, alignment), by_hand(plain, [lambda rows=rows: by_hand_task(plain, encoded, rows) for rows in TASK])]


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def hold(found: dict[str, gradients.Cosine], one, other) -> None:
    """Against the gradients of each batch."""
    assert list(found) == list(one[0])
    for group, told in found.items():
        means = [sum(batch[group] for batch in side) / BATCHES for side in (one, other)]
        assert told.cosine == pytest.approx(cosine(*means), abs=1e-5)
        single = [cosine(first[group], second[group]) for first, second in zip(one, other, strict=True)]
        assert told.mean == pytest.approx(np.mean(single), abs=1e-5)
        assert told.error == pytest.approx(np.std(single, ddof=1) / math.sqrt(BATCHES), abs=1e-5)
        assert abs(told.cosine) < 1, "two losses that differ"


def test_cosines_are_those_of_plain_transformers_and_autograd(models, sides):
    _, ours, plain, encoded = models
    untyped = tuple(replace(side, types=np.zeros_like(side.types)) for side in sides)
    hold(gradients.cosines(ours, *measured(untyped, encoded)), *both_by_hand(plain, untyped, encoded))


def test_of_a_decoder_the_adapters_alone_are_compared(sides, tmp_path):
    """As plain `peft` has it; its adapters are drawn anew, since new ones are zero on one side."""
    base = adapters.Base(
        build(tmp_path / "decoder", "llama"), recipes.Decoder("causal", 4, 8.0, 0.0, "down_proj,q_proj,v_proj", "")
    )
    ours = heads.over("pos", base, 5, None)
    with torch.no_grad():
        for one in ours.parameters():
            if one.requires_grad:
                one.normal_(0, 0.2)
    adapters.save(ours, vocabulary.load(base.folder), tmp_path / "adapter", "", ("./base", None))
    config = transformers.AutoConfig.from_pretrained(tmp_path / "adapter")
    plain = transformers.AutoModelForTokenClassification.from_pretrained(
        base.folder, config=config, attn_implementation="eager", dtype=torch.float32
    )
    plain = PeftModel.from_pretrained(plain, tmp_path / "adapter", is_trainable=True).get_base_model().eval()
    untyped = tuple(replace(side, types=np.zeros_like(side.types)) for side in sides)
    encoded = replace(tokens("llama", LENGTHS, seed=3), types=np.zeros(sum(LENGTHS), np.int8))
    found = gradients.cosines(ours, *measured(untyped, encoded))
    assert list(found) == ["layer_01", "layer_02"], "the table of tokens is frozen"
    hold(found, *both_by_hand(plain, untyped, encoded))


@pytest.mark.parametrize("task", ["pos", "nli"])
def test_of_a_decoder_kept_in_bfloat16_they_are_those_of_its_weights_in_float32(sides, tmp_path, task):
    how = recipes.Decoder("causal", 4, 8.0, 0.0, "down_proj,q_proj,v_proj", "")
    kept = adapters.Base(build(tmp_path / "decoder", "llama"), how, dtype="bfloat16")
    ours = heads.over(task, kept, 5, None)
    with torch.no_grad():
        for one in ours.parameters():
            if one.requires_grad:
                one.normal_(0, 0.2, generator=torch.Generator().manual_seed(one.numel()))
    plain = deepcopy(ours).float()
    untyped = tuple(replace(side, types=np.zeros_like(side.types)) for side in sides)
    encoded = replace(tokens("llama", LENGTHS, seed=3), types=np.zeros(sum(LENGTHS), np.int8))
    given = measured(untyped, encoded)
    if task == "nli":
        labels = np.arange(len(encoded)) % 3
        loss = heads.loss("nli", labels, encoded, "first")
        given = given[0], gradients.of_task(loss, encoded, [np.arange(4), np.arange(4, 8)][: len(given[0])], "cpu")
    assert gradients.cosines(ours, *given) == gradients.cosines(plain, *given)


def test_the_same_loss_on_both_sides_gives_one_and_its_negative_minus_one(models, sides):
    _, ours, _, encoded = models
    task = measured(sides, encoded)[1]
    negative = [gradients.Measured(one.batch, lambda model, one=one: -one.loss(model)) for one in task]
    for other, wanted in ((task, 1.0), (negative, -1.0)):
        for told in gradients.cosines(ours, task, other).values():
            assert (told.cosine, told.mean) == (pytest.approx(wanted, abs=1e-12), pytest.approx(wanted, abs=1e-12))
            assert told.error == pytest.approx(0, abs=1e-12)


def test_a_block_above_the_aligned_states_has_no_cosine(models, sides):
    """The loss of the states below the last block does not reach that block."""
    name, ours, _, encoded = models
    found = gradients.cosines(ours, *measured(sides, encoded, replace(HOW, layer=-2)))
    last = list(found)[-1]
    assert (found[last].cosine, found[last].mean, found[last].error) == (None, None, None)
    assert found["layer_01"].cosine is not None, name


def test_dropout_is_off_and_only_what_is_trained_counts(models, sides):
    _, ours, _, encoded = models
    ours.train()
    first = gradients.cosines(ours, *measured(sides, encoded))
    assert first == gradients.cosines(ours, *measured(sides, encoded)), "no chance in it"
    assert not ours.training
    block = ours.base_model.get_submodule(KINDS[ours.config.model_type].blocks)[0]
    for one in (*block.parameters(), ours.get_input_embeddings().weight):
        one.requires_grad_(False)
    found = gradients.cosines(ours, *measured(sides, encoded))
    for one in ours.parameters():
        one.requires_grad_(True)
    assert list(found) == [name for name in first if name not in ("embedding", "layer_01")]
    assert {name: found[name].cosine for name in found} == pytest.approx({name: first[name].cosine for name in found}, abs=1e-9)


def test_one_batch_has_no_standard_error(models, sides):
    _, ours, _, encoded = models
    alignment, task = measured(sides, encoded)
    found = gradients.cosines(ours, alignment[:1], task[:1])
    assert all(one.error is None and one.mean == pytest.approx(one.cosine, abs=1e-12) for one in found.values())
