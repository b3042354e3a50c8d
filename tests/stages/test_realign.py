"""Verb `realign`: what names a run, what it trains on, and what bad input says."""

import json
from dataclasses import replace

import pytest
import small_world
import tokenizers_made as made
import transformers

from realignment.core import hashing
from realignment.core.errors import BadInput, FailedWork
from realignment.corpora import manifest
from realignment.engine.bases import locate
from realignment.records.cell import Cell, Seeds
from realignment.stages import realign as stage
from realignment.study import inputs, realign


@pytest.fixture
def world(tmp_path, bert_folder):
    return small_world.build(tmp_path, bert_folder)


def cell(subset: str = "latin_diverse", seed: int = 17, control: str = "", **seeds) -> Cell:
    return Cell("small", subset, Seeds.all(seed, **seeds), control)


def test_the_job_names_its_languages_and_its_place_in_the_registry(world):
    job = realign.plan(*world, cell())
    assert job.languages == ("qab", "qac")
    assert job.model == "sample.small.latin_diverse_2.computed"
    assert job.name == "realign small latin_diverse_2 s17"


def test_a_seed_changes_the_run_key_and_not_the_cell_key(world):
    one, other = realign.plan(*world, cell(seed=17)), realign.plan(*world, cell(seed=23))
    assert one.key != other.key
    assert one.cell_key == other.cell_key


@pytest.mark.parametrize("change", [{"steps": 7}, {"temperature": 0.2}, {"pooling": "tokens"}])
def test_every_setting_is_part_of_the_key(world, change):
    workspace, settings = world
    changed = replace(settings, realign=replace(settings.realign, **change))
    assert realign.plan(workspace, settings, cell()).cell_key != realign.plan(workspace, changed, cell()).cell_key


def test_the_preset_is_a_name_for_switches_and_no_part_of_the_key(world):
    workspace, settings = world
    renamed = replace(settings, realign=replace(settings.realign, preset="reference-code"))
    assert realign.plan(workspace, settings, cell()).key == realign.plan(workspace, renamed, cell()).key


def test_an_excluded_row_changes_the_key_of_the_subsets_that_hold_its_language(world):
    workspace, settings = world
    before = [realign.plan(workspace, settings, cell(name)).key for name in ("latin_diverse", "uriel_diverse")]
    small_world.exclude(workspace, [{"path": "bitext/qab.parquet", "row": 3}])
    after = [realign.plan(workspace, settings, cell(name)).key for name in ("latin_diverse", "uriel_diverse")]
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_an_excluded_or_held_out_pair_is_not_trained_on(world):
    workspace, settings = world
    job = realign.plan(workspace, settings, cell())
    whole = realign.read_pairs(workspace, job, small_world.Path(job.base))
    from realignment.corpora import bitext

    first = bitext.read_train(workspace.bitext("qab"))[0]
    position = next(i for i in range(80) if " ".join(small_world.sentence(i)[0]) == first[0])
    small_world.exclude(workspace, [{"path": "bitext/qab.parquet", "row": position}])
    left = realign.read_pairs(workspace, realign.plan(workspace, settings, cell()), small_world.Path(job.base))
    assert len(whole.languages["qab"]) - len(left.languages["qab"]) == 1
    heldout = len(bitext.read_heldout(workspace.bitext("qab")))
    assert heldout > 0
    assert len(whole.languages["qab"]) + heldout == 80


def test_computing_twice_gives_the_same_weights_and_saves_a_plain_model(world, tmp_path):
    workspace, settings = world
    job = realign.plan(workspace, settings, cell())
    outcomes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        outcomes.append(realign.compute(workspace, job, small_world.Path(job.base), tmp_path / name))
    assert outcomes[0]["hashes"] == outcomes[1]["hashes"]
    assert outcomes[0]["hashes"]["weights"] == hashing.file_digest(tmp_path / "one" / "model" / "model.safetensors")
    assert outcomes[0]["curves"] == outcomes[1]["curves"]
    assert sum(value for name, value in outcomes[0]["counts"].items() if name.startswith("pairs/")) == 6 * 4
    assert transformers.AutoModel.from_pretrained(tmp_path / "one" / "model").config.hidden_size == 32
    assert "run_key" in (tmp_path / "one" / "model" / "README.md").read_text()


