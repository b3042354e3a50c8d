"""Models as data: what `{model: KEY}` of study.encoders stands for, and what is refused."""

import shutil
from pathlib import Path

import profiles_made
import pytest
import yaml

from realignment.config import models, params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages

ROOT = Path(__file__).parents[2]
MINE = {"title": "Mine", "name": "path:models/mine", "seen": ["eng", "swa"], "source": "its own README"}


@pytest.fixture
def root(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "profiles").mkdir()
    return tmp_path


def own(root: Path, content: dict) -> Workspace:
    return profiles_made.own(root, yaml.safe_dump(content))


def test_every_model_that_ships_says_where_it_lies_and_where_its_languages_are_known_from():
    for name, model in models.known(None).items():
        assert model.address and model.address.startswith(f"hub:{model.repository}@"), name
        assert model.licence and model.pinned, name
        assert (model.seen is None) == (model.source is None), name
        assert model.seen is None or "https://" in model.source, name


def test_the_preset_of_the_paper_s_encoders_is_what_the_paper_s_table_marks():
    known = models.known(None)
    for name in ("mbert", "xlmr"):
        assert models.written_out(known[name].seen) == name  # the marks of data/languages.csv, which stand there alone
        assert set(known[name].languages) == {code for code, one in languages.paper().items() if name in one.seen}


def test_an_entry_takes_name_and_languages_from_its_model_and_the_rest_from_itself(root):
    settings = params.load(own(root, {"study": {"encoders": {"eu": {"model": "eurobert-210m", "learning_rate": 1e-5}}}}))
    model = models.known(None)["eurobert-210m"]
    assert settings.study.encoders == {"eu": {"name": model.address, "seen": list(model.languages), "learning_rate": 1e-5}}


def test_what_an_entry_says_itself_goes_before_what_its_model_says(root):
    pinned = {"model": "mmbert-base", "revision": "e" * 40, "seen": "english"}
    settings = params.load(
        own(root, {"study": {"encoders": {"a": pinned, "b": {"model": "mmbert-base", "name": "path:models/mm"}}}})
    )
    assert settings.study.encoders["a"] == {"name": f"hub:jhu-clsp/mmBERT-base@{'e' * 40}", "seen": "english"}
    assert settings.study.encoders["b"]["name"] == "path:models/mm"


def test_a_ceiling_is_named_as_an_encoder_is(root):
    labse = models.known(None)["labse"]
    settings = params.load(own(root, {"study": {"ceiling": {"model": "labse", "learning_rate": 1e-5}}}))
    assert settings.study.ceiling == {"name": labse.address, "seen": list(labse.languages), "learning_rate": 1e-5}


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ({"ceiling": {"model": "labs"}}, r"own.yaml line 3.*`labs`.*nearest: labse"),
        ({"ceiling": {"name": "labse", "seen": "english"}}, r"`study.ceiling`.name "),
        ({"ceiling": {"name": "path:x", "seen": "mber"}}, r"`study.ceiling`.seen must be .*nearest: mbert"),
        ({"ceiling": {"name": "path:x", "seen": "mbert", "subsets": ["all"]}}, "a ceiling is never realigned; leave it out"),
        ({"encoders": {"Ceiling": {"name": "path:x", "seen": "mbert"}}}, "is labelled as the encoder of study.ceiling is"),
    ],
)
def test_a_ceiling_that_cannot_be_one_is_one_line_with_its_place(root, study, said):
    with pytest.raises(BadInput, match=said):
        params.load(own(root, {"study": study}))


def test_a_word_for_several_languages_becomes_their_codes():
    afro = models.known(None)["afroxlmr-base"]
    xlmr = {code for code, one in languages.paper().items() if "xlmr" in one.seen}
    assert set(models.written_out(afro.seen)) == xlmr | {"ibo", "kin", "nya", "pcm", "sna", "sot", "yor", "zul"}
    assert {code for code, one in languages.paper().items() if one.pool} < set(
        models.written_out(models.known(None)["mmbert-small"].seen)
    )


def test_a_decoder_brings_how_it_looks_and_its_adapters_of_which_one_number_may_be_another():
    spec = {"model": "llama-3.1-8b", "seen": ["eng"], "lora": {"rank": 8}}
    found, faults = models.resolve({"encoders": {"llama": spec}}, None)
    assert not faults and found["encoders"]["llama"]["attention"] == "causal"
    assert found["encoders"]["llama"]["lora"] == {**models.known(None)["llama-3.1-8b"].lora, "rank": 8}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"model": "mmbertbase"}, "no model is known as `mmbertbase`; nearest: mmbert-base"),
        ({"model": "llama-3.1-8b"}, "no list of the languages that Llama 3.1 8B has seen is published; say `seen:`"),
        ({"model": "mine", "revision": "e" * 40}, "`revision` is of a repository of the hub, and mine lies at path:models/mine"),
        (
            {"model": "floating"},
            "no revision of some/model is known here; say `revision:`, the 40 hex digits of its newest commit at",
        ),
        ({"model": "mbert", "revision": "main"}, "`study.encoders.x`.name must be hub:repo@revision"),
        ({"model": "mbert", "sene": "mbert"}, "unknown key `study.encoders.x.sene` (nearest: seen"),
    ],
)
def test_what_no_encoder_can_be_made_of_is_one_line_with_its_place(root, spec, said):
    (root / models.OWN).write_text(
        yaml.safe_dump(
            {"mine": MINE, "floating": {"title": "Floating", "repository": "some/model", "seen": "english", "source": "x"}}
        )
    )
    with pytest.raises(BadInput) as fault:
        params.load(own(root, {"study": {"encoders": {"x": spec}}}))
    assert len(fault.value.args) == 1 and said in fault.value.args[0]
    assert fault.value.args[0].startswith("profiles/own.yaml line ")


def test_a_model_of_one_s_own_is_of_the_checkout_or_of_the_profile(root):
    (root / models.OWN).write_text(yaml.safe_dump({"mine": MINE}))
    profile = {
        "models": {"theirs": {**MINE, "name": "path:models/theirs"}},
        "study": {"encoders": {one: {"model": one} for one in ("mine", "theirs")}},
    }
    encoders = params.load(own(root, profile)).study.encoders
    assert {label: one["name"] for label, one in encoders.items()} == {"mine": "path:models/mine", "theirs": "path:models/theirs"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"titel": "Mine"}, "unknown key `mine.titel` (nearest: title)"),
        ({"seen": ["eng", "swahilli"]}, "model `mine`: "),
        ({"source": None}, "says what it has seen and no `source` of that"),
        ({"repository": "some/model"}, "must say either `name` (path:DIR, package:...) or `repository`"),
        ({"learning_rate": "fast"}, "`mine.learning_rate` must be float, got 'fast'"),
    ],
)
def test_a_model_that_is_described_wrongly_is_named_with_its_line(tmp_path, changed, said):
    (tmp_path / models.OWN).write_text(yaml.safe_dump({"mine": {**MINE, **changed}}))
    with pytest.raises(BadInput, match=r"models\.yaml line ") as fault:
        models.known(tmp_path)
    assert said in str(fault.value)


def test_settings_that_were_written_name_no_model(root):
    workspace = own(root, {"study": {"encoders": {"mm": {"model": "mmbert-small"}}}})
    settings = params.load(workspace)
    workspace.settings.parent.mkdir(parents=True)
    workspace.settings.write_text(params.dump(settings))
    assert params.read(workspace.settings) == settings and "mmbert-small" not in workspace.settings.read_text()
