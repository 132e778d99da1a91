"""Google's own door: https://ai.google.dev/api/generate-content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.models.server import Answer, Refused

SIGNATURE = "c2lnbmF0dXJl" * 200
"""Signatures are long."""
FIELDS = frozenset(
    (
        "contents",
        "system_instruction",
        "systemInstruction",
        "tools",
        "toolConfig",
        "tool_config",
        "generationConfig",
        "safetySettings",
    )
)


@dataclass
class Gemini:
    """Gemini 3 signs each call's thought, and refuses a history in which a signature is missing.

    https://ai.google.dev/gemini-api/docs/thought-signatures
    """

    turns: Sequence[Mapping[str, Any]]

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        assert path.partition("?")[0].endswith(":generateContent"), path
        if unknown := body.keys() - FIELDS:
            raise _error(f'Invalid JSON payload received. Unknown name "{sorted(unknown)[0]}": Cannot find field.')
        for content in body["contents"]:
            for part in content["parts"]:
                if ("functionCall" in part or "function_call" in part) and part.get("thoughtSignature") != SIGNATURE:
                    raise _error("Function call is missing a thought_signature in functionCall parts.")
        past = sum(
            any("functionCall" in part or "function_call" in part for part in content["parts"])
            for content in body["contents"]
        )
        turn = self.turns[min(past, len(self.turns) - 1)]
        if "text" in turn:
            part: dict[str, Any] = {"text": turn["text"]}
        else:
            call = {"name": turn["name"], "args": turn["input"]}
            part = {"functionCall": call, "thoughtSignature": SIGNATURE}
        candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        usage = {"promptTokenCount": 10, "candidatesTokenCount": 10, "totalTokenCount": 20}
        return Answer({"candidates": [candidate], "usageMetadata": usage})


def _error(message: str) -> Refused:
    return Refused(Answer({"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}, 400))
