"""Findings in what the paper's text says: their numbers by a small computation from the raw files, or by hand."""

import statistics
from collections import defaultdict

import numpy as np
import paper_files
import pytest
from paper_files import (
    CELLS,
    DATA,
    MODELS,
    POOL,
    PUBLISHED,
    TASKS,
    average,
    lines,
    mean,
)

# Overview and scaling


def text(gaps) -> str:
    return ", ".join(f"{gap:+.2f}".replace("-", "−") for gap in gaps)


def test_two_heuristics_of_mbert_gain_less_than_a_point_and_one_of_xlmr(evidence):
    best = max(mean("8", f"script_diverse_{n}") for n in (5, 10, 18)) - mean("8", "none")
    assert evidence["one-point"]["mBERT, Most diverse scripts"] == pytest.approx(best, abs=0.006)
    assert best < 0
    assert [name.partition(",")[0] for name in evidence["one-point"]] == ["mBERT", "mBERT", "XLM-R"]


def test_the_least_diverse_are_lower_in_every_average_once_the_swapped_rows_are_put_right(evidence):
    """Review: 20 of 20 averages; 54 of 60 cells are not lower, of which one is equal."""
    pairs = (("uriel_diverse", "uriel_similar"), ("family_diverse", "family_indoeuropean"), ("latin_similar", "latin_diverse"))
    averages, cells = [], []
    for table, *_ in MODELS.values():
        for one, other in pairs:
            for n in (5, 10, 20, 40):
                swapped = one == "latin_similar" and n == 20
                names = (one, other) if swapped or not one.startswith("latin") else (other, one)
                rows = [f"{name}_{n}" for name in names]
                if all((table, row, "nli") in CELLS for row in rows):
                    averages.append(mean(table, rows[0]) - mean(table, rows[1]))
                    cells += [CELLS[table, rows[0], task][0] - CELLS[table, rows[1], task][0] for task in TASKS]
    assert (len(averages), min(averages) > 0, len(cells)) == (20, True, 60)
    assert evidence["least-diverse"]["averages, rows put right"] == "20 of 20"
    assert evidence["least-diverse"]["averages, as printed"] == "18 of 20"
    assert evidence["least-diverse"]["cells, rows put right"] == f"{sum(one > 0 for one in cells)} of 60"
    assert sum(one >= 0 for one in cells) == 54
    assert paper_files.findings()["least-diverse"]["verdict"] == "agrees"


def test_scripts_are_worst_and_the_recommended_two_above_the_baselines(evidence):
    assert set(evidence["worst-scripts"].values()) == {"Most diverse scripts"}
    assert evidence["over-baselines"]["XLM-R, lower of the two over the best other baseline"] == pytest.approx(
        mean("10", "uriel_diverse_40") - mean("10", "random_40"), abs=0.006
    )


def test_the_dip_is_the_swap(evidence):
    for title, (table, *_) in MODELS.items():
        curve = [mean(table, name) for name in ("latin_diverse_5", "latin_diverse_10", "latin_similar_20", "latin_diverse_41")]
        assert curve == sorted(curve)
        assert evidence["dip-at-20"][f"{title}, rows put right, from printed cells"].split(", ")[2] == f"20: {curve[2]:.2f}"


# Levels


def group(level: str, seen: str) -> list[str]:
    low = [code for code, row in POOL.items() if int(row["joshi"]) <= 2]
    wanted = {
        "LRL unseen": [code for code in low if seen not in POOL[code]["seen"].split()],
        "HRL": [c for c in POOL if POOL[c]["joshi"] == "5"],
    }
    return wanted[level]


def level_mean(raw, title: str, subset: str, level: str, tasks=TASKS) -> float:
    _, model, seen = MODELS[title]
    means = []
    for task in tasks:
        scored = {
            code
            for one, name, what, evalset, code in raw
            if (one, name, what) == (model, "all_65", task) and evalset != "americasnli"
        }
        means.append(average(raw, model, subset, task, [code for code in group(level, seen) if code in scored]))
    return statistics.fmean(means)


def test_the_best_gains_on_unseen_languages(evidence, raw):
    gain = level_mean(raw, "XLM-R", "latin_diverse_41", "LRL unseen") - level_mean(raw, "XLM-R", "none", "LRL unseen")
    assert evidence["ten-points"]["XLM-R, Most diverse using Latin script (41)"] == pytest.approx(gain, abs=0.006)
    pos = {row["language"]: float(row["mean"]) for row in lines(PUBLISHED / "mbert_none_pos.tsv")}
    base = statistics.fmean(pos[code] for code in group("LRL unseen", "mbert") if code in pos)
    others = level_mean(raw, "mBERT", "none", "LRL unseen", ("nli", "ner"))
    gain = level_mean(raw, "mBERT", "all_65", "LRL unseen") - (2 * others + base) / 3
    assert evidence["ten-points"]["mBERT, All languages (65)"] == pytest.approx(gain, abs=0.006)


