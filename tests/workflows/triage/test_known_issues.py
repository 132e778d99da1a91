"""Issues that are like a report are found without a model: by error first, then by words."""

from __future__ import annotations

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
