"""One bot's Telegram: its chats, what was said, what waits to be delivered, and how it limits and refuses."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram import bot_api
from tests.fakes.telegram.html import Parsed, parse, units

Json = Any


class Refusal(Exception):
    """An answer that is not ok, in Telegram's words."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass
class Said:
    """A message. `html` as it was sent; `keys` as (label, data or address)."""

    id: int
    chat: int
    html: str
    by_bot: bool = True
    keys: list[tuple[str, str]] = field(default_factory=list)
    markup: Json = None
    silent: bool = False
    reply_to: int = 0
    thread: int = 0
    edits: int = 0
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    """The bot's own."""

    @property
    def parsed(self) -> Parsed:
        return parse(self.html)

    @property
    def text(self) -> str:
        return self.parsed.text

    def token(self, label: str) -> str:
        """What a press of the button with a label brings."""
        return next(data for name, data in self.keys if label in name)


@dataclass
class Fault:
    """What happens to the next `times` calls of a method ("" is any) in a chat (0 is any)."""

    method: str
    times: int
    refusal: Refusal
    chat: int = 0
    after: bool = False
    """It is done all the same, and only the answer is lost."""
    cut: bool = False
    """The connection ends in the middle of the answer."""


@dataclass
class TelegramWorld:
    """The state; tests change it from their own thread, so that all of it is under one lock."""

    token: str
    username: str = "pullwright_bot"
    said: list[Said] = field(default_factory=list)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    """To presses: (id of the press, text)."""
    webhook: Json = field(default_factory=dict)
    commands: Json = field(default_factory=list)
    gone: dict[int, str] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)
    threads: dict[int, set[int]] = field(default_factory=dict)
    plain: set[int] = field(default_factory=set)
    """Chats that take no reactions."""
    faults: list[Fault] = field(default_factory=list)
    limited: bool = False
    """Whether it limits: one call in a second in a chat (of bursts three), twenty a minute in a group."""
    clock: Callable[[], float] = time.monotonic
    watch: Callable[[str, Json, bool], None] = lambda method, fields, done: None
    """Told of each call before it is carried out, and (`done`) before it is answered."""
    violations: list[str] = field(default_factory=list)
    """How calls of the bot, or answers and updates of ours, differ from what Telegram publishes."""
    pollers: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    _known: dict[int, Json] = field(default_factory=dict)
    _updates: list[Json] = field(default_factory=list)
    _presses: set[str] = field(default_factory=set)
    _written: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    _messages: dict[int, itertools.count[int]] = field(default_factory=lambda: defaultdict(lambda: itertools.count(1)))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(700_001))

    # --- what people do ------------------------------------------------------------------------

    def user(self, account: int, name: str = "alice") -> Json:
        return {"id": account, "is_bot": False, "first_name": name.capitalize(), "username": name}

    def chat_of(self, chat: int, name: str = "alice", title: str = "Team") -> Json:
        kind = "private" if chat > 0 else "supergroup" if chat < -1_000_000_000_000 else "group"
        return {"id": chat, "type": kind} | ({"title": title} if chat < 0 else {"username": name})

    def says(
        self, account: int, text: str, chat: int = 0, *, name: str = "alice", reply_to: int = 0, thread: int = 0,
        at: float | None = None,
    ) -> int:  # fmt: skip
        """Somebody writes; the number of the message."""
        with self.lock:
            where = self.chat_of(chat or account, name)
            self._known[where["id"]] = where
            message = self._message(where, account, name, text, thread, at)
            self.said.append(Said(message["message_id"], where["id"], text, by_bot=False, thread=thread))
            if reply_to:
                original = self._find(where["id"], reply_to)
                assert original is not None, "people reply to what is there"
                message["reply_to_message"] = self._shown(original)
            self._deliver({"message": message})
            return int(message["message_id"])

    def presses(self, account: int, message: Said, label: str, *, name: str = "alice") -> str:
        """Somebody presses a button; the number of the press."""
        return self.presses_data(account, message, message.token(label), name=name)

    def presses_data(self, account: int, message: Said, data: str, *, name: str = "alice") -> str:
        with self.lock:
            press = f"{next(self._numbers)}00"
            self._presses.add(press)
            query = {"id": press, "from": self.user(account, name), "chat_instance": "1", "data": data}
            self._deliver({"callback_query": query | {"message": self._shown(message)}})
            return press

    def forgets(self, press: str) -> None:
        """A press grows too old to be answered."""
        self._presses.discard(press)

    def blocks(self, chat: int, words: str = "bot was blocked by the user", *, told: bool = True) -> None:
        with self.lock:
            self.gone[chat] = words
            if told:
                self._membership(chat, "kicked")

    def unblocks(self, chat: int) -> None:
        with self.lock:
            del self.gone[chat]
            self._membership(chat, "member")

    def becomes_supergroup(self, old: int, new: int, *, told: bool = True) -> None:
        with self.lock:
            self.moved[old] = new
            self._known[new] = self.chat_of(new)
            if told:
                message = self._message(self._known.get(old) or self.chat_of(old), 1, "alice", "", 0, None)
                del message["text"]
                self._deliver({"message": message | {"migrate_to_chat_id": new}})

    def fault(self, method: str = "", times: int = 1, *, chat: int = 0, after: bool = False, cut: bool = False,
              code: int = 500, description: str = "Internal Server Error", **parameters: int) -> None:  # fmt: skip
        with self.lock:
            self.faults.append(Fault(method, times, Refusal(code, description, **parameters), chat, after, cut))

    def repeats(self) -> None:
        """Deliver everything once more, as for a bot that never acknowledged it."""
        with self.lock:
            self._updates = [*self._all]

    def begins_anew(self, number: int) -> None:
        """Nothing came for a week: the next update has any number."""
        with self.lock:
            self._numbers = itertools.count(number)

    def delivers(self, payload: Json) -> int:
        """Something of any kind, also what Telegram would not send; its number."""
        with self.lock:
            return self._deliver(payload, published=False)

    # --- what is seen --------------------------------------------------------------------------

    def messages(self, chat: int) -> list[Said]:
        """What the bot has said in a chat and is there still, oldest first."""
        with self.lock:
            return [one for one in self.said if one.chat == chat and one.by_bot and not one.deleted]

    def texts(self, chat: int) -> list[str]:
        return [one.text for one in self.messages(chat)]

    def count(self, method: str) -> int:
        with self.lock:
            return sum(name == method for name, _ in self.calls)

    def answered(self, press: str) -> list[str]:
        with self.lock:
            return [text for one, text in self.answers if one == press]

    @property
    def waiting(self) -> int:
        """How many updates nobody has acknowledged."""
        with self.lock:
            return len(self._updates)

    # --- for the wire --------------------------------------------------------------------------

    def new_message(self, said: Said) -> Said:
        said.id = next(self._messages[said.chat])
        self.said.append(said)
        return said

    def find(self, chat: int, message: int) -> Said | None:
        return self._find(chat, message)

    def shown(self, said: Said) -> Json:
        return self._shown(said)

    def is_known(self, chat: int) -> bool:
        return chat in self._known

    def takes_press(self, press: str) -> bool:
        if press not in self._presses:
            return False
        self._presses.discard(press)
        return True

    def page(self, offset: int, limit: int) -> list[Json]:
        with self.lock:
            self._updates = [one for one in self._updates if one["update_id"] >= offset]
            return self._updates[:limit]

    def count_writing(self, chat: int) -> None:
        """Refusal where the chat takes no more for a while."""
        if not self.limited:
            return
        now, group = self.clock(), chat < 0
        span, most = (60.0, 20) if group else (3.0, 3)
        recent = self._written[chat] = [at for at in self._written[chat] if at > now - span]
        if len(recent) >= most:
            after = max(1, round(recent[0] + span - now))
            raise Refusal(429, f"Too Many Requests: retry after {after}", retry_after=after)
        recent.append(now)

    @property
    def _all(self) -> list[Json]:
        return self.__dict__.setdefault("_every", [])  # type: ignore[no-any-return]

    def _deliver(self, payload: Json, *, published: bool = True) -> int:
        number = next(self._numbers)
        update = {"update_id": number, **payload}
        if published and (api := bot_api.published()) is not None:
            self.violations += api.check_update(update)
        self._updates.append(update)
        self._all.append(update)
        return number

    def _membership(self, chat: int, status: str) -> None:
        me = {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "P", "username": self.username}
        was = "member" if status == "kicked" else "kicked"
        change = {
            "chat": self._known.get(chat) or self.chat_of(chat),
            "from": self.user(abs(chat)),
            "date": int(time.time()),
            "old_chat_member": _member(me, was),
            "new_chat_member": _member(me, status),
        }
        self._deliver({"my_chat_member": change})

    def _message(self, chat: Json, account: int, name: str, text: str, thread: int, at: float | None) -> Json:
        message = {
            "message_id": next(self._messages[chat["id"]]),
            "from": self.user(account, name),
            "chat": chat,
            "date": int(time.time() if at is None else at),
            "text": text,
        }
        return message | ({"message_thread_id": thread, "is_topic_message": True} if thread else {})

    def _find(self, chat: int, message: int) -> Said | None:
        return next((one for one in self.said if (one.chat, one.id) == (chat, message) and not one.deleted), None)

    def _shown(self, said: Said) -> Json:
        me = {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "P", "username": self.username}
        text = said.text if said.by_bot else said.html
        chat = self._known.get(said.chat) or self.chat_of(said.chat)
        found = {"message_id": said.id, "date": int(time.time()), "chat": chat, "text": text}
        if said.by_bot and said.parsed.links:
            whole = {"type": "text_link", "offset": 0, "length": units(text)}
            found["entities"] = [{**whole, "url": one} for one in said.parsed.links]
        return found | ({"from": me} if said.by_bot else {}) | ({"reply_markup": said.markup} if said.markup else {})


def _member(user: Json, status: str) -> Json:
    return {"user": user, "status": status} | ({"until_date": 0} if status == "kicked" else {})