def test_no_token_is_kept_of_rows_that_changed_after_they_were_hashed(world, tmp_path):
    """What is kept under the digest of the good rows would be taken by every later run."""
    workspace, settings = world
    job = realign.plan(workspace, settings, cell())
    before = manifest.load(workspace).file("bitext/qab.parquet")
    before[0].write_bytes(workspace.bitext("qac").read_bytes())
    with pytest.raises(FailedWork, match="changed after it was looked at"):
        realign.encoded_sides(
            workspace.tokens / "place", before, (), locate.Tokenizer.of(small_world.Path(job.base)), (16, "unicode")
        )
    assert not workspace.tokens.exists()


@pytest.mark.parametrize("when", ["planned", "read"])
def test_a_job_whose_data_is_another_when_it_begins_or_ends_is_refused(world, tmp_path, when, monkeypatch):
    """Fetched anew, say: the manifest agrees with the bytes, and both are not what the job was planned with."""
    workspace, settings = world
    job = realign.plan(workspace, settings, cell())

    def fetch_anew(*given):
        text = workspace.manifest.read_text()
        path = workspace.bitext("qab")
        old = hashing.file_digest(path)
        path.write_bytes(workspace.bitext("qac").read_bytes())
        workspace.manifest.write_text(text.replace(old, hashing.file_digest(path)))
        return {}

    if when == "planned":
        fetch_anew()
    else:
        monkeypatch.setattr(realign, "compute", inputs.as_planned(fetch_anew))
    with pytest.raises(
        FailedWork, match=rf"bitext/qab\.parquet (is not what the job was {when} with|was changed while the job {when} it)"
    ):
        realign.compute(workspace, job, small_world.Path(job.base), tmp_path / "out")


def test_shuffled_moves_every_target_to_another_sentence_of_its_language(world):
    workspace, settings = world
    import numpy as np

    folder = small_world.Path(realign.plan(workspace, settings, cell()).base)
    true, moved = (
        realign.read_pairs(workspace, realign.plan(workspace, settings, cell(control=control)), folder)
        for control in ("", "shuffled")
    )
    assert np.array_equal(true.sources.tokens, moved.sources.tokens)
    for rows in true.languages.values():
        sides = [
            [tuple(pairs.targets.tokens[pairs.targets.starts[row] : pairs.targets.starts[row + 1]]) for row in rows]
            for pairs in (true, moved)
        ]
        assert sorted(sides[0]) == sorted(sides[1])
        assert sum(one != other for one, other in zip(*sides, strict=True)) >= len(rows) - 1


def test_equal_pairs_are_as_many_of_each_language_and_the_steps_that_result_are_logged(world, tmp_path):
    workspace, settings = world
    settings = replace(settings, realign=replace(settings.realign, pairs_per_language=13, pairs=4))
    job = realign.plan(workspace, settings, cell(control="equal_pairs"))
    (tmp_path / "out").mkdir()
    counts = realign.compute(workspace, job, small_world.Path(job.base), tmp_path / "out")["counts"]
    assert (counts["pairs/qab"], counts["pairs/qac"], counts["steps"]) == (13, 13, 7)  # 26 pairs, four a step


def test_self_pairs_a_sentence_with_itself(world):
    workspace, settings = world
    job = realign.plan(workspace, settings, cell(control="self"))
    pairs = realign.read_pairs(workspace, job, small_world.Path(job.base))
    assert (pairs.sources.tokens == pairs.targets.tokens).all()
    assert job.model.endswith(".self")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"subset": None}, "subset is required"),
        ({"subset": "latin_divers"}, "latin_diverse"),
        ({"subset": "none"}, "holds no language"),
        ({"subset": "latin_diverse", "encoder": "smal"}, "unknown encoder `smal`"),
        ({"subset": "latin_diverse", "shuffled": True, "self": True}, "give one"),
        ({"subset": "latin_diverse", "equal_pairs": True, "words": True}, "`equal_pairs` and `words` are two rows; give one"),
        (
            {"subset": "latin_diverse", "words": True},
            r"requires .*alignments/qab.parquet, which does not exist; set align\.aligner",
        ),
    ],
)
def test_bad_input_is_one_line_that_names_the_remedy(world, given, said):
    with pytest.raises(BadInput, match=said) as fault:
        stage.run(*world, **given)
    assert "\n" not in str(fault.value)


