"""What a card says of languages and licences, and that the card of a row that shares another's run is its own."""

import served
import small_grid

from realignment.records import sealing
from realignment.records.cell import Cell, Seeds
from realignment.study import allowed, finetune, mending, realign, twins


def test_a_card_names_the_languages_and_the_licence_of_every_part(tmp_path, empty_store, bert_folder):
    checkout = served.make(tmp_path / "checkout", empty_store, bert_folder, ())
    workspace, settings = checkout.workspace, checkout.settings
    above = realign.plan(workspace, settings, Cell("small", "latin_diverse", Seeds.all(17)))
    text = allowed.section(workspace, finetune.plan(workspace, settings, above.cell, "ner", above))
    assert "Realigned on `qab`, `qac`. Fine-tuned on `qaa` alone" in text
    assert "evaluates it in `qaa`, `qab`, `qac`, `qad`; `realignment serve sample.small.latin_diverse_2.computed.ner`" in text
    parts = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.endswith(" | unknown |")]
    assert parts == ["encoder path:encoder", "bitext/qab.parquet", "bitext/qac.parquet", "evalsets/ner/made/qaa.parquet"]


def test_the_card_of_a_row_that_shares_the_run_of_another_names_its_own_model(tmp_path):
    job, other = (small_grid.record("realign", subset=subset).job for subset in ("latin_diverse_5", "uriel_diverse_5"))
    made = small_grid.made(tmp_path / "made")
    (made / "model/README.md").write_text(f"# {job.name}\n`realignment serve {job.model}` {job.key}")
    twins.share(small_grid.finished(job, files=sealing.files(made)), made, other, tmp_path / "shared")
    assert (tmp_path / "shared/model/README.md").read_text() == f"# {other.name}\n`realignment serve {other.model}` {other.key}"


def test_a_model_of_the_same_weights_beside_other_files_is_no_fault_of_a_kernel():
    before, now = (small_grid.record("finetune", files={**small_grid.MODEL, "model/x.json": value}) for value in ("a", "b"))
    assert not mending.same(before, now) and "its weights are the same" in mending.unlike(before, now)
