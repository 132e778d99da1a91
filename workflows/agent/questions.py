"""Single questions to the model, without tools: ask for JSON, read it tolerantly, say what was wrong once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import Any, TypeVar

from workflows.agent.frame import without_frame
from workflows.ports import Message, Model, Reply, Usage
from workflows.text.loose_json import braced, loosely

T = TypeVar("T")

_MOST = 200_000
_STARTS = 200

Bill = Callable[[Usage, str, str], Awaitable[None]]


class Unreadable(Exception):
    """An answer that is not what was asked for; the text is for the model."""


async def ask_text(model: Model, prompt: str, *, purpose: str, bill: Bill, max_tokens: int = 4096) -> str:
    """The model's answer as it is."""
    reply = await _ask(model, [Message("user", prompt)], purpose, bill, max_tokens)
    return without_frame(reply.message.content)


async def ask_json(
    model: Model,
    prompt: str,
    read: Callable[[Any], T],
    *,
    purpose: str,
    bill: Bill,
    attempts: int = 2,
    max_tokens: int = 4096,
    schema: Mapping[str, object] | None = None,
) -> T | None:
    """What `read` makes of the answer's JSON; None where no attempt could be read.

    Of several objects the last that can be read counts: models show an example first, or correct themselves.
    `read` raises Unreadable with a sentence that goes back to the model. `schema` is what `read` takes.
    """
    messages = [Message("user", prompt)]
    for _ in range(attempts):
        reply = await _ask(model, messages, purpose, bill, max_tokens, schema)
        try:
            return _last(read, reply.message.content)
        except Unreadable as problem:
            answer = Message("assistant", reply.message.content or "(no answer)")
            again = Message("user", f"That could not be read: {problem} Answer with the JSON object alone.")
            messages = [*messages, answer, again]
    return None


def _last(read: Callable[[Any], T], text: str) -> T:
    """The last object that `read` takes; Unreadable as it says of the last one where it takes none."""
    found = _objects(text)
    problem: Unreadable | None = None
    for data in reversed(found):
        try:
            return read(data)
        except Unreadable as error:
            problem = problem or error
    raise problem or Unreadable("there is no JSON object in it.")


def find_json(text: str) -> Any:
    """The last JSON object in an answer, whatever stands around it; Unreadable where there is none."""
    return _last(lambda data: data, text)


def _objects(text: str) -> list[Any]:
    """The JSON objects in an answer that are in no other, in their order, whatever stands around them."""
    decoder, at, found = json.JSONDecoder(strict=False), 0, []
    text = text[:_MOST]
    for _ in range(_STARTS):
        if (at := text.find("{", at)) < 0:
            break
        try:
            data, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            found.append(data)
    if not found:
        pieces = [(text.find("{"), text.rfind("}") + 1), *islice(braced(text), _STARTS)]
        loose = [loosely(text[start:end]) for start, end in pieces if 0 <= start < end]
        found = [one for one in loose if isinstance(one, dict)]
    # {"answer": {...}}: what was asked for may be wrapped.
    inner = [value for data in found if len(data) == 1 for value in data.values() if isinstance(value, dict)]
    return [*inner, *found]


async def _ask(
    model: Model,
    messages: list[Message],
    purpose: str,
    bill: Bill,
    max_tokens: int,
    schema: Mapping[str, object] | None = None,
) -> Reply:
    reply = await model.complete(messages, max_tokens=max_tokens, schema=schema)
    await bill(reply.usage, reply.model, purpose)
    return reply