def test_a_missing_input_names_the_command_that_makes_it(world):
    workspace, settings = world
    workspace.excluded.unlink()
    with pytest.raises(BadInput, match="dvc repro check"):
        realign.plan(workspace, settings, cell())


def test_a_bitext_that_is_gone_is_named_before_anything_heavy(world):
    workspace, settings = world
    workspace.bitext("qac").unlink()
    with pytest.raises(BadInput, match=r"qac\.parquet: the bitext is required and does not exist.*dvc repro fetch"):
        realign.plan(workspace, settings, cell())


@pytest.mark.parametrize("pairs", [500, 10**15])
def test_a_batch_larger_than_the_corpus_is_refused_before_an_order_is_drawn_for_it(world, tmp_path, pairs):
    workspace, settings = world
    changed = replace(settings, realign=replace(settings.realign, pairs=pairs))
    job = realign.plan(workspace, changed, cell())
    with pytest.raises(BadInput, match=rf"asks for {pairs} pairs per batch, the subset has \d+ in all"):
        realign.compute(workspace, job, small_world.Path(job.base), tmp_path)


def test_an_encoder_with_too_few_positions_is_refused_before_the_first_step(world):
    workspace, settings = world
    changed = replace(settings, realign=replace(settings.realign, max_length=261))
    with pytest.raises(BadInput, match=r"tokens at most, realign\.max_length asks for 261"):
        realign.plan(workspace, changed, cell())


def test_a_checkpoint_must_have_been_started_with_all_that_the_key_holds(world):
    workspace, settings = world
    job = realign.plan(workspace, settings, cell())
    other = realign.plan(workspace, replace(settings, realign=replace(settings.realign, temperature=0.2)), cell(seed=23))
    differ = {name for name in job.configuration if job.configuration[name] != other.configuration[name]}
    assert differ == {"realign.temperature", "seeds.subset", "seeds.order", "seeds.head", "seeds.dropout"}


def test_another_vocabulary_is_another_encoder_with_tokens_of_its_own(tmp_path):
    """Two tokenizers without tokenizer.json, whose vocab.txt differs: before, one run key and one folder of tokens for both."""
    folder = made.save(tmp_path / "encoder", *made.word_piece(), "bert")
    words = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False}))
    workspace, settings = small_world.build(tmp_path / "world", folder)
    names, found = sorted(words, key=words.get), []
    for order in (names, [*names[:5], *reversed(names[5:])]):
        (folder / "vocab.txt").write_text("".join(f"{name}\n" for name in order))
        job = realign.plan(workspace, settings, cell())
        pairs = realign.read_pairs(workspace, job, folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        first = pairs.sources.tokens[: pairs.sources.starts[1]].tolist()
        assert first == tokenizer(tokenizer.decode(first, skip_special_tokens=True)).input_ids
        found.append((job.key, first))
    assert found[0][0] != found[1][0] and found[0][1] != found[1][1]


def test_self_is_refused_where_an_encoder_drops_nothing(world):
    """The two masks would be one, and the row another experiment."""
    workspace, settings = world
    folder = small_world.Path(realign.plan(workspace, settings, cell()).base)
    about = json.loads((folder / "config.json").read_text())
    none = about | {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(none))
    try:
        with pytest.raises(BadInput, match=r"control `self` .* has no dropout"):
            realign.plan(workspace, settings, cell(control="self"))
        assert realign.plan(workspace, settings, cell()).model
    finally:
        (folder / "config.json").write_text(json.dumps(about))
