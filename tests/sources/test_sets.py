"""A published set is one set however its folder is called; what it calls languages is what it means by it."""

import shutil

import pytest
from folders import conll, settings, small, write

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.results import averages
from realignment.results.scores import Score
from realignment.sources import catalogue, sets
from realignment.sources.folder import reader


@pytest.fixture
def corpora(tmp_path):
    return small(tmp_path / "corpora")


def fetch(corpora, **fetch):
    target = Workspace(corpora.parent, "made")
    return target, reader.fetch(target, settings(corpora, **fetch).fetch)


def languages_in(fetched, name):
    return {one["language"] for one in fetched.files if one["set"] == name}


SPELT = [
    ("ner", "MasakhaNER2", "masakhaner2"), ("ner", "MasakhaNER2.0", "masakhaner2"), ("ner", "masakhaner-2.0", "masakhaner2"),
    ("ner", "masakhane_masakhaner2", "masakhaner2"), ("ner", "WikiANN", "wikiann"), ("ner", "PAN-X", "wikiann"),
    ("ner", "unimelb-nlp--wikiann", "wikiann"), ("pos", "MasakhaPOS", "masakhapos"), ("pos", "masakhane-pos", "masakhapos"),
    ("pos", "xtreme-r-udpos", "udpos"), ("nli", "AfriXNLI", "afrixnli"), ("nli", "americas_nli", "americasnli"), ("nli", "XNLI", "xnli"),
]  # fmt: skip


@pytest.mark.parametrize(("task", "spelt", "name"), SPELT)
def test_a_published_set_has_one_name_however_it_is_spelt(task, spelt, name):
    assert sets.canonical(task, spelt) == name


def test_every_set_of_the_catalogue_of_table_7_and_of_the_african_rule_is_its_own_name():
    every = {(one.task, one.name) for one in catalogue.corpora().values() if one.task} | {key[1:] for key in languages.table7()}
    assert {(task, sets.canonical(task, name)) for task, name in every} == every
    assert {name for _, name in every} >= averages.AFRICAN


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("ner", "masakhaner"),
        ("ner", "masakhaner1"),
        ("ner", "wikiann-masakhane"),
        ("pos", "ud"),
        ("pos", "xtreme-udpos"),
        ("pos", "MasakhaNER2"),
        ("nli", "Mine"),
    ],
)
def test_other_sets_are_called_as_their_folders(task, name):
    assert sets.canonical(task, name) == name


@pytest.mark.parametrize("spelt", ["masakhaner2", "MasakhaNER2", "MasakhaNER2.0"])
def test_the_african_rule_does_not_hang_on_the_spelling_of_a_folder(corpora, spelt, capsys):
    write(corpora / "ner" / spelt / "swa/test.txt", conll(9, "B-LOC", "O", start=7000, by=" "))
    write(corpora / "LICENCES.tsv", f"ner/{spelt}\tAFL 3.0\n")
    _, fetched = fetch(corpora, evalsets=["made", spelt])
    done = next(one for one in fetched.files if one["task"] == "ner" and one["language"] == "swa" and one["set"] != "made")
    assert done["licence"] == "AFL 3.0"
    assert (f"ner/{spelt} is the published set `masakhaner2`" in capsys.readouterr().err) == (spelt != "masakhaner2")
    row = ("x", "none", "", "17", "ner")
    both = [Score(*row, one["set"], "swa", "LRL seen", value) for one, value in ((done, 0.5), ({"set": "made"}, 0.9))]
    assert averages.collect(both).rows[both[0].row]["17"]["ner", "swa"] == 0.5


def test_two_folders_of_one_published_set_are_refused(corpora):
    for spelt in ("MasakhaNER2.0", "masakhaner2"):
        write(corpora / "ner" / spelt / "swa/test.txt", conll(9, "B-LOC", "O", by=" "))
    with pytest.raises(BadInput, match="evaluation set ner/masakhaner2 stands twice"):
        fetch(corpora)


@pytest.mark.parametrize("path", ["als/test", "test-als.tsv", "als.test.tsv", "data/als/test.txt"])
@pytest.mark.parametrize("name", ["wikiann", "PAN-X"])
def test_als_is_alemannic_in_wikiann_and_albanian_elsewhere(corpora, name, path):
    for one in (name, "other"):
        write(corpora / "ner" / one / path, conll(9, "B-LOC", "O"))
    _, fetched = fetch(corpora, train={"ner": "made"})
    assert languages_in(fetched, "wikiann") == {"gsw"} and languages_in(fetched, "other") == {"sqi"}


