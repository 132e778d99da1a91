"""What is sent to the model: the rows' messages, with old ones condensed when the window fills.

Condensing follows from the rows alone, so a resumed conversation sends the same prefix, and
it happens in big steps, so the provider's cache of that prefix holds for many turns.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from workflows.model.wire import condensed
from workflows.ports import Message, ToolCall, Usage

FULL = 0.70
"""Share of the window at which old messages are condensed."""
ROOMY = 0.40
"""Share of the window that condensing goes down to."""
KEEP = 8
"""The newest messages are never condensed."""
WORTH = 400
"""Characters; shorter messages and arguments stay as they are."""
CHARACTERS_PER_TOKEN = 3.5
OVERHEAD = 6
"""Tokens that a message costs beside its text."""


class Context:
    """The messages of a conversation as they are sent; each message costs the same work, however many there are."""

    def __init__(self, window: int) -> None:
        self.window = window
        self._messages: list[Message] = []
        self._calls: dict[str, ToolCall] = {}
        self._condensed = {"results": 0, "thoughts": 0, "arguments": 0}
        """How many of the first messages each way of condensing is through with."""
        self._tokens = 0.0
        self._scale = 1.0
        """Real tokens per estimated one, learnt from the last reply."""

    @property
    def tokens(self) -> int:
        """The estimated size of the next prompt."""
        return int(self._tokens * self._scale)

    def add(self, message: Message, usage: Usage | None = None) -> None:
        """Append a message; `usage` is what the call took that answered with it."""
        if usage is not None and usage.prompt_tokens and self._tokens:
            self._scale = min(3.0, max(0.5, usage.prompt_tokens / self._tokens))
        self._messages.append(message)
        self._calls.update((call.id, call) for call in message.tool_calls)
        self._tokens += _estimate(message)
        if message.role != "assistant" and self.tokens > self.window * FULL:
            self._condense(ROOMY, KEEP)

    def sent(self) -> list[Message]:
        """The messages, with cache marks behind the fixed opening and at the end."""
        messages = list(self._messages)
        opening = next((i for i, message in enumerate(messages) if message.role == "user"), 0)
        for index in {opening, len(messages) - 1}:
            messages[index] = replace(messages[index], cache=True)
        return messages

    def squeeze(self) -> bool:
        """Condense as much as can be, after the provider refused the prompt's size; whether that gained anything."""
        before = self._tokens
        self._condense(0.0, 2)
        return self._tokens < before

    def _condense(self, share: float, keep: int) -> None:
        """Results first, then thoughts, long arguments when those are not enough; nothing is looked at twice."""
        end = max(0, len(self._messages) - keep)
        for what, shrink in (("results", self._result), ("thoughts", self._thoughts), ("arguments", self._arguments)):
            start = self._condensed[what]
            for index in range(start, end):
                if self.tokens <= self.window * share:
                    return
                message = self._messages[index]
                shorter = self._messages[index] = shrink(message)
                self._tokens += _estimate(shorter) - _estimate(message)
                self._condensed[what] = index + 1

    def _result(self, message: Message) -> Message:
        """A tool's result as one line that says what it was."""
        if message.role != "tool" or len(message.content) <= WORTH:
            return message
        call = self._calls.get(message.tool_call_id)
        what = f"{call.name} {_clip(call.arguments, 120)}" if call else "a tool"
        lines = message.content.count("\n") + 1
        line = f"[Condensed: {what} gave {lines} lines, {len(message.content)} characters. Call it again if needed.]"
        return replace(message, content=line)

    @staticmethod
    def _thoughts(message: Message) -> Message:
        """A reply without the thoughts that led to it."""
        return replace(message, kept=condensed(message.kept)) if len(message.kept) > WORTH else message

    @staticmethod
    def _arguments(message: Message) -> Message:
        """A reply whose long arguments (written files) are clipped."""
        if not any(len(call.arguments) > WORTH for call in message.tool_calls):
            return message
        calls = tuple(replace(call, arguments=_clipped(call.arguments)) for call in message.tool_calls)
        return replace(message, tool_calls=calls)


def _estimate(message: Message) -> float:
    characters = (
        len(message.content)
        + len(message.kept)
        + sum(len(call.name) + len(call.arguments) for call in message.tool_calls)
    )
    return OVERHEAD * (1 + len(message.tool_calls)) + characters / CHARACTERS_PER_TOKEN


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _clipped(arguments: str) -> str:
    if len(arguments) <= WORTH:
        return arguments
    try:
        values: Any = json.loads(arguments)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return json.dumps({"condensed": _clip(arguments, 80)})
    short = {name: _clip(value, 80) if isinstance(value, str) else value for name, value in values.items()}
    text = json.dumps(short)
    return text if len(text) <= 2 * WORTH else json.dumps({"condensed": _clip(arguments, 80)})