def test_the_gain_of_ten_points_is_less_than_the_runs_give():
    row = paper_files.findings()["ten-points"]
    assert row["group"] == "stands"
    assert row["in_fairness"] == "The sentence says less than the runs give."


def test_one_subset_is_above_65_languages_on_unseen_ones(evidence, raw):
    gap = level_mean(raw, "XLM-R", "latin_diverse_41", "LRL unseen") - level_mean(raw, "XLM-R", "all_65", "LRL unseen")
    found = {name: value for name, value in evidence["unseen-better-than-all"].items() if "pre-training" in name}
    assert list(found) == ["unseen in pre-training, XLM-R, Most diverse using Latin script (41)"]
    assert next(iter(found.values())).startswith(text([gap]))


def test_with_southern_sotho_and_quechua_a_second_subset_is_above_65_languages(evidence, raw):
    """Neither is in the pool, so that no subset realigns on them; Quechua has a score in NER, Southern Sotho in NLI."""
    for title, (_, model, seen) in MODELS.items():
        sides = []
        for name in ("latin_diverse_41", "all_65"):
            means = []
            for task, more in (("pos", []), ("nli", ["sot"]), ("ner", ["que"])):
                scored = {
                    code
                    for one, row, what, kind, code in raw
                    if (one, row, what) == (model, name, task) and kind != "americasnli"
                }
                codes = [code for code in group("LRL unseen", seen) if code in scored] + more
                assert set(more) <= scored
                means.append(average(raw, model, name, task, codes))
            sides.append(statistics.fmean(means))
        found = evidence["unseen-better-than-all"][
            f"with languages that no subset realigns on, {title}, Most diverse using Latin script (41)"
        ]
        assert found.startswith(text([sides[0] - sides[1]]))
    assert "with them 2 of 62 rows are above" in paper_files.findings()["unseen-better-than-all"]["follows"]


def test_every_row_is_lower_on_high_resource_languages(evidence, raw):
    drop = level_mean(raw, "XLM-R", "none", "HRL") - level_mean(raw, "XLM-R", "latin_similar_10", "HRL")
    assert evidence["slight-drops"]["XLM-R HRL"].startswith(f"32 of 32 rows lower, by {drop:.2f} to")


def test_levels_lie_apart_and_leads_come_from_low_resource_languages(evidence, raw):
    means = [level_mean(raw, "XLM-R", name, "LRL unseen") for name in ("latin_diverse_41", "latin_similar_5")]
    assert evidence["little-influence"]["XLM-R LRL unseen"] == pytest.approx(means[0] - means[1], abs=0.006)
    gaps = [
        level_mean(raw, "XLM-R", f"uriel_diverse_{n}", "LRL unseen") - level_mean(raw, "XLM-R", f"random_{n}", "LRL unseen")
        for n in (5, 10, 20, 40)
    ]
    assert evidence["stems-from-lrls"]["XLM-R LRL unseen at 5, 10, 20, 40"] == text(gaps)


def americas(raw, title: str) -> dict[str, float]:
    model, found = MODELS[title][1], defaultdict(list)
    for (one, subset, _, evalset, _), seeds in raw.items():
        if (one, evalset) == (model, "americasnli"):
            found[subset].append(statistics.fmean(seeds.values()))
    return {subset: statistics.fmean(values) for subset, values in found.items()}


@pytest.mark.parametrize("title", MODELS)
def test_americas_nli(evidence, raw, title):
    found = americas(raw, title)
    best = lambda *names: max(found[name] for name in names)  # noqa: E731
    gaps = [
        best("latin_diverse_5", "latin_diverse_10", "latin_diverse_20", "latin_diverse_41")
        - best("latin_similar_5", "latin_similar_10", "latin_similar_20"),
        best("latin_diverse_5", "latin_diverse_10", "latin_similar_20", "latin_diverse_41")
        - best("latin_similar_5", "latin_similar_10", "latin_diverse_20"),
    ]
    assert evidence["ood-latin-exception"][f"{title}: diverse less least diverse, as printed and put right"] == text(gaps)
    below = best("script_diverse_5", "script_diverse_10", "script_diverse_18") - best(
        "random_5", "random_10", "random_20", "random_40"
    )
    assert evidence["ood-over-random"][f"{title}, Most diverse scripts"].startswith(text([below]))
    base = best("all_65", "xtreme_r_47", "african_21")
    latin = [
        best("latin_diverse_5", "latin_diverse_10", name, "latin_diverse_41") - base
        for name in ("latin_diverse_20", "latin_similar_20")
    ]
    assert evidence["figure-4-caption"][f"{title}, Most diverse using Latin script: as printed, put right"].startswith(
        text(latin)
    )


