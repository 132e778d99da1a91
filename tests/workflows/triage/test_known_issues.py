"""Issues that are like a report are found without a model: by error first, then by words."""

from __future__ import annotations

import pytest

from workflows.effects.items import ListedIssue
from workflows.triage.known_issues import nearest

KNOWN = [
    ListedIssue(1, "Slugs drop letters with accents", "`slugify('É')` gives nothing."),
    ListedIssue(2, "Logo is blue", "It was green in the last release."),
    ListedIssue(3, "Crash", "KeyError: 'Ä'"),
    ListedIssue(4, "Accented letters", "All slugs lose them.", "closed"),
    ListedIssue(5, '" OR title:* NEAR(', "'; DROP TABLE known; --"),
]


def numbers(title: str, body: str = "", most: int = 20) -> list[int]:
    return [issue.number for issue, _ in nearest(title, body, KNOWN, (), most)]


def test_words_of_the_title_tell_more_than_those_of_the_body() -> None:
    assert numbers("Slugs lose accented letters") == [4, 1]


def test_the_same_error_comes_first_with_what_is_shared() -> None:
    (first, shares), *_ = nearest("Slugs crash with accents", "KeyError: 'ß'", KNOWN, (), 20)
    assert (first.number, shares) == (3, "the same error: KeyError: *")


def test_what_looks_like_a_query_is_words() -> None:
    assert sorted(numbers('title:logo* AND NEAR("green")')) == [2, 5]
    assert numbers("", "") == []
    assert numbers("the and for") == []
    assert numbers("slugs", most=1) in ([1], [4])


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("点击登录按钮以后页面没有反应", 11),
        ("ログインするとアプリが落ちます", 12),
        ("로그인하면 화면이 멈춥니다", 13),
        ("Anmeldung über Umlaute kaputt", 14),
        ("Вход через почту не работает", 15),
    ],
)
def test_other_languages_are_compared_by_their_words_too(title: str, found: int) -> None:
    known = [
        ListedIssue(11, "页面打不开", "登录按钮按下去之后没有任何反应。"),
        ListedIssue(12, "アプリが落ちる", "ログイン画面でアプリが落ちることがあります。"),
        ListedIssue(13, "화면 멈춤", "로그인을 하면 화면이 멈춰요."),
        ListedIssue(14, "Umlaute in der Anmeldung", "Geht nicht."),
        ListedIssue(15, "Не работает вход", "Через почту войти нельзя."),
        ListedIssue(16, "导出文件名乱码", "下载的文件打开是空的。"),
    ]
    assert [one.number for one, _ in nearest(title, "", known, (), 1)] == [found]
