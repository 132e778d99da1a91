"""The methods of the Bot API that we use: what they take, do and refuse. https://core.telegram.org/bots/api"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

from tests.fakes.telegram.html import CannotParse, parse, units
from tests.fakes.telegram.world import Refusal, Said, TelegramWorld

Json = Any
_MOST = 4096
_OTHER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
_SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)


def get_me(world: TelegramWorld, fields: Json) -> Json:
    number = int(world.token.partition(":")[0])
    return {"id": number, "is_bot": True, "first_name": "Pullwright", "username": world.username}


async def get_updates(world: TelegramWorld, fields: Json) -> Json:
    """Waits as long as is asked for; another one that asks meanwhile ends it."""
    if world.webhook.get("url"):
        raise Refusal(409, _HOOKED)
    with world.lock:
        world.pollers += 1
        mine = world.pollers
    until = time.monotonic() + float(fields.get("timeout", 0))
    offset, limit = int(fields.get("offset", 0)), int(fields.get("limit", 100))
    while not (found := world.page(offset, limit)) and time.monotonic() < until:
        await asyncio.sleep(0.01)
        if world.pollers != mine:
            raise Refusal(409, _OTHER)
    wanted = fields.get("allowed_updates")
    return [one for one in found if not wanted or (set(one) - {"update_id"}) & set(wanted)]


def send_message(world: TelegramWorld, fields: Json) -> Json:
    with world.lock:
        chat = _open_chat(world, fields)
        html, keys = _text(fields), _keys(fields)
        thread = int(fields.get("message_thread_id", 0))
        if thread and thread not in world.threads.get(chat, {thread}):
            raise Refusal(400, "Bad Request: message thread not found")
        reply_to = int((fields.get("reply_parameters") or {}).get("message_id", 0))
        if reply_to and world.find(chat, reply_to) is None:
            if not fields["reply_parameters"].get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
            reply_to = 0
        said = Said(0, chat, html, keys=keys, markup=_inline(fields), reply_to=reply_to, thread=thread)
        said.silent = bool(fields.get("disable_notification"))
        return world.shown(world.new_message(said))


def edit_message_text(world: TelegramWorld, fields: Json) -> Json:
    with world.lock:
        chat = _open_chat(world, fields)
        said = world.find(chat, int(fields["message_id"]))
        if said is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if not said.by_bot:
            raise Refusal(400, "Bad Request: message can't be edited")
        html, keys = _text(fields), _keys(fields)
        if (parse(html), keys) == (said.parsed, said.keys):
            raise Refusal(400, _SAME)
        said.html, said.keys, said.markup, said.edits = html, keys, _inline(fields), said.edits + 1
        return world.shown(said)


def edit_message_reply_markup(world: TelegramWorld, fields: Json) -> Json:
    with world.lock:
        chat = _open_chat(world, fields)
        said = world.find(chat, int(fields["message_id"]))
        if said is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if not said.by_bot:
            raise Refusal(400, "Bad Request: message can't be edited")
        keys = _keys(fields)
        if keys == said.keys:
            raise Refusal(400, _SAME)
        said.keys, said.markup, said.edits = keys, _inline(fields), said.edits + 1
        return world.shown(said)


def set_message_reaction(world: TelegramWorld, fields: Json) -> Json:
    with world.lock:
        said = world.find(_open_chat(world, fields), int(fields["message_id"]))
        if said is None:
            raise Refusal(400, "Bad Request: MESSAGE_ID_INVALID")
        if said.chat in world.plain:
            raise Refusal(400, "Bad Request: REACTION_INVALID")
        said.reactions = [one["emoji"] for one in fields["reaction"]]
        return True


def answer_callback_query(world: TelegramWorld, fields: Json) -> Json:
    with world.lock:
        if not world.takes_press(fields["callback_query_id"]):
            words = "query is too old and response timeout expired or query ID is invalid"
            raise Refusal(400, f"Bad Request: {words}")
        text = fields.get("text", "")
        if units(text) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        world.answers.append((fields["callback_query_id"], text))
        return True


def set_webhook(world: TelegramWorld, fields: Json) -> Json:
    if not fields["url"].startswith("https://"):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch(r"[\w-]{1,256}", fields.get("secret_token", "x"), re.ASCII):
        raise Refusal(400, "Bad Request: secret token contains unallowed characters")
    world.webhook = fields
    return True


def delete_webhook(world: TelegramWorld, fields: Json) -> Json:
    world.webhook = {}
    return True


def get_webhook_info(world: TelegramWorld, fields: Json) -> Json:
    found = {"url": world.webhook.get("url", ""), "has_custom_certificate": False}
    return found | {"pending_update_count": world.waiting}


def set_my_commands(world: TelegramWorld, fields: Json) -> Json:
    for one in fields["commands"]:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", one["command"]):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(one["description"]) <= 256:
            raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands = fields["commands"]
    return True


METHODS: dict[str, Callable[[TelegramWorld, Json], Any]] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "sendMessage": send_message,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setMyCommands": set_my_commands,
}


def _open_chat(world: TelegramWorld, fields: Json) -> int:
    """The chat, where the bot may write to it at this moment."""
    chat = int(fields["chat_id"])
    if chat in world.moved:
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        raise Refusal(400, words, migrate_to_chat_id=world.moved[chat])
    if chat in world.gone:
        raise Refusal(403, f"Forbidden: {world.gone[chat]}")
    if not world.is_known(chat):  # a bot never speaks first
        raise Refusal(400, "Bad Request: chat not found")
    world.count_writing(chat)
    return chat


def _text(fields: Json) -> str:
    html = fields.get("text", "")
    assert fields.get("parse_mode") == "HTML", "we only ever send HTML"
    try:
        text = parse(html).text
    except CannotParse as error:
        raise Refusal(400, f"Bad Request: {error}") from error
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if units(text) > _MOST:
        raise Refusal(400, "Bad Request: message is too long")
    return str(html)


def _inline(fields: Json) -> Json:
    markup = fields.get("reply_markup") or {}
    return markup if "inline_keyboard" in markup else None


def _keys(fields: Json) -> list[tuple[str, str]]:
    found = []
    for row in (_inline(fields) or {}).get("inline_keyboard", []):
        for one in row:
            data, url = one.get("callback_data"), one.get("url")
            if bool(data) == bool(url):
                raise Refusal(400, "Bad Request: Text buttons are unallowed in the inline keyboard")
            if data and not 1 <= len(data.encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
            found.append((str(one["text"]), str(data or url)))
    return found
