"""The snapshot of language vectors made again: integration by hand on a small wheel, imputation against plain SVD."""

import io
import zipfile

import numpy as np
import pytest

from realignment.core.errors import BadInput
from realignment.languages import uriel, urielplus

DATA = "urielplus/database"


def npz(**arrays) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


@pytest.fixture
def wheel(tmp_path):
    """Four languages (one without a glottocode), three features, two sources; every database adds a little."""
    data = np.full((4, 3, 2), -1.0)
    data[0, 0, 0], data[1, 1, 1], data[2, 2, 1] = 1, 0, 1
    languages = ["eng", "nan", "xyz", "deu"]
    family = np.zeros((4, 3, 1))
    family[0] = family[2] = [[1], [0], [0]]  # English, and xyz under Macro-English: a dialect
    files = {
        "original_uriel/features.npz": npz(
            feats=np.array(["S_A", "P_B", "S_SVO"]),
            langs=np.array(languages),
            data=data,
            sources=np.array(["WALS", "PHOIBLE_SAPHON"]),
        ),
        "original_uriel/family_features.npz": npz(
            feats=np.array(urielplus.ENGLISH), langs=np.array(languages), data=family, sources=np.array(["ETH"])
        ),
        "urielplus_csvs/uriel_glottocode_map.csv": 'X,"code","glottocode"\n0,eng,stan1293\n1,nan,minn1241\n2,xyz,dial1234\n3,deu,NA\n',
        "urielplus_csvs/saphon_data.csv": "code,glottocode,P_B\nnan,minn1241,1.0\nNA,none1234,0.0\n",
        "urielplus_csvs/bdproto_data.csv": "name,P_B\nminn1241,0.0\nnewl1234,1.0\n",
        "urielplus_csvs/grambank_data.csv": "code,S_NEW,S_SVO\nstan1293,1,1\n",
        "urielplus_csvs/apics_data.csv": "Name,S_A,S_A,Language_ID\nsome,1.0,0.0,minn1241\n",
        "urielplus_csvs/english_dialect_data.csv": "name,S_E\ndial1234,1\n",
        "urielplus_csvs/lang_fam_geo.csv": 'code,name,lat,lon,families\nnewl1234,New,1,1,"Other"\n',
        "urielplus_csvs/duplicate_feature_sets.py": (
            "#remark\n_u1 = ['S_SUBJECT_FIRST', 1.0, 'S_SVO']\n_u = [_u1]\n_ug1 = ['P_B', 'S_NEW']\n_ug = [_ug1]\n_uai = []\n_ue = []\n"
        ),
    }
    path = tmp_path / "urielplus-1.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{DATA}/{name}", content)
    for place in ("stan1288", "stan1290", "stan1295", "stan1306", "stan1318"):
        assert place in urielplus.DIALECTS
    return urielplus.Wheel(path)


@pytest.fixture
def base(wheel, monkeypatch):
    monkeypatch.setattr(urielplus, "DIALECTS", {})
    return urielplus.integrate(wheel)


def cell(base, union, language: str, feature: str) -> float:
    return union[base.languages.index(language), base.features.index(feature)]


def test_a_language_called_nan_stays_and_one_without_glottocode_goes(base):
    assert base.languages == ["stan1293", "minn1241", "dial1234", "newl1234"]
    assert base.sources == ["WALS", "UPDATED_SAPHON", "BDPROTO", "GRAMBANK", "APICS", "EWAVE"]


def test_a_union_takes_the_largest_value_of_any_source(base):
    assert cell(base, base.united(), "minn1241", "P_B") == 1, "1 in SAPHON, 0 in BDPROTO and before"


def test_a_name_that_stands_twice_is_two_features(base):
    assert (cell(base, base.united(), "minn1241", "S_A"), cell(base, base.united(), "minn1241", "S_A.1")) == (1, 0)


def test_features_take_what_others_imply(base):
    union = base.united()
    assert cell(base, union, "stan1293", "P_B") == 1, "by S_NEW, of Grambank"
    assert cell(base, union, "stan1293", "S_SUBJECT_FIRST") == 1, "by S_SVO"
    assert cell(base, union, "minn1241", "S_SUBJECT_FIRST") == urielplus.UNKNOWN


