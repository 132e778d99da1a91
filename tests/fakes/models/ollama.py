"""Ollama's own door: https://github.com/ollama/ollama/blob/main/docs/api.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.models.server import Answer, Refused

DEFAULT_WINDOW = 4096
"""https://docs.ollama.com/faq#how-can-i-specify-the-context-window-size"""
FIELDS = frozenset(("model", "messages", "tools", "think", "format", "options", "stream", "keep_alive"))


@dataclass
class Ollama:
    """Keeps as many tokens as `num_ctx` says, drops the rest without a word, and counts what it has kept."""

    turns: Sequence[Mapping[str, Any]]
    tools: bool = True
    kept: list[int] = field(default_factory=list)
    """The window of each call."""

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        if path == "/api/show":
            return Answer({"capabilities": ["completion", *(["tools"] if self.tools else [])], "model_info": {}})
        assert path == "/api/chat", path
        if unknown := body.keys() - FIELDS:
            raise Refused(Answer({"error": f"unknown field {sorted(unknown)[0]}"}, 400))
        if body.get("tools") and not self.tools:  # https://github.com/ollama/ollama/issues/5793
            raise Refused(Answer({"error": f"registry.ollama.ai/library/{body['model']} does not support tools"}, 400))
        self.kept.append(body.get("options", {}).get("num_ctx", DEFAULT_WINDOW))
        text = json.dumps([body["messages"], body.get("tools")])
        past = sum(message["role"] == "assistant" for message in body["messages"])
        message = self.turns[min(past, len(self.turns) - 1)]
        counted = min(len(text) // 4 + text.count(" ") // 2, self.kept[-1])
        return Answer(
            {"model": body["model"], "created_at": "2026-01-01T00:00:00Z", "message": message, "done": True}
            | {"done_reason": "stop", "prompt_eval_count": counted, "eval_count": 5}
        )
