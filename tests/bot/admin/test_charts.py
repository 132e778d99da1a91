"""Small charts as SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from bot.admin.charts import Pile, bars


def heights(drawn: str) -> list[float]:
    return [float(one) for one in re.findall(r'<rect[^>]* height="([\d.]+)"', drawn)]


def test_bars_are_as_high_as_their_numbers_beside_the_largest() -> None:
    drawn = bars([Pile("Mon", [(1, "ok"), (1, "failed")], "two"), Pile("Tue", [(4, "ok")], "four")], "Runs", scale="{}")
    low, upper, whole = heights(drawn)
    assert (low, upper) == (whole / 4, whole / 4)
    assert 'class="failed"' in drawn
    assert ">4</text>" in drawn
    assert all(f">{word}</text>" in drawn for word in ("Mon", "Tue"))


def test_nothing_is_a_chart_too() -> None:
    assert ">none</text>" in bars([], "Runs", scale="{}")
    empty = bars([Pile("Mon", [(0, "ok")], "none")], "Runs", scale="{}")
    assert not heights(empty)
    assert ">none</text>" in empty


def test_what_a_picture_shows_stands_there_in_words_and_as_words() -> None:
    drawn = bars([Pile("<Mon>", [(1, "ok")], "one & only")], 'Cost "by day"', scale="{}")
    told = ElementTree.fromstring(drawn)
    assert told.get("aria-label") == 'Cost "by day"'
    assert [one.text for one in told.iter("title")] == ["one & only"]
    assert "<Mon>" in [one.text for one in told.iter("text")]
