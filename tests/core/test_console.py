"""What commands print in a narrow terminal."""

import io
import re

import pytest
from rich.console import Console

from realignment.core import console

GAINS = [
    {"set": "latin_diverse_10", "n": 10, "encoder": "mbert", "task": "pos", "what": "mean", "gain": 2.783, "low": -1.794, "high": 3.772, "measured": 2.806},
    {"set": "my_set", "n": 3, "encoder": "mmbert-base", "task": "pos", "what": "LRL unseen", "gain": 12.25, "low": 1.326, "high": 30.124, "measured": None},
]  # fmt: skip


def printed(rows: list[dict], width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(console._grid(rows, list(rows[0]), "", width))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_no_word_is_broken_where_all_words_fit(width):
    lines = printed(GAINS, width)
    assert max(map(len, lines)) <= width
    for row in GAINS:
        for word in " ".join(console.show(value) for value in row.values()).split():
            assert re.search(rf"(?<!\S){re.escape(word)}(?!\S)", "\n".join(lines)), word


def test_a_number_stays_whole_where_words_have_to_be_broken():
    rows = [{"model": "afroxlmr-large-of-a-long-name", "architecture": "xlm-roberta-xl", "parameters": 27804364800}]
    lines = printed(rows, 30)
    assert max(map(len, lines)) <= 30
    assert any(line.split()[-1:] == ["27804364800"] for line in lines)


def test_a_column_without_a_value_is_left_out_where_there_is_little_room():
    rows = [{**row, "measured": None} for row in GAINS]
    assert "measured" not in "\n".join(printed(rows, 60))
    assert "measured" in "\n".join(printed(rows, 120))


def test_nothing_to_do_shows_no_progress(monkeypatch):
    monkeypatch.setattr(console.sys.stderr, "isatty", lambda: True, raising=False)
    shown = []
    monkeypatch.setattr("rich.progress.Progress.add_task", lambda *_, **__: shown.append(1))
    assert list(console.track([], "encoders left out")) == []
    assert not shown


def test_a_deviation_stays_with_its_sign_where_there_is_little_room():
    rows = [{f"level {number}": f"{number}5.43 ± 0.2{number}" for number in range(1, 9)}]
    assert {f"±0.2{number}" for number in range(1, 9)} <= set(" ".join(printed(rows, 60)).split())


def test_the_heading_of_numbers_is_broken_before_a_name_of_a_row_is():
    rows = [
        {"encoder": "mbert", "recomputed": 55.43, "differences": 0.25},
        {"encoder": "xlmr", "recomputed": 4.5, "differences": 0.5},
    ]
    lines = printed(rows, 18)
    assert [line.split() for line in lines[-2:]] == [["mbert", "55.43", "0.25"], ["xlmr", "4.5", "0.5"]]
