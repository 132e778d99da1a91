"""Calls of the bot, and what the stand-in answers and delivers, are held to what Telegram publishes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fakes.telegram import server
from tests.fakes.telegram.bot_api import MISSING, BotApi, build, published
from tests.fakes.telegram.methods import METHODS

PARAMS = """
/** prose with `name?: string` in it */
export interface SayParams {
    /**
     * Where: a number, or a name
     */
    chat?: number | string
    text: string | { toString(): string }
    mode?: "HTML" | "Markdown"
    keys?:
        | Objects.TelegramKeys
        | { toJSON(): Objects.TelegramKeys }
    kinds?: Exclude<keyof Objects.TelegramUpdate, "update_id">[]
}

export interface WipeParams {
    chat: number | string
}
"""
OBJECTS = """
export interface TelegramUpdate {
    update_id: number
    said?: TelegramSaid
}

export interface TelegramSaid {
    text: string
    by: TelegramBy
    parts?: (TelegramPart | string)[]
    rows?: TelegramPart[][]
}

export type TelegramBy = "bot" | "person"

export type TelegramPart =
    | TelegramBold
    | TelegramPlain

export interface TelegramBold {
    bold: true
}

export interface TelegramPlain {
    level: 1 | 2
}

export interface TelegramKeys {}
"""
METHODS_OF_IT = """
export interface APIMethods {
    /** says it */
    say: CallAPI<Params.SayParams, Objects.TelegramSaid>
    wipe: CallAPI<Params.WipeParams, true>
    all: CallAPIWithOptionalParams<
        Params.WipeParams,
        Objects.TelegramUpdate[]
    >
    me: CallAPIWithoutParams<Objects.TelegramSaid>
}
"""
SAID = {"text": "x", "by": "bot"}


@pytest.fixture(scope="module")
def api() -> BotApi:
    return BotApi(build(PARAMS, OBJECTS, METHODS_OF_IT))


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("say", {"text": "x"}),
        ("say", {"text": "x", "chat": "@here", "mode": "HTML", "keys": {}, "kinds": ["said"]}),
        ("wipe", {"chat": -1}),
        ("all", {"chat": 1}),
        ("me", {}),
    ],
)
def test_what_is_published_may_be_called(api: BotApi, method: str, fields: Any) -> None:
    assert api.check_call(method, fields) == []


@pytest.mark.parametrize(
    ("method", "fields", "problem"),
    [
        ("shout", {}, "no such method"),
        ("say", {}, "'text' is a required property"),
        ("say", {"text": 1}, "1 is not of type 'string'"),
        ("say", {"text": "x", "loud": True}, "'loud' was unexpected"),
        ("say", {"text": "x", "mode": "LaTeX"}, "mode"),
        ("say", {"text": "x", "keys": {"rows": []}}, "'rows' was unexpected"),
        ("say", {"text": "x", "kinds": [1]}, "kinds.0"),
        ("me", {"chat": 1}, "me is called"),
    ],
)
def test_what_is_not_is_told(api: BotApi, method: str, fields: Any, problem: str) -> None:
    (found,) = api.check_call(method, fields)
    assert problem in found


def test_answers_and_updates_are_looked_at_to_the_bottom(api: BotApi) -> None:
    assert api.check_answer("say", SAID | {"parts": [{"bold": True}, "x"], "rows": [[{"level": 2}]]}) == []
    assert api.check_answer("wipe", True) == []
    assert api.check_update({"update_id": 1, "said": SAID}) == []
    assert api.check_answer("wipe", False)
    assert api.check_answer("say", SAID | {"parts": [{"bold": False}]})
    assert api.check_answer("say", SAID | {"rows": [[{"level": 3}]]})
    assert api.check_answer("all", [{"update_id": 1}, {"update_id": 2, "said": {"text": "x"}}])
    assert api.check_update({"update_id": 1, "said": SAID | {"by": "nobody"}})


def test_the_stand_in_has_methods_that_telegram_has_and_no_call_of_another_shape_goes_unseen() -> None:
    api = published()
    if api is None:
        pytest.skip(f"{MISSING} (not installed)")
    assert len(api.index["methods"]) > 150
    assert set(METHODS) <= set(api.index["methods"])
    world = server.new_world()
    world.says(41, "/start")
    said = {"chat_id": 41, "text": "x", "parse_mode": "HTML", "reply_to": 3}
    assert httpx.post(f"{server.address()}/bot{world.token}/sendMessage", data=said).json()["ok"]
    (found,) = server.violations()
    assert "'reply_to' was unexpected" in found
    assert server.violations() == []
