"""What a profile asks for and cannot get is found by stage `settings`, before anything runs."""

import json
import re
import shutil
from pathlib import Path

import architectures
import folders
import hub_server
import profiles_made
import pytest
from profiles_made import HUB, fault, faults, own, sample

from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.languages import grouping
from realignment.sources.sample.languages import shadows
from realignment.study import encoder_needs


@pytest.fixture
def root(tmp_path):
    return profiles_made.checkout(tmp_path / "checkout")


def folder_profile(root: Path, more: str = "", encoder: str = HUB) -> Workspace:
    """A profile over a small folder of its own, with one encoder."""
    folders.small(root / "corpora")
    spec = f'study: {{encoders: {{xlmr: {{name: "{encoder}", seen: xlmr}}}}, subsets: [none, all], shuffled: []}}\n'
    return own(root, f"fetch: {{source: folder, folder: corpora}}\n{spec if 'study:' not in more else ''}{more}")


def test_profiles_that_can_be_run_are_taken(root):
    assert faults(sample(root)) == () == faults(folder_profile(root))


@pytest.mark.parametrize(
    ("changed", "where", "message"),
    [
        ({"study": {"encoders": {}, "tasks": ["pos"]}, "pretrain": {"name": None}}, "encoders", "study.encoders names no encoder"),
        ({"study": {"tasks": []}, "evaluate": {"retrieval_pairs": 0}}, "tasks", "nothing would be measured"),
        ({"fetch": {"tasks": ["pos", "ner"]}, "study": {"tasks": ["pos", "nli"]}}, "nli", "study.tasks: `nli` is not in fetch.tasks"),
        ({"fetch": {"heldout": 0.0}}, "retrieval_pairs", "no pair is held out"),
        ({"fetch": {"evalsets": ["wrld"]}}, "wrld", "the sample world has one evaluation set, `world`"),
        ({"fetch": {"languages": ["qab", "deu"]}, "study": {"subsets": ["all"], "shuffled": []}}, "deu", "the sample world has no language `deu`"),
        ({"fetch": {"world": {"seed": 0}}}, "world", "key `pairs` is missing"),
        ({"select": {"own": {"my_x": ["qab", "zul"]}}}, "zul", "select.own.my_x: `zul` has no bitext in this profile"),
        ({"select": {"own": {"my_x": ["qaa"]}}}, "qaa", "select.own.my_x: `qaa` has no bitext"),
        ({"select": {"own": {"my_x": ["qav"]}}}, "qav", "select.own.my_x: `qav` has no bitext"),
        ({"study": {"subsets": ["all_65"]}}, "all_65", "65 of them without bitext here"),
        ({"study": {"subsets": ["random_40"]}}, "random_40", "asks for 40 languages; there are 20 to draw from"),
        ({"study": {"subsets": ["latin_diverse_20"]}}, "latin_diverse_20", "asks for 20 languages; this profile has 13 it may choose"),
        ({"select": {"reading": "published", "n": 5}, "study": {"subsets": ["latin_diverse"], "shuffled": []}}, "latin_diverse", "or set select.reading to computed"),
        ({"select": {"vectors": "uriel"}}, "vectors", "no snapshot `uriel`"),
        ({"align": {"aligner": "eflomal"}}, "aligner", "requires the package eflomal, which is not installed"),
        ({"align": {"aligner": "encoder", "encoder": "path:nowhere"}}, "nowhere", "nowhere does not exist"),
        ({"pretrain": {"name": "tiny"}}, "tiny", "study.encoders must say what that encoder has seen"),
        ({"realign": {"layer": 7}}, "layer: 7", "realign.layer asks for 7; encoder `path:data/own/encoders/small` will have hidden states 0 to 2"),
        ({"realign": {"max_length": 513}}, "max_length", "will read 512 tokens at most, realign.max_length asks for 513"),
        ({"evaluate": {"retrieval_max_length": 513}}, "retrieval_max_length", "evaluate.retrieval_max_length asks for 513"),
        ({"realign": {"freeze": "back", "layer": 1}}, "freeze", "realign.freeze `back` leaves the last half of 2 blocks as they are"),
    ],
)  # fmt: skip
def test_a_fault_is_found_where_it_is_mended(root, changed, where, message):
    workspace = sample(root, **changed)
    found = [one for one in faults(workspace) if message in one]
    lines = (root / "profiles/own.yaml").read_text().splitlines()
    assert len(found) == 1, faults(workspace)
    file, number = found[0].split(": ")[0].split(" line ")
    assert file == "profiles/own.yaml" and where in lines[int(number) - 1]
    assert not workspace.settings.exists()


