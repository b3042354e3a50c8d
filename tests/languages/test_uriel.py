"""Language vectors and the distances between them."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.languages import uriel

SNAPSHOT = Path(__file__).parents[2] / "data" / "uriel" / "uriel_plus_66.tsv.gz"


@pytest.fixture(scope="module")
def vectors():
    return uriel.read(SNAPSHOT)


def write(path: Path, *lines: str) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(("iso639_3\tglottocode\tknown_features\tS_A\tS_B", *lines)) + "\n")
    return path


def test_the_snapshot_holds_a_row_for_every_language_with_a_vector(vectors):
    assert set(vectors.codes) == {one.vector for one in languages.paper().values()} - {""}
    assert vectors.values.shape == vectors.known.shape == (66, 800)
    assert set(np.unique(vectors.values)) == {0, 1}


def test_a_language_whose_code_is_nan_keeps_its_code(tmp_path):
    read = uriel.read(write(tmp_path / "v.tsv.gz", "nan\tminn1241\t1\t1\ti0"))
    assert read.codes == ("nan",)
    assert read.known_features == {"nan": 1}
    assert read.values.tolist() == [[1, 0]]


def test_distances_are_a_metric_between_0_and_1(vectors):
    distances = uriel.angular(vectors.values, places=None)
    assert np.array_equal(distances, distances.T)
    assert not distances.diagonal().any()
    assert distances.max() <= 1
    through = (distances[:, :, None] + distances[None, :, :]).min(axis=1)
    assert (distances <= through + 1e-12).all()


def test_right_angles_are_half_of_a_1_and_whole_on_the_scale_of_uriel_plus():
    square = np.eye(2)
    assert uriel.angular(square, scale=1.0)[0, 1] == 0.5
    assert uriel.angular(square)[0, 1] == 1.0
    assert uriel.angular(np.array([[1.0], [-1.0]]), scale=1.0)[0, 1] == 1.0


def test_distance_follows_the_formula(vectors):
    a, b = vectors.values[vectors.rows(["eng", "gaz"])].astype(float)
    cosine = a @ b / np.sqrt((a @ a) * (b @ b))
    assert uriel.angular(np.stack([a, b]))[0, 1] == round(2 * np.arccos(cosine) / np.pi, 4)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("deu\tx\t2\t1\t2", "feature S_B: 0, 1, i0 or i1 is required; got '2'"),
        ("deu\tx\t2\t1", "5 columns are required; got 4"),
        ("deu\tx\t2\t1\ti0", "1 known features; column known_features says 2"),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(tmp_path, line, says):
    with pytest.raises(BadInput, match="line 3") as fault:
        uriel.read(write(tmp_path / "v.tsv.gz", "eng\tx\t2\t1\t0", line))
    assert says in str(fault.value)


def test_a_missing_snapshot_names_those_at_hand(tmp_path):
    write(tmp_path / "other.tsv.gz")
    with pytest.raises(BadInput, match="snapshots: other"):
        uriel.load("none", tmp_path)


def test_a_file_that_is_no_gzip_is_one_line_of_error(tmp_path):
    (tmp_path / "v.tsv.gz").write_text("iso639_3")
    with pytest.raises(BadInput, match="cannot be read"):
        uriel.load("v", tmp_path)


def test_a_vector_of_zeros_has_no_direction():
    with pytest.raises(BadInput, match="no direction"):
        uriel.angular(np.zeros((2, 3)))


def test_lang2vec_serves_languages_beyond_the_snapshot_and_macro_languages():
    vectors = uriel.load(uriel.LANG2VEC, SNAPSHOT.parent, ["eng", "glg", "ara", "nah"])
    assert vectors.codes == ("eng", "glg", "ara")  # Arabic by its standard variety; Nahuatl is in no way
    assert all(0 < known <= len(vectors.features) for known in vectors.known_features.values())
    assert np.isfinite(vectors.values).all()


def known_to(source, code: str) -> int:
    """How many features the package knows of a language, by its own `get_features`; -1 where it has no row."""
    try:
        parts = [source.get_features([code], f"{part}_average")[code] for part in uriel.LANG2VEC_SETS]
    except Exception:  # it raises nothing narrower
        return -1
    return sum(value != "--" for part in parts for value in part)


def test_a_language_that_lang2vec_has_data_of_is_found_whether_or_not_its_own_list_names_it():
    source = uriel._lang2vec()
    asked = ["sqi", "uzb", "mon", "pus", "que", "orm", "fas", "aze", "grn", "glg", "deu"]
    assert not {"sqi", "uzb", "mon", "pus"} & set(source.LANGUAGES)
    found = uriel.from_lang2vec(asked).known_features
    assert found == {code: known_to(source, code) for code in asked}
    assert min(found[code] for code in ("sqi", "uzb", "mon", "pus")) > 200


def test_every_language_of_the_papers_that_lang2vec_has_data_of_is_found():
    source, paper = uriel._lang2vec(), languages.paper()
    having = uriel.from_lang2vec(uriel.wanted(paper.values(), uriel.LANG2VEC)).known_features
    sample = [*paper][::9]
    assert {code: having.get(code, -1) for code in sample} == {code: known_to(source, code) for code in sample}
    assert set(paper) - set(having) == {code for code in ("nah", "oto") if known_to(source, code) == -1}


def test_a_language_of_which_nothing_is_known_is_read_by_its_macro_language():
    source = uriel._lang2vec()
    assert known_to(source, "lvs") == known_to(source, "pbt") == 0
    found = uriel.from_lang2vec(["lvs", "pbt"]).known_features
    assert found == {"lvs": known_to(source, "lav"), "pbt": known_to(source, "pus")}


def test_every_file_that_is_named_as_a_snapshot_is_one():
    """`check` and `select` read all *.tsv.gz of that folder."""
    found = sorted(SNAPSHOT.parent.glob("*.tsv.gz"))
    assert SNAPSHOT in found and all(uriel.read(path).codes for path in found)
