"""What Telegram delivers, in our own words; what we do nothing with is None. https://core.telegram.org/bots/api#update"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_GONE = ("left", "kicked")
_MOST = 8000


@dataclass(frozen=True, slots=True)
class ChatSpot:
    """Where something happened; `thread` is the topic of a forum, 0 for none."""

    chat: int
    thread: int
    private: bool
    title: str


@dataclass(frozen=True, slots=True)
class ChatText:
    """Somebody wrote something; `at` in seconds since the epoch, `reply_to` is what it answers, 0 for nothing."""

    update: int
    spot: ChatSpot
    message: int
    account: int
    name: str
    text: str
    at: float
    reply_to: int = 0
    replied: str = ""
    """What a bot had said to which this is a reply, "" where it was none."""


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """Somebody pressed a button below a message of ours."""

    update: int
    id: str
    spot: ChatSpot
    message: int
    account: int
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Membership:
    """We were let into a chat, or out of it; `gone` says how, "" where we may speak."""

    chat: int
    gone: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup."""

    old: int
    new: int


Incoming = ChatText | ButtonPress | Membership | Moved


def read(update: Mapping[str, Any]) -> Incoming | None:
    """The update; None where we do nothing with it, or it is not as it should be."""
    try:
        if "message" in update:
            return _message(int(update["update_id"]), update["message"])
        if "callback_query" in update:
            return _press(int(update["update_id"]), update["callback_query"])
        if "my_chat_member" in update:
            return _membership(update["my_chat_member"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return None


def chat_of(update: Mapping[str, Any]) -> int:
    """The chat that an update is about, in whose order it is handled; 0 where it is about none."""
    try:
        query, change = update.get("callback_query") or {}, update.get("my_chat_member") or {}
        message = update.get("message") or query.get("message") or change
        return int((message.get("chat") or {}).get("id", 0))
    except (TypeError, ValueError, AttributeError):
        return 0


def _message(update: int, message: Mapping[str, Any]) -> Incoming | None:
    chat = int(message["chat"]["id"])
    if new := message.get("migrate_to_chat_id"):
        return Moved(chat, int(new))
    sender, text = message.get("from") or {}, message.get("text")
    if not isinstance(text, str) or not text.strip() or sender.get("is_bot", True) or "forward_origin" in message:
        return None  # a bot, a channel, a picture, and what somebody only passes on ask for nothing
    return ChatText(
        update,
        _spot(message),
        int(message["message_id"]),
        int(sender["id"]),
        _name(sender),
        _text(text)[:_MOST],
        float(message["date"]),
        _replied(message),
        _said_before(message),
    )


def _press(update: int, query: Mapping[str, Any]) -> ButtonPress | None:
    message, sender = query.get("message"), query["from"]
    if not message or not isinstance(query.get("data"), str):
        return None
    number = int(message["message_id"])
    return ButtonPress(
        update, str(query["id"]), _spot(message), number, int(sender["id"]), _name(sender), query["data"]
    )


def _membership(change: Mapping[str, Any]) -> Membership:
    status = str(change["new_chat_member"]["status"])
    return Membership(int(change["chat"]["id"]), f"Telegram: {status}." if status in _GONE else "")


def _spot(message: Mapping[str, Any]) -> ChatSpot:
    chat = message["chat"]
    thread = int(message.get("message_thread_id") or 0) if message.get("is_topic_message") else 0
    return ChatSpot(int(chat["id"]), thread, chat["type"] == "private", _text(chat.get("title"))[:200])


def _replied(message: Mapping[str, Any]) -> int:
    """In a topic each message counts as an answer to the one that made it."""
    original = message.get("reply_to_message") or {}
    number = int(original.get("message_id") or 0)
    return 0 if "forum_topic_created" in original or number == message.get("message_thread_id") else number


def _said_before(message: Mapping[str, Any]) -> str:
    original = message.get("reply_to_message") or {}
    is_bots = (original.get("from") or {}).get("is_bot") is True
    return _text(original.get("text"))[:_MOST] if is_bots else ""


def _name(sender: Mapping[str, Any]) -> str:
    username = sender.get("username")
    return _text(f"@{username}" if username else sender.get("first_name") or sender["id"])[:80]


def _text(value: object) -> str:
    """As every database takes it."""
    return str(value or "").replace("\x00", "").encode("utf-8", "replace").decode()
