"""Which threads of a review are resolved, and which are opened again."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.journal import EffectState, Where
from tests.fakes.memory_ledger import MemoryLedger
from workflows.effects.conversation.thread import ResolveThread
from workflows.effects.items import ThreadInfo
from workflows.errors import NotFound, Refused
from workflows.journal import Journal
from workflows.review_pr.history.earlier import mark
from workflows.review_pr.threads import settle, threads_of


@dataclass
class Forge:
    """A stand-in for GitHub with threads."""

    threads: list[ThreadInfo] | Exception = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    async def review_threads(self, number: int) -> list[ThreadInfo]:
        if isinstance(self.threads, Exception):
            raise self.threads
        return self.threads

    async def resolve_thread(self, thread: str, resolved: bool = True) -> None:
        (self.resolved if resolved else self.opened).append(thread)


async def resolved_by(ctx: Any, forge: Any, threads: Any, posted: Any, texts: Any) -> int:
    return (await settle(ctx, forge, 7, threads, posted, texts, {})).resolved


@pytest.mark.parametrize(
    ("about", "text", "before", "done", "ours"),
    [
        ({}, "a half\n", {"T": True}, "opened", {}),
        ({}, "something else\n", {"T": True}, "", {"T": True}),
        ({}, "a half\n", {}, "", {}),
        ({"waved_away": True}, "a half\n", {"T": True}, "", {"T": True}),
        ({"resolved": False}, "something else\n", {"T": True}, "", {"T": False}),
        ({"resolved": False}, "something else\n", {"T": False}, "", {"T": False}),
        ({"resolved": True}, "a half\n", {"T": False}, "", {"T": False}),
        ({"resolved": False}, "something else\n", {}, "resolved", {"T": True}),
    ],
    ids=[
        "it is back",
        "it is mended still",
        "a person resolved it",
        "somebody spoke in it",
        "a person opened it",
        "a person opened it before",
        "and resolved it again",
        "it is mended again",
    ],
)
async def test_what_we_resolved_is_opened_again_when_its_lines_are_back(
    about: dict[str, Any], text: str, before: dict[str, bool], done: str, ours: dict[str, bool]
) -> None:
    forge, ctx = Forge(), SimpleNamespace(journal=Journal(MemoryLedger(), Where("r", "post")))
    thread = ThreadInfo(**{"id": "T", "body": mark("k"), "ours": True, "resolved": True, "waved_away": False, **about})
    posted = {"k": {"path": "a.py", "lines": "a half"}}
    found = await settle(ctx, forge, 7, [thread], posted, {"a.py": text}, before)  # type: ignore[arg-type]
    assert found.ours == ours
    assert (forge.resolved, forge.opened) == (["T"] * (done == "resolved"), ["T"] * (done == "opened"))


async def test_a_thread_that_an_attempt_resolved_which_died_is_known_for_ours() -> None:
    ledger, where = MemoryLedger(), Where("r", "post")
    seq = ledger.intend(where, ResolveThread(7, "T").effect)
    thread = ThreadInfo("T", mark("k"), ours=True, resolved=True, waved_away=False)
    ctx, posted = SimpleNamespace(journal=Journal(ledger, where)), {"k": {"path": "a.py", "lines": "a half"}}
    assert await resolved_by(ctx, Forge(), [thread], posted, {"a.py": ""}) == 1  # type: ignore[arg-type]
    assert ledger.rows[seq - 1].state is EffectState.DONE


@pytest.mark.parametrize(
    ("path", "text", "resolved"),
    [
        ("b.py", "def f():\n    return share(total, 3)\n", 0),
        ("b.py", "def f():\n    return share(total, 2)\n", 1),
        ("b.py", "def f():\n\treturn share(total, 3)\r\n", 0),
        ("a.py", "    return share(total, 3)\n", 0),
        ("", "", 1),
    ],
)
async def test_what_stands_in_a_file_that_was_renamed_is_not_mended(path: str, text: str, resolved: int) -> None:
    forge = Forge()
    thread = ThreadInfo("T", mark("k"), ours=True, resolved=False, waved_away=False)
    posted = {"k": {"path": "a.py", "lines": "    return share(total, 3)"}}
    ctx = SimpleNamespace(journal=Journal(MemoryLedger(), Where("r", "post")))
    texts = {path: text} if path else {}
    assert await resolved_by(ctx, forge, [thread], posted, texts) == resolved  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [NotFound("gone"), Refused("no", status=403)])
async def test_threads_that_cannot_be_read_are_none(error: Exception) -> None:
    assert await threads_of(Forge(threads=error), 7) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("about", "text", "resolved"),
    [
        ({}, "something else\n", 1),
        ({}, "a half\n", 0),
        ({}, None, 1),
        ({"ours": False}, "something else\n", 0),
        ({"resolved": True}, "something else\n", 0),
        ({"waved_away": True}, "something else\n", 0),
        ({"body": "no mark"}, "something else\n", 0),
        ({"body": mark("other")}, "something else\n", 0),
    ],
)
async def test_a_thread_of_ours_whose_lines_are_gone_is_resolved_unless_somebody_speaks_in_it(
    about: dict[str, Any], text: str | None, resolved: int
) -> None:
    forge = Forge()
    journal = Journal(MemoryLedger(), Where("r", "post"))
    thread = ThreadInfo(**{"id": "T", "body": mark("k"), "ours": True, "resolved": False, "waved_away": False, **about})
    texts = {} if text is None else {"a.py": text}
    posted = {"k": {"path": "a.py", "lines": "a half"}}
    ctx = SimpleNamespace(journal=journal)
    count = await resolved_by(ctx, forge, [thread], posted, texts)  # type: ignore[arg-type]
    assert (count, forge.resolved) == (resolved, ["T"] * resolved)
