"""scored.py of a bundle: which lines tables/scores.csv has, in which groups languages are, which runs are said to be missing."""

import json

import bundled
import pytest
from predicted_study import predicted

from realignment.lineage.bundle import of_study, write

__all__ = ["predicted"]  # a fixture


@pytest.fixture
def bundle(predicted, tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    files, _ = of_study.collect(predicted, signed=False)
    write.put(tmp_path / "bundle", files, None)
    return tmp_path / "bundle"


def said(bundle) -> str:
    """What verify.py says of a bundle whose MANIFEST was written anew."""
    bundled.relisted(bundle)
    done = bundled.checked(bundle)
    assert done.returncode == 1 and done.stderr == ""
    return done.stdout


def test_a_score_that_stands_in_the_place_of_another_is_named(bundle):
    """As many lines as before: one was taken out, another repeated."""
    path = bundle / "tables" / "scores.csv"
    lines = bundled.lines_of(path)
    gone = next(number for number, one in enumerate(lines) if one["task"] == "retrieval")
    key = " ".join(filter(None, list(lines[gone].values())[:7]))
    lines[gone] = lines[0]
    bundled.rewritten(path, lines)
    verify = bundled.program(bundle)
    bundled.scored(verify)
    assert f"tables/scores.csv, lines of {key}: given 0, recomputed 1" in verify.faults and len(verify.faults) == 2
    said(bundle)


def test_a_run_that_is_called_missing_though_its_predictions_are_there_is_named(bundle):
    path = "predictions/small/all/pos/s17.csv.gz"
    content = json.loads((bundle / "bundle.json").read_text())
    content["missing"][path] = "its predictions are not at hand"
    (bundle / "bundle.json").write_text(json.dumps(content))
    assert f"first: {path}: given 'of a run, in the bundle, said to be missing', recomputed 'of a run, in the bundle'" in said(
        bundle
    )


def test_predictions_that_are_gone_or_of_no_run_are_named(bundle):
    path = bundle / "predictions/small/all/pos/s17.csv.gz"
    path.rename(path.with_name("s18.csv.gz"))
    verify = bundled.program(bundle)
    bundled.scored(verify)
    assert [one.partition(":")[0].rpartition("/")[2] for one in verify.faults] == ["s17.csv.gz", "s18.csv.gz"]
    said(bundle)


def test_a_language_that_was_moved_to_another_group_is_named(bundle):
    """In the scores alone, in the groups as well, and by what was seen or the class of the language."""
    scores, groups = bundle / "tables" / "scores.csv", bundle / "data" / "groups.csv"
    lines = bundled.lines_of(scores)
    for one in lines:
        one["group"] = "HRL" if one["language"] == "qad" else one["group"]
    bundled.rewritten(scores, lines)
    verify = bundled.program(bundle)
    bundled.scored(verify)
    assert verify.faults == ["tables/scores.csv, group of qad, small: given 'HRL', recomputed 'LRL unseen'"]
    for column, value in (("group", "HRL"), ("joshi", "5"), ("seen", "yes"), ("pool", "no")):
        moved = bundled.lines_of(groups)
        next(one for one in moved if one["language"] == "qad")[column] = value
        whole = groups.read_bytes()
        bundled.rewritten(groups, moved)
        verify = bundled.program(bundle)
        bundled.scored(verify)
        assert any(one.startswith(f"data/groups.csv, line 5, {column}: given {value!r}") for one in verify.faults)
        groups.write_bytes(whole)


def test_two_columns_of_the_scores_under_each_others_names_are_named(bundle):
    path = bundle / "tables" / "scores.csv"
    path.write_text(path.read_text().replace("score,n\n", "n,score\n", 1))
    verify = bundled.program(bundle)
    bundled.scored(verify)
    assert len(verify.faults) == 1 and verify.faults[0].startswith("tables/scores.csv, columns: given")


def test_a_hash_of_a_model_that_its_record_does_not_have_is_named(bundle):
    lines = bundled.lines_of(bundle / "models.csv")
    lines[-1]["sha256"] = "0" * 64
    bundled.rewritten(bundle / "models.csv", lines)
    verify = bundled.program(bundle)
    bundled.scored(verify)
    assert len(verify.faults) == 2 and all(one.startswith("models.csv, lines of ") for one in verify.faults)
    assert "first: models.csv, lines of " in said(bundle)


def test_what_a_list_of_codes_says_was_seen_is_counted_as_not_recomputed(bundle):
    for name in ("study.json", "bundle.json"):
        content = json.loads((bundle / name).read_text())
        content.get("study", content)["encoders"]["small"]["seen"] = ["de", "fr"]
        (bundle / name).write_text(json.dumps(content))
    verify = bundled.program(bundle)
    bundled.scored(verify)
    assert verify.faults == [] and len(verify.left) == len(bundled.lines_of(bundle / "data" / "groups.csv"))
