"""The table of sets to be registered: what it may say, and what stops it, by line."""

import pytest

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.predictor import asked
from realignment.predictor.asked import Asked


def read(tmp_path, *rows: str, head: str = "\t".join(asked.COLUMNS)):
    path = tmp_path / "sets.tsv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return asked.read(path, languages.paper())


def test_languages_are_ours_in_whatever_spelling_and_sorted(tmp_path):
    assert read(tmp_path, "my_set\txlmr\tyo swh_Latn fra\tby hand") == [Asked("my_set", "xlmr", ("fra", "swa", "yor"), "by hand")]


def test_one_set_may_be_asked_of_two_encoders_under_one_name(tmp_path):
    assert len(read(tmp_path, "my_set\txlmr\tswa yor\t", "my_set\tmbert\tyor swa\t")) == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["my_set\txlmr\tswa xxy\t"], r"line 2: .*`xxy`"),
        (["my_set\txlmr\tswa swh\t"], r"line 2: .*`swh` is swa, which is there twice"),
        (["my_set\txlmr\tswa eng\t"], r"line 2: eng is the source side"),
        (["my_set\txlmr\tswa lao\t"], r"line 2: lao: nothing is known of a language beyond"),
        (["my_set\txlmr\t \t"], r"line 2: at least one language is required"),
        (["my set\txlmr\tswa\t"], r"line 2: a name of letters.*`my set`"),
        (["my_set\txlmr\tswa"], r"line 2: 4 cells are required"),
        (["my_set\txlmr\tswa\t\tmore"], r"line 2: 4 cells are required"),
        (["one\txlmr\tswa yor\t", "two\txlmr\tyor swa\t"], r"line 3: two has the languages of one, for the same encoder"),
        (["one\txlmr\tswa\t", "one\txlmr\tyor\t"], r"line 3: the name one is there twice"),
        (["one\txlmr\tswa\t", "one\tmbert\tyor\t"], r"line 3: the name one is there twice"),
        ([], "at least one set is required"),
    ],
)
def test_what_cannot_be_is_refused_by_its_line(tmp_path, rows, said):
    with pytest.raises(BadInput, match=said):
        read(tmp_path, *rows)


def test_every_fault_is_named_at_once(tmp_path):
    with pytest.raises(BadInput) as fault:
        read(tmp_path, "one\txlmr\txxy\t", "two\txlmr\teng\t")
    assert [text.partition("line ")[2][:1] for text in fault.value.args] == ["2", "3"]


def test_a_file_that_is_no_such_table_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"the first line must be name, encoder, languages, how, by tabs; got name, languages"):
        read(tmp_path, head="name\tlanguages")
    with pytest.raises(BadInput, match="does not exist"):
        asked.read(tmp_path / "absent.tsv", {})
    (tmp_path / "latin1.tsv").write_bytes("naïve".encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8 is required, byte 2"):
        asked.read(tmp_path / "latin1.tsv", {})


def test_a_set_that_its_encoder_was_realigned_on_is_refused_whatever_it_is_called_there():
    ran = [("published", "xlmr", "latin_diverse_5", frozenset({"swa", "yor"}))]
    asked.not_run([Asked("a", "mbert", ("swa", "yor"), ""), Asked("b", "xlmr", ("swa",), "")], ran)
    with pytest.raises(
        BadInput,
        match=r"^a, xlmr: only a set that was not run can be registered; this one was run as latin_diverse_5 of published",
    ):
        asked.not_run([Asked("a", "xlmr", ("swa", "yor"), "")], ran)
