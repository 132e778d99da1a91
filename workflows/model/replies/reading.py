"""A provider's answer, in litellm's form, as a Reply: whatever shape its content, its calls and its thoughts have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workflows.model.replies.text_calls import written
from workflows.model.replies.thinking import spoken
from workflows.model.wire import SIGNATURE
from workflows.ports import Message, ToolCall, ToolSpec
from workflows.text.for_model import storable

MOST_KEPT = 1_000_000
"""Characters of what a provider wants back with one answer."""
CUT = "length"
"""The finish of an answer that its limit ended."""
_CUT = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"})
_OURS = frozenset({"id", "type", "function", "index"})


def read_message(choice: Any, model: str, tools: Sequence[ToolSpec]) -> Message:
    """The message of a choice. Calls that stand in its text count where it has no others."""
    message = choice.message
    text = spoken(storable(text_of(message.content)))
    raw = list(message.tool_calls or ())
    calls = tuple(
        ToolCall(storable(str(call.id or "")), storable(call.function.name or ""), storable(_arguments(call.function)))
        for call in raw
    )
    if not calls and (old := getattr(message, "function_call", None)) is not None:  # what came before `tool_calls`
        calls = (ToolCall("", storable(old.name or ""), storable(_arguments(old))),)
    if not calls and tools:
        found = written(text, {tool.name for tool in tools})
        calls = tuple(ToolCall("", name, storable(arguments)) for name, arguments in found.calls)
        text = found.before if calls else text
    return Message("assistant", text, calls, kept=_kept(message, raw, calls, model))


def finish_of(choice: Any, took: int, most: int) -> str:
    """How an answer ended. A text of all the tokens that it might have was cut off, whatever its server says."""
    said = str(choice.finish_reason or "stop")
    own = getattr(choice, "provider_specific_fields", None) or {}
    native = str(own.get("native_finish_reason") or said)  # litellm calls whatever it does not know a stop
    return (
        CUT
        if not _CUT.isdisjoint((said.lower(), native.lower())) or (took >= most and not choice.message.tool_calls)
        else said
    )


def failed(choice: Any) -> str:
    """Why an answer that came with success is none, as a router has it whose provider failed; "" where it is one."""
    own = getattr(choice, "provider_specific_fields", None) or {}
    error = own.get("error")
    if not error and own.get("native_finish_reason") != "error":
        return ""
    said = error.get("message") if isinstance(error, Mapping) else error
    return str(said or "no reason was given")[:300]


def text_of(content: Any) -> str:
    """The text of a content, which some servers give in parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple):
        return "".join(text for part in content if (text := _part(part)))
    return json.dumps(content, default=str)


def flat(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """litellm's reader of a message, for one whose content is a list of parts too: thoughts are no part of the text."""

    def read_flat(message: Any) -> Any:
        if not isinstance(message.get("content"), list):
            return read(message)
        thoughts = "".join(thought for part in message["content"] if (thought := _thought(part)))
        known = message.get("reasoning_content") or thoughts
        return read(
            {**message, "content": text_of(message["content"])} | ({"reasoning_content": known} if known else {})
        )

    return read_flat


def _thought(part: Any) -> str:
    """What a part thinks, in Anthropic's and in Mistral's form."""
    if not isinstance(part, Mapping) or part.get("type") not in ("thinking", "reasoning"):
        return ""
    return text_of(part.get("thinking", part.get("text")))


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping) or part.get("type") not in (None, "text", "output_text"):
        return ""  # thoughts, pictures, references
    text = part.get("text", part.get("content"))
    return text if isinstance(text, str) else ""


def _arguments(function: Any) -> str:
    value = function.arguments
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _kept(message: Any, raw: Sequence[Any], calls: Sequence[ToolCall], model: str) -> str:
    """What goes back to the same model with this answer, as JSON; "" where it wants nothing back."""
    own = getattr(message, "provider_specific_fields", None) or {}
    kept: dict[str, Any] = {}
    for name in ("reasoning_content", "thinking_blocks", "reasoning_details"):
        if value := getattr(message, name, None) or own.get(name):
            kept[name] = value
    beside = {str(number): extra for number, call in enumerate(raw) if (extra := _extra(call))}
    if beside:
        kept["calls"] = beside
    if not kept and not any(SIGNATURE in call.id for call in calls):
        return ""
    try:
        text = json.dumps({"by": model, **kept}, ensure_ascii=True)
    except (TypeError, ValueError, RecursionError):
        return ""
    return text if len(text) <= MOST_KEPT else ""


def _extra(call: Any) -> dict[str, Any]:
    """What a server put beside a call: Google's signature, behind its OpenAI-like door."""
    data = call.model_dump() if hasattr(call, "model_dump") else {}
    return {name: value for name, value in data.items() if name not in _OURS and value}