# Section 6


def test_section_6_by_hand(evidence):
    """Averages of Table 1: 59.0 less 57.5, 57.1, 56.1 (twice), 55.9, 55.5; 61.9 less 61.1, 60.8, 60.2, 59.9, 59.7, 59.0."""
    assert evidence["section-6-decrease"] == {
        "mBERT, points": [1.5, 1.9, 2.9, 2.9, 3.1, 3.5],
        "XLM-R, points": [0.8, 1.1, 1.7, 2.0, 2.2, 2.9],
    }
    assert evidence["section-6-substitutes"] == {
        "mBERT, Random draws of languages seen by mBERT": 1.4,
        "XLM-R, Random draws of Joshi classes 4 and 5": 0.9,
        "XLM-R, Random draws of languages seen by XLM-R": 1.4,
        "mBERT, Random draws of languages seen by mBERT, behind unseen languages": 1.0,
        "XLM-R, Random draws of Joshi classes 4 and 5, behind unseen languages": 0.6,
        "XLM-R, Random draws of languages seen by XLM-R, behind unseen languages": 1.1,
    }
    assert evidence["ten-languages"]["XLM-R NLI"].startswith("5 of 6")
    assert evidence["ten-languages"]["mBERT NER"] == "2 of 6: −1.5, −0.7, −1.9, +0.3, +0.3, −1.0"
    assert evidence["sixfold"]["ratio"] == 65 / 10
    assert evidence["low-resource-pools"]["xlmr"] == ["joshi_012__random", "unseen_xlmr__random"]


# Settings and data


