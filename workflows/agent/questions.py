"""Single questions to the model, without tools: ask for JSON, read it tolerantly, say what was wrong once."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from workflows.ports import Message, Model, Reply, Usage

T = TypeVar("T")

_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.S)
_MOST = 200_000
_STARTS = 50

Bill = Callable[[Usage, str, str], Awaitable[None]]


class Unreadable(Exception):
    """An answer that is not what was asked for; the text is for the model."""


async def ask_text(model: Model, prompt: str, *, purpose: str, bill: Bill, max_tokens: int = 4096) -> str:
    """The model's answer as it is."""
    return (await _ask(model, [Message("user", prompt)], purpose, bill, max_tokens)).message.content.strip()


async def ask_json(
    model: Model,
    prompt: str,
    read: Callable[[Any], T],
    *,
    purpose: str,
    bill: Bill,
    attempts: int = 2,
    max_tokens: int = 4096,
) -> T | None:
    """What `read` makes of the answer's JSON; None where no attempt could be read.

    `read` raises Unreadable with a sentence that goes back to the model.
    """
    messages = [Message("user", prompt)]
    for _ in range(attempts):
        reply = await _ask(model, messages, purpose, bill, max_tokens)
        try:
            return read(find_json(reply.message.content))
        except Unreadable as problem:
            answer = Message("assistant", reply.message.content or "(no answer)")
            again = Message("user", f"That could not be read: {problem} Answer with the JSON object alone.")
            messages = [*messages, answer, again]
    return None


def find_json(text: str) -> Any:
    """The first JSON object in an answer, whatever stands around it: fences, prose, a second object."""
    text = text[:_MOST]
    for block in (*_FENCE.findall(text), text):
        decoder, at = json.JSONDecoder(strict=False), -1
        for _ in range(_STARTS):
            if (at := block.find("{", at + 1)) < 0:
                break
            try:
                return decoder.raw_decode(block, at)[0]
            except (ValueError, RecursionError):
                continue
    raise Unreadable("there is no JSON object in it.")


async def _ask(model: Model, messages: list[Message], purpose: str, bill: Bill, max_tokens: int) -> Reply:
    reply = await model.complete(messages, max_tokens=max_tokens)
    await bill(reply.usage, reply.model, purpose)
    return reply
