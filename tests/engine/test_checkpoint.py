"""A training that stops anywhere goes on as if it had not: the same weights, bit for bit."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from encoders import ALPHABETS, sentences
from recipes_made import FINETUNE, REALIGN
from waiting import LIMIT, until

from realignment.core.errors import BadInput, FailedWork
from realignment.engine import batches, checkpoint, encoder, loops
from realignment.engine.checkpoint import Keeper

STEPS, PAIRS, HELD = 24, 4, 5
HOW = replace(REALIGN, pairs=PAIRS, learning_rate=1e-3)


@pytest.fixture(scope="module")
def pairs(bert_folder):
    tokenizer = encoder.load_tokenizer(bert_folder)
    sides = [batches.encode_texts(tokenizer, sentences(48, 7, ALPHABETS[which]), 32, "unicode") for which in (0, 1)]
    return loops.Pairs(*sides, np.arange(48), {"xxx": np.arange(48)})


class Killed(Exception):
    pass


def realign(folder, pairs, keeper=None, stop: int | None = None, held: Path | None = None, **how):
    """(weights, losses) of a realignment with a head; `stop` is the step after which the process is gone, `held` a file
    that step HELD waits for."""
    model = encoder.load(folder, 5)
    head = loops.projection_head(model.config.hidden_size, 5)
    order = loops.draw_order(pairs.languages, STEPS * PAIRS, 17)
    torch.manual_seed(6)

    def log(step, _):
        if step == stop:
            raise Killed
        if step == HELD and held:
            held.with_name("begun").touch()
            until(held.exists)

    losses = loops.realign(model, pairs, order, replace(HOW, **how), loops.Watch(log, keeper), head=head)
    return {**model.state_dict(), **{f"head.{name}": one for name, one in head.state_dict().items()}}, [
        float(one) for one in losses
    ]


def equal(one, other) -> bool:
    return one[1] == other[1] and all(torch.equal(value, other[0][name]) for name, value in one[0].items())


@pytest.fixture(scope="module")
def undisturbed(bert_folder, pairs):
    return realign(bert_folder, pairs)


def keeper(tmp_path, every=0.0) -> Keeper:
    return Keeper(tmp_path / "checkpoints", {"key": "k"}, every=every)


@pytest.mark.parametrize("stop", [1, 2, 7, STEPS - 1, STEPS])
def test_a_realignment_killed_at_any_step_ends_in_the_same_weights(bert_folder, pairs, undisturbed, tmp_path, stop):
    with pytest.raises(Killed):
        realign(bert_folder, pairs, keeper(tmp_path), stop)
    torch.manual_seed(99)
    assert equal(realign(bert_folder, pairs, keeper(tmp_path)), undisturbed)


@pytest.mark.parametrize("stop", [2, 11, STEPS])
def test_rows_of_the_embedding_and_what_they_missed_are_kept(bert_folder, pairs, tmp_path, stop):
    whole = realign(bert_folder, pairs, embedding="rows")
    with pytest.raises(Killed):
        realign(bert_folder, pairs, keeper(tmp_path), stop, embedding="rows")
    assert equal(realign(bert_folder, pairs, keeper(tmp_path), embedding="rows"), whole)


def test_a_gradient_that_runs_over_in_the_last_step_is_noticed(bert_folder, pairs, tmp_path):
    model = encoder.load(bert_folder, 5)

    def spoil(step, _):
        if step == STEPS:
            model.encoder.layer[0].output.dense.weight.data[0, 0] = float("nan")

    order = loops.draw_order(pairs.languages, STEPS * PAIRS, 17)
    with pytest.raises(FailedWork, match=rf"step {STEPS} left .*layer.0.output.dense.weight.* on pairs xxx:\d+"):
        loops.realign(model, pairs, order, HOW, loops.Watch(spoil))


def test_killed_again_and_again(bert_folder, pairs, undisturbed, tmp_path):
    for stop in (3, 9, 10, 20):
        with pytest.raises(Killed):
            realign(bert_folder, pairs, keeper(tmp_path), stop)
    assert equal(realign(bert_folder, pairs, keeper(tmp_path)), undisturbed)
    assert len(keeper(tmp_path).there()) == checkpoint.KEPT


def finetune(folder, pairs, keeper=None, stop=None):
    from transformers import get_linear_schedule_with_warmup  # noqa: F401  what the loop uses

    model = encoder.load(folder, 5)
    order = loops.epochs_order(48, 2, 5, seed=1)
    torch.manual_seed(6)

    def log(step, _):
        if step == stop:
            raise Killed

    def loss_of(model, batch, rows):
        return encoder.states(model, batch).square().mean() + float(len(rows)) * 0

    losses = loops.finetune(model, pairs.sources, order, loss_of, replace(FINETUNE, learning_rate=1e-3), loops.Watch(log, keeper))
    return model.state_dict(), [float(one) for one in losses]


@pytest.mark.parametrize("stop", [1, 4, 13])
def test_fine_tuning_goes_on_with_its_learning_rate(bert_folder, pairs, tmp_path, stop):
    whole = finetune(bert_folder, pairs)
    with pytest.raises(Killed):
        finetune(bert_folder, pairs, keeper(tmp_path), stop)
    assert equal(finetune(bert_folder, pairs, keeper(tmp_path)), whole)


def test_a_flipped_byte_is_noticed_and_the_checkpoint_before_is_used(bert_folder, pairs, undisturbed, tmp_path, capsys):
    with pytest.raises(Killed):
        realign(bert_folder, pairs, keeper(tmp_path), 9)
    before, newest = keeper(tmp_path).there()
    content = bytearray((newest / checkpoint.STATE).read_bytes())
    content[len(content) // 2] ^= 1
    (newest / checkpoint.STATE).write_bytes(content)
    assert equal(realign(bert_folder, pairs, keeper(tmp_path)), undisturbed)
    said = capsys.readouterr().err
    assert f"{newest.name} is damaged" in said and f"going on after step {int(before.name.removeprefix('step-'))}" in said


@pytest.mark.parametrize("name", [checkpoint.STATE, checkpoint.ABOUT])
def test_a_cut_off_file_is_a_damaged_checkpoint(bert_folder, pairs, undisturbed, tmp_path, name):
    with pytest.raises(Killed):
        realign(bert_folder, pairs, keeper(tmp_path), 5)
    newest = keeper(tmp_path).there()[-1]
    (newest / name).write_bytes((newest / name).read_bytes()[:-7])
    assert equal(realign(bert_folder, pairs, keeper(tmp_path)), undisturbed)


def test_another_learning_rate_typed_into_a_checkpoint_is_noticed(bert_folder, pairs, undisturbed, tmp_path, capsys):
    with pytest.raises(Killed):
        realign(bert_folder, pairs, keeper(tmp_path), 9)
    newest = keeper(tmp_path).there()[-1]
    about = json.loads((newest / checkpoint.ABOUT).read_text())
    about["rates"] = [10 * rate for rate in about["rates"]]
    (newest / checkpoint.ABOUT).write_text(json.dumps(about))
    assert equal(realign(bert_folder, pairs, keeper(tmp_path)), undisturbed)
    assert f"{newest.name} is damaged (about.json was changed)" in capsys.readouterr().err


@pytest.mark.parametrize("call", range(6))
def test_a_full_disk_at_any_write_costs_a_checkpoint_and_nothing_else(
    bert_folder, pairs, undisturbed, tmp_path, monkeypatch, capsys, call
):
    """ENOSPC at the n-th of: making the folder, state, description, three syncs."""
    calls = 0

    def failing(real):
        def wrapped(*args, **given):
            nonlocal calls
            calls += 1
            if calls > 12 and calls % 6 == call:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*args, **given)

        return wrapped

    import safetensors.torch

    monkeypatch.setattr(Path, "mkdir", failing(Path.mkdir))
    monkeypatch.setattr(safetensors.torch, "save_file", failing(safetensors.torch.save_file))
    monkeypatch.setattr(Path, "write_text", failing(Path.write_text))
    monkeypatch.setattr(checkpoint, "sync", failing(checkpoint.sync))
    assert equal(realign(bert_folder, pairs, keeper(tmp_path)), undisturbed)
    said = capsys.readouterr().err
    assert "No space left on device; training goes on, the one before stays" in said
    monkeypatch.undo()
    assert equal(realign(bert_folder, pairs, keeper(tmp_path)), undisturbed), "what was left is whole"


def test_a_checkpoint_of_another_training_is_refused(bert_folder, pairs, tmp_path):
    with pytest.raises(Killed):
        realign(bert_folder, pairs, keeper(tmp_path), 5)
    other = Keeper(tmp_path / "checkpoints", {"key": "other"}, every=0.0)
    with pytest.raises(BadInput, match="of another configuration: key differ"):
        realign(bert_folder, pairs, other)


def test_a_loss_that_is_no_number_stops_and_names_its_step(bert_folder, pairs, monkeypatch):
    real, calls = loops.contrastive_loss, 0

    def wrong(*given):
        nonlocal calls
        calls += 1
        return real(*given) * (float("nan") if calls >= 11 else 1)

    monkeypatch.setattr(loops, "contrastive_loss", wrong)
    with pytest.raises(
        FailedWork, match=r"the loss of step 11 is not a finite number .* on pairs xxx:\d+ xxx:\d+ xxx:\d+ xxx:\d+; lower"
    ):
        realign(bert_folder, pairs)


PROGRAM = """
import sys, time
sys.path[:0] = [sys.argv[1] + "/engine", sys.argv[1] + "/support"]
import test_checkpoint as here
from realignment.engine import batches, encoder, loops
from pathlib import Path
import numpy as np, torch
folder, place, out = Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
torch.set_num_threads(1)
tokenizer = encoder.load_tokenizer(folder)
sides = [batches.encode_texts(tokenizer, here.sentences(48, 7, here.ALPHABETS[w]), 32, "unicode") for w in (0, 1)]
pairs = loops.Pairs(*sides, np.arange(48), {"xxx": np.arange(48)})
print("ready", flush=True)
held = Path(sys.argv[5]) if sys.argv[5:] else None
weights, losses = here.realign(folder, pairs, here.Keeper(place, {"key": "k"}, every=0.0), held=held)
torch.save({**weights, "losses": torch.tensor(losses)}, out.with_suffix(".part"))
out.with_suffix(".part").rename(out)
"""


def process(folder, tmp_path, out, *held: str) -> subprocess.Popen:
    words = [
        sys.executable,
        "-c",
        PROGRAM,
        str(Path(__file__).parents[1]),
        str(folder),
        str(tmp_path / "checkpoints"),
        str(out),
        *held,
    ]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def result(out: Path, undisturbed) -> bool:
    held = torch.load(out, weights_only=True)
    losses = held.pop("losses").tolist()
    return equal((dict(held), [float(np.float32(one)) for one in losses]), undisturbed)


def killed_at_random(folder, tmp_path, undisturbed, kills: int, seed: int) -> None:
    """SIGKILL at random moments, during writes too, until it has ended; each start goes on from what is there."""
    chance, out = random.Random(seed), tmp_path / "weights"
    for _ in range(kills):
        started = process(folder, tmp_path, out)
        started.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.6))
        started.kill()
        started.wait()
        if out.exists():
            break
    if not out.exists():
        assert process(folder, tmp_path, out).wait() == 0
    assert result(out, undisturbed)


@pytest.mark.slow
def test_killed_by_the_system_at_random_moments(bert_folder, pairs, undisturbed, tmp_path):
    killed_at_random(bert_folder, tmp_path, undisturbed, kills=3, seed=0)


FORKED = """
import json, os, random, signal, sys, time
from pathlib import Path
tests, folder, place, kills = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
sys.path[:0] = [tests + "/engine", tests + "/support"]
import numpy as np, torch
torch.set_num_threads(1)
import test_checkpoint as here
from realignment.engine import batches, encoder, loops
tokenizer = encoder.load_tokenizer(folder)
sides = [batches.encode_texts(tokenizer, here.sentences(48, 7, here.ALPHABETS[w]), 32, "unicode") for w in (0, 1)]
pairs = loops.Pairs(*sides, np.arange(48), {"xxx": np.arange(48)})
encoder.load(folder, 5)
chance, done, writing, rounds = random.Random(0), 0, 0, 0
while done < kills or not writing:
    rounds += 1
    checkpoints, out = place / str(rounds), place / f"{rounds}.weights"
    while not out.exists():
        child = os.fork()
        if not child:
            weights, losses = here.realign(folder, pairs, here.Keeper(checkpoints, {"key": "k"}, every=0.0))
            torch.save({**weights, "losses": torch.tensor(losses)}, out.with_suffix(".part"))
            out.with_suffix(".part").rename(out)
            os._exit(0)
        if done < kills or not writing:
            time.sleep(chance.uniform(0.0, 0.5))
        else:
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            done += 1
            writing += any(checkpoints.glob(".part-*"))
