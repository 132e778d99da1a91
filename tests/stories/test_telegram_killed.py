"""A server is killed at each kind of thing that it says in a chat: each deed is done, and each run shown, once."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bot.telegram.wire.calls import SECRET_HEADER
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.telegram.world import Refusal, Said, TelegramWorld
from tests.stories.conftest import Desk
from tests.stories.github_desk import GitHubDesk, Process
from tests.stories.test_telegram import ALICE, hub, world

__all__ = ["hub", "world"]

pytestmark = [pytest.mark.at_length, pytest.mark.timeout(600)]

_WRITES = ("sendMessage", "editMessageText", "answerCallbackQuery")
_AGAIN_SECONDS = 20.0
"""After so long somebody writes again what was not answered."""
_MOST_AT_WORK = 1
"""So often it is killed while a step is made: more deaths would be the step's, and fail the run."""


@dataclass
class Killer:
    """Ends the server at the first call of each kind: before Telegram has carried it out, or before it is answered."""

    after: bool
    pid: int = 0
    met: list[str] = field(default_factory=list)

    def __call__(self, method: str, fields: Any, done: bool) -> None:
        if method not in _WRITES or done is not self.after or not self.pid:
            return
        kind = f"{method} {re.sub(r'<[^>]*>|[0-9]', '', str(fields.get('text', '')))[:24]}"
        at_work = sum("At work" in one or "ready" in one for one in self.met)
        if kind in self.met or ("At work" in kind and at_work >= _MOST_AT_WORK):
            return
        self.met.append(kind)
        pid, self.pid = self.pid, 0
        os.kill(pid, signal.SIGKILL)
        raise Refusal(500, "nobody hears this")


@dataclass
class Supervised:
    """A server that is started again whenever it has died."""

    hub: GitHubDesk
    world: TelegramWorld
    killer: Killer
    process: Process | None = None

    def up(self) -> None:
        if self.process is None or self.process.poll() is not None:
            self.process = self.hub.start()
            self.killer.pid = self.process.pid

    def wait(self, what: str, until: Callable[[], object]) -> Any:
        def found() -> object:
            self.up()
            return until()

        return self.hub.wait(what, found, 240)

    def does(self, command: str, *texts: str) -> None:
        """Write a command that does something: it is answered so, or has the sign where that was lost."""
        written = self.world.says(ALICE, command)

        def taken() -> bool:
            signs = [one.reactions for one in self.world.said if (one.id, one.by_bot) == (written, False)]
            return any(text in one.text for one in self.world.messages(ALICE) for text in texts) or signs == [["👌"]]

        self.wait(f"{command} is taken", taken)

    def told(self, command: str, text: str) -> str:
        """What a command tells that does nothing. One that died before it was said is asked for again."""
        asked = [0.0]

        def shown() -> list[str]:
            if time.monotonic() > asked[0] + _AGAIN_SECONDS:
                self.world.says(ALICE, command)
                asked[0] = time.monotonic()
            return [one for one in self.world.texts(ALICE) if text in one]

        return str(self.wait(f"{command} is answered", shown)[0])

    def shown(self, text: str, fits: Callable[[Said], Any] = bool) -> Said:
        messages = self.world.messages
        found = self.wait(f"{text!r} is shown", lambda: [m for m in messages(ALICE) if text in m.text and fits(m)])
        return found[-1]  # type: ignore[no-any-return]


@contextmanager
def _calling(hub: GitHubDesk, world: TelegramWorld) -> Iterator[None]:
    """Telegram calls the server with one update after the other, each again until it is taken."""
    over = threading.Event()

    def call() -> None:
        offset = 0
        while not over.wait(0.05):
            secret = str(world.webhook.get("secret_token", ""))
            for update in world.page(offset, 1) if secret else ():
                with suppress(httpx.HTTPError):
                    answer = httpx.post(
                        f"http://127.0.0.1:{hub.port}/telegram",
                        json=update,
                        headers={SECRET_HEADER: secret},
                        timeout=10,
                    )
                    offset = update["update_id"] + 1 if answer.status_code == 200 else offset

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_where_telegram_calls_each_deed_is_done_once_too(
    after: bool, github: GitHub, desk: Desk, hub: GitHubDesk, world: TelegramWorld
) -> None:
    hub.desk.env |= {"PULLWRIGHT_TELEGRAM_WEBHOOK": "true", "PULLWRIGHT_PUBLIC_URL": "https://pullwright.test"}
    with _calling(hub, world):
        _deeds_are_done_once(after, hub, world)
    assert world.webhook["url"] == "https://pullwright.test/telegram"
    assert world.count("getUpdates") == 0


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_each_deed_is_done_once_and_each_run_shown_once(
    after: bool, github: GitHub, desk: Desk, hub: GitHubDesk, world: TelegramWorld
) -> None:
    _deeds_are_done_once(after, hub, world)


def _deeds_are_done_once(after: bool, hub: GitHubDesk, world: TelegramWorld) -> None:
    killer = Killer(after)
    world.watch = killer
    number, them = hub.issue(), Supervised(hub, world, killer)
    them.up()
    code = them.told("/start", "/link ").partition("/link ")[2].split()[0]
    hub.say(number, f"/link {code}")
    them.shown("You are alice on GitHub")
    them.does("/subscribe octo/adder", "This chat hears of every run")
    assert "/quiet" in them.told("/help", "/unsubscribe")
    them.does(f"/plan octo/adder#{number}", "has begun", "It is asked for")
    message = them.shown("Waiting for an answer", lambda one: any("Approve" in label for label, _ in one.keys))
    world.presses(ALICE, message, "Approve")
    message = them.shown("Approve: alice", lambda one: any("Abort" in label for label, _ in one.keys))
    world.presses(ALICE, message, "Abort")
    them.shown("Abort: alice")
    killer.pid = 0
    for text in ("This chat hears of every run", "has begun"):
        assert sum(text in one.text for one in world.messages(ALICE)) <= 1, text
    assert not after or sum("/link " in one.text for one in world.messages(ALICE)) == 1
    (run,) = hub.runs()
    assert run["status"] == "aborted"
    assert sum(f"run {run['run']}" in one.text for one in world.messages(ALICE)) == 1
    asked = [one["what"] for one in json.loads(hub.desk.run("show", run["run"], "--json").out)["requests"]]
    assert (asked.count("answer:approve"), asked.count("abort")) == (1, 1), asked
    assert len(killer.met) >= 6, killer.met
    assert them.process is not None
    hub.stop(them.process)
