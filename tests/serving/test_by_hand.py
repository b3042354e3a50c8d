"""What the commands train, register and evaluate is served: the tags are those that stand in predictions.parquet, in every language."""

import json

import pyarrow.parquet as pq
import pytest
import served
import small_world
from click.testing import CliRunner

from realignment import cli, tracking
from realignment.engine import examples
from realignment.serving import about, flavor, names, server

NAME = "sample.small.none.pos"


@pytest.fixture(scope="module")
def here(tmp_path_factory, empty_store, bert_folder):
    """A model that was trained and evaluated by the commands."""
    checkout = served.make(tmp_path_factory.mktemp("by hand") / "checkout", empty_store, bert_folder, ())
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
            patch.delenv(name, raising=False)
        patch.chdir(checkout.root)
        for words in (["finetune", "--task", "pos"], ["evaluate", "--model", f"models:/{NAME}/1"]):
            outcome = CliRunner().invoke(cli.group, words)
            assert outcome.exit_code == 0, outcome.output + repr(outcome.exception)
    return checkout


def test_the_tags_are_those_that_the_evaluation_left(here):
    chosen = names.choose(here.root, NAME)
    with server.prepared(chosen) as folder:
        config = served.config_of(folder)
        model = flavor._load_pyfunc(str(folder), config)
    run = next(tracking.search(here.root, "sample", f"tags.parent_key = '{chosen.record.key}'")).info.run_id
    stored = pq.read_table(tracking.part(here.root, run, "predictions.parquet")).to_pylist()
    for code in small_world.CODES:
        rows = examples.read(here.workspace.evalset("pos", "made", code), "pos", "test")
        found = model.predict([{"words": words} for words in rows.texts])
        predicted = {one["id"]: one["predicted"] for one in stored if one["language"] == code}
        assert len(predicted) == len(rows) == 20
        for place, row in zip(rows.ids, found, strict=True):
            assert " ".join(one["tag"] for one in row["words"]) == predicted[place]


def test_what_is_said_of_it_has_the_scores_of_its_evaluation(here):
    chosen = names.choose(here.root, NAME)
    run = next(tracking.search(here.root, "sample", f"tags.parent_key = '{chosen.record.key}'")).info.run_id
    scores = {one.language: one.score for one in tracking.load_record(here.root, run).scores}
    (line,) = [one for one in about.lines(here.root, chosen) if one.startswith("evaluated")]
    assert (
        line
        == f"evaluated  {', '.join(f'{code} {100 * score:.2f}' for code, score in sorted(scores.items()))} (accuracy in percent, made)"
    )


def test_where_its_evaluation_read_more_of_a_text_that_is_said(here):
    chosen = names.choose(here.root, NAME)
    assert about.lines(here.root, chosen)[-1].endswith(
        "its evaluation read 200, so texts of more than 32 may be answered otherwise than they were scored"
    )


def test_its_card_and_its_tokenizer_were_written_before_they_were_sealed(here):
    folder, record = tracking.model_folder(here.root, f"models:/{NAME}/1")
    assert "## Licences of what it was made of" in (folder / "README.md").read_text(encoding="utf-8")
    assert "token_type_ids" in json.loads((folder / "tokenizer_config.json").read_text())["model_input_names"]
    assert "model/tokenizer_config.json" in record.files and "model/MLmodel" not in record.files
