"""Figures 6 to 8: the languages of the pool, each in one tree of one figure."""

from paper_files import THE_PAPER

from realignment.paper import trees


def codes(number: str) -> list[str]:
    return [one.code for tree in trees.by_figure(THE_PAPER)[number] for one in tree.all]


def test_each_of_the_65_languages_stands_in_one_figure_once():
    found = [code for number in ("6", "7", "8") for code in codes(number)]
    assert len(found) == 65
    assert sorted(found) == sorted(THE_PAPER.pool)


def test_indo_european_has_basque_beside_it():
    """Figure 6, by the families of the table alone."""
    indo_european = {code for code, one in THE_PAPER.pool.items() if one.indo_european}
    assert set(codes("6")) == indo_european | {"eus"}
    assert ["eus"] in [[one.code for one in tree.all] for tree in trees.by_figure(THE_PAPER)["6"]], "a tree of its own"


def test_niger_congo_has_dholuo_beside_it():
    niger_congo = {
        code for code, one in THE_PAPER.pool.items() if one.family in {"Atlantic-Congo", "Benue-Congo", "Gur", "Mande"}
    }
    assert set(codes("7")) == niger_congo | {"luo"}
