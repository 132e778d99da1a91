"""Anthropic's messages: https://docs.anthropic.com/en/api/messages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.models.server import Answer, Refused

FIELDS = frozenset(
    (
        "model",
        "messages",
        "system",
        "max_tokens",
        "tools",
        "tool_choice",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
        "metadata",
        "stream",
        "thinking",
        "output_config",
        "output_format",
    )
)
THOUGHT = {"type": "thinking", "thinking": "I should look.", "signature": "EqQBCgIYAhIM"}
HIDDEN = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}


@dataclass
class Anthropic:
    """Thinks before each call, and wants those blocks back as they were, before the call that they led to.

    https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking#preserving-thinking-blocks
    """

    turns: Sequence[Mapping[str, Any]]
    """Tool calls by name and input, or a text."""
    most: int = 8192

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        assert path.endswith("/v1/messages"), path
        if unknown := body.keys() - FIELDS:
            raise _error(f"{sorted(unknown)[0]}: Extra inputs are not permitted")
        if body["max_tokens"] > self.most:  # https://docs.anthropic.com/en/docs/about-claude/models
            raise _error(
                f"max_tokens: {body['max_tokens']} > {self.most}, which is the maximum allowed number of output tokens"
                f" for {body['model']}"
            )
        for number, message in enumerate(body["messages"]):
            self._check(number, message)
        past = sum(message["role"] == "assistant" for message in body["messages"])
        turn = self.turns[min(past, len(self.turns) - 1)]
        content: list[Any] = [THOUGHT, HIDDEN]
        if "text" in turn:
            content.append({"type": "text", "text": turn["text"]})
        else:
            content.append({"type": "tool_use", "id": f"toolu_{past}", "name": turn["name"], "input": turn["input"]})
        reason = "end_turn" if "text" in turn else "tool_use"
        usage = {"input_tokens": 10, "output_tokens": 10}
        return Answer(
            {"id": "m", "type": "message", "role": "assistant", "model": body["model"], "content": content}
            | {"stop_reason": reason, "usage": usage}
        )

    def _check(self, number: int, message: Mapping[str, Any]) -> None:
        if message["role"] != "assistant" or isinstance(message["content"], str):
            return
        kinds = [block["type"] for block in message["content"]]
        if "tool_use" not in kinds:
            return
        if kinds[0] not in ("thinking", "redacted_thinking"):
            raise _error(
                f"messages.{number}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{kinds[0]}`."
            )
        if list(message["content"][:2]) != [THOUGHT, HIDDEN]:
            raise _error(f"messages.{number}.content.0: Invalid `signature` in `thinking` block")
        for block in message["content"]:
            if block["type"] == "tool_use" and not re.fullmatch(r"[a-zA-Z0-9_-]+", block["id"]):
                raise _error(f"messages.{number}.content.2.tool_use.id: String should match pattern")


def _error(message: str) -> Refused:
    return Refused(Answer({"type": "error", "error": {"type": "invalid_request_error", "message": message}}, 400))