def test_settings_by_hand(evidence):
    assert evidence["equation-1-sign"]["loss of cosine 0.9 against 0.1"] > evidence["equation-1-sign"]["of 0.1 against 0.9"]
    assert evidence["equation-1-sign"]["of 0.1 against 0.9"] == pytest.approx(-np.log1p(np.exp(8)) / 2, abs=1e-4)
    assert evidence["words-or-tokens"] == {"words": True, "tokens": True}
    assert evidence["ner-epochs"]["tasks without epochs"] == ["NER"]
    assert evidence["seeds"] == {"seeds": ["17", "23", "42", "66"], "Table 2": 5}
    assert evidence["steps"]["steps"] == 2 * -(-392_702 // 32) == 24_544
    assert (evidence["learning-rate"]["mBERT"], evidence["learning-rate"]["XLM-R"]) == (2e-5, 7.5e-6)
    assert evidence["settings-of-the-code"]["tokens in fine-tuning: paper, code"] == "200; 96"
    assert evidence["settings-of-the-code"]["tokens in evaluation: paper, code"] == "200; POS 128, NER 128, NLI 256"
    assert evidence["settings-of-the-code"]["layer: paper, code"] == "not stated; last but one"
    assert not {"reference-code", "True"} & set(map(str, evidence["settings-of-the-code"].values()))
    assert not [name for name in evidence["settings-of-the-code"] if name.startswith("finetune.")]


def test_the_equation_is_shown_as_it_is_read():
    shown = paper_files.findings()["equation-1-sign"]["printed"]
    assert shown == (
        "Equation 1: L(θ) = 1/(2B) Σ_[h ∈ H] log (exp(sim(h, aligned(h))/T) / Σ_[h' ∈ H, h' ≠ h] exp(sim(h, h')/T))."
    )


@pytest.mark.parametrize(("name", "file"), [("learning-rate", "controlled_realignment.py at 33a6603"), ("african-tags", "token_classification.py at 2351db3")])  # fmt: skip
def test_what_is_said_of_the_code_names_its_file_and_commit(name, file):
    assert file in paper_files.findings()[name]["follows"]


def test_a_quarter_of_african_words_has_a_tag_that_is_read_as_another(evidence):
    counts = defaultdict(dict)
    for row in lines(PUBLISHED / "african_tags.tsv"):
        counts[row["language"]][row["tag"]] = int(row["words"])
    shares = {
        code: 100 * sum(tags.get(tag, 0) for tag in ("ADV", "INTJ", "VERB", "AUX")) / sum(tags.values())
        for code, tags in counts.items()
    }
    averaged = [share for code, share in shares.items() if code not in ("bbj", "pcm")]
    found = evidence["african-tags"]
    assert found["twi: % of words"] == round(shares["twi"], 1)
    assert found["mean share, %"] == round(statistics.fmean(averaged), 2)
    assert found["languages counted, in the average"] == (13, 18)
    assert found["points on the POS average"] == round(18 * statistics.fmean(averaged) / 54, 1) == 8.0
    assert found["points on the POS average, were the languages not counted like the highest"] == round(
        (sum(averaged) + 5 * max(averaged)) / 54, 1
    )


def test_corpora_of_the_runs(evidence):
    codes = {row["code"]: row for row in lines(DATA / "codes.csv", ",")}
    used = {code for row in lines(PUBLISHED / "subsets.tsv") for code in row["languages"].split()}
    both = {code for code, row in codes.items() if row["opus100"] and row["nllb"] in used}
    assert evidence["fall-back"]["in OPUS-100 by Table 7 too"] == sorted(both)
    assert len(both) == 11
    assert "gaz_Latn" in used
    assert evidence["oromo-ticks"] == {"orm: runs, ticked": ("NLLB", "OPUS-100"), "ticked for OPUS-100, not there": ["orm"]}


def test_sizes_of_table_7(evidence, raw):
    assert evidence["dashes"] == {
        "Asháninka NLI": 750,
        "Chichewa (Nyanja) POS": 582,
        "Naija POS": 600,
        "Akan NLI": 600,
        "Tagalog POS": "size not counted",
        "in the averages": ["Chichewa (Nyanja) POS", "Tagalog POS", "Akan NLI"],
    }
    assert any(key[2:] == ("pos", "udpos", "tgl") for key in raw)
    assert evidence["left-out"]["sets"] == ["Ghomala NER (966)", "Ghomala POS (599)", "Naija NER (1613)"]
    assert evidence["left-out"]["with a dash in Table 7"] == ["pcm pos"]
    assert {task for _, _, task, _, code in raw if code == "pcm"} == {"pos", "ner"}
    assert paper_files.findings()["left-out"]["follows"].startswith("Four sets of these two languages")
    assert not any(code == "ces" for *_, code in raw)


def test_small_things_stand_in_one_line(evidence):
    small = [text for name, text in evidence["small-things"].items() if name.startswith("(")]
    wanted = [
        "gaz for orm and swh for swa",
        "Nyanja and Tswana of Table 5 Chichewa and Setswana",
        "has 45, of which Czech",
        "Czech POS (10159)",
    ]
    wanted += ["738 sentences of Nahuatl NLI", "Joshi Class = 3,4,5", "Quechua exclusive to AmericasNLI"]
    assert [want in one for want, one in zip(wanted, small, strict=True)] == [True] * len(wanted)
    assert "748 sentences of Otomí NLI" in small[4]


def test_americas_nli_is_unseen_and_four_nli_sets_are_not(evidence, raw):
    scored = {code for *_, evalset, code in raw if evalset == "americasnli"}
    assert set(evidence["americas-unseen"]["languages"]) == scored
    assert evidence["americas-unseen"]["in the pool or seen"] == sorted(scored & set(POOL)) == []
    assert evidence["nli-sets"]["sets"] == ["afrixnli", "indonli", "myanmar_xnli", "xnli"]


def test_licences_that_differ_from_their_source(evidence):
    assert "MIT" in evidence["licences"]["pos/masakhapos"]
    assert "nli/xnli" not in evidence["licences"]


def test_a_licence_that_one_source_states_is_no_accusation():
    """The hub card of MasakhaNER 2 says AFL 3.0, as the paper does, its README CC BY-NC 4.0: sources disagree."""
    from realignment.corpora import licences

    assert licences.among("AFL 3.0", "CC BY-NC 4.0 (README); afl-3.0 (hub)")
    assert not licences.among("Apache 2.0", "CC BY-NC 4.0 (LICENSE); cc-by-nc-2.0 (hub)")
    row = paper_files.findings()["licences"]
    assert "for 2 the sources disagree and the paper repeats one of them (MasakhaNER 2.0 and MasakhaPOS)" in row["follows"]
    assert "The MasakhaNER 2.0 dataset (Adelani et al., 2022) has the AFL 3.0 license." in row["printed"]
