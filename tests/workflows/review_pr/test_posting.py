"""Posting a review: where findings go that their lines do not take, and which threads are resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.journal import Where
from tests.fakes.memory_ledger import MemoryLedger
from tests.workflows.review_pr.test_report import finding
from workflows.effects.conversation.review import LineComment
from workflows.effects.items import CodeComment, UserInfo
from workflows.errors import NotFound, Refused
from workflows.journal import Journal
from workflows.review_pr import posting
from workflows.review_pr.diff.placing import Placement
from workflows.review_pr.history.earlier import key_in
from workflows.review_pr.state import BASE_BRANCH, HEAD
from workflows.text.escape import MOST_CHARACTERS

COMMIT = "b" * 40


@dataclass
class Forge:
    """A stand-in for GitHub that takes comments on some lines, and on some files."""

    lines: frozenset[int] = frozenset()
    files: frozenset[str] = frozenset()
    said: list[tuple[str, str]] = field(default_factory=list)

    async def takes_comment(self, number: int, commit: str, comment: LineComment) -> bool:
        return commit == COMMIT and comment.line in self.lines

    async def comment_on_file(self, number: int, commit: str, path: str, body: str) -> int:
        if path not in self.files:
            raise Refused("Path could not be resolved", status=422)
        self.said.append((path, body))
        return len(self.said)

    async def code_comments(self, number: int) -> list[CodeComment]:
        return [CodeComment(at, at, body, UserInfo(1, "bot"), path) for at, (path, body) in enumerate(self.said, 1)]

    def is_me(self, login: str) -> bool:
        return login == "bot"


def context(journal: Journal | None = None) -> Any:
    journal = journal or Journal(MemoryLedger(), Where("r", "post"))
    return SimpleNamespace(state={HEAD.key: COMMIT}, journal=journal, run=SimpleNamespace(id="r1"))


@pytest.mark.parametrize(
    ("lines", "files", "good", "on_file", "elsewhere"),
    [
        ({2, 3}, set(), [2, 3], [], []),
        ({2}, {"src/shares.py"}, [2], ["src/shares.py"], []),
        ({3}, set(), [3], [], [1]),
        (set(), set(), [], [], [1, 2]),
        (set(), {"src/shares.py"}, [], ["src/shares.py", "src/shares.py"], []),
    ],
)
async def test_what_its_lines_do_not_take_goes_to_its_file_and_else_into_the_body(
    lines: set[int], files: set[str], good: list[int], on_file: list[str], elsewhere: list[int]
) -> None:
    forge, placed = Forge(frozenset(lines), frozenset(files)), [finding(1), finding(2)]
    taken, rest = await posting._taken(context(), forge, 7, placed)  # type: ignore[arg-type]
    assert [one.line for one in taken] == good
    assert [path for path, _ in forge.said] == on_file
    assert [placed.index(one) + 1 for one in rest] == elsewhere


async def test_what_an_attempt_put_on_its_file_before_it_died_goes_nowhere_else_whatever_is_taken_by_now() -> None:
    forge, journal = Forge(frozenset({2}), frozenset({"src/shares.py"})), Journal(MemoryLedger(), Where("r", "post"))
    placed = [finding(1), finding(2)]
    await posting._taken(context(journal), forge, 7, placed)  # type: ignore[arg-type]
    for lines in (frozenset({2, 3}), frozenset({2})):
        forge.lines = lines
        left = await posting._without_moved(context(journal), forge, 7, placed)  # type: ignore[arg-type]
        assert left == [placed[0]], "the other one stands on its file"
    await posting._taken(context(journal), forge, 7, placed)  # type: ignore[arg-type]
    assert len(forge.said) == 1
    forge.said.clear()  # somebody deleted it, or it was never posted
    assert await posting._without_moved(context(journal), forge, 7, placed) == placed  # type: ignore[arg-type]


def test_a_comment_carries_its_key_and_stands_on_its_lines() -> None:
    several = posting._line_comment(finding(3))
    assert (several.path, several.start, several.line) == ("src/shares.py", 3, 4)
    assert key_in(several.body) == finding(3).finding.key
    one = posting._line_comment(finding(3, place=Placement("src/shares.py", 3, 3)))
    assert (one.start, one.line) == (0, 3)


def test_a_comment_of_any_length_is_cut_to_what_is_taken_and_keeps_its_key() -> None:
    long = posting._line_comment(finding(1, reason="é" * 200_000))
    assert len(long.body) <= MOST_CHARACTERS
    assert key_in(long.body) == finding(1, reason="é" * 200_000).finding.key


@dataclass
class Place:
    """A stand-in for a forge whose pull request is at a commit, and leads to a branch."""

    head: str = COMMIT
    base: str = "main"

    async def pull(self, number: int) -> Any:
        return SimpleNamespace(head_commit=self.head, base=self.base)

    async def issue(self, number: int) -> Any:
        raise NotFound("There is none.")


@pytest.mark.parametrize(
    ("place", "state", "again"),
    [
        (Place(), {BASE_BRANCH: "main"}, None),
        (Place(base="stable"), {BASE_BRANCH: "main"}, "led to stable meanwhile"),
        (Place(base="stable"), {}, None),
        (Place(head="c" * 40, base="stable"), {BASE_BRANCH: "main"}, "superseded by cccccccccc"),
    ],
)
async def test_a_review_begins_anew_where_its_change_is_another_one_by_now(
    place: Place, state: dict[str, str], again: str | None
) -> None:
    async def say(words: str) -> None:
        assert words.startswith("somebody pushed")

    ctx: Any = SimpleNamespace(
        state={HEAD.key: COMMIT, **state},
        forge=SimpleNamespace(operations=lambda run: place),
        run=SimpleNamespace(id="r1", subject=SimpleNamespace(told_on=8), inputs={}),
        say=say,
    )
    found = await posting.moved(ctx)
    assert (found and (found.name, found.summary)) == (again and ("moved", again))