def test_every_fault_is_named_at_once(root):
    workspace = sample(
        root, fetch={"tasks": ["pos"]}, realign={"layer": 7}, select={"vectors": "uriel"}, pretrain={"name": "tiny"}
    )
    found = faults(workspace)
    assert len(found) >= 5 and all(" line " in one.split(": ")[0] for one in found)


@pytest.mark.parametrize("freeze, layer", [("back", "all"), ("back", -1), ("back", 2), ("front", 1), ("none", 1)])
def test_freezing_what_the_layer_does_not_need_is_the_only_thing_refused(root, freeze, layer):
    assert faults(sample(root, realign={"freeze": freeze, "layer": layer})) == ()


def test_a_folder_that_is_not_there_is_named_in_full_unless_its_data_are(root):
    workspace = folder_profile(root)
    shutil.rmtree(root / "corpora")
    assert f"{root / 'corpora'}: the data folder is required and does not exist" in fault(workspace)
    (root / "corpora").write_text("")
    assert f"{root / 'corpora'}: the data folder is required and is a file" in fault(workspace)
    (root / "corpora").unlink()
    workspace.data.mkdir()
    workspace.manifest.write_text(json.dumps({"source": "folder", "files": []}))
    assert faults(workspace) == ()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("select: {own: {my_x: [swa, zul]}}\n", "select.own.my_x: `zul` has no bitext in this profile; known: swa"),
        (f'study: {{encoders: {{x: {{name: "{HUB}", seen: xlmr}}}}, subsets: [latin_diverse_5], shuffled: []}}\n', "5 of them without bitext here"),
        (f'select: {{reading: computed}}\nstudy: {{encoders: {{x: {{name: "{HUB}", seen: xlmr}}}}, subsets: [latin_diverse_5], shuffled: []}}\n',
         "asks for 5 languages; this profile has 1 it may choose"),
    ],
)  # fmt: skip
def test_what_the_names_of_a_folders_files_tell_is_known_before_they_are_read(root, more, message):
    assert message in fault(folder_profile(root, more))


@pytest.mark.parametrize(
    ("fetch", "message"),
    [
        ("tasks: [pos, ner], train: {nli: xnli}", "fetch.train.nli: `nli` is not in fetch.tasks"),
        ("evalsets: [made], train: {pos: maid}", "fetch.train.pos: `maid` is not in fetch.evalsets (nearest: made)"),
    ],
)
def test_a_set_that_trains_a_task_is_one_that_is_read(root, fetch, message):
    folders.small(root / "corpora")
    spec = f'study: {{encoders: {{x: {{name: "{HUB}", seen: xlmr}}}}, subsets: [all], shuffled: [], tasks: [pos]}}\n'
    workspace = own(root, f"fetch: {{source: folder, folder: corpora, {fetch}}}\n{spec}")
    assert message in fault(workspace)


@pytest.mark.parametrize(
    ("fetch", "message"),
    [
        ("languages: [swa, xyz]", "`xyz` is in no corpus of the paper|unknown language code `xyz`"),
        ("evalsets: [udpos, wikian]", "fetch.evalsets: `wikian` is no evaluation set"),
        ("train: {pos: wikiann, ner: wikiann, nli: xnli}", "fetch.train: set `wikiann` of task pos has no English training rows"),
        ("languages: [deu, swa]", "subset `latin_diverse` holds 10 languages as published"),
    ],
)
def test_what_no_public_corpus_holds_is_known_before_a_download(root, fetch, message):
    train = "" if "train:" in fetch else ", train: {pos: udpos, ner: wikiann, nli: xnli}"
    spec = f'study: {{encoders: {{x: {{name: "{HUB}", seen: xlmr}}}}, subsets: [latin_diverse], shuffled: []}}\n'
    workspace = own(root, f"fetch: {{source: public, folder: corpora/paper, {fetch}{train}}}\n{spec}")
    assert any(re.search(message, one) for one in faults(workspace)), faults(workspace)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        ("path:models/none", "models/none does not exist"),
        ("path:data/own/encoders/small", "does not exist, and stage `pretrain` does not make it: pretrain.name is null"),
        ("package:no_such_package/model", "requires the Python package no_such_package, which is not installed"),
    ],
)
def test_an_encoder_that_is_not_at_hand_is_named(root, encoder, message):
    found = fault(folder_profile(root, encoder=encoder))
    assert found.startswith("profiles/own.yaml line 2: ") and message in found


