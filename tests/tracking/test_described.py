"""What the registry says of models: what each is, what it was made of, and its licences, as `realignment licences` reads them."""

import small_grid
from finished_study import finished  # noqa: F401  a fixture

from realignment import tracking
from realignment.commands import licences
from realignment.study import study_file
from realignment.tracking import described


def test_a_version_states_the_licence_that_the_command_states_for_its_model(finished, monkeypatch):  # noqa: F811
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(finished.root)
    records = [one for one in study_file.trusted(finished)["records"] if one.model]
    assert {one.verb for one in records} == {"realign", "finetune"}
    for record in records:
        rows, verdict = licences.of_model(record.key[:12])
        text, tags = described.version(finished.root, record, finished.profile)
        assert tags["licence"] == verdict and verdict in text
        assert tags["licences"] == "; ".join(sorted({row["licence"] for row in rows}))
        data = {row["part"]: row["licence"] for row in rows if not row["part"].startswith("encoder ")}
        assert {name: one for name, one in described.made_of(finished, record).items() if not name.startswith("encoder ")} == data


def test_where_nobody_says_what_the_data_are_the_licence_is_unknown(checkout, tmp_path):
    record = small_grid.record("realign")
    tracking.save(checkout, "sample", record, small_grid.made(tmp_path / "one"), keep=True)
    (version,) = tracking.prepare(checkout).search_model_versions(f"name = '{record.model}'")
    assert version.tags["licence"] == "commercial use is not settled: a licence is unknown"


def test_model_and_version_are_found_by_what_they_are(checkout, tmp_path):
    for seed in (17, 23):
        record = small_grid.record("finetune", seed=seed)
        tracking.save(checkout, "sample", record, small_grid.made(tmp_path / str(seed)), keep=True)
    store = tracking.prepare(checkout)
    about = {"profile": "sample", "encoder": "small", "subset": "latin_diverse_5", "task": "pos"}
    model = store.get_registered_model(record.model)
    assert model.tags == about | {"licence": "commercial use is not settled: a licence is unknown"}
    assert model.description.startswith(
        "The encoder `small`, realigned on `latin_diverse_5`, then fine-tuned on English for pos; profile `sample`."
    )
    for version in store.search_model_versions(f"name = '{record.model}'"):
        assert about.items() <= version.tags.items() and version.tags["languages"] == "qaa qab"
        assert f"s{version.tags['seed']}: The encoder `small`" in version.description
        assert "qaa, qab" in version.description