def test_words_of_wikianns_own_files_carry_its_own_code(corpora):
    text = conll(9, "B-LOC", "O")
    write(corpora / "ner/wikiann/als/test", "\n".join(line and f"als:{line}" for line in text.splitlines()) + "\n")
    write(corpora / "ner/wikiann/sq/test", text)
    _, fetched = fetch(corpora)
    assert {one["language"]: one["rows_kept"] for one in fetched.files if one["set"] == "wikiann"} == {"gsw": 9, "sqi": 9}


def test_the_codes_of_wikipedia_are_read_as_what_they_are(corpora):
    codes = {
        "zh-yue": "yue",
        "zh-min-nan": "nan",
        "fiu-vro": "vro",
        "eml": "egl",
        "bh": "bho",
        "sq": "sqi",
        "simple": "",
        "be-x-old": "",
    }
    for code in codes:
        write(corpora / f"ner/wikiann/{code}/test", conll(9, "B-LOC", "O"))
    _, fetched = fetch(corpora)
    assert languages_in(fetched, "wikiann") == set(codes.values()) - {""}
    assert {one["path"] for one in fetched.unread} == {"ner/wikiann/simple/test", "ner/wikiann/be-x-old/test"}
    assert all(code in languages.standard() for _, code in sets.WIKIPEDIA if code)


def plain(corpora, *names):
    shutil.rmtree(corpora / "bitext")
    for name in names:
        rows = "".join(f"{name} a {n}\n" for n in range(9))
        tsv = "".join(f"a dog {n} {name}\tmbwa {n} {name}\n" for n in range(9))
        write(corpora / "bitext" / name, tsv if name.endswith("tsv") else rows)


@pytest.mark.parametrize(
    ("names", "named"),
    [
        (("eng_Latn.dev", "kas_Arab.dev", "kas_Deva.dev"), "bitext/kas_Arab.dev, bitext/kas_Deva.dev hold kas"),
        (("pt-BR.tsv", "pt-PT.tsv"), "bitext/pt-BR.tsv, bitext/pt-PT.tsv hold por"),
        (("en-pt_BR.tsv", "OPUS.en-pt_PT.tsv"), "hold por"),
        (("pt_BR/train.tsv", "pt_PT/train.tsv"), "hold por"),
    ],
)
def test_two_scripts_or_regions_of_a_language_are_not_joined_in_silence(corpora, names, named):
    plain(corpora, *names)
    with pytest.raises(BadInput, match=f"{named} in several scripts or regions"):
        fetch(corpora)


@pytest.mark.parametrize(
    "names", [("swa.tsv", "swh_Latn.tsv", "sw-KE.tsv"), ("eng_Latn-swh_Latn.tsv", "en-sw.tsv"), ("pt.tsv", "pt-BR.tsv")]
)
def test_one_language_spelt_in_several_ways_is_joined(corpora, names):
    plain(corpora, *names)
    kept = [one["rows_kept"] for one in fetch(corpora)[1].files if one["kind"] == "bitext"]
    assert kept == [9 * len(names)]


def test_the_folders_own_table_says_that_they_belong_together(corpora):
    plain(corpora, "eng_Latn.dev", "kas_Arab.dev", "kas_Deva.dev")
    header = "code,name,script,family,top_family,joshi,seen,pool,vector,shadow_of\n"
    write(corpora / "languages.csv", header + "kas,Kashmiri,Arabic,Indo-Aryan,Indo-Aryan,1,,yes,,\n")
    assert [one["rows_kept"] for one in fetch(corpora)[1].files if one["kind"] == "bitext"] == [18]


@pytest.mark.parametrize("code", ["zh-TW", "zh_HK", "zh_tw"])
def test_a_region_that_says_another_script_is_not_read_and_named(corpora, code):
    write(corpora / "bitext/zh-CN.tsv", "a dog\t狗\na cat\t猫\n")
    write(corpora / f"bitext/{code}.tsv", "a dog\t犬\na cat\t貓\n")
    _, fetched = fetch(corpora)
    assert {"path": f"bitext/{code}.tsv", "reason": "its language is read in another script (zho_Hans)"} in fetched.unread
    assert [one["rows_kept"] for one in fetched.files if one["kind"] == "bitext" and one["language"] == "zho"] == [2]
