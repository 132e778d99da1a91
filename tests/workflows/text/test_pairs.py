"""Chinese, Japanese and Korean are compared by pairs of signs, all else by words as ever."""

from __future__ import annotations

import re

import pytest

from workflows.text.pairs import PAIR, paired


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("plain words", ["plain", "words"]),
        ("日本語", ["日本", "本語"]),
        ("ファイルfile名前", ["ファ", "ァイ", "イル", "file", "名前"]),
        ("한국어 오류", ["한국", "국어", "오류"]),
        ("中", ["中"]),
        ("日本한국", ["日本", "한국"]),
        ("日 本", ["日", "本"]),
    ],
)
def test_a_run_of_signs_becomes_its_overlapping_pairs(text: str, words: list[str]) -> None:
    assert paired(text).split() == words


def test_each_pair_is_found_as_one_and_none_in_latin_letters() -> None:
    assert re.fullmatch(PAIR, "日本")
    assert re.fullmatch(PAIR, "오류")
    assert not re.search(PAIR, "ab 中 éß")
    assert all(re.fullmatch(PAIR, word) for word in paired("取り消しボタン").split())
