"""A process is gone at any write, to Telegram or the database: each run is one message, and no sound is made twice."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.channels.outbox import Outbox
from bot.telegram.wire.client import TelegramClient
from tests.fakes.telegram.chatting import ALICE, GROUP, NAME, SECRET, SUPERGROUP, Chatting, chatting
from workflows.store.database import Store
from workflows.values import RunStatus

RUN = "261120-aaaaa"
LINK = "A run in a private repository"
_WRITES = ("send", "edit", "stands")


class Gone(BaseException):
    """What a process that was killed does: nothing any more."""


@dataclass
class Life:
    """One process's time: it is gone at its write number `last`, before or after that is done."""

    last: int
    after: bool
    writes: list[str] = field(default_factory=list)
    gone: bool = False

    async def write(self, what: str, act: Callable[[], Any]) -> Any:
        if self.gone:
            raise Gone
        self.writes.append(what)
        dies = len(self.writes) == self.last
        if dies and not self.after:
            self.gone = True
            raise Gone
        done = await act()
        if dies or self.gone:
            self.gone = True
            raise Gone
        return done


def mortal(monkeypatch: pytest.MonkeyPatch, life: list[Life]) -> None:
    """Every write of this process counts in the life that it is in."""
    store_write, store_read = Store.write, Store.read

    async def write(self: Store, query: Any, *args: Any, **more: Any) -> Any:
        return await life[-1].write(query.__name__, lambda: store_write(self, query, *args, **more))

    async def read(self: Store, query: Any, *args: Any, **more: Any) -> Any:
        if life[-1].gone:
            raise Gone
        return await store_read(self, query, *args, **more)

    monkeypatch.setattr(Store, "write", write)
    monkeypatch.setattr(Store, "read", read)
    for name in _WRITES:
        called = getattr(TelegramClient, name)

        async def call(self: TelegramClient, *args: Any, called: Any = called, name: str = name, **more: Any) -> Any:
            return await life[-1].write(name, lambda: called(self, *args, **more))

        monkeypatch.setattr(TelegramClient, name, call)


async def one_life(chats: Chatting, life: Life) -> None:
    """A process comes, finds what is behind and shows it, until nothing is or it is gone."""
    async with Outbox(chats.store, chats.channel) as outbox:
        with_nothing_left = False
        while not with_nothing_left and not life.gone:
            await asyncio.sleep(0.02)
            try:
                with_nothing_left = not await outbox.catch_up()
            except Gone:
                break
        for task in outbox._tasks:
            task.cancel()


def standing(chats: Chatting, chat: int, sign: str) -> list[str]:
    return [one.text for one in chats.world.messages(chat) if sign in one.text and not one.reply_to]


def aloud(chats: Chatting, chat: int) -> int:
    return sum(not one.silent for one in chats.world.messages(chat))


CHATS = {
    "private": (ALICE, NAME, 0),
    "private of a private repository": (ALICE, SECRET, 0),
    "group": (GROUP, NAME, 0),
    "group of a private repository": (GROUP, SECRET, 0),
    "topic": (SUPERGROUP, NAME, 5),
    "group that becomes a supergroup": (GROUP, NAME, 0),
}
BECOME = -1_000_000_000_078


async def story(folder: Path, where: str, last: int, after: bool, phase: int) -> tuple[int, str]:
    """A run asks, and then fails; in that phase the process is gone at a write. How many writes the phase had."""
    chat, name, thread = CHATS[where]
    with pytest.MonkeyPatch.context() as patch:
        async with chatting(folder) as chats:
            await chats.outbox.__aexit__(None, None, None)
            chats.link()
            more = {"thread": thread} if thread else {}
            assert "hears of" in await chats.says(f"/subscribe {name}", chat=chat, **more)
            before = aloud(chats, chat)
            sign = LINK if chat == GROUP and name == SECRET else f"run {RUN}"
            lives = [Life(0, after=False)]
            mortal(patch, lives)
            counted = 0
            for number in range(2):
                if number == 0:
                    chats.run(RUN, name, status=RunStatus.WAITING, asks="approval", step="approval")
                else:
                    chats.change(RUN, status=RunStatus.FAILED, error_text="It broke.")
                    if "becomes" in where:  # and its messages stay where they are
                        chats.world.becomes_supergroup(chat, BECOME, told=False)
                        before, chat = aloud(chats, BECOME) - 1, BECOME
                if number == phase:
                    lives.append(Life(last, after))
                    await one_life(chats, lives[-1])
                    counted = len(lives[-1].writes)
                lives.append(Life(0, after=False))
                await one_life(chats, lives[-1])
                case = f"{where}, phase {phase}: gone {'after' if after else 'before'} write {last}"
                said = chats.world.texts(chat)
                assert len(standing(chats, chat, sign)) == 1, (case, said, lives[1].writes)
                sounds = aloud(chats, chat) - before
                assert sounds <= number + 1, (case, said, lives[1].writes)
                if not after:  # what was about to be said, and was not
                    assert sounds >= number or last, (case, said)
            return counted, f"{sounds} sounds"


_AT_LENGTH = [pytest.param(one, marks=pytest.mark.at_length) for one in CHATS if one != "private"]


@pytest.mark.at_length
@pytest.mark.parametrize("where", ["private", *_AT_LENGTH])
@pytest.mark.timeout(600)
async def test_no_message_is_lost_or_doubled_and_no_sound_made_twice(where: str, tmp_path: Path) -> None:
    numbers = itertools.count()
    for phase in range(2):
        folder = tmp_path / f"{next(numbers)}"
        folder.mkdir()
        most, heard = await story(folder, where, 0, after=False, phase=phase)
        assert heard == "2 sounds"
        for last in range(1, most + 1):
            for after in (False, True):
                folder = tmp_path / f"{next(numbers)}"
                folder.mkdir()
                await story(folder, where, last, after, phase)