def test_an_encoder_that_another_folder_makes_is_not_the_one_that_pretrain_makes(root):
    workspace = sample(root)
    text = (root / "profiles/own.yaml").read_text().replace("data/own/encoders", "data/sample/encoders")
    (root / "profiles/own.yaml").write_text(text)
    assert any("is made in data/own/encoders/small, and study.encoders.small.name is" in one for one in faults(workspace))


def test_an_encoder_of_a_study_that_is_at_hand_need_not_be(root):
    workspace = folder_profile(root, encoder="path:models/none")
    workspace.data.mkdir()
    workspace.study.write_text(json.dumps({"encoders": {"xlmr": {"name": "path:models/none"}}, "records": [{}]}))
    assert faults(workspace) == ()


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("realign: {max_length: 300}", "reads 256 tokens at most|realign.max_length asks for 300"),
        ("evaluate: {max_length: {ner: 300}}", "evaluate.max_length asks for 300"),
        ("evaluate: {retrieval_max_length: 300}", "evaluate.retrieval_max_length asks for 300"),
        ("realign: {layer: 9}", "realign.layer asks for 9"),
        ("realign: {layer: 1, freeze: back}", "does not reach them, so it would do nothing"),
    ],
)
def test_an_encoder_at_hand_can_do_what_is_asked_of_it(root, bert_folder, section, message):
    assert re.search(message, fault(folder_profile(root, section + "\n", encoder=f"path:{bert_folder}")))


def test_settings_that_are_only_looked_at_need_not_be_ready(tmp_path):
    """An archive without its corpora and encoders can be read."""
    mini = Workspace(profiles_made.checkout(tmp_path / "checkout"), "mini")
    assert params.load(mini).fetch.source == "folder" and len(faults(mini)) >= 1


def test_a_task_that_an_encoder_has_no_head_for_is_found(root):
    """Gemma's classes have none for labels of words; sentence pairs they do."""
    architectures.build(root / "gemma", "gemma3_text")
    found = faults(folder_profile(root, encoder="path:gemma"))
    assert [one for one in found if "cannot be fine-tuned for pos, ner" in str(one)] == list(found)
    assert "leave them out" in str(found[0])


@pytest.mark.parametrize("kind", ["eurobert", "t5", "gemma3_text"])
def test_an_encoder_without_a_head_for_spans_is_refused_by_name(root, kind):
    """T5's class of that name reads the decoder too."""
    architectures.build(root / kind, kind)
    asked = encoder_needs.Asked({("finetune", "window"): 64}, -1, tasks=("xquad",))
    (found,) = encoder_needs.of_folder(root / kind, f"path:{kind}", asked)
    assert (
        found[0] == ("study", "tasks") and f"`path:{kind}` cannot be fine-tuned for xquad: transformers has no head" in found[1]
    )


@pytest.fixture
def stranger(monkeypatch, tmp_path):
    """Somebody without a token and with an empty cache."""
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_gated_encoder_is_named_before_anything_is_downloaded(root, stranger, tmp_path):
    folder, revision = architectures.build(tmp_path / "encoder", "bert"), "e" * 40
    workspace = folder_profile(root, encoder=f"hub:some/encoder@{revision}")
    with hub_server.serve(folder, "some/encoder", revision, gated=True) as (address, asked):
        stranger.setenv("HF_ENDPOINT", address)
        assert "is gated: accept its licence, signed in, at https://huggingface.co/some/encoder, and set HF_TOKEN" in fault(
            workspace
        )
        assert fault(workspace).startswith("profiles/own.yaml line ")
        stranger.setenv("HF_TOKEN", hub_server.TOKEN)
        assert faults(workspace) == ()
    assert {path.rpartition("/")[2] for path in asked} == {revision, "config.json"}


