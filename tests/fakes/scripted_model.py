"""A model that answers from a script, over HTTP, on the wire that OpenAI-compatible servers speak.

An answer follows from the request alone: which conversation it is (a regular expression found
in its system or first user message) and how many assistant messages it holds already. So a
run that was killed and resumed gets the same answers as one that was not. Only faults count
attempts: a turn's faults come first, one per request, then its answer.

A script in JSON:

    {"conversations": [
        {"match": "regular expression", "turns": [
            {"text": "I look first.", "calls": [{"name": "read", "arguments": {"path": "a.py"}}]},
            {"faults": [{"status": 429, "retry_after": 1}, {"cut": true}], "text": "done"}
        ]}
    ]}

`arguments` may be a string, sent as it is (for calls that are not JSON). Faults: `status` with
`retry_after` and `message`; `hang` (seconds before the connection is cut); `cut` (in the
middle of the body); `garbage` (a body that is not JSON).

    python -m tests.fakes.scripted_model SCRIPT.json --port 0     # prints its URL, ends on SIGTERM

In a test: `with ScriptedModel([Conversation("a task", (Turn("hello"),))]) as server: server.url`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = "scripted"
"""The model's name on the wire; litellm calls it openai/scripted."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of an answer. `arguments` as text is sent unchanged."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One request that goes wrong, in exactly one of four ways."""

    status: int = 0
    retry_after: float | None = None
    message: str = "scripted fault"
    hang: float = 0.0
    cut: bool = False
    garbage: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer. Token counts default to a quarter of the characters; `usage` is told beside them, or instead."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    faults: tuple[Fault, ...] = ()
    finish: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int = 0
    usage: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The answers of one conversation, found by `match` in its system or first user message."""

    match: str
    turns: tuple[Turn, ...]
    repeat_last: bool = False
    """Whether the last turn answers every later request too."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that arrived, as the tests look at it."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.body.get("messages", [])
        return messages


def call(name: str, **arguments: Any) -> Call:
    return Call(name, arguments)


def load(path: Path) -> list[Conversation]:
    """The conversations of a JSON script."""
    return [_conversation(item) for item in json.loads(path.read_text(encoding="utf-8"))["conversations"]]


class ScriptedModel:
    """The server; as a context manager it runs in a thread of its own, on a free loopback port."""

    def __init__(self, conversations: Iterable[Conversation], *, key: str = "") -> None:
        self.conversations = list(conversations)
        self.key = key
        """When set, any other bearer token is answered with 401."""
        self.requests: list[Request] = []
        self.url = ""
        """Base URL, ending in /v1."""
        self._attempts: Counter[tuple[int, int]] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> ScriptedModel:
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve(0)), name="scripted-model")
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._stop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def serve(self, port: int, *, announce: bool = False) -> None:
        """Serve on 127.0.0.1 until stopped."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", port, limit=64 * 1024 * 1024)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        if announce:
            print(self.url, flush=True)
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (request := await _read(reader)) is not None and await self._answer(request, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open."""
        self.requests.append(request)
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return await _send(writer, 401, _error("Incorrect API key provided.", "invalid_api_key"))
        if request.path.endswith("/models"):
            return await _send(writer, 200, {"object": "list", "data": [{"id": NAME, "object": "model"}]})
        if not request.path.endswith("/chat/completions"):
            return await _send(writer, 404, _error(f"No such path: {request.path}"))
        found = self._find(request.messages)
        if isinstance(found, str):
            return await _send(writer, 400, _error(found))
        conversation, number, turn = found
        attempt = self._attempts[conversation, number]
        self._attempts[conversation, number] += 1
        if attempt < len(turn.faults):
            return await _fail(writer, turn.faults[attempt])
        return await _send(writer, 200, _completion(request, turn, number), turn.headers)

    def _find(self, messages: Sequence[Mapping[str, Any]]) -> tuple[int, int, Turn] | str:
        opening = "\n".join(_opening(messages))
        number = sum(message["role"] == "assistant" for message in messages)
        for index, conversation in enumerate(self.conversations):
            if not re.search(conversation.match, opening):
                continue
            if number < len(conversation.turns):
                return index, number, conversation.turns[number]
            if conversation.repeat_last:
                return index, number, conversation.turns[-1]
            return f"The script has no turn {number} for the conversation {conversation.match!r}."
        return f"The script has no conversation that matches {opening[:300]!r}."


def _opening(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """The texts of the system messages and of the first user message."""
    texts = []
    for message in messages:
        content = message.get("content") or ""
        texts.append(content if isinstance(content, str) else "".join(part.get("text", "") for part in content))
        if message["role"] == "user":
            break
    return texts


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    data = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(start.split(" ")[1], headers, json.loads(data) if data else {})


async def _send(writer: asyncio.StreamWriter, status: int, body: Any, headers: Mapping[str, str] | None = None) -> bool:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}
    head = f"HTTP/1.1 {status} scripted\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(head.encode() + b"\r\n" + data)
    await writer.drain()
    return True


async def _fail(writer: asyncio.StreamWriter, fault: Fault) -> bool:
    if fault.hang:
        await asyncio.sleep(fault.hang)
        return False
    if fault.cut:
        writer.write(
            b'HTTP/1.1 200 scripted\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"id": "c'
        )
        await writer.drain()
        return False
    if fault.garbage:
        return await _send(writer, 200, b"<html>this is not what you asked for</html>")
    headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
    kind = _ERROR_TYPES.get(fault.status, "invalid_request_error" if fault.status < 500 else "server_error")
    return await _send(writer, fault.status, _error(fault.message, kind=kind), headers)


_ERROR_TYPES = {401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}


def _error(message: str, code: str = "scripted", *, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


def _completion(request: Request, turn: Turn, number: int) -> dict[str, Any]:
    calls = [
        {
            "id": f"call_{number}_{index}" if item.id is None else item.id,
            "type": "function",
            "function": {
                "name": item.name,
                "arguments": item.arguments if isinstance(item.arguments, str) else json.dumps(item.arguments),
            },
        }
        for index, item in enumerate(turn.calls)
    ]
    prompt = len(json.dumps(request.messages)) // 4 if turn.prompt_tokens is None else turn.prompt_tokens
    answer = len(turn.text + json.dumps(calls)) // 4 if turn.completion_tokens is None else turn.completion_tokens
    answer = min(answer, request.body.get("max_tokens") or answer)  # as a real one, it bills no more than it may say
    message = {"role": "assistant", "content": turn.text or None} | ({"tool_calls": calls} if calls else {})
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 0,
        "model": request.body.get("model", NAME),
        "choices": [
            {"index": 0, "message": message, "finish_reason": turn.finish or ("tool_calls" if calls else "stop")}
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
            "prompt_tokens_details": {"cached_tokens": turn.cached_tokens},
            **turn.usage,
        },
    }


def _conversation(item: Mapping[str, Any]) -> Conversation:
    return Conversation(item["match"], tuple(map(_turn, item["turns"])), item.get("repeat_last", False))


def _turn(item: Mapping[str, Any]) -> Turn:
    calls = tuple(Call(**spec) for spec in item.get("calls", ()))
    faults = tuple(Fault(**spec) for spec in item.get("faults", ()))
    return Turn(**{**item, "calls": calls, "faults": faults})


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve scripted model answers on the OpenAI wire.")
    parser.add_argument("script", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default="", help="refuse any other bearer token")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(ScriptedModel(load(options.script), key=options.key).serve(options.port, announce=True))


if __name__ == "__main__":
    main()
