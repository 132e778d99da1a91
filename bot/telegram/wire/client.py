"""Telegram as we use it: a few calls of the Bot API, with its errors as ours.

TransientError   it may pass: limited (`retry_after`), away, an answer that is none; SaidPerhaps where it may be done
ChatLost         nothing can be said there any more: blocked, removed, no such chat
ChatMoved        the chat has another number by now
UserError        Telegram does not take it as it is; ConfigError where it is the token
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from telegram import (
    Bot,
    CallbackQuery,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
)
from telegram.constants import ParseMode, ReactionEmoji
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from bot.telegram.wire.request import AnswerLost, Limited, TelegramRequest
from workflows.errors import ConfigError, TransientError, UserError

KINDS = ("message", "callback_query", "my_chat_member")
"""What we want to hear of."""
MOST_ANSWER = CallbackQuery.MAX_ANSWER_TEXT_LENGTH
_SAME = "message is not modified"
_MISSING = ("message to edit not found", "message can't be edited", "message_id_invalid", "message to be replied")
_LOST = ("chat not found", "user is deactivated", "bot was kicked", "need administrator rights", "not enough rights")
_NO_TOPIC = ("message thread not found", "topic_deleted", "topic_closed")


class ChatLost(UserError):
    """A chat in which nothing can be said any more; `sentence` says why."""


class ChatMoved(UserError):
    """A group that became a supergroup: it has the number `chat` now."""

    def __init__(self, chat: int) -> None:
        super().__init__("The group has become a supergroup with another number.")
        self.chat = chat


@dataclass(frozen=True, slots=True)
class Key:
    """A button below a message: one that opens an address, or one whose press brings us `data`."""

    label: str
    data: str = ""
    url: str = ""


class SaidPerhaps(TransientError):
    """The answer was lost: it may be said already."""


Keys = Sequence[Sequence[Key]]
"""Rows of buttons."""


class TelegramClient:
    """The bot's client, for one process; `async with` closes it. `url` is Telegram's address."""

    def __init__(self, token: str, url: str = "https://api.telegram.org", *, seconds: float = 20.0) -> None:
        # two, as a poll holds its connection for half a minute
        self._bot = Bot(
            token,
            base_url=f"{url.rstrip('/')}/bot",
            request=TelegramRequest(seconds),
            get_updates_request=TelegramRequest(seconds),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for request in self._bot._request:  # Bot.shutdown does so only for one that asked who it is
            await request.shutdown()

    async def me(self) -> str:
        """What the bot is called, without its @."""
        async with _told():
            return (await self._bot.get_me()).username or ""

    async def send(
        self,
        chat: int,
        html: str,
        *,
        thread: int = 0,
        keys: Keys = (),
        silent: bool = False,
        reply_to: int = 0,
        force_reply: bool = False,
    ) -> int:
        """Say something; the message's number. With `force_reply` the reader is asked for a reply."""
        markup = ForceReply(selective=True) if force_reply else _markup(keys)
        async with _told():
            sent = await self._bot.send_message(
                chat,
                html,
                parse_mode=ParseMode.HTML,
                message_thread_id=thread or None,
                disable_notification=silent,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=markup,
                reply_to_message_id=reply_to or None,
                allow_sending_without_reply=True if reply_to else None,
            )
        return sent.message_id

    async def edit(self, chat: int, message: int, html: str, keys: Keys = ()) -> bool:
        """Change a message; False where it is not there any more, or cannot be changed."""
        try:
            async with _told():
                await self._bot.edit_message_text(
                    html,
                    chat,
                    message,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                    reply_markup=_markup(keys),
                )
        except _Same:
            return True
        except _Missing:
            return False
        return True

    async def stands(self, chat: int, message: int, keys: Keys, sign: str) -> bool:
        """Whether a message of ours stands there with `sign` in its words or as a link, or that has just these buttons.

        A bot cannot read what it said, but a change of its buttons tells the words, or that nothing would change; for
        one without buttons some are put below it for a moment. The message that is found has the buttons then,
        another one of ours has none.
        """
        tried = [keys] if any(keys) else [[[Key("…", "-")]], [[Key("·", "-")]]]  # the second, where a try was cut short
        try:
            async with _told():
                for buttons in tried:
                    try:
                        found = await self._bot.edit_message_reply_markup(chat, message, reply_markup=_markup(buttons))
                    except BadRequest as error:
                        if _SAME not in error.message.lower():
                            raise
                        if any(keys):
                            return True
                        continue
                    ours = isinstance(found, Message) and _holds(found, sign)
                    if not ours or not any(keys):
                        await self._bot.edit_message_reply_markup(chat, message, reply_markup=None)
                    return ours
        except _Missing:
            pass
        return False

    async def sign(self, chat: int, message: int) -> None:
        """Show below a message that it was taken. Done twice it is there once. UserError where the chat takes none."""
        async with _told():
            await self._bot.set_message_reaction(chat, message, ReactionEmoji.OK_HAND_SIGN)

    async def answer_press(self, press: str, text: str = "", *, alert: bool = False) -> None:
        """Say something to whoever pressed a button, while Telegram still takes it."""
        try:
            async with _told():
                await self._bot.answer_callback_query(press, text[:MOST_ANSWER] or None, show_alert=alert)
        except _TooOld:
            return

    async def updates(self, offset: int, seconds: int) -> list[dict[str, Any]]:
        """What is new from number `offset` on, waited for `seconds`; what is below is acknowledged."""
        async with _told():
            found = await self._bot.get_updates(
                offset=offset or None, timeout=seconds, read_timeout=seconds + 10.0, allowed_updates=list(KINDS)
            )
        return [one.to_dict() for one in found]

    async def call_us(self, url: str, secret: str) -> None:
        """Have updates delivered to an address, each with a header that carries the secret; "" to be asked for them."""
        async with _told():
            if url:
                await self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(KINDS))
            else:
                await self._bot.delete_webhook()

    async def called(self) -> str:
        """The address that updates are delivered to, "" where they are asked for."""
        async with _told():
            return (await self._bot.get_webhook_info()).url

    async def offer_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """What Telegram suggests when somebody types a slash: (name, description)."""
        async with _told():
            await self._bot.set_my_commands([(name, text[:256]) for name, text in commands])


