"""`realignment languages`, `subsets` and `vectors`: before and after a profile has data; bad input in one line."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
import shipped
from click.testing import CliRunner

from realignment import cli
from realignment.config import params
from realignment.core import outputs
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.stages import select
from realignment.subsets import naming

ROOT = Path(__file__).parents[2]
CODES = ("deu", "fra", "ita", "kat", "kaz", "lin", "fon", "tgl", "jpn", "tha")


@pytest.fixture
def before(tmp_path, monkeypatch) -> Path:
    """A checkout in which nothing has run."""
    shipped.settings(tmp_path)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    shutil.copytree(ROOT / "data" / "uriel", tmp_path / "data" / "uriel")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def after(before) -> Path:
    """And one with bitext of ten languages and chosen subsets."""
    made = Workspace(before, params.active_profile(before))
    languages.write(languages.paper().values(), made.languages)
    files = [{"kind": "bitext", "language": code, "rows_kept": 100, "task": "", "set": ""} for code in CODES]
    files.append({"kind": "evalset", "language": "deu", "rows_kept": 5, "task": "pos", "set": "udpos"})
    made.manifest.write_text(json.dumps({"files": files}))
    select.run(made, params.load(made, {"select": {"reading": "computed", "n": 3}}))
    return before


def call(*words: object) -> str:
    outcome = CliRunner().invoke(cli.group, [str(word) for word in words], catch_exceptions=False, standalone_mode=False)
    return outcome.stdout


def read(*words: object):
    return json.loads(call(*words, "--json"))


def refused(*words: object) -> str:
    with pytest.raises(BadInput) as fault:
        call(*words)
    return str(fault.value)


def test_before_fetch_the_papers_languages_are_listed(before):
    rows = {row["code"]: row for row in read("languages")}
    assert set(rows) == set(languages.paper())
    assert rows["orm"]["codes"]["table6"] == "gaz"
    assert rows["aym"]["joshi"] is None
    assert refused("languages", "--profile-data").endswith("`dvc repro fetch`")


def test_after_fetch_pairs_and_test_sets_stand_beside_the_languages(after):
    rows = {row["code"]: row for row in read("languages", "--profile-data")}
    assert set(rows) == set(CODES)
    assert (rows["deu"]["pairs"], rows["deu"]["test_sets"]) == (100, ["pos/udpos"])


def test_what_languages_prints_as_csv_is_a_table_it_reads(before, after, tmp_path):
    for held in (languages.paper(), languages.read(Workspace(after, params.active_profile(after)).languages)):
        path = tmp_path / "languages.csv"
        path.write_text(call("languages", "--csv"), encoding="utf-8")
        assert "mbert, xlmr" in path.read_text(encoding="utf-8") and "test_sets" in path.read_text(encoding="utf-8")
        assert languages.read(path) == held


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        ("code=sw", {"swa"}),
        ("code=SWH", {"swa"}),
        ("level=unknown", {code for code, one in languages.paper().items() if one.joshi == -1}),
        ("level=hrl", {code for code, one in languages.paper().items() if one.joshi == 5}),
        ("joshi=", {code for code, one in languages.paper().items() if one.joshi == -1}),
        ("seen=XLM-R", {code for code, one in languages.paper().items() if "xlmr" in one.seen}),
        ("seen=", {code for code, one in languages.paper().items() if not one.seen}),
        ("pool=TRUE", {code for code, one in languages.paper().items() if one.pool}),
        ("script=latn", {code for code, one in languages.paper().items() if one.script == "Latin"}),
    ],
)
def test_a_condition_reads_codes_and_marks_in_any_spelling(before, condition, codes):
    assert {row["code"] for row in read("languages", "--where", condition)} == codes


@pytest.mark.parametrize(
    "condition", ["code=xyz", "level=LLR", "joshi=6", "seen=mbrt", "pool=perhaps", "script=Lattin", "cod=sw"]
)
def test_a_condition_that_means_nothing_is_refused(before, condition):
    assert condition.partition("=")[2] in refused("languages", "--where", condition) or "nearest: code" in refused(
        "languages", "--where", condition
    )


def test_a_language_without_a_class_is_of_no_level(before):
    rows = {row["code"]: row["level"] for row in read("languages")}
    assert {rows[code] for code, one in languages.paper().items() if one.joshi == -1} == {"unknown"}
    assert {rows[code] for code, one in languages.paper().items() if 0 <= one.joshi <= 2} == {"LRL"}


def test_include_and_exclude_take_any_spelling_and_refuse_what_is_no_code(before):
    found = read("subsets", "choose", "--pool-name", "joshi_012", "--n", 3, "--include", "sw", "--exclude", "gaz")
    assert "swa" in found["languages"] and "orm" not in found["pool"]
    assert "--include: unknown language code `xyz`" in refused(
        "subsets", "choose", "--pool-name", "joshi_012", "--n", 3, "--include", "xyz"
    )
    assert "--exclude: `de` is not in the pool" in refused(
        "subsets", "choose", "--pool-name", "joshi_012", "--n", 3, "--exclude", "de"
    )


def test_a_pool_beyond_the_table_takes_any_spelling_of_a_language_of_the_standard(before):
    (before / "pool.txt").write_text("sq\nuz\nmon\npbt\nde\n")
    found = read("subsets", "choose", "--pool", "pool.txt", "--vectors", "lang2vec", "--n", 2, "--draws", 0)
    assert found["pool"] == ["sqi", "uzb", "mon", "pus", "deu"]
    (before / "pool.txt").write_text("sqi\nxyz\n")
    assert "line 2: unknown language code `xyz`" in refused(
        "subsets", "choose", "--pool", "pool.txt", "--vectors", "lang2vec", "--n", 1
    )


def test_before_select_subsets_are_those_of_the_paper(before):
    rows = {row["name"]: row for row in read("subsets", "list")}
    assert set(rows) == {"all", *naming.names()}
    assert rows["latin_diverse_10"]["languages"] == list(naming.published("latin_diverse_10").languages)
    assert {row["code"] for row in read("subsets", "show", "latin_diverse")} == set(rows["latin_diverse_10"]["languages"])
    assert len(read("subsets", "show", "random_20", "--draw", 23)) == 20
    assert read("subsets", "show", "none") == []


def test_subsets_alone_lists_them(before):
    assert call("subsets") == call("subsets", "list")


def test_after_select_subsets_are_those_of_the_profile(after):
    shown = read("subsets", "show", "latin_diverse")
    assert len(shown) == 3
    assert all(row["code"] in CODES and row["script"] == "Latin" and row["known_features"] for row in shown)
    rows = {row["name"]: row for row in read("subsets", "list")}
    assert rows["uriel_diverse_20"]["unavailable"]
    assert "pool of 10" in refused("subsets", "show", "uriel_diverse_20")


def test_an_unknown_subset_names_the_nearest(before):
    assert "nearest: latin_diverse" in refused("subsets", "show", "latin_divers")


def test_choosing_takes_codes_of_any_source_and_never_english(before):
    pool = before / "pool.txt"
    pool.write_text("# mine\nde\ngaz  # Oromo\nazj_Latn\n\nkat\n")
    found = read("subsets", "choose", "--pool", pool, "--n", 2)
    assert found["pool"] == ["deu", "orm", "aze", "kat"]
    assert found["proven"]
    assert len(found["languages"]) == 2
    near = read("subsets", "choose", "--pool", pool, "--n", 2, "--least")
    assert near["objective"] < found["objective"]


@pytest.mark.parametrize("rule", ["featural", "family", "script", "latin"])
def test_choosing_from_a_named_pool_by_every_rule(before, rule):
    found = read("subsets", "choose", "--pool-name", "joshi_345", "--rule", rule, "--n", 4)
    assert set(found["languages"]) <= set(found["pool"])
    assert len(found["languages"]) == 4


def test_the_pool_of_the_profile_is_what_it_has_bitext_of(after):
    assert read("subsets", "choose", "--pool-name", "profile", "--n", 2)["pool"] == sorted(CODES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("deu\nzz\n", "line 2: unknown language code `zz`; nearest"),
        ("deu\nfra\nde\n", "line 3: language deu is there twice"),
        ("deu\neng\n", "eng is the source side"),
        ("# nothing\n", "at least one language code"),
    ],
)
def test_a_bad_pool_file_is_named_with_its_line(before, text, says):
    (before / "pool.txt").write_text(text)
    message = refused("subsets", "choose", "--pool", "pool.txt", "--n", 1)
    assert says in message
    assert message.startswith("pool.txt")


def test_a_pool_file_that_is_missing_or_not_text_is_refused(before):
    assert "cannot be read" in refused("subsets", "choose", "--pool", "nowhere.txt", "--n", 1)
    (before / "pool.txt").write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in refused("subsets", "choose", "--pool", "pool.txt", "--n", 1)


@pytest.mark.parametrize("n", [0, -1, 18])
def test_more_languages_than_the_pool_or_less_than_one_are_refused(before, n):
    assert "between 1 and the size of the pool, 17" in refused("subsets", "choose", "--pool-name", "joshi_3", "--n", n)


def test_more_languages_than_a_rule_may_choose_are_refused(before):
    latin = len([one for one in languages.paper().values() if one.pool and one.script == "Latin"])
    assert f"the rule may choose {latin}" in refused("subsets", "choose", "--rule", "latin", "--n", latin + 1)


def test_an_unknown_pool_and_a_rule_without_a_least_form_are_refused(before):
    assert "nearest: african_21" in refused("subsets", "choose", "--pool-name", "african_2", "--n", 1)
    assert "--least" in refused("subsets", "choose", "--rule", "script", "--least", "--n", 1)


def test_table_6_stands_beside_what_is_computed(before):
    rows = read("subsets", "table6", "--nodes", "5")
    for row in rows:
        one, other = set(row["published"]), set(row["computed"])
        assert row["exact"] == (one == other)
        assert row["jaccard"] == round(len(one & other) / len(one | other), 3)
    assert {"erratum", "objective_published", "objective_computed", "n"} <= set(rows[0])


def test_distances_are_a_square_table_in_table_6s_codes(before):
    header, *rows = csv.reader(io.StringIO(call("vectors", "distances", "--csv")))
    assert header[1:] == [row[0] for row in rows]
    assert {"gaz", "swh", "eng"} < set(header)
    square = [[float(cell) for cell in row[1:]] for row in rows]
    assert all(square[a][b] == square[b][a] for a in range(66) for b in range(66))


def test_info_counts_known_and_imputed_features(before):
    rows = read("vectors", "info")
    assert len(rows) == 66
    assert {row["known"] + row["imputed"] for row in rows} == {800}


def test_a_choice_is_proven_and_says_how_much_of_it_is_imputed(before, tmp_path):
    picture = tmp_path / "map.svg"
    found = read("subsets", "choose", "--n", 5, "--draws", 3, "--picture", picture)
    assert found["proven"] and found["gap"] == 0 and found["bound"] == found["objective"]
    assert set(found["known_features"]) == set(found["languages"]) and sum(found["stays"].values()) == pytest.approx(5, abs=0.01)
    assert all(f">{code}<" in picture.read_text() for code in found["languages"])


def test_languages_may_be_demanded_and_left_out(before):
    found = read("subsets", "choose", "--n", 5, "--rule", "family", "--include", "de", "--exclude", "kaz", "--draws", 0)
    assert "deu" in found["languages"] and "kaz" not in found["languages"] and "kaz" not in found["pool"]
    assert "`yor` is not in the pool" in refused("subsets", "choose", "--pool-name", "joshi_3", "--n", 2, "--include", "yor")
    assert "both name deu" in refused("subsets", "choose", "--n", 2, "--include", "deu", "--exclude", "de")


def test_without_proof_nothing_is_claimed(before):
    found = read("subsets", "choose", "--n", 5, "--no-proof", "--draws", 0)
    assert not found["proven"] and found["bound"] is None and found["gap"] is None


@pytest.mark.parametrize("words", [("subsets", "list"), ("subsets", "show", "latin_diverse_3")])
def test_subsets_that_were_edited_are_not_shown(after, words):
    made = Workspace(after, params.active_profile(after))
    outputs.wrote(made, "select")
    assert call(*words)
    made.subsets.write_text(made.subsets.read_text().replace("lin", "fon"))
    with pytest.raises(BadInput, match=r"subsets\.json was changed after stage select wrote it; `dvc checkout"):
        call(*words)


def test_a_table_of_languages_that_was_edited_is_not_shown(after):
    made = Workspace(after, params.active_profile(after))
    outputs.wrote(made, "fetch")
    assert "Fon" in call("languages")
    made.languages.write_text(made.languages.read_text().replace("Fon,", "Fun,"))
    with pytest.raises(BadInput, match=r"languages\.csv was changed after stage fetch wrote it"):
        call("languages")
