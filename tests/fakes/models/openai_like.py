"""Families behind OpenAI's door: what each adds to it, and in which words it refuses.

https://platform.openai.com/docs/api-reference/chat/create names the fields; a family takes no others than its own
page does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.models.server import Answer, Refused

FIELDS = frozenset(
    {
        *("model", "messages", "tools", "tool_choice", "max_tokens", "max_completion_tokens", "temperature", "top_p"),
        *("stream", "stop", "response_format", "seed", "user", "n", "parallel_tool_calls"),
    }
)


def call(name: str, number: int = 0, **arguments: Any) -> dict[str, Any]:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def said(content: Any, calls: Sequence[Mapping[str, Any]] = (), **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {}), **more}


def error(message: str, status: int = 400, **more: Any) -> Refused:
    return Refused(
        Answer({"error": {"message": message, "type": "invalid_request_error", "param": None, **more}}, status)
    )


def tokens(body: Mapping[str, Any]) -> int:
    """About as many as a tokenizer finds; digits count for more."""
    text = json.dumps([body.get("messages"), body.get("tools")])
    return len(text) // 4 + text.count(" ") // 2


@dataclass
class OpenAiLike:
    """Answers `turns` in order of the assistant messages that a request holds."""

    turns: Sequence[Mapping[str, Any]]
    rules: Sequence[Callable[[dict[str, Any]], None]] = ()
    finish: str = ""
    error: Mapping[str, Any] | None = None
    """What stands beside a message that a router's provider has not finished."""
    fields: frozenset[str] = FIELDS
    window: int = 1_000_000
    counts: Callable[[Mapping[str, Any]], int] = field(default=tokens)

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        assert path.endswith("/chat/completions"), path
        if unknown := body.keys() - self.fields:
            raise error(f"Unrecognized request arguments supplied: {', '.join(sorted(unknown))}")
        for rule in self.rules:
            rule(body)
        number = sum(message["role"] == "assistant" for message in body["messages"])
        message = self.turns[min(number, len(self.turns) - 1)]
        finish = self.finish or ("tool_calls" if message.get("tool_calls") else "stop")
        usage = {"prompt_tokens": min(self.counts(body), self.window), "completion_tokens": 9, "total_tokens": 0}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        if self.error:
            choice |= {"finish_reason": "error", "error": dict(self.error)}
        return Answer(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": body["model"],
                "choices": [choice],
                "usage": usage,
            }
        )


def reasons(body: dict[str, Any], given: Mapping[str, str]) -> None:
    """DeepSeek: between tool calls the reasoning is part of the conversation, and "must be passed back".

    https://api-docs.deepseek.com/guides/thinking_mode#tool-calls
    """
    for message in body["messages"]:
        calls = message.get("tool_calls") or ()
        if calls and message.get("reasoning_content") != given.get(calls[0]["id"]):
            raise error("The reasoning_content in the thinking mode must be passed back to the API.")


def deepseek(turns: Sequence[Mapping[str, Any]]) -> OpenAiLike:
    given = {turn["tool_calls"][0]["id"]: turn["reasoning_content"] for turn in turns if turn.get("tool_calls")}

    def no_schema(body: dict[str, Any]) -> None:
        # https://api-docs.deepseek.com/api/create-chat-completion: "text" or "json_object"
        if body.get("response_format", {}).get("type") == "json_schema":
            raise error("This response_format type is unavailable now")

    def limit(body: dict[str, Any]) -> None:  # https://api-docs.deepseek.com/guides/thinking_mode: at most 64K
        if not 1 <= body.get("max_tokens", 1) <= 65536:
            raise error("Invalid max_tokens value, the valid range of max_tokens is [1, 65536]")

    return OpenAiLike(turns, (lambda body: reasons(body, given), no_schema, limit))


def reasoning_before(turns: Sequence[Mapping[str, Any]]) -> OpenAiLike:
    """DeepSeek-R1 of 2025: "if the reasoning_content field is included in the input, the API will return a 400 error".

    https://api-docs.deepseek.com/guides/reasoning_model (archived)
    """

    def rule(body: dict[str, Any]) -> None:
        if any("reasoning_content" in message for message in body["messages"]):
            raise error("Extra inputs are not permitted: messages.reasoning_content")

    return OpenAiLike(turns, (rule,))


