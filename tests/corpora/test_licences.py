"""What the names of licences say, and what they leave of a model that stands on several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realignment.core.workspace import Workspace
from realignment.corpora.licences import Terms, of_encoder, strictest, terms, verdict
from realignment.sources import catalogue

USES = st.builds(Terms, *(st.sampled_from(["yes", "no", "unclear"]) for _ in range(3)))


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", Terms("yes", "yes", "no")),
        ("CC BY-NC 4.0", Terms("no", "yes", "no")),
        ("cc-by-nc-2.0", Terms("no", "yes", "no")),
        ("CC BY-SA 4.0", Terms("yes", "yes", "yes")),
        ("CC BY-NC-ND 3.0", Terms("no", "no", "no")),
        ("unknown (hub metadata)", Terms("unclear", "unclear", "unclear")),
        ("see corpora/LICENSE", Terms("unclear", "unclear", "unclear")),
        ("", Terms("unclear", "unclear", "unclear")),
        ("GNU GPL 3.0", Terms("yes", "yes", "yes")),
        ("CC0 1.0; CC BY-NC-SA 4.0", Terms("no", "yes", "yes")),
        ("CC BY-NC 4.0 (README, of the data); MIT (LICENSE, of the code)", Terms("no", "yes", "no")),
        ("ODC-By", Terms("yes", "yes", "no")),
    ],
)
def test_a_licence_is_read_by_its_name(licence, expected):
    assert terms(licence) == expected


@given(st.lists(USES, min_size=1), USES)
def test_another_part_never_allows_more(some, other):
    before, after = strictest(some), strictest([*some, other])
    order = ["no", "unclear", "yes"]
    assert order.index(after.commercial) <= order.index(before.commercial)
    assert order.index(after.derivatives) <= order.index(before.derivatives)
    assert order.index(after.share_alike) >= order.index(before.share_alike)


def test_one_part_for_research_only_makes_the_whole_so():
    assert "non-commercial use only" in verdict([terms("MIT"), terms("CC BY-NC 4.0"), terms("unknown")])
    assert "not settled" in verdict([terms("MIT"), terms("unknown")])
    assert verdict([terms("MIT"), terms("CC BY-SA 4.0")]).endswith("shared alike")
    assert verdict([]) == "it stands on no data whose licence is known here"


def test_the_paper_calls_some_corpora_freer_than_their_sources_do():
    freer = {
        row["corpus"] for row in catalogue.claims() if terms(row["stated"]).commercial == "yes" and row["commercial"] == "no"
    }
    assert {"pos/masakhapos", "ner/masakhaner2", "nli/myxnli"} <= freer


def test_a_corpus_that_states_its_own_terms_and_stands_on_stricter_data_is_told_apart():
    found = {row["corpus"]: (row["agree"], row["own"]) for row in catalogue.claims()}
    assert found["nllb"] == found["nli/afrixnli"] == (False, True)
    assert found["nli/myxnli"] == found["pos/masakhapos"] == (False, False)
    assert all(own for agree, own in found.values() if agree)


def test_a_model_of_a_profile_has_the_licence_that_the_profile_says(tmp_path):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.yaml").write_text(
        "models: {mine: {title: Mine, name: 'path:models/mine', licence: CC BY 4.0}}\n"
    )
    assert of_encoder("path:models/mine", Workspace(tmp_path, "own"), []) == "CC BY 4.0"


def test_a_model_has_the_licence_that_models_yaml_says(tmp_path):
    """Of those that ship by their repository, whatever the commit; of one's own by its name."""
    (tmp_path / "models.yaml").write_text("mine: {title: Mine, name: 'path:models/mine', licence: CC BY 4.0}\n")
    names = {
        f"hub:answerdotai/none@{'e' * 40}": "unknown",
        f"hub:jhu-clsp/mmBERT-base@{'e' * 40}": "MIT",
        "path:models/mine": "CC BY 4.0",
    }
    assert {name: of_encoder(name, Workspace(tmp_path, "own"), []) for name in names} == names


def test_an_encoder_that_was_made_of_bitext_has_the_licences_of_that(tmp_path):
    files = [{"kind": "bitext", "licence": "CC0"}, {"kind": "bitext", "licence": ""}, {"kind": "evalset", "licence": "MIT"}]
    assert of_encoder("path:data/own/encoders/small", Workspace(tmp_path, "own"), files) == "CC0; unknown"
