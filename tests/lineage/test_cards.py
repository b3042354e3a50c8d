"""Model cards, read as the hub's own library reads them."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from locked_study import finished, locked

from realignment import cli, tracking
from realignment.core.errors import BadInput
from realignment.corpora import licences
from realignment.lineage.exports import cards as exports
from realignment.records.record import Record
from realignment.study import progress
from realignment.tasks import TASKS

__all__ = ["finished", "locked"]  # fixtures


def records(workspace) -> list[Record]:
    return [Record.of(one, "study.json") for one in progress.read(workspace.study)["records"]]


def of(workspace, verb: str, subset: str) -> Record:
    return next(
        one
        for one in records(workspace)
        if (one.verb, one.cell.subset, one.cell.control) == (verb, subset, "") and one.cell.seeds.order == 17
    )


def export(root: Path, out: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(root)
        CliRunner().invoke(cli.group, ["export", "cards", str(out)], catch_exceptions=False)
    return out


def test_a_study_without_registered_models_is_told_so(finished, tmp_path):
    with pytest.raises(BadInput, match="the registry holds no model of profile `sample`"):
        export(finished.root, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def exported(locked, tmp_path_factory) -> Path:
    """The cards of an encoder and of a model that was fine-tuned from it."""
    known = tracking.finished(locked.root, "sample")
    for verb in ("realign", "finetune"):
        folder = tmp_path_factory.mktemp("model")
        (folder / "model.safetensors").write_bytes(b"weights")
        record = of(locked, verb, "latin_diverse_2")
        tracking.keep_model(locked.root, known[record.key], record, folder)
    return export(locked.root, tmp_path_factory.mktemp("out") / "cards")


def card(exported: Path, locked, verb: str):
    from huggingface_hub import ModelCard

    return ModelCard.load(exported / of(locked, verb, "latin_diverse_2").model / "1" / "README.md")


def test_every_registered_model_has_a_card_and_no_other(exported, locked):
    names = {path.parent.relative_to(exported).as_posix() for path in exported.rglob("README.md")}
    assert names == {f"{of(locked, verb, 'latin_diverse_2').model}/1" for verb in ("realign", "finetune")}


def test_the_results_in_front_are_the_scores_of_the_runs_that_read_the_model(exported, locked):
    tuned = of(locked, "finetune", "latin_diverse_2")
    (scored,) = [one for one in records(locked) if one.verb == "evaluate" and one.parent == tuned.key]
    results = card(exported, locked, "finetune").data.eval_results
    assert {(one.dataset_config, one.metric_value, one.metric_type) for one in results} == {
        (one.language, one.score, "accuracy") for one in scored.scores
    }
    assert {one.task_type for one in results} == {"token-classification"}


def test_an_encoder_has_its_retrieval_as_results(exported, locked):
    results = card(exported, locked, "realign").data.eval_results
    assert {one.task_type for one in results} == {"sentence-similarity"} and {one.metric_name for one in results} == {
        "top-1 accuracy"
    }


def test_the_licence_is_what_all_parts_together_leave(exported, locked):
    """One bitext is CC BY 4.0, of the others nobody knows: none of the two stands for the model."""
    data = card(exported, locked, "realign").data
    assert data.license == "other" and data.license_name == licences.verdict(
        [licences.terms("unknown"), licences.terms("CC BY 4.0")]
    )


def test_languages_are_those_of_the_subset_and_english(exported, locked):
    assert card(exported, locked, "realign").data.language == ["qaa", "qab", "qac"]


def test_the_card_says_how_the_model_was_made(exported, locked):
    text = card(exported, locked, "finetune").text
    for verb in ("realign", "finetune"):
        assert of(locked, verb, "latin_diverse_2").key in text
    assert "seeds s17" in text and "AutoModelForTokenClassification" in text


def test_a_model_is_loaded_by_the_class_that_saved_it():
    from realignment.engine import heads

    assert {task: exports.auto(task) for task in TASKS} == heads.AUTO


@pytest.mark.parametrize(("stated", "licence"), [
    (["MIT"], "mit"), (["CC0-1.0 (generated)", "CC0-1.0 (generated)"], "cc0-1.0"), (["MIT", "CC BY-NC 4.0"], "other"),
    (["MIT (LICENSE, of the code); CC BY-NC 4.0 (README, of the data)"], "other"), (["unknown (hub metadata)"], "other"),
])  # fmt: skip
def test_one_licence_stands_for_a_model_only_where_every_part_has_it_and_no_other(stated, licence):
    assert exports.licence_of(stated)["license"] == licence


def test_of_several_licences_what_the_strictest_leaves_is_named():
    assert exports.licence_of(["MIT", "CC BY-NC 4.0"])["license_name"] == "research and other non-commercial use only"