def only_completion_tokens(body: dict[str, Any]) -> None:
    """OpenAI's reasoning models: https://platform.openai.com/docs/api-reference/chat/create#chat-create-max_tokens."""
    if "max_tokens" in body:
        words = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise error(words, code="unsupported_parameter", param="max_tokens")


def only_max_tokens(body: dict[str, Any]) -> None:
    """Zhipu takes `max_tokens` alone: https://docs.bigmodel.cn/api-reference."""
    if "max_completion_tokens" in body:
        raise error("Unrecognized request argument supplied: max_completion_tokens")


def at_most(most: int, words: str) -> Callable[[dict[str, Any]], None]:
    """A bound for answers, refused in a provider's words with {most} and {asked}."""

    def rule(body: dict[str, Any]) -> None:
        asked = body.get("max_tokens", body.get("max_completion_tokens", 0))
        if asked > most:
            raise error(words.format(most=most, asked=asked))

    return rule


def window(size: int, words: str, prompt: int) -> Callable[[dict[str, Any]], None]:
    """A window for prompt and answer together, in a provider's words with {size}, {prompt}, {asked}, {sum}."""

    def rule(body: dict[str, Any]) -> None:
        asked = body.get("max_tokens", 0)
        if prompt + asked > size:
            raise error(words.format(size=size, prompt=prompt, asked=asked, sum=prompt + asked))

    return rule


def no_tools(words: str, status: int = 400) -> Callable[[dict[str, Any]], None]:
    def rule(body: dict[str, Any]) -> None:
        if body.get("tools") or any(message["role"] == "tool" for message in body["messages"]):
            raise error(words, status)

    return rule


def gateway_signatures(body: dict[str, Any]) -> None:
    """A gateway to Gemini keeps the signature of a thought in the call's id, and needs it there.

    https://docs.litellm.ai/docs/providers/gemini (thought signatures),
    https://ai.google.dev/gemini-api/docs/thought-signatures
    """
    for message in body["messages"]:
        ids = [call["id"] for call in message.get("tool_calls") or ()]
        ids += [message["tool_call_id"]] if message["role"] == "tool" else []
        if any(not one.endswith("__thought__c2lnbmF0dXJl") for one in ids):
            raise error("Function call is missing a thought_signature in functionCall parts.")


def google_signatures(body: dict[str, Any]) -> None:
    """https://ai.google.dev/gemini-api/docs/openai: the signature stands in the call's `extra_content`."""
    for message in body["messages"]:
        for one in message.get("tool_calls") or ():
            if one.get("extra_content") != {"google": {"thought_signature": "c2ln"}}:
                raise error("Function call `read` in the 2. content block is missing a `thought_signature`.")


def openrouter_reasoning(body: dict[str, Any]) -> None:
    """https://openrouter.ai/docs/use-cases/reasoning-tokens: `reasoning_details` go back as they came."""
    for message in body["messages"]:
        if message.get("tool_calls") and message.get("reasoning_details") != [
            {"type": "reasoning.encrypted", "data": "zz"}
        ]:
            raise error("reasoning_details must be passed back unmodified.")


def in_turn(body: dict[str, Any]) -> None:
    """Templates such as Gemma's know no system's words, and nobody twice in a row.

    https://huggingface.co/google/gemma-2-9b-it/blob/main/tokenizer_config.json
    """
    roles = [message["role"] for message in body["messages"]]
    if "system" in roles:
        raise error("System role not supported", 500)
    if "tool" in roles or body.get("tools"):
        raise error("Only user and assistant roles are supported!", 500)
    if roles != ["user", "assistant"] * (len(roles) // 2) + ["user"]:
        raise error("Conversation roles must alternate user/assistant/user/assistant/...", 500)


def mistral(body: dict[str, Any]) -> None:
    """https://docs.mistral.ai/api, https://github.com/mistralai/mistral-common (validation of requests)."""
    last = ""
    for message in body["messages"]:
        if message["role"] == "user" and last == "tool":
            raise error("Unexpected role 'user' after role 'tool'", code=3230)
        last = message["role"]
        ids = [call["id"] for call in message.get("tool_calls") or ()]
        ids += [message["tool_call_id"]] if last == "tool" else []
        if bad := next((one for one in ids if not (len(one) == 9 and one.isalnum())), ""):
            raise error(f"Tool call id was {bad} but must be a-z, A-Z, 0-9, with a length of 9.", code=3280)
