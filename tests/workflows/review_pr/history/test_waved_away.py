"""What was waved away before, by a thumb down or with its lines as they were, and what resembles three such."""

from __future__ import annotations

import pytest

from workflows.effects.items import ThreadInfo
from workflows.review_pr.findings import Finding
from workflows.review_pr.history.earlier import mark
from workflows.review_pr.history.waved_away import LEAST, WavedAway, resembles, waved_in, words_of

POSTED = {"k1": {"path": "a.py", "lines": "x = 1"}}
HERE, GONE = {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"}
BODY = f"{mark('k1')}\n**Magic number** (low)\n\nThe number has no name.\n\n```suggestion\nx = ONE\n```\n<sub>A</sub>"


def thread(body: str = BODY, **more: bool) -> ThreadInfo:
    given = {"ours": True, "resolved": False, "waved_away": False, **more}
    return ThreadInfo("T1", body, **given)


@pytest.mark.parametrize(
    ("one", "texts", "found"),
    [
        (thread(), HERE, False),
        (thread(disliked=True), HERE, True),
        (thread(disliked=True), GONE, True),
        (thread(resolved=True), HERE, True),
        (thread(resolved=True), GONE, False),
        (thread(waved_away=True), HERE, False),
        (thread(ours=False, disliked=True), HERE, False),
        (thread(body="No mark of ours.", disliked=True), HERE, False),
        (thread(body=mark("k2"), disliked=True), HERE, False),
    ],
)
def test_which_comments_were_waved_away(one: ThreadInfo, texts: dict[str, str], found: bool) -> None:
    noted = waved_in([one], POSTED, texts)
    assert [each.key for each in noted] == (["k1"] if found else [])


def test_only_the_words_of_a_comment_are_noted() -> None:
    assert words_of(BODY) == "**Magic number** (low) The number has no name."


def finding(title: str, reason: str) -> Finding:
    return Finding("a.py", "x = 1", title, reason)


NOTED = [
    WavedAway(str(number), f"**Magic number** (low) The literal {number} should be a named constant for readers.")
    for number in range(LEAST)
]


@pytest.mark.parametrize(
    ("title", "reason", "times"),
    [
        ("Magic number without a name", "This literal should be a named constant.", 3),
        ("Off by one", "The last element of the list is never read, since the range ends before it.", 0),
        ("Number", "A constant.", 0),
        ("", "", 0),
    ],
)
def test_what_resembles_them_does_so_by_its_words(title: str, reason: str, times: int) -> None:
    assert resembles(finding(title, reason), NOTED) == times