print(json.dumps({"kills": done, "writing": writing, "rounds": rounds}))
"""


@pytest.mark.slow
def test_killed_by_the_system_two_hundred_times(bert_folder, undisturbed, tmp_path):
    """Prints how many of the kills fell into the writing of a checkpoint."""
    words = [sys.executable, "-c", FORKED, str(Path(__file__).parents[1]), str(bert_folder), str(tmp_path), "200"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    counts = json.loads(done.stdout.splitlines()[-1])
    print(counts)
    assert counts["kills"] >= 200
    assert counts["writing"] > 0
    assert all(result(tmp_path / f"{number}.weights", undisturbed) for number in range(1, counts["rounds"] + 1))


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_asked_to_end_it_leaves_a_checkpoint_of_the_step_it_was_in(bert_folder, pairs, undisturbed, tmp_path, number):
    out, goes_on = tmp_path / "weights", tmp_path / "goes on"
    started = process(bert_folder, tmp_path, out, str(goes_on))
    until((tmp_path / "begun").exists, alive=lambda: started.poll() is None)
    started.send_signal(number)
    goes_on.touch()
    assert started.wait(LIMIT) != 0 and not out.exists()
    assert keeper(tmp_path).there()[-1].name == f"step-{HELD:09}"
    assert process(bert_folder, tmp_path, out).wait() == 0 and result(out, undisturbed)