def test_of_models_that_are_known_nobody_is_asked(root, stranger):
    stranger.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nothing answers there
    text = "study: {{encoders: {{x: {{model: {}, seen: english}}}}, subsets: [none, all], shuffled: []}}"
    assert faults(folder_profile(root, text.format("mmbert-small"))) == ()
    assert "https://huggingface.co/google/gemma-2-9b, and set HF_TOKEN" in gated(folder_profile(root, text.format("gemma-2-9b")))


def gated(workspace: Workspace) -> str:
    """What is said against the encoder, were all of its keys known."""

    return encoder_needs.barred(workspace, params.layered(workspace.profile, workspace.root)[0]["study"]["encoders"]["x"]["name"])


def test_a_list_of_real_languages_is_of_their_shadows_in_the_sample_world(root):
    workspace = sample(root, study={"ceiling": {"model": "labse"}})
    assert not [one for one in faults(workspace) if "has no language" in one]
    world = {one.language.code: one.language for one in shadows()}
    labse = params.load(workspace).study.ceiling["seen"]
    assert (
        {code for code, one in world.items() if grouping.seen_by(one, labse)}
        == {code for code, one in world.items() if one.shadow_of in labse}
        != set()
    )
    workspace = sample(root, study={"ceiling": {"name": "path:x", "seen": ["qab", "qtz"]}})
    assert [one for one in faults(workspace) if "the sample world has no language `qtz`" in one]


@pytest.mark.parametrize(
    ("study", "message"),
    [
        ({"ceiling": {"name": "path:data/own/encoders/small", "seen": "english"}}, "study.ceiling is the encoder `small` of study.encoders itself"),
        ({"ceiling": {"name": "path:models/none", "seen": "english"}}, "does not exist"),
        ({"ceiling": {"name": "path:models/none", "seen": "english"}, "tasks": []}, "is fine-tuned only, and study.tasks is empty"),
    ],
)  # fmt: skip
def test_a_ceiling_is_another_encoder_at_hand_and_has_tasks(root, study, message):
    assert any(message in one for one in faults(sample(root, study=study)))


def test_a_ceiling_may_be_a_decoder(root, tmp_path):
    folder = architectures.build(tmp_path / "llama", "llama")
    above = {"name": f"path:{folder}", "seen": "english", "attention": "causal"}
    above["lora"] = {"rank": 2, "alpha": 4, "dropout": 0.0, "targets": ["q_proj"]}
    assert faults(sample(root, study={"ceiling": above})) == ()


def test_a_ceiling_of_which_something_is_missing_is_named_as_the_ceiling(root, tmp_path):
    folder = architectures.build(tmp_path / "llama", "llama")
    (said,) = faults(sample(root, study={"ceiling": {"name": f"path:{folder}", "seen": "english"}}))
    assert "study.ceiling: " in said and "is a decoder (llama)" in said and "study.encoders" not in said


def test_a_ceiling_reads_what_the_tasks_ask_and_is_asked_for_nothing_of_realignment(root, bert_folder):
    above = {"name": f"path:{bert_folder}", "seen": "english"}
    workspace = sample(root, study={"ceiling": above}, realign={"max_length": 300, "layer": 1})
    assert not [one for one in faults(workspace) if str(bert_folder) in one]
    workspace = sample(root, study={"ceiling": above}, finetune={"max_length": 300})
    assert any(str(bert_folder) in one and "finetune.max_length" in one for one in faults(workspace))


def test_a_hub_that_does_not_answer_holds_nobody_up(root, stranger):
    import time

    stranger.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    began = time.monotonic()
    assert faults(folder_profile(root, encoder=f"hub:some/encoder@{'e' * 40}")) == ()
    assert time.monotonic() - began < 10