def test_a_dialect_of_english_takes_what_it_lacks_from_english(base):
    union = base.united()
    assert cell(base, union, "dial1234", "S_A") == 1 and cell(base, union, "dial1234", "S_E") == 1
    assert cell(base, union, "newl1234", "S_A") == urielplus.UNKNOWN


def test_imputation_is_that_of_plain_singular_value_decomposition():
    chance = np.random.default_rng(0)
    full = (chance.random((40, 3)) @ chance.random((3, 12)) > 0.7).astype(float)
    values = np.where(chance.random(full.shape) < 0.5, full, urielplus.UNKNOWN)
    missing = values == urielplus.UNKNOWN
    filled = np.where(missing, 0.0, values)
    shrinkage = np.linalg.svd(filled, compute_uv=False)[0] / 50
    for found in urielplus.impute(values):
        left, singular, right = np.linalg.svd(filled, full_matrices=False)
        low = np.clip(left * np.maximum(singular - shrinkage, 0) @ right, 0, 1)
        change = np.linalg.norm(filled[missing] - low[missing])
        size = np.linalg.norm(filled[missing])
        filled[missing] = low[missing]
        assert np.allclose(found, filled, atol=1e-8)
    assert change / size < 1e-3 and (found[~missing] == values[~missing]).all()


def test_known_cells_stay_and_imputed_ones_are_marked(tmp_path):
    values = np.array([[1.0, 0.0, -1.0], [1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])
    cells = urielplus.rounded(["aaaa1234", "bbbb1234", "aaaa1234"], values)
    assert cells["bbbb1234"] == ["1", "0", "1"] and cells["aaaa1234"] == ["1", "0", "i1"] and len(cells) == 2
    path = tmp_path / "made.tsv.gz"
    uriel.write(path, [("eng", "aaaa1234", cells["aaaa1234"])], ["S_A", "S_B", "S_C"])
    held = uriel.read(path)
    assert (
        held.values.tolist() == [[1, 0, 1]] and held.known.tolist() == [[True, True, False]] and held.known_features == {"eng": 2}
    )
    first = path.read_bytes()
    uriel.write(path, [("eng", "aaaa1234", cells["aaaa1234"])], ["S_A", "S_B", "S_C"])
    assert path.read_bytes() == first


def test_what_is_no_wheel_of_it_is_refused(tmp_path):
    path = tmp_path / "other.whl"
    path.write_bytes(b"x")
    with pytest.raises(BadInput, match=r"a wheel of urielplus 1\.1 is required"):
        urielplus.integrate(urielplus.Wheel(path))


@pytest.mark.slow
def test_the_shipped_snapshot_is_what_the_wheel_gives():
    """Downloads the wheel from the package index; a minute or two."""
    from click.testing import CliRunner

    from realignment.commands.vectors_rebuild import rebuild

    outcome = CliRunner().invoke(rebuild, ["--json"])
    if "could not be downloaded" in str(outcome.exception):
        pytest.skip("no package index: the wheel of urielplus 1.1 is required")
    assert outcome.exit_code == 0, outcome.output
    assert "equal to uriel_plus_66.tsv.gz, cell by cell" in outcome.output + outcome.stderr


def test_a_table_of_another_release_becomes_a_snapshot(tmp_path, monkeypatch):
    from realignment.commands.vectors_rebuild import read_table

    path = tmp_path / "union.csv"
    path.write_text("language,S_A,S_B\nstan1293,1,0\nswah1253,-1,\n")
    codes, features, values = read_table(path)
    assert (codes, features, values.tolist()) == (["stan1293", "swah1253"], ["S_A", "S_B"], [[1.0, 0.0], [-1.0, -1.0]])
    path.write_text("language,S_A\nstan1293,2\n")
    with pytest.raises(BadInput, match=r"union\.csv line 2, column S_A: 0, 1, -1 or nothing is required; got '2'"):
        read_table(path)
