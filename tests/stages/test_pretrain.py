"""Stage `pretrain`: an encoder plain `transformers` loads, from the text its `seen` setting names and nothing else."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import small_world

from realignment.core import hashing
from realignment.core.errors import BadInput
from realignment.corpora import bitext
from realignment.stages import pretrain

SMALL = {
    "name": "small",
    "layers": 1,
    "hidden": 16,
    "heads": 2,
    "feedforward": 24,
    "vocabulary": 300,
    "steps": 4,
    "batch": 4,
    "threads": 1,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    workspace, settings = small_world.build(tmp_path_factory.mktemp("world"), tmp_path_factory.mktemp("unused"))
    return workspace, with_pretrain(settings)


def with_pretrain(settings, **changed):
    return replace(settings, pretrain=replace(settings.pretrain, **{**SMALL, **changed}))


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_plain_transformers_load_what_it_writes_and_a_second_run_gives_the_same_bytes(made):
    from transformers import AutoModel, AutoTokenizer

    workspace, settings = made
    outcome = pretrain.run(workspace, settings)
    folder = workspace.encoders / "small"
    model, tokenizer = AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert model(**tokenizer("pab leku .", return_tensors="pt")).last_hidden_state.shape[-1] == SMALL["hidden"]
    assert {"model.safetensors", "tokenizer.json", "README.md", "encoder.json"} <= set(content(folder))
    assert not [path for path in folder.iterdir() if path.suffix in (".bin", ".pt", ".pkl")]
    assert outcome["encoder"] == "small"
    first = content(workspace.encoders)
    pretrain.run(workspace, settings)
    assert content(workspace.encoders) == first
    assert not list(workspace.work.iterdir())


def test_it_reads_the_pivot_and_the_languages_the_encoder_has_seen(made):
    workspace, settings = made
    assert list(pretrain.read_text(workspace, settings)) == ["qaa", "qab", "qac"]  # qad is unseen
    chosen = replace(settings, study=replace(settings.study, encoders={"small": {"name": "path:x", "seen": ["qad"]}}))
    assert list(pretrain.read_text(workspace, chosen)) == ["qaa", "qad"]
    assert list(pretrain.read_text(workspace, with_pretrain(settings, languages="all"))) == ["qaa", "qab", "qac", "qad"]


def test_held_out_and_excluded_rows_are_not_read(made, tmp_path):
    workspace, settings = made
    pairs = pq.read_table(workspace.bitext("qab")).to_pylist()
    text = pretrain.read_text(workspace, settings)
    assert text["qab"] == [row["target"] for row in pairs if row["split"] == "train"]
    assert set(text["qaa"]) == {row["source"] for row in pairs if row["split"] == "train"}
    assert len(set(text["qaa"])) == len(text["qaa"])
    row = next(number for number, pair in enumerate(pairs) if pair["split"] == "train")
    kept = workspace.excluded.read_bytes()
    types = pq.read_schema(workspace.excluded)
    pq.write_table(
        pa.Table.from_pylist(
            [{"kind": "bitext", "language": "qab", "path": "bitext/qab.parquet", "row": row, "reason": "x"}], schema=types
        ),
        workspace.excluded,
    )
    assert len(pretrain.read_text(workspace, settings)["qab"]) == len(text["qab"]) - 1
    workspace.excluded.write_bytes(kept)


def test_no_script_is_unknown_to_the_tokenizer(made):
    workspace, settings = made
    pretrain.run(workspace, settings)
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(workspace.encoders / "small")
    targets = [target for _, target in bitext.read_train(workspace.bitext("qad"))]  # never read
    assert not any(tokenizer.unk_token_id in one for one in tokenizer(targets)["input_ids"])


def test_the_encoder_says_what_it_was_made_from(made):
    workspace, settings = made
    pretrain.run(workspace, settings)
    facts = json.loads((workspace.encoders / "small" / "encoder.json").read_text())
    text = pretrain.read_text(workspace, settings)
    assert facts["text"] == {code: hashing.digest(lines) for code, lines in text.items()}
    assert facts["settings"]["seed"] == settings.pretrain.seed
    card = (workspace.encoders / "small" / "README.md").read_text()
    assert all(code in card for code in text) and "qad" not in card and "generated" in card


def test_without_a_name_it_leaves_a_note_alone(made, tmp_path):
    workspace, settings = made
    assert pretrain.run(workspace, with_pretrain(settings, name=None)) == {"encoder": None}
    assert list(content(workspace.encoders)) == ["README.md"]


def test_a_name_the_study_does_not_know_is_refused_with_the_nearest(made):
    workspace, settings = made
    with pytest.raises(BadInput, match=r"pretrain.name is `smal`.*small"):
        pretrain.run(workspace, with_pretrain(settings, name="smal"))


def test_a_missing_bitext_names_the_command_that_makes_it(made, tmp_path):
    workspace, settings = made
    with pytest.raises(BadInput, match="dvc repro fetch"):
        pretrain.run(replace(workspace, root=tmp_path), settings)
    assert not list(tmp_path.iterdir())


def test_the_card_says_whether_translations_were_read(made):
    workspace, settings = made
    for share, said in ((0.0, False), (1.0, True)):
        pretrain.run(workspace, with_pretrain(settings, translations=share))
        card = (workspace.encoders / "small" / "README.md").read_text()
        assert ("side by side with their English" in card) == said