class _Same(UserError):
    """What is there reads like that already."""


class _Missing(UserError):
    """The message is not there, or not ours to change any more."""


class _TooOld(UserError):
    """A press that nobody waits for any more."""


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    try:
        yield
    except TelegramError as error:
        raise _ours(error) from None  # its cause may name an address, which holds the token


def _ours(error: TelegramError) -> Exception:
    words = error.message.lower()
    match error:
        case Limited():
            return TransientError(error.message, error.seconds)
        case ChatMigrated():
            return ChatMoved(error.new_chat_id)
        case Forbidden():
            return ChatLost(f"Telegram: {error.message.removeprefix('Forbidden: ')}.")
        case InvalidToken():
            return ConfigError("Telegram does not know this bot.", "BotFather shows its token: /mybots, API Token.")
        case Conflict():
            return TransientError("Another process asks Telegram for what is new.", 10.0)
        case BadRequest():
            return _refused(words, error.message)
        case AnswerLost():
            return SaidPerhaps(error.message, away=True)
        case NetworkError():
            return TransientError(error.message, away=True)
    return TransientError(f"Telegram: {error.message}")


def _refused(words: str, message: str) -> Exception:
    if _SAME in words:
        return _Same(message)
    if any(part in words for part in _MISSING):
        return _Missing(message)
    if "query is too old" in words:
        return _TooOld(message)
    if any(part in words for part in (*_LOST, *_NO_TOPIC)):
        return ChatLost(f"Telegram: {message}.")
    return UserError(f"Telegram does not take this: {message}.")


def _holds(message: Message, sign: str) -> bool:
    return sign in (message.text or "") or any(one.url == sign for one in message.entities)


def _markup(keys: Keys) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(key.label, callback_data=key.data or None, url=key.url or None) for key in row]
        for row in keys
    ]
    return InlineKeyboardMarkup(rows) if rows else None
